/** Appointment from a form and back: with whom, when and where; a day without a time is only asked for (FHIR app-3). */
import { conceptText, numberTextAt, objectsAt, stringAt } from '../elements/elements.ts'
import { datePrecision, momentOf } from '../dates/dates.ts'
import { JsonNumber, jsonObject, type JsonObject } from '../elements/json.ts'
import {
  changesFrom,
  coded,
  concept,
  dateAt,
  given,
  later,
  list,
  overlaid,
  personReference,
  when,
} from './elements-written.ts'

/** What the form of an appointment holds; '' means not given. */
export interface AppointmentForm {
  /** What it is for, in a few words. */
  what: string
  /** The clinician or practice. */
  withWhom: string
  /** A room, an address, or the link of a video visit. */
  place: string
  /** A time with zone; for what is only asked for also a year, month or day. */
  start: string
  /** Length in minutes, as digits. */
  minutes: string
  status:
    | ''
    | 'proposed'
    | 'pending'
    | 'booked'
    | 'arrived'
    | 'checked-in'
    | 'waitlist'
    | 'fulfilled'
    | 'cancelled'
    | 'noshow'
  reason: string
  /** Why it was cancelled. */
  cancelReason: string
  /** What to bring, what to do before. */
  instruction: string
  note: string
}

const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType'
const DEFAULT_MINUTES = 30

/** An empty form. */
export const EMPTY_APPOINTMENT: AppointmentForm = {
  what: '',
  withWhom: '',
  place: '',
  start: '',
  minutes: '',
  status: '',
  reason: '',
  cancelReason: '',
  instruction: '',
  note: '',
}

/** A new appointment of the person `patient`. */
export function newAppointment(form: AppointmentForm, patient: string): JsonObject {
  const person = jsonObject({ actor: personReference(patient), status: 'accepted' })
  return written(overlaid(null, { resourceType: 'Appointment', participant: [person] }), form, null)
}

/** The record with the form written over it; all that the form does not know stays. */
export function changedAppointment(previous: JsonObject, form: AppointmentForm): JsonObject {
  return written(previous, form, appointmentForm(previous))
}

/** The form that shows the record. */
export function appointmentForm(resource: JsonObject): AppointmentForm {
  const people = objectsAt(resource, 'participant')
  return {
    what:
      stringAt(resource, 'description') ||
      conceptText(resource, 'serviceType') ||
      conceptText(resource, 'appointmentType'),
    withWhom: stringAt(people.find(isOther), 'actor', 'display'),
    place: stringAt(people.find(isPlace), 'actor', 'display'),
    start: dateAt(resource, 'start') || dateAt(resource, 'requestedPeriod', 'start'),
    minutes: minutesOf(resource),
    status: stringAt(resource, 'status') as AppointmentForm['status'],
    reason: conceptText(resource, 'reasonCode'),
    cancelReason: conceptText(resource, 'cancelationReason'),
    instruction: stringAt(resource, 'patientInstruction'),
    note: stringAt(resource, 'comment'),
  }
}

/** Whether the state needs a time of day: in FHIR only a requested, waiting or cancelled appointment may have none. */
export function needsTime(status: string): boolean {
  return !['', 'proposed', 'cancelled', 'waitlist'].includes(status)
}

function minutesOf(resource: JsonObject): string {
  const stated = numberTextAt(resource, 'minutesDuration')
  if (stated !== '') return stated
  const length = momentOf(stringAt(resource, 'end')) - momentOf(stringAt(resource, 'start'))
  return Number.isFinite(length) && length > 0 ? String(Math.round(length / 60_000)) : ''
}

function kindOf(participant: JsonObject): string {
  return stringAt(participant, 'actor', 'type') || stringAt(participant, 'actor', 'reference').split('/').at(-2) || ''
}

function isPlace(participant: JsonObject): boolean {
  return kindOf(participant) === 'Location'
}

function isOther(participant: JsonObject): boolean {
  return !['Location', 'Patient', 'RelatedPerson'].includes(kindOf(participant)) && 'actor' in participant
}

function written(previous: JsonObject, form: AppointmentForm, before: AppointmentForm | null): JsonObject {
  const changed = changesFrom(before, form)
  const isTimed = datePrecision(form.start) === 'time'
  const status = form.status || (isTimed ? 'booked' : 'proposed')
  return overlaid(previous, {
    ...when(changed('status'), () => ({ status })),
    ...when(changed('status', 'cancelReason'), () => ({
      cancelationReason: status === 'cancelled' ? concept(form.cancelReason) : undefined,
    })),
    ...when(changed('reason'), () => ({ reasonCode: list([concept(form.reason) ?? []].flat()) })),
    ...when(changed('what'), () => ({ description: given(form.what) })),
    ...when(changed('start', 'minutes'), () => times(form, isTimed)),
    ...when(changed('note'), () => ({ comment: given(form.note) })),
    ...when(changed('instruction'), () => ({ patientInstruction: given(form.instruction) })),
    ...when(changed('withWhom', 'place'), () => ({ participant: participants(previous, form, status) })),
  })
}

function times(
  form: AppointmentForm,
  isTimed: boolean,
): { [element: string]: string | JsonNumber | JsonObject[] | undefined } {
  if (!isTimed) {
    const day = given(form.start)
    return {
      start: undefined,
      end: undefined,
      minutesDuration: undefined,
      requestedPeriod: day === undefined ? undefined : [jsonObject({ start: day })],
    }
  }
  const minutes = /^[1-9]\d{0,3}$/.test(form.minutes.trim()) ? Number(form.minutes) : DEFAULT_MINUTES
  return {
    start: form.start,
    end: later(form.start, minutes),
    minutesDuration: new JsonNumber(String(minutes)),
    requestedPeriod: undefined,
  }
}

function participants(previous: JsonObject, form: AppointmentForm, status: string): JsonObject[] {
  const present = objectsAt(previous, 'participant')
  const [clinician, place] = [present.find(isOther), present.find(isPlace)]
  const others = present.filter((participant) => participant !== clinician && participant !== place)
  const one = (old: JsonObject | undefined, name: string, type: string, role: string): JsonObject[] => {
    const display = given(name)
    if (display === undefined) return []
    if (old !== undefined && stringAt(old, 'actor', 'display') === display) return [old]
    const answer = status === 'proposed' || status === 'waitlist' ? 'needs-action' : 'accepted'
    const actor = jsonObject({ display, type })
    return [jsonObject({ type: [coded(PARTICIPATION, role)], actor, status: answer })]
  }
  return [
    ...others,
    ...one(clinician, form.withWhom, 'Practitioner', 'PPRF'),
    ...one(place, form.place, 'Location', 'LOC'),
  ]
}
