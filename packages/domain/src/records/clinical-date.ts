/**
 * When a record was true of the person, per type, before when it was written down; as written, precision kept.
 */
import { compareDates, datePrecision } from '../dates/dates.ts'
import { allAt, stringAt, stringsAt } from '../elements/elements.ts'
import { isJsonObject, type JsonValue } from '../elements/json.ts'
import { partsOf } from '../types/index.ts'

const ANY_DATE = [
  'effectiveDateTime',
  'effectivePeriod',
  'occurrenceDateTime',
  'occurrencePeriod',
  'performedDateTime',
  'performedPeriod',
  'onsetDateTime',
  'period',
  'date',
  'dateTime',
  'recordedDate',
  'recorded',
  'authoredOn',
  'authored',
  'dateAsserted',
  'created',
  'issued',
  'start',
]

/** Start and end of the clinical date, '' for none. */
export function clinicalDate(type: string, resource: unknown): { start: string; end: string } {
  const { elements, ends, otherwise } = partsOf(type).date
  const end = firstDate(ends.map((element) => stringAt(resource, element)))
  const found = firstDates(resource, elements) ?? firstDates(resource, ANY_DATE)
  if (found !== null) return { start: found.start, end: found.end || end }
  return { start: firstDate([otherwise(resource)]), end }
}

function firstDate(texts: readonly string[]): string {
  return texts.find((text) => datePrecision(text) !== null) ?? ''
}

function firstDates(resource: unknown, elements: readonly string[]): { start: string; end: string } | null {
  for (const element of elements) {
    for (const value of allAt(resource, element)) {
      const found = datesIn(value)
      if (found !== null) return found
    }
  }
  return null
}

/** A date, a Period, or something that holds one (collection, timing). */
function datesIn(value: JsonValue): { start: string; end: string } | null {
  if (typeof value === 'string') return datePrecision(value) === null ? null : { start: value, end: '' }
  if (!isJsonObject(value)) return null
  const dates = (element: string) => stringsAt(value, element).filter((text) => datePrecision(text) !== null)
  const start = dates('start')[0] ?? dates('collectedDateTime')[0] ?? stringAt(value, 'collectedPeriod', 'start')
  const end = dates('end')[0] ?? ''
  const times = dates('event').sort(compareDates)
  if (start !== '' && datePrecision(start) !== null) return { start, end }
  if (times[0] !== undefined) return { start: times[0], end: times.at(-1) ?? '' }
  return end === '' ? null : { start: end, end }
}
