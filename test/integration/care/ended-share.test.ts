/**
 * After a share has ended a practice reads what it wrote, in its own record, with real sessions, stores and server: at the device that had the chart, after
 * a restart without a network, and at a device that never had it. What was in the chart alone is gone.
 */
import { patientRecordsOf } from '@chartkeep/app/src/app/practice/patient-record-list.ts'
import { saveNote, signVersion } from '@chartkeep/app/src/app/care/notes/note-actions.ts'
import { personOfChart } from '@chartkeep/app/src/app/practice/patient-person.ts'
import { isAtHand, NamedReader, type Patient, patientsOf } from '@chartkeep/app/src/app/practice/patients.ts'
import { personFile, PersonIndex } from '@chartkeep/app/src/app/practice/person-file.ts'
import { RecordViews } from '@chartkeep/app/src/app/words/record-view.ts'
import { searchCharts } from '@chartkeep/app/src/app/search/charts-search.ts'
import { savePatient } from '@chartkeep/app/src/features/patients/save-patient.ts'
import { saveValue } from '@chartkeep/app/src/features/results/save-result.ts'
import {
  allSteps,
  CareReader,
  chartReference,
  EMPTY_NOTE,
  EMPTY_OBSERVATION,
  jsonObject,
  newObservation,
  noteForm,
  parseJsonObject,
  stringifyJson,
  workItems,
} from '@chartkeep/domain'
import type { Chart, ChartRecord, ChartSummary, Session } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { draftPlan, NOBODY, openVisit } from '../../support/action-records.ts'
import { memberOf } from '../../support/actions-done.ts'
import {
  confirmed,
  createDeviceWorld,
  openFirst,
  PASSPHRASE,
  until,
  type DeviceWorld,
} from '../../support/device-world.ts'
import { joinPractice } from '../../support/join-practice.ts'
import type { NodeDevice } from '../../support/node-device.ts'

let world: DeviceWorld
let clinic: Session
let desk: NodeDevice
let vault: Chart
let id: string
let ended: number

const isPerson = ({ kind }: ChartSummary) => kind === 'person'

/** The patients as the screens of a member have them. */
async function patientsAt(session: Session): Promise<Patient[]> {
  const open = await session.practice!.open()
  const lists = ['encounters', 'notes', 'labs', 'plans', 'messages', 'appointments', 'documents']
  const written = await Promise.all(lists.map((list) => firstValueFrom(open.list$(list))))
  return patientsOf({
    charts: await firstValueFrom(session.charts$),
    records: patientRecordsOf(await firstValueFrom(open.list$('profile')), new RecordViews()),
    named: allSteps(new NamedReader().reading(written.flat())),
    roles: session.practice!.me.roles,
    slotOf: (chart) => `slot of ${chart}`,
  })
}
async function fileAt(session: Session): Promise<Chart> {
  const patient = (await patientsAt(session)).find((one) => one.id === id)!
  return personFile(await session.practice!.open(), { id, slot: patient.slot, index: new PersonIndex() })
}
const titlesOf = (records: readonly ChartRecord[]) => records.map(({ type, title }) => `${type} ${title}`).toSorted()

/** All that the practice wrote about Mei, its own record of whoever she is among it. */
const OURS = [
  'CarePlan Walk',
  'Composition First visit',
  'Composition Not finished',
  'Encounter Cough',
  'Observation Ferritin',
  'Patient Mei',
  'Provenance author',
]

beforeAll(async () => {
  world = await createDeviceWorld()
  const made = await world.practice('Green Clinic', 'Lin Wei')
  clinic = made.session
  desk = made.device
  const { practice } = made
  vault = await practice.open()
  vault.hold()
  await confirmed(clinic)
  const home = (await world.account('Mei')).session
  const mine = await openFirst(home)
  mine.hold()
  const allergy = { resourceType: 'AllergyIntolerance', code: { text: 'Penicillin' }, patient: { display: 'Mei' } }
  await mine.save({ collection: 'allergies', resource: JSON.stringify(allergy) })
  await confirmed(home)
  const grantee = await home.readSharingCode((await clinic.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  await mine.share({
    grantee,
    scopes: (['profile', 'allergies', 'notes', 'labs', 'plans', 'encounters'] as const).map((collection) => ({
      collection,
      rights: ['read', 'append', 'amend', 'sign'],
    })),
    until: Date.now() + 3_600_000,
    purpose: '',
    shown: { name: 'Mei', birthDate: '1992-03-04' },
  })
  await clinic.syncNow()
  const chart = (await until(clinic.charts$, (charts) => charts.some(isPerson))).find(isPerson)!
  id = chart.id
  expect(await savePatient(vault, undefined, { chart, practice: practice.name, number: '1042', assigned: null })).toBe(
    'saved',
  )
  await clinic.confirmChart(chart.slot)
  await confirmed(clinic)
  const theirs = (await clinic.openChart(chart.slot))!
  await until(theirs.list$('allergies'), (all) => all.length === 1)

  const work = { practice, vault }
  const person = personOfChart(chart)
  const visit = await vault.save({ collection: 'encounters', resource: stringifyJson(openVisit(person)) })
  if (visit.type !== 'saved') throw new Error(visit.type)
  const at = { chart, visit: visit.record.doc, note: null }
  const note = await saveNote(work, { ...EMPTY_NOTE, title: 'First visit' }, at, 'final')
  if (typeof note === 'string') throw new Error(note)
  expect(await signVersion(work, note, 'author')).toBeNull()
  expect(await practice.publish(note.id, chart.slot)).toEqual({ type: 'published' })
  await saveNote(work, { ...EMPTY_NOTE, title: 'Not finished' }, at, 'preliminary')
  await vault.save({ collection: 'plans', resource: stringifyJson(draftPlan(person, memberOf(practice))) })
  const value = newObservation({ ...EMPTY_OBSERVATION, test: 'Ferritin', value: '15', status: 'final' }, '')
  await saveValue(vault, value, { person, into: null, name: '' })
  // For another person, who is in no list of charts here: it is in no file but theirs.
  const other = chartReference(NOBODY, 'Chen Bo')
  const theirVisit = openVisit(jsonObject({ ...other, identifier: { ...other.identifier } }))
  await vault.save({ collection: 'encounters', resource: stringifyJson(theirVisit) })
  await confirmed(clinic)
  for (const { id: grant } of await firstValueFrom(mine.grants$)) await mine.revoke(grant)
  await home.syncNow()
  ended = Date.now()
  await clinic.syncNow()
  await until(clinic.charts$, (charts) => charts.some((one) => one.id === id && one.state === 'ended'))
}, 120_000)
afterAll(() => world?.close())

test('N9, C10: after the end the patient stays in the list, with when it ended, and everything that the practice wrote is read in its own vault', async () => {
  const patients = await patientsAt(clinic)
  const mei = patients.find((one) => one.id === id)!
  expect(mei).toMatchObject({ name: 'Mei', state: 'ended', file: 'ended', confirmed: true, care: null })
  expect(isAtHand(mei)).toBe(true)
  expect(Math.abs(mei.until! - ended)).toBeLessThan(60_000)
  // To read and for nothing else.
  expect(mei.collections.find(({ collection }) => collection === 'notes')?.rights).toEqual(['read'])
  const file = await fileAt(clinic)
  expect(titlesOf(await firstValueFrom(file.all$))).toEqual(OURS)
  expect(await firstValueFrom(file.list$('allergies'))).toEqual([])
  expect(await firstValueFrom(file.counts$)).toMatchObject({ notes: 2, encounters: 1, plans: 1, labs: 1 })
  const signed = (await firstValueFrom(file.signatures$)).map(({ who, state }) => [who.name, state.type])
  expect(signed).toEqual([['Lin Wei', 'holds']])
  expect(await file.save({ collection: 'notes', resource: '{}' })).toEqual({ type: 'no-right' })

  const hits = searchCharts([mei.slot], 'ferritin', async () => file, new AbortController().signal)
  let found = 0
  for await (const { hits: all } of hits) found = all[0]?.count ?? 0
  expect(found).toBe(1)
})

test('N9, M7: what is open about the patient waits in the work list after the end, and can be finished', async () => {
  const { practice } = clinic
  const notes = await firstValueFrom(vault.list$('notes'))
  const entries = new CareReader('', () => true).entries(notes)
  const waiting = () => workItems(entries, [], { now: Date.now(), zone: 'UTC' }).filter((item) => item.chart === id)
  expect(waiting().map(({ kind, title }) => [kind, title])).toEqual([['note', 'Not finished']])
  const record = notes.find(({ title }) => title === 'Not finished')!
  const note = { record, resource: parseJsonObject(record.resource)! }
  const [mei] = (await patientsAt(clinic)).filter((one) => one.id === id)
  const at = { chart: mei!, visit: '', note: note as never }
  const work = { practice: practice!, vault }
  const done = await saveNote(work, { ...noteForm(note.resource), title: 'Not finished' }, at, 'final')
  if (typeof done === 'string') throw new Error(done)
  expect(await signVersion(work, done, 'author')).toBeNull()
  expect(await practice!.publish(done.id, mei!.slot)).toEqual({ type: 'ended' })
  const after = new CareReader('', () => true).entries(await firstValueFrom(vault.list$('notes')))
  expect(workItems(after, [], { now: Date.now(), zone: 'UTC' }).filter((item) => item.chart === id)).toEqual([])
})

test('N9, C12: a member who came after the end, and so never had the chart, reads the same; what their role may not read stays closed', async () => {
  const scribe = await joinPractice(world, clinic, 'Su An', ['scribe'])
  await confirmed(scribe)
  const mei = (await patientsAt(scribe)).find((one) => one.id === id)!
  expect(mei).toMatchObject({ name: 'Mei', birthDate: '1992-03-04', file: 'ended' })
  expect(Math.abs(mei.until! - ended)).toBeLessThan(60_000)
  expect(titlesOf(await firstValueFrom((await fileAt(scribe)).all$))).toEqual([...OURS, 'Provenance author'].toSorted())
  const auditor = await joinPractice(world, clinic, 'Au Dit', ['auditor'])
  await auditor.syncNow()
  expect((await patientsAt(auditor)).filter(({ file }) => file !== undefined)).toEqual([])
})

test('N9, P2: it is all there after a restart without a network', async () => {
  await world.server.stop()
  await clinic.lock()
  clinic = world.unlocked(await desk.accountManager.unlock(clinic.slot, PASSPHRASE))
  const patients = await patientsAt(clinic)
  expect(patients.map(({ name, file }) => [name, file]).toSorted()).toEqual([
    ['Chen Bo', 'unknown'],
    ['Mei', 'ended'],
  ])
  expect(titlesOf(await firstValueFrom((await fileAt(clinic)).all$))).toEqual([...OURS, 'Provenance author'].toSorted())
})

test('N9: a chart that locked by the clock of a device without a network is read in the same way', async () => {
  const [mei] = (await firstValueFrom(clinic.charts$)).filter((one) => one.id === id)
  const locked = { ...mei!, state: 'locked' as const, name: 'Mei', until: 1000 }
  const named = new Map([[id, { name: 'Mei', lastAt: 5 }]])
  const roles = clinic.practice!.me.roles
  const [shown] = patientsOf({ charts: [locked], records: new Map(), named, roles, slotOf: () => '' })
  expect(shown).toMatchObject({ file: 'ended', state: 'locked', until: 1000, lastAt: 5 })
  expect(isAtHand(shown!)).toBe(true)
  // While the chart is open it is read itself, and nothing is in its place.
  const open = { ...locked, state: 'open' as const }
  expect(patientsOf({ charts: [open], records: new Map(), named, roles, slotOf: () => '' })).toEqual([open])
})
