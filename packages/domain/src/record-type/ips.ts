/**
 * The sections of an International Patient Summary that a chart can fill, and what IPS 2.0 (https://hl7.org/fhir/uv/ips) asks of the types in them.
 * What a record does not say is marked as not known.
 */
import { coded } from '../builders/elements-written.ts'
import { stringAt, stringsAt } from '../elements/elements.ts'
import { isJsonObject, jsonObject, type JsonObject, type JsonValue } from '../elements/json.ts'

/** A section of an IPS: its name here, its LOINC code and the name of that. */
export interface IpsPlace {
  name: string
  code: string
  display: string
}

/** The sections that types of this program fill; a type may bring another one. */
export const IPS = {
  allergies: { name: 'allergies', code: '48765-2', display: 'Allergies and adverse reactions Document' },
  medications: { name: 'medications', code: '10160-0', display: 'History of Medication use Narrative' },
  problems: { name: 'problems', code: '11450-4', display: 'Problem list - Reported' },
  results: { name: 'results', code: '30954-2', display: 'Relevant diagnostic tests/laboratory data note' },
  vitals: { name: 'vitals', code: '8716-3', display: 'Vital signs note' },
  immunizations: { name: 'immunizations', code: '11369-6', display: 'History of Immunization note' },
  procedures: { name: 'procedures', code: '47519-4', display: 'History of Procedures Document' },
  plan: { name: 'plan', code: '18776-5', display: 'Plan of care note' },
} as const satisfies Record<string, IpsPlace>

/** The elements of a resource, in any state. */
export type Elements = { [element: string]: JsonValue | undefined }

/** Where records of a type are in an IPS. */
export interface IpsPart {
  sections: readonly IpsPlace[]
  /** The record with what IPS asks of it in the section of the name; null: in none, where another record brought it along. */
  completed: (record: Elements, section: string | null) => Elements
}

const ABSENT = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'

/** The record as it is: IPS asks no more of it. */
export function asItIs(record: Elements): Elements {
  return record
}

/** With a code, or the mark that it is not known. */
export function withCode(record: Elements, element = 'code'): Elements {
  return { ...record, [element]: record[element] ?? absent() }
}

export function laboratory(resource: Elements): Elements {
  const isCategory = stringsAt(resource, 'category', 'coding', 'code').includes('laboratory')
  const category = Array.isArray(resource['category']) ? resource['category'] : []
  return withValue({
    ...withTime(toTheDay(resource, true), 'effective'),
    category: isCategory ? resource['category'] : [coded(CATEGORY, 'laboratory', 'Laboratory'), ...category],
    performer: resource['performer'] ?? [absent()],
  })
}

export function withValue(resource: Elements): Elements {
  const says = ['dataAbsentReason', 'hasMember', 'component'].some((element) => resource[element] !== undefined)
  if (says || Object.keys(resource).some((element) => /^_?value[A-Z]/.test(element))) return resource
  return {
    ...resource,
    dataAbsentReason: coded('http://terminology.hl7.org/CodeSystem/data-absent-reason', 'unknown', 'Unknown'),
  }
}

/** A choice of date, period or text: not known, where none is given. */
export function withTime(resource: Elements, element: string): Elements {
  const isGiven = Object.keys(resource).some((key) => key.replace(/^_/, '').startsWith(element))
  return isGiven ? resource : { ...resource, [`_${element}DateTime`]: absent() }
}

/** Rule ips-1 takes no year or month alone: no day is made up, and what was recorded is kept as a note where the type has notes. */
export function toTheDay(resource: Elements, hasNotes: boolean): Elements {
  const date = stringAt(resource, 'effectiveDateTime')
  if (date === '' || date.length >= 'YYYY-MM-DD'.length) return resource
  const { effectiveDateTime: _, ...rest } = resource
  const notes = Array.isArray(resource['note']) ? resource['note'] : []
  const note = hasNotes ? [...notes, jsonObject({ text: `Date as recorded: ${date}` })] : undefined
  return { ...rest, _effectiveDateTime: absent(), ...(note ? { note } : {}) }
}

/** A medicine that did not come along is named by its words. */
export function withMedicine(resource: Elements): Elements {
  const reference = resource['medicationReference']
  if (!isJsonObject(reference) || stringAt(reference, 'reference') !== '') {
    const isNamed = reference !== undefined || resource['medicationCodeableConcept'] !== undefined
    return isNamed ? resource : { ...resource, medicationCodeableConcept: absent() }
  }
  const { medicationReference: _, ...rest } = resource
  return { ...rest, medicationCodeableConcept: jsonObject({ text: stringAt(reference, 'display') }) }
}

/** The mark that something is not known. */
export function absent(): JsonObject {
  return jsonObject({ extension: [jsonObject({ url: ABSENT, valueCode: 'unknown' })] })
}
