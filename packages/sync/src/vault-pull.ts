/**
 * Reading: control log and streams from the server, every entry checked (S4, E6, F1) before it becomes a row.
 * Over 500 lines because a page, its faults and its evidence are one transaction; the control log is the part to take out next.
 */
import { sha256 } from '@chartkeep/crypto'
import {
  applyControlEntry,
  BatchVerifier,
  contradict,
  ControlBody,
  controlHead,
  decodeAs,
  decodeHeader,
  emptyStream,
  encodeMessage,
  envelopeHashOf,
  hasControlHead,
  hasStreamHead,
  holdsPin,
  idText,
  matchFetched,
  noteBare,
  noteFetched,
  noteVerified,
  READ,
  showsAllGrants,
  stepStream,
  StreamEntry,
  textId,
  uncovered,
  verifyHead,
  type BatchProof,
  type ControlEntry,
  type ControlRefusal,
  type ControlState,
  type PullAnswer,
  type PushAnswer,
  type Refused,
  type SignedHead,
  type SteppedEntry,
  type StreamState,
} from '@chartkeep/protocol'
import type { SyncRow } from '@chartkeep/store'
import { partsWanted, readPartsAgain } from './control-parts.ts'
import { pinsOf, retractBeyond } from './cut-effects.ts'
import { applyVerdict, isSignedByLive, judge, openRecord, witnessesFork } from './judge-entry.ts'
import type { ServerApi } from './ports.ts'
import { recordId } from './record-codec.ts'
import { RowChange } from './row-change.ts'
import { hold, keepEvidence, stop } from './stream-stop.ts'
import {
  entryKey,
  exclusive,
  headOf,
  isVaultOwner,
  outboxOf,
  ownGrants,
  refreshKeys,
  reloadVault,
  rightsByStream,
  stopOf,
  TABLE,
  type OutboxRow,
  type StopFault,
  type VaultMachine,
} from './vault-state.ts'

export type PullOutcome =
  | { type: 'ok'; changed: boolean }
  | { type: 'offline' }
  | { type: 'error'; error: string }
  /** The server's history is not the one that this device has seen (F1). Evidence is kept; this part stops. */
  | { type: 'stopped'; fault: StopFault; what: string }

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
      return stopControl(machine, 'refused', 'control-head', { heads: [head] })
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
    const onChain = machine.control === null ? head.n === 0 : head.n === 0 || hasControlHead(machine.control, head)
    if (head.n <= reached.n && !onChain) return stopControl(machine, 'fork', 'control-head', { heads: [head] })
    if (head.n < reached.n) return stopControl(machine, 'behind', 'control-head', { heads: [head] })
    if (head.n === reached.n) {
      const parts = await readPartsAgain(machine, server)
      if (parts.type === 'offline' || parts.type === 'error') return parts
      if (parts.type === 'withheld') return stopControl(machine, 'withheld', 'control', { heads: [head] })
      if (parts.type === 'other') return stopControl(machine, 'fork', 'control-entry', { entry: parts.entry })
      return { type: 'ok', changed }
    }
    if (entries.length === 0) return stopControl(machine, 'withheld', 'control', { heads: [head] })
  }
}

/** F1: the log of a vault that contradicts what was seen ends the pass for the whole vault; the next sync asks again. */
async function stopControl(
  machine: VaultMachine,
  fault: StopFault,
  what: string,
  evidence: unknown,
): Promise<PullOutcome> {
  await keepEvidence(machine, 'control', { fault, what, evidence: encodeMessage(evidence) })
  return { type: 'stopped', fault, what }
}

/** Verifies entries, stores them, opens what they bring, takes back what a cut does not let stand. Called inside {@link exclusive}. */
export async function appendControl(machine: VaultMachine, entries: ControlEntry[]): Promise<PullOutcome> {
  if (entries.length === 0) return OK
  let state = machine.control
  for (const entry of entries) {
    const next: ControlState | Refused<ControlRefusal> = await applyControlEntry(state, entry, machine.accounts.lookup)
    if ('type' in next) return stopControl(machine, 'refused', `control-entry ${next.reason}`, { entry })
    // C8: an owner judges and renews by every grant; a part kept from it would be access that no cut of its could end.
    if (next.holders.has(idText(machine.account)) && !showsAllGrants(entry))
      return stopControl(machine, 'withheld', 'control-part', { entry })
    state = next
  }
  const first = (machine.control?.n ?? 0) + 1
  const rows = entries.map((entry, index): SyncRow => ({
    table: TABLE.control,
    key: String(first + index),
    value: encodeMessage(entry),
  }))
  await machine.rows.commit({ sync: [...rows, ...partsWanted(machine, state, first)] })
  machine.control = state
  machine.controlEntries.push(...entries)
  for (const [id, stream] of state?.streams ?? []) {
    if (!machine.streams.has(id)) machine.streams.set(id, emptyStream(machine.vault, stream.id))
  }
  refreshKeys(machine)
  await retractBeyond(machine, first)
  for (const [id, stream] of machine.streams) {
    if (!holdsPins(machine, stream)) await stop(machine, id, 'fork', 'cut', { entry: entries.at(-1)! })
  }
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

/** Only of people of this vault: a server could name a stranger in every entry, and each would be asked for. */
function neededByStream(machine: VaultMachine, entries: readonly { header: Uint8Array }[]): Needed[] {
  const { control } = machine
  const members = new Set(control?.holders)
  for (const { account } of control?.grants.values() ?? []) if (account !== null) members.add(idText(account))
  const headers = entries.flatMap((entry) => decodeHeader(entry.header) ?? [])
  return headers
    .filter(({ account }) => members.has(idText(account)))
    .map(({ account, accountLog }) => ({ account, n: accountLog.n }))
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

/** Streams that this account may read by the control log that it has verified, within the windows of its grants by the server's signed time. */
export function readableStreams(machine: VaultMachine): string[] {
  const stopped = machine.rows.table(TABLE.stopped)
  const open = isVaultOwner(machine) ? null : streamsWithin(machine)
  return [...rightsByStream(machine)]
    .filter(([id, bits]) => (bits & READ) !== 0 && !stopped.has(id) && open?.has(id) !== false)
    .map(([id]) => id)
}

function streamsWithin(machine: VaultMachine): Set<string> {
  const now = machine.serverTime
  const open = ownGrants(machine).filter(
    (grant) => grant.cut === null && (now === 0 || (grant.notBefore <= now && now < grant.notAfter)),
  )
  return new Set(open.flatMap(({ streams }) => [...streams].flatMap(([id, { rights }]) => (rights & READ ? [id] : []))))
}

/** C6: an answer leaves out what may not be read. Reads the control log again: has the right to this stream ended meanwhile? */
async function hasRightEnded(machine: VaultMachine, server: ServerApi, id: string): Promise<boolean | PullOutcome> {
  const control = await pullControl(machine, server)
  if (control.type !== 'ok') return control
  if (readableStreams(machine).includes(id)) return false
  machine.held.delete(id)
  return true
}

const PULL_BUDGET = 1024 * 1024

/** Reads every readable stream up to the head that the server names first; what grows meanwhile is read next time. */
export async function pullStreams(
  machine: VaultMachine,
  server: ServerApi,
  onProgress?: (done: number, all: number) => void,
): Promise<PullOutcome> {
  let changed = false
  let open = readableStreams(machine)
  const streams = [...open]
  // What may no longer be read is no longer asked for, so that no answer could clear it.
  for (const id of machine.held.keys()) if (!open.includes(id)) machine.held.delete(id)
  const stops: PullOutcome[] = []
  const targets = new Map<string, number>()
  const askedControl = new Set<string>()
  while (open.length > 0) {
    const asked = open.slice(0, 128)
    const answer = await server.pull(machine.vault, {
      streams: asked.map((id) => ({ stream: textId(id)!, after: machine.streams.get(id)!.n })),
      budget: PULL_BUDGET,
    })
    if (answer.type !== 'ok') return answer.type === 'offline' ? answer : { type: 'error', error: answer.error }
    const next: string[] = []
    let moved = 0
    for (const id of asked) {
      const page = answer.value.streams.find(({ stream }) => idText(stream) === id)
      if (page === undefined) {
        const ended = await hasRightEnded(machine, server, id)
        if (typeof ended === 'object') return ended
        if (!ended) stops.push(await hold(machine, id, 'withheld', 'stream'))
        continue
      }
      const before = machine.streams.get(id)!.n
      const unreachable = await learnAccounts(machine, server, neededByStream(machine, page.entries))
      if (unreachable !== null) return unreachable
      const outcome = await exclusive(machine, () => applyPage(machine, id, page, askedControl.has(id)))
      if (outcome.type === 'ask-control') {
        askedControl.add(id)
        const control = await pullControl(machine, server)
        if (control.type !== 'ok') return control
        next.push(id)
        moved++
        continue
      }
      if (outcome.type === 'offline' || outcome.type === 'error') return outcome
      if (outcome.type === 'stopped') {
        stops.push(outcome)
        continue
      }
      const after = machine.streams.get(id)!.n
      targets.set(id, targets.get(id) ?? page.head.n)
      moved += after - before
      changed ||= after > before
      if (after < targets.get(id)!) next.push(id)
    }
    onProgress?.(
      [...targets.keys()].reduce((sum, id) => sum + machine.streams.get(id)!.n, 0),
      [...targets.values()].reduce((sum, n) => sum + n, 0),
    )
    if (moved === 0 && next.length > 0) {
      for (const id of next) stops.push(await hold(machine, id, 'withheld', 'empty page'))
      next.length = 0
    }
    open = [...next, ...open.slice(128)]
  }
  for (const id of streams) {
    const bare = stopOf(machine, id) === null ? await fetchBare(machine, server, id) : OK
    if (bare.type === 'offline') return bare
    if (bare.type === 'stopped') stops.push(bare)
  }
  const retried = await retryWaiting(machine, server)
  const worst = stops.find(isFork) ?? stops[0]
  return worst ?? { type: 'ok', changed: changed || retried }
}

function isFork(outcome: PullOutcome): boolean {
  return outcome.type === 'stopped' && outcome.fault === 'fork'
}

/**
 * S4: asks for the body of every entry that came without one and that nothing verified reaches. What the server does not bring is
 * `withheld`; what it brings is judged like any other entry.
 */
async function fetchBare(machine: VaultMachine, server: ServerApi, id: string): Promise<PullOutcome> {
  for (;;) {
    const state = machine.streams.get(id)!
    const missing = uncovered(state)
    if (missing.length === 0) return OK
    const answer = await server.fetchBodies(machine.vault, state.stream, missing.slice(0, 128))
    if (answer.type === 'offline') return answer
    const ended = answer.type === 'error' && (await hasRightEnded(machine, server, id))
    if (typeof ended === 'object') return ended
    if (ended) return OK
    const entries = answer.type === 'ok' ? answer.value.entries : []
    const unreachable = await learnAccounts(machine, server, neededByStream(machine, entries))
    if (unreachable !== null) return unreachable
    const taken = await exclusive(machine, () => applyFetched(machine, id, entries))
    if (taken === 0) return hold(machine, id, 'withheld', 'bare', { numbers: missing.slice(0, 128) })
  }
}

async function applyFetched(machine: VaultMachine, id: string, entries: StreamEntry[]): Promise<number> {
  const state = machine.streams.get(id)!
  const verifier = new BatchVerifier()
  const change = new RowChange(machine)
  let taken = 0
  for (const entry of entries.toSorted((a, b) => a.n - b.n)) {
    const stepped = matchFetched(state, entry)
    if (stepped === null || entry.proof === null || !state.bare.has(idText(stepped.hash))) continue
    taken++
    const verdict = await judge(machine, state, stepped, entry.proof, verifier)
    change.entry(id, stepped, entry)
    if (verdict.type === 'admitted') noteFetched(state, stepped)
    else state.bare.delete(idText(stepped.hash))
    // One that a later version has replaced is history: its text is fetched when a person asks for it.
    if (isShown(machine, state, stepped) || verdict.type !== 'admitted')
      applyVerdict(machine, id, stepped, entry, verdict, change)
  }
  await commitOrReload(machine, change)
  return taken
}

/**
 * Whether an admitted entry is what its record shows, in whatever order entries come (Y4): a conflict that nothing has taken in, or a
 * version with none after it that stands. What the server calls current may have been put aside.
 */
function isShown(machine: VaultMachine, state: StreamState, { header, hash, outcome, n }: SteppedEntry): boolean {
  if (outcome === 'conflict') return state.records.get(idText(header.doc))?.conflicts.has(idText(hash)) === true
  return (headOf(machine, recordId(idText(header.stream), idText(header.doc)))?.n ?? 0) < n
}

/** One durable entry; when it fails, memory goes back to what the rows say. */
async function commitOrReload(machine: VaultMachine, change: RowChange): Promise<void> {
  try {
    await change.commit()
  } catch (error) {
    await reloadVault(machine)
    throw error
  }
}

type Page = PullAnswer['streams'][number]

/** `lastWord`: the control log was read again since a page of this stream was refused for want of an epoch. */
async function applyPage(
  machine: VaultMachine,
  id: string,
  page: Page,
  lastWord: boolean,
): Promise<PullOutcome | { type: 'ask-control' }> {
  const state = machine.streams.get(id)!
  const { head, entries } = page
  if (!(await isServersHead(machine, head, 'stream', state.stream)))
    return hold(machine, id, 'refused', 'stream-head', head)
  const last = (machine.rows.get(TABLE.signedHead, id) as unknown as SignedHead | undefined) ?? null
  const proof = { heads: last === null ? [head] : [last, head] }
  if (last !== null && contradict(last, head)) return stop(machine, id, 'fork', 'stream-head', proof)
  if (head.n <= state.n && !hasStreamHead(state, head)) return stop(machine, id, 'fork', 'stream-head', proof)
  if (head.n < Math.max(state.n, last?.n ?? 0)) return hold(machine, id, 'behind', 'stream-head', proof)
  const change = new RowChange(machine)
  const verifier = new BatchVerifier()
  try {
    for (const entry of entries) {
      const fault = entry.n > head.n ? 'number' : await applyEntry(machine, state, entry, change, verifier)
      if (fault === null) continue
      await reloadVault(machine)
      if (fault === 'void' && !lastWord) return { type: 'ask-control' }
      if (fault === 'heads') return stop(machine, id, 'fork', 'heads', { entry, heads: [head] })
      return hold(machine, id, fault === 'outcome' ? 'fork' : 'withheld', fault, { entry, heads: [head] })
    }
    if (state.n === head.n && idText(state.h) !== idText(head.h)) {
      await reloadVault(machine)
      return hold(machine, id, 'fork', 'head', proof)
    }
    if (last !== null && last.n <= state.n && !hasStreamHead(state, last)) {
      await reloadVault(machine)
      return stop(machine, id, 'fork', 'stream-head', proof)
    }
    if (!holdsPins(machine, state)) {
      await reloadVault(machine)
      return stop(machine, id, 'fork', 'cut', proof)
    }
    change.signedHead(id, head)
    if (state.n === head.n) change.dropFalseAnswers(id, state.n)
    await change.commit()
  } catch (error) {
    await reloadVault(machine)
    throw error
  }
  if (state.n === head.n && change.foundFalseAnswer) return hold(machine, id, 'withheld', 'acknowledged', proof)
  machine.held.delete(id)
  return { type: 'ok', changed: entries.length > 0 }
}

/** C9, P4: what the signers of cuts had verified of this stream lies on this device's own chain. */
function holdsPins(machine: VaultMachine, state: StreamState): boolean {
  return pinsOf(machine, idText(state.stream)).every((pin) => holdsPin(state.hashes, pin))
}

/**
 * One entry: chain, then, where a body came, author, right, signature and seal. Null when it stands; else why the page cannot:
 * `void` one that no epoch known here makes lawful, `heads` a fork that an owner's device bears witness to, `own` an entry under this
 * device's id that it did not sign.
 */
async function applyEntry(
  machine: VaultMachine,
  state: StreamState,
  entry: StreamEntry,
  change: RowChange,
  verifier: BatchVerifier,
): Promise<string | null> {
  const stepped = stepStream(state, entry)
  if ('type' in stepped) return stepped.fault
  const stream = idText(state.stream)
  const { header } = stepped
  const mine = idText(header.device) === idText(machine.device.id) && idText(header.account) === idText(machine.account)
  const own = mine ? outboxOf(machine).find((item) => idText(item.hash) === idText(stepped.hash)) : undefined
  if (entry.outcome === 'void') {
    if (header.epoch >= (machine.control?.streams.get(stream)?.epoch ?? 0)) return 'void'
    if (mine && own === undefined) return 'own'
  }
  if (own !== undefined) {
    change.entry(stream, stepped, { ...entry, body: own.body, proof: own.proof })
    if (entry.outcome !== 'void') noteVerified(state, header)
    applyOwn(machine, stream, stepped, own, change)
    return null
  }
  // The rows say `proof` for an entry that was judged: a proof without a body is none, and a void has none.
  const isBare = entry.body === null || entry.proof === null
  change.entry(stream, stepped, isBare ? { ...entry, body: null, proof: null } : entry)
  // S4: nobody shows the signature of a void, so it covers nothing.
  if (entry.outcome === 'void') return null
  if (entry.proof === null || isBare) {
    noteBare(state, stepped)
    if (entry.outcome === 'current') change.superseded(stepped)
    return null
  }
  const verdict = await judge(machine, state, stepped, entry.proof, verifier)
  if (verdict.type === 'admitted') noteVerified(state, header)
  if (verdict.type === 'quarantine') {
    if (verdict.reason === 'heads' && (await witnessesFork(machine, stepped, entry.proof, verifier))) return 'heads'
    if (mine && verdict.reason === 'signature') return 'own'
  }
  applyVerdict(machine, stream, stepped, entry, verdict, change)
  return null
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

/**
 * Applies an answer to this device's own push when it is the very next entry. `pull`: what lies between must come first, or the control
 * log that makes it void. `wrong`: no answer that could be true; memory must then be read again.
 */
export async function applyOwnAnswer(
  machine: VaultMachine,
  own: OutboxRow & { key: string },
  { n, h, outcome }: PushAnswer['results'][number],
  change: RowChange,
): Promise<'applied' | 'pull' | 'wrong'> {
  const state = machine.streams.get(own.stream)
  if (state === undefined || n > state.n + 1) return 'pull'
  if (n <= state.n) return 'wrong'
  const { header, proof, body } = own
  if (outcome === 'void' && decodeHeader(header)!.epoch >= (machine.control?.streams.get(own.stream)?.epoch ?? 0))
    return 'pull'
  const entry = { n, outcome, header, bodyHash: sha256(body), body: null, proof }
  const fault = await applyEntry(machine, state, entry, change, new BatchVerifier())
  return fault === null && idText(state.h) === idText(h) ? 'applied' : 'wrong'
}

/**
 * Tries again what waited for a log, an account or a key, and what named a position that nobody had. `lastWord`: the control log was
 * read after the entries came, so that a position which it still does not reach is nobody's, unless a live device signed for it.
 */
export async function retryWaiting(machine: VaultMachine, server: ServerApi, lastWord = false): Promise<boolean> {
  const entries = unreadOf(machine).map(({ entry }) => entry)
  if (entries.length === 0) return false
  await learnAccounts(machine, server, neededByStream(machine, entries))
  return exclusive(machine, () => retryNow(machine, lastWord))
}

/**
 * K3: ids never depend on signature bytes, so a proof is no part of the chain, and a server can show a true entry under a false one.
 * Asks again for what was put aside for its signature; a proof that holds lets it in.
 */
export async function retryUnsigned(machine: VaultMachine, server: ServerApi): Promise<{ type: 'offline' } | null> {
  const byStream = new Map<string, number[]>()
  for (const [key, value] of machine.rows.table(TABLE.quarantine)) {
    const [stream = '', n = ''] = key.split('.')
    if ((value as { reason: string }).reason !== 'signature') continue
    byStream.set(stream, [...(byStream.get(stream) ?? []), Number(n)])
  }
  for (const id of readableStreams(machine)) {
    const numbers = byStream.get(id)
    if (numbers === undefined) continue
    const answer = await server.fetchBodies(machine.vault, textId(id)!, numbers.slice(0, 128))
    if (answer.type === 'offline') return answer
    if (answer.type === 'ok') await exclusive(machine, () => admitFetched(machine, id, answer.value.entries))
  }
  return null
}

async function admitFetched(machine: VaultMachine, id: string, entries: StreamEntry[]): Promise<void> {
  const state = machine.streams.get(id)!
  const verifier = new BatchVerifier()
  for (const entry of entries.toSorted((a, b) => a.n - b.n)) {
    const stepped = matchFetched(state, entry)
    const key = entryKey(id, entry.n)
    if (stepped === null || entry.proof === null || machine.rows.get(TABLE.quarantine, key) === undefined) continue
    const verdict = await judge(machine, state, stepped, entry.proof, verifier)
    if (verdict.type !== 'admitted') continue
    const change = new RowChange(machine)
    change.entry(id, stepped, entry)
    change.sync.push({ table: TABLE.quarantine, key, value: null })
    noteVerified(state, stepped.header)
    if (isShown(machine, state, stepped)) applyVerdict(machine, id, stepped, entry, verdict, change)
    await commitOrReload(machine, change)
  }
}

interface Unread {
  table: string
  key: string
  entry: StreamEntry & { body: Uint8Array; proof: BatchProof }
}

function unreadOf(machine: VaultMachine): Unread[] {
  return [TABLE.waiting, TABLE.quarantine].flatMap((table) =>
    [...machine.rows.table(table)].flatMap(([key, value]) => {
      const { reason, entry: encoded } = value as { reason?: string; entry: Uint8Array }
      if (table === TABLE.quarantine && reason !== 'heads') return []
      const entry = decodeAs(StreamEntry, encoded)
      if (entry === null || entry.body === null || entry.proof === null) return []
      return [{ table, key, entry: { ...entry, body: entry.body, proof: entry.proof } }]
    }),
  )
}

async function retryNow(machine: VaultMachine, lastWord: boolean): Promise<boolean> {
  let changed = false
  const verifier = new BatchVerifier()
  for (const { table, key, entry } of unreadOf(machine)) {
    const header = decodeHeader(entry.header)
    const state = header === null ? undefined : machine.streams.get(idText(header.stream))
    if (header === null || state === undefined) continue
    const stream = idText(header.stream)
    const hash = envelopeHashOf(entry.header, entry.bodyHash)
    const stepped: SteppedEntry = { header, hash, n: entry.n, outcome: entry.outcome, h: state.hashes[entry.n]! }
    let verdict = await judge(machine, state, stepped, entry.proof, verifier)
    if (verdict.type === 'waiting') {
      const nobodys = lastWord && header.control.n > (machine.control?.n ?? 0)
      if (!nobodys || (await isSignedByLive(machine, stepped, entry.proof, verifier))) continue
      verdict = { type: 'quarantine', reason: 'heads' }
    }
    if (verdict.type === 'quarantine' && table === TABLE.quarantine) continue
    if (verdict.type === 'quarantine' && verdict.reason === 'heads') {
      if (await witnessesFork(machine, stepped, entry.proof, verifier)) {
        await stop(machine, stream, 'fork', 'heads', { entry })
        continue
      }
    }
    const opened = verdict.type === 'admitted' ? openRecord(machine, header, entry.header, entry.body) : verdict
    if (opened.type === 'waiting') continue
    const change = new RowChange(machine)
    change.sync.push({ table, key, value: null })
    if (verdict.type === 'admitted') noteVerified(state, header)
    // A later version may have replaced it meanwhile: then it is history only.
    if (isShown(machine, state, stepped) || verdict.type === 'quarantine')
      applyVerdict(machine, stream, stepped, entry, verdict, change)
    await commitOrReload(machine, change)
    changed = true
  }
  return changed
}
