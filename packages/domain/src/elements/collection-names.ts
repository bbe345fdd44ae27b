/** The names of the collections, the unit of consent and of replication, and of the private list next to each. */

/** The sixteen collections, in the order in which lists show them. */
export const COLLECTIONS = [
  'profile',
  'care-team',
  'documents',
  'allergies',
  'immunizations',
  'medications',
  'labs',
  'vitals',
  'conditions',
  'plans',
  'messages',
  'appointments',
  'encounters',
  'notes',
  'audit',
  'other',
] as const

/** Name of a collection. */
export type Collection = (typeof COLLECTIONS)[number]

/** Whether the text names a collection (`labs`; not `labs-private`). */
export function isCollection(name: string): name is Collection {
  return (COLLECTIONS as readonly string[]).includes(name)
}

/** Name of the stream that holds what the patient shows to nobody: `<collection>-private`. */
export function privateName<C extends string>(collection: C): `${C}-private` {
  return `${collection}-private`
}

/** The private lists that each chart has: one next to every collection but the audit log. */
export const PRIVATE_LISTS: readonly string[] = COLLECTIONS.filter((name) => name !== 'audit').map(privateName)

/** Whether the text names a private list. */
export function isPrivateList(name: string): boolean {
  return PRIVATE_LISTS.includes(name)
}

/** The collection that a stream name belongs to (`labs-private` and `labs` give `labs`), or null. */
export function collectionOfStreamName(name: string): Collection | null {
  const plain = name.endsWith('-private') ? name.slice(0, -'-private'.length) : name
  return isCollection(plain) ? plain : null
}
