/**
 * Opening the state of a vault: everything in memory is rebuilt from its rows, at first and after a failed write. What the state is, and what is asked
 * of it, is in vault-state.ts.
 */
import type { CborValue } from '@chartkeep/crypto'
import {
  ControlEntry,
  decodeAs,
  emptyStream,
  idText,
  isBareHash,
  noteBare,
  noteVerified,
  readControlLog,
  stepBare,
  stepStream,
  textId,
  type StreamState,
} from '@chartkeep/protocol'
import { nextTurn, type StoredRecord } from '@chartkeep/store'
import { emptyKeys } from './content-keys.ts'
import { entryTable, readEntry } from './entry-row.ts'
import { createPageSizes } from '../transport/adaptive-page-size.ts'
import { keepingSealed, outboxOf } from './outbox.ts'
import { acceptClock } from '../record/record-codec.ts'
import { TwoClocks } from '../account/two-clocks.ts'
import { startOf } from './vault-rights.ts'
import { conflictRows, entryKey, headOf, refreshKeys, TABLE, type VaultDeps, type VaultMachine } from './vault-state.ts'

/** Opens the state of a vault from its rows. Throws when the rows contradict themselves (damage that the store did not see). */
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

/** Throws away what is in memory and reads the rows again: after a failed write memory must not be ahead of them. */
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

  // Sealed, or at the server beside the version that stands: neither is sealed again.
  const sealed = new Set(outboxOf(machine).map(({ id, revision }) => `${id} ${revision}`))
  const beside = new Set(conflictRows(machine).map(({ id, row }) => `${id} ${row.revision}`))
  // N5: a version that was in the stream before takes conflicts in, under its name: what it is to take in says so.
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

/** What a large chart does in one go while it opens: 5 to 10 ms on a desktop machine. Counted, not timed: the same rows give the same steps. */
const ROWS_OF_A_STEP = 512

/** Says after each `rows` calls that the page needs its turn. */
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
  // S4: what was quarantined takes the place of nothing, so what it names has to come with its body.
  const isVerified = (key: string) => !waiting.has(key) && machine.rows.get(TABLE.quarantine, key) === undefined
  for (const [key, value] of byNumber(machine.rows.table(entryTable(id)))) {
    const entry = readEntry(value)
    if (isBareHash(entry)) {
      // A grant that began later may have ended since: what came as a hash is kept as one.
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
