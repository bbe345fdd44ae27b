/** A prescription (https://hl7.org/fhir/R4/medicationrequest.html). */
import { IPS, withMedicine } from '../record-type/ips.ts'
import { DISPUTED_OF_MEDICINES, doseText, MEDICINE, MEDICINE_CODE, medicineExtent } from '../record-type/medicine.ts'
import { dated, ONGOING, recordType } from '../record-type/record-type.ts'
import { medicineTitle } from '../record-type/title-words.ts'

export const medicationRequestType = recordType({
  type: 'MedicationRequest',
  list: 'medications',
  schema: null,
  title: medicineTitle,
  code: MEDICINE_CODE,
  date: dated('authoredOn'),
  status: { ...ONGOING, isMarkedInLists: true },
  extent: medicineExtent,
  value: null,
  detail: doseText,
  search: [],
  disputed: DISPUTED_OF_MEDICINES,
  toldApart: { what: MEDICINE, when: ['authoredOn'] },
  mayHoldAllergen: true,
  mayBeAmended: true,
  ips: { sections: [IPS.medications], completed: withMedicine },
  form: null,
})
