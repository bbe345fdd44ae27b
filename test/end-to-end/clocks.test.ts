/** H8 in Chromium with the real server: the clock of a device and that of its server differ; both times are told, and what is over is ended by one tap. */
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  addMedicine,
  createAccount,
  goTo,
  main,
  share,
  sharingCode,
  syncNow,
  waitForSync,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { openSeededWorld, type SeededWorld } from '../support/seeded-world.ts'

let world: SeededWorld
const book = createPictureBook()

beforeAll(async () => {
  world = await openSeededWorld({ keepsShell: false })
}, 400_000)
afterAll(() => world?.close())

/**
 * The clock of this page is days ahead from now on, and no other clock. The app would take the leap for a sleep and lock, within five seconds or at the
 * next screen, whichever is first: this device locks by hand only.
 */
async function setAhead(page: Page, days: number): Promise<void> {
  await page.evaluate((ms) => {
    localStorage.setItem('chartkeep-lock-on-sleep', 'no')
    localStorage.setItem('chartkeep-lock-minutes', '0')
    const now = Date.now.bind(Date)
    Date.now = () => now() + ms
  }, days * 86_400_000)
}

const told = (page: Page) => page.getByText(en.clocks.title, { exact: true })

test('H8: where the two clocks differ, both times and what waits are told on every screen; where another device agrees, one tap ends what has ended', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const { page: desk } = await world.device('desk')
  await createAccount(desk, { name: 'Lin Wei' })
  await waitForSync(desk, /Saved and synced/u)
  const code = await sharingCode(desk)
  const { page } = await world.seededDevice('laptop')
  const { page: phone } = await world.seededDevice('phone')
  await share(page, { code, lists: ['Allergies', 'Medicines'], until: '48 hours' })
  await waitForSync(page, /Saved and synced/u)
  expect(await told(page).count()).toBe(0)

  await setAhead(page, 4)
  await syncNow(page)
  await goTo(page, 'Home')
  await told(page).waitFor()
  await page.getByText(/Lin Wei can read/u).waitFor()
  await book.takeBoth(page, 'clocks-differ')
  await goTo(page, 'Sharing')
  // The share is in force: nothing but the clock of this device says that it has ended.
  await main(page).getByRole('button', { name: 'Stop sharing' }).first().waitFor()

  await setAhead(phone, 4)
  await addMedicine(phone, { name: 'Metformin', dose: '500 mg' })
  await waitForSync(phone, /Saved and synced/u)
  await syncNow(phone)
  await addMedicine(page, { name: 'Ibuprofen', dose: '200 mg' })
  await waitForSync(page, /Saved and synced/u)
  await syncNow(page)
  await main(page).getByText(en.clocks.overdue_one, { exact: true }).waitFor()
  await book.takeBoth(page, 'clocks-overdue')
  await main(page).getByRole('button', { name: en.clocks.end_one, exact: true }).click()
  await main(page).getByText(en.clocks.nothing).waitFor()
  await goTo(page, 'Sharing')
  expect(await main(page).getByRole('button', { name: 'Stop sharing' }).count()).toBe(0)
  expect(book.faults).toEqual([])
}, 300_000)
