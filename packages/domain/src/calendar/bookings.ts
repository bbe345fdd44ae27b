/**
 * Requests, bookings and clashes as both sides see them: derived, each time again, from what the patient asked and cancelled and what the practice
 * booked and declined. Two bookings of one time are never merged away: they are a clash until a person moves or cancels one.
 */
import { type BookingEnd, MOVED_FROM, type WantedTime } from './booking.ts'
import { type CareEntry, writtenBy } from '../practice/care-entry.ts'
import { referencedMember, referenceValue } from '../elements/care-references.ts'
import { isMoment, momentOf } from '../dates/dates.ts'
import { conceptText, numberTextAt, objectAt, objectsAt, stringAt } from '../elements/elements.ts'
import type { JsonObject } from '../elements/json.ts'

/** `declined` and `withdrawn` are ended; so is one that was answered by a booking, whatever became of that since. */
export type RequestState = 'waiting' | 'booked' | 'declined' | 'withdrawn'

export interface BookingRequest {
  id: string
  chart: string
  /** The practice that is asked, by its account; null for whoever has the chart. */
  practice: { account: string; name: string } | null
  what: string
  wanted: readonly WantedTime[]
  note: string
  /** The booking that is to be moved, '' for a new one. */
  moves: string
  /** When it was asked: an instant. */
  askedAt: string
  state: RequestState
  /** Why it was declined or withdrawn; by whom it was declined ({@link writtenBy}), and the practice that signed it. */
  reason: string
  declinedBy: string
  declinedFor: string
  /** The bookings that answer it; more than one is a {@link Clash}. */
  bookings: readonly string[]
  isWaitingToSend: boolean
  resource: JsonObject
  /** Key of the stored record. */
  record: string
}

export interface Booking {
  id: string
  chart: string
  /** The account that signed it, and its name. */
  by: { account: string; name: string }
  patient: string
  /** Id and name of the member; '' for none. */
  member: string
  memberName: string
  what: string
  place: string
  instruction: string
  /** Milliseconds since 1970. */
  start: number
  end: number
  state: 'booked' | BookingEnd | 'cancelled'
  /** Who cancelled, and why. A patient's cancelling counts at once; `isNoted`: the practice has written so in its own record. */
  cancelledBy: 'patient' | 'practice' | null
  isNoted: boolean
  reason: string
  /** When the patient cancelled: milliseconds since 1970. */
  cancelledAt: number | null
  /** Where it was moved from; null where it was not. */
  movedFrom: number | null
  /** The requests that it answers. */
  answers: readonly string[]
  /** When this version was written, milliseconds since 1970. */
  savedAt: number
  isWaitingToSend: boolean
  resource: JsonObject
  /** Key of the stored record. */
  record: string
}

/**
 * Bookings of which not all can be true. `member`: one member at two places at a time; `request`: one request was booked twice; `answers`: it was
 * declined by one and booked by another.
 */
export interface Clash {
  kind: 'member' | 'request' | 'answers'
  /** Stable as long as it is about the same bookings. */
  key: string
  bookings: readonly Booking[]
  /** What declined the request that was booked; null for other kinds. */
  decline: CareEntry | null
}

export interface Bookings {
  /** Newest first. */
  requests: BookingRequest[]
  /** By their start. */
  bookings: Booking[]
  clashes: Clash[]
}

/** A record counts once, under its first copy: pass the practice's own records before the patient's. */
export function bookingsOf(entries: readonly CareEntry[]): Bookings {
  const seen = new Set<string>()
  const asked: CareEntry[] = []
  const booked: CareEntry[] = []
  const responses: { of: string; entry: CareEntry }[] = []
  for (const entry of entries) {
    if (seen.has(entry.id)) continue
    seen.add(entry.id)
    const { resource, side } = entry
    if (stringAt(resource, 'status') === 'entered-in-error') continue
    if (resource['resourceType'] === 'AppointmentResponse') {
      if (stringAt(resource, 'participantStatus') !== 'declined') continue
      responses.push({ of: referenceValue(objectAt(resource, 'appointment'), 'record'), entry })
    } else if (resource['resourceType'] === 'Appointment') {
      if (side === 'practice') booked.push(entry)
      // Another person with whom the chart is shared asks for nothing in the patient's place.
      else if (side === 'patient' && isRequest(resource)) asked.push(entry)
    }
  }
  const answersOf = answerable(asked)
  const declines = responses.filter(({ of, entry }) => entry.side === 'practice' && answersOf(entry, [of]).length > 0)
  const bookings = booked
    .map((entry) => bookingOf(entry, responses, answersOf))
    .filter((booking) => booking !== null)
    .toSorted((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1))
  const requests = asked
    .map((entry) => requestOf(entry, bookings, declines))
    .toSorted((a, b) => (a.askedAt < b.askedAt ? 1 : a.askedAt > b.askedAt ? -1 : a.id < b.id ? -1 : 1))
  return { requests, bookings, clashes: clashesOf(bookings, new Map(declines.map(({ of, entry }) => [of, entry]))) }
}

/** Which of these requests are the author's to answer: one that names a practice is no other's. */
type Answerable = (entry: CareEntry, requests: readonly string[]) => string[]

function answerable(asked: readonly CareEntry[]): Answerable {
  const practices = new Map(asked.map(({ id, resource }) => [id, askedPractice(resource)]))
  return ({ author }, requests) =>
    requests.filter((id) => isAskedOf({ practice: practices.get(id) ?? null }, author.account))
}

/** Whether a booking takes its time: what was cancelled, is over or was missed does not. */
export function takesTime({ state }: Booking): boolean {
  return state === 'booked'
}

/** Bookings that take some of the time of a member. */
export function overlapping(
  bookings: readonly Booking[],
  { member, start, end }: { member: string; start: number; end: number },
): Booking[] {
  return bookings.filter(
    (booking) => takesTime(booking) && booking.member === member && booking.start < end && start < booking.end,
  )
}

/** A request of a patient is told from what a patient wrote down in their own diary: it is only asked for, or was and is withdrawn. */
function isRequest(resource: JsonObject): boolean {
  const status = stringAt(resource, 'status')
  return status === 'proposed' || (status === 'cancelled' && stringAt(resource, 'start') === '')
}

function requestOf(
  { id, record, chart, resource, savedAt, isWaiting }: CareEntry,
  bookings: readonly Booking[],
  declines: readonly { of: string; entry: CareEntry }[],
): BookingRequest {
  const answering = bookings.filter(({ answers }) => answers.includes(id))
  const declined = declines.find(({ of }) => of === id)?.entry
  const decliner = declined && writtenBy(declined.author, referencedMember(objectAt(declined.resource, 'actor')))
  const isWithdrawn = stringAt(resource, 'status') === 'cancelled'
  const state =
    answering.length > 0 ? 'booked' : isWithdrawn ? 'withdrawn' : declined === undefined ? 'waiting' : 'declined'
  return {
    id,
    chart,
    practice: askedPractice(resource),
    what: stringAt(resource, 'description'),
    wanted: objectsAt(resource, 'requestedPeriod').map((period) => ({
      start: stringAt(period, 'start'),
      end: stringAt(period, 'end'),
    })),
    note: stringAt(resource, 'comment'),
    moves: pointersOf(resource)[0] ?? '',
    askedAt: stringAt(resource, 'created') || new Date(savedAt).toISOString(),
    state,
    reason: isWithdrawn ? conceptText(resource, 'cancelationReason') : stringAt(declined?.resource, 'comment'),
    declinedBy: decliner?.name || (declined?.author.name ?? ''),
    declinedFor: declined?.author.name ?? '',
    bookings: answering.map((booking) => booking.id),
    isWaitingToSend: isWaiting,
    resource,
    record,
  }
}

function askedPractice(resource: JsonObject): BookingRequest['practice'] {
  const actors = objectsAt(resource, 'participant', 'actor')
  const asked = actors.find((actor) => stringAt(actor, 'type') === 'Organization')
  const account = referenceValue(asked, 'account')
  return account === '' ? null : { account, name: stringAt(asked, 'display') }
}

/** Whether a request is for the practice of this account: one that names another is another's to answer. */
export function isAskedOf({ practice }: Pick<BookingRequest, 'practice'>, account: string): boolean {
  return practice === null || practice.account === account
}

function bookingOf(
  entry: CareEntry,
  responses: readonly { of: string; entry: CareEntry }[],
  answersOf: Answerable,
): Booking | null {
  const { id, record, chart, resource, author, savedAt, isWaiting } = entry
  const start = momentOf(stringAt(resource, 'start'))
  if (Number.isNaN(start)) return null
  const minutes = Number(numberTextAt(resource, 'minutesDuration')) || 0
  const last = momentOf(stringAt(resource, 'end')) || start + minutes * 60_000
  const end = isMoment(last) ? last : start
  const actors = objectsAt(resource, 'participant', 'actor')
  const member = actors.find((actor) => referenceValue(actor, 'member') !== '')
  const status = stringAt(resource, 'status')
  const isOwnCancel = status === 'cancelled'
  const said = responses.find((response) => response.of === id && response.entry.side === 'patient')?.entry
  // A visit that took place, or that nobody came to, is what the practice saw: a cancelling that came later does not undo it.
  const hasEnded = status === 'fulfilled' || status === 'noshow'
  const isCancelled = isOwnCancel || (said !== undefined && !hasEnded)
  const movedFrom = momentOf(
    stringAt(
      objectsAt(resource, 'extension').find(({ url }) => url === MOVED_FROM),
      'valueInstant',
    ),
  )
  return {
    id,
    chart,
    by: author,
    patient: stringAt(
      actors.find((actor) => referenceValue(actor, 'chart') !== ''),
      'display',
    ),
    member: referenceValue(member, 'member'),
    memberName: stringAt(member, 'display'),
    what: stringAt(resource, 'description'),
    place: stringAt(
      actors.find((actor) => stringAt(actor, 'type') === 'Location'),
      'display',
    ),
    instruction: stringAt(resource, 'patientInstruction'),
    start,
    end,
    state: isCancelled ? 'cancelled' : hasEnded ? status : 'booked',
    cancelledBy: !isCancelled ? null : said === undefined ? 'practice' : 'patient',
    isNoted: isOwnCancel,
    reason: said === undefined ? conceptText(resource, 'cancelationReason') : stringAt(said.resource, 'comment'),
    cancelledAt: said?.savedAt ?? null,
    movedFrom: Number.isNaN(movedFrom) ? null : movedFrom,
    answers: answersOf(entry, pointersOf(resource)),
    savedAt,
    isWaitingToSend: isWaiting,
    resource,
    record,
  }
}

function pointersOf(resource: JsonObject): string[] {
  return objectsAt(resource, 'supportingInformation')
    .map((reference) => referenceValue(reference, 'record'))
    .filter((id) => id !== '')
}

function clashesOf(bookings: readonly Booking[], declined: ReadonlyMap<string, CareEntry>): Clash[] {
  const live = bookings.filter(takesTime)
  const twice = answeredTwice(live, declined)
  // What is told as one request booked twice is not told again as one time booked twice.
  const told = (one: Clash) =>
    twice.some(
      ({ kind, bookings: both }) => kind === 'request' && one.bookings.every((booking) => both.includes(booking)),
    )
  return [...memberClashes(live).filter((one) => !told(one)), ...twice].toSorted(
    (a, b) => (a.bookings[0]?.start ?? 0) - (b.bookings[0]?.start ?? 0) || (a.key < b.key ? -1 : 1),
  )
}

/** Groups of bookings of one member that reach into each other; `live` is sorted by start. */
function memberClashes(live: readonly Booking[]): Clash[] {
  const byMember = new Map<string, Booking[]>()
  for (const booking of live) {
    if (booking.member === '') continue
    const known = byMember.get(booking.member)
    if (known) known.push(booking)
    else byMember.set(booking.member, [booking])
  }
  return [...byMember.values()].flatMap((own) => {
    const groups: Booking[][] = []
    let until = -Infinity
    for (const booking of own) {
      const group = groups.at(-1)
      if (group && booking.start < until) group.push(booking)
      else groups.push([booking])
      until = group && booking.start < until ? Math.max(until, booking.end) : booking.end
    }
    return groups.filter((group) => group.length > 1).map((group) => clash('member', group))
  })
}

function answeredTwice(live: readonly Booking[], declined: ReadonlyMap<string, CareEntry>): Clash[] {
  const byRequest = new Map<string, Booking[]>()
  for (const booking of live)
    for (const request of booking.answers) byRequest.set(request, [...(byRequest.get(request) ?? []), booking])
  return [...byRequest].flatMap(([request, answering]) => {
    const decline = declined.get(request)
    return [
      ...(answering.length > 1 ? [clash('request', answering)] : []),
      ...(decline === undefined ? [] : [clash('answers', answering, decline)]),
    ]
  })
}

function clash(kind: Clash['kind'], bookings: readonly Booking[], decline: CareEntry | null = null): Clash {
  return {
    kind,
    key: `${kind} ${bookings
      .map(({ id }) => id)
      .toSorted()
      .join(' ')}`,
    bookings,
    decline,
  }
}
