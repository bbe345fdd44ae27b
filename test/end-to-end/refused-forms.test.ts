/**
 * Forms that are pressed before they are filled in, at a width of 320 pixels as a page has at 400 %: each brings the person to what it marks. Who
 * listens, or sees a few lines only, would else notice nothing. Forms of a practice, and requests and messages, which need a clinic that can answer:
 * ehr, portal and practice journeys.
 */
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { ADDED, choose, lock, main, openForm } from '../support/app-actions.ts'
import { goToHash } from '../support/app-pictures.ts'
import type { Device } from '../support/app-world.ts'
import { refusedFocused } from '../support/keyboard.ts'
import { openSeededWorld, type SeededWorld } from '../support/seeded-world.ts'

let world: SeededWorld
let phone: Device

beforeAll(async () => {
  world = await openSeededWorld()
  phone = await world.seededDevice('phone')
})
afterAll(() => world?.close())

const press = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: true }).locator('visible=true').last().click()

/** Each form: where it is, and what is done before it is pressed. `{chart}` is the chart in view. */
const REFUSED: { at: string; first?: (page: Page) => Promise<void>; action: string | RegExp }[] = [
  {
    at: '#/settings',
    async first(page) {
      await page.getByLabel(en.settings.currentPassphrase).first().fill('whatever it was before')
      await page.getByLabel(en.settings.nextPassphrase).fill('too short')
    },
    action: en.settings.passphraseDeed,
  },
  { at: '#/settings/add', action: en.household.startBlank },
  {
    at: '#/settings/{chart}',
    async first(page) {
      const change = main(page).getByRole('button', { name: en.opener.change })
      if (await change.isVisible()) await change.click()
      await choose(page, en.opener.yours, en.opener.kit)
    },
    action: /^Save to/u,
  },
  { at: '#/backup', action: en.backup.now },
  {
    at: '#/share/{chart}/new',
    async first(page) {
      await page.getByLabel(en.share.paste).fill('not a code')
    },
    action: en.deed.continue,
  },
  {
    at: '#/devices/add',
    async first(page) {
      await page.locator('#code').fill('not a code')
    },
    action: /^Continue|^Read|^Go/u,
  },
  {
    at: '#/devices',
    async first(page) {
      await main(page).getByRole('button', { name: en.devices.rename }).first().click()
      await page.getByRole('dialog').getByLabel(en.devices.renameTitle).fill(' ')
    },
    action: en.devices.renamed,
  },
]

test.each(REFUSED)('UX 7: the form at $at that is refused takes the focus to what it marks', async (form) => {
  onTestFailed(() => world.showFailure())
  const { page } = phone
  await page.setViewportSize({ width: 320, height: 480 })
  await goToHash(page, '#/overview')
  const chart = await chartSlot(page)
  await goToHash(page, form.at.replace('{chart}', chart))
  await form.first?.(page)
  await press(page, form.action)
  await refusedFocused(page)
  if (await page.getByRole('dialog').isVisible()) await page.keyboard.press('Escape')
})

test('UX 7: a name that is longer than a chart can be called is not cut without a word', async () => {
  onTestFailed(() => world.showFailure())
  const { page } = phone
  await goToHash(page, '#/settings/add')
  const name = page.getByLabel(en.household.name)
  const full = main(page).getByText('This field is full: 60 characters.', { exact: false })
  await name.fill('M'.repeat(59))
  expect(await full.count()).toBe(0)
  // As a paste puts it in.
  await name.selectText()
  await page.keyboard.insertText('Wolfeschlegelsteinhausenbergerdorff '.repeat(3))
  expect((await name.inputValue()).length).toBe(60)
  await full.waitFor()
})

test('UX 7: every form of a record that is refused takes the focus to its summary', async () => {
  onTestFailed(() => world.showFailure())
  const { page } = phone
  await page.setViewportSize({ width: 390, height: 600 })
  for (const thing of Object.keys(ADDED) as (keyof typeof ADDED)[]) {
    await openForm(page, thing)
    // A chart may have no contacts; one that nobody can be called by is none.
    if (thing === 'Emergency contact')
      await page.getByLabel(en.contact.relationship, { exact: true }).first().fill('aunt')
    await press(page, /^Save (?:to|for) /u)
    await refusedFocused(page)
    expect(await page.locator(':focus').getAttribute('role'), thing).toBe('alert')
  }
})

test('UX 7: a locked app that is unlocked by nothing, or by the wrong kit, says so where the focus is', async () => {
  onTestFailed(() => world.showFailure())
  const { page } = phone
  await page.setViewportSize({ width: 320, height: 480 })
  await lock(page)
  await press(page, en.unlock.go)
  await refusedFocused(page)
  await press(page, en.unlock.forgot)
  await page.getByLabel(en.restore.newPassphrase).fill('too short')
  await press(page, en.unlock.go)
  await refusedFocused(page)
})

async function chartSlot(page: Page): Promise<string> {
  const href = await page.locator('a[href^="#/list/"], a[href^="#/form/"]').first().getAttribute('href')
  return href!.split('/')[2]!
}
