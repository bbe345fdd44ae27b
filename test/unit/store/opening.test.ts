/** Opening a large store: in steps, with progress, to be given up; and queries while indexes are being built. */
import { randomBytes } from '@chartkeep/crypto'
import { dexieLog, openAccountStore, openVaultStore, type VaultStore } from '@chartkeep/store'
import type { OpenProgress } from '@chartkeep/store/testing'
import { sqliteLog } from '@chartkeep/store/node'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { copyMemoryDisk, createMemoryDisk, memoryLog, type MemoryDisk } from '../../support/memory-log.ts'
import { storedRecord } from '../../support/stored-record.ts'

const key = randomBytes(32)
const NEVER = { floorBytes: Infinity }
const COUNT = 8_000
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-opening-'))
afterAll(() => rmSync(folder, { recursive: true }))

function record(index: number) {
  return storedRecord(`${index}`, {
    date: `20${10 + ((index * 7) % 13)}-0${1 + (index % 9)}`,
    collectionName: index % 3 === 0 ? 'vitals' : 'labs',
    code: `${(index * 31) % 97}`,
  })
}

async function fill(vault: VaultStore): Promise<void> {
  for (let first = 0; first < COUNT; first += 500) {
    await vault.commit({ records: Array.from({ length: 500 }, (_, index) => record(first + index)) })
  }
}

async function open(log: ReturnType<typeof memoryLog>, extra: object = {}): Promise<VaultStore> {
  const vault = await openVaultStore({ name: 'large', key, log, compaction: NEVER, ...extra })
  if (vault.type !== 'vault') throw new Error(JSON.stringify(vault))
  return vault
}

const disk: MemoryDisk = createMemoryDisk()
const first = await open(memoryLog(disk))
await fill(first)
await first.close()

/** Counts the turns of the event loop that other work gets until `end` is called. */
function countTurns(): { end(): number } {
  let turns = 0
  let isRunning = true
  const next = () => {
    turns += 1
    if (isRunning) setImmediate(next)
  }
  setImmediate(next)
  return {
    end() {
      isRunning = false
      return turns
    },
  }
}

const logs = [
  { name: 'node:sqlite', newLog: () => sqliteLog(join(mkdtempSync(join(folder, 'x')), 'a')) },
  {
    name: 'IndexedDB',
    newLog: () => dexieLog('a', { indexedDB: new IDBFactory(), IDBKeyRange }),
  },
]

describe.each(logs)('$name', ({ newLog }) => {
  test.each([false, true])('ST18: progress grows to its total, compacted: %s', async (isCompacted) => {
    const log = newLog()
    const vault = await open(log)
    await fill(vault)
    if (isCompacted) await vault.compact()
    await vault.commit({ records: [storedRecord('last')] })
    const { bytesOnDisk } = vault.figures()
    await vault.close()
    const seen: OpenProgress[] = []
    const again = await open(log, { onProgress: (progress: OpenProgress) => seen.push(progress) })
    expect(again.all()).toHaveLength(COUNT + 1)
    expect(seen.at(-1)).toEqual({ doneBytes: bytesOnDisk, totalBytes: bytesOnDisk })
    for (let index = 1; index < seen.length; index += 1)
      expect(seen[index]!.doneBytes).toBeGreaterThanOrEqual(seen[index - 1]!.doneBytes)
    for (const { doneBytes, totalBytes } of seen) expect(doneBytes).toBeLessThanOrEqual(totalBytes)
    await again.close()
  })
})

test('ST18: other work gets its turn again and again while a store opens, an index is built and a snapshot is written', async () => {
  const clock = slowClock()
  try {
    const opening = countTurns()
    const vault = await open(memoryLog(copyMemoryDisk(disk)))
    expect(opening.end()).toBeGreaterThan(3)
    const indexing = countTurns()
    const found = await vault.records.find({ selector: { collectionName: 'labs' }, sort: [{ date: 'asc' }] }).exec()
    expect(indexing.end()).toBeGreaterThan(3)
    expect(found).toHaveLength(Array.from({ length: COUNT }, (_, index) => record(index)).filter(isLab).length)
    const compacting = countTurns()
    await vault.compact()
    expect(compacting.end()).toBeGreaterThan(3)
    await vault.close()
  } finally {
    clock.mockRestore()
  }
})

/** A clock on which every look takes 7 ms: as on a slow machine, and the same on each. */
function slowClock() {
  let time = 0
  return vi.spyOn(performance, 'now').mockImplementation(() => (time += 7))
}

function isLab({ collectionName }: { collectionName: string }): boolean {
  return collectionName === 'labs'
}

test('ST18: opening can be given up before and in the middle, and nothing stays open or changed', async () => {
  const early = new AbortController()
  early.abort(new Error('not now'))
  await expect(open(memoryLog(copyMemoryDisk(disk)), { signal: early.signal })).rejects.toThrow('not now')
  const middle = new AbortController()
  let steps = 0
  const onProgress = () => {
    steps += 1
    if (steps === 2) middle.abort(new Error('enough'))
  }
  const own = copyMemoryDisk(disk)
  const clock = slowClock()
  await expect(open(memoryLog(own), { signal: middle.signal, onProgress })).rejects.toThrow('enough')
  clock.mockRestore()
  expect(own.entries).toHaveLength(disk.entries.length)
  const vault = await open(memoryLog(own))
  expect(vault.all()).toHaveLength(COUNT)
  await vault.close()
})

test('ST6: an index that is being built while rows are written, changed and removed ends up right', async () => {
  const vault = await open(memoryLog(copyMemoryDisk(disk)))
  const ids = async (sort: 'asc' | 'desc') =>
    (await vault.records.find({ selector: { code: { $gte: '' } }, sort: [{ code: sort }, { id: sort }] }).exec()).map(
      ({ id }) => id,
    )
  const building = ids('asc')
  const writing = (async () => {
    for (let round = 0; round < 5; round += 1) {
      await vault.commit({
        records: [
          ...Array.from({ length: 40 }, (_, index) => storedRecord(`new-${round}-${index}`, { code: `${index}` })),
          ...Array.from({ length: 30 }, (_, index) => storedRecord(`${round * 100 + index}`, { code: 'changed' })),
        ],
        remove: [`s.${4_000 + round}`],
      })
    }
    await vault.purge({ streams: ['none'] })
  })()
  await Promise.all([building, writing])
  const expected = vault
    .all()
    .toSorted((a, b) => (a.code === b.code ? (a.id < b.id ? -1 : 1) : a.code.padEnd(80) < b.code.padEnd(80) ? -1 : 1))
    .map(({ id }) => id)
  expect(await ids('asc')).toEqual(expected)
  expect(await ids('desc')).toEqual(expected.toReversed())
  await vault.close()
})

test('ST18: figures tell what is on the disk and in memory', async () => {
  const vault = await open(memoryLog(copyMemoryDisk(disk)))
  const before = vault.figures()
  expect(before).toMatchObject({ sequence: COUNT / 500 + 1, segments: 0, documents: COUNT, deleted: 0, rows: 0 })
  expect(before.entries).toBe(COUNT / 500 + 1)
  expect(before.bytesPerDocument).toBeGreaterThan(JSON.stringify(record(0)).length)
  await vault.records.find({ selector: { stream: 's' } }).exec()
  expect(vault.figures().bytesHeld).toBeGreaterThan(before.bytesHeld)
  await vault.close()
  const home = await openAccountStore({ name: 'h', key, log: memoryLog() })
  if (home.type !== 'home') throw new Error(home.type)
  await home.commit({ sync: [{ table: 't', key: 'k', value: 1 }] })
  expect(home.figures()).toMatchObject({ rows: 1, documents: 0, bytesPerDocument: 0, entries: 2 })
  await home.close()
})
