/**
 * C3, C7: a reader whose first grant began `from: now` and who later receives all history, or becomes an owner, reads the entries again
 * that came as bare hashes. They must match the chain that the device knows; each is then judged like any entry that waited.
 */
import { encodeMessage } from '@chartkeep/protocol'
import {
  emptyStream,
  isBareHash,
  stepBare,
  stepStream,
  type StreamEntry,
  type StreamState,
} from '@chartkeep/protocol/streams'
import type { SyncRow } from '@chartkeep/store'
import { OK, type PullOutcome } from './control-pull.ts'
import { entryTable, packEntry } from '../vault/entry-row.ts'
import { learnAccounts, neededByStream } from '../vault/needed-logs.ts'
import type { ServerApi } from '../ports/ports.ts'
import { hold, stop } from '../vault/stream-stop.ts'
import { reloadVault } from '../vault/vault-open.ts'
import { startOf } from '../vault/vault-rights.ts'
import { entryKey, exclusive, rowValue, TABLE, type VaultMachine } from '../vault/vault-state.ts'

/** Whether a stream has entries that came as bare hashes and that this account may read now. */
export function needsBackfill(machine: VaultMachine, id: string): boolean {
  const state = machine.streams.get(id)
  return state !== undefined && state.before.size > 0 && startOf(machine, id) < state.start
}

const PULL_BUDGET = 1024 * 1024

export async function backfillHistory(machine: VaultMachine, server: ServerApi, id: string): Promise<PullOutcome> {
  const known = machine.streams.get(id)!
  const last = Math.min(known.start, known.n)
  const again = emptyStream(machine.vault, known.stream, startOf(machine, id))
  const entries: StreamEntry[] = []
  while (again.n < last) {
    const streams = [{ stream: known.stream, after: again.n }]
    const answer = await server.pull(machine.vault, { streams, budget: PULL_BUDGET })
    if (answer.type !== 'ok') return answer.type === 'offline' ? answer : { type: 'error', error: answer.error }
    const page = answer.value.streams[0]?.entries ?? []
    if (page.length === 0) return hold(machine, id, 'withheld', 'widen')
    for (const entry of page.slice(0, last - again.n)) {
      const fault = stepAgain(again, entry)
      if (fault !== null) return hold(machine, id, 'withheld', fault, { entry })
      // A different hash for a known number: the server showed another history before (F1).
      if (!isKnown(known, again)) return stop(machine, id, 'fork', 'widen', { entry })
      entries.push(entry)
    }
  }
  const unreachable = await learnAccounts(machine, server, neededByStream(machine, entries))
  if (unreachable !== null) return unreachable
  await exclusive(machine, () => keep(machine, id, entries))
  return OK
}

function stepAgain(again: StreamState, entry: StreamEntry): string | null {
  if (isBareHash(entry)) return stepBare(again, entry)
  const stepped = stepStream(again, entry)
  return 'type' in stepped ? stepped.fault : null
}

function isKnown(known: StreamState, again: StreamState): boolean {
  const h = known.hashes[again.n]!
  return again.h.every((byte, index) => byte === h[index])
}

/** Entries that come with their bodies are stored as waiting and judged later (retry-unread.ts), so a crash in between loses nothing. */
async function keep(machine: VaultMachine, id: string, entries: StreamEntry[]): Promise<void> {
  const sync: SyncRow[] = []
  for (const entry of entries) {
    if (isBareHash(entry)) continue
    const { n, outcome, header, bodyHash, body, proof } = entry
    const isBare = body === null || proof === null
    const nonce = isBare || outcome !== 'current' ? null : body.slice(0, 24)
    const row = { outcome, header, bodyHash, proof: isBare ? null : proof, nonce }
    sync.push({ table: entryTable(id), key: String(n), value: packEntry(row) })
    const wanted = { for: 'key', entry: encodeMessage(entry) }
    if (!isBare) sync.push({ table: TABLE.waiting, key: entryKey(id, n), value: rowValue(wanted) })
  }
  await machine.rows.commit({ sync })
  await reloadVault(machine)
}
