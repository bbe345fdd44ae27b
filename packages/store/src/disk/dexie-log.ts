/**
 * The sealed log in IndexedDB, by Dexie: browsers and Electron's renderer.
 *
 * Appending goes past Dexie: its entries and the check of the generation are one raw transaction of the wanted durability, whose requests are all
 * made at once. Table names carry no meaning: a = entries, b = quarantined entries, c = the writer's generation and the snapshot's mark, d =
 * segments.
 */
import { Dexie } from 'dexie'
import { watchConnection, type TroubleListener } from './disk-trouble.ts'
import {
  StaleWriterError,
  type Durability,
  type LogEntry,
  type LogSegment,
  type SealedLog,
  type SnapshotMark,
} from './sealed-log.ts'

/** How many entries one read fetches: bounds the memory of opening, costs one round trip each. */
const PAGE_LENGTH = 32
/** The same for segments, which are larger. */
const SEGMENT_PAGE_LENGTH = 4
/** Keys in table c. */
const GENERATION = 0
const SNAPSHOT = 1
/** The key of a segment in table d is snapshot id * this + index. */
const MAX_SEGMENTS = 2 ** 20

interface Row {
  n: number
  s: Uint8Array
}

/** Where IndexedDB comes from when it is not the global one (Node, by fake-indexeddb). */
export interface DexieLogOptions {
  indexedDB?: IDBFactory
  IDBKeyRange?: typeof IDBKeyRange
  /** Hears of what no call waits for: a connection closed from outside, an opening that another tab blocks. */
  onTrouble?: TroubleListener
}

/**
 * A log in the IndexedDB database `name`. Nothing is opened or created before the first use.
 * @param name - visible on the disk, so it must carry no meaning: use {@link createSlotName}
 */
export function dexieLog(name: string, options: DexieLogOptions = {}): SealedLog {
  let connection: Dexie | null = null

  function connect(): Dexie {
    if (connection) return connection
    const db = new Dexie(name, { ...options, chromeTransactionDurability: 'strict', cache: 'disabled' })
    db.version(1).stores({ a: 'n', b: '++', c: '' })
    db.version(2).stores({ d: '' })
    watchConnection(db, options.onTrouble)
    connection = db
    return db
  }

  return {
    claim() {
      const db = connect()
      return db.transaction('rw!', ['c', 'd'], async () => {
        const generation = ((await db.table<number>('c').get(GENERATION)) ?? 0) + 1
        await db.table<number>('c').put(generation, GENERATION)
        await keepSegmentsOf(db, (await markOf(db))?.id ?? 0)
        return generation
      })
    },
    async snapshot() {
      return (await markOf(connect())) ?? null
    },
    async *loadSegments() {
      const db = connect()
      const mark = await markOf(db)
      if (!mark) return
      const page = (from: number) =>
        ahead(segmentsOf(db, mark.id, from, Math.min(from + SEGMENT_PAGE_LENGTH, mark.segments)))
      let next = page(0)
      for (let from = 0; from < mark.segments; from += SEGMENT_PAGE_LENGTH) {
        const found = await next
        if (from + SEGMENT_PAGE_LENGTH < mark.segments) next = page(from + SEGMENT_PAGE_LENGTH)
        yield* found
      }
    },
    async *load() {
      const table = connect().table<Row, number>('a')
      const last = ((await table.toCollection().lastKey()) ?? 0) as number
      const page = (from: number) =>
        ahead(table.where('n').between(from, last, false, true).limit(PAGE_LENGTH).toArray())
      let next = page(0)
      for (let from = 0; from < last;) {
        const rows = await next
        from = rows.at(-1)?.n ?? last
        if (from < last) next = page(from)
        for (const { n, s } of rows) yield { number: n, sealed: s }
      }
    },
    async tailSize() {
      return { entries: await connect().table('a').count(), bytes: null }
    },
    async append(generation, entries, durability) {
      const db = connect()
      // Dexie opens what was never open, and refuses what was let go for good (disk-trouble.ts).
      if (!db.isOpen()) await db.table('c').count()
      await appendAtOnce(db.backendDB(), generation, entries, durability)
    },
    stage(generation, id, { index, sealed }) {
      const db = connect()
      return db.transaction('rw!', ['c', 'd'], async () => {
        await checkGeneration(db, generation)
        await db.table<Uint8Array>('d').add(exactBytes(sealed), id * MAX_SEGMENTS + index)
      })
    },
    unstage(generation) {
      const db = connect()
      return db.transaction('rw!', ['c', 'd'], async () => {
        await checkGeneration(db, generation)
        await keepSegmentsOf(db, (await markOf(db))?.id ?? 0)
      })
    },
    replace(generation, mark) {
      const db = connect()
      return db.transaction('rw!', ['a', 'c', 'd'], async () => {
        await checkGeneration(db, generation)
        const first = mark.id * MAX_SEGMENTS
        const staged = await db
          .table('d')
          .where(':id')
          .between(first, first + mark.segments)
          .count()
        if (staged !== mark.segments) throw new Error('a staged segment is missing')
        await db.table<SnapshotMark>('c').put(mark, SNAPSHOT)
        await keepSegmentsOf(db, mark.id)
        await db.table<Row, number>('a').where('n').belowOrEqual(mark.through).delete()
      })
    },
    setAside(generation, number) {
      const db = connect()
      return db.transaction('rw!', ['a', 'b', 'c'], async () => {
        await checkGeneration(db, generation)
        const row = await db.table<Row, number>('a').get(number)
        if (!row) return
        await db.table<Row>('b').add(row)
        await db.table<Row, number>('a').delete(number)
      })
    },
    async aside(): Promise<LogEntry[]> {
      const rows = await connect().table<Row>('b').toArray()
      return rows.map(({ n, s }) => ({ number: n, sealed: s }))
    },
    close() {
      connection?.close()
      connection = null
      return Promise.resolve()
    },
    async destroy() {
      connection?.close()
      connection = null
      await new Dexie(name, { ...options }).delete()
    },
  }
}

async function checkGeneration(db: Dexie, generation: number): Promise<void> {
  if ((await db.table<number>('c').get(GENERATION)) !== generation) throw new StaleWriterError()
}

/** An aborted transaction stores nothing, so the check may run together with the writes that depend on it. */
function appendAtOnce(
  database: IDBDatabase,
  generation: number,
  entries: readonly LogEntry[],
  durability: Durability,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(['a', 'c'], 'readwrite', { durability })
    let isStale = false
    const check: IDBRequest<unknown> = transaction.objectStore('c').get(GENERATION)
    check.addEventListener('success', () => {
      isStale = check.result !== generation
      if (isStale) transaction.abort()
    })
    const table = transaction.objectStore('a')
    for (const { number, sealed } of entries) table.add({ n: number, s: exactBytes(sealed) } satisfies Row)
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => {
      reject(isStale ? new StaleWriterError() : (transaction.error ?? new Error('the disk ended the transaction')))
    })
  })
}

function markOf(db: Dexie): PromiseLike<SnapshotMark | undefined> {
  return db.table<SnapshotMark>('c').get(SNAPSHOT)
}

/** Takes away the segments of every other snapshot, older or staged. */
async function keepSegmentsOf(db: Dexie, id: number): Promise<void> {
  const first = id * MAX_SEGMENTS
  await db.table('d').where(':id').below(first).delete()
  await db
    .table('d')
    .where(':id')
    .aboveOrEqual(first + MAX_SEGMENTS)
    .delete()
}

/** The segments from index `from` to before `to`; those that are not there are left out. */
async function segmentsOf(db: Dexie, id: number, from: number, to: number): Promise<LogSegment[]> {
  const keys = Array.from({ length: to - from }, (_, index) => id * MAX_SEGMENTS + from + index)
  const found = await db.table<Uint8Array | undefined>('d').bulkGet(keys)
  return found.flatMap((sealed, index) => (sealed ? [{ index: from + index, sealed }] : []))
}

/** Reads a page while the previous page is processed. When that fails, nobody waits for this page. */
function ahead<T>(page: PromiseLike<T>): Promise<T> {
  const reading = Promise.resolve(page)
  reading.catch(() => {})
  return reading
}

/** A structured clone takes the whole buffer behind a view; this is the view's part alone. */
function exactBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()
}
