/** A home: tables of rows without collections. */
import { randomBytes } from '@chartkeep/crypto'
import type { CborValue } from '@chartkeep/crypto/encoding'
import { openAccountStore, type AccountStore } from '@chartkeep/store'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryDisk, memoryLog, type MemoryDisk } from '../../support/memory-log.ts'
import { seeded } from '../../support/seeded.ts'

const key = randomBytes(32)

async function open(disk: MemoryDisk): Promise<AccountStore> {
  const home = await openAccountStore({ name: 'home', key, log: memoryLog(disk) })
  if (home.type !== 'home') throw new Error(home.type)
  return home
}

test('ST2: values of every kind come back as they were', async () => {
  const disk = createMemoryDisk()
  const values: CborValue[] = [0, -1, 'text', '', true, false, Uint8Array.of(0, 255), [1, [2]], { b: 1, a: 'é' }]
  const home = await open(disk)
  await home.commit({ sync: values.map((value, index) => ({ table: 't', key: `${index}`, value })) })
  await home.close()
  const again = await open(disk)
  values.forEach((value, index) => expect(again.sync.get('t', `${index}`)).toEqual(value))
  await again.close()
})

test('ST2: null removes a row, and an unknown key or table reads as nothing', async () => {
  const disk = createMemoryDisk()
  const home = await open(disk)
  await home.commit({ sync: [{ table: 't', key: 'k', value: 1 }] })
  await home.commit({ sync: [{ table: 't', key: 'k', value: null }] })
  for (const store of [home, await home.close().then(() => open(disk))]) {
    expect(store.sync.get('t', 'k')).toBeUndefined()
    expect(store.sync.all('t').size).toBe(0)
    expect(store.sync.all('nothing').size).toBe(0)
    await store.close()
  }
})

test('ST2: a commit may be decided when its turn comes, from what is there then', async () => {
  const home = await open(createMemoryDisk())
  const addOne = () =>
    home.commit(() => ({ sync: [{ table: 't', key: 'n', value: Number(home.sync.get('t', 'n') ?? 0) + 1 }] }))
  await Promise.all(Array.from({ length: 20 }, addOne))
  expect(home.sync.get('t', 'n')).toBe(20)
  const before = home.sequence
  await home.commit(() => null)
  expect(home.sequence).toBe(before)
  await home.close()
})

test('ST12: closing waits for what was asked for, then refuses more and forgets all', async () => {
  const disk = createMemoryDisk()
  const home = await open(disk)
  const written = home.commit({ sync: [{ table: 't', key: 'k', value: 'late' }] })
  await home.close()
  await written
  await expect(home.commit({ sync: [{ table: 't', key: 'k', value: 0 }] })).rejects.toThrow('closed')
  expect(home.sync.all('t').size).toBe(0)
  await home.close()
  const again = await open(disk)
  expect(again.sync.get('t', 'k')).toBe('late')
  await again.close()
})

test('ST2: random rows with reopening agree with plain maps', async () => {
  const settings = seeded(100)
  const row = fc.record({
    table: fc.constantFrom('a', 'b'),
    key: fc.constantFrom('1', '2', '3', '__proto__', ''),
    value: fc.oneof(fc.constant(null), fc.integer(), fc.string(), fc.uint8Array({ maxLength: 5 })),
  })
  const step = fc.oneof(fc.array(row, { maxLength: 5 }), fc.constant('reopen' as const))
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const disk = createMemoryDisk()
      const expected = new Map<string, unknown>()
      let home = await open(disk)
      for (const rows of steps) {
        if (rows === 'reopen') {
          await home.close()
          home = await open(disk)
          continue
        }
        await home.commit({ sync: rows })
        for (const { table, key: rowKey, value } of rows) {
          if (value === null) expected.delete(`${table}/${rowKey}`)
          else expected.set(`${table}/${rowKey}`, value)
        }
      }
      const found = new Map<string, unknown>()
      for (const table of ['a', 'b']) for (const [k, v] of home.sync.all(table)) found.set(`${table}/${k}`, v)
      expect(new Map([...found].sort())).toEqual(new Map([...expected].sort()))
      await home.close()
    }),
    settings,
  )
})
