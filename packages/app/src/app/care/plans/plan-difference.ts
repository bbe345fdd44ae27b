/** What two versions of a plan say differently, field by field; goals and steps one by one. Pure. */
import type { PlanForm, PlanStep } from '@chartkeep/domain'

export type PlanField = 'title' | 'summary' | 'start' | 'end' | 'goal' | 'step' | 'details'

/** `was` is '' for what was added, `is` for what was taken out. */
export interface PlanChange {
  field: PlanField
  was: string
  is: string
}

/** In the order of the form; a moved goal or step is no change. A step of the same name that reads otherwise was changed; `wordOf` names its state. */
export function planChanges(
  before: PlanForm,
  after: PlanForm,
  wordOf: (state: PlanStep['state']) => string,
): PlanChange[] {
  const stepText = ({ what, when, state }: PlanStep) =>
    [what, when, state === 'not-started' ? '' : wordOf(state)].filter(Boolean).join(', ')
  const texts = (['title', 'summary', 'start', 'end'] as const).flatMap((field) =>
    one(field, before[field], after[field]),
  )
  const goals = listChanges(
    'goal',
    before.goals,
    after.goals,
    (goal) => goal,
    (goal) => goal,
  )
  const steps = listChanges('step', before.steps, after.steps, ({ what }) => what, stepText)
  return [...texts, ...goals, ...steps, ...one('details', before.details, after.details)]
}

function one(field: PlanField, was: string, is: string): PlanChange[] {
  return was === is ? [] : [{ field, was, is }]
}

function listChanges<T>(
  field: PlanField,
  before: readonly T[],
  after: readonly T[],
  nameOf: (item: T) => string,
  textOf: (item: T) => string,
): PlanChange[] {
  const left = [...before]
  const added: PlanChange[] = []
  for (const item of after) {
    const same = left.findIndex((other) => textOf(other) === textOf(item))
    const place =
      same >= 0
        ? same
        : left.findIndex(
            (other) => nameOf(other) === nameOf(item) && !after.some((kept) => textOf(kept) === textOf(other)),
          )
    if (place < 0) added.push({ field, was: '', is: textOf(item) })
    else {
      const [old] = left.splice(place, 1)
      if (old !== undefined && same < 0) added.push({ field, was: textOf(old), is: textOf(item) })
    }
  }
  return [...left.map((item) => ({ field, was: textOf(item), is: '' })), ...added]
}
