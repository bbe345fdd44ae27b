/** The plans of a practice: those that ask to be read first, then the others, each with where it stands. */
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { mayDo, useChart } from '../../app/context/app-context.tsx'
import { usePatientPlans } from '../../app/care/plans/use-patient-plans.ts'
import { planMarks, planTitle } from '../../app/care/plans/plan-words.ts'
import { formatDateOnly, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { RowLinks } from '../../ui/lists/row-links.tsx'

/** Nothing where plans are not shared with who looks. */
export function PlansSection({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { summary, slots } = useChart()
  const plans = usePatientPlans(records)
  const sorted = useMemo(() => plans?.toSorted((a, b) => Number(b.asks) - Number(a.asks)), [plans])
  if (!mayDo(summary, 'plans', 'read') || sorted === undefined) return null
  return (
    <Card title={t('care.plans')} flush={sorted.length > 0}>
      {sorted.length === 0 ? (
        <p>{t('care.noPlans')}</p>
      ) : (
        <RowLinks
          rows={sorted.map((view) => ({
            id: view.record.id,
            href: addressOf('plans', summary.slot, slots.slotOf({ type: 'record', id: view.record.id })),
            title: planTitle(view, t),
            value: t('plan.versionN', { n: view.version }),
            // What came with a file is as old as it says, not as its import.
            date:
              view.record.importSource === ''
                ? formatMoment(new Date(view.record.savedAt), currentLanguage())
                : formatDateOnly(view.record.date, currentLanguage()),
            marks: planMarks(view, t),
          }))}
        />
      )}
    </Card>
  )
}
