/** What two versions of a plan say differently, in the words of the form. */
import { EMPTY_PLAN, type PlanForm } from '@chartkeep/domain'
import { planChanges as changes } from '@chartkeep/app/src/app/care/plans/plan-difference.ts'
import { expect, test } from 'vitest'

const planChanges = (before: PlanForm, after: PlanForm) => changes(before, after, (state) => state)
const step = (what: string, when = '', state: 'not-started' | 'completed' = 'not-started') => ({ what, when, state })
const PLAN: PlanForm = {
  ...EMPTY_PLAN,
  title: 'Diabetes',
  start: '2026-11-22',
  goals: ['HbA1c under 7', 'Walk'],
  steps: [step('Metformin', 'twice a day'), step('Eye examination')],
}

test('T4: what did not change is not told, and a moved goal or step is no change', () => {
  expect(planChanges(PLAN, PLAN)).toEqual([])
  const moved = { ...PLAN, goals: PLAN.goals.toReversed(), steps: PLAN.steps.toReversed() }
  expect(planChanges(PLAN, moved)).toEqual([])
})

test('T4: fields, goals and steps are told as added, removed, or what they were and are', () => {
  const after: PlanForm = {
    ...PLAN,
    title: 'Diabetes type 2',
    start: '',
    goals: ['HbA1c under 7', 'Swim'],
    steps: [step('Metformin', 'once a day'), step('Eye examination', '', 'completed'), step('Feet')],
    details: 'Call when over 300.',
  }
  expect(planChanges(PLAN, after)).toEqual([
    { field: 'title', was: 'Diabetes', is: 'Diabetes type 2' },
    { field: 'start', was: '2026-11-22', is: '' },
    { field: 'goal', was: 'Walk', is: '' },
    { field: 'goal', was: '', is: 'Swim' },
    { field: 'step', was: 'Metformin, twice a day', is: 'Metformin, once a day' },
    { field: 'step', was: 'Eye examination', is: 'Eye examination, completed' },
    { field: 'step', was: '', is: 'Feet' },
    { field: 'details', was: '', is: 'Call when over 300.' },
  ])
})

test('T4: of two steps of one name the one that stayed is not told, and each change once', () => {
  const before = { ...PLAN, steps: [step('Walk', 'Monday'), step('Walk', 'Friday')] }
  const after = { ...PLAN, steps: [step('Walk', 'Friday'), step('Walk', 'Sunday')] }
  expect(planChanges(before, after)).toEqual([{ field: 'step', was: 'Walk, Monday', is: 'Walk, Sunday' }])
})
