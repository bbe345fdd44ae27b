/** Writing to the server: seal what is unsent into the outbox, send exactly these bytes until they are answered (Y6, S2). */
import { equalBytes, pad, sealBody, sha256, sign } from '@chartkeep/crypto'
import {
  accountHead,
  controlHead,
  decodeHeader,
  encodeHeader,
  envelopeHashOf,
  hasStreamHead,
  idText,
  MAX_BATCH,
  MAX_ENVELOPE_BYTES,
  MAX_PUSH_BYTES,
  MAX_PUSH_ENVELOPES,
  signBatch,
  staleStreams,
  streamHead,
  textId,
  verifyHead,
  ZERO_HASH,
  type BatchProof,
  type Header,
  type PushAnswer,
} from '@chartkeep/protocol'
import { base64UrlToBytes } from '@chartkeep/crypto'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import { isReady, type UploadRow } from './file-seal.ts'
import type { Answer, ServerApi } from './ports.ts'
import { RowChange } from './row-change.ts'
import { rowToPlaintext } from './record-codec.ts'
import { isUnsettled, ownChain, type OwnChain } from './own-chain.ts'
import { mergingOf } from './vault-local.ts'
import { applyOwnAnswer } from './vault-pull.ts'
import {
  exclusive,
  isVaultOwner,
  newestKey,
  outboxOf,
  reloadVault,
  rowValue,
  sidesOf,
  stopOf,
  TABLE,
  type OutboxRow,
  type VaultMachine,
} from './vault-state.ts'

export type PushOutcome =
  | { type: 'ok'; sent: number; needsPull: boolean }
  | { type: 'offline' }
  | { type: 'error'; error: string }
  /** The server refused the next envelope; it stays in the outbox. */
  | { type: 'refused'; error: string; sent: number; needsPull: boolean }

function lastKey(machine: VaultMachine, stream: string): { epoch: number; key: Uint8Array } | null {
  const held = [...(machine.keys.streams.get(stream)?.byEpoch ?? [])].toSorted(([a], [b]) => b - a)[0]
  return held === undefined ? null : { epoch: held[0], key: held[1] }
}

/** Unsent records that are looked at together, so that a push can be of one stream. */
const WINDOW = 2048

/**
 * Rows to seal next, read as they are asked for: unsent records, the longest unsent first, those of one stream after one another, for each
 * stream of a push costs a signed head; then versions that stand beside a record.
 */
function* nextRows(machine: VaultMachine): Iterable<{ row: StoredRecord; side: boolean }> {
  let window = new Map<string, string[]>()
  let left = machine.unsent.size
  let looked = 0
  for (const id of machine.unsent) {
    const stream = id.slice(0, id.indexOf('.'))
    const ids = window.get(stream)
    if (ids === undefined) window.set(stream, [id])
    else ids.push(id)
    left--
    if (++looked < WINDOW && left > 0) continue
    for (const each of [...window.values()].flat()) {
      const row = machine.rows.read(each)
      if (row !== null) yield { row, side: false }
    }
    window = new Map()
    looked = 0
  }
  for (const row of sidesOf(machine)) yield { row, side: true }
}

const SEALED_OVERHEAD = 1500

/** Y6: seals up to one push; one entry of the store holds the envelopes and the next sequence numbers before a byte leaves. */
export function sealBatch(machine: VaultMachine): Promise<number> {
  return exclusive(machine, () => {
    // S2: a stream's envelopes go out in the order of their numbers, so a stream that waits for an answer waits alone.
    const awaited = new Set(outboxOf(machine).map(({ stream }) => stream))
    return sealNext(machine, (stream) => !awaited.has(stream))
  })
}

/**
 * Seals one push more while another is on its way. In a stream that waits for an answer only under the epoch of what waits there: what
 * an answer could make void is then void with it, and no count of voids that was sealed comes out wrong (S2).
 */
export function sealAhead(machine: VaultMachine, blocked: ReadonlySet<string>): Promise<number> {
  return exclusive(machine, async () => {
    const outbox = outboxOf(machine)
    if (outbox.length > MAX_PUSH_ENVELOPES) return 0
    const shut = new Set(blocked)
    for (const { stream, header, ack } of outbox) {
      if (ack !== null || decodeHeader(header)!.epoch !== machine.control?.streams.get(stream)?.epoch) shut.add(stream)
    }
    const sealed = new Set(outbox.map(({ id }) => id))
    return sealNext(machine, (stream, id) => !shut.has(stream) && !sealed.has(id))
  })
}

/**
 * C10: seals what is unsent though access has ended, under the last key that this device was given, so that it can be kept without its
 * plaintext. Of a part of the access, only what `isOver` says. Called inside {@link exclusive}; goes on until it answers 0.
 */
export function sealUndelivered(
  machine: VaultMachine,
  isOver: (row: StoredRecord) => boolean = () => true,
): Promise<number> {
  return sealNext(machine, null, isOver)
}

/** `mayFollow`: whether a record may be sealed now; null where access has ended. */
async function sealNext(
  machine: VaultMachine,
  mayFollow: ((stream: string, id: string) => boolean) | null,
  isOver: (row: StoredRecord) => boolean = () => true,
): Promise<number> {
  const author = machine.accounts.lookup(machine.account)
  if (author === null || machine.control === null) return 0
  // P5: who left knows these keys; an owner's device brings others before it seals (C2).
  const stale = new Set(mayFollow !== null && isVaultOwner(machine) ? staleStreams(machine.control) : [])
  const chains = new Map<string, OwnChain>()
  const sealed: Omit<OutboxRow, 'proof'>[] = []
  const sync: SyncRow[] = []
  let bytes = 0
  for (const { row, side } of nextRows(machine)) {
    if (sealed.length >= MAX_PUSH_ENVELOPES) break
    if (!isOver(row)) continue
    if (mayFollow !== null && (!mayFollow(row.stream, row.id) || stopOf(machine, row.stream) !== null)) continue
    if (stale.has(row.stream)) continue
    // F3: an ended chain is taken up where it stands at the server, once its stream was read.
    if (mayFollow !== null && isUnsettled(machine, row.stream)) continue
    const key = mayFollow === null ? lastKey(machine, row.stream) : newestKey(machine, row.stream)
    const state = machine.streams.get(row.stream)
    if (key === null || state === undefined) continue
    const padded = pad(rowToPlaintext(idText(machine.vault), row))
    if (padded.length > MAX_ENVELOPE_BYTES) continue
    if (bytes + padded.length + SEALED_OVERHEAD > MAX_PUSH_BYTES - 65536 && sealed.length > 0) break
    bytes += padded.length + SEALED_OVERHEAD
    const chain = chains.get(row.stream) ?? ownChain(machine, row.stream)
    const header: Header = {
      vault: machine.vault,
      stream: state.stream,
      doc: textId(row.doc)!,
      revision: textId(row.revision)!,
      parent: row.parent === '' ? ZERO_HASH : base64UrlToBytes(row.parent)!,
      merged: side
        ? []
        : mergingOf(machine, row.id)
            .slice(0, 4)
            .map((hash) => base64UrlToBytes(hash)!),
      epoch: key.epoch,
      account: machine.account,
      device: machine.device.id,
      deviceSeq: chain.seq + 1,
      devicePrevious: chain.previous,
      control: controlHead(machine.control),
      accountLog: accountHead(author),
      streamHead: streamHead(state),
      voids: chain.voids,
      deleted: false,
      paddedLength: padded.length,
    }
    const encoded = encodeHeader(header)
    const body = sealBody(key.key, encoded, padded, machine.randomBytes(24))
    const hash = envelopeHashOf(encoded, sha256(body))
    chains.set(row.stream, { ...chain, seq: header.deviceSeq, previous: hash, voids: 0 })
    const base = machine.rows.get(TABLE.base, row.id)
    sealed.push({
      id: row.id,
      stream: row.stream,
      header: encoded,
      body,
      hash,
      row,
      // A version beside the record is for a person to decide: it has no base, so it never merges by itself.
      base: !side && typeof base === 'string' ? base : '',
      ack: null,
    })
    if (side) sync.push({ table: TABLE.side, key: row.revision, value: null })
    else sync.push({ table: TABLE.merging, key: row.id, value: null })
  }
  if (sealed.length === 0) return 0
  const author16 = { vault: machine.vault, account: machine.account, device: machine.device.id }
  const hashes = sealed.map(({ hash }) => hash)
  const proofs: BatchProof[] = []
  for (let at = 0; at < hashes.length; at += MAX_BATCH) {
    const batch = hashes.slice(at, at + MAX_BATCH)
    proofs.push(...(await signBatch(batch, author16, (message) => sign(machine.device.signing, message))))
  }
  const first = Number(machine.rows.get(TABLE.meta, 'outbox-next') ?? 1)
  for (const [index, item] of sealed.entries()) {
    sync.push({ table: TABLE.outbox, key: String(first + index), value: rowValue({ ...item, proof: proofs[index]! }) })
  }
  for (const [stream, chain] of chains) sync.push({ table: TABLE.own, key: stream, value: rowValue(chain) })
  sync.push({ table: TABLE.meta, key: 'outbox-next', value: first + sealed.length })
  await machine.rows.commit({ sync, durability: 'strict' })
  for (const { id, row } of sealed) if (machine.rows.read(id)?.revision === row.revision) machine.unsent.delete(id)
  return sealed.length
}

/** S8: unsent rows that no envelope can hold. They stay here and are named; they hold nothing else up. */
export function oversized(machine: VaultMachine): string[] {
  return [...nextRows(machine)]
    .filter(({ row }) => pad(rowToPlaintext(idText(machine.vault), row)).length > MAX_ENVELOPE_BYTES)
    .map(({ row }) => row.id)
}

/** Envelopes that were sent together, with the answer that is to come. */
export interface Push {
  batch: (OutboxRow & { key: string })[]
  answer: Promise<Answer<PushAnswer>>
}

/** What may leave now: everything sealed and unanswered, streams that stand still and what is `underway` left out. */
function sendable(
  machine: VaultMachine,
  blocked: ReadonlySet<string>,
  underway: ReadonlySet<string>,
): (OutboxRow & { key: string })[] {
  const batch: (OutboxRow & { key: string })[] = []
  let bytes = 0
  for (const item of outboxOf(machine)) {
    if (item.ack !== null || underway.has(item.key) || blocked.has(item.stream)) continue
    if (stopOf(machine, item.stream) !== null) continue
    bytes += item.body.length + item.header.length + 512
    if (batch.length > 0 && (batch.length >= MAX_PUSH_ENVELOPES || bytes > MAX_PUSH_BYTES - 65536)) break
    batch.push(item)
  }
  return batch
}

/** Sends the outbox, at most one push of it; null where nothing may leave. `after`: a push whose answer came and is not taken in yet. */
export function startPush(
  machine: VaultMachine,
  server: ServerApi,
  blocked: ReadonlySet<string>,
  after: Push | null = null,
): Push | null {
  const batch = sendable(machine, blocked, new Set(after?.batch.map(({ key }) => key)))
  if (batch.length === 0) return null
  const envelopes = batch.map(({ header, body, proof }) => ({ header, body, proof }))
  return { batch, answer: server.push(machine.vault, envelopes) }
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
  return outboxOf(machine).some(({ ack, stream }) => ack !== null && stopOf(machine, stream) === null)
}

/**
 * Sends the outbox, at most one push, and applies the answers that are next in their streams. `blocked`: streams that the server refused
 * in this pass; the stream of a refusal joins it, so that it holds no other stream up.
 */
export async function pushOutbox(
  machine: VaultMachine,
  server: ServerApi,
  blocked: Set<string> = new Set(),
): Promise<PushOutcome> {
  const push = startPush(machine, server, blocked)
  return push === null
    ? { type: 'ok', sent: 0, needsPull: awaitsPull(machine) }
    : takePushAnswer(machine, push, blocked)
}

const WRONG_ANSWER = { type: 'error', error: 'wrong-answer' } as const

/** Takes the answers of a push into the rows: those that are next in their streams at once, the others when a pull brings what lies between. */
async function applyAnswers(
  machine: VaultMachine,
  batch: (OutboxRow & { key: string })[],
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
  const change = new RowChange(machine)
  let needsPull = false
  try {
    for (const [index, result] of results.entries()) {
      const item = batch[index]!
      const applied = await applyOwnAnswer(machine, item, result, change)
      if (applied === 'wrong') {
        await reloadVault(machine)
        return WRONG_ANSWER
      }
      if (applied === 'applied') continue
      needsPull = true
      const { key, ...stored } = item
      const ack = { n: result.n, outcome: result.outcome }
      change.sync.push({ table: TABLE.outbox, key, value: rowValue({ ...stored, ack }) })
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
  for (const item of outboxOf(machine)) ids.add(item.id)
  for (const { id } of sidesOf(machine)) ids.add(id)
  const files = [...machine.rows.table(TABLE.file).values()].filter((row) => isReady(row as unknown as UploadRow))
  return ids.size + files.length
}
