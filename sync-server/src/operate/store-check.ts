/**
 * Verifies a whole database independently (H5): the file itself, every account log and control log from its first
 * entry, every stream's chain with outcomes, signatures, open envelopes and device tails, every audit tree, and the
 * heads that the server had signed. Reads one snapshot, even while a server writes. Faults are located by row, never
 * by id.
 */
import { DatabaseSync } from 'node:sqlite'
import { equalBytes, sha256OfMuch } from '@chartkeep/crypto/server'
import { accountIdOf, decodeAs, encodeMessage, idText, type Head } from '@chartkeep/protocol'
import { accountHead, deviceLiveAt, type AccountState } from '@chartkeep/protocol/account'
import { controlHead, type ControlState } from '@chartkeep/protocol/control'
import { BlobBody, hashAt, judgeBlobStatement, sealedChunkLength } from '@chartkeep/protocol/records'
import {
  BatchProof,
  BatchVerifier,
  emptyStream,
  stepStream,
  StreamEntry,
  streamHead,
  verifyHead,
  type SignedHead,
  type SteppedEntry,
  type StreamState,
} from '@chartkeep/protocol/streams'
import { createAccountStates } from '../logs/accounts.ts'
import { checkAuditTrees, missingLeaves } from '../audit/audit-check.ts'
import type { StoredBlob } from '../storage/blob-storage.ts'
import { isSoundBlob } from '../blobs/blobs.ts'
import { EntryRun, FACT_LENGTH, packRun } from '../storage/entry-run.ts'
import type { LogStates } from '../storage/log-states.ts'
import { SCHEMA_VERSION } from '../sqlite/sqlite-schema.ts'
import { createReader, schemaVersionOf } from '../sqlite/sqlite-storage.ts'
import type { StorageReader } from '../storage/storage.ts'
import { createControlStates } from '../logs/vaults.ts'

export interface StoreReport {
  accounts: number
  vaults: number
  streams: number
  entries: number
  blobs: number
  chunks: number
  /** The server was restored from a backup and waits for what it lost (S9). */
  restored: boolean
  /** One sentence per fault for the operator, at most {@link MAX_FAULTS}. Empty: everything is valid. */
  faults: string[]
}

export type ChainHead = Head & Pick<SignedHead, 'kind' | 'id'>

export interface StoreCheckOptions {
  /** Called with the head of every valid log and stream. */
  onHead?: (head: ChainHead) => void
  /** Heads that this server has signed, and its key; each must be on the stored chain. */
  signed?: { heads: SignedHead[]; serverKey: Uint8Array }
}

const MAX_FAULTS = 100

/** Checks the file at `path`. Throws only if it cannot be opened or has another schema. */
export async function checkStore(path: string, options: StoreCheckOptions = {}): Promise<StoreReport> {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const version = schemaVersionOf(db)
    if (version !== SCHEMA_VERSION)
      throw new Error(
        `The file has schema ${version}, this program checks schema ${SCHEMA_VERSION}. Start the server once, which brings it up to date.`,
      )
    db.exec('BEGIN')
    return await new StoreCheck(db, options).run()
  } finally {
    db.close()
  }
}

class StoreCheck {
  readonly #db: DatabaseSync
  readonly #options: StoreCheckOptions
  readonly #faults: string[] = []
  readonly #accounts: LogStates<AccountState>
  readonly #control: LogStates<ControlState>
  /** The positions of the signed heads, as kind.id.n, whose h is compared. */
  readonly #wanted = new Set<string>()
  readonly #found = new Map<string, Uint8Array>()

  constructor(db: DatabaseSync, options: StoreCheckOptions) {
    this.#db = db
    this.#options = options
    const storage = { read: createReader(db) }
    this.#accounts = createAccountStates(storage)
    this.#control = createControlStates(storage, this.#accounts)
    for (const { kind, id, n } of options.signed?.heads ?? []) this.#wanted.add(positionOf(kind, id, n))
  }

  async run(): Promise<StoreReport> {
    this.#checkFile()
    const accounts = await this.#checkAccounts()
    const vaults = await this.#checkVaults()
    const { streams, entries } = await this.#checkStreams()
    for (const fault of checkAuditTrees(this.#db, createReader(this.#db))) this.#fault(fault)
    const blobs = await this.#checkBlobs()
    await this.#checkSigned()
    return {
      accounts,
      vaults,
      streams,
      entries,
      blobs,
      chunks: this.#count('SELECT count(*) AS count FROM chunks'),
      restored: createReader(this.#db).mark('restored') !== null,
      faults: this.#faults,
    }
  }

  #fault(text: string): void {
    if (this.#faults.length < MAX_FAULTS) this.#faults.push(text)
  }

  #count(sql: string): number {
    return Number(this.#db.prepare(sql).get()?.['count'] ?? 0)
  }

  #note({ kind, id, n, h }: ChainHead): void {
    const position = positionOf(kind, id, n)
    if (this.#wanted.has(position)) this.#found.set(position, h)
  }

  #noteChain(kind: SignedHead['kind'], id: Uint8Array, hashes: readonly Uint8Array[], first: number): void {
    for (const [index, h] of hashes.entries()) this.#note({ kind, id, n: index + first, h })
  }

  #checkFile(): void {
    for (const row of this.#db.prepare('PRAGMA integrity_check(20)').all()) {
      const text = String(row['integrity_check'])
      if (text !== 'ok') this.#fault(`the file is damaged: ${text}`)
    }
    const orphans = this.#db.prepare('PRAGMA foreign_key_check').all().length
    if (orphans > 0) this.#fault(`${orphans} rows belong to a stream that is not there`)
  }

  async #checkAccounts(): Promise<number> {
    const rows = this.#db.prepare('SELECT account, min(rowid) AS row FROM account_entries GROUP BY account').all()
    const firstEntry = this.#db.prepare('SELECT body FROM account_entries WHERE account = ? ORDER BY n LIMIT 1')
    for (const { account, row } of rows) {
      const id = account as Uint8Array
      const name = `account log at row ${String(row)}`
      if (!equalBytes(accountIdOf(firstEntry.get(id)!['body'] as Uint8Array), id))
        this.#fault(`${name} belongs to another account`)
      const state = await load(this.#accounts, id)
      if (state === null) {
        this.#fault(`${name} does not hold from its first entry on`)
        continue
      }
      this.#noteChain('account', id, state.hashes, 1)
      this.#options.onHead?.({ kind: 'account', id, ...accountHead(state) })
    }
    const lost = this.#count(
      'SELECT count(*) AS count FROM lookups WHERE account NOT IN (SELECT account FROM account_entries)',
    )
    if (lost > 0) this.#fault(`${lost} recovery lookups lead to an account that is not there`)
    return rows.length
  }

  async #checkVaults(): Promise<number> {
    const rows = this.#db.prepare('SELECT vault, min(rowid) AS row FROM control_entries GROUP BY vault').all()
    for (const { vault, row } of rows) {
      const id = vault as Uint8Array
      const state = await load(this.#control, id)
      if (state === null) {
        this.#fault(`control log at row ${String(row)} does not hold from its first entry on`)
        continue
      }
      this.#noteChain('control', id, state.hashes, 1)
      this.#options.onHead?.({ kind: 'control', id, ...controlHead(state) })
      const missing = missingLeaves(this.#db, createReader(this.#db), state)
      if (missing > 0)
        this.#fault(`${missing} audit entries of the vault at row ${String(row)} are no leaf of its tree`)
    }
    return rows.length
  }

  async #checkStreams(): Promise<{ streams: number; entries: number }> {
    const rows = this.#db.prepare('SELECT id, vault, stream, n, h FROM streams ORDER BY id').all()
    let entries = 0
    for (const row of rows) {
      const [vault, stream] = [row['vault'] as Uint8Array, row['stream'] as Uint8Array]
      const name = `stream ${String(row['id'])}`
      const control = await load(this.#control, vault)
      if (control === null || !control.streams.has(idText(stream))) this.#fault(`${name} is in no control log`)
      const state = emptyStream(vault, stream)
      if (await this.#walk(Number(row['id']), name, state)) {
        this.#noteChain('stream', stream, state.hashes, 0)
        this.#options.onHead?.({ kind: 'stream', id: stream, ...streamHead(state) })
        if (state.n !== Number(row['n']) || !equalBytes(state.h, row['h'] as Uint8Array))
          this.#fault(`${name} ends at entry ${state.n}, its head says ${String(row['n'])}`)
        this.#checkTails(Number(row['id']), name, state)
      }
      entries += state.n
    }
    return { streams: rows.length, entries }
  }

  /** Walks one stream; false if it stops at a fault. */
  async #walk(id: number, name: string, state: StreamState): Promise<boolean> {
    const verifier = new BatchVerifier()
    const open = new Set<string>()
    const count = (table: string) =>
      Number(this.#db.prepare(`SELECT count(*) AS count FROM ${table} WHERE stream = ?`).get(id)!['count'])
    const isDoc = this.#db.prepare('SELECT n FROM entry_docs WHERE stream = ? AND doc = ? AND n = ?')
    const isClosed = this.#db.prepare('SELECT n FROM closed_entries WHERE stream = ? AND n = ?')
    let closed = 0
    const rows = this.#db
      .prepare('SELECT first, last, facts, entries FROM entry_runs WHERE stream = ? ORDER BY first')
      .iterate(id)
    for (const row of rows) {
      const run = soundRun(row)
      if (run === null) {
        this.#fault(`${name}, entry ${String(row['first'])}: the run is damaged`)
        return false
      }
      for (let n = run.first; n <= run.last; n += 1) {
        const place = `${name}, entry ${n}`
        const entry = decodeAs(StreamEntry, run.frameOf(n))
        if (entry === null) {
          this.#fault(`${place}: the entry is damaged`)
          return false
        }
        if ((entry.body === null) !== (entry.outcome === 'void')) {
          this.#fault(`${place}: an envelope without its body`)
          return false
        }
        const stepped = stepStream(state, entry)
        if ('type' in stepped) {
          this.#fault(`${place}: the chain breaks (${stepped.fault})`)
          return false
        }
        const { doc } = stepped.header
        if (!holdsFacts(run, entry, stepped) || isDoc.get(id, doc, n) === undefined)
          this.#fault(`${place}: what stands beside it differs from what the envelope says`)
        if (isClosed.get(id, n) !== undefined) closed += 1
        else if (entry.outcome !== 'void') open.add(idText(stepped.hash))
        if (entry.outcome !== 'void' && !(await this.#isSigned(stepped, entry.proof, verifier)))
          this.#fault(`${place}: the signature does not hold`)
      }
    }
    const shouldBeOpen = [...state.records.values()].flatMap(({ current, conflicts }) => [
      ...(current === null ? [] : [idText(current.hash)]),
      ...conflicts.keys(),
    ])
    const isTold = shouldBeOpen.length === open.size && shouldBeOpen.every((hash) => open.has(hash))
    if (!isTold || closed !== count('closed_entries'))
      this.#fault(`${name}: which envelopes are open differs from what the stream says`)
    if (count('entry_docs') !== state.n) this.#fault(`${name}: its records name entries that are not there`)
    if (count('bodiless_entries') > 0) this.#fault(`${name}: a body that is there counts as missing`)
    return true
  }

  async #isSigned(
    stepped: Exclude<ReturnType<typeof stepStream>, { type: 'fault' }>,
    proof: BatchProof | null,
    verifier: BatchVerifier,
  ): Promise<boolean> {
    const { header, hash } = stepped
    const author = await load(this.#accounts, header.account)
    const device = author === null ? null : deviceLiveAt(author, header.device, header.accountLog.n)
    return proof !== null && device !== null && verifier.verify(hash, header, proof, device.sign)
  }

  #checkTails(id: number, name: string, state: StreamState): void {
    const rows = this.#db.prepare('SELECT device, seq, previous, voids FROM devices WHERE stream = ?').all(id)
    const holds = rows.every((row) => {
      const tail = state.devices.get(idText(row['device'] as Uint8Array))
      if (tail === undefined || tail.seq !== row['seq'] || tail.voids !== row['voids']) return false
      return equalBytes(tail.previous, row['previous'] as Uint8Array)
    })
    if (!holds || rows.length !== state.devices.size)
      this.#fault(`${name}: where its devices stand differs from the stream`)
  }

  /** Every blob must match its uploader's statement, and every chunk its hash. */
  async #checkBlobs(): Promise<number> {
    const read = createReader(this.#db)
    const rows = this.#db.prepare('SELECT rowid AS row, vault, stream, blob FROM blobs').all()
    for (const { row: number, ...place } of rows) {
      const [vault, stream, blob] = [place['vault'], place['stream'], place['blob']] as Uint8Array[]
      const name = `file at row ${String(number)}`
      const row = read.blobOf(vault!, stream!, blob!)!
      const control = await load(this.#control, vault!)
      if (control === null || !control.streams.has(idText(stream!))) this.#fault(`${name} is in no control log`)
      if (!isSoundBlob(row)) this.#fault(`${name}: hashes, size and what was signed do not belong together`)
      else if (!(await this.#isSignedBlob(row))) this.#fault(`${name}: the signature does not hold`)
      else await this.#checkChunks(name, row, read, [vault!, stream!, blob!])
    }
    const lost = this.#count(
      'SELECT count(*) AS count FROM chunks WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE blobs.vault = chunks.vault AND blobs.stream = chunks.stream AND blobs.blob = chunks.blob)',
    )
    if (lost > 0) this.#fault(`${lost} chunks belong to a file that is not there`)
    return rows.length
  }

  async #isSignedBlob({ signed }: StoredBlob): Promise<boolean> {
    const body = signed === null ? null : decodeAs(BlobBody, signed.body)
    if (signed === null || body === null) return signed === null
    const author = await load(this.#accounts, body.account)
    return author !== null && (await judgeBlobStatement(signed, body, author)) === 'ok'
  }

  async #checkChunks(
    name: string,
    { total, size, signed, isComplete }: StoredBlob,
    read: StorageReader,
    [vault, stream, blob]: [Uint8Array, Uint8Array, Uint8Array],
  ): Promise<void> {
    const present = read.chunksOf(vault, stream, blob)
    if (isComplete !== (present.length === total)) this.#fault(`${name}: whether it is whole is told wrongly`)
    for (const index of present) {
      const bytes = read.chunk(vault, stream, blob, index)!
      const holds =
        signed === null ||
        (index < total &&
          bytes.length === sealedChunkLength(size, index) &&
          equalBytes(await sha256OfMuch(bytes), hashAt(signed.hashes, index)))
      if (!holds) this.#fault(`${name}: chunk ${index} is not the one that was signed`)
    }
  }

  async #checkSigned(): Promise<void> {
    const { signed } = this.#options
    if (signed === undefined) return
    for (const head of signed.heads) {
      if (!(await verifyHead(head, signed.serverKey))) {
        this.#fault(`a kept head of kind ${head.kind} at ${head.n} is not signed by the server's key`)
        continue
      }
      const h = this.#found.get(positionOf(head.kind, head.id, head.n))
      if (h === undefined || !equalBytes(h, head.h))
        this.#fault(`the server has signed a ${head.kind} head at ${head.n} that is not on the stored chain`)
    }
  }
}

/** A run whose rows cover exactly its bytes; null otherwise. */
function soundRun(row: Record<string, unknown>): EntryRun | null {
  const [facts, entries] = [row['facts'] as Uint8Array, row['entries'] as Uint8Array]
  if (facts.length === 0 || facts.length % FACT_LENGTH !== 0) return null
  const run = new EntryRun(Number(row['first']), facts, entries)
  if (run.last !== row['last']) return null
  for (let n = run.first; n <= run.last; n += 1) {
    const { start, end } = run.placeOf(n)
    if (start >= end || end > entries.length) return null
  }
  return run.placeOf(run.last).end === entries.length ? run : null
}

/** Whether the row of an entry agrees with the entry and its chain. */
function holdsFacts(run: EntryRun, entry: StreamEntry, { n, hash, h }: SteppedEntry): boolean {
  const proof = entry.proof === null ? null : encodeMessage(entry.proof)
  const { facts } = packRun([{ ...entry, n, hash, h, proof }])
  const row = run.facts.slice((n - run.first) * FACT_LENGTH, (n - run.first + 1) * FACT_LENGTH)
  // The first four bytes, where the entry ends, count from the beginning of the run.
  return equalBytes(facts.subarray(4), row.subarray(4))
}

function positionOf(kind: SignedHead['kind'], id: Uint8Array, n: number): string {
  return `${kind}.${idText(id)}.${n}`
}

/** The state of a log; null if the log is invalid. */
async function load<S>(states: LogStates<S>, id: Uint8Array): Promise<S | null> {
  try {
    return await states.load(id)
  } catch {
    return null
  }
}
