/** Versions that go out as ones of their own whatever is written over them: signed ones (N4), and what a chart has copies of (N5). */
import { idText } from '@chartkeep/protocol'
import { decodeHeader } from '@chartkeep/protocol/streams'
import {
  commitAndSeal,
  commitVersions,
  conflictsOf,
  cutGrantNow,
  keepVersion,
  prepareVersion,
  detachUnsent,
  unsealed,
  waitingCount,
} from '@chartkeep/sync/testing'
import type { StoredRecord } from '@chartkeep/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createAttackWorld,
  honestStream,
  resourceOf,
  save,
  share,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../../support/attack-world.ts'

let world: AttackWorld

beforeEach(async () => {
  world = await createAttackWorld([], { inMemory: true })
})

afterEach(() => world.close())

/** Saved and sealed in one entry, and never answered as long as `away` says so. */
async function saveSealed(device: Device, text: string, id?: string) {
  const draft = { collection: 'labs', resource: resourceOf('labs', text) }
  const prepared = prepareVersion(device.machine, id === undefined ? draft : { ...draft, id })
  if (prepared.type !== 'row') throw new Error(prepared.type)
  await commitAndSeal(device.machine, [prepared])
  return prepared.row
}

function away(device: Device): () => void {
  device.server.lies = { push: () => Promise.resolve({ type: 'offline' }) }
  return () => void (device.server.lies = {})
}

/** Revisions of a record as the server has them, each with what the server said of it. */
async function versionsAtServer(doc: string): Promise<[string, string][]> {
  const entries = await honestStream(world, world.stream('labs'))
  return entries
    .map(({ header, outcome }) => ({ header: decodeHeader(header)!, outcome }))
    .filter(({ header }) => idText(header.doc) === doc)
    .map(({ header, outcome }) => [idText(header.revision), outcome])
}

/** Written one over the other while no server answers: the first sealed, the second to be kept, the third too or not. */
async function writeAway(device: Device) {
  const first = await saveSealed(device, 'first')
  const second = await save(device, 'labs', 'second', first.id)
  await keepVersion(device.machine, second)
  const third = await save(device, 'labs', 'third', first.id)
  return [first, second, third] as const
}

async function inStep(text: string): Promise<void> {
  const { laptop, phone } = world
  for (const device of [laptop, phone, laptop]) {
    expect(await device.sync()).toEqual({ type: 'synced' })
    expect(waitingCount(device.machine)).toBe(0)
  }
  for (const device of [laptop, phone]) expect(shown(device, 'labs')).toEqual(texts('labs', text))
}

test.each(['at once', 'after a restart'])(
  'N4, N5, Y6: a version that was written over before it was sealed goes out before what was written over it, %s',
  async (when) => {
    const { laptop } = world
    const back = away(laptop)
    const rows = await writeAway(laptop)
    await keepVersion(laptop.machine, rows[2])
    const last = await save(laptop, 'labs', 'fourth', rows[0].id)
    expect(await laptop.sync()).toEqual({ type: 'offline' })
    expect(waitingCount(laptop.machine)).toBe(1)
    if (when === 'after a restart') await laptop.reopen()
    back()
    await inStep('fourth')
    const wanted = [...rows, last].map(({ revision }) => [revision, 'current'])
    expect(await versionsAtServer(last.doc)).toEqual(wanted)
  },
)

test('N4, N5: what is not kept gives way to the next version, and what is kept and current goes out once', async () => {
  const { laptop } = world
  const back = away(laptop)
  const first = await saveSealed(laptop, 'first')
  await save(laptop, 'labs', 'given up', first.id)
  const third = await save(laptop, 'labs', 'third', first.id)
  await keepVersion(laptop.machine, third)
  await keepVersion(laptop.machine, third)
  back()
  await inStep('third')
  expect(await versionsAtServer(first.doc)).toEqual([first, third].map(({ revision }) => [revision, 'current']))
})

test('N4, N5, C4: what is kept is sealed again where the server takes it as void, and what was written over it follows', async () => {
  const { laptop, phone } = world
  const provider = await world.provider()
  const grant = await share(world, provider, { labs: ['read'] })
  await phone.sync()
  const back = away(phone)
  const [first, second, third] = await writeAway(phone)
  // The first one lies sealed under the epoch before.
  expect(await cutGrantNow(laptop.machine, laptop.server, grant, 'revoked')).toMatchObject({ type: 'done' })
  back()
  await inStep('third')
  const versions = await versionsAtServer(first.doc)
  expect(versions.filter(([, outcome]) => outcome !== 'void')).toEqual(
    [second, third].map(({ revision }) => [revision, 'current']),
  )
  expect(versions[0]).toEqual([first.revision, 'void'])
})

test('N4, N5, C4: a sealed version that is kept while it waits for its answer is sealed again where it comes out void', async () => {
  const { laptop, phone } = world
  const provider = await world.provider()
  const grant = await share(world, provider, { labs: ['read'] })
  await phone.sync()
  const back = away(phone)
  const first = await saveSealed(phone, 'first')
  await keepVersion(phone.machine, first)
  const second = await save(phone, 'labs', 'second', first.id)
  expect(await cutGrantNow(laptop.machine, laptop.server, grant, 'revoked')).toMatchObject({ type: 'done' })
  back()
  await inStep('second')
  expect(await versionsAtServer(first.doc)).toEqual([
    [first.revision, 'void'],
    [first.revision, 'current'],
    [second.revision, 'current'],
  ])
})

/** Two fields that nobody disputes, so that versions which set one each merge by themselves. */
const withMore = (more: object) => JSON.stringify({ ...(JSON.parse(resourceOf('labs', 'result')) as object), ...more })

async function saveMore({ machine }: Device, id: string, more: object, isSealed = false) {
  const prepared = prepareVersion(machine, { collection: 'labs', resource: withMore(more), id })
  if (prepared.type !== 'row') throw new Error(prepared.type)
  await (isSealed ? commitAndSeal : commitVersions)(machine, [prepared])
  return prepared.row
}

test('N4, N5, Y3: where another device was first, what is kept is in the stream too, and the next version takes it in', async () => {
  const { laptop, phone } = world
  const { id, doc } = await save(laptop, 'labs', 'result')
  await inStep('result')
  const won = await saveMore(phone, id, { method: { text: 'by hand' } })
  expect(await phone.sync()).toEqual({ type: 'synced' })
  const back = away(laptop)
  const lost = await saveMore(laptop, id, { note: [{ text: 'first' }] }, true)
  const second = await saveMore(laptop, id, { note: [{ text: 'second' }] })
  await keepVersion(laptop.machine, second)
  await saveMore(laptop, id, { note: [{ text: 'third' }] })
  back()
  for (const device of [laptop, laptop, phone]) expect(await device.sync()).toEqual({ type: 'synced' })
  const versions = await versionsAtServer(doc)
  expect(versions.slice(1, 4)).toEqual([
    [won.revision, 'current'],
    [lost.revision, 'conflict'],
    [second.revision, 'conflict'],
  ])
  for (const device of [laptop, phone]) {
    expect(JSON.parse(shown(device, 'labs')[0]!)).toMatchObject({
      method: { text: 'by hand' },
      note: [{ text: 'third' }],
    })
    expect(conflictsOf(device.machine)).toEqual([])
    expect(waitingCount(device.machine)).toBe(0)
  }
})

test('N4, N5, F3: a device that continues as a new one, and a backup, keep what was to go out before what was written over it', async () => {
  const { laptop } = world
  away(laptop)
  const [first, second] = await writeAway(laptop)
  await keepVersion(laptop.machine, first)
  const wanted = [first, second].map(({ revision }) => [revision, '']).toSorted()
  const found = [...unsealed(laptop.machine).rows.values()].filter(({ table }) => table === 'before')
  // The first one was sealed by these keys, and the second is on what that version was on.
  const asKept = (value: unknown) => [(value as StoredRecord).revision, (value as StoredRecord).parent]
  expect(found.map(({ value }) => asKept(value)).toSorted()).toEqual(wanted)
  const tablet = await world.addDevice('tablet')
  await detachUnsent(laptop.machine, tablet.secrets)
  const kept = [...laptop.machine.rows.table('before').values()]
  expect(kept.map(asKept).toSorted()).toEqual(wanted)
  const device = idText(tablet.secrets.id)
  expect(kept.map((value) => (value as unknown as StoredRecord).device)).toEqual([device, device])
  expect(waitingCount(laptop.machine)).toBe(1)
})
