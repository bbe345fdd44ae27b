/** What a person shares, as wishes for grants (C3, C12): one for a person, one for each role of a practice, all of them one durable deed. */
import { CARE_ROLES, rightsInChart, type CareRole } from '@chartkeep/domain'
import type { AccountState } from '@chartkeep/protocol'
import type { ShareInput } from './api.ts'
import { generationFor, type ShareWish } from './sharing.ts'
import { timeOf, type VaultMachine } from './vault-state.ts'

/** A grant begins a little in the past, so that a server whose clock is behind takes it at once. */
const CLOCK_SLACK_MS = 5 * 60_000

/** The wishes of one deed; null where the log of a grantee is not known here, or a person is given a role. */
export function shareWishes(
  machine: VaultMachine,
  input: ShareInput,
  stateOf: (account: string) => AccountState | null,
): ShareWish[] | null {
  const wishes: ShareWish[] = []
  for (const { grantee, role } of [input, ...(input.team ?? [])]) {
    const state = stateOf(grantee.account)
    if (state === null || (role !== undefined && state.practice === null)) return null
    const roles: (CareRole | null)[] = state.practice === null ? [null] : role === undefined ? [...CARE_ROLES] : [role]
    for (const each of roles) wishes.push(shareWish(machine, { ...input, grantee }, state, each))
  }
  return wishes
}

function shareWish(machine: VaultMachine, input: ShareInput, state: AccountState, role: CareRole | null): ShareWish {
  const { scopes, purpose, shown, grantee } = input
  return {
    kind: 'share',
    id: machine.randomBytes(16),
    grantee: state.account,
    ...(role && { role }),
    scopes:
      role === null
        ? scopes
        : scopes.map(({ collection, rights }) => ({ collection, rights: [...rightsInChart(role, rights)] })),
    fromNow: input.from === 'now',
    notBefore: timeOf(machine) - CLOCK_SLACK_MS,
    notAfter: input.until,
    label: { purpose, name: shown.name, birthDate: shown.birthDate, grantee: grantee.name },
    generation: generationFor(state, role),
  }
}
