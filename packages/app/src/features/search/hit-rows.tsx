/** Hits as links: what, value, date, with the words marked; where they stand in none of these, the text that holds them, with its page in a document. */
import { foundPlaces, searchStrings } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/context/app-context.tsx'
import { rowsOf } from '../../app/words/record-view.ts'
import { searchOf } from '../../app/search/chart-search.ts'
import type { DocumentPart } from '../../app/search/document-texts.ts'
import type { SearchHit } from '../../app/search/search-index.ts'
import { useWording } from '../../app/chart/use-wording.ts'
import { MarkedText } from '../../ui/display/marked-text.tsx'
import { RowLinks } from '../../ui/lists/row-links.tsx'

/** Characters shown before and after the first word that was found. */
const [BEFORE, AFTER] = [40, 120]

interface Excerpt {
  text: string
  /** Where it stands in a file of the record; absent where it is of the record itself. */
  part: DocumentPart | undefined
}

/** Renders every hit: give it a page at most. */
export function HitRows({ hits, words }: { hits: readonly SearchHit[]; words: readonly string[] }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const wording = useWording()
  const { rows, excerpts } = useMemo(() => {
    const records = hits.flatMap(({ id }) => chart.recordNow(id) ?? [])
    const found = new Map<string, Excerpt>()
    const shown = rowsOf(records, wording)
    for (const [at, { title, value }] of shown.entries()) {
      const record = records[at]!
      const { id, date } = record
      const unseen = words.filter((word) =>
        [title, value, date].every((text) => foundPlaces(text, [word]).length === 0),
      )
      if (unseen.length === 0) continue
      const inRecord = excerptOf(searchStrings('', wording.views.of(record).resource), unseen)
      const part = inRecord === '' ? searchOf(chart).partWith(id, unseen) : undefined
      const text = part ? excerptOf([part.text], unseen) : inRecord
      if (text !== '') found.set(id, { text, part })
    }
    return { rows: shown, excerpts: found }
  }, [hits, words, chart, wording])
  const below = (id: string) => {
    const excerpt = excerpts.get(id)
    if (excerpt === undefined) return null
    return (
      <>
        {foundIn(excerpt.part, t)} <MarkedText text={excerpt.text} words={words} />
      </>
    )
  }
  return <RowLinks rows={rows} words={words} below={below} />
}

function foundIn(part: DocumentPart | undefined, t: TFunction): string {
  if (part === undefined) return t('search.found')
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
