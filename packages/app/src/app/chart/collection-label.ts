/** The word for a stream's collection; private lists say so. */
import { collectionOfStreamName, COLLECTIONS } from '@chartkeep/domain'
import type { TFunction } from 'i18next'

/** `labs` → "Lab results", `documents-private` → "Documents (Private list)". */
export function collectionLabel(name: string, t: TFunction): string {
  const collection = collectionOfStreamName(name)
  if (collection === null) return t('collection.other')
  const label = t(`collection.${collection}`)
  return name.endsWith('-private') ? t('joined.bracket', { text: label, more: t('state.private') }) : label
}

/** How many records a list holds, its private one included. */
export function listTotal(counts: Readonly<Record<string, number>> | undefined, list: string): number {
  return (counts?.[list] ?? 0) + (counts?.[`${list}-private`] ?? 0)
}

/** Lists in the order in which people look for them; the audit log has a screen of its own. */
export const LISTED_COLLECTIONS = [
  ...(['allergies', 'medications', 'labs', 'immunizations', 'conditions', 'vitals', 'encounters', 'notes'] as const),
  ...COLLECTIONS.filter(
    (name) =>
      ![
        'allergies',
        'medications',
        'labs',
        'immunizations',
        'conditions',
        'vitals',
        'encounters',
        'notes',
        'audit',
      ].includes(name),
  ),
]
