/**
 * Push (S2, S3): checks each envelope in order, numbers it, stores it with its outcome, and answers once everything is
 * durable. The shared reader (admit.ts) judges rights, heads and signatures; this file has only the rules that need
 * the server's order.
 */
import { concatBytes, equalBytes, sha256 } from '@chartkeep/crypto/server'
import {
  encodeMessage,
  idText,
  MAX_PUSH_ENVELOPES,
  MAX_ENVELOPE_BYTES,
  syncError,
  ZERO_HASH,
  type SyncError,
  type SyncErrorCode,
} from '@chartkeep/protocol'
import { deviceLiveAt, rolesAt, type AccountDevice, type AccountState } from '@chartkeep/protocol/account'
import {
  continuedAuthor,
  controlHead,
  isAcceptedEntry,
  judgeAuthor,
  practicesIn,
  rightVerdict,
  type AccountLookup,
  type ContinuedAuthor,
  type ControlState,
  type Verdict,
} from '@chartkeep/protocol/control'
import { LaidPush, type PushAnswer, type PushedEnvelope } from '@chartkeep/protocol/messages'
import {
  BatchVerifier,
  BODY_OVERHEAD,
  decodeHeader,
  emptyStream,
  entryNode,
  envelopeHashOf,
  outcomeOf,
  sameClaim,
  standingParent,
  viewHeader,
  type Header,
  type StreamState,
} from '@chartkeep/protocol/streams'
import { accessOf, actingBy, controlWithin, type VaultAccess } from '../access/access.ts'
import { askedBy, type AccessLog, type AccessNote } from '../audit/access-log.ts'
import { isAuditStream } from '../audit/audit-leaves.ts'
import type { HeadSigner } from '../signing/heads.ts'
import { ByteMap } from '../storage/byte-keys.ts'
import { charge, type Payers, type ServerLimits } from '../storage/limits.ts'
import type { LiveHub } from '../live/live.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import { refillStatus } from '../reseed/reseed.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { RecordEntry, Storage, StorageWriter } from '../storage/storage.ts'
import { storeEnvelope, type Accepted } from './store-envelope.ts'
import { streamHashAt } from '../logs/vaults.ts'
import { PushHashes } from './push-hashes.ts'
import { hashPush, LEAST, takeSpan, type HashedPush } from './push-fast-path.ts'
import { stageWrites, type WriteStage } from './write-stage.ts'

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

/** Neither changes the request nor keeps any of its buffers. */
export type Push = (
  session: ServerSession,
  vault: Uint8Array,
  request: { envelopes: PushedEnvelope[] } | LaidPush,
) => Promise<PushAnswer | SyncError>

interface PushScope {
  stage: WriteStage
  tx: StorageWriter
  session: ServerSession
  vault: Uint8Array
  control: ControlState
  /** The control state reduced to the grants whose window is open. */
  within: ControlState
  access: VaultAccess
  author: AccountState
  /** C12: the account logs of the author and of the practices that act in this vault by roles. */
  logs: AccountLookup
  verifier: BatchVerifier
  /** Null for a push that does not lie in one request buffer. */
  hashed: HashedPush | null
  limits: ServerLimits
  streams: ByteMap<PushedStream>
  /** By stream and record, how many of its envelopes were read into the state. */
  records: ByteMap<{ state: StreamState; read: number }>
  /**
   * The results of envelopes that this push added; envelopes that were already stored get their first answer again
   * (S2).
   */
  added: PushResult[]
}

/** Facts about a stream that do not change during the push. */
interface PushedStream {
  /** A copy, because it outlives the request. */
  stream: Uint8Array
  rights: number
  /** Whether its envelopes are leaves of the audit tree (A3). */
  isAudit: boolean
  /** The newest epoch; 0 if the control log does not know the stream. */
  epoch: number
  payers: Payers
  /**
   * The last judged envelope of a new record: its encoded header and the verdict. A batch makes the same claim again
   * and again.
   */
  judged: { header: Uint8Array; device: AccountDevice } | null
}

/** An envelope that can be stored once its signature is verified. */
interface Ready extends Accepted {
  place: PushedStream
  signed: boolean | Promise<boolean>
}

type PushResult = PushAnswer['results'][number]

export function createPush(options: PushOptions): Push {
  const { storage, accounts, control: states, sessions, live, signHead, accessLog, clock, limits } = options

  /** No rule asks for the roles of any other account. */
  async function logsOf(tx: StorageWriter, control: ControlState, author: AccountState): Promise<AccountLookup> {
    const logs = new Map([[idText(author.account), author]])
    for (const account of practicesIn(control)) {
      const state = logs.has(idText(account)) ? null : await accounts.loadIn(tx, account)
      if (state !== null) logs.set(idText(account), state)
    }
    return (account) => logs.get(idText(account)) ?? null
  }

  return async (session, vault, request) => {
    const laid = request instanceof LaidPush ? request : null
    const count = laid === null ? request.envelopes.length : laid.count
    if (count > MAX_PUSH_ENVELOPES) return syncError('too-large')
    const hashes = laid === null ? null : new PushHashes(laid)
    const by = askedBy(session)
    const stored = await storage.write(async (tx) => {
      const refilling = refillStatus(tx).refusal(vault)
      if (refilling !== null) return refilling
      const control = await states.loadIn(tx, vault)
      const author = await accounts.loadIn(tx, session.account)
      const now = clock.now()
      const device = author === null ? null : deviceLiveAt(author, session.device, author.n)
      if (!sessions.holds(session) || author === null || device === null) return syncError('unauthenticated')
      const roles = rolesAt(author, session.device, author.n)
      const access = control === null ? null : accessOf(control, actingBy(session, roles), now)
      if (control === null || access === null) return syncError('not-found')
      const within = controlWithin(control, actingBy(session, roles), now)
      const stage = stageWrites(tx)
      const scope: PushScope = {
        stage,
        tx: stage.tx,
        session,
        vault,
        control,
        within,
        access,
        author,
        logs: await logsOf(tx, control, author),
        verifier: new BatchVerifier(),
        hashed:
          hashes === null
            ? null
            : await hashPush(hashes, { account: session.account, device: session.device, vault }, device.sign),
        limits,
        streams: new ByteMap(),
        records: new ByteMap(),
        added: [],
      }
      const results: PushResult[] = []
      let refused: SyncErrorCode | null = null
      for (let [index, next] = [0, 0]; index < count;) {
        if (laid !== null && index >= next) {
          const taken = takeNew(scope, index)
          results.push(...taken)
          index += taken.length
          // If an envelope does not qualify for the fast path, the next one rarely does.
          next = index + (taken.length === 0 ? RETRY_AFTER : 0)
          if (taken.length > 0) continue
        }
        const envelope = laid?.envelopeAt(index) ?? request.envelopes[index]!
        let result = judge(scope, envelope, index)
        if ('place' in result) {
          // Only the first envelope of a batch needs an await.
          const isSigned = typeof result.signed === 'boolean' ? result.signed : await result.signed
          result = isSigned ? store(scope, envelope, result) : syncError('refused')
        }
        if ('type' in result) {
          refused = result.error
          break
        }
        results.push(result)
        index += 1
      }
      const moved = runsOf(results)
      const heads = moved.map(({ stream }) => ({ stream, head: stage.tx.streamHead(vault, stream)! }))
      stage.flush()
      const note = noteOf(request, results, refused)
      accessLog.pushed(tx, control, by, note, scope.added)
      // A device pulls entries that are not consecutive, or that the push answered before later ones.
      const shown = moved.map(({ stream, first, newest, ...run }) =>
        newest === run.last && run.count === run.last - first + 1 ? { stream, first, newest } : { stream, newest },
      )
      tx.afterCommit(() => live.streamsMoved(control, shown, { by: session, bytes: note.bytes }))
      return { results, refused, heads }
    })
    if ('type' in stored) return stored
    const { results, refused } = stored
    const heads = await Promise.all(stored.heads.map(({ stream, head }) => signHead('stream', stream, head)))
    return { results, heads, refused }
  }
}

interface Run {
  stream: Uint8Array
  first: number
  last: number
  count: number
  /** The number that was answered last. */
  newest: number
}

/** By stream, in order of first appearance. */
function runsOf(results: readonly PushResult[]): Run[] {
  const runs = new ByteMap<Run>()
  for (const { stream, n } of results) {
    const run = runs.getOr(stream, () => ({ stream, first: n, last: n, count: 0, newest: n }))
    run.first = Math.min(run.first, n)
    run.last = Math.max(run.last, n)
    run.count += 1
    run.newest = n
  }
  return [...runs.values()]
}

/** What the access log notes of a push (A2): what was stored, and why the next envelope was not. */
function noteOf(
  request: Parameters<Push>[2],
  results: readonly PushResult[],
  refused: SyncErrorCode | null,
): AccessNote {
  const streams = runsOf(results).map(({ stream, first, last, count }) => ({ stream, first, last, count }))
  let bytes = 0
  for (let index = 0; index < results.length; index += 1)
    bytes +=
      request instanceof LaidPush
        ? request.headerLength(index) + request.bodyLength(index)
        : request.envelopes[index]!.header.length + request.envelopes[index]!.body.length
  return { kind: 'push', outcome: refused ?? 'ok', streams, bytes }
}

function streamOf({ control, access }: PushScope, stream: Uint8Array): PushedStream {
  return {
    stream: new Uint8Array(stream),
    rights: access.rightsOn(stream),
    isAudit: isAuditStream(control, stream),
    epoch: control.streams.get(idText(stream))?.epoch ?? 0,
    payers: access.payersOn(stream),
    judged: null,
  }
}

/**
 * Checks everything but the signature, in the order of E6; returns the earlier answer for an envelope that is already
 * stored.
 */
function judge(scope: PushScope, envelope: PushedEnvelope, index: number): Ready | PushResult | SyncError {
  const { tx, session, vault, control, within } = scope
  if (envelope.body.length > MAX_ENVELOPE_BYTES + BODY_OVERHEAD) return syncError('too-large')
  const header = viewHeader(envelope.header)
  if (header === null || envelope.body.length !== header.paddedLength + BODY_OVERHEAD) return syncError('refused')
  if (!equalBytes(header.vault, vault)) return syncError('refused')
  if (!equalBytes(header.account, session.account) || !equalBytes(header.device, session.device))
    return syncError('refused')
  const place = scope.streams.getOr(header.stream, () => streamOf(scope, header.stream))
  if (place.rights === 0) return syncError('not-found')

  const { stream } = place
  const bodyHash = scope.hashed?.hashes.bodyHashOf(index) ?? sha256(envelope.body)
  const hash = scope.hashed?.hashes.hashOf(index) ?? envelopeHashOf(envelope.header, bodyHash)
  const tail = tx.deviceTail(vault, stream, session.device) ?? { seq: 0, previous: ZERO_HASH, voids: 0 }
  // A stored envelope has a device sequence number that was already counted.
  const known = header.deviceSeq <= tail.seq ? tx.envelopeByHash(vault, stream, header.doc, hash) : null
  if (known !== null) return { stream, hash, n: known.n, h: known.h, outcome: known.outcome }

  const record = tx.envelopesOfDoc(vault, stream, header.doc)
  // In a new record the envelope continues nobody's work, so its claim alone decides.
  const isJudged = record.length === 0 && !isAcceptedEntry(within, hash)
  const judged = isJudged && place.judged !== null && sameClaim(place.judged.header, envelope.header)
  const state = record.length === 0 ? null : recordState(scope, header, record)
  const continuedBy = (claim: Header) =>
    state === null ? null : continuedAuthor(control, state, claim, null, scope.logs)
  let claimed = header
  let parentAuthor = continuedBy(header)
  if (!judged) {
    const rightOf = () => rightVerdict(within, claimed, null, null, parentAuthor, scope.author)
    let right = rightOf()
    // C5: the envelope is void by its epoch. If the grant that it names has ended and another one is still in force,
    // its device gets the void and seals the content again under the current grant.
    if (right.type !== 'admitted' && header.epoch < place.epoch) {
      for (claimed of claimsAnew(header, control, state)) {
        parentAuthor = continuedBy(claimed)
        right = rightOf()
        // C9: only an owner may continue a quarantined envelope; others continue the version below it.
        if (right.type === 'admitted' || parentAuthor !== 'quarantined') break
      }
    }
    if (right.type !== 'admitted') return verdictToError(right)
  }

  if (header.epoch > place.epoch) return syncError('heads-unknown')
  if (header.deviceSeq !== tail.seq + 1 || !equalBytes(header.devicePrevious, tail.previous))
    return syncError('sequence')
  const current = tx.currentOf(vault, stream, header.doc)
  const outcome = header.epoch < place.epoch ? 'void' : outcomeOf(header.parent, current)
  if (outcome !== 'void' && header.voids !== tail.voids) return syncError('sequence')

  const device = judged ? place.judged!.device : judgeDevice(scope, claimed, hash, parentAuthor)
  if ('type' in device) return verdictToError(device)
  if (isJudged) place.judged = { header: envelope.header, device }
  const signed =
    scope.hashed?.isSigned(index, device.sign) === true ||
    scope.verifier.check(hash, header, envelope.proof, device.sign)
  return { place, header, hash, bodyHash, outcome, current, voids: tail.voids, signed }
}

/**
 * C5: the claims under which the device of a void envelope may seal its content again: by the current control log,
 * continuing the nearest envelope that is not void, then the ones below that.
 */
function* claimsAnew(header: Header, control: ControlState, state: StreamState | null): Iterable<Header> {
  const now = { ...header, control: controlHead(control) }
  if (state === null || equalBytes(header.parent, ZERO_HASH)) return yield now
  for (let below: string | null = idText(header.parent); below !== null;) {
    const parent = standingParent(state, below)
    yield { ...now, parent }
    const node = state.envelopes.get(idText(parent))
    below = node === undefined ? null : (node.parent ?? '')
  }
}

function judgeDevice(
  { tx, vault, within, author }: PushScope,
  header: Header,
  hash: Uint8Array,
  parentAuthor: ContinuedAuthor,
): ReturnType<typeof judgeAuthor> {
  return judgeAuthor(header, hash, null, {
    control: within,
    author,
    hasStreamHead: (head) => {
      // A device that is up to date names the newest head.
      const newest = tx.streamHead(vault, header.stream)
      const h = newest?.n === head.n ? newest.h : streamHashAt(tx, vault, header.stream, head.n)
      return h !== null && equalBytes(h, head.h)
    },
    parentAuthor,
  })
}

/** After how many envelopes the fast path is tried again. */
const RETRY_AFTER = 8

/** Stores consecutive new records from envelope `index` by the fast path; empty if they do not qualify. */
function takeNew(scope: PushScope, index: number): PushResult[] {
  const { stage, session, vault, within, hashed, limits } = scope
  if (hashed === null || within.accepted.size > 0) return []
  const { push } = hashed.hashes
  if (push.count - index < LEAST) return []
  const header = viewHeader(push.viewOf(push.headerAt(index), push.headerLength(index)))
  if (header === null || !equalBytes(header.vault, vault)) return []
  if (!equalBytes(header.account, session.account) || !equalBytes(header.device, session.device)) return []
  const place = scope.streams.getOr(header.stream, () => streamOf(scope, header.stream))
  if (place.rights === 0 || place.isAudit || header.epoch !== place.epoch) return []
  if (header.merged.length > 0 || !equalBytes(header.parent, ZERO_HASH)) return []
  if (rightVerdict(within, header, null, null, null, scope.author).type !== 'admitted') return []
  const device = judgeDevice(scope, header, hashed.hashes.hashOf(index), null)
  if ('type' in device) return []
  const { stream, payers } = place
  const start = { index, vault, stream, payers, device: { id: session.device, sign: device.sign } }
  const span = takeSpan(stage, hashed, start, limits)
  if (span === null) return []
  return Array.from({ length: span.to - span.from }, (_, at) => ({
    stream,
    hash: hashed.hashes.hashOf(span.from + at),
    n: span.first + at,
    h: hashed.hashes.chainOf(span.from + at),
    outcome: 'current',
  }))
}

function store(scope: PushScope, envelope: PushedEnvelope, ready: Ready): PushResult | SyncError {
  const { tx, vault } = scope
  const { place, header, hash, bodyHash, outcome, current, voids } = ready
  const size = envelope.header.length + (outcome === 'void' ? 0 : envelope.body.length)
  const refused = charge(tx, place.payers, { bytes: size, entries: 1 }, scope.limits)
  if (refused !== null) return refused
  const proof = envelope.encodedProof ?? encodeMessage(envelope.proof)
  const sealed = { header: envelope.header, body: envelope.body, proof }
  const stored = storeEnvelope(tx, vault, sealed, { header, hash, bodyHash, outcome, current, voids })
  const result: PushResult = { stream: place.stream, hash, ...stored, outcome }
  scope.added.push(result)
  return result
}

/**
 * The stream's state for one record, as far as {@link continuedAuthor} needs it: built from the record's rows, however
 * long the stream is, and read only once per push.
 */
function recordState(
  { tx, records }: PushScope,
  { vault, stream, doc }: Header,
  entries: readonly RecordEntry[],
): StreamState {
  const known = records.getOr(concatBytes(stream, doc), () => ({ state: emptyStream(vault, stream), read: 0 }))
  const { state } = known
  state.n = tx.streamHead(vault, stream)?.n ?? 0
  const chain = state.records.get(idText(doc)) ?? { founder: null, current: null, conflicts: new Map() }
  state.records.set(idText(doc), chain)
  for (; known.read < entries.length; known.read += 1) {
    const { n, hash, outcome, header } = entries[known.read]!
    state.envelopes.set(idText(hash), entryNode(decodeHeader(header)!, idText(hash), n, outcome))
    if (outcome !== 'void') chain.founder ??= idText(hash)
  }
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
