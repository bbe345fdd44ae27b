/**
 * C10, C11 as people see it: a nurse writes two results where there is no network, the patient stops sharing meanwhile, and the nurse's device
 * comes back. It gets nothing; what it had written waits for the patient, who takes one in and leaves the other out.
 */
import { expect } from 'vitest'
import {
  confirmShared,
  createAccount,
  goTo,
  goToShared,
  main,
  openForm,
  openList,
  openRecord,
  saveForm,
  share,
  sharingCode,
  waitForSync,
} from './app-actions.ts'
import type { PictureBook } from './app-pictures.ts'
import { recordBytes, recordTraffic } from './app-traffic.ts'
import { waitFor, type Device, type World } from './app-world.ts'

/** Answers with the nurse's device, in a world that has lines. The patient's page is at Sharing before and after. */
export async function writeAfterTheEnd(world: World, patient: Device, book: PictureBook): Promise<Device> {
  const nurse = await world.device('nurse')
  const traffic = recordTraffic(nurse.page)
  await createAccount(nurse.page, { name: 'Nurse Wu', clinician: true })
  const code = await sharingCode(nurse.page)
  await waitForSync(nurse.page, /Saved and synced/u)
  await share(patient.page, { code, lists: ['Lab results'], rights: ['add records'], until: '48 hours' })
  await goToShared(nurse.page)
  await confirmShared(nurse.page)
  await main(nurse.page).getByRole('link', { name: 'Open record' }).click()
  await nurse.page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  await waitForSync(nurse.page, /Saved and synced/u)

  nurse.setOffline(true)
  for (const [test, value] of [
    ['Copper', '15'],
    ['Selenium', '92'],
  ] as const) {
    await openForm(nurse.page, 'Lab result')
    await nurse.page.getByLabel('Test', { exact: true }).fill(test)
    await nurse.page.getByLabel('Value', { exact: true }).fill(value)
    await nurse.page.getByLabel('Unit', { exact: true }).fill('ug/L')
    await nurse.page.getByLabel('Sample taken').fill('2026-11-21')
    await saveForm(nurse.page)
  }
  await waitForSync(nurse.page, /Offline, \d+ waiting/u)

  await goTo(patient.page, 'Sharing')
  const card = main(patient.page).locator('section', { has: patient.page.getByRole('heading', { name: 'Nurse Wu' }) })
  await card.getByRole('button', { name: 'Stop sharing' }).click()
  const acknowledged = patient.page.waitForResponse(
    (response) => response.request().method() === 'POST' && response.url().endsWith('/control') && response.ok(),
  )
  await patient.page.getByRole('dialog').getByRole('button', { name: 'Stop sharing' }).click()
  await acknowledged

  // Back online: the log with the cut, and not one byte of a record. What it had written goes out sealed, and its copy goes.
  await traffic.settled()
  const onlineAt = Date.now()
  await goToShared(nurse.page)
  nurse.setOffline(false)
  await main(nurse.page).getByText('Access ended', { exact: true }).waitFor({ timeout: 30_000 })
  await main(nurse.page)
    .getByText(/device submitted them\. The patient decides/u)
    .waitFor({ timeout: 30_000 })
  await book.takeBoth(nurse.page, 'patients-handed-in')
  await traffic.settled()
  const all = traffic.answers.filter(({ sentAt }) => sentAt >= onlineAt)
  const handedIn = all.find(({ path, status }) => path.endsWith('/late') && status === 200)
  const vault = handedIn?.path.split('/')[3] ?? ''
  expect(vault).toHaveLength(22)
  // For the patient's chart; the nurse has one of her own.
  const since = all.filter(({ path }) => path.includes(vault))
  expect(since.reduce((sum, { body }) => sum + recordBytes(body), 0)).toBe(0)
  expect(since.filter(({ path, status }) => /\/(?:pull|fetch)$/u.test(path) && status === 200)).toEqual([])
  const clear = since.filter(({ sent }) => sent.includes('Copper') || sent.includes('Selenium'))
  expect(clear).toEqual([])

  await decide(patient, book)
  return nurse
}

async function decide({ page }: Device, book: PictureBook): Promise<void> {
  await goTo(page, 'Home')
  await main(page).getByText('2 entries arrived after sharing ended', { exact: false }).waitFor({ timeout: 60_000 })
  const labs = async (name: string) => {
    await openList(page, 'Lab results')
    await page.getByRole('searchbox', { name: 'Search in Lab results' }).fill(name)
    return main(page).getByRole('link', { name, exact: true })
  }
  expect(await (await labs('Copper')).count()).toBe(0)
  await goTo(page, 'Sharing')
  await main(page).getByText('Nurse Wu sent 2 entries after sharing ended.', { exact: false }).waitFor()
  await book.takeBoth(page, 'share-late')
  await main(page).getByRole('button', { name: 'Add to record: Copper' }).click()
  await main(page).getByRole('button', { name: 'Don’t add: Selenium' }).click()
  await main(page).getByText('Left out (1)').click()
  await main(page).getByRole('button', { name: 'Add to record: Selenium' }).waitFor()
  expect(await main(page).getByText('Nurse Wu sent', { exact: false }).count()).toBe(0)
  await book.takeBoth(page, 'share-late-left')
  const copper = await labs('Copper')
  await copper.waitFor()
  await openRecord(page, 'Copper')
  const text = await main(page).innerText()
  expect(text).toContain('15 ug/L')
  expect(text).toContain('Nurse Wu, added after sharing ended')
  await book.takeBoth(page, 'record-late')
  const selenium = await labs('Selenium')
  await waitFor('the list to be searched', async () => (await selenium.count()) === 0)
  await goTo(page, 'Sharing')
}
