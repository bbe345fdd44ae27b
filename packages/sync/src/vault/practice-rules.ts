/**
 * The table of actions (C14) and what is kept by law (N10), where records are written and read: what a device saves, merges or reads of others
 * passes here, whichever screen it came from.
 */
import {
  collectionOfStreamName,
  actionOf,
  actionOfChange,
  hidesKept,
  keptByLaw,
  mayDoInPractice,
  mayShowAction,
  parseJsonOrNull,
  type LawfulRecord,
} from '@chartkeep/domain'
import { idText, rolesAt, textId, type Header, type StreamState } from '@chartkeep/protocol'
import type { StoredRecord } from '@chartkeep/store'
import { isHandEdited } from '../record/record-codec.ts'
import { isSignatureRow, ownRoles } from './vault-rights.ts'
import type { VaultMachine } from './vault-state.ts'

/** Whether who is unlocked here may put `resource` in the place of `before`; a person, who acts by no roles, may. */
export function mayDoHere(
  machine: VaultMachine,
  before: Pick<StoredRecord, 'resource'> | null,
  resource: string,
): boolean {
  const roles = ownRoles(machine)
  if (roles === null) return true
  const action = actionOfChange(before === null ? null : parseJsonOrNull(before.resource), parseJsonOrNull(resource))
  return action === null || mayDoInPractice(roles, action)
}

/** E6, C14: whether an admitted entry shows an action that the roles of its author, at the head that it names, do not give. */
export function isBeyondRoles(
  machine: VaultMachine,
  { account, device, accountLog }: Pick<Header, 'account' | 'device' | 'accountLog'>,
  { type, resource }: Pick<StoredRecord, 'type' | 'resource'>,
): boolean {
  if (!mayShowAction(type)) return false
  const author = machine.accounts.lookup(account)
  const roles = author === null ? null : rolesAt(author, device, accountLog.n)
  if (roles === null) return false
  const action = actionOf(parseJsonOrNull(resource))
  return action !== null && !mayDoInPractice(roles, action)
}

type Version = Pick<
  StoredRecord,
  'type' | 'resource' | 'status' | 'collectionName' | 'account' | 'importHash' | 'importSource'
>

/** N10: whether a record is kept by law: no button offers to put it into the trash, to move it or to mark it as an error. */
export function isKeptByLaw(machine: VaultMachine, row: Version): boolean {
  return keptByLaw(lawful(machine, row))
}

/** N10: whether a version takes such a record out of view; `parent`: what it is written over, '' for nothing. */
export function hidesKeptRecord(machine: VaultMachine, row: Version, parent: string): boolean {
  if (row.status !== 'trash' && row.status !== 'error') return false
  const isNamed = parent === '' || !isHandEdited(row)
  return hidesKept(lawful(machine, row), parseJsonOrNull(row.resource), isNamed)
}

/**
 * N10: nobody deletes what a practice's account wrote. The versions before tell whose the record is: a deletion says nothing that could be
 * relied on, and may follow another one that was quarantined.
 */
export function deletesKeptRecord(
  machine: VaultMachine,
  state: StreamState | undefined,
  { deleted, account, parent }: Pick<Header, 'deleted' | 'account' | 'parent'>,
): boolean {
  if (!deleted) return false
  let before = state?.envelopes.get(idText(parent))
  while (before?.deleted === true && before.parent !== null) before = state?.envelopes.get(before.parent)
  return isPractice(machine, account) || (before !== undefined && isPractice(machine, before.account))
}

function lawful(machine: VaultMachine, row: Version): LawfulRecord {
  return {
    type: row.type,
    list: collectionOfStreamName(row.collectionName) ?? '',
    byPractice: isPractice(machine, textId(row.account)),
    isSignature: isSignatureRow(row),
  }
}

function isPractice(machine: VaultMachine, account: Uint8Array | null): boolean {
  return account !== null && machine.accounts.lookup(account)?.practice != null
}
