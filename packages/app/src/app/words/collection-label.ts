/** The words for lists: those that people see, and those that they share. */
import { collectionOfStreamName, COLLECTIONS, shownStream, storedList, type ShownList } from '@chartkeep/domain'
import type { TFunction } from 'i18next'

/** `labs` → "Lab results", `documents-private` → "Documents (Private list)", `social` → "Social history and surveys". */
export function collectionLabel(name: string, t: TFunction): string {
  const plain = name.replace(/-private$/u, '')
  const collection = plain === 'social' ? plain : collectionOfStreamName(name)
  if (collection === null) return t('collection.other')
  const label = t(`collection.${collection}`)
  return name.endsWith('-private') ? t('joined.bracket', { text: label, more: t('state.private') }) : label
}

/** The list that shows a record. */
export function recordListLabel(record: { type: string; collection: string }, t: TFunction): string {
  return collectionLabel(shownStream(record), t)
}

/** A collection as it is shared: whoever gets conditions gets social history and surveys with them. */
export function scopeLabel(collection: string, t: TFunction): string {
  const label = collectionLabel(collection, t)
  return collection === 'conditions' ? t('joined.bracket', { text: label, more: t('collection.withSocial') }) : label
}

/** How many records a list holds, its private one included. */
export function listTotal(counts: Readonly<Record<string, number>> | undefined, list: string): number {
  return (counts?.[list] ?? 0) + (counts?.[`${list}-private`] ?? 0)
}

/** How many records whoever gets a collection can read. */
export function scopeTotal(counts: Readonly<Record<string, number>>, collection: string): number {
  return (counts[collection] ?? 0) + (collection === 'conditions' ? (counts['social'] ?? 0) : 0)
}

/** `names` with the list of social history and surveys after that of conditions. */
export function withSocial<C extends ShownList>(names: readonly C[]): (C | 'social')[] {
  return names.flatMap((name): (C | 'social')[] => (name === 'conditions' ? [name, 'social'] : [name]))
}

const FIRST = [
  'allergies',
  'medications',
  'labs',
  'immunizations',
  'conditions',
  'vitals',
  'encounters',
  'notes',
] as const

/** Collections in the order in which people look for them; the audit log has a screen of its own. */
export const LISTED_COLLECTIONS = [...FIRST, ...COLLECTIONS.filter((name) => ![...FIRST, 'audit'].includes(name))]

/** The lists that people see, in the same order. */
export const SHOWN_LISTS: readonly ShownList[] = withSocial(LISTED_COLLECTIONS)

/** The collection of a list in an address, whose rights count; null for what is no list of this app. */
export function storedOf(list: string): string {
  return isShownList(list) ? storedList(list) : list
}

function isShownList(name: string): name is ShownList {
  return (SHOWN_LISTS as readonly string[]).includes(name)
}
