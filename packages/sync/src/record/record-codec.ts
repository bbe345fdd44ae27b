/**
 * Converts a record to the plaintext of an envelope and back (E2), and derives the index fields of a row; no other module does. The
 * resource's JSON text is carried verbatim: 1.10 stays 1.10. The plaintext can be rebuilt byte for byte from the row (S9).
 */
import { padText } from '@chartkeep/crypto'
import { bytesToUtf8, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { describeForLists, parseJsonOrNull, type JsonValue } from '@chartkeep/domain'
import type { StoredRecord } from '@chartkeep/store'

const RESOURCE_KEY = ',"resource":'

/** The plaintext of a row: UTF-8 JSON with a fixed key order; the resource comes last, verbatim. */
export function rowToPlaintext(vault: string, row: StoredRecord): Uint8Array {
  return utf8ToBytes(plainText(vault, row))
}

/** {@link rowToPlaintext} with padding (E3): the bytes that are sealed. */
export function rowToPadded(vault: string, row: StoredRecord): Uint8Array {
  return padText(plainText(vault, row))
}

export interface PlainRecord {
  vault: string
  stream: string
  doc: string
  revision: string
  clock: string
  importHash: string
  importSource: string
  resource: string
}

/** Reads a plaintext; null if it is not in the form that {@link rowToPlaintext} writes. */
export function readPlaintext(plaintext: Uint8Array): PlainRecord | null {
  const text = bytesToUtf8(plaintext)
  const at = text?.indexOf(RESOURCE_KEY) ?? -1
  if (text === null || at < 0 || !text.endsWith('}')) return null
  let head: unknown
  try {
    head = JSON.parse(`${text.slice(0, at)}}`)
  } catch {
    return null
  }
  if (typeof head !== 'object' || head === null) return null
  const { v, vault, stream, doc, revision, clock, importHash, importSource } = head as Record<string, unknown>
  const words = { vault, stream, doc, revision, clock, importHash, importSource }
  if (v !== 1 || !Object.values(words).every((word) => typeof word === 'string')) return null
  if (!CLOCK.test(words.clock as string)) return null
  const plain = { ...(words as Omit<PlainRecord, 'resource'>), resource: text.slice(at + RESOURCE_KEY.length, -1) }
  // S9: a plaintext that cannot be rebuilt byte for byte from its row is refused. The resource is copied verbatim, so only the text in
  // front of it can differ.
  return headOf(plain.vault, plain) === text.slice(0, at) ? plain : null
}

function plainText(vault: string, row: StoredRecord): string {
  return headOf(vault, row) + RESOURCE_KEY + row.resource + '}'
}

/** The plaintext in front of the resource. */
function headOf(vault: string, row: Omit<PlainRecord, 'vault' | 'resource'>): string {
  const { stream, doc, revision, clock, importHash, importSource } = row
  return JSON.stringify({ v: 1, vault, stream, doc, revision, clock, importHash, importSource }).slice(0, -1)
}

export interface RowInput {
  stream: string
  doc: string
  /** The stream's name: a collection, a private list or 'audit'. */
  name: string
  revision: string
  parent: string
  clock: string
  account: string
  device: string
  resource: string
  importHash: string
  importSource: string
}

/**
 * A row with its index fields. Never throws: if the resource cannot be described, the fields stay empty.
 * @param resource - the input's resource, if the caller has parsed it
 */
export function makeRow(input: RowInput, resource: JsonValue | null = parseJsonOrNull(input.resource)): StoredRecord {
  const described = describeForLists(resource)
  const { name, ...rest } = input
  return {
    id: recordId(input.stream, input.doc),
    ...rest,
    collectionName: name,
    type: described.type,
    date: described.date,
    code: described.code === null ? '' : `${described.code.system}|${described.code.code}`,
    title: described.title,
    status: described.status,
    text: described.text,
  }
}

export function recordId(stream: string, doc: string): string {
  return `${stream}.${doc}`
}

/** Hybrid logical clock: milliseconds (15 digits), counter (4 digits), first characters of the device id. Sorts as text. */
export function nextClock(time: number, last: string, device: string): string {
  const now = Math.floor(time)
  const [lastMs = '', lastCounter = ''] = last.split('.')
  const previous = Number(lastMs) || 0
  const count = now > previous ? 0 : (Number(lastCounter) || 0) + 1
  // Texts sort like numbers only while the counter has four digits.
  const [ms, counter] = count > 9999 ? [previous + 1, 0] : [Math.max(now, previous), count]
  return `${String(ms).padStart(15, '0')}.${String(counter).padStart(4, '0')}.${device.slice(0, 6)}`
}

const CLOCK = /^\d{15}\.\d{4}\.[\w-]{6}$/
const MAX_DRIFT_MS = 5 * 60_000

/**
 * The newer of two clocks. A clock more than 5 minutes ahead of this device's is ignored, because its author would otherwise set
 * everybody's clock.
 */
export function acceptClock(clock: string, last: string, now: number): string {
  return clock > last && clockTime(clock) <= now + MAX_DRIFT_MS ? clock : last
}

/** Milliseconds since 1970 of a clock text; 0 if it is not a clock. */
export function clockTime(clock: string): number {
  return Number(clock.split('.')[0]) || 0
}

/** Whether a person edited the record after its import: a hand edit keeps the import's hash but not its revision mark. */
export function isHandEdited(row: Pick<StoredRecord, 'importHash' | 'importSource'>): boolean {
  return row.importHash === '' || row.importSource.startsWith(HAND)
}

/** Prefix of the source of a record that a person edited after its import; it travels with the record to other devices. */
const HAND = 'edited:'

/** The import source of a hand-edited record. */
export function handSource(source: string): string {
  return source === '' || source.startsWith(HAND) ? source : `${HAND}${source}`
}
