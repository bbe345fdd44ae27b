/**
 * Push (S2, S3): checks each envelope in order, numbers it, stores it with its outcome, and answers once all of it is durable. The
 * rules of right, heads and signature are the shared reader's (admit.ts); here stand only those that need the server's order.
 */
import { equalBytes, sha256 } from '@chartkeep/crypto/server'
import {
  admit,
  BatchVerifier,
  BODY_OVERHEAD,
  continuedAuthor,
  decodeHeader,
  deviceLiveAt,
  emptyStream,
  encodeMessage,
  entryNode,
  envelopeHashOf,
  idText,
  MAX_PUSH_ENVELOPES,
  MAX_ENVELOPE_BYTES,
  outcomeOf,
  rightVerdict,
  syncError,
  ZERO_HASH,
  type AccountState,
  type ControlState,
  type Envelope,
  type Header,
  type PushAnswer,
  type PushRequest,
  type StreamState,
  type SyncError,
  type SyncErrorCode,
  type Verdict,
} from '@chartkeep/protocol'
import { accessOf, controlWithin, type VaultAccess } from './access.ts'
import type { AccessLog, AccessNote } from './access-log.ts'
import type { HeadSigner } from './heads.ts'
import { charge, type ServerLimits } from './limits.ts'
import type { LiveHub } from './live.ts'
import type { LogStates } from './log-states.ts'
import type { Clock } from './ports.ts'
import type { ServerSession, Sessions } from './sessions.ts'
import type { Storage, StorageWriter } from './storage.ts'
import { storeEnvelope } from './store-envelope.ts'
import { streamHashAt } from './vaults.ts'
import { stageWrites } from './write-stage.ts'

export interface PushOptions {
  storage: Storage
  accounts: LogStates<AccountState>
  control: LogStates<ControlState>
  sessions: Sessions
  live: LiveHub
  signHead: HeadSigner
  accessLog: AccessLog
  clock: Clock
  limits: ServerLimits
}

export type Push = (session: ServerSession, vault: Uint8Array, request: PushRequest) => Promise<PushAnswer | SyncError>

interface PushScope {
  tx: StorageWriter
  session: ServerSession
  vault: Uint8Array
  control: ControlState
  /** The same with those grants only whose window is open. */
  within: ControlState
  access: VaultAccess
  author: AccountState
  verifier: BatchVerifier
  limits: ServerLimits
  /** What this push has added; the others were there, and are answered as they were (S2). */
  added: PushResult[]
}

type PushResult = PushAnswer['results'][number]

export function createPush(options: PushOptions): Push {
  const { storage, accounts, control: states, sessions, live, signHead, accessLog, clock, limits } = options

  return async (session, vault, { envelopes }) => {
    if (envelopes.length > MAX_PUSH_ENVELOPES) return syncError('too-large')
    const stored = await storage.write(async (tx) => {
      const control = await states.loadIn(tx, vault)
      const author = await accounts.loadIn(tx, session.account)
      const now = clock.now()
      if (!sessions.holds(session) || author === null || deviceLiveAt(author, session.device, author.n) === null)
        return syncError('unauthenticated')
      const access = control === null ? null : accessOf(control, session, now)
      if (control === null || access === null) return syncError('not-found')
      const within = controlWithin(control, session.account, now)
      const stage = stageWrites(tx)
      const scope: PushScope = {
        tx: stage.tx,
        session,
        vault,
        control,
        within,
        access,
        author,
        verifier: new BatchVerifier(),
        limits,
        added: [],
      }
      const results: PushResult[] = []
      let refused: SyncErrorCode | null = null
      for (const envelope of envelopes) {
        const result = await pushOne(scope, envelope)
        if ('type' in result) {
          refused = result.error
          break
        }
        results.push(result)
      }
      stage.flush()
      accessLog.pushed(tx, control, session, noteOf(envelopes, results, refused), scope.added)
      const moved = new Map(results.map(({ stream, n }) => [idText(stream), { stream, n }]))
      tx.afterCommit(() => {
        for (const { stream, n } of moved.values()) live.streamMoved(control, stream, n)
      })
      return { results, refused, streams: [...moved.values()].map(({ stream }) => stream) }
    })
    if ('type' in stored) return stored
    const { results, refused, streams } = stored
    const heads = await Promise.all(
      streams.map((stream) => signHead('stream', stream, storage.read.streamHead(vault, stream)!)),
    )
    return { results, heads, refused }
  }
}

/** What the access log says of a push (A2): what was stored, and why the next one was not. */
function noteOf(envelopes: Envelope[], results: PushResult[], refused: SyncErrorCode | null): AccessNote {
  const runs = new Map<string, AccessNote['streams'][number]>()
  for (const { stream, n } of results) {
    const known = runs.get(idText(stream)) ?? { stream, first: n, last: n, count: 0 }
    const { first, last, count } = known
    runs.set(idText(stream), { stream, first: Math.min(first, n), last: Math.max(last, n), count: count + 1 })
  }
  const taken = envelopes.slice(0, results.length)
  const bytes = taken.reduce((sum, { header, body }) => sum + header.length + body.length, 0)
  return { kind: 'push', outcome: refused ?? 'ok', streams: [...runs.values()], bytes }
}

async function pushOne(scope: PushScope, envelope: Envelope): Promise<PushResult | SyncError> {
  const { tx, session, vault, control, within, access, author } = scope
  if (envelope.body.length > MAX_ENVELOPE_BYTES + BODY_OVERHEAD) return syncError('too-large')
  const header = decodeHeader(envelope.header)
  if (header === null || envelope.body.length !== header.paddedLength + BODY_OVERHEAD) return syncError('refused')
  if (!equalBytes(header.vault, vault)) return syncError('refused')
  if (!equalBytes(header.account, session.account) || !equalBytes(header.device, session.device))
    return syncError('refused')
  if (access.rightsOn(header.stream) === 0) return syncError('not-found')

  const { stream } = header
  const bodyHash = sha256(envelope.body)
  const hash = envelopeHashOf(envelope.header, bodyHash)
  const tail = tx.deviceTail(vault, stream, header.device) ?? { seq: 0, previous: ZERO_HASH, voids: 0 }
  // What is stored has a number of its device that was counted already.
  const known = header.deviceSeq <= tail.seq ? tx.envelopeByHash(vault, stream, hash) : null
  if (known !== null) return { stream, hash, n: known.n, h: known.h, outcome: known.outcome }

  const parentAuthor = continuedAuthor(control, recordState(tx, header), header, null)
  const right = rightVerdict(within, header, null, null, parentAuthor)
  if (right.type !== 'admitted') return verdictToError(right)

  const newest = control.streams.get(idText(stream))!.epoch
  if (header.epoch > newest) return syncError('heads-unknown')
  if (header.deviceSeq !== tail.seq + 1 || !equalBytes(header.devicePrevious, tail.previous))
    return syncError('sequence')
  const current = tx.currentOf(vault, stream, header.doc)
  const outcome = header.epoch < newest ? 'void' : outcomeOf(header.parent, current)
  if (outcome !== 'void' && header.voids !== tail.voids) return syncError('sequence')

  const verdict = await admit(header, hash, envelope.proof, null, {
    control: within,
    author,
    hasStreamHead: (head) => {
      const h = streamHashAt(tx, vault, stream, head.n)
      return h !== null && equalBytes(h, head.h)
    },
    parentAuthor,
    verifier: scope.verifier,
  })
  if (verdict.type !== 'admitted') return verdictToError(verdict)

  const size = envelope.header.length + (outcome === 'void' ? 0 : envelope.body.length)
  const refused = charge(tx, access.payersOn(stream), { bytes: size, entries: 1 }, scope.limits)
  if (refused !== null) return refused
  const sealed = { header: envelope.header, body: envelope.body, proof: encodeMessage(envelope.proof) }
  const place = storeEnvelope(tx, vault, sealed, { header, hash, bodyHash, outcome, current, voids: tail.voids })
  const result: PushResult = { stream, hash, ...place, outcome }
  scope.added.push(result)
  return result
}

/** What the stream says about one record, as far as {@link continuedAuthor} asks: built from rows, however long the stream is. */
function recordState(tx: StorageWriter, { vault, stream, doc }: Header): StreamState {
  const state = { ...emptyStream(vault, stream), n: tx.streamHead(vault, stream)?.n ?? 0 }
  let founder: string | null = null
  for (const { n, hash, outcome, header } of tx.envelopesOfDoc(vault, stream, doc)) {
    state.envelopes.set(idText(hash), entryNode(decodeHeader(header)!, idText(hash), n, outcome))
    if (outcome !== 'void') founder ??= idText(hash)
  }
  state.records.set(idText(doc), { founder, current: null, conflicts: new Map() })
  return state
}

function verdictToError(verdict: Verdict): SyncError {
  if (verdict.type === 'waiting') return syncError('heads-unknown')
  if (verdict.type === 'admitted') throw new Error('an admitted envelope has no error')
  switch (verdict.reason) {
    case 'no-right':
    case 'cut':
      return syncError('no-right')
    case 'append-only':
      return syncError('append-only')
    case 'heads':
      return syncError('heads-unknown')
    case 'sequence':
      return syncError('sequence')
    default:
      return syncError('refused')
  }
}
