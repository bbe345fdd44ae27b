/**
 * The sealed storage against RxDB's own memory storage: the same random operations, the same answers, with the sealed one
 * closed, compacted, crashed and opened in between. CHARTKEEP_RUNS=<number> for more than 1,000 runs, CHARTKEEP_SEED for others.
 */
import { randomBytes } from '@chartkeep/crypto'
import { getRxStorageSealed } from '@chartkeep/store'
import * as fc from 'fast-check'
import { createRxDatabase, type MangoQuery, type RxCollection, type RxDatabase, type RxJsonSchema } from 'rxdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { expect, test } from 'vitest'
import { copyMemoryDisk, createMemoryDisk, memoryLog, type MemoryDisk } from '../../support/memory-log.ts'
import { seeded } from '../../support/seeded.ts'

interface Item {
  id: string
  group: string
  size: number
  text: string
}
const schema: RxJsonSchema<Item> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 4 },
    group: { type: 'string', maxLength: 4 },
    size: { type: 'integer', minimum: 0, maximum: 9, multipleOf: 1 },
    text: { type: 'string' },
  },
  required: ['id', 'group', 'size', 'text'],
  indexes: ['group', ['size', 'group']],
}

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const item = fc.record({
  id,
  group: fc.constantFrom('', 'x', 'y', 'é', 'xx'),
  size: fc.integer({ min: 0, max: 9 }),
  text: fc.string({ maxLength: 3, unit: 'grapheme' }),
})
const order = fc.constantFrom('asc' as const, 'desc' as const)
const query: fc.Arbitrary<MangoQuery<Item>> = fc.record(
  {
    selector: fc.constantFrom(
      {},
      { group: 'x' },
      { group: { $in: ['x', 'y'] } },
      { size: { $gt: 3 } },
      { size: { $gte: 2, $lt: 7 }, group: { $ne: 'y' } },
      { $or: [{ group: '' }, { size: 5 }] },
      { text: { $regex: '^[a-m]' } },
    ),
    sort: fc.oneof(
      fc.tuple(order).map(([way]) => [{ size: way }, { id: 'asc' as const }]),
      fc.tuple(order).map(([way]) => [{ group: way }, { size: 'asc' as const }, { id: way }]),
    ),
    skip: fc.integer({ min: 0, max: 3 }),
    limit: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: ['selector', 'sort'] },
) as fc.Arbitrary<MangoQuery<Item>>

const step = fc.oneof(
  fc.record({ type: fc.constant('insert' as const), item }),
  fc.record({ type: fc.constant('bulkInsert' as const), items: fc.uniqueArray(item, { selector: (i) => i.id }) }),
  fc.record({ type: fc.constant('upsert' as const), item }),
  fc.record({ type: fc.constant('patch' as const), id, size: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ type: fc.constant('remove' as const), ids: fc.uniqueArray(id, { maxLength: 3 }) }),
  fc.record({ type: fc.constant('query' as const), query }),
  fc.record({ type: fc.constant('count' as const), query }),
  // Enough rows at once to go into the indexes by blocks; the second time they are updates.
  fc.record({
    type: fc.constant('many' as const),
    size: fc.integer({ min: 0, max: 9 }),
    every: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ type: fc.constant('reopen' as const) }),
  fc.record({ type: fc.constant('compact' as const) }),
  fc.record({ type: fc.constant('crash' as const), turns: fc.integer({ min: 0, max: 6 }) }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Does one step and tells what came back, so that two collections can be compared. */
async function answerOf(items: RxCollection<Item>, action: Step): Promise<unknown> {
  switch (action.type) {
    case 'insert':
      return items.insert(action.item).then(
        (document) => document.toJSON(),
        (error: { code?: string }) => error.code,
      )
    case 'bulkInsert': {
      const { success, error } = await items.bulkInsert(action.items)
      return [success.map((document) => document.toJSON()), error.map(({ status, documentId }) => [status, documentId])]
    }
    case 'upsert':
      return (await items.incrementalUpsert(action.item)).toJSON()
    case 'patch': {
      const document = await items.findOne(action.id).exec()
      return document && (await document.incrementalPatch({ size: action.size })).toJSON()
    }
    case 'remove': {
      const { success } = await items.bulkRemove(action.ids)
      // RxDB puts what it has in its document cache first; which that is differs after opening again.
      return success.map((document) => document.id).sort()
    }
    case 'query':
      return (await items.find(action.query).exec()).map((document) => document.toJSON())
    case 'count': {
      const { selector } = action.query
      return items.count(selector ? { selector } : {}).exec()
    }
    case 'many': {
      const made = Array.from({ length: 60 }, (_, index) => ({
        id: `m${index}`,
        group: index % 2 === 0 ? 'x' : 'xx',
        size: (action.size + index) % 10,
        text: `${action.size}`,
      }))
      const { success } = await items.bulkUpsert(made.filter((_, index) => index % action.every === 0))
      return success.map((document) => document.toJSON()).sort((a, b) => (a.id < b.id ? -1 : 1))
    }
    case 'reopen':
    case 'compact':
    case 'crash':
      return null
  }
}

let databases = 0
async function openItems(storage: ReturnType<typeof getRxStorageSealed> | ReturnType<typeof getRxStorageMemory>) {
  const database: RxDatabase = await createRxDatabase({
    name: `items${(databases += 1)}`,
    storage: storage as ReturnType<typeof getRxStorageMemory>,
    multiInstance: false,
    allowSlowCount: true,
  })
  const { items } = await database.addCollections({ items: { schema } })
  return { database, items: items as RxCollection<Item> }
}

/**
 * Plays one list of steps on both storages; throws where they differ. `diskAfterClose` is what the sealed one
 * finds when it opens again.
 */
async function playOnBoth(
  steps: Step[],
  liveQuery: MangoQuery<Item>,
  diskAfterClose: (disk: MemoryDisk) => MemoryDisk,
): Promise<void> {
  const key = randomBytes(32)
  let disk = createMemoryDisk()
  let storage = getRxStorageSealed({ key, log: memoryLog(disk) })
  const openSealed = () => {
    storage = getRxStorageSealed({ key, log: memoryLog(disk) })
    return openItems(storage)
  }
  const memory = await openItems(getRxStorageMemory())
  let sealed = await openSealed()
  let live: string[] = []
  const follow = () =>
    sealed.items.find(liveQuery).$.subscribe((found) => (live = found.map((document) => document.id)))
  let subscription = follow()
  try {
    for (const action of steps) {
      if (action.type === 'reopen') {
        subscription.unsubscribe()
        await sealed.database.close()
        disk = diskAfterClose(disk)
        sealed = await openSealed()
        subscription = follow()
      } else if (action.type === 'compact') {
        await storage.compact()
      } else if (action.type === 'crash') {
        // In the middle of a compaction, or after it.
        void storage.compact().catch(() => {})
        for (let turn = 0; turn < action.turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
        const left = copyMemoryDisk(disk)
        subscription.unsubscribe()
        await sealed.database.close()
        disk = diskAfterClose(left)
        sealed = await openSealed()
        subscription = follow()
      }
      expect(await answerOf(sealed.items, action)).toEqual(await answerOf(memory.items, action))
    }
    const expected = (await memory.items.find(liveQuery).exec()).map((document) => document.id)
    for (let waited = 0; live.join() !== expected.join() && waited < 500; waited += 1) {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    expect(live).toEqual(expected)
  } finally {
    subscription.unsubscribe()
    await sealed.database.close()
    await memory.database.remove()
  }
}

const steps = fc.array(step, { minLength: 1, maxLength: 12 })

test('ST6: random operations, queries and live queries are answered as by RxDB’s memory storage', async () => {
  const { seed, numRuns } = seeded(Number(process.env['CHARTKEEP_RUNS'] ?? 1_000))
  const property = fc.asyncProperty(steps, query, (list, liveQuery) => playOnBoth(list, liveQuery, (disk) => disk))
  await fc.assert(property, { seed, numRuns })
}, 3_600_000)

function forgetful(disk: MemoryDisk): MemoryDisk {
  return { ...disk, entries: disk.entries.slice(0, -1) }
}

test('ST6: the comparison catches a planted bug, a log that forgets its last entry', async () => {
  const property = fc.asyncProperty(steps, query, (list, liveQuery) => playOnBoth(list, liveQuery, forgetful))
  const { failed } = await fc.check(property, { seed: 1, numRuns: 1_000, endOnFailure: true })
  expect(failed).toBe(true)
})

function leavingNothing(disk: MemoryDisk): MemoryDisk {
  if (!disk.mark || disk.entries.length > 0) return disk
  // As a program would leave it that forgets a part of its state when it compacts, and reads back what it wrote.
  const emptied = createMemoryDisk()
  return { ...emptied, generation: disk.generation }
}

test('ST6: the comparison catches a planted bug, a compaction that leaves nothing', async () => {
  const property = fc.asyncProperty(steps, query, (list, liveQuery) => playOnBoth(list, liveQuery, leavingNothing))
  const { failed } = await fc.check(property, { seed: 1, numRuns: 1_000, endOnFailure: true })
  expect(failed).toBe(true)
})
