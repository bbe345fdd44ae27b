/**
 * Reads the control log from the server: verifies it entry by entry, opens its keys at once, and retracts the entries that a cut excludes
 * (C1, C8, C9).
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { decodeAs, encodeMessage, idText } from '@chartkeep/protocol'
import type { Refused, Role } from '@chartkeep/protocol/account'
import {
  applyControlEntry,
  ControlBody,
  controlHead,
  hasControlHead,
  isForRoles,
  showsAllGrants,
  type ControlEntry,
  type ControlRefusal,
  type ControlState,
} from '@chartkeep/protocol/control'
import { emptyStream, holdsPin, verifyHead, type SignedHead, type StreamState } from '@chartkeep/protocol/streams'
import type { SyncRow } from '@chartkeep/store'
import { noteRoles, partsWanted, readPartsAgain } from '../vault/control-parts.ts'
import { hasCuts, pinsOf, retractBeyond } from './cut-effects.ts'
import { learnAccounts, type Needed } from '../vault/needed-logs.ts'
import type { ServerApi } from '../ports/ports.ts'
import { keepEvidence, stop } from '../vault/stream-stop.ts'
import { restartStreams } from './restart-effects.ts'
import { runningBack } from '../account/two-clocks.ts'
import { formerGrants, isOwnerIn, ownGrants, ownRoles, setStarts } from '../vault/vault-rights.ts'
import { exclusive, refreshKeys, rowValue, TABLE, type StopFault, type VaultMachine } from '../vault/vault-state.ts'

export type PullOutcome =
  | { type: 'ok'; changed: boolean }
  | { type: 'offline' }
  | { type: 'error'; error: string }
  /** The server's history contradicts the one that this device has seen (F1). The evidence is kept; this part of the sync stops. */
  | { type: 'stopped'; fault: StopFault; what: string }

export const OK: PullOutcome = { type: 'ok', changed: false }

/** Reads the new entries of the control log and opens their keys at once. */
export async function pullControl(machine: VaultMachine, server: ServerApi): Promise<PullOutcome> {
  let changed = false
  await noteRoles(machine)
  if (effectsDue(machine) !== null) await exclusive(machine, () => takeEffects(machine))
  for (;;) {
    const known = machine.control
    const asked = machine.clock.now()
    const answer = await server.control(machine.vault, known?.n ?? 0)
    if (answer.type !== 'ok') return answer.type === 'offline' ? answer : { type: 'error', error: answer.error }
    const { entries, head } = answer.value
    if (!(await isServersHead(machine, head, 'control', machine.vault)))
      return stopControl(machine, 'refused', 'control-head', { heads: [head] })
    machine.clocks.hear(head.time, asked)
    await keepRunningBack(machine, head, 'control')
    const unreachable = await learnAccounts(machine, server, neededByControl(entries))
    if (unreachable !== null) return unreachable
    // The log came from the server, so there is nothing to post at first contact.
    const first: SyncRow[] = known === null ? [{ table: TABLE.meta, key: 'posted', value: true }] : []
    const applied = await exclusive(machine, () => appendControl(machine, entries, first))
    if (applied.type !== 'ok') return applied
    changed ||= entries.length > 0
    const reached = controlHead(machine.control)
    const onChain = machine.control === null ? head.n === 0 : head.n === 0 || hasControlHead(machine.control, head)
    if (head.n <= reached.n && !onChain) return stopControl(machine, 'fork', 'control-head', { heads: [head] })
    const hasLost = formerGrants(machine).length > 0
    if (head.n < reached.n && hasLost && isShownLess(machine, ownRoles(machine), head.n)) return { type: 'ok', changed }
    if (head.n < reached.n) return stopControl(machine, 'behind', 'control-head', { heads: [head] })
    if (head.n === reached.n) {
      const parts = await readPartsAgain(machine, server)
      if (parts.type === 'offline' || parts.type === 'error') return parts
      if (parts.type === 'withheld') return stopControl(machine, 'withheld', 'control', { heads: [head] })
      if (parts.type === 'other') return stopControl(machine, 'fork', 'control-entry', { entry: parts.entry })
      await keepControlHead(machine, head)
      return { type: 'ok', changed }
    }
    if (entries.length === 0) return stopControl(machine, 'withheld', 'control', { heads: [head] })
  }
}

/**
 * C12: whether a log that the server shows only up to position `n` is legitimately shorter. A device that has lost a role sees the log up
 * to the last cut of its remaining roles, and this may be a role whose grants the device has not read.
 */
function isShownLess({ account, control }: VaultMachine, roles: readonly Role[] | null, n: number): boolean {
  return [...(control?.grants.values() ?? [])]
    .filter((grant) => grant.account !== null && equalBytes(grant.account, account) && isForRoles(grant.role, roles))
    .every(({ cut }) => cut !== null && cut.at <= n)
}

/**
 * S9: stores the head under which this device can give the control log back to a server that lost it. The caller has verified its signature
 * and position.
 */
export async function keepControlHead(machine: VaultMachine, head: SignedHead): Promise<void> {
  const known = machine.rows.get(TABLE.signedHead, CONTROL) as unknown as SignedHead | undefined
  if (head.n === 0 || (known !== undefined && known.n >= head.n)) return
  const value = rowValue(head)
  await machine.rows.commit({ sync: [{ table: TABLE.signedHead, key: CONTROL, value }], durability: 'relaxed' })
}

/**
 * H8: keeps two heads of one log whose times contradict their numbers as evidence; nothing stops. `place`: the log's key among the signed
 * heads.
 */
export async function keepRunningBack(machine: VaultMachine, head: SignedHead, place: string): Promise<void> {
  const known = (machine.rows.get(TABLE.signedHead, place) as unknown as SignedHead | undefined) ?? null
  const earlier = await runningBack(head, [known, machine.clocks.noteHead(head)], machine.serverKey())
  if (earlier === null) return
  const evidence = encodeMessage({ heads: [earlier, head] })
  await keepEvidence(machine, place, { fault: 'time', what: `${head.kind}-head`, evidence })
}

/** The control log's key among the signed heads. */
export const CONTROL = 'control'

/** F1: if a vault's control log contradicts what this device has seen, the pass ends for the whole vault; the next sync asks again. */
async function stopControl(
  machine: VaultMachine,
  fault: StopFault,
  what: string,
  evidence: unknown,
): Promise<PullOutcome> {
  await keepEvidence(machine, 'control', { fault, what, evidence: encodeMessage(evidence) })
  return { type: 'stopped', fault, what }
}

/**
 * Verifies and stores entries, opens their keys, and retracts what a cut excludes. `beside`: further rows of the same durable entry. Call
 * inside {@link exclusive}.
 */
export async function appendControl(
  machine: VaultMachine,
  entries: ControlEntry[],
  beside: readonly SyncRow[] = [],
): Promise<PullOutcome> {
  if (entries.length === 0) return OK
  let state = machine.control
  for (const entry of entries) {
    const next: ControlState | Refused<ControlRefusal> = await applyControlEntry(state, entry, machine.accounts.lookup)
    if ('type' in next) return stopControl(machine, 'refused', `control-entry ${next.reason}`, { entry })
    // C8: an owner judges and renews by every grant; a hidden grant would be access that no cut of this owner could end.
    if (isOwnerIn(machine, next) && !showsAllGrants(entry))
      return stopControl(machine, 'withheld', 'control-part', { entry })
    state = next
  }
  const first = (machine.control?.n ?? 0) + 1
  const rows = entries.map((entry, index): SyncRow => ({
    table: TABLE.control,
    key: String(first + index),
    value: encodeMessage(entry),
  }))
  const due = effectsDue(machine) ?? first
  const effects: SyncRow[] = hasEffects(state) ? [{ table: TABLE.meta, key: EFFECTS, value: due }] : []
  await machine.rows.commit({ sync: [...rows, ...effects, ...partsWanted(machine, state, first), ...beside] })
  machine.control = state
  machine.controlEntries.push(...entries)
  for (const [id, stream] of state?.streams ?? []) {
    if (!machine.streams.has(id)) machine.streams.set(id, emptyStream(machine.vault, stream.id))
  }
  setStarts(machine)
  refreshKeys(machine)
  await takeEffects(machine)
  for (const [id, stream] of machine.streams) {
    if (!holdsPins(machine, stream)) await stop(machine, id, 'fork', 'cut', { entry: entries.at(-1)! })
  }
  return { type: 'ok', changed: true }
}

/** Row of `meta`: the log position from which the effects of entries on stored streams are still to be applied. */
const EFFECTS = 'log-effects'

function effectsDue({ rows }: VaultMachine): number | null {
  return (rows.get(TABLE.meta, EFFECTS) as number | undefined) ?? null
}

function hasEffects(control: ControlState | null): boolean {
  return hasCuts({ control }) || (control?.restarts.length ?? 0) > 0
}

/**
 * Applies the remaining effects, also after a kill: the entries are in the log already, so nothing else would trigger their effects. Call
 * inside {@link exclusive}.
 */
async function takeEffects(machine: VaultMachine): Promise<void> {
  const due = effectsDue(machine)
  if (due === null) return
  await restartStreams(machine, due)
  await retractBeyond(machine, due)
  await machine.rows.commit({ sync: [{ table: TABLE.meta, key: EFFECTS, value: null }], durability: 'relaxed' })
}

/** The account logs that are needed to judge entries. */
export function neededByControl(entries: ControlEntry[]): Needed[] {
  const bodies = entries.flatMap((entry) => decodeAs(ControlBody, entry.body) ?? [])
  return bodies.flatMap(({ account, accountLog, member, cut, subject }) => {
    const needed: Needed[] = [{ account, n: accountLog.n }]
    if (member?.accountLog) needed.push({ account: member.account, n: member.accountLog.n })
    if (subject !== undefined && cut?.account) needed.push({ account: cut.account, n: subject.n })
    return needed
  })
}

export async function isServersHead(
  machine: VaultMachine,
  head: SignedHead,
  kind: SignedHead['kind'],
  id: Uint8Array,
): Promise<boolean> {
  const key = machine.serverKey()
  return key !== null && head.kind === kind && idText(head.id) === idText(id) && (await verifyHead(head, key))
}

/**
 * C9, P4: whether the stream positions that signers of cuts had verified are on this device's own chain; and likewise the head at which a
 * grant of this account begins (C3), because earlier entries came only as hashes.
 */
export function holdsPins(machine: VaultMachine, state: StreamState): boolean {
  const id = idText(state.stream)
  const starts = ownGrants(machine).flatMap(({ streams }) => streams.get(id)?.start ?? [])
  return [...pinsOf(machine, id), ...starts].every((pin) => holdsPin(state.hashes, pin))
}
