/**
 * Reads streams from the server and checks every entry (S4, E6, F1) before it becomes a row; one page with its faults and evidence is one
 * transaction. control-pull.ts reads the control log; retry-unread.ts retries waiting and quarantined entries.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { idText, MAX_PULL_STREAMS } from '@chartkeep/protocol'
import { continuedAuthor, rightVerdict } from '@chartkeep/protocol/control'
import type { PushAnswer } from '@chartkeep/protocol/messages'
import {
  BatchVerifier,
  contradict,
  hasStreamHead,
  matchFetched,
  noteBare,
  noteFetched,
  noteVerified,
  isBareHash,
  stepBare,
  stepStream,
  type StreamEntry,
  uncovered,
  type SignedHead,
  type SteppedEntry,
  type StreamState,
} from '@chartkeep/protocol/streams'
import { nextTurn } from '@chartkeep/store'
import { hasCuts } from './cut-effects.ts'
import { pullControl, isServersHead, holdsPins, keepRunningBack, OK, type PullOutcome } from './control-pull.ts'
import { applyVerdict, contentReason, isShown, judge, witnessesFork } from './judge-entry.ts'
import { fetchSome } from '../transport/adaptive-page-size.ts'
import { learnAccounts, neededByStream } from '../vault/needed-logs.ts'
import type { OpenedEntries, OpenedEntry } from '../record/decrypt-page.ts'
import type { ServerApi } from '../ports/ports.ts'
import { PullPrefetch, type Page } from './pull-prefetch.ts'
import { ReconcileTransaction, commitOrReload, nonceOf } from '../edit/reconcile-transaction.ts'
import { hold, stop } from '../vault/stream-stop.ts'
import { reloadVault } from '../vault/vault-open.ts'
import { exclusive, stopOf, TABLE, type VaultMachine } from '../vault/vault-state.ts'
import { readableStreams } from '../vault/readable-streams.ts'
import { wasSealedBefore } from '../vault/device-sequence.ts'
import { sealedAs, type OutboxItem } from '../vault/outbox.ts'
import { retryWaiting } from './retry-unread.ts'
import { needsBackfill, backfillHistory } from './history-backfill.ts'

/**
 * C6: the server left out a stream that this account may not read any more. Reads the control log again to see whether the right has ended.
 */
async function hasRightEnded(machine: VaultMachine, server: ServerApi, id: string): Promise<boolean | PullOutcome> {
  const control = await pullControl(machine, server)
  if (control.type !== 'ok') return control
  if (readableStreams(machine).includes(id)) return false
  machine.held.delete(id)
  return true
}

/**
 * Reads every readable stream up to the head that the server first names; later entries are read next time. `only`: restricts the pull to
 * these streams; each with the pages that the server pushed for it, in the form of a pull's answer, or null.
 */
export async function pullStreams(
  machine: VaultMachine,
  server: ServerApi,
  onProgress?: (done: number, all: number) => void,
  only?: ReadonlyMap<string, Page | null>,
): Promise<PullOutcome> {
  const targets = new Map<string, number>()
  const ahead = new PullPrefetch(machine, server, targets)
  const end = () => ahead.end()
  machine.ending?.addEventListener('abort', end)
  try {
    return await pullWith(ahead, targets, machine, server, onProgress, only)
  } finally {
    machine.ending?.removeEventListener('abort', end)
    end()
  }
}

async function pullWith(
  ahead: PullPrefetch,
  targets: Map<string, number>,
  machine: VaultMachine,
  server: ServerApi,
  onProgress?: (done: number, all: number) => void,
  only?: ReadonlyMap<string, Page | null>,
): Promise<PullOutcome> {
  let changed = false
  const readable = readableStreams(machine)
  // A stream that may no longer be read is not asked for again, so no answer could clear its stop.
  for (const id of machine.held.keys()) if (!readable.includes(id)) machine.held.delete(id)
  let open = only === undefined ? readable : readable.filter((id) => only.has(id))
  const streams = [...open]
  const stops: PullOutcome[] = []
  for (const id of streams.filter((each) => needsBackfill(machine, each))) {
    const backfilled = await backfillHistory(machine, server, id)
    if (backfilled.type === 'offline' || backfilled.type === 'error') return backfilled
    if (backfilled.type === 'stopped') stops.push(backfilled)
    else changed = true
  }
  const askedControl = new Set<string>()
  // A chart created here has nothing to decrypt, and starting a worker would take a processor from the push.
  const isFilled = machine.unsent.size + machine.rows.table(TABLE.outbox).size > 0
  if (!isFilled && open.every((id) => machine.streams.get(id)!.n === 0)) ahead.warm()
  ahead.bring(open.flatMap((id) => only?.get(id) ?? []))
  while (open.length > 0) {
    const asked = open.slice(0, MAX_PULL_STREAMS)
    const taken = await ahead.take(open.map((id) => ({ id, after: machine.streams.get(id)!.n })))
    const { answer } = taken
    if (answer.type !== 'ok') return answer.type === 'offline' ? answer : { type: 'error', error: answer.error }
    const next: string[] = []
    let moved = 0
    const pages = new Map(answer.value.streams.map((page) => [idText(page.stream), page]))
    const opened = await taken.opened
    for (const id of asked) {
      if (machine.ending?.aborted === true) return { type: 'offline' }
      const page = pages.get(id)
      if (page === undefined) {
        const ended = await hasRightEnded(machine, server, id)
        if (typeof ended === 'object') return ended
        if (!ended) stops.push(await hold(machine, id, 'withheld', 'stream'))
        continue
      }
      const before = machine.streams.get(id)!.n
      const unreachable = await learnAccounts(machine, server, neededByStream(machine, page.entries))
      if (unreachable !== null) return unreachable
      const done = opened.get(id)
      const outcome = await exclusive(machine, () => applyPage(machine, id, page, askedControl.has(id), done))
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
    open = [...next, ...open.slice(MAX_PULL_STREAMS)]
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
 * S4: fetches the body of every entry that came without one and that no verified entry covers. Bodies that the server does not return are
 * `withheld`; returned ones are judged like any other entry.
 */
async function fetchBare(machine: VaultMachine, server: ServerApi, id: string): Promise<PullOutcome> {
  for (;;) {
    const state = machine.streams.get(id)!
    const missing = uncovered(state)
    if (missing.length === 0) return OK
    const { vault, pageSizes } = machine
    const answer = await fetchSome(pageSizes, server, { vault, stream: state.stream, numbers: missing })
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
  const change = new ReconcileTransaction(machine)
  let taken = 0
  for (const entry of entries.toSorted((a, b) => a.n - b.n)) {
    const stepped = matchFetched(state, entry)
    if (stepped === null || entry.proof === null || !state.bare.has(idText(stepped.hash))) continue
    taken++
    const verdict = await judge(machine, state, stepped, entry.proof, verifier)
    change.entry(id, stepped, entry, nonceOf(entry))
    // A replaced version is history: its text is fetched when a person asks for it.
    const isHistory = verdict.type === 'admitted' && !isShown(machine, state, stepped)
    const stands = isHistory || applyVerdict(machine, id, stepped, entry, verdict, change)
    if (verdict.type === 'admitted' && stands) noteFetched(state, stepped)
    else state.bare.delete(idText(stepped.hash))
  }
  await commitOrReload(machine, change)
  return taken
}

/**
 * Entries of a long page processed in one go: about 10 ms on a desktop machine. Counted, not timed, so that the same pages give the same
 * steps.
 */
const ENTRIES_OF_A_STEP = 128

/**
 * `lastWord`: the control log was read again after a page of this stream was refused for an unknown epoch. `done`: the workers' results for
 * its entries.
 */
async function applyPage(
  machine: VaultMachine,
  id: string,
  page: Page,
  lastWord: boolean,
  done?: OpenedEntries,
): Promise<PullOutcome | { type: 'ask-control' }> {
  const state = machine.streams.get(id)!
  const { head, entries } = page
  if (!(await isServersHead(machine, head, 'stream', state.stream)))
    return hold(machine, id, 'refused', 'stream-head', head)
  await keepRunningBack(machine, head, id)
  const last = (machine.rows.get(TABLE.signedHead, id) as unknown as SignedHead | undefined) ?? null
  const proof = { heads: last === null ? [head] : [last, head] }
  if (last !== null && contradict(last, head)) return stop(machine, id, 'fork', 'stream-head', proof)
  if (head.n <= state.n && !hasStreamHead(state, head)) return stop(machine, id, 'fork', 'stream-head', proof)
  if (head.n < Math.max(state.n, last?.n ?? 0)) return hold(machine, id, 'behind', 'stream-head', proof)
  const change = new ReconcileTransaction(machine)
  const verifier = new BatchVerifier()
  try {
    for (const [index, entry] of entries.entries()) {
      // Arrived answers go to the workers, and the user interface gets a turn.
      if (index % ENTRIES_OF_A_STEP === ENTRIES_OF_A_STEP - 1) await nextTurn()
      const fault =
        entry.n > head.n
          ? 'number'
          : await applyEntry(machine, state, entry, change, verifier, null, done?.get(entry) ?? null)
      if (fault === null) continue
      await reloadVault(machine)
      if (fault === 'void' && !lastWord) return { type: 'ask-control' }
      if (fault === 'heads') return stop(machine, id, 'fork', 'heads', { entry, heads: [head] })
      return hold(machine, id, fault === 'outcome' ? 'fork' : 'withheld', fault, { entry, heads: [head] })
    }
    const { strangeVoid } = change
    if (strangeVoid !== null) {
      await reloadVault(machine)
      // The entry that covers it may be on the next page: process this page only up to there.
      const before = entries.filter(({ n }) => n < strangeVoid.n)
      if (before.length > 0 && entries.at(-1)!.n < head.n)
        return await applyPage(machine, id, { ...page, entries: before }, lastWord, done)
      return hold(machine, id, 'withheld', 'own', { entry: strangeVoid, heads: [head] })
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

/**
 * Judges one entry: first the chain, then, if it has a body, author, right, signature and seal. Returns null if the entry is processed;
 * otherwise why the page cannot be: `void`: no known epoch justifies it; `heads`: an owner's device attests a fork; `own`: an entry under
 * this device's id that it did not sign. An unknown void under its id is noted in the transaction. `sent`: this device's envelope that the
 * entry answers.
 */
export async function applyEntry(
  machine: VaultMachine,
  state: StreamState,
  entry: StreamEntry,
  change: ReconcileTransaction,
  verifier: BatchVerifier,
  sent: OutboxItem | null = null,
  done: OpenedEntry | null = null,
): Promise<string | null> {
  const stream = idText(state.stream)
  if (isBareHash(entry)) {
    const fault = stepBare(state, entry)
    if (fault === null) change.bareHash(stream, entry)
    return fault
  }
  const stepped = stepStream(state, entry, sent === null ? done : sent)
  if ('type' in stepped) return stepped.fault
  const { header } = stepped
  const mine = equalBytes(header.device, machine.device.id) && equalBytes(header.account, machine.account)
  const own = mine ? (sent ?? sealedAs(machine, stepped.hash)) : undefined
  if (entry.outcome === 'void') {
    if (header.epoch >= (machine.control?.streams.get(stream)?.epoch ?? 0)) return 'void'
    if (mine && own === undefined && !wasSealedBefore(machine, stream, header.deviceSeq)) change.strangeVoid ??= entry
  }
  if (own !== undefined) {
    change.ownEntry(stream, stepped, own)
    const reason = entry.outcome === 'void' ? null : quarantineReason(machine, state, stepped, own)
    if (reason !== null) {
      change.sync.push({ table: TABLE.outbox, key: own.key, value: null })
      change.quarantine(stepped, reason, { ...entry, body: own.body, proof: own.proof }, own.revision)
      return null
    }
    if (entry.outcome !== 'void') noteVerified(state, header)
    applyOwn(stepped, own, change)
    return null
  }
  // The row's `proof` marks an entry as judged: a proof without a body does not count, and a void has none.
  const isBare = entry.body === null || entry.proof === null
  change.entry(stream, stepped, isBare ? { ...entry, proof: null } : entry, isBare ? null : nonceOf(entry))
  // S4: the signature of a void is never shown, so a void covers nothing.
  if (entry.outcome === 'void') return null
  if (entry.proof === null || isBare) {
    noteBare(state, stepped)
    // F3: nor does this entry, if a verified entry covers it; an uncovered one is fetched, and its signature reveals a copy (provesCopy).
    if (mine) change.strangeVoid = null
    if (entry.outcome === 'current') change.superseded(stepped)
    return null
  }
  const verdict = await judge(machine, state, stepped, entry.proof, verifier)
  // F3: it carries this device's own signature, so the chain before it does not rest on the server's word alone.
  if (verdict.type === 'admitted' && mine) change.strangeVoid = null
  if (verdict.type === 'quarantine') {
    if (verdict.reason === 'heads' && (await witnessesFork(machine, stepped, entry.proof, verifier))) return 'heads'
    if (mine && verdict.reason === 'signature') return 'own'
  }
  const stands = applyVerdict(machine, stream, stepped, entry, verdict, change, done)
  if (verdict.type === 'admitted' && stands) noteVerified(state, header)
  return null
}

/**
 * C9, C14: judges this device's own envelope as others do if it came after a cut or after its author lost a right or a role; null if it is
 * accepted.
 */
function quarantineReason(
  machine: VaultMachine,
  state: StreamState,
  { header, hash, n }: SteppedEntry,
  own: OutboxItem,
): string | null {
  const beyond = contentReason(machine, { header, hash, n }, own.row)
  if (beyond !== null) return beyond
  if (!hasCuts(machine)) return null
  const continued = continuedAuthor(machine.control!, state, header, n, machine.accounts.lookup)
  const verdict = rightVerdict(machine.control!, header, hash, n, continued, machine.accounts.lookup(header.account))
  return verdict.type === 'quarantine' ? verdict.reason : null
}

/** The stream has reached an envelope of this device: its outcome is final. */
function applyOwn(stepped: SteppedEntry, own: OutboxItem, change: ReconcileTransaction): void {
  change.sync.push({ table: TABLE.outbox, key: own.key, value: null })
  if (stepped.outcome === 'void') {
    change.ownVoid(stepped, own)
    return
  }
  if (stepped.outcome === 'current') change.ownCurrent(stepped, own)
  else change.ownConflict(stepped, own)
}

/**
 * Applies an answer to this device's own push if it is the next entry of its stream. `pull`: the entries in between must come first, or the
 * control log that makes it void. `wrong`: the answer cannot be true; memory must be rebuilt from the rows.
 */
export async function applyOwnAnswer(
  machine: VaultMachine,
  own: OutboxItem,
  { n, h, outcome }: PushAnswer['results'][number],
  change: ReconcileTransaction,
): Promise<'applied' | 'pull' | 'wrong'> {
  const state = machine.streams.get(own.stream)
  if (state === undefined || n > state.n + 1) return 'pull'
  if (n <= state.n) return 'wrong'
  if (outcome === 'void' && own.decoded.epoch >= (machine.control?.streams.get(own.stream)?.epoch ?? 0)) return 'pull'
  const entry = { n, outcome, header: own.header, bodyHash: own.bodyHash, body: null, proof: null }
  const fault = await applyEntry(machine, state, entry, change, new BatchVerifier(), own)
  return fault === null && equalBytes(state.h, h) ? 'applied' : 'wrong'
}
