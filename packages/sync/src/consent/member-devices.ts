/**
 * Detects devices that a grantee or another owner removed from their account (K5). An owner's device then cuts them from the vault, so that
 * keys once sealed to that account no longer help them (C4).
 */
import { idText, MAX_PRACTICE_DEVICES, textId } from '@chartkeep/protocol'
import { everHeld, roleLostAt, type AccountState } from '@chartkeep/protocol/account'
import { deviceCut, ownerOf, rolesGiven, type ControlState } from '@chartkeep/protocol/control'
import type { ServerApi } from '../ports/ports.ts'
import { hasLostRoles } from './sharing.ts'
import { isVaultOwner } from '../vault/vault-rights.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

/** How often the log of another account is asked for; each cut reads it anyway. */
const ASK_EVERY_MS = 5 * 60_000
/**
 * The most automatic cuts of devices of one other account. Each cut renews keys and a log has limited room (0010): an account that adds and
 * removes devices without end must not use it up. Its further devices lose their keys with the next cut of any reader of the same stream.
 */
export const MAX_DEVICE_CUTS = 16

const asked = new WeakMap<VaultMachine, Map<string, number>>()

/** The limit for a practice, whose members come and go (C12): one cut for each device that it may have. */
const MAX_PRACTICE_CUTS = MAX_PRACTICE_DEVICES

/** A device to be cut from the vault, and the reason. */
export interface RemovedDevice {
  account: Uint8Array
  device: Uint8Array
  reason: 'device-removed' | 'role-lost'
}

/**
 * Devices of other accounts that held keys of this vault, are not cut yet, and were removed from their account or lost the role that gave
 * them access, while the account keeps its access.
 */
export async function removedMemberDevices(machine: VaultMachine, server: ServerApi): Promise<RemovedDevice[]> {
  const found: RemovedDevice[] = []
  if (machine.control === null || !isVaultOwner(machine)) return found
  for (const [text, sealedAt] of oldestSealing(machine)) {
    const account = textId(text)!
    if (!(await refreshed(machine, server, account))) continue
    const log = machine.accounts.lookup(account)!
    const { deviceCuts, roleCuts } = machine.control
    const cuts = [...deviceCuts, ...roleCuts].filter((cut) => cut.account !== null && idText(cut.account) === text)
    const most = log.practice === null ? MAX_DEVICE_CUTS : MAX_PRACTICE_CUTS
    found.push(...removedDevices(machine.control, log, sealedAt).slice(0, Math.max(0, most - cuts.length)))
  }
  return found
}

/**
 * The removed devices of one account that the vault's log does not record as removed; `since`: the oldest head to which keys were sealed.
 */
export function removedDevices(control: ControlState, log: AccountState, since: number): RemovedDevice[] {
  const { account } = log
  const roles = rolesGiven(control, account)
  const found: RemovedDevice[] = []
  for (const device of log.devices.values()) {
    const { id, removedAt } = device
    if (deviceCut(control, { account, device: id }) !== null) continue
    // A device that never held a key of this vault takes none along.
    const held = log.practice === null || everHeld(log, device, roles)
    if (removedAt !== null && removedAt > since && held) found.push({ account, device: id, reason: 'device-removed' })
    const lostAt = removedAt === null ? roleLostAt(log, id, roles) : null
    if (lostAt !== null && lostAt > since && hasLostRoles(control, log, id))
      found.push({ account, device: id, reason: 'role-lost' })
  }
  return found
}

/** For each other account whose access is in force: the oldest head of its log to which keys of that access were sealed. */
function oldestSealing(machine: VaultMachine): Map<string, number> {
  const { control } = machine
  const oldest = new Map<string, number>()
  for (const { at, open } of control?.received ?? []) {
    const grant = open.grant === null ? undefined : control!.grants.get(idText(open.grant))
    const owner = open.grant === null ? ownerOf(control!, open.recipient) : null
    const byGrant = grant !== undefined && grant.cut === null && grant.notAfter > machine.clocks.due
    const asOwner = owner !== null && owner.at <= at && idText(open.recipient) !== idText(machine.account)
    if (!byGrant && !asOwner) continue
    const text = idText(open.recipient)
    oldest.set(text, Math.min(oldest.get(text) ?? Infinity, open.accountLog.n))
  }
  return oldest
}

/** False if the log cannot be verified: no device is cut without proof. */
async function refreshed(machine: VaultMachine, server: ServerApi, account: Uint8Array): Promise<boolean> {
  const times = asked.get(machine) ?? new Map<string, number>()
  asked.set(machine, times)
  const last = times.get(idText(account))
  const now = machine.clock.now()
  if (last !== undefined && Math.abs(now - last) < ASK_EVERY_MS) return machine.accounts.lookup(account) !== null
  const key = machine.serverKey()
  if (key === null || (await machine.accounts.refresh(account, server, key)).type !== 'ok') return false
  times.set(idText(account), now)
  return true
}
