/**
 * Rights in a vault, as this device derives them from verified logs: the roles and grants that it acts by (C12, C13), whether it acts as an
 * owner (C2), its rights in each stream, and from which entry on it reads a stream (C3). Validity periods are checked by the callers.
 */
import { isSignatureRecord, parseJsonOrNull } from '@chartkeep/domain'
import { AMEND, APPEND, idText, READ, SIGN } from '@chartkeep/protocol'
import { mayOwn, rolesAt, type Role } from '@chartkeep/protocol/account'
import { isAccessLog, isForRoles, isOwner, wasOwner, type ControlState, type Grant } from '@chartkeep/protocol/control'
import type { StoredRecord } from '@chartkeep/store'
import { newestKey, type VaultMachine } from './vault-state.ts'

/**
 * C12: the roles that this device acts by, as far as it has read its account's log; null for a person's device, empty after its removal.
 */
export function ownRoles(machine: VaultMachine): readonly Role[] | null {
  const { account, device } = machine
  const state = machine.accounts.lookup(account)
  return state === null ? null : rolesAt(state, device.id, state.n)
}

/**
 * The grants in the vault that this device acts by: those of its account; in a practice, those to the member's roles. Empty for an owner.
 */
export function ownGrants(machine: VaultMachine): Grant[] {
  const roles = ownRoles(machine)
  return accountGrants(machine).filter(({ role }) => isForRoles(role, roles))
}

/** C12: grants to roles of this practice that the current member no longer has. */
export function formerGrants(machine: VaultMachine): Grant[] {
  const roles = ownRoles(machine)
  const once = onceRoles(machine)
  return accountGrants(machine).filter(({ role }) => role !== null && once.includes(role) && !isForRoles(role, roles))
}

/** Every role that this device's member has ever had. */
function onceRoles({ accounts, account, device }: VaultMachine): Role[] {
  const state = accounts.lookup(account)
  const member = state?.devices.get(idText(device.id))?.member ?? null
  return member === null
    ? []
    : (state!.practice!.members.get(idText(member))?.versions.flatMap(({ roles }) => roles) ?? [])
}

/** C13: an emergency grant counts from when this device opened it, and ends with the opening. */
function accountGrants(machine: VaultMachine): Grant[] {
  const ends = machine.openings?.()
  return grantsToAccount(machine).flatMap((grant) => {
    if (grant.emergency === null) return [grant]
    const until = ends?.get(idText(grant.id))
    return until === undefined ? [] : [{ ...grant, notAfter: Math.min(grant.notAfter, until) }]
  })
}

/**
 * C13: emergency grants that this device has not opened. They give it nothing, even if a backup of another device brought their keys (K11).
 */
export function unopenedGrants(machine: VaultMachine): Grant[] {
  const ends = machine.openings?.()
  return grantsToAccount(machine).filter(({ id, emergency }) => emergency !== null && ends?.has(idText(id)) !== true)
}

/** The ended grants that this device acted by, or could have acted by. */
export function endedGrants(machine: VaultMachine): Grant[] {
  return [
    ...ownGrants(machine).filter((grant) => hasExpiredFor(machine, grant)),
    ...formerGrants(machine),
    ...unopenedGrants(machine),
  ]
}

/** Ended by a cut, or by both clocks (H8). */
export function hasExpiredFor({ clocks }: Pick<VaultMachine, 'clocks'>, { cut, notAfter }: Grant): boolean {
  return cut !== null || notAfter <= clocks.due
}

/** The rights that these grants together give in a stream. */
export function bitsOf(grants: readonly Grant[], stream: string): number {
  return grants.reduce((sum, { streams }) => sum | (streams.get(stream)?.rights ?? 0), 0)
}

/** C9, C11: the rights that ended grants gave this device in a stream; they decide what it may still submit. */
export function historicalRights(machine: VaultMachine): (stream: string) => number {
  if (wasVaultOwner(machine)) return () => 15
  const over = endedGrants(machine)
  return (stream) => bitsOf(over, stream)
}

function grantsToAccount({ control, account }: VaultMachine): Grant[] {
  const own = idText(account)
  return [...(control?.grants.values() ?? [])].filter(
    (grant) => grant.account !== null && idText(grant.account) === own,
  )
}

export function isVaultOwner(machine: VaultMachine): boolean {
  return isOwnerIn(machine, machine.control)
}

/**
 * Whether this device acts as an owner in this state of the log: its account owns the vault and, in a practice, the member is an
 * administrator (C12).
 */
export function isOwnerIn(machine: VaultMachine, control: ControlState | null): boolean {
  return control !== null && isOwner(control, machine.account) && mayOwn(ownRoles(machine))
}

/** Whether this device has ever acted as an owner. */
export function wasVaultOwner(machine: VaultMachine): boolean {
  const { control, account } = machine
  const isPractice = machine.accounts.lookup(account)?.practice != null
  return control !== null && wasOwner(control, account) && (!isPractice || onceRoles(machine).includes('admin'))
}

/** E6: the right that a version requires of its author in its stream; `parent`: the version that it replaces, empty for none. */
export function neededRights(row: Pick<StoredRecord, 'type' | 'resource'>, parent: string): number {
  return (parent === '' ? APPEND : AMEND) | (isSignatureRow(row) ? SIGN : 0)
}

export function isSignatureRow({ type, resource }: Pick<StoredRecord, 'type' | 'resource'>): boolean {
  return type === 'Provenance' && isSignatureRecord(parseJsonOrNull(resource))
}

/** This account's rights in each stream by the verified control log; validity periods are not checked here. */
export function rightsByStream(machine: VaultMachine): Map<string, number> {
  const rights = new Map<string, number>()
  const { control } = machine
  if (control === null) return rights
  if (isVaultOwner(machine)) {
    for (const [id, stream] of control.streams)
      if (!isAccessLog(control, id)) rights.set(id, stream.auditOf === null ? 15 : READ)
    return rights
  }
  for (const grant of ownGrants(machine)) {
    if (grant.cut !== null) continue
    for (const [id, each] of grant.streams) rights.set(id, (rights.get(id) ?? 0) | each.rights)
  }
  return rights
}

/** The stream of a collection that this account may write, or null. For `audit`: the stream of its own grant, or the owners' stream. */
export function writableStream(machine: VaultMachine, name: string, needed = APPEND): string | null {
  const rights = rightsByStream(machine)
  for (const [id, bits] of rights) {
    const known = machine.keys.streams.get(id)
    if (known?.name === name && (bits & needed) !== 0 && newestKey(machine, id) !== null) return id
  }
  return null
}

/** W26: the audit log of one grant, if this account may write it and holds its key; otherwise null. */
export function auditStreamOf(machine: VaultMachine, grant: string): string | null {
  for (const [id, bits] of rightsByStream(machine)) {
    const isOf = machine.control?.streams.get(id)?.auditOf === grant
    if (isOf && (bits & APPEND) !== 0 && newestKey(machine, id) !== null) return id
  }
  return null
}

/** C3: entries up to this number come to this account as bare hashes; 0 if it reads all history, or nothing. */
export function startOf(machine: VaultMachine, stream: string): number {
  if (isVaultOwner(machine)) return 0
  const granted = ownGrants(machine).flatMap((grant) => (grant.cut === null ? (grant.streams.get(stream) ?? []) : []))
  const starts = granted.filter(({ rights }) => (rights & READ) !== 0).map(({ start }) => start?.n ?? 0)
  return starts.length === 0 ? 0 : Math.min(...starts)
}

/** Call when the control log has grown: a new grant may set a start. */
export function setStarts(machine: VaultMachine): void {
  for (const [id, state] of machine.streams)
    state.start = Math.max(state.before.size > 0 ? state.start : 0, startOf(machine, id))
}
