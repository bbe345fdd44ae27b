/**
 * Every screen that one person meets, at 1280 and 390 pixels in both languages: pictures for people, axe and a few
 * plain rules for the program. Screens that need a second person are pictured in the story of the whole purpose.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { zh } from '@chartkeep/app/src/i18n/zh/index.ts'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  choose,
  createAccount,
  goTo,
  lock,
  main,
  openForm,
  openList,
  openPersonSheet,
  openRecord,
  PASSPHRASE,
  saveForm,
  waitForSync,
} from '../support/app-actions.ts'
import { createPictureBook, goToHash, type PictureLanguage, setLanguage } from '../support/app-pictures.ts'
import { openWorld, type World } from '../support/app-world.ts'
import { livingFletcher } from '../support/fhir-samples.ts'

const WORDS = { en, zh }
const BOTH: PictureLanguage[] = ['zh', 'en']

let world: World

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

test('UX 8: every screen of one person passes axe at both widths in both languages', async () => {
  const book = createPictureBook({ isClose: true })
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })

  // Before there is an account. The switch in the header changes the language where there is one.
  const stranger = await world.device('stranger', 'laptop', [], '')
  for (const language of BOTH) {
    const { page } = stranger
    const words = WORDS[language]
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    await page.goto(`${world.server.origin}/#/start`)
    await page.getByText(language === 'zh' ? '繁體中文' : 'English', { exact: true }).click()
    await book.take(page, 'welcome', language)
    await goToHash(page, '#/restore')
    await page.locator('#code').fill('ABCD')
    await button(words.restore.go).click()
    await book.take(page, 'restore-error', language)
    await goToHash(page, '#/start/work')
    await book.take(page, 'welcome-work', language)
    await goToHash(page, '#/start/new')
    await page.locator('#name').fill('Mei Chen')
    await book.take(page, 'create', language)
    await button(words.create.own).click()
    await page.locator('#passphrase').fill(PASSPHRASE)
    await page.locator('#again').fill(PASSPHRASE)
    await book.take(page, 'create-own-words', language)
    if (language === 'zh') continue
    await button(words.create.go).click()
    await page.getByRole('link', { name: words.firstRecord.look }).waitFor({ timeout: 60_000 })
    await book.takeBoth(page, 'first-record')
    await page.getByRole('link', { name: words.firstRecord.look }).click()
    await book.takeBoth(page, 'overview-new')
    await goToHash(page, '#/devices/kit')
    await button(words.kit.printed).click()
    await book.takeWidths(page, 'kit')
  }

  const laptop = await world.device('laptop')
  const { page } = laptop
  await createAccount(page, { name: 'Fletcher Hyatt' })
  await book.takeBoth(page, 'overview-empty')
  await openList(page, 'Allergies')
  await book.takeBoth(page, 'list-allergies-not-asked')
  await openList(page, 'Conditions')
  await book.takeBoth(page, 'list-empty')

  // Import: its steps live on the screen, so that each language goes through them with a file of its own.
  const importHash = `#/import/${new URL(page.url()).hash.split('/')[2]}`
  for (const language of BOTH) {
    const words = WORDS[language].import
    await setLanguage(page, language)
    await goToHash(page, importHash)
    // The report of the import before stays until it is left.
    if (language === 'en') await page.getByRole('button', { name: words.again }).click()
    const pick = page.getByRole('button', { name: words.choose })
    await pick.waitFor()
    await book.take(page, 'import', language)
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), pick.click()])
    await chooser.setFiles(language === 'en' ? livingFletcher() : smallFile())
    const go = page.getByRole('button', { name: words.intoThis.replace('{name}', 'Fletcher Hyatt') })
    await go.waitFor()
    await book.take(page, 'import-whose', language)
    await go.click()
    await page.getByRole('heading', { level: 1, name: words.report }).waitFor({ timeout: 120_000 })
    await book.take(page, 'import-report', language)
  }
  await waitForSync(page, /Saved and synced/u)

  const addresses: { name: string; hash: string }[] = []
  const here = (name: string) => addresses.push({ name, hash: new URL(page.url()).hash })
  await openForm(page, 'Allergy')
  here('form-allergy')
  await page.getByLabel(/allergic to/u).fill('Penicillin')
  await choose(page, 'What happened the worst time?', 'Life-threatening')
  await saveForm(page)
  here('record-allergy')
  for (const [thing, name] of [
    ['Medicine', 'form-medicine'],
    ['Lab result', 'form-lab'],
    ['Vaccine', 'form-vaccine'],
  ] as const) {
    await openForm(page, thing)
    here(name)
  }
  await goTo(page, 'Home')
  here('overview')
  await goTo(page, 'Records')
  here('records')
  await goTo(page, 'Care')
  here('care')
  await goTo(page, 'Sharing')
  here('share-empty')
  await main(page).getByRole('link', { name: 'Activity' }).click()
  here('who-own')
  for (const [list, name] of [
    ['Allergies', 'list-allergies'],
    ['Medicines', 'list-medicines'],
    ['Vaccines', 'list-vaccines'],
    ['Conditions', 'list-conditions'],
    ['Vital signs', 'list-vitals'],
    ['Lab results', 'list-labs'],
  ] as const) {
    await openList(page, list)
    here(name)
  }
  await page.getByRole('searchbox').fill('Total Cholesterol')
  await openRecord(page, 'Total Cholesterol')
  here('record-lab')
  await main(page).getByRole('link', { name: 'Edit', exact: true }).click()
  here('form-correct')
  await page.goBack()
  await main(page)
    .getByRole('link', { name: /^History/u })
    .click()
  here('history')
  await openList(page, 'Documents')
  here('documents')
  await goTo(page, 'Records')
  await main(page).getByRole('link', { name: 'Timeline' }).click()
  here('timeline')
  await page.getByRole('link', { name: 'Search your record' }).first().click()
  await main(page).getByLabel('Search your record').fill('glucose')
  await main(page).getByRole('link').first().waitFor()
  here('search')
  addresses.push(
    { name: 'sync', hash: '#/sync' },
    { name: 'devices', hash: '#/devices' },
    { name: 'settings', hash: '#/settings' },
    { name: 'people-alone', hash: `${addresses.find(({ name }) => name === 'share-empty')?.hash ?? ''}/people` },
    { name: 'patients-empty', hash: '#/patients' },
    { name: 'link-unknown', hash: '#/record/nothing/nothing' },
  )
  await book.takeAll(page, addresses)

  // Sheets, an error in a form, the dark theme.
  for (const language of BOTH) {
    await setLanguage(page, language)
    const words = WORDS[language]
    await goToHash(page, addresses.find(({ name }) => name === 'form-medicine')?.hash ?? '')
    await main(page).locator('button[type=submit]').click()
    await page.getByRole('alert').first().waitFor()
    await book.take(page, 'form-error', language)
    await goToHash(page, addresses.find(({ name }) => name === 'overview')?.hash ?? '')
    await page.getByRole('button', { name: words.frame.person.replace('{name}', 'Fletcher Hyatt') }).click()
    await page.getByRole('dialog').waitFor()
    await book.take(page, 'person-sheet', language)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: words.deed.add, exact: true }).locator('visible=true').first().click()
    await page.getByRole('dialog').waitFor()
    await book.take(page, 'add-sheet', language)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  await page.emulateMedia({ colorScheme: 'dark' })
  for (const name of [
    'overview',
    'list-labs',
    'record-lab',
    'record-allergy',
    'share-empty',
    'form-medicine',
    'sync',
  ]) {
    await goToHash(page, addresses.find((address) => address.name === name)?.hash ?? '')
    await book.take(page, `dark-${name}`, 'en')
  }
  await page.emulateMedia({ colorScheme: 'light' })

  // Offline, then locked, then a passphrase that is not the right one.
  await world.server.stop()
  await waitForSync(page, /Offline/u)
  await goTo(page, 'Home')
  await book.takeWidths(page, 'overview-offline')
  await openPersonSheet(page)
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await lock(page)
  for (const language of BOTH) {
    await page.getByText(language === 'zh' ? '繁體中文' : 'English', { exact: true }).click()
    await book.take(page, 'unlock', language)
  }
  await page.getByLabel('Your four words', { exact: true }).fill('not the right words at all')
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByText('Those words didn’t unlock this device.', { exact: false }).waitFor()
  await book.takeWidths(page, 'unlock-wrong')

  console.log(`${book.count} pictures`)
  expect(book.faults.join('\n')).toBe('')
  expect([...laptop.faults, ...stranger.faults]).toEqual([])
})

/** A file of one invented record that names nobody. */
function smallFile(): string {
  const file = join(world.folder, 'small.json')
  writeFileSync(
    file,
    JSON.stringify({ resourceType: 'Condition', subject: { display: 'Fletcher Hyatt' }, code: { text: 'Hay fever' } }),
  )
  return file
}
