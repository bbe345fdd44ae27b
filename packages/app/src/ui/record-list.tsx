/**
 * A list of records: search, filter chips, sort, and a table that keeps at most a screenful of rows in the page, so that
 * 10,000 records scroll as well as ten. A real table for screen readers: caption, row and column headers, aria-sort,
 * aria-rowcount and rowindex; arrow keys, Home, End and PageUp/PageDown walk the rows (ux.md 7).
 */
import { Button, CloseButton, TextInput } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconSearch } from '@tabler/icons-react'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import {
  type KeyboardEvent,
  type ReactNode,
  useDeferredValue,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from './empty-state.tsx'
import { type ListFilter, type ListRow, shownRows, type Sort, type SortColumn } from './list-rows.ts'
import { StatusMark } from './status-mark.tsx'
import { ValueText } from './value-text.tsx'
import styles from './record-list.module.css'

/** What a list remembers while its chart is open, so that coming back finds it as it was left. */
export interface ListMemory {
  search: string
  filters: string[]
  sort: Sort
  scroll: number
}

/** The memory of a list that was not yet seen. */
export const FRESH_LIST: ListMemory = { search: '', filters: [], sort: { column: 'date', descending: true }, scroll: 0 }

/**
 * `name` is the list's name ("Lab results"); `showRange` adds the column for reference ranges; `current` marks the row
 * whose detail is open beside the list. `onMemory` is told what to remember when the list leaves the screen.
 */
export function RecordList({
  name,
  rows,
  filters = [],
  memory = FRESH_LIST,
  onMemory,
  showRange = false,
  current,
  empty,
  narrow = false,
}: {
  name: string
  rows: readonly ListRow[]
  filters?: readonly ListFilter[]
  memory?: ListMemory
  onMemory?: (memory: ListMemory) => void
  showRange?: boolean
  current?: string
  empty?: ReactNode
  narrow?: boolean
}) {
  const { t } = useTranslation()
  const [search, setSearch] = useState(memory.search)
  const [picked, setPicked] = useState<readonly string[]>(memory.filters)
  const [sort, setSort] = useState<Sort>(memory.sort)
  const wanted = useDeferredValue(search)
  const shown = useMemo(() => shownRows(rows, wanted, picked, filters, sort), [rows, wanted, picked, filters, sort])
  const isNarrowed = wanted.trim() !== '' || picked.length > 0

  const latest = useRef({ search, filters: [...picked], sort, scroll: 0 })
  latest.current = { ...latest.current, search, filters: [...picked], sort }
  useEffect(() => {
    const keep = () => (latest.current.scroll = window.scrollY)
    window.addEventListener('scroll', keep, { passive: true })
    return () => {
      window.removeEventListener('scroll', keep)
      onMemory?.(latest.current)
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only on leaving
  }, [])

  if (rows.length === 0)
    return <>{empty ?? <EmptyState title={t('list.emptyTitle')}>{t('list.emptyText')}</EmptyState>}</>

  const toggle = (id: string) =>
    setPicked((before) => (before.includes(id) ? before.filter((other) => other !== id) : [...before, id]))

  return (
    <div className={styles.list} data-narrow={narrow || undefined}>
      <div className={`${styles.tools} ck-screen-only`}>
        <TextInput
          className={styles.search}
          type="search"
          aria-label={t('list.searchIn', { list: name })}
          placeholder={t('list.searchIn', { list: name })}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          leftSection={<IconSearch size={20} aria-hidden="true" />}
          rightSection={
            search === '' ? null : <CloseButton size="lg" onClick={() => setSearch('')} aria-label={t('deed.clear')} />
          }
          autoComplete="off"
          spellCheck={false}
        />
        {filters.length > 0 ? (
          <div className={styles.chips} role="group" aria-label={t('list.filters')}>
            {filters.map((filter) => (
              <button
                key={filter.id}
                type="button"
                className={styles.chip}
                aria-pressed={picked.includes(filter.id)}
                onClick={() => toggle(filter.id)}
              >
                {filter.label}
              </button>
            ))}
          </div>
        ) : null}
        <p className={styles.count} role="status">
          {isNarrowed
            ? `${t('list.results', { count: shown.length })} · ${t('list.ofAll', { shown: shown.length, all: rows.length })}`
            : t('list.count', { count: rows.length })}
        </p>
      </div>
      {shown.length === 0 ? (
        <EmptyState
          title={t('list.none')}
          action={
            <Button
              variant="default"
              onClick={() => {
                setSearch('')
                setPicked([])
              }}
            >
              {t('deed.clear')}
            </Button>
          }
        >
          {t('list.searched', { count: rows.length })}
        </EmptyState>
      ) : (
        <Table
          name={name}
          rows={shown}
          sort={sort}
          onSort={setSort}
          showRange={showRange && !narrow}
          current={current}
          scroll={memory.scroll}
          narrow={narrow}
        />
      )}
    </div>
  )
}

function Table({
  name,
  rows,
  sort,
  onSort,
  showRange,
  current,
  scroll,
  narrow,
}: {
  name: string
  rows: readonly ListRow[]
  sort: Sort
  onSort: (sort: Sort) => void
  showRange: boolean
  current: string | undefined
  scroll: number
  narrow: boolean
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
            <SortHeader column="title" label={t('list.what')} sort={sort} onSort={sortBy} />
            <SortHeader column="value" label={t('list.value')} sort={sort} onSort={sortBy} />
            {showRange ? (
              <th role="columnheader" scope="col" className={styles.range}>
                {t('list.range')}
              </th>
            ) : null}
            <SortHeader column="date" label={t('list.date')} sort={sort} onSort={sortBy} />
            {narrow ? null : <SortHeader column="by" label={t('list.by')} sort={sort} onSort={sortBy} />}
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
                    {row.title}
                  </a>
                  {row.state ? <StatusMark {...row.state}>{row.state.word}</StatusMark> : null}
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
                  {row.date || t('list.noDate')}
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
