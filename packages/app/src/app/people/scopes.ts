/** What can be shared, in presets, and rights in words. Private lists are in no preset and not offered. */
import { COLLECTIONS } from '@chartkeep/domain'
import type { RightWord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'

/** Lists that a share may hold. The audit log comes with every share by the protocol and is not chosen. */
export const SHAREABLE = COLLECTIONS.filter((name) => name !== 'audit')

/** What is ticked for each preset; the person can change it. */
export const PRESETS = {
  /** For a practice alone: what its members need for plans, results, messages and visits, and to sign what they write. */
  presetCare: SHAREABLE.filter((name) => name !== 'other'),
  presetVisit: ['profile', 'allergies', 'medications', 'labs', 'conditions', 'immunizations', 'vitals'],
  presetEmergency: ['profile', 'allergies', 'medications', 'conditions'],
  presetAll: SHAREABLE,
  presetChoose: [],
} as const satisfies Record<string, readonly string[]>
/** One of the presets. */
export type Preset = keyof typeof PRESETS

/** In the order in which they are named. */
export const RIGHTS: readonly RightWord[] = ['read', 'append', 'amend', 'sign']

/** "read, add" in a fixed order, each once. */
export function rightsText(rights: readonly RightWord[], t: TFunction): string {
  return RIGHTS.filter((right) => rights.includes(right))
    .map((right) => t(`share.${right}`))
    .join(t('share.comma'))
}
