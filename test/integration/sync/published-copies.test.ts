/** What the scenarios of publishing found (test/simulation/publish.test.ts), each told by itself: copies of a practice in a patient's chart (N5). */
import { randomBytes } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import { newestBoxKey, newestRoleKey } from '@chartkeep/protocol/account'
import type { RecordRevision } from '@chartkeep/sync'
import {
  commitAndSeal,
  commitVersions,
  conflictsOf,
  cutGrantNow,
  grantNow,
  submitLate,
  lateItems,
  prepareVersion,
  type PublishingChart,
  readLateArrivals,
  settleCopies,
  waitingCount,
} from '@chartkeep/sync/testing'
import type { StoredRecord } from '@chartkeep/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  aside,
  createAttackWorld,
  resourceOf,
  share,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../../support/attack-world.ts'
import { signaturesAt } from '../../support/sim-members-world.ts'
import { pass } from '../../support/sim-publish-passes.ts'
import { openPublishing, publishOne, saveIn, setRoles, type Seat } from '../../support/sim-publish-world.ts'
import { simRandom } from '../../support/sim-random.ts'

let world: AttackWorld

beforeEach(async () => {
  world = await createAttackWorld(['notes'], { inMemory: true })
})

afterEach(() => world.close())

/** The version as a device publishes it; sealed with the same entry, or left for the next pass. */
async function publishCopy({ machine }: Device, text: string, as: { doc: string; revision: string }, isInStep = true) {
  const prepared = prepareVersion(machine, { collection: 'labs', resource: resourceOf('labs', text), as })
  if (prepared.type !== 'row') throw new Error(prepared.type)
  await (isInStep ? commitAndSeal : commitVersions)(machine, [prepared])
  return prepared.row
}

test('N5, Y6: a copy that was sealed goes out after a restart, though another device published the same version meanwhile', async () => {
  const desk = await world.provider()
  await share(world, desk, { labs: ['read', 'append', 'amend'] })
  const ward = await world.secondDevice(desk, 'ward')
  await ward.sync()
  const as = { doc: idText(randomBytes(16)), revision: idText(randomBytes(16)) }
  await publishCopy(desk, 'result', as)
  world.time.now += 1000
  await publishCopy(ward, 'result', as)
  expect(await desk.sync()).toEqual({ type: 'synced' })

  // It reads the other copy, which bears another clock, and dies before its own is answered.
  ward.server.lies = { push: () => Promise.resolve({ type: 'offline' }) }
  expect(await ward.sync()).toEqual({ type: 'offline' })
  ward.server.lies = {}
  await ward.reopen()
  expect(await ward.sync()).toEqual({ type: 'synced' })
  for (const device of [desk, ward, world.laptop]) {
    expect(await device.sync()).toEqual({ type: 'synced' })
    expect(shown(device, 'labs')).toEqual(texts('labs', 'result'))
    expect(aside(device)).toEqual([])
  }
})

test.each(['stands', 'stands beside the other'])(
  'N5, Y3: of two versions that were published apart the newest goes out once more after a restart too, where it %s',
  async (place) => {
    const { laptop } = world
    const desk = await world.provider()
    await share(world, desk, { labs: ['read', 'append', 'amend'] })
    const ward = await world.secondDevice(desk, 'ward')
    await ward.sync()
    const doc = idText(randomBytes(16))
    const isFirst = place === 'stands'
    for (const [device, text] of [
      [desk, isFirst ? 'newest' : 'older'],
      [ward, isFirst ? 'older' : 'newest'],
    ] as const)
      await publishCopy(device, text, { doc, revision: idText(randomBytes(16)) })
    for (const device of [desk, ward, desk]) expect(await device.sync()).toEqual({ type: 'synced' })
    expect(shown(desk, 'labs')).toEqual(texts('labs', isFirst ? 'newest' : 'older'))

    const { machine } = desk
    const [conflict] = conflictsOf(machine)
    const newest = isFirst ? machine.rows.read(conflict!.id)! : conflict!.row
    const vault = {
      machine,
      signatureRows: () => [],
      keepVersions: () => Promise.resolve('done' as const),
      versionsHere: () => Promise.resolve([newest, conflict!.row, machine.rows.read(conflict!.id)!].map(asCurrent)),
      takeCopies: async (prepare: Parameters<PublishingChart['takeCopies']>[0]) => {
        const copies = prepare(machine)
        if (copies.type === 'copies') await commitVersions(machine, copies.rows)
        return 'done' as const
      },
    }
    await settleCopies(vault, vault)
    expect(waitingCount(machine)).toBe(1)

    await desk.reopen()
    expect(waitingCount(desk.machine)).toBe(1)
    for (const device of [desk, ward, laptop]) {
      expect(await device.sync()).toEqual({ type: 'synced' })
      expect(shown(device, 'labs')).toEqual(texts('labs', 'newest'))
      expect(conflictsOf(device.machine)).toEqual([])
    }
  },
)

test('N5, Y6: a version that lost in the chart and holds in the practice is published again, also by a device that is restarted before it sends', async () => {
  const devices = [world.laptop, world.phone]
  const apart = { world, random: simRandom('lost copy'), devices, faults: [], trace: [], counts: {} }
  const run = await openPublishing(apart, {})
  await setRoles(run, ['physician'])
  const passes = async (...those: Device[]) => {
    for (const device of those) await pass(run, device)
  }
  await passes(...run.devices, ...run.devices)
  const [desk, ward] = run.seats as [Seat, Seat]
  const note = (title: string) => `{"resourceType":"Composition","status":"final","title":"${title}"}`
  const { id } = (await saveIn(run, desk, 'notes', note('first')))!
  await publishOne(run, desk, desk.vault.machine.rows.read(id)!)
  await passes(desk.device, ward.device)

  // In the practice's vault the ward's comes first, in the chart the desk's.
  await saveIn(run, ward, 'notes', note('ward'), id)
  await passes(ward.device)
  await publishOne(run, ward, ward.vault.machine.rows.read(id)!)
  await saveIn(run, desk, 'notes', note('desk'), id)
  await publishOne(run, desk, desk.vault.machine.rows.read(id)!)
  await passes(desk.device, ward.device, desk.device)
  const titleIn = ({ machine }: Pick<Device, 'machine'>) =>
    machine.rows
      .all()
      .flatMap(({ doc, resource }) => (id.endsWith(doc) ? [(JSON.parse(resource) as { title: string }).title] : []))
  expect([titleIn(desk.vault), titleIn(desk.chart)]).toEqual([['ward'], ['desk']])

  desk.device.server.lies = { push: () => Promise.resolve({ type: 'offline' }) }
  const other = (await saveIn(run, desk, 'notes', note('other')))!
  for (const each of [other.id, id]) await publishOne(run, desk, desk.vault.machine.rows.read(each)!)
  await desk.reopen()
  desk.device.server.lies = {}
  await passes(desk.device, ward.device, world.laptop)
  for (const side of [desk.chart, ward.chart, world.laptop]) {
    expect(titleIn(side)).toEqual(['ward'])
    expect(conflictsOf(side.machine)).toEqual([])
  }
})

test('N5, Y3: two versions that were published apart never become one that nobody in the practice wrote', async () => {
  const desk = await world.provider({ id: randomBytes(16), name: 'Desk', roles: ['admin', 'physician'] })
  await shareWithPhysicians(desk)
  const ward = await world.secondDevice(desk, 'ward')
  for (const device of [desk, ward]) expect(await device.sync()).toEqual({ type: 'synced' })
  const as = { doc: idText(randomBytes(16)), revision: idText(randomBytes(16)) }
  const { id } = await publishCopy(desk, 'result', as)
  for (const device of [desk, ward]) expect(await device.sync()).toEqual({ type: 'synced' })
  // Neither touches what the other does, and no dose or value is among it.
  const written = ['"note":[{"text":"seen"}]', '"effectiveDateTime":"2026-11-23"'].map((more) =>
    resourceOf('labs', 'result').replace(/\}$/u, `,${more}}`),
  )
  for (const [at, { machine }] of [desk, ward].entries()) {
    const draft = {
      collection: 'labs',
      resource: written[at]!,
      as: { doc: as.doc, revision: idText(randomBytes(16)) },
      id,
    }
    const prepared = prepareVersion(machine, draft)
    if (prepared.type !== 'row') throw new Error(prepared.type)
    await commitVersions(machine, [prepared])
  }
  for (const device of [desk, ward, desk, world.laptop]) expect(await device.sync()).toEqual({ type: 'synced' })
  for (const { machine } of [desk, ward, world.laptop]) {
    const here = [machine.rows.read(id)!, ...conflictsOf(machine).map(({ row }) => row)].map(({ resource }) => resource)
    expect(here.toSorted()).toEqual(written.toSorted())
  }
})

/** The patient lets the physicians of a practice write results. */
async function shareWithPhysicians({ person }: Device): Promise<void> {
  const { laptop, key, time } = world
  await laptop.book.refresh(person.account, laptop.server, key.publicKey)
  const outcome = await grantNow(laptop.machine, laptop.server, {
    kind: 'share',
    id: randomBytes(16),
    grantee: person.account,
    role: 'physician',
    scopes: [{ collection: 'labs', rights: ['read', 'append', 'amend'] }],
    notBefore: time.now - 1000,
    notAfter: time.now + 4e9,
    label: { purpose: 'visit', name: 'Mei', birthDate: '', grantee: 'Clinic' },
    generation: newestRoleKey(laptop.book.lookup(person.account)!, 'physician')!.generation,
  })
  expect(outcome).toMatchObject({ type: 'done' })
}

/** A version as the practice's history has it. */
function asCurrent({ revision, resource }: StoredRecord): RecordRevision {
  const author = { account: '', device: '', member: '', name: '', me: true }
  return { revision, resource, n: 0, savedAt: 0, author, outcome: 'current', current: false }
}

test.each([
  ['waits', false],
  ['is sealed', true],
])(
  'E6, C10, C11: a signature that %s when the right to sign ends is submitted, and what needs no such right goes out',
  async (_, isSealed) => {
    const { laptop } = world
    const clinic = await world.provider()
    const first = await share(world, clinic, { labs: ['read', 'append'], notes: ['read', 'append', 'sign'] })
    const row = await publishCopy(clinic, 'signed', { doc: idText(randomBytes(16)), revision: idText(randomBytes(16)) })
    const resource = await signaturesAt(clinic).make({ meaning: 'review' }, row)
    const signature = prepareVersion(clinic.machine, { collection: 'notes', resource })
    if (signature.type !== 'row') throw new Error(signature.type)
    await (isSealed ? commitAndSeal : commitVersions)(clinic.machine, [signature])

    await laptop.sync()
    await shareLess(clinic)
    expect(await cutGrantNow(laptop.machine, laptop.server, first, 'revoked')).toMatchObject({ type: 'done' })
    expect(await clinic.sync()).toEqual({ type: 'synced' })
    const { machine } = clinic
    expect(await submitLate({ ...machine, device: machine.device.id }, clinic.server)).toMatchObject({
      handed: 1,
      left: 0,
    })
    expect(await laptop.sync()).toEqual({ type: 'synced' })
    await readLateArrivals(laptop.machine, laptop.server)
    for (const device of [clinic, laptop]) expect(aside(device)).toEqual([])
    expect(shown(laptop, 'labs')).toEqual(texts('labs', 'signed'))
    expect(lateItems(laptop.machine).map(({ late }) => late.row.resource)).toEqual([resource])
  },
)

/** The patient continues to let the practice write, and no longer sign. */
async function shareLess(clinic: Device): Promise<void> {
  const { laptop, time } = world
  const outcome = await grantNow(laptop.machine, laptop.server, {
    kind: 'share',
    id: randomBytes(16),
    grantee: clinic.person.account,
    scopes: [
      { collection: 'labs', rights: ['read', 'append'] },
      { collection: 'notes', rights: ['read', 'append'] },
    ],
    notBefore: time.now - 1000,
    notAfter: time.now + 4e9,
    label: { purpose: 'visit', name: 'Mei', birthDate: '', grantee: 'Clinic' },
    generation: newestBoxKey(laptop.book.lookup(clinic.person.account)!).generation,
  })
  expect(outcome).toMatchObject({ type: 'done' })
}
