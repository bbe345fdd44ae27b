/**
 * Whom a resource is about: the elements that name the person, per FHIR R4 type
 * (https://hl7.org/fhir/R4/compartmentdefinition-patient.html). Only reads; resolving is references.ts.
 */
import { objectsAt, stringAt, typeOf } from './elements.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { referenceParts } from './references.ts'

/** Elements that name the person, in order of weight; the first that holds a reference decides. */
const PERSON_ELEMENTS: string[][] = [
  ['subject'],
  ['patient'],
  ['beneficiary'],
  ['for'],
  ['individual'],
  ['subscriber'],
  ['policyHolder'],
]

/** Elements that name several people at once, for types where all of them count. */
const PARTICIPANTS: ReadonlyMap<string, string[][]> = new Map([
  ['Appointment', [['participant', 'actor']]],
  ['AppointmentResponse', [['actor']]],
  ['Schedule', [['actor']]],
  ['Group', [['member', 'entity']]],
  ['Person', [['link', 'target']]],
  ['Communication', [['recipient'], ['sender']]],
  ['CommunicationRequest', [['recipient'], ['sender']]],
  ['QuestionnaireResponse', [['source']]],
])

/** Elements that name another resource which in turn is about a person. */
const ABOUT: ReadonlyMap<string, string[][]> = new Map([
  ['Provenance', [['target']]],
  [
    'AuditEvent',
    [
      ['entity', 'what'],
      ['agent', 'who'],
    ],
  ],
  ['Task', [['focus']]],
  ['PaymentReconciliation', [['request']]],
  ['ClaimResponse', [['request']]],
  ['VerificationResult', [['target']]],
  ['Linkage', [['item', 'resource']]],
  ['AppointmentResponse', [['appointment']]],
])

/** References to the person (or people) that the resource is about; empty when it names none. */
export function subjectReferences(resource: unknown): JsonObject[] {
  const type = typeOf(resource)
  const own = PERSON_ELEMENTS.map((path) => references(resource, path)).find((found) => found.length > 0)
  if (own !== undefined) return own
  return (PARTICIPANTS.get(type) ?? []).flatMap((path) => references(resource, path)).filter(mayBePerson)
}

/** References to resources whose person is also this resource's person (the target of a Provenance). */
export function aboutReferences(resource: unknown): JsonObject[] {
  return (ABOUT.get(typeOf(resource)) ?? []).flatMap((path) => references(resource, path))
}

/** Text of the first subject reference as it is; for a Patient `Patient/<id>`; '' for none. */
export function patientReferenceOf(resource: unknown): string {
  if (typeOf(resource) === 'Patient') {
    const id = stringAt(resource, 'id')
    return id === '' ? '' : `Patient/${id}`
  }
  const first = subjectReferences(resource)[0]
  return first === undefined ? '' : stringAt(first, 'reference')
}

function references(resource: unknown, path: string[]): JsonObject[] {
  return objectsAt(resource, ...path).filter(
    (value) => typeof value['reference'] === 'string' || isJsonObject(value['identifier']),
  )
}

function mayBePerson(reference: JsonObject): boolean {
  const named = stringAt(reference, 'type') || referenceParts(stringAt(reference, 'reference'))?.resourceType || ''
  return named === '' || named === 'Patient' || named === 'RelatedPerson' || named === 'Person'
}
