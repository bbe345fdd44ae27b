/**
 * Tells when a grantee must read the control log again. A grantee sees the rights of others only in the streams that it reads (C8). A new
 * grant adds streams, and becoming an owner (C2) adds everything; the device then reads the earlier entries again and merges the parts that
 * they now show. Parts that it already knew stay.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { decodeAs, encodeMessage, idText } from '@chartkeep/protocol'
import { PartOpen, readControlLog, type ControlEntry, type ControlState } from '@chartkeep/protocol/control'
import type { SyncRow } from '@chartkeep/store'
import type { Answer, ServerApi } from '../ports/ports.ts'
import { isOwnerIn, isVaultOwner, ownRoles, setStarts } from './vault-rights.ts'
import { exclusive, refreshKeys, TABLE, type VaultMachine } from './vault-state.ts'

/** The row that marks earlier entries to be read again. It is committed with the entries that make this necessary. */
export function partsWanted(machine: VaultMachine, next: ControlState | null, first: number): SyncRow[] {
  if (next === null || first === 1) return []
  if (isOwnerIn(machine, next)) {
    // A grantee that has just become an owner has seen only its own parts so far.
    return isVaultOwner(machine) ? [] : [{ table: TABLE.meta, key: 'parts-wanted', value: true }]
  }
  const isNewAndOwn = [...next.grants.values()].some(
    ({ at, account, emergency }) =>
      at >= first && emergency === null && account !== null && idText(account) === idText(machine.account),
  )
  return isNewAndOwn ? [{ table: TABLE.meta, key: 'parts-wanted', value: true }] : []
}

/**
 * C13: whether this device has an open emergency grant that it cannot read with its copy of the log. The server shows the parts of such a
 * grant only after a signed request, and the device deleted them when an earlier opening ended.
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

/** Whether entries that were already read would show more now. */
function arePartsWanted(machine: VaultMachine): boolean {
  return machine.rows.get(TABLE.meta, 'parts-wanted') === true || lacksOpened(machine)
}

/** Key of the row that names the roles with which this device last read the control log. */
export const ROLES_NOTED = 'roles'

/** C12: a new role reveals parts that were hidden before. Call before reading the log; durable when it resolves. */
export async function noteRoles(machine: VaultMachine): Promise<void> {
  const roles = ownRoles(machine)
  const noted = machine.rows.get(TABLE.meta, ROLES_NOTED)
  if (roles === null || noted === roles.join(' ')) return
  const sync: SyncRow[] = [{ table: TABLE.meta, key: ROLES_NOTED, value: roles.join(' ') }]
  if (machine.control !== null && roles.length > 0) sync.push({ table: TABLE.meta, key: 'parts-wanted', value: true })
  await machine.rows.commit({ sync })
}

/** C12: whether the member has a role with which this device has not read the log yet, so that parts may be missing. */
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

/**
 * Reads the control log again if a new grant, role or opening requires it. `other`: an entry differs from the entry that was read before.
 */
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
