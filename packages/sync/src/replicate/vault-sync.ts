/**
 * One sync pass of a vault (Y2): reads logs, reads streams, sends, until nothing is left to do. The app and the simulation run the same
 * code; clock, network, randomness and rows are passed in.
 */
import { idText, sameHead } from '@chartkeep/protocol'
import { controlHead } from '@chartkeep/protocol/control'
import { nextTurn } from '@chartkeep/store'
import { compareBeacons } from '../audit/beacons.ts'
import { hasUnreadRoles } from '../vault/control-parts.ts'
import { pullControl, type PullOutcome } from '../pull/control-pull.ts'
import { outboxOf } from '../vault/outbox.ts'
import { takeUpDeviceSequences, wasCopied } from '../vault/device-sequence.ts'
import { applyPartialRevocation } from '../consent/partial-revocation.ts'
import type { ServerApi } from '../ports/ports.ts'
import type { Page } from '../pull/pull-prefetch.ts'
import { retryQuarantined, retryWaiting } from '../pull/retry-unread.ts'
import { applyRules } from '../edit/rules-changed.ts'
import { pullStreams } from '../pull/vault-pull.ts'
import { awaitsPull, startPush, takePushAnswer, waitingCount, type Push, type PushOutcome } from '../push/vault-push.ts'
import { oversized, sealAhead, sealBatch } from '../edit/vault-seal.ts'
import {
  formerGrants,
  hasExpiredFor,
  isVaultOwner,
  ownGrants,
  ownRoles,
  unopenedGrants,
  wasVaultOwner,
} from '../vault/vault-rights.ts'
import { TABLE, type VaultMachine } from '../vault/vault-state.ts'

export type SyncOutcome =
  /** Everything readable is read, everything saved is confirmed. */
  | { type: 'synced' }
  /** Read to the head, but something waits that cannot be sent now, for example because a stream's key is missing. */
  | { type: 'waiting' }
  | { type: 'offline' }
  | { type: 'error'; error: string }
  | { type: 'stopped'; fault: string; what: string }
  | { type: 'copied' }
  /** This account's access was ended by a cut in the verified log (C10). */
  | { type: 'ended' }

/** The most rounds of one sync: guards against a server that answers for ever. */
const MAX_PASSES = 10_000
/** How often a refused push is retried in one sync after the logs have moved. */
const MAX_RETRIES = 5

export async function syncVault(
  machine: VaultMachine,
  server: ServerApi,
  onProgress?: (done: number, all: number) => void,
): Promise<SyncOutcome> {
  const posted = await postOwnControl(machine, server)
  if (posted !== null) return posted
  // C12: the own account log shows the end; the server no longer shows the vault's log, unless a newly gained role has access to it.
  const mayHaveGained = hasUnreadRoles(machine)
  if (!mayHaveGained && hasLostRoles(machine)) return { type: 'ended' }
  const control = await pullControl(machine, server)
  if (control.type === 'error' && mayHaveGained && hasLostRoles(machine)) return { type: 'ended' }
  const ended = hasEnded(machine)
  if (control.type !== 'ok') return control
  if (ended) return { type: 'ended' }
  await applyRules(machine)
  await retryWaiting(machine, server)

  let stopped: SyncOutcome | null = null
  let refused: string | null = null
  let retries = 0
  const blocked = new Set<string>()
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const before = progressOf(machine)
    const pulled = await pullStreams(machine, server, onProgress)
    if (pulled.type === 'offline' || pulled.type === 'error') return pulled
    stopped = pulled.type === 'stopped' ? pulled : null
    await compareBeacons(machine)
    if (hasEnded(machine)) return { type: 'ended' }
    await takeUpDeviceSequences(machine)
    if (await applyPartialRevocation(machine, server)) await takeUpDeviceSequences(machine)
    if (wasCopied(machine)) return { type: 'copied' }
    const sent = await sendAll(machine, server, blocked)
    if (sent.type === 'offline' || sent.type === 'error') return sent
    refused = sent.refused ?? refused
    if (sent.refused !== null && retries < MAX_RETRIES) {
      // The logs may have moved (an epoch, a cut, another device): read them again before reporting a problem.
      retries++
      const again: PullOutcome = await pullControl(machine, server)
      if (again.type !== 'ok') return again
      if (hasEnded(machine)) return { type: 'ended' }
      if (again.changed) {
        blocked.clear()
        refused = null
      }
      continue
    }
    if (sent.gaveWay || !sent.needsPull || progressOf(machine) === before) break
  }
  const unread = await lastWord(machine, server)
  if (unread?.type === 'offline') return unread
  return stopped ?? firstStop(machine) ?? unread ?? unsentProblem(machine, refused) ?? restOf(machine)
}

/**
 * Runs between whole passes: reads the named streams that are behind the server, and sends what waits. `brought`: pages that the server
 * pushed, used if they are what a pull would bring. Every check is that of a whole pass; anything that it cannot settle (a log that moved,
 * a refusal, an answer with missing entries before it) gives an outcome other than `synced`.
 */
export async function syncBriefly(
  machine: VaultMachine,
  server: ServerApi,
  moved: ReadonlyMap<string, number>,
  brought: readonly Page[] = [],
): Promise<SyncOutcome> {
  if (machine.control === null || hasEnded(machine)) return { type: 'waiting' }
  const behind = [...moved].filter(([stream, n]) => (machine.streams.get(stream)?.n ?? 0) < n).map(([stream]) => stream)
  if (behind.length > 0) {
    const pulled = await pullStreams(
      machine,
      server,
      undefined,
      new Map(behind.map((id) => [id, broughtOf(machine, id, moved.get(id)!, brought)])),
    )
    if (pulled.type !== 'ok') return pulled
    if (hasEnded(machine)) return { type: 'waiting' }
  }
  if (wasCopied(machine)) return { type: 'copied' }
  const sent = await sendAll(machine, server, new Set())
  if (sent.type !== 'sent') return sent
  if (sent.refused !== null || sent.needsPull || sent.gaveWay || firstStop(machine) !== null) return { type: 'waiting' }
  return machine.rows.table(TABLE.waiting).size === 0 ? { type: 'synced' } : { type: 'waiting' }
}

/** The pushed entries of a stream, contiguous from this device's position up to `n` at least; null if a pull is needed. */
function broughtOf(machine: VaultMachine, id: string, n: number, brought: readonly Page[]): Page | null {
  let reached = machine.streams.get(id)?.n ?? 0
  const read: Page['entries'] = []
  let last: Page | null = null
  for (const page of brought) {
    if (idText(page.stream) !== id) continue
    const next = page.entries.filter((entry) => entry.n > reached)
    if (next[0]?.n !== reached + 1) continue
    read.push(...next)
    reached = next.at(-1)!.n
    last = page
  }
  return last === null || reached < n ? null : { ...last, entries: read }
}

/** The state that a pass may change; an equal text means that the server answers without any progress. */
function progressOf(machine: VaultMachine): string {
  const read = [...machine.streams.values()].reduce((sum, { n }) => sum + n, 0)
  return `${read} ${outboxOf(machine).length} ${waitingCount(machine)} ${machine.control?.n ?? 0}`
}

interface Sent {
  type: 'sent'
  needsPull: boolean
  /** More may wait: a person's action was let through first. */
  gaveWay?: boolean
  /** Why the server refused an envelope; its stream waits, the others continued. */
  refused: string | null
}

/**
 * Sends everything that may be sent. One push is in transit at a time; meanwhile the next batch is sealed, and while the server processes
 * that batch, the last answer is applied.
 */
async function sendAll(machine: VaultMachine, server: ServerApi, blocked: Set<string>): Promise<Sent | PushFailure> {
  let refused: string | null = null
  // At a lock, the push in transit still gets its answer; everything else waits, sealed or as saved.
  const isEnding = () => machine.ending?.aborted === true
  const mayGoOn = () => !isEnding() && machine.awaited === 0
  let push = startPush(machine, server, blocked)
  for (;;) {
    if (push === null) {
      if (!mayGoOn()) return { type: 'sent', needsPull: false, gaveWay: !isEnding(), refused }
      if (awaitsPull(machine)) return { type: 'sent', needsPull: true, refused }
      if ((await sealBatch(machine)) === 0) return { type: 'sent', needsPull: false, refused }
      push = startPush(machine, server, blocked)
      if (push === null) return { type: 'sent', needsPull: false, refused }
    }
    const [answer] = await Promise.all([push.answer, sealAhead(machine, blocked)])
    const isTaken = answer.type === 'ok' && answer.value.refused === null && mayGoOn()
    const next: Push | null = isTaken ? startPush(machine, server, blocked, push) : null
    // The next push is sent in the next turn of the event loop; applying the answer would delay it.
    if (next !== null) await nextTurn()
    const pushed = await takePushAnswer(machine, push, blocked)
    if (pushed.type === 'offline' || pushed.type === 'error') {
      // The push in transit stays in the outbox and gets the same answer when sent again.
      await next?.answer
      return pushed
    }
    if (pushed.type === 'refused') refused = pushed.error
    push = next
    if (pushed.needsPull && push !== null) {
      const last = await takePushAnswer(machine, push, blocked)
      if (last.type === 'offline' || last.type === 'error') return last
      if (last.type === 'refused') refused = last.error
    }
    if (pushed.needsPull) return { type: 'sent', needsPull: true, refused }
    if (mayGoOn()) push ??= startPush(machine, server, blocked)
  }
}

type PushFailure = Extract<PushOutcome, { type: 'offline' | 'error' }>

/**
 * Fetches once more what still waits for a log or a key, after everything else was read. Entries that nothing makes readable are
 * `withheld`: an honest server has everything that an honest author named.
 */
async function lastWord(machine: VaultMachine, server: ServerApi): Promise<SyncOutcome | null> {
  const unreachable = await retryQuarantined(machine, server)
  if (unreachable !== null) return unreachable
  const waiting = machine.rows.table(TABLE.waiting)
  if (waiting.size === 0) return null
  const control = await pullControl(machine, server)
  if (control.type !== 'ok') return control
  await retryWaiting(machine, server, true)
  const [first] = waiting.values()
  return first === undefined
    ? null
    : { type: 'stopped', fault: 'withheld', what: `waiting for ${(first as { for: string }).for}` }
}

function unsentProblem(machine: VaultMachine, refused: string | null): SyncOutcome | null {
  if (refused !== null) return { type: 'error', error: refused }
  return machine.unsent.size > 0 && oversized(machine).length > 0 ? { type: 'error', error: 'too-large' } : null
}

function restOf(machine: VaultMachine): SyncOutcome {
  return waitingCount(machine) === 0 ? { type: 'synced' } : { type: 'waiting' }
}

function firstStop(machine: VaultMachine): SyncOutcome | null {
  const [stopped] = [...machine.rows.table(TABLE.stopped).values(), ...machine.held.values()]
  if (stopped === undefined) return null
  const { fault, what } = stopped as { fault: string; what: string }
  return { type: 'stopped', fault, what }
}

/** C1: a vault created offline is posted unchanged at first contact. */
async function postOwnControl(machine: VaultMachine, server: ServerApi): Promise<SyncOutcome | null> {
  if (machine.control === null || machine.rows.get(TABLE.meta, 'posted') === true || !isVaultOwner(machine)) return null
  const answer = await server.postControl(machine.vault, machine.controlEntries)
  if (answer.type === 'offline') return answer
  const known =
    answer.type === 'ok' ? sameHead(answer.value.head, controlHead(machine.control)) : answer.error === 'head-moved'
  if (!known) return { type: 'error', error: answer.type === 'ok' ? 'wrong-answer' : answer.error }
  await machine.rows.commit({ sync: [{ table: TABLE.meta, key: 'posted', value: true }] })
  return null
}

/** C12: the member at this device left the practice, or lost every role that gave access to this vault. */
function hasLostRoles(machine: VaultMachine): boolean {
  const roles = ownRoles(machine)
  if (machine.control === null || roles === null || isVaultOwner(machine)) return false
  return ownGrants(machine).length === 0 && (formerGrants(machine).length > 0 || wasVaultOwner(machine))
}

/** C10: every grant of this account in the vault, and its ownership, is cut by the verified log or ended by both clocks. */
export function hasEnded(machine: VaultMachine): boolean {
  if (machine.control === null || isVaultOwner(machine)) return false
  const grants = ownGrants(machine)
  const others = [...formerGrants(machine), ...unopenedGrants(machine)]
  const had = grants.length > 0 || others.length > 0 || wasVaultOwner(machine)
  return had && grants.every((grant) => hasExpiredFor(machine, grant))
}
