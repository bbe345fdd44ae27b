/**
 * Encounters of a practice from a form and back, and their end: closed, which lists what belongs to the visit, or cancelled. A visit that is closed
 * takes nothing more (N6); whatever names it and is not in its list came later.
 */
import {
  type CareMember,
  memberReference,
  recordReference,
  referencedMember,
  referencedVersion,
  referenceValue,
  versionReference,
} from '../elements/care-references.ts'
import { conceptText, objectAt, objectsAt, stringAt, typeOf } from '../elements/elements.ts'
import { isJsonObject, jsonObject, type JsonObject } from '../elements/json.ts'
import { asJson } from '../practice/care-task.ts'
import { coding, concept, given, list, overlaid } from '../builders/elements-written.ts'

/** HL7 ActCode (https://terminology.hl7.org/CodeSystem-v3-ActCode.html): ambulatory, inpatient, emergency, virtual. */
export const VISIT_CLASSES = ['AMB', 'IMP', 'EMER', 'VR'] as const
export type VisitClass = (typeof VISIT_CLASSES)[number]

export interface VisitForm {
  /** The practice's number of the visit; '' for none. */
  number: string
  kind: VisitClass
  department: string
  /** Who is in charge; null for nobody yet. */
  attending: CareMember | null
  /** FHIR instants; `end` '' as long as it continues. */
  start: string
  end: string
  reason: string
}

export type VisitState = 'open' | 'closed' | 'cancelled'

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const DISPLAY: Record<VisitClass, string> = {
  AMB: 'ambulatory',
  IMP: 'inpatient encounter',
  EMER: 'emergency',
  VR: 'virtual',
}
const NUMBER = 'urn:chartkeep:visit-number'
const CONTENTS = 'urn:chartkeep:extension:visit-contents'
const ENDED = 'urn:chartkeep:extension:visit-ended'
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType'

/** A new visit of the person, open. */
export function newVisit(form: VisitForm, person: JsonObject): JsonObject {
  return written(jsonObject({ resourceType: 'Encounter', status: 'in-progress', subject: person }), form)
}

/** The visit with the form written over it; what the form does not know stays. */
export function changedVisit(previous: JsonObject, form: VisitForm): JsonObject {
  return written(previous, form)
}

export function visitForm(visit: JsonObject): VisitForm {
  const code = stringAt(visit, 'class', 'code')
  const [attending] = objectsAt(visit, 'participant', 'individual').flatMap((one) => referencedMember(one) ?? [])
  return {
    number: stringAt(
      objectsAt(visit, 'identifier').find(({ system }) => system === NUMBER),
      'value',
    ),
    kind: VISIT_CLASSES.find((each) => each === code) ?? 'AMB',
    department: conceptText(visit, 'serviceType'),
    attending: attending ?? null,
    start: stringAt(visit, 'period', 'start'),
    end: stringAt(visit, 'period', 'end'),
    reason: conceptText(visit, 'reasonCode'),
  }
}

function written(previous: JsonObject, form: VisitForm): JsonObject {
  const { number, kind, department, attending, start, end, reason } = form
  const others = objectsAt(previous, 'identifier').filter(({ system }) => system !== NUMBER)
  const numbers = given(number) === undefined ? [] : [jsonObject({ system: NUMBER, value: number.trim() })]
  const inCharge = (member: CareMember) =>
    jsonObject({
      type: [jsonObject({ coding: [coding({ system: PARTICIPATION, code: 'ATND', display: 'attender' })] })],
      individual: asJson(memberReference(member.id, member.name)),
    })
  return overlaid(previous, {
    identifier: list([...others, ...numbers]),
    class: coding({ system: ACT_CODE, code: kind, display: DISPLAY[kind] }),
    serviceType: concept(department),
    participant: attending === null ? undefined : [inCharge(attending)],
    period: jsonObject({ start: given(start), end: given(end) }),
    reasonCode: list([concept(reason) ?? []].flat()),
  })
}

/** One version of a record that belongs to a visit. */
export interface VisitPart {
  /** Its `doc`. */
  record: string
  revision: string
  type: string
}

/** The visit closed by this member: from now on it holds exactly these versions. */
export function closedVisit(visit: JsonObject, parts: readonly VisitPart[], by: CareMember, at: string): JsonObject {
  const held = parts.map(({ record, revision, type }) =>
    jsonObject({ url: 'part', valueReference: asJson(versionReference(record, revision, type)) }),
  )
  const contents = jsonObject({ url: CONTENTS, ...(held.length === 0 ? {} : { extension: held }) })
  return ended(visit, 'finished', [contents, endOf(by, at, '')], at)
}

/** The visit cancelled by this member, with the reason. */
export function cancelledVisit(visit: JsonObject, reason: string, by: CareMember, at: string): JsonObject {
  return ended(visit, 'cancelled', [endOf(by, at, reason)], at)
}

function endOf(by: CareMember, at: string, reason: string): JsonObject {
  return jsonObject({
    url: ENDED,
    extension: [
      jsonObject({ url: 'by', valueReference: asJson(memberReference(by.id, by.name)) }),
      jsonObject({ url: 'at', valueInstant: at }),
      ...(given(reason) === undefined ? [] : [jsonObject({ url: 'reason', valueString: reason.trim() })]),
    ],
  })
}

function ended(visit: JsonObject, status: 'finished' | 'cancelled', more: JsonObject[], at: string): JsonObject {
  const others = objectsAt(visit, 'extension').filter(({ url }) => url !== CONTENTS && url !== ENDED)
  const end = stringAt(visit, 'period', 'end') || at
  return overlaid(visit, {
    status,
    period: jsonObject({ start: given(stringAt(visit, 'period', 'start')), end }),
    extension: [...others, ...more],
  })
}

export function visitStateOf(visit: unknown): VisitState {
  const status = stringAt(visit, 'status')
  if (status === 'cancelled' || status === 'entered-in-error') return 'cancelled'
  return status === 'finished' ? 'closed' : 'open'
}

/** Whether the visit takes a note, a form or anything else; what its screens ask before they offer one. */
export function takesMore(visit: unknown): boolean {
  return visitStateOf(visit) === 'open'
}

/** Who ended the visit, when, and why it was cancelled; null while it is open. */
export function visitEnd(visit: unknown): { by: CareMember | null; at: string; reason: string } | null {
  const end = objectsAt(visit, 'extension').find(({ url }) => url === ENDED)
  if (end === undefined) return null
  const part = (url: string) => objectsAt(end, 'extension').find((each) => each['url'] === url)
  return {
    by: referencedMember(objectAt(part('by'), 'valueReference')),
    at: stringAt(part('at'), 'valueInstant'),
    reason: stringAt(part('reason'), 'valueString'),
  }
}

/** What the visit held when it was closed, as `doc/revision`; null while it is open. */
function visitParts(visit: unknown): ReadonlyMap<string, string> | null {
  const contents = objectsAt(visit, 'extension').find(({ url }) => url === CONTENTS)
  if (contents === undefined) return null
  const parts = objectsAt(contents, 'extension').flatMap((part) => referencedVersion(part['valueReference']) ?? [])
  return new Map(parts.map(({ id, revision }) => [id, revision]))
}

/** Reference to a visit, for the records that belong to it. */
export function visitReference(visit: string): JsonObject {
  return asJson(recordReference(visit, 'Encounter'))
}

/** `doc` of the visit that a record belongs to; '' for none. */
export function visitOf(resource: unknown): string {
  return isJsonObject(resource) && typeOf(resource) !== 'Encounter'
    ? referenceValue(resource['encounter'] ?? resource['context'], 'record')
    : ''
}

/** Something that names a visit. */
export interface VisitRecord {
  doc: string
  revision: string
  resource: unknown
}

/**
 * What names a visit, by where it is: in it; `later` came after it was closed, wherever and whenever it was written; `changed` was in it as
 * another version. Addenda go with their notes and are left out. Of a cancelled visit everything is shown as it is.
 */
export function visitContents<T extends VisitRecord>(
  visit: { doc: string; resource: unknown },
  records: readonly T[],
): { inside: T[]; later: T[]; changed: T[] } {
  const parts = visitParts(visit.resource)
  const found = { inside: [] as T[], later: [] as T[], changed: [] as T[] }
  for (const record of records) {
    if (visitOf(record.resource) !== visit.doc || isAddendum(record.resource)) continue
    const held = parts?.get(record.doc)
    if (parts === null || held === record.revision) found.inside.push(record)
    else found[held === undefined ? 'later' : 'changed'].push(record)
  }
  return found
}

/** Whether a document only adds to another one (FHIR Composition.relatesTo). */
function isAddendum(resource: unknown): boolean {
  return objectsAt(resource, 'relatesTo').some(({ code }) => code === 'appends')
}
