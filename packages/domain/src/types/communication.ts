/** A message; threads have screens of their own (https://hl7.org/fhir/R4/communication.html). */
import { Communication, COMMUNICATION_INVARIANTS } from '../schemas/communication.ts'
import { dated, EVENT, nothing, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const communicationType = recordType({
  type: 'Communication',
  list: 'messages',
  schema: { shape: Communication, invariants: COMMUNICATION_INVARIANTS },
  title: titled(['topic'], ['reasonCode'], ['category']),
  code: [],
  date: dated('sent', 'received'),
  status: EVENT,
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
