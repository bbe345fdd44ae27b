/** What a relative had (https://hl7.org/fhir/R4/familymemberhistory.html). */
import { changedFamilyMember, EMPTY_FAMILY, familyForm, type FamilyForm, newFamilyMember } from '../builders/family.ts'
import { conceptText } from '../elements/elements.ts'
import { FAMILY_INVARIANTS, FamilyMemberHistory } from '../schemas/family-member-history.ts'
import { dated, EVENT, type RecordForm, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const familyMemberHistoryType = recordType({
  type: 'FamilyMemberHistory',
  list: 'conditions',
  schema: { shape: FamilyMemberHistory, invariants: FAMILY_INVARIANTS },
  title: titled(['condition', 'code'], ['relationship']),
  code: [],
  date: dated('date'),
  status: EVENT,
  extent: null,
  value: null,
  detail: (resource) => conceptText(resource, 'relationship'),
  search: [],
  disputed: [],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: false,
  ips: null,
  form: {
    empty: EMPTY_FAMILY,
    read: familyForm,
    make: newFamilyMember,
    change: changedFamilyMember,
    dates: ['born'],
    numbers: {},
    words: null,
  } satisfies RecordForm<FamilyForm>,
})
