/**
 * Where the sealed storage differs from RxDB's own: each row of the table "What differs" in packages/store/README.md, by
 * its words, with the answers of both sides; and that the table has no other row.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "rxdb-deviations" }
 */
import { readFileSync } from 'node:fs'
import { randomBytes } from '@chartkeep/crypto'
import { createSlotName, dexieLog, getRxStorageSealed } from '@chartkeep/store'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { getChangedDocumentsSince, type RxStorageInstanceCreationParams } from 'rxdb'
import { expect, test } from 'vitest'
import {
  answers,
  insert,
  item,
  newStorages,
  paramsOf,
  prepared,
  refusal,
  type Instance,
  type Item,
} from './rxdb-suites-storages.ts'

/** The same answer of the sealed storage on both logs, next to those of RxDB's storages. */
const sides = <M, D, S>(memory: M, dexie: D, sealed: S) => ({
  memory,
  dexie,
  'sealed on node:sqlite': sealed,
  'sealed on Dexie': sealed,
})

/** What comes of opening an instance with other parameters than the usual ones. */
async function opening(change: Partial<RxStorageInstanceCreationParams<Item, unknown>>) {
  const found: Record<string, string> = {}
  for (const [name, newStorage] of Object.entries(newStorages)) {
    const params = { ...paramsOf(), ...change } as RxStorageInstanceCreationParams<Item, unknown>
    found[name] = await refusal(() => newStorage().createStorageInstance<Item>(params))
  }
  return found
}

const deviations: Record<string, () => Promise<void>> = {
  async '`multiInstance: true` is refused'() {
    const message = 'the sealed storage needs multiInstance: false'
    expect(await opening({ multiInstance: true })).toEqual(sides('went through', 'went through', message))
  },

  async 'attachments are refused'() {
    const { schema } = paramsOf()
    const message = 'the sealed storage keeps no RxDB attachments'
    const opened = await opening({ schema: { ...schema, attachments: {} } })
    expect(opened).toEqual(sides('went through', 'went through', message))
    const read = await answers((instance) => refusal(() => instance.getAttachmentData('a', 'file', 'digest')))
    expect(read).toMatchObject({ 'sealed on node:sqlite': message, 'sealed on Dexie': message })
  },

  async 'one storage serves one database'() {
    const message = 'a sealed storage serves one database'
    for (const [name, newStorage] of Object.entries(newStorages)) {
      const storage = newStorage()
      await storage.createStorageInstance<Item>(paramsOf())
      const second = await refusal(() => storage.createStorageInstance<Item>(paramsOf()))
      expect(second, name).toBe(name.startsWith('sealed') ? message : 'went through')
    }
  },

  async 'checkpoints are `{ sequence }`'() {
    const seen = await answers(async (instance) => {
      await instance.bulkWrite(
        ['b', 'a'].map((id) => insert(item(id, 1))),
        'at the same time',
      )
      const { documents, checkpoint } = await getChangedDocumentsSince(instance, 5)
      return { ids: documents.map(({ id }) => id), checkpoint }
    })
    const byClock = { ids: ['a', 'b'], checkpoint: { id: 'b', lwt: 1_000 } }
    expect(seen).toEqual(sides(byClock, byClock, { ids: ['b', 'a'], checkpoint: { sequence: 2 } }))

    // What it is for: a write of a clock that was restored is seen by RxDB's cursor never, by ours next.
    const after = await answers(async (instance) => {
      await instance.bulkWrite([insert(item('a', 1, { lwt: 60_000 }))], 'clock 60 s fast')
      const { checkpoint } = await getChangedDocumentsSince(instance, 5)
      await instance.bulkWrite([insert(item('b', 1, { lwt: 1_000 }))], 'clock put right')
      return (await getChangedDocumentsSince(instance, 5, checkpoint)).documents.map(({ id }) => id)
    })
    expect(after).toEqual(sides([], [], ['b']))
  },

  async 'two rows of one id in one batch'() {
    const seen = await answers(async (instance) => {
      const rows = [insert(item('a', 1)), insert(item('a', 2))]
      const outcome = await instance.bulkWrite(rows, 'write').catch(() => null)
      const { documents } = await instance.query(prepared({}))
      return { errors: outcome?.error.map(({ status }) => status), sizes: documents.map(({ size }) => size) }
    })
    expect(seen['memory']).toEqual({ errors: [], sizes: expect.arrayContaining([1, 2]) })
    expect(seen['sealed on node:sqlite']).toEqual({ errors: [409], sizes: [1] })
    expect(seen['sealed on Dexie']).toEqual({ errors: [409], sizes: [1] })
  },

  async '`cleanup` does all of its work at once'() {
    const seen = await answers(async (instance) => {
      const gone = Array.from({ length: 300 }, (_, index) => insert(item(`${index}`, 1, { deleted: true })))
      await instance.bulkWrite(gone, 'write')
      const isDone = await instance.cleanup(0)
      return { isDone, left: (await instance.findDocumentsById(['0', '150', '299'], true)).length }
    })
    expect(seen['sealed on node:sqlite']).toEqual({ isDone: true, left: 0 })
    expect(seen['sealed on Dexie']).toEqual({ isDone: true, left: 0 })

    // And it is written: opened again, they stay away.
    const key = randomBytes(32)
    const [name, indexedDB] = [createSlotName(), new IDBFactory()]
    const params = paramsOf()
    const open = () =>
      getRxStorageSealed({ key, log: dexieLog(name, { indexedDB, IDBKeyRange }) }).createStorageInstance<Item>(params)
    const first = await open()
    await first.bulkWrite([insert(item('a', 1, { deleted: true })), insert(item('b', 1))], 'write')
    await first.cleanup(0)
    await first.close()
    const again = await open()
    expect((await again.findDocumentsById(['a', 'b'], true)).map(({ id }) => id)).toEqual(['b'])
    await again.close()
  },

  async 'a closed instance refuses every call'() {
    const calls: ((instance: Instance) => Promise<unknown>)[] = [
      (instance) => instance.bulkWrite([insert(item('b', 1))], 'write'),
      (instance) => instance.findDocumentsById(['a'], true),
      (instance) => instance.query(prepared({})),
      (instance) => instance.count(prepared({ selector: { group: 'g' } })),
      (instance) => instance.cleanup(0),
      (instance) => instance.remove(),
    ]
    for (const call of calls) {
      const seen = await answers(async (instance) => {
        await instance.bulkWrite([insert(item('a', 1))], 'write')
        await instance.close()
        return refusal(() => call(instance))
      })
      expect(seen['sealed on node:sqlite']).toBe('this storage instance is closed')
      expect(seen['sealed on Dexie']).toBe('this storage instance is closed')
    }
    const afterwards = await answers(async (instance) => {
      await instance.bulkWrite([insert(item('a', 1))], 'write')
      await instance.close()
      return refusal(() => instance.findDocumentsById(['a'], true))
    })
    expect(afterwards['memory']).toBe('went through')
  },

  async '`internals` is empty'() {
    const seen = await answers(async ({ internals }) => Object.keys(await Promise.resolve(internals as object)).length)
    expect(seen['memory']).toBeGreaterThan(0)
    expect(seen).toMatchObject({ 'sealed on node:sqlite': 0, 'sealed on Dexie': 0 })
  },

  async 'all documents are in memory'() {
    // Once opened it answers without the disk: a log whose entries are gone does not matter to a read.
    const indexedDB = new IDBFactory()
    const log = dexieLog(createSlotName(), { indexedDB, IDBKeyRange })
    const instance = await getRxStorageSealed({ key: randomBytes(32), log }).createStorageInstance<Item>(paramsOf())
    await instance.bulkWrite([insert(item('a', 1))], 'write')
    await log.destroy()
    expect(await instance.findDocumentsById(['a'], false)).toEqual([item('a', 1)])
  },
}

test.each(Object.entries(deviations))('ST6: what differs: %s', async (_row, show) => show())

test('ST6: what differs is all in the table of the README, and nothing else is', () => {
  const readme = readFileSync(new URL('../../../packages/store/README.md', import.meta.url), 'utf8')
  const [, section] = /What differs from RxDB[^\n]*\n([\s\S]*?)\n## /.exec(readme)!
  const rows = [...section!.matchAll(/^\| (.+?) +\|/gm)]
    .map(([, words]) => words!)
    .filter((words) => /[a-z]/.test(words))
  expect(rows).toEqual(Object.keys(deviations))
})
