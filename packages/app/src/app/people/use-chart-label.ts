/** What the person of a chart is called wherever a chart is chosen or named: apart from others of the same name in this session. */
import type { ChartSummary } from '@chartkeep/sync'
import { use, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../i18n/index.ts'
import { usePatientRecordsIfAny } from '../practice/patient-records.ts'
import { usePracticeIfAny } from '../practice/practice-context.tsx'
import { SessionChartsContext } from '../context/charts-in-session.tsx'
import { chartLabels } from './person-labels.ts'

/** `name`: where nothing else is known of the chart, such as the name in a booking. */
type Named = Pick<ChartSummary, 'id' | 'name'> & Partial<Pick<ChartSummary, 'care'>>

/** By {@link chartLabels} among all charts of the session, those that are over too. `given`: them, for the frame that hands them to its screens. */
export function useChartLabel(given?: readonly ChartSummary[]): (chart: Named) => string {
  const { t } = useTranslation()
  const around = use(SessionChartsContext)
  // A practice names patients too whose charts are not on this device.
  const patients = usePracticeIfAny()?.patients
  const charts = given ?? patients ?? around?.charts
  const records = usePatientRecordsIfAny()
  const language = currentLanguage()
  const labels = useMemo(() => chartLabels(charts ?? [], records, t, language), [charts, records, language, t])
  return useMemo(() => (chart) => labels.get(chart.id) ?? (chart.care?.name || chart.name), [labels])
}

/** The same as a part of a screen's head. */
export function ChartName({ of }: { of: Named }): string {
  return useChartLabel()(of)
}
