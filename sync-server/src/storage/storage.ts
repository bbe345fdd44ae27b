/**
 * The storage port (H4): the logs as posted, the envelopes as pushed with their position in the stream, the sealed
 * chunks. Adapters know no protocol rule. One contract suite covers them all: test/contract/server-storage.ts.
 */
import type { Head } from '@chartkeep/protocol'
import type { ControlEntry } from '@chartkeep/protocol/control'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import type { AdmissionReader, AdmissionWriter } from './admission-storage.ts'
import type { AuditReader, AuditWriter } from './audit-storage.ts'
import type { BlobReader, BlobWriter } from './blob-storage.ts'
import type { DepartureReader, DepartureWriter } from './departure-storage.ts'
import type { WriteKind } from '../guard/disk-room.ts'
import type { EmergencyReader, EmergencyWriter } from './emergency-storage.ts'
import type { EntryRun, RunEntry } from './entry-run.ts'
import type { LateReader, LateWriter } from './quarantine-storage.ts'
import type { RefillReader, RefillWriter } from './reseed-storage.ts'
import type { ServerDay } from '../time/server-days.ts'

/** An envelope with its position in the stream. */
export interface StoredEnvelope extends RunEntry {
  /** True while it is the current envelope of its record or an open conflict; a pull then includes the body (S4). */
  open: boolean
}

/**
 * What the server needs of a record's envelopes to judge the next one. Without bodies, because a record can have
 * gigabytes of them.
 */
export type RecordEntry = Pick<StoredEnvelope, 'n' | 'outcome' | 'hash' | 'header' | 'open'>

/**
 * The end of a device's sequence in a stream: its last number and envelope, and how many of its last envelopes are
 * void.
 */
export interface DeviceTail {
  seq: number
  previous: Uint8Array
  voids: number
}

/**
 * Facts about the server itself. `head-time`: the newest time that it signed. `clock-accepted`: when the operator
 * confirmed the machine's clock (H8). `restored`: the server lost data and accepts it back from devices (S9).
 * `tokens-since`: when all sessions were last ended (H10).
 */
export type MarkName = 'head-time' | 'clock-accepted' | 'restored' | 'tokens-since'

/** Queries about the entries of streams. */
export interface EntryReader {
  envelopeAt(vault: Uint8Array, stream: Uint8Array, n: number): StoredEnvelope | null
  /** h_n of the stream; null for n = 0 and beyond its end. */
  hashAt(vault: Uint8Array, stream: Uint8Array, n: number): Uint8Array | null
  /** An envelope of a record. */
  envelopeByHash(vault: Uint8Array, stream: Uint8Array, doc: Uint8Array, hash: Uint8Array): StoredEnvelope | null
  /**
   * Whether the stream has all of these envelopes, in any record. Scans hashes from the newest until it has found
   * them.
   */
  hasEnvelopes(vault: Uint8Array, stream: Uint8Array, hashes: readonly Uint8Array[]): boolean
  /** All envelopes of one record, in order, without bodies. */
  envelopesOfDoc(vault: Uint8Array, stream: Uint8Array, doc: Uint8Array): readonly RecordEntry[]
  /** Which of these records the stream has. Takes concatenated ids of 16 bytes; returns their indexes, ascending. */
  knownDocs(vault: Uint8Array, stream: Uint8Array, docs: Uint8Array): number[]
  /** Hash of the record's current envelope; null if it has none. */
  currentOf(vault: Uint8Array, stream: Uint8Array, doc: Uint8Array): Uint8Array | null
  /** Envelopes after `after` in order, read lazily; bodies and proofs only of open ones. */
  envelopesAfter(vault: Uint8Array, stream: Uint8Array, after: number): Iterable<StoredEnvelope>
  /** The same as stored, by runs; the first run may begin earlier. `closed`: numbers of envelopes that are not open. */
  runsAfter(vault: Uint8Array, stream: Uint8Array, after: number): Iterable<{ run: EntryRun; closed: Set<number> }>
  /** Numbers of envelopes that are not `void` and have no body (S9); those that a pull includes come first. */
  missingBodies(vault: Uint8Array, stream: Uint8Array, limit: number): number[]
}

export interface EntryWriter {
  /**
   * Stores the next envelopes of a stream, in order, all by one device. Moves the stream's head and the device's tail,
   * and closes the envelopes in `closes`.
   */
  addEnvelopes(
    vault: Uint8Array,
    stream: Uint8Array,
    next: readonly NextEnvelope[],
    device: { id: Uint8Array; tail: DeviceTail },
  ): void
  /**
   * Stores the next entries of a stream, all `current`, all by one device, each of a new record; `docs` as in
   * `knownDocs`.
   */
  addRuns(
    vault: Uint8Array,
    stream: Uint8Array,
    runs: readonly EntryRun[],
    docs: Uint8Array,
    device: { id: Uint8Array; tail: DeviceTail },
  ): void
  /** Adds the body and proof of an envelope that was restored without them (S9). */
  addBody(vault: Uint8Array, stream: Uint8Array, n: number, body: Uint8Array, proof: Uint8Array): void
}

/**
 * Readers see only durable state; a reader inside a write job also sees what its transaction wrote. All calls are
 * synchronous.
 */
export interface StorageReader
  extends
    AdmissionReader,
    AuditReader,
    BlobReader,
    DepartureReader,
    EmergencyReader,
    EntryReader,
    LateReader,
    RefillReader {
  accountLength(account: Uint8Array): number
  /** Entries after position `after`, in order. */
  accountEntries(account: Uint8Array, after: number, limit: number): SignedEntry[]
  /** The account that registered this recovery lookup id (K7). */
  accountOfLookup(lookup: Uint8Array): Uint8Array | null
  controlLength(vault: Uint8Array): number
  controlEntries(vault: Uint8Array, after: number, limit: number): ControlEntry[]
  /**
   * Vaults whose control log names the account as owner or grantee, oldest first. Says where to look, not what is
   * allowed.
   */
  vaultsOf(account: Uint8Array): Uint8Array[]
  /** The head of a stream; null if it is empty. */
  streamHead(vault: Uint8Array, stream: Uint8Array): Head | null
  deviceTail(vault: Uint8Array, stream: Uint8Array, device: Uint8Array): DeviceTail | null
  /**
   * Bytes and entries that a payer has stored, for its quota (S8). The payer is an account, or a grant for what its
   * grantee writes.
   */
  bytesOf(payer: Uint8Array): number
  entriesOf(payer: Uint8Array): number
  /** When the open invitation with this hash expires, in milliseconds since 1970; null if there is none. */
  invite(hash: Uint8Array): number | null
  mark(name: MarkName): string | null
  /** The days that the server has counted, in order (H8). */
  serverDays(): ServerDay[]
}

/** An envelope to store, its record, and the numbers of the record's envelopes that it supersedes or merges. */
export interface NextEnvelope {
  envelope: StoredEnvelope
  doc: Uint8Array
  closes: readonly number[]
}

/** A transaction, shared by the jobs that run in it. */
export interface StorageWriter
  extends
    StorageReader,
    AdmissionWriter,
    AuditWriter,
    BlobWriter,
    DepartureWriter,
    EmergencyWriter,
    EntryWriter,
    LateWriter,
    RefillWriter {
  /** The same object for all jobs of one transaction. */
  readonly transaction: object
  addAccountEntry(account: Uint8Array, n: number, entry: SignedEntry): void
  addLookup(lookup: Uint8Array, account: Uint8Array): void
  addControlEntry(vault: Uint8Array, n: number, entry: ControlEntry): void
  addMember(account: Uint8Array, vault: Uint8Array): void
  addBytes(payer: Uint8Array, count: number): void
  addEntries(payer: Uint8Array, count: number): void
  /** Removes a waiting account: its log, its lookup, its place in the queue. */
  dropAccount(account: Uint8Array): void
  addInvite(hash: Uint8Array, expires: number): void
  dropInvite(hash: Uint8Array): void
  setMark(name: MarkName, value: string | null): void
  /**
   * Stores a nonce until a given time and removes expired ones; false if it is already stored (H10). Milliseconds
   * since 1970.
   */
  spendNonce(nonce: Uint8Array, until: number, now: number): boolean
  setServerDay(day: ServerDay): void
  /**
   * H8: the operator accepted a clock that reads `to`, `by` milliseconds earlier than the server's time. Expiry times
   * noted later than `to` move back with it.
   */
  putBackTimes(to: number, by: number): void
  /**
   * Runs `then` right after the commit, before the job's promise resolves. Skipped if the job throws or the commit
   * fails.
   */
  afterCommit(then: () => void): void
}

export interface Storage {
  /** Durable state only. */
  readonly read: StorageReader
  /**
   * Runs `job` in the write transaction. Jobs run one after another and share commits (S3). Resolves once the job's
   * writes are durable. A job that throws writes nothing and rejects; other jobs are not affected. `kind` (H7) is
   * growth by default; a relief job is also written where growth has no room, and may run more than once.
   */
  write<T>(job: (tx: StorageWriter) => Promise<T> | T, kind?: WriteKind): Promise<T>
  /** Waits for running jobs, then closes. Later writes reject. */
  close(): Promise<void>
}
