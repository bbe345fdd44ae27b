/** A vaccine that was given, or was not (https://hl7.org/fhir/R4/immunization.html). */
import {
  changedImmunization,
  EMPTY_IMMUNIZATION,
  immunizationForm,
  type ImmunizationForm,
  newImmunization,
} from '../builders/immunization.ts'
import { stringAt } from '../elements/elements.ts'
import { Immunization, IMMUNIZATION_INVARIANTS } from '../schemas/immunization.ts'
import { IPS, withCode, withTime } from '../record-type/ips.ts'
import { dated, EVENT, type RecordForm, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const immunizationType = recordType({
  type: 'Immunization',
  list: 'immunizations',
  schema: { shape: Immunization, invariants: IMMUNIZATION_INVARIANTS },
  title: titled(['vaccineCode']),
  code: [['vaccineCode']],
  date: dated('occurrenceDateTime', 'recorded'),
  status: { ...EVENT, isMarkedInLists: true },
  extent: null,
  value: null,
  detail: (resource) => stringAt(resource, 'lotNumber'),
  search: [],
  disputed: ['vaccineCode', 'doseQuantity', 'protocolApplied'],
  toldApart: { what: ['vaccineCode'], when: ['occurrenceDateTime'] },
  mayHoldAllergen: false,
  mayBeAmended: true,
  ips: {
    sections: [IPS.immunizations],
    completed: (record) => withCode(withTime(record, 'occurrence'), 'vaccineCode'),
  },
  form: {
    empty: EMPTY_IMMUNIZATION,
    read: immunizationForm,
    make: newImmunization,
    change: changedImmunization,
    dates: ['date', 'nextDue'],
    numbers: { doseNumber: 'number' },
    words: 'vaccine',
  } satisfies RecordForm<ImmunizationForm>,
})
