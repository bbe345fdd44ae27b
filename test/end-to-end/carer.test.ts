/**
 * A personal record with a carer (C2, C5, Y3), in Chromium with the real server, by three people at three devices: a person, the carer who manages
 * their chart, and a clinician; what two of them write while the server is away, and what each of them sees of it.
 */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  addMedicine,
  confirmShared,
  createAccount,
  goTo,
  goToShared,
  main,
  openForm,
  openList,
  openPersonSheet,
  openRecord,
  saveForm,
  share,
  sharingCode,
  syncNow,
  waitForSync,
  wordsOnScreen,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { type Device, openWorld, waitFor, type World } from '../support/app-world.ts'
import { addManager, confirmAsked } from '../support/people-journey.ts'

const button = (within: Page | Locator, name: string) => within.getByRole('button', { name, exact: true })

let world: World
let person: Device
let carer: Device
let clinician: Device
const book = createPictureBook()

beforeAll(async () => {
  world = await openWorld({ keepsShell: false })
  ;[person, carer, clinician] = [
    await world.device('person', 'phone'),
    await world.device('carer'),
    await world.device('clinician'),
  ]
}, 400_000)
afterAll(() => world?.close())

test('C2, C5, Y3: a carer manages a chart next to its holder, both write while the server is away, and a clinician reads what came of it', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const [mei, rosa, lin] = [person.page, carer.page, clinician.page]
  await createAccount(mei, { name: 'Chen Mei' })
  await openForm(mei, 'Allergy')
  await mei.getByLabel(/allergic to/u).fill('Penicillin')
  await saveForm(mei)
  await createAccount(rosa, { name: 'Aunt Rosa' })
  const code = await sharingCode(rosa)
  const words = await wordsOnScreen(rosa)
  await waitForSync(rosa, /Saved and synced/u)

  // The carer is asked, and says that it is the right chart.
  await addManager(mei, { code, words, name: 'Aunt Rosa' }, async () => {})
  await waitForSync(mei, /Saved and synced/u)
  await confirmAsked(rosa)
  await openPersonSheet(rosa)
  await rosa
    .getByRole('dialog')
    .getByRole('link', { name: /^Chen Mei/u })
    .click()
  await goTo(rosa, 'Home')
  await main(rosa).getByRole('link', { name: 'Penicillin' }).first().waitFor({ timeout: 60_000 })

  await addMedicine(rosa, { name: 'Aspirin', dose: '100 mg' })
  await waitForSync(rosa, /Saved and synced/u)

  // Nothing answers: both continue writing, and see that it waits. (Of the app itself each has what it opened before: no shell is kept here.)
  await world.server.stop()
  await addMedicine(rosa, { name: 'Metformin', dose: '500 mg' })
  await waitForSync(rosa, /Offline, \d+ waiting/u)
  await openForm(mei, 'Condition')
  await mei.getByLabel('Condition', { exact: true }).fill('Diabetes type 2')
  await saveForm(mei)
  await waitForSync(mei, /Offline, \d+ waiting/u)
  await book.take(rosa, 'carer-offline', 'en')
  await world.server.start()
  for (const page of [rosa, mei]) await syncNow(page)
  for (const page of [rosa, mei]) await waitForSync(page, /Saved and synced/u)
  await openList(mei, 'Medicines')
  await openRecord(mei, 'Metformin')
  await main(mei).getByText('Aunt Rosa').first().waitFor()

  // The carer shares on the holder's behalf; the clinician reads what both wrote.
  await createAccount(lin, { name: 'Dr Lin', clinician: true })
  const doctor = await sharingCode(lin)
  const doctorsWords = await wordsOnScreen(lin)
  await waitForSync(lin, /Saved and synced/u)
  await share(rosa, {
    code: doctor,
    words: doctorsWords,
    lists: ['Allergies', 'Medicines', 'Conditions'],
    until: '48 hours',
    onStep: async (step) => {
      if (step !== 2) return
      // One more could be added; what was chosen stays.
      await button(rosa, 'Add another person').click()
      await button(rosa, 'Add no one else').click()
      await main(rosa).getByText('Dr Lin', { exact: true }).waitFor()
      expect(await rosa.getByRole('checkbox', { name: /^Medicines/u }).isChecked()).toBe(true)
    },
  })
  await book.takeBoth(rosa, 'share-active')
  await button(rosa, 'Give more time').click()
  await button(rosa.getByRole('dialog'), '30 days more').click()
  const later = await rosa.getByLabel('Ends at (your time)').inputValue()
  await book.take(rosa, 'share-more-time', 'en')
  await button(rosa.getByRole('dialog'), 'Give more time').click()
  await rosa.getByRole('dialog').waitFor({ state: 'detached' })
  const day = `${Number(later.slice(8, 10))} ${new Date(later).toLocaleString('en-US', { month: 'short' })} `
  await waitFor('one share with the later end, whatever stands in the control log', async () => {
    const [ends, stops] = [main(rosa).getByText(new RegExp(`^${day}`, 'u')), button(rosa, 'Stop sharing')]
    return (await ends.count()) === 1 && (await stops.count()) === 1
  })
  await goToShared(lin)
  await confirmShared(lin)
  await main(lin).getByRole('link', { name: 'Open record' }).click()
  await lin.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  for (const what of ['Penicillin', 'Metformin', 'Diabetes type 2'])
    await main(lin).getByText(what).first().waitFor({ timeout: 60_000 })
  await openList(lin, 'Medicines')
  await waitForSync(lin, /Saved and synced/u)

  // The holder sees who shared, who read, and ends it.
  await syncNow(mei)
  await goTo(mei, 'Sharing')
  await main(mei).getByRole('link', { name: 'Activity' }).click()
  await main(mei)
    .getByText(/Dr Lin read Medicines/u)
    .first()
    .waitFor({ timeout: 60_000 })
  await main(mei)
    .getByText(/Aunt Rosa shared lists with Dr Lin/u)
    .first()
    .waitFor()
  await book.takeBoth(mei, 'carer-who')
  await goTo(mei, 'Sharing')
  await main(mei).getByRole('button', { name: 'Stop sharing' }).click()
  await mei.getByRole('dialog').getByRole('button', { name: 'Stop sharing' }).click()
  await goToShared(lin)
  await main(lin).getByText('Access ended', { exact: true }).waitFor({ timeout: 60_000 })
  expect(book.faults).toEqual([])
  expect([...person.faults, ...carer.faults, ...clinician.faults]).toEqual([])
})
