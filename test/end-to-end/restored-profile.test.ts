/** A browser's profile that is restored from an older copy, after it had continued (F3). */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { addMedicine, createAccount, main, unlock, waitForSync } from '../support/app-actions.ts'
import { createPictureBook, goToHash } from '../support/app-pictures.ts'
import { openWorld, type World } from '../support/app-world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

test('F3: a profile that was restored continues as a new device by itself, loses nothing, says so, and names the old one among the devices', async () => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  const laptop = await world.device('laptop')
  await createAccount(laptop.page, { name: 'Mei Chen' })
  await waitForSync(laptop.page, /Saved and synced/u)
  await laptop.stop()
  const copy = join(world.folder, 'put-back')
  cpSync(laptop.folder, copy, { recursive: true, verbatimSymlinks: true })
  await laptop.start()
  await unlock(laptop.page)
  await addMedicine(laptop.page, { name: 'Metformin', dose: '500 mg' })
  await waitForSync(laptop.page, /Saved and synced/u)
  await laptop.stop()
  rmSync(laptop.folder, { recursive: true })
  cpSync(copy, laptop.folder, { recursive: true, verbatimSymlinks: true })

  await laptop.start()
  const { page, faults } = laptop
  await unlock(page)
  await goToHash(page, '#/sync')
  await main(page).getByText('This device has a new name').waitFor()
  await addMedicine(page, { name: 'Ramipril', dose: '5 mg' })
  await waitForSync(page, /Saved and synced/u)
  await goToHash(page, '#/sync')
  await book.takeBoth(page, 'sync-put-back')
  await main(page).getByRole('link', { name: 'Show the devices' }).click()
  await main(page).getByText('The old name of this device', { exact: false }).waitFor()
  await book.takeBoth(page, 'devices-put-back')
  await goToHash(page, '#/sync')
  await main(page).getByRole('button', { name: 'I have read this' }).click()
  await main(page).getByText('This device has a new name').waitFor({ state: 'detached' })
  await page
    .getByRole('link', { name: /^Medicines/u })
    .first()
    .click()
  for (const name of ['Metformin', 'Ramipril']) await main(page).getByText(name).first().waitFor()
  expect(book.faults.join('\n')).toBe('')
  expect(faults).toEqual([])
})
