/**
 * A phone is admitted by a laptop (K8), once by pasted text and once by a picture and called off, once by the camera and confirmed; then another recovery kit takes the
 * place of the first (K7); three devices that were apart wrote three versions of one dose (Y3); at last the server loses its disk and gets it back (S9). In Chromium, with the real server. Every screen of it is pictured and judged.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  addMedicine,
  choose,
  chooseDevicePassphrase,
  choosePicture,
  correctDose,
  createAccount,
  goTo,
  main,
  openList,
  openRecord,
  syncNow,
  typeKitGroups,
  unlock,
  waitForSync,
} from '../support/app-actions.ts'
import { createPictureBook, goToHash, type PictureBook } from '../support/app-pictures.ts'
import { openWorld, waitFor, type World } from '../support/app-world.ts'
import { pngOf } from '../support/document-files.ts'
import { writeQrPicture, writeQrVideo } from '../support/qr-video.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

const wordsOf = (page: Page) => page.getByTestId('compare-words').locator('li').allTextContents()
const digitsOf = (page: Page) => page.getByTestId('compare-digits').textContent()

/** From Welcome to the code on the new device. */
async function showCode(page: Page, book: PictureBook | null): Promise<string> {
  await page.goto(`${world.server.origin}/#/start`)
  await page.reload()
  await page.getByRole('link', { name: en.welcome.restore }).click()
  await page.getByRole('link', { name: en.pair.another }).click()
  await page.getByRole('heading', { level: 1, name: en.pair.title }).waitFor()
  if (book) await inBoth(page, book, 'pair-begin')
  await page.getByLabel('Name for the unlock screen').fill('Account 1')
  await chooseDevicePassphrase(page)
  if (book) {
    await page.getByLabel(en.create.again).fill('another one')
    await page.getByRole('button', { name: en.pair.showCode }).click()
    await page.getByText(en.create.differs).first().waitFor()
    await book.takeWidths(page, 'pair-differs')
    await chooseDevicePassphrase(page)
  }
  await page.getByRole('button', { name: en.pair.showCode }).click()
  const code = await page.getByTestId('pairing-code').inputValue()
  if (book) await inBoth(page, book, 'pair-code')
  return code
}

/** Before there is an account the switch in the header changes the language where there is one. */
async function inBoth(page: Page, book: PictureBook, name: string): Promise<void> {
  await page.getByText('繁體中文', { exact: true }).click()
  await book.take(page, name, 'zh')
  await page.getByText('English', { exact: true }).click()
  await book.take(page, name, 'en')
}

async function addDevice(page: Page): Promise<void> {
  await goToHash(page, '#/devices')
  await page.getByRole('link', { name: en.device.add }).click()
  await page.getByRole('heading', { level: 1, name: en.device.add }).waitFor()
}

async function devicesOf(page: Page): Promise<string[]> {
  await goToHash(page, '#/devices')
  return page.locator('main li strong').allTextContents()
}

async function bothCompare(laptop: Page, phone: Page): Promise<void> {
  for (const page of [laptop, phone]) await page.getByTestId('compare-words').waitFor()
  const words = await wordsOf(laptop)
  expect(words).toHaveLength(6)
  expect(await wordsOf(phone)).toEqual(words)
  expect(await digitsOf(phone)).toBe(await digitsOf(laptop))
}

test('K7, K8, Y3, S9, S10, F2: a phone is paired by text and by camera, calling off leaves nothing, the old kit is refused, three versions are settled by one choice, and a server that lost its disk has the chart again, and so has one with another key', async () => {
  const book = createPictureBook()
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const film = join(world.folder, 'code.y4m')
  writeQrVideo(film, 'nothing yet')
  const camera = [
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${film}`,
  ]
  const laptop = await world.device('laptop', 'laptop', camera)
  const { page } = laptop
  const oldKit = await createAccount(page, { name: 'Fletcher Hyatt' })
  const phone = await world.device('phone', 'phone')

  // By text, then by a picture of the code, and called off: first on the laptop, then on the phone.
  const picture = join(world.folder, 'code.png')
  for (const side of ['laptop', 'phone'] as const) {
    const code = await showCode(phone.page, side === 'laptop' ? book : null)
    await addDevice(page)
    if (side === 'laptop') {
      await page.getByLabel(en.pair.paste, { exact: true }).fill(code)
      await page.getByRole('button', { name: en.deed.continue }).click()
    } else {
      writeFileSync(picture, 'no picture at all')
      await choosePicture(page, picture)
      await page.getByText(en.pair.picture['no-picture']).waitFor()
      writeFileSync(picture, pngOf(300, 200))
      await choosePicture(page, picture)
      await page.getByText(en.pair.picture['no-code']).waitFor()
      await book.takeWidths(page, 'pair-no-code')
      writeQrPicture(picture, oldKit)
      await choosePicture(page, picture)
      await page.getByText(en.pair.picture['other-code']).waitFor()
      writeQrPicture(picture, code)
      await choosePicture(page, picture)
    }
    await bothCompare(page, phone.page)
    if (side === 'laptop') {
      await inBoth(phone.page, book, 'pair-compare')
      await book.takeWidths(page, 'pair-add-compare')
    }
    const stopped = side === 'laptop' ? page : phone.page
    await stopped.getByRole('button', { name: en.share.differ }).click()
    await stopped.getByText(en.pair.between).waitFor()
    if (side === 'laptop') {
      await book.takeWidths(page, 'pair-stopped')
      await phone.page.getByRole('button', { name: en.share.match }).click()
      await phone.page.getByText(en.pair.ended).waitFor()
    }
    expect(await devicesOf(page)).toHaveLength(1)
    await phone.page.reload()
    await phone.page.goto(`${world.server.origin}/`)
    await phone.page.getByRole('heading', { level: 1, name: en.welcome.title }).waitFor()
    const databases = await phone.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))
    expect(databases.filter((name) => name !== 'k')).toEqual([])
  }

  // By the camera, and confirmed on both.
  const code = await showCode(phone.page, null)
  writeQrVideo(film, code)
  await addDevice(page)
  await page.getByRole('button', { name: en.pair.scan }).click()
  await bothCompare(page, phone.page)
  await page.getByLabel(en.pair.deviceName).fill('Red phone')
  await page.getByRole('button', { name: en.share.match }).click()
  await page.getByText(en.pair.added.waiting.replace('{device}', 'Red phone')).waitFor()
  await phone.page.getByRole('button', { name: en.share.match }).click()
  await phone.page.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 60_000 })
  await page.getByText(en.pair.added.entered.replace('{device}', 'Red phone')).waitFor()
  await book.takeWidths(page, 'pair-added')
  await waitFor('the chart on the phone', async () =>
    phone.page.getByRole('main').getByText('Fletcher Hyatt').first().isVisible(),
  )
  const list = await devicesOf(page)
  expect(list).toHaveLength(2)
  expect(list).toContain('Red phone')

  // Another name, from the laptop.
  await page.getByRole('button', { name: `${en.devices.rename}: Red phone` }).click()
  await page.getByLabel(en.devices.renameTitle).fill('Blue phone')
  await page.getByRole('button', { name: en.devices.renamed }).click()
  await page.locator('main li strong', { hasText: 'Blue phone' }).waitFor()

  // Another kit: proved on paper first, then the old one opens nothing.
  await page.getByRole('link', { name: en.devices.kitNew }).click()
  await page.getByRole('button', { name: en.kit.printed }).click()
  await book.takeWidths(page, 'kit-new')
  const groups = await typeKitGroups(page)
  // A second press while the first one works is none.
  await page.getByRole('button', { name: en.devices.kitReplace }).dblclick()
  await page.getByText(en.devices.kitDone).waitFor()
  expect(await page.getByText(en.devices.kitRefused).count()).toBe(0)
  await book.takeWidths(page, 'kit-replaced')

  const tablet = await world.device('tablet', 'laptop', camera)
  await tablet.page.getByRole('link', { name: en.welcome.restore }).click()
  writeQrPicture(picture, oldKit)
  await choosePicture(tablet.page, picture)
  await waitFor('the old code', async () => {
    return (await tablet.page.getByLabel('Recovery code').inputValue()) === oldKit
  })
  await chooseDevicePassphrase(tablet.page)
  await tablet.page.getByLabel(en.create.again).fill('another one')
  await tablet.page.getByRole('button', { name: en.restore.go }).click()
  await tablet.page.getByText(en.create.differs).first().waitFor()
  await chooseDevicePassphrase(tablet.page)
  await tablet.page.getByRole('button', { name: en.restore.go }).click()
  await tablet.page.getByText(en.restore.unknown).waitFor()
  // The new one by the camera.
  writeQrVideo(film, groups.join('-'))
  await tablet.page.getByLabel('Recovery code').fill('')
  await tablet.page.getByRole('button', { name: en.pair.scan }).click()
  await waitFor('the code of the kit', async () => {
    return (await tablet.page.getByLabel('Recovery code').inputValue()) === groups.join('-')
  })
  await tablet.page.getByRole('button', { name: en.restore.go }).click()
  await tablet.page.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 60_000 })

  // The laptop announces the use of the kit, with its time; the tablet is told to wait.
  await goToHash(page, '#/devices')
  await page.getByText(/The recovery kit was used on/u).waitFor()
  await tablet.page.getByText('Fletcher Hyatt').first().waitFor()
  await goToHash(tablet.page, '#/devices')
  await tablet.page.getByText(/It may remove older devices, make a new kit, .* from/u).waitFor()
  await book.takeAll(page, [
    { name: 'devices', hash: '#/devices' },
    { name: 'devices-add', hash: '#/devices/add' },
    { name: 'devices-kit', hash: '#/devices/kit' },
  ])
  await book.takeBoth(tablet.page, 'devices-by-kit')

  // Y3: three devices change one dose while apart: all three are side by side, and one choice settles it everywhere.
  await goTo(page, 'Home')
  await addMedicine(page, { name: 'Metformin', dose: '500 mg' })
  await waitForSync(page, /Saved and synced/u)
  for (const there of [phone.page, tablet.page]) {
    await syncNow(there)
    await openList(there, 'Medicines')
    await main(there).getByRole('link', { name: 'Metformin', exact: true }).waitFor()
    await openRecord(there, 'Metformin')
  }
  await world.server.stop()
  await correctDose(page, '850 mg')
  await correctDose(phone.page, '1000 mg')
  await correctDose(tablet.page, '250 mg')
  await world.server.start()
  for (const there of [page, phone.page, tablet.page, page]) {
    await syncNow(there)
    await waitForSync(there, /Saved and synced/u)
  }
  await goTo(page, 'Home')
  await main(page)
    .getByRole('listitem')
    .filter({ hasText: '3 versions of Metformin' })
    .getByRole('link', { name: 'Choose' })
    .click()
  await page.getByRole('heading', { level: 1, name: '3 versions of Metformin' }).waitFor()
  for (const dose of ['850 mg', '1000 mg', '250 mg']) await main(page).getByText(dose).first().waitFor()
  await main(page).getByRole('heading', { name: 'Version C' }).waitFor()
  await book.takeBoth(page, 'conflict-three')
  // Y3: while one has been chosen and not decided, another version comes: nothing is chosen any more.
  await choose(page, 'Which is right?', 'Keep C')
  await main(page).getByLabel(en.conflict.reason).fill('as the label says')
  await openList(phone.page, 'Medicines')
  await openRecord(phone.page, 'Metformin')
  await correctDose(phone.page, '900 mg')
  await main(page).getByText(en.conflict.changed).waitFor()
  await main(page).getByText('900 mg').first().waitFor()
  expect(await main(page).getByRole('radio', { checked: true }).count()).toBe(0)
  expect(await main(page).getByLabel(en.conflict.reason).inputValue()).toBe('as the label says')
  await book.takeBoth(page, 'conflict-changed')
  const third = main(page).getByRole('region', { name: 'Version C' })
  const [chosen = ''] = /(?:850|900|1000|250) mg/u.exec(await third.innerText()) ?? []
  await choose(page, 'Which is right?', 'Keep C')
  await main(page).getByRole('button', { name: 'Choose', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Metformin' }).waitFor()
  await main(page).getByText(chosen).first().waitFor()
  await waitForSync(page, /Saved and synced/u)
  await syncNow(tablet.page)
  await openList(tablet.page, 'Medicines')
  await openRecord(tablet.page, 'Metformin')
  await main(tablet.page).getByText(chosen).first().waitFor()
  await goTo(tablet.page, 'Home')
  await main(tablet.page).getByRole('heading', { level: 2, name: 'Important' }).waitFor()
  expect(await main(tablet.page).getByText('versions of Metformin').count()).toBe(0)

  await goToHash(page, '#/devices')
  await page.getByRole('button', { name: `${en.device.removeDeed}: Blue phone` }).click()
  await book.takeWidths(page, 'devices-remove')
  await page.getByRole('dialog').getByRole('button', { name: en.device.removeDeed }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByText(en.device.removed, { exact: true }).waitFor()

  // S9, F2: the tablet is switched off, days go by, and the server loses its disk: what each of it looks like, and that it comes back.
  await waitForSync(page, /Saved and synced/u)
  await tablet.stop()
  await page.addInitScript(() => {
    const now = Date.now.bind(Date)
    Date.now = () => now() + 3 * 86_400_000
  })
  await page.reload()
  // That she opens the chart is noted, and the tablet has not seen it.
  await unlock(page)
  await waitForSync(page, /Saved and synced/u)
  await goToHash(page, '#/devices')
  await page.getByText(/May be out of date since/u).waitFor({ timeout: 90_000 })
  await book.takeBoth(page, 'devices-out-of-date')
  await world.server.kill()
  const database = join(world.server.data, 'chartkeep.sqlite')
  for (const end of ['', '-wal', '-shm', '.lock']) rmSync(`${database}${end}`, { force: true })
  await world.server.start()
  await goToHash(page, '#/sync')
  await page.getByText(en.loss.devices_one).waitFor({ timeout: 60_000 })
  await book.takeBoth(page, 'sync-loss')
  await page.getByRole('button', { name: en.loss.goOn }).click()
  await page.getByText(en.loss.goOnWhat).waitFor()
  await book.takeWidths(page, 'sync-loss-go-on')
  await page.getByRole('button', { name: en.deed.cancel }).click()
  await tablet.start()
  await unlock(tablet.page)
  await page.getByText(en.loss.wholeTitle).waitFor({ timeout: 90_000 })
  await book.takeBoth(page, 'sync-loss-whole')
  await page.getByRole('button', { name: en.loss.read }).click()
  await page.getByText(en.loss.wholeTitle).waitFor({ state: 'detached' })
  await waitForSync(page, /Saved and synced/u)

  // S10: set up again, with another key: nothing is sent there before its fingerprint was compared.
  await world.server.kill()
  rmSync(world.server.data, { recursive: true })
  mkdirSync(world.server.data)
  await world.server.start()
  await page.getByRole('button', { name: en.sync.now }).click()
  await page.getByText(en.sync.serverKey).waitFor({ timeout: 60_000 })
  const before = await page.locator('.ck-code').first().textContent()
  await page.getByRole('button', { name: en.server.move }).click()
  await page.getByRole('button', { name: en.server.look }).click()
  await page.getByText(en.server.found).waitFor()
  expect(await page.locator('.ck-code').nth(1).textContent()).not.toBe(before)
  await book.takeWidths(page, 'sync-move')
  await page.getByRole('button', { name: en.server.go }).click()
  await page.getByText(en.loss.moveTitle).waitFor({ timeout: 60_000 })
  await goToHash(tablet.page, '#/sync')
  await tablet.page.getByRole('button', { name: en.server.move }).click()
  await tablet.page.getByRole('button', { name: en.server.look }).click()
  await tablet.page.getByRole('radio', { name: en.server.follow }).check()
  await tablet.page.getByRole('button', { name: en.server.go }).click()
  await page.getByText(en.loss.movedTitle).waitFor({ timeout: 90_000 })
  await book.takeBoth(page, 'sync-moved')
  await page.getByRole('button', { name: en.loss.read }).click()
  await waitForSync(page, /Saved and synced/u)

  expect(book.faults).toEqual([])
  for (const device of [laptop, phone, tablet]) expect(device.faults).toEqual([])
}, 300_000)
