/** The vault of a practice (C12): who makes it grants its lists to the roles of the practice, by the table of packages/domain. */
import { listsOfRole, PRACTICE_ROLES, type Collection, type PracticeRole } from '@chartkeep/domain'
import { READ, rightsOf } from '@chartkeep/protocol'
import { appendControl } from './control-pull.ts'
import { grantEntry } from './control-writer.ts'
import { authorOf } from './control-deed.ts'
import type { VaultMachine } from './vault-state.ts'

/** The last moment of the year 9999: what a practice grants its own roles has no end. */
const NO_END = 253_402_300_799_999

/** Roles that are granted lists, the auditors last: they read the audit logs of the others. Administrators own the vault. */
const GRANTED: readonly PracticeRole[] = PRACTICE_ROLES.filter((role) => role !== 'admin')

/** Grants a new vault, which no server has yet, to the roles of its practice; durable when it resolves. `name`: of the practice. */
export async function grantToRoles(machine: VaultMachine, name: string): Promise<void> {
  for (const role of GRANTED) {
    const author = authorOf(machine)
    const scopes = listsOfRole(role).flatMap(({ collection, rights }) =>
      streamsNamed(machine, collection).map((stream) => ({ stream, rights: rightsOf(rights) | READ, start: null })),
    )
    const id = machine.randomBytes(16)
    const label = { purpose: '', name, birthDate: '', grantee: name }
    const input = { id, grantee: author.account, role, scopes, notBefore: 0, notAfter: NO_END, label }
    const entry = await grantEntry(machine.control!, machine.keys, input, [], author)
    const applied = await appendControl(machine, [entry])
    if (applied.type !== 'ok') throw new Error('the lists of a practice could not be granted')
  }
}

/** Of `audit` there is one for the owners and one for each grant. */
function streamsNamed(machine: VaultMachine, collection: Collection): Uint8Array[] {
  return [...machine.keys.streams.values()].flatMap(({ name, stream }) => (name === collection ? [stream] : []))
}
