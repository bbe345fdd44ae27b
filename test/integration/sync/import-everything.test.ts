/** Real files through the real reader, the real store, the real server and a second device: nothing is lost, doubled or quarantined. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Chart, Session } from '@chartkeep/sync'
import type { ImportCounts } from '@chartkeep/sync/testing'
import {
  FLETCHER,
  filesUnder,
  readAll,
  readFile,
  SAMPLES,
  samplePaths,
  sharedData,
} from '../../support/fhir-samples.ts'
import { createDeviceWorld, type DeviceWorld, openFirst, until } from '../../support/device-world.ts'

const BATCH = 200

let world: DeviceWorld

beforeEach(async () => {
  world = await createDeviceWorld()
})
afterEach(() => world.close())

async function patient(): Promise<{ session: Session; chart: Chart; code: string }> {
  const { session, code } = await world.account('Test')
  await session.syncNow()
  return { session, chart: await openFirst(session), code }
}

async function secondDevice(code: string): Promise<{ session: Session; chart: Chart }> {
  const session = await world.restore(code)
  return { session, chart: await openFirst(session) }
}

type Item = Awaited<ReturnType<typeof readAll>>['items'][number]

async function importAll(chart: Chart, items: Item[], source: string): Promise<ImportCounts> {
  const total: ImportCounts = { added: 0, unchanged: 0, corrected: 0, conflicts: 0, refused: 0, trashed: 0 }
  for (let at = 0; at < items.length; at += BATCH) {
    const counts = await chart.importBatch(
      items.slice(at, at + BATCH).map(({ text, identity, canonicalHash, former, collection }) => ({
        text,
        identity,
        canonicalHash,
        former,
        collection,
      })),
      source,
    )
    for (const key of Object.keys(total) as (keyof ImportCounts)[]) total[key] += counts[key]
  }
  return total
}

/** What a chart holds, audit left out: id, revision and text of each record. */
async function contentOf(chart: Chart): Promise<string[]> {
  const records = await firstValueFrom(chart.all$)
  return records.map(({ id, revision, resource }) => `${id} ${revision} ${resource}`).toSorted()
}

async function confirmed(session: Session): Promise<void> {
  await session.syncNow()
  await until(session.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0, 120_000)
}

async function importFiles(paths: { name: string; read: () => ReturnType<typeof readAll> }[]): Promise<void> {
  const { session, chart, code } = await patient()
  const sum = { files: paths.length, resources: 0, added: 0, generic: 0, refused: 0, changedAgain: 0 }
  for (const { name, read } of paths) {
    const { items, refusals } = await read()
    const counts = await importAll(chart, items, name)
    const again = await importAll(chart, items, name)
    sum.resources += items.length
    sum.added += counts.added
    sum.generic += items.filter((item) => item.collection === 'other').length
    sum.refused += refusals.length
    // A file that names one resource twice with two contents changes it back and forth; every other one changes nothing.
    const identities = new Set(items.map((item) => item.identity))
    if (identities.size === items.length) expect(again, name).toMatchObject({ added: 0, corrected: 0 })
    sum.changedAgain += again.added + again.corrected
  }
  await confirmed(session)
  expect(await firstValueFrom(chart.quarantine$)).toEqual([])

  const phone = await secondDevice(code)
  await confirmed(phone.session)
  expect(await firstValueFrom(phone.chart.quarantine$)).toEqual([])
  expect(await contentOf(phone.chart)).toEqual(await contentOf(chart))
  console.log(`imported: ${JSON.stringify(sum)}`)
}

test('E6: the committed sample imports, syncs and opens on a second device with nothing quarantined, and a second import changes nothing', async () => {
  await importFiles(samplePaths().map((name) => ({ name, read: () => readFile(join(SAMPLES, name)) })))
}, 300_000)

test('E6: every FHIR file of the shared data imports, syncs and opens on a second device with nothing quarantined', async (context) => {
  const folder = sharedData()
  if (folder === null) {
    console.log('ABSENT: the shared data folder is not here; only the committed sample was imported')
    context.skip()
    return
  }
  const paths = filesUnder(folder).filter((path) => /\.(json|ndjson|json\.gz|ndjson\.gz)$/.test(path))
  await importFiles(paths.map((name) => ({ name: name.slice(folder.length), read: () => readFile(name) })))
}, 600_000)

test('E1: the same file imported offline on two devices is one chart when they meet, with no conflict', async () => {
  const { session, chart, code } = await patient()
  const phone = await secondDevice(code)
  await confirmed(phone.session)
  await world.server.stop()
  const { items } = await readAll(new Blob([readFileSync(join(SAMPLES, FLETCHER))]), FLETCHER)
  expect(items.length).toBeGreaterThan(1000)
  const first = await importAll(chart, items, 'file')
  expect(first).toMatchObject({ added: items.length, conflicts: 0 })
  await importAll(phone.chart, items, 'file')
  await world.server.start()
  await confirmed(session)
  await confirmed(phone.session)
  await confirmed(session)
  expect(await firstValueFrom(chart.conflicts$)).toEqual([])
  expect(await firstValueFrom(phone.chart.conflicts$)).toEqual([])
  expect(await contentOf(phone.chart)).toEqual(await contentOf(chart))
}, 300_000)

test('C15: a record that an earlier release stored under the notation of its file is the same record today', async () => {
  const { chart } = await patient()
  const text = (when: string) =>
    `{"resourceType":"Observation","status":"final","code":{"text":"K"},"category":[{"coding":[{"code":"laboratory"}]}],"effectiveDateTime":"${when}","identifier":[{"system":"https://lab.example/","value":"7"}]}`
  const read = async (when: string) => (await readAll(new Blob([text(when)]), 'file.json')).items
  const written = await read('2026-01-05T08:00:00.000+08:00')
  // As the release before wrote it: its own names alone.
  const before = written.map((item) => ({
    ...item,
    identity: item.former.identities[0]!,
    canonicalHash: item.former.canonicalHash,
    former: { identities: [], canonicalHash: item.former.canonicalHash },
  }))
  expect(await importAll(chart, before, 'file')).toMatchObject({ added: 1 })
  expect(await importAll(chart, written, 'file')).toMatchObject({ added: 0, corrected: 0, unchanged: 1 })
  const other = await patient()
  expect(await importAll(other.chart, written, 'file')).toMatchObject({ added: 1 })
  expect(await importAll(other.chart, await read('2026-01-05T00:00:00Z'), 'file')).toMatchObject({ unchanged: 1 })
}, 60_000)
