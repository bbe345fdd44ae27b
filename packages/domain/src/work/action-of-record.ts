/**
 * The action of the table of roles (practice-roles.ts) that a record of a practice shows to have been done, by its text alone: what every writer asks
 * before it saves and every reader when it has opened. A signature is judged by what it says (N2), not here.
 */
import { careTaskOf, type CareTask } from '../practice/care-task.ts'
import { reviewOf } from '../results/result-review.ts'
import type { SignatureMeaning } from '../builders/signature-record.ts'
import { visitStateOf } from '../notes/visit.ts'
import { chartOf } from '../elements/care-references.ts'
import type { Collection } from '../elements/collection-names.ts'
import { typeOf } from '../elements/elements.ts'
import { planState } from '../plans/plan-state.ts'
import { mayDoInPractice, mayInPractice, type PracticeAction, type PracticeRole } from '../practice/practice-roles.ts'

const BY_TYPE: ReadonlyMap<string, PracticeAction> = new Map<string, PracticeAction>([
  ['Composition', 'write-note'],
  ['Communication', 'write-message'],
  ['Appointment', 'book'],
  ['AppointmentResponse', 'book'],
  ['Schedule', 'book'],
  ['Slot', 'book'],
])

const BY_TASK: Partial<Record<CareTask, PracticeAction>> = {
  work: 'assign-work',
  'sign-note': 'write-note',
  'amend-answer': 'answer-amendment',
}

const SHOWING: ReadonlySet<string> = new Set([...BY_TYPE.keys(), 'Patient', 'Encounter', 'CarePlan', 'Task'])

/** Whether a record of this type can show a action: of all others the text need not be read ({@link actionOf} answers null). */
export function mayShowAction(type: string): boolean {
  return SHOWING.has(type)
}

/** The action that a record shows; null where the rights on its list say all. */
export function actionOf(resource: unknown): PracticeAction | null {
  const type = typeOf(resource)
  switch (type) {
    case 'Patient':
      return chartOf(resource) === '' ? null : 'confirm-identity'
    case 'Encounter':
      return visitStateOf(resource) === 'closed' ? 'lock-visit' : 'write-note'
    case 'CarePlan':
      return planState(resource) === 'draft' ? null : 'approve-plan'
    case 'Task': {
      const task = careTaskOf(resource)
      if (task === 'release-result') return reviewOf(resource)?.state === 'waiting' ? null : 'release-result'
      return task === null ? null : (BY_TASK[task] ?? null)
    }
    default:
      return BY_TYPE.get(type) ?? null
  }
}

/** The action of a new version: nobody opens a closed visit again who may not close one. */
export function actionOfChange(before: unknown, after: unknown): PracticeAction | null {
  const wasClosed = typeOf(before) === 'Encounter' && visitStateOf(before) === 'closed'
  return wasClosed ? 'lock-visit' : actionOf(after)
}

const BY_MEANING: Partial<Record<SignatureMeaning, PracticeAction>> = {
  author: 'sign-note',
  review: 'sign-note',
  decline: 'sign-note',
  'co-sign': 'co-sign-note',
  approve: 'approve-plan',
}

/** Whether a member with these roles may sign with this meaning. */
export function maySignAs(roles: readonly PracticeRole[], meaning: SignatureMeaning): boolean {
  const action = BY_MEANING[meaning]
  return action === undefined || mayDoInPractice(roles, action)
}

/** Whether a member with these roles may hand over work of a list: an assignment is a record there. */
export function mayAssignIn(roles: readonly PracticeRole[], list: Collection): boolean {
  return mayDoInPractice(roles, 'assign-work') && mayInPractice(roles, list, 'append')
}
