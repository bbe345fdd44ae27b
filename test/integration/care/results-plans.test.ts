/**
 * Results, plans and requests to correct between a practice and a patient, with real sessions, stores and server: what is released arrives as it was
 * written, a correction comes as a version, a plan is confirmed in the exact text that was read, and both sides keep request and answer.
 */
import { doPlanAction, savePlan } from '@chartkeep/app/src/app/care/plans/plan-actions.ts'
import { amendmentsOf } from '@chartkeep/app/src/app/care/amendments/amendments.ts'
import { plansOf } from '@chartkeep/app/src/app/care/plans/plan-views.ts'
import { type PracticeResult, resultsOf } from '@chartkeep/app/src/app/care/results/practice-results.ts'
import { attachFile, proofsOf, releaseFiles } from '@chartkeep/app/src/app/care/results/release-files.ts'
import { assignReview, keepBack, releaseResult } from '@chartkeep/app/src/app/care/results/release-result.ts'
import { RecordViews } from '@chartkeep/app/src/app/words/record-view.ts'
import { correctValue, saveValue } from '@chartkeep/app/src/features/results/save-result.ts'
import {
  changedObservation,
  changedPlan,
  commentsOf,
  type Collection,
  EMPTY_OBSERVATION,
  EMPTY_PLAN,
  isJsonObject,
  jsonObject,
  type JsonObject,
  newAmendment,
  newAmendmentAnswer,
  newObservation,
  newPlan,
  observationForm,
  parseJsonOrNull,
  stringAt,
  stringifyJson,
} from '@chartkeep/domain'
import type { Chart, ChartRecord, ChartSummary, Practice, Session, SignatureView } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { personOfChart } from '@chartkeep/app/src/app/practice/patient-person.ts'
import { confirmed, createDeviceWorld, openFirst, until, type DeviceWorld } from '../../support/device-world.ts'

const LISTS: Collection[] = ['profile', 'labs', 'plans', 'notes', 'documents']
const AT = '2026-11-22T08:00:00Z'
const MY = jsonObject({ reference: 'Patient/self' })

let world: DeviceWorld
let clinic: Session
let home: Session
let practice: Practice
let vault: Chart
/** The patient's chart as the practice has it, and as the patient does. */
let chart: Chart
let mine: Chart
let slot: string
let kit: string
let person: JsonObject

/** What a release is told; the patient lets signatures in. */
let RELEASE: { chartSlot: string; comment: string; signs: boolean }

beforeAll(async () => {
  world = await createDeviceWorld()
  const desk = await world.practice('Green Clinic', 'Lin Wei')
  clinic = desk.session
  practice = desk.practice
  vault = await practice.open()
  vault.hold()
  await confirmed(clinic)
  const { session, code } = await world.account('Mei')
  home = session
  kit = code
  mine = await openFirst(home)
  mine.hold()
  await confirmed(home)
  const grantee = await home.readSharingCode((await clinic.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const rights = ['read', 'append', 'amend', 'sign'] as const
  const shared = await mine.share({
    grantee,
    scopes: LISTS.map((collection) => ({ collection, rights: [...rights] })),
    until: Date.now() + 3_600_000,
    purpose: '',
    shown: { name: 'Mei', birthDate: '' },
  })
  expect(shared.type).toBe('in-force')
  const isTheirs = ({ kind }: ChartSummary) => kind === 'person'
  await clinic.syncNow()
  const charts = await until(clinic.charts$, (all) => all.some(isTheirs))
  slot = charts.find(isTheirs)!.slot
  RELEASE = { chartSlot: slot, comment: '', signs: true }
  await clinic.confirmChart(slot)
  await both()
  chart = (await clinic.openChart(slot))!
  chart.hold()
  person = personOfChart((await firstValueFrom(clinic.charts$)).find(isTheirs)!)
}, 120_000)
afterAll(() => world?.close())

/** What one side wrote is with the other. */
async function both(): Promise<void> {
  await confirmed(clinic)
  await confirmed(home)
  await confirmed(clinic)
}

const listOf = (of: Chart, collection: string) => firstValueFrom(of.list$(collection))
async function named(of: Chart, collection: string, doc: string): Promise<ChartRecord> {
  const found = (await listOf(of, collection)).find((record) => record.doc === doc)
  if (found === undefined) throw new Error('no such record')
  return found
}
const read = (record: ChartRecord): JsonObject => {
  const value = parseJsonOrNull(record.resource)
  if (!isJsonObject(value)) throw new Error('no object')
  return value
}

async function resultNow(title: string): Promise<PracticeResult> {
  const results = resultsOf(await listOf(vault, 'labs'), new RecordViews())
  const found = results.find(({ record }) => record.title === title)
  if (found === undefined) throw new Error(`no result ${title}`)
  return found
}
const work = async (title: string) => ({ practice, vault, result: await resultNow(title) })
const value = (test_: string, digits: string) =>
  newObservation(
    { ...EMPTY_OBSERVATION, test: test_, value: digits, unit: '%', status: 'final', date: '2026-11-21' },
    '',
  )

test('T1, N5: a result is only the practice’s until its release, then the patient has the very text with the comment, from whoever released it', async () => {
  const saved = await saveValue(vault, value('HbA1c', '7.9'), { person, into: null, name: '' })
  expect(saved.type).toBe('saved')
  await both()
  expect(await listOf(mine, 'labs')).toEqual([])
  expect((await resultNow('HbA1c')).state).toBe('new')
  const me = { id: practice.me.id, name: practice.me.name }
  expect(await assignReview(await work('HbA1c'), { reviewer: me, due: '2026-12-01' })).toMatchObject({ type: 'saved' })
  expect(await resultNow('HbA1c')).toMatchObject({ state: 'review', review: { reviewer: me, due: '2026-12-01' } })

  expect(await releaseResult(await work('HbA1c'), { ...RELEASE, comment: 'Better. Same dose.' })).toEqual({
    type: 'published',
  })
  await both()
  const ours = await resultNow('HbA1c')
  const theirs = await named(mine, 'labs', ours.record.doc)
  expect([theirs.resource, theirs.revision]).toEqual([ours.record.resource, ours.record.revision])
  expect(commentsOf(read(theirs)).map(({ text, by }) => [text, by.name])).toEqual([['Better. Same dose.', 'Lin Wei']])
  expect(theirs.author.me).toBe(false)
  // Who released it is proved by a signature over this very text, not told by a form.
  const [signature] = await firstValueFrom(mine.signaturesOf$(theirs.doc))
  expect(signature).toMatchObject({
    meaning: 'review',
    revision: theirs.revision,
    state: { type: 'holds' },
    who: { name: 'Lin Wei', account: clinic.account },
  })
  expect(ours).toMatchObject({ state: 'released', review: { releasedBy: 'Lin Wei', revision: theirs.revision } })
  expect(await practice.published(ours.record.id, slot)).toBe('same')
  // The task stays with the practice: its place says who sees what, not a word in the patient's chart.
  expect((await listOf(mine, 'labs')).map(({ type }) => type)).toEqual(['Observation'])
})

test('T2: a correction is a version that waits for its own release; then both sides read what it was and what it is', async () => {
  const before = await resultNow('HbA1c')
  const changed = changedObservation(read(before.record), { ...observationForm(read(before.record)), value: '6.9' })
  await correctValue(vault, changed, { value: before.record, result: before, reason: 'Typing error' })
  const corrected = await resultNow('HbA1c')
  expect(corrected.state).toBe('corrected')
  expect(stringAt(corrected.resource, 'status')).toBe('corrected')
  await both()
  expect((await named(mine, 'labs', before.record.doc)).resource).toBe(before.record.resource)
  expect(await practice.published(before.record.id, slot)).toBe('older')
  // The comment is not written again: what was said of the value before goes with the correction.
  const comment = commentsOf(corrected.resource)[0]!.text
  expect((await releaseResult(await work('HbA1c'), { ...RELEASE, comment })).type).toBe('published')
  await both()
  const theirs = await named(mine, 'labs', before.record.doc)
  const texts = (await mine.history(theirs.id)).map(({ resource }) =>
    stringAt(parseJsonOrNull(resource ?? ''), 'meta', 'extension', 'valueString'),
  )
  expect(texts).toContain('Typing error')
  const values = (await mine.history(theirs.id)).map(
    (version) => observationForm(parseJsonOrNull(version.resource!) as JsonObject).value,
  )
  expect(values.toSorted()).toEqual(['6.9', '7.9'])
  expect((await resultNow('HbA1c')).state).toBe('released')
})

test('T1: a report of several values goes with all of them, and its file as a document of the patient, each once', async () => {
  await saveValue(vault, value('LDL', '3.9'), { person, into: null, name: '' })
  await saveValue(vault, value('HDL', '1.1'), { person, into: await resultNow('LDL'), name: 'Lipid panel' })
  await saveValue(vault, value('Lp(a)', '12'), { person, into: await resultNow('Lipid panel'), name: '' })
  const report = await resultNow('Lipid panel')
  expect(report.values.map(({ title }) => title)).toEqual(['LDL', 'HDL', 'Lp(a)'])
  const file = new File([new TextEncoder().encode('The report as the laboratory printed it.')], 'report.txt', {
    type: 'text/plain',
  })
  expect(await attachFile(vault, { record: report.record, person }, file)).toMatchObject({ type: 'saved' })
  expect((await releaseResult(await work('Lipid panel'), RELEASE)).type).toBe('published')
  for (let times = 0; times < 2; times += 1) {
    const copy = chart.referencedNow('labs', report.record.doc)!
    const proofs = proofsOf(report.record, await listOf(vault, 'documents'))
    const outcome = await releaseFiles({ vault, chart }, proofs, copy, await listOf(chart, 'documents'))
    expect(outcome).toEqual({ type: 'published' })
  }
  await both()
  const theirs = await named(mine, 'labs', report.record.doc)
  for (const { doc } of report.values) expect((await named(mine, 'labs', doc)).author.me).toBe(false)
  const documents = proofsOf(theirs, await listOf(mine, 'documents'))
  expect(documents).toHaveLength(1)
  const opened = await mine.readFile(documents[0]!.resource)
  expect('bytes' in opened && new TextDecoder().decode(opened.bytes)).toBe('The report as the laboratory printed it.')
})

test('T1: a result that is kept back says why, stays with the practice, and needs a reason', async () => {
  await saveValue(vault, value('Sodium', '140'), { person, into: null, name: '' })
  expect(await keepBack(await work('Sodium'), ' ')).toEqual({ type: 'reason' })
  expect(await keepBack(await work('Sodium'), 'Wrong patient')).toMatchObject({ type: 'saved' })
  expect(await resultNow('Sodium')).toMatchObject({ state: 'kept-back', review: { reason: 'Wrong patient' } })
  await both()
  expect((await listOf(mine, 'labs')).map(({ title }) => title)).not.toContain('Sodium')
})

const signaturesOf = (of: Chart) => firstValueFrom(of.signatures$)
/** A plan as one side shows it. */
async function planOn(of: Chart, patient: Chart, signatures: readonly SignatureView[]) {
  const owners = await firstValueFrom(patient.owners.accounts$)
  const [view] = plansOf(await listOf(of, 'plans'), signatures, new RecordViews(), (one) => owners.has(one))
  if (view === undefined) throw new Error('no plan')
  return view
}
const ourPlan = async () => ({
  ...(await planOn(vault, chart, [...(await signaturesOf(vault)), ...(await signaturesOf(chart))])),
  published: chart.referencedNow('plans', (await listOf(vault, 'plans'))[0]!.doc),
})
const theirPlan = async () => planOn(mine, mine, await signaturesOf(mine))
const FORM = { ...EMPTY_PLAN, title: 'Diabetes', goals: ['HbA1c under 7'], steps: [] }

test('T3, T4, N1: a plan reaches the patient only approved; the acknowledgement signs the exact version in the language that was read; a change asks again', async () => {
  const author = { id: practice.me.id, name: practice.me.name }
  const draft = newPlan(FORM, { person, author, at: AT })
  await vault.save({ collection: 'plans', resource: stringifyJson(draft) })
  await both()
  expect(await listOf(mine, 'plans')).toEqual([])

  const action = { reason: '', chartSlot: slot }
  expect(await doPlanAction({ practice, vault }, await ourPlan(), 'approve', action)).toEqual({ type: 'done' })
  await both()
  const first = await theirPlan()
  expect(first).toMatchObject({ state: 'active', version: 1, asks: true, approval: { who: { name: 'Lin Wei' } } })
  // Read on another device of hers, which came in after the chart was shared.
  const phone = await world.restore(kit)
  const there = await openFirst(phone)
  const copy = await named(there, 'plans', first.record.doc)
  const signed = await there.sign({
    record: copy.id,
    revision: first.record.revision,
    meaning: 'acknowledge',
    language: 'zh-Hant-TW',
  })
  expect(signed.type).toBe('signed')
  await confirmed(phone)
  await both()
  expect(await theirPlan()).toMatchObject({ asks: false, acknowledgement: { language: 'zh-Hant-TW' } })
  expect(await ourPlan()).toMatchObject({
    acknowledgement: { language: 'zh-Hant-TW', revision: first.record.revision },
  })

  const active = await ourPlan()
  const changed = changedPlan(active.plan, { ...FORM, goals: ['HbA1c under 6.5'] }, true)
  await vault.save({ collection: 'plans', resource: stringifyJson(changed), id: active.record.id })
  await both()
  // Not approved, so not with the patient, and nothing else may be done with it.
  expect(await theirPlan()).toMatchObject({ version: 1, asks: false })
  expect(await doPlanAction({ practice, vault }, await ourPlan(), 'complete', action)).toEqual({
    type: 'refused',
    why: 'changed',
  })
  expect(await doPlanAction({ practice, vault }, await ourPlan(), 'approve', action)).toEqual({ type: 'done' })
  await both()
  expect(await theirPlan()).toMatchObject({
    version: 2,
    asks: true,
    acknowledgement: null,
    earlier: { language: 'zh-Hant-TW' },
  })
  // The version that was read is not the current one: nothing is signed in its place.
  expect(
    await mine.sign({
      record: first.record.id,
      revision: first.record.revision,
      meaning: 'acknowledge',
      language: 'en',
    }),
  ).toEqual({ type: 'changed' })
  const held = await doPlanAction({ practice, vault }, await ourPlan(), 'hold', {
    ...action,
    reason: 'Operation first',
  })
  expect(held).toEqual({ type: 'done' })
  await both()
  expect(await theirPlan()).toMatchObject({ state: 'on-hold', version: 3, asks: true })
})

test('T6: a request to correct and its answer both stay, with the record, on both sides; a request is declined only with a reason', async () => {
  const record = await named(mine, 'labs', (await resultNow('HbA1c')).record.doc)
  const about = { id: record.doc, revision: record.revision, type: record.type, list: 'labs' as const }
  const request = newAmendment(about, { wrong: 'Not my blood.', should: 'Nothing', at: AT, person: MY })!
  const asked = await mine.save({ collection: 'labs', resource: stringifyJson(request) })
  if (asked.type !== 'saved') throw new Error(asked.type)
  await both()
  const seen = await named(chart, 'labs', asked.record.doc)
  expect(seen.author).toMatchObject({ me: false, account: home.account })
  const of = { id: seen.doc, resource: read(seen), list: 'labs' as const }
  const given = { by: { id: practice.me.id, name: practice.me.name }, at: AT, person }
  expect(newAmendmentAnswer(of, { type: 'declined', reason: '' }, given)).toBeNull()
  const answer = newAmendmentAnswer(of, { type: 'declined', reason: 'The sample was checked.' }, given)!
  const saved = await vault.save({ collection: 'labs', resource: stringifyJson(answer) })
  if (saved.type !== 'saved') throw new Error(saved.type)
  expect(await practice.publish(saved.record.id, slot)).toEqual({ type: 'published' })
  await both()
  for (const side of [mine, chart]) {
    const [view] = amendmentsOf(await listOf(side, 'labs'), new RecordViews())
    expect(view).toMatchObject({
      state: 'declined',
      answers: [{ reason: 'The sample was checked.', by: { name: 'Lin Wei' } }],
    })
    expect(view!.record.resource).toBe(stringifyJson(request))
    expect((await named(side, 'labs', record.doc)).resource).toBe(record.resource)
  }
})

test('T1, N5: what is released is the version that was looked at: where another was saved meanwhile neither goes to the patient', async () => {
  await saveValue(vault, value('Zinc', '70'), { person, into: null, name: '' })
  const looked = await work('Zinc')
  const { record } = looked.result
  const changed = changedObservation(read(record), { ...observationForm(read(record)), value: '700' })
  const saved = await vault.save({ collection: 'labs', resource: stringifyJson(changed), id: record.id })
  expect(saved.type).toBe('saved')

  expect(await practice.publish(record.id, slot, record.revision)).toEqual({ type: 'newer' })
  expect(await releaseResult(looked, { ...RELEASE, signs: false })).toEqual({ type: 'newer' })
  // Nor does a comment take it back.
  expect(await releaseResult(looked, { ...RELEASE, signs: false, comment: 'Low' })).toEqual({ type: 'newer' })
  expect(vault.recordNow(record.id)!.resource).toBe(stringifyJson(changed))
  expect(await practice.published(record.id, slot)).toBe('no')
  await until(vault.list$('labs'), (all) => all.some(({ resource }) => resource === stringifyJson(changed)))
  expect(await releaseResult(await work('Zinc'), { ...RELEASE, signs: false })).toEqual({ type: 'published' })
  expect(await practice.published(record.id, slot)).toBe('same')
})

test('T1, Y3: of two who decide about one result at one time the second is told, and a release is over who was asked for it meanwhile', async () => {
  await saveValue(vault, value('Copper', '90'), { person, into: null, name: '' })
  const me = { id: practice.me.id, name: practice.me.name }
  expect((await assignReview(await work('Copper'), { reviewer: me, due: '' })).type).toBe('saved')
  await until(vault.list$('labs'), (all) =>
    resultsOf(all, new RecordViews()).some(({ record, task }) => record.title === 'Copper' && task !== null),
  )
  const looked = await work('Copper')
  expect((await assignReview(looked, { reviewer: null, due: '2026-12-24' })).type).toBe('saved')
  expect(await keepBack(looked, 'Wrong patient')).toEqual({ type: 'newer' })
  expect(await releaseResult(looked, { ...RELEASE, signs: false })).toEqual({ type: 'published' })
  const isReleased = ({ record, state, review }: PracticeResult) =>
    record.title === 'Copper' && state === 'released' && review?.due === '2026-12-24'
  await until(vault.list$('labs'), (all) => resultsOf(all, new RecordViews()).some(isReleased))
})

test('T3, Y3: a form that was opened before a plan was approved or ended writes nothing over it; over the approved one it makes a change that waits', async () => {
  const author = { id: practice.me.id, name: practice.me.name }
  const draft = newPlan({ ...FORM, title: 'Operation' }, { person, author, at: AT })
  const saved = await vault.save({ collection: 'plans', resource: stringifyJson(draft) })
  if (saved.type !== 'saved') throw new Error(saved.type)
  const { id, doc } = saved.record
  const planNow = async () => {
    const signatures = [...(await signaturesOf(vault)), ...(await signaturesOf(chart))]
    const plans = plansOf(await listOf(vault, 'plans'), signatures, new RecordViews(), () => false)
    const found = plans.find(({ record }) => record.doc === doc)!
    return { ...found, published: chart.referencedNow('plans', doc) }
  }
  const typed = { ...FORM, title: 'Operation', goals: ['Walks again'] }
  const may = { mayApprove: true, reason: '' }
  const action = { reason: 'It is over', chartSlot: slot }

  const opened = await planNow()
  expect(opened.state).toBe('draft')
  expect(await doPlanAction({ practice, vault }, opened, 'approve', action)).toEqual({ type: 'done' })
  expect(await savePlan(vault, opened, typed, may)).toEqual({ type: 'changed' })
  expect(await doPlanAction({ practice, vault }, opened, 'approve', action)).toEqual({ type: 'changed' })
  await until(vault.signatures$, (all) => all.some(({ record }) => record === doc))
  const approved = await planNow()
  expect(approved).toMatchObject({ state: 'active', version: 1, form: { goals: FORM.goals } })

  // Who was shown the approved plan writes over that version: it stays active, and the change waits for its approval.
  expect(await savePlan(vault, approved, typed, may)).toMatchObject({ type: 'saved' })
  await until(vault.list$('plans'), (all) => all.some((one) => one.id === id && one.resource.includes('Walks again')))
  const changed = await planNow()
  expect(changed).toMatchObject({ state: 'active', version: 2, approval: null })

  expect(await doPlanAction({ practice, vault }, changed, 'approve', action)).toEqual({ type: 'done' })
  await until(vault.signatures$, (all) => all.some(({ revision }) => revision === changed.record.revision))
  const again = await planNow()
  expect(await doPlanAction({ practice, vault }, again, 'revoke', action)).toEqual({ type: 'done' })
  expect(await savePlan(vault, again, typed, may)).toEqual({ type: 'changed' })
  const ended = await until(vault.list$('plans'), (all) => all.some((one) => one.resource.includes('"revoked"')))
  expect(ended.find((one) => one.id === id)?.resource).toContain('"revoked"')
  expect(await savePlan(vault, await planNow(), typed, may)).toEqual({ type: 'refused', why: 'final' })
})

test('N5: a release made offline is durable and goes later; after the end of the share nothing is published, and the practice keeps what it wrote', async () => {
  await saveValue(vault, value('Ferritin', '15'), { person, into: null, name: '' })
  await world.server.stop()
  expect((await releaseResult(await work('Ferritin'), RELEASE)).type).toBe('published')
  const { record } = await resultNow('Ferritin')
  expect((await named(chart, 'labs', record.doc)).waiting).toBe(true)
  await world.server.start()
  await both()
  expect((await named(mine, 'labs', record.doc)).resource).toBe(record.resource)

  const written = (await listOf(vault, 'labs')).length
  for (const { id } of await firstValueFrom(mine.grants$)) await mine.revoke(id)
  await home.syncNow()
  await clinic.syncNow()
  await until(clinic.charts$, (charts) => charts.some((one) => one.slot === slot && one.state === 'ended'))
  expect(await releaseResult(await work('Sodium'), RELEASE)).toEqual({ type: 'ended' })
  expect(await listOf(vault, 'labs')).toHaveLength(written)
  expect((await resultNow('Sodium')).state).toBe('kept-back')
  expect((await listOf(mine, 'labs')).map(({ title }) => title)).not.toContain('Sodium')
})
