/** The table of deeds, kept where records are written and read (C14): what a member's device saves, merges or reads of others passes here, whichever screen it came from. */
import { deedOf, deedOfChange, mayDoInPractice, mayShowDeed, parseJsonOrNull } from '@chartkeep/domain'
import { rolesAt, type Header } from '@chartkeep/protocol'
import type { StoredRecord } from '@chartkeep/store'
import { ownRoles } from './vault-rights.ts'
import type { VaultMachine } from './vault-state.ts'

/** Whether who is unlocked here may put `resource` in the place of `before`; a person, who acts by no roles, may. */
export function mayDoHere(
  machine: VaultMachine,
  before: Pick<StoredRecord, 'resource'> | null,
  resource: string,
): boolean {
  const roles = ownRoles(machine)
  if (roles === null) return true
  const deed = deedOfChange(before === null ? null : parseJsonOrNull(before.resource), parseJsonOrNull(resource))
  return deed === null || mayDoInPractice(roles, deed)
}

/** E6, C14: whether an admitted entry shows a deed that the roles of its author, at the head that it names, do not give. */
export function isBeyondRoles(
  machine: VaultMachine,
  { account, device, accountLog }: Pick<Header, 'account' | 'device' | 'accountLog'>,
  { type, resource }: Pick<StoredRecord, 'type' | 'resource'>,
): boolean {
  if (!mayShowDeed(type)) return false
  const author = machine.accounts.lookup(account)
  const roles = author === null ? null : rolesAt(author, device, accountLog.n)
  if (roles === null) return false
  const deed = deedOf(parseJsonOrNull(resource))
  return deed !== null && !mayDoInPractice(roles, deed)
}
