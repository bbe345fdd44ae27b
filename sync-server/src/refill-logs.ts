/**
 * Account logs and control logs given back to a server that lost them (S9): entries that lead to a head under its own signature, from
 * whoever has them. The signature admits them, so no invitation is asked for and no quota stops them. What comes from another server (S10) has
 * to find room here.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import {
  applyAccountEntry,
  applyControlEntry,
  ControlBody,
  decodeAccountEntry,
  decodeAs,
  encodeMessage,
  idText,
  isOwner,
  syncError,
  verifyHead,
  type AccountRefill,
  type AccountState,
  type ControlEntry,
  type ControlRefill,
  type ControlState,
  type RefillDone,
  type SignedEntry,
  type SyncError,
} from '@chartkeep/protocol'
import { isTimedElsewhere, limitsOf, removedBy } from './accounts.ts'
import type { Admissions } from './admission.ts'
import { book, payerOf, type ServerLimits } from './limits.ts'
import type { LiveHub } from './live.ts'
import type { LogStates } from './log-states.ts'
import type { Clock } from './ports.ts'
import { isSignedByOne, refillStatus, trustedKeys } from './refill.ts'
import { createStages } from './refill-stage.ts'
import type { ServerSession, Sessions } from './sessions.ts'
import type { Storage, StorageWriter } from './storage.ts'
import { membersOf, subjectsOf } from './vaults.ts'

export interface RefillLogs {
  account(post: AccountRefill): Promise<RefillDone | SyncError>
  control(session: ServerSession, vault: Uint8Array, post: ControlRefill): Promise<RefillDone | SyncError>
}

export interface RefillLogsOptions {
  storage: Storage
  accounts: LogStates<AccountState>
  control: LogStates<ControlState>
  sessions: Sessions
  live: LiveHub
  admissions: Admissions
  clock: Clock
  serverKey: Uint8Array
  limits: ServerLimits
}

export function createRefillLogs(options: RefillLogsOptions): RefillLogs {
  const { storage, accounts, control: states, sessions, live, admissions, clock, serverKey, limits } = options
  const accountRuns = createStages<SignedEntry>()
  const controlRuns = createStages<ControlEntry>()

  /** S8: whether the account has room for what comes from another server. */
  function hasRoom(tx: StorageWriter, account: Uint8Array, sizes: readonly number[]): boolean {
    const cost = { bytes: sizes.reduce((sum, size) => sum + size, 0), entries: sizes.length }
    return payerOf(tx, { type: 'account', id: account }, cost, limitsOf(tx, account, limits)) !== null
  }

  async function takeAccount(
    tx: StorageWriter,
    { head }: AccountRefill,
    run: { stored: number; entries: SignedEntry[] },
    isOwn: boolean,
  ): Promise<RefillDone | SyncError> {
    let state = await accounts.loadIn(tx, head.id)
    const before = state?.n ?? 0
    const entries = following(run, before, head.n)
    const gone: Uint8Array[] = []
    for (const entry of entries) {
      const next: AccountState | { type: string } = await applyAccountEntry(state, entry)
      if ('type' in next) return syncError('refused')
      if (state !== null) gone.push(...removedBy(decodeAccountEntry(entry.body)!, state))
      state = next
    }
    // Another log than the one that the server had signed is never taken, whoever brings it.
    const reached = state?.hashes[head.n - 1]
    if (state === null || reached === undefined || !equalBytes(reached, head.h)) return syncError('refused')
    if (!equalBytes(state.account, head.id)) return syncError('refused')
    // K7, S10: the times of another server come with a log that moves here, and into none that charts of this server go by.
    const mayBeTimed = isOwn || tx.vaultsOf(head.id).length === 0
    if (!mayBeTimed && entries.some(({ body }) => isTimedElsewhere(decodeAccountEntry(body)!, serverKey)))
      return syncError('refused')
    const sizes = entries.map(({ body }) => body.length)
    if (!isOwn && !hasRoom(tx, head.id, sizes)) return syncError('quota')
    for (const entry of entries) {
      const body = decodeAccountEntry(entry.body)!
      tx.addAccountEntry(head.id, body.n, entry)
      const lookup = body.type === 'genesis' || body.type === 'kit-replaced' ? body.recovery.lookup : null
      if (lookup !== null && tx.accountOfLookup(lookup) === null) tx.addLookup(lookup, head.id)
      book(tx, head.id, { bytes: entry.body.length, entries: 1 })
    }
    const standing = tx.admission(head.id)?.standing ?? null
    if (standing === null || standing === 'waiting') {
      const back = admissions.registration === 'open' || isHolder(tx, head.id) ? 'member' : 'guest'
      tx.setAdmission(head.id, { standing: back, since: clock.now() })
    }
    if (isOwn && tx.refillOf(head.id) === null) tx.setRefill(head.id, 'proved')
    accounts.stage(tx, head.id, state)
    const { n } = state
    const stored = state
    tx.afterCommit(() => {
      sessions.noteRoles(stored)
      for (const device of gone) {
        sessions.endDevice(head.id, device)
        live.endDevice(head.id, device)
      }
      if (n > before) live.accountMoved(head.id, n)
    })
    return { n }
  }

  function isHolder(tx: StorageWriter, account: Uint8Array): boolean {
    return tx.vaultsOf(account).some((vault) => {
      const control = states.peek(vault)
      return control !== null && control !== undefined && isOwner(control, account)
    })
  }

  async function takeControl(
    tx: StorageWriter,
    session: ServerSession,
    { head }: ControlRefill,
    run: { stored: number; entries: ControlEntry[] },
    last: number,
  ): Promise<RefillDone | SyncError> {
    const vault = head.id
    const before = await states.loadIn(tx, vault)
    let state = before
    const taken = following(run, before?.n ?? 0, last)
    for (const entry of taken) {
      // What is not whole would be shown to nobody: owners hold every part.
      if (entry.parts.some((part) => part.open === null || part.wrap === null)) return syncError('refused')
      const body = decodeAs(ControlBody, entry.body)
      const known = new Map<string, AccountState>()
      for (const account of body === null ? [] : [body.account, ...subjectsOf([body])]) {
        const log = await accounts.loadIn(tx, account)
        if (log !== null) known.set(idText(account), log)
      }
      const next: ControlState | { type: 'refused'; reason: string } = await applyControlEntry(
        state,
        entry,
        (account) => known.get(idText(account)) ?? null,
      )
      if ('type' in next) {
        const isUnknown = next.reason === 'unknown-account' || next.reason === 'account-head'
        return syncError(isUnknown ? 'heads-unknown' : 'refused')
      }
      state = { ...next, received: [] }
    }
    const reached = state?.hashes[head.n - 1]
    if (state === null || reached === undefined || !equalBytes(reached, head.h)) return syncError('refused')
    if (!equalBytes(state.vault, vault)) return syncError('refused')
    if (!(await isSignedByOne(head, trustedKeys(state, serverKey)))) return syncError('refused')
    const isMoved = !(await verifyHead(head, serverKey))
    const sizes = taken.map((entry) => encodeMessage(entry).length)
    if (isMoved && !hasRoom(tx, session.account, sizes)) return syncError('quota')
    if (isMoved && before === null) {
      const refused = admissions.mayMakeVault(tx, session.account)
      if (refused !== null) return refused
      tx.setRefill(vault, 'moved')
    }
    if (taken.length === 0) return { n: state.n }
    for (const [index, entry] of taken.entries()) {
      tx.addControlEntry(vault, (before?.n ?? 0) + index + 1, entry)
      const { account, cut } = decodeAs(ControlBody, entry.body)!
      // C11: the days of the late box begin anew; nobody knows any more when they began.
      if (cut?.grant) tx.setGrantEnd(vault, cut.grant, clock.now())
      book(tx, account, { bytes: sizes[index]!, entries: 1 })
    }
    for (const member of membersOf(state)) {
      tx.addMember(member, vault)
      if (tx.admission(member)?.standing === 'waiting')
        tx.setAdmission(member, { standing: 'guest', since: clock.now() })
    }
    // Who has a vault was a member, and could make one.
    for (const { account: holder } of state.owners.filter(({ cut }) => cut === null))
      if (tx.admission(holder) !== null) tx.setAdmission(holder, { standing: 'member', since: clock.now() })
    states.stage(tx, vault, state)
    const after = state
    tx.afterCommit(() => live.controlMoved(before, after))
    return { n: after.n }
  }

  function namesHere({ body }: ControlEntry): boolean {
    const server = decodeAs(ControlBody, body)?.server
    return server !== undefined && equalBytes(server.key, serverKey)
  }

  return {
    async account(post) {
      const { head, first, entries } = post
      if (head.kind !== 'account' || head.n === 0) return syncError('refused')
      // S10: who comes from another server is let in as everybody is; its log proves itself, entry by entry.
      const isOwn = await verifyHead(head, serverKey)
      const mayCome = admissions.registration === 'open' || admissions.mayEnter(storage.read, head.id)
      if (!isOwn && (refillStatus(storage.read).since() !== null || !mayCome)) return syncError('refused')
      const stored = storage.read.accountLength(head.id)
      // A question, or the word of a device that has nothing more: how far is it here?
      if (entries.length === 0 && stored < head.n) return { n: stored }
      const name = idText(head.id)
      const weight = entries.reduce((sum, { body }) => sum + body.length + 64, 0)
      const run =
        entries.length === 0 ? [] : accountRuns.add(name, idText(head.h), stored, { first, items: entries, weight })
      if (run === null) return { n: stored }
      if (stored + run.length < head.n) return { n: stored + run.length }
      accountRuns.drop(name)
      return storage.write((tx) => takeAccount(tx, post, { stored, entries: run }, isOwn))
    },

    async control(session, vault, post) {
      const { head, first, entries } = post
      if (!sessions.holds(session)) return syncError('unauthenticated')
      if (head.kind !== 'control' || head.n === 0 || !equalBytes(head.id, vault)) return syncError('refused')
      const stored = storage.read.controlLength(vault)
      const isOwn = await verifyHead(head, serverKey)
      const here = stored >= head.n ? await states.load(vault) : null
      if (here !== null && !isOwn && !(await isSignedByOne(head, trustedKeys(here, serverKey))))
        return syncError('refused')
      if (entries.length === 0 && stored < head.n) return { n: stored }
      const name = `${idText(vault)}.${idText(session.device)}`
      const weight = entries.reduce((sum, entry) => sum + encodeMessage(entry).length, 0)
      const run =
        entries.length === 0 ? [] : controlRuns.add(name, idText(head.h), stored, { first, items: entries, weight })
      if (run === null) return { n: stored }
      // S10: the entry that names this server may come behind the last head of the one before it.
      const named = run.slice(0, Math.max(0, head.n - stored)).some(namesHere)
      const last = isOwn || named || stored > head.n ? head.n : head.n + 1
      if (run.length > 0 && stored + run.length < last) return { n: stored + run.length }
      controlRuns.drop(name)
      return storage.write((tx) => takeControl(tx, session, post, { stored, entries: run }, last))
    },
  }
}

/** Of a run that begins after `stored`, what follows `before` up to `last`: another device may have brought some of it meanwhile. */
function following<T>({ stored, entries }: { stored: number; entries: T[] }, before: number, last: number): T[] {
  return before < stored ? [] : entries.slice(before - stored, Math.max(before, last) - stored)
}
