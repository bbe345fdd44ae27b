/** Who holds and who manages a chart (C2, C4, K5), with the shipping machine of several accounts and a real server core. */
import { randomBytes } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import { accountHead, newestBoxKey } from '@chartkeep/protocol/account'
import {
  controlHead,
  deviceCut,
  holdersOf,
  isOwner,
  ownerOf,
  staleStreams,
  type OwnerRole,
} from '@chartkeep/protocol/control'
import {
  ACCESS_LOG,
  addOwnerNow,
  bringAccessLog,
  cutEntry,
  deviceRemovedEntry,
  endOwnerNow,
  freshKeys,
  hasEnded,
  leaveNow,
  newestKey,
  offerNow,
  ownerPart,
  ownerCut,
  postEntry,
  publish,
  signEntry,
  authorOf,
  streamName,
  takeOverNow,
  maintainMembership,
  waitingCount,
  type GrantLabel,
} from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  aside,
  createAttackWorld,
  forge,
  honestStream,
  save,
  share,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../../support/attack-world.ts'
import { makeUpStream, serveInstead, signInAt } from '../../support/hostile-server.ts'

let world: AttackWorld
let laptop: Device
let other: Device
let labs: Uint8Array

beforeEach(async () => {
  world = await createAttackWorld()
  laptop = world.laptop
  labs = world.stream('labs')
  await bringAccessLog(laptop.machine, laptop.server)
  await save(laptop, 'labs', 'first')
  await laptop.sync()
  other = await world.provider()
})

afterEach(() => world.close())

const account = (device: Device) => device.person.account
const epochOf = (device: Device) => newestKey(device.machine, idText(labs))?.epoch
const tidy = (device = laptop) => maintainMembership(device.machine, device.server, world.time.now)

async function add(person: Device, role: OwnerRole, by = laptop, said: Partial<GrantLabel> = {}) {
  await by.book.refresh(account(person), by.server, world.key.publicKey)
  const { generation } = newestBoxKey(by.book.lookup(account(person))!)
  const label = {
    purpose: '',
    name: 'Mei',
    birthDate: '2015-04-01',
    grantee: 'Jun',
    people: { [idText(account(by))]: 'Ana' },
    ...said,
  }
  return addOwnerNow(by.machine, by.server, { account: account(person), generation, role, label })
}

async function added(device: Device, role: OwnerRole, by = laptop): Promise<void> {
  expect(await add(device, role, by)).toMatchObject({ type: 'done' })
  expect(await device.sync()).toEqual({ type: 'synced' })
}

test('C2, C4: a second parent holds the chart: reads all of it, writes, shares, and either supersedes what the other wrote', async () => {
  await added(other, 'holder')
  const { machine } = other
  expect(shown(other, 'labs')).toEqual(texts('labs', 'first'))
  expect(machine.keys.docSecret).toEqual(laptop.machine.keys.docSecret)
  const names = (device: Device) =>
    [...device.machine.keys.streams.keys()].map((id) => streamName(device.machine, id)).toSorted()
  expect(names(other), 'the audit log and the access log among them').toEqual(names(laptop))
  expect(names(other)).toContain(ACCESS_LOG)
  expect(machine.keys.shown).toEqual({ name: 'Mei', birthDate: '2015-04-01' })
  expect([...machine.keys.people.values()].toSorted()).toEqual(['Ana', 'Jun'])

  const first = laptop.rows.all().find((row) => row.resource.includes('first'))!
  await save(other, 'labs', 'corrected by the other', first.id)
  expect(await other.sync()).toEqual({ type: 'synced' })
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(shown(laptop, 'labs')).toEqual(texts('labs', 'corrected by the other'))
  await save(laptop, 'labs', 'and back', first.id)
  await laptop.sync()
  await other.sync()
  expect([shown(other, 'labs'), aside(other), aside(laptop)]).toEqual([texts('labs', 'and back'), [], []])

  // What one shares, the other can end, and both get the new keys.
  const clinic = await world.provider()
  const grant = await share({ ...world, laptop: other }, clinic, { labs: ['read'] })
  expect(shown(clinic, 'labs')).toEqual(texts('labs', 'and back'))
  await laptop.sync()
  expect(laptop.machine.control!.grants.get(idText(grant))).toMatchObject({ cut: null })
  expect(await add(clinic, 'holder')).toMatchObject({ type: 'error', error: 'refused' })
}, 60_000)

test('C2: a manager adds and removes managers of its own, and never a holder; the server and every reader refuse it', async () => {
  await added(other, 'manager')
  const third = await world.provider()
  await added(third, 'manager', other)
  const parent = await world.provider()
  await laptop.sync()
  await added(parent, 'manager')
  await other.sync()
  expect(await endOwnerNow(other.machine, other.server, account(laptop))).toEqual({ type: 'stale', why: 'not-yours' })
  expect(await endOwnerNow(other.machine, other.server, account(parent))).toEqual({ type: 'stale', why: 'not-yours' })
  expect(await add(parent, 'holder', other)).toMatchObject({ type: 'error', error: 'refused' })

  const forbidden = () => {
    const streams = [...other.machine.control!.streams.keys()]
    const cut = ownerCut(other.machine, account(laptop))
    return cutEntry(other.machine.control!, other.machine.keys, cut, streams, [], authorOf(other.machine))
  }
  const entries = laptop.machine.control!.n
  expect(await postEntry(other.machine, other.server, forbidden)).toEqual({ type: 'error', error: 'refused' })
  await laptop.sync()
  expect(isOwner(laptop.machine.control!, account(laptop))).toBe(true)
  expect(laptop.machine.control!.n).toBeLessThanOrEqual(entries + 1)
  // A server that takes it all the same: readers stop with the evidence, and the holder keeps the chart.
  const entry = await forbidden()
  laptop.server.lies = {
    control: (honest) => (honest.type === 'ok' ? { type: 'ok', value: { ...honest.value, entries: [entry] } } : honest),
  }
  expect(await laptop.sync()).toMatchObject({ type: 'stopped', fault: 'refused', what: 'control-entry bad-cut' })

  expect(await endOwnerNow(other.machine, other.server, account(third))).toMatchObject({ type: 'done' })
  expect(ownerOf(other.machine.control!, account(third))).toBeNull()
}, 60_000)

test('C2: a manager who adds another names the new manager and itself, and nobody else again: neither a holder, nor whose chart it is', async () => {
  const clinic = await world.provider()
  await share(world, clinic, { labs: ['read'] })
  const third = await world.provider()
  await added(other, 'manager')
  await laptop.sync()
  const nameOf = (who: Device, on = laptop) => on.machine.keys.people.get(idText(account(who)))
  expect(nameOf(other)).toBe('Jun')
  const people = {
    [idText(account(laptop))]: 'Nobody',
    [idText(account(clinic))]: 'Another clinic',
    [idText(account(other))]: 'Jun\u202E \u0000the second',
  }
  const lie = { name: 'Somebody Else', birthDate: '1900-01-01', grantee: 'K'.repeat(500), people }
  expect(await add(third, 'manager', other, lie)).toMatchObject({ type: 'done' })
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  // Whom it added has its word alone; everybody else keeps what they knew.
  expect([nameOf(laptop), nameOf(clinic), nameOf(other), nameOf(third)]).toEqual([
    'Ana',
    undefined,
    'Jun⟦RLO⟧ ⟦U+0000⟧the second',
    'K'.repeat(40),
  ])
  expect(laptop.machine.keys.shown).toBeNull()
  expect(await third.sync()).toEqual({ type: 'synced' })
  expect(third.machine.keys.shown).toEqual({ name: 'Somebody Else', birthDate: '1900-01-01' })
})

test('C2, E1: a manager who sends another secret of document ids changes none: what was imported is known again', async () => {
  await added(other, 'manager')
  await laptop.sync()
  const secret = laptop.machine.keys.docSecret
  const { machine, server } = other
  const posted = await postEntry(machine, server, async () => {
    const control = machine.control!
    const author = authorOf(machine)
    const fresh = freshKeys(control, machine.keys, [idText(labs)], randomBytes)
    const parts = author.owners!.map((owner) =>
      ownerPart(control.vault, owner, fresh, randomBytes(32), null, randomBytes),
    )
    return signEntry(control.vault, controlHead(control), author, { type: 'epoch', epochs: publish(fresh) }, parts)
  })
  expect(posted).toMatchObject({ type: 'done' })
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(epochOf(laptop)).toBe(2)
  expect(laptop.machine.keys.docSecret).toEqual(secret)
  await laptop.reopen()
  expect(laptop.machine.keys.docSecret).toEqual(secret)
})

test('C2, P5, property 7: a removed manager gets 0 bytes and no later key; what it wrote before counts, what it backdates does not', async () => {
  await added(other, 'manager')
  await save(other, 'labs', 'from the manager')
  await other.sync()
  await laptop.sync()
  const backdated = await forge(other, labs)
  const before = epochOf(other)!

  expect(await endOwnerNow(laptop.machine, laptop.server, account(other))).toMatchObject({ type: 'done' })
  await save(laptop, 'labs', 'after')
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(shown(laptop, 'labs')).toEqual(texts('labs', 'after', 'first', 'from the manager'))
  expect(epochOf(laptop)).toBe(before + 1)

  const session = await signInAt(world.core, account(other), other.secrets)
  const pull = { streams: [{ stream: labs, after: 0 }], budget: 1 << 20 }
  expect(await world.core.pull(session, world.vault, pull)).toMatchObject({ error: 'not-found' })
  expect(await world.core.fetchBodies(session, world.vault, { stream: labs, numbers: [1, 2, 3] })).toMatchObject({
    error: 'not-found',
  })
  await save(other, 'labs', 'unsent')
  expect(await other.sync()).toEqual({ type: 'ended' })
  expect(hasEnded(other.machine)).toBe(true)
  expect(other.machine.keys.streams.get(idText(labs))!.byEpoch.has(before + 1)).toBe(false)
  expect(waitingCount(other.machine), 'its unsent work is still here').toBe(1)

  const reader = await world.addDevice('reader')
  await reader.book.refresh(account(other), reader.server, world.key.publicKey)
  reader.server.lies = serveInstead(
    labs,
    await makeUpStream(world.key, world.vault, labs, [...(await honestStream(world, labs)), backdated]),
  )
  await reader.sync()
  expect([shown(reader, 'labs'), aside(reader)]).toEqual([texts('labs', 'after', 'first', 'from the manager'), ['cut']])
}, 60_000)

test('C2, C4, P5: who leaves makes no keys; the next device of an owner brings them before it seals, and the last holder stays', async () => {
  expect(await leaveNow(laptop.machine, laptop.server)).toEqual({ type: 'last-holder' })
  await added(other, 'manager')
  await laptop.sync()
  const before = epochOf(laptop)!
  await save(other, 'labs', 'unsent')
  expect(await leaveNow(other.machine, other.server)).toEqual({ type: 'waiting', count: 1 })
  await other.sync()
  expect(await leaveNow(other.machine, other.server)).toMatchObject({ type: 'done' })
  expect([hasEnded(other.machine), epochOf(other)]).toEqual([true, before])

  await save(laptop, 'labs', 'after')
  expect(await laptop.sync(), 'it waits for keys that the one who left does not know').toEqual({ type: 'waiting' })
  expect(staleStreams(laptop.machine.control!)).toHaveLength(laptop.machine.control!.streams.size)
  expect(await tidy()).toBe(true)
  expect([staleStreams(laptop.machine.control!), epochOf(laptop)]).toEqual([[], before + 1])
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(await tidy(), 'once').toBe(false)
  const last = (await honestStream(world, labs)).at(-1)!
  expect(last.outcome).toBe('current')
  await world.phone.sync()
  expect(shown(world.phone, 'labs')).toEqual(texts('labs', 'after', 'first', 'unsent'))
  expect(await other.sync()).toEqual({ type: 'ended' })
}, 60_000)

test('C2: a hand-over is signed by giver and receiver, and brings keys that the giver does not get', async () => {
  await added(other, 'manager')
  const clinic = await world.provider()
  await laptop.sync()
  await share(world, clinic, { labs: ['read', 'append'] })
  await other.sync()
  const before = epochOf(laptop)!
  const none = { type: 'stale', why: 'no-offer' }
  expect(await takeOverNow(other.machine, other.server, account(laptop))).toEqual(none)
  expect(await offerNow(laptop.machine, laptop.server, 'offer', account(other))).toMatchObject({ type: 'done' })
  expect(await offerNow(laptop.machine, laptop.server, 'withdraw', account(other))).toMatchObject({ type: 'done' })
  expect(await takeOverNow(other.machine, other.server, account(laptop)), 'it was taken back').toEqual(none)
  expect(holdersOf(other.machine.control!).map((owner) => owner.account)).toEqual([account(laptop)])

  await offerNow(laptop.machine, laptop.server, 'offer', account(other))
  expect(await takeOverNow(other.machine, other.server, account(laptop))).toMatchObject({ type: 'done' })
  expect(holdersOf(other.machine.control!).map((owner) => owner.account)).toEqual([account(other)])
  await save(other, 'labs', 'mine now')
  expect(await other.sync()).toEqual({ type: 'synced' })
  expect(await takeOverNow(other.machine, other.server, account(laptop)), 'asked twice').toMatchObject({ type: 'done' })
  expect(await laptop.sync()).toEqual({ type: 'ended' })
  expect(laptop.machine.keys.streams.get(idText(labs))!.byEpoch.has(before + 1)).toBe(false)
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  expect([shown(clinic, 'labs'), aside(clinic)]).toEqual([texts('labs', 'first', 'mine now'), []])
}, 60_000)

test("K5, C2: a device that an owner removed from its account is cut by the next owner's device, whose-ever it is", async () => {
  const stolen = await world.secondDevice(other, 'old phone')
  await added(other, 'manager')
  expect(await stolen.sync()).toEqual({ type: 'synced' })
  const backdated = await forge(stolen, labs)
  const state = other.book.lookup(account(other))!
  const removal = await deviceRemovedEntry(state, other.secrets, stolen.secrets.id, other.boxKeys(), randomBytes)
  expect((await other.server.postAccount(account(other), removal)).type).toBe('ok')
  await other.book.append(account(other), [removal])

  await laptop.sync()
  const before = epochOf(laptop)!
  expect(await tidy()).toBe(true)
  expect(deviceCut(laptop.machine.control!, { account: account(other), device: stolen.secrets.id })).not.toBeNull()
  expect(epochOf(laptop)).toBe(before + 1)
  expect(await other.sync()).toEqual({ type: 'synced' })
  expect(epochOf(other)).toBe(before + 1)
  expect(await tidy(other), 'once').toBe(false)
  await save(other, 'labs', 'from the new phone')
  expect(await other.sync()).toEqual({ type: 'synced' })

  const forged = await forge(stolen, labs, {
    accountLog: accountHead(other.book.lookup(account(other))),
    control: controlHead(laptop.machine.control),
  })
  const honest = await honestStream(world, labs)
  for (const [made, reason] of [
    [backdated, 'cut'],
    [forged, 'device-not-live'],
  ] as const) {
    const reader = await world.addDevice(`reader ${reason}`)
    await reader.book.refresh(account(other), reader.server, world.key.publicKey)
    reader.server.lies = serveInstead(labs, await makeUpStream(world.key, world.vault, labs, [...honest, made]))
    await reader.sync()
    expect([shown(reader, 'labs'), aside(reader)]).toEqual([texts('labs', 'first', 'from the new phone'), [reason]])
  }
}, 60_000)

test('C2, C8: a grantee who becomes a manager reads the log again from its start, and the rest of the chart', async () => {
  await save(laptop, 'allergies', 'pollen')
  await laptop.sync()
  await share(world, other, { labs: ['read', 'append'] })
  await save(other, 'labs', 'as a grantee')
  await other.sync()
  const clinic = await world.provider()
  await laptop.sync()
  const hidden = await share(world, clinic, { allergies: ['read'] })
  await other.sync()
  expect(other.machine.control!.grants.get(idText(hidden))!.account).toBeNull()

  await laptop.sync()
  await added(other, 'manager')
  expect(other.machine.control!.grants.get(idText(hidden))!.account).toEqual(account(clinic))
  expect(shown(other, 'allergies')).toEqual(texts('allergies', 'pollen'))
  await laptop.sync()
  const own = laptop.rows.all().find((row) => row.resource.includes('as a grantee'))!
  await expect(save(laptop, 'labs', 'rewritten', own.id), 'what it wrote as a grantee stays its own').rejects.toThrow(
    'no-right',
  )
  await save(other, 'labs', 'corrected by its author', own.id)
  expect(await other.sync()).toEqual({ type: 'synced' })
  await laptop.sync()
  expect(shown(laptop, 'labs')).toEqual(texts('labs', 'corrected by its author', 'first'))
  // Removed, it keeps none of what it was granted before either.
  expect(await endOwnerNow(laptop.machine, laptop.server, account(other))).toMatchObject({ type: 'done' })
  expect(await other.sync()).toEqual({ type: 'ended' })
}, 60_000)
