/**
 * What a person does with the app, by roles and visible English words, the same on laptop and phone. Nothing here
 * reaches into the app: what cannot be seen or pressed cannot be tested by these actions.
 */
import { expect } from 'vitest'
import type { Locator, Page } from 'playwright-core'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import type { livingFletcher } from './fhir-samples.ts'
import { waitFor } from './app-world.ts'

export const PASSPHRASE = 'lantern orbit meadow saddle quarry'

/** Welcome to the open record; answers with the code of the recovery kit, proved as on paper from To do. */
export async function createAccount(
  page: Page,
  {
    name,
    passphrase = PASSPHRASE,
    clinician = false,
    hasServer = true,
  }: {
    name: string
    passphrase?: string
    clinician?: boolean
    /** False: on this device only, which the desktop program offers. */
    hasServer?: boolean
  },
): Promise<string> {
  if (clinician) {
    await page.getByRole('link', { name: 'Join or set up a practice' }).click()
    await page.getByRole('link', { name: 'I work on my own' }).click()
  } else await page.getByRole('link', { name: 'Create my health record' }).click()
  await page.getByLabel('Your name', { exact: true }).fill(name)
  if (!hasServer) {
    await page.getByText(/^Server: /u).click()
    await page.getByLabel('No server', { exact: false }).check()
  }
  await chooseOwnWords(page, passphrase)
  await page.getByRole('button', { name: clinician ? 'Create my account' : 'Create my record' }).click()
  // A clinician is not asked for a first record.
  if (!clinician) await page.getByRole('link', { name: 'Just look around' }).click({ timeout: 60_000 })
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 60_000 })
  return saveKit(page)
}

/** From Home and back: the kit of a new account is saved, and two groups of it are typed as printed. */
export async function saveKit(page: Page): Promise<string> {
  await main(page).getByRole('listitem').filter({ hasText: 'Save your recovery kit' }).getByRole('link').click()
  await page.getByRole('button', { name: 'I printed it' }).click()
  const groups = await typeKitGroups(page)
  await page.getByRole('button', { name: 'My kit is safe' }).click()
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  return groups.join('-')
}

/** Types the two groups that the kit on the screen asks for; answers with all of them. */
export async function typeKitGroups(page: Page): Promise<string[]> {
  const groups = await page.getByRole('list', { name: 'Recovery code' }).locator('.ck-code').allTextContents()
  const fields = page.getByLabel(/^Group \d+$/u)
  await fields.first().waitFor()
  for (const field of await fields.all()) {
    const group = await field.evaluate((input) => (input as HTMLInputElement).labels?.[0]?.textContent ?? '')
    await field.fill(groups[Number(/\d+/u.exec(group)?.[0]) - 1] ?? '')
  }
  return groups
}

/** On the page of a new account: words of one's own in place of the suggested ones. */
export async function chooseOwnWords(page: Page, passphrase = PASSPHRASE): Promise<void> {
  await page.getByRole('button', { name: 'Choose my own' }).click()
  await page.getByLabel('Your four words', { exact: true }).fill(passphrase)
  await page.getByLabel('Type the words to confirm').fill(passphrase)
}

/** Welcome to the open practice, whose first member administers it; answers with the code of its kit, whose proof is put off. */
export async function createPractice(
  page: Page,
  { practice, name, roles = [] }: { practice: string; name: string; roles?: string[] },
): Promise<string> {
  await page.getByRole('link', { name: 'Join or set up a practice' }).click()
  await page.getByRole('link', { name: 'Set up a practice' }).click()
  await page.getByLabel('Name of the practice').fill(practice)
  await page.getByLabel('Your name').fill(name)
  for (const role of roles) await page.getByRole('checkbox', { name: role, exact: true }).check()
  await chooseOwnWords(page)
  await page.getByRole('button', { name: 'Set up a practice' }).click()
  const later = page.getByRole('button', { name: 'Not now' })
  await later.waitFor({ timeout: 60_000 })
  const groups = await page.getByRole('list', { name: 'Recovery code' }).locator('.ck-code').allTextContents()
  await later.click()
  await page.getByRole('button', { name: new RegExp(`${name}.*This device, settings and lock`, 'su') }).waitFor()
  return groups.join('-')
}

/** What opens a device from now on, typed twice; `page` may also be a part of one. */
export async function chooseDevicePassphrase(
  page: Pick<Page, 'getByLabel'>,
  passphrase: string = PASSPHRASE,
): Promise<void> {
  await page.getByLabel('New words for this device').fill(passphrase)
  await page.getByLabel('Type the words to confirm').fill(passphrase)
}

/**
 * A new member comes in: `admin` invites at the open practice, `page` is at Welcome and shows its code; both compare, and the member is in.
 * `roles` by their words.
 */
export async function joinPractice(
  admin: Page,
  page: Page,
  { name, roles, label = 'Practice' }: { name: string; roles: string[]; label?: string },
): Promise<void> {
  await page.getByRole('link', { name: 'Join or set up a practice' }).click()
  await page.getByRole('link', { name: 'A practice invited me' }).click()
  await page.getByLabel('Name for the unlock screen').fill(label)
  await chooseDevicePassphrase(page)
  await page.getByRole('button', { name: 'Show the code' }).click()
  const code = await page.getByTestId('pairing-code').inputValue()
  await goToPlace(admin, 'Practice')
  await main(admin).getByRole('link', { name: 'Invite a member' }).click()
  await admin.getByLabel('Name of the new member').fill(name)
  for (const role of roles) await admin.getByRole('checkbox', { name: role, exact: true }).check()
  await admin.getByRole('button', { name: 'Continue' }).click()
  await admin.getByLabel('Code of the new device', { exact: true }).fill(code)
  await admin.getByRole('button', { name: 'Continue' }).click()
  for (const each of [admin, page]) await each.getByTestId('compare-words').waitFor()
  await admin.getByRole('button', { name: 'The words match' }).click()
  await page.getByRole('button', { name: 'The words match' }).click()
  await page.getByRole('button', { name: new RegExp(`${name}.*This device, settings and lock`, 'su') }).waitFor()
}

/** A place of a practice's session; where a phone's bar has no room for it, behind More. */
export async function goToPlace(page: Page, place: string): Promise<void> {
  const link = page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: new RegExp(`^${place}(?:$|\\s*\\d)`, 'u') })
    .locator('visible=true')
  if ((await link.count()) === 0) {
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('dialog').getByRole('link', { name: place }).click()
  } else await link.first().click()
  await page.getByRole('heading', { level: 1, name: place }).waitFor()
}

/**
 * A member of the practice confirms who a chart belongs to, as the desk does it: by the birth date, and where the chart gives none, by the record
 * number of the practice, which is then needed.
 */
export async function confirmIdentity(
  page: Page,
  { name, birthDate, number = '' }: { name: string; birthDate: string; number?: string },
): Promise<void> {
  await goToPlace(page, 'Patients')
  await main(page)
    .getByRole('button', { name: `Confirm identity: ${name}` })
    .click({ timeout: 60_000 })
  const own = page.getByLabel('Record number in this practice')
  await own.waitFor()
  const asked = page.getByLabel('Birth date, as the person told it')
  const isGiven = await asked.isVisible()
  if (isGiven) await asked.fill(birthDate)
  if (number !== '' || !isGiven) await own.fill(number || '1001')
  await page
    .getByRole('button', { name: isGiven ? 'Confirm: same person' : 'I have seen papers: this is the person' })
    .click()
  await main(page).getByRole('link', { name, exact: true }).waitFor()
}

/** Who got a chart shared as a person says whose it is, at Shared with you; it can be opened then. */
export async function confirmShared(page: Page): Promise<void> {
  const action = main(page).getByRole('button', { name: 'Confirm identity' })
  await action.click()
  await main(page)
    .getByText(/Compare the birth date or record number|has no birth date to compare/u)
    .waitFor()
  await action.click()
  await main(page).getByText('Confirmed', { exact: true }).waitFor()
}

/** A second device by the code of the kit. */
export async function restoreAccount(
  page: Page,
  { code, label = 'Account 1', passphrase = PASSPHRASE }: { code: string; label?: string; passphrase?: string },
): Promise<void> {
  await page.getByRole('link', { name: 'I already have one' }).click()
  await page.getByLabel('Recovery code').fill(code)
  await page.getByLabel('Name for the unlock screen').fill(label)
  await chooseDevicePassphrase(page, passphrase)
  await page.getByRole('button', { name: 'Restore my records' }).click()
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 60_000 })
}

/** Opens the device at its unlock screen. */
export async function unlock(page: Page, passphrase = PASSPHRASE): Promise<void> {
  await page.getByLabel('Your four words', { exact: true }).fill(passphrase)
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: /Home|Shared with you/u }).waitFor({ timeout: 60_000 })
}

/** Locks by the sheet behind the person chip. */
export async function lock(page: Page): Promise<void> {
  await openPersonSheet(page)
  await page.getByRole('dialog').getByRole('button', { name: 'Lock now' }).click()
  await page.getByRole('heading', { level: 1, name: 'Unlock' }).waitFor()
}

/** The sheet with people, devices, settings and lock. */
export async function openPersonSheet(page: Page): Promise<void> {
  await page.getByRole('button', { name: /settings and lock/u }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Lock now' }).waitFor()
}

/** One of the five places of the frame, whichever of its two bars is shown. */
export async function goTo(page: Page, place: 'Home' | 'Records' | 'Care' | 'Sharing'): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: new RegExp(`^${place}(?:$|\\s*\\d)`, 'u') })
    .locator('visible=true')
    .first()
    .click()
  await page.getByRole('heading', { level: 1, name: place }).waitFor()
}

/** Charts that others share with me: from Sharing, which is that screen itself where the account has no chart of its own. */
export async function goToShared(page: Page): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: /^Sharing/u })
    .locator('visible=true')
    .first()
    .click()
  // A chart that ends at this moment puts its own page in the place of Sharing; the way from there has the same words.
  const there = page.getByRole('heading', { level: 1, name: 'Shared with you' })
  const way = main(page).getByRole('link', { name: /Shared with you$/u })
  await there.or(way).first().waitFor()
  if (!(await there.isVisible())) await way.first().click()
  await there.waitFor()
}

/** Which tab of a patient's chart has a screen that is no tab itself. */
const TAB_OF: Record<string, string> = {
  [en.collection.labs]: en.screen.results,
  [en.clinic.ourResults]: en.screen.results,
  [en.clinic.visits]: en.clinic.visitsAndNotes,
  [en.clinic.notes]: en.clinic.visitsAndNotes,
  [en.clinic.appointments]: en.clinic.visitsAndNotes,
  [en.clinic.allLists]: en.clinic.allRecords,
  [en.screen.timeline]: en.clinic.allRecords,
  [en.screen.who]: en.clinic.allRecords,
}

/** In a practice: a screen of the patient's chart in view, by its tabs. */
export async function goToPart(page: Page, place: string, heading: string | RegExp = place): Promise<void> {
  const menu = page.getByRole('navigation', { name: en.clinic.chartMenu })
  const tab = TAB_OF[place]
  if (tab !== undefined) await menu.getByRole('link', { name: tab, exact: true }).click()
  await menu.getByRole('link', { name: place, exact: true }).last().click()
  await page.getByRole('heading', { level: 1, name: heading, exact: typeof heading === 'string' }).waitFor()
}

/** A list of the chart by its name, over Records. */
export async function openList(page: Page, list: string): Promise<void> {
  await goTo(page, 'Records')
  await main(page)
    .getByRole('link', { name: new RegExp(`^${list}\\b`, 'u') })
    .first()
    .click()
  await page.getByRole('heading', { level: 1, name: list }).waitFor()
}

/** What the tiles of Records say: how many records each list holds. */
export async function listCounts(page: Page): Promise<Record<string, number>> {
  await goTo(page, 'Records')
  const tiles = main(page).getByRole('listitem').getByRole('link')
  await tiles.first().waitFor()
  const texts = await tiles.evaluateAll((links) => links.map((link) => (link as HTMLElement).innerText))
  return Object.fromEntries(
    texts.flatMap((text) => {
      const [, name, count] = /^(.*?)\s+(\d+)$/su.exec(text.trim()) ?? []
      return name === undefined ? [] : [[name.trim(), Number(count)]]
    }),
  )
}

/** The screen without its frame. */
export function main(page: Page): Locator {
  return page.locator('#main-content')
}

/** Opens the record with this title from the list in view. */
export async function openRecord(page: Page, title: string): Promise<void> {
  await main(page).getByRole('link', { name: title, exact: true }).first().click()
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
}

/** Follows the sync chip's words until they match. */
export async function waitForSync(page: Page, state: RegExp, seconds = 60): Promise<void> {
  const chip = page.getByRole('link', { name: /^Sync: /u })
  let last = ''
  await waitFor(
    `the sync chip to match ${state}`,
    async () => {
      last = (await chip.getAttribute('aria-label').catch(() => null)) ?? ''
      return state.test(last)
    },
    seconds,
  ).catch(async (error: Error) => {
    await chip.click()
    const health = await main(page).innerText({ timeout: 5000 })
    throw new Error(`${error.message} It says "${last}". Sync health:\n${health}`)
  })
}

/** Sync now, as a person who does not want to wait for the next try. */
export async function syncNow(page: Page): Promise<void> {
  await page.getByRole('link', { name: /^Sync: /u }).click()
  await page.getByRole('heading', { level: 1, name: 'Sync' }).waitFor()
  await page.getByRole('button', { name: 'Sync now' }).click()
}

/** Opens Import, chooses a file, and stays on the screen that follows. */
export async function chooseFile(page: Page, file: string | ReturnType<typeof livingFletcher>): Promise<void> {
  await openPersonSheet(page)
  await page.getByRole('link', { name: 'Import', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: /^Import/u }).waitFor()
  // The report of an earlier import stays until it is left.
  const again = page.getByRole('button', { name: 'Import another file' })
  const pick = page.getByRole('button', { name: 'Choose a file' })
  await pick.or(again).waitFor()
  if (await again.isVisible()) await again.click()
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), pick.click()])
  await chooser.setFiles(file)
}

/** Next to the camera: a file that holds a picture of the code. */
export async function choosePicture(page: Page, file: string): Promise<void> {
  const pick = page.getByRole('button', { name: 'Choose a picture of the code' })
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), pick.click()])
  await chooser.setFiles(file)
}

/** The counts of an import's report by their words. */
export async function importFile(page: Page, file: Parameters<typeof chooseFile>[1]): Promise<Record<string, number>> {
  await chooseFile(page, file)
  await importHere(page)
  return readReport(page)
}

/** The file is about the person of the chart in view, whatever the comparison says. */
export async function importHere(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /^(?:Add to .*’s record|It’s the same person)/u })
    .first()
    .click({ timeout: 60_000 })
}

/** The report of an import, waited for. */
export async function readReport(page: Page): Promise<Record<string, number>> {
  await page.getByRole('heading', { level: 1, name: 'Import report' }).waitFor({ timeout: 120_000 })
  return page
    .locator('#main-content dl > div')
    .evaluateAll((rows) =>
      Object.fromEntries(
        rows.map((row) => [row.querySelector('dt')?.textContent ?? '', Number(row.querySelector('dd')?.textContent)]),
      ),
    )
}

/** What (+) offers, by its words, with the list that it writes to. */
export const ADDED = {
  Dose: 'Medicines',
  Allergy: 'Allergies',
  Medicine: 'Medicines',
  'Lab result': 'Lab results',
  'Vital sign': 'Vital signs',
  Vaccine: 'Vaccines',
  Appointment: 'Appointments',
  Condition: 'Conditions',
  Procedure: 'Conditions',
  'Implant or device': 'Conditions',
  'Family history': 'Conditions',
  'Emergency contact': 'Profile',
} as const

/** Opens a form by (+); the words of the sheet. */
export async function openForm(page: Page, thing: keyof typeof ADDED): Promise<void> {
  if (await page.getByRole('button', { name: 'Add', exact: true }).isVisible()) {
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('dialog').getByRole('link', { name: thing, exact: true }).click()
  } else {
    await openList(page, ADDED[thing])
    await main(page)
      .getByRole('link', { name: new RegExp(`^Add ${thing.toLowerCase()}`, 'u') })
      .click()
  }
  const title = thing === 'Emergency contact' ? 'Emergency contacts' : `Add ${thing.toLowerCase()}`
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
}

/** Saves the form in view and waits for the record that it became. */
export async function saveForm(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Save (?:to|for) /u }).click()
  await page.getByRole('link', { name: /^Back to / }).waitFor()
}

/** Adds an allergy by hand. */
export async function addAllergy(page: Page, substance: string): Promise<void> {
  await openForm(page, 'Allergy')
  await page.getByLabel(/allergic to/u).fill(substance)
  await saveForm(page)
}

/** The list of allergies holds each of them. */
export async function expectAllergies(page: Page, ...substances: string[]): Promise<void> {
  await openList(page, 'Allergies')
  for (const substance of substances)
    await main(page).getByRole('link', { name: substance, exact: true }).waitFor({ timeout: 30_000 })
}

/** Adds a medicine by hand. */
export async function addMedicine(
  page: Page,
  { name, dose, frequency = 'twice a day' }: { name: string; dose: string; frequency?: string },
): Promise<void> {
  await openForm(page, 'Medicine')
  await page.getByLabel('Medicine', { exact: true }).fill(name)
  await page.getByLabel('Dose', { exact: true }).fill(dose)
  await page.getByLabel('How often').fill(frequency)
  await choose(page, 'Taking it now?', 'Taking it now')
  await saveForm(page)
}

/** From the record of a medicine: a new dose. */
export async function correctDose(page: Page, dose: string): Promise<void> {
  await page.getByRole('link', { name: 'Edit', exact: true }).click()
  await page.getByLabel('Dose', { exact: true }).fill(dose)
  await saveForm(page)
}

/** One of several answers under a legend. */
export async function choose(page: Page, legend: string, answer: string): Promise<void> {
  await page.getByRole('group', { name: legend, exact: true }).getByRole('radio', { name: answer, exact: true }).check()
}

/** My own code, as the text that is given to somebody who wants to share with me. */
export async function sharingCode(page: Page): Promise<string> {
  await page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: /^Sharing/u })
    .locator('visible=true')
    .first()
    .click()
  const code = page.getByTestId('my-code')
  await code.waitFor()
  return code.evaluate((element) =>
    element instanceof HTMLTextAreaElement ? element.value : (element.textContent ?? ''),
  )
}

/** The six words that are on the screen. */
export async function wordsOnScreen(page: Page): Promise<string[]> {
  return main(page).locator('ol[translate="no"] li').allTextContents()
}

export interface ShareWish {
  code: string
  /** The words that the other person reads out. */
  words?: string[]
  /** Without lists: a preset by its words, with the rights that it brings. */
  preset?: string
  lists?: string[]
  rights?: ('add records' | 'edit records' | 'sign')[]
  /** One role of the practice, by its words; by default every role that cares for patients. */
  only?: { at: string; role: 'only physicians' | 'only nurses' | 'only scribes' }
  /** Only what is written from then on. */
  fromNow?: boolean
  /** The button of a span, or a local time to the minute. */
  until: '48 hours' | { at: string }
  purpose?: string
  /** Another name for the person than their own. */
  shownAs?: string
  /** Called when each of the three steps is filled in, before it is left. */
  onStep?: (step: number) => Promise<void>
}

/** Shares the chart in view in the three steps of the app; answers with how many records it said it shares. */
export async function share(page: Page, wish: ShareWish): Promise<number> {
  await goTo(page, 'Sharing')
  await page.getByRole('link', { name: 'Share with someone' }).click()
  await page.getByLabel('Paste their code').fill(wish.code)
  await page.getByRole('button', { name: 'Continue' }).click()
  const match = page.getByRole('button', { name: 'The words match' })
  await match.waitFor()
  if (wish.words) expect(await wordsOnScreen(page)).toEqual(wish.words)
  if (wish.shownAs) await page.getByLabel('Name to show for this person').fill(wish.shownAs)
  await wish.onStep?.(1)
  await match.click()
  if (wish.only) await choose(page, `Who at ${wish.only.at}?`, wish.only.role)
  await choose(page, 'What', wish.preset ?? 'Choose lists')
  for (const list of wish.lists ?? [])
    await page.getByRole('checkbox', { name: new RegExp(`^${list} \\(`, 'u') }).check()
  if (wish.fromNow) await choose(page, 'From when?', 'Only from now on')
  for (const right of wish.rights ?? []) await page.getByRole('checkbox', { name: right, exact: true }).check()
  if (typeof wish.until === 'string') await page.getByRole('button', { name: wish.until }).click()
  else await page.locator('#until').fill(wish.until.at)
  if (wish.purpose) await page.getByLabel('What for? (optional)').fill(wish.purpose)
  await wish.onStep?.(2)
  await page.getByRole('button', { name: 'Continue' }).click()
  const action = page.getByRole('button', { name: /^Share/u })
  await action.waitFor()
  await wish.onStep?.(3)
  const count = Number(/(\d+)/u.exec((await action.textContent()) ?? '')?.[1])
  await action.click()
  await page.getByRole('heading', { level: 1, name: 'Sharing' }).waitFor()
  return count
}

/** Fields of the page that a browser may remember: no `autocomplete` that forbids it and no passphrase field. */
export async function rememberedFields(page: Page): Promise<string[]> {
  return page.locator('input, textarea').evaluateAll((fields) =>
    (fields as (HTMLInputElement | HTMLTextAreaElement)[])
      .filter(
        (field) =>
          !['checkbox', 'radio', 'hidden', 'file', 'button', 'submit'].includes(field.type) &&
          !field.readOnly &&
          // What Mantine measures a growing field with; in no form.
          !(field.ariaHidden === 'true' && field.form === null) &&
          !['off', 'new-password', 'current-password', 'one-time-code'].includes(field.autocomplete),
      )
      .map((field) => `${location.hash.split('/')[1]}: ${field.id || field.name || field.type}`),
  )
}
