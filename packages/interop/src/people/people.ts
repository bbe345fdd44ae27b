/**
 * Whose resource is it? Lists the patients of a file and sorts its resources by person, through the references as they
 * are. A name that two resources carry leads nowhere, so nobody gets another person's record by it.
 */
import {
  aboutReferences,
  personName,
  referencesIn,
  stringAt,
  subjectReferences,
  typeOf,
  type JsonObject,
} from '@chartkeep/domain'
import { comparePeople, factsOfFound, type PersonFacts } from './compare-people.ts'
import type { FhirItem } from '../contract/fhir-items.ts'
import { FileReferences } from '../fhir/file-references.ts'

/** A person in the file: a Patient resource, or a reference to a person whom the file does not hold. */
export interface FoundPatient {
  /** Stable within the file: the identity of the Patient, or the reference. */
  key: string
  /** The Patient, null when the file only refers to it. */
  item: FhirItem | null
  /** The Patient, or the one inside a record; null when the file only refers to it. */
  resource: JsonObject | null
  /** As written; '' when not known. */
  name: string
  birthDate: string
  gender: string
  /** How many resources are about this person, the Patient itself counted. */
  count: number
}

/**
 * How a resource relates to a person: `yes` it is theirs; `common`: it names nobody and this chart needs it (a
 * practitioner, an organization, a medication); `other`: another person's; `unclear`: it names somebody whom the file
 * does not settle (a name carried by two resources).
 */
export type Belonging = 'yes' | 'common' | 'other' | 'unclear'

/** People of a file. */
export interface People {
  patients: FoundPatient[]
  belongsTo(item: FhirItem, patient: FoundPatient): Belonging
  /** Keys of the people whom the resource is about; none for what names nobody, or somebody whom the file does not settle. */
  peopleOf(item: FhirItem): string[]
  /** Whether the resource names somebody whom the file does not settle. */
  isUnclear(item: FhirItem): boolean
}

const UNCLEAR = '?'
const MAX_HOPS = 4
/**
 * Names of people that are put together for the records of one file, which no honest one comes near. Records that name one another, each all of them, ask
 * for more than time and memory hold.
 */
const MOST_NAMES = 5_000_000

/** Finds the people in the items of files that were read together. Patients come in the order of the files, then those only referred to. */
export function findPatients(items: readonly FhirItem[]): People {
  const index = new FileReferences(items)
  const patients = new Map<string, FoundPatient>()
  for (const item of items) if (item.resourceType === 'Patient') patients.set(item.identity, patientOf(item))
  const finder = new OwnerFinder(index, patients)
  const owners = new Map(items.map((item) => [item, finder.of(item)]))
  renameOwners(owners, takeOutDoubles(patients))
  countRecords(owners.values(), patients)
  const isPerson = (key: string) => patients.has(key)
  const reach = new Map<string, Reach>()
  return {
    patients: [...patients.values()],
    peopleOf: (item) => [...(owners.get(item) ?? NOBODY)].filter(isPerson),
    isUnclear: (item) => owners.get(item)?.has(UNCLEAR) === true,
    belongsTo(item, { key }) {
      const keys = owners.get(item) ?? NOBODY
      if (keys.has(key)) return 'yes'
      if (keys.has(UNCLEAR)) return 'unclear'
      if (keys.size > 0) return 'other'
      if (patients.size <= 1) return 'common'
      let known = reach.get(key)
      if (known === undefined) {
        known = {
          own: reachedFrom((named) => named.has(key), owners, index),
          others: reachedFrom((named) => [...named].some((other) => other !== key && isPerson(other)), owners, index),
        }
        reach.set(key, known)
      }
      return known.own.has(item) || !known.others.has(item) ? 'common' : 'other'
    },
  }
}

/** More comparisons than this are not made: no honest file mentions so many people besides its patients. */
const MOST_COMPARED = 20_000

/**
 * A Patient inside a record, a reference with a name, or a Patient of another file, that is one of the people and no
 * second person. Takes these out of `patients`, and gives the key of the person that each is. Two Patients of one file
 * are two people, for the file says so.
 */
function takeOutDoubles(patients: Map<string, FoundPatient>): ReadonlyMap<string, string> {
  const doubles = new Map<string, string>()
  const all = [...patients.values()]
  const first = all.find(({ item }) => item !== null)?.item?.file
  const own = all.filter(({ item }) => item !== null && item.file === first)
  const others = all.filter((person) => !own.includes(person))
  if (others.length * all.length > MOST_COMPARED) return doubles
  const facts = new Map(all.map((person) => [person, factsOfFound(person)]))
  const kept = [...own]
  for (const other of others) {
    const same = kept.filter(
      (person) =>
        (other.item === null || other.item.file !== person.item?.file) &&
        isSame(facts.get(other)!, facts.get(person)!, other.item === null),
    )
    // A person inside a record of whom it says nothing else is the patient of the file, where it has one.
    const isBare = other.item === null && other.resource !== null && own.length === 1
    const only = same.length === 1 ? same[0] : undefined
    const isNobody = comparePeople(facts.get(other)!, facts.get(own[0] ?? other)!).verdict === 'nothing'
    const person = only ?? (same.length === 0 && isBare && isNobody ? own[0] : undefined)
    if (person === undefined) kept.push(other)
    else {
      doubles.set(other.key, person.key)
      patients.delete(other.key)
    }
  }
  return doubles
}

/** By one number, or by one name where nothing contradicts it: of two Patients the name alone says too little. */
function isSame(one: PersonFacts, other: PersonFacts, byName: boolean): boolean {
  const { verdict, name, birthDate, sex, number } = comparePeople(one, other)
  if (verdict === 'same' || !byName) return verdict === 'same'
  return name === 'same' && birthDate !== 'differs' && sex !== 'differs' && number !== 'differs'
}

function renameOwners(owners: Map<FhirItem, ReadonlySet<string>>, doubles: ReadonlyMap<string, string>): void {
  if (doubles.size === 0) return
  // Many records share one set.
  const renamed = new Map<ReadonlySet<string>, ReadonlySet<string>>()
  for (const [item, keys] of owners) {
    let after = renamed.get(keys)
    if (after === undefined) renamed.set(keys, (after = new Set([...keys].map((key) => doubles.get(key) ?? key))))
    owners.set(item, after)
  }
}

/** What the records of one person lead to, and what those of all others do. */
interface Reach {
  own: ReadonlySet<FhirItem>
  others: ReadonlySet<FhirItem>
}

/** Many records name the same people and share one set: it is gone through once. */
function countRecords(named: Iterable<ReadonlySet<string>>, patients: ReadonlyMap<string, FoundPatient>): void {
  const times = new Map<ReadonlySet<string>, number>()
  for (const keys of named) times.set(keys, (times.get(keys) ?? 0) + 1)
  for (const [keys, count] of times) {
    for (const key of keys) {
      const patient = patients.get(key)
      if (patient !== undefined) patient.count += count
    }
  }
}

function patientOf(item: FhirItem): FoundPatient {
  const { resource } = item
  return {
    key: item.identity,
    item,
    resource,
    name: personName(resource),
    birthDate: stringAt(resource, 'birthDate'),
    gender: stringAt(resource, 'gender'),
    count: 0,
  }
}

const NOBODY: ReadonlySet<string> = new Set()
const NOT_CLEAR: ReadonlySet<string> = new Set([UNCLEAR])

/** Whose each record is. What was found for one is kept: records that name each other are gone through once, however many ways lead to them. */
class OwnerFinder {
  readonly #index: FileReferences
  readonly #patients: Map<string, FoundPatient>
  /** By the hops that led to the record: so many fewer are left from there. */
  readonly #known = Array.from({ length: MAX_HOPS + 1 }, () => new Map<FhirItem, ReadonlySet<string>>())
  #namesLeft = MOST_NAMES

  constructor(index: FileReferences, patients: Map<string, FoundPatient>) {
    this.#index = index
    this.#patients = patients
  }

  of(item: FhirItem, hops = 0): ReadonlySet<string> {
    const known = this.#known[hops]!
    let keys = known.get(item)
    if (keys === undefined) known.set(item, (keys = this.#find(item, hops)))
    return keys
  }

  #find(item: FhirItem, hops: number): ReadonlySet<string> {
    if (item.resourceType === 'Patient') return new Set([item.identity])
    const own = subjectReferences(item.resource)
    const found = new Set<ReadonlySet<string>>()
    for (const reference of own.length > 0 ? own : aboutReferences(item.resource)) {
      const keys = this.#through(reference, item, hops)
      if (keys.size > 0) found.add(keys)
    }
    const [first = NOBODY] = found
    if (found.size <= 1) return first
    const all = new Set<string>()
    for (const keys of found) {
      this.#namesLeft -= keys.size
      if (this.#namesLeft < 0) return NOT_CLEAR
      for (const key of keys) all.add(key)
    }
    return all
  }

  #through(reference: JsonObject, from: FhirItem, hops: number): ReadonlySet<string> {
    const found = this.#index.resolve(reference, from)
    switch (found.type) {
      case 'found':
        return hops < MAX_HOPS ? this.of(found.item, hops + 1) : NOBODY
      case 'ambiguous':
        return NOT_CLEAR
      case 'contained':
        return typeOf(found.resource) === 'Patient'
          ? new Set([mentioned(containedName(from, found.resource), reference, found.resource, this.#patients)])
          : NOBODY
      case 'missing':
        return missingPerson(reference)
          ? new Set([mentioned(referenceName(reference), reference, null, this.#patients)])
          : NOBODY
    }
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
      resource: patient,
      name: shown,
      birthDate: stringAt(patient, 'birthDate'),
      gender: stringAt(patient, 'gender'),
      count: 0,
    })
  }
  return key
}

/** Resources without a person that the resources of those that `isTheirs` holds of refer to, directly or through one another. */
function reachedFrom(
  isTheirs: (named: ReadonlySet<string>) => boolean,
  owners: ReadonlyMap<FhirItem, ReadonlySet<string>>,
  index: FileReferences,
): Set<FhirItem> {
  const reached = new Set<FhirItem>()
  const queue = [...owners].flatMap(([item, named]) => (isTheirs(named) ? [item] : []))
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
