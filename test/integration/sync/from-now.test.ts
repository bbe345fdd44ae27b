/** A grant that begins now (C3, C7), property 8: its reader sees what is written from then on, and of all before nothing but hashes. */
import { idText } from '@chartkeep/protocol'
import { newestBoxKey } from '@chartkeep/protocol/account'
import { isBareHash, type StreamEntry } from '@chartkeep/protocol/streams'
import {
  addOwnerNow,
  purgeRevokedVault,
  grantNow,
  hasEnded,
  newestKey,
  maintainMembership,
  waitingCount,
} from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  aside,
  createAttackWorld,
  save,
  share,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../../support/attack-world.ts'
import { onePage, signInAt } from '../../support/hostile-server.ts'

let world: AttackWorld
let laptop: Device
let clinic: Device
let labs: Uint8Array

beforeEach(async () => {
  world = await createAttackWorld()
  laptop = world.laptop
  labs = world.stream('labs')
  for (const text of ['first', 'second', 'third']) {
    await save(laptop, 'labs', text)
    await laptop.sync()
  }
  clinic = await world.provider()
})

afterEach(() => world.close())

const account = (device: Device) => device.person.account
const keysOf = (device: Device) => [...(device.machine.keys.streams.get(idText(labs))?.byEpoch.keys() ?? [])].toSorted()
const recordOf = (device: Device, text: string) => device.rows.all().find((row) => row.resource.includes(text))!.id

async function shareFromNow(to = clinic, by = laptop, rights: ('read' | 'append' | 'amend')[] = ['read']) {
  await by.book.refresh(account(to), by.server, world.key.publicKey)
  return grantNow(by.machine, by.server, {
    kind: 'share',
    id: by.machine.randomBytes(16),
    grantee: account(to),
    scopes: [{ collection: 'labs', rights }],
    notBefore: world.time.now - 1000,
    notAfter: world.time.now + 86_400_000,
    label: { purpose: 'visit', name: 'Mei', birthDate: '', grantee: 'Dr Lin' },
    fromNow: true,
    generation: newestBoxKey(by.book.lookup(account(to))!).generation,
  })
}

/** The stream as the server shows it to the device. */
async function shownTo(device: Device): Promise<StreamEntry[]> {
  const session = await signInAt(world.core, account(device), device.secrets)
  const answer = await world.core.pull(session, world.vault, { streams: [{ stream: labs, after: 0 }], budget: 1 << 22 })
  if ('type' in answer) throw new Error(answer.error)
  return answer.streams[0]!.entries
}

test('C3, C7, property 8: a reader from now on sees exactly what is written from then on, changes of older records included', async () => {
  expect(await shareFromNow()).toMatchObject({ type: 'done' })
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  expect([shown(clinic, 'labs'), keysOf(clinic)]).toEqual([[], [2]])

  await world.phone.sync()
  await save(world.phone, 'labs', 'fourth')
  await save(world.phone, 'labs', 'second, corrected', recordOf(world.phone, 'second'))
  await world.phone.sync()
  await laptop.sync()
  await save(laptop, 'labs', 'fifth')
  await laptop.sync()
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  expect(shown(clinic, 'labs')).toEqual(texts('labs', 'fifth', 'fourth', 'second, corrected'))
  expect([aside(clinic), clinic.rows.table('waiting').size, keysOf(clinic)]).toEqual([[], 0, [2]])

  // What the server gives of the time before: outcome and hash, no header, no body; by number nothing.
  const entries = await shownTo(clinic)
  expect(entries.map(isBareHash)).toEqual([true, true, true, false, false, false])
  expect(entries.slice(0, 3).every(({ body, proof }) => body === null && proof === null)).toBe(true)
  const session = await signInAt(world.core, account(clinic), clinic.secrets)
  const fetched = await world.core.fetchBodies(session, world.vault, { stream: labs, numbers: [1, 2, 3] })
  expect(fetched).toEqual({ entries: [] })

  await clinic.reopen()
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  expect(shown(clinic, 'labs')).toEqual(texts('labs', 'fifth', 'fourth', 'second, corrected'))
})

test('C3, C5: what a device wrote before it knew of the grant is sealed again under the new epoch, so that the reader misses nothing', async () => {
  await world.phone.sync()
  expect(await shareFromNow()).toMatchObject({ type: 'done' })
  await save(world.phone, 'labs', 'offline')
  expect(await world.phone.sync()).toEqual({ type: 'synced' })
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  expect(shown(clinic, 'labs')).toEqual(texts('labs', 'offline'))
})

test('C3: whoever reads the stream already is given the new epoch in the same entry', async () => {
  const old = await world.provider()
  await share(world, old, { labs: ['read', 'append'] })
  await shareFromNow()
  await save(laptop, 'labs', 'fourth')
  await laptop.sync()
  expect(await old.sync()).toEqual({ type: 'synced' })
  expect(shown(old, 'labs')).toEqual(texts('labs', 'first', 'fourth', 'second', 'third'))
  await save(old, 'labs', 'from the older one')
  expect(await old.sync()).toEqual({ type: 'synced' })
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  expect([shown(clinic, 'labs'), aside(clinic)]).toEqual([texts('labs', 'fourth', 'from the older one'), []])
})

test('C3, E6: it writes from its first day, and what it wrote stands for everybody', async () => {
  await shareFromNow(clinic, laptop, ['read', 'append', 'amend'])
  await clinic.sync()
  await save(clinic, 'labs', 'a result')
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  await save(clinic, 'labs', 'a result, corrected', recordOf(clinic, 'a result'))
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  await laptop.sync()
  expect([shown(laptop, 'labs'), aside(laptop)]).toEqual([
    texts('labs', 'a result, corrected', 'first', 'second', 'third'),
    [],
  ])
})

test('C3, C7: given all history later, or a place among the owners, the reader takes in what came as hashes, and finds the same chain', async () => {
  await shareFromNow()
  await save(laptop, 'labs', 'fourth')
  await save(laptop, 'labs', 'second, corrected', recordOf(laptop, 'second'))
  await laptop.sync()
  await clinic.sync()
  const nurse = await world.provider()
  await shareFromNow(nurse)
  await nurse.sync()

  await share(world, clinic, { labs: ['read', 'append'] })
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  const all = texts('labs', 'first', 'fourth', 'second, corrected', 'third')
  expect([shown(clinic, 'labs'), aside(clinic), keysOf(clinic)]).toEqual([all, [], [1, 2, 3]])
  await clinic.reopen()
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  await save(clinic, 'labs', 'a result')
  expect(await clinic.sync()).toEqual({ type: 'synced' })

  await laptop.sync()
  const { generation } = newestBoxKey(laptop.book.lookup(account(nurse))!)
  const label = { purpose: '', name: 'Mei', birthDate: '', grantee: 'Jun', people: {} }
  await addOwnerNow(laptop.machine, laptop.server, { account: account(nurse), generation, role: 'manager', label })
  expect(await nurse.sync()).toEqual({ type: 'synced' })
  const now = texts('labs', 'a result', 'first', 'fourth', 'second, corrected', 'third')
  expect([shown(nurse, 'labs'), aside(nurse), waitingCount(nurse.machine)]).toEqual([now, [], 0])
})

test('C3, F1: earlier hashes that do not lead to the head that the owner signed are a fork, and a header is no hash', async () => {
  await shareFromNow()
  await save(laptop, 'labs', 'fourth')
  await laptop.sync()
  const honest = await shownTo(clinic)
  for (const [what, bend] of [
    ['another hash', (entry: StreamEntry) => ({ ...entry, bodyHash: new Uint8Array(32).fill(7) })],
    ['another outcome', (entry: StreamEntry) => ({ ...entry, outcome: 'conflict' as const })],
  ] as const) {
    const reader = await world.secondDevice(clinic, what)
    reader.server.lies = {
      pull: (answer) =>
        onePage(answer, labs, (page) => ({
          ...page,
          entries: page.entries.map((entry) => (entry.n === 2 ? bend(entry) : entry)),
        })),
    }
    expect(await reader.sync(), what).toMatchObject({ type: 'stopped', fault: 'fork' })
    expect(shown(reader, 'labs')).toEqual([])
  }
  // After its start a bare hash is no entry: a server cannot hide what it granted.
  const hidden = await world.secondDevice(clinic, 'hidden')
  hidden.server.lies = {
    pull: (answer) =>
      onePage(answer, labs, (page) => ({
        ...page,
        entries: page.entries.map((entry) =>
          entry.n < 4 ? entry : { ...entry, header: new Uint8Array(), body: null, proof: null },
        ),
      })),
  }
  expect(await hidden.sync()).toMatchObject({ type: 'stopped', fault: 'withheld' })
  expect(honest).toHaveLength(4)
})

test('C3: it starts at the head of its moment: the server takes no older one, and the action is built again', async () => {
  await world.phone.sync()
  await save(world.phone, 'labs', 'in between')
  let raced = false
  laptop.server.lies = {
    postControl: async (send) => {
      if (!raced) await world.phone.sync()
      raced = true
      return send()
    },
  }
  const entries = laptop.server.calls.length
  expect(await shareFromNow()).toMatchObject({ type: 'done' })
  expect([raced, laptop.server.calls.slice(entries).filter((call) => call === 'postControl').length]).toEqual([true, 2])
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  expect(shown(clinic, 'labs')).toEqual([])
  const start = [...clinic.machine.control!.grants.values()][0]!.streams.get(idText(labs))!.start!
  expect(start.n).toBe(4)
})

test('C3, C7, F3: cut and given again from now on, the reader continues with its own chain and sees only the new time', async () => {
  const granted = await shareFromNow(clinic, laptop, ['read', 'append'])
  if (granted.type !== 'done') throw new Error(granted.type)
  await clinic.sync()
  await save(clinic, 'labs', 'a result')
  await clinic.sync()
  await laptop.sync()
  world.time.now += 2 * 86_400_000
  await laptop.sync()
  expect(await maintainMembership(laptop.machine, laptop.server, world.time.now)).toBe(true)
  expect(await clinic.sync()).toEqual({ type: 'ended' })
  expect(hasEnded(clinic.machine)).toBe(true)

  await shareFromNow(clinic, laptop, ['read', 'append'])
  // As the session does it: the chart is read again, and only the device's own chain is kept.
  const own = [...clinic.rows.table('own')].map(([key, value]) => ({ table: 'own', key, value }))
  clinic.disk.length = 0
  await clinic.reopen()
  await clinic.rows.commit({ sync: own })
  await clinic.reopen()
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  // The key of its first grant, and the newest.
  expect([shown(clinic, 'labs'), keysOf(clinic)]).toEqual([[], [2, newestKey(laptop.machine, idText(labs))!.epoch]])
  await save(clinic, 'labs', 'another result')
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  await laptop.sync()
  expect([shown(laptop, 'labs'), aside(laptop)]).toEqual([
    texts('labs', 'a result', 'another result', 'first', 'second', 'third'),
    [],
  ])
})

test.each([
  ['taken', texts('labs', 'a result', 'another result', 'first', 'on its way', 'second', 'third')],
  ['void', texts('labs', 'a result', 'another result', 'first', 'second', 'third')],
  ['lost', texts('labs', 'a result', 'another result', 'first', 'second', 'third')],
])(
  'C3, C7, F3: given again from now on, it continues after what it never got an answer for and sees as a hash (%s)',
  async (fate, ofOwner) => {
    await shareFromNow(clinic, laptop, ['read', 'append'])
    await clinic.sync()
    await save(clinic, 'labs', 'a result')
    await clinic.sync()
    await laptop.sync()
    await save(clinic, 'labs', 'on its way')
    clinic.server.lies = {
      push: async (send) => {
        // A new epoch while it is on its way: the server takes it as void.
        if (fate === 'void') expect(await shareFromNow(await world.provider())).toMatchObject({ type: 'done' })
        if (fate !== 'lost') expect(await send()).toMatchObject({ type: 'ok', value: { refused: null } })
        return { type: 'offline' }
      },
    }
    expect(await clinic.sync()).toEqual({ type: 'offline' })
    clinic.server.lies = {}
    world.time.now += 2 * 86_400_000
    await laptop.sync()
    expect(await maintainMembership(laptop.machine, laptop.server, world.time.now)).toBe(true)
    expect(await clinic.sync()).toEqual({ type: 'ended' })
    await purgeRevokedVault(clinic.machine)

    await shareFromNow(clinic, laptop, ['read', 'append'])
    expect(await clinic.sync()).toEqual({ type: 'synced' })
    expect(shown(clinic, 'labs')).toEqual([])
    await save(clinic, 'labs', 'another result')
    expect(await clinic.sync()).toEqual({ type: 'synced' })
    await laptop.sync()
    expect([shown(laptop, 'labs'), aside(laptop)]).toEqual([ofOwner, []])
  },
)
