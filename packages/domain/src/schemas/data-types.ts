/**
 * FHIR R4 data types that the app writes (https://hl7.org/fhir/R4/datatypes.html). Numbers are JsonNumber, kept as
 * digits. Elements that are not named here are allowed: imported records keep every element they came with.
 */
import { Type } from 'typebox'
import { datePrecision, isDate, isDateTime } from '../dates/dates.ts'
import type { JsonObject } from '../elements/json.ts'

/** A rule of the whole record, checked next to its elements: where it shows, its key, and whether it holds. */
export interface Invariant {
  path: string
  key:
    | 'required'
    | 'ait-1'
    | 'ait-2'
    | 'obs-6'
    | 'one-value'
    | 'con-3'
    | 'con-4'
    | 'con-5'
    | 'mad-1'
    | 'fhs-1'
    | 'app-2'
    | 'app-3'
    | 'app-4'
    | 'apr-1'
    | 'end-before-start'
  holds(resource: JsonObject): boolean
}

/** Texts up to one megabyte are FHIR's own limit; a line of a form is shorter. */
export const Line = Type.String({ minLength: 1, maxLength: 1000 })

/** Text of several lines. */
export const Text = Type.String({ minLength: 1, maxLength: 20_000 })

/** A date: year, month or day. */
export const FhirDate = Type.Refine(Type.String(), isDate, () => 'date')

/** A date or a time with seconds and zone. */
export const DateTime = Type.Refine(Type.String(), isDateTime, () => 'date-time')

/** A time with seconds and zone. */
export const Instant = Type.Refine(
  Type.String(),
  (text: string) => isDateTime(text) && datePrecision(text) === 'time',
  () => 'date-time',
)

/** A time of day with seconds. */
export const Time = Type.Refine(
  Type.String(),
  (text: string) => /^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?$/.test(text),
  () => 'date-time',
)

/** A decimal as a JsonNumber: its digits. */
export const Decimal = Type.Object({
  text: Type.Refine(
    Type.String({ maxLength: 40 }),
    (text: string) => /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text),
    () => 'number',
  ),
})

/** A whole number above zero as a JsonNumber. */
export const PositiveInteger = Type.Object({
  text: Type.Refine(
    Type.String({ maxLength: 10 }),
    (text: string) => /^[1-9]\d*$/.test(text),
    () => 'number',
  ),
})

/** A whole number from zero as a JsonNumber. */
export const Count = Type.Object({
  text: Type.Refine(
    Type.String({ maxLength: 16 }),
    (text: string) => /^(?:0|[1-9]\d*)$/.test(text),
    () => 'number',
  ),
})

/** One code of one system. */
export const Coding = Type.Object({
  system: Type.Optional(Line),
  code: Type.Optional(Line),
  display: Type.Optional(Line),
})

/** What is meant, by codes, by words, or both. Words alone are always allowed. */
export const CodeableConcept = Type.Refine(
  Type.Object({ coding: Type.Optional(Type.Array(Coding, { minItems: 1 })), text: Type.Optional(Line) }),
  (concept) => 'text' in concept || 'coding' in concept,
  () => 'required',
)

/** Another resource, by reference, identifier or name only. */
export const Reference = Type.Object({ reference: Type.Optional(Line), display: Type.Optional(Line) })

/** Another resource that has no address: by an identifier that both sides know, with words for people. */
export const LogicalReference = Type.Object({
  reference: Type.Optional(Line),
  type: Type.Optional(Line),
  identifier: Type.Optional(Type.Object({ system: Type.Optional(Line), value: Type.Optional(Line) })),
  display: Type.Optional(Line),
})

/** What FHIR has no element for, under a name of ours. */
export const Extension = Type.Object({ url: Line })

/** A measured amount. */
export const Quantity = Type.Object({
  value: Type.Optional(Decimal),
  comparator: Type.Optional(Type.Enum(['<', '<=', '>=', '>'])),
  unit: Type.Optional(Line),
  system: Type.Optional(Line),
  code: Type.Optional(Line),
})

/** From low to high; one side may be open. */
export const Range = Type.Object({ low: Type.Optional(Quantity), high: Type.Optional(Quantity) })

/** One amount to another, such as a titre 1:80. */
export const Ratio = Type.Object({ numerator: Type.Optional(Quantity), denominator: Type.Optional(Quantity) })

/** A span of time; the end is not before the start. */
export const Period = Type.Refine(
  Type.Object({ start: Type.Optional(DateTime), end: Type.Optional(DateTime) }),
  ({ start, end }) => start === undefined || end === undefined || !endsBefore(end, start),
  () => 'end-before-start',
)

/** A remark, with its author and time if known. */
export const Annotation = Type.Object({
  text: Text,
  authorString: Type.Optional(Line),
  time: Type.Optional(DateTime),
})

/** A number under which somebody keeps it. */
export const Identifier = Type.Object({
  use: Type.Optional(Type.Enum(['usual', 'official', 'temp', 'secondary', 'old'])),
  type: Type.Optional(CodeableConcept),
  system: Type.Optional(Line),
  value: Type.Optional(Line),
  assigner: Type.Optional(Reference),
})

/** A person's name. */
export const HumanName = Type.Object({
  use: Type.Optional(Type.Enum(['usual', 'official', 'temp', 'nickname', 'anonymous', 'old', 'maiden'])),
  text: Type.Optional(Line),
  family: Type.Optional(Line),
  given: Type.Optional(Type.Array(Line)),
})

/** How to reach somebody. */
export const ContactPoint = Type.Object({
  system: Type.Optional(Type.Enum(['phone', 'fax', 'email', 'pager', 'url', 'sms', 'other'])),
  value: Type.Optional(Line),
})

/** Elements that every record has. */
export const RecordBase = { id: Type.Optional(Line), resourceType: Line }

/** Compares only what both say: `2020` ends neither before nor after `2020-05`. */
function endsBefore(end: string, start: string): boolean {
  const length = Math.min(end.length, start.length, 10)
  return end.slice(0, length) < start.slice(0, length)
}
