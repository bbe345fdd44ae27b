/**
 * Control logs on the server (C1-C4, C8): verified by the shared reader, ordered by compare-and-set, shown according
 * to the reader's rights.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import {
  decodeAs,
  idText,
  MAX_LISTED,
  MAX_LOG_PAGE_ENTRIES,
  sameHead,
  syncError,
  textId,
  type Head,
  type SyncError,
  type SyncErrorCode,
} from '@chartkeep/protocol'
import { mayOwn, rolesAt, type AccountState } from '@chartkeep/protocol/account'
import {
  applyControlEntry,
  ControlBody,
  PartOpen,
  wasOwner,
  type ControlEntry,
  type ControlRefusal,
  type ControlState,
} from '@chartkeep/protocol/control'
import { ENDED_OWNER, type ControlLogPage, type LogAnswer, type VaultList } from '@chartkeep/protocol/messages'
import { entryHash } from '@chartkeep/protocol/signed'
import { streamStart } from '@chartkeep/protocol/streams'
import { accessOf, actingBy, controlView, isHeldBack, ownGrants } from '../access/access.ts'
import { PIECE_ENTRIES, timedRefusal, withinBytes } from './accounts.ts'
import type { Admissions } from '../admission/invitations.ts'
import { ByteMap } from '../storage/byte-keys.ts'
import type { HeadSigner } from '../signing/heads.ts'
import type { Holds } from '../access/hold.ts'
import { book, charge, type ServerLimits } from '../storage/limits.ts'
import type { LiveHub } from '../live/live.ts'
import { createLogStates, type LogStates } from '../storage/log-states.ts'
import { isRestart, openVault, refillStatus } from '../reseed/reseed.ts'
import { createLongReads, type LongReads } from '../guard/long-reads.ts'
import { kindOf } from '../guard/relief.ts'
import type { ServerClock } from '../time/server-clock.ts'
import { actingLogs } from '../access/authorize.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { Storage, StorageReader, StorageWriter } from '../storage/storage.ts'

const MAX_VAULTS_PER_ACCOUNT = 1024
/** An account with at least this many vaults is counted before its job runs. */
const COUNTED_BEFORE = 512
/**
 * How many of one vault's grants to one account are listed, the newest of those in force and of those that have ended.
 */
const LISTED_STANDING = 16
const LISTED_OVER = 4

/** The server cannot use keys that are addressed to others: its states keep no wraps. */
function withoutWraps(state: ControlState): ControlState {
  return { ...state, received: [] }
}

export function createControlStates(
  storage: Pick<Storage, 'read'>,
  accounts: LogStates<AccountState>,
  longReads: LongReads = createLongReads(),
): LogStates<ControlState> {
  return createLogStates<ControlState>({
    longReads,
    lengthOf: (vault) => storage.read.controlLength(vault),
    async extend(vault, state) {
      let current = state
      for (const entry of storage.read.controlEntries(vault, current?.n ?? 0, PIECE_ENTRIES)) {
        const body = decodeAs(ControlBody, entry.body)
        if (body === null) throw new Error('a stored control log does not hold')
        // The signer's log and that of the owner in question: a grantee's may have changed since the entry was accepted
        // (see `append`).
        const known = new Map<string, AccountState>()
        for (const account of [body.account, ...subjectsOf([body])]) {
          const log = await accounts.load(account)
          if (log !== null) known.set(idText(account), log)
        }
        const next = await applyControlEntry(current, entry, (account) => known.get(idText(account)) ?? null)
        if ('type' in next) throw new Error('a stored control log does not hold')
        current = withoutWraps(next)
      }
      return current
    },
  })
}

export interface Vaults {
  list(session: ServerSession): Promise<VaultList>
  log(session: ServerSession, vault: Uint8Array, after: number): Promise<ControlLogPage | SyncError>
  /** Appends entries after the head that they name, all or none; the first entry of a log creates the vault. */
  post(session: ServerSession, vault: Uint8Array, entries: ControlEntry[]): Promise<LogAnswer | SyncError>
}

/** How many of the first `places` vaults that name an account it created itself. */
interface Made {
  places: number
  made: number
}
const NONE_MADE: Made = { places: 0, made: 0 }

export interface VaultsOptions {
  storage: Storage
  accounts: LogStates<AccountState>
  states: LogStates<ControlState>
  sessions: Sessions
  live: LiveHub
  signHead: HeadSigner
  clock: ServerClock
  admissions: Admissions
  limits: ServerLimits
  serverKey: Uint8Array
  holds: Holds
}

function refusalToError(reason: ControlRefusal): SyncErrorCode {
  if (reason === 'not-next') return 'head-moved'
  if (reason === 'too-early') return 'too-early'
  return reason === 'account-head' ? 'heads-unknown' : 'refused'
}

/** h_n of a stream, including h_0; null if the stream is shorter. */
export function streamHashAt(read: StorageReader, vault: Uint8Array, stream: Uint8Array, n: number): Uint8Array | null {
  return n === 0 ? streamStart(vault, stream) : read.hashAt(vault, stream, n)
}

export function createVaults(options: VaultsOptions): Vaults {
  const { storage, accounts, states, sessions, live, signHead, clock, admissions, limits, serverKey, holds } = options

  /** The checks on an entry that only the server makes, beyond the shared reader. */
  function judge(tx: StorageReader, next: ControlState, entry: ControlEntry, body: ControlBody): SyncErrorCode | null {
    if (entry.parts.some((part) => part.open === null || part.wrap === null)) return 'refused'
    const untimely = timedRefusal(body, serverKey, clock)
    if (untimely !== null) return untimely
    if (body.type === 'grant') {
      const grant = next.grants.get(idText(body.grant!))!
      if (grant.account === null || grant.notAfter <= clock.now()) return 'refused'
      for (const [id, { start }] of grant.streams) {
        // C3: `from: now` begins at the stream's current head, with nothing between it and the new epoch.
        const stream = textId(id)!
        if (start === null) continue
        const known = streamHashAt(tx, body.vault, stream, start.n)
        if (known === null || !equalBytes(known, start.h)) return 'heads-unknown'
        if ((tx.streamHead(body.vault, stream)?.n ?? 0) > start.n) return 'head-moved'
      }
    }
    for (const { stream, n, h } of body.cut?.streams ?? []) {
      const known = streamHashAt(tx, body.vault, stream, n)
      if (known === null || !equalBytes(known, h)) return 'heads-unknown'
    }
    // S9: a restart is a compare-and-set over the current heads of the streams.
    for (const { stream, n, h } of body.restart?.streams ?? []) {
      const here = tx.streamHead(body.vault, stream) ?? { n: 0, h: streamStart(body.vault, stream) }
      if (!sameHead(here, { n, h })) return 'head-moved'
    }
    const accepted = new ByteMap<{ stream: Uint8Array; hashes: Uint8Array[] }>()
    for (const { stream, hash } of body.accept?.envelopes ?? [])
      accepted.getOr(stream, () => ({ stream, hashes: [] })).hashes.push(hash)
    for (const { stream, hashes } of accepted.values())
      if (!tx.hasEnvelopes(body.vault, stream, hashes)) return 'heads-unknown'
    return null
  }

  /**
   * Continues to count the vaults that an account created itself, because it is not responsible for vaults that others
   * share with it. `places`: all vaults that name it, oldest first.
   */
  async function countMade(
    { places: counted, made }: Made,
    account: Uint8Array,
    places: Uint8Array[],
    load: (vault: Uint8Array) => Promise<ControlState | null>,
  ): Promise<Made> {
    let count = made
    for (const place of places.slice(counted)) {
      const control = await load(place)
      if (control !== null && isFounder(control, account)) count++
    }
    return { places: places.length, made: count }
  }

  /** Before the job's turn in the queue, because counting many vaults may have to read their logs. */
  async function madeBefore(account: Uint8Array): Promise<Made> {
    const places = storage.read.vaultsOf(account)
    return places.length < COUNTED_BEFORE ? NONE_MADE : countMade(NONE_MADE, account, places, states.survey)
  }

  async function hasMadeEnough(tx: StorageWriter, account: Uint8Array, before: Made): Promise<boolean> {
    const places = tx.vaultsOf(account)
    if (places.length < MAX_VAULTS_PER_ACCOUNT) return false
    const { made } = await countMade(before, account, places, (place) => states.loadIn(tx, place))
    return made >= MAX_VAULTS_PER_ACCOUNT
  }

  async function append(
    tx: StorageWriter,
    session: ServerSession,
    vault: Uint8Array,
    entries: ControlEntry[],
    bodies: ControlBody[],
    made: Made,
  ): Promise<ControlState | SyncError> {
    const logs = await actingLogs({ accounts, control: states, sessions }, tx, session, vault)
    if ('type' in logs) return logs
    const { control: before, account: author } = logs
    const { refusal, since } = refillStatus(tx)
    // S9: on a server that lost data, an account can create a vault once its own log is complete again.
    const refilling = refusal(before === null ? session.account : vault)
    if (refilling !== null && !isRestart(bodies)) return refilling
    const roles = rolesAt(author, session.device, author.n)
    const access = before === null ? null : accessOf(before, actingBy(session, roles), clock.now())
    if (before === null ? bodies[0]!.type !== 'vault' || session.kind !== 'device' : access === null)
      return syncError('not-found')
    if (access !== null && !access.owner) return syncError('no-right')
    if (bodies.some((body) => !equalBytes(body.vault, vault))) return syncError('refused')
    // C1: an owner that posts entries which are already stored gets their head, whoever signed them; nothing is added.
    if (before !== null && isStored(before, entries, bodies)) return before
    // K11: a log that no server has yet may be from another device that no longer exists; any live device of the
    // account may post it as signed.
    const own = bodies.every(
      (body) =>
        equalBytes(body.account, session.account) && (before === null || equalBytes(body.device, session.device)),
    )
    if (!own) return syncError('refused')
    if (before === null && !mayOwn(roles)) return syncError('no-right')
    if (before === null) {
      if (await hasMadeEnough(tx, session.account, made)) return syncError('quota')
      const refused = admissions.mayMakeVault(tx, session.account)
      if (refused !== null) return refused
    }

    // P4: if the server knows a grantee's log, the grant must name a head of it.
    const known = new Map([[idText(author.account), author]])
    for (const recipient of [...recipientsOf(entries), ...subjectsOf(bodies)]) {
      const grantee = await accounts.loadIn(tx, recipient)
      if (grantee !== null) known.set(idText(recipient), grantee)
    }
    let state = before
    for (const [index, entry] of entries.entries()) {
      const next = await applyControlEntry(state, entry, (account) => known.get(idText(account)) ?? null)
      if ('type' in next) return syncError(refusalToError(next.reason))
      const fault = judge(tx, next, entry, bodies[index]!)
      if (fault !== null) return syncError(fault)
      state = withoutWraps(next)
    }
    const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0)
    const cost = { bytes: size, entries: entries.length }
    // A quota never stops an entry that revokes access.
    if (kindOf(bodies) === 'relief') book(tx, session.account, cost)
    else if (charge(tx, { type: 'account', id: session.account }, cost, limits) !== null) return syncError('quota')
    for (const [index, entry] of entries.entries()) tx.addControlEntry(vault, bodies[index]!.n, entry)
    // S9: nothing was lost of a vault that is created here.
    if (before === null && since() !== null) tx.setRefill(vault, 'open')
    if (bodies.some(({ restart }) => restart !== undefined)) {
      openVault(tx, state!, clock.now())
      if (refillStatus(tx).refusal(session.account) !== null) tx.setRefill(session.account, 'open')
    }
    // C11: the quarantine inbox counts its days from here, because the control log holds only the time that its signer
    // claims.
    for (const { cut } of bodies) if (cut?.grant) tx.setGrantEnd(vault, cut.grant, clock.now())
    for (const member of membersOf(state!)) {
      tx.addMember(member, vault)
      // H2: the grant admits a waiting account.
      if (tx.admission(member)?.standing === 'waiting')
        tx.setAdmission(member, { standing: 'guest', since: clock.now() })
    }
    states.stage(tx, vault, state!)
    const after = state!
    tx.afterCommit(() => {
      holds.stored(vault, session.device, takesAway(bodies))
      live.controlMoved(before, after)
    })
    return after
  }

  /** H7: whether entries that could not be stored were a valid owner's entries that revoke access. */
  async function wouldCut(
    session: ServerSession,
    vault: Uint8Array,
    entries: ControlEntry[],
    bodies: ControlBody[],
  ): Promise<boolean> {
    if (!takesAway(bodies) || !sessions.holds(session)) return false
    try {
      let state = await states.load(vault)
      if (state === null || accessOf(state, session, clock.now())?.owner !== true) return false
      const known = new Map<string, AccountState>()
      for (const account of [session.account, ...recipientsOf(entries), ...subjectsOf(bodies)]) {
        const log = await accounts.load(account)
        if (log !== null) known.set(idText(account), log)
      }
      for (const entry of entries) {
        const next = await applyControlEntry(state, entry, (account) => known.get(idText(account)) ?? null)
        if ('type' in next) return false
        state = next
      }
      return true
    } catch {
      // Nothing can be read either, so nobody gets anything.
      return false
    }
  }

  return {
    async list(session) {
      // Any chart may name any account in any number of grants; that must not produce a list that no device can read.
      const made: VaultList['vaults'] = []
      const own: VaultList['vaults'] = []
      const standing: VaultList['vaults'] = []
      const over: VaultList['vaults'] = []
      for (const vault of session.kind === 'device' ? storage.read.vaultsOf(session.account) : []) {
        const control = await states.survey(vault)
        const view = control === null ? null : controlView(control, session, clock.now())
        if (control === null || view === null) continue
        const moved = (streams: Iterable<string>) => view.upTo + lengthOf(storage.read, vault, streams)
        const all = control.streams.keys()
        if (accessOf(control, session, clock.now())?.owner)
          (isFounder(control, session.account) ? made : own).push({ vault, grant: null, moved: moved(all) })
        else if (mayOwn(session.roles) && wasOwner(control, session.account))
          own.push({ vault, grant: ENDED_OWNER, moved: view.upTo })
        const stands: VaultList['vaults'] = []
        const ended: VaultList['vaults'] = []
        for (const grant of ownGrants(control, session)) {
          const { id, cut, streams } = grant
          const isHeld = cut === null && isHeldBack(control, grant, session, clock.now())
          // C13: after the end of a grant, only a device that opened it has anything left to end.
          const isOver = cut !== null || grant.notAfter <= clock.now()
          if (grant.emergency !== null && isOver && !storage.read.hasOpened(vault, id, session.device)) continue
          const listed = { vault, grant: id, moved: moved(cut === null && !isHeld ? streams.keys() : []) }
          ;(isOver ? ended : stands).push(isHeld ? { ...listed, held: true } : listed)
        }
        standing.push(...stands.slice(-LISTED_STANDING))
        over.push(...ended.slice(-LISTED_OVER))
      }
      return { vaults: [...made, ...own, ...standing, ...over].slice(0, MAX_LISTED) }
    },

    async log(session, vault, after) {
      for (;;) {
        const known = await states.load(vault)
        const wanted = known === null ? null : controlView(known, session, clock.now())
        if (known === null || wanted === null) return syncError('not-found')
        const head: Head = { n: wanted.upTo, h: known.hashes[wanted.upTo - 1]! }
        const signed = await signHead('control', vault, head)
        // No await from here on: the log is shown by the rights of this moment (C6).
        if (!sessions.holds(session)) return syncError('unauthenticated')
        const control = states.peek(vault)
        const view = control ? controlView(control, session, clock.now()) : null
        if (view === null || view.upTo !== head.n) continue
        const count = Math.min(MAX_LOG_PAGE_ENTRIES, Math.max(0, view.upTo - after))
        const entries = storage.read.controlEntries(vault, after, count).map((entry) => view.show(entry))
        return { entries: withinBytes(entries, sizeOf), head: signed }
      }
    },

    async post(session, vault, entries) {
      const bodies: ControlBody[] = []
      for (const { body } of entries) {
        const decoded = decodeAs(ControlBody, body)
        if (decoded === null) return syncError('refused')
        bodies.push(decoded)
      }
      if (bodies.length === 0) return syncError('bad-request')
      const made = bodies[0]!.n === 1 ? await madeBefore(session.account) : NONE_MADE
      const state = await storage
        .write((tx) => append(tx, session, vault, entries, bodies, made), kindOf(bodies))
        .catch(async (error: unknown) => {
          if (await wouldCut(session, vault, entries, bodies)) holds.holdVault(vault, session.device)
          throw error
        })
      if ('type' in state) return state
      // The head after the last posted entry, also if it was stored earlier and the log has grown since.
      const { n } = bodies[bodies.length - 1]!
      return { head: await signHead('control', vault, { n, h: state.hashes[n - 1]! }) }
    },
  }
}

function takesAway(bodies: readonly ControlBody[]): boolean {
  return bodies.some(({ cut }) => cut !== null)
}

function isFounder({ owners }: ControlState, account: Uint8Array): boolean {
  return equalBytes(owners[0]!.account, account)
}

/** Sum of the entries of these streams, which is never more than their reader could count. */
function lengthOf(read: StorageReader, vault: Uint8Array, streams: Iterable<string>): number {
  let length = 0
  for (const stream of streams) length += read.streamHead(vault, textId(stream)!)?.n ?? 0
  return length
}

function isStored(state: ControlState, entries: ControlEntry[], bodies: ControlBody[]): boolean {
  return entries.every((entry, index) => {
    const known = state.hashes[bodies[index]!.n - 1]
    return known !== undefined && equalBytes(known, entryHash('control-entry', entry.body))
  })
}

function recipientsOf(entries: ControlEntry[]): Uint8Array[] {
  const opens = entries.flatMap(({ parts }) =>
    parts.map(({ open }) => (open === null ? null : decodeAs(PartOpen, open))),
  )
  return opens.flatMap((open) => (open === null ? [] : [open.recipient]))
}

/**
 * Owners whose account logs are needed to judge an entry, in addition to its signer's: an owner that is added, or
 * whose device another owner cuts.
 */
export function subjectsOf(bodies: ControlBody[]): Uint8Array[] {
  return bodies.flatMap(({ member, subject, cut }) => {
    const cutAccount = subject === undefined ? null : (cut?.account ?? null)
    return [...(member === undefined ? [] : [member.account]), ...(cutAccount === null ? [] : [cutAccount])]
  })
}

export function membersOf(state: ControlState): Uint8Array[] {
  const granted = [...state.grants.values()].flatMap((grant) => (grant.account === null ? [] : [grant.account]))
  return [...state.owners.map(({ account }) => account), ...granted]
}

function sizeOf(entry: ControlEntry): number {
  return entry.parts.reduce(
    (size, part) => size + (part.open?.length ?? 0) + (part.wrap?.length ?? 0) + 80,
    entry.body.length + 80,
  )
}
