/** The sync machine's ports: server, clock, randomness and rows. All are passed in, so that the simulation can pass its own. */
import type { SyncError } from '@chartkeep/protocol'
import type { ControlEntry } from '@chartkeep/protocol/control'
import type { EmergencyPage, EmergencyReceipt, EmergencyEnd, EmergencyRequest } from '@chartkeep/protocol/emergency'
import type { Departure, DeparturePage, LateAnswer, LatePage } from '@chartkeep/protocol/ended'
import type {
  AccountLogPage,
  ControlLogPage,
  FetchAnswer,
  LogAnswer,
  PullAnswer,
  PullRequest,
  PushAnswer,
  ServerInfo,
  VaultList,
} from '@chartkeep/protocol/messages'
import type { BlobBegun, BlobInfo, BlobPost } from '@chartkeep/protocol/records'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import type { Envelope } from '@chartkeep/protocol/streams'
import type { CborValue } from '@chartkeep/crypto/encoding'
import type { AccountStoreCommit, StoredRecord, SyncRow } from '@chartkeep/store'

export interface Offline {
  type: 'offline'
}
/** Why a device does not answer a challenge: it names another key, or a server at another address (H1). */
export interface WrongServer {
  type: 'error'
  error: 'server-key' | 'audience'
}
/** The server's answer, its refusal, the device's own refusal, or no answer. */
export type Answer<T> = { type: 'ok'; value: T } | SyncError | WrongServer | Offline

/** The server as one signed-in device sees it. No method throws for anything that a network or a server can do. */
export interface ServerApi {
  info(): Promise<Answer<ServerInfo>>
  /** H2: `invite` is the code that the person typed; null where there is none. */
  register(entry: SignedEntry, invite: string | null): Promise<Answer<LogAnswer>>
  accountLog(account: Uint8Array, after: number): Promise<Answer<AccountLogPage>>
  postAccount(account: Uint8Array, entry: SignedEntry): Promise<Answer<LogAnswer>>
  vaults(): Promise<Answer<VaultList>>
  control(vault: Uint8Array, after: number): Promise<Answer<ControlLogPage>>
  postControl(vault: Uint8Array, entries: ControlEntry[]): Promise<Answer<LogAnswer>>
  push(vault: Uint8Array, envelopes: Envelope[]): Promise<Answer<PushAnswer>>
  pull(vault: Uint8Array, request: PullRequest): Promise<Answer<PullAnswer>>
  fetchBodies(vault: Uint8Array, stream: Uint8Array, numbers: number[]): Promise<Answer<FetchAnswer>>
  /** B4: begins or resumes an upload; the returned link puts the missing chunks. */
  beginBlob(vault: Uint8Array, post: BlobPost): Promise<Answer<BlobBegun>>
  /** B4: finds a file; the returned link gets its chunks. */
  findBlob(vault: Uint8Array, stream: Uint8Array, blob: Uint8Array): Promise<Answer<BlobInfo>>
  /** A call whose `signal` is aborted ends soon and answers `offline`. */
  putChunk(link: string, index: number, chunk: Uint8Array, signal?: AbortSignal): Promise<Answer<null>>
  getChunk(link: string, index: number, signal?: AbortSignal): Promise<Answer<Uint8Array>>
  depart(vault: Uint8Array, departure: Departure): Promise<Answer<null>>
  departures(vault: Uint8Array): Promise<Answer<DeparturePage>>
  /** C11: submits envelopes that no stream accepted before access ended. */
  submitLate(vault: Uint8Array, envelopes: Envelope[]): Promise<Answer<LateAnswer>>
  quarantineInbox(vault: Uint8Array, after: number): Promise<Answer<LatePage>>
  settleLate(vault: Uint8Array, hashes: Uint8Array[]): Promise<Answer<null>>
  /** C13: opens an emergency grant for this device. */
  openEmergency(vault: Uint8Array, request: EmergencyRequest): Promise<Answer<EmergencyReceipt>>
  /** C13: ends this device's opening; the server shows it nothing more. */
  endEmergency(vault: Uint8Array, end: EmergencyEnd): Promise<Answer<null>>
  emergencies(vault: Uint8Array, after: number): Promise<Answer<EmergencyPage>>
}

/** Error codes that do not concern the request itself: the server failed, or accepts no data for now (S9, H7). The device asks again. */
export const LATER: readonly string[] = ['server-error', 'refilling', 'server-full']

export interface Clock {
  /** Milliseconds since 1970 by this device's clock, which may be wrong. */
  now(): number
  /** Milliseconds of a clock that nobody sets, from an arbitrary start. Without it the server's time does not advance between contacts. */
  steady?(): number
}

export type RandomBytes = (length: number) => Uint8Array

/** The rows of one vault: records and sync rows, written together as one durable entry. */
export interface VaultRows {
  read(id: string): StoredRecord | null
  all(): StoredRecord[]
  get(table: string, key: string): CborValue | undefined
  table(table: string): ReadonlyMap<string, CborValue>
  /** Durable when it resolves; nothing changes when it rejects. */
  commit(change: {
    records?: StoredRecord[]
    remove?: string[]
    sync?: SyncRow[]
    durability?: 'strict' | 'relaxed'
    /** Removed rows must leave the disk too, tombstones included; if the disk refuses now, at the next opening. */
    erase?: boolean
  }): Promise<void>
}

export type AccountWrite = Pick<AccountStoreCommit, 'erase'> & { rows: SyncRow[] }

/** The rows of the account store. */
export interface AccountRows {
  get(table: string, key: string): CborValue | undefined
  table(table: string): ReadonlyMap<string, CborValue>
  /**
   * With `erase`, the rows' earlier values must leave the disk too; if the disk refuses now, at the next opening. A change that depends on
   * a row's value is passed as a function, which runs while no other write can come in between. Null writes nothing.
   */
  commit(rows: SyncRow[] | (() => AccountWrite | null), how?: { erase?: boolean }): Promise<void>
}
