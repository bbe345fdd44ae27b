/**
 * What a grantee sees of the rights of others (C8): of those who write in the streams that it reads. With a new grant come new streams, and
 * with a place among the owners (C2) everything, so entries that were read before it are read once more, and what they show now is taken in; what they showed before stays.
 */
import { equalBytes } from '@chartkeep/crypto'
import {
  decodeAs,
  encodeMessage,
  idText,
  PartOpen,
  readControlLog,
  type ControlEntry,
  type ControlState,
} from '@chartkeep/protocol'
import type { SyncRow } from '@chartkeep/store'
import type { Answer, ServerApi } from '../ports/ports.ts'
import { isOwnerIn, isVaultOwner, ownRoles, setStarts } from './vault-rights.ts'
import { exclusive, refreshKeys, TABLE, type VaultMachine } from './vault-state.ts'

/** The row that says that earlier entries are to be read again; it goes with the entries that make it necessary. */
export function partsWanted(machine: VaultMachine, next: ControlState | null, first: number): SyncRow[] {
  if (next === null || first === 1) return []
  if (isOwnerIn(machine, next)) {
    // Who was a grantee so far has seen only its own parts.
    return isVaultOwner(machine) ? [] : [{ table: TABLE.meta, key: 'parts-wanted', value: true }]
  }
  const isNewAndOwn = [...next.grants.values()].some(
    ({ at, account, emergency }) =>
      at >= first && emergency === null && account !== null && idText(account) === idText(machine.account),
  )
  return isNewAndOwn ? [{ table: TABLE.meta, key: 'parts-wanted', value: true }] : []
}

/**
 * C13: whether something that is open to this device cannot be read by what it has of the log: what makes such a grant readable is shown once somebody
 * has said why, and a copy whose opening was over has let it go.
 */
function lacksOpened({ control, controlEntries, openings, clocks }: VaultMachine): boolean {
  const open = [...(openings?.() ?? [])].flatMap(([grant, until]) => (until > clocks.server ? [grant] : []))
  const standing = open.filter((grant) => control?.grants.get(grant)?.cut == null)
  if (control === null || standing.length === 0) return false
  if (standing.some((grant) => !control.grants.has(grant))) return true
  return controlEntries.some(({ parts }) =>
    parts.some(({ open: half, wrap }) => {
      const part = half === null || wrap !== null ? null : decodeAs(PartOpen, half)
      return part !== null && part.grant !== null && standing.includes(idText(part.grant))
    }),
  )
}

/** Whether entries that were read already show more now. */
function arePartsWanted(machine: VaultMachine): boolean {
  return machine.rows.get(TABLE.meta, 'parts-wanted') === true || lacksOpened(machine)
}

/** Key of the row of the roles by which this device has asked for the control log. */
export const ROLES_NOTED = 'roles'

/** C12: with a role come parts that were not shown before. Call before the log is read; durable when it resolves. */
export async function noteRoles(machine: VaultMachine): Promise<void> {
  const roles = ownRoles(machine)
  const noted = machine.rows.get(TABLE.meta, ROLES_NOTED)
  if (roles === null || noted === roles.join(' ')) return
  const sync: SyncRow[] = [{ table: TABLE.meta, key: ROLES_NOTED, value: roles.join(' ') }]
  if (machine.control !== null && roles.length > 0) sync.push({ table: TABLE.meta, key: 'parts-wanted', value: true })
  await machine.rows.commit({ sync })
}

/** C12: whether the member has a role by which the log was not read yet: what it shows then, this device does not know. */
export function hasUnreadRoles(machine: VaultMachine): boolean {
  const roles = ownRoles(machine) ?? []
  if (roles.length === 0) return false
  return arePartsWanted(machine) || machine.rows.get(TABLE.meta, ROLES_NOTED) !== roles.join(' ')
}

export type PartsOutcome =
  | { type: 'ok' }
  | Exclude<Answer<never>, { type: 'ok' }>
  | { type: 'withheld' }
  | { type: 'other'; entry: ControlEntry }

/** Reads the control log again where a new grant, a role or an opening asks for it. `other`: an entry is not the one that was read before. */
export async function readPartsAgain(machine: VaultMachine, server: ServerApi): Promise<PartsOutcome> {
  if (!arePartsWanted(machine)) return { type: 'ok' }
  const again: ControlEntry[] = []
  while (again.length < machine.controlEntries.length) {
    const answer = await server.control(machine.vault, again.length)
    if (answer.type !== 'ok') return answer
    if (answer.value.entries.length === 0) return { type: 'withheld' }
    again.push(...answer.value.entries)
  }
  return exclusive(machine, () => takeParts(machine, again))
}

async function takeParts(machine: VaultMachine, again: ControlEntry[]): Promise<PartsOutcome> {
  const entries: ControlEntry[] = []
  for (const [index, known] of machine.controlEntries.entries()) {
    const entry = again[index]
    if (entry === undefined) return { type: 'withheld' }
    if (!equalBytes(entry.body, known.body) || entry.parts.length !== known.parts.length)
      return { type: 'other', entry }
    const parts = known.parts.map((part, at) => ({
      ...part,
      open: part.open ?? entry.parts[at]!.open,
      wrap: part.wrap ?? entry.parts[at]!.wrap,
    }))
    entries.push({ ...known, parts })
  }
  const state = await readControlLog(entries, machine.accounts.lookup)
  if (state === null || 'type' in state) return { type: 'other', entry: again[0]! }
  await machine.rows.commit({
    sync: [
      ...entries.map((entry, index): SyncRow => ({
        table: TABLE.control,
        key: String(index + 1),
        value: encodeMessage(entry),
      })),
      { table: TABLE.meta, key: 'parts-wanted', value: null },
    ],
  })
  machine.control = state
  machine.controlEntries = entries
  setStarts(machine)
  refreshKeys(machine)
  return { type: 'ok' }
}
