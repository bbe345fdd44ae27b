/**
 * Where records are kept. {@link collectionOf} says to which collection a new record goes, {@link mayBelongTo} which lists may hold a record that somebody wrote by another table (E6, decision 0097). The list of a type is a part of its object (types/); another one needs a decision record and the next
 * {@link RULES_VERSION}.
 */
import type { Collection } from '../elements/collection-names.ts'
import { typeOf } from '../elements/elements.ts'
import { partsOf, RULES_VERSION } from '../types/index.ts'

/** What a device goes by to place records. Tests hand an older table in. */
export interface ListTable {
  version: number
  /** Where a new record goes. */
  collectionOf(resource: unknown): Collection
  /** Whether a record that another program wrote into a list of this collection may be there. */
  mayBelongTo(resource: unknown, collection: Collection): boolean
}

/** Lists whose records say who somebody is or what somebody did. A type that goes there may be in no other list, whoever wrote it. */
const PROTECTED: ReadonlySet<Collection> = new Set<Collection>([
  'profile',
  'plans',
  'messages',
  'appointments',
  'encounters',
  'notes',
  'audit',
])

/**
 * E6: the writer's list counts, so that a later table may move a type. Excepted are types of a protected list, tasks of ours and the choice for
 * the emergency card, which must be in their own list; and the audit log, which takes nothing else.
 */
export function mayBelongTo(resource: unknown, collection: Collection): boolean {
  return collection !== 'audit' && !isBound(resource) ? true : collectionOf(resource) === collection
}

function isBound(resource: unknown): boolean {
  const { list } = partsOf(typeOf(resource))
  return typeof list === 'string' ? PROTECTED.has(list) : list.isBound(resource)
}

/** The collection of a resource. Total: any value gets one; what is not named gets `other`. */
export function collectionOf(resource: unknown): Collection {
  const { list } = partsOf(typeOf(resource))
  return typeof list === 'string' ? list : list.of(resource)
}

/** The table of this program. */
export const LIST_TABLE: ListTable = { version: RULES_VERSION, collectionOf, mayBelongTo }
