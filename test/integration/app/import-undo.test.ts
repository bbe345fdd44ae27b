/** Taking back a whole import (C14), over real sealed stores: what goes, what stays, after a stop, on another device, and when the file comes again. */
import { importSourceText, parseJsonObject, stringifyJson, trashed } from '@chartkeep/domain'
import type { Chart, ChartRecord } from '@chartkeep/sync'
import type { ImportCounts } from '@chartkeep/sync/testing'
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDeviceWorld, openFirst, until, type DeviceWorld } from '../../support/device-world.ts'
import { readText } from '../../support/fhir-samples.ts'

const ID = 'a'.repeat(22)
const OTHER = 'b'.repeat(22)
const NAME = 'hospital.json'

let world: DeviceWorld
beforeEach(async () => {
  world = await createDeviceWorld()
})
afterEach(() => world.close())

const condition = (id: string, more: object = {}) => ({
  resourceType: 'Condition',
  id,
  code: { text: `Condition ${id}` },
  subject: { reference: 'Patient/p' },
  ...more,
})

async function imported(chart: Chart, resources: object[], id = ID): Promise<ImportCounts> {
  const entry = resources.map((resource) => ({ resource }))
  const { items } = await readText(JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }))
  expect(items).toHaveLength(resources.length)
  return chart.importBatch(items, importSourceText(id, NAME))
}

const titles = async (chart: Chart) =>
  (await firstValueFrom(chart.list$('conditions'))).map(({ title }) => title).toSorted()

async function named(chart: Chart, title: string): Promise<ChartRecord> {
  const records = await firstValueFrom(chart.list$('conditions'))
  return records.find((record) => record.title === title)!
}

async function changed(chart: Chart, title: string, change: (text: string) => string): Promise<void> {
  const { id, resource, collection } = await named(chart, title)
  const outcome = await chart.save({ collection, id, resource: change(resource) })
  expect(outcome.type).toBe('saved')
}

const whyStays = (chart: Chart) =>
  Object.fromEntries(chart.undoPlan(ID).stays.map(({ record, why }) => [record.title, why]))

const told = async (chart: Chart) =>
  (await firstValueFrom(chart.audit$))
    .filter(({ action }) => action === 'import-undone')
    .map(({ subject, count }) => ({ subject, count }))

test('C14: an import goes into the trash as a whole; what was there before, typed or edited stays, and the log says what was done', async () => {
  const chart = await openFirst((await world.account('Mei')).session)
  await imported(chart, [condition('old')], OTHER)
  const counts = await imported(chart, [condition('old'), condition('1'), condition('2'), condition('3')])
  expect(counts).toMatchObject({ added: 3, unchanged: 1 })
  await changed(chart, 'Condition 2', (text) => text.replace('"Condition 2"', '"Condition 2, mild"'))

  expect(whyStays(chart)).toEqual({ 'Condition 2, mild': 'edited' })
  expect(await chart.undoImport(ID)).toEqual({ end: 'done', undone: 2 })
  expect(await titles(chart)).toEqual(['Condition 2, mild', 'Condition old'])
  expect((await firstValueFrom(chart.trash$('conditions'))).map(({ title }) => title).toSorted()).toEqual([
    'Condition 1',
    'Condition 3',
  ])
  expect(await told(chart)).toEqual([{ subject: NAME, count: 2 }])
  // Nothing is left to take back, and nothing more is told.
  expect(await chart.undoImport(ID)).toEqual({ end: 'done', undone: 0 })
  expect(await told(chart)).toHaveLength(1)
})

test('C14: a stop leaves whole batches, and pressed again the rest goes', async () => {
  const { session } = await world.account('Mei')
  const chart = await openFirst(session)
  await imported(
    chart,
    Array.from({ length: 250 }, (_, at) => condition(`n${at}`)),
  )
  const stop = new AbortController()
  const seen: number[] = []
  const first = await chart.undoImport(ID, {
    signal: stop.signal,
    onProgress: (done, all) => {
      seen.push(done)
      expect(all).toBe(250)
      stop.abort()
    },
  })
  expect(first).toEqual({ end: 'stopped', undone: 100 })
  expect(seen).toEqual([100])
  expect(await titles(chart)).toHaveLength(150)
  expect(await told(chart)).toEqual([{ subject: NAME, count: 100 }])
  expect(await chart.undoImport(ID)).toEqual({ end: 'done', undone: 150 })
  expect(await titles(chart)).toEqual([])
})

test('C14: another device that has the import takes it back, and the first one follows', async () => {
  const { session: laptop, code } = await world.account('Mei')
  const there = await openFirst(laptop)
  await imported(there, [condition('1'), condition('2')])
  await changed(there, 'Condition 2', (text) => text.replace('"Condition 2"', '"Mine"'))
  await laptop.syncNow()
  const phone = await world.restore(code)
  const here = await openFirst(phone)
  await until(here.counts$, (counts) => (counts['conditions'] ?? 0) === 2)
  expect(whyStays(here)).toEqual({ Mine: 'edited' })
  expect(await here.undoImport(ID)).toEqual({ end: 'done', undone: 1 })
  await phone.syncNow()
  await laptop.syncNow()
  await until(there.counts$, (counts) => (counts['conditions'] ?? 0) === 1)
  expect(await titles(there)).toEqual(['Mine'])
})

test('C14: imported again, what was taken back comes in again, and what a person put into the trash stays there and is told', async () => {
  const chart = await openFirst((await world.account('Mei')).session)
  await imported(chart, [condition('1'), condition('2')])
  await changed(chart, 'Condition 2', (text) => stringifyJson(trashed(parseJsonObject(text)!, '2026-11-25T08:00:00Z')))
  await chart.undoImport(ID)
  expect(await titles(chart)).toEqual([])
  expect(await imported(chart, [condition('1'), condition('2'), condition('3')])).toEqual({
    added: 2,
    unchanged: 0,
    corrected: 0,
    conflicts: 0,
    refused: 0,
    trashed: 1,
  })
  expect(await titles(chart)).toEqual(['Condition 1', 'Condition 3'])
  // As if the first time had not been.
  expect(await chart.undoImport(ID)).toEqual({ end: 'done', undone: 2 })
})

test('C13: a record that moved into the private list is here, and not in the trash, when its file comes again', async () => {
  const chart = await openFirst((await world.account('Mei')).session)
  await imported(chart, [condition('1'), condition('2')])
  expect((await chart.move((await named(chart, 'Condition 1')).id, 'private')).type).toBe('saved')
  expect(await imported(chart, [condition('1'), condition('2')])).toMatchObject({ added: 0, unchanged: 2, trashed: 0 })
  // It is a record of its own now, and stays.
  expect(await chart.undoImport(ID)).toEqual({ end: 'done', undone: 1 })
  expect((await firstValueFrom(chart.list$('conditions-private'))).map(({ title }) => title)).toEqual(['Condition 1'])
})

test('C14: a record that a later file brought in a newer version stays, and says so', async () => {
  const chart = await openFirst((await world.account('Mei')).session)
  await imported(chart, [condition('1'), condition('2')])
  expect(await imported(chart, [condition('1', { note: [{ text: 'newer' }] })], OTHER)).toMatchObject({ corrected: 1 })
  expect(whyStays(chart)).toEqual({ 'Condition 1': 'updated' })
  expect(chart.undoPlan(OTHER).stays.map(({ why }) => why)).toEqual(['before'])
  expect(await chart.undoImport(OTHER)).toEqual({ end: 'done', undone: 0 })
  expect(await chart.undoImport(ID)).toEqual({ end: 'done', undone: 1 })
  expect(await titles(chart)).toEqual(['Condition 1'])
})
