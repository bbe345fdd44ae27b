/** A time that can be booked; the calendar writes it (https://hl7.org/fhir/R4/slot.html). */
import { Slot, SLOT_INVARIANTS } from '../schemas/schedule.ts'
import { dated, nothing, ONGOING, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const slotType = recordType({
  type: 'Slot',
  list: 'appointments',
  schema: { shape: Slot, invariants: SLOT_INVARIANTS },
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
