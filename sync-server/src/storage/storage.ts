/**
 * The storage port (H4): what the server keeps, and nothing else: logs as posted, envelopes as pushed with their place in the
 * stream, sealed chunks. Adapters know no rule of the protocol. One contract suite holds them all: test/contract/server-storage.ts.
 */
import type { ControlEntry, Head, SignedEntry } from '@chartkeep/protocol'
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

/** An envelope with its place in the stream. */
export interface StoredEnvelope extends RunEntry {
  /** True while it is its record's current envelope or an open conflict: a pull then carries the body (S4). */
  open: boolean
}

/** What is asked of the envelopes of a record to judge the next one: not what they hold, for a record can have gigabytes of that. */
export type RecordEntry = Pick<StoredEnvelope, 'n' | 'outcome' | 'hash' | 'header' | 'open'>

/** Where a device stands in a stream: its last number and envelope, and how many of its last ones are void. */
export interface DeviceTail {
  seq: number
  previous: Uint8Array
  voids: number
}

/**
 * What the server keeps of itself. `head-time`: the newest time of its line. `clock-accepted`: the operator has said at that time that the
 * machine's clock is right (H8). `restored`: it lost data, and takes them back (S9). `tokens-since`: when everybody was signed out last (H10).
 */
export type MarkName = 'head-time' | 'clock-accepted' | 'restored' | 'tokens-since'

/** What is asked of the entries of streams. */
export interface EntryReader {
  envelopeAt(vault: Uint8Array, stream: Uint8Array, n: number): StoredEnvelope | null
  /** h_n of the stream; null when it is not that long, and for n = 0. */
  hashAt(vault: Uint8Array, stream: Uint8Array, n: number): Uint8Array | null
  /** An envelope of a record. */
  envelopeByHash(vault: Uint8Array, stream: Uint8Array, doc: Uint8Array, hash: Uint8Array): StoredEnvelope | null
  /** Whether the stream has all of them, in whichever record. Looks through hashes, the newest first, until it has found them. */
  hasEnvelopes(vault: Uint8Array, stream: Uint8Array, hashes: readonly Uint8Array[]): boolean
  /** All envelopes of one record in order, without their bodies. */
  envelopesOfDoc(vault: Uint8Array, stream: Uint8Array, doc: Uint8Array): readonly RecordEntry[]
  /** Which of these records the stream has: ids of 16 bytes one after another; answered by their places, ascending. */
  knownDocs(vault: Uint8Array, stream: Uint8Array, docs: Uint8Array): number[]
  /** Hash of the record's current envelope, null when it has none. */
  currentOf(vault: Uint8Array, stream: Uint8Array, doc: Uint8Array): Uint8Array | null
  /** Envelopes after `after` in order, read bit by bit; bodies and proofs only of open ones. */
  envelopesAfter(vault: Uint8Array, stream: Uint8Array, after: number): Iterable<StoredEnvelope>
  /** The same as they are stored, by runs, the first of which may begin earlier; `closed`: numbers that are not open. */
  runsAfter(vault: Uint8Array, stream: Uint8Array, after: number): Iterable<{ run: EntryRun; closed: Set<number> }>
  /** Numbers of envelopes that are no `void` and have no body (S9); those first that a pull would bring. */
  missingBodies(vault: Uint8Array, stream: Uint8Array, limit: number): number[]
}

export interface EntryWriter {
  /**
   * Stores the next envelopes of a stream, all of one device, in order: moves the stream's head and the device's tail, and marks the
   * envelopes in `closes` as no longer open.
   */
  addEnvelopes(
    vault: Uint8Array,
    stream: Uint8Array,
    next: readonly NextEnvelope[],
    device: { id: Uint8Array; tail: DeviceTail },
  ): void
  /** Stores the next entries of a stream, all `current`, of one device, each of a record that is new; `docs` as in `knownDocs`. */
  addRuns(
    vault: Uint8Array,
    stream: Uint8Array,
    runs: readonly EntryRun[],
    docs: Uint8Array,
    device: { id: Uint8Array; tail: DeviceTail },
  ): void
  /** Gives an envelope the body and the proof that it came back without (S9). */
  addBody(vault: Uint8Array, stream: Uint8Array, n: number, body: Uint8Array, proof: Uint8Array): void
}

/** Reads see durable state only; a reader inside a write job also sees what its transaction wrote. All calls are synchronous. */
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
  /** Vaults whose control log names the account as owner or grantee, oldest first: where to look, never what is allowed. */
  vaultsOf(account: Uint8Array): Uint8Array[]
  /** The head of a stream; null when nothing was stored in it. */
  streamHead(vault: Uint8Array, stream: Uint8Array): Head | null
  deviceTail(vault: Uint8Array, stream: Uint8Array, device: Uint8Array): DeviceTail | null
  /** Bytes and entries that a payer has stored, for its quota (S8): an account, or a grant for what its grantee writes. */
  bytesOf(payer: Uint8Array): number
  entriesOf(payer: Uint8Array): number
  /** When the open invitation with this hash ends, in milliseconds since 1970; null when there is none. */
  invite(hash: Uint8Array): number | null
  mark(name: MarkName): string | null
  /** The days that the server has lived through, in order (H8). */
  serverDays(): ServerDay[]
}

/** An envelope to store, its record, and the numbers of those of the record that it supersedes or takes in. */
export interface NextEnvelope {
  envelope: StoredEnvelope
  doc: Uint8Array
  closes: readonly number[]
}

/** One transaction, shared by the jobs that run in it. */
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
  /** Forgets an account that waited: its log, its lookup, its place in the queue. */
  dropAccount(account: Uint8Array): void
  addInvite(hash: Uint8Array, expires: number): void
  dropInvite(hash: Uint8Array): void
  setMark(name: MarkName, value: string | null): void
  /** Keeps a nonce until a time, and forgets those whose time is over; false where it is kept already (H10). Milliseconds since 1970. */
  spendNonce(nonce: Uint8Array, until: number, now: number): boolean
  setServerDay(day: ServerDay): void
  /**
   * H8: the operator has accepted the clock `to`, earlier by `by` milliseconds than the line was. What was noted later than `to`, to be removed or
   * to end in its time, moves back with it.
   */
  putBackTimes(to: number, by: number): void
  /** Runs `then` right after the commit, before the job's promise resolves. Dropped when the job throws or the commit fails. */
  afterCommit(then: () => void): void
}

export interface Storage {
  /** Durable state only. */
  readonly read: StorageReader
  /**
   * Runs `job` in the write transaction; jobs run one after the other and share commits (S3). Resolves once what the job wrote is
   * durable. A job that throws leaves nothing behind and rejects; the jobs beside it are not touched. `kind` (H7): growth unless told
   * otherwise; relief is also written where there is no room for growth, and its job may run more than once.
   */
  write<T>(job: (tx: StorageWriter) => Promise<T> | T, kind?: WriteKind): Promise<T>
  /** Waits for the jobs under way, then closes. Later writes reject. */
  close(): Promise<void>
}
