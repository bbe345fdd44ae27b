/**
 * The access tasks of each whole pass: carries out persons' intents, and does what an owner's device does by itself (C1, C2, C4, K5, K7).
 */
import { staleStreams } from '@chartkeep/protocol/control'
import { renewal } from '../consent/control-writer.ts'
import { spentGrants } from '../emergency/emergency-uses.ts'
import { removedDevices, removedMemberDevices } from '../consent/member-devices.ts'
import type { ServerApi } from '../ports/ports.ts'
import { authorOf, postRenewal, remaining, type ControlActionOutcome } from '../consent/control-action.ts'
import { cutDeviceNow, cutGrantNow, GONE } from '../consent/sharing.ts'
import { fulfilIntents } from '../consent/pending-intents.ts'
import { isVaultOwner } from '../vault/vault-rights.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

/**
 * Runs both in every pass: after a fulfilled intent, a removed device must not keep its keys until the next pass, which may be hours away.
 * True if the log has moved, so that the vault must be synced again.
 */
export async function settleAccess(machine: VaultMachine, server: ServerApi): Promise<boolean> {
  const fulfilled = await fulfilIntents(machine, server)
  const tidied = await maintainMembership(machine, server, machine.clocks.due)
  return fulfilled || tidied
}

/** C2, C4: renews keys that a party who left still knows. True if it did. */
async function renewStale(machine: VaultMachine, server: ServerApi): Promise<boolean> {
  if (machine.control === null || staleStreams(machine.control).length === 0) return false
  const posted = await postRenewal(machine, server, (unproved) => {
    const stale = staleStreams(machine.control!)
    if (stale.length === 0) return { type: 'stale', why: GONE }
    const left = remaining(machine, null, unproved)
    return renewal(machine.control!, machine.keys, { type: 'epoch' }, stale, left, authorOf(machine))
  })
  return posted.type === 'done'
}

/**
 * What an owner's device does by itself while online: renews keys that a former owner knows (C2), cuts expired grants (C4), devices that
 * were removed (K5) or lost a role (C12), and replaced kits (K7). `due`: the moment that both clocks have passed (H8), milliseconds since
 * 1970.
 */
export async function maintainMembership(machine: VaultMachine, server: ServerApi, due: number): Promise<boolean> {
  if (!isVaultOwner(machine) || machine.control === null) return false
  let changed = await renewStale(machine, server)
  const over = [...machine.control.grants.values()].filter(({ cut, notAfter }) => cut === null && notAfter <= due)
  // C13: an emergency grant whose openings have ended is cut, so that the revealed keys open nothing more.
  const spent = spentGrants(machine, due)
  // A cut that the server refuses is tried again in the next pass, and holds up no other.
  for (const grant of [...over.map(({ id }) => id), ...spent]) {
    const outcome = await cutGrantNow(machine, server, grant, 'expired')
    if (outcome.type === 'offline') return changed
    changed ||= isDone(outcome)
  }
  const own = machine.accounts.lookup(machine.account)
  const ofOwn = own === null ? [] : removedDevices(machine.control, own, 0)
  for (const { account, device, reason } of [...ofOwn, ...(await removedMemberDevices(machine, server))]) {
    const outcome = await cutDeviceNow(machine, server, account, device, reason)
    if (outcome.type === 'offline') return changed
    changed ||= isDone(outcome)
  }
  return changed
}

/** Whether the cut is in the log, written by this device or by a faster one; the remaining cuts continue. */
function isDone(outcome: ControlActionOutcome): boolean {
  return outcome.type === 'done' || (outcome.type === 'stale' && outcome.why === GONE)
}
