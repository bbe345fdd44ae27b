/** The current member of a practice's device, and all members, as a session of the practice shows them (C12). */
import { idText } from '@chartkeep/protocol'
import { memberRolesAt, rolesAt, type AccountMember, type AccountState } from '@chartkeep/protocol/account'
import type { ContentSigner } from '@chartkeep/protocol/records'
import type { BoxKeys } from './account-keys.ts'
import type { DeviceView, PracticeMember } from '../contract/api.ts'
import { memberName } from './practice-writer.ts'

/**
 * The member at `device`, with the fields that a content signature needs; null for a person's device, or if the member's name does not
 * open.
 */
export function currentMember(state: AccountState, device: Uint8Array, keys: BoxKeys): ContentSigner | null {
  const member = memberAt(state, device)
  const named = member === null ? null : memberName(member, keys)
  return named === null ? null : { member: member!.id, ...named, roles: [...(rolesAt(state, device, state.n) ?? [])] }
}

/** The member of a device, even if the member has left; null if there is none. */
export function memberAt(state: AccountState, device: Uint8Array): AccountMember | null {
  const id = state.devices.get(idText(device))?.member ?? null
  return id === null ? null : (state.practice?.members.get(idText(id)) ?? null)
}

/** Every member in order of arrival, including those who have left. */
export function memberViews(
  state: AccountState,
  device: Uint8Array,
  keys: BoxKeys,
  devices: readonly DeviceView[],
): PracticeMember[] {
  const me = memberAt(state, device)
  return [...(state.practice?.members.values() ?? [])].map((member) => {
    const isTheirs = ({ id }: DeviceView) => {
      const own = state.devices.get(id)?.member ?? null
      return own !== null && idText(own) === idText(member.id)
    }
    return {
      id: idText(member.id),
      name: memberName(member, keys)?.name ?? '',
      roles: member.removedAt === null ? memberRolesAt(member, state.n) : (member.versions.at(-1)?.roles ?? []),
      me: member === me,
      removed: member.removedAt !== null,
      devices: devices.filter(isTheirs),
    }
  })
}
