/**
 * Files that are inside a FHIR resource: base64 `data` of an Attachment or a Binary (B1). Found by place in the JSON text,
 * so that the text can continue with a reference instead and be put together again character by character. Pure text, no bytes.
 */
import { endOfString, isJsonObject, jsonObject, type JsonValue } from './json.ts'

/** Inline data of more bytes than this leave the text. */
export const MAX_INLINE_BYTES = 64 * 1024
/** More than a reference ever takes in a text, in characters. */
export const DATA_REFERENCE_LENGTH = 320

const DATA = 'chartkeep-data:'
const AS_IS = 'chartkeep-as-is:'
const REFERENCE = /^chartkeep-data:(s?e?(?:w\d{1,6}[rn]t?)?)\.([\w-]{43})\.([\w.-]+)$/

/** Half-open place between the quotes of a string in a JSON text. */
interface Place {
  start: number
  end: number
}

/** A file in the text, as `base64` and the way its literal was written; `readable: false` when it is not base64 in a known layout. */
export type InlineFile = Place &
  ({ readable: true; base64: string; layout: string; sizeBytes: number } | { readable: false })

/** A reference in the place of a file. `address` is the sync side's own text. */
export interface DataReference extends Place {
  layout: string
  /** base64url SHA-256 of the file's bytes. */
  sha256: string
  address: string
}

/** The files over {@link MAX_INLINE_BYTES} that are in the text of a resource, in the order of the text; none in a broken text. */
export function inlineFiles(text: string): InlineFile[] {
  if (text.length < LEAST_CHARACTERS) return []
  return dataPlaces(text).flatMap((place): InlineFile[] => {
    if (place.end - place.start < LEAST_CHARACTERS) return []
    const literal = text.slice(place.start, place.end)
    const read = readLiteral(literal)
    if (read === null) return [{ ...place, readable: false }]
    const sizeBytes = sizeOfBase64(read.base64)
    return sizeBytes > MAX_INLINE_BYTES ? [{ ...place, readable: true, ...read, sizeBytes }] : []
  })
}

/** The references in a text, in its order. */
export function dataReferences(text: string): DataReference[] {
  if (!text.includes(DATA)) return []
  return dataPlaces(text).flatMap((place) => {
    const reference = readReference(text.slice(place.start, place.end))
    return reference === null ? [] : [{ ...place, ...reference }]
  })
}

/** What a string at `data` refers to; null when it is no reference. */
export function readReference(data: string): Omit<DataReference, 'start' | 'end'> | null {
  const match = REFERENCE.exec(data)
  return match === null ? null : { layout: match[1]!, sha256: match[2]!, address: match[3]! }
}

/** The text that is in place of a file. */
export function writeReference({ layout, sha256, address }: Omit<DataReference, 'start' | 'end'>): string {
  return `${DATA}${layout}.${sha256}.${address}`
}

/** The literal, without quotes, as it was in the text. */
export function writeLiteral(base64: string, layout: string): string {
  const [, slash, equals, width, eol, tail] = LAYOUT.exec(layout) ?? []
  let literal = base64
  if (width !== undefined) {
    const lines: string[] = []
    for (let at = 0; at < base64.length; at += Number(width)) lines.push(base64.slice(at, at + Number(width)))
    const line = eol === 'r' ? '\\r\\n' : '\\n'
    literal = lines.join(line) + (tail === undefined ? '' : line)
  }
  if (equals === 'e') literal = literal.replaceAll('=', '\\u003d')
  return slash === 's' ? literal.replaceAll('/', '\\/') : literal
}

/** The text with other words at some places; `parts` in the order of the text. */
export function spliced(text: string, parts: readonly (Place & { words: string })[]): string {
  const pieces: string[] = []
  let at = 0
  for (const { start, end, words } of parts) {
    pieces.push(text.slice(at, start), words)
    at = end
  }
  pieces.push(text.slice(at))
  return pieces.join('')
}

/** Places at which a text that another person wrote looks like a reference of ours; {@link asIs} marks them, {@link asItWas} unmarks them. */
export function asIs(text: string): string {
  if (!text.includes(DATA) && !text.includes(AS_IS)) return text
  const marked = dataPlaces(text).filter(({ start }) => text.startsWith(DATA, start) || text.startsWith(AS_IS, start))
  return spliced(
    text,
    marked.map(({ start }) => ({ start, end: start, words: AS_IS })),
  )
}

/** Reverses {@link asIs}. */
export function asItWas(text: string): string {
  if (!text.includes(AS_IS)) return text
  const marked = dataPlaces(text).filter(({ start }) => text.startsWith(AS_IS, start))
  return spliced(
    text,
    marked.map(({ start }) => ({ start, end: start + AS_IS.length, words: '' })),
  )
}

/**
 * `text` with the references of `model` where both name the same file in the same layout: two devices that imported one file keep it
 * under two addresses, and that is no difference.
 */
export function alignReferences(text: string, model: string): string {
  const known = new Map(dataReferences(model).map((reference) => [fileOf(reference), reference]))
  if (known.size === 0) return text
  return spliced(
    text,
    dataReferences(text).flatMap((reference) => {
      const other = known.get(fileOf(reference))
      return other === undefined ? [] : [{ start: reference.start, end: reference.end, words: writeReference(other) }]
    }),
  )
}

function fileOf({ layout, sha256 }: Omit<DataReference, 'start' | 'end'>): string {
  return `${layout}.${sha256}`
}

/** The value for people's eyes: what opens a sealed file, in `data` or `url`, is left out. */
export function withoutFileKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutFileKeys)
  if (!isJsonObject(value)) return value
  const shown = jsonObject()
  for (const [key, child] of Object.entries(value)) {
    const sealed = typeof child === 'string' && /^chartkeep-(?:data|file):/.exec(child)
    shown[key] = sealed ? `${sealed[0]}…` : withoutFileKeys(child)
  }
  return shown
}

// --- literals ---------------------------------------------------------------------------------------------------------------------

const LAYOUT = /^(s)?(e)?(?:w(\d{1,6})([rn])(t)?)?$/

/** Base64 of a literal and its layout: `s` for `\/`, `e` for `\u003d`, `w76r` for lines of 76 with \r\n (`n`: \n; `t`: one at the end). */
function readLiteral(literal: string): { base64: string; layout: string } | null {
  let layout = ''
  let base64 = literal
  if (base64.includes('\\/')) {
    layout += 's'
    base64 = base64.replaceAll('\\/', '/')
  }
  if (base64.includes('\\u003d')) {
    layout += 'e'
    base64 = base64.replaceAll('\\u003d', '=')
  }
  const line = /\\r\\n|\\n/.exec(base64)
  if (line !== null) {
    if (line.index === 0 || line.index > 999_999) return null
    layout += `w${line.index}${line[0] === '\\n' ? 'n' : 'r'}${base64.endsWith(line[0]) ? 't' : ''}`
    base64 = base64.split(line[0]).join('')
  }
  return isBase64(base64) && writeLiteral(base64, layout) === literal ? { base64, layout } : null
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 with padding of which there is one form only: spare bits are zero. */
function isBase64(text: string): boolean {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return false
  const padding = paddingOf(text)
  const last = padding === 0 ? 0 : ALPHABET.indexOf(text.charAt(text.length - padding - 1))
  return last % (padding === 2 ? 16 : padding === 1 ? 4 : 1) === 0
}

function paddingOf(base64: string): number {
  return base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
}

function sizeOfBase64(base64: string): number {
  return (base64.length / 4) * 3 - paddingOf(base64)
}

/** Base64 of the smallest file that leaves. */
const LEAST_CHARACTERS = Math.ceil((MAX_INLINE_BYTES + 1) / 3) * 4

// --- places -----------------------------------------------------------------------------------------------------------------------

const MARK = /["[\]{}]/g
const SPACE = /[ \t\n\r]*/y
const LONGEST_KEY = 64

/** Places of the strings at `data` in objects with a `contentType` string, or of resource type Binary; without recursion. */
function dataPlaces(text: string): Place[] {
  if (!text.includes('"data"')) return []
  const found: Place[] = []
  const open: { data: Place | null; isFile: boolean }[] = []
  let key = ''
  MARK.lastIndex = 0
  for (let match = MARK.exec(text); match !== null; match = MARK.exec(text)) {
    const mark = match[0]
    if (mark === '{' || mark === '[') {
      open.push({ data: null, isFile: false })
      key = ''
    } else if (mark === '"') {
      const [start, end] = [match.index + 1, endOfString(text, match.index) - 1]
      if (end < 0) return []
      MARK.lastIndex = end + 1
      const words = end - start > LONGEST_KEY ? '' : text.slice(start, end)
      if (isKey(text, end + 1)) {
        key = words
        continue
      }
      const inside = open.at(-1)
      if (inside !== undefined) {
        if (key === 'data') inside.data = { start, end }
        inside.isFile ||= key === 'contentType' || (key === 'resourceType' && words === 'Binary')
      }
      key = ''
    } else {
      const closed = open.pop()
      if (closed?.isFile && closed.data !== null) found.push(closed.data)
    }
  }
  return found.sort((a, b) => a.start - b.start)
}

function isKey(text: string, at: number): boolean {
  SPACE.lastIndex = at
  SPACE.test(text)
  return text[SPACE.lastIndex] === ':'
}
