/** Which description of the person a chart goes by, where there are several: all of them stay. */
import { compareDescriptions, parseJsonOrNull, personName, stringAt } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'

/** The descriptions of the person that count, by {@link compareDescriptions}. */
export function patientsOf(records: readonly ChartRecord[]): ChartRecord[] {
  return records
    .filter((record) => record.type === 'Patient' && record.status !== 'error')
    .toSorted(compareDescriptions)
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
