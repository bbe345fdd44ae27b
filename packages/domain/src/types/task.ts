/** Work to do: our own tasks are with the record that they are about (https://hl7.org/fhir/R4/task.html). */
import { type Collection, isCollection } from '../elements/collection-names.ts'
import { objectsAt, stringAt, typeOf } from '../elements/elements.ts'
import { Task } from '../schemas/task.ts'
import { dated, nothing, ONGOING, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

/** System of our own codes for tasks, and the extension that names the list of the record that such a task is about. */
export const TASK_SYSTEM = 'urn:chartkeep:task'
export const TASK_LIST = 'urn:chartkeep:extension:list'

export const taskType = recordType({
  type: 'Task',
  list: { of: taskList, isBound: isOwnTask },
  schema: { shape: Task, invariants: [] },
  title: titled(['description'], ['code']),
  code: [],
  date: dated('executionPeriod', 'authoredOn', 'lastModified'),
  status: ONGOING,
  extent: null,
  value: null,
  detail: nothing,
  search: [],
  disputed: [],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: false,
  ips: null,
  form: null,
})

/**
 * Decision 0062: a task of ours goes with the record that it is about. Of all others one about a note (Composition, or Provenance that signs
 * it) is a note's, and the rest are a plan's.
 */
function taskList(resource: unknown): Collection {
  const named = objectsAt(resource, 'extension').find(({ url }) => url === TASK_LIST)
  const list = stringAt(named, 'valueCode')
  if (isOwnTask(resource)) return isCollection(list) && list !== 'audit' ? list : 'plans'
  const type = stringAt(resource, 'focus', 'type') || referencedType(resource, stringAt(resource, 'focus', 'reference'))
  return type === 'Composition' || type === 'Provenance' ? 'notes' : 'plans'
}

function isOwnTask(resource: unknown): boolean {
  return objectsAt(resource, 'code', 'coding').some(({ system }) => system === TASK_SYSTEM)
}

function referencedType(resource: unknown, reference: string): string {
  if (reference.startsWith('#')) {
    return typeOf(objectsAt(resource, 'contained').find((inner) => inner['id'] === reference.slice(1)))
  }
  return /(?:^|\/)([A-Z][A-Za-z]+)[/?][^/]*(?:\/_history\/[^/]*)?$/.exec(reference)?.[1] ?? ''
}
