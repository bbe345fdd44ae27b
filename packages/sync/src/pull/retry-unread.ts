/** Retries entries that could not be judged or verified when they came, or that an older program judged (E6, K3). */
import { decodeAs, idText, textId } from '@chartkeep/protocol'
import { continuedAuthor, rightVerdict, type Verdict } from '@chartkeep/protocol/control'
import {
  BatchVerifier,
  decodeHeader,
  envelopeHashOf,
  matchFetched,
  noteVerified,
  StreamEntry,
  type BatchProof,
  type SteppedEntry,
  type StreamState,
} from '@chartkeep/protocol/streams'
import { applyVerdict, isShown, isSignedByLive, judge, openAdmitted, witnessesFork } from './judge-entry.ts'
import { fetchAll } from '../transport/adaptive-page-size.ts'
import { learnAccounts, neededByStream } from '../vault/needed-logs.ts'
import type { ServerApi } from '../ports/ports.ts'
import { ReconcileTransaction, commitOrReload, nonceOf } from '../edit/reconcile-transaction.ts'
import { stop } from '../vault/stream-stop.ts'
import { readableStreams } from '../vault/readable-streams.ts'
import {
  entryKey,
  exclusive,
  isOfOtherRules,
  TABLE,
  type QuarantinedRow,
  type VaultMachine,
} from '../vault/vault-state.ts'

/**
 * Retries entries that waited for a log, an account or a key, and entries that named an unknown position. `lastWord`: the control log was
 * read after the entries came, so a position that it still does not reach does not exist, unless a live device signed for it.
 */
export async function retryWaiting(machine: VaultMachine, server: ServerApi, lastWord = false): Promise<boolean> {
  const entries = unreadOf(machine).map(({ entry }) => entry)
  if (entries.length === 0) return false
  await learnAccounts(machine, server, neededByStream(machine, entries))
  return exclusive(machine, () => retryNow(machine, lastWord))
}

/**
 * Judges quarantined entries again that may be accepted now: entries that another version of this program refused for their content;
 * entries that came with a false proof, if a valid one arrives (K3: ids do not depend on signature bytes, so a server can show a true entry
 * with a false proof); and entries that an owner has accepted since, with those that build on them (C9).
 */
export async function retryQuarantined(machine: VaultMachine, server: ServerApi): Promise<{ type: 'offline' } | null> {
  const byStream = new Map<string, number[]>()
  for (const [key, value] of machine.rows.table(TABLE.quarantine)) {
    const [stream = '', n = ''] = key.split('.')
    if (!mayStand(machine, value as unknown as QuarantinedRow)) continue
    byStream.set(stream, [...(byStream.get(stream) ?? []), Number(n)])
  }
  for (const id of readableStreams(machine)) {
    const numbers = byStream.get(id)
    if (numbers === undefined) continue
    const { vault, pageSizes } = machine
    const wanted = { vault, stream: textId(id)!, numbers }
    const answer = await fetchAll(pageSizes, server, wanted, (entries) =>
      exclusive(machine, () => admitFetched(machine, id, entries)),
    )
    if (answer.type === 'offline') return answer
  }
  return null
}

function mayStand(machine: VaultMachine, row: QuarantinedRow): boolean {
  const { reason } = row
  if (reason === 'signature' || isOfOtherRules(machine, row)) return true
  const { control } = machine
  if (control === null || control.accepted.size === 0 || (reason !== 'cut' && reason !== 'no-right')) return false
  const entry = decodeAs(StreamEntry, row.entry)
  const header = entry === null ? null : decodeHeader(entry.header)
  const state = header === null ? undefined : machine.streams.get(idText(header.stream))
  if (entry === null || header === null || state === undefined) return false
  const hash = envelopeHashOf(entry.header, entry.bodyHash)
  const continued = continuedAuthor(control, state, header, entry.n, machine.accounts.lookup)
  return (
    rightVerdict(control, header, hash, entry.n, continued, machine.accounts.lookup(header.account)).type === 'admitted'
  )
}

async function admitFetched(machine: VaultMachine, id: string, entries: StreamEntry[]): Promise<void> {
  const state = machine.streams.get(id)!
  const verifier = new BatchVerifier()
  for (const entry of entries.toSorted((a, b) => a.n - b.n)) {
    const stepped = matchFetched(state, entry)
    const key = entryKey(id, entry.n)
    if (stepped === null || entry.proof === null || machine.rows.get(TABLE.quarantine, key) === undefined) continue
    const verdict = await judge(machine, state, stepped, entry.proof, verifier)
    if (verdict.type === 'waiting' || (verdict.type === 'quarantine' && !isQuarantinedByOthers(machine, key))) continue
    const change = new ReconcileTransaction(machine)
    change.entry(id, stepped, entry, nonceOf(entry))
    change.sync.push({ table: TABLE.quarantine, key, value: null })
    applyAgain(machine, state, stepped, { ...entry, body: entry.body! }, verdict, change)
    await commitOrReload(machine, change)
  }
}

/** Whether another version of this program's tables quarantined it. */
function isQuarantinedByOthers(machine: VaultMachine, key: string): boolean {
  const row = machine.rows.get(TABLE.quarantine, key)
  return row !== undefined && isOfOtherRules(machine, row as unknown as QuarantinedRow)
}

/**
 * Applies the current verdict of an entry; false if its key is still missing. If a later version has replaced it meanwhile, it is history
 * only.
 */
function applyAgain(
  machine: VaultMachine,
  state: StreamState,
  stepped: SteppedEntry,
  entry: StreamEntry & { body: Uint8Array },
  verdict: Verdict,
  change: ReconcileTransaction,
): boolean {
  const opened = verdict.type === 'admitted' ? openAdmitted(machine, stepped, entry.header, entry.body) : verdict
  if (opened.type === 'waiting') return false
  if (opened.type !== 'quarantine') noteVerified(state, stepped.header)
  if (isShown(machine, state, stepped) || opened.type === 'quarantine')
    applyVerdict(machine, idText(stepped.header.stream), stepped, entry, verdict, change)
  return true
}

interface Unread {
  table: string
  key: string
  entry: StreamEntry & { body: Uint8Array; proof: BatchProof }
}

function unreadOf(machine: VaultMachine): Unread[] {
  return [TABLE.waiting, TABLE.quarantine].flatMap((table) =>
    [...machine.rows.table(table)].flatMap(([key, value]) => {
      const row = value as unknown as QuarantinedRow
      if (table === TABLE.quarantine && row.reason !== 'heads' && !isOfOtherRules(machine, row)) return []
      const entry = decodeAs(StreamEntry, row.entry)
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
    if (verdict.type === 'quarantine' && table === TABLE.quarantine && !isQuarantinedByOthers(machine, key)) continue
    if (verdict.type === 'quarantine' && verdict.reason === 'heads') {
      if (await witnessesFork(machine, stepped, entry.proof, verifier)) {
        await stop(machine, stream, 'fork', 'heads', { entry })
        continue
      }
    }
    const change = new ReconcileTransaction(machine)
    change.sync.push({ table, key, value: null })
    if (!applyAgain(machine, state, stepped, entry, verdict, change)) continue
    await commitOrReload(machine, change)
    changed = true
  }
  return changed
}
