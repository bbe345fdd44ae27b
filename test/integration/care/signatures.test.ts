/** Signatures and publishing (N1 to N5) with real sessions, stores and a real server: a practice on two devices, and its patient. */
import type { PracticeRole } from '@chartkeep/domain'
import type { Chart, ChartRecord, Practice, Session, SignatureView } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  confirmed,
  createDeviceWorld,
  openFirst,
  PASSPHRASE,
  until,
  type DeviceWorld,
} from '../../support/device-world.ts'
import type { NodeDevice } from '../../support/node-device.ts'
import { waitFor } from '../../support/waiting.ts'

let world: DeviceWorld
let clinic: { session: Session; practice: Practice; device: NodeDevice }
let patient: Session
let mei: Chart
let vault: Chart
let slot: string

const note = (title: string, more: object = {}) =>
  JSON.stringify({ resourceType: 'Composition', status: 'final', title, section: [{ title: 'S', text: 1.1 }], ...more })

async function write(chart: Chart, resource: string, id?: string): Promise<ChartRecord> {
  const saved = await chart.save({ collection: 'notes', resource, ...(id === undefined ? {} : { id }) })
  if (saved.type !== 'saved') throw new Error(saved.type)
  return saved.record
}

const signatures = (chart: Chart, doc: string, count: number): Promise<SignatureView[]> =>
  until(chart.signaturesOf$(doc), (views) => views.length === count)

/** The patient lets the practice do this with their notes, until tomorrow. */
async function shareNotes(rights: ('read' | 'append' | 'amend' | 'sign')[]): Promise<void> {
  const grantee = await patient.readSharingCode((await clinic.session.sharingCode()).code)
  if (!('account' in grantee)) throw new Error(grantee.type)
  const outcome = await mei.share({
    grantee,
    scopes: [{ collection: 'notes', rights }],
    until: Date.now() + 86_400_000,
    purpose: 'care',
    shown: { name: 'Mei', birthDate: '1992-03-04' },
  })
  expect(outcome.type).toBe('in-force')
  await clinic.session.syncNow()
}

/** A new member at a device of their own. */
async function join(name: string, role: PracticeRole, device = world.device(name)): Promise<Session> {
  const asked = await device.accountManager.pair(world.asked())
  if (asked.type !== 'pairing') throw new Error(asked.type)
  const answer = await clinic.practice.addMember(asked.device.code, { name, roles: [role] })
  if (answer.type !== 'pairing') throw new Error(answer.type)
  await asked.device.answered()
  await answer.addition.revealed()
  expect(await answer.addition.confirm()).toEqual({ type: 'added' })
  const session = world.unlocked(await asked.device.confirm())
  await session.syncNow()
  return session
}

beforeAll(async () => {
  world = await createDeviceWorld()
  clinic = await world.practice('Green Clinic', 'Lin Wei')
  vault = await clinic.practice.open()
  await confirmed(clinic.session)
  patient = (await world.account('Mei')).session
  mei = await openFirst(patient)
  await confirmed(patient)
  await shareNotes(['read', 'append', 'amend', 'sign'])
  const charts = await until(clinic.session.charts$, (list) => list.some(({ kind }) => kind === 'person'))
  slot = charts.find(({ kind }) => kind === 'person')!.slot
}, 60_000)
afterAll(() => world.close())

test('N1: the unlocked device signs the exact version, and every later look says by whom, when and that it holds', async () => {
  const { id, doc, revision, resource } = await write(
    vault,
    note('First visit', { author: [{ display: 'Dr Somebody' }] }),
  )
  expect((await vault.sign({ record: id, revision, meaning: 'author' })).type).toBe('signed')
  const [view] = await signatures(vault, doc, 1)
  expect(view).toMatchObject({ revision, ofCurrent: true, meaning: 'author', state: { type: 'holds' } })
  // Complaint: "signing as someone else". Who signed is who was unlocked, whatever the form says.
  expect(view!.who).toMatchObject({ name: 'Lin Wei', member: clinic.practice.me.id, roles: ['physician'], me: true })
  expect(vault.recordNow(id)!.resource).toBe(resource)
  expect((await vault.sign({ record: id, revision: doc, meaning: 'review' })).type).toBe('changed')
  await vault.sign({ record: id, revision, meaning: 'decline', comment: 'Dose is missing' })
  // What signs a note is shown with it: it counts as no record, and who declined did not sign.
  expect((await until(vault.counts$, ({ notes = 0 }) => notes > 0))['notes']).toBe(1)
  const signing = await until(vault.audit$, (lines) => lines.some(({ action }) => action === 'declined'))
  expect(signing.filter(({ records }) => records.includes(id)).map(({ action }) => action)).toEqual([
    'declined',
    'signed',
    'created',
  ])
  expect(signing[0]!.author).toMatchObject({ member: clinic.practice.me.id, name: 'Lin Wei', me: true })
  expect(signing[0]!.author.roles).toContain('physician')
  const both = await signatures(vault, doc, 2)
  expect(both.map(({ meaning, comment }) => [meaning, comment])).toEqual([
    ['author', ''],
    ['decline', 'Dose is missing'],
  ])
})

test('N5: a note is published under its names with its signatures, and its addenda follow to the patient', async () => {
  const { id, doc, revision, resource } = await write(vault, note('Published'))
  await vault.sign({ record: id, revision, meaning: 'author' })
  expect(await clinic.practice.published(id, slot)).toBe('no')
  expect(await clinic.practice.publish(id, slot)).toEqual({ type: 'published' })
  expect(await clinic.practice.publish(id, slot)).toEqual({ type: 'published' })
  await confirmed(clinic.session)
  await patient.syncNow()
  expect(mei.referencedNow('notes', doc)).toMatchObject({ doc, revision, resource, conflict: false })
  const [view] = await signatures(mei, doc, 1)
  expect(view).toMatchObject({ meaning: 'author', state: { type: 'holds' }, who: { me: false } })

  // Complaint: "addendum missing on the patient's side".
  const appends = { identifier: { system: 'urn:chartkeep:record', value: doc }, type: 'Composition' }
  const addendum = await write(vault, note('Addendum', { relatesTo: [{ code: 'appends', targetReference: appends }] }))
  await vault.sign({ record: addendum.id, revision: addendum.revision, meaning: 'author' })
  expect(await clinic.practice.published(id, slot)).toBe('older')
  expect(await clinic.practice.publish(id, slot)).toEqual({ type: 'published' })
  expect(await clinic.practice.published(id, slot)).toBe('same')
  await confirmed(clinic.session)
  await patient.syncNow()
  expect(mei.referencedNow('notes', addendum.doc)).toMatchObject({ title: 'Addendum' })
  expect(await signatures(mei, addendum.doc, 1)).toMatchObject([{ state: { type: 'holds' } }])
})

test('N4: an amended note keeps the version that was signed, though both were written offline', async () => {
  await world.server.stop()
  const first = await write(vault, note('Offline'))
  await vault.sign({ record: first.id, revision: first.revision, meaning: 'author' })
  const second = await write(vault, note('Offline, amended', { status: 'amended' }), first.id)
  await world.server.start()
  await confirmed(clinic.session)
  const history = await vault.history(first.id)
  expect(history.map(({ revision }) => revision)).toEqual([second.revision, first.revision])
  const [view] = await signatures(vault, first.doc, 1)
  expect(view).toMatchObject({ revision: first.revision, ofCurrent: false, state: { type: 'holds' } })
})

test('N5: a version that was published before any server had it stays in the practice, and what corrects it follows', async () => {
  await world.server.stop()
  // Out of step nothing is sealed with what is saved.
  await clinic.session.syncNow()
  const first = await write(vault, note('Published offline'))
  expect(await clinic.practice.publish(first.id, slot)).toEqual({ type: 'published' })
  const second = await write(vault, note('Corrected offline', { status: 'amended' }), first.id)
  expect(await clinic.practice.publish(first.id, slot)).toEqual({ type: 'published' })
  await world.server.start()
  await confirmed(clinic.session)
  const history = await vault.history(first.id)
  expect(history.map(({ revision }) => revision)).toEqual([second.revision, first.revision])
  await patient.syncNow()
  expect(mei.referencedNow('notes', first.doc)).toMatchObject({ revision: second.revision, conflict: false })
})

test('N5, N4: versions that are published while an earlier one waits for its answer stay in the practice too', async () => {
  await confirmed(clinic.session)
  await world.server.stop()
  // Sealed as it is saved, since the device does not know yet that nobody answers.
  const written = [await write(vault, note('First of four'))]
  const { id, doc } = written[0]!
  for (const text of ['Second of four', 'Third of four', 'Fourth of four']) {
    written.push(await write(vault, note(text, { status: 'amended' }), id))
    expect(await clinic.practice.publish(id, slot)).toEqual({ type: 'published' })
  }
  expect((await vault.sign({ record: id, revision: written[3]!.revision, meaning: 'author' })).type).toBe('signed')
  const last = await write(vault, note('Written over what was signed', { status: 'amended' }), id)
  await world.server.start()
  await confirmed(clinic.session)
  const history = await vault.history(id)
  expect(history.map(({ revision }) => revision)).toEqual(
    [last, ...written.toReversed()].map(({ revision }) => revision),
  )
  expect(await clinic.practice.publish(id, slot)).toEqual({ type: 'published' })
  await confirmed(clinic.session)
  await patient.syncNow()
  expect(mei.referencedNow('notes', doc)).toMatchObject({ revision: last.revision, conflict: false })
})

test('N5: two members who publish one version at the same time make no conflict, and what one adds later follows', async () => {
  const device = world.device('Ng Bo')
  const second = await join('Ng Bo', 'physician', device)
  const { id, doc, revision, resource } = await write(vault, note('Twice'))
  await confirmed(clinic.session)
  await second.syncNow()
  const theirs = await second.practice!.open()
  await until(theirs.list$('notes'), (list) => list.some((each) => each.doc === doc))
  const charts = await until(second.charts$, (list) => list.some(({ kind }) => kind === 'person'))
  const there = charts.find(({ kind }) => kind === 'person')!.slot
  await world.server.stop()
  expect(await clinic.practice.publish(id, slot)).toEqual({ type: 'published' })
  expect(await second.practice!.publish(theirs.referencedNow('notes', doc)!.id, there)).toEqual({ type: 'published' })
  await world.server.start()
  for (const session of [second, clinic.session, second]) await confirmed(session)
  await patient.syncNow()
  const isSettled = async (isInForce: string) => {
    for (const chart of [mei, (await clinic.session.openChart(slot))!, (await second.openChart(there))!]) {
      expect(await firstValueFrom(chart.conflicts$)).toEqual([])
      expect(chart.referencedNow('notes', doc)).toMatchObject({ revision: isInForce, conflict: false })
    }
  }
  await isSettled(revision)
  const next = await write(vault, note('Twice, amended', { status: 'amended' }), id)
  expect(await clinic.practice.publish(id, slot)).toEqual({ type: 'published' })
  for (const session of [clinic.session, second]) await confirmed(session)
  await patient.syncNow()
  await isSettled(next.revision)
  const versions = await mei.history(mei.referencedNow('notes', doc)!.id)
  expect(versions.filter(({ outcome }) => outcome === 'current').map((each) => each.revision)).toEqual([
    next.revision,
    revision,
  ])
  expect(versions.at(-1)?.resource).toBe(resource)

  // One continues with a version that it published before it knew that the other had.
  const third = await write(vault, note('Third'))
  await confirmed(clinic.session)
  await second.syncNow()
  await until(theirs.list$('notes'), (list) => list.some((each) => each.doc === third.doc))
  await world.server.stop()
  expect(await clinic.practice.publish(third.id, slot)).toEqual({ type: 'published' })
  const fourth = await write(vault, note('Third, amended'), third.id)
  expect(await clinic.practice.publish(third.id, slot)).toEqual({ type: 'published' })
  const mine = theirs.referencedNow('notes', third.doc)!.id
  expect(await second.practice!.publish(mine, there)).toEqual({ type: 'published' })
  await clinic.session.lock()
  await world.server.start()
  await confirmed(second)
  const again = world.unlocked(await clinic.device.accountManager.unlock(clinic.session.slot, PASSPHRASE))
  await confirmed(again)
  await patient.syncNow()
  expect(mei.referencedNow('notes', third.doc)).toMatchObject({ revision: fourth.revision, conflict: false })

  // The amended version is published alone and comes before the older one, or after it: nobody has to choose between them.
  let [one, two] = [again, second]
  for (const amendedFirst of [true, false]) {
    const desk = await one.practice!.open()
    const older = await write(desk, note('Apart'))
    await confirmed(one)
    await two.syncNow()
    const ward = await two.practice!.open()
    await until(ward.list$('notes'), (list) => list.some((each) => each.doc === older.doc))
    await world.server.stop()
    const newer = await write(desk, note('Apart, amended'), older.id)
    expect(await one.practice!.publish(older.id, slot)).toEqual({ type: 'published' })
    expect(await two.practice!.publish(ward.referencedNow('notes', older.doc)!.id, there)).toEqual({
      type: 'published',
    })
    // Who is locked comes second.
    await (amendedFirst ? two : one).lock()
    await world.server.start()
    await confirmed(amendedFirst ? one : two)
    if (amendedFirst) two = world.unlocked(await device.accountManager.unlock(two.slot, PASSPHRASE))
    else one = world.unlocked(await clinic.device.accountManager.unlock(one.slot, PASSPHRASE))
    await waitFor('the order that the practice knows', async () => {
      for (const session of [one, two, patient]) await session.syncNow()
      const copy = mei.referencedNow('notes', older.doc)
      return copy?.revision === newer.revision && !copy.conflict
    })
    expect(await firstValueFrom(mei.conflicts$)).toEqual([])
    expect(mei.referencedNow('notes', older.doc)!.resource).toBe(newer.resource)
  }
  await two.lock()
})
