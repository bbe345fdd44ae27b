/** The grants of a chart and the intents not yet in force, as owners see them; emergency-owner.ts has the emergency grants. */
import { idText, rightWords } from '@chartkeep/protocol'
import type { Grant } from '@chartkeep/protocol/control'
import type { GrantView, OwnGrant } from '../contract/api.ts'
import { departedOf } from './departures.ts'
import type { ShareIntent } from './sharing.ts'
import { lockEnd } from './expired-grant-lock.ts'
import { isVaultOwner, ownGrants } from '../vault/vault-rights.ts'
import { streamName, type VaultMachine } from '../vault/vault-state.ts'
import { intentsOf } from './pending-intents.ts'

export interface GrantStatus {
  state: 'stands' | 'stopping' | 'revoked' | 'expired'
  /** Milliseconds since 1970; null while it has not ended. */
  endedAt: number | null
}

/** The status of each grant. Without a cut it ends by both clocks (H8): a wrong clock must not hide a grantee who can still read. */
export function grantStatuses(machine: VaultMachine): (grant: Grant) => GrantStatus {
  const now = machine.clocks.shown
  const stopping = new Set(
    intentsOf(machine).flatMap(({ intent }) => (intent.kind === 'stop' ? [idText(intent.grant)] : [])),
  )
  return ({ id, cut, notAfter }) => {
    const isOver = cut?.reason === 'expired' || (cut === null && notAfter <= now)
    const endedAt = cut?.time ?? (isOver ? notAfter : null)
    if (isOver) return { state: 'expired', endedAt }
    if (cut !== null) return { state: 'revoked', endedAt }
    return { state: stopping.has(idText(id)) ? 'stopping' : 'stands', endedAt }
  }
}

/** Intents to share that are not grants yet. An intent is dropped only after its grant was made; in between, the grant is shown. */
export function pendingShares(machine: VaultMachine): { key: string; intent: ShareIntent }[] {
  return intentsOf(machine).flatMap(({ key, intent }) =>
    intent.kind === 'share' && machine.control?.grants.has(idText(intent.id)) !== true ? [{ key, intent }] : [],
  )
}

/** Names of a grant's lists with their rights, without the grant's own audit log. */
export function scopesOf(machine: VaultMachine, { streams }: Grant): GrantView['scopes'] {
  const scopes = [...streams].map(([stream, { rights }]) => ({
    collection: streamName(machine, stream),
    rights: rightWords(rights),
  }))
  return scopes.filter(({ collection }) => collection !== 'audit')
}

/** Intents not yet in force, then grants, newest first. Empty for a grantee, who sees no grants of others. */
export function grantViews(machine: VaultMachine): GrantView[] {
  if (machine.control === null || !isVaultOwner(machine)) return []
  return [...pending(machine), ...made(machine).toReversed()]
}

/** The grants by which this device reads the chart, by its log and the current clocks, newest first; empty for an owner. */
export function ownGrantViews(machine: VaultMachine): OwnGrant[] {
  if (machine.control === null || isVaultOwner(machine)) return []
  const now = machine.clock.now()
  const views = ownGrants(machine).map((grant): OwnGrant => {
    const id = idText(grant.id)
    const label = machine.keys.labels.get(id)
    const isOver = lockEnd(machine, grant) <= now || grant.notAfter <= machine.clocks.server
    return {
      id,
      scopes: scopesOf(machine, grant),
      from: grant.notBefore,
      until: grant.notAfter,
      state: grant.cut !== null ? 'ended' : isOver ? 'locked' : 'open',
      purpose: label?.purpose ?? '',
      program: label?.program ?? null,
    }
  })
  return views.toReversed()
}

function made(machine: VaultMachine): GrantView[] {
  const { control, keys } = machine
  const status = grantStatuses(machine)
  const ordinary = [...(control?.grants ?? [])].filter(([, { emergency }]) => emergency === null)
  return ordinary.map(([id, grant]) => {
    const label = keys.labels.get(id)
    const { state, endedAt } = status(grant)
    return {
      id,
      account: grant.account === null ? '' : idText(grant.account),
      name: label?.grantee ?? '',
      role: grant.role,
      scopes: scopesOf(machine, grant),
      from: grant.notBefore,
      until: grant.notAfter,
      purpose: label?.purpose ?? '',
      fromNow: [...grant.streams.values()].some(({ start }) => start !== null),
      state: state === 'stands' ? 'active' : state,
      since: grant.time,
      endedAt,
      departed: departedOf(machine, id),
      program: label?.program ?? null,
    }
  })
}

function pending(machine: VaultMachine): GrantView[] {
  return pendingShares(machine)
    .filter(({ intent }) => intent.emergency === undefined)
    .map(({ key, intent: { grantee, label, role, scopes, notBefore, notAfter, fromNow } }): GrantView => ({
      id: key,
      account: idText(grantee),
      name: label.grantee,
      role: role ?? null,
      scopes,
      from: notBefore,
      until: notAfter,
      purpose: label.purpose,
      fromNow: fromNow === true,
      state: 'pending',
      since: notBefore,
      endedAt: null,
      departed: [],
      program: label.program ?? null,
    }))
}
