/**
 * Opens the state of a vault: rebuilds everything in memory from its rows, at the start and after a failed write. vault-state.ts declares
 * the state and its queries.
 */
import type { CborValue } from '@chartkeep/crypto/encoding'
import { decodeAs, idText, textId } from '@chartkeep/protocol'
import { ControlEntry, readControlLog } from '@chartkeep/protocol/control'
import {
  emptyStream,
  isBareHash,
  noteBare,
  noteVerified,
  stepBare,
  stepStream,
  type StreamState,
} from '@chartkeep/protocol/streams'
import { nextTurn, type StoredRecord } from '@chartkeep/store'
import { emptyKeys } from './content-keys.ts'
import { entryTable, readEntry } from './entry-row.ts'
import { createPageSizes } from '../transport/adaptive-page-size.ts'
import { keepingSealed, outboxOf } from './outbox.ts'
import { acceptClock } from '../record/record-codec.ts'
import { TwoClocks } from '../account/two-clocks.ts'
import { startOf } from './vault-rights.ts'
import { conflictRows, entryKey, headOf, refreshKeys, TABLE, type VaultDeps, type VaultMachine } from './vault-state.ts'

/** Opens the state of a vault from its rows. Throws if the rows contradict each other (damage that the store did not detect). */
export async function openVault(deps: VaultDeps): Promise<VaultMachine> {
  const machine: VaultMachine = {
    ...deps,
    rows: keepingSealed(deps.rows),
    control: null,
    controlEntries: [],
    keys: emptyKeys(),
    streams: new Map(),
    unsent: new Set(),
    held: new Map(),
    lastClock: '',
    clocks: deps.clocks ?? new TwoClocks(deps.clock, deps.serverKey),
    pageSizes: deps.pageSizes ?? createPageSizes(deps.clock),
    awaited: 0,
    lane: Promise.resolve(),
  }
  await reloadVault(machine)
  return machine
}

/** Discards the state in memory and reads the rows again, so that after a failed write memory is never ahead of the rows. */
export async function reloadVault(machine: VaultMachine): Promise<void> {
  const { rows } = machine
  const controlRows = byNumber(rows.table(TABLE.control))
  machine.controlEntries = controlRows.map(([, value]) => {
    const entry = decodeAs(ControlEntry, value as Uint8Array)
    if (entry === null) throw new Error('a control-log row is not readable')
    return entry
  })
  const control = await readControlLog(machine.controlEntries, machine.accounts.lookup)
  if (control !== null && 'type' in control) throw new Error(`the stored control log does not hold: ${control.reason}`)
  machine.control = control
  refreshKeys(machine)

  const rest = restBetween(ROWS_OF_A_STEP)
  const streams = new Map<string, StreamState>()
  for (const id of control?.streams.keys() ?? []) streams.set(id, await rebuildStream(machine, id, rest))

  // A version that is sealed, or that the server holds as a conflict, is not sealed again.
  const sealed = new Set(outboxOf(machine).map(({ id, revision }) => `${id} ${revision}`))
  const beside = new Set(conflictRows(machine).map(({ id, row }) => `${id} ${row.revision}`))
  // N5: a version that is already in the stream takes in conflicts under its own revision; the row of what it takes in tells so.
  const taking = rows.table(TABLE.merging)
  const unsent: StoredRecord[] = []
  for (const row of rows.all()) {
    const own = row.device === idText(machine.device.id)
    if (own && row.clock > machine.lastClock) machine.lastClock = row.clock
    else machine.lastClock = acceptClock(row.clock, machine.lastClock, machine.clock.now())
    const version = `${row.id} ${row.revision}`
    const isThere = headOf(machine, row.id)?.revision === row.revision || beside.has(version)
    if (!sealed.has(version) && (!isThere || taking.has(row.id))) unsent.push(row)
    const turn = rest()
    if (turn) await turn
  }
  machine.streams = streams
  machine.unsent = new Set(unsent.toSorted((a, b) => (a.clock < b.clock ? -1 : 1)).map(({ id }) => id))
}

/**
 * How many rows of a large chart are read before the page gets a turn: 5 to 10 ms on a desktop machine. Counted, not timed, so that the
 * same rows give the same steps.
 */
const ROWS_OF_A_STEP = 512

/** Yields to the page after every `rows` calls. */
function restBetween(rows: number): () => Promise<void> | null {
  let done = 0
  return () => (++done % rows === 0 ? nextTurn() : null)
}

async function rebuildStream(
  machine: VaultMachine,
  id: string,
  rest: () => Promise<void> | null,
): Promise<StreamState> {
  const state = emptyStream(machine.vault, textId(id)!, startOf(machine, id))
  const waiting = machine.rows.table(TABLE.waiting)
  // S4: a quarantined envelope replaces nothing, so the envelopes that it names must come with their bodies.
  const isVerified = (key: string) => !waiting.has(key) && machine.rows.get(TABLE.quarantine, key) === undefined
  for (const [key, value] of byNumber(machine.rows.table(entryTable(id)))) {
    const entry = readEntry(value)
    if (isBareHash(entry)) {
      // A grant with a later start may have ended since; an entry that came as a hash stays a hash.
      state.start = Math.max(state.start, Number(key))
      const fault = stepBare(state, { n: Number(key), ...entry })
      if (fault !== null) throw new Error(`the stored chain of a stream does not hold: ${fault}`)
      continue
    }
    const stepped = stepStream(state, { n: Number(key), ...entry })
    if ('type' in stepped) throw new Error(`the stored chain of a stream does not hold: ${stepped.fault}`)
    if (entry.proof === null) noteBare(state, stepped)
    else if (isVerified(entryKey(id, Number(key)))) noteVerified(state, stepped.header)
    const turn = rest()
    if (turn) await turn
  }
  return state
}

function byNumber(table: ReadonlyMap<string, CborValue>): [string, CborValue][] {
  return [...table].toSorted(([a], [b]) => Number(a) - Number(b))
}
