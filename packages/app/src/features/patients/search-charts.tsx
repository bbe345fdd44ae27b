/** Search in what all charts contain: chart by chart, with how far it is, and stopped at any time. */
import { Button, Progress, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useSessionCharts } from '../../app/context/charts-in-session.tsx'
import { recordListLabel } from '../../app/words/collection-label.ts'
import { titleOf } from '../../app/words/record-view.ts'
import { isAtHand, type Patient } from '../../app/practice/patients.ts'
import { type ChartsProgress, searchCharts } from '../../app/search/charts-search.ts'
import { formatDateOnly } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { RowLinks } from '../../ui/lists/row-links.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'

/** What was found stays while the screen does; leaving it ends the search. */
export function SearchCharts({ charts }: { charts: readonly Patient[] }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { keepOf } = useSessionCharts()
  const [query, setQuery] = useState('')
  const [progress, setProgress] = useState<ChartsProgress | null>(null)
  const [state, setState] = useState<'idle' | 'running' | 'stopped' | 'done'>('idle')
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])
  const open = charts.filter(isAtHand)
  const search = async (event: FormEvent) => {
    event.preventDefault()
    if (query.trim() === '') return
    running.current?.abort()
    const ending = new AbortController()
    running.current = ending
    setState('running')
    setProgress({ done: 0, all: open.length, leftOut: 0, hits: [] })
    const slots = open.map(({ slot }) => slot)
    for await (const next of searchCharts(slots, query, (slot) => keepOf(slot).open(), ending.signal)) {
      if (running.current !== ending) return
      setProgress(next)
    }
    if (running.current === ending) setState(ending.signal.aborted ? 'stopped' : 'done')
  }
  const hrefOf = (slot: string, id: string) =>
    addressOf('record', slot, keepOf(slot).slots.slotOf({ type: 'record', id }))
  return (
    <Card title={t('patients.searchContent')}>
      <form onSubmit={(event) => void search(event)}>
        <Stack gap="sm">
          <TextInput
            label={t('patients.searchWords')}
            description={`${t('patients.searchHint')} ${t('patients.searchRecorded')}`}
            type="search"
            value={query}
            onChange={(event) => setQuery(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
          />
          {state === 'running' ? (
            <Button variant="default" onClick={() => running.current?.abort()}>
              {t('patients.searchStop')}
            </Button>
          ) : (
            <Button type="submit" variant="default">
              {t('patients.searchGo')}
            </Button>
          )}
        </Stack>
      </form>
      {progress === null ? null : (
        <>
          {state === 'running' ? (
            <Progress
              value={(100 * progress.done) / Math.max(1, progress.all)}
              aria-label={t('patients.searchContent')}
              my="sm"
            />
          ) : null}
          <p role="status">
            {state === 'running'
              ? t('patients.searchAt', { n: progress.done, all: progress.all })
              : state === 'stopped'
                ? t('patients.searchStopped', { n: progress.done, all: progress.all })
                : t('patients.searchDone', { count: progress.done })}
          </p>
          {progress.leftOut > 0 ? (
            <Banner status="attention">{t('patients.searchLeft', { count: progress.leftOut })}</Banner>
          ) : null}
          {state !== 'running' && progress.hits.length === 0 ? <p>{t('patients.searchNone')}</p> : null}
          {progress.hits.map(({ slot, count, shown }) => {
            const chart = charts.find((each) => each.slot === slot)
            return chart === undefined ? null : (
              <section key={slot} aria-label={labelOf(chart)}>
                <h3>
                  <a className="ck-alone" href={addressOf('chart', slot)}>
                    {labelOf(chart)}
                  </a>{' '}
                  {t('patients.hits', { count })}
                </h3>
                <RowLinks
                  rows={shown.map((record) => ({
                    id: record.id,
                    href: hrefOf(slot, record.id),
                    title: titleOf(record, t),
                    value: recordListLabel(record, t),
                    date: formatDateOnly(record.date, currentLanguage()),
                  }))}
                />
              </section>
            )
          })}
        </>
      )}
    </Card>
  )
}
