/**
 * The file of 健康存摺 (My Health Bank) of Taiwan's health insurance, as JSON or XML, taken apart into sections and rows.
 * Its fields are those of the description that the insurance publishes (JSON of 2023-05-15); a key repeats its section,
 * `r7.11`. Reports hold raw tabs and line ends inside JSON strings, which JSON forbids: they are escaped and read again.
 */
import { isJsonObject, JsonNumber, parseJson, type JsonObject, type JsonValue } from '@chartkeep/domain'
import { elementsAt, readXml, textIn, type XmlElement } from '../xml/xml.ts'

/** One row: texts by the number of their field, and rows of its own by the name of their section. */
export interface BankRow {
  /** Position among the rows of all sections, from 1. */
  place: number
  fields: ReadonlyMap<number, string>
  rows: ReadonlyMap<string, readonly BankRow[]>
}

export interface BankFile {
  /** Masked number of the person, '' for none. */
  maskedNumber: string
  /** Rows by section, in small letters: `r1`, `r12`. */
  sections: ReadonlyMap<string, readonly BankRow[]>
}

/** Null for a text that is no such file. */
export function readBankFile(text: string): BankFile | null {
  const start = text.replace(/^\ufeff/u, '').trimStart()
  return start.startsWith('<') ? fromXml(start) : fromJson(start)
}

function fromJson(text: string): BankFile | null {
  let parsed = parseJson(text)
  if (parsed.type === 'error' && parsed.reason === 'syntax') parsed = parseJson(withEscapedControls(text))
  if (parsed.type === 'error' || !isJsonObject(parsed.value)) return null
  const bank = memberOf(parsed.value, 'myhealthbank')
  const data = memberOf(bank, 'bdata') ?? bank
  if (!isJsonObject(data)) return null
  const counter = { place: 0 }
  const sections = new Map<string, BankRow[]>()
  let maskedNumber = ''
  for (const [key, value] of Object.entries(data)) {
    const name = key.toLowerCase()
    if (name === 'b1.1') maskedNumber = textOf(value)
    else if (/^r\d+$/u.test(name)) sections.set(name, rowsOf(value, counter))
  }
  return { maskedNumber, sections }
}

function rowsOf(value: JsonValue, counter: { place: number }): BankRow[] {
  const rows: BankRow[] = []
  for (const each of Array.isArray(value) ? value : [value]) {
    if (!isJsonObject(each)) continue
    const fields = new Map<number, string>()
    const inner = new Map<string, readonly BankRow[]>()
    const place = ++counter.place
    for (const [key, member] of Object.entries(each)) {
      const number = numberOf(key)
      if (number !== null) fields.set(number, textOf(member))
      else if (Array.isArray(member) || isJsonObject(member)) inner.set(key.toLowerCase(), rowsOf(member, counter))
    }
    if (fields.size + inner.size > 0) rows.push({ place, fields, rows: inner })
    // A section without data says so in a row of its own.
    else counter.place -= 1
  }
  return rows
}

function fromXml(text: string): BankFile | null {
  const root = readXml(text)
  if (root === null || root.name.toLowerCase() !== 'myhealthbank') return null
  const data = elementsAt(root, 'bdata')[0] ?? root
  const counter = { place: 0 }
  const sections = new Map<string, BankRow[]>()
  let maskedNumber = ''
  for (const element of partsOf(data)) {
    const name = element.name.toLowerCase()
    if (name === 'b1.1') maskedNumber = rawText(element)
    else if (/^r\d+$/u.test(name)) {
      const row = rowOf(element, counter)
      if (row !== null) sections.set(name, [...(sections.get(name) ?? []), row])
    }
  }
  return { maskedNumber, sections }
}

function rowOf(element: XmlElement, counter: { place: number }): BankRow | null {
  const fields = new Map<number, string>()
  const inner = new Map<string, BankRow[]>()
  const place = ++counter.place
  for (const part of partsOf(element)) {
    const number = numberOf(part.name)
    if (number !== null) fields.set(number, rawText(part))
    else {
      const row = rowOf(part, counter)
      const name = part.name.toLowerCase()
      if (row !== null) inner.set(name, [...(inner.get(name) ?? []), row])
    }
  }
  if (fields.size + inner.size > 0) return { place, fields, rows: inner }
  counter.place -= 1
  return null
}

function partsOf({ children }: XmlElement): XmlElement[] {
  return children.filter((child) => typeof child !== 'string')
}

/** With its line ends and tabs. */
function rawText(element: XmlElement): string {
  const own = element.children.map((child) => (typeof child === 'string' ? child : textIn(child)))
  return own.join('').replaceAll('\r\n', '\n').trim()
}

/** 11 of `r7.11`. */
function numberOf(key: string): number | null {
  const found = /^r\d+(?:_\d+)?\.(\d{1,3})$/iu.exec(key)
  return found === null ? null : Number(found[1])
}

function memberOf(value: JsonValue, name: string): JsonValue {
  return isJsonObject(value) ? ((value as JsonObject)[name] ?? null) : null
}

function textOf(value: JsonValue): string {
  if (typeof value === 'string') return value.replaceAll('\r\n', '\n').trim()
  return value instanceof JsonNumber ? value.text : ''
}

/** Control characters inside strings as JSON wants them. */
function withEscapedControls(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\[^])*"/gu, (string) =>
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    string.replaceAll(/[\u0000-\u001f]/gu, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}
