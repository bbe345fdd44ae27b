/**
 * Gives and ends access (C2-C4, C9, C10): grants, cuts, acceptance of late envelopes, the end of an owner. Actions run on the head just
 * confirmed.
 */
import { idText, MAX_ACCEPTED, READ, rightsOf, type Head, type RightWord } from '@chartkeep/protocol'
import {
  accountHead,
  newestBoxKey,
  newestRoleKey,
  roleLostAt,
  type AccountState,
  type Role,
} from '@chartkeep/protocol/account'
import {
  accessLogKey,
  deviceCut,
  heldStreams,
  isOwner,
  mayEnd,
  roleCutsOf,
  rolesGiven,
  type Accept,
  type ControlState,
  type Cut,
  type Grant,
} from '@chartkeep/protocol/control'
import { streamHead } from '@chartkeep/protocol/streams'
import type { GrantLabel } from '../vault/content-keys.ts'
import {
  authorOf,
  positions,
  postEntry,
  postRenewal,
  refreshAccounts,
  refreshRecipients,
  remaining,
  type ControlActionOutcome,
  type Undone,
} from './control-action.ts'
import { acceptEntry, accessLogEntry, cutEntry, grantEntry } from './control-writer.ts'
import type { ServerApi } from '../ports/ports.ts'
import { pullStreams } from '../pull/vault-pull.ts'
import { isVaultOwner } from '../vault/vault-rights.ts'
import { safeTimeOf, type VaultMachine } from '../vault/vault-state.ts'

export interface ShareIntent {
  kind: 'share'
  /**
   * The id of the grant that this intent makes, 16 random bytes: a repeated attempt, for example after a lost answer, makes the same grant.
   */
  id: Uint8Array
  grantee: Uint8Array
  /** C12: in a practice, the role that receives the grant; absent for a person. */
  role?: Role
  scopes: { collection: string; rights: RightWord[] }[]
  notBefore: number
  notAfter: number
  label: GrantLabel
  /** C3: only what is written after the grant's entry; absent: all history. */
  fromNow?: boolean
  /** C13: how long one opening lasts, milliseconds; absent for an ordinary grant. */
  emergency?: number
  /**
   * The grantee's or role's newest box key when the person decided; if it has changed, the intent is shown again before it gives access
   * (C1).
   */
  generation: number
}

/** C3: puts a grant in force. */
export async function grantNow(
  machine: VaultMachine,
  server: ServerApi,
  intent: ShareIntent,
): Promise<ControlActionOutcome> {
  const refreshed = await refreshAccounts(machine, server, [machine.account, intent.grantee])
  if (refreshed !== null) return refreshed
  // C13: without an access log, the grantee could not tell the reason to the owners alone.
  if (intent.emergency !== undefined) await bringAccessLog(machine, server)
  const fromNow = intent.fromNow === true
  const unproved = fromNow ? await refreshRecipients(machine, server) : new Set<string>()
  if ('type' in unproved) return unproved
  const grantee = machine.accounts.lookup(intent.grantee)
  if (grantee === null) return { type: 'stale', why: 'grantee' }
  const role = intent.role ?? null
  if (generationFor(grantee, role) !== intent.generation) return { type: 'stale', why: 'grantee-keys' }
  const posted = await postEntry(machine, server, async () => {
    if (machine.control?.grants.has(idText(intent.id)) === true) return { type: 'stale', why: MADE }
    if (intent.notAfter <= safeTimeOf(machine)) return { type: 'stale', why: 'over' }
    // The grant begins at the current head: the server accepts no other, so that no entry falls between it and the new epoch.
    const pulled = fromNow ? await pullStreams(machine, server) : null
    if (pulled?.type === 'offline' || pulled?.type === 'error') return pulled
    const scopes = intent.scopes.flatMap(({ collection, rights }) => {
      const found = [...machine.keys.streams.values()].find((stream) => stream.name === collection)
      if (found === undefined) return []
      const start = fromNow ? streamHead(machine.streams.get(idText(found.stream))!) : null
      return [{ stream: found.stream, rights: rightsOf(rights) | READ, start }]
    })
    if (scopes.length !== intent.scopes.length) return { type: 'stale', why: 'collections' }
    return grantEntry(
      machine.control!,
      machine.keys,
      {
        id: intent.id,
        grantee,
        role,
        scopes,
        notBefore: intent.notBefore,
        notAfter: intent.notAfter,
        label: intent.label,
        ...(intent.emergency !== undefined && { emergency: intent.emergency }),
      },
      remaining(machine, null, unproved),
      authorOf(machine),
    )
  })
  const isMade = posted.type === 'done' || (posted.type === 'stale' && posted.why === MADE)
  return isMade ? { type: 'done', grant: idText(intent.id) } : posted
}

/** The newest generation of the key that a grant is wrapped to: EK, or in a practice the role's key; 0 if there is no such role. */
export function generationFor(grantee: AccountState, role: Role | null): number {
  return (role === null ? newestBoxKey(grantee) : newestRoleKey(grantee, role))?.generation ?? 0
}

/** The effect of an intent is already in force. */
const MADE = 'made'
export const GONE = 'gone'

/** C4: ends a grant, by a person's action or because it has expired. */
export async function cutGrantNow(
  machine: VaultMachine,
  server: ServerApi,
  grant: Uint8Array,
  reason: 'revoked' | 'expired',
): Promise<ControlActionOutcome> {
  const id = idText(grant)
  const posted = await postCut(machine, server, () => {
    const known = machine.control?.grants.get(id)
    if (known === undefined || known.cut !== null) return { type: 'stale', why: GONE }
    return {
      cut: { grant, account: null, device: null, reason, streams: positions(machine, [...known.streams.keys()]) },
      renew: [...known.streams.keys()],
      except: known,
    }
  })
  return posted.type === 'done' ? { type: 'done', grant: id } : posted
}

/** C9: accepts envelopes beyond a cut; those already accepted are skipped. */
export async function acceptNow(
  machine: VaultMachine,
  server: ServerApi,
  envelopes: Accept['envelopes'],
): Promise<ControlActionOutcome> {
  const refreshed = await refreshAccounts(machine, server, [machine.account])
  if (refreshed !== null) return refreshed
  const posted = await postEntry(machine, server, async () => {
    const open = envelopes.filter(({ hash }) => machine.control?.accepted.has(idText(hash)) !== true)
    if (open.length === 0) return { type: 'stale', why: MADE }
    return acceptEntry(machine.control!, { envelopes: open.slice(0, MAX_ACCEPTED) }, authorOf(machine))
  })
  return posted.type === 'done' || (posted.type === 'stale' && posted.why === MADE)
    ? { type: 'done', grant: '' }
    : posted
}

/** K5, C12: cuts a device from the vault that an owner's or grantee's account removed, or a practice's device that lost a role. */
export async function cutDeviceNow(
  machine: VaultMachine,
  server: ServerApi,
  account: Uint8Array,
  device: Uint8Array,
  reason: 'device-removed' | 'role-lost' = 'device-removed',
): Promise<ControlActionOutcome> {
  const posted = await postCut(machine, server, () => {
    const { control } = machine
    const log = machine.accounts.lookup(account)
    if (control === null || log === null || deviceCut(control, { account, device }) !== null)
      return { type: 'stale', why: GONE }
    const isLoss = reason === 'role-lost'
    if (isLoss && !hasLostRoles(control, log, device)) return { type: 'stale', why: GONE }
    const streams = heldStreams(control, account)
    const isOther = isOwner(control, account) && idText(account) !== idText(machine.account)
    return {
      subject: isOther || isLoss ? accountHead(log) : null,
      cut: { grant: null, account, device, reason, streams: positions(machine, streams) },
      renew: streams,
      except: null,
    }
  })
  return posted.type === 'done' ? { type: 'done', grant: '' } : posted
}

/** C12: whether a live device of a practice has lost a role since the last cut that recorded it, or since it was enrolled. */
export function hasLostRoles(control: ControlState, log: AccountState, device: Uint8Array): boolean {
  const lostAt = roleLostAt(log, device, rolesGiven(control, log.account))
  return (
    lostAt !== null && !roleCutsOf(control, { account: log.account, device }).some(({ accountN }) => accountN >= lostAt)
  )
}

async function postCut(
  machine: VaultMachine,
  server: ServerApi,
  plan: () =>
    { cut: Cut; renew: string[]; except: Grant | null; subject?: Head | null } | { type: 'stale'; why: string },
): Promise<{ type: 'done' } | Undone> {
  return postRenewal(machine, server, (unproved) => {
    const planned = plan()
    if ('type' in planned) return planned
    const { cut, renew, except, subject = null } = planned
    const left = remaining(machine, except, unproved)
    return cutEntry(machine.control!, machine.keys, cut, renew, left, authorOf(machine), subject)
  })
}

/**
 * A2: adds the access log to a vault of an earlier version; does nothing if it has one. If the server does not answer, the next sync tries
 * again.
 */
export async function bringAccessLog(machine: VaultMachine, server: ServerApi): Promise<void> {
  const lacksIt = () => machine.control !== null && accessLogKey(machine.control) === null
  if (!isVaultOwner(machine) || !lacksIt()) return
  await postEntry(machine, server, async () =>
    lacksIt() ? accessLogEntry(machine.control!, authorOf(machine)) : { type: 'stale', why: MADE },
  )
}

/** C2, C4: ends another owner, if the rules allow it to this account: all keys are renewed. */
export async function endOwnerNow(
  machine: VaultMachine,
  server: ServerApi,
  owner: Uint8Array,
): Promise<ControlActionOutcome> {
  const posted = await postRenewal(machine, server, (unproved) => {
    const { control } = machine
    if (control === null || !isOwner(control, owner)) return { type: 'stale', why: GONE }
    if (!mayEnd(control, owner, machine.account)) return { type: 'stale', why: 'not-yours' }
    const streams = [...control.streams.keys()]
    const left = remaining(machine, null, unproved, owner)
    return cutEntry(control, machine.keys, ownerCut(machine, owner), streams, left, authorOf(machine))
  })
  return posted.type === 'done' ? { type: 'done', grant: '' } : posted
}

/** The content of an owner's cut: the position in each stream up to which the owner's work counts. */
export function ownerCut(machine: VaultMachine, account: Uint8Array): Cut & { account: Uint8Array } {
  const streams = positions(machine, [...machine.control!.streams.keys()])
  return { grant: null, account, device: null, reason: 'member-removed', streams }
}
