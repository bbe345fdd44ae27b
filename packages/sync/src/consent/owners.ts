/**
 * A person's actions on the owners of a chart (C2): add, remove, leave, hand over. They run online, on the head just confirmed; only a
 * removal is kept as an intent while offline, because it takes access away (C1).
 */
import { idText, textId } from '@chartkeep/protocol'
import { newestBoxKey } from '@chartkeep/protocol/account'
import { isOwner, mayEnd, ownerOf, type OwnerRole } from '@chartkeep/protocol/control'
import type { GrantLabel } from '../vault/content-keys.ts'
import { addOwnerEntry, leaveEntry, offerEntry, takeOverEntry } from './owner-entries.ts'
import {
  authorOf,
  postEntry,
  postRenewal,
  readToHead,
  refreshAccounts,
  remaining,
  waitedEntry,
  type ControlActionOutcome,
  type Undone,
} from './control-action.ts'
import { GONE, ownerCut } from './sharing.ts'
import type { ServerApi } from '../ports/ports.ts'
import { waitingCount } from '../push/vault-push.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

export interface NewOwner {
  account: Uint8Array
  /** The account's newest box key when the person decided (C1). */
  generation: number
  role: OwnerRole
  label: GrantLabel
}

/** Names in a label are short, so that the names of all owners fit into one part. */
const NAME_LENGTH = 40

/** Makes an account an owner, or a manager a holder. */
export async function addOwnerNow(
  machine: VaultMachine,
  server: ServerApi,
  added: NewOwner,
): Promise<ControlActionOutcome> {
  const refreshed = await refreshAccounts(machine, server, [machine.account, added.account])
  if (refreshed !== null) return refreshed
  const account = machine.accounts.lookup(added.account)
  if (account === null) return { type: 'stale', why: 'grantee' }
  if (newestBoxKey(account).generation !== added.generation) return { type: 'stale', why: 'grantee-keys' }
  return asActionOutcome(
    await postEntry(machine, server, async () => {
      const { control } = machine
      const known = control === null ? null : ownerOf(control, added.account)
      if (control === null || known?.role === added.role) return { type: 'stale', why: GONE }
      const who = { account, role: added.role, isOwner: known !== null }
      return addOwnerEntry(control, machine.keys, who, withNames(machine, added), authorOf(machine))
    }),
  )
}

function withNames(machine: VaultMachine, { account, label }: NewOwner): GrantLabel {
  const names = [
    ...machine.keys.people,
    [idText(account), label.grantee] as const,
    ...Object.entries(label.people ?? {}),
  ]
  return { ...label, people: Object.fromEntries(names.map(([id, name]) => [id, name.slice(0, NAME_LENGTH)])) }
}

/** Offers this account's place as holder to a manager; or withdraws or declines an offer. */
export async function offerNow(
  machine: VaultMachine,
  server: ServerApi,
  op: 'offer' | 'withdraw',
  other: Uint8Array,
): Promise<ControlActionOutcome> {
  return asActionOutcome(
    await postEntry(machine, server, async () => {
      const { control } = machine
      if (control === null || !isOwner(control, other)) return { type: 'stale', why: GONE }
      const author = authorOf(machine)
      if (op === 'withdraw') return offerEntry(control, op, other, author)
      return waitedEntry(machine, server, (waited) => offerEntry(control, op, other, author, waited))
    }),
  )
}

/** Takes the offered place of `giver`, whose access ends with it. */
export async function takeOverNow(
  machine: VaultMachine,
  server: ServerApi,
  giver: Uint8Array,
): Promise<ControlActionOutcome> {
  return asActionOutcome(
    await postRenewal(machine, server, (unproved) => {
      const { control, keys } = machine
      const offer = control?.offers.get(idText(giver))
      if (control && !isOwner(control, giver) && ownerOf(control, machine.account)?.role === 'holder')
        return { type: 'stale', why: GONE }
      // The offer was withdrawn, or made to another person.
      if (!control || offer === undefined || idText(offer.to) !== idText(machine.account))
        return { type: 'stale', why: 'no-offer' }
      const left = remaining(machine, null, unproved, giver)
      return takeOverEntry(control, keys, ownerCut(machine, giver), left, authorOf(machine))
    }),
  )
}

export type LeaveOutcome = ControlActionOutcome | { type: 'waiting'; count: number } | { type: 'last-holder' }

/** Ends this account's ownership. Unsent work would be lost to the other owners, so it is sent first. */
export async function leaveNow(machine: VaultMachine, server: ServerApi): Promise<LeaveOutcome> {
  const pulled = await readToHead(machine, server)
  if (pulled !== null) return pulled
  const count = waitingCount(machine)
  if (count > 0) return { type: 'waiting', count }
  if (machine.control !== null && !mayEnd(machine.control, machine.account, machine.account))
    return { type: 'last-holder' }
  return asActionOutcome(
    await postEntry(machine, server, async () => {
      const { control } = machine
      if (control === null || !mayEnd(control, machine.account, machine.account)) return { type: 'stale', why: GONE }
      const cut = ownerCut(machine, machine.account)
      return waitedEntry(machine, server, (waited) => leaveEntry(control, cut, authorOf(machine), waited))
    }),
  )
}

/** Nothing to do if the action's effect is already in force. */
function asActionOutcome(posted: { type: 'done' } | Undone): ControlActionOutcome {
  const isDone = posted.type === 'done' || (posted.type === 'stale' && posted.why === GONE)
  return isDone ? { type: 'done', grant: '' } : posted
}

/** The offer that waits for this account or that it made; null if there is none. */
export function handOverOf(machine: VaultMachine): { giver: Uint8Array; receiver: Uint8Array; since: number } | null {
  const own = idText(machine.account)
  for (const [giver, { to, time }] of machine.control?.offers ?? [])
    if (giver === own || idText(to) === own) return { giver: textId(giver)!, receiver: to, since: time }
  return null
}
