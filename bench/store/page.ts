/**
 * What the benchmark of the store calls inside a page. Runs in the browser only; a page measures one contestant, and
 * opening is measured on a page that has run nothing before.
 */
import { deriveLargeKey, openLarge, sealLarge } from '@chartkeep/crypto'
import { bytesToUtf8, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { dexieLog, openVaultStore } from '@chartkeep/store'
import { Dexie } from 'dexie'
import { benchRecord, benchRecords, collections, mix } from '../support/records.ts'
import {
  KEY,
  SLOT,
  lastAppendBytes,
  openContestant,
  type Contestant,
  type Durability,
  type Opened,
} from './contestants.ts'

const BATCH = 500
const SINGLES = 40

let opened: Opened | null = null
/** Lets the page settle, so that the work of one figure is not counted in the next. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 120))

async function timeOf(work: () => unknown): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

async function timeEach<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> {
  const total = await timeOf(async () => {
    for (const item of items) await work(item)
  })
  return total / items.length
}

const newest = (page: number) => ({
  selector: { collectionName: collections[page % collections.length]! },
  sort: [{ collectionName: 'desc' as const }, { date: 'desc' as const }],
  limit: 50 + page,
})

const oldest = (page: number) => ({
  selector: { collectionName: collections[page % collections.length]!, date: { $gte: `20${14 + (page % 12)}-03` } },
  sort: [{ collectionName: 'asc' as const }, { date: 'asc' as const }],
  limit: 50,
})

const api = {
  /** Inserts `size` records in batches of 500, and closes unless the contestant lives in memory. Stops after `limitMs`. */
  async insert(contestant: Contestant, size: number, durability: Durability, limitMs: number) {
    opened = await openContestant(contestant, durability)
    let insertMs = 0
    let jsonBytes = 0
    for (let first = 0; first < size; first += BATCH) {
      const records = benchRecords(first, Math.min(BATCH, size - first))
      jsonBytes += JSON.stringify(records).length
      const { records: collection } = opened
      try {
        insertMs += await timeOf(async () => {
          const { error } = await collection.bulkInsert(records)
          if (error.length > 0) throw new Error(`${error.length} records were refused`)
        })
      } catch (error) {
        return { stopped: `${error instanceof Error ? error.name : 'an error'} after ${first} records` }
      }
      if (insertMs > limitMs) return { stopped: `over ${limitMs / 1000} s after ${first + BATCH} records` }
    }
    if (contestant !== 'memory') {
      await opened.database.close()
      opened = null
    }
    return { insertMs, jsonBytes }
  },

  /** Compacts what the sealed store wrote: the same log, opened as the app does. Milliseconds of the compaction alone. */
  async compact(): Promise<number> {
    const vault = await openVaultStore({ name: 'bench', key: KEY, log: dexieLog(SLOT) })
    if (vault.type !== 'vault') throw new Error(`the store does not open: ${vault.type}`)
    const took = await timeOf(() => vault.compact())
    await vault.close()
    return took
  },

  /** Milliseconds until the first record is found. */
  async open(contestant: Contestant): Promise<number> {
    if (opened) return Number.NaN
    return timeOf(async () => {
      opened = await openContestant(contestant, 'strict')
      if (!(await opened.records.findOne(benchRecord(0).id).exec())) throw new Error('the first record is missing')
    })
  },

  /** Milliseconds of the first query: where indexes are built on demand it builds one. */
  first(): Promise<number> {
    return timeOf(() => opened!.records.find({ ...newest(1), limit: 7 }).exec())
  },

  /**
   * Milliseconds of one operation each, the mean of a row of different ones: a page's clock is too coarse for a single
   * one, and RxDB answers a question that it knows from its cache.
   */
  async read(size: number): Promise<Record<'byId' | 'oldest' | 'newest' | 'count' | 'all', number>> {
    const { records } = opened!
    const ids = Array.from({ length: 100 }, (_, turn) => benchRecord(mix(turn + 11) % size).id)
    const pages = Array.from({ length: 16 }, (_, page) => page)
    const byId = await timeEach(ids, (id) => records.findOne(id).exec())
    await settle()
    const inOrder = await timeEach(pages, (page) => records.find(oldest(page)).exec())
    await settle()
    const sorted = await timeEach(pages, (page) => records.find(newest(page)).exec())
    await settle()
    const count = await timeEach(collections, (collectionName) =>
      records.count({ selector: { collectionName } }).exec(),
    )
    await settle()
    const all = await timeOf(async () => {
      const found = await records.find().exec()
      if (found.length !== size) throw new Error(`${found.length} of ${size} found`)
    })
    return { byId, oldest: inOrder, newest: sorted, count, all }
  },

  /**
   * Single inserts, strict, in turns with a raw Dexie `add` of as many bytes, strict too; single patches; batches of 500
   * more, now that queries have been asked. The raw row is one sealed blob under a number: no log can do less.
   */
  async write(contestant: Contestant, size: number): Promise<Record<'batch' | 'single' | 'raw' | 'patch', number[]>> {
    const { records } = opened!
    const result = { batch: [] as number[], single: [] as number[], raw: [] as number[], patch: [] as number[] }
    const raw = new Dexie('raw', { chromeTransactionDurability: 'strict', cache: 'disabled' })
    raw.version(1).stores({ a: 'n' })
    await raw.open()
    for (let turn = 0; turn < SINGLES; turn += 1) {
      const record = benchRecord(size + turn)
      const ours = () => timeOf(() => records.insert(record))
      const bytes = crypto.getRandomValues(new Uint8Array(lastAppendBytes || 1_000))
      const theirs = () => timeOf(() => raw.table('a').add({ n: turn, s: bytes }))
      // Who goes second finds a disk that has just been written to: they take turns.
      if (turn % 2 === 0) result.single.push(await ours())
      result.raw.push(await theirs())
      if (turn % 2 === 1) result.single.push(await ours())
    }
    for (let turn = 0; turn < SINGLES; turn += 1) {
      const document = (await records.findOne(benchRecord(mix(turn) % size).id).exec())!
      result.patch.push(await timeOf(() => document.incrementalPatch({ status: `amended ${turn}` })))
    }
    // One batch at the small size: the quota of localstorage ends at 2,000 records.
    for (let turn = 0; turn < (size >= 10_000 ? 4 : 1); turn += 1) {
      const more = benchRecords(size + SINGLES + turn * BATCH, BATCH)
      result.batch.push(await timeOf(() => records.bulkInsert(more)))
    }
    if (contestant !== 'memory') await opened!.database.close()
    raw.close()
    return result
  },

  /** Writes what {@link floor} reads: the same records as blobs of 500, sealed as the store's snapshots are, and nothing else. */
  async writeFloor(size: number): Promise<void> {
    const db = floorDatabase()
    const key = await floorKey()
    for (let first = 0; first < size; first += BATCH) {
      const documents = benchRecords(first, Math.min(BATCH, size - first)).map(stored)
      await db.table('a').add({ n: first, s: await sealLarge(key, utf8ToBytes(JSON.stringify(documents))) })
    }
    db.close()
  },

  /** The least that any sealed store does at opening: read the blobs, open the seals, parse the JSON. */
  async floor(size: number): Promise<number> {
    const db = floorDatabase()
    let parsed = 0
    const took = await timeOf(async () => {
      const key = await floorKey()
      for (let first = 0; first < size; first += 16 * BATCH) {
        const rows = (await db
          .table('a')
          .where('n')
          .between(first, first + 16 * BATCH)
          .toArray()) as { s: Uint8Array }[]
        for (const { s } of rows) parsed += (JSON.parse(bytesToUtf8((await openLarge(key, s))!)!) as unknown[]).length
      }
    })
    if (parsed !== size) throw new Error(`${parsed} of ${size} read`)
    db.close()
    return took
  },
}

const floorKey = () => deriveLargeKey(KEY, 'bench', new Uint8Array(16))

function floorDatabase(): Dexie {
  const db = new Dexie('floor', { cache: 'disabled' })
  db.version(1).stores({ a: 'n' })
  return db
}

/** A record with the fields that RxDB adds to it on the disk. */
function stored(record: object): object {
  return { ...record, _deleted: false, _attachments: {}, _meta: { lwt: 1_774_000_000_000.01 }, _rev: '1-abcdefghij' }
}

export type StorePage = typeof api
Object.assign(window, { api, ready: true })
