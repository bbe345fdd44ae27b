/**
 * A family in one account (C2, K4, E6), in Chromium with the real server, on the chart of a Synthea patient: adding and marking a chart,
 * switching under an open form, who may open it otherwise, private lists, the hand-over at eighteen, on a laptop and a phone.
 */
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import type { Page } from 'playwright-core'
import { choose, goTo, main, openForm, openPersonSheet, saveForm, waitForSync } from '../support/app-deeds.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { openSeededWorld, type SeededWorld } from '../support/seeded-world.ts'

let world: SeededWorld
const book = createPictureBook()

beforeAll(async () => {
  world = await openSeededWorld({ keepsShell: false })
}, 400_000)
afterAll(() => world?.close())

const sheet = (page: Page) => page.getByRole('dialog', { name: 'People and this device' })

async function switchTo(page: Page, name: string): Promise<void> {
  await openPersonSheet(page)
  await sheet(page)
    .getByRole('link', { name: new RegExp(`^${name}`, 'u') })
    .click()
  await page.getByText(`This is ${name}'s chart now.`).waitFor()
  await page.getByRole('button', { name: new RegExp(`Chart of ${name}\\.`, 'u') }).waitFor()
}

/** The birthday of somebody who turns eighteen in a month. */
function almostOfAge(): string {
  const day = new Date(Date.now() + 30 * 86_400_000)
  return `${day.getFullYear() - 18}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`
}

test('C2, K4: a family member gets a chart, marked and named on every screen, and on the other device; nothing typed is carried over', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const laptop = await world.seededDevice('laptop')
  const { page } = laptop

  // Who may open it otherwise: asked on the overview until it is answered.
  const task = main(page)
    .getByRole('listitem')
    .filter({ hasText: "Who may open Fletcher Hyatt's chart if you cannot?" })
  await task.getByRole('link', { name: 'Answer' }).click()
  await choose(page, 'Your answer', 'Somebody keeps a sealed second kit')
  await main(page).getByRole('button', { name: "Save to Fletcher Hyatt's chart" }).last().click()
  await main(page).getByText('Write down who keeps the sealed kit.').waitFor()
  await main(page).getByLabel('Who keeps it?').fill('Aunt Rosa')
  await book.takeWidths(page, 'chart-opener')
  await main(page).getByRole('button', { name: "Save to Fletcher Hyatt's chart" }).last().click()
  await main(page).getByText('A sealed second kit is with Aunt Rosa').waitFor()
  await goTo(page, 'Overview')
  await main(page).getByRole('heading', { level: 2, name: 'Important' }).waitFor()
  expect(await task.count()).toBe(0)

  await openPersonSheet(page)
  await sheet(page).getByRole('link', { name: 'Add a family member' }).click()
  await page.getByRole('heading', { level: 1, name: 'Add a family member' }).waitFor()
  await page.getByRole('button', { name: 'Start this chart' }).click()
  await page.getByRole('alert').first().waitFor()
  await page.getByLabel('What do you call this person?').fill('Mei')
  await choose(page, 'Who is it to you?', 'daughter')
  await choose(page, 'Colour', 'Violet')
  await page.getByLabel('Date of birth (if you know it)').fill(almostOfAge())
  await book.takeWidths(page, 'family-add')
  await page.getByRole('button', { name: "Start Mei's chart" }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await page.getByText("This is Mei's chart now.").waitFor()
  expect(await page.getByRole('button', { name: /Chart of Mei\./u }).innerText()).toMatch(/Mei\s+daughter/u)
  await book.takeBoth(page, 'family-overview')

  // Eighteen is near: what to do, step by step.
  await main(page).getByRole('listitem').filter({ hasText: 'Mei turns 18 on' }).getByRole('link').click()
  await page.getByRole('heading', { level: 1, name: 'Hand the chart over at 18' }).waitFor()
  await main(page).getByText('First they must be a manager of this chart.').waitFor()
  await book.takeBoth(page, 'hand-over')

  // Under an open form: the draft stays where it was begun.
  await openForm(page, 'Allergy')
  await page.getByRole('button', { name: "Save to Mei's chart" }).waitFor()
  await page.getByLabel(/allergic to/u).fill('Peanut butter')
  await switchTo(page, 'Fletcher Hyatt')
  await page.getByText("What you had begun to type in Mei's chart is kept there as a draft.").waitFor()
  await book.takeWidths(page, 'family-switched')
  await openForm(page, 'Allergy')
  expect(await page.getByLabel(/allergic to/u).inputValue()).toBe('')
  await page.getByRole('button', { name: "Save to Fletcher Hyatt's chart" }).waitFor()
  await switchTo(page, 'Mei')
  await openForm(page, 'Allergy')
  await page.getByText('This is your unfinished text', { exact: false }).waitFor()
  expect(await page.getByLabel(/allergic to/u).inputValue()).toBe('Peanut butter')
  await saveForm(page)

  // Another name and mark.
  await openPersonSheet(page)
  await sheet(page).getByRole('link', { name: 'Name, mark and people' }).click()
  await page.getByLabel('What do you call this person?').fill('Mei-Mei')
  await page.getByLabel('Letters in the circle').fill('美')
  await main(page).getByRole('button', { name: "Save to Mei's chart" }).first().click()
  await main(page).getByText('Saved. Your other devices follow at the next sync.').waitFor()
  await page.getByRole('button', { name: /Chart of Mei-Mei\./u }).waitFor()
  await book.takeBoth(page, 'chart-settings')
  await waitForSync(page, /Confirmed/u)

  // The phone has her too, as she is called and marked here.
  const phone = await world.seededDevice('phone')
  await waitForSync(phone.page, /Confirmed/u)
  await openPersonSheet(phone.page)
  const there = sheet(phone.page).getByRole('link', { name: /^Mei-Mei/u })
  await there.waitFor({ timeout: 60_000 })
  expect(await there.innerText()).toMatch(/daughter/u)
  await book.take(phone.page, 'family-sheet-phone', 'en')
  await there.click()
  await goTo(phone.page, 'Records')
  await main(phone.page)
    .getByRole('link', { name: /^Allergies/u })
    .click()
  await main(phone.page).getByRole('link', { name: 'Peanut butter' }).waitFor({ timeout: 60_000 })
  expect([...laptop.faults, ...phone.faults]).toEqual([])
})

test('UX 8: the pictures of the family pass axe and the plain rules', () => {
  expect(book.count).toBeGreaterThan(8)
  expect(book.faults.join('\n')).toBe('')
})
