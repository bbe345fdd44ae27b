/**
 * The table of a list: only the rows in view are in the page, the others are room above and below. Column headers sort,
 * arrow keys, Home, End, PageUp and PageDown walk, Enter opens.
 */
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ListRow, Sort, SortColumn } from './list-rows.ts'
import styles from './record-list.module.css'
import { StatusMark } from '../display/status-mark.tsx'
import { firstPart } from '../display/first-part.ts'
import { ValueText } from '../display/value-text.tsx'

/** `rows` in display order; `scroll`: the page's scroll position when the list was left. */
export function RecordTable({
  name,
  rows,
  sort,
  onSort,
  showRange,
  current,
  scroll,
  narrow,
  heads = {},
}: {
  name: string
  rows: readonly ListRow[]
  sort: Sort
  onSort: (sort: Sort) => void
  showRange: boolean
  current: string | undefined
  scroll: number
  narrow: boolean
  /** What columns are called where the usual words do not fit. */
  heads?: Partial<Record<SortColumn, string>>
}) {
  const { t } = useTranslation()
  const hintId = useId()
  const body = useRef<HTMLTableSectionElement>(null)
  const [top, setTop] = useState(0)
  const [active, setActive] = useState(0)
  const focusWanted = useRef<number | null>(null)
  useLayoutEffect(() => setTop((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY), [rows.length > 0])
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => (window.innerWidth < 768 || narrow ? 84 : 57),
    overscan: 6,
    scrollMargin: top,
    scrollPaddingStart: 140,
    scrollPaddingEnd: 80,
    getItemKey: (index) => rows[index]?.id ?? index,
  })
  const items = virtual.getVirtualItems()
  const before = items[0] ? items[0].start - top : 0
  const after = items.length > 0 ? virtual.getTotalSize() - ((items.at(-1)?.end ?? 0) - top) : 0
  const columns = showRange ? 5 : narrow ? 3 : 4
  const tabStop = items.some((item) => item.index === active) ? active : (items[0]?.index ?? 0)

  useLayoutEffect(() => {
    if (scroll > 0) window.scrollTo(0, scroll)
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only on arrival
  }, [])
  useEffect(() => {
    if (focusWanted.current === null) return
    const link = body.current?.querySelector<HTMLElement>(`[data-row="${focusWanted.current}"]`)
    if (!link) return
    focusWanted.current = null
    link.focus()
  })

  const move = (event: KeyboardEvent) => {
    const page = Math.max(1, items.length - 14)
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    }
    const step = steps[event.key]
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    const next = Math.min(rows.length - 1, Math.max(0, step))
    focusWanted.current = next
    setActive(next)
    virtual.scrollToIndex(next, { align: 'auto' })
  }
  const sortBy = (column: SortColumn) =>
    onSort({ column, descending: sort.column === column ? !sort.descending : column === 'date' })

  return (
    <>
      <p id={hintId} className="ck-hidden">
        {t('list.keys')}
      </p>
      {/* Roles are written out because the phone layout turns rows into grids, which drops them in some browsers. */}
      <table role="table" className={styles.table} aria-rowcount={rows.length + 1} aria-describedby={hintId}>
        <caption className="ck-hidden">{name}</caption>
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            <SortHeader column="title" label={heads.title ?? t('list.what')} sort={sort} onSort={sortBy} />
            <SortHeader column="value" label={heads.value ?? t('list.value')} sort={sort} onSort={sortBy} />
            {showRange ? (
              <th role="columnheader" scope="col" className={styles.range}>
                {t('list.range')}
              </th>
            ) : null}
            <SortHeader column="date" label={heads.date ?? t('list.date')} sort={sort} onSort={sortBy} />
            {narrow ? null : <SortHeader column="by" label={heads.by ?? t('list.by')} sort={sort} onSort={sortBy} />}
          </tr>
        </thead>
        <tbody role="rowgroup" ref={body} onKeyDown={move}>
          {before > 0 ? <Spacer height={before} columns={columns} /> : null}
          {items.map((item) => {
            const row = rows[item.index]
            if (!row) return null
            return (
              <tr
                key={row.id}
                role="row"
                ref={virtual.measureElement}
                data-index={item.index}
                aria-rowindex={item.index + 2}
                data-current={row.id === current || undefined}
                data-error={row.rank === 2 || undefined}
              >
                <th role="rowheader" scope="row">
                  <a
                    href={row.href}
                    className={styles.open}
                    data-row={item.index}
                    tabIndex={item.index === tabStop ? 0 : -1}
                    aria-current={row.id === current ? 'true' : undefined}
                    onFocus={() => setActive(item.index)}
                  >
                    {firstPart(row.title)}
                  </a>
                  {row.state ? <StatusMark {...row.state}>{row.state.word}</StatusMark> : null}
                  {row.titleMarks?.map((mark) => (
                    <StatusMark key={mark.word} status={mark.status}>
                      {mark.word}
                    </StatusMark>
                  ))}
                </th>
                <td role="cell" className={styles.value}>
                  {row.value ? <ValueText text={row.value} /> : null}
                  {row.flag ? <StatusMark status={row.flag.status}>{row.flag.word}</StatusMark> : null}
                </td>
                {showRange ? (
                  <td role="cell" className={styles.range}>
                    {row.range}
                  </td>
                ) : null}
                <td role="cell" className={styles.date}>
                  {row.date || (heads.date === undefined ? t('list.noDate') : '')}
                </td>
                {narrow ? null : (
                  <td role="cell" className={styles.by}>
                    <span>{row.by}</span>
                    {row.marks.map((mark) => (
                      <StatusMark key={mark.word} status={mark.status}>
                        {mark.word}
                      </StatusMark>
                    ))}
                  </td>
                )}
              </tr>
            )
          })}
          {after > 0 ? <Spacer height={after} columns={columns} /> : null}
        </tbody>
      </table>
    </>
  )
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  return (
    <tr role="presentation" aria-hidden="true" className={styles.spacer}>
      <td role="presentation" colSpan={columns} style={{ height, padding: 0, border: 0 }} />
    </tr>
  )
}

function SortHeader({
  column,
  label,
  sort,
  onSort,
}: {
  column: SortColumn
  label: string
  sort: Sort
  onSort: (column: SortColumn) => void
}) {
  const { t } = useTranslation()
  const isSorted = sort.column === column
  const Arrow = sort.descending ? IconArrowDown : IconArrowUp
  return (
    <th
      role="columnheader"
      scope="col"
      className={styles[column]}
      aria-sort={isSorted ? (sort.descending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        className={styles.sort}
        onClick={() => onSort(column)}
        title={t('list.sortBy', { column: label })}
      >
        {label}
        {isSorted ? <Arrow size={16} aria-hidden="true" /> : null}
      </button>
    </th>
  )
}
