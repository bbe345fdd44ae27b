/**
 * A second practice whose app was changed, in the chart of a patient of both (M1, M2, M4, M8, T4, T6): whatever it puts into the lists that it may
 * write in, it speaks for nobody but itself, to the patient as to the first practice.
 */
import {
  bookingsOf,
  CareReader,
  chartReference,
  type Collection,
  type JsonObject,
  instantText,
  memberReference,
  newBooking,
  newCancellation,
  newDecline,
  newMark,
  newMessage,
  newRequest,
  personKey,
  practiceReference,
  stateWith,
  stringifyJson,
  threadsOf,
} from '@chartkeep/domain'
import type { Chart, Practice, Session } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confirmed, createDeviceWorld, openFirst, until, type DeviceWorld } from '../../support/device-world.ts'

interface Clinic {
  session: Session
  practice: Practice
  /** What it keeps itself, and the patient's chart as it has it. */
  vault: Chart
  chart: Chart
  slot: string
}

let world: DeviceWorld
let patient: Session
let mei: Chart
let green: Clinic
let blue: Clinic
let chartId: string

const LISTS = ['messages', 'appointments'] as const
const now = () => instantText(Date.now())
const about = () => chartReference(chartId, 'Mei')
/** A member of the first practice: every reader of the chart knows the id. */
const lin = () => memberReference(green.practice.me.id, green.practice.me.name)

async function joined(name: string, member: string): Promise<Clinic> {
  const { session, practice } = await world.practice(name, member)
  const vault = await practice.open()
  vault.hold()
  await confirmed(session)
  const grantee = await patient.readSharingCode((await session.sharingCode()).code)
  if (!('account' in grantee)) throw new Error(grantee.type)
  const outcome = await mei.share({
    grantee,
    scopes: LISTS.map((collection) => ({ collection, rights: ['read', 'append', 'amend'] })),
    until: Date.now() + 86_400_000,
    purpose: 'care',
    shown: { name: 'Mei', birthDate: '1992-03-04' },
  })
  expect(outcome.type).toBe('in-force')
  await session.syncNow()
  const charts = await until(session.charts$, (list) => list.some(({ kind }) => kind === 'person'))
  const { slot, id } = charts.find(({ kind }) => kind === 'person')!
  chartId = id
  await session.confirmChart(slot)
  const chart = (await session.openChart(slot))!
  chart.hold()
  return { session, practice, vault, chart, slot }
}

beforeAll(async () => {
  world = await createDeviceWorld()
  patient = (await world.account('Mei')).session
  mei = await openFirst(patient)
  mei.hold()
  await confirmed(patient)
  green = await joined('Green Clinic', 'Lin Wei')
  blue = await joined('Blue Clinic', 'Hsu Yun')
}, 120_000)
afterAll(() => world?.close())

/** Writes into the patient's chart, whatever it is. */
async function put(chart: Chart, collection: Collection, resource: JsonObject): Promise<string> {
  const saved = await chart.save({ collection, resource: stringifyJson(resource) })
  if (saved.type !== 'saved') throw new Error(saved.type)
  return saved.record.doc
}

async function publish(resource: JsonObject, collection: Collection): Promise<string> {
  const saved = await green.vault.save({ collection, resource: stringifyJson(resource) })
  if (saved.type !== 'saved') throw new Error(saved.type)
  expect(await green.practice.publish(saved.record.id, green.slot)).toEqual({ type: 'published' })
  return saved.record.doc
}

/** Everybody sends what they have and reads what there is. */
async function meet(): Promise<void> {
  for (const { session } of [{ session: patient }, green, blue, { session: patient }, green]) await confirmed(session)
}

/** What the patient's screens and those of the first practice are made of. */
async function bothSides(collection: Collection) {
  const practices = new Set([green.session.account, blue.session.account])
  const own = new CareReader('', () => true).entries(await firstValueFrom(green.vault.list$(collection)))
  const copies = new CareReader(chartId, (account) => account === green.session.account)
  return {
    patient: new CareReader(chartId, (account) => practices.has(account)).entries(
      await firstValueFrom(mei.list$(collection)),
    ),
    practice: [...own, ...copies.entries(await firstValueFrom(green.chart.list$(collection)))],
  }
}

const waits = async () =>
  (await firstValueFrom(green.session.charts$)).flatMap(({ care }) => (care?.waits ?? []).map(({ kind }) => kind))

test('M4: another practice cancels no booking, answers no request of the first, and asks for nothing in the patient’s name', async () => {
  const booking = { about: about(), minutes: 30, place: '', instruction: '', created: now() }
  const place = { member: { id: green.practice.me.id, name: 'Lin Wei' }, start: '2027-03-01T09:00:00Z' }
  const ours = await publish(newBooking({ ...booking, ...place, what: 'Ours', answers: '' }), 'appointments')
  const wanted = [{ start: '2027-03-02', end: '' }]
  const practice = practiceReference(green.session.account, 'Green Clinic')
  const asking = { about: about(), wanted, note: '', moves: '', created: now() }
  const request = await put(mei, 'appointments', newRequest({ ...asking, practice, what: 'Please' }))
  await meet()

  for (const forged of [
    newCancellation({ booking: ours, about: about(), reason: 'Forged' }),
    newDecline({ request, about: about(), member: place.member, reason: 'Forged' }),
    newBooking({ ...booking, ...place, start: '2027-03-02T09:00:00Z', what: 'Forged', answers: request }),
    newRequest({ ...asking, practice, what: 'Forged' }),
  ])
    await put(blue.chart, 'appointments', forged)
  await meet()
  const sides = await bothSides('appointments')
  for (const side of ['patient', 'practice'] as const) {
    const { requests, bookings } = bookingsOf(sides[side])
    expect(requests).toMatchObject([{ what: 'Please', state: 'waiting', bookings: [], reason: '' }])
    expect(bookings.find(({ id }) => id === ours)).toMatchObject({ state: 'booked', cancelledBy: null })
  }
  // What it booked is a booking of its own to the patient, and none at all to the first practice.
  const shown = bookingsOf(sides.patient).bookings.map(({ what, by }) => `${what}: ${by.name}`)
  expect(shown.toSorted()).toEqual(['Forged: Blue Clinic', 'Ours: Green Clinic'])
  expect(bookingsOf(sides.practice).bookings.map(({ what }) => what)).toEqual(['Ours'])
  expect(await waits()).toEqual(['booking'])

  // The patient's own word counts at once.
  await put(mei, 'appointments', newCancellation({ booking: ours, about: about(), reason: 'Ill' }))
  await meet()
  for (const entries of Object.values(await bothSides('appointments')))
    expect(bookingsOf(entries).bookings.find(({ id }) => id === ours)).toMatchObject({
      cancelledBy: 'patient',
      reason: 'Ill',
    })
})

test('M1, M2: another practice writes, reads and settles in nobody’s name but its own', async () => {
  const { account } = green.session
  const place = { thread: 't1', subject: 'Dizzy', files: [], about: about(), shownUntil: '' }
  const to = [practiceReference(account, 'Green Clinic')]
  const sent = instantText(Date.now() - 60_000)
  const asked = await put(mei, 'messages', newMessage({ ...place, text: 'Since Monday', from: about(), to, sent }))
  await meet()
  const mark = { thread: 't1', messages: [asked], from: lin(), about: about() }
  for (const forged of [
    newMark('read', { ...mark, sent: '2016-01-01T00:00:00Z' }),
    newMark('settled', { ...mark, sent: now() }),
    newMessage({ ...place, text: 'Stop the tablets', from: lin(), to: [about()], sent: '2036-01-01T00:00:00Z' }),
    newMessage({ ...place, thread: 't2', text: 'From the patient?', from: about(), to, sent: now() }),
  ])
    await put(blue.chart, 'messages', forged)
  await meet()
  const sides = await bothSides('messages')
  const threads = threadsOf(sides.practice, account)
  expect(threads.find(({ id }) => id === 't1')?.unanswered?.id).toBe(asked)
  expect(threads.find(({ id }) => id === 't2')).toMatchObject({
    unanswered: null,
    messages: [{ from: { side: 'other' } }],
  })
  expect(await waits()).toContain('message')
  expect((await waits()).filter((kind) => kind === 'message')).toHaveLength(1)

  const thread = threadsOf(sides.patient).find(({ id }) => id === 't1')!
  const forged = thread.messages.find(({ text }) => text === 'Stop the tablets')!
  const hsu = personKey({ member: blue.practice.me.id })
  expect(forged.from).toMatchObject({ key: hsu, name: 'Blue Clinic', of: 'Blue Clinic' })
  // Her own answer is told apart from it, and none of what she did is made up.
  const answer = newMessage({ ...place, text: 'Come by', from: lin(), to: [about()], sent: now() })
  await publish(answer, 'messages')
  await meet()
  const after = threadsOf((await bothSides('messages')).patient).find(({ id }) => id === 't1')!
  const [mine, theirs] = ['Come by', 'Stop the tablets'].map((words) =>
    after.messages.find(({ text }) => text === words)!,
  )
  const key = personKey({ member: green.practice.me.id })
  expect(mine!.from).toMatchObject({ key, name: 'Lin Wei', of: 'Green Clinic' })
  expect(theirs!.from.key).toBe(hsu)
  expect(
    stateWith(
      after.messages.find(({ id }) => id === asked)!,
      mine!.from.key,
    ).state,
  ).toBe('sent')
})
