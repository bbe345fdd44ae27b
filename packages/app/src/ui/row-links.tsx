/** A short list of records as links: what, value, date. For cards; long lists are record-list.tsx. */
import type { ReactNode } from 'react'
import type { ListRow } from './list-rows.ts'
import styles from './row-links.module.css'
import { StatusMark } from './status-mark.tsx'
import { ValueText } from './value-text.tsx'

/** What a short list shows of a row. */
export type LinkRow = Pick<ListRow, 'id' | 'href' | 'title' | 'value' | 'date'> &
  Partial<Pick<ListRow, 'flag' | 'state' | 'rank' | 'marks'>> & { aside?: ReactNode }

/** Renders every row: give it a screenful at most. */
export function RowLinks({ rows }: { rows: readonly LinkRow[] }) {
  return (
    <ul className={styles.rows}>
      {rows.map((row) => (
        <li key={row.id}>
          <a href={row.href}>
            <span className={styles.what}>{row.title}</span>
            <span className={styles.value}>
              <ValueText text={row.value} />
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
              <span>{row.date}</span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  )
}
