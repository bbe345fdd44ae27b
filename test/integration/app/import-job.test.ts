/** One import from the file to its report (C13, C14), over a real sealed store: what is in, what is not, and where the file itself is. */
import { ImportJob, type ImportStep } from '@chartkeep/app/src/features/import/import-job.ts'
import { reportState } from '@chartkeep/app/src/features/import/report-state.ts'
import { importIdOf, importSourceOf, parseJsonObject, stringifyJson, trashed } from '@chartkeep/domain'
import type { Chart } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDeviceWorld, openFirst, until, type DeviceWorld } from '../../support/device-world.ts'

let world: DeviceWorld
let chart: Chart
beforeEach(async () => {
  world = await createDeviceWorld()
  chart = await openFirst((await world.account('John Smith')).session)
})
afterEach(() => world.close())

type Report = Extract<ImportStep, { type: 'report' }>
type Asked = Extract<ImportStep, { type: 'whose' }>

const condition = (id: string, subject = 'Patient/p') => ({
  resourceType: 'Condition',
  id,
  code: { text: id },
  subject: { reference: subject },
})
const PATIENT = {
  resourceType: 'Patient',
  id: 'p',
  name: [{ family: 'Smith', given: ['John'] }],
  birthDate: '1980-05-12',
}

function bundle(resources: (object | string)[], name = 'hospital.json'): File {
  const entry = resources.map((resource) => ({ resource }))
  return new File([JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry })], name)
}

async function read(job: ImportJob, file: File): Promise<Asked | Report> {
  await job.read(chart, file)
  const step = job.step$.value
  if (step.type !== 'whose' && step.type !== 'report') throw new Error(step.type)
  return step
}

async function imported(file: File, patient?: string): Promise<{ job: ImportJob; report: Report }> {
  const job = new ImportJob()
  const asked = await read(job, file)
  if (asked.type !== 'whose') return { job, report: asked }
  await job.write(chart, asked.read, patient ?? asked.patient)
  const report = job.step$.value
  if (report.type !== 'report') throw new Error(report.type)
  return { job, report }
}

const documents = () => firstValueFrom(chart.list$('documents-private'))
const conditions = async () => (await firstValueFrom(chart.list$('conditions'))).map(({ title }) => title).toSorted()

test('C13: records are in with their original, and the original and the records know each other', async () => {
  const { report } = await imported(bundle([PATIENT, condition('1')]))
  expect(reportState(report.result)).toMatchObject({ head: 'all', tone: 'good', isKept: true, mayUndo: true })
  const [document] = await documents()
  expect(report.result.original).toEqual({ type: 'kept', record: document!.id })
  const hash = /"valueString":"([\w-]{43})"/u.exec(document!.resource)![1]!
  expect(report.result.id).toBe(importIdOf(hash))
  const [record] = await firstValueFrom(chart.list$('conditions'))
  expect(importSourceOf(record!.importSource)).toEqual({
    id: importIdOf(hash),
    over: '',
    name: 'hospital.json',
    state: 'imported',
  })
  const again = await imported(bundle([PATIENT, condition('1')]))
  expect(reportState(again.report.result)).toMatchObject({ head: 'same', isKept: true, mayUndo: false })
  expect(await documents()).toHaveLength(1)
})

test.each([
  ['empty', new File([], 'a.json'), 'empty', false],
  ['of spaces only', new File(['  \n '], 'a.json'), 'empty', true],
  ['a PDF', new File(['%PDF-1.7 ...'], 'letter.pdf'), 'unread', true],
  ['a bundle of nothing', bundle([]), 'bare', true],
  ['refused in every entry', bundle(['no resource', 'nor this']), 'none', true],
])(
  'C13: a file that is %s leaves nothing in the chart and no green mark, and is not called kept',
  async (_, file, head, mayKeep) => {
    const { job, report } = await imported(file)
    const state = reportState(report.result)
    expect(state).toMatchObject({ head, isKept: false, mayKeep, mayUndo: false, inChart: 0 })
    expect(state.tone).not.toBe('good')
    expect(await documents()).toEqual([])
    if (!mayKeep) return
    await job.keep(chart, report)
    const kept = job.step$.value as Report
    const [document] = await documents()
    expect(kept.result.original).toEqual({ type: 'kept', record: document!.id })
    expect(document!.title).toBe(file.name)
    expect(reportState(kept.result)).toMatchObject({ head, isKept: true, mayKeep: false })
  },
)

test('C13: a file whose original is in the trash is kept once more before the report says so', async () => {
  await imported(bundle([PATIENT, condition('1')]))
  const [{ id, resource, collection } = { id: '', resource: '', collection: '' }] = await documents()
  await chart.save({
    collection,
    id,
    resource: stringifyJson(trashed(parseJsonObject(resource)!, '2026-11-25T08:00:00Z')),
  })
  expect(await documents()).toEqual([])
  const { report } = await imported(bundle([PATIENT, condition('1')]))
  const [document] = await documents()
  expect(report.result.original).toEqual({ type: 'kept', record: document!.id })
  expect(document!.id).not.toBe(id)
})

test('C13: stopped midway, the report counts what is in and what is not, and a second time brings the rest', async () => {
  const file = bundle([PATIENT, ...Array.from({ length: 450 }, (_, at) => condition(`c${at}`))])
  const job = new ImportJob()
  const asked = (await read(job, file)) as Asked
  const stop = job.step$.subscribe((step) => {
    if (step.type === 'writing' && step.done >= 200) job.stop()
  })
  await job.write(chart, asked.read, asked.patient)
  stop.unsubscribe()
  const { result } = job.step$.value as Report
  expect(reportState(result)).toMatchObject({
    head: 'ended',
    tone: 'attention',
    inChart: 200,
    notIn: 251,
    mayUndo: true,
  })
  expect(await conditions()).toHaveLength(199)
  const { report } = await imported(file)
  expect(report.result).toMatchObject({ added: 251, unchanged: 200, left: 0, ended: null })
  // Both belong to the same file, and go together.
  expect(chart.undoPlan(report.result.id).goes).toHaveLength(451)
})

test('C13: a store that takes no more says how much is in, and the import ends', async () => {
  const file = bundle([PATIENT, ...Array.from({ length: 450 }, (_, at) => condition(`c${at}`))])
  const job = new ImportJob()
  const asked = (await read(job, file)) as Asked
  let batches = 0
  const full = new Proxy(chart, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'importBatch') return value.bind(target) as unknown
      return (...args: Parameters<Chart['importBatch']>) => {
        if (++batches > 2) throw new DOMException('no room', 'QuotaExceededError')
        return target.importBatch(...args)
      }
    },
  })
  await job.write(full, asked.read, asked.patient)
  const { result } = job.step$.value as Report
  expect(result).toMatchObject({ added: 400, left: 51, ended: 'full' })
  expect(reportState(result).tone).toBe('attention')
  expect(await conditions()).toHaveLength(399)
})

test('C14: the person of the file is compared with the chart, and asked about', async () => {
  const job = new ImportJob()
  const { of, patient, read: file } = (await read(job, bundle([PATIENT, condition('1')]))) as Asked
  expect(of.name).toBe('John Smith')
  expect(patient).toBe(file.people.patients[0]!.key)
  expect(await conditions()).toEqual([])
})

test('C14: of several persons none is chosen beforehand but the chart’s own, and the others are named', async () => {
  const mary = { resourceType: 'Patient', id: 'm', name: [{ family: 'Smith', given: ['Mary'] }] }
  const file = () => bundle([mary, PATIENT, condition('his'), condition('hers', 'Patient/m')])
  const asked = (await read(new ImportJob(), file())) as Asked
  expect(asked.patient).toBe('')
  const him = asked.read.people.patients.find(({ name }) => name === 'John Smith')!
  const { report } = await imported(file(), him.key)
  expect(report.result).toMatchObject({ added: 2, otherPerson: 2, others: ['Mary Smith'] })
  expect(await conditions()).toEqual(['his'])
  // The chart knows him by his birth date now.
  await until(chart.counts$, (counts) => (counts['profile'] ?? 0) === 2)
  expect(((await read(new ImportJob(), file())) as Asked).patient).toBe(him.key)
})
