/**
 * Whose resource is it? Lists the patients of a file and sorts its resources by person, through the references as they
 * stand. A name that two resources carry leads nowhere, so nobody gets another person's record by it.
 */
import {
  aboutReferences,
  personName,
  ReferenceIndex,
  referencesIn,
  stringAt,
  subjectReferences,
  typeOf,
  type JsonObject,
} from '@chartkeep/domain'
import type { FhirItem } from './fhir-items.ts'

/** A person in the file: a Patient resource, or a reference to one that the file does not hold. */
export interface FoundPatient {
  /** Stable within the file: the identity of the Patient, or the reference. */
  key: string
  /** The Patient, null when the file only refers to it. */
  item: FhirItem | null
  /** As written; '' when not known. */
  name: string
  birthDate: string
  gender: string
  /** How many resources are about this person, the Patient itself counted. */
  count: number
}

/**
 * How a resource stands to a person: `yes` it is theirs; `common`: it names nobody and this chart needs it (a
 * practitioner, an organization, a medication); `other`: another person's; `unclear`: it names somebody whom the file
 * does not settle (a name carried by two resources).
 */
export type Belonging = 'yes' | 'common' | 'other' | 'unclear'

/** People of a file. */
export interface People {
  patients: FoundPatient[]
  belongsTo(item: FhirItem, patient: FoundPatient): Belonging
}

const UNCLEAR = '?'
const MAX_HOPS = 4

/** Finds the people in the items of one file. Patients come in the order of the file, then those only referred to. */
export function findPatients(items: readonly FhirItem[]): People {
  const index = new ReferenceIndex<FhirItem>()
  for (const item of items) index.add(item, item.resource, item.fullUrl)
  const owners = new Map<FhirItem, ReadonlySet<string>>()
  const patients = new Map<string, FoundPatient>()
  for (const item of items) if (item.resourceType === 'Patient') patients.set(item.identity, patientOf(item))
  for (const item of items) {
    const keys = ownersOf(item, index, patients, 0)
    owners.set(item, keys)
    for (const key of keys) {
      const patient = patients.get(key)
      if (patient !== undefined) patient.count += 1
    }
  }
  const reach = new Map<string, Set<FhirItem>>()
  return {
    patients: [...patients.values()],
    belongsTo(item, { key }) {
      const keys = owners.get(item) ?? new Set()
      if (keys.has(key)) return 'yes'
      if (keys.has(UNCLEAR)) return 'unclear'
      if (keys.size > 0) return 'other'
      if (patients.size <= 1) return 'common'
      for (const other of patients.keys()) if (!reach.has(other)) reach.set(other, reachedFrom(other, owners, index))
      const wanted = reach.get(key)?.has(item) === true
      const wantedByOthers = [...reach].some(([other, reached]) => other !== key && reached.has(item))
      return wanted || !wantedByOthers ? 'common' : 'other'
    },
  }
}

function patientOf(item: FhirItem): FoundPatient {
  const { resource } = item
  return {
    key: item.identity,
    item,
    name: personName(resource),
    birthDate: stringAt(resource, 'birthDate'),
    gender: stringAt(resource, 'gender'),
    count: 0,
  }
}

function ownersOf(
  item: FhirItem,
  index: ReferenceIndex<FhirItem>,
  patients: Map<string, FoundPatient>,
  hops: number,
): ReadonlySet<string> {
  if (item.resourceType === 'Patient') return new Set([item.identity])
  const keys = new Set<string>()
  const own = subjectReferences(item.resource)
  for (const reference of own.length > 0 ? own : aboutReferences(item.resource)) {
    for (const key of ownersThrough(reference, item, index, patients, hops)) keys.add(key)
  }
  return keys
}

function ownersThrough(
  reference: JsonObject,
  from: FhirItem,
  index: ReferenceIndex<FhirItem>,
  patients: Map<string, FoundPatient>,
  hops: number,
): ReadonlySet<string> {
  const found = index.resolve(reference, from)
  switch (found.type) {
    case 'found':
      return hops < MAX_HOPS ? ownersOf(found.item, index, patients, hops + 1) : new Set()
    case 'ambiguous':
      return new Set([UNCLEAR])
    case 'contained':
      return typeOf(found.resource) === 'Patient'
        ? new Set([mentioned(containedName(from, found.resource), reference, found.resource, patients)])
        : new Set()
    case 'missing':
      return missingPerson(reference)
        ? new Set([mentioned(referenceName(reference), reference, null, patients)])
        : new Set()
  }
}

/** A reference that the file does not answer is a person only when it says that it is one. */
function missingPerson(reference: JsonObject): boolean {
  const text = stringAt(reference, 'reference')
  return stringAt(reference, 'type') === 'Patient' || /(?:^|\/)Patient[/?]/.test(text)
}

function referenceName(reference: JsonObject): string {
  return (
    stringAt(reference, 'reference') ||
    `${stringAt(reference, 'identifier', 'system')}|${stringAt(reference, 'identifier', 'value')}`
  )
}

/** Two resources that contain a Patient of their own mean the same person when the contained texts say the same. */
function containedName(from: FhirItem, patient: JsonObject): string {
  const identifier = stringAt(patient, 'identifier', 'value')
  return `contained ${identifier === '' ? `${personName(patient)} ${stringAt(patient, 'birthDate')}`.trim() || from.identity : identifier}`
}

function mentioned(
  name: string,
  reference: JsonObject,
  patient: JsonObject | null,
  patients: Map<string, FoundPatient>,
): string {
  const key = `reference ${name}`
  if (!patients.has(key)) {
    const shown = patient === null ? stringAt(reference, 'display') : personName(patient)
    patients.set(key, {
      key,
      item: null,
      name: shown,
      birthDate: stringAt(patient, 'birthDate'),
      gender: stringAt(patient, 'gender'),
      count: 0,
    })
  }
  return key
}

/** Resources without a person that a person's resources refer to, directly or through one another. */
function reachedFrom(
  key: string,
  owners: Map<FhirItem, ReadonlySet<string>>,
  index: ReferenceIndex<FhirItem>,
): Set<FhirItem> {
  const reached = new Set<FhirItem>()
  const queue = [...owners].filter(([, keys]) => keys.has(key)).map(([item]) => item)
  for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
    for (const { reference } of referencesIn(item.resource)) {
      const found = index.resolve(reference, item)
      if (found.type !== 'found' || reached.has(found.item) || (owners.get(found.item)?.size ?? 0) > 0) continue
      reached.add(found.item)
      queue.push(found.item)
    }
  }
  return reached
}
