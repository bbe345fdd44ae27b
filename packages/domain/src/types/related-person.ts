/** Somebody who cares for the person (https://hl7.org/fhir/R4/relatedperson.html). */
import {
  changedRelatedPerson,
  EMPTY_RELATED_PERSON,
  newRelatedPerson,
  relatedPersonForm,
  type RelatedPersonForm,
} from '../builders/related-person.ts'
import { RelatedPerson } from '../schemas/related-person.ts'
import { dated, IN_USE, nothing, type RecordForm, recordType } from '../record-type/record-type.ts'
import { personTitle } from '../record-type/title-words.ts'

export const relatedPersonType = recordType({
  type: 'RelatedPerson',
  list: 'profile',
  schema: { shape: RelatedPerson, invariants: [] },
  title: personTitle(['relationship']),
  code: [],
  date: dated('birthDate'),
  status: IN_USE,
  extent: null,
  value: null,
  detail: nothing,
  search: [],
  disputed: [],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: false,
  ips: null,
  form: {
    empty: EMPTY_RELATED_PERSON,
    read: relatedPersonForm,
    make: newRelatedPerson,
    change: changedRelatedPerson,
    dates: ['birthDate'],
    numbers: {},
    words: null,
  } satisfies RecordForm<RelatedPersonForm>,
})
