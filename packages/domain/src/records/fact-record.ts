/** Which records are facts about the person: lists, the timeline and counts show these; the others are with what they are about. */
import { type Collection, collectionOfStreamName, privateName } from '../elements/collection-names.ts'
import { isCardRecord } from '../builders/emergency-card.ts'
import { isSignature } from '../builders/signature-record.ts'
import { stringsAt } from '../elements/elements.ts'
import { TASK_SYSTEM } from '../types/task.ts'

/**
 * False for the choice for the emergency card, for tasks of ours (decision 0062) and for signatures. `code`: system and code, as the store has them;
 * `resource`: FHIR JSON text.
 */
export function isFactRecord(record: { type: string; collection: string; code: string; resource: string }): boolean {
  const isCareTask = record.type === 'Task' && record.code.startsWith(`${TASK_SYSTEM}|`)
  return !isCareTask && !isCardRecord(record) && !isSignature(record)
}

/** A list that people see: a collection, or social history, surveys and findings, which are in `conditions` and are shared with it (0098). */
export type ShownList = Collection | 'social'

/** The list that shows a record: `social` for an Observation in `conditions`. */
export function shownList({ type, collection }: { type: string; collection: string }): ShownList {
  const stored = collectionOfStreamName(collection) ?? 'other'
  return stored === 'conditions' && type === 'Observation' ? 'social' : stored
}

/** The same with the private list told apart: `social-private`. */
export function shownStream(record: { type: string; collection: string }): string {
  const list = shownList(record)
  return list !== 'social' ? record.collection : record.collection.endsWith('-private') ? privateName(list) : list
}

/** The collection that holds the records of a shown list: what rights and consent speak of. */
export function storedList(list: ShownList): Collection {
  return list === 'social' ? 'conditions' : list
}

/** What an Observation of the list `social` is, by its categories. */
export function findingKind(observation: unknown): 'social' | 'survey' | 'finding' {
  const categories = stringsAt(observation, 'category', 'coding', 'code')
  if (categories.includes('social-history')) return 'social'
  return categories.includes('survey') ? 'survey' : 'finding'
}
