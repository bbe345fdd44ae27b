/** The vault of a practice (C12): its founder grants its lists to the practice's roles, by the table of packages/domain. */
import { listsOfRole, PRACTICE_ROLES, type Collection, type PracticeRole } from '@chartkeep/domain'
import { READ, rightsOf } from '@chartkeep/protocol'
import { applyControlEntry, type ControlEntry, type ControlState } from '@chartkeep/protocol/control'
import { openParts, type VaultKeys } from '../vault/content-keys.ts'
import { grantEntry } from './control-writer.ts'
import { authorOf } from './control-action.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

/** The last moment of the year 9999: a practice's grants to its own roles have no end. */
const NO_END = 253_402_300_799_999

/** Roles that receive lists, auditors last, because they read the audit logs of the others. Administrators own the vault. */
const GRANTED: readonly PracticeRole[] = PRACTICE_ROLES.filter((role) => role !== 'admin')

/**
 * The entries that grant a new vault, whose first entry is `first`, to the roles of its practice. They are written together with it,
 * because a server with only part of the log would look as if it had gone back. `name`: the practice's name.
 */
export async function grantsToRoles(machine: VaultMachine, first: ControlEntry, name: string): Promise<ControlEntry[]> {
  const author = authorOf(machine)
  const next = async (state: ControlState | null, entry: ControlEntry) => {
    const applied: ControlState | { type: string } = await applyControlEntry(state, entry, machine.accounts.lookup)
    if ('type' in applied) throw new Error('the lists of a practice could not be granted')
    return applied
  }
  const granted: ControlEntry[] = []
  let control = await next(null, first)
  for (const role of GRANTED) {
    const keys = openParts(control, control.received, machine.account, machine.boxKeys())
    const scopes = listsOfRole(role).flatMap(({ collection, rights }) =>
      streamsNamed(keys, collection).map((stream) => ({ stream, rights: rightsOf(rights) | READ, start: null })),
    )
    const id = machine.randomBytes(16)
    const label = { purpose: '', name, birthDate: '', grantee: name }
    const input = { id, grantee: author.account, role, scopes, notBefore: 0, notAfter: NO_END, label }
    const entry = await grantEntry(control, keys, input, [], { ...author, time: machine.clock.now() })
    control = await next(control, entry)
    granted.push(entry)
  }
  return granted
}

/** `audit` has one stream for the owners and one for each grant. */
function streamsNamed({ streams }: VaultKeys, collection: Collection): Uint8Array[] {
  return [...streams.values()].flatMap(({ name, stream }) => (name === collection ? [stream] : []))
}
