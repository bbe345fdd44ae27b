/** H2 in Chromium: a server that takes accounts by invitation, or none; the field for the code, what the person reads, and the pictures. */
import { afterAll, expect, test } from 'vitest'
import { chooseOwnWords, createAccount, lock, main, saveKit, unlock, waitForSync } from '../support/app-actions.ts'
import { createPictureBook, goToHash } from '../support/app-pictures.ts'
import { openWorld, type World } from '../support/app-world.ts'
import { runServerProcess } from '../support/server-process.ts'

const worlds: World[] = []
afterAll(async () => {
  for (const world of worlds) await world.close()
})

async function worldWith(registration: string): Promise<World> {
  const world = await openWorld({ keepsShell: false, settings: { CHARTKEEP_REGISTRATION: registration } })
  worlds.push(world)
  return world
}

test('H2: by invitation: the form asks for the code, Sync says what the server wants, and a code typed there sends everything', async () => {
  const world = await worldWith('invite')
  const { page } = await world.device('laptop')
  const book = createPictureBook()
  await page.getByRole('link', { name: 'Create my health record' }).click()
  await page.getByLabel('Invitation code').waitFor()
  await book.takeWidths(page, 'create-invite')
  await page.goBack()
  await createAccount(page, { name: 'Ann Lee' })
  await goToHash(page, '#/sync')
  await page
    .getByText('To join this server you need an invitation code, or someone who shares a record with you.')
    .waitFor()
  await book.takeBoth(page, 'sync-invite')
  const field = page.getByLabel('Invitation code')
  const go = page.getByRole('button', { name: 'Use this code' })
  await field.fill('not a code')
  await go.click()
  await page.getByText('This isn’t an invitation code.').waitFor()
  await field.fill('0000-0000-0000-0000')
  await go.click()
  await page.getByText('The server doesn’t know this code, or it was used or has run out.').waitFor()
  await book.takeWidths(page, 'sync-invite-refused')
  const { output } = await runServerProcess({ CHARTKEEP_DATA: world.server.data }, ['invite'])
  await field.fill(/^[0-9A-Z-]{19}$/m.exec(output)![0].toLowerCase())
  await go.click()
  await waitForSync(page, /Saved and synced/u)
  await page
    .getByText('To join this server you need an invitation code, or someone who shares a record with you.')
    .waitFor({ state: 'detached' })
  expect(book.faults).toEqual([])
})

test('H2: closed: the form and Sync say so before anything is lost', async () => {
  const world = await worldWith('closed')
  const { page } = await world.device('laptop')
  const book = createPictureBook()
  await page.getByRole('link', { name: 'Join or set up a practice' }).click()
  await page.getByRole('link', { name: 'I work on my own' }).click()
  await page.getByText('This server accepts no new accounts.').waitFor()
  await book.takeWidths(page, 'create-closed')
  await page.getByRole('link', { name: 'Back' }).click()
  await createAccount(page, { name: 'Dr. Lee', clinician: true })
  await goToHash(page, '#/sync')
  await page.getByText('This server accepts no new accounts.').waitFor()
  await book.takeBoth(page, 'sync-closed')
  expect(book.faults).toEqual([])
})

test('K7: the browser’s way back in the middle of a new account loses nothing, and ends in the account, which asks for its kit', async () => {
  const { page } = await worlds[0]!.device('phone', 'phone')
  const name = page.getByLabel('Your name', { exact: true })
  const go = page.getByRole('button', { name: 'Create my record' })
  const welcome = page.getByRole('heading', { level: 1, name: 'Welcome, 陳美.', exact: false })
  await page.getByRole('link', { name: 'Create my health record' }).click()
  await page.getByRole('link', { name: 'Back' }).click()
  await page.getByRole('link', { name: 'Create my health record' }).click()
  await name.fill('陳美')
  await chooseOwnWords(page)
  // A second press makes no second account.
  await go.dblclick()
  await welcome.waitFor({ timeout: 60_000 })
  // The account is made: its name and words cannot be gone back to.
  await page.goBack()
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  // A phone ends a page that is not in view.
  await page.reload()
  await page.getByRole('heading', { level: 1, name: 'Unlock' }).waitFor()
  await unlock(page)
  await main(page).getByText('Save your recovery kit').waitFor()
  await lock(page)
  await page.getByRole('link', { name: 'Create another account' }).click()
  await page.getByRole('link', { name: 'Create my health record' }).click()
  await name.fill('陳波')
  await chooseOwnWords(page)
  await go.click()
  // Left while it is made: what was made is open all the same.
  await page.goBack()
  await page.getByRole('heading', { level: 1, name: 'Welcome, 陳波.', exact: false }).waitFor({ timeout: 60_000 })
  // A page that ends here leads to the lock, and the kit is still asked for.
  await page.reload()
  await page.getByRole('heading', { level: 1, name: 'Unlock' }).waitFor()
  // On the unlock screen no two are called the same.
  await main(page).getByRole('button', { name: 'Account 2', exact: true }).click()
  await unlock(page)
  const kit = await saveKit(page)
  expect(kit).toMatch(/^(?:[0-9A-Z]{4}-){8}[0-9A-Z]{4}$/u)
  await main(page).getByText('Save your recovery kit').waitFor({ state: 'detached' })
  await goToHash(page, '#/devices/kit')
  await page.getByRole('heading', { level: 1, name: 'Make a new kit' }).waitFor()
})
