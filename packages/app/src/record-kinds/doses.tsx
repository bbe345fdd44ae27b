/** Doses that were taken, or were not. */
import { IconCheck } from '@tabler/icons-react'
import { doseOf, EMPTY_DOSE, RECORD_TYPES } from '@chartkeep/domain'
import { type FormWork, typedResource, typedValues } from '../app/entry/form-records.ts'
import { localTime } from '../ui/fields/date-entry.ts'
import { DoseForm } from '../record-forms/dose-form.tsx'
import { correctsType, recordKind, titlesOf } from './record-kind.ts'

export const doses = recordKind({
  icon: IconCheck,
  words: { add: (t) => t('add.doses'), thing: (t) => t('thing.doses') },
  list: 'medications',
  corrects: correctsType('MedicationAdministration'),
  isOffered: true,
  filter: { label: (t) => t('list.doses'), types: ['MedicationAdministration'], hides: true },
  section: null,
  Form: DosesEntry,
})

function DosesEntry({ common, initial, others, about, start, save }: FormWork) {
  const now = { ...(about ? doseOf(about.resource, about.reference) : EMPTY_DOSE), at: localTime(new Date()) }
  return (
    <DoseForm
      {...common}
      suggestions={titlesOf(others, 'MedicationStatement', 'MedicationRequest')}
      initial={typedValues(RECORD, initial ? RECORD.read(initial) : now)}
      onSave={(values, reason) => save(typedResource(RECORD, values, start()), reason)}
    />
  )
}

const RECORD = RECORD_TYPES.MedicationAdministration.form
