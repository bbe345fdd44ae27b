/**
 * Every form by hand, on a laptop and at the width of a phone: what is typed is what the record shows, in the words of the
 * screen's language, and every screen on the way passes axe.
 */
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import type { Page } from 'playwright-core'
import { ADDED, choose, createAccount, main, openForm, openList, openRecord, saveForm } from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { openWorld, type World } from '../support/app-world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld({ keepsShell: false })
})
afterAll(() => world?.close())

const fill = (page: Page, label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text)

/** Each form as a person fills it in, and what its record must show then. */
const FORMS: {
  [thing in keyof typeof ADDED]: { name: string; fill: (page: Page) => Promise<void>; shows: (string | RegExp)[] }
} = {
  Medicine: {
    name: 'medicine',
    async fill(page) {
      await fill(page, 'Medicine', 'Metformin')
      await fill(page, 'Dose', '500 mg')
      await fill(page, 'How often', 'twice a day')
      await choose(page, 'Taking it now?', 'Taking it now')
    },
    shows: ['Metformin', '500 mg, twice a day'],
  },
  Dose: {
    name: 'dose',
    async fill(page) {
      await fill(page, 'Medicine', 'Metformin')
      await choose(page, 'Did you take it?', 'Skipped')
      await fill(page, 'Why not?', 'Side effects')
    },
    shows: ['Metformin', 'Skipped', 'Side effects'],
  },
  Allergy: {
    name: 'allergy',
    async fill(page) {
      await page.getByLabel(/allergic to/u).fill('Penicillin')
      await choose(page, 'What happened the worst time?', 'Life-threatening')
    },
    shows: ['Penicillin', 'Severe'],
  },
  'Lab result': {
    name: 'lab',
    async fill(page) {
      await fill(page, 'Test', 'CRP')
      // A5: what is typed says how it is read, asks where it can mean two numbers, and says when it stays words.
      await fill(page, 'Value', 'a little')
      await page.getByText('This will be saved as words, so it has no trend.').waitFor()
      await fill(page, 'Value', '1,234')
      await page.getByRole('button', { name: '1.234', exact: true }).click()
      expect(await page.getByLabel('Value', { exact: true }).inputValue()).toBe('1.234')
      await fill(page, 'Value', '＜５')
      await page.getByText('Read as <5').waitFor()
      await fill(page, 'Unit', 'mg/L')
      await fill(page, 'Sample taken', '11/20/2026')
      await page.getByText('Read as 20 Nov 2026').waitFor()
    },
    shows: ['CRP', '<5 mg/L', '20 Nov 2026'],
  },
  'Vital sign': {
    name: 'vital',
    async fill(page) {
      await choose(page, 'What did you measure?', 'Blood pressure')
      await fill(page, 'Upper number (mmHg)', '128')
      await fill(page, 'Lower number (mmHg)', '82')
      await page.getByRole('button', { name: 'Now', exact: true }).click()
    },
    shows: ['Blood pressure', '128/82 mmHg'],
  },
  Vaccine: {
    name: 'vaccine',
    async fill(page) {
      // From the shipped list, with its code; any other words would do as well.
      await page.getByLabel('Vaccine', { exact: true }).pressSequentially('influ')
      await page.getByRole('option', { name: 'Influenza', exact: true }).click()
      await fill(page, 'Date given', '2025-10')
      await fill(page, 'Lot number', 'AB12')
    },
    shows: ['Influenza', 'AB12', 'Oct 2025'],
  },
  Appointment: {
    name: 'appointment',
    async fill(page) {
      await fill(page, 'What is it for?', 'Eye doctor')
      await fill(page, 'When', '2026-12-03 09:30')
      await fill(page, 'With whom', 'Dr Lin')
      await fill(page, 'Place, or link of a video visit', 'Green Clinic, room 2')
    },
    shows: ['Eye doctor', '3 Dec 2026 09:30', 'Dr Lin', 'Booked'],
  },
  Condition: {
    name: 'condition',
    async fill(page) {
      await fill(page, 'Condition', 'Asthma')
      await choose(page, 'Is it still there?', 'Yes')
      await fill(page, 'Since when?', '1997')
    },
    shows: ['Asthma', 'Active', '1997'],
  },
  Procedure: {
    name: 'procedure',
    async fill(page) {
      await fill(page, 'What was done', 'Appendix taken out')
      await choose(page, 'Was it done?', 'Done')
      await fill(page, 'When', '2004-06')
      await fill(page, 'Where', 'City hospital')
    },
    shows: ['Appendix taken out', 'Jun 2004', 'City hospital'],
  },
  'Implant or device': {
    name: 'device',
    async fill(page) {
      await fill(page, 'What is it?', 'Pacemaker')
      await choose(page, 'Is it still in the body or in use?', 'Yes')
      await fill(page, 'Implanted on', '2019-03')
      await fill(page, 'Maker', 'Abbott')
      await fill(page, 'Model', 'PM2272')
      await fill(page, 'Serial number', '7711234')
      await fill(page, 'UDI (unique device identifier)', '(01)05414734509565(21)7711234')
    },
    shows: ['Pacemaker', 'Mar 2019', 'Abbott PM2272', '7711234', '(01)05414734509565(21)7711234'],
  },
  'Family history': {
    name: 'family',
    async fill(page) {
      await choose(page, 'Which relative?', 'Mother’s mother')
      await fill(page, 'Illness', 'Diabetes')
      await fill(page, 'Age when it started', '52')
    },
    shows: ['Diabetes', 'Mother’s mother', 'at the age of 52'],
  },
  'Emergency contact': {
    name: 'contacts',
    async fill(page) {
      await page.getByLabel('Name', { exact: true }).first().fill('Mum')
      await page.getByLabel('Relation', { exact: true }).first().fill('mother')
      await page.getByLabel('Phone', { exact: true }).first().fill('0912 345 678')
    },
    shows: ['Mum, mother, 0912 345 678'],
  },
}

test('Forms: every kind of record is written by hand at both widths, and shows what was typed', async () => {
  const book = createPictureBook()
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const laptop = await world.device('laptop')
  const { page } = laptop
  await createAccount(page, { name: 'Mei Chen' })
  const addresses: { name: string; hash: string }[] = []
  const here = (name: string) => addresses.push({ name, hash: new URL(page.url()).hash })
  // Nothing recorded, not asked, none known: three answers, and each looks different.
  await openList(page, 'Allergies')
  await page.getByText('None recorded', { exact: true }).waitFor()
  here('list-nothing-recorded')
  await page.getByRole('button', { name: 'Record “not asked”' }).click()
  await main(page).getByRole('link', { name: 'Allergies: not asked' }).waitFor()
  await openList(page, 'Conditions')
  await page.getByRole('button', { name: 'Record “No known conditions”' }).click()
  await main(page).getByRole('link', { name: 'No known conditions' }).waitFor()
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 844 })
    for (const [thing, form] of Object.entries(FORMS)) {
      await openForm(page, thing as keyof typeof ADDED)
      await form.fill(page)
      if (width === 1280) {
        await book.takeWidths(page, `form-filled-${form.name}`)
        await page.setViewportSize({ width, height: 844 })
      }
      await saveForm(page)
      const text = await main(page).innerText()
      for (const wanted of form.shows) expect(text).toMatch(wanted)
      if (width === 1280 && ['appointment', 'family', 'contacts'].includes(form.name)) here(`record-${form.name}`)
    }
  }

  // Results that are no number.
  for (const [kind, group, answer, shown] of [
    ['Positive or negative', 'What was found?', 'Not detected', 'Not detected'],
    ['No value', 'Why is there no value?', 'The test wasn’t done', 'The test wasn’t done'],
    ['A count', '', '3', '3'],
    ['A date', '', '2026-11', '2026-11'],
    ['Number or words', '', '1:80', '1:80'],
  ] as const) {
    await openForm(page, 'Lab result')
    await fill(page, 'Test', `Test of ${kind.toLowerCase()}`)
    await choose(page, 'What kind of value?', kind)
    if (group === '') await fill(page, 'Value', answer)
    else await choose(page, group, answer)
    await fill(page, 'Sample taken', '2026-11-20')
    if (group === 'What was found?') {
      await book.takeWidths(page, 'form-filled-lab-finding')
      await page.setViewportSize({ width: 390, height: 844 })
    }
    await saveForm(page)
    expect(await main(page).innerText()).toContain(shown)
  }

  // One tap from the medicine, and the way back.
  await openList(page, 'Medicines')
  await openRecord(page, 'Metformin')
  // Pressed twice, as soon as it can be: one dose.
  const doses = page.getByRole('region', { name: 'Doses', exact: true }).getByRole('link')
  const before = await doses.count()
  await page.getByRole('button', { name: 'Taken now' }).click()
  await page.getByRole('button', { name: 'Taken now' }).click()
  await page.getByText(/Taken at \d\d:\d\d/u).waitFor()
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  expect(await doses.count()).toBe(before + 1)
  here('record-medicine-taken')
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('The entry is marked as a mistake.').waitFor()

  // A line that says "none" next to something recorded is pointed at, and ended by one press.
  await openList(page, 'Conditions')
  await main(page).getByText('This list still says “No known conditions”', { exact: false }).waitFor()
  here('list-conditions-by-hand')
  await page.getByRole('button', { name: 'Mark that line as a mistake' }).click()
  await main(page).getByRole('link', { name: 'No known conditions' }).waitFor({ state: 'detached' })

  // Corrected with a reason, into the trash, back again; then entered in error with a reason. The history tells all of it.
  await openRecord(page, 'Asthma')
  await main(page).getByRole('link', { name: 'Edit', exact: true }).click()
  await fill(page, 'Since when?', '1998')
  await fill(page, 'Reason for the change (optional)', 'Mother remembers')
  await saveForm(page)
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  const trash = page.getByText('Trash (1 entry)')
  await trash.click()
  await page.getByText('30 days left').waitFor()
  await book.takeWidths(page, 'list-trash')
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('button', { name: 'Restore Asthma' }).press('Enter')
  await page.getByText('Asthma restored').waitFor()
  // Nothing is left where it was.
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('screen-title')
  const back = main(page)
    .getByRole('row', { name: /Asthma.*1998/u })
    .getByRole('link')
  await back.click()
  await page.getByRole('button', { name: 'Mark as a mistake' }).click()
  await page.getByLabel('What’s wrong? (optional)').fill('Another person')
  await page.getByRole('dialog').getByRole('button', { name: 'Mark as a mistake' }).click()
  await page.getByRole('heading', { level: 1, name: 'Conditions' }).waitFor()
  await page.getByRole('button', { name: 'Marked as a mistake', exact: true }).click()
  await main(page)
    .getByRole('row', { name: /Asthma/u })
    .getByRole('link')
    .click()
  await main(page)
    .getByRole('link', { name: /^History/u })
    .click()
  await page.getByText('Version 5 of 5', { exact: false }).waitFor()
  const told = await main(page).innerText()
  for (const line of ['Another person', 'Restored from Trash', 'Delete', 'Mother remembers', '1997', '1998'])
    expect(told).toContain(line)
  here('history-of-a-condition')
  await book.takeAll(page, addresses)
  expect(book.faults.join('\n')).toBe('')
  expect(laptop.faults).toEqual([])
})
