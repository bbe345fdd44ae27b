/** The text of a treatment plan with its state, the same on both sides. */
import type { PlanForm, PlanState, Validity } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { Card } from '../../../ui/display/card.tsx'
import { PlanBody } from './plan-body.tsx'
import { StatusMark } from '../../../ui/display/status-mark.tsx'
import { planStateMark, validityMarks } from './plan-words.ts'

export function PlanCard({ form, state, validity }: { form: PlanForm; state: PlanState; validity: Validity }) {
  const { t } = useTranslation()
  const marks = [planStateMark(state, t), ...validityMarks(validity, t)]
  return (
    <Card
      title={t('plan.text')}
      aside={marks.map(({ status, word }) => (
        <StatusMark key={word} status={status} filled>
          {word}
        </StatusMark>
      ))}
    >
      <PlanBody plan={form} />
    </Card>
  )
}
