/** getRxStorageSealed as any RxDB user meets it, and its storage interface underneath. */
import { randomBytes } from '@chartkeep/crypto'
import { getRxStorageSealed, SealedStoreError } from '@chartkeep/store'
import type { SealedCheckpoint } from '@chartkeep/store/testing'
import { createRxDatabase, fillWithDefaultSettings, type RxJsonSchema, type RxStorageInstance } from 'rxdb'
import { expect, test } from 'vitest'
import { createMemoryDisk, memoryLog, type MemoryDisk } from '../../support/memory-log.ts'

interface Note {
  id: string
  text: string
}
const schema: RxJsonSchema<Note> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id: { type: 'string', maxLength: 20 }, text: { type: 'string' } },
  required: ['id', 'text'],
}
const key = randomBytes(32)
let databases = 0

async function openDatabase(disk: MemoryDisk, name = `notes${(databases += 1)}`) {
  const storage = getRxStorageSealed({ key, log: memoryLog(disk) })
  const database = await createRxDatabase({ name, storage, multiInstance: false })
  const { notes } = await database.addCollections({ notes: { schema } })
  return { database, notes: notes! }
}

type Instance = RxStorageInstance<Note, unknown, unknown, SealedCheckpoint>

async function openInstance(disk: MemoryDisk): Promise<Instance> {
  const storage = getRxStorageSealed({ key, log: memoryLog(disk) })
  return storage.createStorageInstance<Note>({
    databaseInstanceToken: 't',
    databaseName: 'd',
    collectionName: 'notes',
    schema: fillWithDefaultSettings(schema),
    options: {},
    multiInstance: false,
    devMode: false,
  }) as unknown as Promise<Instance>
}

function stored(id: string, text: string, { rev = '1-a', deleted = false, lwt = 1 } = {}) {
  return { id, text, _deleted: deleted, _rev: rev, _meta: { lwt }, _attachments: {} }
}

test('ST6: a database is written, closed and read again', async () => {
  const disk = createMemoryDisk()
  const { database, notes } = await openDatabase(disk)
  await notes.bulkInsert([
    { id: 'a', text: 'one' },
    { id: 'b', text: 'two' },
  ])
  await (await notes.findOne('a').exec())!.patch({ text: 'changed' })
  await (await notes.findOne('b').exec())!.remove()
  await database.close()
  const again = await openDatabase(disk)
  expect((await again.notes.find().exec()).map((note) => note.toJSON())).toEqual([{ id: 'a', text: 'changed' }])
  await again.database.close()
})

test('ST6: a removed database leaves an empty log', async () => {
  const disk = createMemoryDisk()
  const { database, notes } = await openDatabase(disk)
  await notes.insert({ id: 'a', text: 'one' })
  await database.remove()
  expect(disk).toEqual(createMemoryDisk())
})

test('ST6: a removed collection is gone after opening again, the others stay', async () => {
  const disk = createMemoryDisk()
  const { database, notes } = await openDatabase(disk)
  const { others } = await database.addCollections({ others: { schema } })
  await notes.insert({ id: 'a', text: 'one' })
  await others!.insert({ id: 'a', text: 'other' })
  await notes.remove()
  await database.close()
  const again = await openDatabase(disk)
  const reopened = await again.database.addCollections({ others: { schema } })
  expect(await again.notes.count().exec()).toBe(0)
  expect(await reopened.others!.count().exec()).toBe(1)
  await again.database.close()
})

test('ST4: a wrong key is told by the error that createRxDatabase throws', async () => {
  const disk = createMemoryDisk()
  await (await openDatabase(disk)).database.close()
  const storage = getRxStorageSealed({ key: randomBytes(32), log: memoryLog(disk) })
  const opening = createRxDatabase({ name: 'wrong', storage, multiInstance: false })
  await expect(opening).rejects.toThrow(SealedStoreError)
  await expect(opening).rejects.toMatchObject({ failure: { type: 'wrong-key' } })
})

test('ST8: multiInstance and attachments are refused with a reason', async () => {
  const first = getRxStorageSealed({ key, log: memoryLog() })
  await expect(createRxDatabase({ name: 'multi', storage: first })).rejects.toThrow('multiInstance')
  const storage = getRxStorageSealed({ key, log: memoryLog() })
  const database = await createRxDatabase({ name: 'files', storage, multiInstance: false })
  const withFiles = { files: { schema: { ...schema, attachments: {} } } }
  await expect(database.addCollections(withFiles)).rejects.toThrow('attachments')
  await database.close()
})

test('ST6: one storage serves one database', async () => {
  const storage = getRxStorageSealed({ key, log: memoryLog() })
  const database = await createRxDatabase({ name: 'first', storage, multiInstance: false })
  await expect(createRxDatabase({ name: 'second', storage, multiInstance: false })).rejects.toThrow('one database')
  await database.close()
  const second = await createRxDatabase({ name: 'second', storage, multiInstance: false })
  await second.close()
})

test('ST6: rows that conflict are answered with what is stored, the others are written', async () => {
  const disk = createMemoryDisk()
  const instance = await openInstance(disk)
  await instance.bulkWrite([{ document: stored('a', 'one') }], 'test')
  const before = disk.entries.length
  const { error } = await instance.bulkWrite(
    [
      { document: stored('a', 'two') },
      { document: stored('b', 'new') },
      { previous: stored('a', 'x', { rev: '1-z' }), document: stored('a', 'three', { rev: '2-a' }) },
    ],
    'test',
  )
  expect(error.map(({ status, documentId }) => [status, documentId])).toEqual([
    [409, 'a'],
    [409, 'a'],
  ])
  expect(error[0]).toMatchObject({ documentInDb: { text: 'one' } })
  expect(disk.entries.length).toBe(before + 1)
  await instance.bulkWrite([{ document: stored('b', 'again') }], 'test')
  expect(disk.entries.length).toBe(before + 1)
  await instance.close()
  const again = await openInstance(disk)
  const found = await again.findDocumentsById(['a', 'b'], false)
  expect(found.map(({ text }) => text)).toEqual(['one', 'new'])
  await again.close()
})

test('ST6: of two rows of one id in one batch the second is a conflict', async () => {
  const instance = await openInstance(createMemoryDisk())
  const { error } = await instance.bulkWrite(
    [{ document: stored('a', 'one') }, { document: stored('a', 'two') }],
    'test',
  )
  expect(error).toMatchObject([{ status: 409, documentId: 'a', documentInDb: { text: 'one' } }])
  expect((await instance.findDocumentsById(['a'], false)).map(({ text }) => text)).toEqual(['one'])
  await instance.close()
})

test('ST7: changed documents come in the order of the log, page by page, deleted ones too, after opening too', async () => {
  const disk = createMemoryDisk()
  let instance = await openInstance(disk)
  await instance.bulkWrite(
    ['a', 'b', 'c'].map((id) => ({ document: stored(id, '1') })),
    'test',
  )
  await instance.bulkWrite([{ previous: stored('a', '1'), document: stored('a', '2', { rev: '2-a' }) }], 'test')
  const gone = stored('b', '2', { rev: '2-a', deleted: true })
  await instance.bulkWrite([{ previous: stored('b', '1'), document: gone }], 'test')
  for (let round = 0; round < 2; round += 1) {
    const pages: string[][] = []
    let checkpoint: SealedCheckpoint | undefined
    for (;;) {
      const page = await instance.getChangedDocumentsSince!(2, checkpoint)
      checkpoint = page.checkpoint
      pages.push(page.documents.map(({ id, text, _deleted }) => `${id}${text}${_deleted}`))
      if (page.documents.length < 2) break
    }
    expect(pages).toEqual([['c1false', 'a2false'], ['b2true']])
    expect(await instance.getChangedDocumentsSince!(10, checkpoint)).toEqual({ documents: [], checkpoint })
    await instance.close()
    instance = await openInstance(disk)
  }
  await instance.close()
})

test('ST7: a clock that steps back hides no later write from a cursor', async () => {
  const disk = createMemoryDisk()
  const first = await openInstance(disk)
  await first.bulkWrite([{ document: stored('a', 'clock 60 s fast', { lwt: 60_000 }) }], 'test')
  const { checkpoint } = await first.getChangedDocumentsSince!(10)
  await first.bulkWrite([{ document: stored('b', 'clock put right', { lwt: 1_000 }) }], 'test')
  await first.close()
  const again = await openInstance(disk)
  const { documents } = await again.getChangedDocumentsSince!(10, checkpoint)
  expect(documents.map(({ id }) => id)).toEqual(['b'])
  await again.close()
})

test('ST7: the checkpoint of an event names exactly what came before it', async () => {
  const instance = await openInstance(createMemoryDisk())
  const checkpoints: SealedCheckpoint[] = []
  instance.changeStream().subscribe((bulk) => checkpoints.push(bulk.checkpoint))
  await instance.bulkWrite([{ document: stored('a', '1') }, { document: stored('b', '1') }], 'test')
  await instance.bulkWrite([{ document: stored('c', '1') }], 'test')
  expect((await instance.getChangedDocumentsSince!(9, checkpoints[0])).documents.map(({ id }) => id)).toEqual(['c'])
  expect((await instance.getChangedDocumentsSince!(9, checkpoints[1])).documents).toEqual([])
  await instance.close()
})

test('ST6: cleanup forgets old deleted documents for good, and no others', async () => {
  const disk = createMemoryDisk()
  const instance = await openInstance(disk)
  await instance.bulkWrite(
    [
      { document: stored('old', '', { deleted: true, lwt: 5 }) },
      { document: stored('fresh', '', { deleted: true, lwt: Date.now() }) },
      { document: stored('live', '', { lwt: 5 }) },
    ],
    'test',
  )
  expect(await instance.cleanup(60_000)).toBe(true)
  const before = disk.entries.length
  expect(await instance.cleanup(60_000)).toBe(true)
  expect(disk.entries.length).toBe(before)
  const all = ['old', 'fresh', 'live']
  expect((await instance.findDocumentsById(all, true)).map(({ id }) => id)).toEqual(['fresh', 'live'])
  expect((await instance.getChangedDocumentsSince!(9)).documents.map(({ id }) => id)).toEqual(['fresh', 'live'])
  await instance.close()
  const again = await openInstance(disk)
  expect((await again.findDocumentsById(all, true)).map(({ id }) => id)).toEqual(['fresh', 'live'])
  await again.close()
})

test('ST12: a closed instance refuses to read and to write', async () => {
  const instance = await openInstance(createMemoryDisk())
  await instance.close()
  await instance.close()
  await expect(instance.bulkWrite([{ document: stored('a', '1') }], 'test')).rejects.toThrow('closed')
  await expect(instance.findDocumentsById(['a'], true)).rejects.toThrow('closed')
})

test('ST1: writes asked for at once are done in their order', async () => {
  const disk = createMemoryDisk()
  const { database, notes } = await openDatabase(disk)
  const inserted = Array.from({ length: 30 }, (_, index) => notes.insert({ id: `n${index}`, text: `${index}` }))
  await Promise.all(inserted)
  const document = (await notes.findOne('n0').exec())!
  const edits = Array.from({ length: 10 }, (_, index) => document.incrementalPatch({ text: `edit ${index}` }))
  await Promise.all(edits)
  await database.close()
  const again = await openDatabase(disk)
  expect(await again.notes.count().exec()).toBe(30)
  expect((await again.notes.findOne('n0').exec())!.text).toBe('edit 9')
  await again.database.close()
})

test('ST14: an RxDB user’s database is compacted, keeps tombstones until cleanup, and tells its figures', async () => {
  const disk = createMemoryDisk()
  const storage = getRxStorageSealed({ key, log: memoryLog(disk), compaction: { floorBytes: Infinity } })
  expect(storage.figures()).toBeNull()
  await expect(storage.compact()).rejects.toThrow('no database is open')
  const database = await createRxDatabase({ name: 'compacted', storage, multiInstance: false })
  const { notes } = await database.addCollections({ notes: { schema } })
  await notes!.bulkInsert(['a', 'b', 'c'].map((id) => ({ id, text: id })))
  await notes!.bulkRemove(['a', 'b'])
  await storage.compact()
  expect(disk.entries).toEqual([])
  expect(storage.figures()).toMatchObject({ compactions: 1, deleted: 2, entries: 0 })
  await database.close()
  expect(storage.figures()).toBeNull()

  const opened: number[] = []
  const again = getRxStorageSealed({ key, log: memoryLog(disk), onProgress: ({ doneBytes }) => opened.push(doneBytes) })
  const second = await createRxDatabase({ name: 'compacted', storage: again, multiInstance: false })
  const reopened = await second.addCollections({ notes: { schema } })
  expect(opened.at(-1)).toBeGreaterThan(0)
  expect((await reopened.notes!.find().exec()).map(({ id }) => id)).toEqual(['c'])
  const instance = reopened.notes!.storageInstance
  expect(await instance.findDocumentsById(['a', 'b'], true)).toHaveLength(2)
  await instance.cleanup(0)
  await again.compact()
  await second.close()
  const third = await openDatabase(disk, 'compacted')
  expect(await third.notes.storageInstance.findDocumentsById(['a', 'b', 'c'], true)).toHaveLength(1)
  await third.database.close()

  const given = new AbortController()
  given.abort(new Error('given up'))
  const aborted = getRxStorageSealed({ key, log: memoryLog(disk), signal: given.signal })
  await expect(createRxDatabase({ name: 'compacted', storage: aborted, multiInstance: false })).rejects.toThrow(
    'given up',
  )
})
