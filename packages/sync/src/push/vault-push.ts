/** Sends the outbox: exactly the bytes that vault-seal.ts sealed, until they are answered (Y6, S2). */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { idText, MAX_PUSH_ENVELOPES } from '@chartkeep/protocol'
import type { PushAnswer } from '@chartkeep/protocol/messages'
import { hasStreamHead, verifyHead } from '@chartkeep/protocol/streams'
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

/** Envelopes that were sent together, with their pending answer. */
export interface Push {
  batch: OutboxItem[]
  answer: Promise<Answer<PushAnswer>>
}

/** The sealed, unanswered envelopes that may be sent now, without stopped streams and without those in `underway`. */
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
 * Sends at most one push of the outbox; null if nothing may be sent. `blocked`: streams that the server refused in this pass, so that one
 * stream does not hold up others. `after`: a push whose answer has come but is not applied yet.
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

/** Applies the answers of a push that are next in their streams. The stream of a refusal is added to `blocked`. */
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
  // An answer without results, or with all results and a refusal, would be asked for again for ever.
  if ((refused === null) !== (results.length === batch.length)) return { type: 'error', error: 'wrong-answer' }

  const applied = await exclusive(machine, () => applyAnswers(machine, batch, answer.value))
  if (applied.type === 'error') return applied
  const { needsPull } = applied
  if (refused === null) return { type: 'ok', sent: results.length, needsPull }
  blocked.add(batch[results.length]!.stream)
  return { type: 'refused', error: refused, sent: results.length, needsPull }
}

/** Whether answers to this device's own pushes wait for a pull that brings the entries in between. */
export function awaitsPull(machine: VaultMachine): boolean {
  for (const { ack, stream } of outboxRows(machine)) if (ack !== null && stopOf(machine, stream) === null) return true
  return false
}

const WRONG_ANSWER = { type: 'error', error: 'wrong-answer' } as const

/**
 * Applies the answers of a push to the rows: those that are next in their streams now, the others after a pull has brought the entries in
 * between.
 */
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
    // S3: the results must match the sent envelopes, in order; anything else is not an answer.
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

/** Y6: how many items are saved here and not confirmed: unsent records, sibling versions, the outbox, and files. */
export function waitingCount(machine: VaultMachine): number {
  const ids = new Set(machine.unsent)
  for (const { id } of outboxRows(machine)) ids.add(id)
  for (const { id } of unsealedOf(machine)) ids.add(id)
  const files = [...machine.rows.table(TABLE.file).values()].filter((row) => isReady(row as unknown as UploadRow))
  return ids.size + files.length
}
