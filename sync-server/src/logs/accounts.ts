/** Account logs on the server (K4, K7): stored as posted, verified by the shared reader, ordered by compare-and-set. */
import { equalBytes } from '@chartkeep/crypto/server'
import { accountIdOf, MAX_LOG_PAGE_ENTRIES, syncError, type SyncError, type SyncErrorCode } from '@chartkeep/protocol'
import {
  accountHead,
  applyAccountEntry,
  decodeAccountEntry,
  devicesOf,
  liveDevices,
  readAccountLog,
  rolesAt,
  type AccountEntryBody,
  type AccountRefusal,
  type AccountState,
} from '@chartkeep/protocol/account'
import type { ControlBody } from '@chartkeep/protocol/control'
import type { AccountLogPage, LogAnswer, LogPost } from '@chartkeep/protocol/messages'
import { entryHash } from '@chartkeep/protocol/signed'
import { FROM_HERE, type ComingFrom, type Gate } from '../admission/enter.ts'
import type { HeadSigner } from '../signing/heads.ts'
import type { Holds } from '../access/hold.ts'
import { book, charge, type ServerLimits } from '../storage/limits.ts'
import type { LiveHub } from '../live/live.ts'
import { createLogStates, type LogStates } from '../storage/log-states.ts'
import { refillStatus } from '../reseed/reseed.ts'
import { createLongReads, type LongReads } from '../guard/long-reads.ts'
import { kindOf } from '../guard/relief.ts'
import type { ServerClock } from '../time/server-clock.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { Storage, StorageWriter } from '../storage/storage.ts'

/** How many entries of a stored log are verified at a time; other requests are answered between two such pieces. */
export const PIECE_ENTRIES = 64
/** Answers stay below the maximum page size (S8). */
const MAX_PAGE_BYTES = 3 * 1024 * 1024

export function createAccountStates(
  storage: Pick<Storage, 'read'>,
  longReads: LongReads = createLongReads(),
): LogStates<AccountState> {
  return createLogStates<AccountState>({
    longReads,
    lengthOf: (account) => storage.read.accountLength(account),
    async extend(account, state) {
      const entries = storage.read.accountEntries(account, state?.n ?? 0, PIECE_ENTRIES)
      const next = await readAccountLog(entries, state)
      if (next !== null && 'type' in next) throw new Error('a stored account log does not hold')
      return next
    },
  })
}

export interface Accounts {
  /**
   * H2. The same first entry again gets the same answer. An account that is not admitted is refused, and its log is
   * kept for a while.
   */
  register(post: Registering, from?: ComingFrom): Promise<LogAnswer | SyncError>
  /** K7: the account whose log names this recovery device. */
  recover(lookup: Uint8Array): Promise<{ account: Uint8Array } | SyncError>
  log(account: Uint8Array, after: number): Promise<AccountLogPage | SyncError>
  /** Appends an entry signed by the session's own device. */
  post(session: ServerSession, account: Uint8Array, post: LogPost): Promise<LogAnswer | SyncError>
}

/** The first entry of an account log, with the person's invitation if there is one. */
export interface Registering extends LogPost {
  invite?: string
}

export interface AccountsOptions {
  storage: Storage
  states: LogStates<AccountState>
  sessions: Sessions
  live: LiveHub
  signHead: HeadSigner
  gate: Gate
  clock: ServerClock
  limits: ServerLimits
  /** The server whose signed time counts (K7). */
  serverKey: Uint8Array
  holds: Holds
}

function refusalToError(reason: AccountRefusal): SyncErrorCode {
  return reason === 'not-next' ? 'head-moved' : reason === 'too-early' ? 'too-early' : 'refused'
}

export function createAccounts({
  storage,
  states,
  sessions,
  live,
  signHead,
  gate,
  clock,
  limits,
  serverKey,
  holds,
}: AccountsOptions): Accounts {
  /** H7: the devices that a valid entry would have excluded, if it could have been stored. */
  async function wouldLose(
    session: ServerSession,
    { entry }: LogPost,
    body: AccountEntryBody,
  ): Promise<readonly Uint8Array[]> {
    if (!sessions.holds(session)) return []
    try {
      const before = await states.load(session.account)
      const next = before === null ? null : await applyAccountEntry(before, entry)
      return before === null || next === null || 'type' in next ? [] : losersBy(body, before, next)
    } catch {
      // Nothing can be read either, so nobody gets anything.
      return []
    }
  }

  /** The head after the posted entry, also if it was stored earlier and the log has grown since. */
  async function answer(account: Uint8Array, n: number, entry: LogPost['entry']): Promise<LogAnswer> {
    return { head: await signHead('account', account, { n, h: entryHash('account-entry', entry.body) }) }
  }

  return {
    async register({ entry, invite }, from = FROM_HERE) {
      const body = decodeAccountEntry(entry.body)
      if (body === null || body.type !== 'genesis') return syncError('refused')
      const account = accountIdOf(entry.body)
      // A long log is read before the job, which would hold up every other write.
      await states.load(account)
      const take = async (tx: StorageWriter): Promise<AccountState | SyncError> => {
        const known = await states.loadIn(tx, account)
        const state = known ?? (await applyAccountEntry(null, entry))
        if ('type' in state) return syncError(refusalToError(state.reason))
        const { lookup } = body.recovery
        const newcomer = { account, first: entry, lookup, from, invite: invite ?? null, proof: null, isHolder: false }
        const { refused, isKept } = gate.enter(tx, newcomer)
        if (isKept) states.stage(tx, account, state)
        return refused ?? state
      }
      // H7: nothing grows for an account that is already here; its devices ask before they sign in.
      const kind = storage.read.accountLength(account) === 0 ? 'growth' : 'relief'
      const stored = await storage.write(take, kind)
      return 'type' in stored ? stored : answer(account, body.n, entry)
    },

    async recover(lookup) {
      const account = storage.read.accountOfLookup(lookup)
      const state = account === null ? null : await states.load(account)
      // The lookup id of a replaced kit leads nowhere, as if it had never existed (K7).
      const isLive = state !== null && liveDevices(state).some((each) => each.lookup && equalBytes(each.lookup, lookup))
      return account === null || !isLive ? syncError('not-found') : { account }
    },

    async log(account, after) {
      const state = await states.load(account)
      if (state === null) return syncError('not-found')
      const head = await signHead('account', account, accountHead(state))
      const entries = storage.read.accountEntries(
        account,
        after,
        Math.min(MAX_LOG_PAGE_ENTRIES, Math.max(0, state.n - after)),
      )
      return { entries: withinBytes(entries, (entry) => entry.body.length), head }
    },

    async post(session, account, { entry }) {
      if (!sessions.holds(session)) return syncError('unauthenticated')
      if (!equalBytes(session.account, account)) return syncError('not-found')
      const body = decodeAccountEntry(entry.body)
      if (body === null || !equalBytes(body.signer, session.device)) return syncError('refused')
      const kind = kindOf([body])
      const take = async (tx: StorageWriter) => {
        const refilling = refillStatus(tx).refusal(account)
        if (refilling !== null) return refilling
        const state = await states.loadIn(tx, account)
        if (state === null) return syncError('not-found')
        if (!sessions.holds(session)) return syncError('unauthenticated')
        const same = state.hashes[body.n - 1]
        if (same !== undefined && equalBytes(same, entryHash('account-entry', entry.body))) return state
        const next = await applyAccountEntry(state, entry)
        if ('type' in next) return syncError(refusalToError(next.reason))
        const untimely = timedRefusal(body, serverKey, clock)
        if (untimely !== null) return syncError(untimely)
        const lookup = body.type === 'kit-replaced' ? body.recovery.lookup : null
        if (lookup !== null && tx.accountOfLookup(lookup) !== null) return syncError('refused')
        const size = entry.body.length
        const cost = { bytes: size, entries: 1 }
        // A quota never stops an entry that revokes access or brings the new key that this needs.
        if (kind === 'relief') book(tx, account, cost)
        else if (charge(tx, { type: 'account', id: account }, cost, limitsOf(tx, account, limits)) !== null)
          return syncError('quota')
        tx.addAccountEntry(account, next.n, entry)
        // C11, C12: from here the quarantine inbox counts its days for the member who left.
        if (body.type === 'member-removed')
          for (const device of removedBy(body, state)) tx.setGrantEnd(account, device, clock.now())
        if (lookup !== null) tx.addLookup(lookup, account)
        states.stage(tx, account, next)
        tx.afterCommit(() => {
          for (const device of removedBy(body, state)) live.endDevice(account, device)
          holds.storedOf(account, session.device, losersBy(body, state, next))
          live.accountMoved(account, next.n)
        })
        return next
      }
      const stored = await storage.write(take, kind).catch(async (error: unknown) => {
        const devices = await wouldLose(session, { entry }, body)
        holds.holdDevices(account, devices, session.device)
        for (const device of devices) live.endDevice(account, device)
        throw error
      })
      return 'type' in stored ? stored : answer(account, body.n, entry)
    },
  }
}

/** A guest account has no space of its own: its log may have as much as one grant gives (H2). */
export function limitsOf(tx: StorageWriter, account: Uint8Array, limits: ServerLimits): ServerLimits {
  if (tx.admission(account)?.standing !== 'guest') return limits
  return { ...limits, accountBytes: limits.grantBytes, accountEntries: limits.grantEntries }
}

/**
 * K7: whether an entry counts its 24 hours by the signed time of another server. They must be this server's time,
 * shown by its own signatures.
 */
export function isTimedElsewhere(body: AccountEntryBody | ControlBody, serverKey: Uint8Array): boolean {
  const waited = 'waited' in body ? (body.waited ?? null) : null
  return waited !== null && !equalBytes(waited.key, serverKey)
}

/**
 * K7, H8: why a delayed entry is refused here; null for every other entry. A server that is unsure of the time cannot
 * confirm any 24 hours.
 */
export function timedRefusal(
  body: AccountEntryBody | ControlBody,
  serverKey: Uint8Array,
  clock: ServerClock,
): 'refused' | 'too-early' | null {
  if (isTimedElsewhere(body, serverKey)) return 'refused'
  return 'waited' in body && body.waited && clock.state() !== 'sure' ? 'too-early' : null
}

/** The devices that an entry removes from the log, whose state before it is `before`. */
function removedBy(body: AccountEntryBody, before: AccountState): Uint8Array[] {
  if (body.type === 'member-removed') return devicesOf(before, body.member).map(({ id }) => id)
  return body.type === 'device-removed' || body.type === 'kit-replaced' ? [body.device] : []
}

/** The devices that lose access by an entry: removed devices, and those of a member who loses a role (C12). */
function losersBy(body: AccountEntryBody, before: AccountState, after: AccountState): Uint8Array[] {
  if (body.type !== 'member-changed') return removedBy(body, before)
  const roles = (state: AccountState, device: Uint8Array) => rolesAt(state, device, state.n) ?? []
  return devicesOf(before, body.member.id)
    .map(({ id }) => id)
    .filter((id) => roles(before, id).some((role) => !roles(after, id).includes(role)))
}

/** The first entries of a page, up to its size in bytes; at least one. */
export function withinBytes<T>(entries: T[], sizeOf: (entry: T) => number): T[] {
  let size = 0
  const end = entries.findIndex((entry, index) => (size += sizeOf(entry)) > MAX_PAGE_BYTES && index > 0)
  return end === -1 ? entries : entries.slice(0, end)
}
