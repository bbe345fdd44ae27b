/** The text of a treatment plan with where the plan stands, alike on both sides. */
import type { PlanForm, PlanState } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { Card } from '../../ui/card.tsx'
import { PlanBody } from '../../ui/plan-body.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { planStateMark } from './plan-words.ts'

export function PlanCard({ form, state }: { form: PlanForm; state: PlanState }) {
  const { t } = useTranslation()
  const mark = planStateMark(state, t)
  return (
    <Card
      title={t('plan.text')}
      aside={
        <StatusMark status={mark.status} filled>
          {mark.word}
        </StatusMark>
      }
    >
      <PlanBody plan={form} />
    </Card>
  )
}
