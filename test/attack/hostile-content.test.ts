/** A grantee whose app was changed, at an honest server: what it may write it writes without measure (Y2, Y3, E6). */
import { randomBytes } from '@chartkeep/crypto'
import { idText, textId } from '@chartkeep/protocol'
import { recordHistory } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  aside,
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

test('Y2, Y3: versions of one record next to each other without end are each looked up, not each looked for in the whole stream', async () => {
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
  'S8: versions of one record without end, one over or next to the other, are taken without going through all of them for each',
  { timeout: 25_000 },
  async () => {
    const doc = randomBytes(16)
    const versions = Array.from({ length: 5000 }, (_, index) => ({
      doc,
      text: resourceOf('labs', `result ${index}`),
      ...(index > 0 && index < 2500 ? { parent: 'previous' as const } : {}),
    }))
    await sendHostile(clinic, labs, versions)
    expect(await world.laptop.sync()).toEqual({ type: 'synced' })
    expect(shown(world.laptop, 'labs')).toEqual(texts('labs', 'first', 'result 2499'))
    expect(world.laptop.rows.table('conflict').size).toBe(2500)
  },
)

/** The changed app goes by what an honest device has read: it has not written down what it sent. */
async function sendOn(drafts: Parameters<typeof sendHostile>[2]): ReturnType<typeof sendHostile> {
  clinic.machine.streams = world.laptop.machine.streams
  return sendHostile(clinic, labs, drafts)
}

async function historyOf(device: Device, id: string, isOnline = false): Promise<(string | null)[]> {
  const author = (account: string, by: string) => ({ account, device: by, me: false, name: '' })
  const versions = await recordHistory(device.machine, { author } as never, isOnline ? device.server : null, id)
  return versions.map(({ resource }) => resource)
}

test('E1, Y5: a version that bears the name of another person’s takes none of it away', async () => {
  const { laptop } = world
  const row = await save(laptop, 'labs', 'mine')
  await laptop.sync()
  await save(laptop, 'labs', 'mine, changed', row.id)
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  const versions = [resourceOf('labs', 'mine, changed'), resourceOf('labs', 'mine')]
  expect(await historyOf(laptop, row.id)).toEqual(versions)

  const [first] = await sendOn([{ text: resourceOf('labs', 'theirs'), revision: textId(row.revision)! }])
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  await sendOn([{ text: resourceOf('labs', 'theirs, changed'), doc: first!.doc, parent: first!.hash }])
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(await historyOf(laptop, row.id)).toEqual(versions)
  const theirs = [resourceOf('labs', 'theirs, changed'), resourceOf('labs', 'theirs')]
  expect(await historyOf(laptop, `${idText(labs)}.${idText(first!.doc)}`)).toEqual(theirs)
  await laptop.reopen()
  expect(await historyOf(laptop, row.id)).toEqual(versions)
})

test('E1, Y5: nor does a version of this device’s own take away what another person gave its name before', async () => {
  const { laptop } = world
  const row = await save(laptop, 'labs', 'mine')
  await laptop.sync()
  const [first] = await sendOn([{ text: resourceOf('labs', 'theirs'), revision: textId(row.revision)! }])
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  await sendOn([{ text: resourceOf('labs', 'theirs, changed'), doc: first!.doc, parent: first!.hash }])
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  await save(laptop, 'labs', 'mine, changed', row.id)
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  const theirs = `${idText(labs)}.${idText(first!.doc)}`
  for (const [id, whose] of [
    [row.id, 'mine'],
    [theirs, 'theirs'],
  ] as const)
    expect(await historyOf(laptop, id)).toEqual([resourceOf('labs', `${whose}, changed`), resourceOf('labs', whose)])
})

test('E1, E6: what a person has read under the name of a version, no other text takes the place of under that name', async () => {
  const { laptop, phone } = world
  const [first] = await sendOn([{ text: resourceOf('labs', '5 mg') }])
  const { doc, revision, hash } = first!
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  const [second] = await sendOn([{ text: resourceOf('labs', '50 mg'), doc, revision, parent: hash }])
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect([aside(laptop), shown(laptop, 'labs')]).toEqual([['inner'], texts('labs', 'first', '5 mg')])

  // A device that came later has not got the first: it shows the second, and in the history each as it was.
  expect(await phone.sync()).toEqual({ type: 'synced' })
  expect(shown(phone, 'labs')).toEqual(texts('labs', 'first', '50 mg'))
  const id = `${idText(labs)}.${idText(doc)}`
  expect(await historyOf(phone, id)).toEqual([resourceOf('labs', '50 mg'), null])
  expect(await historyOf(phone, id, true)).toEqual([resourceOf('labs', '50 mg'), resourceOf('labs', '5 mg')])

  // Under a name of its own the next one is shown everywhere.
  await sendOn([{ text: resourceOf('labs', '10 mg'), doc, parent: second!.hash }])
  for (const device of [laptop, phone]) {
    expect(await device.sync()).toEqual({ type: 'synced' })
    expect(shown(device, 'labs')).toEqual(texts('labs', 'first', '10 mg'))
  }
})
