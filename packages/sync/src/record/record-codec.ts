/**
 * The one place where a record becomes the plaintext of an envelope and back (E2), and where a row gets its index fields.
 * The resource's JSON text travels verbatim: 1.10 stays 1.10. The plaintext can be rebuilt byte for byte from its row (S9).
 */
import { bytesToUtf8, padText, utf8ToBytes } from '@chartkeep/crypto'
import { describeForLists, parseJsonOrNull, type JsonValue } from '@chartkeep/domain'
import type { StoredRecord } from '@chartkeep/store'

const RESOURCE_KEY = ',"resource":'

/** Plaintext of a row, UTF-8 JSON, fixed order of keys, the resource last and verbatim. */
export function rowToPlaintext(vault: string, row: StoredRecord): Uint8Array {
  return utf8ToBytes(plainText(vault, row))
}

/** The same, padded (E3): what is sealed. */
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

/** Reads a plaintext; null when it is not in the form that {@link rowToPlaintext} writes. */
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
  // S9: what could not be rebuilt byte for byte from its row is not taken. The resource is the text itself, and only what stands before it can differ.
  return headOf(plain.vault, plain) === text.slice(0, at) ? plain : null
}

function plainText(vault: string, row: StoredRecord): string {
  return headOf(vault, row) + RESOURCE_KEY + row.resource + '}'
}

/** The plaintext before the resource. */
function headOf(vault: string, row: Omit<PlainRecord, 'vault' | 'resource'>): string {
  const { stream, doc, revision, clock, importHash, importSource } = row
  return JSON.stringify({ v: 1, vault, stream, doc, revision, clock, importHash, importSource }).slice(0, -1)
}

export interface RowInput {
  stream: string
  doc: string
  /** Name of the stream: collection, private list or 'audit'. */
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
 * A row with its index fields. Never throws: what cannot be described is kept with empty fields.
 * @param resource - the input's resource, where it is parsed already
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

/** Hybrid logical clock: milliseconds (15 digits), counter (4), first characters of the device id. Sorts as text. */
export function nextClock(time: number, last: string, device: string): string {
  const now = Math.floor(time)
  const [lastMs = '', lastCounter = ''] = last.split('.')
  const previous = Number(lastMs) || 0
  const count = now > previous ? 0 : (Number(lastCounter) || 0) + 1
  // Text sorts as numbers do only while the counter keeps its four digits.
  const [ms, counter] = count > 9999 ? [previous + 1, 0] : [Math.max(now, previous), count]
  return `${String(ms).padStart(15, '0')}.${String(counter).padStart(4, '0')}.${device.slice(0, 6)}`
}

const CLOCK = /^\d{15}\.\d{4}\.[\w-]{6}$/
const MAX_DRIFT_MS = 5 * 60_000

/** The newest clock seen. One that is ahead of this device's own by more than 5 minutes moves nothing: whoever wrote it would set all clocks. */
export function acceptClock(clock: string, last: string, now: number): string {
  return clock > last && clockTime(clock) <= now + MAX_DRIFT_MS ? clock : last
}

/** Milliseconds since 1970 of a clock text, 0 when it is none. */
export function clockTime(clock: string): number {
  return Number(clock.split('.')[0]) || 0
}

/** True when the record's content is not what an import brought: a hand edit keeps the import's hash but not its revision mark. */
export function isHandEdited(row: Pick<StoredRecord, 'importHash' | 'importSource'>): boolean {
  return row.importHash === '' || row.importSource.startsWith(HAND)
}

/** Marks the source of a record that was imported and then edited by a person; travels with the record to other devices. */
const HAND = 'edited:'

/** The import source that a hand edit of an imported record carries. */
export function handSource(source: string): string {
  return source === '' || source.startsWith(HAND) ? source : `${HAND}${source}`
}
