/**
 * What is written over a copy that was read before, in a practice's own vault on real stores: notes, visits, values of a report, links of a document.
 * What came meanwhile stays, and what cannot are next to it is not written.
 */
import { writePublished } from '@chartkeep/app/src/app/practice/write-published.ts'
import { saveNote } from '@chartkeep/app/src/app/care/notes/note-actions.ts'
import { type PracticeResult, resultsOf } from '@chartkeep/app/src/app/care/results/practice-results.ts'
import { saveVisit } from '@chartkeep/app/src/app/care/notes/visit-actions.ts'
import { RecordViews } from '@chartkeep/app/src/app/words/record-view.ts'
import { relink } from '@chartkeep/app/src/features/records/documents/relink.ts'
import { savePatient } from '@chartkeep/app/src/features/patients/save-patient.ts'
import { correctValue, saveValue } from '@chartkeep/app/src/features/results/save-result.ts'
import {
  aboutPerson,
  cancelled,
  changedVisit,
  chartReference,
  closedVisit,
  EMPTY_DOCUMENT,
  EMPTY_NOTE,
  EMPTY_OBSERVATION,
  jsonObject,
  type JsonObject,
  moved,
  newBooking,
  newDocument,
  newNote,
  newObservation,
  noteForm,
  parseJsonObject,
  practicePatientForm,
  provenBy,
  stringifyJson,
  takesMore,
  visitForm,
  withoutProof,
  withProof,
} from '@chartkeep/domain'
import type { Chart, ChartRecord, ChartSummary, Practice } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NOBODY, openVisit } from '../../support/action-records.ts'
import { createDeviceWorld, until, type DeviceWorld } from '../../support/device-world.ts'
import { memberOf } from '../../support/actions-done.ts'

const AT = '2026-11-22T08:00:00Z'
const about = chartReference(NOBODY, 'Mei')
const person = jsonObject({ ...about, identifier: { ...about.identifier } })

let world: DeviceWorld
let practice: Practice
let vault: Chart

beforeAll(async () => {
  world = await createDeviceWorld()
  practice = (await world.practice('Green Clinic', 'Lin Wei')).practice
  vault = await practice.open()
  vault.hold()
}, 60_000)
afterAll(() => world?.close())

async function saved(collection: string, resource: JsonObject): Promise<ChartRecord> {
  const outcome = await vault.save({ collection, resource: stringifyJson(resource) })
  if (outcome.type !== 'saved') throw new Error(outcome.type)
  return outcome.record
}
const read = (record: ChartRecord): JsonObject => parseJsonObject(record.resource)!
const now = (id: string): JsonObject => read(vault.recordNow(id)!)

test('N7, Y3: a note that was opened before another version of it was saved writes nothing over that version, until it names it', async () => {
  const sections = { ...EMPTY_NOTE.sections, plan: 'Rest' }
  const context = { person, visit: '', author: memberOf(practice), at: AT }
  const record = await saved('notes', newNote({ ...EMPTY_NOTE, sections }, context, 'preliminary'))
  const opened = { record, resource: read(record) }
  const form = noteForm(opened.resource)
  const written = (plan: string) => ({ ...form, sections: { ...form.sections, plan } })
  const save = (of: typeof opened, plan: string) =>
    saveNote(
      { practice, vault },
      written(plan),
      { chart: {} as ChartSummary, visit: '', note: of as never },
      'preliminary',
    )

  const theirs = await save(opened, 'Rest, and tea')
  expect(theirs).toMatchObject({ id: record.id })
  expect(await save(opened, 'Work')).toBe('changed')
  expect(noteForm(now(record.id)).sections.plan).toBe('Rest, and tea')

  const shown = vault.recordNow(record.id)!
  expect(await save({ record: shown, resource: read(shown) }, 'Work')).toMatchObject({ id: record.id })
  expect(noteForm(now(record.id)).sections.plan).toBe('Work')
})

test('N6, Y3: the form of a visit that was opened before the visit was locked does not open it again, and a locked one is not changed', async () => {
  const record = await saved('encounters', openVisit(person))
  const opened = { record, resource: read(record) }
  const closed = closedVisit(opened.resource, [], memberOf(practice), AT)
  expect(await saveVisit(vault, opened, closed)).toMatchObject({ type: 'saved' })

  const changed = changedVisit(opened.resource, { ...visitForm(opened.resource), reason: 'Fever' })
  expect(await saveVisit(vault, opened, changed)).toEqual({ type: 'changed' })
  const shown = vault.recordNow(record.id)!
  const over = { record: shown, resource: read(shown) }
  expect(takesMore(over.resource)).toBe(false)
  expect(await saveVisit(vault, over, changedVisit(over.resource, visitForm(changed)))).toEqual({ type: 'over' })
  expect(vault.recordNow(record.id)!.revision).toBe(shown.revision)
})

const observed = (name: string, digits: string) =>
  newObservation(
    { ...EMPTY_OBSERVATION, test: name, value: digits, unit: '%', status: 'final', date: '2026-11-21' },
    '',
  )

async function resultNow(title: string, values = 1): Promise<PracticeResult> {
  const isThere = (found: PracticeResult) => found.record.title === title && found.values.length >= values
  const records = await until(vault.list$('labs'), (all) => resultsOf(all, new RecordViews()).some(isThere))
  return resultsOf(records, new RecordViews()).find(isThere)!
}

test('T1, Y3: two values that go into one report at one time both are in it', async () => {
  await saveValue(vault, observed('LDL', '3.9'), { person, into: null, name: '' })
  await saveValue(vault, observed('HDL', '1.1'), { person, into: await resultNow('LDL'), name: 'Lipid panel' })
  const into = await resultNow('Lipid panel', 2)
  const both = await Promise.all(
    ['Lp(a)', 'Triglycerides'].map((name) => saveValue(vault, observed(name, '12'), { person, into, name: '' })),
  )
  expect(both.map(({ type }) => type)).toEqual(['saved', 'saved'])
  const { values } = await resultNow('Lipid panel', 4)
  expect(values.map(({ title }) => title).toSorted()).toEqual(['HDL', 'LDL', 'Lp(a)', 'Triglycerides'])
})

test('T2, Y3: a value that another correction reached first is not written over, and its report keeps what came into it meanwhile', async () => {
  const result = await resultNow('Lipid panel', 4)
  const value = result.values.find(({ title }) => title === 'LDL')!
  const corrected = (digits: string) => aboutPerson(observed('LDL', digits), person)
  await saveValue(vault, observed('Lp(b)', '1'), { person, into: result, name: '' })
  expect(await correctValue(vault, corrected('4.9'), { value, result, reason: 'Typed wrongly' })).toMatchObject({
    type: 'saved',
  })
  expect((await resultNow('Lipid panel', 5)).values.map(({ title }) => title)).toContain('Lp(b)')
  expect(await correctValue(vault, corrected('5.9'), { value, result, reason: 'Me too' })).toEqual({ type: 'changed' })
  expect(vault.recordNow(value.id)!.resource).toContain('4.9')
})

test('B3, Y3: of a document, links that follow one another at once all stay, and one that is taken back takes no other with it', async () => {
  const record = await saved('documents', newDocument({ ...EMPTY_DOCUMENT, title: 'Letter' }, 'self'))
  const link = (reference: string) => relink(vault, record, (document) => withProof(document, reference, reference))
  expect(await Promise.all(['Condition/a', 'Condition/b', 'Condition/c'].map(link))).toEqual([true, true, true])
  const references = () => provenBy(now(record.id)).map(({ reference }) => reference)
  expect(references().toSorted()).toEqual(['Condition/a', 'Condition/b', 'Condition/c'])
  const taken = relink(vault, record, (document) => withoutProof(document, ['Condition/b']))
  expect(await Promise.all([taken, link('Condition/d')])).toEqual([true, true])
  expect(references().toSorted()).toEqual(['Condition/a', 'Condition/c', 'Condition/d'])
  expect(await firstValueFrom(vault.conflicts$)).toEqual([])
})

test('M5, Y3: an appointment that a colleague cancelled meanwhile is not moved by whoever had it open before, until they have seen that', async () => {
  const member = memberOf(practice)
  const booking = {
    about,
    member,
    what: 'Eyes',
    start: AT,
    minutes: 30,
    place: '',
    instruction: '',
    answers: '',
    created: AT,
  }
  const record = await saved('appointments', newBooking(booking))
  const resource = moved(read(record), { start: '2026-12-22T08:00:00Z', minutes: 30, member, answers: '' })
  const theirs = stringifyJson(cancelled(read(record), 'The room is closed'))
  expect((await vault.save({ collection: 'appointments', resource: theirs, id: record.id })).type).toBe('saved')

  const move = (base: string) =>
    writePublished({ vault, practice }, { collection: 'appointments', resource, of: record.id, base }, '')
  expect(await move(record.revision)).toEqual({ type: 'changed' })
  expect(vault.recordNow(record.id)!.resource).toBe(theirs)
  expect(await move(vault.recordNow(record.id)!.revision)).toMatchObject({ type: 'kept' })
})

test('C12, Y3: what a practice keeps of a patient is not written over what a colleague wrote meanwhile', async () => {
  const chart = { id: NOBODY, name: 'Mei', birthDate: '', care: null } as unknown as ChartSummary
  const typed = (number: string) => ({ chart, practice: practice.name, number, assigned: null })
  expect(await savePatient(vault, undefined, typed('A1'))).toBe('saved')
  const record = (
    await until(vault.list$('profile'), (all) => all.some(({ resource }) => resource.includes('A1')))
  ).find(({ resource }) => resource.includes('A1'))!
  const before = { ...practicePatientForm(read(record))!, record }
  expect(await savePatient(vault, before, typed('B2'))).toBe('saved')
  expect(await savePatient(vault, before, typed('C3'))).toBe('changed')
  expect(practicePatientForm(now(record.id))?.number).toBe('B2')
})
