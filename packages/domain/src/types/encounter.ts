/** A visit; it has a form of its own (https://hl7.org/fhir/R4/encounter.html). */
import { conceptText, stringAt } from '../elements/elements.ts'
import { Encounter, ENCOUNTER_INVARIANTS } from '../schemas/encounter.ts'
import { dated, ONGOING, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const encounterType = recordType({
  type: 'Encounter',
  list: 'encounters',
  schema: { shape: Encounter, invariants: ENCOUNTER_INVARIANTS },
  title: titled(['type'], ['serviceType'], ['reasonCode'], ['class']),
  code: [['type'], ['class']],
  date: dated('period'),
  status: ONGOING,
  extent: null,
  value: null,
  detail: (resource) => conceptText(resource, 'reasonCode') || stringAt(resource, 'serviceProvider', 'display'),
  search: [],
  disputed: [],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: true,
  ips: null,
  form: null,
})
