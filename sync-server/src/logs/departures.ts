/**
 * Signed departures (C10): accepted from a device whose grant has ended, stored once per grant and device, shown to
 * the vault's owners. An account that never had the grant and a vault that does not exist get the same answer (C6).
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { decodeAs, idText, MAX_DEPARTURES, syncError, type SyncError } from '@chartkeep/protocol'
import type { AccountState } from '@chartkeep/protocol/account'
import type { ControlState } from '@chartkeep/protocol/control'
import { DepartureBody, readDeparture, type Departure, type DeparturePage } from '@chartkeep/protocol/ended'
import { grantsOf, isHeldBack } from '../access/access.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import { actingLogs, ownedVault } from '../access/authorize.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { Storage, StorageWriter } from '../storage/storage.ts'

export interface Departures {
  /** Durable when it resolves. The same grant and device again changes nothing. */
  post(session: ServerSession, vault: Uint8Array, departure: Departure): Promise<null | SyncError>
  list(session: ServerSession, vault: Uint8Array): Promise<DeparturePage | SyncError>
}

export function createDepartures(options: {
  storage: Storage
  accounts: LogStates<AccountState>
  control: LogStates<ControlState>
  sessions: Sessions
  clock: Clock
}): Departures {
  const { storage, clock } = options

  async function take(
    tx: StorageWriter,
    session: ServerSession,
    vault: Uint8Array,
    departure: Departure,
  ): Promise<null | SyncError> {
    const logs = await actingLogs(options, tx, session, vault)
    if ('type' in logs) return logs
    const { control, account } = logs
    if (control === null || session.kind !== 'device' || grantsOf(control, session.account).length === 0)
      return syncError('not-found')
    const read = await readDeparture(departure, control, account, clock.now())
    if (read === 'unknown-grant' || read === 'not-over') return syncError('not-found')
    if (read === 'account' || read === 'control') return syncError('heads-unknown')
    // A device can only speak for itself: what another device signed is refused.
    if (typeof read === 'string' || !equalBytes(read.device, session.device)) return syncError('refused')
    // C13: under a grant that is still in force, a device can depart once its opening has ended.
    const grant = control.grants.get(idText(read.grant))!
    const isOver = grant.emergency === null || isHeldBack(control, grant, session, clock.now())
    if (!isOver || (grant.emergency !== null && !tx.hasOpened(vault, read.grant, read.device)))
      return syncError('not-found')
    if (tx.departure(vault, read.grant, read.device) === null)
      tx.addDeparture(vault, read.grant, read.device, departure)
    return null
  }

  return {
    async post(session, vault, departure) {
      if (decodeAs(DepartureBody, departure.body) === null) return syncError('bad-request')
      return storage.write((tx) => take(tx, session, vault, departure), 'relief')
    },

    async list(session, vault) {
      const owned = await ownedVault(options, session, vault)
      if ('type' in owned) return owned
      return { departures: storage.read.departures(vault, MAX_DEPARTURES) }
    },
  }
}
