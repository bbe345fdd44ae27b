/**
 * Telling FHIR R4 from DSTU2, STU3 and R5 by structure: JSON files do not name their version
 * (https://hl7.org/fhir/R4/diff.html, https://hl7.org/fhir/STU3/diff.html, https://hl7.org/fhir/R5/diff.html). Only shapes
 * that R4 does not have count as another version, and a shape that only R4 and later have speaks against an old one.
 */
import { isJsonObject, objectsAt, stringAt, stringsAt, typeOf } from '@chartkeep/domain'
import { showsR5 } from '../convert/fhir-r5.ts'

/**
 * What a resource shows of its version. `r4`: R4 or later, without anything of R5. `r4b` only where it is named: for records of
 * a person it is the same as R4. `unknown` fits several.
 */
export type FhirVersion = 'dstu2' | 'stu3' | 'r4' | 'r4b' | 'r5' | 'unknown'

const DSTU2_TYPES = new Set(
  'MedicationOrder DiagnosticOrder Conformance DeviceUseRequest ImagingObjectSelection Order OrderResponse SupplyOrder'.split(
    ' ',
  ),
)
const STU3_TYPES = new Set(
  'ProcedureRequest ReferralRequest DeviceComponent Sequence ImagingManifest ProcessRequest ProcessResponse EligibilityRequest EligibilityResponse DataElement ServiceDefinition ExpansionProfile BodySite'.split(
    ' ',
  ),
)

/** Elements that DSTU2 had and neither STU3 nor R4 has. */
const DSTU2_ELEMENTS: ReadonlyMap<string, string[]> = new Map([
  ['Patient', ['careProvider']],
  ['AllergyIntolerance', ['substance', 'event']],
  ['Condition', ['dateRecorded', 'patient']],
  ['Immunization', ['wasNotGiven', 'reported']],
  ['MedicationStatement', ['wasNotTaken', 'supportingInformation', 'patient']],
  ['MedicationAdministration', ['wasNotGiven', 'patient']],
  ['Observation', ['comments']],
  ['Procedure', ['notPerformed', 'reasonNotPerformed']],
  ['Practitioner', ['practitionerRole']],
])

/** Elements that STU3 had and R4 has not (DSTU2 may have had them too). */
const STU3_ELEMENTS: ReadonlyMap<string, string[]> = new Map([
  ['Patient', ['animal']],
  ['AllergyIntolerance', ['assertedDate']],
  ['Condition', ['assertedDate', 'context']],
  ['Immunization', ['notGiven', 'date', 'vaccinationProtocol', 'explanation']],
  ['MedicationStatement', ['taken', 'reasonNotTaken']],
  ['MedicationRequest', ['context', 'definition']],
  ['MedicationAdministration', ['notGiven', 'prescription']],
  ['Observation', ['context', 'comment', 'related']],
  ['DiagnosticReport', ['context', 'image', 'codedDiagnosis']],
  ['Procedure', ['notDone', 'notDoneReason', 'context', 'definition']],
  ['Encounter', ['incomingReferral']],
  ['DocumentReference', ['indexed', 'created']],
  ['CarePlan', ['context', 'definition']],
  ['Claim', ['organization', 'information', 'employmentImpacted']],
  ['ExplanationOfBenefit', ['organization', 'information']],
  ['FamilyMemberHistory', ['notDone', 'notDoneReason']],
  ['Communication', ['notDone', 'notDoneReason', 'context']],
  ['Appointment', ['indication']],
])

/** The version that the resource shows. Never throws. */
export function fhirVersionOf(resource: unknown): FhirVersion {
  const named = namedVersion(resource)
  if (named !== null) return named
  const type = typeOf(resource)
  if (!isJsonObject(resource)) return 'unknown'
  if (DSTU2_TYPES.has(type)) return 'dstu2'
  const has = (elements: string[] | undefined) => elements?.some((element) => Object.hasOwn(resource, element)) === true
  if (showsR5(type, resource)) return 'r5'
  if (showsR4(type, resource)) return 'r4'
  if (has(DSTU2_ELEMENTS.get(type)) || dstu2Shape(type, resource)) return 'dstu2'
  if (STU3_TYPES.has(type) || has(STU3_ELEMENTS.get(type)) || stu3Shape(type, resource)) return 'stu3'
  return 'unknown'
}

/**
 * The version of a whole document, given what its resources show: an old version only when something shows it and
 * nothing shows R4 or later. A document that shows both is read resource by resource.
 */
export function documentVersion(shown: ReadonlySet<FhirVersion>): FhirVersion {
  for (const version of ['r5', 'r4b', 'r4'] as const) if (shown.has(version)) return version
  if (shown.has('dstu2')) return 'dstu2'
  return shown.has('stu3') ? 'stu3' : 'unknown'
}

function namedVersion(resource: unknown): FhirVersion | null {
  const number =
    typeOf(resource) === 'CapabilityStatement' ||
    typeOf(resource) === 'Conformance' ||
    typeOf(resource) === 'StructureDefinition'
      ? stringAt(resource, 'fhirVersion')
      : ''
  if (/^(?:0\.[45]|1\.0)/.test(number)) return 'dstu2'
  if (/^(?:1\.[1-9]|3\.)/.test(number)) return 'stu3'
  if (/^4\.[1-3]/.test(number)) return 'r4b'
  if (number.startsWith('4.')) return 'r4'
  if (/^[56]\./.test(number)) return 'r5'
  for (const profile of stringsAt(resource, 'meta', 'profile')) {
    if (/\/DSTU2\/|\/fhir\/1\.0/.test(profile)) return 'dstu2'
    if (/\/STU3\/|\/fhir\/3\.0/.test(profile)) return 'stu3'
    if (!profile.startsWith('http://hl7.org/fhir/')) continue
    if (/\/R4B\/|\/fhir\/4\.3|\|4\.[1-3]/.test(profile)) return 'r4b'
    if (/\/R5\/|\/fhir\/5\.0|\|5\./.test(profile)) return 'r5'
  }
  return null
}

const R4_CLINICAL = /^http:\/\/terminology\.hl7\.org\/CodeSystem\//

function showsR4(type: string, resource: { [key: string]: unknown }): boolean {
  switch (type) {
    case 'Condition':
    case 'AllergyIntolerance':
      return isJsonObject(resource['clinicalStatus']) || isJsonObject(resource['verificationStatus'])
    case 'Immunization':
      return typeof resource['occurrenceDateTime'] === 'string' || typeof resource['occurrenceString'] === 'string'
    case 'Observation':
      return objectsAt(resource, 'category', 'coding').some((coding) => R4_CLINICAL.test(stringAt(coding, 'system')))
    case 'Encounter':
      return R4_CLINICAL.test(stringAt(resource, 'class', 'system'))
    case 'DiagnosticReport':
    case 'MedicationRequest':
      return 'encounter' in resource || Array.isArray(resource['category'])
    case 'ServiceRequest':
    case 'MolecularSequence':
      return true
    default:
      return false
  }
}

/** Codes where later versions have concepts, single values where later versions have lists. */
function dstu2Shape(type: string, resource: { [key: string]: unknown }): boolean {
  switch (type) {
    case 'Observation':
      return isJsonObject(resource['category'])
    case 'Encounter':
      return typeof resource['class'] === 'string'
    case 'Condition':
      return isJsonObject(resource['category'])
    case 'AllergyIntolerance':
      return (
        typeof resource['status'] === 'string' ||
        (typeof resource['category'] === 'string' && typeof resource['clinicalStatus'] !== 'string')
      )
    case 'DocumentReference':
      return isJsonObject(resource['docStatus'])
    default:
      return false
  }
}

function stu3Shape(type: string, resource: { [key: string]: unknown }): boolean {
  switch (type) {
    case 'Condition':
    case 'AllergyIntolerance':
      return typeof resource['clinicalStatus'] === 'string' || typeof resource['verificationStatus'] === 'string'
    case 'Observation':
      return isJsonObject(resource['interpretation'])
    case 'MedicationRequest':
      return isJsonObject(resource['requester']) && isJsonObject(resource['requester']['agent'])
    default:
      return false
  }
}
