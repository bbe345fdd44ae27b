/** A medicine that the person takes or took (https://hl7.org/fhir/R4/medicationstatement.html). */
import {
  changedMedication,
  EMPTY_MEDICATION,
  medicationForm,
  type MedicationForm,
  newMedication,
} from '../builders/medication.ts'
import { MEDICATION_INVARIANTS, MedicationStatement } from '../schemas/medication-statement.ts'
import { IPS, withMedicine, withTime } from '../record-type/ips.ts'
import { DISPUTED_OF_MEDICINES, doseText, MEDICINE, MEDICINE_CODE, medicineExtent } from '../record-type/medicine.ts'
import { dated, ONGOING, type RecordForm, recordType } from '../record-type/record-type.ts'
import { medicineTitle } from '../record-type/title-words.ts'

export const medicationStatementType = recordType({
  type: 'MedicationStatement',
  list: 'medications',
  schema: { shape: MedicationStatement, invariants: MEDICATION_INVARIANTS },
  title: medicineTitle,
  code: MEDICINE_CODE,
  date: dated('effectiveDateTime', 'effectivePeriod', 'dateAsserted'),
  status: { ...ONGOING, isMarkedInLists: true },
  extent: medicineExtent,
  value: null,
  detail: doseText,
  search: [],
  disputed: DISPUTED_OF_MEDICINES,
  // When it is taken is what changes in a statement.
  toldApart: { what: MEDICINE, when: [] },
  mayHoldAllergen: true,
  mayBeAmended: true,
  ips: { sections: [IPS.medications], completed: (record) => withTime(withMedicine(record), 'effective') },
  form: {
    empty: EMPTY_MEDICATION,
    read: medicationForm,
    make: newMedication,
    change: changedMedication,
    dates: ['start', 'end', 'supplyUntil'],
    numbers: { dose: 'dose', everyDays: 'number' },
    words: 'name',
  } satisfies RecordForm<MedicationForm>,
})
