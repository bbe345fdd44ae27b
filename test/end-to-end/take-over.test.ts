/** One account in two tabs of one browser: take-over, take-back, a write in flight, a tab that hangs, one that is frozen (ST22). */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  addAllergy,
  chooseFile,
  createAccount,
  expectAllergies,
  importFile,
  importHere,
  openForm,
  PASSPHRASE,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { openWorld, type Device, type World } from '../support/app-world.ts'
import { writePotassiumFile } from '../support/potassium-file.ts'

let world: World
/** One device for all tests: each begins with the tab that the one before has left, with the chart open in it. */
let laptop: Device
let open: Page

const book = createPictureBook()

beforeAll(async () => {
  world = await openWorld({ keepsShell: false })
  laptop = await world.device('laptop')
  open = laptop.page
  await createAccount(open, { name: 'Mei Chen' })
})
afterAll(() => world?.close())

/** Another tab of the same browser, at the unlock screen. */
async function secondTab(): Promise<Page> {
  const page = await laptop.context.newPage()
  await page.goto(world.server.origin)
  await page.getByRole('heading', { level: 1, name: 'Unlock' }).waitFor()
  return page
}

async function useHere(page: Page): Promise<void> {
  await page.getByLabel('Your four words', { exact: true }).fill(PASSPHRASE)
  await page.getByRole('button', { name: 'Use it here' }).click()
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 60_000 })
}

test('ST22: a second tab says where the chart is open, takes it over, and the first steps back and can take it back', async () => {
  onTestFailed(() => world.showFailure())
  const first = open
  await addAllergy(first, 'Penicillin')

  const second = await secondTab()
  await second.getByText('Chartkeep is open in another tab.', { exact: false }).waitFor()
  // A tab that is busy answers the next time that it is asked.
  await second.getByText(/Opened there: .*\d\d:\d\d/u).waitFor()

  for (const language of ['zh', 'en'] as const) {
    await second.getByText(language === 'zh' ? '繁體中文' : 'English', { exact: true }).click()
    // The language is the device's: the first tab speaks it too.
    await first.locator(`html[lang="${language === 'zh' ? 'zh-Hant-TW' : 'en'}"]`).waitFor()
    await book.take(second, 'unlock-open-elsewhere', language)
  }

  // Who cannot open it interrupts nobody.
  await second.getByLabel('Your four words', { exact: true }).fill('not the right words at all')
  await second.getByRole('button', { name: 'Use it here' }).click()
  await second.getByText('Those words didn’t unlock this device.', { exact: false }).waitFor()
  expect(await first.getByRole('heading', { level: 1 }).textContent()).toBe('Penicillin')

  await useHere(second)
  await first
    .getByText('You opened Chartkeep in another tab, so this tab is locked.', { exact: false })
    .waitFor({ timeout: 30_000 })
  await expectAllergies(second, 'Penicillin')
  await addAllergy(second, 'Latex')

  await first.getByRole('button', { name: 'Use it here' }).waitFor({ timeout: 30_000 })
  await book.takeWidths(first, 'lock-moved')
  await useHere(first)
  await second
    .getByText('You opened Chartkeep in another tab, so this tab is locked.', { exact: false })
    .waitFor({ timeout: 30_000 })
  await expectAllergies(first, 'Latex', 'Penicillin')
  await second.close()
  expect(laptop.faults).toEqual([])
})

test('ST22: a form that is open in the first tab is kept, and offered in the second', async () => {
  onTestFailed(() => world.showFailure())
  const first = open
  await openForm(first, 'Allergy')
  await first.getByLabel(/allergic to/u).fill('Half a word')
  const second = await secondTab()
  await useHere(second)
  await openForm(second, 'Allergy')
  await second.getByText('It’s only on this device.', { exact: false }).waitFor()
  expect(await second.getByLabel(/allergic to/u).inputValue()).toBe('Half a word')
  await second.getByRole('button', { name: 'Discard draft' }).click()
  await second.getByText('It’s only on this device.', { exact: false }).waitFor({ state: 'detached' })
  expect(await second.getByLabel(/allergic to/u).inputValue()).toBe('')
  await first.close()
  open = second
  expect(laptop.faults).toEqual([])
})

test('ST22: a tab that hangs is overruled; what it writes late is refused and it says so', async () => {
  onTestFailed(() => world.showFailure())
  const first = open
  await openForm(first, 'Allergy')
  await first.getByLabel(/allergic to/u).fill('Too late')
  const second = await secondTab()
  await second.getByLabel('Your four words', { exact: true }).fill(PASSPHRASE)
  // One task at whose end the first tab saves, before it can hear of anything that came meanwhile. It waits for an answer that does not come
  // until the second tab has written, however long that takes on this machine.
  let letGo = () => {}
  const held = new Promise<void>((resolve) => (letGo = resolve))
  await first.route('**/hang', async (route) => {
    await held
    await route.fulfill({ body: '' })
  })
  const hanging = first.evaluate(() => {
    const request = new XMLHttpRequest()
    request.open('GET', '/hang', false)
    request.send()
    document.querySelector<HTMLButtonElement>('#main-content button[type=submit]')?.click()
  })
  await second.getByText('The other tab doesn’t answer.', { exact: false }).waitFor()
  await second.getByRole('button', { name: 'Use it here' }).click()
  await second.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 60_000 })
  await addAllergy(second, 'Soy')
  letGo()
  await hanging
  await first
    .getByText('Another tab took over because this tab didn’t answer, so this tab is locked.', { exact: false })
    .waitFor()
  await book.takeWidths(first, 'lock-lost')
  await addAllergy(second, 'Peanut')
  await expectAllergies(second, 'Penicillin', 'Latex', 'Soy', 'Peanut')
  expect(await second.locator('#main-content').getByRole('link', { name: 'Too late' }).count()).toBe(0)
  // The store is whole: it opens again.
  await first.close()
  await second.reload()
  await second.getByLabel('Your four words', { exact: true }).fill(PASSPHRASE)
  await second.getByRole('button', { name: 'Unlock', exact: true }).click()
  await second.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 60_000 })
  await expectAllergies(second, 'Penicillin', 'Latex', 'Soy', 'Peanut')
  open = second
})

test('ST22: an import that runs in the first tab ends between two batches, and continues in the second without doubles', async () => {
  onTestFailed(() => world.showFailure())
  const count = 3_000
  const file = join(world.folder, 'many.ndjson')
  writePotassiumFile(file, count)
  const first = open
  await chooseFile(first, file)
  const second = await secondTab()
  await second.getByLabel('Your four words', { exact: true }).fill(PASSPHRASE)
  await second.getByRole('button', { name: 'Use it here' }).waitFor()
  // So slow that the import is in its middle when the second tab asks, however busy this machine is.
  const session = await first.context().newCDPSession(first)
  await session.send('Emulation.setCPUThrottlingRate', { rate: 10 })
  await importHere(first)
  await first.getByText(/^[1-9][\d,]* of [\d,]+ entries$/u).waitFor({ timeout: 60_000 })
  await second.getByRole('button', { name: 'Use it here' }).click()
  await second.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 60_000 })
  await first
    .getByText('You opened Chartkeep in another tab, so this tab is locked.', { exact: false })
    .waitFor({ timeout: 30_000 })
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  const rest = await importFile(second, file)
  console.log(`of ${count}, ${rest['Already here']} were written before the first tab stepped back`)
  expect(Number(rest['New']) + Number(rest['Already here'])).toBe(count)
  // Both tabs wrote a part, else nothing was in flight.
  expect(Number(rest['New'])).toBeGreaterThan(0)
  expect(Number(rest['Already here'])).toBeGreaterThan(0)
})

test('ST22: the pictures of the two tabs pass axe and the plain rules', () => {
  expect(book.count).toBeGreaterThan(5)
  expect(book.faults.join('\n')).toBe('')
})
