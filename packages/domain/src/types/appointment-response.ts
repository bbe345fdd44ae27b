/** An answer to an appointment (https://hl7.org/fhir/R4/appointmentresponse.html). */
import { AppointmentResponse, RESPONSE_INVARIANTS } from '../schemas/appointment-response.ts'
import { dated, nothing, ONGOING, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const appointmentResponseType = recordType({
  type: 'AppointmentResponse',
  list: 'appointments',
  schema: { shape: AppointmentResponse, invariants: RESPONSE_INVARIANTS },
  title: titled(),
  code: [],
  date: dated('start'),
  status: ONGOING,
  extent: null,
  value: null,
  detail: nothing,
  search: [],
  disputed: [],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: false,
  ips: null,
  form: null,
})
