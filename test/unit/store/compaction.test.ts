/** Compaction: what a snapshot keeps, when it runs, what continues meanwhile, and what is left when it does not end. */
import { randomBytes } from '@chartkeep/crypto'
import {
  EraseDelayedError,
  openAccountStore,
  openVaultStore,
  type AccountStore,
  type SealedLog,
  type VaultStore,
} from '@chartkeep/store'
import { StaleWriterError, type CompactionRules } from '@chartkeep/store/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { bytesOnDisk, copyMemoryDisk, createMemoryDisk, memoryLog, type MemoryDisk } from '../../support/memory-log.ts'
import { canBeRead } from '../../support/sealed-bytes.ts'
import { storedRecord } from '../../support/stored-record.ts'

const key = randomBytes(32)
const NEVER: CompactionRules = { floorBytes: Infinity }

async function open(disk: MemoryDisk, compaction = NEVER, log = memoryLog(disk)): Promise<VaultStore> {
  const vault = await openVaultStore({ name: 'vault', key, log, compaction })
  if (vault.type !== 'vault') throw new Error(JSON.stringify(vault))
  return vault
}

async function openHome(disk: MemoryDisk, compaction = NEVER): Promise<AccountStore> {
  const home = await openAccountStore({ name: 'home', key, log: memoryLog(disk), compaction })
  if (home.type !== 'home') throw new Error(JSON.stringify(home))
  return home
}

/** All that a vault tells, in the order in which it tells it. */
async function everything(vault: VaultStore): Promise<unknown> {
  return {
    sequence: vault.sequence,
    records: await vault.records.storageInstance.getChangedDocumentsSince!(100_000),
    audit: await vault.audit.storageInstance.getChangedDocumentsSince!(100_000),
    tables: ['t', 'u', 'empty'].map((table) => [...vault.sync.all(table)]),
  }
}

/** Commits, edits, removals and returns, over a few streams. */
async function live(vault: VaultStore, from: number, count: number): Promise<void> {
  for (let step = from; step < from + count; step += 1) {
    const doc = `${(step * 7) % 23}`
    const stream = `stream${step % 3}`
    await vault.commit({
      records: [storedRecord(doc, { stream, title: `${step} 血` }), storedRecord(`x${step}`, { stream })],
      audit: [storedRecord(`a${step}`, { collectionName: 'audit' })],
      sync: [
        { table: 't', key: `${step % 5}`, value: { step, bytes: Uint8Array.of(step & 255) } },
        { table: 'u', key: `${step}`, value: step % 4 === 0 ? null : [`${step}`] },
      ],
    })
    if (step % 4 === 1) await vault.commit({ remove: [`${stream}.${doc}`] })
    if (step % 6 === 2) await vault.records.insert(storedRecord(`typed${step}`, { stream }))
  }
}

test('ST14: a compacted vault opens to exactly what it held: records, tombstones, order of changes, sync rows', async () => {
  const disk = createMemoryDisk()
  const vault = await open(disk)
  await live(vault, 0, 40)
  const before = await everything(vault)
  await vault.compact()
  expect(disk.entries).toEqual([])
  expect(await everything(vault)).toEqual(before)
  await vault.close()
  const again = await open(disk)
  expect(await everything(again)).toEqual(before)
  await live(again, 40, 20)
  const later = await everything(again)
  await again.compact()
  await live(again, 60, 5)
  const last = await everything(again)
  expect(last).not.toEqual(later)
  await again.close()
  const third = await open(disk)
  expect(await everything(third)).toEqual(last)
  expect(disk.entries.length).toBeGreaterThan(0)
  await third.close()
})

test('ST14: writes continue while a snapshot is staged, and none of them is lost or doubled', async () => {
  const disk = createMemoryDisk()
  const inner = memoryLog(disk)
  let duringStage: (() => Promise<void>) | null = null
  const log: SealedLog = {
    ...inner,
    async stage(generation, id, segment) {
      await duringStage?.()
      await inner.stage(generation, id, segment)
    },
  }
  const vault = await open(disk, NEVER, log)
  const resource = JSON.stringify({ note: 'x'.repeat(2_000) })
  for (let batch = 0; batch < 5; batch += 1) {
    await vault.commit({
      records: Array.from({ length: 100 }, (_, index) => storedRecord(`${batch}-${index}`, { resource })),
    })
  }
  let written = 0
  duringStage = async () => {
    written += 1
    await vault.commit({
      records: [storedRecord(`0-${written}`, { title: 'meanwhile' })],
      remove: [`s.1-${written}`],
      sync: [{ table: 't', key: 'written', value: written }],
    })
  }
  await vault.compact()
  expect(written).toBeGreaterThan(3)
  expect(disk.entries).toHaveLength(written)
  const state = await everything(vault)
  await vault.close()
  const again = await open(disk)
  expect(await everything(again)).toEqual(state)
  expect(again.read('s.0-1')?.title).toBe('meanwhile')
  expect(again.read('s.1-1')).toBeNull()
  expect(again.sync.get('t', 'written')).toBe(written)
  await again.close()
})

test('ST14: a snapshot costs at most 1.3 times the JSON bytes of the documents', async () => {
  const disk = createMemoryDisk()
  const vault = await open(disk)
  const records = Array.from({ length: 3_000 }, (_, index) =>
    storedRecord(`${index}`, {
      resource: JSON.stringify({ resourceType: 'Observation', n: index, note: 'y'.repeat(300) }),
    }),
  )
  for (let first = 0; first < records.length; first += 500) {
    await vault.commit({ records: records.slice(first, first + 500) })
    await vault.commit({ records: records.slice(first, first + 500) })
  }
  await vault.compact()
  const json = records.reduce((sum, record) => sum + JSON.stringify(record).length, 0)
  const { bytesOnDisk: bytes, segments, documents, bytesPerDocument } = vault.figures()
  expect(bytes).toBe(bytesOnDisk(disk).reduce((sum, { length }) => sum + length, 0))
  expect(bytes / json).toBeLessThan(1.3)
  expect(segments).toBeGreaterThan(5)
  expect(documents).toBe(3_000)
  expect(bytesPerDocument).toBeGreaterThan(json / 3_000)
  await vault.close()
})

test('ST14: it runs by itself when the tail is heavier than the snapshot and the floor, and not before', async () => {
  const disk = createMemoryDisk()
  const home = await openHome(disk, { floorBytes: 100_000, quietMs: 5 })
  const put = (index: number) => home.commit({ sync: [{ table: 't', key: `${index % 10}`, value: index }] })
  for (let index = 0; index < 20; index += 1) await put(index)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(home.figures()).toMatchObject({ compactions: 0, segments: 0 })
  for (let index = 20; index < 60; index += 1) await put(index)
  await expect.poll(() => home.figures().compactions).toBe(1)
  expect(disk.entries.length).toBeLessThan(10)
  expect(home.sync.get('t', '9')).toBe(59)
  await home.close()
  const again = await openHome(disk)
  expect([...again.sync.all('t').values()]).toEqual([50, 51, 52, 53, 54, 55, 56, 57, 58, 59])
  await again.close()
})

test('ST14: what runs by itself pauses while something is written, what was asked for does not', async () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1_000)
  onTestFinished(() => clock.mockRestore())
  const disk = createMemoryDisk()
  const staged = vi.fn()
  const log = memoryLog(disk)
  const watched: SealedLog = {
    ...log,
    async stage(...given) {
      await log.stage(...given)
      staged()
    },
  }
  const vault = await open(disk, { floorBytes: 100_000, quietMs: 5 }, watched)
  const put = () => vault.commit({ records: [storedRecord('1')] })
  for (let index = 0; index < 60; index += 1) await put()
  // No time has passed since the last write, however long this takes.
  await vi.waitFor(() => expect(staged).toHaveBeenCalled())
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(vault.figures().compactions).toBe(0)
  clock.mockReturnValue(2_000)
  await vi.waitFor(() => expect(vault.figures().compactions).toBe(1))
  await put()
  await vault.compact()
  expect(vault.figures()).toMatchObject({ compactions: 2, entries: 0 })
  await vault.close()
})

test('ST14: a writer that never waits for anything else does not keep compaction from its work', async () => {
  const disk = createMemoryDisk()
  const vault = await open(disk, { floorBytes: 1_000, quietMs: 1 })
  for (let index = 0; index < 1_500; index += 1) await vault.commit({ records: [storedRecord(`${index % 20}`)] })
  expect(vault.figures().compactions).toBeGreaterThan(2)
  expect(disk.entries.length).toBeLessThan(1_000)
  await vault.close()
})

test('ST14: a tail that was too heavy when the store closed is compacted after the next opening', async () => {
  const disk = createMemoryDisk()
  const home = await openHome(disk)
  for (let index = 0; index < 60; index += 1) await home.commit({ sync: [{ table: 't', key: 'k', value: index }] })
  await home.close()
  expect(disk.entries).toHaveLength(61)
  const again = await openHome(disk, { floorBytes: 50_000, quietMs: 1 })
  await expect.poll(() => disk.entries.length).toBe(0)
  expect(again.sync.get('t', 'k')).toBe(59)
  await again.close()
})

test('ST14: compactions asked for at once are never two at a time, and each caller waits for one that began after its call', async () => {
  const disk = createMemoryDisk()
  const home = await openHome(disk)
  await home.commit({ sync: [{ table: 't', key: 'k', value: 1 }] })
  const first = home.compact()
  const second = (async () => {
    await home.commit({ sync: [{ table: 't', key: 'k', value: 2 }] })
    await home.compact()
    expect(disk.entries).toEqual([])
  })()
  await Promise.all([first, second, home.compact(), home.compact()])
  expect(home.figures().compactions).toBeLessThanOrEqual(3)
  expect(new Set(disk.segments.map(({ id }) => id)).size).toBe(1)
  await home.close()
})

test('ST14: a disk that refuses leaves the old state, writing continues, and the next try succeeds', async () => {
  const disk = createMemoryDisk()
  const vault = await open(disk)
  await live(vault, 0, 10)
  const state = await everything(vault)
  disk.refuseWith = new Error('the disk is full')
  await expect(vault.compact()).rejects.toThrow('the disk is full')
  disk.refuseWith = null
  expect(disk.segments).toEqual([])
  const reopened = await open(copyMemoryDisk(disk))
  expect(await everything(reopened)).toEqual(state)
  await reopened.close()
  await vault.commit({ records: [storedRecord('after')] })
  await vault.compact()
  expect(disk.entries).toEqual([])
  expect(vault.read('s.after')).not.toBeNull()
  await vault.close()
})

test('ST12: closing gives up a compaction that runs by itself, and waits for one that was asked for', async () => {
  for (const asked of [true, false]) {
    const disk = createMemoryDisk()
    const inner = memoryLog(disk)
    let staged = 0
    const log: SealedLog = {
      ...inner,
      async stage(generation, id, segment) {
        staged += 1
        await new Promise((resolve) => setTimeout(resolve, 5))
        await inner.stage(generation, id, segment)
      },
    }
    const vault = await open(disk, asked ? NEVER : { floorBytes: 100_000, quietMs: 0 }, log)
    const resource = 'x'.repeat(100_000)
    await vault.commit({ records: Array.from({ length: 40 }, (_, index) => storedRecord(`${index}`, { resource })) })
    const compacting = asked ? vault.compact() : null
    await expect.poll(() => staged, { interval: 1 }).toBeGreaterThan(1)
    await vault.close()
    await compacting
    expect(disk.mark === null).toBe(!asked)
    expect(disk.segments.length > 0).toBe(asked)
    const again = await open(disk)
    expect(again.all()).toHaveLength(40)
    await again.close()
  }
})

test('ST8: a writer that was taken over can neither stage nor replace', async () => {
  const disk = createMemoryDisk()
  const asleep = await open(disk)
  await asleep.commit({ records: [storedRecord('1')] })
  const taker = await open(disk)
  await taker.commit({ records: [storedRecord('2')] })
  await expect(asleep.compact()).rejects.toThrow(StaleWriterError)
  await expect(asleep.commit({ records: [storedRecord('3')] })).rejects.toThrow(StaleWriterError)
  expect(disk.segments).toEqual([])
  await taker.compact()
  await asleep.close()
  await taker.close()
  const again = await open(disk)
  expect(again.all().map(({ id }) => id)).toEqual(['s.1', 's.2'])
  await again.close()
})

test('ST8: a take-over between staging and replacing leaves the new writer’s state', async () => {
  const disk = createMemoryDisk()
  const inner = memoryLog(disk)
  let taker: VaultStore | null = null
  const log: SealedLog = {
    ...inner,
    async replace(generation, mark) {
      taker = await open(disk)
      await taker.commit({ records: [storedRecord('taken')] })
      await inner.replace(generation, mark)
    },
  }
  const first = await open(disk, NEVER, log)
  await first.commit({ records: [storedRecord('1')] })
  await expect(first.compact()).rejects.toThrow(StaleWriterError)
  await first.close()
  expect(disk.mark).toBeNull()
  expect(taker!.all()).toHaveLength(2)
  await taker!.close()
})

test('ST15: a key whose row is removed with erase is in no entry and no segment any more', async () => {
  const disk = createMemoryDisk()
  const vaultKey = randomBytes(32)
  const home = await openHome(disk)
  await home.commit({ sync: [{ table: 'vaults', key: 'v', value: { key: vaultKey, name: 'A' } }] })
  await home.compact()
  await home.commit({ sync: [{ table: 'vaults', key: 'v', value: { key: vaultKey, name: 'B' } }] })
  await home.commit({ sync: [{ table: 'vaults', key: 'w', value: 'stays' }] })
  expect(await canBeRead(bytesOnDisk(disk), key, vaultKey)).toBe(true)
  await home.commit({ sync: [{ table: 'vaults', key: 'v', value: null }] })
  expect(await canBeRead(bytesOnDisk(disk), key, vaultKey)).toBe(true)
  await home.commit({ sync: [{ table: 'vaults', key: 'v', value: null }], erase: true })
  expect(await canBeRead(bytesOnDisk(disk), key, vaultKey)).toBe(false)
  await home.close()
  const again = await openHome(disk)
  expect([...again.sync.all('vaults')]).toEqual([['w', 'stays']])
  await again.close()
})

test('ST15: an erasure that a crash or a full disk cut short is finished after the next opening', async () => {
  const disk = createMemoryDisk()
  const vaultKey = randomBytes(32)
  const inner = memoryLog(disk)
  const home = await openAccountStore({
    name: 'home',
    key,
    log: { ...inner, stage: () => Promise.reject(new Error('full')) },
    compaction: NEVER,
  })
  if (home.type !== 'home') throw new Error(home.type)
  await home.commit({ sync: [{ table: 'vaults', key: 'v', value: vaultKey }] })
  await expect(home.commit({ sync: [{ table: 'vaults', key: 'v', value: null }], erase: true })).rejects.toThrow(
    EraseDelayedError,
  )
  expect(home.sync.get('vaults', 'v')).toBeUndefined()
  await home.close()
  expect(await canBeRead(bytesOnDisk(disk), key, vaultKey)).toBe(true)
  const again = await openHome(disk, { floorBytes: Infinity, quietMs: 1 })
  await expect.poll(() => canBeRead(bytesOnDisk(disk), key, vaultKey)).toBe(false)
  await again.close()
})

test('ST15: purged streams leave no record, no tombstone, no sync row and no byte in the log', async () => {
  const disk = createMemoryDisk()
  const canary = 'purged-canary'
  const vault = await open(disk)
  const gone = (doc: string) => storedRecord(doc, { stream: 'gone', title: canary, collectionName: 'labs' })
  await vault.commit({
    records: [gone('1'), gone('2'), storedRecord('kept')],
    audit: [gone('a')],
    sync: [
      { table: 'entry.gone', key: '1', value: canary },
      { table: 'entry.kept', key: '1', value: 'kept' },
      { table: 'head', key: 'gone.1', value: canary },
    ],
  })
  await vault.commit({ remove: ['gone.2'] })
  await vault.compact()
  await vault.commit({ records: [{ ...gone('1'), title: `${canary} again` }] })
  const seen: string[][] = []
  const subscription = vault.records.find().$.subscribe((found) => seen.push(found.map(({ id }) => id)))
  await expect.poll(() => seen.at(-1)).toEqual(['gone.1', 's.kept'])
  const changes: unknown[] = []
  vault.changes$.subscribe((change) => changes.push(change))
  await vault.purge({
    streams: ['gone'],
    sync: (table, rowKey) => table === 'entry.gone' || rowKey.startsWith('gone.'),
  })
  await expect.poll(() => seen.at(-1)).toEqual(['s.kept'])
  subscription.unsubscribe()
  expect(changes).toEqual([
    {
      sequence: vault.sequence,
      origin: 'commit',
      records: ['gone.1', 'gone.2'],
      audit: ['gone.a'],
      sync: [
        { table: 'entry.gone', key: '1' },
        { table: 'head', key: 'gone.1' },
      ],
    },
  ])
  expect(await canBeRead(bytesOnDisk(disk), key, canary)).toBe(false)
  expect(await canBeRead(bytesOnDisk(disk), key, 'gone.')).toBe(false)
  expect(await canBeRead(bytesOnDisk(disk), key, 's.kept')).toBe(true)
  for (const collection of [vault.records, vault.audit]) {
    expect(await collection.storageInstance.findDocumentsById(['gone.1', 'gone.2', 'gone.a'], true)).toEqual([])
  }
  expect(vault.figures()).toMatchObject({ documents: 1, deleted: 0, rows: 1, entries: 0 })
  await vault.commit({ records: [gone('1')] })
  expect(await vault.records.count().exec()).toBe(2)
  const state = await everything(vault)
  await vault.close()
  const again = await open(disk)
  expect(await everything(again)).toEqual(state)
  await again.close()
})

test('ST15: what a commit removes with erase leaves no tombstone and no byte', async () => {
  const disk = createMemoryDisk()
  const vault = await open(disk)
  await vault.commit({ records: [storedRecord('1', { title: 'canary one' }), storedRecord('2')] })
  await vault.commit({ remove: ['s.2'] })
  await vault.commit({ remove: ['s.1', 's.2', 'unknown'], sync: [{ table: 't', key: 'k', value: 1 }], erase: true })
  expect(vault.all()).toEqual([])
  expect(vault.figures()).toMatchObject({ documents: 0, deleted: 0, rows: 1 })
  expect(await canBeRead(bytesOnDisk(disk), key, 'canary one')).toBe(false)
  expect(await canBeRead(bytesOnDisk(disk), key, 's.1')).toBe(false)
  await vault.close()
})

test('ST14: where Web Crypto is missing a store writes and opens, and says that it cannot be compacted', async () => {
  const { crypto } = globalThis
  const disk = createMemoryDisk()
  vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes) })
  try {
    const home = await openHome(disk, { floorBytes: 1_000, quietMs: 0 })
    for (let value = 0; value < 20; value += 1) await home.commit({ sync: [{ table: 't', key: 'k', value }] })
    await expect(home.compact()).rejects.toThrow()
    await expect(home.commit({ sync: [{ table: 't', key: 'k', value: null }], erase: true })).rejects.toThrow(
      EraseDelayedError,
    )
    await home.commit({ sync: [{ table: 't', key: 'k', value: 'last' }] })
    await home.close()
    expect(disk.mark).toBeNull()
    const again = await openHome(disk)
    expect(again.sync.get('t', 'k')).toBe('last')
    await again.close()
  } finally {
    vi.unstubAllGlobals()
  }
  // On a page that has it, what was to be erased goes.
  const later = await openHome(disk, { floorBytes: Infinity, quietMs: 0 })
  await expect.poll(() => disk.entries.length).toBe(0)
  await later.close()
})
