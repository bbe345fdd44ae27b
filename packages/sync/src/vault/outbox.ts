/**
 * The outbox of a vault (Y6): envelopes that are sealed and not answered. On the disk stands what makes the very same bytes again, for
 * sealing is the same under the same key, header and nonce (E2, S9) and the record's own row holds the text for as long as it is that
 * version. Where the row gives way to another one, the version goes into the outbox in the same commit ({@link keepingSealed}).
 */
import { decodeHeader, idText, type BatchProof, type Header, type Outcome } from '@chartkeep/protocol'
import { equalBytes, sealBody, sha256, type CborValue } from '@chartkeep/crypto'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import type { VaultKeys } from './content-keys.ts'
import { packEntry, readEntry, type EntryRow } from './entry-row.ts'
import type { VaultRows } from '../ports/ports.ts'
import { rowToPadded } from '../record/record-codec.ts'

/** The table of the outbox; its keys are numbers, in the order of sealing. */
export const OUTBOX = 'outbox'

/** What is stored of an envelope that waits for its answer. */
export interface OutboxRow {
  id: string
  stream: string
  /** Its entry (entry-row.ts) as it is kept once it is answered as `current`; with the nonce that the body was sealed under. */
  entry: Uint8Array
  hash: Uint8Array
  /** The version that was sealed; null while the record's own row is that version. */
  row: StoredRecord | null
  base: string
  /** Whether it is to be a version of its own whatever is written over it, also where the server takes it as void (N4, N5). */
  keep?: boolean
  /** The answer, once there was one: applied when the stream's chain has reached it. */
  ack: { n: number; outcome: Outcome } | null
}

/** As earlier versions of this program stored it: the parts of the entry by themselves, and, before that, body and row whole. */
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

/** Where an outbox stands: what makes its bodies again. */
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

/** What was sealed or read in this run, by the very array of its hash that stands in its row; it goes when the row goes. */
const made = new WeakMap<Uint8Array, Made>()

/** Spares reading the entry and sealing again in the run that has sealed it. */
export function rememberSealed(hash: Uint8Array, header: Header, body: Uint8Array, entry: EntryRow): void {
  made.set(hash, { header, body, entry })
}

/** Headers that were read in this run, by the same arrays: an outbox is looked through far more often than it changes. */
const headers = new WeakMap<Uint8Array, Header>()

/** One envelope of the outbox. Whoever holds it while the network is awaited sees its row as it is then: the version may have gone into it. */
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

  /** As it is stored now; to be written again with another answer. */
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

  /** What stays of it in its stream. */
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

  /** The version that was sealed. Throws when the rows do not hold it (damage that the store did not see). */
  get row(): StoredRecord {
    const row = this.stored.row ?? this.#place.rows.read(this.id)
    if (row === null || row.revision !== this.revision) throw new Error('a sealed envelope has lost its record')
    return row
  }

  /** Y6: the very bytes that were sealed. Throws when they cannot be made again: nothing else may go out in their place. */
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

/** Sealed envelopes in the order in which they were sealed. */
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

/** The same in no order, as their rows stand: thousands may wait, and most who ask need no longer. */
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

/** Those of one record, in no order. */
export function outboxOfRecord(place: OutboxPlace, id: string): OutboxItem[] {
  return itemsWhere(place, (row) => row.id === id)
}

/** The one with this hash; undefined where it is answered, or none of this device's. */
export function sealedAs(place: OutboxPlace, hash: Uint8Array): OutboxItem | undefined {
  return itemsWhere(place, (row) => row.hash[0] === hash[0] && equalBytes(row.hash, hash))[0]
}

/** Those of one stream that the server has answered for a number that was not read yet, in no order. */
export function answeredOf(place: OutboxPlace, stream: string): OutboxItem[] {
  return itemsWhere(place, (row) => row.stream === stream && row.ack !== null)
}

/** Rows in which no sealed version is lost: where its record's row gives way, the same commit puts it into the outbox. */
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

/** N5: two devices of a practice give one version two clocks when they publish it, and the clock is sealed with it. */
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
