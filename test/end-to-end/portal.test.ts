/**
 * The portal in Chromium with the real server: a practice writes and releases a result, the patient is told and reads it with the comment, a plan is
 * approved, read and confirmed on the phone without network, a change asks again, a correction is asked for and declined, a message is read.
 */
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  confirmIdentity,
  createAccount,
  createPractice,
  goTo,
  goToPart,
  goToPlace,
  main,
  restoreAccount,
  saveForm,
  share,
  waitForSync,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { type Device, openWorld, waitFor, type World } from '../support/app-world.ts'
import { refusedFocused } from '../support/keyboard.ts'
import { refuseWrites, takeWrites } from '../support/refusing-disk.ts'

let world: World
/** The physician's computer, the patient's laptop and the patient's phone. */
let desk: Device
let laptop: Device
let phone: Device
const book = createPictureBook()

beforeAll(async () => {
  world = await openWorld({ hasLines: true })
  desk = await world.device('desk')
  laptop = await world.device('laptop')
  phone = await world.device('phone', 'phone')
}, 400_000)
afterAll(() => world?.close())

const LATE = { timeout: 90_000 }
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name })

/** The results of all patients. */
const goToResults = (page: Page) => goToPlace(page, 'Results')

/** Fields of the form that is open, by their labels. */
async function fill(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).first().fill(text)
}

test('T1, T3, T4, T5, T6: a result is released and read, a plan confirmed without network and asked again after a change, a correction asked for and declined', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  await createPractice(desk.page, { practice: 'Green Clinic', name: 'Lin Wei', roles: ['physician'] })
  await goToPlace(desk.page, 'Patients')
  const code = (await desk.page.getByTestId('my-code').textContent())!
  await waitForSync(desk.page, /Saved and synced/u)
  const kit = await createAccount(laptop.page, { name: 'Chen Mei' })
  await waitForSync(laptop.page, /Saved and synced/u)
  const nurses = main(laptop.page).getByText('nurse: read, add records, edit records, sign; Lab results, Plans: read', {
    exact: true,
  })
  await share(laptop.page, {
    code,
    preset: en.share.presetCare,
    until: '48 hours',
    onStep: async (step) => {
      if (step !== 3) return
      await nurses.waitFor()
      await book.takeWidths(laptop.page, 'share-by-role')
    },
  })
  // What is there afterwards says it of each role as well.
  await nurses.waitFor()
  await goTo(laptop.page, 'Care')
  await main(laptop.page).getByText(en.care.noPlans).waitFor()
  await confirmIdentity(desk.page, { name: 'Chen Mei', birthDate: '1992-03-04', number: '1042' })
  await restoreAccount(phone.page, { code: kit })

  // A result, with a comment, is only the practice's until it is released.
  await main(desk.page).getByRole('link', { name: 'Chen Mei', exact: true }).click()
  await goToPart(desk.page, en.clinic.ourResults, en.screen.results)
  await main(desk.page).getByRole('link', { name: en.release.new }).click()
  await heading(desk.page, en.release.new).waitFor()
  await fill(desk.page, {
    [en.lab.test]: 'HbA1c',
    [en.lab.value]: '7.9',
    [en.lab.unit]: '%',
    [en.lab.low]: '4.0',
    [en.lab.high]: '5.6',
    [en.lab.collected]: '2026-11-20',
  })
  await saveForm(desk.page)
  await main(desk.page).getByText(en.release.sees.practice).waitFor()
  await desk.page.getByRole('button', { name: en.release.keep }).click()
  await desk.page.getByRole('button', { name: en.release.keepNow }).click()
  await main(desk.page).getByText(en.release.whyKeepMissing).waitFor()
  await refusedFocused(desk.page)
  await desk.page.getByRole('button', { name: en.release.keep, exact: true }).click()
  await desk.page.getByLabel('Comment for Chen Mei').fill('Better than in summer. Same dose.')
  await book.takeBoth(desk.page, 'result-release')
  // Left half-way, it is there again.
  await goToResults(desk.page)
  await main(desk.page).getByRole('link', { name: 'HbA1c' }).first().click()
  await main(desk.page).getByText(en.release.sees.practice).waitFor()
  expect(await desk.page.getByLabel('Comment for Chen Mei').inputValue()).toBe('Better than in summer. Same dose.')
  await desk.page.getByRole('button', { name: en.release.now }).click()
  await main(desk.page)
    .getByText(/Your practice sees this, and Chen Mei/u)
    .waitFor()
  await goToResults(desk.page)
  await main(desk.page).getByText('released by Lin Wei').waitFor()
  await book.takeBoth(desk.page, 'results')

  // The patient is told, and reads who released it and what was said.
  await goTo(laptop.page, 'Home')
  await main(laptop.page).getByText('A new result is here: HbA1c').waitFor(LATE)
  await goTo(laptop.page, 'Care')
  await book.takeBoth(laptop.page, 'care')
  await main(laptop.page).getByRole('link', { name: 'HbA1c' }).click()
  await main(laptop.page).getByText('Better than in summer. Same dose.').waitFor()
  await book.takeBoth(laptop.page, 'record-released')
  await goTo(laptop.page, 'Home')
  await main(laptop.page).getByText('A new result is here: HbA1c').waitFor({ state: 'detached' })

  // A plan: a draft is nobody's but the practice's; approved it is with the patient.
  await goToPlace(desk.page, 'Patients')
  await main(desk.page).getByRole('link', { name: 'Chen Mei', exact: true }).click()
  await goToPart(desk.page, 'Plans')
  await main(desk.page).getByRole('link', { name: en.plan.new }).click()
  await fill(desk.page, {
    [en.plan.form.title]: 'Diabetes',
    [en.plan.form.summary]: 'Bring sugar down without lows.',
    [en.plan.form.goal]: 'HbA1c under 7 %',
    [en.plan.form.what]: 'Metformin 500 mg',
    [en.plan.form.when]: 'twice a day',
  })
  await book.takeBoth(desk.page, 'plan-form')
  await saveForm(desk.page)
  await main(desk.page).getByText(en.plan.draftsOnly).waitFor()
  await desk.page.getByRole('button', { name: 'Approve and release as Lin Wei' }).click()
  await main(desk.page).getByText('Chen Mei has this version.').waitFor()

  // Read and confirmed on the phone, in a place without network.
  await goTo(phone.page, 'Home')
  await main(phone.page).getByText('A plan waits to be read and confirmed: Diabetes').waitFor(LATE)
  // What was opened on the laptop is no news on the phone either.
  await main(phone.page)
    .getByText('A new result is here: HbA1c')
    .waitFor({ ...LATE, state: 'detached' })
  await waitForSync(phone.page, /Saved and synced/u)
  phone.setOffline(true)
  await goTo(phone.page, 'Care')
  await main(phone.page).getByRole('link', { name: 'Diabetes' }).click()
  await main(phone.page).getByText('Metformin 500 mg').waitFor()
  await main(phone.page).getByText('You confirm that you read version 1 in English.', { exact: false }).waitFor()
  await book.takeBoth(phone.page, 'plan-patient')
  await phone.page.getByRole('button', { name: en.plan.confirm }).click()
  await main(phone.page)
    .getByText(/confirmed to have read version 1/u)
    .waitFor()
  phone.setOffline(false)
  await main(desk.page)
    .getByText(/Version 1 was confirmed .*, read in English\./u)
    .waitFor(LATE)
  await book.takeBoth(desk.page, 'plan-practice')

  // A change is approved on its own, and asks again with what is different.
  await main(desk.page).getByRole('link', { name: en.plan.deed.edit }).click()
  await fill(desk.page, { [en.plan.form.when]: 'once a day' })
  await saveForm(desk.page)
  await main(desk.page).getByText(en.plan.waitsApproval).waitFor()
  await desk.page.getByRole('button', { name: 'Approve and release as Lin Wei' }).click()
  await main(desk.page).getByText('Chen Mei has this version.').waitFor()
  await goTo(laptop.page, 'Care')
  await main(laptop.page).getByText(en.plan.toConfirm).waitFor(LATE)
  await main(laptop.page).getByRole('link', { name: 'Diabetes' }).click()
  await main(laptop.page)
    .getByText('was “Metformin 500 mg, twice a day”, is “Metformin 500 mg, once a day”', { exact: false })
    .waitFor()
  await book.takeBoth(laptop.page, 'plan-changed')
  // ST23: what the disk does not take is told where it was done, and can be done again when it does.
  await refuseWrites(laptop.page, 'UnknownError')
  await laptop.page.getByRole('button', { name: en.plan.confirm }).click()
  await main(laptop.page).getByRole('alert').getByText(en.deed.failed, { exact: true }).waitFor()
  await takeWrites(laptop.page)
  await laptop.page.getByRole('button', { name: en.plan.confirm }).click()
  await main(laptop.page)
    .getByText(/confirmed to have read version 2/u)
    .waitFor()

  // A correction is asked for, and declined with a reason; both stay with the record.
  await goTo(laptop.page, 'Care')
  await main(laptop.page).getByRole('link', { name: 'HbA1c' }).click()
  await main(laptop.page).getByRole('link', { name: en.amend.ask }).click()
  await fill(laptop.page, { [en.amend.wrong]: 'I had not fasted.', [en.amend.should]: 'Not fasting' })
  await book.takeBoth(laptop.page, 'edit records')
  await laptop.page.getByRole('button', { name: en.amend.send }).click()
  await main(laptop.page).getByText(en.amend.open).waitFor()
  for (const [error, words] of [
    ['UnknownError', en.deed.failed],
    ['QuotaExceededError', en.store.fullNow],
  ] as const) {
    await refuseWrites(laptop.page, error)
    await laptop.page.getByRole('button', { name: en.amend.withdraw }).click()
    await main(laptop.page).getByRole('alert').getByText(words, { exact: true }).waitFor()
    await takeWrites(laptop.page)
  }
  await laptop.page.locator('[data-trouble]').waitFor({ state: 'detached' })
  await goToPart(desk.page, en.collection.labs)
  await main(desk.page).getByRole('link', { name: 'HbA1c', exact: true }).first().click()
  await main(desk.page).getByText('I had not fasted.').waitFor(LATE)
  await desk.page.getByRole('button', { name: en.amend.decline }).click()
  await desk.page.getByRole('button', { name: en.amend.sendDecline }).click()
  await main(desk.page).getByText(en.amend.whyMissing).waitFor()
  await refusedFocused(desk.page)
  await desk.page.getByLabel(en.amend.whyDeclined).fill('HbA1c needs no fasting.')
  // Called away, and back: the answer is there as it was begun.
  await goToPart(desk.page, en.collection.labs)
  await main(desk.page).getByRole('link', { name: 'HbA1c', exact: true }).first().click()
  expect(await desk.page.getByLabel(en.amend.whyDeclined).inputValue()).toBe('HbA1c needs no fasting.')
  await desk.page.getByRole('button', { name: en.amend.sendDecline }).click()
  await main(laptop.page)
    .getByText(/HbA1c needs no fasting\./u)
    .waitFor(LATE)
  await main(laptop.page).getByText('I had not fasted.').waitFor()
  await book.takeBoth(laptop.page, 'amend-answered')

  // A message is read, and its sender sees so.
  await goToPart(desk.page, 'Messages')
  await main(desk.page).getByRole('link', { name: en.messages.new }).first().click()
  await desk.page.getByLabel(en.messages.subject).fill('Your result')
  await desk.page.getByLabel(en.messages.text, { exact: true }).fill('Come by in March.')
  // A file of more than fits into a record goes next to the message.
  const attach = desk.page.getByRole('button', { name: en.messages.attach })
  const [chooser] = await Promise.all([desk.page.waitForEvent('filechooser'), attach.click()])
  const buffer = Buffer.from(`Walk each morning.\n${'Drink water.\n'.repeat(90_000)}`)
  await chooser.setFiles({ name: 'advice.txt', mimeType: 'text/plain', buffer })
  await main(desk.page).getByText('advice.txt').waitFor()
  await book.takeBoth(desk.page, 'message-file')
  await desk.page.getByRole('button', { name: en.messages.send }).click()
  await heading(desk.page, 'Your result').waitFor()
  // It arrives with the chart, whatever screen of it the patient looks at.
  await main(desk.page)
    .getByText(/Chen Mei: delivered/u)
    .waitFor(LATE)
  await goTo(laptop.page, 'Care')
  await main(laptop.page).getByRole('link', { name: 'Your result' }).click(LATE)
  await main(laptop.page).getByText('Come by in March.').waitFor()
  await main(desk.page)
    .getByText(/Chen Mei: read/u)
    .waitFor(LATE)
  // The message may be here before all of the file is at the server; then it says so, and is asked for again.
  await main(laptop.page)
    .getByRole('link', { name: /advice\.txt/u })
    .click(LATE)
  const again = main(laptop.page).getByRole('button', { name: en.deed.retry })
  const words = main(laptop.page).getByText(/Walk each morning\./u)
  const opened = async () => {
    await words.or(again).waitFor(LATE)
    if (await words.isVisible()) return true
    await again.click()
    return false
  }
  await waitFor('the file of the message', opened, 120)
  await main(laptop.page).getByRole('link', { name: en.messages.backToThread }).click()
  await main(laptop.page).getByText('Come by in March.').waitFor()
  await book.takeBoth(laptop.page, 'thread-file')

  expect(book.faults).toEqual([])
  expect([...desk.faults, ...laptop.faults, ...phone.faults]).toEqual([])
}, 400_000)
