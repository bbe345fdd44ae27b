/**
 * Turns what a person shares into intents for grants (C3, C12): one for a person, one for each role of a practice, all of them one durable
 * action.
 */
import { CARE_ROLES, isCollection, rightsInChart, type CareRole } from '@chartkeep/domain'
import { idText, rightWords } from '@chartkeep/protocol'
import type { AccountState, Role } from '@chartkeep/protocol/account'
import type { ShareInput } from '../contract/api.ts'
import { generationFor, type ShareIntent } from './sharing.ts'
import { safeTimeOf, streamName, type VaultMachine } from '../vault/vault-state.ts'

/** A grant begins slightly in the past, so that a server whose clock is behind accepts it at once. */
const CLOCK_SLACK_MS = 5 * 60_000

const MOST_DAYS_OF_PROGRAM = 400
const RIGHTS_OF_MODE = { read: ['read'], propose: ['read', 'append'], write: ['read', 'append', 'amend'] } as const

/** Whether a program may receive this share: W3 (its mode bounds its rights), W44 (no assistant writes records). */
export function isForProgram(input: ShareInput, now: number): boolean {
  const { program, team, role, from, until, scopes } = input
  if (program === undefined) return true
  const allowed: readonly string[] = RIGHTS_OF_MODE[program.mode]
  const isBounded = scopes.every(({ rights }) => rights.every((right) => allowed.includes(right)))
  const isToOne = team === undefined && role === undefined && !input.grantee.practice
  const isInTime = until <= now + MOST_DAYS_OF_PROGRAM * 24 * 60 * 60_000
  return (
    isBounded && isToOne && isInTime && from !== 'now' && (program.kind !== 'assistant' || program.mode !== 'write')
  )
}

/** The intents of one action; null if a grantee's log is not known here, or a person is given a role. */
export function shareIntents(
  machine: VaultMachine,
  input: ShareInput,
  stateOf: (account: string) => AccountState | null,
): ShareIntent[] | null {
  const intents: ShareIntent[] = []
  for (const { grantee, role } of [input, ...(input.team ?? [])]) {
    const state = stateOf(grantee.account)
    if (state === null || (role !== undefined && state.practice === null)) return null
    const roles: (CareRole | null)[] = state.practice === null ? [null] : role === undefined ? [...CARE_ROLES] : [role]
    for (const each of roles) intents.push(shareIntent(machine, { ...input, grantee }, state, each))
  }
  return intents
}

function shareIntent(
  machine: VaultMachine,
  input: ShareInput,
  state: AccountState,
  role: CareRole | null,
): ShareIntent {
  const { scopes, purpose, shown, grantee } = input
  return newIntent(machine, state, {
    role,
    scopes:
      role === null
        ? scopes
        : scopes.map(({ collection, rights }) => ({
            collection,
            rights: isCollection(collection) ? [...rightsInChart(role, collection, rights)] : [],
          })),
    fromNow: input.from === 'now',
    notAfter: input.until,
    label: {
      purpose,
      name: shown.name,
      birthDate: shown.birthDate,
      grantee: grantee.name,
      ...(input.program && { program: input.program }),
    },
  })
}

/**
 * C3: intents that extend these grants: each is a second grant with the same content and a later end. Null if one of the grants is not in
 * force, already lasts as long, or belongs to an account whose log is not known here.
 */
export function moreTimeIntents(
  machine: VaultMachine,
  { grants, until }: { grants: readonly string[]; until: number },
  stateOf: (account: string) => AccountState | null,
): ShareIntent[] | null {
  const intents: ShareIntent[] = []
  for (const id of grants) {
    const grant = machine.control?.grants.get(id)
    const label = machine.keys.labels.get(id)
    if (grant === undefined || label === undefined || grant.account === null) return null
    const state = stateOf(idText(grant.account))
    if (state === null || grant.cut !== null || grant.notAfter >= until) return null
    // C13: an emergency grant is renewed as one, and never becomes an ordinary share.
    if (grant.emergency !== null) return null
    const streams = [...grant.streams].map(([stream, { rights, start }]) => ({
      scope: { collection: streamName(machine, stream), rights: rightWords(rights) },
      start,
    }))
    intents.push(
      newIntent(machine, state, {
        role: grant.role,
        scopes: streams.map(({ scope }) => scope).filter(({ collection }) => collection !== 'audit'),
        fromNow: streams.some(({ start }) => start !== null),
        notAfter: until,
        label,
      }),
    )
  }
  return intents.length === 0 ? null : intents
}

function newIntent(
  machine: VaultMachine,
  state: AccountState,
  {
    role,
    scopes,
    ...intent
  }: Pick<ShareIntent, 'scopes' | 'notAfter' | 'label'> & { role: Role | null; fromNow: boolean },
): ShareIntent {
  // Only practices may sign: a person in the same team receives the other rights.
  const given = scopes.map((scope) => ({ ...scope, rights: scope.rights.filter((right) => right !== 'sign') }))
  return {
    kind: 'share',
    id: machine.randomBytes(16),
    grantee: state.account,
    ...(role && { role }),
    scopes: role === null ? given : scopes,
    ...intent,
    notBefore: safeTimeOf(machine) - CLOCK_SLACK_MS,
    generation: generationFor(state, role),
  }
}
