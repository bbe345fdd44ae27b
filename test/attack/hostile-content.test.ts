/** A grantee whose app was changed, at an honest server: what it may write it writes without measure (Y2, Y3, E6). */
import { randomBytes } from '@chartkeep/crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createAttackWorld,
  resourceOf,
  save,
  share,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../support/attack-world.ts'
import { sendHostile } from '../support/hostile-person.ts'

let world: AttackWorld
let clinic: Device
let labs: Uint8Array

beforeEach(async () => {
  world = await createAttackWorld()
  labs = world.stream('labs')
  await save(world.laptop, 'labs', 'first')
  await world.laptop.sync()
  clinic = await world.provider()
  await share(world, clinic, { labs: ['read', 'append', 'amend'] })
})

afterEach(() => world.close())

/** How many stored entries of streams the device looks at during `work`. */
async function entriesRead(device: Device, work: () => Promise<void>): Promise<number> {
  const { machine } = device
  const { rows } = machine
  const isEntries = (table: string) => table.startsWith('entry.')
  let count = 0
  machine.rows = {
    ...rows,
    table(name) {
      const all = rows.table(name)
      if (isEntries(name)) count += all.size
      return all
    },
    get(table, key) {
      if (isEntries(table)) count += 1
      return rows.get(table, key)
    },
  }
  await work()
  machine.rows = rows
  return count
}

test('Y2, Y3: versions of one record beside each other without end are each looked up, not each looked for in the whole stream', async () => {
  const { laptop } = world
  const doc = randomBytes(16)
  const count = 600
  await sendHostile(
    clinic,
    labs,
    Array.from({ length: count }, (_, index) => ({ doc, text: resourceOf('labs', `result ${index}`) })),
  )
  const read = await entriesRead(laptop, async () => {
    expect(await laptop.sync()).toEqual({ type: 'synced' })
  })
  expect(laptop.rows.table('conflict').size).toBe(count - 1)
  expect(read).toBeLessThan(10 * count)
  expect(shown(laptop, 'labs')).toEqual(texts('labs', 'first', 'result 0'))
})

test(
  'S8: versions of one record without end, one over or beside the other, are taken without going through all of them for each',
  { timeout: 25_000 },
  async () => {
    const doc = randomBytes(16)
    const versions = Array.from({ length: 6000 }, (_, index) => ({
      doc,
      text: resourceOf('labs', `result ${index}`),
      ...(index > 0 && index < 3000 ? { parent: 'previous' as const } : {}),
    }))
    await sendHostile(clinic, labs, versions)
    expect(await world.laptop.sync()).toEqual({ type: 'synced' })
    expect(shown(world.laptop, 'labs')).toEqual(texts('labs', 'first', 'result 2999'))
    expect(world.laptop.rows.table('conflict').size).toBe(3000)
  },
)
