/**
 * What there is to say of one type of record: where it goes, what the app writes of it, and how lists, search, summaries and forms read it. One object
 * says all of it for a type ({@link recordType}), and a part that is missing is a type error. index.ts has the list of them.
 */
import type { TSchema } from 'typebox'
import type { Collection } from '../elements/collection-names.ts'
import { objectAt, stringAt } from '../elements/elements.ts'
import type { JsonObject } from '../elements/json.ts'
import type { Invariant } from '../schemas/data-types.ts'
import type { ValueView } from '../values/values.ts'
import type { IpsPart } from './ips.ts'

/**
 * The state of a record. `error`: entered in error or refuted, hidden by a filter; `not-done`: refused, not given or not to be done; `trash`:
 * put into the trash by a person, or only the marker of a record that moved to another list; in no list. `unclear`: something in it changes what it
 * says and is not known here (unknown-modifiers.ts).
 */
export type RecordStatus = 'active' | 'past' | 'draft' | 'error' | 'not-done' | 'unknown' | 'trash' | 'unclear'

/** Start and end of what a record says, as written, '' for none. `isOver`: it has ended, and no date says when. */
export interface Extent {
  start: string
  end: string
  isOver: boolean
}

/** How the state of a type's records is read and marked. */
export interface StatusPart {
  /** Whether FHIR R4 has an element that gives the state of a record (https://hl7.org/fhir/R4/resourcelist.html). */
  isStated: boolean
  /** A fact of one moment: it has happened, so "completed" does not make it past. */
  isEvent: boolean
  /** The state of a record that names none. */
  unsaid: 'active' | 'unknown'
  /** Whether one that has ended, not done or on hold looks in a list like the current one, so that its row says so. */
  isMarkedInLists: boolean
  /** What a code (`''`: none) means for this type alone; null where the general rules go. */
  special: ((code: string, resource: unknown) => RecordStatus | null) | null
  /** The element that says "entered in error", and its code system where it is a concept; null for a type that cannot say so. */
  error: { element: string; system: string | null } | null
}

/** Kind of a number that a form takes: with a limit or range, with its unit, or alone. */
export type NumberField = 'value' | 'dose' | 'number'

/** How a form reads, makes and changes a record, and what its fields hold. '' in a form is "not given". */
export interface RecordForm<Form> {
  empty: Form
  read: (resource: JsonObject) => Form
  /** A new record of the person, e.g. `Patient/1`. */
  make: (form: Form, patient: string) => JsonObject
  /** The record with the form written over it; what the form does not know stays. */
  change: (previous: JsonObject, form: Form) => JsonObject
  /** Fields that hold a date. */
  dates: readonly (keyof Form & string)[]
  /** Fields that hold a number, with its kind. */
  numbers: { readonly [Field in keyof Form & string]?: NumberField }
  /** The field with the words to which the code of the record belongs; null where it has none. */
  words: (keyof Form & string) | null
}

/** A {@link RecordForm} of any kind. */
export interface AnyForm {
  empty: object
  read: (resource: JsonObject) => object
  make: (form: never, patient: string) => JsonObject
  change: (previous: JsonObject, form: never) => JsonObject
  dates: readonly string[]
  numbers: { readonly [field: string]: NumberField | undefined }
  words: string | null
}

/** All that the program knows of one type. */
export interface RecordType<Name extends string = string, Form extends AnyForm | null = AnyForm | null> {
  type: Name
  /** Where a new record goes; `isBound`: whether it may be in no other list, whatever its list. */
  list: Collection | { of: (resource: unknown) => Collection; isBound: (resource: unknown) => boolean }
  /** What the app writes; null for what only others write. */
  schema: { shape: TSchema; invariants: readonly Invariant[] } | null
  /** The name of a record in the source's words; '' where it says none. */
  title: (resource: unknown) => string
  /** The elements with the code that trends and duplicates go by, before `code` and `type`. */
  code: readonly (readonly string[])[]
  /** Elements that say when it was true of the person, the best first; those that say when it ended; and what is read where none of them does. */
  date: { elements: readonly string[]; ends: readonly string[]; otherwise: (resource: unknown) => string }
  status: StatusPart
  /** From when to when a record holds, for types that may stop holding; null for all others. */
  extent: ((resource: unknown, zone: string) => Extent) | null
  /** The measured value; null for types that have none. */
  value: ((resource: unknown) => ValueView) | null
  /** The one fact next to the title. */
  detail: (resource: unknown) => string
  /** Paths to texts that search finds besides those that it reads of every record. */
  search: readonly (readonly string[])[]
  /** Fields that never merge by themselves. */
  disputed: readonly string[]
  /** What a record is of and when it was, where one number is on several records; null where a number is one record's. */
  toldApart: { what: readonly string[]; when: readonly string[] } | null
  /** Whether it may hold what somebody is allergic to: medicines, and devices for their latex. */
  mayHoldAllergen: boolean
  /** Whether it says something of the person of which they may ask a correction. */
  mayBeAmended: boolean
  /** Its place in an International Patient Summary; null for none. */
  ips: IpsPart | null
  form: Form
}

/** One type, its parts checked. */
export function recordType<const Name extends string, Form extends AnyForm | null>(
  parts: RecordType<Name, Form>,
): RecordType<Name, Form> {
  return parts
}

/** The state of something that continues until it ends. */
export const ONGOING: StatusPart = {
  isStated: true,
  isEvent: false,
  unsaid: 'unknown',
  isMarkedInLists: false,
  special: null,
  error: { element: 'status', system: null },
}

/** The state of a fact of one moment. */
export const EVENT: StatusPart = { ...ONGOING, isEvent: true }

/** Records of people and places: in use unless they say otherwise, and never in error. */
export const IN_USE: StatusPart = { ...ONGOING, unsaid: 'active', error: null }

/** Dates by these elements, and nothing else. */
export function dated(...elements: string[]): RecordType['date'] {
  return { elements, ends: [], otherwise: nothing }
}

/** The period at the path as the extent of a record. */
export function periodAt(...path: string[]): (resource: unknown) => Extent {
  return (resource) => {
    const period = objectAt(resource, ...path)
    return { start: stringAt(period, 'start'), end: stringAt(period, 'end'), isOver: false }
  }
}

/** For a part that a type does not have. */
export function nothing(): string {
  return ''
}
