/**
 * Beacons on the server (F2): the newest of each device in each vault. Owners see everybody's, complete. A grantee
 * sees those of owners and of its own account, limited to the streams that it may read (C6).
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { MAX_BEACONS, READ, syncError, type SyncError } from '@chartkeep/protocol'
import { deviceLiveAt, type AccountState } from '@chartkeep/protocol/account'
import { beaconFor, readBeacon, type Beacon, type BeaconBody, type BeaconPage } from '@chartkeep/protocol/audit'
import { deviceCut, isOwner, type ControlState } from '@chartkeep/protocol/control'
import { accessOf, type VaultAccess } from '../access/access.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import type { StoredBeacon } from '../storage/reseed-storage.ts'
import { actingLogs } from '../access/authorize.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { Storage, StorageReader, StorageWriter } from '../storage/storage.ts'

export interface Beacons {
  /** Durable when it resolves; an older beacon of the device changes nothing. Returns the other devices' beacons. */
  post(session: ServerSession, vault: Uint8Array, beacon: Beacon): Promise<BeaconPage | SyncError>
}

export interface BeaconsOptions {
  storage: Storage
  accounts: LogStates<AccountState>
  control: LogStates<ControlState>
  sessions: Sessions
  clock: Clock
}

/** Stores a valid beacon if it is newer than the stored one. */
export function keepBeacon(tx: StorageWriter, vault: Uint8Array, body: BeaconBody, beacon: Beacon): void {
  const { device, account, counter } = body
  if (counter > (tx.beacon(vault, device)?.counter ?? 0)) tx.setBeacon(vault, { device, account, counter, beacon })
}

/**
 * Drops the beacons of a grantee's devices that are no longer live. A grantee may add and remove devices without end,
 * and a vault shows only so many beacons.
 */
function dropEnded(tx: StorageWriter, vault: Uint8Array, account: AccountState): void {
  for (const device of tx.beaconDevices(vault, account.account))
    if (deviceLiveAt(account, device, account.n) === null) tx.dropBeacon(vault, device)
}

export function createBeacons(options: BeaconsOptions): Beacons {
  const { storage, control: states, sessions, clock } = options

  async function take(
    tx: StorageWriter,
    session: ServerSession,
    vault: Uint8Array,
    beacon: Beacon,
  ): Promise<null | SyncError> {
    const logs = await actingLogs(options, tx, session, vault)
    if ('type' in logs) return logs
    const { control, account } = logs
    const access = control === null ? null : accessOf(control, session, clock.now())
    if (access === null) return syncError('not-found')
    const body = await readBeacon(beacon, vault, account)
    if (body === 'account') return syncError('heads-unknown')
    // A device can only speak for itself, and about what it may read.
    if (typeof body === 'string' || !equalBytes(body.device, session.device) || beacon.places !== null)
      return syncError('refused')
    if (beacon.leaves.some(({ stream }) => (access.rightsOn(stream) & READ) === 0)) return syncError('not-found')
    if (!access.owner) dropEnded(tx, vault, account)
    keepBeacon(tx, vault, body, beacon)
    return null
  }

  return {
    async post(session, vault, beacon) {
      const refused = await storage.write((tx) => take(tx, session, vault, beacon), 'relief')
      if (refused !== null) return refused
      let control = states.peek(vault)
      for (; control === undefined; control = states.peek(vault)) await states.load(vault)
      if (!sessions.holds(session)) return syncError('unauthenticated')
      const access = control === null ? null : accessOf(control, session, clock.now())
      if (control === null || access === null) return syncError('not-found')
      return { beacons: shownBeacons(storage.read, control, access, session) }
    },
  }
}

/** The accounts that own the vault now. */
export function ownersIn({ owners }: ControlState): Uint8Array[] {
  return owners.filter(({ cut }) => cut === null).map(({ account }) => account)
}

function shownBeacons(
  read: StorageReader,
  control: ControlState,
  access: VaultAccess,
  who: { account: Uint8Array; device: Uint8Array },
): Beacon[] {
  const others = read
    .beacons(control.vault, MAX_BEACONS, ownersIn(control))
    .filter(
      ({ device, account }) => !equalBytes(device, who.device) && deviceCut(control, { device, account }) === null,
    )
  if (access.owner) return others.map(({ beacon }) => beacon)
  const isShown = ({ account }: StoredBeacon) => isOwner(control, account) || equalBytes(account, who.account)
  return others
    .filter(isShown)
    .map(({ beacon }) => beaconFor(beacon, (stream) => (access.rightsOn(stream) & READ) !== 0))
}
