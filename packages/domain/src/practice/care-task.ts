/**
 * Tasks between a practice and a patient, as FHIR Tasks with a code of ours. Each one is about a record and is in that record's
 * list (decision 0062): whoever may not read a result does not read what is said of it.
 */
import type { CareReference } from '../elements/care-references.ts'
import type { Collection } from '../elements/collection-names.ts'
import { hasCode, objectsAt, stringAt, typeOf } from '../elements/elements.ts'
import { isJsonObject, jsonObject, type JsonObject, type JsonValue } from '../elements/json.ts'
import { TASK_LIST, TASK_SYSTEM } from '../types/task.ts'
import { coded, list } from '../builders/elements-written.ts'

/** The tasks that we write, with their displays. */
export const CARE_TASKS = {
  'release-result': 'Release a result',
  'amend-request': 'Request for a correction',
  'amend-answer': 'Answer to a request for a correction',
  'plan-opened': 'Plan opened',
  'results-opened': 'Results opened',
  'sign-note': 'Request to sign a note',
  work: 'Work for somebody of the practice',
} as const
export type CareTask = keyof typeof CARE_TASKS

export type CareTaskStatus = 'requested' | 'in-progress' | 'completed' | 'rejected' | 'cancelled'

/** What a task is made of; references as care-references.ts makes them. */
export interface CareTaskForm {
  code: CareTask
  status: CareTaskStatus
  /** List of the record that it is about. */
  list: Collection
  focus: CareReference
  person: JsonObject | CareReference
  requester: CareReference | null
  /** Who is to do it; null for nobody yet. */
  owner: CareReference | null
  /** FHIR instants; '' for none. */
  at: string
  due: string
}

/** A new task. */
export function newCareTask(form: CareTaskForm): JsonObject {
  return jsonObject({
    resourceType: 'Task',
    extension: [jsonObject({ url: TASK_LIST, valueCode: form.list })],
    status: form.status,
    intent: form.code === 'amend-request' ? 'proposal' : 'order',
    code: coded(TASK_SYSTEM, form.code, CARE_TASKS[form.code]),
    focus: asJson(form.focus),
    for: asJson(form.person),
    authoredOn: form.at,
    requester: form.requester === null ? undefined : asJson(form.requester),
    owner: form.owner === null ? undefined : asJson(form.owner),
    restriction: form.due === '' ? undefined : jsonObject({ period: jsonObject({ end: form.due }) }),
  })
}

/** Which of our tasks it is; null for every other resource. */
export function careTaskOf(resource: unknown): CareTask | null {
  if (typeOf(resource) !== 'Task') return null
  return (Object.keys(CARE_TASKS) as CareTask[]).find((code) => hasCode(resource, ['code'], code, TASK_SYSTEM)) ?? null
}

/** Until when it is to be done, a FHIR date or instant; '' for no end. */
export function dueOf(task: unknown): string {
  return stringAt(task, 'restriction', 'period', 'end')
}

/** The texts of an input or output of this name. */
export function parametersOf(task: unknown, element: 'input' | 'output', name: string): JsonObject[] {
  return objectsAt(task, element).filter((item) => hasCode(item, ['type'], name, TASK_SYSTEM))
}

/** An input or output. */
export function parameter(name: string, value: { [element: string]: JsonValue }): JsonObject {
  return jsonObject({ type: coded(TASK_SYSTEM, name), ...value })
}

/** A list of parameters without those of this name, and with these at its end. */
export function withParameters(
  task: JsonObject,
  element: 'input' | 'output',
  name: string,
  parameters: JsonObject[],
): JsonObject[] | undefined {
  const others = objectsAt(task, element).filter((other) => !hasCode(other, ['type'], name, TASK_SYSTEM))
  return list([...others, ...parameters]) as JsonObject[] | undefined
}

/** A reference as JSON of the domain. */
export function asJson(reference: CareReference | JsonObject): JsonObject {
  const object = reference as unknown as { [key: string]: JsonValue }
  const { identifier } = object
  return jsonObject({ ...object, ...(isJsonObject(identifier) ? { identifier: jsonObject(identifier) } : {}) })
}
