/**
 * What a browser may do to the data under the app, each provoked in Chromium and told in words (ST23): no room, a database
 * that is deleted while the app is locked or open, everything evicted, an older or newer program in another tab, damage.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  addAllergy,
  choose,
  chooseDevicePassphrase,
  createAccount,
  expectAllergies,
  importFile,
  lock,
  main,
  openForm,
  openList,
  PASSPHRASE,
  restoreAccount,
  saveForm,
  unlock,
  waitForSync,
} from '../support/app-actions.ts'
import { createPictureBook, goToHash } from '../support/app-pictures.ts'
import { openWorld, waitFor, type Device, type World } from '../support/app-world.ts'

let world: World
const book = createPictureBook()

beforeAll(async () => {
  world = await openWorld({ keepsShell: false })
})
afterAll(() => world?.close())

/** Answered by the server itself: to every other navigation the service worker answers with the app. */
const NO_APP = '/v1/'
const QUOTA_CACHE_MS = 31_000

/** A page of the same origin that is not the app. */
async function otherPage(device: Device): Promise<Page> {
  const page = await device.context.newPage()
  await page.goto(`${world.server.origin}${NO_APP}`)
  return page
}

async function tryUnlock(page: Page): Promise<void> {
  await page.getByLabel('Your four words', { exact: true }).fill(PASSPHRASE)
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
}

/** Deletes every database but those that `isKept`; answers with how many. */
function deleteDatabases(page: Page, isKept: 'keyring' | 'none'): Promise<number> {
  return page.evaluate(async (kept) => {
    const names = (await indexedDB.databases())
      .map(({ name }) => name!)
      .filter((name) => kept === 'none' || name !== 'k')
    await Promise.all(
      names.map(
        (name) =>
          new Promise<void>((resolve, reject) => {
            const request = indexedDB.deleteDatabase(name)
            request.addEventListener('success', () => resolve())
            request.addEventListener('error', () => reject(request.error!))
          }),
      ),
    )
    return names.length
  }, isKept)
}

/** Devices that some tests leave to the next ones, each with an account of its own. */
let kept: Device
let lost: Device
let fresh: Device
let beside: Device
/** Of `lost`. */
let kit = ''

test('ST23: the browser is asked to keep the store when the first thing is saved, and Settings say its answer', async () => {
  onTestFailed(() => world.showFailure())
  kept = await world.device('kept')
  const { page } = kept
  const session = await page.context().newCDPSession(page)
  const settings = async () => {
    await goToHash(page, '#/settings')
    const card = page.getByRole('region', { name: 'Storage on this device' })
    await card.getByText(/promised/u).waitFor()
    return card
  }
  await createAccount(page, { name: 'Mei Chen' })
  expect(await page.evaluate(() => navigator.storage.persisted())).toBe(false)
  await (await settings()).getByText('The browser hasn’t promised to keep your records.', { exact: false }).waitFor()
  await session.send('Browser.grantPermissions', {
    permissions: ['durableStorage'],
    origin: world.server.origin,
  })
  await addAllergy(page, 'Penicillin')
  await waitFor('the browser to keep the store', () => page.evaluate(() => navigator.storage.persisted()))
  await (await settings()).getByText('The browser has promised to keep your records.').waitFor()
  await page.getByText(/Chartkeep uses [\d.]+ MB of the \d+ MB/u).waitFor()
})

test('ST23: a full device refuses a save in words, keeps the text, and takes it when there is room again', async () => {
  onTestFailed(() => world.showFailure())
  const device = kept
  const { page } = device
  const session = await page.context().newCDPSession(page)
  const origin = world.server.origin
  await openList(page, 'Conditions')
  await page.getByRole('button', { name: 'Record “No known conditions”' }).click()
  await openForm(page, 'Condition')
  await page.getByLabel('Condition', { exact: true }).fill('Asthma')
  await choose(page, 'Is it still there?', 'Yes')
  await saveForm(page)
  await addAllergy(page, 'Nickel')
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Trash (1 entry)').click()
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 })
  // IndexedDB in Chromium asks how much room there is at most every 30 seconds.
  await new Promise((resolve) => setTimeout(resolve, QUOTA_CACHE_MS))
  // What cannot be brought back now is told next to its button.
  await page.getByRole('button', { name: 'Restore Nickel' }).click()
  await main(page).getByText('This device is full, so nothing new can be saved.', { exact: false }).waitFor()
  // So is what cannot be ended now.
  await openList(page, 'Conditions')
  await page.getByRole('button', { name: 'Mark that line as a mistake' }).click()
  await main(page).getByRole('alert').filter({ hasText: 'This device is full, so nothing new can be saved.' }).waitFor()
  await openForm(page, 'Allergy')
  await page.getByLabel(/allergic to/u).fill('Latex')
  await page.getByRole('button', { name: /^Save to /u }).click()
  await page.getByText('Your last change is still on this screen but not saved.', { exact: false }).waitFor()
  await page.getByText('This device is full, so nothing new can be saved.', { exact: false }).waitFor()
  expect(await page.getByLabel(/allergic to/u).inputValue()).toBe('Latex')
  await book.takeWidths(page, 'trouble-full')
  await page.getByRole('button', { name: 'Try again' }).click()
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  await page.getByText('This device is full, so nothing new can be saved.', { exact: false }).waitFor()
  await session.send('Storage.overrideQuotaForOrigin', { origin })
  // Unless it has seen so by itself just now.
  await page
    .getByRole('button', { name: 'Try again' })
    .click({ timeout: 5_000 })
    .catch(() => {})
  await page.locator('[data-trouble]').waitFor({ state: 'detached' })
  await saveForm(page)

  // Full again, while it is locked: opening claims the store, which is a write.
  await openForm(page, 'Allergy')
  await page.getByLabel(/allergic to/u).fill('Peanut')
  await lock(page)
  // Another process of the browser has not asked for room yet.
  await device.stop()
  await device.start()
  const again = await device.context.newCDPSession(device.page)
  await again.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 })
  await tryUnlock(device.page)
  await device.page.getByText('This device is full, so nothing new can be saved.', { exact: false }).waitFor()
  await again.send('Storage.overrideQuotaForOrigin', { origin })
  await unlock(device.page)
  await expectAllergies(device.page, 'Penicillin', 'Latex')
  await openForm(device.page, 'Allergy')
  expect(await device.page.getByLabel(/allergic to/u).inputValue()).toBe('Peanut')
})

test('ST23: everything evicted is told from a browser where Chartkeep never was', async () => {
  onTestFailed(() => world.showFailure())
  lost = await world.device('lost')
  const { page } = lost
  kit = await createAccount(page, { name: 'Mei Chen' })
  await addAllergy(page, 'Penicillin')
  await waitForSync(page, /Saved and synced/u)
  await lock(page)
  const session = await page.context().newCDPSession(page)
  // What an evicting browser deletes: all of the site but its cookies.
  await session.send('Storage.clearDataForOrigin', {
    origin: world.server.origin,
    storageTypes: 'indexeddb,local_storage,cache_storage,service_workers,file_systems',
  })
  await page.goto(`${world.server.origin}/#/`)
  await page.reload()
  await page.getByText('The browser deleted Chartkeep’s data to free up space.', { exact: false }).waitFor()
  await book.takeWidths(page, 'trouble-evicted')
  await page.getByRole('link', { name: 'Restore with my recovery kit' }).click()
  await page.getByLabel('Recovery code').fill(kit)
  await chooseDevicePassphrase(page)
  await page.getByRole('button', { name: 'Restore my records' }).click()
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 60_000 })
  await expectAllergies(page, 'Penicillin')
  const stranger = await world.device('stranger', 'laptop', [], '')
  await stranger.page.getByRole('heading', { level: 1, name: 'Your health record, kept by you' }).waitFor()
})

test('ST23: a store that was deleted while locked is missing; the kit brings back what the server had, the slot can go', async () => {
  onTestFailed(() => world.showFailure())
  const device = lost
  const { page } = device
  await waitForSync(page, /Saved and synced/u)
  await lock(page)
  const other = await otherPage(device)
  expect(await deleteDatabases(other, 'keyring')).toBeGreaterThan(1)
  await other.close()
  await tryUnlock(page)
  await page.getByText('This account’s data is gone from this device', { exact: false }).waitFor()
  await book.takeWidths(page, 'trouble-missing')
  await page.getByRole('button', { name: 'Hide from this screen' }).click()
  await page.getByText('Hidden. Nothing else was removed.').waitFor()
  await page.goto(`${world.server.origin}/#/start`)
  await page.reload()
  await restoreAccount(page, { code: kit })
  await expectAllergies(page, 'Penicillin')
})

test('ST23: a store that is deleted under the open app ends the session and says so; nothing is written again', async () => {
  onTestFailed(() => world.showFailure())
  const device = lost
  const { page } = device
  await waitForSync(page, /Saved and synced/u)
  const other = await otherPage(device)
  await deleteDatabases(other, 'keyring')
  await page
    .getByText('Chartkeep’s data was deleted while it was open, by the browser or a person.', { exact: false })
    .waitFor({ timeout: 40_000 })
  await page.getByRole('button', { name: 'Unlock', exact: true }).waitFor({ timeout: 40_000 })
  await book.takeWidths(page, 'trouble-vanished')
  await tryUnlock(page)
  await page.getByText('This account’s data is gone from this device', { exact: false }).waitFor()
})

/** How many entries the homes of this browser have. */
function homeEntries(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.addEventListener('success', () => resolve(request.result))
        request.addEventListener('error', () => reject(request.error!))
      })
    const rowsOf = (db: IDBDatabase) => db.transaction('a').objectStore('a')
    const keyring = await done(indexedDB.open('k'))
    const slots = await done(rowsOf(keyring).getAllKeys())
    keyring.close()
    let count = 0
    for (const slot of slots) {
      const home = await done(indexedDB.open(String(slot)))
      count += await done(rowsOf(home).count())
      home.close()
    }
    return count
  })
}

/** Breaks an entry of the largest store (the chart's) or of the home, with whole ones after it. */
function damage(page: Page, which: 'chart' | 'home'): Promise<void> {
  return page.evaluate(async (wanted) => {
    const open = (name: string) =>
      new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name)
        request.addEventListener('success', () => resolve(request.result))
        request.addEventListener('error', () => reject(request.error!))
      })
    const keyring = await open('k')
    const slots = await new Promise<string[]>((resolve) => {
      const request = keyring.transaction('a').objectStore('a').getAllKeys()
      request.addEventListener('success', () => resolve(request.result.map(String)))
    })
    keyring.close()
    for (const { name } of await indexedDB.databases()) {
      if (name === 'k' || name!.length !== 16) continue
      if (slots.includes(name!) !== (wanted === 'home')) continue
      const db = await open(name!)
      await new Promise<void>((resolve) => {
        const transaction = db.transaction('a', 'readwrite')
        const store = transaction.objectStore('a')
        const keys = store.getAllKeys()
        keys.addEventListener('success', () => {
          const at = keys.result.at(-2)!
          const row = store.get(at)
          row.addEventListener('success', () => {
            const changed = row.result as { n: number; s: Uint8Array }
            changed.s = changed.s.map((byte) => byte ^ 1)
            store.put(changed)
          })
        })
        transaction.addEventListener('complete', () => resolve())
      })
      db.close()
    }
  }, which)
}

test('ST4: a damaged chart is told in words, and what still opens is saved as a file that imports again', async () => {
  onTestFailed(() => world.showFailure())
  const device = await world.device('damaged-chart')
  const { page } = device
  const code = await createAccount(page, { name: 'Mei Chen' })
  for (const substance of ['Penicillin', 'Latex', 'Peanut']) await addAllergy(page, substance)
  await waitForSync(page, /Saved and synced/u)
  await lock(page)
  const other = await otherPage(device)
  await damage(other, 'chart')
  await other.close()
  await tryUnlock(page)
  await page.getByText('Part of this record’s data on this device is damaged.', { exact: false }).waitFor()
  await page.getByRole('button', { name: 'Save what can still be read' }).click()
  await page.getByText('This file isn’t encrypted. Anyone who gets it can read it.').waitFor()
  await book.takeWidths(page, 'trouble-damaged-chart')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save without encryption' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('chartkeep-not-protected-1.json')
  const file = join(world.folder, 'rescued.json')
  await download.saveAs(file)
  await page.getByText('Everything readable is in your downloads.').waitFor()
  await page.getByText('Scans and other files aren’t included.', { exact: false }).waitFor()
  await book.takeWidths(page, 'trouble-rescued')
  await page.getByRole('button', { name: 'Restore with my recovery kit' }).click()
  await page.getByRole('heading', { level: 1, name: 'Restore' }).waitFor()
  await page.getByLabel('Recovery code').fill(code)
  await chooseDevicePassphrase(page)
  await page.getByRole('button', { name: 'Restore my records' }).click()
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 60_000 })
  await expectAllergies(page, 'Penicillin', 'Latex', 'Peanut')
  fresh = await world.device('damaged-chart-fresh')
  await createAccount(fresh.page, { name: 'Mei Chen' })
  const counts = await importFile(fresh.page, file)
  expect(counts['New']).toBeGreaterThan(2)
  await expectAllergies(fresh.page, 'Penicillin')
})

test('ST4: a damaged account is told from a wrong passphrase, offers the kit and what still opens', async () => {
  onTestFailed(() => world.showFailure())
  const device = fresh
  const { page } = device
  await waitForSync(page, /Saved and synced/u)
  // Two small entries of the home at its end, so that the damage hits one of them.
  await openForm(page, 'Allergy')
  for (const text of ['La', 'Latex']) {
    const before = await homeEntries(page)
    await page.getByLabel(/allergic to/u).fill(text)
    await waitFor('the text to be in the home', async () => (await homeEntries(page)) > before)
  }
  await lock(page)
  const other = await otherPage(device)
  await damage(other, 'home')
  await other.close()
  await tryUnlock(page)
  await page
    .getByText('Your words are right, but part of the data on this device is damaged.', { exact: false })
    .waitFor()
  await page.getByRole('link', { name: 'Restore with my recovery kit' }).waitFor()
  await page.getByRole('button', { name: 'Save what can still be read' }).click()
  await book.takeWidths(page, 'trouble-damaged')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save without encryption' }).click(),
  ])
  const file = join(world.folder, 'rescued-home.json')
  await download.saveAs(file)
  expect(readFileSync(file, 'utf8')).toContain('Penicillin')
})

test('ST23: an older Chartkeep in another tab that blocks the opening is named, and the page continues when it closes', async () => {
  onTestFailed(() => world.showFailure())
  beside = await world.device('beside')
  const { page } = beside
  await page.goto('about:blank')
  const other = await otherPage(beside)
  await deleteDatabases(other, 'none')
  // As a version before ours would hold it: a lower number, and no ear for the upgrade.
  await other.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.open('k', 1)
        request.addEventListener('success', () => resolve())
        request.addEventListener('error', () => reject(request.error!))
      }),
  )
  await page.goto(world.server.origin)
  await page.getByText('An older Chartkeep in another tab is using this device’s data.', { exact: false }).waitFor()
  await other.close()
  await page.getByRole('heading', { level: 1, name: 'Your health record, kept by you' }).waitFor()
  await page.locator('[data-trouble]').waitFor({ state: 'detached' })
  await createAccount(page, { name: 'Mei Chen' })
})

test('ST23: a newer Chartkeep in another tab that upgrades the data ends this session in words', async () => {
  onTestFailed(() => world.showFailure())
  const device = beside
  const { page } = device
  await addAllergy(page, 'Penicillin')
  const other = await otherPage(device)
  await other.evaluate(async () => {
    for (const { name, version } of await indexedDB.databases()) {
      if (name === 'k') continue
      await new Promise<void>((resolve, reject) => {
        const request = indexedDB.open(name!, version! + 10)
        request.addEventListener('success', () => {
          request.result.close()
          resolve()
        })
        request.addEventListener('error', () => reject(request.error!))
      })
    }
  })
  await page
    .getByText('A newer Chartkeep in another tab is now using this device’s data.', { exact: false })
    .waitFor({ timeout: 40_000 })
  await page.getByRole('button', { name: 'Reload the page' }).waitFor()
})

test('ST23: the pictures of the troubles pass axe and the plain rules', () => {
  expect(book.count).toBeGreaterThan(6)
  expect(book.faults.join('\n')).toBe('')
})
