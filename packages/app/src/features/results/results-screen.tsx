/** Results that the practice reports: critical ones that wait first, then the rest, each with the value before and where its release is. */
import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { chartOf, mayInPractice } from '@chartkeep/domain'
import type { ChartSummary } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePatients, usePractice } from '../../app/practice/practice-context.tsx'
import { previousResults } from '../../app/care/results/practice-results.ts'
import { usePracticeResults } from '../../app/care/results/use-practice-results.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { FRESH_LIST, type ListMemory, RecordList } from '../../ui/lists/record-list.tsx'
import { RowLinks } from '../../ui/lists/row-links.tsx'
import { criticalRows, resultFilters, resultRows } from './result-words.ts'

/** Of all patients. No chart is opened for it. */
export function ResultsScreen() {
  return <Results of={null} />
}

/** Of the patient whose chart is in view. */
export function ChartResultsScreen() {
  const { summary } = useChart()
  return <Results of={summary} />
}

function Results({ of }: { of: ChartSummary | null }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { practice, keep } = usePractice()
  const charts = usePatients()
  const found = usePracticeResults(of?.id ?? null)
  const language = currentLanguage()
  const rows = useMemo(() => {
    if (found === undefined || charts === undefined) return undefined
    const words = {
      t,
      language,
      keep,
      charts,
      vaultSlot: practice.slot,
      withPatient: of === null,
      previous: previousResults(found.records, (record) => chartOf(keep.views.of(record).resource)),
    }
    return resultRows(found.results, words)
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- of changes with its chart only
  }, [found, charts, t, language, keep, practice.slot, of?.id])
  const filters = useMemo(() => resultFilters(practice.me.id, t), [practice, t])
  const critical = useMemo(() => (rows ? criticalRows(rows) : []), [rows])
  const mayWrite = mayInPractice(practice.me.roles, 'labs', 'append')
  const memory = `results ${of?.id ?? ''}`
  const add =
    of === null || !mayWrite ? null : (
      <Button component="a" href={addressOf('results', of.slot, 'new')} leftSection={<IconPlus size={20} />}>
        {t('release.new')}
      </Button>
    )
  return (
    <Screen word="results" focusKey={of?.slot ?? ''}>
      <ScreenHead title={t('screen.results')} actions={add}>
        {of === null ? practice.name : labelOf(of)}
      </ScreenHead>
      {of === null ? null : <MayNot what={{ adds: 'labs' }} />}
      {rows === undefined ? (
        <Delayed />
      ) : (
        <>
          {critical.length === 0 ? null : (
            <Card title={t('release.critical', { count: critical.length })} flush>
              <RowLinks
                rows={critical.map(({ by, ...row }) => ({ ...row, marks: [{ status: 'attention', word: by }] }))}
              />
            </Card>
          )}
          <RecordList
            name={t('screen.results')}
            rows={rows}
            filters={filters}
            memory={(keep.memories.get(memory) as ListMemory | undefined) ?? FRESH_LIST}
            onMemory={(left) => keep.memories.set(memory, left)}
            words={{ heads: { by: t('release.where') } }}
            empty={
              <Card>
                <EmptyState title={t('release.emptyTitle')}>
                  {of === null ? t('release.emptyAll') : t('release.emptyOne')}
                </EmptyState>
              </Card>
            }
          />
        </>
      )}
    </Screen>
  )
}
