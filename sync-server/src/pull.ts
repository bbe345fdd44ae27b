/** Pull and fetch (S4, C6): contiguous runs of many streams in one answer, shown by the rights that hold as the answer is made. */
import {
  bareEntry,
  BatchProof,
  decodeAs,
  idText,
  MAX_PULL_BYTES,
  READ,
  sameHead,
  streamStart,
  syncError,
} from '@chartkeep/protocol'
import type {
  ControlState,
  FetchAnswer,
  FetchRequest,
  Head,
  PullAnswer,
  PullRequest,
  SignedHead,
  StreamEntry,
  SyncError,
} from '@chartkeep/protocol'
import { accessOf } from './access.ts'
import type { HeadSigner } from './heads.ts'
import type { LogStates } from './log-states.ts'
import type { Clock } from './ports.ts'
import type { ServerSession, Sessions } from './sessions.ts'
import type { Storage, StoredEnvelope } from './storage.ts'

export interface PullOptions {
  storage: Storage
  control: LogStates<ControlState>
  sessions: Sessions
  signHead: HeadSigner
  clock: Clock
}

export interface Pull {
  /** Streams that the account may not read are left out; `not-found` when none is left. */
  pull(session: ServerSession, vault: Uint8Array, request: PullRequest): Promise<PullAnswer | SyncError>
  /** Entries with their bodies, in the order asked for, as many as fit; numbers that do not exist are left out. */
  fetch(session: ServerSession, vault: Uint8Array, request: FetchRequest): Promise<FetchAnswer | SyncError>
}

/** What an entry weighs besides its header and body: hashes, proof, framing. */
const ENTRY_OVERHEAD = 512
/** What a bare hash weighs. */
const BARE_WEIGHT = 128

function envelopeToEntry({ n, outcome, header, bodyHash, body, proof }: StoredEnvelope): StreamEntry {
  return { n, outcome, header, bodyHash, body, proof: proof === null ? null : decodeAs(BatchProof, proof) }
}

function weigh({ header, body }: StoredEnvelope): number {
  return header.length + (body?.length ?? 0) + ENTRY_OVERHEAD
}

export function createPull({ storage, control: states, sessions, signHead, clock }: PullOptions): Pull {
  /**
   * Up to which number a stream is shown as bare hashes (C3), null where it may not be read; a test that holds at this very moment. Null as
   * a whole when nothing of the vault may be read, undefined when it must load first.
   */
  function readable(
    session: ServerSession,
    vault: Uint8Array,
  ): ((stream: Uint8Array) => number | null) | null | undefined {
    const control = states.peek(vault)
    if (control === undefined) return undefined
    const access = control === null ? null : accessOf(control, session, clock.now())
    return access === null ? null : (stream) => ((access.rightsOn(stream) & READ) === 0 ? null : access.startOn(stream))
  }

  const headOf = (vault: Uint8Array, stream: Uint8Array): Head =>
    storage.read.streamHead(vault, stream) ?? { n: 0, h: streamStart(vault, stream) }

  return {
    async pull(session, vault, request) {
      const signed = new Map<string, SignedHead>()
      let may: ReturnType<typeof readable>
      for (;;) {
        may = readable(session, vault)
        for (; may === undefined; may = readable(session, vault)) await states.load(vault)
        if (!sessions.holds(session)) return syncError('unauthenticated')
        if (may === null) return syncError('not-found')
        const moved = request.streams.filter(({ stream }) => {
          const head = signed.get(idText(stream))
          return may!(stream) !== null && (head === undefined || !sameHead(head, headOf(vault, stream)))
        })
        // With nothing left to sign nothing waits any more: rights, heads and bodies of the answer are those of one moment.
        if (moved.length === 0) break
        for (const { stream } of moved)
          signed.set(idText(stream), await signHead('stream', stream, headOf(vault, stream)))
      }
      let budget = Math.min(request.budget, MAX_PULL_BYTES - 64 * 1024)
      let empty = true
      const streams: PullAnswer['streams'] = []
      for (const { stream, after } of request.streams) {
        const head = signed.get(idText(stream))
        const start = head === undefined ? null : may(stream)
        if (head === undefined || start === null) continue
        const entries: StreamEntry[] = []
        if (after < head.n && (budget > 0 || empty)) {
          for (const envelope of storage.read.envelopesAfter(vault, stream, after)) {
            const isBare = envelope.n <= start
            const weight = isBare ? BARE_WEIGHT : weigh(envelope)
            if (envelope.n > head.n || (weight > budget && !empty)) break
            entries.push(isBare ? bareEntry(envelope.n, envelope.outcome, envelope.hash) : envelopeToEntry(envelope))
            budget -= weight
            empty = false
          }
        }
        streams.push({ stream, entries, head })
      }
      return streams.length === 0 && request.streams.length > 0 ? syncError('not-found') : { streams }
    },

    async fetch(session, vault, { stream, numbers }) {
      let may = readable(session, vault)
      for (; may === undefined; may = readable(session, vault)) await states.load(vault)
      if (!sessions.holds(session)) return syncError('unauthenticated')
      const start = may === null ? null : may(stream)
      if (start === null) return syncError('not-found')
      const entries: StreamEntry[] = []
      let budget = MAX_PULL_BYTES - 64 * 1024
      for (const n of numbers) {
        const envelope = storage.read.envelopeAt(vault, stream, n)
        if (envelope === null || n <= start) continue
        budget -= weigh(envelope)
        if (budget < 0 && entries.length > 0) break
        entries.push(envelopeToEntry(envelope))
      }
      return { entries }
    },
  }
}
