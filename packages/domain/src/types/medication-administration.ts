/** A dose that was taken, or was not (https://hl7.org/fhir/R4/medicationadministration.html). */
import { changedDose, doseForm, type DoseForm, EMPTY_DOSE, newDose } from '../builders/dose.ts'
import { objectAt, stringAt } from '../elements/elements.ts'
import { quantityText } from '../values/quantity.ts'
import { DOSE_INVARIANTS, MedicationAdministration } from '../schemas/medication-administration.ts'
import { DISPUTED_OF_MEDICINES, MEDICINE, MEDICINE_CODE } from '../record-type/medicine.ts'
import { dated, ONGOING, type RecordForm, recordType } from '../record-type/record-type.ts'
import { medicineTitle } from '../record-type/title-words.ts'

export const medicationAdministrationType = recordType({
  type: 'MedicationAdministration',
  list: 'medications',
  schema: { shape: MedicationAdministration, invariants: DOSE_INVARIANTS },
  title: medicineTitle,
  code: MEDICINE_CODE,
  date: dated('effectiveDateTime', 'effectivePeriod'),
  status: ONGOING,
  extent: null,
  value: null,
  detail: (resource) => stringAt(resource, 'dosage', 'text') || quantityText(objectAt(resource, 'dosage', 'dose')),
  search: [],
  disputed: DISPUTED_OF_MEDICINES,
  toldApart: { what: MEDICINE, when: ['effectiveDateTime', 'effectivePeriod'] },
  mayHoldAllergen: false,
  mayBeAmended: false,
  ips: null,
  form: {
    empty: EMPTY_DOSE,
    read: doseForm,
    make: newDose,
    change: changedDose,
    dates: ['at', 'planned'],
    numbers: { dose: 'dose' },
    words: 'medicine',
  } satisfies RecordForm<DoseForm>,
})
