/**
 * A list of records: search, filter chips, sort, and a table that keeps at most a screenful of rows in the page, so that
 * 10,000 records scroll as well as ten. A real table for screen readers: caption, row and column headers, aria-sort,
 * aria-rowcount and rowindex; arrow keys, Home, End and PageUp/PageDown walk the rows.
 */
import { Button, CloseButton, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../display/empty-state.tsx'
import { FilterChips } from './filter-chips.tsx'
import { type ListFilter, type ListRow, shownRows, type Sort, type SortColumn } from './list-rows.ts'
import { RecordTable } from './record-table.tsx'
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

/** Words of a list whose rows are no records. */
export interface ListWords {
  /** Over the field to search in. */
  search?: string
  heads?: Partial<Record<SortColumn, string>>
  none?: string
  count?: (count: number) => string
  results?: (count: number, all: number) => string
  searched?: (count: number) => string
}

/**
 * `name` is the list's name ("Lab results"); `showRange` adds the column for reference ranges; `current` marks the row whose detail is open
 * next to the list. `onMemory` gets the state to remember when the list leaves the screen.
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
  words = {},
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
  words?: ListWords
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
          aria-label={words.search ?? t('list.searchIn', { list: name })}
          placeholder={words.search ?? t('list.searchIn', { list: name })}
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
          <FilterChips name={t('list.filters')} chips={filters} pressed={picked} onToggle={toggle} />
        ) : null}
        <p className={styles.count} role="status">
          {isNarrowed
            ? (words.results?.(shown.length, rows.length) ??
              `${t('list.results', { count: shown.length })} · ${t('list.ofAll', { shown: shown.length, all: rows.length })}`)
            : (words.count?.(rows.length) ?? t('list.count', { count: rows.length }))}
        </p>
      </div>
      {shown.length === 0 ? (
        <EmptyState
          title={words.none ?? t('list.none')}
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
          {words.searched?.(rows.length) ?? t('list.searched', { count: rows.length })}
        </EmptyState>
      ) : (
        <RecordTable
          name={name}
          rows={shown}
          sort={sort}
          onSort={setSort}
          showRange={showRange && !narrow}
          current={current}
          scroll={memory.scroll}
          narrow={narrow}
          {...(words.heads ? { heads: words.heads } : {})}
        />
      )}
    </div>
  )
}
