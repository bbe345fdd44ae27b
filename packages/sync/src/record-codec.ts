/**
 * The one place where a record becomes the plaintext of an envelope and back (E2), and where a row gets its index fields.
 * The resource's JSON text travels verbatim: 1.10 stays 1.10. The plaintext can be rebuilt byte for byte from its row (S9).
 */
import { bytesToUtf8, utf8ToBytes } from '@chartkeep/crypto'
import { describe, parseJsonOrNull } from '@chartkeep/domain'
import type { StoredRecord } from '@chartkeep/store'

const RESOURCE_KEY = ',"resource":'

/** Plaintext of a row, UTF-8 JSON, fixed order of keys, the resource last and verbatim. */
export function rowToPlaintext(vault: string, row: StoredRecord): Uint8Array {
  const head = {
    v: 1,
    vault,
    stream: row.stream,
    doc: row.doc,
    revision: row.revision,
    clock: row.clock,
    importHash: row.importHash,
    importSource: row.importSource,
  }
  return utf8ToBytes(`${JSON.stringify(head).slice(0, -1)}${RESOURCE_KEY}${row.resource}}`)
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
  const { v, vault, stream, doc, revision, clock, importHash, importSource } = head as Record<string, unknown>
  const words = { vault, stream, doc, revision, clock, importHash, importSource }
  if (v !== 1 || !Object.values(words).every((word) => typeof word === 'string')) return null
  return { ...(words as Omit<PlainRecord, 'resource'>), resource: text.slice(at + RESOURCE_KEY.length, -1) }
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

/** A row with its index fields. Never throws: what cannot be described is kept with empty fields. */
export function makeRow(input: RowInput): StoredRecord {
  const described = describe(parseJsonOrNull(input.resource))
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
export function nextClock(now: number, last: string, device: string): string {
  const [lastMs = '', lastCounter = ''] = last.split('.')
  const previous = Number(lastMs) || 0
  const ms = Math.max(now, previous)
  const counter = ms === previous ? (Number(lastCounter) || 0) + 1 : 0
  return `${String(ms).padStart(15, '0')}.${String(counter).padStart(4, '0')}.${device.slice(0, 6)}`
}

/** Milliseconds since 1970 of a clock text, 0 when it is none. */
export function clockTime(clock: string): number {
  return Number(clock.split('.')[0]) || 0
}
