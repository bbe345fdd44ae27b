/**
 * Appointments between a patient and a practice. What the patient asks for and cancels are records of the patient's; what the practice books,
 * moves and declines are the practice's, which point to them. Neither writes over the other's (docs/decisions, "Who answers an appointment").
 */
import {
  ABOUT_CHART,
  type CareMember,
  type CareReference,
  memberReference,
  recordReference,
} from '../elements/care-references.ts'
import { momentOf } from '../dates/dates.ts'
import { objectsAt, stringAt } from '../elements/elements.ts'
import { JsonNumber, jsonObject, type JsonObject } from '../elements/json.ts'
import { asJson } from '../practice/care-task.ts'
import { coded, concept, given, later, list, overlaid } from '../builders/elements-written.ts'

const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType'
/** When a booking that was moved began before: an instant. */
export const MOVED_FROM = 'urn:chartkeep:extension:appointment-moved-from'

/** A time that would suit: instants, or a day without a time in `start` alone. */
export interface WantedTime {
  start: string
  end: string
}

export interface NewRequest {
  about: CareReference
  /** The practice that is asked; null where none is known. */
  practice: CareReference | null
  /** In a few words. */
  what: string
  wanted: readonly WantedTime[]
  note: string
  /** The booking that is to be moved, '' for a new one. */
  moves: string
  /** An instant. */
  created: string
}

/** What a patient asks for. */
export function newRequest(request: NewRequest): JsonObject {
  return overlaid(null, {
    resourceType: 'Appointment',
    status: 'proposed',
    description: given(request.what),
    comment: given(request.note),
    created: request.created,
    supportingInformation: pointers([request.moves]),
    participant: [
      patient(request.about),
      ...(request.practice === null ? [] : [jsonObject({ actor: asJson(request.practice), status: 'needs-action' })]),
    ],
    requestedPeriod: list(request.wanted.map(({ start, end }) => jsonObject({ start: given(start), end: given(end) }))),
  })
}

/** The patient no longer needs it. Only before it was answered; a booking is cancelled by {@link newCancellation}. */
export function withdrawn(request: JsonObject, reason: string): JsonObject {
  return overlaid(request, { status: 'cancelled', cancelationReason: concept(reason) })
}

export interface NewBooking {
  about: CareReference
  member: CareMember
  what: string
  /** A time with seconds and zone. */
  start: string
  minutes: number
  place: string
  instruction: string
  /** The request that it answers, '' for none. */
  answers: string
  created: string
}

/** What a practice books. */
export function newBooking(booking: NewBooking): JsonObject {
  const place = given(booking.place)
  return overlaid(null, {
    resourceType: 'Appointment',
    status: 'booked',
    description: given(booking.what),
    patientInstruction: given(booking.instruction),
    created: booking.created,
    supportingInformation: pointers([booking.answers]),
    ...span(booking.start, booking.minutes),
    participant: [
      patient(booking.about),
      member(booking.member),
      ...(place === undefined
        ? []
        : [
            jsonObject({
              type: [coded(PARTICIPATION, 'LOC')],
              actor: jsonObject({ type: 'Location', display: place }),
              status: 'accepted',
            }),
          ]),
    ],
  })
}

/** The booking at another time, or with another member; `answers`: the request to move it, '' for none. */
export function moved(
  booking: JsonObject,
  to: { start: string; minutes: number; member: CareMember; answers: string },
): JsonObject {
  const before = stringAt(booking, 'start')
  const others = objectsAt(booking, 'extension').filter(({ url }) => url !== MOVED_FROM)
  const asked = objectsAt(booking, 'supportingInformation')
  return overlaid(booking, {
    status: 'booked',
    cancelationReason: undefined,
    ...span(to.start, to.minutes),
    participant: objectsAt(booking, 'participant').map((one) =>
      stringAt(one, 'actor', 'type') === 'Practitioner' ? member(to.member) : one,
    ),
    supportingInformation: list([...asked, ...(pointers([to.answers]) ?? [])]),
    extension: list([
      ...others,
      ...(before === '' || momentOf(before) === momentOf(to.start)
        ? objectsAt(booking, 'extension').filter(({ url }) => url === MOVED_FROM)
        : [jsonObject({ url: MOVED_FROM, valueInstant: before })]),
    ]),
  })
}

/** The practice cancels its booking, or takes note that the patient did. */
export function cancelled(booking: JsonObject, reason: string): JsonObject {
  return overlaid(booking, { status: 'cancelled', cancelationReason: concept(reason) })
}

/** What became of a booking. */
export type BookingEnd = 'fulfilled' | 'noshow'

/** The booking as it went. */
export function ended(booking: JsonObject, how: BookingEnd): JsonObject {
  return overlaid(booking, { status: how, cancelationReason: undefined })
}

/** The practice declines a request. */
export function newDecline(answer: {
  request: string
  about: CareReference
  member: CareMember
  reason: string
}): JsonObject {
  return response(answer.request, answer.about, memberReference(answer.member.id, answer.member.name), answer.reason)
}

/** A refusal that was none: the request waits again, or its booking stands alone. */
export function takenBack(answer: JsonObject): JsonObject {
  return overlaid(answer, { participantStatus: 'entered-in-error' })
}

/** The patient cancels what the practice booked. */
export function newCancellation(answer: { booking: string; about: CareReference; reason: string }): JsonObject {
  return response(answer.booking, answer.about, answer.about, answer.reason)
}

function response(appointment: string, about: CareReference, actor: CareReference, reason: string): JsonObject {
  return overlaid(null, {
    resourceType: 'AppointmentResponse',
    appointment: asJson(recordReference(appointment, 'Appointment')),
    actor: asJson(actor),
    participantStatus: 'declined',
    comment: given(reason),
    extension: [jsonObject({ url: ABOUT_CHART, valueReference: asJson(about) })],
  })
}

function patient(about: CareReference): JsonObject {
  return jsonObject({ actor: asJson(about), status: 'accepted' })
}

function member({ id, name }: CareMember): JsonObject {
  return jsonObject({
    type: [coded(PARTICIPATION, 'PPRF')],
    actor: asJson(memberReference(id, name)),
    status: 'accepted',
  })
}

function pointers(ids: readonly string[]): JsonObject[] | undefined {
  const named = ids.filter((id) => id !== '')
  return named.length === 0 ? undefined : named.map((id) => asJson(recordReference(id, 'Appointment')))
}

function span(start: string, minutes: number) {
  return { start, end: later(start, minutes), minutesDuration: new JsonNumber(String(minutes)) }
}
