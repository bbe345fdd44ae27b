/**
 * A treatment plan from a form and back (FHIR CarePlan). Goals are contained and steps are in the plan itself: one version holds all that
 * is approved and acknowledged. `meta.versionId` counts what patients call versions: a change of an approved one begins the next.
 */
import { type CareMember, memberReference } from '../elements/care-references.ts'
import { conceptText, objectsAt, stringAt } from '../elements/elements.ts'
import { isJsonObject, jsonObject, type JsonObject } from '../elements/json.ts'
import { asJson } from '../practice/care-task.ts'
import { changesFrom, dateAt, given, list, notes, overlaid, when } from '../builders/elements-written.ts'

/** One step of a plan. */
export interface PlanStep {
  what: string
  /** When or how often, in words. */
  when: string
  state: 'not-started' | 'in-progress' | 'completed' | 'stopped'
}

/** What the form of a plan holds; '' means not given. */
export interface PlanForm {
  title: string
  /** What it is for, in a few sentences. */
  summary: string
  /** Dates in any precision. */
  start: string
  end: string
  goals: string[]
  steps: PlanStep[]
  /** What else to know: when to call, what to watch for. */
  details: string
}

/** An empty form. */
export const EMPTY_PLAN: PlanForm = { title: '', summary: '', start: '', end: '', goals: [], steps: [], details: '' }

/** A new draft about `person`, as the records of the chart name their subject. */
export function newPlan(
  form: PlanForm,
  { person, author, at }: { person: JsonObject; author: CareMember; at: string },
): JsonObject {
  const draft = jsonObject({
    resourceType: 'CarePlan',
    meta: jsonObject({ versionId: '1' }),
    status: 'draft',
    intent: 'plan',
    subject: person,
    created: at,
    author: asJson(memberReference(author.id, author.name)),
  })
  return written(draft, form, null)
}

/** The plan with the form written over it. `isApproved`: the version before was, so that this one is the next. */
export function changedPlan(previous: JsonObject, form: PlanForm, isApproved: boolean): JsonObject {
  const changed = written(previous, form, planForm(previous))
  return isApproved ? nextVersion(changed) : changed
}

/** The form that shows the plan. */
export function planForm(plan: JsonObject): PlanForm {
  return {
    title: stringAt(plan, 'title'),
    summary: stringAt(plan, 'description'),
    start: dateAt(plan, 'period', 'start'),
    end: dateAt(plan, 'period', 'end'),
    goals: goalsOf(plan)
      .map((goal) => conceptText(goal, 'description'))
      .filter((text) => text !== ''),
    steps: objectsAt(plan, 'activity', 'detail').map((detail) => ({
      what: stringAt(detail, 'description'),
      when: stringAt(detail, 'scheduledString'),
      state: stepState(stringAt(detail, 'status')),
    })),
    details: stringAt(plan, 'note', 'text'),
  }
}

/** Which version of the plan this is, as patients count; 1 for a plan of another system. */
export function planVersion(plan: unknown): number {
  const digits = stringAt(plan, 'meta', 'versionId')
  return /^[1-9]\d{0,5}$/.test(digits) ? Number(digits) : 1
}

/** The plan as the next version that patients count. */
export function nextVersion(plan: JsonObject): JsonObject {
  const meta = isJsonObject(plan['meta']) ? plan['meta'] : jsonObject()
  return jsonObject({ ...plan, meta: jsonObject({ ...meta, versionId: String(planVersion(plan) + 1) }) })
}

function goalsOf(plan: unknown): JsonObject[] {
  return objectsAt(plan, 'contained').filter((inner) => inner['resourceType'] === 'Goal')
}

function stepState(code: string): PlanStep['state'] {
  switch (code) {
    case 'in-progress':
    case 'completed':
      return code
    case 'stopped':
    case 'cancelled':
      return 'stopped'
    default:
      return 'not-started'
  }
}

function written(previous: JsonObject, form: PlanForm, before: PlanForm | null): JsonObject {
  const changed = changesFrom(before, form)
  return overlaid(previous, {
    ...when(changed('goals'), () => goals(previous, form.goals)),
    ...when(changed('title'), () => ({ title: given(form.title) })),
    ...when(changed('summary'), () => ({ description: given(form.summary) })),
    ...when(changed('start', 'end'), () => ({ period: period(form) })),
    ...when(changed('steps'), () => ({ activity: list(form.steps.flatMap(stepOf)) })),
    ...when(changed('details'), () => ({ note: notes(previous, form.details) })),
  })
}

function goals(previous: JsonObject, texts: readonly string[]): { [element: string]: JsonObject[] | undefined } {
  const others = objectsAt(previous, 'contained').filter((inner) => inner['resourceType'] !== 'Goal')
  const known = goalsOf(previous)
  const made = texts
    .flatMap((text) => given(text) ?? [])
    .map((text, index) =>
      jsonObject({
        resourceType: 'Goal',
        id: `goal-${index + 1}`,
        lifecycleStatus:
          stringAt(
            known.find((goal) => conceptText(goal, 'description') === text),
            'lifecycleStatus',
          ) || 'active',
        description: jsonObject({ text }),
        subject: previous['subject'],
      }),
    )
  return {
    contained: list([...others, ...made]) as JsonObject[] | undefined,
    goal: list(made.map((goal) => jsonObject({ reference: `#${stringAt(goal, 'id')}` }))) as JsonObject[] | undefined,
  }
}

function stepOf({ what, when: time, state }: PlanStep): JsonObject[] {
  const description = given(what)
  if (description === undefined) return []
  return [jsonObject({ detail: jsonObject({ status: state, description, scheduledString: given(time) }) })]
}

function period({ start, end }: PlanForm): JsonObject | undefined {
  if (given(start) === undefined && given(end) === undefined) return undefined
  return jsonObject({ start: given(start), end: given(end) })
}
