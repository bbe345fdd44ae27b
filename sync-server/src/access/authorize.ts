/**
 * Authorizes a session at the moment of a request: whether the session still holds, whether its device is live, and
 * whether it owns the vault. Every request asks this before it looks at its body. access.ts says what the device may
 * do beyond that.
 */
import { syncError, type SyncError } from '@chartkeep/protocol'
import { deviceLiveAt, type AccountState } from '@chartkeep/protocol/account'
import type { ControlState } from '@chartkeep/protocol/control'
import { accessOf } from './access.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import type { ServerSession, Sessions } from './sessions.ts'
import type { StorageWriter } from '../storage/storage.ts'

/** `control` is null if the vault does not exist. */
export interface ActingLogs {
  control: ControlState | null
  account: AccountState
}

/** The logs by which a live device acts in the vault, after the earlier jobs of the transaction. */
export async function actingLogs(
  from: { accounts: LogStates<AccountState>; control: LogStates<ControlState>; sessions: Sessions },
  tx: StorageWriter,
  session: ServerSession,
  vault: Uint8Array,
): Promise<ActingLogs | SyncError> {
  const control = await from.control.loadIn(tx, vault)
  const account = await from.accounts.loadIn(tx, session.account)
  // After the last await: the session may have ended in the meantime.
  if (account === null || !from.sessions.holds(session)) return syncError('unauthenticated')
  if (deviceLiveAt(account, session.device, account.n) === null) return syncError('unauthenticated')
  return { control, account }
}

/** {@link ownedVault} inside a write job: the session may have ended since the request was checked. */
export async function ownedVaultIn(
  from: Parameters<typeof actingLogs>[0] & { clock: Clock },
  tx: StorageWriter,
  session: ServerSession,
  vault: Uint8Array,
): Promise<ControlState | SyncError> {
  const logs = await actingLogs(from, tx, session, vault)
  if ('type' in logs) return logs
  const { control } = logs
  const owns = control !== null && accessOf(control, session, from.clock.now())?.owner === true
  return owns ? control : syncError('not-found')
}

/**
 * The control log of a vault that this session owns. An account that does not own the vault and a vault that does not
 * exist get the same answer (C6).
 */
export async function ownedVault(
  from: { control: LogStates<ControlState>; sessions: Sessions; clock: Clock },
  session: ServerSession,
  vault: Uint8Array,
): Promise<ControlState | SyncError> {
  const control = await from.control.load(vault)
  if (!from.sessions.holds(session)) return syncError('unauthenticated')
  const owns = control !== null && accessOf(control, session, from.clock.now())?.owner === true
  return owns ? control : syncError('not-found')
}
