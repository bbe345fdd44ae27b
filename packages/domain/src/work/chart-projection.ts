/**
 * What a practice keeps at hand of each patient's chart, so that the list of 300 patients and the work list open none of them: who it is, what
 * must never be overlooked, and what in the chart waits for the practice. Worked out from the chart's records alone; nothing here is counted up.
 */
import { allergyDanger } from '../summary/allergy-danger.ts'
import { bookingsOf, isAskedOf } from '../calendar/bookings.ts'
import { patientForm } from '../builders/patient.ts'
import type { CareEntry } from '../practice/care-entry.ts'
import { CARE_SYSTEMS } from '../elements/care-references.ts'
import { collectionOfStreamName } from '../elements/collection-names.ts'
import { describe } from '../records/descriptor.ts'
import { stringAt } from '../elements/elements.ts'
import { isJsonObject, parseJsonOrNull, type JsonObject } from '../elements/json.ts'
import { medicineLooks } from '../summary/medicine-look.ts'
import { listAnswer, noneScopes, type NoneScope, noneStated, type NoneStated } from '../summary/none-stated.ts'
import { compareDescriptions } from '../elements/person-order.ts'
import { mayRelyOn } from '../records/record-status.ts'
import { deathIn, validityOf } from '../records/validity.ts'
import type { Reader } from '../dates/zoned-time.ts'
import { threadsOf } from '../messages/threads.ts'

/** A record as a digest needs it. */
export interface ProjectionSource {
  /** By which references name it (`urn:chartkeep:record`). */
  id: string
  collection: string
  type: string
  title: string
  /** As the descriptor has it: `error` for what was entered in error. */
  status: string
  revision: string
  /** FHIR JSON text. */
  resource: string
  /** Milliseconds since 1970, by the author's clock. */
  savedAt: number
  /** Who signed it: a member of the practice that keeps the digest, somebody who owns the chart, or others with whom it is shared. */
  by: 'us' | 'patient' | 'others'
  /** Where a file brought it, '' for what was written by hand. */
  importSource: string
}

/**
 * `booking`: somebody asks us for an appointment (M4). `cancelled`: the patient cancelled one, and we have not taken note. `message`: the patient's
 * side wrote, to us or to nobody by name, and has no answer (M2). `amendment`: a correction of one of our records is asked for. `plan`: the current version of our plan has not been acknowledged.
 */
const CARE_WAITS = ['booking', 'cancelled', 'message', 'amendment', 'plan'] as const
export type CareWaitKind = (typeof CARE_WAITS)[number]

/** One thing that waits. A correction continuesce a record of the practice points to it, a plan once one of the patient's points to its version. */
export interface CareWait {
  kind: CareWaitKind
  /** For a message, the first that waits in its thread. */
  record: string
  revision: string
  /** The thread of a message; '' for everything else. */
  thread: string
  title: string
  /** Milliseconds since 1970. */
  since: number
}

export interface ChartProjection {
  name: string
  /** FHIR partial date; '' where it is not known. The same for the rest. */
  birthDate: string
  gender: string
  /** Record numbers that the chart itself names, as the patient or the practice wrote them: by another's a wrong person would be found. */
  numbers: string[]
  /** `hidden`: the list is not shared with us, which is not the same as none. */
  allergies: {
    answer: ReturnType<typeof listAnswer> | 'hidden'
    /** Those of high risk first. */
    /** `isSevere`: a past reaction was severe; missing in digests of an older version. */
    shown: { title: string; isHigh: boolean; isSevere?: boolean }[]
    more: number
    /** What was stated in the place of entries, or next to them, the newest first; missing in digests of an older version. */
    stated?: { answer: NoneStated; title: string; scopes: readonly NoneScope[]; date: string }[]
  }
  /** Current medicines that look like a recorded allergy; missing in digests of an older version. */
  looks?: { medicine: string; allergy: string }[]
  /** When the newest record was written, milliseconds since 1970; 0 for an empty chart. */
  lastActivity: number
  waits: CareWait[]
}

const SHOWN_ALLERGIES = 3
/** A chart in which more waits than this says so by its count alone. */
const MAX_WAITS = 40
/** Types whose records may ask, answer or acknowledge. */
const CARE_TYPES = new Set([
  'Appointment',
  'AppointmentResponse',
  'Basic',
  'CarePlan',
  'Communication',
  'Consent',
  'Provenance',
  'Task',
])

/** `readable`: the lists that the practice of `account` may read now. `reader`: by whose clock plans have ended. */
export function chartProjection(
  records: readonly ProjectionSource[],
  { readable, account, reader }: { readable: readonly string[]; account: string; reader: Reader },
): ChartProjection {
  const shown = records.filter(({ status, collection }) => status !== 'error' && collection !== 'audit')
  const person = personOf(shown)
  return {
    ...person,
    allergies: readable.includes('allergies') ? allergiesOf(shown, reader) : { answer: 'hidden', shown: [], more: 0 },
    ...(readable.includes('allergies') && readable.includes('medications') ? { looks: looksOf(shown, reader) } : {}),
    lastActivity: Math.max(0, ...shown.map(({ savedAt }) => savedAt)),
    waits: waitsOf(shown, account, reader),
  }
}

/** By {@link compareDescriptions}. */
function personOf(
  records: readonly ProjectionSource[],
): Pick<ChartProjection, 'name' | 'birthDate' | 'gender' | 'numbers'> {
  const patients = records
    .filter(({ type }) => type === 'Patient')
    .map((record) => ({ ...record, byOwner: record.by === 'patient' }))
    .toSorted(compareDescriptions)
  const forms = patients.flatMap(({ resource, by }) => {
    const parsed = parseJsonOrNull(resource)
    return isJsonObject(parsed) ? [{ ...patientForm(parsed), by }] : []
  })
  const first = (of: 'name' | 'birthDate' | 'gender') => forms.map((form) => form[of]).find((text) => text !== '') ?? ''
  return {
    name: first('name'),
    birthDate: first('birthDate'),
    gender: first('gender'),
    numbers: [
      ...new Set(
        forms.flatMap(({ by, recordNumbers }) => (by === 'others' ? [] : recordNumbers.map(({ value }) => value))),
      ),
    ],
  }
}

function allergiesOf(records: readonly ProjectionSource[], reader: Reader): ChartProjection['allergies'] {
  const parsed = records
    .filter(
      ({ type, collection }) => type === 'AllergyIntolerance' && collectionOfStreamName(collection) === 'allergies',
    )
    .map((record) => ({ ...record, parsed: parseJsonOrNull(record.resource) }))
    .filter((record): record is typeof record & { parsed: JsonObject } => isJsonObject(record.parsed))
  const answer = listAnswer(
    'AllergyIntolerance',
    parsed.map((record) => record.parsed),
    reader,
  )
  const named = parsed
    .filter((record) => record.status !== 'past' && mayRelyOn(record) && noneStated(record.parsed) === null)
    .map(({ title, parsed: resource }) => {
      const { worst, isHigh } = allergyDanger(resource)
      return { title, isHigh, isSevere: worst === 'severe' }
    })
    .toSorted((a, b) => Number(b.isHigh) - Number(a.isHigh))
  return {
    answer,
    shown: named.slice(0, SHOWN_ALLERGIES),
    more: Math.max(0, named.length - SHOWN_ALLERGIES),
    stated: statedBy(parsed.filter(({ status }) => status !== 'past')),
  }
}

const LOOKED = new Set(['AllergyIntolerance', 'MedicationStatement', 'MedicationRequest'])

function looksOf(records: readonly ProjectionSource[], reader: Reader): { medicine: string; allergy: string }[] {
  const looked = records
    .filter(({ type }) => LOOKED.has(type))
    .map(({ id, title, resource }) => ({ id, title, resource: parseJsonOrNull(resource) }))
  const looks = medicineLooks(looked, reader)
  return looked
    .flatMap((record) => looks.of(record).allergies.map((allergy) => ({ medicine: record.title, allergy })))
    .slice(0, SHOWN_ALLERGIES)
}

function statedBy(records: readonly { title: string; parsed: JsonObject }[]) {
  return records
    .flatMap(({ title, parsed }) => {
      const answer = noneStated(parsed)
      return answer === null ? [] : [{ answer, title, scopes: noneScopes(parsed), date: describe(parsed).date }]
    })
    .toSorted((a, b) => Number(a.date < b.date) - Number(a.date > b.date))
}

function waitsOf(records: readonly ProjectionSource[], account: string, reader: Reader): CareWait[] {
  const care = records
    .filter(({ type }) => CARE_TYPES.has(type))
    .map((record) => ({ ...record, parsed: parseJsonOrNull(record.resource) }))
  const ours = care.filter(({ by }) => by === 'us')
  const theirs = care.filter(({ by }) => by === 'patient')
  const written = new Set(records.filter(({ by }) => by === 'us').map(({ id }) => id))
  const isDead = records.some(
    ({ type, by, resource }) =>
      type === 'Patient' && by !== 'others' && Boolean(deathIn(parseJsonOrNull(resource), reader)),
  )
  const answered = new Set(ours.flatMap(({ parsed }) => pointedTo(parsed)).map((target) => target.split('/')[0]))
  const acknowledged = new Set(theirs.flatMap(({ parsed }) => pointedTo(parsed)))
  const wait = (kind: CareWaitKind, { id, revision, title, savedAt }: ProjectionSource): CareWait => {
    return { kind, record: id, revision, thread: '', title, since: savedAt }
  }
  return [
    ...askedAndWritten(care, account),
    ...theirs
      .filter(
        ({ id, type, parsed }) => type === 'Task' && stringAt(parsed, 'status') === 'requested' && !answered.has(id),
      )
      // What is asked of another practice with which the chart is shared is theirs to answer.
      .filter(({ parsed }) => pointedTo(parsed).some((target) => written.has(target.split('/')[0]!)))
      .map((record) => wait('amendment', record)),
    ...ours
      .filter(({ type, parsed }) => type === 'CarePlan' && stringAt(parsed, 'status') === 'active')
      .filter(({ id, revision }) => !acknowledged.has(`${id}/${revision}`))
      // Nobody is asked to confirm what has ended, and nobody answers who has died.
      .filter(({ parsed }) => !isDead && validityOf(parsed, reader).state !== 'ended')
      .map((record) => wait('plan', record)),
  ]
    .toSorted((a, b) => a.since - b.since)
    .slice(0, MAX_WAITS)
}

/** Messages without an answer, and appointments that were asked for or cancelled. */
function askedAndWritten(records: readonly (ProjectionSource & { parsed: unknown })[], account: string): CareWait[] {
  const entries = records.flatMap(({ id, parsed, by, savedAt }): CareEntry[] => {
    if (!isJsonObject(parsed) || by === 'others') return []
    const author = { account: by === 'us' ? account : by, name: '' }
    const side = by === 'us' ? 'practice' : 'patient'
    return [{ id, record: id, chart: '', resource: parsed, side, author, savedAt, isWaiting: false }]
  })
  // Another person may give a record of another list the id of one that waits.
  const byId = new Map(records.filter(({ by }) => by !== 'others').map((record) => [record.id, record]))
  const wait = (kind: CareWaitKind, record: string, title: string, since: number, thread = ''): CareWait => {
    return { kind, record, revision: byId.get(record)?.revision ?? '', thread, title, since }
  }
  const { requests, bookings } = bookingsOf(entries)
  return [
    ...requests
      .filter((request) => request.state === 'waiting' && isAskedOf(request, account))
      .map(({ id, what }) => wait('booking', id, what, byId.get(id)?.savedAt ?? 0)),
    ...bookings
      .filter(({ cancelledBy, isNoted }) => cancelledBy === 'patient' && !isNoted)
      .map(({ id, what, cancelledAt }) => wait('cancelled', id, what, cancelledAt ?? 0)),
    ...threadsOf(entries, account).flatMap(({ id, subject, unanswered }) =>
      unanswered === null ? [] : [wait('message', unanswered.id, subject, byId.get(unanswered.id)?.savedAt ?? 0, id)],
    ),
  ]
}

/** Ids, and ids with a revision, of the records that a resource points to by our identifiers. */
function pointedTo(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(pointedTo)
  if (!isJsonObject(value)) return []
  const { system, value: target } = value
  if ((system === CARE_SYSTEMS.record || system === CARE_SYSTEMS.version) && typeof target === 'string') return [target]
  return Object.values(value).flatMap(pointedTo)
}
