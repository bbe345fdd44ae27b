/** The plans that the practice wrote for a patient, each with its state and what the patient did about it. */
import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { mayInPractice } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { planMarks, planTitle } from '../../app/care/plans/plan-words.ts'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { usePracticePlans } from '../../app/care/plans/use-practice-plans.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { RowLinks } from '../../ui/lists/row-links.tsx'

export function PlansScreen() {
  const { t } = useTranslation()
  const { summary } = useChart()
  const { practice, keep } = usePractice()
  const plans = usePracticePlans()
  const mayWrite = mayInPractice(practice.me.roles, 'plans', 'append')
  const write = mayWrite ? (
    <Button component="a" href={addressOf('plans', summary.slot, 'new')} leftSection={<IconPlus size={20} />}>
      {t('plan.new')}
    </Button>
  ) : null
  return (
    <Screen word="plans" focusKey={summary.slot}>
      <ScreenHead title={t('plan.listTitle')} actions={plans === undefined || plans.length === 0 ? null : write}>
        <ChartName of={summary} />
      </ScreenHead>
      <MayNot what={{ adds: 'plans' }} />
      {plans === undefined ? (
        <Delayed />
      ) : plans.length === 0 ? (
        <Card>
          <EmptyState title={t('plan.none')} action={write}>
            {t('plan.listEmpty')}
          </EmptyState>
        </Card>
      ) : (
        <Card flush>
          <RowLinks
            rows={plans.map((view) => ({
              id: view.record.id,
              href: addressOf('plans', summary.slot, keep.slots.slotOf({ type: 'record', id: view.record.id })),
              title: planTitle(view, t),
              value: t('plan.versionN', { n: view.version }),
              date: formatMoment(new Date(view.record.savedAt), currentLanguage()),
              marks: planMarks({ ...view, asks: false }, t),
            }))}
          />
        </Card>
      )}
    </Screen>
  )
}
