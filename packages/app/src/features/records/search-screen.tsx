/** Search over the whole chart, hits as you type; the words stay in memory and in no address. */
import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useDeferredValue, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/app-context.tsx'
import { collectionLabel, LISTED_COLLECTIONS } from '../../app/collection-label.ts'
import { rowsOf } from '../../app/record-view.ts'
import { Screen } from '../../app/screen.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { useWording } from '../../app/use-wording.ts'
import { Card, ScreenHead } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { shownRows } from '../../ui/list-rows.ts'
import { RowLinks } from '../../ui/row-links.tsx'
import styles from './records.module.css'

const PER_GROUP = 12
const NEWEST_FIRST = { column: 'date', descending: true } as const

/** See ux.md 2, Search. */
export function SearchScreen() {
  const { t } = useTranslation()
  const { chart, summary, memories } = useChart()
  const wording = useWording()
  const records = useObservable(chart.all$)
  const [search, setSearch] = useState(() => (memories.get('search') as string | undefined) ?? '')
  const wanted = useDeferredValue(search)
  const rowsByCollection = useMemo(() => {
    const groups = new Map<string, ReturnType<typeof rowsOf>>()
    for (const record of records ?? []) {
      if (record.collection === 'audit') continue
      const rows = groups.get(record.collection) ?? []
      rows.push(...rowsOf([record], wording))
      groups.set(record.collection, rows)
    }
    return groups
  }, [records, wording])
  const hits = useMemo(() => {
    if (wanted.trim() === '') return []
    return [...rowsByCollection]
      .map(([collection, rows]) => ({ collection, rows: shownRows(rows, wanted, [], [], NEWEST_FIRST) }))
      .filter(({ rows }) => rows.length > 0)
      .sort((a, b) => orderOf(a.collection) - orderOf(b.collection))
  }, [rowsByCollection, wanted])
  const found = hits.reduce((sum, { rows }) => sum + rows.length, 0)
  return (
    <Screen word="search">
      <ScreenHead title={t('screen.search')}>{summary.name}</ScreenHead>
      <TextInput
        className={styles.search}
        type="search"
        label={t('search.field')}
        description={t('search.hint')}
        value={search}
        onChange={(event) => {
          setSearch(event.currentTarget.value)
          memories.set('search', event.currentTarget.value)
        }}
        leftSection={<IconSearch size={20} aria-hidden="true" />}
        autoComplete="off"
        spellCheck={false}
        autoFocus
      />
      <p role="status">{wanted.trim() === '' ? '' : t('list.results', { count: found })}</p>
      {hits.map(({ collection, rows }) => (
        <Card key={collection} title={`${collectionLabel(collection, t)} (${rows.length})`} flush>
          <RowLinks rows={rows.slice(0, PER_GROUP)} />
        </Card>
      ))}
      {wanted.trim() !== '' && found === 0 ? (
        <EmptyState title={t('search.noHits')}>
          {t('search.searched', { count: records?.length ?? 0, name: summary.name })}
        </EmptyState>
      ) : null}
    </Screen>
  )
}

function orderOf(collection: string): number {
  const at = LISTED_COLLECTIONS.findIndex((name) => name === collection)
  return at < 0 ? LISTED_COLLECTIONS.length : at
}
