/**
 * Emergency access in Chromium with the real server (C13): a patient allows it to a practice and goes where there is no network; a nurse finds her by
 * name, says why, and reads; a physician reads nothing by the nurse's opening; the patient is told when she is back, sees what was read, and
 * stops it. Then all of it by the keyboard alone, with the patient there: her device tells her at once, on whatever screen she is.
 */
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  addMedicine,
  choose,
  createAccount,
  createPractice,
  goTo,
  goToPart,
  goToPlace,
  joinPractice,
  main,
  openForm,
  saveForm,
  syncNow,
  waitForSync,
} from '../support/app-actions.ts'
import { createPictureBook, goToHash } from '../support/app-pictures.ts'
import { openWorld, waitFor, type World } from '../support/app-world.ts'
import { dialogFocused, tabTo } from '../support/keyboard.ts'

let world: World
const book = createPictureBook()
const LATE = { timeout: 90_000 }

beforeAll(async () => {
  // Notifications are refused where no window could show them.
  world = await openWorld({ keepsShell: false, hasWindows: true, hasLines: true })
}, 400_000)
afterAll(() => world?.close())

const button = (page: Page, name: string | RegExp) => main(page).getByRole('button', { name, exact: true })

const PHONES = [
  { width: 390, height: 844 },
  { width: 360, height: 640 },
] as const

const heldRow = (page: Page) => main(page).getByRole('link', { name: 'Chen Mei', exact: true })

/** How much of the screen stays in view over what is read, once that was scrolled to its end. */
async function stuckShare(page: Page): Promise<number> {
  return page.evaluate(() => {
    window.scrollTo(0, document.body.scrollHeight)
    const isRead = (y: number) => document.elementFromPoint(innerWidth / 2, y)?.closest('main') != null
    let height = 0
    while (height < innerHeight && !isRead(height)) height++
    return height / innerHeight
  })
}

/** What the page asks the browser to show from now on, in whichever of the two ways: a test has no screen to lock. */
async function notificationsOf(page: Page): Promise<() => Promise<unknown[]>> {
  await page.evaluate(() => {
    const asked: unknown[] = []
    class Recorded extends Notification {
      constructor(title: string, options?: NotificationOptions) {
        super(title, options)
        asked.push([title, options])
      }
    }
    Object.assign(globalThis, { asked, Notification: Recorded })
    ServiceWorkerRegistration.prototype.showNotification = async (...given) => void asked.push(given)
  })
  return () => page.evaluate(() => (globalThis as unknown as { asked: unknown[] }).asked)
}

/** The clock of the page's device is set ahead from now on, until it is loaded again. */
async function setAhead(page: Page, ms: number): Promise<void> {
  await page.evaluate((by) => {
    const Right = Date
    class Ahead extends Right {
      constructor(...given: unknown[]) {
        super(...((given.length === 0 ? [Right.now() + by] : given) as [number]))
      }
      static override now(): number {
        return Right.now() + by
      }
    }
    globalThis.Date = Ahead as DateConstructor
    // The person is at it: an app that looks at the clock before the next touch would lock itself for hours without one.
    globalThis.dispatchEvent(new Event('wheel'))
  }, ms)
}

/** Patients, In an emergency: everybody who allowed it here. */
async function goToHeld(page: Page): Promise<void> {
  await goToPlace(page, 'Patients')
  await main(page).getByRole('link', { name: en.emerg.held }).click()
  await page.getByRole('heading', { level: 1, name: en.emerg.held }).waitFor()
}

/** From the list of those who may open it to what is allowed to them. */
async function chooseWho(page: Page, code: string): Promise<void> {
  await main(page).getByRole('link', { name: en.emerg.allow }).click()
  await page.getByLabel(en.share.paste).fill(code)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: en.share.match }).click()
  await page.getByRole('heading', { level: 1, name: en.emerg.stepWhat }).waitFor()
}

test('C13: allowed beforehand, opened by a nurse with a reason while the patient is offline, told when she is back, read by nobody else, and stopped; opened once more and ended early by the nurse where there is no network', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const [desk, ward, home] = [
    await world.device('desk'),
    await world.device('ward', 'phone'),
    await world.device('home', 'phone'),
  ]
  const [lin, ng, mei] = [desk.page, ward.page, home.page]
  await createPractice(lin, { practice: 'Green Clinic', name: 'Lin Wei', roles: ['physician'] })
  await waitForSync(lin, /Saved and synced/u)
  await joinPractice(lin, ng, { name: 'Ng Bo', roles: ['nurse'] })
  await goToPlace(lin, 'Patients')
  const code = (await lin.getByTestId('my-code').textContent())!
  await goToHeld(ng)
  await main(ng).getByText(en.emerg.heldEmptyTitle).waitFor()

  // The patient allows it: who, what and for how long, and what is known beforehand.
  await createAccount(mei, { name: 'Chen Mei' })
  await addMedicine(mei, { name: 'Metformin', dose: '500 mg' })
  for (const what of ['Penicillin', 'Latex', 'Peanuts']) {
    await openForm(mei, 'Allergy')
    await mei.getByLabel(/allergic to/u).fill(what)
    await saveForm(mei)
  }
  await waitForSync(mei, /Saved and synced/u)
  await goTo(mei, 'Sharing')
  await main(mei).getByRole('link', { name: en.emerg.title }).click()
  await main(mei).getByText(en.emerg.emptyTitle).waitFor()
  await book.takeBoth(mei, 'emergency-none')
  await chooseWho(mei, code)
  await choose(mei, en.emerg.lasts, '8 hours')
  await book.takeWidths(mei, 'emergency-what')
  await button(mei, 'Continue').click()
  await main(mei).getByText('Green Clinic can open your record in an emergency', { exact: false }).waitFor()
  await main(mei)
    .getByText(/Until then, Green Clinic sees only the name Chen Mei/u)
    .waitFor()
  await book.takeWidths(mei, 'emergency-check')
  await button(mei, /^Allow it until/u).click()
  await main(mei).getByText(en.emerg.state.held).waitFor()
  await book.takeBoth(mei, 'emergency-allowed')
  await waitForSync(mei, /Saved and synced/u)
  home.setOffline(true)

  // The nurse finds her, and must say why.
  await syncNow(ng)
  await goToHeld(ng)
  await heldRow(ng).waitFor(LATE)
  await ng.getByLabel(en.emerg.find).fill('somebody else')
  await main(ng).getByText(en.emerg.noneFound).waitFor()
  await ng.getByLabel(en.emerg.find).fill('mei')
  await book.takeBoth(ng, 'emergency-held')
  await ng.getByLabel(en.emerg.find).fill('mei')
  await heldRow(ng).click()
  await main(ng).getByText('Chen Mei is told right away, with your name and your reason.').waitFor()
  await main(ng).getByRole('link', { name: en.emerg.back }).click()
  await waitFor('what was typed', async () => (await ng.getByLabel(en.emerg.find).inputValue()) === 'mei')
  await heldRow(ng).click()
  await ng.getByLabel(en.emerg.reason).fill('urgent')
  await button(ng, en.emerg.openNow).click()
  await main(ng).getByText('Enter a reason of 10 characters or more.', { exact: false }).waitFor()
  await book.takeWidths(ng, 'emergency-open')
  await ng.getByLabel(en.emerg.reason).fill('Found unconscious at the station')
  ward.setOffline(true)
  await button(ng, en.emerg.openNow).click()
  await main(ng).getByText(en.emerg.offline).waitFor(LATE)
  ward.setOffline(false)
  expect(await ng.getByLabel(en.emerg.reason).inputValue()).toBe('Found unconscious at the station')
  await button(ng, en.emerg.openNow).click()
  await ng.getByRole('heading', { level: 1, name: 'Summary' }).waitFor(LATE)
  const mark = (page: Page) => page.getByText(/^Emergency access until/u)
  await mark(ng).waitFor()
  await ng.getByText(/· (?:8 h 0|7 h 59) min left · reading only/u).waitFor()
  await main(ng).getByText('Metformin').first().waitFor(LATE)
  await book.takeBoth(ng, 'emergency-chart')
  // On a phone whose chart it is and the allergies stay in view, and leave three quarters to what is read.
  const who = ng.getByRole('region', { name: en.clinic.identity })
  for (const viewport of PHONES) {
    await ng.setViewportSize(viewport)
    await waitFor('a page to scroll', () => ng.evaluate(() => document.body.scrollHeight > innerHeight * 1.2))
    await waitFor('a head of a quarter', async () => (await stuckShare(ng)) < 0.25)
    for (const words of [
      who.getByText('Chen Mei', { exact: true }),
      who.getByText(/Penicillin/u),
      who.getByText(/Latex/u),
      mark(ng),
    ]) {
      const box = (await words.boundingBox())!
      expect(box.y, `${viewport.width} wide`).toBeGreaterThanOrEqual(0)
      expect(box.y + box.height).toBeLessThan(viewport.height / 4)
    }
  }
  await ng.setViewportSize(PHONES[0])
  await ng.evaluate(() => window.scrollTo(0, 0))
  // The mark is on each screen of the chart, and nothing can be added to its lists.
  await goToPart(ng, 'Medicines')
  await main(ng).getByText('Metformin').first().waitFor()
  await mark(ng).waitFor()
  expect(await main(ng).getByRole('link', { name: /^Add/u }).count()).toBe(0)
  await waitForSync(ng, /Saved and synced/u)

  // A colleague reads nothing by it: she would have to open it herself.
  await syncNow(lin)
  await goToHeld(lin)
  await heldRow(lin).waitFor(LATE)
  expect(await heldRow(lin).getAttribute('href'), 'it leads to no chart').toMatch(/^#\/patients\/emergency\//u)
  await goToPlace(lin, 'Patients')
  expect(await main(lin).getByRole('link', { name: 'Chen Mei' }).count()).toBe(0)

  // The patient comes back, and is told who, when and why.
  await goTo(mei, 'Home')
  expect(await main(mei).getByText('Found unconscious', { exact: false }).count()).toBe(0)
  home.setOffline(false)
  await main(mei)
    .getByText(
      /^Ng Bo \(Green Clinic\) opened your record in an emergency at .* Reason: Found unconscious at the station\./u,
    )
    .waitFor(LATE)
  await main(mei).getByText('Ng Bo (Green Clinic) opened your record in an emergency', { exact: true }).waitFor()
  await book.takeBoth(mei, 'emergency-told')
  await main(mei).getByRole('link', { name: en.emerg.seeRead }).click()
  await mei.getByRole('heading', { level: 1, name: en.screen.who }).waitFor()
  await main(mei)
    .getByText(/opened the record in an emergency: Found unconscious/u)
    .waitFor(LATE)
  await main(mei)
    .getByText(/read Medicines/u)
    .first()
    .waitFor(LATE)
  await book.takeWidths(mei, 'emergency-read')

  // Stopped: the nurse's device closes the chart by itself.
  await goTo(mei, 'Home')
  await button(mei, en.emerg.stopNow).click()
  await mei.getByRole('dialog').getByRole('button', { name: en.emerg.stopNow }).click()
  await main(mei).getByText(en.emerg.useState.stopped).waitFor(LATE)
  await button(mei, en.emerg.seen).click()
  await main(mei).getByText(en.emerg.useState.stopped).waitFor({ state: 'detached' })
  await mark(ng).waitFor({ state: 'detached', timeout: 90_000 })
  await main(ng).getByText('Metformin').first().waitFor({ state: 'detached' })
  await goTo(mei, 'Sharing')
  await main(mei).getByRole('link', { name: en.emerg.title }).click()
  await main(mei).getByText(en.emerg.usesTitle).waitFor()
  await main(mei).getByText('Found unconscious at the station', { exact: false }).waitFor()
  await book.takeBoth(mei, 'emergency-used')

  // With the patient there, on a screen of something else; from here on nobody has a mouse.
  await home.context.grantPermissions(['notifications'], { origin: world.server.origin })
  await goToHash(mei, '#/settings/reminders')
  await button(mei, en.reminders.ringOn).click()
  await main(mei).getByText(en.reminders.ringIsOn).waitFor()
  const shown = await notificationsOf(mei)
  await goToPlace(lin, 'Patients')
  await tabTo(lin, new RegExp(`^${en.emerg.held}$`, 'u'))
  await lin.keyboard.press('Enter')
  await lin.getByRole('heading', { level: 1, name: en.emerg.held }).waitFor()
  await tabTo(lin, new RegExp(en.emerg.find, 'u'))
  await lin.keyboard.type('chen')
  await tabTo(lin, /^Chen Mei$/u)
  await lin.keyboard.press('Enter')
  await lin.getByRole('heading', { level: 1, name: 'Open Chen Mei’s record' }).waitFor()
  await tabTo(lin, /Why do you need to open this record/u)
  await lin.keyboard.type('Allergies before an operation')
  await tabTo(lin, new RegExp(`^${en.emerg.openNow}$`, 'u'))
  await lin.keyboard.press('Enter')
  await lin.getByRole('heading', { level: 1, name: 'Summary' }).waitFor(LATE)
  await mark(lin).waitFor()
  await main(lin).getByText('Metformin').first().waitFor(LATE)

  // Nobody asked her device to look: the server has told it.
  await mei.getByRole('status').getByText('Chen Mei’s record was opened in an emergency.').waitFor(LATE)
  await waitFor('a notification', async () => (await shown()).length > 0)
  expect(await shown(), 'no name, and no reason').toEqual([[en.emerg.notify, { tag: 'reminder', icon: '/icon.svg' }]])
  await book.takeBoth(mei, 'emergency-notice')
  await tabTo(mei, /^Open$/u)
  await mei.keyboard.press('Enter')
  await mei.getByRole('heading', { level: 1, name: en.emerg.title }).waitFor()
  await main(mei).getByText('Allergies before an operation', { exact: false }).waitFor(LATE)
  await tabTo(mei, new RegExp(`^${en.emerg.stopNow}$`, 'u'))
  await mei.keyboard.press('Enter')
  await dialogFocused(mei)
  await tabTo(mei, new RegExp(`^${en.emerg.stopNow}$`, 'u'))
  await mei.keyboard.press('Enter')
  // The question stays, and keeps Tab within, until its answer is there; the first opening of today says that it is stopped all the while.
  await mei.getByRole('dialog').waitFor({ state: 'detached', ...LATE })
  await button(mei, en.emerg.seen).waitFor(LATE)
  await tabTo(mei, new RegExp(`^${en.emerg.seen}$`, 'u'))
  await mei.keyboard.press('Enter')
  await button(mei, en.emerg.seen).waitFor({ state: 'detached' })
  await mark(lin).waitFor({ state: 'detached', timeout: 90_000 })
  await main(lin).getByText('Metformin').first().waitFor({ state: 'detached' })

  // Allowed once more, opened by the nurse on a phone whose clock is wrong, who has what she needs before its time, and no network.
  await chooseWho(mei, code)
  await choose(mei, en.emerg.lasts, '1 hour')
  await button(mei, 'Continue').click()
  await button(mei, /^Allow it until/u).click()
  await main(mei).getByText(en.emerg.state.held).waitFor()
  await syncNow(ng)
  await goToHeld(ng)
  await heldRow(ng).click(LATE)
  await setAhead(ng, 3 * 3_600_000)
  await ng.getByLabel(en.emerg.reason).fill('Allergies before an infusion')
  await button(ng, en.emerg.openNow).click()
  await main(ng).getByText('Metformin').first().waitFor(LATE)
  await waitForSync(ng, /Saved and synced/u)
  await button(mei, en.emerg.stopNow).waitFor(LATE)
  await ng.getByText(/· (?:1 h 0 min|59 minutes) left · reading only/u).waitFor()
  await ng.getByText('The clock of this device is wrong:', { exact: false }).waitFor()
  await book.takeBoth(ng, 'emergency-clock')
  // Further ahead it locks the chart: she is told that it is the clock, and it opens again with the clock set right.
  await setAhead(ng, 3 * 3_600_000)
  await syncNow(ng)
  await goToHeld(ng)
  await main(ng).getByText(en.emerg.clockLocked).waitFor(LATE)
  await heldRow(ng).click()
  await main(ng).getByText('Set the clock, and it opens again without a new reason.', { exact: false }).waitFor()
  await book.takeBoth(ng, 'emergency-clock-ahead')
  await setAhead(ng, -3 * 3_600_000)
  await syncNow(ng)
  await goToHeld(ng)
  await heldRow(ng).click()
  await main(ng).getByText('Metformin').first().waitFor(LATE)
  const done = ng.getByRole('button', { name: en.emerg.done, exact: true })
  await done.click()
  await ng.getByRole('dialog').getByText('Chen Mei is told that you ended it', { exact: false }).waitFor()
  await book.takeWidths(ng, 'emergency-done')
  ward.setOffline(true)
  await ng.getByRole('dialog').getByRole('button', { name: en.emerg.done }).click()
  await ng.getByRole('heading', { level: 1, name: en.emerg.held }).waitFor()
  await main(ng)
    .getByText(/^Ended .*, not told yet$/u)
    .waitFor()
  expect(await mark(ng).count()).toBe(0)
  await book.takeBoth(ng, 'emergency-left')
  await ng.goBack()
  await main(ng).getByText('You ended emergency access, and the record is locked here.', { exact: false }).waitFor()
  expect(await main(ng).getByText('Metformin').count()).toBe(0)
  await book.takeWidths(ng, 'emergency-locked')
  await main(ng).getByRole('link', { name: 'Back to Patients', exact: true }).click()
  await ng.getByRole('heading', { name: en.screen.patients, exact: true, level: 1 }).waitFor()
  await ng.goBack()
  ward.setOffline(false)
  await main(mei)
    .getByText(/^Ng Bo \(Green Clinic\) opened your record .*, and ended it early at .* Reason: Allergies before/u)
    .waitFor(LATE)
  await book.takeBoth(mei, 'emergency-ended-early')
  await button(mei, en.emerg.seen).click()
  await main(ng).getByText('This device deleted its copy.', { exact: false }).waitFor(LATE)
  expect(book.faults).toEqual([])
  expect([desk, ward, home].flatMap(({ faults }) => faults)).toEqual([])
}, 400_000)
