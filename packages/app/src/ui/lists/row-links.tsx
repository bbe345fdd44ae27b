/** A short list of records as links: what, value, date. For cards and found records; long lists are record-list.tsx. */
import type { ReactNode } from 'react'
import { firstPart } from '../display/first-part.ts'
import type { ListRow } from './list-rows.ts'
import { MarkedText } from '../display/marked-text.tsx'
import styles from './row-links.module.css'
import { StatusMark } from '../display/status-mark.tsx'
import { ValueText } from '../display/value-text.tsx'

/** What a short list shows of a row. */
export type LinkRow = Pick<ListRow, 'id' | 'href' | 'title' | 'value' | 'date'> &
  Partial<Pick<ListRow, 'flag' | 'state' | 'rank' | 'marks'>> & { aside?: ReactNode }

/**
 * Renders every row: pass a screenful at most. `words` are highlighted in them, as `queryWords` reads them; `below` renders under a row, by
 * its id, across the full width.
 */
export function RowLinks({
  rows,
  words,
  below = () => null,
}: {
  rows: readonly LinkRow[]
  words?: readonly string[]
  below?: (id: string) => ReactNode
}) {
  return (
    <ul className={styles.rows}>
      {rows.map((row) => (
        <li key={row.id}>
          <a href={row.href}>
            <span className={styles.what}>
              <MarkedText text={firstPart(row.title)} words={words} />
            </span>
            <span className={styles.value}>
              <ValueText text={row.value} words={words} />
              {row.flag ? <StatusMark status={row.flag.status}>{row.flag.word}</StatusMark> : null}
              {row.marks?.map((mark) => (
                <StatusMark key={mark.word} status={mark.status}>
                  {mark.word}
                </StatusMark>
              ))}
              {row.state ? (
                <StatusMark status={row.state.status} struck={row.rank === 2}>
                  {row.state.word}
                </StatusMark>
              ) : null}
            </span>
            <span className={styles.when}>
              {row.aside}
              <span>
                <MarkedText text={row.date} words={words} />
              </span>
            </span>
            <span className={styles.below}>{below(row.id)}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}
