/** Hits as links: what, value, date, with the words marked; where they stand in none of these, the text that holds them, with its page in a document. */
import { foundPlaces, searchStrings } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/app-context.tsx'
import { rowsOf } from '../../app/chart/record-view.ts'
import { searchOf } from '../../app/search/chart-search.ts'
import type { SearchHit } from '../../app/search/search-index.ts'
import { useWording } from '../../app/chart/use-wording.ts'
import type { ListRow } from '../../ui/list-rows.ts'
import { MarkedText } from '../../ui/marked-text.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { valueClasses } from '../../ui/value-text.tsx'
import styles from './search.module.css'

/** Characters shown before and after the first word that was found. */
const [BEFORE, AFTER] = [40, 120]

interface Hit {
  row: ListRow
  /** Text that holds the words; '' where title, value and date do. */
  excerpt: string
  /** Where it stands in a file of the record; null where it is of the record itself. */
  part: { page: number; section: string } | null
}

/** Renders every hit: give it a page at most. */
export function HitRows({ hits, words }: { hits: readonly SearchHit[]; words: readonly string[] }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const wording = useWording()
  const shown = useMemo(
    () =>
      hits.flatMap(({ id }): Hit[] => {
        const record = chart.recordNow(id)
        if (record === null) return []
        const [row] = rowsOf([record], wording)
        if (row === undefined) return []
        const seen = [row.title, row.value, record.date]
        const unseen = words.filter((word) => seen.every((text) => foundPlaces(text, [word]).length === 0))
        if (unseen.length === 0) return [{ row, excerpt: '', part: null }]
        const excerpt = excerptOf(searchStrings('', wording.views.of(record).resource), unseen)
        const part = excerpt === '' ? searchOf(chart).partWith(id, unseen) : undefined
        return [part ? { row, excerpt: excerptOf([part.text], unseen), part } : { row, excerpt, part: null }]
      }),
    [hits, words, chart, wording],
  )
  return (
    <ul className={styles.hits}>
      {shown.map(({ row, excerpt, part }) => (
        <li key={row.id}>
          <a href={row.href}>
            <span className={styles.what}>
              <MarkedText text={row.title} words={words} />
            </span>
            <span className={styles.value}>
              <span className={valueClasses(row.value)}>
                <MarkedText text={row.value} words={words} />
              </span>
              {row.flag ? <StatusMark status={row.flag.status}>{row.flag.word}</StatusMark> : null}
              {row.state ? (
                <StatusMark status={row.state.status} struck={row.rank === 2}>
                  {row.state.word}
                </StatusMark>
              ) : null}
              {row.marks.map((mark) => (
                <StatusMark key={mark.word} status={mark.status}>
                  {mark.word}
                </StatusMark>
              ))}
            </span>
            <span className={styles.when}>
              <MarkedText text={row.date} words={words} />
            </span>
            {excerpt === '' ? null : (
              <span className={styles.excerpt}>
                {foundIn(part, t)} <MarkedText text={excerpt} words={words} />
              </span>
            )}
          </a>
        </li>
      ))}
    </ul>
  )
}

function foundIn(part: Hit['part'], t: TFunction): string {
  if (part === null) return t('search.found')
  if (part.page > 0) return t('search.onPage', { page: part.page })
  return part.section === '' ? t('search.inFile') : t('search.inSection', { section: part.section })
}

/** The first text with one of the words, cut around it. */
function excerptOf(texts: readonly string[], words: readonly string[]): string {
  for (const text of texts) {
    const [place] = foundPlaces(text, words)
    if (place === undefined) continue
    const [from, to] = [Math.max(0, place[0] - BEFORE), Math.min(text.length, place[1] + AFTER)]
    return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`
  }
  return ''
}
