/** Stores of an older shape are brought on in one step at opening; stores of a newer one are refused. The shapes here are the test's own. */
import { randomBytes } from '@chartkeep/crypto'
import {
  getRxStorageSealed,
  openVaultStore,
  storedRecordSchema,
  type SealedLog,
  type StoredRecord,
  type VaultStore,
} from '@chartkeep/store'
import type { Migration, VaultShape } from '@chartkeep/store/testing'
import { addRxPlugin, createRxDatabase, type RxJsonSchema } from 'rxdb'
import { RxDBMigrationSchemaPlugin } from 'rxdb/plugins/migration-schema'
import { describe, expect, test } from 'vitest'
import { copyMemoryDisk, createMemoryDisk, memoryLog, type MemoryDisk } from '../../support/memory-log.ts'
import { storedRecord } from '../../support/stored-record.ts'

addRxPlugin(RxDBMigrationSchemaPlugin)
const key = randomBytes(32)
const NEVER = { floorBytes: Infinity }

/** Version 1 keeps the year apart; version 2 leaves out what is entered in error and renames a table. */
const migrations: Migration[] = [
  { document: (fields, collection) => ({ ...fields, status: `${String(fields['date']).slice(0, 4)} ${collection}` }) },
  {
    document: (fields) => (fields['title'] === 'wrong' ? null : { ...fields, title: `v2 ${String(fields['title'])}` }),
    row: ({ table, key: rowKey, value }) =>
      rowKey === 'gone' ? null : { table: table === 't' ? 'renamed' : table, key: rowKey, value },
  },
]

function shapeOf(version: number, steps = migrations): VaultShape {
  return { schema: { ...storedRecordSchema, version }, migrations: steps.slice(0, version) }
}

async function open(disk: MemoryDisk, version: number, log = memoryLog(disk)): Promise<VaultStore> {
  const vault = await openVaultStore({ name: 'v', key, log, compaction: NEVER }, shapeOf(version))
  if (vault.type !== 'vault') throw new Error(JSON.stringify(vault))
  return vault
}

async function oldDisk(isCompacted: boolean): Promise<MemoryDisk> {
  const disk = createMemoryDisk()
  const vault = await open(disk, 0)
  await vault.commit({
    records: [storedRecord('1'), storedRecord('2', { title: 'wrong' }), storedRecord('3'), storedRecord('4')],
    audit: [storedRecord('a', { date: '1999' })],
    sync: [
      { table: 't', key: 'k', value: Uint8Array.of(1) },
      { table: 't', key: 'gone', value: 1 },
      { table: 'u', key: 'k', value: 2 },
    ],
  })
  await vault.commit({ remove: ['s.3'] })
  if (isCompacted) await vault.compact()
  await vault.commit({ records: [storedRecord('1', { title: 'edited' })] })
  await vault.close()
  return disk
}

function expected(): StoredRecord[] {
  return [
    storedRecord('4', { status: '2026 records', title: 'v2 Hemoglobin A1c' }),
    storedRecord('1', { status: '2026 records', title: 'v2 edited' }),
    storedRecord('a', { status: '1999 audit', date: '1999', title: 'v2 Hemoglobin A1c' }),
  ]
}

describe.each([true, false])('a store of version 0, compacted before: %s', (isCompacted) => {
  test('ST17: is brought on over two versions, with order, tombstones and cursors, once and for all', async () => {
    const disk = await oldDisk(isCompacted)
    const vault = await open(disk, 2)
    for (const store of [vault, null]) {
      const opened = store ?? (await open(disk, 2))
      expect(opened.all()).toEqual(expected())
      expect([...opened.sync.all('renamed')]).toEqual([['k', Uint8Array.of(1)]])
      expect([...opened.sync.all('t')]).toEqual([])
      expect([...opened.sync.all('u')]).toEqual([['k', 2]])
      const { documents, checkpoint } = await opened.records.storageInstance.getChangedDocumentsSince!(10)
      expect(documents.map(({ id, _deleted }) => [id, _deleted])).toEqual([
        ['s.4', false],
        ['s.3', true],
        ['s.1', false],
      ])
      expect(checkpoint).toEqual({ sequence: 7 })
      expect(disk.entries).toEqual([])
      expect((await opened.records.find({ selector: { title: 'v2 edited' } }).exec()).map(({ id }) => id)).toEqual([
        's.1',
      ])
      await opened.close()
    }
  })

  test('ST17: stays of the old shape, whole, when its migration is cut short at any point', async () => {
    const whole = await oldDisk(isCompacted)
    for (const failing of ['stage', 'replace'] as const) {
      const disk = copyMemoryDisk(whole)
      const log: SealedLog = { ...memoryLog(disk), [failing]: () => Promise.reject(new Error('the power went')) }
      await expect(open(disk, 2, log)).rejects.toThrow('the power went')
      expect(disk.entries).toEqual(whole.entries)
      expect(disk.mark).toEqual(whole.mark)
      const old = await open(copyMemoryDisk(disk), 0)
      expect(old.read('s.2')?.title).toBe('wrong')
      await old.close()
      const brought = await open(disk, 2)
      expect(brought.all()).toEqual(expected())
      await brought.close()
    }
  })
})

test('ST17: a step that throws stops opening, changes nothing and quotes no record', async () => {
  const disk = await oldDisk(false)
  const before = disk.entries.length
  const steps: Migration[] = [
    {
      document(fields) {
        throw new Error(`cannot read ${JSON.stringify(fields)}`)
      },
    },
  ]
  const opening = openVaultStore({ name: 'v', key, log: memoryLog(disk) }, shapeOf(1, steps))
  await expect(opening).rejects.toThrow(/from version 0 to 1$/)
  expect(disk.entries.length).toBe(before)
  await (await open(disk, 0)).close()
})

test('ST17: a store of a newer shape is refused as newer, with entries only and with a snapshot', async () => {
  const disk = createMemoryDisk()
  const vault = await open(disk, 2)
  await vault.commit({ records: [storedRecord('1')] })
  const answers = [await openVaultStore({ name: 'v', key, log: memoryLog(copyMemoryDisk(disk)) }, shapeOf(1))]
  await vault.compact()
  await vault.close()
  answers.push(await openVaultStore({ name: 'v', key, log: memoryLog(copyMemoryDisk(disk)) }, shapeOf(1)))
  expect(answers).toEqual([
    { type: 'newer', version: 2 },
    { type: 'newer', version: 2 },
  ])
  const again = await open(disk, 2)
  expect(again.all()).toEqual([storedRecord('1')])
  await again.close()
})

interface Note {
  id: string
  text: string
}

function noteSchema(version: number): RxJsonSchema<Note> {
  return {
    version,
    primaryKey: 'id',
    type: 'object',
    properties: { id: { type: 'string', maxLength: 20 }, text: { type: 'string' } },
    required: ['id', 'text'],
  }
}

test('ST17: collections of an RxDB user migrate by RxDB’s own plugin, and the old ones leave the log', async () => {
  const disk = createMemoryDisk()
  const openNotes = async (version: number) => {
    const storage = getRxStorageSealed({ key, log: memoryLog(disk) })
    const database = await createRxDatabase({ name: `notes${version}`, storage, multiInstance: false })
    const migrationStrategies = Object.fromEntries(
      Array.from({ length: version }, (_, index) => [
        index + 1,
        (note: Note) => ({ ...note, text: `${note.text} ${index + 1}` }),
      ]),
    )
    const { notes } = await database.addCollections({ notes: { schema: noteSchema(version), migrationStrategies } })
    return { database, notes: notes! }
  }
  const old = await openNotes(0)
  await old.notes.bulkInsert(['a', 'b', 'c'].map((id) => ({ id, text: id })))
  await (await old.notes.findOne('b').exec())!.remove()
  await old.database.close()
  // RxDB knows a database by its name; the log is the same.
  const next = await openNotes(2)
  const texts = await next.notes.find({ sort: [{ id: 'asc' }] }).exec()
  expect(texts.map(({ text }) => text)).toEqual(['a 1 2', 'c 1 2'])
  await next.database.close()
  const again = await openNotes(2)
  expect(await again.notes.count().exec()).toBe(2)
  await again.database.close()
})
