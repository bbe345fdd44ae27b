/** What opening refuses by name when a snapshot, or the tail behind it, is not what was written; and what a rescue still reads. */
import { createHash } from 'node:crypto'
import { randomBytes } from '@chartkeep/crypto'
import { openVaultStore, rescueStore, type VaultStore } from '@chartkeep/store'
import type { Rescued } from '@chartkeep/store/testing'
import { describe, expect, test } from 'vitest'
import { copyMemoryDisk, createMemoryDisk, memoryLog, type MemoryDisk } from '../../support/memory-log.ts'
import { storedRecord } from '../../support/stored-record.ts'

const key = randomBytes(32)
const NEVER = { floorBytes: Infinity }
const resource = JSON.stringify({ note: 'n'.repeat(3_000) })

async function open(disk: MemoryDisk, withKey = key): Promise<VaultStore> {
  const vault = await openVaultStore({ name: 'vault', key: withKey, log: memoryLog(disk), compaction: NEVER })
  if (vault.type !== 'vault') throw new Error(JSON.stringify(vault))
  return vault
}

/** A snapshot of the entries 1 to 5 in a head and several segments, then the entries 6 to 8. */
async function diskWithSnapshot(withKey = key): Promise<MemoryDisk> {
  const disk = createMemoryDisk()
  const vault = await open(disk, withKey)
  for (let batch = 0; batch < 4; batch += 1) {
    await vault.commit({
      records: Array.from({ length: 100 }, (_, index) => storedRecord(`${batch}-${index}`, { resource })),
      sync: [{ table: 't', key: `${batch}`, value: batch }],
    })
  }
  await vault.compact()
  for (const doc of ['x', 'y', 'z']) await vault.commit({ records: [storedRecord(doc)], remove: [`s.0-${doc}`] })
  await vault.close()
  expect(disk.segments.length).toBeGreaterThan(4)
  expect(disk.entries.map(({ number }) => number)).toEqual([6, 7, 8])
  return disk
}

/** One text for all that is on the disk. */
function digest({ entries, segments, mark, aside }: MemoryDisk): string {
  const hash = createHash('sha256').update(JSON.stringify(mark))
  for (const { sealed, ...place } of [...entries, ...segments, ...aside])
    hash.update(JSON.stringify(place)).update(sealed)
  return hash.digest('hex')
}

async function refusalOf(disk: MemoryDisk, withKey = key): Promise<unknown> {
  const before = digest(disk)
  const answer = await openVaultStore({ name: 'vault', key: withKey, log: memoryLog(disk), compaction: NEVER })
  expect(digest(disk)).toBe(before)
  return answer
}

const base = await diskWithSnapshot()
const { through, segments } = base.mark!

/** The same store compacted once more: other segments for the same contents and three entries more. */
async function recompacted(): Promise<MemoryDisk> {
  const disk = copyMemoryDisk(base)
  const vault = await open(disk)
  await vault.compact()
  await vault.close()
  return disk
}

const refusals: { name: string; damage(disk: MemoryDisk): void | Promise<void>; answer: unknown }[] = [
  {
    name: 'two segments that changed places: reordered',
    damage(disk) {
      const [a, b] = [disk.segments[2]!, disk.segments[3]!]
      ;[a.sealed, b.sealed] = [b.sealed, a.sealed]
    },
    answer: { type: 'damaged', reason: 'reordered', entry: through, segment: 2 },
  },
  {
    name: 'a segment taken out of the middle: gap',
    damage: (disk) => void disk.segments.splice(2, 1),
    answer: { type: 'damaged', reason: 'gap', entry: through, segment: 2 },
  },
  {
    name: 'the last segment taken away: gap',
    damage: (disk) => void disk.segments.pop(),
    answer: { type: 'damaged', reason: 'gap', entry: through, segment: segments - 1 },
  },
  {
    name: 'the last segment taken away and the count made to fit: gap',
    damage(disk) {
      disk.segments.pop()
      disk.mark!.segments -= 1
    },
    answer: { type: 'damaged', reason: 'gap', entry: through, segment: segments - 2 },
  },
  {
    name: 'every segment taken away: gap',
    damage: (disk) => void (disk.segments = []),
    answer: { type: 'damaged', reason: 'gap', entry: through, segment: 0 },
  },
  {
    name: 'a segment of a later snapshot of the same store: spliced',
    async damage(disk) {
      disk.segments[2]!.sealed = (await recompacted()).segments[2]!.sealed
    },
    answer: { type: 'damaged', reason: 'spliced', entry: through, segment: 2 },
  },
  {
    name: 'a segment of another store with the same key: other database',
    async damage(disk) {
      disk.segments[2]!.sealed = (await diskWithSnapshot()).segments[2]!.sealed
    },
    answer: { type: 'damaged', reason: 'other-database', entry: through, segment: 2 },
  },
  {
    name: 'a segment of another store with another key: unreadable',
    async damage(disk) {
      disk.segments[2]!.sealed = (await diskWithSnapshot(randomBytes(32))).segments[2]!.sealed
    },
    answer: { type: 'damaged', reason: 'unreadable', entry: through, segment: 2 },
  },
  {
    name: 'a damaged head, told apart from a wrong key: unreadable',
    damage: (disk) => void (disk.segments[0]!.sealed[40]! ^= 1),
    answer: { type: 'damaged', reason: 'unreadable', entry: through, segment: 0 },
  },
  {
    name: 'the mark made to cover more entries: spliced',
    damage(disk) {
      disk.mark!.through += 1
      disk.entries.shift()
    },
    answer: { type: 'damaged', reason: 'spliced', entry: through + 1, segment: 0 },
  },
  {
    name: 'an older snapshot with the tail of a newer one: gap',
    async damage(disk) {
      const newer = await recompacted()
      const vault = await open(newer)
      await vault.commit({ records: [storedRecord('newer')] })
      await vault.close()
      disk.entries = newer.entries
    },
    answer: { type: 'damaged', reason: 'gap', entry: through + 1 },
  },
  {
    name: 'a newer snapshot with entries that it stands for: reordered',
    async damage(disk) {
      const newer = await recompacted()
      disk.segments = newer.segments
      disk.mark = newer.mark
    },
    answer: { type: 'damaged', reason: 'reordered', entry: 6 },
  },
  {
    name: 'a tail without its snapshot: gap',
    damage(disk) {
      disk.segments = []
      disk.mark = null
    },
    answer: { type: 'damaged', reason: 'gap', entry: 1 },
  },
  {
    name: 'the tail of another branch behind the snapshot: spliced',
    async damage(disk) {
      const start = createMemoryDisk()
      const vault = await open(start)
      await vault.close()
      const branches = await Promise.all(
        ['a', 'b'].map(async (doc) => {
          const branch = copyMemoryDisk(start)
          const store = await open(branch)
          await store.commit({ records: [storedRecord(doc)] })
          if (doc === 'a') await store.compact()
          await store.commit({ records: [storedRecord('next')] })
          await store.close()
          return branch
        }),
      )
      const [compacted, other] = branches as [MemoryDisk, MemoryDisk]
      Object.assign(disk, compacted)
      disk.entries = other.entries.filter(({ number }) => number > 2)
    },
    answer: { type: 'damaged', reason: 'spliced', entry: 3 },
  },
  {
    name: 'an entry taken out of the tail: gap',
    damage: (disk) => void disk.entries.splice(1, 1),
    answer: { type: 'damaged', reason: 'gap', entry: 7 },
  },
]

describe('a snapshot that is not what was written', () => {
  test.each(refusals)('ST4: $name', async ({ damage, answer }) => {
    const disk = copyMemoryDisk(base)
    await damage(disk)
    expect(await refusalOf(disk)).toEqual(answer)
  })
})

test('ST4: one flipped bit anywhere in a segment is refused as unreadable', async () => {
  const disk = copyMemoryDisk(base)
  const { sealed } = disk.segments[1]!
  for (const at of [0, 15, 16, 27, 28, 500, sealed.length - 17, sealed.length - 16, sealed.length - 1]) {
    sealed[at]! ^= 1 << (at % 8)
    expect(await refusalOf(disk)).toEqual({ type: 'damaged', reason: 'unreadable', entry: through, segment: 1 })
    sealed[at]! ^= 1 << (at % 8)
  }
  await (await open(disk)).close()
})

test('ST4: another key opens no segment and no entry, and changes nothing', async () => {
  expect(await refusalOf(copyMemoryDisk(base), randomBytes(32))).toEqual({ type: 'wrong-key' })
  const withoutTail = copyMemoryDisk(base)
  withoutTail.entries = []
  expect(await refusalOf(withoutTail, randomBytes(32))).toEqual({ type: 'wrong-key' })
})

test('ST5: a torn entry behind a snapshot is kept apart, be it the only one', async () => {
  for (const left of [1, 3]) {
    const disk = copyMemoryDisk(base)
    disk.entries = disk.entries.slice(0, left)
    const torn = disk.entries.at(-1)!
    torn.sealed = torn.sealed.slice(0, 60)
    const vault = await open(disk)
    expect(vault.recovered).toEqual({ entry: torn.number })
    expect(vault.sequence).toBe(torn.number - 1)
    expect(vault.all()).toHaveLength(400 + left - 1)
    await vault.commit({ records: [storedRecord('after')] })
    await vault.close()
    const again = await open(disk)
    expect(again.read('s.after')).not.toBeNull()
    expect(again.recovered).toBeNull()
    expect(disk.aside).toHaveLength(1)
    await again.close()
  }
})

async function rescued(disk: MemoryDisk): Promise<Rescued> {
  const before = digest(disk)
  const answer = await rescueStore({ key, log: memoryLog(disk) })
  expect(digest(disk)).toBe(before)
  if (answer.type !== 'rescued') throw new Error(answer.type)
  return answer
}

test('ST16: a rescue of a sound store gives exactly its contents and names no problem', async () => {
  const disk = copyMemoryDisk(base)
  const vault = await open(disk)
  const state = vault.all()
  await vault.close()
  const { collections, rows, problems, removed } = await rescued(disk)
  expect(problems).toEqual([])
  expect(removed).toBe(0)
  expect(collections).toEqual({ records: state, audit: [] })
  expect(rows).toEqual([0, 1, 2, 3].map((value) => ({ table: 't', key: `${value}`, value })))
})

test('ST16: a rescue reads what is left around damaged and missing parts, and names each of them', async () => {
  const disk = copyMemoryDisk(base)
  disk.segments[2]!.sealed[100]! ^= 1
  disk.segments.splice(3, 1)
  disk.entries.splice(0, 1)
  disk.entries[0]!.sealed[100]! ^= 1
  disk.aside.push({ number: 9, sealed: new Uint8Array(5) })
  expect((await openVaultStore({ name: 'v', key, log: memoryLog(copyMemoryDisk(disk)) })).type).toBe('damaged')
  const { collections, problems } = await rescued(disk)
  expect(problems).toEqual([
    { what: 'segment', number: 2, why: 'unreadable', isUsed: false },
    { what: 'segment', number: 3, why: 'missing', isUsed: false },
    { what: 'entry', number: 6, why: 'missing', isUsed: false },
    { what: 'entry', number: 7, why: 'unreadable', isUsed: false },
    { what: 'aside', number: 9, why: 'unreadable', isUsed: false },
  ])
  const ids = collections['records']!.map(({ id }) => id)
  expect(ids).toContain('s.z')
  expect(ids).not.toContain('s.x')
  expect(ids.length).toBeGreaterThan(100)
  expect(ids.length).toBeLessThan(350)
  expect(collections['records']![0]).toEqual(storedRecord('0-0', { resource }))
})

test('ST16: a rescue uses what lies out of its place, by the place that is sealed in it, and never another store’s', async () => {
  const disk = copyMemoryDisk(base)
  const [first, second] = [disk.entries[0]!, disk.entries[1]!]
  ;[first.sealed, second.sealed] = [second.sealed, first.sealed]
  disk.entries[2]!.sealed = (await diskWithSnapshot()).entries[2]!.sealed
  const { collections, problems } = await rescued(disk)
  expect(collections['records']!.map(({ id }) => id).slice(-2)).toEqual(['s.x', 's.y'])
  expect(problems).toEqual([
    { what: 'entry', number: 6, why: 'reordered', isUsed: true },
    { what: 'entry', number: 7, why: 'reordered', isUsed: true },
    { what: 'entry', number: 8, why: 'spliced', isUsed: true },
    { what: 'entry', number: 8, why: 'other-database', isUsed: false },
  ])
})

test('ST16: a rescue with another key, or of an empty log, says so', async () => {
  expect(await rescueStore({ key: randomBytes(32), log: memoryLog(copyMemoryDisk(base)) })).toEqual({
    type: 'nothing-opens',
  })
  expect(await rescueStore({ key, log: memoryLog() })).toEqual({ type: 'missing' })
})

test('ST16: a rescue counts removed documents and does not bring them back', async () => {
  const disk = createMemoryDisk()
  const vault = await open(disk)
  await vault.commit({ records: [storedRecord('1'), storedRecord('2', { stream: 'gone' })] })
  await vault.commit({ remove: ['s.1'] })
  await vault.purge({ streams: ['gone'] })
  await vault.close()
  expect(await rescued(disk)).toEqual({
    type: 'rescued',
    collections: { records: [], audit: [] },
    rows: [],
    removed: 1,
    problems: [],
  })
})
