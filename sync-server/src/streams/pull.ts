/**
 * Pull and fetch (S4, C6): contiguous runs of many streams in one answer, shown by the rights at the moment that the
 * answer is made.
 */
import { decodeAs, encodeMessage, idText, MAX_PULL_BYTES, READ, sameHead, syncError } from '@chartkeep/protocol'
import { bareEntry, BatchProof, streamStart } from '@chartkeep/protocol/streams'
import type { Head, SyncError } from '@chartkeep/protocol'
import type { AccessEntry } from '@chartkeep/protocol/audit'
import type { ControlState } from '@chartkeep/protocol/control'
import type { FetchAnswer, FetchRequest, PullRequest } from '@chartkeep/protocol/messages'
import type { SignedHead, StreamEntry } from '@chartkeep/protocol/streams'
import { accessOf } from '../access/access.ts'
import { encodePull, type EncodedAnswer, type PulledStream } from '../storage/answer-writer.ts'
import { bodilessFrame, type EntryRun } from '../storage/entry-run.ts'
import type { HeadSigner } from '../signing/heads.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import { release } from '../storage/transfer-buffer.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { Storage, StorageReader, StoredEnvelope } from '../storage/storage.ts'

export interface PullOptions {
  storage: Storage
  control: LogStates<ControlState>
  sessions: Sessions
  signHead: HeadSigner
  clock: Clock
}

/** A {@link PullAnswer} encoded for the wire, and what the access log notes of it. */
export interface Pulled {
  answer: EncodedAnswer
  streams: AccessEntry['streams']
  bytes: number
}

export interface Pull {
  /** Leaves out streams that the account may not read; `not-found` if none remains. */
  pull(session: ServerSession, vault: Uint8Array, request: PullRequest): Promise<Pulled | SyncError>
  /**
   * As many of the requested entries as fit, with bodies, in the requested order; leaves out numbers that do not
   * exist.
   */
  fetch(session: ServerSession, vault: Uint8Array, request: FetchRequest): Promise<FetchAnswer | SyncError>
}

/** The size that an entry adds besides header and body: hashes, proof, framing. */
const ENTRY_OVERHEAD = 512
/** The size that a bare hash adds. */
const BARE_WEIGHT = 128

function envelopeToEntry({ n, outcome, header, bodyHash, body, proof }: StoredEnvelope): StreamEntry {
  return { n, outcome, header, bodyHash, body, proof: proof === null ? null : decodeAs(BatchProof, proof) }
}

/** The entries of one stream for an answer: their bytes, how many, and the last number. */
interface Page {
  frames: Uint8Array[]
  count: number
  last: number
  /** Bytes of headers and bodies. */
  bytes: number
  /** The runs that the frames are views of. */
  runs: EntryRun[]
}

/** The remaining room in an answer; the first entry is always included, whatever its size. */
interface Room {
  budget: number
  empty: boolean
}

/**
 * Reads entries after `after` up to `head`, as many as fit; up to `start` as bare hashes. Whole runs are sent as they
 * are stored.
 */
function readPage(
  runs: ReturnType<StorageReader['runsAfter']>,
  { after, head, start }: { after: number; head: number; start: number },
  room: Room,
): Page {
  const page: Page = { frames: [], count: 0, last: after, bytes: 0, runs: [] }
  for (const { run, closed } of runs) {
    page.runs.push(run)
    let stretch: { start: number; end: number } | null = null
    const endStretch = () => {
      if (stretch !== null) page.frames.push(run.entries.subarray(stretch.start, stretch.end))
      stretch = null
    }
    for (let n = Math.max(run.first, after + 1); n <= run.last; n += 1) {
      const isBare = n <= start
      const whole = run.weightOf(n)
      const size = isBare ? 0 : whole.header + (closed.has(n) ? 0 : whole.body)
      const weight = isBare ? BARE_WEIGHT : size + ENTRY_OVERHEAD
      if (n > head || (weight > room.budget && !room.empty)) {
        endStretch()
        return page
      }
      if (isBare || closed.has(n)) {
        endStretch()
        page.frames.push(
          isBare ? encodeMessage(bareEntry(n, run.outcomeOf(n), run.hashOf(n))) : bodilessFrame(run.entryOf(n)),
        )
      } else {
        const place = run.placeOf(n)
        stretch = { start: stretch === null ? place.start : (stretch as { start: number }).start, end: place.end }
      }
      room.budget -= weight
      room.empty = false
      page.count += 1
      page.last = n
      page.bytes += size
    }
    endStretch()
  }
  return page
}

export function createPull({ storage, control: states, sessions, signHead, clock }: PullOptions): Pull {
  /**
   * Up to which number a stream is shown as bare hashes (C3); null if the device may not read it. The returned
   * function checks at the moment of the call. Null instead of a function if the device may read nothing in the vault;
   * undefined if a log must be loaded first.
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
        // With nothing left to sign there is no further await: rights, heads and bodies of the answer are from one
        // moment.
        if (moved.length === 0) break
        for (const { stream } of moved)
          signed.set(idText(stream), await signHead('stream', stream, headOf(vault, stream)))
      }
      const room = { budget: Math.min(request.budget, MAX_PULL_BYTES - 64 * 1024), empty: true }
      const pages: PulledStream[] = []
      const noted: AccessEntry['streams'] = []
      const read: EntryRun[] = []
      let bytes = 0
      for (const { stream, after } of request.streams) {
        const head = signed.get(idText(stream))
        const start = head === undefined ? null : may(stream)
        if (head === undefined || start === null) continue
        const wanted = after < head.n && (room.budget > 0 || room.empty)
        const runs = wanted ? storage.read.runsAfter(vault, stream, after) : []
        const page = readPage(runs, { after, head: head.n, start }, room)
        const { frames, count, last } = page
        pages.push({ stream, head, frames, count })
        read.push(...page.runs)
        if (count > 0) noted.push({ stream, first: last - count + 1, last, count })
        bytes += page.bytes
      }
      if (pages.length === 0 && request.streams.length > 0) return syncError('not-found')
      const answer = encodePull(pages)
      for (const { entries } of read) release(entries)
      return { answer, streams: noted, bytes }
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
        budget -= envelope.header.length + (envelope.body?.length ?? 0) + ENTRY_OVERHEAD
        if (budget < 0 && entries.length > 0) break
        entries.push(envelopeToEntry(envelope))
      }
      return { entries }
    },
  }
}
