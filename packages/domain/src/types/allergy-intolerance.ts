/** An allergy or intolerance (https://hl7.org/fhir/R4/allergyintolerance.html). */
import { allergyForm, type AllergyForm, changedAllergy, EMPTY_ALLERGY, newAllergy } from '../builders/allergy.ts'
import { conceptText, hasCode, objectsAt } from '../elements/elements.ts'
import { ALLERGY_INVARIANTS, AllergyIntolerance } from '../schemas/allergy-intolerance.ts'
import { IPS, withCode } from '../record-type/ips.ts'
import { dated, ONGOING, type RecordForm, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const allergyIntoleranceType = recordType({
  type: 'AllergyIntolerance',
  list: 'allergies',
  schema: { shape: AllergyIntolerance, invariants: ALLERGY_INVARIANTS },
  title: titled(),
  code: [],
  date: dated('onsetDateTime', 'onsetPeriod', 'recordedDate', 'lastOccurrence'),
  status: {
    ...ONGOING,
    isMarkedInLists: true,
    error: {
      element: 'verificationStatus',
      system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification',
    },
  },
  extent: null,
  value: null,
  detail: (resource) =>
    objectsAt(resource, 'reaction', 'manifestation')
      .filter((concept) => !hasCode(concept, [], 'unknown'))
      .map((concept) => conceptText([concept]))
      .join(', '),
  search: [],
  disputed: ['code', 'criticality', 'reaction'],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: true,
  ips: { sections: [IPS.allergies], completed: (record) => withCode(record) },
  form: {
    empty: EMPTY_ALLERGY,
    read: allergyForm,
    make: newAllergy,
    change: changedAllergy,
    dates: ['onset'],
    numbers: {},
    words: null,
  } satisfies RecordForm<AllergyForm>,
})
