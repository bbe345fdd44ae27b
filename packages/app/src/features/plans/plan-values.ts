/** Between the form of a plan and the domain's: dates keep the precision that was typed, empty rows are none. */
import type { PlanForm, PlanStep } from '@chartkeep/domain'
import { dateOf } from '../../app/entry/form-records.ts'
import { dateEntry } from '../../ui/fields/date-entry.ts'
import type { PlanValues } from '../../record-forms/plan-form.tsx'

export function planValues(form: PlanForm): PlanValues {
  return {
    ...form,
    start: dateEntry(form.start),
    end: dateEntry(form.end),
    goals: form.goals.map((goal) => ({ goal })),
    steps: form.steps.map((step) => ({ ...step })),
  }
}

/** `before`: the plan that is changed; null for a new one. */
export function planFormOf(values: PlanValues, before: PlanForm | null): PlanForm {
  return {
    title: values.title.trim(),
    summary: values.summary.trim(),
    start: dateOf(values.start, before?.start),
    end: dateOf(values.end, before?.end),
    goals: values.goals.map(({ goal }) => goal.trim()).filter((goal) => goal !== ''),
    steps: values.steps
      .map(({ what, when, state }) => ({ what: what.trim(), when: when.trim(), state: stateOf(state) }))
      .filter(({ what }) => what !== ''),
    details: values.details.trim(),
  }
}

function stateOf(state: string): PlanStep['state'] {
  return state === 'in-progress' || state === 'completed' || state === 'stopped' ? state : 'not-started'
}
