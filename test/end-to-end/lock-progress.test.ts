/** Opening a large chart: how far it is stands on the unlock screen, and it can be stopped; nothing is lost by that. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { createAccount, importFile, listCounts, lock, PASSPHRASE, unlock } from '../support/app-deeds.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { openWorld, type World } from '../support/app-world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

const COUNT = 6_000

function observation(index: number): string {
  return JSON.stringify({
    resourceType: 'Observation',
    id: `potassium-${index}`,
    identifier: [{ system: 'urn:lab', value: String(index) }],
    status: 'final',
    category: [{ coding: [{ code: 'laboratory' }] }],
    code: { text: 'Potassium' },
    effectiveDateTime: `20${String(10 + (index % 15))}-03-02`,
    valueQuantity: { value: index / 1000, unit: 'mmol/L' },
  })
}

test('ST18: a large chart shows how far it is while it opens, can be stopped, and opens whole after that', async () => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  const { page } = await world.device('large')
  await createAccount(page, { name: 'Mei Chen' })
  const file = join(world.folder, 'many.ndjson')
  writeFileSync(file, Array.from({ length: COUNT }, (_, index) => observation(index)).join('\n'))
  expect((await importFile(page, file))['New']).toBe(COUNT)
  await lock(page)
  const session = await page.context().newCDPSession(page)
  // A slow phone, on which opening takes long enough to be seen.
  await session.send('Emulation.setCPUThrottlingRate', { rate: 8 })
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE)
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  const bar = page.getByRole('progressbar', { name: 'Opening your charts' })
  await bar.waitFor({ timeout: 60_000 })
  expect(
    await page
      .getByRole('status')
      .filter({ hasText: /Opening your charts: \d+ %/u })
      .count(),
  ).toBe(1)
  await page.getByRole('button', { name: 'Stop opening' }).click()
  await page.getByText('Opening was stopped. Nothing was changed.').waitFor({ timeout: 60_000 })
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  await book.takeWidths(page, 'unlock-stopped')
  await unlock(page)
  expect((await listCounts(page))['Lab results']).toBe(COUNT)
  expect(book.faults.join('\n')).toBe('')
})
