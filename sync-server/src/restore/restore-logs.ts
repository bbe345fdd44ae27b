/**
 * Takes back account logs and control logs that the server lost (S9): entries up to a head that it had signed, from
 * any device that has them. The signature admits them, so no invitation is needed and no quota applies. A log from
 * another server (S10) needs room here.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { decodeAs, encodeMessage, idText, syncError, type SyncError } from '@chartkeep/protocol'
import {
  applyAccountEntry,
  decodeAccountEntry,
  deviceLiveAt,
  hasAccountHead,
  liveDevices,
  type AccountState,
} from '@chartkeep/protocol/account'
import {
  applyControlEntry,
  ControlBody,
  controlHead,
  hasControlHead,
  isOwner,
  type ControlEntry,
  type ControlState,
} from '@chartkeep/protocol/control'
import type { AccountRefill, ControlRefill, RefillDone } from '@chartkeep/protocol/messages'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import { verifyHead, type SignedHead } from '@chartkeep/protocol/streams'
import { isTimedElsewhere, limitsOf } from '../logs/accounts.ts'
import type { Admissions } from '../admission/invitations.ts'
import { FROM_HERE, type ComingFrom, type Gate } from '../admission/enter.ts'
import { book, payerOf, type ServerLimits } from '../storage/limits.ts'
import type { LiveHub } from '../live/live.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import { isSignedByOne, refillStatus, trustedKeys } from '../reseed/reseed.ts'
import { createStages, MAX_STAGED_BYTES } from '../reseed/reseed-stage.ts'
import { actingLogs } from '../access/authorize.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { Storage, StorageWriter } from '../storage/storage.ts'
import { membersOf, subjectsOf } from '../logs/vaults.ts'

export interface RefillLogs {
  account(post: AccountRefill, from?: ComingFrom): Promise<RefillDone | SyncError>
  control(session: ServerSession, vault: Uint8Array, post: ControlRefill): Promise<RefillDone | SyncError>
}

export interface RefillLogsOptions {
  storage: Storage
  accounts: LogStates<AccountState>
  control: LogStates<ControlState>
  sessions: Sessions
  live: LiveHub
  admissions: Admissions
  gate: Gate
  clock: Clock
  serverKey: Uint8Array
  limits: ServerLimits
}

/** The most request bytes held in memory for logs that move here from another server. */
const MAX_MOVING_BYTES = 32 * 1024 * 1024

type Checked = AccountState | null | 'refused'

/** What the vaults of this server say of an account whose log is brought. */
interface Proved {
  proof: 'lost' | 'moved' | null
  /** Whether it owns one of them. */
  isHolder: boolean
}

/** The verified log after further entries. */
async function checkedBehind(before: Promise<Checked>, entries: readonly SignedEntry[]): Promise<Checked> {
  let state = await before
  for (const entry of entries) {
    if (state === 'refused') return state
    const next: AccountState | { type: string } = await applyAccountEntry(state, entry)
    state = 'type' in next ? 'refused' : next
  }
  return state
}

/** An entry of a control log with what is needed to store it. */
interface ControlItem {
  entry: ControlEntry
  body: ControlBody
  sizeBytes: number
}

/**
 * A control log after the last entries received, and one entry before that, because the very last entry may be beyond
 * a head that does not include it.
 */
type CheckedControl = { states: ControlState[] } | SyncError

export function createRefillLogs(options: RefillLogsOptions): RefillLogs {
  const { storage, accounts, control: states, sessions, live, admissions, gate, clock, serverKey, limits } = options
  // A log that claims to move here must not displace one that this server had signed.
  const accountRuns = createStages(MAX_STAGED_BYTES, checkedBehind)
  const movingRuns = createStages(MAX_MOVING_BYTES, checkedBehind)
  const controlRuns = createStages(MAX_STAGED_BYTES, controlBehind)

  /** S8: whether the account has room for what comes from another server. */
  function hasRoom(tx: StorageWriter, account: Uint8Array, sizes: readonly number[]): boolean {
    const cost = { bytes: sizes.reduce((sum, size) => sum + size, 0), entries: sizes.length }
    return payerOf(tx, { type: 'account', id: account }, cost, limitsOf(tx, account, limits)) !== null
  }

  /** `checked`: the verified log after the run; null if the run is empty. */
  async function takeAccount(
    tx: StorageWriter,
    { head }: AccountRefill,
    run: { stored: number; entries: SignedEntry[] },
    checked: AccountState | null,
    isOwn: boolean,
    proved: Proved,
    from: ComingFrom,
  ): Promise<RefillDone | SyncError> {
    const before = await accounts.loadIn(tx, head.id)
    // Another device may have returned the same entries, or more, in the meantime.
    const state = before !== null && before.n >= (checked?.n ?? 0) ? before : checked
    const entries = following(run, before?.n ?? 0, state?.n ?? 0)
    // A log other than the one that the server had signed is never accepted, whoever sends it.
    const reached = state?.hashes[head.n - 1]
    if (state === null || reached === undefined || !equalBytes(reached, head.h)) return syncError('refused')
    if (!equalBytes(state.account, head.id)) return syncError('refused')
    if (before !== null && !hasAccountHead(state, before)) return syncError('refused')
    // K7, S10: times signed by another server are accepted with a log that moves here, but not in an account that
    // charts on this server already rely on.
    const mayBeTimed = isOwn || tx.vaultsOf(head.id).length === 0
    if (!mayBeTimed && entries.some(({ body }) => isTimedElsewhere(decodeAccountEntry(body)!, serverKey)))
      return syncError('refused')
    const sizes = entries.map(({ body }) => body.length)
    if (!isOwn && !hasRoom(tx, head.id, sizes)) return syncError('quota')
    const { proof, isHolder } = proved
    if (before === null || proof !== null) {
      const [first] = before === null ? entries : tx.accountEntries(head.id, 0, 1)
      const genesis = first === undefined ? null : decodeAccountEntry(first.body)
      if (genesis?.type !== 'genesis') return syncError('refused')
      const { lookup } = genesis.recovery
      const newcomer = { account: head.id, first: first!, lookup, from, invite: null, proof, isHolder }
      const { refused } = gate.enter(tx, newcomer)
      if (refused !== null) return refused
    }
    for (const entry of entries) {
      const body = decodeAccountEntry(entry.body)!
      if (body.n === 1) continue
      tx.addAccountEntry(head.id, body.n, entry)
      const lookup = body.type === 'kit-replaced' ? body.recovery.lookup : null
      if (lookup !== null && tx.accountOfLookup(lookup) === null) tx.addLookup(lookup, head.id)
      // C11, C12: it is no longer known when the members left, so their days start again.
      for (const { id, removedAt } of body.type === 'member-removed' ? state.devices.values() : [])
        if (removedAt === body.n) tx.setGrantEnd(head.id, id, clock.now())
      book(tx, head.id, { bytes: entry.body.length, entries: 1 })
    }
    if (isOwn && tx.refillOf(head.id) === null) tx.setRefill(head.id, 'proved')
    accounts.stage(tx, head.id, state)
    const gone =
      before === null ? [] : liveDevices(before).filter(({ id }) => deviceLiveAt(state, id, state.n) === null)
    tx.afterCommit(() => {
      for (const { id } of gone) live.endDevice(head.id, id)
      if (state.n > (before?.n ?? 0)) live.accountMoved(head.id, state.n)
    })
    return { n: state.n }
  }

  /**
   * H9: which signed head proves the account. `lost`: this server lost data and had signed the head. `moved`: an
   * earlier server of a vault here had signed it, and that vault names the account. Null: the account is treated as
   * any newcomer. Asked before the job, because an account may be named in thousands of vaults, and not at all for an
   * account that is admitted already.
   */
  async function proofOf(head: SignedHead, isOwn: boolean): Promise<Proved> {
    const { read } = storage
    if (read.accountLength(head.id) > 0 && admissions.mayEnter(read, head.id)) return { proof: null, isHolder: false }
    const keys = new Map<string, Uint8Array>()
    let isHolder = false
    for (const vault of read.vaultsOf(head.id)) {
      const control = await states.survey(vault)
      if (control === null) continue
      isHolder ||= isOwner(control, head.id)
      for (const key of trustedKeys(control, serverKey)) keys.set(idText(key), key)
    }
    if (isOwn) return { proof: refillStatus(read).since() === null ? null : 'lost', isHolder }
    return { proof: (await isSignedByOne(head, [...keys.values()])) ? 'moved' : null, isHolder }
  }

  /**
   * H9: whether the log of this account is accepted at all: on a server that lost nothing, only if the account is
   * admitted or may enter as a newcomer.
   */
  function mayGive(head: SignedHead, isOwn: boolean, { proof }: Proved): boolean {
    const { read } = storage
    if (refillStatus(read).since() !== null) return isOwn
    if (admissions.mayEnter(read, head.id)) return true
    const isNew = read.accountLength(head.id) === 0
    return (isNew && admissions.registration === 'open' && !isOwn) || proof !== null
  }

  /** The verified log after further entries, judged by the accounts as the server knows them. */
  async function controlBehind(
    before: Promise<CheckedControl>,
    items: readonly ControlItem[],
  ): Promise<CheckedControl> {
    const checked = await before
    if ('type' in checked) return checked
    let { states: behind } = checked
    for (const { entry, body } of items) {
      // Incomplete entries could be shown to nobody: owners need every part.
      if (entry.parts.some((part) => part.open === null || part.wrap === null)) return syncError('refused')
      const known = new Map<string, AccountState>()
      for (const account of [body.account, ...subjectsOf([body])]) {
        const log = await accounts.load(account)
        if (log !== null) known.set(idText(account), log)
      }
      const next: ControlState | { type: 'refused'; reason: string } = await applyControlEntry(
        behind.at(-1) ?? null,
        entry,
        (account) => known.get(idText(account)) ?? null,
      )
      if ('type' in next) {
        const isUnknown = next.reason === 'unknown-account' || next.reason === 'account-head'
        return syncError(isUnknown ? 'heads-unknown' : 'refused')
      }
      behind = [...behind.slice(-1), { ...next, received: [] }]
    }
    return { states: behind }
  }

  /** `checked`: the verified log up to entry `last`; null if the run is empty. */
  async function takeControl(
    tx: StorageWriter,
    session: ServerSession,
    { head }: ControlRefill,
    run: { stored: number; entries: ControlItem[] },
    checked: ControlState | null,
    last: number,
  ): Promise<RefillDone | SyncError> {
    const vault = head.id
    const logs = await actingLogs({ accounts, control: states, sessions }, tx, session, vault)
    if ('type' in logs) return logs
    const { control: before } = logs
    // Another device may have returned the same entries, or more, in the meantime.
    const state = before !== null && before.n >= (checked?.n ?? 0) ? before : checked
    if (before !== null && state !== null && !hasControlHead(state, controlHead(before))) return syncError('refused')
    const taken = following(run, before?.n ?? 0, last)
    const reached = state?.hashes[head.n - 1]
    if (state === null || reached === undefined || !equalBytes(reached, head.h)) return syncError('refused')
    if (!equalBytes(state.vault, vault)) return syncError('refused')
    if (!(await isSignedByOne(head, trustedKeys(state, serverKey)))) return syncError('refused')
    const isMoved = !(await verifyHead(head, serverKey))
    // K7, S10: as for account logs, a chart that is already here accepts no times signed by another server.
    const isTimed = taken.some(({ body }) => isTimedElsewhere(body, serverKey))
    if (isMoved && before !== null && isTimed) return syncError('refused')
    const sizes = taken.map(({ sizeBytes }) => sizeBytes)
    if (isMoved && !hasRoom(tx, session.account, sizes)) return syncError('quota')
    if (isMoved && before === null) {
      const refused = admissions.mayMakeVault(tx, session.account)
      if (refused !== null) return refused
      tx.setRefill(vault, 'moved')
    }
    if (taken.length === 0) return { n: state.n }
    for (const { entry, body, sizeBytes } of taken) {
      tx.addControlEntry(vault, body.n, entry)
      // C11: it is no longer known when the quarantine inbox began to count, so its days start again.
      if (body.cut?.grant) tx.setGrantEnd(vault, body.cut.grant, clock.now())
      book(tx, body.account, { bytes: sizeBytes, entries: 1 })
    }
    for (const member of membersOf(state)) {
      tx.addMember(member, vault)
      if (tx.admission(member)?.standing === 'waiting')
        tx.setAdmission(member, { standing: 'guest', since: clock.now() })
    }
    // The holder of a vault was a member and could create vaults.
    for (const { account: holder } of state.owners.filter(({ cut }) => cut === null))
      if (tx.admission(holder) !== null) tx.setAdmission(holder, { standing: 'member', since: clock.now() })
    states.stage(tx, vault, state)
    const after = state
    tx.afterCommit(() => live.controlMoved(before, after))
    return { n: after.n }
  }

  function namesHere({ body: { server } }: ControlItem): boolean {
    return server !== undefined && equalBytes(server.key, serverKey)
  }

  return {
    async account(post, from = FROM_HERE) {
      const { head, first, entries } = post
      if (head.kind !== 'account' || head.n === 0) return syncError('refused')
      const isOwn = await verifyHead(head, serverKey)
      const proved = await proofOf(head, isOwn)
      if (!mayGive(head, isOwn, proved)) return syncError('refused')
      const stored = storage.read.accountLength(head.id)
      // An empty run: a question, or a device that has nothing more. Answer how far the log is here.
      if (entries.length === 0 && stored < head.n) return { n: stored }
      // Nothing proves entries beyond the head.
      if (first + entries.length - 1 > head.n) return syncError('refused')
      // A long log is read before the job, which would hold up every other write.
      await accounts.load(head.id)
      if (entries.length === 0)
        return storage.write((tx) => takeAccount(tx, post, { stored, entries }, null, isOwn, proved, from))
      const runs = isOwn ? accountRuns : movingRuns
      // Anybody may name any account: what comes from elsewhere is a run of its own.
      const name = `${idText(head.id)} ${from.network.near}`
      const weight = entries.reduce((sum, { body }) => sum + body.length + 64, 0)
      const start = () => accounts.load(head.id)
      const run = runs.add(name, idText(head.h), stored, { first, items: entries, weight }, start, from.network.wide)
      if (run === null) return { n: stored }
      // Verified as they arrive, at most one request at a time, so that the end of a long log delays nobody.
      const checked = await run.state
      if (checked === 'refused') {
        runs.drop(name)
        return syncError('refused')
      }
      if (stored + run.items.length < head.n) return { n: stored + run.items.length }
      runs.drop(name)
      return storage.write((tx) => takeAccount(tx, post, { stored, entries: run.items }, checked, isOwn, proved, from))
    },

    async control(session, vault, post) {
      const { head, first, entries } = post
      if (!sessions.holds(session)) return syncError('unauthenticated')
      if (head.kind !== 'control' || head.n === 0 || !equalBytes(head.id, vault)) return syncError('refused')
      const isOwn = await verifyHead(head, serverKey)
      const stored = storage.read.controlLength(vault)
      const here = stored >= head.n ? await states.load(vault) : null
      if (here !== null && !isOwn && !(await isSignedByOne(head, trustedKeys(here, serverKey))))
        return syncError('refused')
      if (entries.length === 0 && stored < head.n) return { n: stored }
      // S10: the entry that names this server may come after the last head of the earlier server. Nothing proves
      // entries beyond it.
      const items = itemsOf(entries.slice(0, Math.max(0, head.n + (isOwn ? 0 : 1) + 1 - first)))
      if (items === null) return syncError('refused')
      if (items.length === 0)
        return storage.write((tx) => takeControl(tx, session, post, { stored, entries: [] }, null, head.n))
      const name = `${idText(vault)}.${idText(session.device)}`
      const weight = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      const start = async () => {
        const state = await states.load(vault)
        return { states: state === null ? [] : [state] }
      }
      const by = idText(session.account)
      const run = controlRuns.add(name, idText(head.h), stored, { first, items, weight }, start, by)
      if (run === null) return { n: stored }
      // Verified as they arrive, at most one request at a time, so that the end of a long log delays nobody.
      const checked = await run.state
      if ('type' in checked) {
        controlRuns.drop(name)
        return checked
      }
      const named = run.items.slice(0, Math.max(0, head.n - stored)).some(namesHere)
      const last = isOwn || named || stored > head.n ? head.n : head.n + 1
      if (stored + run.items.length < last) return { n: stored + run.items.length }
      controlRuns.drop(name)
      const after = checked.states.find(({ n }) => n === last) ?? null
      return storage.write((tx) => takeControl(tx, session, post, { stored, entries: run.items }, after, last))
    },
  }
}

/** Null if one of them is not a valid entry. */
function itemsOf(entries: readonly ControlEntry[]): ControlItem[] | null {
  const items: ControlItem[] = []
  for (const entry of entries) {
    const body = decodeAs(ControlBody, entry.body)
    if (body === null) return null
    items.push({ entry, body, sizeBytes: encodeMessage(entry).length })
  }
  return items
}

/**
 * The items of a run after `stored` that come after `before`, up to `last`; another device may have returned earlier
 * ones in the meantime.
 */
function following<T>({ stored, entries }: { stored: number; entries: T[] }, before: number, last: number): T[] {
  return before < stored ? [] : entries.slice(before - stored, Math.max(before, last) - stored)
}
