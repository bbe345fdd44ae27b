/** Files that are no good, and a part of the app that does not come: each gets a sentence that says what is wrong and what was done, and the chart stays as it was. */
import { createWriteStream, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  chooseFile,
  createAccount,
  goTo,
  goToShared,
  importHere,
  listCounts,
  main,
  readReport,
} from '../support/app-actions.ts'
import { type Device, openWorld, waitFor, type World } from '../support/app-world.ts'
import { FLETCHER, sampleText } from '../support/fhir-samples.ts'

let world: World
let laptop: Device
let page: Page

beforeAll(async () => {
  world = await openWorld({ keepsShell: false })
  // One that keeps no shell: what does not come from the server does not come.
  laptop = await world.device('laptop', 'laptop', [], '')
  page = laptop.page
  await createAccount(page, { name: 'Mei Chen' })
})
afterAll(() => world?.close())

const NOTHING = 'Nothing was imported.'
const condition = (id: string, rest: object = {}) => ({ resourceType: 'Condition', id, code: { text: id }, ...rest })

/** JSON with extensions inside extensions. */
function nested(depth: number): string {
  return `{"resourceType":"Condition","code":{"text":"deep"},"extension":${'[{"url":"x","extension":'.repeat(depth)}[]${'}]'.repeat(depth)}}`
}

const refused: [what: string, name: string, content: () => string | Buffer, sentences: string[]][] = [
  ['truncated', 'cut.json', () => sampleText(FLETCHER).slice(0, 200_000), ['The file ends too early.', NOTHING]],
  [
    'no FHIR',
    'shop.json',
    () => '{"orders":[{"id":1,"total":"9.90"}]}',
    ['a JSON file of an unknown kind. Chartkeep can’t read records from it.', NOTHING],
  ],
  [
    'no text',
    'photo.json',
    () => Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46]),
    ['This file is a picture. Chartkeep can’t read records from it.', NOTHING],
  ],
  [
    'a PDF',
    'report.pdf.json',
    () => '%PDF-1.7\n%âãÏÓ\n1 0 obj',
    ['This file is a PDF. Chartkeep can’t read records from it.', NOTHING],
  ],
  ['empty', 'empty.json', () => '', ['The file is empty.', NOTHING]],
  [
    'a broken archive',
    'broken.json.gz',
    () => gzipSync(sampleText(FLETCHER)).subarray(0, 9000),
    ['The file is damaged.', NOTHING],
  ],
  ['nested 100,000 deep', 'deep.json', () => nested(100_000), ['nested too deeply']],
]

test.each(refused)(
  'IMPORT: a file that is %s is refused with a clear sentence and changes nothing',
  async (_what, name, content, sentences) => {
    onTestFailed(() => world.showFailure())
    const before = await listCounts(page)
    const file = join(world.folder, name)
    writeFileSync(file, content())
    await chooseFile(page, file)
    await page.getByRole('heading', { level: 1, name: 'Import report' }).waitFor({ timeout: 60_000 })
    const said = await main(page).innerText()
    for (const sentence of sentences) expect(said).toContain(sentence)
    expect(said).toContain('The file itself isn’t stored.')
    expect(await listCounts(page)).toEqual(before)
  },
)

test('IMPORT: one JSON document over 64 MB is refused with its size and the limit', async () => {
  onTestFailed(() => world.showFailure())
  const file = join(world.folder, 'large.json')
  await writeMuch(
    file,
    70,
    (n) => `${n === 0 ? '{"resourceType":"Bundle","type":"collection","entry":[' : ','}{"resource":${line(n)}}`,
  )
  await chooseFile(page, file)
  await page.getByRole('heading', { level: 1, name: 'Import report' }).waitFor({ timeout: 60_000 })
  const said = await main(page).innerText()
  expect(said).toMatch(/This file is (?:≥ )?7\d MB\. The limit for its kind is 64 MB\./u)
  expect(said).toContain(NOTHING)
})

test('IMPORT: hostile entries are refused one by one, the good ones next to them come in', async () => {
  onTestFailed(() => world.showFailure())
  const file = join(world.folder, 'hostile.json')
  const entries = [
    JSON.stringify(condition('first good')),
    nested(90),
    '{"resourceType":"Condition","code":{"text":"one"},"code":{"text":"two"}}',
    '{"resourceType":"Condition","id":"proto","code":{"text":"prototype keys"},"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}',
    JSON.stringify(condition('twin', { note: [{ text: 'one' }] })),
    JSON.stringify(condition('twin', { note: [{ text: 'two' }] })),
    JSON.stringify(condition('first good')),
    '"no resource"',
    JSON.stringify(condition('last good')),
  ]
  writeFileSync(
    file,
    `{"resourceType":"Bundle","type":"collection","entry":[${entries.map((entry) => `{"resource":${entry}}`).join(',')}]}`,
  )
  await chooseFile(page, file)
  await importHere(page)
  const report = await readReport(page)
  const said = await main(page).innerText()
  expect(said).toContain('nested too deeply')
  expect(said).toContain('The same field appears twice with different content.')
  expect(said).toContain('The same entry appears twice in the file. It was added once.')
  expect(said).toContain('Another entry in the file has the same identity but other content. Only the first was added.')
  expect((report['New'] ?? 0) + (report['Refused'] ?? 0)).toBe(entries.length)
  expect(report['New']).toBeGreaterThanOrEqual(3)
  expect(await page.evaluate(() => 'polluted' in {})).toBe(false)
  await page.getByRole('link', { name: 'See the entries' }).click()
  await main(page)
    .getByRole('link', { name: /^Conditions/u })
    .click()
  for (const title of ['first good', 'last good'])
    await main(page).getByRole('link', { name: title, exact: true }).waitFor()
})

test('IMPORT: 200 MB of NDJSON are read line by line; stopped while reading nothing is in, stopped while writing what is in is said', async () => {
  onTestFailed(() => world.showFailure())
  const file = join(world.folder, 'long.ndjson')
  const lines = await writeMuch(file, 200, (n) => `${line(n)}\n`)
  const before = await listCounts(page)
  await chooseFile(page, file)
  await page.getByText('Reading the file').first().waitFor()
  const progress = page.getByRole('progressbar')
  await waitFor('some of the file to be read', async () => Number(await progress.getAttribute('aria-valuenow')) > 3)
  const asked = Date.now()
  await page.getByRole('button', { name: 'Stop the import' }).click()
  await page.getByRole('button', { name: 'Choose a file' }).waitFor()
  console.log(`Reading of ${lines} lines stopped ${Date.now() - asked} ms after it was asked to.`)
  expect(await listCounts(page)).toEqual(before)

  // A shorter one, stopped while it is written.
  const shorter = join(world.folder, 'shorter.ndjson')
  await writeMuch(shorter, 12, (n) => `${line(n)}\n`)
  await chooseFile(page, shorter)
  await importHere(page)
  await page.getByText(/^[1-9][\d,]* of [\d,]+ entries$/u).waitFor()
  await page.getByRole('button', { name: 'Stop the import' }).click()
  const report = await readReport(page)
  expect(await main(page).innerText()).toMatch(/Stopped\. [\d,]+ entries were added, [\d,]+ weren’t\. Import again/u)
  expect(report['New']).toBeGreaterThan(0)
  const after = await listCounts(page)
  expect((after['Conditions'] ?? 0) - (before['Conditions'] ?? 0)).toBe(report['New'])
  expect(laptop.faults).toEqual([])
})

test('a screen whose program does not come says that nothing was changed, and comes when it is opened again', async () => {
  onTestFailed(() => world.showFailure())
  const before = laptop.faults.length
  await page.route('**/assets/shared-charts-screen-*', (route) => route.abort())
  await goTo(page, 'Sharing')
  await main(page).getByRole('link', { name: 'Shared with you' }).click()
  await main(page).getByText('Your records are safe.', { exact: false }).waitFor()
  // What the browser and React say of it.
  expect(laptop.faults.slice(before).join()).toMatch(/dynamically imported module/u)
  await page.unrouteAll()
  await goTo(page, 'Home')
  await goToShared(page)
})

const NOTE = 'A sentence that a person wrote about a complaint, long enough to be like a real one. '.repeat(10)

function line(n: number): string {
  return JSON.stringify(condition(`line-${n}`, { note: [{ text: `${n}: ${NOTE}` }] }))
}

/** Writes parts until the file has so many megabytes; answers with how many. */
async function writeMuch(file: string, megabytes: number, part: (n: number) => string): Promise<number> {
  const stream = createWriteStream(file)
  let size = 0
  let n = 0
  while (size < megabytes * 1024 * 1024) {
    const some = Array.from({ length: 500 }, () => part(n++)).join('')
    size += some.length
    if (!stream.write(some)) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'close')
  return n
}
