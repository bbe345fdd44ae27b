/**
 * How records of a practice point at charts, members, records and versions: by logical identifiers (https://hl7.org/fhir/R4/references.html#logical),
 * since none of them has an address that would hold in another system.
 */
import { objectsAt } from './elements.ts'
import { isJsonObject, jsonObject, type JsonObject } from './json.ts'

/** Systems of these identifiers. */
export const CARE_SYSTEMS = {
  chart: 'urn:chartkeep:chart',
  account: 'urn:chartkeep:account',
  member: 'urn:chartkeep:member',
  record: 'urn:chartkeep:record',
  version: 'urn:chartkeep:version',
} as const

/** A FHIR Reference by identifier. */
export type CareReference = {
  identifier: { system: string; value: string }
  type?: string
  display?: string
}

/** A member of a practice, as records name one. */
export interface CareMember {
  id: string
  name: string
}

function reference(system: string, value: string, more: { type?: string; display?: string }): CareReference {
  return { identifier: { system, value }, ...more }
}

/** The person whose chart it is; `chart` is the id of the chart, which all its devices share. */
export function chartReference(chart: string, display?: string): CareReference {
  return reference(CARE_SYSTEMS.chart, chart, { type: 'Patient', ...(display ? { display } : {}) })
}

/** A member of a practice. */
export function memberReference(member: string, display: string): CareReference {
  return reference(CARE_SYSTEMS.member, member, { type: 'Practitioner', display })
}

/** A person's account: whoever acts without being a member of a practice. */
export function accountReference(account: string, display: string): CareReference {
  return reference(CARE_SYSTEMS.account, account, display ? { display } : {})
}

/** A practice as a whole: by its account. */
export function practiceReference(account: string, display: string): CareReference {
  return reference(CARE_SYSTEMS.account, account, { type: 'Organization', display })
}

/** Another record, whichever of its versions is current; `id` is its `doc`, the same in every chart that holds it. */
export function recordReference(id: string, type: string, display?: string): CareReference {
  return reference(CARE_SYSTEMS.record, id, { type, ...(display ? { display } : {}) })
}

/** Exactly one version of a record. */
export function versionReference(id: string, revision: string, type: string): CareReference {
  return reference(CARE_SYSTEMS.version, `${id}/${revision}`, { type })
}

/** The value of a reference of this kind; '' for every other one, and for none. */
export function referenceValue(value: unknown, kind: keyof typeof CARE_SYSTEMS): string {
  const identifier = isJsonObject(value) ? value['identifier'] : undefined
  if (!isJsonObject(identifier) || identifier['system'] !== CARE_SYSTEMS[kind]) return ''
  return typeof identifier['value'] === 'string' ? identifier['value'] : ''
}

/** The record and revision of a reference to a version; null for every other one. */
export function referencedVersion(value: unknown): { id: string; revision: string } | null {
  const [id = '', revision = '', ...rest] = referenceValue(value, 'version').split('/')
  return id === '' || revision === '' || rest.length > 0 ? null : { id, revision }
}

/** The member that a reference names; null for every other reference, and for none. */
export function referencedMember(value: unknown): CareMember | null {
  const id = referenceValue(value, 'member')
  const display = isJsonObject(value) ? value['display'] : undefined
  return id === '' ? null : { id, name: typeof display === 'string' ? display : '' }
}

/** The resource as one about this person (a reference to a chart, or of a patient's own record). */
export function aboutPerson(resource: JsonObject, person: JsonObject): JsonObject {
  return jsonObject({ ...resource, subject: person })
}

/** The chart that a record is about, where FHIR has no element that says it. */
export const ABOUT_CHART = 'urn:chartkeep:extension:chart'

/**
 * The chart that a resource is about: by its subject, an Appointment by whoever takes part, an AppointmentResponse by an extension, a Patient by its
 * own identifiers. '' for none.
 */
export function chartOf(resource: unknown): string {
  if (!isJsonObject(resource)) return ''
  const about = objectsAt(resource, 'extension').find(({ url }) => url === ABOUT_CHART)
  const named = [
    resource['subject'] ?? resource['patient'] ?? resource['for'],
    ...objectsAt(resource, 'participant', 'actor'),
    about?.['valueReference'],
  ]
  const subject = named.map((one) => referenceValue(one, 'chart')).find((chart) => chart !== '')
  if (subject !== undefined) return subject
  const own = objectsAt(resource, 'identifier').find(({ system }) => system === CARE_SYSTEMS.chart)
  return typeof own?.['value'] === 'string' ? own['value'] : ''
}
