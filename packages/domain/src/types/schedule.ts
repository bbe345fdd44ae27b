/** The hours of a clinic; the calendar writes it (https://hl7.org/fhir/R4/schedule.html). */
import { Schedule } from '../schemas/schedule.ts'
import { dated, nothing, ONGOING, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const scheduleType = recordType({
  type: 'Schedule',
  list: 'appointments',
  schema: { shape: Schedule, invariants: [] },
  title: titled(),
  code: [],
  date: dated(),
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
