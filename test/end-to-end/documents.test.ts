/**
 * The document vault (B1, B3) on the full chart: files are chosen, dropped and photographed, found again by tag, name and author, linked to what
 * they prove, replaced by a new version, and read and searched inside the app without a network; adding that was killed says so and continues; on the phone a
 * file is fetched, kept and let go.
 */
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { goTo, main, openRecord, saveForm, syncNow, unlock, waitForSync } from '../support/app-actions.ts'
import { createPictureBook, goToHash } from '../support/app-pictures.ts'
import { type Device, waitFor } from '../support/app-world.ts'
import {
  bundleOf,
  dicomBytes,
  HOSTILE_CCDA,
  lockedPdfOf,
  pdfOf,
  pdfOfBillion,
  pngOf,
  whitePng,
} from '../support/document-files.ts'
import { openSeededWorld, type SeededWorld } from '../support/seeded-world.ts'

let world: SeededWorld
let laptop: Device

beforeAll(async () => {
  world = await openSeededWorld()
  laptop = await world.seededDevice('laptop')
})
afterAll(() => world?.close())

const CHINESE = '血糖檢驗報告'

function made(name: string, content: Buffer | string): string {
  const path = join(world.folder, name)
  writeFileSync(path, content)
  return path
}

async function toDocuments(page: Page): Promise<void> {
  await goTo(page, 'Records')
  await main(page)
    .getByRole('link', { name: /^Documents/u })
    .first()
    .click()
  await page.getByRole('heading', { level: 1, name: 'Documents' }).waitFor()
}

/** Presses a button that opens the system's dialogue, and picks in it. */
async function pick(page: Page, button: Locator, files: string | string[]): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button.click()])
  await chooser.setFiles(files)
}

/** The line of a file that is being added. */
function lineOf(page: Page, name: string): Locator {
  return main(page).getByRole('listitem').filter({ hasText: name })
}

/** As dropped from the desktop: Chromium takes no real drag from a test. */
async function drop(page: Page, files: { name: string; type: string; text: string }[]): Promise<void> {
  await page.evaluate((given) => {
    const carried = new DataTransfer()
    for (const { name, type, text } of given) carried.items.add(new File([text], name, { type }))
    for (const kind of ['dragover', 'drop'])
      document
        .querySelector('h1')!
        .dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }))
  }, files)
}

/** Opens the file of a document of the list in the viewer. */
async function view(page: Page, title: string): Promise<void> {
  await toDocuments(page)
  await openRecord(page, title)
  await main(page)
    .getByRole('link', { name: /^Open file/u })
    .click()
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
}

test('B3: documents are added in every way, found by tag and name, linked at both ends, replaced by a version, and read inside the app offline', async () => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  const { page } = laptop
  // Shown in both languages at the end, with one change of the language for all.
  const seen: { name: string; hash: string }[] = []
  const remember = (name: string) => void seen.push({ name, hash: new URL(page.url()).hash })
  await toDocuments(page)
  const huge = made('scan-archive.zip', '')
  truncateSync(huge, 1024 ** 3 + 1)
  await pick(page, main(page).getByRole('button', { name: 'Choose files' }), [
    made('Blood report.pdf', pdfOf(100, CHINESE)),
    made('empty.txt', ''),
    huge,
    made('CT scan.dcm', dicomBytes()),
  ])
  await lineOf(page, 'CT scan.dcm').getByText('Added').waitFor()
  await lineOf(page, 'empty.txt').getByText('This file is empty (0 bytes)').waitFor()
  await lineOf(page, 'scan-archive.zip').getByText('This file is 1024 MB. The limit is 1 GB.').waitFor()
  await drop(page, [
    { name: 'Visit.xml', type: 'text/xml', text: HOSTILE_CCDA },
    { name: 'results.json', type: 'application/json', text: bundleOf(250) },
    { name: 'diary.txt', type: 'text/plain', text: Array.from({ length: 4000 }, (_, n) => `Day ${n + 1}`).join('\n') },
  ])
  await lineOf(page, 'diary.txt').getByText('Added').waitFor()
  await pick(page, main(page).getByRole('button', { name: 'Photograph' }), made('IMG-1.png', pngOf(3000, 2000)))
  await lineOf(page, 'IMG-1.png').getByText('Added').waitFor()
  await pick(
    page,
    main(page).getByRole('button', { name: 'Choose files' }),
    made('Copy of report.pdf', pdfOf(100, CHINESE)),
  )
  await lineOf(page, 'Copy of report.pdf').getByText('This file is already here.').waitFor()
  await book.takeBoth(page, 'documents-adding')
  for (const name of [
    'empty.txt',
    'scan-archive.zip',
    'Copy of report.pdf',
    'Visit.xml',
    'results.json',
    'diary.txt',
    'IMG-1.png',
    'CT scan.dcm',
  ])
    await lineOf(page, name)
      .getByRole('button', { name: /^Off this list/u })
      .click()

  await main(page).getByRole('link', { name: 'Describe it: Blood report.pdf' }).click()
  await page.getByLabel('Words to find it by').waitFor()
  await page.getByLabel('Who made it?').fill('Green Lab')
  await page.getByLabel('Words to find it by').fill('knee, insurance')
  await saveForm(page)
  await toDocuments(page)
  await lineOf(page, 'Blood report.pdf')
    .getByRole('button', { name: /^Off this list/u })
    .click()
  await main(page).getByRole('button', { name: 'insurance', exact: true }).click()
  await main(page).getByText('1 of 7').waitFor()
  remember('documents-by-tag')
  await main(page).getByRole('button', { name: 'insurance', exact: true }).click()
  for (const word of ['green lab', 'KNEE', 'blood rep']) {
    await main(page).getByLabel('Search in Documents').fill(word)
    await main(page).getByText('1 of 7').waitFor()
  }
  await main(page).getByLabel('Search in Documents').fill('')

  await openRecord(page, 'Blood report')
  // The file is above: once it is shown nothing moves under the pointer.
  await main(page)
    .getByRole('link', { name: /^Open file/u })
    .waitFor()
  await main(page).getByRole('button', { name: 'Link an entry' }).click()
  const sheet = page.getByRole('dialog')
  await sheet.getByLabel('Search by name, code or date').fill('glucose')
  const add = sheet.getByRole('button', { name: /^Link: Glucose/u }).first()
  await add.click()
  await sheet.getByText(/^Linked: Glucose/u).waitFor()
  await book.takeWidths(page, 'documents-link')
  await sheet.getByRole('button', { name: 'Close' }).click()
  await main(page)
    .getByRole('link', { name: /^Glucose/u })
    .waitFor()
  await pick(page, main(page).getByRole('button', { name: 'Add a new version' }), made('Report 2.pdf', pdfOf(2)))
  await lineOf(page, 'Report 2.pdf').getByText('Added').waitFor()
  await main(page).getByRole('link', { name: 'Open the newest' }).click()
  await main(page).getByRole('link', { name: 'Open the newest' }).waitFor({ state: 'detached' })
  await main(page).getByRole('heading', { name: 'Versions' }).waitFor()
  await lineOf(page, 'Report 2.pdf')
    .getByRole('button', { name: /^Off this list/u })
    .click()
  remember('document')
  await main(page)
    .getByRole('link', { name: /^Glucose/u })
    .click()
  await main(page).getByRole('heading', { name: 'Related documents' }).waitFor()
  const linked = main(page).getByRole('button', { name: 'Remove the link to Blood report' })
  const links = await linked.count()
  await linked.first().click()
  await waitFor('one link less', async () => (await linked.count()) === links - 1)

  await laptop.context.setOffline(true)
  await toDocuments(page)
  await main(page).getByText('8 entries').waitFor()
  await main(page).getByRole('button', { name: 'Older versions' }).click()
  await main(page).getByText('1 of 8').waitFor()
  await openRecord(page, 'Blood report')
  await main(page).getByRole('link', { name: 'Open the newest' }).waitFor()
  await main(page)
    .getByRole('link', { name: /^Open file/u })
    .click()
  const pages = main(page).getByRole('region', { name: 'Blood report.pdf' })
  await pages.getByText('Report, page 1', { exact: true }).waitFor()
  // Two or three pages of a hundred are in the page at a time.
  expect(await pages.locator('canvas').count()).toBeLessThan(5)
  await pages.getByText(CHINESE).waitFor()
  remember('viewer-pdf')
  await main(page).getByLabel('Page', { exact: true }).fill('57')
  await main(page).getByLabel('Page', { exact: true }).press('Enter')
  await pages.getByText('Report, page 57', { exact: true }).waitFor()
  await pages.press('PageDown')
  await main(page).getByText('Page 58 of 100').first().waitFor()
  await pages.press('End')
  await pages.getByText('Report, page 100', { exact: true }).waitFor()
  await pages.press('+')
  await main(page).getByText('125 %').waitFor()
  await pages.getByText('Report, page 100', { exact: true }).waitFor()

  await toDocuments(page)
  await main(page).getByRole('button', { name: 'Older versions' }).click()
  await view(page, 'Visit')
  await main(page).getByRole('cell', { name: 'Penicillin' }).waitFor()
  await main(page).getByText('Hives & swelling').waitFor()
  await main(page).getByText('diary (https://evil.example/track?who=1)').waitFor()
  expect(await main(page).locator('script, iframe, img, a[href*="evil"], [onclick]').count()).toBe(0)
  expect(await main(page).innerText()).not.toContain('taken over')
  remember('viewer-ccda')
  await view(page, 'results')
  await main(page).getByText('250 entries').waitFor()
  await main(page).getByText('Observation: Test 2', { exact: true }).click()
  await main(page).getByText('effectiveDateTime').waitFor()
  remember('viewer-fhir')
  await view(page, 'diary')
  await main(page).getByText('Lines 1,500 of 4,000').waitFor()
  await main(page).getByRole('button', { name: 'Show more lines' }).click()
  await main(page).getByText('Lines 3,000 of 4,000').waitFor()
  remember('viewer-text')
  // A PDF with a password of its own says so, and opens with it.
  await toDocuments(page)
  await pick(
    page,
    main(page).getByRole('button', { name: 'Choose files' }),
    made('Sealed letter.pdf', lockedPdfOf('Dear patient', 'garden')),
  )
  await lineOf(page, 'Sealed letter.pdf').getByText('Added').waitFor()
  await lineOf(page, 'Sealed letter.pdf')
    .getByRole('button', { name: /^Off this list/u })
    .click()
  await view(page, 'Sealed letter')
  await main(page).getByText(en.viewer.password).waitFor()
  remember('viewer-pdf-password')
  for (const password of ['gate', 'garden']) {
    await main(page).getByLabel(en.viewer.passwordField, { exact: true }).fill(password)
    await main(page).getByRole('button', { name: en.viewer.passwordOpen }).click()
    await main(page)
      .getByText(password === 'gate' ? en.viewer.passwordWrong : 'Dear patient')
      .first()
      .waitFor()
  }

  // What is written inside is found by search as well, with its place; of the sealed letter nothing is.
  await page.getByRole('link', { name: 'Search your record' }).first().click()
  const asked = page.getByRole('searchbox', { name: 'Search your record' })
  for (const [words, title, place] of [
    [CHINESE.slice(1), 'Blood report', 'On page 2:'],
    ['hives swelling', 'Visit', /^In the file, under .+:/u],
    ['day 3999', 'diary', 'In the file:'],
  ] as const) {
    await asked.fill(words)
    await main(page).getByRole('listitem').filter({ hasText: title }).getByText(place).first().waitFor()
  }
  await asked.fill('dear patient')
  await main(page).getByText('No matches').waitFor()
  await asked.fill(CHINESE.slice(1))
  await main(page).getByText('On page 2:').first().waitFor()
  await main(page)
    .getByText(/^Also searched inside \d+ documents\./u)
    .waitFor()
  remember('search-inside')

  await toDocuments(page)
  await main(page)
    .getByRole('link', { name: /^Photo, /u })
    .click()
  await main(page)
    .getByRole('link', { name: /^Open file/u })
    .click()
  const picture = main(page).getByRole('img', { name: 'Picture: IMG-1.png' })
  await picture.waitFor()
  const points = () =>
    picture.evaluate((canvas) => [(canvas as HTMLCanvasElement).width, (canvas as HTMLCanvasElement).height])
  // A canvas that nobody has drawn on is 300 points wide.
  await waitFor('the picture', async () => {
    const [width, height] = await points()
    return width! > 300 && width! > height!
  })
  // Decoded at the size that it is shown in, not at its own 3000.
  expect((await points())[0]).toBeLessThan(1500)
  await main(page).getByRole('button', { name: 'Turn' }).click()
  await waitFor('the turned picture', async () => {
    const [width, height] = await points()
    return width! < height!
  })
  remember('viewer-picture')
  await toDocuments(page)
  await openRecord(page, 'CT scan')
  expect(
    await main(page)
      .getByRole('link', { name: /^Open file/u })
      .count(),
  ).toBe(0)
  await main(page)
    .getByRole('button', { name: /^Save file/u })
    .waitFor()
  await book.takeAll(page, seen)
  // What was opened is in no cache of the browser's.
  const kept = await page.evaluate(async () => {
    const caches_ = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()))
    return caches_.flat().map(({ url }) => new URL(url).pathname)
  })
  expect(kept.filter((path) => !/^\/(?:index\.html|assets\/[\w.-]+|[\w.-]+)$/u.test(path))).toEqual([])
  await laptop.context.setOffline(false)
  await waitForSync(page, /Saved and synced/u)
  expect(laptop.faults).toEqual([])
  expect(book.faults).toEqual([])
}, 300_000)

test('B1, B3: adding that was killed is told as not finished and continues with the same file; on the phone it is fetched, kept and let go', async () => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  await toDocuments(laptop.page)
  const film = made('Film 1.mp4', Buffer.alloc(40 * 1024 * 1024, 'a film of the knee '))
  const cdp = await laptop.page.context().newCDPSession(laptop.page)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 6 })
  await pick(laptop.page, main(laptop.page).getByRole('button', { name: 'Choose files' }), film)
  // The first half finds the hash, the second seals: at 21 MB the first chunks are kept, and nearly all are still to come.
  await lineOf(laptop.page, 'Film 1.mp4')
    .getByText(/Encrypting: (?:2[1-9]|3\d) MB of 40 MB/u)
    .waitFor({ timeout: 120_000 })
  await laptop.kill()
  await laptop.start()
  await laptop.page.getByText('English', { exact: true }).click()
  await unlock(laptop.page)
  await toDocuments(laptop.page)
  const waiting = main(laptop.page).getByRole('listitem').filter({ hasText: 'Film 1.mp4' })
  await waiting.getByText(/ of 40 MB encrypted/u).waitFor()
  expect(await main(laptop.page).getByRole('link', { name: 'Film 1' }).count()).toBe(0)
  await book.takeBoth(laptop.page, 'documents-unfinished')
  await pick(laptop.page, waiting.getByRole('button', { name: 'Choose it again: Film 1.mp4' }), film)
  await lineOf(laptop.page, 'Film 1.mp4').getByText('Added').waitFor({ timeout: 120_000 })
  await main(laptop.page).getByRole('heading', { name: 'Not finished' }).waitFor({ state: 'detached' })
  await main(laptop.page).getByRole('link', { name: 'Film 1', exact: true }).waitFor()
  await syncNow(laptop.page)
  await waitForSync(laptop.page, /Saved and synced/u, 120)

  const phone = await world.seededDevice('phone')
  await syncNow(phone.page)
  await waitForSync(phone.page, /Saved and synced/u)
  await toDocuments(phone.page)
  await openRecord(phone.page, 'Film 1')
  const file = main(phone.page).getByRole('listitem').filter({ hasText: 'video/mp4' })
  await file.getByText(/· At the server only$/u).waitFor()
  const keep = file.getByRole('switch')
  await keep.press('Space')
  await file.getByText(/· On this device$/u).waitFor({ timeout: 120_000 })
  await book.take(phone.page, 'document-kept', 'en')
  // Without the server's word nothing is let go.
  await world.server.kill()
  await keep.press('Space')
  await file.getByText(/· On this device until the server confirms it$/u).waitFor()
  await book.takeBoth(phone.page, 'document-leaving')
  await world.server.start()
  await syncNow(phone.page)
  await waitForSync(phone.page, /Saved and synced/u)
  await toDocuments(phone.page)
  await main(phone.page)
    .getByRole('row')
    .filter({ has: phone.page.getByRole('link', { name: 'Film 1', exact: true }) })
    .getByText('At the server')
    .waitFor()
  await book.takeBoth(phone.page, 'documents-phone')
  // A paper is photographed and read on the phone itself.
  const photograph = main(phone.page).getByRole('button', { name: 'Photograph' })
  await pick(phone.page, photograph, made('IMG-2.png', pngOf(600, 400)))
  await lineOf(phone.page, 'IMG-2.png').getByText('Added').waitFor()
  await lineOf(phone.page, 'IMG-2.png')
    .getByRole('button', { name: /^Off this list/u })
    .click()
  await main(phone.page)
    .getByRole('link', { name: /^Photo, /u })
    .first()
    .click()
  await main(phone.page)
    .getByRole('link', { name: /^Open file/u })
    .click()
  await main(phone.page)
    .getByRole('img', { name: /^Picture: IMG-/u })
    .waitFor()
  await goToHash(phone.page, '#/overview')
  expect([...laptop.faults, ...phone.faults]).toEqual([])
  expect(book.faults).toEqual([])
}, 300_000)

test('B3: files of a few kilobytes that hold a billion pages, points or elements are shown as far as they can be, and hold up no other', async () => {
  onTestFailed(() => world.showFailure())
  const { page } = laptop
  const paragraphs = Array.from({ length: 60_000 }, (_, n) => `<paragraph>Line ${n + 1}</paragraph>`).join('')
  const inMany = `<content styleCode="${'bold '.repeat(40_000)}">${'<content>often</content> '.repeat(40_000)}</content>`
  const cda = (text: string) =>
    `<ClinicalDocument><component><structuredBody><component><section><title>S</title><text>${text}</text></section></component></structuredBody></component></ClinicalDocument>`
  await toDocuments(page)
  const names = ['Billion.pdf', 'White.png', 'Wide.json', 'Long.xml', 'Styled.xml', 'Letter.txt']
  const contents = [
    pdfOfBillion(),
    whitePng(20_000, 20_000),
    `{"resourceType":"Basic","extension":[${'{"url":"a"},'.repeat(200_000)}{"url":"last"}]}`,
    cda(paragraphs),
    cda(inMany),
    'A quiet paragraph about marigolds',
  ]
  await pick(
    page,
    main(page).getByRole('button', { name: 'Choose files' }),
    names.map((name, at) => made(name, contents[at]!)),
  )
  for (const name of names) await lineOf(page, name).getByText('Added').waitFor()
  for (const name of names)
    await lineOf(page, name)
      .getByRole('button', { name: /^Off this list/u })
      .click()

  await view(page, 'Billion')
  await main(page).getByText('The only page').first().waitFor()
  await main(page).getByText('These are the first 20,000 pages of 1,000,000,000.').waitFor()
  await view(page, 'White')
  await main(page).getByText(en.viewer.large).waitFor()
  await view(page, 'Wide')
  await main(page).getByText('200001 entries').click()
  await main(page).getByRole('button', { name: en.viewer.moreElements }).click()
  expect(await main(page).getByRole('listitem').count()).toBeLessThan(2000)
  for (const [title, text] of [
    ['Long', 'Line 60000'],
    ['Styled', 'often often often'],
  ] as const) {
    await view(page, title)
    await main(page).getByText(en.viewer.longDocumentText).waitFor()
    expect(await main(page).locator('pre').innerText()).toContain(text)
  }

  await page.getByRole('link', { name: 'Search your record' }).first().click()
  await page.getByRole('searchbox', { name: 'Search your record' }).fill('quiet marigolds')
  await main(page).getByRole('listitem').filter({ hasText: 'Letter' }).getByText('In the file:').first().waitFor()
})
