/** Which description of the person a chart goes by, where there are several: all of them stay. */
import { compareDescriptions, deathIn, parseJsonOrNull, personName, stringAt } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { type Calendar, deviceReader, formatDateOnly } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'

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

/** That the person has died, by the first description that says anything about it; `date` is '' where only the fact is known. Null: nobody says so. */
export function deathOf(records: readonly ChartRecord[], now: Date = new Date()): { date: string } | null {
  const reader = deviceReader(now)
  for (const { resource } of patientsOf(records)) {
    const said = deathIn(parseJsonOrNull(resource), reader)
    if (said !== null) return said || null
  }
  return null
}

/** That somebody has died, in words. */
export function deathWords({ date }: { date: string }, t: TFunction, language: Language, calendar?: Calendar): string {
  return date === '' ? t('standing.died') : t('standing.diedOn', { date: formatDateOnly(date, language, calendar) })
}

/** {@link deathOf} by what owners of the chart wrote: nobody else's word silences a reminder. */
export function ownDeathOf(records: readonly ChartRecord[], now: Date): { date: string } | null {
  return deathOf(
    records.filter(({ byOwner }) => byOwner),
    now,
  )
}
