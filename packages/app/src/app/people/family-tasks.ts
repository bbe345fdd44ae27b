/** What the overview asks about a chart and its people: who may open it if this person cannot, and the hand-over to a child of age. */
import type { ChartRecord, Owners } from '@chartkeep/sync'
import { useReducer } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDateOnly } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { addressOf } from '../place/addresses.ts'
import { useChart, useSession } from '../context/app-context.tsx'
import { patientText } from '../words/chart-patient.ts'
import { isChildInCare } from './kin.ts'
import { isPutOff, putOff } from './later.ts'
import { comingOfAge } from './of-age.ts'
import { useWaysBack } from './use-ways-back.ts'
import { asksWhoElse } from './ways-back.ts'
import { useChartLabel } from './use-chart-label.ts'

/** A line of "Needs you"; `later` puts it off. */
export interface FamilyTask {
  key: string
  text: string
  href: string
  action: string
  later: () => void
}

/** Nothing for a chart that another person holds, or while its holder is unknown. */
export function useFamilyTasks(records: readonly ChartRecord[], owners: Owners | undefined): FamilyTask[] {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const session = useSession()
  const { summary } = useChart()
  const [, again] = useReducer((count: number) => count + 1, 0)
  const ways = useWaysBack()
  if (owners?.role !== 'holder') return []
  const isTime = ways !== undefined && asksWhoElse(ways, session.since, Date.now())
  const { slot, look } = summary
  const name = labelOf(summary)
  const others = owners.people.filter(({ me, ended }) => !me && ended === null)
  const birthDate = patientText(records, 'birthDate') || summary.birthDate
  const ofAge = isChildInCare(look.kin) ? comingOfAge(birthDate, new Date()) : null
  const asks = (question: string) => !isPutOff(session, question, slot)
  const later = (question: string) => () => void putOff(session, question, slot).then(again)
  return [
    ...(ofAge !== null && owners.handOver === null && asks('of-age')
      ? [
          {
            key: 'of-age',
            text: t(ofAge.isOver ? 'handOver.isOfAge' : 'handOver.willBe', {
              name,
              date: formatDateOnly(ofAge.day, currentLanguage()),
            }),
            href: addressOf('share', slot, 'handover'),
            action: t('handOver.open'),
            later: later('of-age'),
          },
        ]
      : []),
    ...(others.length === 0 && look.opener === null && asks('opener') && isTime
      ? [
          {
            key: 'opener',
            text: t('opener.needsYou', { name }),
            href: addressOf('settings', slot),
            action: t('opener.answer'),
            later: later('opener'),
          },
        ]
      : []),
  ]
}
