/**
 * What opens the charts of a device, in the app: the kit for a forgotten passphrase, another passphrase, and a passkey
 * with PRF next to a PIN (ST21) on Chromium's virtual authenticator, which speaks CTAP2 as a real one does.
 */
import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  choose,
  chooseDevicePassphrase,
  createAccount,
  lock,
  main,
  PASSPHRASE,
  unlock,
} from '../support/app-actions.ts'
import { createPictureBook, goToHash, setLanguage } from '../support/app-pictures.ts'
import { type Device, openWorld, waitFor, type World } from '../support/app-world.ts'
import { hasFocus } from '../support/keyboard.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

const NEW = 'harbor velvet cactus lantern twelve'
const NEWER = 'copper willow tunnel violin eleven'

/** A device without a key of its own: one test changes its passphrase, the next one forgets it. */
let without: Device
let withoutKit = ''

async function authenticatorOf(page: Page): Promise<{ session: CDPSession; authenticatorId: string }> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      automaticPresenceSimulation: true,
      isUserVerified: true,
    },
  })
  return { session, authenticatorId }
}

async function openSettings(page: Page): Promise<void> {
  await goToHash(page, '#/settings')
  await page.getByRole('heading', { level: 2, name: 'Unlocking with this device' }).waitFor()
}

test('ST11, ST21: in Settings the passphrase is changed, for the one that is in use now; a browser without a key of its own says so', async () => {
  onTestFailed(() => world.showFailure())
  without = await world.device('without')
  const { page, faults } = without
  withoutKit = await createAccount(page, { name: 'Mei Chen' })
  await openSettings(page)
  // And asks for nothing.
  await page.getByText('This browser or system has no key of its own.', { exact: false }).waitFor()
  const card = page.getByRole('region', { name: 'Your four words', exact: true })
  await card.getByLabel('Current words').fill('not the right words at all')
  await card.getByLabel('New words').fill(NEW)
  const again = card.getByLabel('Type the words to confirm')
  await again.fill(`${NEW}s`)
  await card.getByRole('button', { name: 'Change words' }).click()
  await card.getByText('These don’t match. Check both.').waitFor()
  await waitFor('the focus on what differs', () => hasFocus(again))
  await again.fill(NEW)
  await card.getByRole('button', { name: 'Change words' }).click()
  await card.getByText('Those words didn’t unlock this device.', { exact: false }).waitFor()
  // The answer took its time; who listens is led to what is wrong all the same.
  await waitFor('the focus on the passphrase that is wrong', () => hasFocus(card.getByLabel('Current words')))
  await card.getByLabel('Current words').fill(PASSPHRASE)
  await card.getByRole('button', { name: 'Change words' }).click()
  await card.getByText('Your new words now unlock this device.').waitFor()
  await lock(page)
  await unlock(page, NEW)
  expect(faults).toEqual([])
})

test('ST11: the printed kit opens a store whose passphrase is forgotten, with the server gone', async () => {
  onTestFailed(() => world.showFailure())
  const { page, faults } = without
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await lock(page)
  await world.server.stop()
  await page.getByRole('button', { name: 'Forgot it? Use recovery kit' }).click()
  await page.getByLabel('Recovery code').fill(withoutKit.toLowerCase().replaceAll('-', ' '))
  await page.getByLabel('New words for this device').fill('too short')
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByText('Too easy to guess. Use four words or more.').waitFor()
  await chooseDevicePassphrase(page, NEWER)
  await page.getByLabel('Type the words to confirm').fill(NEW)
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByText('These don’t match. Check both.').waitFor()
  await page.getByLabel('Type the words to confirm').fill(NEWER)
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 60_000 })
  await lock(page)
  await page.getByLabel('Your four words', { exact: true }).fill(NEW)
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByText('Those words didn’t unlock this device.', { exact: false }).waitFor()
  await unlock(page, NEWER)
  await world.server.start()
  expect(faults).toEqual([])
})

test('ST21: a PIN opens the charts together with a passkey, the kit when the passkey is gone', async () => {
  onTestFailed(() => world.showFailure())
  const device = await world.device('passkey')
  const { page } = device
  const book = createPictureBook()
  const { session, authenticatorId } = await authenticatorOf(page)
  const kit = await createAccount(page, { name: 'Mei Chen' })
  await openSettings(page)
  const card = page.getByRole('region', { name: 'Unlocking with this device' })
  await card.getByLabel('Current words').fill(PASSPHRASE)
  await choose(page, 'What will you type?', 'A PIN of 6 to 12 digits')
  await card.getByLabel('New PIN', { exact: true }).fill('123456')
  await card.getByLabel('The new PIN once more').fill('123456')
  await card.getByRole('button', { name: 'Use the key of this device' }).click()
  await card.getByText('Use 6 to 12 digits. They can’t all be equal or in order.').waitFor()
  await book.takeWidths(page, 'settings-device-key')
  await card.getByLabel('New PIN', { exact: true }).fill('402851')
  await card.getByLabel('The new PIN once more').fill('402851')
  await card.getByRole('button', { name: 'Use the key of this device' }).click()
  await card.getByText('On: your PIN unlocks your records only on this device.').waitFor({ timeout: 30_000 })
  const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId })
  expect(credentials).toHaveLength(1)
  expect(JSON.stringify(credentials)).not.toContain('Mei')
  for (const language of ['zh', 'en'] as const) {
    await setLanguage(page, language)
    await book.take(page, 'settings-device-key-on', language)
  }

  await lock(page)
  await page.getByText('After you type it, this device asks for your fingerprint', { exact: false }).waitFor()
  await book.takeWidths(page, 'unlock-pin')
  const pin = page.getByLabel('PIN', { exact: true })
  await pin.fill('402852')
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByText('That PIN didn’t unlock this device.', { exact: false }).waitFor()
  await pin.fill('402851')
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 60_000 })

  // The person is not verified: the device gives no key, and no PIN can be tried.
  await lock(page)
  await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  await pin.fill('402851')
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByText('This device didn’t confirm:', { exact: false }).waitFor({ timeout: 30_000 })
  await book.takeWidths(page, 'unlock-device-refuses')
  await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })

  // The passkey is deleted: the kit opens, and the new passphrase stands alone again.
  await session.send('WebAuthn.clearCredentials', { authenticatorId })
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByText('This device didn’t confirm:', { exact: false }).waitFor({ timeout: 30_000 })
  await page.getByRole('button', { name: 'Forgot it? Use recovery kit' }).click()
  await page.getByLabel('Recovery code').fill(kit)
  await chooseDevicePassphrase(page, NEW)
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 60_000 })
  await lock(page)
  await unlock(page, NEW)
  expect(book.faults.join('\n')).toBe('')
  expect(device.faults).toEqual([])
})

test('ST21: the passphrase may stay next to the passkey, and turning it off asks for a strong one', async () => {
  onTestFailed(() => world.showFailure())
  const { page } = await world.device('off')
  await authenticatorOf(page)
  await createAccount(page, { name: 'Mei Chen' })
  await openSettings(page)
  const card = page.getByRole('region', { name: 'Unlocking with this device' })
  await card.getByLabel('Current words').fill(PASSPHRASE)
  await card.getByRole('button', { name: 'Use the key of this device' }).click()
  await card
    .getByText('your words unlock your records only on this device.', { exact: false })
    .waitFor({ timeout: 30_000 })
  await lock(page)
  await unlock(page)
  await openSettings(page)
  await card.getByLabel('Current words').fill(PASSPHRASE)
  await card.getByLabel('New words').fill('402851')
  await card.getByRole('button', { name: 'Turn it off and use words' }).click()
  await card.getByText('Too easy to guess.', { exact: false }).waitFor()
  await card.getByLabel('New words').fill(NEW)
  await card.getByLabel('Type the words to confirm').fill(NEW)
  await card.getByRole('button', { name: 'Turn it off and use words' }).click()
  await card.getByRole('button', { name: 'Use the key of this device' }).waitFor({ timeout: 30_000 })
  await lock(page)
  expect(await main(page).getByText('fingerprint').count()).toBe(0)
  await unlock(page, NEW)
})
