/**
 * What a session stands on at the moment that it asks: whether it still holds, whether its device is live, and whether it owns the vault.
 * Each deed asks this first, before it looks at what it was sent. What the device may do beyond that is told by access.ts.
 */
import { deviceLiveAt, syncError, type AccountState, type ControlState, type SyncError } from '@chartkeep/protocol'
import { accessOf } from './access.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import type { ServerSession, Sessions } from './sessions.ts'
import type { StorageWriter } from '../storage/storage.ts'

/** `control` is null where nobody has made the vault. */
export interface ActingLogs {
  control: ControlState | null
  account: AccountState
}

/** The logs by which a live device acts in the vault, as the jobs before this one in the transaction left them. */
export async function actingLogs(
  from: { accounts: LogStates<AccountState>; control: LogStates<ControlState>; sessions: Sessions },
  tx: StorageWriter,
  session: ServerSession,
  vault: Uint8Array,
): Promise<ActingLogs | SyncError> {
  const control = await from.control.loadIn(tx, vault)
  const account = await from.accounts.loadIn(tx, session.account)
  // After all that waits: the session may have ended meanwhile.
  if (account === null || !from.sessions.holds(session)) return syncError('unauthenticated')
  if (deviceLiveAt(account, session.device, account.n) === null) return syncError('unauthenticated')
  return { control, account }
}

/** {@link ownedVault} at the turn of a job: what was asked before it may have ended since. */
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

/** The control log of a vault that this session owns. Who does not, and who asks about a vault that is not there, get one answer (C6). */
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
