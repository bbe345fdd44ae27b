import { randomBytes } from '@chartkeep/crypto'
import { expect, test } from 'vitest'
// An entry's bytes are no part of the package's surface; the journal's tests below go through it.
import { createMemoryDisk, memoryLog } from '../../support/memory-log.ts'
import { openAccountStore } from '@chartkeep/store'

async function sizesOf(values: string[]): Promise<number[]> {
  const disk = createMemoryDisk()
  const home = await openAccountStore({ name: 'a', key: randomBytes(32), log: memoryLog(disk) })
  if (home.type !== 'home') throw new Error(home.type)
  for (const value of values) await home.commit({ sync: [{ table: 't', key: 'k', value }] })
  await home.close()
  return disk.entries.slice(1).map(({ sealed }) => sealed.length)
}

test('ST3: short rows of different lengths have entries of one size', async () => {
  const sizes = await sizesOf(['', 'a', 'penicillin', 'amoxicillin and clavulanate'])
  expect(new Set(sizes).size).toBe(1)
})

test('ST3: long rows of nearby lengths have entries of one size', async () => {
  const sizes = await sizesOf([10_000, 10_050, 10_099].map((length) => 'x'.repeat(length)))
  expect(new Set(sizes).size).toBe(1)
})

test('ST3: the same row sealed twice has nothing in common', async () => {
  const disk = createMemoryDisk()
  const home = await openAccountStore({ name: 'a', key: randomBytes(32), log: memoryLog(disk) })
  if (home.type !== 'home') throw new Error(home.type)
  const sync = [{ table: 't', key: 'k', value: 'same' }]
  await home.commit({ sync })
  await home.commit({ sync })
  await home.close()
  const [, first, second] = disk.entries.map(({ sealed }) => sealed)
  const equalPlaces = [...first!].filter((byte, index) => byte === second![index]).length
  // Two random strings agree in one place of 256; a repeated stretch of 32 bytes would show.
  expect(equalPlaces).toBeLessThan(first!.length / 256 + 32)
})
