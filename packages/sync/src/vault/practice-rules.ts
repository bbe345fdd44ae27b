/**
 * Applies the table of actions (C14) and the retention rules (N10) wherever a device saves, merges or reads records, whichever screen
 * starts it.
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
import { idText, textId } from '@chartkeep/protocol'
import { rolesAt } from '@chartkeep/protocol/account'
import type { Header, StreamState } from '@chartkeep/protocol/streams'
import type { StoredRecord } from '@chartkeep/store'
import { isHandEdited } from '../record/record-codec.ts'
import { isSignatureRow, ownRoles } from './vault-rights.ts'
import type { VaultMachine } from './vault-state.ts'

/** Whether the current member may replace `before` by `resource`. A person's account has no roles and may always. */
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

/** E6, C14: whether an accepted entry performs an action that its author's roles, at the head that it names, do not allow. */
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

/** N10: whether the law requires this record to be kept: no button offers to delete it, to move it or to mark it as an error. */
export function isKeptByLaw(machine: VaultMachine, row: Version): boolean {
  return keptByLaw(lawful(machine, row))
}

/** N10: whether a version removes a retained record from view; `parent`: the version that it replaces, '' for none. */
export function hidesKeptRecord(machine: VaultMachine, row: Version, parent: string): boolean {
  if (row.status !== 'trash' && row.status !== 'error') return false
  const isNamed = parent === '' || !isHandEdited(row)
  return hidesKept(lawful(machine, row), parseJsonOrNull(row.resource), isNamed)
}

/**
 * N10: nobody deletes a record that a practice's account wrote. The earlier versions tell who wrote it: the deletion's own content cannot
 * be trusted, and it may follow another deletion that was quarantined.
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
