/** Writing to the server: seal what is unsent into the outbox, send exactly these bytes until they are answered (Y6, S2). */
import { equalBytes, sealBody, sha256, sign } from '@chartkeep/crypto'
import {
  accountHead,
  actingHead,
  controlHead,
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
  type StreamState,
} from '@chartkeep/protocol'
import { base64UrlToBytes } from '@chartkeep/crypto'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import { packEntry, type EntryRow } from './entry-row.ts'
import { isReady, type UploadRow } from './upload-row.ts'
import type { Answer, ServerApi } from './ports.ts'
import { outboxOf, rememberSealed, type OutboxItem, type OutboxRow } from './outbox.ts'
import { RowChange } from './row-change.ts'
import { rowToPadded } from './record-codec.ts'
import { isUnsettled, ownChain, type OwnChain } from './own-chain.ts'
import { applyOwnAnswer } from './vault-pull.ts'
import {
  exclusive,
  isVaultOwner,
  newestKey,
  reloadVault,
  rowValue,
  sidesOf,
  stopOf,
  TABLE,
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

/**
 * What a version is sealed over. It may have been written over one of this device's own that the server took as void since (C5): then over
 * what that one stood on, for nobody may name a void as a parent.
 */
function standingParent({ envelopes }: StreamState, parent: string): Uint8Array {
  let node = envelopes.get(parent)
  let hash: string | null = parent
  while (hash !== null && node?.isVoid === true) {
    hash = node.parent
    node = hash === null ? undefined : envelopes.get(hash)
  }
  return hash === null || hash === '' ? ZERO_HASH : base64UrlToBytes(hash)!
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
    for (const { stream, decoded, ack } of outbox) {
      if (ack !== null || decoded.epoch !== machine.control?.streams.get(stream)?.epoch) shut.add(stream)
    }
    const sealed = new Set(outbox.map(({ id }) => id))
    return sealNext(machine, (stream, id) => !shut.has(stream) && !sealed.has(id))
  })
}

/**
 * N4: has a signed version go out as one of its own, where the next one would take its place because it was not sealed yet. False where it cannot
 * be sealed now. Called inside {@link exclusive}.
 */
export async function keepVersion(machine: VaultMachine, { id, stream }: StoredRecord): Promise<boolean> {
  if (!machine.unsent.has(id)) return true
  const epoch = machine.control?.streams.get(stream)?.epoch
  const before = outboxOf(machine).filter((item) => item.stream === stream)
  if (before.some((item) => item.id === id || item.ack !== null || item.decoded.epoch !== epoch)) return false
  return (await sealNext(machine, (_, each) => each === id)) > 0
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

/** Seals the next push of what is unsent. `mayFollow`: whether a record may be sealed now; null where access has ended, then `isOver` says. */
async function sealNext(
  machine: VaultMachine,
  mayFollow: ((stream: string, id: string) => boolean) | null,
  isOver: (row: StoredRecord) => boolean = () => true,
): Promise<number> {
  const wanted = mayFollow === null ? [...nextRows(machine)].filter(({ row }) => isOver(row)) : nextRows(machine)
  const sealing = await seal(machine, wanted, mayFollow, [])
  if (sealing.rows.length === 0) return 0
  await machine.rows.commit({ sync: sealing.sync, durability: 'strict' })
  for (const { id, revision } of sealing.rows)
    if (machine.rows.read(id)?.revision === revision) machine.unsent.delete(id)
  return sealing.rows.length
}

/**
 * Writes a person's versions and seals them in the same durable entry (Y6), where they would be sealed next anyway: one flush less before
 * they leave. What cannot be sealed now is unsent. Called inside {@link exclusive}.
 */
export async function commitAndSeal(
  machine: VaultMachine,
  prepared: { row: StoredRecord; sync: SyncRow[] }[],
): Promise<void> {
  const sync = prepared.flatMap((each) => each.sync)
  const awaited = new Set(outboxOf(machine).map(({ stream }) => stream))
  const rows = prepared.map(({ row }) => ({ row, side: false }))
  // What cannot be sealed is saved all the same; the pass that follows says why.
  const sealing = await seal(machine, rows, (stream) => !awaited.has(stream), sync).catch(() => NOTHING)
  await machine.rows.commit({
    records: prepared.map(({ row }) => row),
    sync: [...sync, ...sealing.sync],
    durability: 'strict',
  })
  const sealed = new Set(sealing.rows.map(({ id }) => id))
  for (const { row } of prepared) {
    if (sealed.has(row.id)) machine.unsent.delete(row.id)
    else machine.unsent.add(row.id)
  }
}

interface Sealing {
  rows: readonly StoredRecord[]
  sync: SyncRow[]
}

const NOTHING: Sealing = { rows: [], sync: [] }

/** The envelopes of the first of `rows` that one push holds, as rows of the outbox. `coming`: rows that the same entry will write. */
async function seal(
  machine: VaultMachine,
  rows: Iterable<{ row: StoredRecord; side: boolean }>,
  mayFollow: ((stream: string, id: string) => boolean) | null,
  coming: readonly SyncRow[],
): Promise<Sealing> {
  const author = machine.accounts.lookup(machine.account)
  if (author === null || machine.control === null) return NOTHING
  // P5: who left knows these keys; an owner's device brings others before it seals (C2).
  const stale = new Set(mayFollow !== null && isVaultOwner(machine) ? staleStreams(machine.control) : [])
  const vault = idText(machine.vault)
  const common = {
    vault: machine.vault,
    account: machine.account,
    device: machine.device.id,
    control: controlHead(machine.control),
    // C11, C12: what can only be handed in was made by what this device was until then.
    accountLog: mayFollow === null ? actingHead(author, machine.device.id) : accountHead(author),
    deleted: false,
  }
  const valueOf = (table: string, key: string) => {
    const row = coming.findLast((each) => each.table === table && each.key === key)
    return row === undefined ? machine.rows.get(table, key) : (row.value ?? undefined)
  }
  const chains = new Map<string, OwnChain>()
  const sealed: (Omit<OutboxRow, 'entry'> &
    Pick<EntryRow, 'header' | 'bodyHash' | 'nonce'> & { decoded: Header; body: Uint8Array })[] = []
  const taken: StoredRecord[] = []
  const sync: SyncRow[] = []
  let bytes = 0
  for (const { row, side } of rows) {
    if (sealed.length >= MAX_PUSH_ENVELOPES) break
    if (mayFollow !== null && (!mayFollow(row.stream, row.id) || stopOf(machine, row.stream) !== null)) continue
    if (stale.has(row.stream)) continue
    // F3: an ended chain is taken up where it stands at the server, once its stream was read.
    if (mayFollow !== null && isUnsettled(machine, row.stream)) continue
    const key = mayFollow === null ? lastKey(machine, row.stream) : newestKey(machine, row.stream)
    const state = machine.streams.get(row.stream)
    if (key === null || state === undefined) continue
    const padded = rowToPadded(vault, row)
    if (padded.length > MAX_ENVELOPE_BYTES) continue
    if (bytes + padded.length + SEALED_OVERHEAD > MAX_PUSH_BYTES - 65536 && sealed.length > 0) break
    bytes += padded.length + SEALED_OVERHEAD
    const chain = chains.get(row.stream) ?? ownChain(machine, row.stream)
    const merging = side ? undefined : (valueOf(TABLE.merging, row.id) as string[] | undefined)
    const header: Header = {
      ...common,
      stream: state.stream,
      doc: textId(row.doc)!,
      revision: textId(row.revision)!,
      parent: standingParent(state, row.parent),
      merged: merging === undefined ? [] : merging.slice(0, 4).map((hash) => base64UrlToBytes(hash)!),
      epoch: key.epoch,
      deviceSeq: chain.seq + 1,
      devicePrevious: chain.previous,
      streamHead: streamHead(state),
      voids: chain.voids,
      paddedLength: padded.length,
    }
    const encoded = encodeHeader(header)
    const nonce = machine.randomBytes(24)
    const body = sealBody(key.key, encoded, padded, nonce)
    const bodyHash = sha256(body)
    const hash = envelopeHashOf(encoded, bodyHash)
    chains.set(row.stream, { ...chain, seq: header.deviceSeq, previous: hash, voids: 0 })
    const base = side ? undefined : valueOf(TABLE.base, row.id)
    taken.push(row)
    sealed.push({
      id: row.id,
      stream: row.stream,
      header: encoded,
      decoded: header,
      body,
      bodyHash,
      nonce,
      hash,
      // The record's own row is that version, where it does not stand beside it.
      row: side ? row : null,
      // A version beside the record is for a person to decide: it has no base, so it never merges by itself.
      base: typeof base === 'string' ? base : '',
      ack: null,
    })
    if (side) sync.push({ table: TABLE.side, key: row.revision, value: null })
    else if (merging !== undefined) sync.push({ table: TABLE.merging, key: row.id, value: null })
  }
  if (sealed.length === 0) return NOTHING
  const hashes = sealed.map(({ hash }) => hash)
  const proofs: BatchProof[] = []
  for (let at = 0; at < hashes.length; at += MAX_BATCH) {
    const batch = hashes.slice(at, at + MAX_BATCH)
    proofs.push(...(await signBatch(batch, common, (message) => sign(machine.device.signing, message))))
  }
  const first = Number(machine.rows.get(TABLE.meta, 'outbox-next') ?? 1)
  for (const [index, { header, decoded, body, bodyHash, nonce, ...item }] of sealed.entries()) {
    const entry: EntryRow = { outcome: 'current', header, bodyHash, proof: proofs[index]!, nonce }
    rememberSealed(item.hash, decoded, body, entry)
    const row: OutboxRow = { ...item, entry: packEntry(entry) }
    sync.push({ table: TABLE.outbox, key: String(first + index), value: rowValue(row) })
  }
  for (const [stream, chain] of chains) sync.push({ table: TABLE.own, key: stream, value: rowValue(chain) })
  sync.push({ table: TABLE.meta, key: 'outbox-next', value: first + sealed.length })
  return { rows: taken, sync }
}

/** S8: unsent rows that no envelope can hold. They stay here and are named; they hold nothing else up. */
export function oversized(machine: VaultMachine): string[] {
  return [...nextRows(machine)]
    .filter(({ row }) => rowToPadded(idText(machine.vault), row).length > MAX_ENVELOPE_BYTES)
    .map(({ row }) => row.id)
}

/** Envelopes that were sent together, with the answer that is to come. */
export interface Push {
  batch: OutboxItem[]
  answer: Promise<Answer<PushAnswer>>
}

/** What may leave now: everything sealed and unanswered, streams that stand still and what is `underway` left out. */
function sendable(machine: VaultMachine, blocked: ReadonlySet<string>, underway: ReadonlySet<string>): OutboxItem[] {
  const batch: OutboxItem[] = []
  let bytes = 0
  for (const item of outboxOf(machine)) {
    if (item.ack !== null || underway.has(item.key) || blocked.has(item.stream)) continue
    if (stopOf(machine, item.stream) !== null) continue
    bytes += item.decoded.paddedLength + SEALED_OVERHEAD
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
  for (const item of outboxOf(machine)) ids.add(item.id)
  for (const { id } of sidesOf(machine)) ids.add(id)
  const files = [...machine.rows.table(TABLE.file).values()].filter((row) => isReady(row as unknown as UploadRow))
  return ids.size + files.length
}
