/** Which description of the person a chart goes by: a file brings another Patient beside the one that was typed, and both stay. */
import { parseJsonOrNull, personName, stringAt } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'

/** The descriptions of the person that count: the one written by hand first, then imported ones, oldest first. */
export function patientsOf(records: readonly ChartRecord[]): ChartRecord[] {
  const isByHand = (record: ChartRecord) => record.importSource === ''
  return records
    .filter((record) => record.type === 'Patient' && record.status !== 'error')
    .toSorted((a, b) => Number(isByHand(b)) - Number(isByHand(a)) || a.savedAt - b.savedAt || (a.id < b.id ? -1 : 1))
}

/** The first text at an element in any of them: what was typed goes before what a file says. */
export function patientText(records: readonly ChartRecord[], ...path: string[]): string {
  for (const { resource } of patientsOf(records)) {
    const text = stringAt(parseJsonOrNull(resource), ...path)
    if (text !== '') return text
  }
  return ''
}

/** The person's full name as their description has it, '' where it has none: what others are shown, whatever the chart is called here. */
export function patientName(records: readonly ChartRecord[]): string {
  const names = patientsOf(records).map(({ resource }) => personName(parseJsonOrNull(resource), 'name'))
  return names.find((name) => name !== '') ?? ''
}
