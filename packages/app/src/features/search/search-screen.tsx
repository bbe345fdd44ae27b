/** Search over the whole chart, hits as you type; the words stay in memory and in no address. */
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import type { TFunction } from 'i18next'
import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ChartName, useChartLabel } from '../../app/people/use-chart-label.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { searchOf } from '../../app/search/chart-search.ts'
import type { TextsState } from '../../app/search/document-texts.ts'
import { collectionLabel, SHOWN_LISTS } from '../../app/words/collection-label.ts'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { HitRows } from './hit-rows.tsx'
import styles from './search.module.css'

/** Of each kind while all are shown, and of one kind at a time. */
const PER_GROUP = 5
const PER_PAGE = 50

interface Asked {
  text: string
  kind: string
  /** Null for every year, '' for no date. */
  year: string | null
}

const NOTHING_ASKED: Asked = { text: '', kind: '', year: null }

export function SearchScreen() {
  const { t } = useTranslation()
  const chartLabelOf = useChartLabel()
  const { chart, summary, memories } = useChart()
  const search = useMemo(() => searchOf(chart), [chart])
  const progress = useObservable(search.progress$)
  const texts = useObservable(search.texts$)
  const inside = texts === undefined ? '' : textsWords(texts, t)
  const [asked, setAsked] = useState(() => (memories.get('search') as Asked | undefined) ?? NOTHING_ASKED)
  const [most, setMost] = useState(PER_PAGE)
  const field = useRef<HTMLInputElement>(null)
  const hits = useRef<HTMLDivElement>(null)
  const wanted = useDeferredValue(asked)
  const { kind, year } = wanted
  const isAsked = wanted.text.trim() !== ''
  const found = useMemo(
    () => search.find(wanted.text, { kind, year, most: kind === '' ? PER_GROUP : most }),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `progress` says that the index has changed
    [search, wanted, most, progress],
  )
  const isReading = progress !== undefined && progress.done < progress.all

  useEffect(() => search.want(), [search])
  useEffect(() => {
    field.current?.focus()
    // The words of before are there for who wants them, and go when something else is typed.
    field.current?.select()
    const focusField = (event: globalThis.KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.closest('input, textarea, select')
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      field.current?.select()
    }
    window.addEventListener('keydown', focusField)
    return () => window.removeEventListener('keydown', focusField)
  }, [])

  const ask = (change: Partial<Asked>) => {
    const next = { ...asked, ...change }
    setAsked(next)
    setMost(PER_PAGE)
    memories.set('search', next)
  }
  const walk = (event: KeyboardEvent) => {
    const links = [...(hits.current?.querySelectorAll('a') ?? [])]
    const at = links.indexOf(document.activeElement as HTMLAnchorElement)
    const isInField = document.activeElement === field.current
    if (event.key === 'Enter' && isInField) return links[0]?.click()
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    if (!isInField && at < 0) return
    event.preventDefault()
    const next = at + (event.key === 'ArrowDown' ? 1 : -1)
    if (next < 0) field.current?.focus()
    else links[Math.min(next, links.length - 1)]?.focus()
  }

  const labelOf = (name: string) => collectionLabel(name, t)
  const groups = groupsOf(found.hits, kind)
  return (
    <Screen word="search">
      <ScreenHead title={t('screen.search')}>
        <ChartName of={summary} />
      </ScreenHead>
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- the keys of the field and the links inside, heard where they meet */}
      <div onKeyDown={walk}>
        <div className={styles.asked}>
          <TextInput
            ref={field}
            type="search"
            label={t('search.field')}
            description={t('search.hint')}
            value={asked.text}
            onChange={(event) => ask({ text: event.currentTarget.value })}
            leftSection={<IconSearch size={20} aria-hidden="true" />}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            enterKeyHint="search"
          />
          <NativeSelect
            label={t('search.kind')}
            value={asked.kind}
            onChange={(event) => ask({ kind: event.currentTarget.value })}
            data={[
              { value: '', label: t('search.everyKind') },
              ...choicesOf(found.kinds, asked.kind)
                .sort(([a], [b]) => orderOf(a) - orderOf(b))
                .map(([value, count]) => ({ value, label: t('search.choice', { label: labelOf(value), count }) })),
            ]}
          />
          <NativeSelect
            label={t('search.year')}
            value={asked.year === null ? 'every' : asked.year || 'none'}
            onChange={({ currentTarget: { value } }) =>
              ask({ year: value === 'every' ? null : value === 'none' ? '' : value })
            }
            data={[
              { value: 'every', label: t('search.everyYear') },
              ...choicesOf(found.years, asked.year)
                .sort(([a], [b]) => (a < b ? 1 : -1))
                .map(([value, count]) => ({
                  value: value || 'none',
                  label: t('search.choice', { label: value || t('search.noYear'), count }),
                })),
            ]}
          />
        </div>
        <p role="status">{isAsked ? t('list.results', { count: found.total }) : ''}</p>
        {isReading ? <p>{t('search.reading', { ...progress })}</p> : null}
        {isAsked && inside !== '' ? <p className={styles.inside}>{inside}</p> : null}
        {isAsked && found.total > 0 ? <p className={styles.keys}>{t('search.keys')}</p> : null}
        <div ref={hits}>
          {groups.map((group) => {
            const count = found.kinds.get(group.kind) ?? 0
            return (
              <Card key={group.kind} title={t('search.group', { label: labelOf(group.kind), count })} flush>
                <HitRows hits={group.hits} words={found.words} />
                {kind === '' && count > group.hits.length ? (
                  <div className={styles.more}>
                    <Button variant="default" onClick={() => ask({ kind: group.kind })}>
                      {t('search.allOf', { count, kind: labelOf(group.kind) })}
                    </Button>
                  </div>
                ) : null}
                {kind !== '' && found.total > group.hits.length ? (
                  <div className={styles.more}>
                    <Button variant="default" onClick={() => setMost(most + PER_PAGE)}>
                      {t('search.more')}
                    </Button>
                  </div>
                ) : null}
              </Card>
            )
          })}
        </div>
        {isAsked && found.total === 0 && !isReading ? (
          <EmptyState
            title={t('search.noHits')}
            action={
              kind === '' && year === null ? undefined : (
                <Button onClick={() => ask({ kind: '', year: null })}>
                  {t('search.everyKind')}, {t('search.everyYear')}
                </Button>
              )
            }
          >
            {t('search.searched', { count: progress?.done ?? 0, name: chartLabelOf(summary) })} {t('search.fewer')}
          </EmptyState>
        ) : null}
      </div>
    </Screen>
  )
}

/** What of the documents was looked into; '' where the chart has none with words. */
function textsWords({ read, waiting, elsewhere, left }: TextsState, t: TFunction): string {
  return [
    read > 0 ? t('search.insideFiles', { count: read }) : '',
    waiting > 0 ? t('search.filesWait', { count: waiting }) : '',
    elsewhere > 0 ? t('search.filesElsewhere', { count: elsewhere }) : '',
    left > 0 ? t('search.filesLeft', { count: left }) : '',
  ]
    .filter(Boolean)
    .join(' ')
}

/** Choices with hits, and the one that is chosen even without. */
function choicesOf(counts: ReadonlyMap<string, number>, chosen: string | null): [string, number][] {
  const choices = new Map(counts)
  if (chosen !== null && chosen !== '' && !choices.has(chosen)) choices.set(chosen, 0)
  return [...choices]
}

/** By kind, in the order of the best hit of each. */
function groupsOf<Hit extends { kind: string }>(hits: readonly Hit[], kind: string): { kind: string; hits: Hit[] }[] {
  const groups = new Map<string, Hit[]>()
  for (const hit of hits) groups.set(hit.kind, [...(groups.get(hit.kind) ?? []), hit])
  return [...groups]
    .map(([name, list]) => ({ kind: name, hits: list }))
    .filter((group) => kind === '' || group.kind === kind)
}

function orderOf(collection: string): number {
  const at = SHOWN_LISTS.findIndex((name) => name === collection)
  return at < 0 ? SHOWN_LISTS.length : at
}
