/**
 * Who is to do something that waits in a practice: a Task for each time that it is given to somebody. The last one counts; none is changed, so that
 * it stays told who handed what to whom, when and with which words.
 */
import {
  type CareMember,
  type CareReference,
  memberReference,
  recordReference,
  referencedMember,
  referenceValue,
} from '../elements/care-references.ts'
import type { Collection } from '../elements/collection-names.ts'
import { objectAt, objectsAt, stringAt } from '../elements/elements.ts'
import type { JsonObject } from '../elements/json.ts'
import { careTaskOf, dueOf, newCareTask, parameter, parametersOf } from '../practice/care-task.ts'
import { given, overlaid } from '../builders/elements-written.ts'
import { THREAD_SYSTEM } from '../messages/message.ts'

/** What waits: a record, or a whole thread of messages. `key` is the same wherever it is named. */
export type WorkFocus = { type: string; record: string } | { thread: string }

/** A name for a focus. */
export function focusKey(focus: WorkFocus): string {
  return 'thread' in focus ? `thread ${focus.thread}` : `record ${focus.record}`
}

export interface Assignment {
  focus: string
  /** Null: given back to all. */
  owner: CareMember | null
  by: CareMember | null
  /** An instant. */
  at: string
  /** A FHIR date or instant, '' for none. */
  due: string
  comment: string
}

const COMMENT = 'comment'

/** Gives what waits to somebody, or back to all. */
export function newAssignment(assignment: {
  focus: WorkFocus
  list: Collection
  about: CareReference
  owner: CareMember | null
  by: CareMember
  at: string
  due: string
  comment: string
}): JsonObject {
  const { focus, owner, by } = assignment
  const task = newCareTask({
    code: 'work',
    status: 'requested',
    list: assignment.list,
    focus:
      'thread' in focus
        ? { identifier: { system: THREAD_SYSTEM, value: focus.thread }, type: 'Communication' }
        : recordReference(focus.record, focus.type),
    person: assignment.about,
    requester: memberReference(by.id, by.name),
    owner: owner === null ? null : memberReference(owner.id, owner.name),
    at: assignment.at,
    due: assignment.due,
  })
  const words = given(assignment.comment)
  return words === undefined ? task : overlaid(task, { input: [parameter(COMMENT, { valueString: words })] })
}

/** What such a Task says; null for every other resource. */
export function assignmentOf(task: unknown): Assignment | null {
  if (careTaskOf(task) !== 'work' || stringAt(task, 'status') === 'entered-in-error') return null
  const focus = objectAt(task, 'focus')
  const record = referenceValue(focus, 'record')
  const thread = objectsAt(focus, 'identifier').find(({ system }) => system === THREAD_SYSTEM)
  const key = record === '' ? focusKey({ thread: stringAt(thread, 'value') }) : focusKey({ type: '', record })
  return {
    focus: key,
    owner: referencedMember(objectAt(task, 'owner')),
    by: referencedMember(objectAt(task, 'requester')),
    at: stringAt(task, 'authoredOn'),
    due: dueOf(task),
    comment: stringAt(parametersOf(task, 'input', COMMENT)[0], 'valueString'),
  }
}
