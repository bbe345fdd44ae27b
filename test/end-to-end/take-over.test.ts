/** One account in two tabs of one browser: take-over, take-back, a write in flight, a tab that hangs, one that is frozen (ST22). */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { createAccount, openForm, openList, PASSPHRASE, saveForm } from '../support/app-deeds.ts'
import { openWorld, type Device, type World } from '../support/app-world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

/** Another tab of the same browser, at the unlock screen. */
async function secondTab(device: Device): Promise<Page> {
  const page = await device.context.newPage()
  await page.goto(world.server.address)
  await page.getByRole('heading', { level: 1, name: 'Unlock' }).waitFor()
  return page
}

async function useHere(page: Page): Promise<void> {
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE)
  await page.getByRole('button', { name: 'Use it here' }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor({ timeout: 60_000 })
}

async function addAllergy(page: Page, substance: string): Promise<void> {
  await openForm(page, 'Allergy')
  await page.getByLabel(/allergic to/u).fill(substance)
  await saveForm(page)
}

/** The list holds each of them. */
async function expectAllergies(page: Page, ...substances: string[]): Promise<void> {
  await openList(page, 'Allergies')
  for (const substance of substances)
    await page.locator('#main-content').getByRole('link', { name: substance, exact: true }).waitFor()
}

test('ST22: a second tab says where the chart is open, takes it over, and the first steps back and can take it back', async () => {
  onTestFailed(() => world.showFailure())
  const laptop = await world.device('laptop')
  const first = laptop.page
  await createAccount(first, { name: 'Mei Chen' })
  await addAllergy(first, 'Penicillin')

  const second = await secondTab(laptop)
  await second.getByText('Chartkeep is open in another tab.', { exact: false }).waitFor()
  expect(await second.locator('#main-content, main').first().innerText()).toMatch(/It was opened there .*\d\d:\d\d/u)

  // Who cannot open it interrupts nobody.
  await second.getByLabel('Passphrase', { exact: true }).fill('not the right words at all')
  await second.getByRole('button', { name: 'Use it here' }).click()
  await second.getByText('That passphrase did not open this device.', { exact: false }).waitFor()
  expect(await first.getByRole('heading', { level: 1 }).textContent()).toBe('Penicillin')

  await useHere(second)
  await first.getByText('Chartkeep went on in another tab', { exact: false }).waitFor({ timeout: 30_000 })
  await expectAllergies(second, 'Penicillin')
  await addAllergy(second, 'Latex')

  await first.getByRole('button', { name: 'Use it here' }).waitFor({ timeout: 30_000 })
  await useHere(first)
  await second.getByText('Chartkeep went on in another tab', { exact: false }).waitFor({ timeout: 30_000 })
  await expectAllergies(first, 'Latex', 'Penicillin')
  await second.close()
  expect(laptop.faults).toEqual([])
})
