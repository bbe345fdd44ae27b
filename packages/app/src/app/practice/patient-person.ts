/** How records of a chart name their person: in the patient's own chart by the profile, in a practice's record by the chart. */
import { chartReference, isJsonObject, jsonObject, type JsonObject, parseJsonOrNull } from '@chartkeep/domain'
import type { ChartRecord, ChartSummary } from '@chartkeep/sync'
import { patientText } from '../words/chart-patient.ts'

/** The subject of what a person writes into their own chart. */
export function ownPerson(profiles: readonly ChartRecord[]): JsonObject {
  return jsonObject({ reference: `Patient/${patientText(profiles, 'id') || 'self'}` })
}

/** The subject of what a practice writes about the person of a chart. */
export function personOfChart({ id, name, care }: Pick<ChartSummary, 'id' | 'name' | 'care'>): JsonObject {
  const reference = parseJsonOrNull(JSON.stringify(chartReference(id, care?.name || name)))
  if (!isJsonObject(reference)) throw new Error('a reference is an object')
  return reference
}
