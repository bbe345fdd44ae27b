/** The chain of entries: what opening refuses by name, and what it recovers from. */
import { randomBytes } from '@chartkeep/crypto'
import { openAccountStore, type AccountStore } from '@chartkeep/store'
import { StaleWriterError } from '@chartkeep/store/testing'
import { expect, test } from 'vitest'
import { copyMemoryDisk, createMemoryDisk, memoryLog, type MemoryDisk } from '../../support/memory-log.ts'

const key = randomBytes(32)

async function open(disk: MemoryDisk, withKey = key): Promise<AccountStore> {
  const home = await openAccountStore({ name: 'home', key: withKey, log: memoryLog(disk) })
  if (home.type !== 'home') throw new Error(`${home.type} ${JSON.stringify(home)}`)
  return home
}

/** Entry 1 starts the log; entries 2 to 6 hold the values 1 to 5. */
async function diskOfFive(withKey = key): Promise<MemoryDisk> {
  const disk = createMemoryDisk()
  const home = await open(disk, withKey)
  for (let value = 1; value <= 5; value += 1) await home.commit({ sync: [{ table: 't', key: `${value}`, value }] })
  await home.close()
  return disk
}

async function refusalOf(disk: MemoryDisk, withKey = key): Promise<unknown> {
  const before = JSON.stringify(disk.entries)
  const answer = await openAccountStore({ name: 'home', key: withKey, log: memoryLog(disk) })
  expect(JSON.stringify(disk.entries)).toBe(before)
  return answer
}

function valuesOf(home: AccountStore): unknown[] {
  return [...home.sync.all('t').values()]
}

test('ST1: what was committed is there after closing and opening', async () => {
  const home = await open(await diskOfFive())
  expect(valuesOf(home)).toEqual([1, 2, 3, 4, 5])
  expect(home.sequence).toBe(6)
  expect(home.recovered).toBeNull()
  await home.close()
})

test('ST2: a value that moves to another row is written once, and is there after opening, from entries and from a snapshot', async () => {
  const disk = createMemoryDisk()
  let home = await open(disk)
  const part = randomBytes(8_000)
  await home.commit({ sync: [{ table: 'a', key: '1', value: { part, left: 1 } }] })
  const moved = home.sync.get('a', '1') as { part: Uint8Array }
  const from = { table: 'a', key: '1', field: 'part' }
  await home.commit({
    sync: [
      { table: 'b', key: '7', value: moved.part, from },
      { table: 'a', key: '1', value: null },
    ],
  })
  expect(disk.entries.at(-1)!.sealed.length).toBeLessThan(1_000)
  for (let turn = 0; turn < 2; turn += 1) {
    await home.close()
    home = await open(disk)
    expect(home.sync.get('b', '7')).toEqual(part)
    expect(home.sync.all('a').size).toBe(0)
    await home.compact()
  }
  await home.close()
})

test.each([
  ['another value', { table: 'a', key: '1', field: 'other' }],
  ['no row', { table: 'a', key: '2', field: 'part' }],
  ['a row that the same entry has changed before', { table: 'c', key: '1', field: 'part' }],
])('ST2: where a row names %s, its own value is written', async (_, from) => {
  const disk = createMemoryDisk()
  let home = await open(disk)
  const part = randomBytes(8_000)
  const value = { part, other: 2 }
  await home.commit({ sync: ['a', 'c'].map((table) => ({ table, key: '1', value })) })
  await home.commit({
    sync: [
      { table: 'c', key: '1', value: null },
      { table: 'b', key: '7', value: part, from },
    ],
  })
  await home.close()
  home = await open(disk)
  expect(home.sync.get('b', '7')).toEqual(part)
  await home.close()
})

test('ST4: two entries that changed places are refused as reordered', async () => {
  const disk = await diskOfFive()
  const [third, fourth] = [disk.entries[2]!, disk.entries[3]!]
  ;[third.sealed, fourth.sealed] = [fourth.sealed, third.sealed]
  expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'reordered', entry: 3 })
})

test('ST4: an entry taken out of the middle is refused as a gap', async () => {
  const disk = await diskOfFive()
  disk.entries.splice(3, 1)
  expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'gap', entry: 4 })
})

test('ST4: an entry taken out with the rest moved up is refused as reordered', async () => {
  const disk = await diskOfFive()
  disk.entries.splice(3, 1)
  disk.entries.forEach((entry, index) => (entry.number = index + 1))
  expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'reordered', entry: 4 })
})

test('ST4: a log without its first entry is refused as a gap', async () => {
  const disk = await diskOfFive()
  disk.entries.shift()
  expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'gap', entry: 1 })
})

test('ST4: an entry of the same number from another branch of the same store is refused as spliced', async () => {
  const disk = await diskOfFive()
  const branch = copyMemoryDisk(disk)
  for (const [at, value] of [
    [disk, 6],
    [branch, 60],
  ] as const) {
    const home = await open(at)
    await home.commit({ sync: [{ table: 't', key: 'x', value }] })
    await home.commit({ sync: [{ table: 't', key: 'y', value }] })
    await home.close()
  }
  disk.entries[6]!.sealed = branch.entries[6]!.sealed
  expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'spliced', entry: 8 })
})

test('ST4: an entry of another store with the same key is refused as another database', async () => {
  const disk = await diskOfFive()
  disk.entries[3]!.sealed = (await diskOfFive()).entries[3]!.sealed
  expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'other-database', entry: 4 })
})

test('ST4: an entry of another store with another key is refused as unreadable', async () => {
  const disk = await diskOfFive()
  disk.entries[3]!.sealed = (await diskOfFive(randomBytes(32))).entries[3]!.sealed
  expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'unreadable', entry: 4 })
})

test('ST4: one flipped bit anywhere in an entry of the middle is refused as unreadable', async () => {
  const disk = await diskOfFive()
  for (let at = 0; at < disk.entries[2]!.sealed.length; at += 17) {
    disk.entries[2]!.sealed[at]! ^= 1 << (at % 8)
    expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'unreadable', entry: 3 })
    disk.entries[2]!.sealed[at]! ^= 1 << (at % 8)
  }
  await (await open(disk)).close()
})

test('ST4: a damaged first entry is told apart from a wrong key by the entry after it', async () => {
  const disk = await diskOfFive()
  disk.entries[0]!.sealed[30]! ^= 1
  expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'unreadable', entry: 1 })
})

test('ST4: another key opens nothing and changes nothing', async () => {
  expect(await refusalOf(await diskOfFive(), randomBytes(32))).toEqual({ type: 'wrong-key' })
})

test('ST4: a wrong key on a log of one entry does not keep it apart', async () => {
  const disk = createMemoryDisk()
  await (await open(disk)).close()
  expect(await refusalOf(disk, randomBytes(32))).toEqual({ type: 'wrong-key' })
  expect(disk.aside).toEqual([])
})

test.each([
  ['cut short', (sealed: Uint8Array) => sealed.slice(0, sealed.length - 100)],
  ['empty', () => new Uint8Array(0)],
  ['with zeros at its end', (sealed: Uint8Array) => sealed.map((byte, at) => (at > sealed.length / 2 ? 0 : byte))],
])('ST5: a last entry %s is kept apart, and the store opens at the one before', async (_, damage) => {
  const disk = await diskOfFive()
  const torn = damage(disk.entries[5]!.sealed)
  disk.entries[5]!.sealed = torn
  const home = await open(disk)
  expect(valuesOf(home)).toEqual([1, 2, 3, 4])
  expect(home.recovered).toEqual({ entry: 6 })
  expect(disk.aside).toEqual([{ number: 6, sealed: torn }])
  await home.commit({ sync: [{ table: 't', key: 'new', value: 7 }] })
  await home.close()
  const again = await open(disk)
  expect(valuesOf(again)).toEqual([1, 2, 3, 4, 7])
  expect(again.recovered).toBeNull()
  expect(disk.aside).toEqual([{ number: 6, sealed: torn }])
  await again.close()
})

test('ST5: a missing last entry opens at the one before', async () => {
  const disk = await diskOfFive()
  disk.entries.pop()
  const home = await open(disk)
  expect(valuesOf(home)).toEqual([1, 2, 3, 4])
  await home.close()
})

test('ST5: two damaged entries at the end are no torn write and are refused', async () => {
  const disk = await diskOfFive()
  disk.entries[4]!.sealed = new Uint8Array(10)
  disk.entries[5]!.sealed = new Uint8Array(10)
  expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'unreadable', entry: 5 })
})

test('ST1: a commit that the disk refuses changes nothing, and the next one continues', async () => {
  const disk = await diskOfFive()
  const home = await open(disk)
  const seen: number[] = []
  home.changes$.subscribe(({ sequence }) => seen.push(sequence))
  disk.refuseWith = new Error('the disk is full')
  await expect(home.commit({ sync: [{ table: 't', key: '1', value: 99 }] })).rejects.toThrow('the disk is full')
  expect(home.sync.get('t', '1')).toBe(1)
  expect(seen).toEqual([])
  disk.refuseWith = null
  await home.commit({ sync: [{ table: 't', key: '1', value: 100 }] })
  expect(seen).toEqual([7])
  await home.close()
  const again = await open(disk)
  expect(again.sync.get('t', '1')).toBe(100)
  await again.close()
})

test('ST8: a store that another writer has taken over refuses to write', async () => {
  const disk = await diskOfFive()
  const asleep = await open(disk)
  const taker = await open(disk)
  await expect(asleep.commit({ sync: [{ table: 't', key: '1', value: 0 }] })).rejects.toThrow(StaleWriterError)
  await taker.commit({ sync: [{ table: 't', key: '1', value: 8 }] })
  await asleep.close()
  await taker.close()
  const again = await open(disk)
  expect(again.sync.get('t', '1')).toBe(8)
  await again.close()
})

test('ST4: an empty log that had to exist is missing, and none is started', async () => {
  const disk = createMemoryDisk()
  const answer = await openAccountStore({ name: 'home', key, log: memoryLog(disk), mustExist: true })
  expect(answer).toEqual({ type: 'missing' })
  expect(disk.entries).toEqual([])
})

test('ST4: a key of another length is a mistake', async () => {
  await expect(openAccountStore({ name: 'home', key: new Uint8Array(31), log: memoryLog() })).rejects.toThrow(
    RangeError,
  )
})

// --- entries so large that Web Crypto seals them ---

/** As {@link diskOfFive}; the values at 2 and 4 are large. Opened twice, so that the two are of different runs. */
async function diskWithLarge(withKey = key): Promise<MemoryDisk> {
  const disk = createMemoryDisk()
  for (const [first, last] of [
    [1, 3],
    [4, 5],
  ] as const) {
    const home = await open(disk, withKey)
    for (let value = first; value <= last; value += 1)
      await home.commit({ sync: [{ table: 't', key: `${value}`, value: value % 2 === 0 ? large(value) : value }] })
    await home.close()
  }
  return disk
}

const large = (value: number) => `${value}`.repeat(40_000)

test('ST1: large entries are there after closing and opening, and are longer than what they hold by less than an eighth', async () => {
  const disk = await diskWithLarge()
  const home = await open(disk)
  expect(valuesOf(home)).toEqual([1, large(2), 3, large(4), 5])
  await home.close()
  for (const at of [2, 4]) {
    const { length } = disk.entries[at]!.sealed
    expect(length).toBeGreaterThan(40_000)
    expect(length).toBeLessThan(45_000)
  }
})

test('ST3: large entries show their mark and a run, and nothing else that is the same or legible', async () => {
  const disk = await diskWithLarge()
  const [one, other, again] = [
    disk.entries[2]!.sealed,
    disk.entries[4]!.sealed,
    (await diskWithLarge()).entries[2]!.sealed,
  ]
  expect(one.subarray(0, 16)).toEqual(again.subarray(0, 16))
  for (const sealed of [other, again]) {
    const equalPlaces = [...one.subarray(16)].filter((byte, index) => byte === sealed[16 + index]).length
    expect(equalPlaces).toBeLessThan(one.length / 256 + 200)
  }
  expect(Buffer.from(one).includes('2222')).toBe(false)
  expect(one.length).toBe(again.length)
})

test('ST4: one flipped bit in mark, run, nonce, text or tag of a large entry is refused as unreadable', async () => {
  const disk = await diskWithLarge()
  const { sealed } = disk.entries[2]!
  for (const at of [0, 15, 16, 31, 32, 43, 44, 20_000, sealed.length - 16, sealed.length - 1]) {
    sealed[at]! ^= 4
    expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'unreadable', entry: 3 })
    sealed[at]! ^= 4
  }
  expect(await refusalOf(disk, randomBytes(32))).toEqual({ type: 'wrong-key' })
  await (await open(disk)).close()
})

test('ST4: a large entry that was moved, taken from a branch, from another store, or cut to its mark does not fit', async () => {
  const moved = await diskWithLarge()
  ;[moved.entries[2]!.sealed, moved.entries[4]!.sealed] = [moved.entries[4]!.sealed, moved.entries[2]!.sealed]
  expect(await refusalOf(moved)).toEqual({ type: 'damaged', reason: 'reordered', entry: 3 })

  const disk = await diskWithLarge()
  const branch = copyMemoryDisk(disk)
  for (const at of [disk, branch]) {
    const home = await open(at)
    await home.commit({ sync: [{ table: 't', key: 'x', value: large(6) }] })
    await home.commit({ sync: [{ table: 't', key: 'y', value: large(7) }] })
    await home.close()
  }
  const own = disk.entries[7]!.sealed
  disk.entries[7]!.sealed = branch.entries[7]!.sealed
  expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'spliced', entry: 8 })
  disk.entries[7]!.sealed = own
  const kept = disk.entries[2]!.sealed
  disk.entries[2]!.sealed = (await diskWithLarge()).entries[2]!.sealed
  expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'other-database', entry: 3 })
  for (const length of [16, 32, 59, 60]) {
    disk.entries[2]!.sealed = kept.slice(0, length)
    expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'unreadable', entry: 3 })
  }
})

test('ST5: a torn large last entry is kept apart, and writing continues', async () => {
  const disk = await diskWithLarge()
  disk.entries.pop()
  disk.entries[4]!.sealed = disk.entries[4]!.sealed.slice(0, 30_000)
  const home = await open(disk)
  expect(home.recovered).toEqual({ entry: 5 })
  expect(valuesOf(home)).toEqual([1, large(2), 3])
  await home.commit({ sync: [{ table: 't', key: '4', value: large(8) }] })
  await home.close()
  expect(valuesOf(await open(disk))).toEqual([1, large(2), 3, large(8)])
})
