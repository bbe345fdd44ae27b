/** What relatives had. */
import { IconUsers } from '@tabler/icons-react'
import {
  EMPTY_FAMILY,
  type FamilyForm,
  instantText,
  isRelative,
  type JsonObject,
  RECORD_TYPES,
} from '@chartkeep/domain'
import { type FormWork, numberOf, type Start, typedResource, typedValues } from '../app/entry/form-records.ts'
import { FamilyForm as FamilyFields, type FamilyValues, OTHER_RELATIVE } from '../record-forms/family-form.tsx'
import { correctsType, recordKind } from './record-kind.ts'

export const family = recordKind({
  icon: IconUsers,
  words: { add: (t) => t('add.family'), thing: (t) => t('thing.family') },
  list: 'conditions',
  corrects: correctsType('FamilyMemberHistory'),
  isOffered: true,
  filter: { label: (t) => t('list.family'), types: ['FamilyMemberHistory'], hides: false },
  section: null,
  Form: FamilyEntry,
})

function FamilyEntry({ common, initial, start, save }: FormWork) {
  return (
    <FamilyFields
      {...common}
      initial={familyValues(initial ? RECORD.read(initial) : EMPTY_FAMILY)}
      onSave={(values, reason) => save(familyResource(values, start()), reason)}
    />
  )
}

const RECORD = RECORD_TYPES.FamilyMemberHistory.form

export function familyResource({ otherRelative, ...values }: FamilyValues, start: Start): JsonObject {
  return typedResource(RECORD, values, start, (before) => ({
    relationship: values.relationship === OTHER_RELATIVE ? otherRelative.trim() : values.relationship,
    conditions: values.isUnknown
      ? []
      : values.conditions
          .map(({ name, age }) => ({ name: name.trim(), age: numberOf(age, undefined) }))
          .filter(({ name }) => name),
    deathAge: values.deceased === 'yes' ? numberOf(values.deathAge, before?.deathAge) : '',
    date: before === null ? instantText(start.now) : before.date,
  }))
}

/** A relative whom the choices do not name goes by words. */
export function familyValues(form: FamilyForm): FamilyValues {
  const isNamed = form.relationship === '' || isRelative(form.relationship)
  return {
    ...typedValues(RECORD, form),
    relationship: isNamed ? form.relationship : OTHER_RELATIVE,
    otherRelative: isNamed ? '' : form.relationship,
  }
}
