/** `#/plans/<chart>/<slot>`: a plan that is written or changed, or one plan with its state. */
import { useParams } from 'react-router'
import { addressOf } from '../../app/place/addresses.ts'
import { mayHere } from '../../app/practice/may-not.tsx'
import { NotYours } from '../../app/practice/not-yours.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { PlanFormScreen } from './plan-form-screen.tsx'
import { PracticePlanScreen } from './practice-plan-screen.tsx'

const WRITING = { adds: 'plans' } as const

export function PlanPlace() {
  const { chart, slot } = useParams()
  const { practice, keep } = usePractice()
  if (slot !== 'new' && keep.slots.targetOf(slot)?.type !== 'form') return <PracticePlanScreen />
  if (mayHere(WRITING, practice.me.roles)) return <PlanFormScreen />
  return <NotYours word="plans" what={[WRITING]} back={addressOf('plans', chart)} />
}
