/**
 * A crash after every single operation of the log, and in the middle of it: the store opens to exactly the state of an
 * acknowledged point. 2,000 writes with compactions among them; CHARTKEEP_WRITES=<number> for more, CHARTKEEP_SEED for others.
 */
import { randomBytes } from '@chartkeep/crypto'
import {
  getRxStorageSealed,
  openAccountStore,
  openVaultStore,
  storedRecordSchema,
  type SealedLog,
  type StoredRecord,
  type VaultStore,
} from '@chartkeep/store'
import { sqliteLog } from '@chartkeep/store/node'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fillWithDefaultSettings } from 'rxdb'
import { afterAll, expect, test } from 'vitest'
import { memoryLog, type MemoryDisk } from '../../support/memory-log.ts'
import { disksOf, recordedLog, type LogOperation } from '../../support/recorded-log.ts'
import { seeded } from '../../support/seeded.ts'
import { storedRecord } from '../../support/stored-record.ts'

const key = randomBytes(32)
const WRITES = Number(process.env['CHARTKEEP_WRITES'] ?? 2_000)
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-prefixes-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What the store must hold after each entry, by the entry's number. */
type States = Map<number, string>

/** The same small generator on every machine (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Writes at random and notes what must be there after each entry; `turn` runs between writes. */
async function writeAtRandom(
  vault: VaultStore,
  writes: number,
  random: (below: number) => number,
  turn: (write: number) => Promise<void>,
): Promise<States> {
  const records = new Map<string, StoredRecord>()
  const rows = new Map<string, number>()
  const states: States = new Map([[vault.sequence, stateText(records.values(), rows)]])
  for (let write = 1; write <= writes; write += 1) {
    const doc = `${random(30)}`
    const made = storedRecord(doc, { stream: `s${random(3)}`, title: `${write}`, code: `${random(9)}` })
    const kind = random(10)
    if (kind < 6) {
      const more = Array.from({ length: random(4) }, () =>
        storedRecord(`m${random(20)}`, { stream: 's0', title: `${write}` }),
      )
      const remove = random(3) === 0 ? [`s${random(3)}.${random(30)}`] : []
      for (const id of remove) records.delete(id)
      for (const record of [made, ...more]) records.set(record.id, record)
      const rowKey = `${random(12)}`
      rows.set(rowKey, write)
      await vault.commit({
        records: [made, ...more],
        remove,
        sync: [{ table: 't', key: rowKey, value: write }],
        durability: random(2) === 0 ? 'strict' : 'relaxed',
      })
    } else if (kind < 8) {
      records.set(made.id, made)
      await vault.records.incrementalUpsert(made)
    } else if (kind === 8 && write % 40 === 0) {
      const stream = `s${random(3)}`
      for (const id of records.keys()) if (id.startsWith(`${stream}.`)) records.delete(id)
      await vault.purge({ streams: [stream] })
    } else {
      const gone = [`${random(12)}`, `${random(12)}`]
      for (const rowKey of gone) rows.delete(rowKey)
      await vault.commit({ sync: gone.map((rowKey) => ({ table: 't', key: rowKey, value: null })) })
    }
    states.set(vault.sequence, stateText(records.values(), rows))
    await turn(write)
  }
  return states
}

function stateText(records: Iterable<StoredRecord>, rows: Iterable<readonly [string, unknown]>): string {
  const sorted = [...records].map((record) => `${record.id} ${record.title} ${record.code}`).sort()
  return JSON.stringify([sorted, [...rows].map(([rowKey, value]) => `${rowKey} ${String(value)}`).sort()])
}

const schema = fillWithDefaultSettings(storedRecordSchema)

/** Opens what is in the log, without the cost of a whole RxDB database, and tells its last entry and its state. */
async function stateOf(log: SealedLog): Promise<{ sequence: number; state: string; recovered: number | null }> {
  const home = await openAccountStore({ name: 'rows', key, log, mustExist: true, compaction: { floorBytes: Infinity } })
  if (home.type !== 'home') throw new Error(JSON.stringify(home))
  const rows = [...home.sync.all('t')]
  const { sequence, recovered } = home
  await home.close()
  const storage = getRxStorageSealed({ key, log, compaction: { floorBytes: Infinity } })
  const instance = await storage.createStorageInstance<StoredRecord>({
    databaseInstanceToken: 't',
    databaseName: 'd',
    collectionName: 'records',
    schema,
    options: {},
    multiInstance: false,
    devMode: false,
  })
  const { documents } = await instance.getChangedDocumentsSince!(1_000)
  await instance.close()
  const state = stateText(
    documents.filter(({ _deleted }) => !_deleted),
    rows as [string, unknown][],
  )
  return { sequence, state, recovered: recovered?.entry ?? null }
}

async function recordedRun(
  writes: number,
): Promise<{ operations: LogOperation[]; states: States; first: number; compactions: number }> {
  const { seed } = seeded(1)
  const { log, operations } = recordedLog()
  const compaction = { floorBytes: 60_000, quietMs: 0 }
  const vault = await openVaultStore({ name: 'v', key, log, compaction })
  if (vault.type !== 'vault') throw new Error(vault.type)
  const random = randomNumbers(seed)
  const states = await writeAtRandom(vault, writes, random, async (write) => {
    // Timers get their turn now and then, so that compactions run next to writes.
    if (random(4) === 0) await new Promise((resolve) => setTimeout(resolve))
    if (write % 500 === 0) void vault.compact()
  })
  const { compactions } = vault.figures()
  const first = Math.min(...states.keys())
  await vault.close()
  return { operations, states, first, compactions }
}

/** The disk as a crash in the middle of its last operation may leave it; `null` for operations that are one transaction. */
function tornLast(disk: MemoryDisk, operation: LogOperation, at: number): MemoryDisk | null {
  const cut = (bytes: Uint8Array) => bytes.slice(0, at % bytes.length)
  if (operation.type === 'append') {
    const last = disk.entries.at(-1)!
    return { ...disk, entries: [...disk.entries.slice(0, -1), { ...last, sealed: cut(last.sealed) }] }
  }
  if (operation.type === 'stage') {
    const last = disk.segments.at(-1)!
    return { ...disk, segments: [...disk.segments.slice(0, -1), { ...last, sealed: cut(last.sealed) }] }
  }
  return null
}

test('ST14: after every prefix of a run’s operations, the last one torn or whole, the store opens to the last acknowledged state', async () => {
  const { operations, states, first, compactions } = await recordedRun(WRITES)
  expect(states.size).toBeGreaterThan(WRITES * 0.9)
  expect(compactions).toBeGreaterThan(WRITES / 200)
  let acknowledged = 0
  let opened = 0
  for (const [index, { operation, disk }] of [...disksOf(operations)].entries()) {
    const torn = acknowledged >= first ? tornLast({ ...disk }, operation, (index + 1) * 7_919) : null
    if (torn) {
      const { sequence, state, recovered } = await stateOf(memoryLog(torn))
      if (sequence !== acknowledged || state !== states.get(acknowledged))
        throw new Error(
          `torn operation ${index}, ${operation.type}: entry ${sequence} after ${acknowledged} acknowledged`,
        )
      expect(recovered).toBe(operation.type === 'append' ? acknowledged + 1 : null)
      opened += 1
    }
    if (operation.type === 'append') acknowledged = operation.entry.number
    if (acknowledged < first) continue
    const { sequence, state, recovered } = await stateOf(memoryLog(disk))
    if (sequence !== acknowledged || state !== states.get(acknowledged))
      throw new Error(`operation ${index}, ${operation.type}: entry ${sequence} after ${acknowledged} acknowledged`)
    expect(recovered).toBeNull()
    opened += 1
  }
  console.log(`${states.size} writes, ${compactions} compactions, ${operations.length} operations, ${opened} openings`)
}, 3_600_000)

test('ST14: the check of prefixes catches a planted bug, a snapshot that takes one entry too many with it', async () => {
  const { operations, states } = await recordedRun(150)
  const planted = operations.map((operation) =>
    operation.type === 'replace'
      ? { ...operation, mark: { ...operation.mark, through: operation.mark.through + 1 } }
      : operation,
  )
  const failures: string[] = []
  let acknowledged = 0
  for (const { operation, disk } of disksOf(planted)) {
    if (operation.type === 'append') acknowledged = operation.entry.number
    if (operation.type !== 'append' && operation.type !== 'replace') continue
    await stateOf(memoryLog(disk)).then(
      ({ sequence, state }) => {
        if (sequence !== acknowledged || state !== states.get(acknowledged)) failures.push('another state')
      },
      (error: unknown) => failures.push(String(error)),
    )
  }
  expect(failures.length).toBeGreaterThan(0)
})

test('ST10: a write-ahead log of SQLite that is cut anywhere opens to an acknowledged state', async () => {
  const { seed } = seeded(1)
  const random = randomNumbers(seed + 1)
  const path = join(folder, 'a')
  const vault = await openVaultStore({
    name: 'v',
    key,
    log: sqliteLog(path),
    compaction: { floorBytes: 30_000, quietMs: 0 },
  })
  if (vault.type !== 'vault') throw new Error(vault.type)
  const copies: string[] = []
  const states = await writeAtRandom(vault, 400, random, async (write) => {
    if (write % 3 === 0) await new Promise((resolve) => setTimeout(resolve))
    // Between two operations: the files are as a crash leaves them.
    if (write % 40 !== 0 || !existsSync(`${path}-wal`)) return
    const copy = join(folder, `copy-${write}`)
    copyFileSync(path, copy)
    copyFileSync(`${path}-wal`, `${copy}-wal`)
    copies.push(copy)
  })
  expect(vault.figures().compactions).toBeGreaterThan(2)
  await vault.close()
  expect(copies.length).toBeGreaterThan(5)
  let openings = 0
  const found = new Set<number>()
  for (const copy of copies) {
    const main = readFileSync(copy)
    const wal = readFileSync(`${copy}-wal`)
    // The header, frame borders (32 bytes of header each, then 24 and a page of 4,096), and anywhere.
    const cuts = [
      0,
      16,
      32,
      32 + 24,
      32 + 4_120,
      wal.length - 1,
      wal.length,
      ...Array.from({ length: 10 }, () => random(wal.length + 1)),
    ]
    for (const length of new Set(cuts.filter((cut) => cut >= 0 && cut <= wal.length))) {
      const place = join(mkdtempSync(join(folder, 'cut')), 'a')
      writeFileSync(place, main)
      writeFileSync(`${place}-wal`, wal.subarray(0, length))
      const { sequence, state } = await stateOf(sqliteLog(place))
      if (state !== states.get(sequence)) throw new Error(`cut at ${length} of ${wal.length}: entry ${sequence}`)
      found.add(sequence)
      openings += 1
      rmSync(join(place, '..'), { recursive: true })
    }
  }
  console.log(`${openings} cuts opened to ${found.size} acknowledged states`)
  expect(found.size).toBeGreaterThan(10)
})
