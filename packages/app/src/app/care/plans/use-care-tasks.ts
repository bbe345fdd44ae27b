/** What a practice sent and the patient has not looked at: plans to confirm, and results that were not opened. For "Needs you". */
import { reportedValues } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../place/addresses.ts'
import { useChart } from '../../context/app-context.tsx'
import { titleOf } from '../../words/record-view.ts'
import { isUnread, releasedResults, useOpened, useOwnerAccounts } from '../../practice/unread.ts'
import { usePatientPlans } from './use-patient-plans.ts'

/** More than these are told by Care alone. */
const SHOWN = 3

/** Only for the chart's owners: a shared chart has no tasks for its readers. */
export function useCareTasks(
  records: readonly ChartRecord[],
  now: Date,
): { key: string; text: string; href: string; action: string }[] {
  const { t } = useTranslation()
  const { summary, slots, views } = useChart()
  const plans = usePatientPlans(records)
  const owners = useOwnerAccounts()
  const { opened } = useOpened()
  return useMemo(() => {
    if (summary.relation !== 'own' || plans === undefined || owners === undefined) return []
    const slotOf = (id: string) => slots.slotOf({ type: 'record', id })
    const results = releasedResults(records, owners, (record) => reportedValues(views.of(record).resource))
    return [
      ...plans
        .filter(({ asks }) => asks)
        .map(({ record }) => ({
          key: `plan ${record.id}`,
          text: t('care.needsPlan', { title: record.title }),
          href: addressOf('plans', summary.slot, slotOf(record.id)),
          action: t('deed.open'),
        })),
      ...results
        .filter((record) => isUnread(record, opened, now.getTime()))
        .slice(0, SHOWN)
        .map((record) => ({
          key: `result ${record.id}`,
          text: t('care.needsResult', { title: titleOf(record, t) }),
          href: addressOf('record', summary.slot, slotOf(record.id)),
          action: t('deed.open'),
        })),
    ]
  }, [t, summary, slots, views, plans, owners, opened, records, now])
}
