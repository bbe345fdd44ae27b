/** A new version of a document whose file takes its time to be sealed, while the document itself is changed: real stores, no page. */
import {
  EMPTY_DOCUMENT,
  enteredInError,
  newDocument,
  parseJsonObject,
  provenBy,
  replacedBy,
  stringifyJson,
  trashed,
  withProof,
  type JsonObject,
} from '@chartkeep/domain'
import type { Chart, ChartRecord } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AddingFiles, type AddStep } from '@chartkeep/app/src/features/records/documents/adding-files.ts'
import { createDeviceWorld, openFirst, until, type DeviceWorld } from '../../support/device-world.ts'

let world: DeviceWorld
let chart: Chart

beforeEach(async () => {
  world = await createDeviceWorld()
  const { session } = await world.account('Mei')
  chart = await openFirst(session)
})
afterEach(() => world.close())

const OLD = newDocument({ ...EMPTY_DOCUMENT, title: 'Letter', date: '2026-11-01' }, 'Patient/mei')
const PROVEN = 'Condition/asthma'

async function saved(resource: JsonObject, id?: string): Promise<ChartRecord> {
  const of = id === undefined ? {} : { id }
  const outcome = await chart.save({ collection: 'documents', resource: stringifyJson(resource), ...of })
  if (outcome.type !== 'saved') throw new Error(outcome.type)
  return outcome.record
}

/** Adds a file as a new version of the document, and does `meanwhile` while it is being sealed. */
async function addVersion(id: string, meanwhile: () => Promise<unknown>): Promise<Extract<AddStep, { type: 'added' }>> {
  const adding = new AddingFiles()
  const replaces = { id, reference: `DocumentReference/${id}` }
  const file = new File([new Uint8Array(300_000).fill(7)], 'letter-2.pdf', { type: 'application/pdf' })
  adding.add(chart, [file], { collection: 'documents', patient: 'Patient/mei', replaces })
  expect(adding.files$.value[0]!.step.type).toBe('working')
  await meanwhile()
  const [line] = await until(adding.files$, ([only]) => only!.step.type === 'added' || only!.step.type === 'problem')
  if (line!.step.type !== 'added') throw new Error(JSON.stringify(line!.step))
  return line!.step
}

const textOf = async (id: string) => parseJsonObject((await firstValueFrom(chart.record$(id)))!.resource)!

test('B3: what is written in a document while the file of its next version is sealed stays, and the next version has it too', async () => {
  const { id } = await saved(OLD)
  const step = await addVersion(id, () => saved(withProof({ ...OLD, description: 'Letter of May' }, PROVEN, ''), id))
  expect(step.isApart).toBe(false)
  const [before, next] = [await textOf(id), await textOf(step.record)]
  expect(before).toMatchObject({ status: 'superseded', description: 'Letter of May' })
  expect(next).toMatchObject({ status: 'current', description: 'Letter of May' })
  for (const document of [before, next]) expect(provenBy(document).map(({ reference }) => reference)).toEqual([PROVEN])
  expect(replacedBy(next)).toEqual([`DocumentReference/${id}`])
})

test.each([
  ['marked as entered in error', () => enteredInError(OLD, 'of another person')],
  ['put into the trash', () => trashed(OLD, '2026-11-25T08:00:00Z')],
])('B3: a document that was %s meanwhile stays so, and the file is a document of its own', async (_, change) => {
  const { id } = await saved(OLD)
  const left = change()
  const step = await addVersion(id, () => saved(left, id))
  expect(step.isApart).toBe(true)
  expect(stringifyJson(await textOf(id))).toBe(stringifyJson(left))
  const apart = await textOf(step.record)
  expect(replacedBy(apart)).toEqual([])
  expect(apart).toMatchObject({ status: 'current', description: 'letter-2', subject: { reference: 'Patient/mei' } })
})
