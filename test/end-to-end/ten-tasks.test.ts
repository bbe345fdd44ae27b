/**
 * What people come for, counted from the overview: ten tasks on a laptop and on a phone, in a chart of over 1,000 entries; none takes more than
 * eight interactions, and docs/ten-tasks.md says what each takes. Then the first five again by the keyboard alone.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { repository } from '../../scripts/pinned-node.mjs'
import {
  addMedicine,
  correctDose,
  createAccount,
  goTo,
  main,
  openForm,
  saveForm,
  sharingCode,
  waitForSync,
} from '../support/app-actions.ts'
import { createHand, type Hand } from '../support/hand.ts'
import { dialogFocused, tabTo } from '../support/keyboard.ts'
import { openSeededWorld, type SeededWorld } from '../support/seeded-world.ts'

let world: SeededWorld
let clinicCode: string
beforeAll(async () => {
  world = await openSeededWorld({ keepsShell: false })
  const clinic = await world.device('clinic')
  await createAccount(clinic.page, { name: 'Dr Lin', clinician: true })
  clinicCode = await sharingCode(clinic.page)
  await clinic.stop()
})
afterAll(() => world?.close())

const MOST = 8
const SOON = { timeout: 60_000 }

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor(SOON)
const link = (page: Page, name: string | RegExp) => main(page).getByRole('link', { name }).first()
const button = (page: Page, name: string | RegExp) => main(page).getByRole('button', { name }).first()

/** The way to the sheet of things to add, and to its parts. */
const add = (page: Page) => page.getByRole('button', { name: 'Add', exact: true }).locator('visible=true')
const tile = (page: Page, name: string) => page.getByRole('dialog').getByRole('link', { name, exact: true })
const place = (page: Page, name: RegExp) =>
  page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).locator('visible=true').first()
const search = (page: Page) =>
  page
    .getByRole('link', { name: /^Search/u })
    .locator('visible=true')
    .first()

/** A picture each: the same one would be known already. */
const LETTER = {
  laptop: join(repository, 'docs/screenshots/overview-390-en.png'),
  phone: join(repository, 'docs/screenshots/overview-390-zh.png'),
}

/** Each begins at the overview and ends where the person has what they came for. */
const TASKS: { name: string; go: (page: Page, hand: Hand) => Promise<void> }[] = [
  {
    name: 'Add an allergy',
    async go(page, hand) {
      await hand.press(add(page))
      await hand.press(tile(page, 'Allergy'))
      await heading(page, 'Add allergy')
      await hand.write(page.getByLabel(/allergic to/u), 'Penicillin')
      await hand.press(button(page, /^Save to /u))
      await heading(page, 'Penicillin')
    },
  },
  {
    name: 'Record a dose',
    async go(page, hand) {
      await hand.press(
        main(page)
          .getByRole('button', { name: /^Taken/u })
          .first(),
      )
      await main(page)
        .getByText(/^Taken \d\d:\d\d/u)
        .first()
        .waitFor(SOON)
    },
  },
  {
    name: 'Find the last HbA1c',
    async go(page, hand) {
      await hand.press(search(page))
      await hand.write(page.getByRole('searchbox'), 'hba1c')
      await main(page).getByText('6.8').first().waitFor(SOON)
    },
  },
  {
    name: 'Show its trend',
    async go(page, hand) {
      await hand.press(search(page))
      await hand.write(page.getByRole('searchbox'), 'hba1c')
      await hand.press(link(page, /A1c/u))
      await main(page).getByRole('figure').first().waitFor(SOON)
    },
  },
  {
    name: 'Photograph a letter',
    async go(page, hand) {
      await hand.press(place(page, /^Records/u))
      await hand.press(link(page, /^Documents/u))
      const [chooser] = await Promise.all([
        page.waitForEvent('filechooser'),
        hand.press(button(page, en.docs.photograph)),
      ])
      // The phone's own camera, and its own button.
      hand.elsewhere()
      await chooser.setFiles(LETTER[page.viewportSize()!.width < 500 ? 'phone' : 'laptop'])
      await main(page).getByText(en.docs.stepAdded, { exact: true }).waitFor(SOON)
    },
  },
  {
    name: 'Print the summary for the doctor',
    async go(page, hand) {
      await page.evaluate(() => void (window.print = () => document.body.setAttribute('data-printed', 'yes')))
      await hand.press(link(page, 'One page for my doctor'))
      await heading(page, 'One page for my doctor')
      await hand.press(button(page, 'Print'))
      await page.locator('body[data-printed]').waitFor(SOON)
    },
  },
  {
    name: 'Make an emergency card',
    async go(page, hand) {
      await page.evaluate(() => void (window.print = () => document.body.setAttribute('data-printed', 'yes')))
      await hand.press(link(page, 'Emergency card'))
      await heading(page, 'Emergency card')
      // The phone finds what was chosen on the laptop, and adds to it.
      for (let chosen = 0; chosen < 3; chosen++)
        await hand.press(main(page).getByRole('checkbox', { checked: false }).first())
      await hand.press(button(page, 'Print'))
      await page.locator('body[data-printed]').waitFor(SOON)
    },
  },
  {
    name: 'Share with a doctor',
    async go(page, hand) {
      await hand.press(place(page, /^Sharing/u))
      await hand.press(link(page, 'Share with someone'))
      // Pasted, as a code is: one interaction.
      await hand.press(page.getByLabel('Paste their code'))
      await page.getByLabel('Paste their code').fill(clinicCode)
      await hand.press(button(page, 'Continue'))
      await hand.press(button(page, 'The words match'))
      await hand.press(button(page, 'Continue'))
      await hand.press(button(page, /^Share \d/u))
      await heading(page, 'Sharing')
      await main(page).getByText('Dr Lin').first().waitFor(SOON)
    },
  },
  {
    name: 'See who looked',
    async go(page, hand) {
      await hand.press(place(page, /^Sharing/u))
      await hand.press(link(page, 'Activity'))
      await heading(page, 'Activity')
      await main(page)
        .getByText(/printed|added|changed/iu)
        .first()
        .waitFor(SOON)
    },
  },
  {
    name: "Restore yesterday's version",
    async go(page, hand) {
      await hand.press(link(page, /^Metformin/u))
      await hand.press(link(page, /History/u))
      await hand.press(button(page, 'Restore this version'))
      await main(page)
        .getByText(/^Restored the version of/u)
        .first()
        .waitFor(SOON)
    },
  },
]

/** What each task needs to find in the chart. */
async function prepare(page: Page): Promise<void> {
  for (const [value, day] of [
    ['7.4', '2026-03-02'],
    ['6.8', '2026-09-14'],
  ] as const) {
    await openForm(page, 'Lab result')
    await page.getByLabel('Test', { exact: true }).fill('HbA1c')
    await page.getByLabel('Value', { exact: true }).fill(value)
    await page.getByLabel('Unit', { exact: true }).fill('%')
    await page.getByLabel('Sample taken', { exact: true }).fill(day)
    await saveForm(page)
  }
  await addMedicine(page, { name: 'Metformin', dose: '500 mg' })
  await correctDose(page, '850 mg')
}

test('UX 1: ten tasks take at most eight interactions each from the overview, on a laptop and on a phone', async () => {
  onTestFailed(() => world.showFailure())
  const laptop = await world.seededDevice('laptop')
  await prepare(laptop.page)
  await waitForSync(laptop.page, /Saved and synced/u)
  const phone = await world.seededDevice('phone')
  await waitForSync(phone.page, /Saved and synced/u)
  const lines: string[] = []
  for (const task of TASKS) {
    const hands: Hand[] = []
    for (const { page } of [laptop, phone]) {
      await goTo(page, 'Home')
      const hand = createHand(page, { touches: page === phone.page })
      await task.go(page, hand)
      hands.push(hand)
      expect(hand.interactions, task.name).toBeLessThanOrEqual(MOST)
    }
    const [atDesk, inHand] = hands as [Hand, Hand]
    lines.push(`| ${task.name} | ${atDesk.interactions} | ${inHand.interactions} | ${atDesk.keystrokes} |`)
  }
  console.log(lines.join('\n'))
  const page = readFileSync(join(repository, 'docs/ten-tasks.md'), 'utf8').replace(/ {2,}/gu, ' ')
  for (const line of lines) expect(page).toContain(line)
}, 400_000)

test('UX 7: the first five of the tasks are done by the keyboard alone', async () => {
  onTestFailed(() => world.showFailure())
  const laptop = await world.device('keyboard')
  const { page } = laptop
  await createAccount(page, { name: 'Mei Chen' })
  await prepare(page)
  const keys = page.keyboard
  const overview = async () => {
    await goTo(page, 'Home')
    await heading(page, 'Home')
  }

  await overview()
  await tabTo(page, /^Add$/u)
  await keys.press('Enter')
  await page.getByRole('dialog').getByRole('link', { name: 'Allergy', exact: true }).waitFor()
  await dialogFocused(page)
  await tabTo(page, /^Allergy$/u)
  await keys.press('Enter')
  await heading(page, 'Add allergy')
  await tabTo(page, /allergic to/u)
  await keys.type('Penicillin')
  // What is offered closes, and the form stays.
  await keys.press('Escape')
  await tabTo(page, /^Save to /u)
  await keys.press('Enter')
  await heading(page, 'Penicillin')

  await overview()
  await tabTo(page, /^Taken: Metformin/u)
  await keys.press('Enter')
  await main(page)
    .getByText(/1 dose logged today/u)
    .first()
    .waitFor(SOON)

  await overview()
  await keys.press('/')
  await heading(page, 'Search')
  await keys.type('hba1c')
  await main(page).getByText('6.8').first().waitFor(SOON)
  // From the field into the hits, and into the first of them.
  await keys.press('ArrowDown')
  await keys.press('Enter')
  await main(page).getByRole('figure').first().waitFor(SOON)
  await tabTo(page, /^Plot$/u)
  await keys.press('ArrowRight')
  await main(page).getByRole('table').getByText('7.4').waitFor(SOON)

  await overview()
  await tabTo(page, /^Records/u)
  await keys.press('Enter')
  await heading(page, 'Records')
  await tabTo(page, /^Documents/u)
  await keys.press('Enter')
  await heading(page, 'Documents')
  await tabTo(page, new RegExp(`^${en.docs.photograph}$`, 'u'))
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), keys.press('Enter')])
  await chooser.setFiles(LETTER.laptop)
  await main(page).getByText(en.docs.stepAdded, { exact: true }).waitFor(SOON)
  expect(laptop.faults).toEqual([])
}, 300_000)
