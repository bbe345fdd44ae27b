/** What a person tells at the desk, compared with what their chart gives. Pure, so that each case can be tested without a page. */
import type { ChartSummary } from '@chartkeep/sync'
import { birthDateOf } from '../../app/practice/chart-name.ts'

/** What can be compared: the birth date, else a number that the chart itself names; `nothing` where it gives neither. */
export type Comparable =
  { way: 'date'; birthDate: string } | { way: 'number'; numbers: readonly string[] } | { way: 'nothing' }

export function comparableOf(chart: Pick<ChartSummary, 'care' | 'birthDate' | 'state'>): Comparable {
  const birthDate = birthDateOf(chart, undefined)
  if (birthDate !== '') return { way: 'date', birthDate }
  const numbers = chart.care?.numbers ?? []
  return numbers.length > 0 ? { way: 'number', numbers } : { way: 'nothing' }
}

/** Whether two FHIR dates may be one: the shorter of the two is all that is known of one of them. */
export function isSameDate(given: string, told: string): boolean {
  const length = Math.min(given.length, told.length)
  return length > 0 && given.slice(0, length) === told.slice(0, length)
}

/** Whether one of the numbers was told, however it is spaced. */
export function isOneOf(numbers: readonly string[], told: string): boolean {
  return plain(told) !== '' && numbers.some((number) => plain(number) === plain(told))
}

function plain(number: string): string {
  return number
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Pd}./]/gu, '')
}
