/**
 * How forms become FHIR elements: an empty string is "not given" and leaves its element out; a changed record keeps every
 * element that the form does not know.
 */
import { isJsonObject, jsonObject, type JsonObject, type JsonValue } from '../elements/json.ts'
import { referencedMember } from '../elements/care-references.ts'
import { datePrecision, readableTime } from '../dates/dates.ts'
import { hasCode, objectsAt, stringAt } from '../elements/elements.ts'

/** A code picked from a list; a form leaves it out when the person typed words. */
export interface CodeChoice {
  system: string
  code: string
  display: string
}

/** Elements to write; undefined takes the element out. */
export type Elements = { [element: string]: JsonValue | undefined }

/**
 * `previous` with the given elements written over it. An element set to undefined is taken out, with its `_element`
 * sibling. The order of the old elements stays.
 */
export function overlaid(previous: JsonObject | null, elements: Elements): JsonObject {
  const result = jsonObject(previous ?? {})
  for (const [element, value] of Object.entries(elements)) {
    delete result[`_${element}`]
    if (value === undefined) delete result[element]
    else result[element] = value
  }
  return result
}

/** The text, or undefined when it is empty or only white space. */
export function given(text: string): string | undefined {
  const trimmed = text.trim()
  return trimmed === '' ? undefined : trimmed
}

/** A CodeableConcept by words, with a code when one was picked; undefined when there is neither. */
export function concept(words: string, choice: CodeChoice | null = null): JsonObject | undefined {
  const text = given(words) ?? given(choice?.display ?? '')
  if (choice === null) return text === undefined ? undefined : jsonObject({ text })
  return jsonObject({ coding: [coding(choice)], text })
}

/** A CodeableConcept of one code of a fixed system. */
export function coded(system: string, code: string, display = ''): JsonObject {
  return jsonObject({ coding: [coding({ system, code, display })] })
}

/** A Coding. */
export function coding({ system, code, display }: CodeChoice): JsonObject {
  return jsonObject({ system: given(system), code: given(code), display: given(display) })
}

/** The code of a concept if it has one, for reading a record back into its form. */
export function choiceIn(resource: unknown, element: string): CodeChoice | null {
  const first = objectsAt(resource, element, 'coding').find((candidate) => stringAt(candidate, 'code') !== '')
  return first === undefined
    ? null
    : { system: stringAt(first, 'system'), code: stringAt(first, 'code'), display: stringAt(first, 'display') }
}

/** A Reference to a person by the vault's own Patient record. */
export function personReference(patient: string): JsonObject {
  return jsonObject({ reference: given(patient) })
}

/** The note that forms show: the first one that is no clinician's comment (comment.ts). */
export function noteText(resource: unknown): string {
  return stringAt(ownNotes(resource)[0], 'text')
}

/** Notes: the text of the form replaces the first one, others stay, and so do comments. */
export function notes(previous: JsonObject | null, text: string): JsonValue[] | undefined {
  const [old] = ownNotes(previous)
  const others = objectsAt(previous, 'note').filter((note) => note !== old)
  const words = given(text)
  const first = words === undefined ? [] : [jsonObject({ ...old, text: words })]
  const all = [...first, ...others]
  return all.length === 0 ? undefined : all
}

function ownNotes(resource: unknown): JsonObject[] {
  return objectsAt(resource, 'note').filter(({ authorReference }) => referencedMember(authorReference) === null)
}

/** The list without the items that match, for rewriting one extension or identifier among others. */
export function without(resource: unknown, element: string, matches: (item: JsonObject) => boolean): JsonObject[] {
  return objectsAt(resource, element).filter((item) => !matches(item))
}

/** A list, or undefined when it is empty: FHIR has no empty lists. */
export function list(items: JsonValue[]): JsonValue[] | undefined {
  return items.length === 0 ? undefined : items
}

/** The elements of a choice such as `onset[x]`: whatever was in it goes, whichever type it had. */
export function oneOf(previous: JsonObject, stem: string, elements: Elements): Elements {
  const old = Object.keys(previous).filter((key) => new RegExp(`^_?${stem}[A-Z]`).test(key))
  return { ...Object.fromEntries(old.map((key) => [key.replace(/^_/, ''), undefined])), ...elements }
}

/** The date at the path as it was written; '' for anything that is none, so that a form leaves it alone. */
export function dateAt(resource: unknown, ...path: string[]): string {
  const text = stringAt(resource, ...path)
  return datePrecision(text) === null ? '' : text
}

/** References by name only; undefined for no name. */
export function named(name: string): JsonObject | undefined {
  const display = given(name)
  return display === undefined ? undefined : jsonObject({ display })
}

/** Adds a CodeableConcept of a category once. */
export function withCategory(previous: JsonObject | null, system: string, code: string): JsonValue[] {
  const present = objectsAt(previous, 'category')
  return hasCode(previous, ['category'], code) ? present : [...present, coded(system, code)]
}

/** The value of an extension by its URL, whatever its type; '' when absent or no text. */
export function extensionText(resource: unknown, url: string): string {
  const extension = objectsAt(resource, 'extension').find((item) => item['url'] === url)
  if (!isJsonObject(extension)) return ''
  const key = Object.keys(extension).find((name) => name.startsWith('value'))
  const value = key === undefined ? '' : extension[key]
  return typeof value === 'string' ? value : ''
}

/** Tells which fields of a form differ from what the record showed before; all of them for a new record. */
export function changesFrom<Form extends object>(
  before: Form | null,
  form: Form,
): (...fields: (keyof Form)[]) => boolean {
  return (...fields) =>
    before === null || fields.some((field) => JSON.stringify(before[field]) !== JSON.stringify(form[field]))
}

/** `elements` when the condition holds, else nothing: what a form did not change is not written. */
export function when(condition: boolean, elements: () => Elements): Elements {
  return condition ? elements() : {}
}

/** The time so many minutes later, in the zone that the text is in. */
export function later(text: string, minutes: number): string {
  const [, local = '', zone = 'Z'] = /^(.*?)(Z|[+-]\d{2}:\d{2})$/.exec(text) ?? []
  return `${new Date(Date.parse(`${readableTime(local)}Z`) + minutes * 60_000).toISOString().slice(0, 19)}${zone}`
}
