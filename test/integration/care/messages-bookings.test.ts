/**
 * Messages and appointments (M1 to M5, M7) with real sessions, stores and a real server: a practice and its patient, each writing while the other is
 * away. What both see is derived, so it is asked of both sides.
 */
import {
  bookingsOf,
  CareReader,
  chartReference,
  type Collection,
  instantText,
  isAskedOf,
  isWithOthers,
  type JsonObject,
  memberReference,
  moved,
  newBooking,
  newCancellation,
  newDecline,
  newMark,
  newMessage,
  newRequest,
  personKey,
  practiceReference,
  stringifyJson,
  threadsOf,
  unreadIn,
  workItems,
  newAssignment,
} from '@chartkeep/domain'
import { sealFiles } from '@chartkeep/app/src/features/messages/message-files.ts'
import type { Chart, Practice, Session } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confirmed, createDeviceWorld, openFirst, until, type DeviceWorld } from '../../support/device-world.ts'
import { joinPractice } from '../../support/join-practice.ts'

let world: DeviceWorld
let clinic: { session: Session; practice: Practice }
let nurse: Session
let patient: Session
let mei: Chart
let vault: Chart
let slot: string
let chartId: string

const LISTS = ['messages', 'appointments'] as const
const now = () => instantText(Date.now())
const lin = () => ({ id: clinic.practice.me.id, name: clinic.practice.me.name })
const about = () => chartReference(chartId, 'Mei')

/** What a side derives from: the practice its own records before the copies in the chart, the patient the chart. */
async function entries(side: 'patient' | 'practice', collection: Collection) {
  const isPractice = (account: string) => account === clinic.session.account
  if (side === 'patient')
    return new CareReader(chartId, isPractice).entries(await firstValueFrom(mei.list$(collection)))
  const chart = await clinic.session.watchChart(slot)
  return [
    ...new CareReader('', isPractice).entries(await firstValueFrom(vault.list$(collection))),
    ...new CareReader(chartId, isPractice).entries(await firstValueFrom(chart!.list$(collection))),
  ]
}
const threads = async (side: 'patient' | 'practice') => threadsOf(await entries(side, 'messages'))
const bookings = async (side: 'patient' | 'practice') => bookingsOf(await entries(side, 'appointments'))

async function byPatient(collection: Collection, resource: JsonObject): Promise<string> {
  const saved = await mei.save({ collection, resource: stringifyJson(resource) })
  if (saved.type !== 'saved') throw new Error(saved.type)
  return saved.record.doc
}

async function byPractice(
  collection: Collection,
  resource: JsonObject,
  of?: string,
): Promise<{ id: string; doc: string }> {
  const saved = await vault.save({
    collection,
    resource: stringifyJson(resource),
    ...(of === undefined ? {} : { id: of }),
  })
  if (saved.type !== 'saved') throw new Error(saved.type)
  expect(await clinic.practice.publish(saved.record.id, slot)).toEqual({ type: 'published' })
  return saved.record
}

/** Both sides send what they have and read what there is. */
async function meet(): Promise<void> {
  for (const session of [patient, clinic.session, patient, clinic.session]) await session.syncNow()
  await confirmed(patient)
  await confirmed(clinic.session)
}

/** What the practice's list says of the chart by its digest, which opens no chart. */
async function waiting(): Promise<string[]> {
  const [chart] = (await firstValueFrom(clinic.session.charts$)).filter(({ kind }) => kind === 'person')
  const own = [
    ...(await firstValueFrom(vault.list$('messages'))),
    ...(await firstValueFrom(vault.list$('appointments'))),
  ]
  const read = new CareReader('', () => true).entries(own)
  const open = [{ id: chart!.id, care: chart!.care, until: null, assigned: null }]
  return workItems(read, open, { now: Date.now(), zone: 'UTC' }).map(({ kind, owner }) =>
    owner === null ? kind : `${kind} ${owner.name}`,
  )
}

beforeAll(async () => {
  world = await createDeviceWorld()
  clinic = await world.practice('Green Clinic', 'Lin Wei')
  vault = await clinic.practice.open()
  await confirmed(clinic.session)
  patient = (await world.account('Mei')).session
  mei = await openFirst(patient)
  await confirmed(patient)
  const grantee = await patient.readSharingCode((await clinic.session.sharingCode()).code)
  if (!('account' in grantee)) throw new Error(grantee.type)
  const outcome = await mei.share({
    grantee,
    scopes: LISTS.map((collection) => ({ collection, rights: ['read', 'append', 'amend'] })),
    until: Date.now() + 86_400_000,
    purpose: 'care',
    shown: { name: 'Mei', birthDate: '1992-03-04' },
  })
  expect(outcome.type).toBe('in-force')
  await clinic.session.syncNow()
  const charts = await until(clinic.session.charts$, (list) => list.some(({ kind }) => kind === 'person'))
  const chart = charts.find(({ kind }) => kind === 'person')!
  slot = chart.slot
  chartId = chart.id
  await clinic.session.confirmChart(slot)
  await clinic.session.openChart(slot)
  nurse = await joinPractice(world, clinic.session, 'Nurse Ng', ['nurse'])
}, 60_000)
afterAll(() => world.close())

test('M1: a message of the patient and the answer of the practice reach the other side, each read by records of its reader', async () => {
  const first = await byPatient(
    'messages',
    newMessage({
      thread: 't1',
      subject: 'Dizzy',
      text: 'Since Monday',
      files: [],
      from: about(),
      to: [],
      about: about(),
      sent: instantText(Date.now() - 60_000),
      shownUntil: '',
    }),
  )
  await meet()
  const me = personKey({ member: lin().id })
  const [seen] = await threads('practice')
  expect(seen).toMatchObject({ subject: 'Dizzy', unanswered: { id: first } })
  expect(unreadIn(seen!, me)).toHaveLength(1)
  expect(await waiting()).toEqual(['message'])

  const from = memberReference(lin().id, lin().name)
  await byPractice('messages', newMark('read', { thread: 't1', messages: [first], from, about: about(), sent: now() }))
  // Larger than what is in a record: next to the message it is sealed for each vault.
  const pages = 'Drink water. '.repeat(80_000)
  const chart = (await clinic.session.watchChart(slot))!
  const file = new File([pages], 'before.txt', { type: 'text/plain' })
  const place = { thread: 't1', from, about: about(), sent: now() }
  const stopped = new AbortController()
  stopped.abort()
  expect(await sealFiles([file], { chart, vault }, { signal: stopped.signal })).toEqual({
    type: 'cancelled',
    name: 'before.txt',
  })
  let reached = [0, 0]
  const sealed = await sealFiles([file], { chart, vault }, { onProgress: (...way) => (reached = way) })
  if (sealed.type !== 'sealed') throw new Error(sealed.type)
  expect(reached).toEqual([2 * pages.length, 2 * pages.length])
  expect(await sealed.keep(place)).toBe(true)
  await byPractice(
    'messages',
    newMessage({
      thread: 't1',
      subject: '',
      text: 'Please come by',
      files: sealed.named,
      from,
      to: [about()],
      about: about(),
      sent: now(),
      shownUntil: '',
    }),
  )
  // The digest has not been told yet by another device; the practice's own records say it already.
  expect(await waiting()).toEqual([])
  await meet()
  const [read] = await threads('patient')
  expect(read!.messages.map(({ text, from: who }) => `${who.name}: ${text}`)).toEqual([
    expect.stringContaining('Since Monday'),
    'Lin Wei: Please come by',
  ])
  // The copy of the message is the same text; the patient opens the file that was sealed for their chart.
  const [separateFiles] = read!.messages[1]!.separateFiles
  expect(separateFiles).toMatchObject({ name: 'before.txt', sizeBytes: pages.length })
  const held = mei.referencedNow('messages', separateFiles!.heldBy[0]!)!
  const got = await mei.readFile(held.resource)
  if ('type' in got) throw new Error(got.type)
  expect([got.name, new TextDecoder().decode(got.bytes)]).toEqual(['before.txt', pages])
  expect(read!.messages[0]!.receipts).toMatchObject([{ kind: 'read', by: { name: 'Lin Wei', side: 'practice' } }])
  expect(unreadIn(read!, personKey({ account: patient.account }))).toHaveLength(1)
  // "unread count stale": both sides come to the same, whichever records came first.
  expect((await threads('practice'))[0]!.messages).toHaveLength(2)
})

test('M8: of two practices that read the messages only the one that is asked has the message in its work list; both can read it', async () => {
  const blue = await world.practice('Blue Clinic', 'Hsu Yun')
  await confirmed(blue.session)
  const grantee = await patient.readSharingCode((await blue.session.sharingCode()).code)
  if (!('account' in grantee)) throw new Error(grantee.type)
  await mei.share({
    grantee,
    scopes: [{ collection: 'messages', rights: ['read', 'append', 'amend'] }],
    until: Date.now() + 86_400_000,
    purpose: 'care',
    shown: { name: 'Mei', birthDate: '1992-03-04' },
  })
  await patient.syncNow()
  await blue.session.syncNow()
  const [there] = await until(blue.session.charts$, (list) => list.some(({ kind }) => kind === 'person')).then((list) =>
    list.filter(({ kind }) => kind === 'person'),
  )
  await blue.session.confirmChart(there!.slot)
  const theirs = await blue.session.openChart(there!.slot)
  const place = { thread: 't2', subject: 'Eyes', files: [], from: about(), about: about(), shownUntil: '' }
  await byPatient(
    'messages',
    newMessage({
      ...place,
      text: 'They itch',
      to: [practiceReference(blue.session.account, 'Blue Clinic')],
      sent: instantText(Date.now() - 60_000),
    }),
  )
  await meet()
  await blue.session.syncNow()
  // The list of the practice that was not asked is as empty as before, and its digest was made after the message had come.
  expect(await waiting()).toEqual([])
  const seen = threadsOf(await entries('practice', 'messages'), clinic.session.account).find(({ id }) => id === 't2')!
  expect(seen.messages.map(({ text }) => text)).toEqual(['They itch'])
  expect([isWithOthers(seen, clinic.session.account), seen.unanswered]).toEqual([true, null])
  expect(seen.parties).toEqual([{ account: blue.session.account, name: 'Blue Clinic', isPractice: true }])
  // The message that named nobody waits for each who reads it, as it always did.
  const waitsAt = async (...wanted: string[]) => {
    await until(blue.session.charts$, (list) => {
      const waits = list.flatMap(({ care }) => care?.waits ?? []).map(({ thread }) => thread)
      return waits.toSorted().join() === wanted.join()
    })
  }
  await waitsAt('t1', 't2')

  // It answers; the patient's next message goes to it, by the thread, and again waits for it alone.
  const member = memberReference(blue.practice.me.id, blue.practice.me.name)
  const own = await blue.practice.open()
  const [first] = seen.messages
  for (const resource of [
    newMark('read', { thread: 't2', messages: [first!.id], from: member, about: about(), sent: now() }),
    newMessage({ ...place, from: member, text: 'Which one?', to: [about()], sent: now() }),
  ]) {
    const saved = await own.save({ collection: 'messages', resource: stringifyJson(resource) })
    if (saved.type !== 'saved') throw new Error(saved.type)
    expect(await blue.practice.publish(saved.record.id, there!.slot)).toEqual({ type: 'published' })
  }
  await blue.session.syncNow()
  await meet()
  await waitsAt('t1')
  const both = new Set([clinic.session.account, blue.session.account])
  const read = new CareReader(chartId, (account) => both.has(account))
  const thread = threadsOf(read.entries(await firstValueFrom(mei.list$('messages')))).find(({ id }) => id === 't2')!
  expect(thread.parties).toEqual([{ account: blue.session.account, name: 'Blue Clinic', isPractice: true }])
  const to = thread.parties.map(({ account, name }) => practiceReference(account, name))
  await byPatient('messages', newMessage({ ...place, text: 'Both', to, sent: now() }))
  await meet()
  await blue.session.syncNow()
  await waitsAt('t1', 't2')
  expect(await waiting()).toEqual([])
  expect(theirs?.isOpen()).toBe(true)
})

test('M4, M7: a request waits in the work list until it is booked; a move and a cancelling reach the other side', async () => {
  const created = now()
  const asked = await byPatient(
    'appointments',
    newRequest({
      about: about(),
      what: 'Blood pressure',
      wanted: [{ start: '2027-01-12', end: '' }],
      note: '',
      practice: practiceReference(clinic.session.account, 'Green Clinic'),
      moves: '',
      created,
    }),
  )
  // For another practice with which the chart is shared too: it is theirs to answer, and in no work list here.
  const elsewhere = newRequest({
    about: about(),
    practice: practiceReference('another-practice', 'Blue Clinic'),
    what: 'Eyes',
    wanted: [{ start: '2027-01-13', end: '' }],
    note: '',
    moves: '',
    created,
  })
  await byPatient('appointments', elsewhere)
  await meet()
  // Complaint: "staff not told of a booking".
  expect(await waiting()).toEqual(['booking'])
  const named = (await bookings('practice')).requests.filter((request) => !isAskedOf(request, clinic.session.account))
  expect(named.map(({ what, practice }) => `${what}: ${practice?.name}`)).toEqual(['Eyes: Blue Clinic'])
  const task = newAssignment({
    focus: { type: 'Appointment', record: asked },
    list: 'appointments',
    about: about(),
    owner: lin(),
    by: lin(),
    at: now(),
    due: '',
    comment: 'Mine',
  })
  await vault.save({ collection: 'appointments', resource: stringifyJson(task) })
  expect(await waiting()).toEqual(['booking Lin Wei'])

  const start = '2027-01-12T09:00:00+08:00'
  const booking = newBooking({
    about: about(),
    member: lin(),
    what: 'Blood pressure',
    start,
    minutes: 30,
    place: 'Room 2',
    instruction: '',
    answers: asked,
    created,
  })
  const { id, doc } = await byPractice('appointments', booking)
  expect(await waiting()).toEqual([])
  await meet()
  expect((await bookings('patient')).requests.find((one) => one.id === asked)).toMatchObject({
    state: 'booked',
    bookings: [doc],
  })

  await byPractice(
    'appointments',
    moved(booking, { start: '2027-01-13T10:00:00+08:00', minutes: 30, member: lin(), answers: '' }),
    id,
  )
  await meet()
  const [shifted] = (await bookings('patient')).bookings
  expect(shifted).toMatchObject({
    state: 'booked',
    movedFrom: Date.parse(start),
    start: Date.parse('2027-01-13T10:00:00+08:00'),
  })

  await byPatient('appointments', newCancellation({ booking: doc, about: about(), reason: 'On a journey' }))
  await meet()
  expect((await bookings('practice')).bookings[0]).toMatchObject({
    state: 'cancelled',
    cancelledBy: 'patient',
    reason: 'On a journey',
  })
  expect(await waiting()).toEqual(['cancelled'])
})

test('M5: "two staff book the same slot" while apart: both bookings reach every device as a clash, and both members are told', async () => {
  await confirmed(nurse)
  await patient.syncNow()
  const charts = await until(nurse.charts$, (list) => list.some(({ kind }) => kind === 'person'))
  const nurseSlot = charts.find(({ kind }) => kind === 'person')!.slot
  const at = (start: string, answers = '') =>
    stringifyJson(
      newBooking({
        about: about(),
        member: lin(),
        what: 'Vaccine',
        start,
        minutes: 30,
        place: '',
        instruction: '',
        answers,
        created: now(),
      }),
    )
  // Each on their own device, before either has read what the other wrote.
  const nurseVault = await nurse.practice!.open()
  const [mine, theirs] = await Promise.all([
    vault.save({ collection: 'appointments', resource: at('2027-02-01T09:00:00+08:00') }),
    nurseVault.save({ collection: 'appointments', resource: at('2027-02-01T09:15:00+08:00') }),
  ])
  if (mine.type !== 'saved' || theirs.type !== 'saved') throw new Error(`${mine.type} ${theirs.type}`)
  expect(await clinic.practice.publish(mine.record.id, slot)).toEqual({ type: 'published' })
  expect(await nurse.practice!.publish(theirs.record.id, nurseSlot)).toEqual({ type: 'published' })
  await confirmed(nurse)
  await meet()
  await nurse.syncNow()
  for (const side of ['patient', 'practice'] as const) {
    const { clashes } = await bookings(side)
    expect(clashes.map(({ kind, bookings: both }) => [kind, both.map(({ id }) => id).toSorted()])).toEqual([
      ['member', [mine.record.doc, theirs.record.doc].toSorted()],
    ])
  }
  expect(await waiting()).toContain('clash')
  const read = new CareReader('', () => true).entries(await firstValueFrom(nurseVault.list$('appointments')))
  expect(bookingsOf(read).clashes).toHaveLength(1)
  expect(workItems(read, [], { now: Date.now(), zone: 'UTC' }).map(({ kind }) => kind)).toEqual(['clash'])
})

test('M1, M4, C12: what a nurse’s device writes in the physician’s name is the nurse’s to the practice, and the practice’s to the patient; nothing is read for another', async () => {
  const me = personKey({ member: lin().id })
  const nurseVault = await nurse.practice!.open()
  const thread = 't-forged'
  const tablets = { thread, subject: 'Tablets', files: [], to: [], about: about(), shownUntil: '' }
  const asked = { ...tablets, text: 'How many?', from: about(), sent: instantText(Date.now() - 60_000) }
  const question = await byPatient('messages', newMessage(asked))
  const wanted = [{ start: '2027-02-02', end: '' }]
  const practice = practiceReference(clinic.session.account, 'Green Clinic')
  const request = await byPatient(
    'appointments',
    newRequest({ about: about(), what: 'Ears', wanted, note: '', practice, moves: '', created: now() }),
  )
  await meet()
  await nurse.syncNow()
  const nurseSlot = (await firstValueFrom(nurse.charts$)).find(({ kind }) => kind === 'person')!.slot
  const from = memberReference(lin().id, lin().name)
  const sent = now()
  for (const [collection, resource] of [
    ['messages', newMessage({ ...tablets, from, text: 'Take ten', sent })],
    ['messages', newMark('read', { thread, messages: [question], from, about: about(), sent })],
    ['appointments', newDecline({ request, about: about(), member: lin(), reason: 'Never' })],
  ] as const) {
    const saved = await nurseVault.save({ collection, resource: stringifyJson(resource) })
    if (saved.type !== 'saved') throw new Error(saved.type)
    expect(await nurse.practice!.publish(saved.record.id, nurseSlot)).toEqual({ type: 'published' })
  }
  await confirmed(nurse)
  await meet()

  const key = personKey({ member: nurse.practice!.me.id })
  for (const [side, name] of [
    ['practice', 'Nurse Ng'],
    ['patient', 'Green Clinic'],
  ] as const) {
    const seen = (await threads(side)).find(({ id }) => id === thread)!
    expect(seen.messages[1]).toMatchObject({ text: 'Take ten', from: { key, name, side: 'practice' } })
    expect(seen.people.some((person) => person.key === me)).toBe(false)
    expect(unreadIn(seen, me).map(({ text }) => text)).toEqual(['How many?', 'Take ten'])
    const declined = (await bookings(side)).requests.find(({ id }) => id === request)
    expect(declined).toMatchObject({ state: 'declined', declinedBy: name, declinedFor: name })
  }
})
