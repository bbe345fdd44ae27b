/**
 * The names of medicines that a file keeps in Medication resources of their own: a statement or an order that only refers to one gets its name
 * next to the reference, as FHIR has it (https://hl7.org/fhir/R4/references.html#Reference, display). Lists, papers and reminders read one record
 * at a time and could not name the medicine otherwise. Identity and hash stay those of the text that came; nothing else is changed.
 */
import { isJsonObject, jsonObject, medicineName, stringAt, stringifyJson } from '@chartkeep/domain'
import type { FhirItem } from '../contract/fhir-items.ts'
import { FileReferences } from './file-references.ts'

const REFERRING = new Set([
  'MedicationStatement',
  'MedicationRequest',
  'MedicationAdministration',
  'MedicationDispense',
])

/** The items of files that were read together, in their order. What already names its medicine, holds it, or refers to none of them comes back as it is. */
export function withMedicineNames(items: readonly FhirItem[]): FhirItem[] {
  const medicines = new FileReferences(items.filter(({ resourceType }) => resourceType === 'Medication'))
  return items.map((item) => {
    const reference = item.resource['medicationReference']
    if (!REFERRING.has(item.resourceType) || !isJsonObject(reference) || stringAt(reference, 'display') !== '')
      return item
    const found = medicines.resolve(reference, item)
    const display = found.type === 'found' ? medicineName(found.item.resource) : ''
    if (display === '') return item
    const resource = jsonObject({ ...item.resource, medicationReference: jsonObject({ ...reference, display }) })
    return { ...item, resource, text: stringifyJson(resource) }
  })
}
