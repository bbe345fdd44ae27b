/**
 * Three answers where a list is empty: "none known" and "not asked" are records of their own, made on a date; nothing
 * recorded is no record. The codes are HL7's list-empty-reason, which may be used by anybody; statements by SNOMED CT or
 * the older IPS codes are read as well.
 */
import { describe } from '../descriptor.ts'
import { typeOf } from '../elements.ts'
import { jsonObject, type JsonObject } from '../json.ts'
import { noneStated, type NoneStated } from '../record-title.ts'
import { coded, coding, given, personReference } from './elements-written.ts'

/** Types of records that can say that there are none of them. */
export type NoneType = 'AllergyIntolerance' | 'MedicationStatement' | 'Condition'
/** What may be stated. */
export type NoneAnswer = 'none-known' | 'not-asked'

const EMPTY_REASON = 'http://terminology.hl7.org/CodeSystem/list-empty-reason'
const CODES = {
  'none-known': { system: EMPTY_REASON, code: 'nilknown', display: 'Nil Known' },
  'not-asked': { system: EMPTY_REASON, code: 'notasked', display: 'Not Asked' },
} as const

/** What a statement says in its own text, in English as FHIR's displays are; screens have words of their own. */
export const NONE_TEXTS: Readonly<Record<NoneType, Readonly<Record<NoneAnswer, string>>>> = {
  AllergyIntolerance: { 'none-known': 'No known allergies', 'not-asked': 'Not asked about allergies' },
  MedicationStatement: { 'none-known': 'No known medicines', 'not-asked': 'Not asked about medicines' },
  Condition: { 'none-known': 'No known conditions', 'not-asked': 'Not asked about conditions' },
}

/** The statement as a record of the person `patient`, made at `recorded` (a date or a time). */
export function newNoneStated(type: NoneType, answer: NoneAnswer, patient: string, recorded: string): JsonObject {
  const code = jsonObject({ coding: [coding(CODES[answer])], text: NONE_TEXTS[type][answer] })
  const person = personReference(patient)
  const date = given(recorded)
  switch (type) {
    case 'AllergyIntolerance':
      return jsonObject({
        resourceType: type,
        ...clinical('http://terminology.hl7.org/CodeSystem/allergyintolerance', 'verification', answer),
        code,
        patient: person,
        recordedDate: date,
      })
    case 'Condition':
      return jsonObject({
        resourceType: type,
        ...clinical('http://terminology.hl7.org/CodeSystem/condition', 'ver-status', answer),
        category: [coded('http://terminology.hl7.org/CodeSystem/condition-category', 'problem-list-item')],
        code,
        subject: person,
        recordedDate: date,
      })
    case 'MedicationStatement':
      return jsonObject({
        resourceType: type,
        status: answer === 'none-known' ? 'not-taken' : 'unknown',
        medicationCodeableConcept: code,
        subject: person,
        dateAsserted: date,
      })
  }
}

function clinical(system: string, verification: string, answer: NoneAnswer): { [element: string]: JsonObject } {
  return {
    clinicalStatus: coded(`${system}-clinical`, 'active'),
    verificationStatus: coded(`${system}-${verification}`, answer === 'none-known' ? 'confirmed' : 'unconfirmed'),
  }
}

/**
 * What a chart says: `some` are recorded now, `past-only`, `none-known`, `none-of-kind` or `not-asked` was stated, or `nothing` is recorded.
 * A statement of none beside a thing does not hide the thing; entries in error do not count.
 */
export function listAnswer(
  type: NoneType,
  resources: readonly JsonObject[],
): 'some' | 'past-only' | NoneStated | 'nothing' {
  const isOfType = (resource: JsonObject) =>
    typeOf(resource) === type || (type === 'MedicationStatement' && typeOf(resource) === 'MedicationRequest')
  const valid = resources.filter((resource) => isOfType(resource) && describe(resource).status !== 'error')
  const isPast = (resource: JsonObject) => ['past', 'not-done'].includes(describe(resource).status)
  const things = valid.filter((resource) => noneStated(resource) === null)
  if (things.some((resource) => !isPast(resource))) return 'some'
  const stated = valid.filter((resource) => describe(resource).status !== 'past').map(noneStated)
  if (stated.includes('none-known')) return 'none-known'
  if (stated.includes('none-of-kind')) return 'none-of-kind'
  if (things.length > 0) return 'past-only'
  return stated.includes('not-asked') ? 'not-asked' : 'nothing'
}
