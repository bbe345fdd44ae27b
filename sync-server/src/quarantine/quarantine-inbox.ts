/**
 * The quarantine inbox (C11): for a time after a grant's end, the server accepts from its devices what no stream
 * accepted, up to a quota of its own, and shows it only to the vault's owners. What it accepted stays until an owner's
 * device settles it: no clock ever drops an acknowledged write (P6). An account that never had the grant gets the
 * answer for a vault that does not exist (C6).
 */
import { equalBytes, sign, type SigningKeyPair } from '@chartkeep/crypto/server'
import { idText, MAX_PULL_BYTES, syncError, type SyncError, type SyncErrorCode } from '@chartkeep/protocol'
import { deviceLiveAt, rolesAt, type AccountState } from '@chartkeep/protocol/account'
import { isForRoles, roleCutsOf, type ControlState, type Grant } from '@chartkeep/protocol/control'
import {
  latePayer,
  lateReceiptMessage,
  readLate,
  type LateAnswer,
  type LatePage,
  type LatePost,
  type LateRefusal,
  type LateSettle,
} from '@chartkeep/protocol/ended'
import { BatchVerifier, decodeHeader, type Envelope } from '@chartkeep/protocol/streams'
import { grantsOf, isHeldBack } from '../access/access.ts'
import { lateSize } from '../storage/quarantine-storage.ts'
import type { ServerLimits } from '../storage/limits.ts'
import type { LiveHub } from '../live/live.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import { refillStatus } from '../reseed/reseed.ts'
import type { ServerDays } from '../time/server-days.ts'
import { ownedVault, ownedVaultIn } from '../access/authorize.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { Storage, StorageReader, StorageWriter } from '../storage/storage.ts'

export interface LateBox {
  /**
   * Durable when it resolves. An envelope that was already submitted, or that a stream holds, is acknowledged and
   * stored once.
   */
  post(session: ServerSession, vault: Uint8Array, post: LatePost): Promise<LateAnswer | SyncError>
  page(session: ServerSession, vault: Uint8Array, after: number): Promise<LatePage | SyncError>
  settle(session: ServerSession, vault: Uint8Array, settle: LateSettle): Promise<null | SyncError>
}

export interface LateOptions {
  storage: Storage
  accounts: LogStates<AccountState>
  control: LogStates<ControlState>
  sessions: Sessions
  live: LiveHub
  signingKey: SigningKeyPair
  clock: Clock
  days: Pick<ServerDays, 'before'>
  limits: ServerLimits
}

/** The size that an envelope adds to a page besides header and body. */
const ITEM_OVERHEAD = 512
const PAGE_ITEMS = 4096

const REFUSALS: Record<LateRefusal, SyncErrorCode> = {
  malformed: 'refused',
  place: 'not-found',
  'not-over': 'not-found',
  account: 'heads-unknown',
  control: 'heads-unknown',
  device: 'refused',
  signature: 'refused',
}

/**
 * When access by a grant ended, in milliseconds since 1970: by the server's clock if it recorded the cut, otherwise as
 * the cut's signer claims.
 */
function endOf(read: StorageReader, vault: Uint8Array, grant: Grant, now: number): number {
  // C12: a role that the device has lost. A member who left may still sign in for that time, and one who stays is
  // still judged by the grant.
  if (grant.cut === null) return Math.min(grant.notAfter, now)
  return Math.min(grant.notAfter, read.grantEnd(vault, grant.id) ?? grant.cut.time)
}

export function createLateBox(options: LateOptions): LateBox {
  const { storage, accounts, control: states, sessions, live, signingKey, clock, days, limits } = options

  async function takeOne(
    tx: StorageWriter,
    session: ServerSession,
    control: ControlState,
    author: AccountState,
    envelope: Envelope,
    verifier: BatchVerifier,
  ): Promise<Uint8Array | SyncError> {
    const now = clock.now()
    const header = decodeHeader(envelope.header)
    if (header === null) return syncError('refused')
    // A device can only speak for itself: what another device signed is refused.
    if (!equalBytes(header.account, session.account) || !equalBytes(header.device, session.device))
      return syncError('refused')
    const late = await readLate(envelope, control, author, now, verifier)
    if (typeof late === 'string') return syncError(REFUSALS[late])
    const { vault } = control
    // S2: for a void the stream has only the header, and its device had no time to seal it again.
    const known = tx.envelopeByHash(vault, header.stream, header.doc, late.hash)
    if ((known !== null && known.outcome !== 'void') || tx.hasLate(vault, late.hash)) return late.hash
    const open = late.grants.filter((grant) => days.before(limits.lateMs) < endOf(tx, vault, grant, now))
    if (open.length === 0) return syncError('too-late')
    const size = lateSize(envelope)
    const grant = open.find(({ id }) => {
      const payer = latePayer(id)
      return tx.bytesOf(payer) + size <= limits.lateBytes && tx.entriesOf(payer) < limits.lateEntries
    })
    if (grant === undefined) return syncError('quota')
    tx.addBytes(latePayer(grant.id), size)
    tx.addEntries(latePayer(grant.id), 1)
    tx.addLate(vault, { time: now, grant: grant.id, hash: late.hash, envelope })
    return late.hash
  }

  async function take(
    tx: StorageWriter,
    session: ServerSession,
    vault: Uint8Array,
    { envelopes }: LatePost,
  ): Promise<{ taken: Uint8Array[]; refused: SyncErrorCode | null } | SyncError> {
    const refilling = refillStatus(tx).refusal(vault)
    if (refilling !== null) return refilling
    const control = await states.loadIn(tx, vault)
    const author = await accounts.loadIn(tx, session.account)
    if (author === null || !sessions.holds(session)) return syncError('unauthenticated')
    const isLive = deviceLiveAt(author, session.device, author.n) !== null
    if (!isLive && session.kind !== 'departed') return syncError('unauthenticated')
    if (control === null || session.kind === 'recovery') return syncError('not-found')
    const roles = rolesAt(author, session.device, author.n)
    // C12: the device may have its role again; what it sealed before a cut that records the loss stays late.
    const isCut = roleCutsOf(control, session).length > 0
    const isOver = (grant: Grant) =>
      grant.cut !== null ||
      grant.notAfter <= clock.now() ||
      (grant.role !== null && (isCut || !isForRoles(grant.role, roles))) ||
      (isHeldBack(control, grant, session, clock.now()) && tx.hasOpened(vault, grant.id, session.device))
    if (!grantsOf(control, session.account).some(isOver)) return syncError('not-found')
    const verifier = new BatchVerifier()
    const taken: Uint8Array[] = []
    for (const envelope of envelopes) {
      const hash = await takeOne(tx, session, control, author, envelope, verifier)
      if ('type' in hash) return { taken, refused: hash.error }
      taken.push(hash)
    }
    if (taken.length > 0) tx.afterCommit(() => live.toOwners(control))
    return { taken, refused: null }
  }

  return {
    async post(session, vault, post) {
      const stored = await storage.write((tx) => take(tx, session, vault, post))
      if ('type' in stored) return stored
      const receipt = { taken: stored.taken, time: clock.now() }
      const signature = await sign(signingKey, lateReceiptMessage(vault, session.device, receipt))
      return { ...receipt, signature, refused: stored.refused }
    },

    async page(session, vault, after) {
      const owned = await ownedVault(options, session, vault)
      if ('type' in owned) return owned
      const items: LatePage['items'] = []
      let budget = MAX_PULL_BYTES - 64 * 1024
      for (const { place, time, envelope } of storage.read.lateAfter(vault, after)) {
        budget -= lateSize(envelope) + ITEM_OVERHEAD
        if ((budget < 0 && items.length > 0) || items.length >= PAGE_ITEMS) break
        items.push({ place, time, envelope })
      }
      return { items, last: storage.read.lateLast(vault) }
    },

    async settle(session, vault, { hashes }) {
      const owned = await ownedVault(options, session, vault)
      if ('type' in owned) return owned
      return storage.write(async (tx) => {
        const stillOwned = await ownedVaultIn(options, tx, session, vault)
        if ('type' in stillOwned) return stillOwned
        const seen = new Set<string>()
        for (const hash of hashes) {
          if (seen.has(idText(hash))) continue
          seen.add(idText(hash))
          const freed = tx.dropLate(vault, hash)
          if (freed === null) continue
          tx.addBytes(latePayer(freed.grant), -freed.bytes)
          tx.addEntries(latePayer(freed.grant), -1)
        }
        return null
      }, 'relief')
    },
  }
}
