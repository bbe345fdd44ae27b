/** `#/plans/<chart>/<slot>`: a plan that is written or changed, or one plan with its state. */
import { useParams } from 'react-router'
import { usePractice } from '../../app/care/practice-context.tsx'
import { PlanFormScreen } from './plan-form-screen.tsx'
import { PracticePlanScreen } from './practice-plan-screen.tsx'

export function PlanPlace() {
  const { slot } = useParams()
  const { keep } = usePractice()
  return slot === 'new' || keep.slots.targetOf(slot)?.type === 'form' ? <PlanFormScreen /> : <PracticePlanScreen />
}
