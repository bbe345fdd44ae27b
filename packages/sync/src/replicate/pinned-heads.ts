/**
 * F2: checks heads of control logs that came with a pairing code, which does not pass through the server. The server's log must contain
 * them; a confirmed head is then forgotten, because from then on the log itself is stored (F1).
 */
import { idText, type Head } from '@chartkeep/protocol'
import { controlHead, hasControlHead } from '@chartkeep/protocol/control'
import { ACCOUNT_TABLE } from '../account/account-store.ts'
import type { AccountRows } from '../ports/ports.ts'
import { ownGrants } from '../vault/vault-rights.ts'
import type { VaultMachine } from '../vault/vault-state.ts'
import type { SyncOutcome } from './vault-sync.ts'

/** Null as long as the log matches the pinned heads. */
export async function checkPinnedHeads(accountStore: AccountRows, machine: VaultMachine): Promise<SyncOutcome | null> {
  const key = idText(machine.vault)
  const promised = accountStore.get(ACCOUNT_TABLE.promised, key) as Head | undefined
  if (promised === undefined) return null
  if (controlHead(machine.control).n < promised.n)
    // The pinned head waits for a later share, with which more of the log is shown.
    return isOver(machine) ? null : { type: 'stopped', fault: 'withheld', what: 'control' }
  if (machine.control === null || !hasControlHead(machine.control, promised))
    return { type: 'stopped', fault: 'fork', what: 'control' }
  await accountStore.commit([{ table: ACCOUNT_TABLE.promised, key, value: null }])
  return null
}

/**
 * C10: whether access was cut before this device came. It sees the log up to the cut of its own roles, and the device that pinned the head
 * may have read up to the cut of another role.
 */
function isOver(machine: VaultMachine): boolean {
  const own = ownGrants(machine)
  return own.length > 0 && own.every(({ cut }) => cut !== null)
}
