/** Writes the practice's own record of a patient into the practice's vault. */
import {
  isJsonObject,
  parseJsonOrNull,
  practicePatient,
  stringifyJson,
  type PracticePatientForm,
} from '@chartkeep/domain'
import type { Chart, ChartSummary } from '@chartkeep/sync'
import type { PatientRecord } from '../../app/practice/patient-records.ts'
import { nameOf } from '../../app/practice/chart-name.ts'

/** A new record, or a new version of `before` as it was read. `changed`: another one stands by now; nothing was written. */
export async function savePatient(
  vault: Chart,
  before: PatientRecord | undefined,
  {
    chart,
    practice,
    number,
    assigned,
  }: { chart: ChartSummary; practice: string; number: string; assigned: PracticePatientForm['assigned'] },
): Promise<'saved' | 'changed' | 'failed'> {
  const previous = before === undefined ? null : parseJsonOrNull(before.record.resource)
  const gender = chart.care?.gender ?? ''
  const resource = practicePatient(isJsonObject(previous) ? previous : null, {
    chart: chart.id,
    number: number.trim(),
    practice,
    name: nameOf(chart),
    birthDate: chart.care?.birthDate || chart.birthDate,
    gender: gender === 'male' || gender === 'female' || gender === 'other' || gender === 'unknown' ? gender : '',
    assigned,
  })
  const input = { collection: 'profile', resource: stringifyJson(resource) }
  const over = before === undefined ? {} : { id: before.record.id, base: before.record.revision }
  const { type } = await vault.save({ ...input, ...over })
  return type === 'saved' || type === 'changed' ? type : 'failed'
}

/** The other patient to whom the practice has given this record number; null for nobody. */
export function whoHasNumber(
  number: string,
  chart: string,
  records: ReadonlyMap<string, PatientRecord>,
): string | null {
  const wanted = number.trim().toLowerCase()
  if (wanted === '') return null
  const other = [...records.values()].find((each) => each.chart !== chart && each.number.toLowerCase() === wanted)
  return other?.name ?? null
}
