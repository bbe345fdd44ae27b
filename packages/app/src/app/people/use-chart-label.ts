/** What the person of a chart is called wherever a chart is chosen or named: apart from others of the same name in this session. */
import type { ChartSummary } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { use, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage, type Language } from '../../i18n/index.ts'
import { birthDateOf, nameOf } from '../care/chart-name.ts'
import { type PatientRecord, usePatientRecordsIfAny } from '../care/patient-records.ts'
import { SessionChartsContext } from '../charts-in-session.tsx'
import { personLabels } from './person-labels.ts'

/** `name`: where nothing else is known of the chart, such as the name in a booking. */
type Named = Pick<ChartSummary, 'id' | 'name'> & Partial<Pick<ChartSummary, 'care'>>

/** By {@link personLabels} among all charts of the session, those that are over too. `given`: them, for the frame that hands them to its screens. */
export function useChartLabel(given?: readonly ChartSummary[]): (chart: Named) => string {
  const { t } = useTranslation()
  const around = use(SessionChartsContext)
  const charts = given ?? around?.charts
  const records = usePatientRecordsIfAny()
  const language = currentLanguage()
  const labels = useMemo(() => chartLabels(charts ?? [], records, t, language), [charts, records, language, t])
  return useMemo(() => (chart) => labels.get(chart.id) ?? (chart.care?.name || chart.name), [labels])
}

/** The same for lists that are worked out without a screen, by the chart's id. */
export function chartLabels(
  charts: readonly ChartSummary[],
  records: ReadonlyMap<string, PatientRecord> | undefined,
  t: TFunction,
  language: Language,
): ReadonlyMap<string, string> {
  const people = charts
    .filter(({ kind }) => kind === 'person')
    .map((chart) => {
      const record = records?.get(chart.id)
      const isOver = chart.state !== 'open'
      return {
        id: chart.id,
        name: (isOver && record?.name) || nameOf(chart),
        birthDate: birthDateOf(chart, record),
        number: record?.number || (chart.care?.numbers[0] ?? ''),
      }
    })
  return personLabels(people, {
    date: (date) => formatDate(date, language),
    number: (number) => t('clinic.number', { number }),
    noBirthDate: t('clinic.noBirthDate'),
  })
}

/** The same as a part of a screen's head. */
export function ChartName({ of }: { of: Named }): string {
  return useChartLabel()(of)
}
