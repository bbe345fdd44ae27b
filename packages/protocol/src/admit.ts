/**
 * Who may write what (E6, C9), as pure functions over the logs: the same for the server at a push, for every device at a pull and
 * for the simulation. The checks that need a content key (commitment, seal, inner ids, collection) follow in packages/sync.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { deviceLiveAt, hasAccountHead, type AccountState } from './account-log.ts'
import { hasControlHead, isOwner, type ControlState, type Cut, type Grant } from './control-log.ts'
import type { BatchProof, BatchVerifier } from './envelope.ts'
import type { Header } from './header.ts'
import { idText, ZERO_HASH } from './ids.ts'
import { AMEND, APPEND } from './rights.ts'

export type QuarantineReason =
  | 'size'
  | 'suite'
  | 'place'
  | 'device-not-live'
  | 'cut'
  | 'no-right'
  | 'append-only'
  | 'heads'
  | 'sequence'
  | 'signature'
  | 'commitment'
  | 'seal'
  | 'inner'
  | 'collection'

/** `waiting` is no fault: a log or key that this reader has not seen yet. */
export type Verdict =
  | { type: 'admitted' }
  | { type: 'waiting'; for: 'account' | 'control' | 'stream' | 'key' }
  | { type: 'quarantine'; reason: QuarantineReason }

const ADMITTED: Verdict = { type: 'admitted' }
function quarantine(reason: QuarantineReason): Verdict {
  return { type: 'quarantine', reason }
}

function isZero(hash: Uint8Array): boolean {
  return equalBytes(hash, ZERO_HASH)
}

/** True when a cut ends what its subject wrote as entry `n` of `stream` while naming control position `controlN`. */
function cutApplies(cut: Cut & { at: number }, stream: Uint8Array, n: number | null, controlN: number): boolean {
  if (controlN >= cut.at) return true
  if (n === null) return true
  const pinned = cut.streams.find((each) => equalBytes(each.stream, stream))
  return n > (pinned?.n ?? 0)
}

/** Grants of `account` on `stream` that hold at control position `controlN` for entry `n` (null: about to be stored now). */
export function grantsAt(
  control: ControlState,
  account: Uint8Array,
  stream: Uint8Array,
  controlN: number,
  n: number | null,
): Grant[] {
  return [...control.grants.values()].filter(
    (grant) =>
      grant.account !== null &&
      equalBytes(grant.account, account) &&
      grant.streams.has(idText(stream)) &&
      grant.at <= controlN &&
      (grant.cut === null || !cutApplies(grant.cut, stream, n, controlN)),
  )
}

/**
 * E6, C9: does the author's right fit? `parentAuthor` is the account that wrote the parent, null for a new record or an unknown
 * parent. `n` is the entry's number, null for an envelope about to be stored (the server then also checks the grant's window).
 */
export function rightVerdict(
  control: ControlState,
  header: Header,
  n: number | null,
  parentAuthor: Uint8Array | null,
): Verdict {
  const stream = control.streams.get(idText(header.stream))
  if (stream === undefined) return { type: 'waiting', for: 'control' }
  const isNew = isZero(header.parent)
  if (stream.appendOnly && (!isNew || header.deleted || header.merged.length > 0)) return quarantine('append-only')
  const deviceCut = control.deviceCuts.find((cut) => cut.device !== null && equalBytes(cut.device, header.device))
  if (deviceCut !== undefined && cutApplies(deviceCut, header.stream, n, header.control.n)) return quarantine('cut')

  if (isOwner(control, header.account)) {
    if (stream.auditOf !== null) return quarantine('no-right')
    if (isNew || header.deleted) return ADMITTED
    if (parentAuthor === null) return quarantine('no-right')
    return isOwner(control, parentAuthor) ? ADMITTED : quarantine('no-right')
  }

  const needed = isNew && !header.deleted ? APPEND : AMEND
  const text = idText(header.stream)
  const ever = [...control.grants.values()].filter(
    (grant) => grant.account !== null && equalBytes(grant.account, header.account),
  )
  const live = grantsAt(control, header.account, header.stream, header.control.n, n)
  if (!live.some((grant) => ((grant.streams.get(text)?.rights ?? 0) & needed) !== 0)) {
    const ended = ever.some((grant) => grant.cut !== null && ((grant.streams.get(text)?.rights ?? 0) & needed) !== 0)
    return quarantine(ended ? 'cut' : 'no-right')
  }
  if (needed === AMEND && (parentAuthor === null || !equalBytes(parentAuthor, header.account)))
    return quarantine('no-right')
  return ADMITTED
}

export interface AdmitContext {
  control: ControlState
  /** The author's verified account log; null when this reader has not got it yet. */
  author: AccountState | null
  /** This reader's chain of the stream at the position before the entry: does (n, h) lie on it? */
  hasStreamHead: (head: { n: number; h: Uint8Array }) => boolean
  parentAuthor: Uint8Array | null
  verifier: BatchVerifier
}

/** E6 up to the signature, in its order. */
export async function admit(
  header: Header,
  envelopeHash: Uint8Array,
  proof: BatchProof,
  n: number | null,
  context: AdmitContext,
): Promise<Verdict> {
  const { control, author } = context
  if (!equalBytes(header.vault, control.vault)) return quarantine('place')
  if (author === null) return { type: 'waiting', for: 'account' }
  if (header.accountLog.n > author.n) return { type: 'waiting', for: 'account' }
  if (!hasAccountHead(author, header.accountLog)) return quarantine('heads')
  const device = deviceLiveAt(author, header.device, header.accountLog.n)
  if (device === null || device.kind !== 'device') return quarantine('device-not-live')
  if (header.control.n > control.n) return { type: 'waiting', for: 'control' }
  const right = rightVerdict(control, header, n, context.parentAuthor)
  if (right.type !== 'admitted') return right
  if (!hasControlHead(control, header.control)) return quarantine('heads')
  if (!context.hasStreamHead(header.streamHead)) return quarantine('heads')
  if (!(await context.verifier.verify(envelopeHash, header, proof, device.sign))) return quarantine('signature')
  return ADMITTED
}
