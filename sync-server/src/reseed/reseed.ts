/**
 * Tracks the recovery of a server that lost data (S9): what devices report, and when an account or a vault accepts new
 * entries again. A vault opens once every owner's device that left a beacon there has returned what it has, or by a
 * holder's `restart`; an account opens once all its devices have reported. The operator's `go-on` command ends the
 * recovery for all.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { idText, MAX_BEACONS, READ, syncError, textId, type SyncError } from '@chartkeep/protocol'
import { deviceLiveAt, liveDevices, mayOwn, rolesAt, type AccountState } from '@chartkeep/protocol/account'
import { readBeacon } from '@chartkeep/protocol/audit'
import { deviceCut, isAccessLog, isOwner, type ControlBody, type ControlState } from '@chartkeep/protocol/control'
import { MAX_MISSING, type RefillReport, type RefillState } from '@chartkeep/protocol/messages'
import { streamStart, type SignedHead, verifyHead } from '@chartkeep/protocol/streams'
import { accessOf, type VaultAccess } from '../access/access.ts'
import type { AccessLog } from '../audit/access-log.ts'
import { AuditLeaves } from '../audit/audit-leaves.ts'
import { keepBeacon, ownersIn } from './beacons.ts'
import type { LiveHub } from '../live/live.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import { actingLogs } from '../access/authorize.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { Storage, StorageReader, StorageWriter } from '../storage/storage.ts'

export interface RefillStatus {
  /** When the recovery began, in milliseconds since 1970; null if nothing was lost. */
  since(): number | null
  /** `refilling` while the account or vault accepts nothing new; null otherwise. */
  refusal(place: Uint8Array): SyncError | null
}

/** Reads the mark that a restore leaves, or a start with a key but without data. */
export function refillStatus(read: Pick<StorageReader, 'mark' | 'refillOf'>): RefillStatus {
  return {
    since() {
      const mark = read.mark('restored')
      if (mark === null) return null
      const { at } = JSON.parse(mark) as { at: string }
      return Date.parse(at) || 0
    },
    refusal(place) {
      const stage = read.refillOf(place)
      return stage === 'open' || (stage !== 'moved' && read.mark('restored') === null) ? null : syncError('refilling')
    },
  }
}

export interface RefillOptions {
  storage: Storage
  accounts: LogStates<AccountState>
  control: LogStates<ControlState>
  sessions: Sessions
  live: LiveHub
  accessLog: () => AccessLog
  clock: Clock
}

export interface Refill {
  /** Takes the report of a signed-in device that may read the vault; returns what the server has. */
  report(session: ServerSession, vault: Uint8Array, report: RefillReport): Promise<RefillState | SyncError>
}

export function createRefill({
  storage,
  accounts,
  control: states,
  sessions,
  live,
  accessLog,
  clock,
}: RefillOptions): Refill {
  async function take(
    tx: StorageWriter,
    session: ServerSession,
    vault: Uint8Array,
    { done, beacons }: RefillReport,
  ): Promise<RefillState | SyncError> {
    const logs = await actingLogs({ accounts, control: states, sessions }, tx, session, vault)
    if ('type' in logs) return logs
    const { control, account } = logs
    const access = control === null ? null : accessOf(control, session, clock.now())
    if (control === null || access === null) return syncError('not-found')
    const { refusal } = refillStatus(tx)
    if (access.owner) await keepBeacons(tx, control, beacons)
    if (done && refusal(vault) !== null) tx.addReport(vault, session.device)
    const waiting = await devicesAwaited(tx, control)
    if (done && access.owner && waiting.length === 0) openVault(tx, control, clock.now())
    if (done) openAccount(tx, account, session.device)
    if (done && refusal(vault) === null)
      tx.afterCommit(() => {
        void accessLog().settled()
        live.controlMoved(control, control)
      })
    return stateOf(tx, control, access, access.owner ? waiting : [])
  }

  async function keepBeacons(
    tx: StorageWriter,
    control: ControlState,
    beacons: RefillReport['beacons'],
  ): Promise<void> {
    for (const beacon of beacons) {
      for (const owner of control.owners) {
        const account = await accounts.loadIn(tx, owner.account)
        const body =
          account === null || beacon.places !== null ? 'account' : await readBeacon(beacon, control.vault, account)
        if (typeof body !== 'string') keepBeacon(tx, control.vault, body, beacon)
      }
    }
  }

  /** Live devices of owners that left a beacon here and have not reported. */
  async function devicesAwaited(tx: StorageWriter, control: ControlState): Promise<Uint8Array[]> {
    if (refillStatus(tx).refusal(control.vault) === null) return []
    const reported = tx.reports(control.vault)
    const awaited: Uint8Array[] = []
    for (const { account, device } of tx.beacons(control.vault, MAX_BEACONS, ownersIn(control))) {
      if (!isOwner(control, account) || deviceCut(control, { account, device }) !== null) continue
      if (reported.some((each) => equalBytes(each, device))) continue
      const state = await accounts.loadIn(tx, account)
      if (state !== null && !mayOwn(rolesAt(state, device, state.n))) continue
      if (state === null || deviceLiveAt(state, device, state.n) !== null) awaited.push(device)
    }
    return awaited
  }

  return {
    report: (session, vault, report) => storage.write((tx) => take(tx, session, vault, report)),
  }
}

/**
 * A holder's decision to continue the vault with what the server has: the only entry that a vault accepts before it is
 * complete.
 */
export function isRestart(bodies: readonly ControlBody[]): boolean {
  return bodies.length === 1 && bodies[0]!.type === 'restart'
}

/**
 * S10: the keys whose signed heads are accepted: this server's, and those of the servers from which the vault moved
 * here.
 */
export function trustedKeys(control: ControlState, own: Uint8Array): Uint8Array[] {
  const here = control.servers.findLastIndex(({ key }) => equalBytes(key, own))
  return [own, ...control.servers.slice(0, here + 1).map(({ previous }) => previous)]
}

/** Whether one of the keys signed the head. */
export async function isSignedByOne(head: SignedHead, keys: readonly Uint8Array[]): Promise<boolean> {
  for (const key of keys) if (await verifyHead(head, key)) return true
  return false
}

/**
 * The vault accepts new entries from here on; entries of its audit logs for which no device returned a leaf become
 * leaves.
 */
export function openVault(tx: StorageWriter, control: ControlState, time: number): void {
  if (refillStatus(tx).refusal(control.vault) === null) return
  tx.setRefill(control.vault, 'open')
  AuditLeaves.complete(tx, control, time)
}

/** An account whose log is proved by a signed head opens when its last device has reported. */
function openAccount(tx: StorageWriter, account: AccountState, device: Uint8Array): void {
  if (refillStatus(tx).refusal(account.account) === null) return
  tx.addReport(account.account, device)
  const reported = tx.reports(account.account).map(idText)
  const devices = liveDevices(account).filter(({ kind }) => kind === 'device')
  if (tx.refillOf(account.account) === 'proved' && devices.every(({ id }) => reported.includes(idText(id))))
    tx.setRefill(account.account, 'open')
}

function stateOf(tx: StorageWriter, control: ControlState, access: VaultAccess, waiting: Uint8Array[]): RefillState {
  const { vault } = control
  const readable = [...control.streams.keys()]
    .filter((id) => !isAccessLog(control, id))
    .map((id) => textId(id)!)
    .filter((stream) => (access.rightsOn(stream) & READ) !== 0)
  return {
    open: refillStatus(tx).refusal(vault) === null,
    control: control.n,
    streams: readable.map((stream) => ({
      stream,
      ...(tx.streamHead(vault, stream) ?? { n: 0, h: streamStart(vault, stream) }),
      missing: tx.missingBodies(vault, stream, MAX_MISSING),
    })),
    waiting,
    leaves: access.owner ? (tx.auditHead(vault)?.size ?? 0) : 0,
  }
}
