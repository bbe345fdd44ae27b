/**
 * Whether what a record says is true of the person now. A status says what somebody once wrote; a period, an abatement or a course that is over goes
 * before it, and so does a start that is still to come. The one place that decides it, for every list, summary, reminder and file.
 */
import { booleanAt, stringAt, typeOf } from '../elements/elements.ts'
import { mayRelyOn, statusOf } from './record-status.ts'
import { partsOf } from '../types/index.ts'
import { periodAt, type RecordStatus } from '../record-type/record-type.ts'
import { type Reader, spanIn } from '../dates/zoned-time.ts'

/**
 * `current`: in force, or nobody says that it is not; a draft counts. `ended` and `coming`: by its dates, whatever its status says; `date` as FHIR
 * writes it, '' where nobody said when. `set-aside`: its status says that it is past, not done or
 * in the trash, or that nobody may rely on it.
 */
export type Validity = { state: 'current' | 'set-aside' } | { state: 'ended' | 'coming'; date: string }

/** Where a record stands for a reader. */
export function validityOf(resource: unknown, reader: Reader): Validity {
  const type = typeOf(resource)
  return validityFrom(type, statusOf(type, resource).status, () => resource, reader)
}

/** The same where status and type are known: the record is read only if its dates may say something else. */
export function validityFrom(
  type: string,
  status: RecordStatus | string,
  read: () => unknown,
  reader: Reader,
): Validity {
  if (status === 'past' || status === 'not-done' || !mayRelyOn({ status })) return { state: 'set-aside' }
  return (partsOf(type).extent !== null ? validityByDates(type, read(), reader) : null) ?? { state: 'current' }
}

/** What the dates of a record say, whatever its status; null where they say neither that it has ended nor that it is to come. */
export function validityByDates(
  type: string,
  resource: unknown,
  reader: Reader,
): { state: 'ended' | 'coming'; date: string } | null {
  const extent = partsOf(type).extent ?? periodAt()
  const { start, end, isOver } = extent(resource, reader.zone)
  if (isOver || hasPassed(end, reader)) return { state: 'ended', date: end }
  return (spanIn(start, reader.zone)?.start ?? -Infinity) > reader.now ? { state: 'coming', date: start } : null
}

/** An end lasts as long as what it names: a day until midnight, a year until New Year. */
function hasPassed(end: string, { now, zone }: Reader): boolean {
  const span = spanIn(end, zone)
  return span !== null && (span.start === span.end ? span.end < now : span.end <= now)
}

/**
 * What a Patient says of the person's death: `date` as FHIR writes it, '' where only the fact is known. `false`: that they live. Null: nothing, and
 * so says a date that is still to come.
 */
export function deathIn(patient: unknown, reader: Reader): { date: string } | false | null {
  const date = stringAt(patient, 'deceasedDateTime')
  if (date !== '') {
    const span = spanIn(date, reader.zone)
    if (span === null) return { date: '' }
    return span.start <= reader.now ? { date } : null
  }
  const isDead = booleanAt(patient, 'deceasedBoolean')
  return isDead === null ? null : isDead && { date: '' }
}
