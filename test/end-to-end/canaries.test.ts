/**
 * P1: 200 texts of high entropy come in by hand and by import, and none is found where nobody may read them: the
 * server's files and output, what other accounts get, and the files of the browser's profile, locked or killed.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  choose,
  chooseFile,
  createAccount,
  goTo,
  goToShared,
  lock,
  main,
  openForm,
  openList,
  importHere,
  readReport,
  rememberedFields,
  saveForm,
  share,
  sharingCode,
  unlock,
  waitForSync,
} from '../support/app-actions.ts'
import { recordTraffic } from '../support/app-traffic.ts'
import { filesOf, openWorld, type World } from '../support/app-world.ts'
import { createSearch, type Found, randomText } from '../support/byte-search.ts'

const ALL = 200

let world: World
const canaries: { place: string; text: string }[] = []

/** A new canary; `place` tells where it went in. */
function canary(place: string): string {
  const text = randomText()
  canaries.push({ place, text })
  return text
}

beforeAll(async () => {
  world = await openWorld({ logLevel: 'debug' })
})
afterAll(() => world?.close())

test('P1, A2: of 200 texts given by hand and by import none is in the server, its output, answers to others, or the profile', async () => {
  onTestFailed(() => world.showFailure())
  const remembered = new Set<string>()
  const note = async (page: Page) => {
    for (const field of await rememberedFields(page)) remembered.add(field)
  }
  const laptop = await world.device('laptop')
  const { page } = laptop
  const traffic = recordTraffic(page)

  // Controls that the page stores in the open: the search below must find them, or it proves nothing.
  const controls = { local: randomText(), indexed: randomText(), wide: randomText(), cached: randomText() }
  await page.evaluate(async ({ local, indexed, wide, cached }) => {
    localStorage.setItem('control', local)
    await new Promise<void>((resolve, reject) => {
      const opening = indexedDB.open('control', 1)
      opening.onupgradeneeded = () => opening.result.createObjectStore('texts')
      opening.onerror = () => reject(new Error('no control database'))
      opening.onsuccess = () => {
        const writing = opening.result.transaction('texts', 'readwrite', { durability: 'strict' })
        writing.objectStore('texts').put(indexed, 1)
        writing.objectStore('texts').put(`藥 ${wide}`, 2)
        writing.oncomplete = () => {
          opening.result.close()
          resolve()
        }
      }
    })
    await (await caches.open('control')).put('/control', new Response(cached))
  }, controls)

  // By hand: every field of every form, twice; names; what is typed into searches.
  const chartName = canary('name of the chart')
  await createAccount(page, { name: chartName })
  for (const round of [1, 2]) {
    for (const thing of ['Allergy', 'Medicine', 'Vaccine', 'Lab result'] as const) {
      await openForm(page, thing)
      await note(page)
      await fillForm(page, `${thing} ${round}`)
      if (thing === 'Medicine') await choose(page, 'Taking it now?', 'Taking it now')
      await saveForm(page)
    }
  }
  await openList(page, 'Medicines')
  await note(page)
  await page.getByRole('searchbox').fill(canary('search in a list'))
  await page.getByText('No matches').waitFor()
  await page.getByRole('link', { name: 'Search your record' }).first().click()
  await note(page)
  await main(page).getByLabel('Search your record').fill(canary('search in the chart'))
  await page.getByText('No matches').waitFor()

  // By import: the rest, in names, notes, values, messages, file names, and the name of the file itself.
  const { file, size } = bundleOfCanaries()
  await chooseFile(page, file)
  await importHere(page)
  expect(await readReport(page)).toMatchObject({ New: size, Refused: 0 })
  expect(await page.locator('input[type=file]').count()).toBe(0)

  // A provider gets one list; what was written about the share is sealed too.
  const provider = await world.device('provider')
  const theirs = recordTraffic(provider.page)
  await createAccount(provider.page, { name: canary('name of the provider'), clinician: true })
  const code = await sharingCode(provider.page)
  await waitForSync(provider.page, /Saved and synced/u)
  await share(page, {
    code,
    lists: ['Lab results'],
    until: '48 hours',
    purpose: canary('purpose of a share'),
    shownAs: canary('name for the provider'),
  })
  await goTo(page, 'Sharing')
  await page.getByRole('link', { name: 'Share with someone' }).click()
  await note(page)
  await waitForSync(page, /Saved and synced/u)
  await goToShared(provider.page)
  await main(provider.page).getByText('Not yet confirmed').waitFor({ timeout: 60_000 })
  await waitForSync(provider.page, /Saved and synced/u)
  expect(canaries).toHaveLength(ALL)

  // In the chart they all are: what is looked for below did come in.
  await openList(page, 'Conditions')
  await main(page)
    .getByRole('link', { name: canaries.find(({ place }) => place === 'condition 1')?.text ?? '' })
    .waitFor()

  const search = createSearch(canaries.map(({ text }) => text))
  const controlSearch = createSearch(Object.values(controls))
  const searched: Record<string, { files: number; megabytes: string; found: number }> = {}
  const look = (what: string, sources: Iterable<{ path: string; bytes: Uint8Array }>): Found[] => {
    const found: Found[] = []
    let files = 0
    let total = 0
    for (const { path, bytes } of sources) {
      files += 1
      total += bytes.length
      found.push(...search(bytes, path))
    }
    searched[what] = { files, megabytes: (total / 1e6).toFixed(1), found: found.length }
    return found
  }

  // The server: its files, and all that it printed at its most talkative.
  expect(look("the server's files", filesOf(world.server.data))).toEqual([])
  expect(look("the server's output", [{ path: 'output', bytes: Buffer.from(world.server.output()) }])).toEqual([])
  expect(world.server.output().length).toBeGreaterThan(1000)

  // Everything that the provider got, and everything that the patient's page sent.
  await theirs.settled()
  await traffic.settled()
  const answers = [
    ...theirs.answers.map(({ path, body }) => ({ path, bytes: body })),
    ...theirs.frames.map(({ bytes }) => ({ path: 'socket', bytes })),
  ]
  expect(answers.length).toBeGreaterThan(20)
  expect(look('what another account got', answers)).toEqual([])
  const requests = [
    ...traffic.answers.map(({ path, sent }) => ({ path, bytes: Buffer.concat([Buffer.from(path), sent]) })),
    ...traffic.frames.map(({ bytes }) => ({ path: 'socket', bytes })),
  ]
  expect(look("what the patient's page sent", requests)).toEqual([])
  expect([...traffic.origins, ...theirs.origins].filter((origin) => origin !== world.server.origin)).toEqual([])

  // The profile, locked: the browser still runs.
  await openForm(page, 'Medicine')
  await page.locator('form details').evaluateAll((folds) => folds.forEach((fold) => fold.setAttribute('open', '')))
  await page.getByLabel('Notes').fill(canaries[1]?.text ?? '')
  await lock(page)
  const left = await page.evaluate(
    () =>
      document.documentElement.outerHTML +
      [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')]
        .map(({ value }) => value)
        .join(' '),
  )
  expect(look('the page after locking', [{ path: 'page', bytes: Buffer.from(left) }])).toEqual([])
  await page.waitForTimeout(3000)
  expect(look('the profile while locked', filesOf(laptop.folder))).toEqual([])

  // The profile after a power cut while unlocked, with a form half filled.
  await unlock(page)
  await openList(page, 'Lab results')
  await openForm(page, 'Medicine')
  await page.getByLabel('Medicine', { exact: true }).fill(canaries[0]?.text ?? '')
  await page.waitForTimeout(1000)
  await laptop.kill()
  expect(look('the profile, killed while unlocked', filesOf(laptop.folder))).toEqual([])

  const planted = new Set(
    [...filesOf(laptop.folder)].flatMap(({ path, bytes }) => controlSearch(bytes, path).map(({ text }) => text)),
  )
  console.table(searched)
  expect(Object.entries(controls).filter(([, text]) => !planted.has(text))).toEqual([])
  expect([...remembered]).toEqual([])
  expect(laptop.faults).toEqual([])
})

/** Every text field of the form in view gets a canary; dates and numbers what they take. */
async function fillForm(page: Page, form: string): Promise<void> {
  await page.locator('form details').evaluateAll((folds) => folds.forEach((fold) => fold.setAttribute('open', '')))
  for (const field of await page.locator('form input[type=text], form input:not([type]), form textarea').all()) {
    const id = (await field.getAttribute('id')) ?? ''
    if (['low', 'high', 'times', 'everyDays'].includes(id) || !(await field.isVisible())) continue
    await field.fill(
      ['start', 'end', 'given', 'nextDue', 'onset', 'collected', 'supplyUntil'].includes(id)
        ? '2026-01-02'
        : canary(`${form}, ${id}`),
    )
    await page.keyboard.press('Tab')
  }
}

/** A FHIR bundle with all canaries that are still to come, in a file whose name is one too. */
function bundleOfCanaries(): { file: string; size: number } {
  // Three are typed when the chart is shared.
  const left = () => ALL - 3 - canaries.length
  const file = join(world.folder, `${canary('name of the file')}.json`)
  const subject = { reference: 'urn:uuid:00000000-0000-4000-8000-000000000001' }
  const entry: { fullUrl: string; resource: object }[] = []
  const add = (resource: object) => {
    const n = String(entry.length + 1).padStart(12, '0')
    entry.push({ fullUrl: `urn:uuid:00000000-0000-4000-8000-${n}`, resource })
  }
  add({
    resourceType: 'Patient',
    name: [{ family: canary('family name'), given: [canary('given name')] }],
    telecom: [{ system: 'email', value: `${canary('address')}@example.org` }],
    address: [{ line: [canary('street')], city: canary('city') }],
    contact: [{ name: { text: canary('contact') } }],
    identifier: [{ system: 'urn:example:mrn', value: canary('record number') }],
  })
  for (let n = 1; left() > 0; n++) {
    const some = [
      () => ({
        resourceType: 'Communication',
        status: 'completed',
        subject,
        payload: [{ contentString: canary(`message ${n}`) }],
      }),
      () => ({
        resourceType: 'DocumentReference',
        status: 'current',
        subject,
        content: [
          {
            attachment: {
              contentType: 'text/plain',
              title: `${canary(`file name ${n}`)}.txt`,
              data: Buffer.from(`text ${canary(`file ${n}`)}`).toString('base64'),
            },
          },
        ],
      }),
      () => ({
        resourceType: 'Observation',
        status: 'final',
        category: [
          { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
        ],
        code: { text: canary(`test ${n}`) },
        subject,
        valueString: canary(`value ${n}`),
        note: [{ text: `備註 ${canary(`note ${n}`)}` }],
      }),
      () => ({ resourceType: 'Condition', subject, code: { text: canary(`condition ${n}`) } }),
      () => ({
        resourceType: 'Composition',
        status: 'final',
        type: { text: 'Progress note' },
        date: '2026-01-02',
        author: [{ display: canary(`author ${n}`) }],
        title: canary(`title ${n}`),
        subject,
      }),
    ]
    for (const make of some) if (left() >= 3) add(make())
    if (left() < 3)
      while (left() > 0) add({ resourceType: 'Condition', subject, code: { text: canary(`last ${left()}`) } })
  }
  writeFileSync(file, JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }))
  return { file, size: entry.length }
}
