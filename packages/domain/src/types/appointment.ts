/** An appointment, asked for or fixed (https://hl7.org/fhir/R4/appointment.html). */
import {
  appointmentForm,
  type AppointmentForm,
  changedAppointment,
  EMPTY_APPOINTMENT,
  newAppointment,
} from '../builders/appointment.ts'
import { Appointment, APPOINTMENT_INVARIANTS } from '../schemas/appointment.ts'
import { nothing, ONGOING, type RecordForm, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

/** One side moves what the other cancels: both meant something, and somebody has to be told which (docs/decisions/0060). */
const BOOKING = ['status', 'start', 'end', 'participant', 'cancelationReason']

export const appointmentType = recordType({
  type: 'Appointment',
  list: 'appointments',
  schema: { shape: Appointment, invariants: APPOINTMENT_INVARIANTS },
  title: titled(['description'], ['serviceType'], ['appointmentType'], ['reasonCode']),
  code: [],
  date: { elements: ['start', 'requestedPeriod', 'created'], ends: ['end'], otherwise: nothing },
  status: ONGOING,
  extent: null,
  value: null,
  detail: nothing,
  search: [],
  disputed: BOOKING,
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: false,
  ips: null,
  form: {
    empty: EMPTY_APPOINTMENT,
    read: appointmentForm,
    make: newAppointment,
    change: changedAppointment,
    dates: ['start'],
    numbers: { minutes: 'number' },
    words: null,
  } satisfies RecordForm<AppointmentForm>,
})
