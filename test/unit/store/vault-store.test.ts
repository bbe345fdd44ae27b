/** A vault: records, audit and sync rows as one entry; a person's edits by RxDB; events after durability. */
import { randomBytes } from '@chartkeep/crypto'
import { openVaultStore, type StoredRecord, type VaultStore } from '@chartkeep/store'
import type { VaultChange } from '@chartkeep/store/testing'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryDisk, memoryLog, type MemoryDisk } from '../../support/memory-log.ts'
import { seeded } from '../../support/seeded.ts'
import { storedRecord } from '../../support/stored-record.ts'

const key = randomBytes(32)

async function open(disk: MemoryDisk = createMemoryDisk()): Promise<VaultStore> {
  const vault = await openVaultStore({ name: 'vault', key, log: memoryLog(disk) })
  if (vault.type !== 'vault') throw new Error(vault.type)
  return vault
}

async function ids(vault: VaultStore): Promise<string[]> {
  const found = await vault.records.find({ sort: [{ id: 'asc' }] }).exec()
  return found.map((document) => document.id)
}

test('ST2: records, audit and sync rows of a commit are one entry, and come back', async () => {
  const disk = createMemoryDisk()
  const vault = await open(disk)
  const before = vault.sequence
  const record = storedRecord('1')
  const entry = storedRecord('2', { collectionName: 'audit', type: 'AuditEvent' })
  await vault.commit({ records: [record], audit: [entry], sync: [{ table: 'heads', key: 's', value: 5 }] })
  expect(vault.sequence).toBe(before + 1)
  await vault.close()
  const again = await open(disk)
  expect(again.sequence).toBe(before + 1)
  expect((await again.records.findOne(record.id).exec())?.toJSON()).toEqual(record)
  expect((await again.audit.findOne(entry.id).exec())?.toJSON()).toEqual(entry)
  expect(again.read(record.id)).toEqual(record)
  expect(again.all()).toEqual([record, entry])
  expect(again.sync.get('heads', 's')).toBe(5)
  await again.close()
})

test('ST2: the resource text keeps its digits and its white space', async () => {
  const disk = createMemoryDisk()
  const resource = '{ "value": 1.10,\n "note": "\\ud800 \u2028 <é>" }'
  const vault = await open(disk)
  await vault.commit({ records: [storedRecord('1', { resource })] })
  await vault.close()
  const again = await open(disk)
  expect(again.read('s.1')?.resource).toBe(resource)
  await again.close()
})

test('ST1: a commit that the disk refuses shows nowhere', async () => {
  const disk = createMemoryDisk()
  const vault = await open(disk)
  await vault.commit({ records: [storedRecord('1')] })
  const changes: VaultChange[] = []
  vault.changes$.subscribe((change) => changes.push(change))
  disk.refuseWith = new Error('quota')
  const commit = { records: [storedRecord('1', { title: 'other' }), storedRecord('2')], remove: ['s.1'] }
  await expect(vault.commit({ ...commit, sync: [{ table: 't', key: 'k', value: 1 }] })).rejects.toThrow('quota')
  await expect(vault.records.insert(storedRecord('3'))).rejects.toThrow('quota')
  expect(await ids(vault)).toEqual(['s.1'])
  expect(vault.read('s.1')?.title).toBe('Hemoglobin A1c')
  expect(vault.sync.get('t', 'k')).toBeUndefined()
  expect(changes).toEqual([])
  disk.refuseWith = null
  await vault.commit(commit)
  expect(await ids(vault)).toEqual(['s.1', 's.2'])
  await vault.close()
})

test('ST2: a commit overwrites whatever revision RxDB holds, and brings back what was removed', async () => {
  const vault = await open()
  await vault.records.insert(storedRecord('1', { title: 'typed' }))
  await (await vault.records.findOne('s.1').exec())!.incrementalPatch({ title: 'typed again' })
  await vault.commit({ records: [storedRecord('1', { title: 'synced' })] })
  expect((await vault.records.findOne('s.1').exec())!.title).toBe('synced')
  await (await vault.records.findOne('s.1').exec())!.incrementalPatch({ title: 'typed after' })
  expect(vault.read('s.1')?.title).toBe('typed after')
  await vault.commit({ remove: ['s.1', 'unknown'] })
  expect(await ids(vault)).toEqual([])
  expect(vault.read('s.1')).toBeNull()
  await vault.commit({ records: [storedRecord('1', { title: 'back' })] })
  expect((await vault.records.findOne('s.1').exec())!.title).toBe('back')
  await vault.close()
})

test('ST2: a removed row keeps its id and none of its content', async () => {
  const vault = await open()
  await vault.commit({ records: [storedRecord('1')], audit: [storedRecord('2')] })
  await vault.commit({ remove: ['s.1', 's.2'] })
  for (const collection of [vault.records, vault.audit]) {
    const [tombstone] = await collection.storageInstance.findDocumentsById(['s.1', 's.2'], true)
    expect(tombstone?._deleted).toBe(true)
    expect(tombstone?.resource).toBe('')
    expect(tombstone?.title).toBe('')
  }
  await vault.close()
})

test('ST2: of two rows of one id in one commit the last one counts', async () => {
  const vault = await open()
  await vault.commit({ records: [storedRecord('1', { title: 'a' }), storedRecord('1', { title: 'b' })] })
  expect(await vault.records.count().exec()).toBe(1)
  expect(vault.read('s.1')?.title).toBe('b')
  await vault.close()
})

test('ST2: a commit of nothing is no entry', async () => {
  const vault = await open()
  const before = vault.sequence
  await vault.commit({})
  await vault.commit({ records: [], audit: [], remove: ['unknown'], sync: [] })
  await vault.commit(() => null)
  expect(vault.sequence).toBe(before)
  await vault.close()
})

test('ST2: a commit decided at its turn sees every edit that came before it', async () => {
  const vault = await open()
  await vault.commit({ records: [storedRecord('1', { title: 'a' })] })
  const document = (await vault.records.findOne('s.1').exec())!
  const edit = document.incrementalPatch({ title: 'edited meanwhile' })
  const seen: (string | undefined)[] = []
  await edit
  await vault.commit(() => {
    seen.push(vault.read('s.1')?.title)
    return { sync: [{ table: 't', key: 'k', value: 1 }] }
  })
  expect(seen).toEqual(['edited meanwhile'])
  await vault.close()
})

test('ST1: changes$ tells ids, tables and origin, when memory shows them and the disk has them', async () => {
  const disk = createMemoryDisk()
  const vault = await open(disk)
  const changes: VaultChange[] = []
  vault.changes$.subscribe((change) => {
    changes.push(change)
    expect(disk.entries.at(-1)!.number).toBe(change.sequence)
    for (const id of change.records) expect(vault.read(id)).not.toBeNull()
    for (const { table, key: rowKey } of change.sync) expect(vault.sync.get(table, rowKey)).toBeDefined()
  })
  await vault.commit({
    records: [storedRecord('1')],
    audit: [storedRecord('2')],
    sync: [{ table: 't', key: 'k', value: 1 }],
  })
  await vault.records.insert(storedRecord('3'))
  const first = changes[0]!.sequence
  expect(changes).toEqual([
    { sequence: first, origin: 'commit', records: ['s.1'], audit: ['s.2'], sync: [{ table: 't', key: 'k' }] },
    { sequence: first + 1, origin: 'collection', records: ['s.3'], audit: [], sync: [] },
  ])
  await vault.close()
})

test('ST1: an event of RxDB goes out only when the write is on the disk', async () => {
  const disk = createMemoryDisk()
  const vault = await open(disk)
  const durable: number[] = []
  vault.records.$.subscribe(() => durable.push(disk.entries.length))
  const before = disk.entries.length
  await vault.records.insert(storedRecord('1'))
  await vault.commit({ records: [storedRecord('2')] })
  expect(durable).toEqual([before + 1, before + 2])
  await vault.close()
})

test('ST6: a live query follows commits and edits', async () => {
  const vault = await open()
  const seen: string[][] = []
  const query = vault.records.find({ selector: { collectionName: 'labs' }, sort: [{ date: 'asc' }], limit: 2 })
  const subscription = query.$.subscribe((found) => seen.push(found.map(({ doc }) => doc)))
  const last = () => seen.at(-1)
  await vault.commit({ records: [storedRecord('b', { date: '2026-02' }), storedRecord('c', { date: '2026-03' })] })
  await expect.poll(last).toEqual(['b', 'c'])
  await vault.records.insert(storedRecord('a', { date: '2026-01' }))
  await expect.poll(last).toEqual(['a', 'b'])
  await vault.commit({ remove: ['s.a'], records: [storedRecord('b', { collectionName: 'vitals' })] })
  await expect.poll(last).toEqual(['c'])
  subscription.unsubscribe()
  await vault.close()
})

test('ST6: lists run on an index of collection and date', async () => {
  const vault = await open()
  const dates = ['2020', '1999-05', '', '2020-01-01T10:00:00Z']
  await vault.commit({ records: dates.map((date, index) => storedRecord(`${index}`, { date })) })
  await vault.commit({ records: [storedRecord('x', { collectionName: 'vitals' })] })
  const query = vault.records.find({
    selector: { collectionName: 'labs' },
    sort: [{ collectionName: 'asc' }, { date: 'asc' }],
  })
  expect(query.getPreparedQuery().queryPlan.index).toContain('date')
  expect((await query.exec()).map(({ date }) => date)).toEqual(['', '1999-05', '2020', '2020-01-01T10:00:00Z'])
  await vault.close()
})

test('ST4: the refusals of opening come back as values', async () => {
  const disk = createMemoryDisk()
  await (await open(disk)).close()
  expect(await openVaultStore({ name: 'v', key: randomBytes(32), log: memoryLog(disk) })).toEqual({ type: 'wrong-key' })
  const missing = await openVaultStore({ name: 'v', key, log: memoryLog(), mustExist: true })
  expect(missing).toEqual({ type: 'missing' })
})

test('ST12: many vaults one after the other leave no collection open', async () => {
  for (let index = 0; index < 20; index += 1) {
    const vault = await open()
    await vault.commit({ records: [storedRecord('1')] })
    await vault.close()
  }
})

test('ST12: a closed vault holds no record any more', async () => {
  const vault = await open()
  await vault.commit({ records: [storedRecord('1')], sync: [{ table: 't', key: 'k', value: 1 }] })
  await vault.close()
  expect(vault.read('s.1')).toBeNull()
  expect(vault.sync.all('t').size).toBe(0)
  await expect(vault.commit({ records: [storedRecord('2')] })).rejects.toThrow('closed')
})

/** Whether `text` can be reached from `root` by properties, maps and sets. */
function reaches(root: unknown, text: string): boolean {
  const seen = new Set<unknown>()
  const found: unknown[] = [root]
  for (let at = 0; at < found.length; at += 1) {
    const value = found[at]
    if (typeof value === 'string' && value.includes(text)) return true
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    if (value instanceof Map) found.push(...value.keys(), ...value.values())
    else if (value instanceof Set) found.push(...value)
    else {
      for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(value)))
        if ('value' in descriptor) found.push(descriptor.value)
    }
  }
  return false
}

test('ST12: nothing that RxDB keeps of a closed collection leads to a record', async () => {
  const vault = await open()
  const { records } = vault
  await vault.commit({ records: [storedRecord('1', { title: 'canary-title' }), storedRecord('2')] })
  await records.find({ selector: { stream: 's' } }).exec()
  await records.findOne('s.1').exec()
  await records.insert(storedRecord('3', { title: 'canary-title' }))
  const subscription = records.find().$.subscribe(() => {})
  await records.find().exec()
  subscription.unsubscribe()
  expect(reaches(records, 'canary-title')).toBe(true)
  await vault.close()
  expect(reaches(records, 'canary-title')).toBe(false)
})

test('ST2: random commits, edits and reopening agree with plain maps', async () => {
  const settings = seeded(100)
  const doc = fc.constantFrom('1', '2', '3', '4')
  const record = fc.record({ doc, title: fc.string({ maxLength: 4 }) })
  const step = fc.oneof(
    fc.record({
      type: fc.constant('commit' as const),
      records: fc.array(record, { maxLength: 4 }),
      remove: fc.array(doc, { maxLength: 2 }),
    }),
    fc.record({ type: fc.constant('upsert' as const), record }),
    fc.record({ type: fc.constant('delete' as const), doc }),
    fc.record({ type: fc.constant('reopen' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
      const disk = createMemoryDisk()
      const expected = new Map<string, StoredRecord>()
      const put = ({ doc: name, title }: { doc: string; title: string }) => {
        const made = storedRecord(name, { title })
        expected.set(made.id, made)
        return made
      }
      let vault = await open(disk)
      for (const action of steps) {
        if (action.type === 'commit') {
          const remove = action.remove.map((name) => `s.${name}`)
          for (const id of remove) expected.delete(id)
          await vault.commit({ remove, records: action.records.map(put) })
        } else if (action.type === 'upsert') {
          await vault.records.incrementalUpsert(put(action.record))
        } else if (action.type === 'delete') {
          expected.delete(`s.${action.doc}`)
          await (await vault.records.findOne(`s.${action.doc}`).exec())?.incrementalRemove()
        } else {
          await vault.close()
          vault = await open(disk)
        }
        expect(new Set(vault.all().map(({ id }) => id))).toEqual(new Set(expected.keys()))
        const found = await vault.records.find({ sort: [{ id: 'asc' }] }).exec()
        expect(found.map((document) => document.toJSON())).toEqual(
          [...expected.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        )
      }
      await vault.close()
    }),
    settings,
  )
})
