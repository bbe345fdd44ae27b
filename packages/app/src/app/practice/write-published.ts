/** What a member writes for a patient: first in the practice's vault, then in the patient's chart. */
import { type Collection, type JsonObject, stringifyJson } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { PracticeView } from './practice-context.tsx'

/**
 * `saved`: stored, and to be sent. `kept`: only in the practice's own records, because the current member may not write to this patient, or
 * the patient no longer shares the chart. `failed`: nothing was stored.
 */
export type CareWrite = { type: 'saved' | 'kept'; record: ChartRecord } | { type: 'failed' }

interface Written {
  collection: Collection
  resource: JsonObject
  of: string | undefined
}

type Writing = Pick<PracticeView, 'vault' | 'practice'>

/** Stores a record in the practice's vault and publishes it in the chart of this slot; '' for a chart that the practice no longer has. */
export async function writePublished(
  view: Writing,
  written: Written & { base?: never },
  slot: string,
): Promise<CareWrite>
/** `changed`: the current version of the record `of` is no longer `base`; nothing was stored. */
export async function writePublished(
  view: Writing,
  written: Written & { base: string },
  slot: string,
): Promise<CareWrite | { type: 'changed' }>
export async function writePublished(
  { vault, practice }: Writing,
  { collection, resource, of, base }: Written & { base?: string },
  slot: string,
): Promise<CareWrite | { type: 'changed' }> {
  const saved = await vault.save({
    collection,
    resource: stringifyJson(resource),
    ...(of === undefined ? {} : { id: of }),
    ...(base === undefined ? {} : { base }),
  })
  if (saved.type === 'changed') return saved
  if (saved.type !== 'saved') return { type: 'failed' }
  if (slot === '') return { type: 'kept', record: saved.record }
  const sent = await practice.publish(saved.record.id, slot)
  return { type: sent.type === 'published' ? 'saved' : 'kept', record: saved.record }
}
