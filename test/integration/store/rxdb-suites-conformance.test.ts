/**
 * RxDB's storage interface method by method: the same calls on the sealed storage, on RxDB's memory storage and on its
 * Dexie storage give the same answers. Where the sealed one differs, the table in packages/store/README.md says so:
 * rxdb-suites-deviations.test.ts. What is kept over a restart is tested next to the storage itself.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "rxdb" }
 */
import {
  getChangedDocumentsSince,
  type EventBulk,
  type MangoQuery,
  type RxStorageChangeEvent,
  type RxStorageInstance,
} from 'rxdb'
import { describe, expect, test } from 'vitest'
import {
  answers,
  insert,
  item,
  itemSchema,
  newStorages,
  paramsOf,
  prepared,
  preparedAsItIs,
  refusal,
  sameAnswer,
  update,
  type Instance,
  type Item,
  type Stored,
} from './rxdb-suites-storages.ts'

const few = [item('a', 1), item('b', 5, { group: 'h' }), item('c', 3), item('d', 3, { group: 'h' })]

describe('createStorageInstance', () => {
  test('ST6: an instance tells what it was opened with', async () => {
    const seen = await sameAnswer(async ({ collectionName, options, schema }) => ({ collectionName, options, schema }))
    expect(seen).toEqual({ collectionName: 'items', options: {}, schema: itemSchema })
  })

  test.each([{ keyCompression: true }, { encrypted: ['group'] }])(
    'ST6: a schema that needs a wrapper around the storage is refused: %o',
    async (extra) => {
      const refusals = await Promise.all(
        Object.values(newStorages).map((newStorage) => {
          const params = { ...paramsOf(), schema: { ...itemSchema, ...extra } }
          return refusal(() => newStorage().createStorageInstance(params as never))
        }),
      )
      expect(new Set(refusals).size).toBe(1)
      expect(refusals[0]).not.toBe('went through')
    },
  )

  test('ST6: the storage tells its name and the version of RxDB', () => {
    const versions = new Set(Object.values(newStorages).map((newStorage) => newStorage().rxdbVersion))
    expect(versions.size).toBe(1)
    expect(newStorages['sealed on Dexie']!().name).toBe('sealed')
  })
})

describe('bulkWrite', () => {
  test('ST6: inserts, edits, deletes and inserts again answer no error', async () => {
    const [one, two] = [item('a', 1), item('a', 2, { height: 2 })]
    const [gone, back] = [item('a', 2, { height: 3, deleted: true }), item('a', 7, { height: 4 })]
    const seen = await sameAnswer(async (instance) => {
      const errors = [
        await instance.bulkWrite([insert(one)], 'w1'),
        await instance.bulkWrite([update(one, two)], 'w2'),
        await instance.bulkWrite([update(two, gone)], 'w3'),
        await instance.bulkWrite([update(gone, back)], 'w4'),
      ]
      return { errors, found: await instance.findDocumentsById(['a'], true) }
    })
    expect(seen).toEqual({ errors: [1, 2, 3, 4].map(() => ({ error: [] })), found: [back] })
  })

  test('ST6: a write on a revision that is not the newest is a conflict with what is stored; the rest is written', async () => {
    const [stored, other] = [item('a', 1), item('b', 2)]
    const stale = update(item('a', 9, { height: 8 }), item('a', 2, { height: 9 }))
    const again = insert(item('a', 3))
    const seen = await sameAnswer(async (instance) => {
      await instance.bulkWrite([insert(stored)], 'first')
      const { error } = await instance.bulkWrite([stale, again, insert(other)], 'second')
      return { error, found: await instance.findDocumentsById(['a', 'b'], false) }
    })
    expect(seen.found).toEqual([stored, other])
    expect(seen.error).toMatchObject([
      { isError: true, status: 409, documentId: 'a', documentInDb: stored, writeRow: stale },
      { isError: true, status: 409, documentId: 'a', documentInDb: stored, writeRow: again },
    ])
  })

  test('ST6: a document that is first seen deleted is kept, and may live again', async () => {
    const [gone, back] = [item('a', 1, { deleted: true }), item('a', 2, { height: 2 })]
    const seen = await sameAnswer(async (instance) => [
      await instance.bulkWrite([insert(gone)], 'deleted'),
      await instance.findDocumentsById(['a'], true),
      await instance.bulkWrite([update(gone, back)], 'again'),
      await instance.findDocumentsById(['a'], false),
    ])
    expect(seen).toEqual([{ error: [] }, [gone], { error: [] }, [back]])
  })

  test('ST6: what is passed in is not changed', async () => {
    await sameAnswer(async (instance) => {
      const rows = [insert(item('a', 1)), insert(item('b', 1))]
      const before = structuredClone(rows)
      await instance.bulkWrite(rows, 'write')
      await instance.bulkWrite([insert(item('a', 1))], 'conflict')
      expect(rows).toEqual(before)
      return true
    })
  })
})

describe('findDocumentsById', () => {
  test('ST6: finds what is there, deleted ones on demand, in the order of the ids', async () => {
    const gone = item('b', 1, { deleted: true })
    const seen = await sameAnswer(async (instance) => {
      await instance.bulkWrite([insert(item('a', 1)), insert(gone), insert(item('c', 3))], 'write')
      return [
        await instance.findDocumentsById(['c', 'nobody', 'b', 'a'], false),
        await instance.findDocumentsById(['c', 'nobody', 'b', 'a'], true),
        await instance.findDocumentsById([], true),
      ]
    })
    expect(seen).toEqual([[item('c', 3), item('a', 1)], [item('c', 3), gone, item('a', 1)], []])
  })
})

const queries: Record<string, MangoQuery<Item>> = {
  everything: {},
  'a value that is indexed': { selector: { group: 'h' } },
  'a range with an order': { selector: { size: { $gte: 2, $lt: 5 } }, sort: [{ size: 'asc' }, { group: 'asc' }] },
  'the other way round': { selector: {}, sort: [{ size: 'desc' }, { id: 'desc' }] },
  'a page': { selector: {}, sort: [{ size: 'asc' }], skip: 1, limit: 2 },
  'a page past the end': { selector: {}, sort: [{ id: 'asc' }], skip: 10, limit: 2 },
  'no row at all': { selector: {}, sort: [{ id: 'asc' }], limit: 0 },
  'one of two': { selector: { $or: [{ id: 'a' }, { group: 'h' }] } },
  'none of them': { selector: { $nor: [{ group: 'g' }, { size: 3 }] } },
  'a text pattern': { selector: { id: { $regex: '^[ab]$' } } },
  'a list': { selector: { group: { $in: ['h', 'x'] }, size: { $ne: 3 } } },
  'a field that is not there': { selector: { nothing: { $exists: false } } as never },
}

describe('query', () => {
  test.each(Object.entries(queries))('ST6: answers %s', async (_name, query) => {
    const gone = item('z', 3, { deleted: true, group: 'h' })
    await sameAnswer(async (instance) => {
      await instance.bulkWrite([...few, gone].map(insert), 'write')
      const { documents } = await instance.query(prepared(query))
      expect(documents.some(({ id }) => id === 'z')).toBe(false)
      return documents
    })
  })
})

test('ST6: a query that does not leave out deleted documents gets them', async () => {
  const gone = item('z', 3, { deleted: true })
  const found = await sameAnswer(async (instance) => {
    await instance.bulkWrite([item('a', 1), gone].map(insert), 'write')
    const { documents } = await instance.query(preparedAsItIs({ selector: { size: { $gt: 0 } } }))
    return documents
  })
  expect(found).toEqual([item('a', 1), gone])
})

describe('count', () => {
  test.each(Object.entries(queries).filter(([, { limit }]) => limit === undefined))(
    'ST6: counts %s',
    async (_name, query) => {
      const counted = await answers(async (instance) => {
        await instance.bulkWrite(few.map(insert), 'write')
        const { count } = await instance.count(prepared(query))
        expect(count).toBe((await instance.query(prepared(query))).documents.length)
        return count
      })
      expect(new Set(Object.values(counted)).size).toBe(1)
    },
  )

  test('ST6: a count is told as a fast one, as in memory', async () => {
    const counted = await answers((instance) => instance.count(prepared({ selector: { size: { $ne: 3 } } })))
    const modes = Object.fromEntries(Object.entries(counted).map(([name, { mode }]) => [name, mode]))
    expect(modes).toMatchObject({ memory: 'fast', 'sealed on node:sqlite': 'fast', 'sealed on Dexie': 'fast' })
  })
})

/** Pages of two until the end; the checkpoints stay with the storage. */
async function changedPages(instance: Instance): Promise<string[][]> {
  const pages: string[][] = []
  for (let checkpoint: unknown; ;) {
    const page = await getChangedDocumentsSince(instance, 2, checkpoint as never)
    pages.push(page.documents.map(({ id, size, _deleted }) => `${id}${size}${_deleted ? ' deleted' : ''}`))
    checkpoint = page.checkpoint
    if (page.documents.length < 2) return pages
  }
}

describe('getChangedDocumentsSince', () => {
  test('ST7: gives each changed document once, as it is now, in the order of the last changes', async () => {
    const pages = await sameAnswer(async (instance) => {
      const [a, b, c] = ['a', 'b', 'c'].map((id, index) => item(id, 1, { lwt: 1_000 + index }))
      await instance.bulkWrite([a!, b!, c!].map(insert), 'write')
      await instance.bulkWrite([update(a!, item('a', 2, { height: 2, lwt: 1_010 }))], 'write')
      await instance.bulkWrite([update(b!, item('b', 1, { height: 2, lwt: 1_020, deleted: true }))], 'write')
      return changedPages(instance)
    })
    expect(pages).toEqual([['c1', 'a2'], ['b1 deleted']])
  })

  test('ST7: at the end a checkpoint gives itself again', async () => {
    await sameAnswer(async (instance) => {
      await instance.bulkWrite([insert(item('a', 1))], 'write')
      const { checkpoint } = await getChangedDocumentsSince(instance, 5)
      expect(await getChangedDocumentsSince(instance, 5, checkpoint)).toEqual({ documents: [], checkpoint })
      return true
    })
  })
})

type Bulk = EventBulk<RxStorageChangeEvent<Stored>, unknown>

/** Puts what the instance tells into a list. */
function listen(instance: RxStorageInstance<Item, unknown, unknown>) {
  const bulks: Bulk[] = []
  const subscription = instance.changeStream().subscribe((bulk) => bulks.push(bulk as Bulk))
  return { bulks, stop: () => subscription.unsubscribe() }
}

describe('changeStream', () => {
  test('ST6: tells inserts, edits and deletions with what was before, and refused rows not at all', async () => {
    const [one, two, gone] = [item('a', 1), item('a', 2, { height: 2 }), item('a', 2, { height: 3, deleted: true })]
    const bulks = await sameAnswer(async (instance) => {
      const { bulks: heard, stop } = listen(instance)
      await instance.bulkWrite([insert(one), insert(item('b', 1))], 'inserted')
      await instance.bulkWrite([update(one, two), insert(item('b', 9))], 'edited')
      await instance.bulkWrite([insert(item('b', 8))], 'refused')
      await instance.bulkWrite([update(two, gone)], 'deleted')
      await instance.bulkWrite([insert(item('c', 1, { deleted: true }))], 'never lived')
      await instance.bulkWrite([update(gone, item('a', 5, { height: 4 }))], 'lives again')
      stop()
      await instance.bulkWrite([insert(item('d', 1))], 'nobody listens')
      expect(heard.every(({ id }) => typeof id === 'string' && id.length > 0)).toBe(true)
      // Ids are drawn at random, and checkpoints are the storage's own.
      return heard.map(({ context, events }) => ({ context, events }))
    })
    const short = bulks.map(({ context, events }) => [
      context,
      ...events.map(({ operation, documentId }) => `${operation} ${documentId}`),
    ])
    expect(short).toEqual([
      ['inserted', 'INSERT a', 'INSERT b'],
      ['edited', 'UPDATE a'],
      ['deleted', 'DELETE a'],
      ['lives again', 'INSERT a'],
    ])
    expect(bulks[1]!.events[0]).toMatchObject({ documentData: two, previousDocumentData: one })
  })

  test('ST7: the checkpoint of a bulk leads to what comes after it', async () => {
    await sameAnswer(async (instance) => {
      const { bulks } = listen(instance)
      await instance.bulkWrite([insert(item('a', 1, { lwt: 1_000 }))], 'one')
      await instance.bulkWrite([insert(item('b', 1, { lwt: 1_001 }))], 'two')
      const { documents } = await getChangedDocumentsSince(instance, 5, bulks[0]!.checkpoint as never)
      expect(documents.map(({ id }) => id)).toEqual(['b'])
      return true
    })
  })
})

/** Calls cleanup until it says that all is done. */
async function cleanUp(instance: Instance, minimumDeletedTime: number): Promise<void> {
  for (let isDone = false; !isDone;) isDone = await instance.cleanup(minimumDeletedTime)
}

describe('cleanup', () => {
  test('ST6: takes away what has been deleted long enough, and says when it is done', async () => {
    const lately = Date.now()
    const seen = await sameAnswer(async (instance) => {
      const old = item('old', 1, { deleted: true, lwt: 1_000 })
      const late = item('late', 1, { deleted: true, lwt: lately })
      await instance.bulkWrite([old, late, item('live', 1)].map(insert), 'write')
      await cleanUp(instance, 60_000)
      return (await instance.findDocumentsById(['old', 'late', 'live'], true)).map(({ id }) => id)
    })
    expect(seen).toEqual(['late', 'live'])
  })

  test('ST6: what was cleaned up may be inserted as new', async () => {
    const seen = await sameAnswer(async (instance) => {
      await instance.bulkWrite([insert(item('a', 1, { deleted: true }))], 'write')
      await cleanUp(instance, 0)
      return (await instance.bulkWrite([insert(item('a', 2))], 'again')).error
    })
    expect(seen).toEqual([])
  })
})

describe('close and remove', () => {
  test('ST12: closing twice is one closing', async () => {
    await sameAnswer(async (instance) => {
      await Promise.all([instance.close(), instance.close()])
      await instance.close()
      return true
    })
  })

  test.each(Object.entries(newStorages))(
    'ST6: a removed instance is empty when it is opened again, and its neighbour is not: %s',
    async (_name, newStorage) => {
      const storage = newStorage()
      const params = paramsOf()
      const neighbour = await storage.createStorageInstance<Item>({ ...params, collectionName: 'others' })
      const first = await storage.createStorageInstance<Item>(params)
      await neighbour.bulkWrite([insert(item('a', 1))], 'write')
      await first.bulkWrite([insert(item('a', 1))], 'write')
      await first.remove()
      const again = await storage.createStorageInstance<Item>(params)
      expect(await again.findDocumentsById(['a'], true)).toEqual([])
      expect(await neighbour.findDocumentsById(['a'], true)).toHaveLength(1)
      await again.close()
      await neighbour.close()
    },
  )

  test('ST6: a removed instance refuses to be written and removed', async () => {
    const seen = await answers(async (instance) => {
      await instance.remove()
      const write = () => instance.bulkWrite([insert(item('a', 1))], 'write')
      return [await refusal(write), await refusal(() => instance.remove())].includes('went through')
    })
    expect(seen).toEqual({ memory: false, dexie: false, 'sealed on node:sqlite': false, 'sealed on Dexie': false })
  })
})
