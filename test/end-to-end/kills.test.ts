/**
 * SIGKILL to every part in the middle of its work: the laptop while it imports and while it sends, the server while it
 * takes, the phone while it comes in by the kit, the provider while it reads. All of them open again, meet, and nothing
 * that was acknowledged is lost.
 */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  addMedicine,
  chooseFile,
  confirmShared,
  createAccount,
  goToShared,
  importFile,
  importHere,
  listCounts,
  main,
  openList,
  restoreAccount,
  share,
  sharingCode,
  unlock,
  waitForSync,
} from '../support/app-actions.ts'
import { openWorld, waitFor, type World } from '../support/app-world.ts'
import { LAWERENCE, SAMPLES } from '../support/fhir-samples.ts'

const ENTRIES = 1379

let world: World

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

test('Y6, C10: laptop, phone, provider and server are killed in mid-work, open again and converge', async () => {
  onTestFailed(() => world.showFailure())
  const laptop = await world.device('laptop')
  const code = await createAccount(laptop.page, { name: 'Lawerence Baumbach' })
  await waitForSync(laptop.page, /Saved and synced/u)

  // In the middle of the import: what the screen had counted is there afterwards.
  await chooseFile(laptop.page, join(SAMPLES, LAWERENCE))
  await importHere(laptop.page)
  let acknowledged = 0
  await waitFor('the import to be under way', async () => {
    const text = (await laptop.page.getByText(/^[\d,]+ of [\d,]+ entries$/u).textContent()) ?? ''
    acknowledged = Number(/^[\d,]+/u.exec(text)?.[0].replaceAll(',', ''))
    return acknowledged > 0
  })
  await laptop.kill()
  expect(acknowledged).toBeLessThan(ENTRIES)
  await laptop.start()
  await unlock(laptop.page)
  const kept = await total(laptop.page)
  expect(kept).toBeGreaterThanOrEqual(acknowledged)
  await waitForSync(laptop.page, /Saved and synced/u)

  // The rest of the file, and the server killed while it takes it; where the kill came too late for a rest, it takes something else.
  const isWhole = kept > ENTRIES
  const taking = laptop.page.waitForResponse((response) => response.url().endsWith('/push') && response.ok())
  if (isWhole) await addMedicine(laptop.page, { name: 'Aspirin', dose: '100 mg' })
  const importing = isWhole ? null : importFile(laptop.page, join(SAMPLES, LAWERENCE))
  await taking
  await world.server.kill()
  const report = await (importing ?? importFile(laptop.page, join(SAMPLES, LAWERENCE)))
  expect((report['New'] ?? 0) + (report['Already here'] ?? 0)).toBe(ENTRIES)
  expect(report['Already here']).toBeGreaterThanOrEqual(acknowledged)
  expect(report).toMatchObject({ Refused: 0, 'Two versions, for you to choose': 0, 'New version of an entry': 0 })
  // The server may have had time to take all of the file.
  await addMedicine(laptop.page, { name: 'Metformin', dose: '500 mg' })
  await waitForSync(laptop.page, /Offline, \d+ waiting/u)
  const whole = await listCounts(laptop.page)

  // The server is back; the laptop is killed while it sends.
  const sending = laptop.page.waitForResponse((response) => response.url().endsWith('/push') && response.ok(), {
    timeout: 60_000,
  })
  await world.server.start()
  await sending
  await laptop.kill()
  await laptop.start()
  await unlock(laptop.page)
  await waitForSync(laptop.page, /Saved and synced/u, 90)
  expect(await listCounts(laptop.page)).toEqual(whole)

  // The phone comes in by the kit and is killed while the chart arrives; so is the server.
  const phone = await world.device('phone', 'phone')
  const arriving = phone.page.waitForResponse((response) => response.url().endsWith('/pull') && response.ok(), {
    timeout: 60_000,
  })
  await restoreAccount(phone.page, { code })
  await arriving
  await phone.kill()
  await world.server.kill()
  await world.server.start()
  await phone.start()
  await unlock(phone.page)
  await waitFor('the phone to hold the chart', async () => sameCounts(await listCounts(phone.page), whole), 90)
  await waitForSync(phone.page, /Saved and synced/u)

  // The provider is killed while the shared lists arrive.
  const provider = await world.device('provider')
  await createAccount(provider.page, { name: 'Dr Lin', clinician: true })
  const theirCode = await sharingCode(provider.page)
  await waitForSync(provider.page, /Saved and synced/u)
  const reading = provider.page.waitForResponse(
    (response) => response.url().endsWith('/pull') && Number(response.headers()['content-length']) > 10_000,
    { timeout: 60_000 },
  )
  // Where the share fails, that is the news.
  reading.catch(() => {})
  await waitForSync(laptop.page, /Saved and synced/u)
  await share(laptop.page, { code: theirCode, lists: ['Medicines', 'Conditions'], until: '48 hours' })
  await reading
  await provider.kill()
  await provider.start()
  await unlock(provider.page)
  await goToShared(provider.page)
  await confirmShared(provider.page)
  await main(provider.page).getByRole('link', { name: 'Open record' }).click()
  const given = ['Medicines', 'Conditions', 'Social history and surveys']
  const shared = Object.fromEntries(given.map((list) => [list, whole[list] ?? 0]))
  await waitFor('the provider to hold the lists', async () => sameCounts(await listCounts(provider.page), shared), 90)

  // All are in step again: what one writes now, the others read.
  await addMedicine(phone.page, { name: 'Vitamin D', dose: '20 ug' })
  for (const { page } of [laptop, provider]) {
    await openList(page, 'Medicines')
    await page.getByRole('searchbox').fill('Vitamin D')
    await main(page).getByRole('link', { name: 'Vitamin D', exact: true }).waitFor({ timeout: 60_000 })
    await waitForSync(page, /Saved and synced/u)
  }
  expect(world.server.output()).not.toMatch(/"level":[56]0/u)
  expect([laptop, phone, provider].flatMap(({ faults }) => faults)).toEqual([])
})

/** Equal, list by list; what the second does not name must not be there. */
function sameCounts(held: Record<string, number>, wanted: Record<string, number>): boolean {
  const names = new Set([...Object.keys(held), ...Object.keys(wanted)])
  return [...names].every((name) => held[name] === wanted[name])
}

async function total(page: Page): Promise<number> {
  return Object.values(await listCounts(page)).reduce((sum, count) => sum + count, 0)
}
