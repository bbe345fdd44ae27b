/**
 * Sealed chunks of files (B1, B4), bound to (vault, stream, blob): the right to append writes them, the right to read reads them.
 * Rows of the one file (H4), durable with the same commits as envelopes; a chunk never changes once it is stored.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import {
  APPEND,
  BLOB_CHUNK_BYTES,
  deviceLiveAt,
  idText,
  MAX_BLOB_CHUNKS,
  READ,
  syncError,
  type AccountState,
  type ControlState,
  type SyncError,
} from '@chartkeep/protocol'
import { accessOf } from './access.ts'
import { charge, type ServerLimits } from './limits.ts'
import type { LogStates } from './log-states.ts'
import type { Clock } from './ports.ts'
import type { ServerSession, Sessions } from './sessions.ts'
import type { Storage } from './storage.ts'

export interface BlobsOptions {
  storage: Storage
  accounts: LogStates<AccountState>
  control: LogStates<ControlState>
  sessions: Sessions
  clock: Clock
  limits: ServerLimits
}

/** Where a chunk belongs; `index` counts from 0. */
export interface ChunkPlace {
  vault: Uint8Array
  stream: Uint8Array
  blob: Uint8Array
  index: number
}

export interface Blobs {
  /** Stores one of `total` sealed chunks; the same bytes again are welcome, others are `refused`. Null once durable. */
  put(session: ServerSession, place: ChunkPlace, total: number, chunk: Uint8Array): Promise<null | SyncError>
  get(session: ServerSession, place: ChunkPlace): Promise<{ chunk: Uint8Array; total: number } | SyncError>
}

export function createBlobs(options: BlobsOptions): Blobs {
  const { storage, accounts, control: states, sessions, clock, limits } = options

  return {
    async put(session, { vault, stream, blob, index }, total, chunk) {
      if (chunk.length > BLOB_CHUNK_BYTES || total > MAX_BLOB_CHUNKS) return syncError('too-large')
      if (total === 0 || index >= total || chunk.length === 0) return syncError('bad-request')
      return storage.write(async (tx) => {
        const control = await states.loadIn(tx, vault)
        const author = await accounts.loadIn(tx, session.account)
        if (!sessions.holds(session) || author === null || deviceLiveAt(author, session.device, author.n) === null)
          return syncError('unauthenticated')
        const access = control === null ? null : accessOf(control, session, clock.now())
        const rights = access?.rightsOn(stream) ?? 0
        if (control === null || access === null || rights === 0) return syncError('not-found')
        if ((rights & APPEND) === 0) return syncError('no-right')
        if (control.streams.get(idText(stream))!.appendOnly) return syncError('append-only')

        const begun = tx.blobOf(vault, stream, blob)
        if (begun !== null && (begun.total !== total || !equalBytes(begun.account, session.account)))
          return syncError('refused')
        const known = begun === null ? null : tx.chunk(vault, stream, blob, index)
        if (known !== null) return equalBytes(known.bytes, chunk) ? null : syncError('refused')
        const refused = charge(tx, access.payersOn(stream), { bytes: chunk.length, entries: 0 }, limits)
        if (refused !== null) return refused
        tx.addChunk(vault, stream, blob, index, { account: session.account, total, bytes: chunk })
        return null
      })
    },

    async get(session, { vault, stream, blob, index }) {
      let control = states.peek(vault)
      for (; control === undefined; control = states.peek(vault)) await states.load(vault)
      if (!sessions.holds(session)) return syncError('unauthenticated')
      const access = control === null ? null : accessOf(control, session, clock.now())
      if (access === null || (access.rightsOn(stream) & READ) === 0) return syncError('not-found')
      const found = storage.read.chunk(vault, stream, blob, index)
      return found === null ? syncError('not-found') : { chunk: found.bytes, total: found.total }
    },
  }
}
