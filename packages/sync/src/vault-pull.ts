/** Reading: control log and streams from the server, every entry checked (S4, E6, F1) before it becomes a row. */
import { openBody, unpad } from '@chartkeep/crypto'
import { collectionOf, collectionOfStreamName, parseJsonOrNull } from '@chartkeep/domain'
import {
  admit,
  applyControlEntry,
  BatchVerifier,
  ControlBody,
  controlHead,
  decodeAs,
  decodeHeader,
  encodeMessage,
  envelopeHashOf,
  hasStreamHead,
  idText,
  noteBare,
  noteVerified,
  READ,
  stepStream,
  StreamEntry,
  textId,
  uncovered,
  verifyHead,
  emptyStream,
  ZERO_HASH,
  hasControlHead,
  type ControlEntry,
  type ControlRefusal,
  type ControlState,
  type Refused,
  type Header,
  type PullAnswer,
  type SignedHead,
  type SteppedEntry,
  type StreamState,
  type Verdict,
} from '@chartkeep/protocol'
import type { SyncRow } from '@chartkeep/store'
import type { ServerApi } from './ports.ts'
import { makeRow, readPlaintext } from './record-codec.ts'
import {
  entryKey,
  exclusive,
  outboxOf,
  refreshKeys,
  reloadVault,
  rightsByStream,
  rowValue,
  streamName,
  TABLE,
  type OutboxRow,
  type VaultMachine,
} from './vault-state.ts'
import { RowChange } from './row-change.ts'

export type PullOutcome =
  | { type: 'ok'; changed: boolean }
  | { type: 'offline' }
  | { type: 'error'; error: string }
  /** The server's history is not the one that this device has seen (F1). Evidence is kept; this part stops. */
  | { type: 'stopped'; fault: 'fork' | 'behind' | 'withheld' | 'refused'; what: string }

const OK: PullOutcome = { type: 'ok', changed: false }

/** Reads what the control log has gained; new keys are opened at once. */
export async function pullControl(machine: VaultMachine, server: ServerApi): Promise<PullOutcome> {
  let changed = false
  for (;;) {
    const known = machine.control
    const answer = await server.control(machine.vault, known?.n ?? 0)
    if (answer.type !== 'ok') return answer.type === 'offline' ? answer : { type: 'error', error: answer.error }
    const { entries, head } = answer.value
    if (!(await isServersHead(machine, head, 'control', machine.vault)))
      return { type: 'stopped', fault: 'fork', what: 'control-head' }
    machine.serverTime = Math.max(machine.serverTime, head.time)
    const unreachable = await learnAccounts(machine, server, neededByControl(entries))
    if (unreachable !== null) return unreachable
    const applied = await exclusive(machine, () => appendControl(machine, entries))
    if (applied.type !== 'ok') return applied
    changed ||= entries.length > 0
    if (known === null && machine.control !== null) {
      // It came from the server, so there is nothing to post at first contact.
      await machine.rows.commit({ sync: [{ table: TABLE.meta, key: 'posted', value: true }] })
    }
    const reached = controlHead(machine.control)
    if (head.n < reached.n) {
      const same = machine.control !== null && (head.n === 0 || hasControlHead(machine.control, head))
      return { type: 'stopped', fault: same ? 'behind' : 'fork', what: 'control-head' }
    }
    if (head.n === reached.n) {
      if (idText(head.h) !== idText(reached.h)) return { type: 'stopped', fault: 'fork', what: 'control-head' }
      return { type: 'ok', changed }
    }
    if (entries.length === 0) return { type: 'stopped', fault: 'withheld', what: 'control' }
  }
}

/** Verifies entries, stores them, opens what they bring. Called inside {@link exclusive}. */
export async function appendControl(machine: VaultMachine, entries: ControlEntry[]): Promise<PullOutcome> {
  if (entries.length === 0) return OK
  let state = machine.control
  for (const entry of entries) {
    const next: ControlState | Refused<ControlRefusal> = await applyControlEntry(state, entry, machine.accounts.lookup)
    if ('type' in next) return { type: 'stopped', fault: 'refused', what: `control-entry ${next.reason}` }
    state = next
  }
  const first = (machine.control?.n ?? 0) + 1
  await machine.rows.commit({
    sync: entries.map((entry, index): SyncRow => ({
      table: TABLE.control,
      key: String(first + index),
      value: encodeMessage(entry),
    })),
  })
  machine.control = state
  machine.controlEntries.push(...entries)
  for (const [id, stream] of state?.streams ?? []) {
    if (!machine.streams.has(id)) machine.streams.set(id, emptyStream(machine.vault, stream.id))
  }
  refreshKeys(machine)
  return { type: 'ok', changed: true }
}

/** An author's account and how far its log must be known to judge what it wrote. */
interface Needed {
  account: Uint8Array
  n: number
}

function neededByControl(entries: ControlEntry[]): Needed[] {
  const bodies = entries.flatMap((entry) => decodeAs(ControlBody, entry.body) ?? [])
  return bodies.map(({ account, accountLog }) => ({ account, n: accountLog.n }))
}

function neededByStream(entries: readonly { header: Uint8Array }[]): Needed[] {
  const headers = entries.flatMap((entry) => decodeHeader(entry.header) ?? [])
  return headers.map(({ account, accountLog }) => ({ account, n: accountLog.n }))
}

/** Reads the account logs that a page needs, before the page is judged: the network is never awaited inside {@link exclusive}. */
async function learnAccounts(
  machine: VaultMachine,
  server: ServerApi,
  needed: Needed[],
): Promise<{ type: 'offline' } | null> {
  const serverKey = machine.serverKey()
  const asked = new Set<string>()
  for (const { account, n } of needed) {
    if (serverKey === null || asked.has(idText(account)) || (machine.accounts.lookup(account)?.n ?? 0) >= n) continue
    asked.add(idText(account))
    const refreshed = await machine.accounts.refresh(account, server, serverKey)
    if (refreshed.type === 'offline') return refreshed
  }
  return null
}

async function isServersHead(
  machine: VaultMachine,
  head: SignedHead,
  kind: SignedHead['kind'],
  id: Uint8Array,
): Promise<boolean> {
  const key = machine.serverKey()
  return key !== null && head.kind === kind && idText(head.id) === idText(id) && (await verifyHead(head, key))
}

/** Streams that this account may read by the control log that it has verified. */
export function readableStreams(machine: VaultMachine): string[] {
  const stopped = machine.rows.table(TABLE.stopped)
  return [...rightsByStream(machine)].filter(([id, bits]) => (bits & READ) !== 0 && !stopped.has(id)).map(([id]) => id)
}

const PULL_BUDGET = 1024 * 1024

/** Reads every readable stream up to the head that the server names. */
export async function pullStreams(
  machine: VaultMachine,
  server: ServerApi,
  onProgress?: (done: number, all: number) => void,
): Promise<PullOutcome> {
  let changed = false
  let open = readableStreams(machine)
  let stopped: PullOutcome | null = null
  const heads = new Map<string, number>()
  while (open.length > 0) {
    const answer = await server.pull(machine.vault, {
      streams: open.slice(0, 128).map((id) => ({ stream: textId(id)!, after: machine.streams.get(id)!.n })),
      budget: PULL_BUDGET,
    })
    if (answer.type !== 'ok') return answer.type === 'offline' ? answer : { type: 'error', error: answer.error }
    const next: string[] = []
    let moved = 0
    for (const id of open.slice(0, 128)) {
      const page = answer.value.streams.find(({ stream }) => idText(stream) === id)
      if (page === undefined) return { type: 'stopped', fault: 'withheld', what: 'stream' }
      const before = machine.streams.get(id)!.n
      const unreachable = await learnAccounts(machine, server, neededByStream(page.entries))
      if (unreachable !== null) return unreachable
      const outcome = await exclusive(machine, () => applyPage(machine, id, page))
      if (outcome.type === 'offline' || outcome.type === 'error') return outcome
      if (outcome.type === 'stopped') {
        stopped = outcome
        continue
      }
      const after = machine.streams.get(id)!.n
      heads.set(id, page.head.n)
      moved += after - before
      changed ||= after > before
      if (after < page.head.n) next.push(id)
    }
    onProgress?.(
      [...heads.keys()].reduce((sum, id) => sum + machine.streams.get(id)!.n, 0),
      [...heads.values()].reduce((sum, n) => sum + n, 0),
    )
    if (moved === 0 && next.length > 0) {
      for (const id of next) await exclusive(machine, () => stop(machine, id, 'withheld', 'empty page'))
      return { type: 'stopped', fault: 'withheld', what: 'empty page' }
    }
    open = [...next, ...open.slice(128)]
  }
  const retried = await retryWaiting(machine, server)
  return stopped ?? { type: 'ok', changed: changed || retried }
}

/** F1: a stream that contradicts what was seen stops; the evidence stays in a row, nothing local is removed. */
async function stop(
  machine: VaultMachine,
  stream: string,
  fault: 'fork' | 'behind' | 'withheld' | 'refused',
  what: string,
  evidence?: unknown,
): Promise<PullOutcome> {
  if (fault !== 'behind') {
    await machine.rows.commit({
      sync: [
        {
          table: TABLE.stopped,
          key: stream,
          value: rowValue({ fault, what, evidence: evidence === undefined ? null : encodeMessage(evidence) }),
        },
      ],
    })
  }
  return { type: 'stopped', fault, what }
}

type Page = PullAnswer['streams'][number]

async function applyPage(machine: VaultMachine, id: string, page: Page): Promise<PullOutcome> {
  const state = machine.streams.get(id)!
  const { head, entries } = page
  if (!(await isServersHead(machine, head, 'stream', state.stream)))
    return stop(machine, id, 'fork', 'stream-head', page.head)
  if (head.n < state.n) {
    const same = hasStreamHead(state, head)
    return stop(machine, id, same ? 'behind' : 'fork', 'stream-head', page.head)
  }
  const change = new RowChange(machine)
  const verifier = new BatchVerifier()
  for (const entry of entries) {
    if (entry.n > head.n) return failPage(machine, id, 'number', entry)
    const fault = await applyEntry(machine, state, entry, change, verifier)
    if (fault !== null) return failPage(machine, id, fault.fault, entry)
  }
  if (state.n === head.n) {
    if (idText(state.h) !== idText(head.h)) return failPage(machine, id, 'head', head)
    const waiting = [...machine.rows.table(TABLE.waiting).keys(), ...change.keysOf(TABLE.waiting)].some((key) =>
      key.startsWith(`${id}.`),
    )
    if (!waiting && uncovered(state).length > 0) return failPage(machine, id, 'bare', head)
  }
  change.sync.push({ table: TABLE.signedHead, key: id, value: rowValue(head) })
  try {
    await change.commit()
  } catch (error) {
    await reloadVault(machine)
    throw error
  }
  return { type: 'ok', changed: entries.length > 0 }
}

/** The page did not hold: memory goes back to the rows, the stream stops with its evidence. */
async function failPage(machine: VaultMachine, id: string, what: string, evidence: unknown): Promise<PullOutcome> {
  await reloadVault(machine)
  const fault = what === 'head' || what === 'outcome' ? 'fork' : 'withheld'
  return stop(machine, id, fault, what, evidence)
}

/** One entry: chain, then, where a body came, author, right, signature and seal. Null when it stands; else why the stream cannot go on. */
async function applyEntry(
  machine: VaultMachine,
  state: StreamState,
  entry: StreamEntry,
  change: RowChange,
  verifier: BatchVerifier,
): Promise<{ type: 'fault'; fault: string } | null> {
  const before = { hasHead: (head: { n: number; h: Uint8Array }) => head.n < entry.n && hasStreamHead(state, head) }
  const stepped = stepStream(state, entry)
  if ('type' in stepped) return stepped
  const stream = idText(state.stream)
  if (entry.outcome === 'void') {
    const newest = machine.control?.streams.get(stream)?.epoch ?? 0
    if (entry.body !== null || stepped.header.epoch >= newest) return { type: 'fault', fault: 'void' }
  }
  const own =
    machine.rows.table(TABLE.outbox).size === 0
      ? undefined
      : outboxOf(machine).find((item) => idText(item.hash) === idText(stepped.hash))
  change.entry(stream, stepped, entry)
  if (own !== undefined) {
    if (entry.outcome !== 'void') noteVerified(state, stepped.header)
    applyOwn(machine, stream, stepped, own, change)
    return null
  }
  if (entry.outcome === 'void') {
    noteVerified(state, stepped.header)
    return null
  }
  if (entry.body === null || entry.proof === null) {
    noteBare(state, stepped)
    if (entry.outcome === 'current') change.superseded(stepped)
    return null
  }
  const verdict = await judge(machine, state, stepped, entry, before.hasHead, verifier)
  if (verdict.type === 'admitted') noteVerified(state, stepped.header)
  applyVerdict(machine, stream, stepped, entry, verdict, change)
  return null
}

function judge(
  machine: VaultMachine,
  state: StreamState,
  { header, hash, n }: SteppedEntry,
  entry: StreamEntry,
  hasHead: (head: { n: number; h: Uint8Array }) => boolean,
  verifier: BatchVerifier,
): Promise<Verdict> {
  return admit(header, hash, entry.proof!, n, {
    control: machine.control!,
    author: machine.accounts.lookup(header.account),
    hasStreamHead: hasHead,
    parentAuthor: state.envelopes.get(idText(header.parent))?.account ?? null,
    verifier,
  })
}

/** E6 after the signature: commitment, seal, inner ids and revision, collection. */
export function openRecord(
  machine: VaultMachine,
  header: Header,
  headerBytes: Uint8Array,
  body: Uint8Array,
): { type: 'row'; row: ReturnType<typeof makeRow> } | Verdict {
  const stream = idText(header.stream)
  const key = machine.keys.streams.get(stream)?.byEpoch.get(header.epoch)
  if (key === undefined) return { type: 'waiting', for: 'key' }
  const opened = openBody(key, headerBytes, body)
  if (opened === null) return { type: 'quarantine', reason: 'seal' }
  const plaintext = opened.length === header.paddedLength ? unpad(opened) : null
  const plain = plaintext === null ? null : readPlaintext(plaintext)
  if (plain === null) return { type: 'quarantine', reason: 'inner' }
  const same =
    plain.vault === idText(header.vault) &&
    plain.stream === stream &&
    plain.doc === idText(header.doc) &&
    plain.revision === idText(header.revision)
  if (!same) return { type: 'quarantine', reason: 'inner' }
  const name = streamName(machine, stream)
  const resource = parseJsonOrNull(plain.resource)
  if (resource === null) return { type: 'quarantine', reason: 'inner' }
  if (collectionOf(resource) !== collectionOfStreamName(name)) return { type: 'quarantine', reason: 'collection' }
  const row = makeRow({
    stream,
    doc: plain.doc,
    name,
    revision: plain.revision,
    parent: isZero(header.parent) ? '' : idText(header.parent),
    clock: plain.clock,
    account: idText(header.account),
    device: idText(header.device),
    resource: plain.resource,
    importHash: plain.importHash,
    importSource: plain.importSource,
  })
  return { type: 'row', row }
}

function isZero(hash: Uint8Array): boolean {
  return idText(hash) === idText(ZERO_HASH)
}

function applyVerdict(
  machine: VaultMachine,
  stream: string,
  stepped: SteppedEntry,
  entry: StreamEntry,
  verdict: Verdict,
  change: RowChange,
): void {
  const key = entryKey(stream, stepped.n)
  const opened = verdict.type === 'admitted' ? openRecord(machine, stepped.header, entry.header, entry.body!) : verdict
  if (opened.type === 'waiting') {
    change.sync.push({ table: TABLE.waiting, key, value: rowValue({ for: opened.for, entry: encodeMessage(entry) }) })
    return
  }
  if (opened.type === 'quarantine') {
    change.sync.push({
      table: TABLE.quarantine,
      key,
      value: rowValue({ reason: opened.reason, entry: encodeMessage(entry) }),
    })
    return
  }
  if (opened.type !== 'row') return
  if (opened.row.clock > machine.lastClock) machine.lastClock = opened.row.clock
  if (stepped.outcome === 'current') change.current(stepped, opened.row)
  else change.conflict(stepped, opened.row, '')
}

/** The chain has reached an envelope of this device: its outcome is now certain. */
function applyOwn(
  machine: VaultMachine,
  stream: string,
  stepped: SteppedEntry,
  own: OutboxRow & { key: string },
  change: RowChange,
): void {
  change.sync.push({ table: TABLE.outbox, key: own.key, value: null })
  if (stepped.outcome === 'void') {
    change.ownVoid(stream, stepped, own)
    return
  }
  if (stepped.outcome === 'current') change.ownCurrent(stepped, own)
  else change.ownConflict(stepped, own)
}

/** Applies an answer of this device's own push when it is the very next entry; false when a pull must bring what lies between. */
export async function applyOwnAnswer(
  machine: VaultMachine,
  own: OutboxRow & { key: string },
  entry: Omit<StreamEntry, 'body'>,
  change: RowChange,
): Promise<boolean> {
  const state = machine.streams.get(own.stream)
  if (state === undefined || entry.n !== state.n + 1) return false
  const fault = await applyEntry(machine, state, { ...entry, body: null }, change, new BatchVerifier())
  if (fault !== null) throw new Error('the answer to a push does not fit the stream')
  return true
}

/** Tries again what waited for a log, an account or a key. */
export async function retryWaiting(machine: VaultMachine, server: ServerApi): Promise<boolean> {
  const waiting = [...machine.rows.table(TABLE.waiting).values()].map((value) => (value as { entry: Uint8Array }).entry)
  if (waiting.length === 0) return false
  await learnAccounts(machine, server, neededByStream(waiting.flatMap((entry) => decodeAs(StreamEntry, entry) ?? [])))
  return exclusive(machine, () => retryNow(machine))
}

async function retryNow(machine: VaultMachine): Promise<boolean> {
  let changed = false
  const verifier = new BatchVerifier()
  for (const [key, value] of machine.rows.table(TABLE.waiting)) {
    const entry = decodeAs(StreamEntry, (value as { entry: Uint8Array }).entry)
    const header = entry === null ? null : decodeHeader(entry.header)
    if (entry === null || header === null) continue
    const stream = idText(header.stream)
    const state = machine.streams.get(stream)
    if (state === undefined) continue
    const hash = envelopeHashOf(entry.header, entry.bodyHash)
    const stepped: SteppedEntry = { header, hash, n: entry.n, outcome: entry.outcome, h: state.hashes[entry.n]! }
    const hasHead = (head: { n: number; h: Uint8Array }) => head.n < entry.n && hasStreamHead(state, head)
    const verdict = await judge(machine, state, stepped, entry, hasHead, verifier)
    if (verdict.type === 'waiting') continue
    const change = new RowChange(machine)
    change.sync.push({ table: TABLE.waiting, key, value: null })
    if (verdict.type === 'admitted') {
      const opened = openRecord(machine, header, entry.header, entry.body!)
      if (opened.type === 'waiting') continue
      noteVerified(state, header)
    }
    // A later entry may have superseded it meanwhile: then it is history only.
    const chain = state.records.get(idText(header.doc))
    const stillOpen =
      entry.outcome === 'current'
        ? idText(chain?.current?.hash ?? ZERO_HASH) === idText(hash)
        : chain?.conflicts.has(idText(hash)) === true
    if (stillOpen || verdict.type === 'quarantine') applyVerdict(machine, stream, stepped, entry, verdict, change)
    await change.commit()
    changed = true
  }
  return changed
}
