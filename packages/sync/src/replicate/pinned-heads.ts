/**
 * F2: heads of control logs that came with a pairing code, by the one way that is not the server's. The log that the server shows must hold
 * them; a promise that was kept is forgotten, for from then on the log itself is kept (F1).
 */
import { controlHead, hasControlHead, idText, type Head } from '@chartkeep/protocol'
import { ACCOUNT_TABLE } from '../account/account-store.ts'
import type { AccountRows } from '../ports/ports.ts'
import { ownGrants } from '../vault/vault-rights.ts'
import type { VaultMachine } from '../vault/vault-state.ts'
import type { SyncOutcome } from './vault-sync.ts'

/** Null while all is as promised. */
export async function checkPinnedHeads(accountStore: AccountRows, machine: VaultMachine): Promise<SyncOutcome | null> {
  const key = idText(machine.vault)
  const promised = accountStore.get(ACCOUNT_TABLE.promised, key) as Head | undefined
  if (promised === undefined) return null
  if (controlHead(machine.control).n < promised.n)
    // The promise waits for a later share, with which the log is shown further.
    return isOver(machine) ? null : { type: 'stopped', fault: 'withheld', what: 'control' }
  if (machine.control === null || !hasControlHead(machine.control, promised))
    return { type: 'stopped', fault: 'fork', what: 'control' }
  await accountStore.commit([{ table: ACCOUNT_TABLE.promised, key, value: null }])
  return null
}

/**
 * C10: whether access was cut before this device came. It is shown the log to the cut of its own roles, and the device that gave the promise may have
 * read on to the cut of another role.
 */
function isOver(machine: VaultMachine): boolean {
  const own = ownGrants(machine)
  return own.length > 0 && own.every(({ cut }) => cut !== null)
}
