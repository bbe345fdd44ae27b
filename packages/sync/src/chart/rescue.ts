/**
 * Rescues what can still be read from a chart whose store does not open, as a FHIR Bundle that this app and others import. The Bundle is
 * unprotected plain text, and the screen that offers it says so. File contents are not included.
 */
import { isJsonObject, parseJsonOrNull, stringAt, typeOf, type JsonObject } from '@chartkeep/domain'
import { rescueStore, type SealedLog } from '@chartkeep/store'
import type { RescuedChart } from '../contract/api.ts'

/** Null if nothing in the store opens. Changes nothing in it. */
export async function rescueChart(name: string, key: Uint8Array, log: SealedLog): Promise<RescuedChart | null> {
  const rescued = await rescueStore({ key, log })
  if (rescued.type !== 'rescued') return null
  const resources = (rescued.collections['records'] ?? []).flatMap(({ resource }) => {
    const parsed = typeof resource === 'string' ? parseJsonOrNull(resource) : null
    return isJsonObject(parsed) ? [{ text: resource as string, parsed }] : []
  })
  return { name, bundle: bundleOf(resources), records: resources.length, problems: rescued.problems.length }
}

/** A base for relative references; it never resolves (RFC 2606). */
const BASE = 'https://chartkeep.invalid'

/**
 * Resource texts are inserted verbatim: parsing and writing them again would change their numbers. A record entered by hand has no id and
 * names its person `Patient/self`.
 */
function bundleOf(resources: readonly { text: string; parsed: JsonObject }[]): string {
  let isSelfTaken = false
  const entries = resources.map(({ text, parsed }, index) => {
    const type = typeOf(parsed)
    const isSelf = type === 'Patient' && stringAt(parsed, 'id') === '' && !isSelfTaken
    isSelfTaken ||= isSelf
    const id = stringAt(parsed, 'id') || (isSelf ? 'self' : `record-${index + 1}`)
    return `{"fullUrl":${JSON.stringify(`${BASE}/${type}/${id}`)},"resource":${text}}`
  })
  return `{"resourceType":"Bundle","type":"collection","entry":[\n${entries.join(',\n')}\n]}\n`
}
