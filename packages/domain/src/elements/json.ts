/**
 * Lossless JSON (RFC 8259): numbers keep the characters they came with (`1.10` stays `1.10`), objects have no
 * prototype, a duplicate key is refused, depth is limited. Read errors carry a position and never any content.
 * Objects keep the order of their keys, except keys that are whole numbers, which JavaScript puts first.
 */

/** A JSON number as it was written. `text` always matches the grammar of RFC 8259 section 6. */
export class JsonNumber {
  readonly text: string

  /** Throws a RangeError when `text` is not a JSON number. */
  constructor(text: string) {
    if (!NUMBER.test(text)) throw new RangeError('not a JSON number')
    this.text = text
  }

  /** The nearest double; the digits are lost, so use it for plots and comparison only. */
  valueOf(): number {
    return Number(this.text)
  }

  toString(): string {
    return this.text
  }
}

/** A JSON object. Those made by {@link parseJson} and {@link jsonObject} have no prototype. */
export interface JsonObject {
  [key: string]: JsonValue
}

/** Any JSON value; numbers are {@link JsonNumber}. */
export type JsonValue = null | boolean | string | JsonNumber | JsonValue[] | JsonObject

/** Why a text was refused. */
export type JsonErrorReason = 'empty' | 'truncated' | 'syntax' | 'too-deep' | 'duplicate-key' | 'trailing'

/** A refusal: the reason and where (offset in UTF-16 units, line and column from 1). Never any content. */
export interface JsonError {
  type: 'error'
  reason: JsonErrorReason
  offset: number
  line: number
  column: number
}

/** What {@link parseJson} answers. */
export type JsonResult = { type: 'value'; value: JsonValue } | JsonError

/** The deepest nesting that {@link parseJson} reads unless told otherwise. */
const MAX_JSON_DEPTH = 64

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const NUMBER_AT = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const PLAIN_STRING_AT = /"[^"\\\u0000-\u001f]*"/y // eslint-disable-line no-control-regex
const SPACE_AT = /[ \t\n\r]*/y

/** Thrown inside the reader only; leaves this file as a {@link JsonError}. */
class Refusal extends Error {
  readonly reason: JsonErrorReason
  readonly offset: number
  constructor(reason: JsonErrorReason, offset: number) {
    super(reason)
    this.reason = reason
    this.offset = offset
  }
}

/**
 * Reads one JSON text. A byte order mark in front is passed over.
 * Nothing is thrown for bad input: every refusal is a {@link JsonError}.
 */
export function parseJson(text: string, { maxDepth = MAX_JSON_DEPTH }: { maxDepth?: number } = {}): JsonResult {
  try {
    const reader = new Reader(text, maxDepth)
    return { type: 'value', value: reader.document() }
  } catch (error) {
    if (error instanceof Refusal) return { type: 'error', reason: error.reason, ...placeOf(text, error.offset) }
    throw error
  }
}

/** The value of {@link parseJson}, or null for any refusal. For texts that we wrote ourselves. */
export function parseJsonOrNull(text: string): JsonValue | null {
  const result = parseJson(text)
  return result.type === 'value' ? result.value : null
}

/** The object that the text is; null for other JSON, and for text that is none. */
export function parseJsonObject(text: string): JsonObject | null {
  const value = parseJsonOrNull(text)
  return isJsonObject(value) ? value : null
}

/** Recursive descent; the depth limit keeps the stack small. */
class Reader {
  private readonly text: string
  private readonly maxDepth: number
  private at = 0

  constructor(text: string, maxDepth: number) {
    this.text = text
    this.maxDepth = maxDepth
  }

  document(): JsonValue {
    if (this.text.charCodeAt(0) === 0xfeff) this.at = 1
    this.space()
    if (this.at >= this.text.length) throw new Refusal('empty', this.at)
    const value = this.value(0)
    this.space()
    if (this.at < this.text.length) throw new Refusal('trailing', this.at)
    return value
  }

  private space(): void {
    const code = this.text.charCodeAt(this.at)
    if (code > 0x20) return
    SPACE_AT.lastIndex = this.at
    SPACE_AT.test(this.text)
    this.at = SPACE_AT.lastIndex
  }

  private value(depth: number): JsonValue {
    switch (this.text.charCodeAt(this.at)) {
      case 0x7b:
        return this.object(depth + 1)
      case 0x5b:
        return this.array(depth + 1)
      case 0x22:
        return this.string()
      case 0x74:
        return this.word('true', true)
      case 0x66:
        return this.word('false', false)
      case 0x6e:
        return this.word('null', null)
      default:
        return this.number()
    }
  }

  private object(depth: number): JsonObject {
    if (depth > this.maxDepth) throw new Refusal('too-deep', this.at)
    const object = jsonObject()
    this.at += 1
    this.space()
    if (this.take(0x7d)) return object
    for (;;) {
      const keyAt = this.at
      if (this.text.charCodeAt(this.at) !== 0x22) throw this.unexpected()
      const key = this.string()
      if (key in object) throw new Refusal('duplicate-key', keyAt)
      this.space()
      if (!this.take(0x3a)) throw this.unexpected()
      this.space()
      object[key] = this.value(depth)
      this.space()
      if (this.take(0x7d)) return object
      if (!this.take(0x2c)) throw this.unexpected()
      this.space()
    }
  }

  private array(depth: number): JsonValue[] {
    if (depth > this.maxDepth) throw new Refusal('too-deep', this.at)
    const array: JsonValue[] = []
    this.at += 1
    this.space()
    if (this.take(0x5d)) return array
    for (;;) {
      array.push(this.value(depth))
      this.space()
      if (this.take(0x5d)) return array
      if (!this.take(0x2c)) throw this.unexpected()
      this.space()
    }
  }

  private string(): string {
    PLAIN_STRING_AT.lastIndex = this.at
    if (PLAIN_STRING_AT.test(this.text)) {
      const text = this.text.slice(this.at + 1, PLAIN_STRING_AT.lastIndex - 1)
      this.at = PLAIN_STRING_AT.lastIndex
      return text
    }
    const end = endOfString(this.text, this.at)
    if (end < 0) throw new Refusal('truncated', this.text.length)
    const literal = this.text.slice(this.at, end)
    const value = unquoted(literal)
    if (value === null) throw new Refusal('syntax', this.at)
    this.at = end
    return value
  }

  private number(): JsonNumber {
    NUMBER_AT.lastIndex = this.at
    if (!NUMBER_AT.test(this.text)) throw this.unexpected()
    const text = this.text.slice(this.at, NUMBER_AT.lastIndex)
    this.at = NUMBER_AT.lastIndex
    return new JsonNumber(text)
  }

  private word<T extends boolean | null>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) {
      const rest = this.text.slice(this.at)
      throw word.startsWith(rest) ? new Refusal('truncated', this.text.length) : new Refusal('syntax', this.at)
    }
    this.at += word.length
    return value
  }

  private take(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false
    this.at += 1
    return true
  }

  private unexpected(): Refusal {
    return new Refusal(this.at >= this.text.length ? 'truncated' : 'syntax', this.at)
  }
}

/** Offset behind the closing quote of the string that opens at `start`; -1 when it does not close. */
export function endOfString(text: string, start: number): number {
  let from = start + 1
  for (;;) {
    const quote = text.indexOf('"', from)
    if (quote < 0) return -1
    let backslashes = 0
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c && quote - 1 - backslashes > start) backslashes += 1
    if (backslashes % 2 === 0) return quote + 1
    from = quote + 1
  }
}

/** The text of one string literal, quotes included: JSON.parse knows the escapes. Null for anything else. */
export function unquoted(literal: string): string | null {
  try {
    const value: unknown = JSON.parse(literal)
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}

function placeOf(text: string, offset: number): { offset: number; line: number; column: number } {
  let line = 1
  let start = 0
  for (let next = text.indexOf('\n'); next >= 0 && next < offset; next = text.indexOf('\n', start)) {
    line += 1
    start = next + 1
  }
  return { offset, line, column: offset - start + 1 }
}

/** An object without prototype, holding the given members (undefined ones are left out). */
export function jsonObject(members: { [key: string]: JsonValue | undefined } = {}): JsonObject {
  const object = Object.create(null) as JsonObject
  for (const [key, value] of Object.entries(members)) if (value !== undefined) object[key] = value
  return object
}

/** Whether the value is a JSON object (not an array, not a number). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
}

/** JSON text without white space, keys in their order, numbers verbatim. */
export function stringifyJson(value: JsonValue): string {
  return write(value, false)
}

/**
 * The canonical text: keys sorted by UTF-16 code unit, no white space, number literals verbatim. Two texts that differ
 * in layout, key order or string escapes only have the same canonical text; `1.1` and `1.10` have not.
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, true)
}

/** JSON text with two spaces of indent, for people; numbers verbatim. */
export function prettyJson(value: JsonValue, indent = ''): string {
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return `[\n${value.map((item) => inner + prettyJson(item, inner)).join(',\n')}\n${indent}]`
  }
  if (isJsonObject(value)) {
    const keys = Object.keys(value)
    if (keys.length === 0) return '{}'
    return `{\n${keys.map((key) => `${inner}${JSON.stringify(key)}: ${prettyJson(value[key] ?? null, inner)}`).join(',\n')}\n${indent}}`
  }
  return write(value, false)
}

function write(value: JsonValue, sorted: boolean): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (value instanceof JsonNumber) return value.text
  if (Array.isArray(value)) return `[${value.map((item) => write(item, sorted)).join(',')}]`
  if (typeof value !== 'object') throw new TypeError('not a JSON value: numbers are JsonNumber')
  const keys = Object.keys(value)
  if (sorted) keys.sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${write(value[key] ?? null, sorted)}`).join(',')}}`
}
