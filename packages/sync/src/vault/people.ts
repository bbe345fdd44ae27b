/** The names of signers by account, from this vault's control log and labels. */
import { idText, textId } from '@chartkeep/protocol'
import type { ChartRecord } from '../contract/api.ts'
import { memberAt } from '../account/current-member.ts'
import { memberName } from '../account/practice-writer.ts'
import type { VaultMachine } from './vault-state.ts'

export interface People {
  author(account: string, device: string): ChartRecord['author']
}

/** `self`: this account and its person's name; `chartName`: this device's name for the chart, used for an owner without a name. */
export function peopleOf(
  machine: VaultMachine,
  self: { account: string; name: string },
  chartName: () => string,
): People {
  function nameOf(account: string): string {
    const { control, keys } = machine
    const given = keys.people.get(account)
    if (given !== undefined) return given
    for (const [id, grant] of control?.grants ?? []) {
      if (grant.account !== null && idText(grant.account) === account) return keys.labels.get(id)?.grantee ?? ''
    }
    const owner = control?.owners.find((each) => idText(each.account) === account)
    // A grantee is not told who else manages the chart: no name is better than a wrong one.
    return owner?.addedBy === null ? chartName() : ''
  }
  /** Member names by device. A device belongs to one member for ever. */
  const members = new Map<string, string>()
  /** C12: the id of the member at a device of any practice whose log is known here; '' for a person's device or if unknown. */
  function memberIdOf(account: string, device: string): string {
    const state = machine.accounts.byText(account)
    if (state === null || state.practice === null) return ''
    const place = `${account} ${device}`
    const known = members.get(place)
    if (known !== undefined) return known
    const id = textId(device)
    const member = id === null ? null : memberAt(state, id)
    if (member === null) return ''
    members.set(place, idText(member.id))
    return members.get(place)!
  }
  /** C12: the member of this practice at a device; null if the device belongs to a person or to another practice. */
  function memberOf(account: string, device: string): { name: string; me: boolean } | null {
    const state = machine.accounts.lookup(machine.account)
    const id = textId(device)
    if (state === null || state.practice === null || account !== self.account || id === null) return null
    const member = memberAt(state, id)
    const own = memberAt(state, machine.device.id)
    const name = member === null ? '' : (memberName(member, machine.boxKeys())?.name ?? '')
    return { name: name === '' ? self.name : name, me: member !== null && member === own }
  }

  return {
    author(account, device) {
      const me = account === self.account
      const named = memberOf(account, device) ?? { me, name: me ? self.name : nameOf(account) }
      return { account, device, member: memberIdOf(account, device), ...named }
    },
  }
}

/** Roles of the practice's member at a device: the current roles, or the last roles of a member who left; empty if no known log says. */
export function rolesOf({ accounts }: VaultMachine, account: string, device: string): readonly string[] {
  const id = textId(device)
  const state = accounts.byText(account)
  const member = id === null || state === null ? null : memberAt(state, id)
  return member?.versions.at(-1)?.roles ?? []
}
