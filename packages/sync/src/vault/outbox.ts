/**
 * The outbox of a vault (Y6): envelopes that are sealed and not yet answered. The disk does not hold the sealed bytes but the inputs that
 * reproduce them: sealing is deterministic under the same key, header and nonce (E2, S9), and the record's own row holds the text while
 * that version is current. When another version replaces the row, the same commit moves the sealed version into the outbox ({@link
 * keepingSealed}).
 */
import { idText } from '@chartkeep/protocol'
import { decodeHeader, type BatchProof, type Header, type Outcome } from '@chartkeep/protocol/streams'
import { sealBody } from '@chartkeep/crypto'
import { equalBytes, type CborValue } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import type { VaultKeys } from './content-keys.ts'
import { packEntry, readEntry, type EntryRow } from './entry-row.ts'
import type { VaultRows } from '../ports/ports.ts'
import { rowToPadded } from '../record/record-codec.ts'

/** The table of the outbox; its keys are numbers in the order of sealing. */
export const OUTBOX = 'outbox'

/** The stored form of an envelope that waits for its answer. */
export interface OutboxRow {
  id: string
  stream: string
  /** The entry (entry-row.ts) as it will be stored once the server answers `current`, with the nonce that sealed the body. */
  entry: Uint8Array
  hash: Uint8Array
  /** The sealed version; null while the record's own row holds it. */
  row: StoredRecord | null
  base: string
  /** Whether this version must be kept even if a later version replaces it, or the server answers `void` (N4, N5). */
  keep?: boolean
  /** The answer, if there is one; it is applied when the device has read the stream up to that number. */
  ack: { n: number; outcome: Outcome } | null
}

/** The form of earlier versions of this program: the entry's parts as separate fields, and, earlier still, body and row in full. */
interface PartsRow extends Omit<OutboxRow, 'entry'> {
  header: Uint8Array
  bodyHash: Uint8Array
  nonce: Uint8Array
  proof: BatchProof
}
interface WholeRow extends Omit<PartsRow, 'bodyHash' | 'nonce' | 'row'> {
  body: Uint8Array
  row: StoredRecord
}
type AnyRow = OutboxRow | PartsRow | WholeRow

/** The parts of a vault that reproduce the bodies of its outbox. */
export interface OutboxPlace {
  vault: Uint8Array
  rows: VaultRows
  keys: VaultKeys
}

interface Made {
  header: Header
  body: Uint8Array
  entry: EntryRow
}

/** Envelopes sealed or read in this run, keyed by the hash array of their row; dropped with the row. */
const made = new WeakMap<Uint8Array, Made>()

/** Saves reading the entry and sealing it again in the run that sealed it. */
export function rememberSealed(hash: Uint8Array, header: Header, body: Uint8Array, entry: EntryRow): void {
  made.set(hash, { header, body, entry })
}

/** Headers decoded in this run, keyed by the same arrays: the outbox is searched far more often than it changes. */
const headers = new WeakMap<Uint8Array, Header>()

/**
 * One envelope of the outbox. Its getters read the current row, so a holder that awaits the network still sees a version that has since
 * moved into the outbox.
 */
export class OutboxItem {
  readonly key: string
  readonly #place: OutboxPlace
  #read: AnyRow
  #row: OutboxRow
  #entry: EntryRow | null = null
  #made: Made | undefined

  constructor(place: OutboxPlace, key: string, row: AnyRow) {
    this.#place = place
    this.key = key
    this.#read = row
    this.#row = rowOfToday(row)
    this.#made = made.get(this.#row.hash)
  }

  /** The row as currently stored; to be written again with another answer. */
  get stored(): OutboxRow {
    const now = this.#place.rows.get(OUTBOX, this.key) as unknown as AnyRow | undefined
    if (now !== undefined && now !== this.#read) {
      this.#read = now
      this.#row = rowOfToday(now)
    }
    return this.#row
  }

  get id(): string {
    return this.#row.id
  }

  get stream(): string {
    return this.#row.stream
  }

  get header(): Uint8Array {
    return this.entry.header
  }

  get hash(): Uint8Array {
    return this.#row.hash
  }

  /** The entry that remains in the stream once the envelope is answered. */
  get entry(): EntryRow {
    return this.#made?.entry ?? (this.#entry ??= readEntry(this.#row.entry))
  }

  get bodyHash(): Uint8Array {
    return this.entry.bodyHash
  }

  get proof(): BatchProof {
    return this.entry.proof!
  }

  get base(): string {
    return this.#row.base
  }

  get keep(): boolean {
    return this.stored.keep === true
  }

  get ack(): OutboxRow['ack'] {
    return this.stored.ack
  }

  get decoded(): Header {
    const known = this.#made?.header ?? headers.get(this.#row.hash)
    if (known !== undefined) return known
    const header = decodeHeader(this.header)!
    headers.set(this.#row.hash, header)
    return header
  }

  get revision(): string {
    return idText(this.decoded.revision)
  }

  /** The sealed version. Throws if the rows do not hold it (damage that the store did not detect). */
  get row(): StoredRecord {
    const row = this.stored.row ?? this.#place.rows.read(this.id)
    if (row === null || row.revision !== this.revision) throw new Error('a sealed envelope has lost its record')
    return row
  }

  /** Y6: exactly the bytes that were sealed. Throws if they cannot be reproduced: no other bytes may be sent in their place. */
  get body(): Uint8Array {
    if (this.#made !== undefined) return this.#made.body
    const { entry } = this
    const { header, nonce, bodyHash } = entry
    const decoded = this.decoded
    const key = this.#place.keys.streams.get(this.stream)?.byEpoch.get(decoded.epoch)
    if (key === undefined) throw new Error('the key of a sealed envelope is not here')
    const body = sealBody(key, header, rowToPadded(idText(this.#place.vault), this.row), nonce!)
    if (!equalBytes(sha256(body), bodyHash)) throw new Error('a sealed envelope cannot be made again from its record')
    this.#made = { header: decoded, body, entry }
    made.set(this.hash, this.#made)
    return body
  }
}

function rowOfToday(row: AnyRow): OutboxRow {
  if ('entry' in row) return row
  const { id, stream, hash, base, ack, header, proof } = row
  const isWhole = 'body' in row
  const { nonce, bodyHash } = isWhole ? { nonce: row.body.slice(0, 24), bodyHash: sha256(row.body) } : row
  const entry: EntryRow = { outcome: 'current', header, bodyHash, proof, nonce }
  if (isWhole && !made.has(hash)) rememberSealed(hash, decodeHeader(header)!, row.body, entry)
  return { id, stream, entry: packEntry(entry), hash, row: row.row, base, ack }
}

/** Sealed envelopes in the order of sealing. */
export function outboxOf(place: OutboxPlace): OutboxItem[] {
  const items: OutboxItem[] = []
  let isOrdered = true
  let last = 0
  for (const [key, value] of place.rows.table(OUTBOX)) {
    items.push(new OutboxItem(place, key, value as unknown as AnyRow))
    isOrdered &&= Number(key) > last
    last = Number(key)
  }
  return isOrdered ? items : items.toSorted((a, b) => Number(a.key) - Number(b.key))
}

/** The same as raw rows, in no order: thousands may wait, and most callers need only these fields. */
export function* outboxRows(place: OutboxPlace): Iterable<Pick<OutboxRow, 'id' | 'stream' | 'hash' | 'ack'>> {
  for (const value of place.rows.table(OUTBOX).values()) yield value as unknown as AnyRow
}

function itemsWhere(place: OutboxPlace, isOf: (row: AnyRow) => boolean): OutboxItem[] {
  const items: OutboxItem[] = []
  for (const [key, value] of place.rows.table(OUTBOX)) {
    const row = value as unknown as AnyRow
    if (isOf(row)) items.push(new OutboxItem(place, key, row))
  }
  return items
}

/** The envelopes of one record, in no order. */
export function outboxOfRecord(place: OutboxPlace, id: string): OutboxItem[] {
  return itemsWhere(place, (row) => row.id === id)
}

/** The envelope with this hash; undefined if it is answered or not this device's own. */
export function sealedAs(place: OutboxPlace, hash: Uint8Array): OutboxItem | undefined {
  return itemsWhere(place, (row) => row.hash[0] === hash[0] && equalBytes(row.hash, hash))[0]
}

/** The envelopes of one stream that the server has answered with a number that this device has not read yet, in no order. */
export function answeredOf(place: OutboxPlace, stream: string): OutboxItem[] {
  return itemsWhere(place, (row) => row.stream === stream && row.ack !== null)
}

/**
 * Wraps rows so that no sealed version is lost: a commit that replaces or removes a record's row also moves its sealed version into the
 * outbox.
 */
export function keepingSealed(rows: VaultRows): VaultRows {
  return {
    ...rows,
    commit(change) {
      const { records = [], remove = [], sync = [] } = change
      const kept = records.length + remove.length === 0 ? [] : keptBy(rows, records, remove, sync)
      return rows.commit(kept.length === 0 ? change : { ...change, sync: [...sync, ...kept] })
    },
  }
}

/** N5: two devices of a practice that publish the same version may give it different clocks, and the clock is part of the sealed text. */
function isSealedAlike(a: StoredRecord, b: StoredRecord | null): boolean {
  const sealed = ['revision', 'clock', 'resource', 'importHash', 'importSource'] as const
  return b !== null && sealed.every((field) => a[field] === b[field])
}

function keptBy(
  rows: VaultRows,
  records: readonly StoredRecord[],
  remove: readonly string[],
  sync: readonly SyncRow[],
): SyncRow[] {
  const outbox = rows.table(OUTBOX)
  if (outbox.size === 0) return []
  const coming = new Map<string, StoredRecord | null>(remove.map((id) => [id, null]))
  for (const row of records) coming.set(row.id, row)
  const changed = new Map(sync.flatMap((row) => (row.table === OUTBOX ? [[row.key, row.value] as const] : [])))
  const kept: SyncRow[] = []
  for (const [key, before] of outbox) {
    const value = changed.has(key) ? changed.get(key)! : before
    if (value === null) continue
    const { id, row } = value as unknown as OutboxRow
    const shown = row === null && coming.has(id) ? rows.read(id) : null
    if (shown === null || isSealedAlike(shown, coming.get(id) ?? null)) continue
    kept.push({ table: OUTBOX, key, value: { ...(value as object), row: shown } as unknown as CborValue })
  }
  return kept
}
