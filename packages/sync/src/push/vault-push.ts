/** Sending the outbox: exactly the bytes that were sealed (vault-seal.ts), until they are answered (Y6, S2). */
import { equalBytes } from '@chartkeep/crypto'
import { hasStreamHead, idText, MAX_PUSH_ENVELOPES, verifyHead, type PushAnswer } from '@chartkeep/protocol'
import { nextTurn } from '@chartkeep/store'
import { isReady, type UploadRow } from '../vault/upload-row.ts'
import { outboxOf, outboxRows, type OutboxItem } from '../vault/outbox.ts'
import type { Answer, ServerApi } from '../ports/ports.ts'
import { ReconcileTransaction } from '../edit/reconcile-transaction.ts'
import { applyOwnAnswer } from '../pull/vault-pull.ts'
import { reloadVault } from '../vault/vault-open.ts'
import {
  exclusive,
  rowValue,
  stopOf,
  stoppedStreams,
  TABLE,
  unsealedOf,
  type VaultMachine,
} from '../vault/vault-state.ts'
import { ENVELOPES_PER_STEP, SEALED_OVERHEAD } from '../edit/vault-seal.ts'

export type PushOutcome =
  | { type: 'ok'; sent: number; needsPull: boolean }
  | { type: 'offline' }
  | { type: 'error'; error: string }
  /** The server refused the next envelope; it stays in the outbox. */
  | { type: 'refused'; error: string; sent: number; needsPull: boolean }

/** Envelopes that were sent together, with the answer that is to come. */
export interface Push {
  batch: OutboxItem[]
  answer: Promise<Answer<PushAnswer>>
}

/** What may leave now: everything sealed and unanswered, streams that stand still and what is `underway` left out. */
function sendable(
  machine: VaultMachine,
  blocked: ReadonlySet<string>,
  underway: ReadonlySet<string>,
): { batch: OutboxItem[]; bytes: number } {
  const batch: OutboxItem[] = []
  const stopped = stoppedStreams(machine)
  let bytes = 0
  for (const item of outboxOf(machine)) {
    if (underway.has(item.key) || blocked.has(item.stream) || stopped.has(item.stream) || item.ack !== null) continue
    const size = item.decoded.paddedLength + SEALED_OVERHEAD
    if (batch.length > 0 && (batch.length >= MAX_PUSH_ENVELOPES || bytes + size > machine.pageSizes.up.bytes)) break
    bytes += size
    batch.push(item)
  }
  return { batch, bytes }
}

/**
 * Sends the outbox, at most one push of it; null where nothing may leave. `blocked`: streams that the server refused in this pass, so that one holds
 * no other up. `after`: a push whose answer came and is not taken in yet.
 */
export function startPush(
  machine: VaultMachine,
  server: ServerApi,
  blocked: ReadonlySet<string>,
  after: Push | null = null,
): Push | null {
  const { batch, bytes } = sendable(machine, blocked, new Set(after?.batch.map(({ key }) => key)))
  if (batch.length === 0) return null
  const envelopes = batch.map(({ header, body, proof }) => ({ header, body, proof }))
  const answer = machine.pageSizes.up.carry(bytes, () => server.push(machine.vault, envelopes))
  return { batch, answer }
}

/** Takes the answer of a push in, as far as it is next in its streams. The stream of a refusal joins `blocked`. */
export async function takePushAnswer(
  machine: VaultMachine,
  { batch, answer: awaited }: Push,
  blocked: Set<string>,
): Promise<PushOutcome> {
  const answer = await awaited
  if (answer.type !== 'ok') return answer.type === 'offline' ? answer : { type: 'error', error: answer.error }
  const { results, heads, refused } = answer.value
  const serverKey = machine.serverKey()
  if (serverKey === null) return { type: 'error', error: 'server-key' }
  for (const head of heads) if (!(await verifyHead(head, serverKey))) return { type: 'error', error: 'server-key' }
  // An answer for nothing, or for everything and a refusal, would be asked for again without end.
  if ((refused === null) !== (results.length === batch.length)) return { type: 'error', error: 'wrong-answer' }

  const applied = await exclusive(machine, () => applyAnswers(machine, batch, answer.value))
  if (applied.type === 'error') return applied
  const { needsPull } = applied
  if (refused === null) return { type: 'ok', sent: results.length, needsPull }
  blocked.add(batch[results.length]!.stream)
  return { type: 'refused', error: refused, sent: results.length, needsPull }
}

/** Answers of this device's own pushes wait for a pull: it brings what lies between. */
export function awaitsPull(machine: VaultMachine): boolean {
  for (const { ack, stream } of outboxRows(machine)) if (ack !== null && stopOf(machine, stream) === null) return true
  return false
}

const WRONG_ANSWER = { type: 'error', error: 'wrong-answer' } as const

/** Takes the answers of a push into the rows: those that are next in their streams at once, the others when a pull brings what lies between. */
async function applyAnswers(
  machine: VaultMachine,
  batch: OutboxItem[],
  { results, heads }: PushAnswer,
): Promise<{ type: 'applied'; needsPull: boolean } | { type: 'error'; error: string }> {
  const signedTo = new Map<string, number>()
  for (const { kind, id, n } of heads)
    if (kind === 'stream') signedTo.set(idText(id), Math.max(n, signedTo.get(idText(id)) ?? 0))
  for (const [index, result] of results.entries()) {
    const item = batch[index]
    // S3: an answer for anything else than what was sent, in order, is no answer.
    if (item === undefined || !equalBytes(result.hash, item.hash) || idText(result.stream) !== item.stream)
      return WRONG_ANSWER
    if ((signedTo.get(item.stream) ?? 0) < result.n) return { type: 'error', error: 'unsigned-answer' }
  }
  const change = new ReconcileTransaction(machine)
  let needsPull = false
  try {
    for (const [index, result] of results.entries()) {
      if (index % ENVELOPES_PER_STEP === ENVELOPES_PER_STEP - 1) await nextTurn()
      const item = batch[index]!
      const applied = await applyOwnAnswer(machine, item, result, change)
      if (applied === 'wrong') {
        await reloadVault(machine)
        return WRONG_ANSWER
      }
      if (applied === 'applied') continue
      needsPull = true
      const ack = { n: result.n, outcome: result.outcome }
      change.sync.push({ table: TABLE.outbox, key: item.key, value: rowValue({ ...item.stored, ack }) })
    }
    for (const head of heads) {
      const id = idText(head.id)
      const state = machine.streams.get(id)
      if (state === undefined) continue
      if (head.n <= state.n && !hasStreamHead(state, head)) {
        await reloadVault(machine)
        return WRONG_ANSWER
      }
      change.signedHead(id, head)
    }
    await change.commit()
  } catch (error) {
    await reloadVault(machine)
    throw error
  }
  return { type: 'applied', needsPull }
}

/** Y6: what is saved here and not yet confirmed: unsent records, versions beside them, the outbox, and files. */
export function waitingCount(machine: VaultMachine): number {
  const ids = new Set(machine.unsent)
  for (const { id } of outboxRows(machine)) ids.add(id)
  for (const { id } of unsealedOf(machine)) ids.add(id)
  const files = [...machine.rows.table(TABLE.file).values()].filter((row) => isReady(row as unknown as UploadRow))
  return ids.size + files.length
}
