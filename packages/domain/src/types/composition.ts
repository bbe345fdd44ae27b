/** A note of a visit or a letter; the editor of notes writes it (https://hl7.org/fhir/R4/composition.html). */
import { Composition } from '../schemas/composition.ts'
import { dated, EVENT, nothing, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const compositionType = recordType({
  type: 'Composition',
  list: 'notes',
  schema: { shape: Composition, invariants: [] },
  title: titled(['title'], ['type']),
  code: [['type']],
  date: dated('date'),
  status: EVENT,
  extent: null,
  value: null,
  detail: nothing,
  search: [],
  disputed: [],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: true,
  ips: null,
  form: null,
})
