/**
 * A server that lies to an owner's device about who opened the chart in an emergency, and to a grantee's about what may be opened (C13): what does
 * not hold is shown as such, ends nothing, and takes nothing away.
 */
import { randomBytes, sign } from '@chartkeep/crypto'
import { decodeCbor } from '@chartkeep/crypto/encoding'
import { decodeAs, encodeMessage, idText } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { accessLogKey, controlHead } from '@chartkeep/protocol/control'
import {
  emergencyReceiptMessage,
  EmergencyRequestBody,
  emergencyRequestHash,
  emergencyRequestMessage,
  type EmergencyPage,
  type EmergencyRequest,
} from '@chartkeep/protocol/emergency'
import { verifyHead, type SignedHead } from '@chartkeep/protocol/streams'
import type { EmergencyUse } from '@chartkeep/sync'
import {
  commitVersions,
  emergencyUses,
  evidenceViews,
  HeldCharts,
  ACCOUNT_TABLE,
  nameOfOpening,
  prepareNote,
  readEmergencies,
  sealReason,
  settleAccess,
  type Answer,
} from '@chartkeep/sync/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAttackWorld, save, share, type AttackWorld, type Device } from '../support/attack-world.ts'
import { flipped } from '../support/flipped.ts'
import { signHeadAs, type Lies } from '../support/hostile-server.ts'
import { memoryHome } from '../support/memory-rows.ts'

const HOUR = 3_600_000
const PEOPLE = {
  author: (account: string, device: string) => ({ account, device, member: '', name: 'Dr Lin', me: false }),
}

let world: AttackWorld
let clinic: Device
let grant: Uint8Array

beforeAll(async () => {
  world = await createAttackWorld([], { inMemory: true })
  await save(world.laptop, 'medications', 'first')
  await world.laptop.sync()
  clinic = await world.provider()
  grant = await share(world, clinic, { medications: ['read'] }, 200 * HOUR, HOUR)
})
afterAll(() => world.close())

/** A request as the device signs it, for the clinic's grant unless the change says otherwise; `by`: whose keys it says that it is by. */
async function requestOf(
  by: Device,
  text: string,
  change: Partial<EmergencyRequestBody> = {},
): Promise<EmergencyRequest> {
  const { machine } = world.laptop
  const log = by.book.lookup(by.person.account)!
  const box = accessLogKey(machine.control!)!
  const place = { vault: world.vault, grant, account: by.person.account, device: by.secrets.id }
  const body = encodeMessage({
    v: 1,
    ...place,
    accountLog: accountHead(log),
    control: controlHead(machine.control),
    time: world.time.now,
    epoch: box.epoch,
    reason: sealReason(box.publicKey, { text, signer: null }, { ...place, ...change }),
    ...change,
  } satisfies EmergencyRequestBody)
  return { body, signature: await sign(by.secrets.signing, emergencyRequestMessage(body)) }
}

/** The server says that it took the request, and signs so. */
async function claimed(
  request: EmergencyRequest,
  until = world.time.now + HOUR,
): Promise<EmergencyPage['items'][number]> {
  const body = decodeAs(EmergencyRequestBody, request.body)
  const place = body ?? { vault: world.vault, grant, device: clinic.secrets.id }
  const times = { request: emergencyRequestHash(request.body), from: world.time.now, until }
  return {
    place: 1,
    request,
    receipt: { ...times, signature: await sign(world.key, emergencyReceiptMessage(place, times)) },
  }
}

async function told(device: Device, items: EmergencyPage['items']): Promise<EmergencyUse[]> {
  const placed = items.map((item, at) => ({ ...item, place: at + 1 }))
  const answer = (after: number): Answer<EmergencyPage> => ({
    type: 'ok',
    value: { items: placed.filter(({ place }) => place > after), last: placed.length },
  })
  device.server.lies = { emergencies: (_, after) => answer(after) }
  await readEmergencies(device.machine, device.server, true)
  device.server.lies = {}
  return emergencyUses(device.machine, PEOPLE)
}

test('C13: what may be opened is proved by the log of its chart: a shorter log, one that the server did not sign, or another one changes nothing; a list without it ends no opening (C10)', async () => {
  const { person, book, boxKeys, server } = clinic
  const home = memoryHome([])
  const held = new HeldCharts({
    accountStore: home,
    accounts: book,
    account: person.account,
    boxKeys,
    serverKey: () => world.key.publicKey,
  })
  const list = await server.vaults()
  if (list.type !== 'ok') throw new Error(list.type)
  const { vaults } = list.value
  expect(vaults).toMatchObject([{ grant, held: true }])
  expect(await held.follow(vaults, server)).toBe(true)
  const known = held.all(null)
  expect(known).toMatchObject([{ grant: { id: idText(grant), name: 'Mei', durationMs: HOUR, role: null } }])
  expect(vaults.map((each) => held.isHeld(each))).toEqual([true])
  const moved = vaults.map((each) => ({ ...each, moved: each.moved + 1 }))
  const { state } = (await held.read(world.vault, server)) as { state: { n: number; hashes: Uint8Array[] } }
  const n = state.n - 1
  const h = randomBytes(32)
  const lies: NonNullable<Lies['control']>[] = [
    async (honest) => {
      if (honest.type !== 'ok') return honest
      const head = await signHeadAs(world.key, { ...honest.value.head, n, h: state.hashes[n - 1]! })
      return { type: 'ok', value: { entries: honest.value.entries.slice(0, n), head } }
    },
    (honest) =>
      honest.type === 'ok' ? { type: 'ok', value: { ...honest.value, head: { ...honest.value.head, n } } } : honest,
    (honest) => (honest.type === 'ok' ? { type: 'ok', value: { ...honest.value, entries: [] } } : honest),
    async (honest) => {
      if (honest.type !== 'ok') return honest
      return { type: 'ok', value: { ...honest.value, head: await signHeadAs(world.key, { ...honest.value.head, h }) } }
    },
  ]
  for (const control of lies) {
    server.lies = { control }
    expect((await held.read(world.vault, server)).type).toBe('refused')
    expect(await held.follow(moved, server)).toBe(true)
    expect(held.all(null)).toEqual(known)
  }
  server.lies = {}
  // F1: both heads, as the server had signed them; once, however often it says so.
  const evidence = [...home.table(ACCOUNT_TABLE.evidence)] as unknown as [string, { evidence: Uint8Array }][]
  // An earlier head on the same chain is no second history, and is not told as one.
  expect(evidence.map(([key]) => key)).toEqual(
    ['behind', 'fork'].map((fault) => `held.${idText(world.vault)}.${fault}.control-head`),
  )
  const now = [state.n, state.hashes[state.n - 1]]
  for (const [at, other] of [
    [0, [n, state.hashes[n - 1]]],
    [1, [state.n, h]],
  ] as const) {
    const { heads } = decodeCbor(evidence[at]![1].evidence)!.value as unknown as { heads: SignedHead[] }
    expect(heads.map((head) => [head.n, head.h])).toEqual([now, other])
    for (const head of heads) expect(await verifyHead(head, world.key.publicKey)).toBe(true)
  }
  expect(evidenceViews(home.table(ACCOUNT_TABLE.evidence)).map(({ place, fault }) => [place, fault])).toEqual([
    ['emergency', 'fork'],
    ['emergency', 'behind'],
  ])
  expect(await held.follow([], server)).toBe(true)
  expect(held.all(null)).toEqual([])

  // C10: a chart that a list leaves out is neither cut nor over; what was opened of it ends at its time, or by its log.
  const opening = { vault: idText(world.vault), from: world.time.now, until: world.time.now + HOUR, reason: null }
  const chart = { table: ACCOUNT_TABLE.vaults, key: opening.vault, value: { ended: false } }
  await held.keepOpening(idText(grant), opening, () => [chart])
  expect(await held.follow([], server)).toBe(true)
  expect(held.opening(idText(grant))).toEqual(opening)
  // What is noted is that opening: one that came meanwhile keeps its reason and its time.
  const again = { ...opening, from: opening.from + 1, until: opening.until + 1, reason: 'anew' }
  await held.keepOpening(idText(grant), again)
  await held.noted(idText(grant), opening.from)
  expect(held.opening(idText(grant))).toEqual(again)
  await held.noted(idText(grant), again.from)
  expect(held.opening(idText(grant))).toEqual({ ...again, reason: null })
  await home.commit([{ ...chart, value: { ended: true } }])
  expect(await held.follow([], server)).toBe(true)
  expect(held.opening(idText(grant))).toBeNull()
})

test("C13, F1: a made-up opening is shown as one that does not hold, with what can be read of it, and ends nobody's grant", async () => {
  const tablet = await world.addDevice('tablet')
  await tablet.sync()
  await tablet.book.refresh(clinic.person.account, tablet.server, world.key.publicKey)
  const own = await requestOf(clinic, 'really asked')
  const honest = await claimed(own)
  const longer = await requestOf(clinic, 'longer')
  const made = [
    await claimed({ ...own, signature: flipped(own.signature) }),
    await claimed({ ...own, body: own.body.slice(1) }),
    await claimed(await requestOf(clinic, 'no such grant', { grant: flipped(grant) })),
    await claimed(await requestOf(world.laptop, 'by a stranger')),
    await claimed(await requestOf(clinic, 'by no device', { device: flipped(clinic.secrets.id) })),
    await claimed(longer, world.time.now + 2 * HOUR),
    { ...honest, request: await requestOf(clinic, 'under the receipt of another') },
  ]
  const uses = await told(tablet, made)
  expect(uses).toHaveLength(made.length)
  expect(uses.filter(({ verified }) => verified)).toEqual([])
  expect(uses.map(({ reason }) => reason)).toContain('longer')
  world.time.now += 3 * HOUR
  await tablet.sync()
  expect(await settleAccess(tablet.machine, tablet.server)).toBe(false)
  expect(tablet.machine.control!.grants.get(idText(grant))!.cut).toBeNull()
})

test('C13, F1: of openings that do not hold a hundred are kept, however many a server makes up; one that holds is kept next to them', async () => {
  const tablet = await world.addDevice('flooded')
  await tablet.sync()
  await tablet.book.refresh(clinic.person.account, tablet.server, world.key.publicKey)
  const own = await requestOf(clinic, 'asked in the flood')
  const made = await Promise.all(Array.from({ length: 120 }, () => claimed({ ...own, body: randomBytes(40) })))
  const uses = await told(tablet, [...made, await claimed(own)])
  expect(uses).toHaveLength(101)
  expect(uses.filter(({ verified }) => verified)).toMatchObject([{ reason: 'asked in the flood' }])
})

test('C13: what an owner has read stays when the server loses it; a reason that does not open is told; used up it is cut, once, by whoever is online', async () => {
  const { laptop, phone } = world
  await laptop.sync()
  await phone.sync()
  const taken = await clinic.server.openEmergency(world.vault, await requestOf(clinic, 'really asked'))
  if (taken.type !== 'ok') throw new Error(JSON.stringify(taken))
  const closed = await requestOf(clinic, '', { reason: new Uint8Array(300) })
  const { reason } = decodeAs(EmergencyRequestBody, (await requestOf(laptop, 'of another')).body)!
  const copied = await requestOf(clinic, '', { reason, time: 1 })
  for (const odd of [closed, copied])
    expect(await clinic.server.openEmergency(world.vault, odd)).toMatchObject({ type: 'ok' })

  for (const device of [laptop, phone]) await readEmergencies(device.machine, device.server, true)
  const uses = emergencyUses(laptop.machine, PEOPLE)
  expect(uses.map((use) => [use.reason, use.verified]).toSorted()).toEqual([
    [null, false],
    ['of another', false],
    ['really asked', true],
  ])
  expect(
    emergencyUses(phone.machine, PEOPLE)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(uses.map(({ id }) => id).toSorted())
  expect(await told(laptop, []), 'a server that has none of it any more').toEqual(uses)
  await readEmergencies(laptop.machine, laptop.server, true)
  expect(emergencyUses(laptop.machine, PEOPLE)).toEqual(uses)
  await laptop.reopen()
  expect(emergencyUses(laptop.machine, PEOPLE)).toEqual(uses)

  await laptop.sync()
  expect(await settleAccess(laptop.machine, laptop.server), 'while it is open').toBe(false)
  world.time.now += HOUR
  await laptop.sync()
  expect(await settleAccess(laptop.machine, laptop.server)).toBe(true)
  expect(laptop.machine.control!.grants.get(idText(grant))!.cut).toMatchObject({ reason: 'expired' })
  // All that came before the cut is read once more, and then nobody is asked, until it is allowed again.
  const asked: number[] = []
  laptop.server.lies = {
    emergencies: (honest, after) => {
      asked.push(after)
      return honest
    },
  }
  for (let pass = 0; pass < 3; pass++) await readEmergencies(laptop.machine, laptop.server, true)
  expect(asked).toHaveLength(1)
  await share(world, clinic, { medications: ['read'] }, 200 * HOUR, HOUR)
  await laptop.sync()
  for (let pass = 0; pass < 2; pass++) await readEmergencies(laptop.machine, laptop.server, true)
  expect(asked).toHaveLength(3)
  laptop.server.lies = {}
  await phone.sync()
  expect(await settleAccess(phone.machine, phone.server)).toBe(false)
  expect(emergencyUses(phone.machine, PEOPLE).map(({ state }) => state)).toEqual(['ended', 'ended', 'ended'])
})

test('C13: what is open is read by the pass that finds it so, also after a kill behind the receipt and when it is opened again; a share continues next to it', async () => {
  const ward = await world.provider()
  await share(world, ward, { labs: ['read'] }, 200 * HOUR)
  const held = await share(world, ward, { medications: ['read'] }, 200 * HOUR, HOUR)
  const names = () => [...ward.machine.keys.streams.values()].map(({ name }) => name).filter((name) => name !== 'audit')
  const asked = () => ward.server.calls.filter((call) => call === 'control').length
  expect(names()).toEqual(['labs'])
  const open = async (time: number) => {
    const taken = await ward.server.openEmergency(
      world.vault,
      await requestOf(ward, 'unconscious', { grant: held, time }),
    )
    if (taken.type !== 'ok') throw new Error(JSON.stringify(taken))
    ward.openings = () => new Map([[idText(held), taken.value.until]])
  }
  for (const time of [1, 2]) {
    await open(time)
    await ward.reopen()
    expect(await ward.sync()).toEqual({ type: 'synced' })
    expect(names().toSorted()).toEqual(['labs', 'medications'])
    const before = asked()
    await ward.sync()
    expect(asked() - before, 'what was read is not asked for again').toBe(1)
    world.time.now += HOUR
    expect(await ward.sync()).toEqual({ type: 'synced' })
    expect(names()).toEqual(['labs'])
  }
})

test('C13: only the device that opened it ends it before its time, by words that name that very opening; no clock of its makes it longer, or end before it began', async () => {
  const { laptop } = world
  await laptop.sync()
  const ward = await world.provider()
  const colleague = await world.secondDevice(ward, 'colleague')
  const held = await share(world, ward, { medications: ['read'] }, 200 * HOUR, HOUR)
  await laptop.book.refresh(ward.person.account, laptop.server, world.key.publicKey)
  const from = new Map<Device, number>()
  for (const device of [ward, colleague]) {
    world.time.now += 1000
    await device.book.refresh(ward.person.account, device.server, world.key.publicKey)
    const taken = await device.server.openEmergency(world.vault, await requestOf(device, 'said why', { grant: held }))
    if (taken.type !== 'ok') throw new Error(JSON.stringify(taken))
    from.set(device, taken.value.from)
    device.openings = () => new Map([[idText(held), taken.value.until]])
    expect(await device.sync()).toEqual({ type: 'synced' })
  }
  const says = async (device: Device, opened: number, at: number) => {
    const by = { account: idText(device.person.account), device: idText(device.secrets.id), name: '' }
    const note = prepareNote(device.machine, by, 'emergency-ended', { record: nameOfOpening(idText(held), opened), at })
    if (note.type !== 'row') throw new Error(note.type)
    await commitVersions(device.machine, [note])
    expect(await device.sync()).toEqual({ type: 'synced' })
    await laptop.sync()
    await readEmergencies(laptop.machine, laptop.server, true)
    return emergencyUses(laptop.machine, PEOPLE).filter((use) => use.grant === idText(held))
  }
  const end = from.get(ward)! + HOUR
  for (const [by, opened] of [
    [colleague, from.get(ward)!],
    [ward, from.get(colleague)!],
    [ward, from.get(ward)! + 1],
  ] as const)
    expect((await says(by, opened, from.get(ward)! + 5000)).map(({ state }) => state)).toEqual(['open', 'open'])
  world.time.now += 60_000
  const ofWard = async (at: number) =>
    (await says(ward, from.get(ward)!, at)).find(({ device }) => device === idText(ward.secrets.id))
  expect(await ofWard(end + 5 * HOUR), 'a clock that is ahead').toMatchObject({
    state: 'left',
    until: laptop.machine.clocks.server,
  })
  expect(laptop.machine.clocks.server).toBeLessThan(end)
  const first = (await ofWard(0))!.until
  expect(first, 'what it says afterwards changes nothing').toBe(laptop.machine.clocks.server)
  const cutOf = async () => {
    await settleAccess(laptop.machine, laptop.server)
    return laptop.machine.control!.grants.get(idText(held))!.cut
  }
  expect(await cutOf(), 'while the other one is open').toBeNull()
  const both = await says(colleague, from.get(colleague)!, 0)
  expect(both.map(({ state }) => state)).toEqual(['left', 'left'])
  expect(both.find(({ device }) => device === idText(colleague.secrets.id))!.until).toBe(from.get(colleague))
  expect(await cutOf()).toMatchObject({ reason: 'expired' })
  await laptop.reopen()
  await readEmergencies(laptop.machine, laptop.server, true)
  const kept = emergencyUses(laptop.machine, PEOPLE).filter((use) => use.grant === idText(held))
  expect(kept.map(({ state, until }) => [state, until])).toEqual(both.map(({ state, until }) => [state, until]))
})

test('C13: a clock of the owner’s that is hours ahead, or behind, hides neither that a chart is open nor that it has ended', async () => {
  const { laptop } = world
  const ward = await world.provider()
  const held = await share(world, ward, { medications: ['read'] }, 200 * HOUR, HOUR)
  await laptop.book.refresh(ward.person.account, laptop.server, world.key.publicKey)
  await ward.book.refresh(ward.person.account, ward.server, world.key.publicKey)
  const taken = await ward.server.openEmergency(world.vault, await requestOf(ward, 'said why', { grant: held }))
  if (taken.type !== 'ok') throw new Error(JSON.stringify(taken))
  const states: string[] = []
  for (const offset of [0, 5 * HOUR, -5 * HOUR, HOUR])
    for (const passed of offset === HOUR ? [HOUR] : [0]) {
      laptop.clock.offset = offset
      world.time.now += passed
      await laptop.sync()
      await readEmergencies(laptop.machine, laptop.server, true)
      states.push(emergencyUses(laptop.machine, PEOPLE).find((use) => use.grant === idText(held))!.state)
    }
  laptop.clock.offset = 0
  expect(states).toEqual(['open', 'open', 'open', 'ended'])
})
