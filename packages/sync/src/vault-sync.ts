/**
 * One pass of the sync loop of a vault (Y2): read logs, read streams, send, until nothing is left to do. The very same code runs in the
 * app and in the simulation; clock, network, randomness and rows come from outside.
 */
import { controlHead, sameHead } from '@chartkeep/protocol'
import type { ServerApi } from './ports.ts'
import { pullControl, pullStreams, retryWaiting, type PullOutcome } from './vault-pull.ts'
import { pushOutbox, sealBatch, waitingCount, wasCopied } from './vault-push.ts'
import { isVaultOwner, outboxOf, ownGrants, TABLE, type VaultMachine } from './vault-state.ts'

export type SyncOutcome =
  /** Everything readable is read, everything saved is confirmed. */
  | { type: 'synced' }
  /** Read to the head, but something waits that cannot be sent now (say no key for a stream yet). */
  | { type: 'waiting' }
  | { type: 'offline' }
  | { type: 'error'; error: string }
  | { type: 'stopped'; fault: string; what: string }
  | { type: 'copied' }
  /** This account's access has ended by a cut in the verified log (C10). */
  | { type: 'ended' }

/** Passes that may follow each other before the loop gives up: a server that answers without end is left with its last answer. */
const MAX_PASSES = 10_000

export async function syncVault(
  machine: VaultMachine,
  server: ServerApi,
  onProgress?: (done: number, all: number) => void,
): Promise<SyncOutcome> {
  const posted = await postOwnControl(machine, server)
  if (posted !== null) return posted
  const control = await pullControl(machine, server)
  const ended = hasEnded(machine)
  if (control.type !== 'ok') return control
  if (ended) return { type: 'ended' }
  await retryWaiting(machine, server)

  let stopped: SyncOutcome | null = null
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const pulled = await pullStreams(machine, server, onProgress)
    if (pulled.type === 'offline' || pulled.type === 'error') return pulled
    if (pulled.type === 'stopped') stopped = pulled
    if (wasCopied(machine)) return { type: 'copied' }
    if (stopped !== null && stopped.type === 'stopped' && stopped.fault === 'behind') return stopped
    const sent = await sendAll(machine, server)
    if (sent.type === 'offline' || sent.type === 'error') return sent
    if (sent.type === 'refused') {
      // The log may have moved (an epoch, a cut): read it once more before this is a problem.
      const again: PullOutcome = await pullControl(machine, server)
      if (again.type !== 'ok') return again
      if (hasEnded(machine)) return { type: 'ended' }
      if (!again.changed) return { type: 'error', error: sent.error }
      continue
    }
    if (!sent.needsPull) break
  }
  return stopped ?? firstStop(machine) ?? (waitingCount(machine) === 0 ? { type: 'synced' } : { type: 'waiting' })
}

async function sendAll(machine: VaultMachine, server: ServerApi) {
  for (;;) {
    const pushed = await pushOutbox(machine, server)
    if (pushed.type !== 'ok' || pushed.needsPull) return pushed
    if (outboxOf(machine).length === 0 && (await sealBatch(machine)) === 0) return pushed
  }
}

function firstStop(machine: VaultMachine): SyncOutcome | null {
  const [stopped] = machine.rows.table(TABLE.stopped).values()
  if (stopped === undefined) return null
  const { fault, what } = stopped as { fault: string; what: string }
  return { type: 'stopped', fault, what }
}

/** C1: a vault made offline is posted unchanged at first contact. */
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

/** C10: every grant of this account in the vault is cut by the verified log, or over by the server's signed time. */
export function hasEnded(machine: VaultMachine): boolean {
  if (machine.control === null || isVaultOwner(machine)) return false
  const grants = ownGrants(machine)
  return grants.length > 0 && grants.every((grant) => grant.cut !== null || grant.notAfter <= machine.serverTime)
}
