/**
 * Each action of the table of roles (docs/roles.md) tried in the browser by whoever is unlocked there, as people find it: the control is pressed and
 * what follows is seen, or no control is there and a sentence says who does it. What is prepared is in roles-practice.ts.
 */
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import type { CareRole, PracticeAction, PracticeRole } from '@chartkeep/domain'
import type { Locator, Page } from 'playwright-core'
import { confirmIdentity, goToPart, goToPlace, main } from './app-actions.ts'
import { goToHash } from './app-pictures.ts'
import { BIRTH_DATE, BOSS, HELD, PATIENTS } from './roles-practice.ts'

/** Who is unlocked; `patient`: whose chart they have, null for whoever has none. */
export interface OnScreen {
  page: Page
  name: string
  patient: string | null
}

/** `done`: pressed, and it was seen to be done. `told`: no control, and why. `both`: a control next to the sentence that says who may. */
export type Tried = 'done' | 'told' | 'both'

type Trial = (at: OnScreen, told: Locator) => Promise<Tried>

const button = (page: Page, name: string | RegExp) => main(page).getByRole('button', { name, exact: true })
const link = (page: Page, name: string | RegExp) => main(page).getByRole('link', { name, exact: true })
const said = (page: Page, words: string | RegExp) => main(page).getByText(words).first()

/** The words of the sentence, from whoever may by `docs/roles.md`. */
export function sentence(action: PracticeAction, roles: readonly PracticeRole[]): string {
  const words = roles.map((role) => en.mayNot.roles[role])
  return `In this practice only ${new Intl.ListFormat('en').format(words)} can ${en.practice.deed[action]}.`
}

export function tryAction(at: OnScreen, action: PracticeAction, may: readonly PracticeRole[]): Promise<Tried> {
  return TRIALS[action](at, main(at.page).getByText(sentence(action, may), { exact: false }).first())
}

/** Where the control would be: it or the sentence, whichever the screen shows. */
async function pressed(told: Locator, control: Locator, press: () => Promise<unknown>): Promise<Tried> {
  await control.or(told).first().waitFor()
  const isTold = await told.isVisible()
  if (await control.isVisible()) {
    if (isTold) return 'both'
    await press()
    return 'done'
  }
  return 'told'
}

/** In the chart of the patient, at a place of its menu; whoever has no chart finds the sentence where the address leads. */
function inChart(
  place: string,
  heading: string,
  address: string,
  trial: (at: OnScreen & { patient: string }, told: Locator) => Promise<Tried>,
): Trial {
  return async (at, told) => {
    const { page, patient } = at
    if (patient === null) return nowhere(page, address, told)
    await openChart(page, patient)
    await goToPart(page, place, heading)
    return trial({ ...at, patient }, told)
  }
}

async function openChart(page: Page, patient: string): Promise<void> {
  const open = page.getByRole('region', { name: en.clinic.identity, exact: true }).getByText(patient, { exact: true })
  if (await open.first().isVisible()) return
  await goToPlace(page, 'Patients')
  await link(page, patient).click()
  await page.getByRole('heading', { level: 1, name: en.patients.summaryOf }).waitFor()
}

/** The address is typed: none of any patient is there, and no button. */
async function nowhere(page: Page, address: string, told: Locator): Promise<Tried> {
  await goToHash(page, address)
  await told.waitFor()
  const isPractice = address === PRACTICE
  const controls = isPractice ? 0 : await main(page).getByRole('button').count()
  const patients = await main(page)
    .getByText(/Chen (?:Mei|Bo|An|Li)/u)
    .count()
  return controls + patients === 0 ? 'told' : 'both'
}

const PRACTICE = '#/practice'

/** Every action of the table: one that is added there has no place to hide (test/end-to-end/roles.test.ts). */
export const TRIALS: Record<PracticeAction, Trial> = {
  'administer-members': async ({ page }, told) => {
    await goToPlace(page, 'Practice')
    return pressed(told, button(page, `Change roles: ${BOSS}`), async () => {
      await link(page, en.practice.invite).waitFor()
      await button(page, `Change roles: ${BOSS}`).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('checkbox', { name: en.role.nurse, exact: true }).check()
      await dialog.getByRole('button', { name: en.practice.change }).click()
      await said(page, 'administrator, physician, nurse').waitFor()
    })
  },
  'confirm-identity': async ({ page, patient }, told) => {
    if (patient === null) return nowhere(page, '#/patients', told)
    await goToPlace(page, 'Patients')
    return pressed(told, button(page, `Confirm identity: ${patient}`), () =>
      confirmIdentity(page, { name: patient, birthDate: BIRTH_DATE }),
    )
  },
  'write-note': inChart(en.clinic.visits, en.visit.title, '#/sign', async ({ page }, told) =>
    pressed(told, link(page, en.visit.begin), async () => {
      await link(page, en.visit.begin).click()
      await page.getByLabel(en.visit.reason).fill('Headache')
      await button(page, en.visit.begin).click()
      await page.getByRole('heading', { level: 1, name: 'Headache' }).waitFor()
      await link(page, en.visit.addNote).click()
      await page.getByLabel(en.note.titleLabel).fill('About the headache')
      await page.getByLabel(/Subjective/u).fill('Since Monday')
      await button(page, en.note.preview).click()
      await button(page, en.note.finish).click()
      await said(page, en.note.state.written).waitFor()
    }),
  ),
  'sign-note': inChart(en.clinic.notes, en.note.title, '#/sign', async ({ page, name }, told) => {
    await link(page, /^Visit/u)
      .first()
      .click()
    await page.getByRole('heading', { level: 1, name: 'Visit', exact: true }).waitFor()
    return pressed(told, button(page, /^Sign as/u), async () => {
      await button(page, /^Sign as/u).click()
      await said(page, new RegExp(`${name} \\(\\w+\\) ${en.sign.meaning.author}`, 'u')).waitFor()
    })
  }),
  // What somebody signed is co-signed by whoever may, and reviewed by whoever may only sign.
  'co-sign-note': inChart(en.clinic.notes, en.note.title, PRACTICE, async ({ page, name }, told) => {
    await link(page, /^Second/u)
      .first()
      .click()
    await page.getByRole('heading', { level: 1, name: 'Second', exact: true }).waitFor()
    await said(page, `${BOSS} (physician) ${en.sign.meaning.author}`).waitFor()
    const isTold = await told.isVisible()
    const meaning = isTold ? en.sign.meaning.review : en.sign.meaning['co-sign']
    if (await button(page, /^Sign as/u).isVisible()) {
      await button(page, /^Sign as/u).click()
      await said(page, new RegExp(`${name} \\(\\w+\\) ${meaning}`, 'u')).waitFor()
    }
    return isTold ? 'told' : 'done'
  }),
  'lock-visit': inChart(en.clinic.visits, en.visit.title, PRACTICE, async ({ page, name }, told) => {
    await link(page, /^Cough/u).click()
    await page.getByRole('heading', { level: 1, name: 'Cough' }).waitFor()
    return pressed(told, button(page, en.visit.close), async () => {
      await button(page, en.visit.close).click()
      await page.getByRole('dialog').getByRole('button', { name: en.visit.close }).click()
      await said(page, new RegExp(`was locked by ${name}`, 'u')).waitFor()
    })
  }),
  'release-result': inChart(en.clinic.ourResults, en.screen.results, '#/results', async ({ page }, told) => {
    await link(page, /^HbA1c/u)
      .first()
      .click()
    await page.getByRole('heading', { level: 1, name: 'HbA1c' }).waitFor()
    return pressed(told, button(page, en.release.now), async () => {
      await button(page, en.release.now).click()
      await button(page, en.release.done).waitFor()
    })
  }),
  'approve-plan': inChart(en.screen.plans, en.plan.listTitle, PRACTICE, async ({ page, patient }, told) => {
    await link(page, /^Walk/u).click()
    await page.getByRole('heading', { level: 1, name: 'Walk' }).waitFor()
    return pressed(told, button(page, /^Approve and release/u), async () => {
      await button(page, /^Approve and release/u).click()
      await said(page, `${patient} has this version.`).waitFor()
    })
  }),
  'write-message': inChart(en.screen.messages, en.screen.messages, '#/messages', async ({ page }, told) =>
    pressed(told, link(page, en.messages.new).first(), async () => {
      await link(page, en.messages.new).first().click()
      await page.getByLabel(en.messages.subject).fill('Your visit')
      await page.getByLabel(en.messages.text, { exact: true }).fill('Come by in March.')
      await button(page, en.messages.send).click()
      await page.getByRole('heading', { level: 1, name: 'Your visit' }).waitFor()
    }),
  ),
  book: inChart(en.clinic.appointments, en.calendar.titleChart, '#/calendar', async ({ page, name }, told) =>
    pressed(told, link(page, en.calendar.book).first(), async () => {
      await link(page, en.calendar.book).first().click()
      await page.getByLabel(en.calendar.withWhom).selectOption({ label: name })
      const day = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10)
      await page.getByLabel(en.calendar.day, { exact: true }).fill(day)
      await page.getByLabel(en.calendar.time, { exact: true }).fill('09:00')
      await button(page, 'Book 09:00').click()
      await page.getByRole('heading', { level: 1, name: en.calendar.titleChart }).waitFor()
      await said(page, en.calendar.state.booked).waitFor()
    }),
  ),
  'assign-work': async ({ page, patient, name }, told) => {
    // Who administers sees the work of all; an auditor has no such place.
    const place = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Work list/u })
    if ((await place.count()) === 0) return nowhere(page, '#/work', told)
    await goToPlace(page, 'Work list')
    await main(page)
      .getByText(/^Team \(\d+\)$/u)
      .click()
    const item = main(page)
      .getByRole('checkbox', { name: `${en.work.kinds.note} ${patient ?? PATIENTS.physician}` })
      .first()
    return pressed(told, item, async () => {
      await item.check()
      await button(page, 'Hand over 1').click()
      await page.getByLabel(en.work.to, { exact: true }).selectOption({ label: BOSS })
      await page.getByLabel(en.work.comment).fill(`From ${name}`)
      await button(page, en.work.handOver).click()
      await said(page, `${name}: “From ${name}”`).waitFor()
    })
  },
  'answer-amendment': inChart(en.collection.labs, en.collection.labs, PRACTICE, async ({ page }, told) => {
    await link(page, /^Sodium/u)
      .first()
      .click()
    await page.getByRole('heading', { level: 1, name: 'Sodium' }).waitFor()
    await said(page, 'It was another day').waitFor()
    return pressed(told, button(page, en.amend.decline), async () => {
      await button(page, en.amend.decline).click()
      await page.getByLabel(en.amend.whyDeclined).fill('It was that day')
      await button(page, en.amend.sendDecline).click()
      await said(page, /It was that day · /u).waitFor()
    })
  }),
  'emergency-access': async ({ page, patient }, told) => {
    if (patient === null) return nowhere(page, '#/patients/emergency', told)
    await goToPlace(page, 'Patients')
    return pressed(told, link(page, en.emerg.held), async () => {
      await link(page, en.emerg.held).click()
      await link(page, HELD).click()
      await page.getByLabel(en.emerg.reason).fill('Found unconscious at the station')
      await button(page, en.emerg.openNow).click()
      await page.getByRole('heading', { level: 1, name: en.patients.summaryOf }).waitFor()
      await page.getByText(/^Emergency access until/u).waitFor()
    })
  },
  'read-audit': async ({ page }, told) => {
    await goToPlace(page, 'Practice')
    return pressed(told, link(page, en.screen.who), async () => {
      await link(page, en.screen.who).click()
      await page.getByRole('heading', { level: 1, name: en.screen.who }).waitFor()
      await said(page, /^(?!You )[A-Z].* (?:opened|read|wrote|changed|signed) /u).waitFor()
    })
  },
}

/** What (+) offers in the chart of the patient, and of what else it says that it is others'. */
export async function offeredByPlus({ page, patient }: OnScreen): Promise<{ offered: string[]; told: number }> {
  await openChart(page, patient ?? '')
  await page.getByRole('button', { name: en.deed.add, exact: true }).locator('visible=true').first().click()
  const sheet = page.getByRole('dialog')
  await sheet.getByRole('link', { name: en.clinic.add.visit, exact: true }).waitFor()
  const offered = await sheet.getByRole('link').allInnerTexts()
  const told = await sheet.getByText('In this practice only', { exact: false }).count()
  await page.keyboard.press('Escape')
  await sheet.waitFor({ state: 'detached' })
  return { offered: offered.map((text) => text.trim()), told }
}

/** Whose chart somebody of this role works in. */
export function patientOf(role: PracticeRole): string | null {
  return role in PATIENTS ? PATIENTS[role as CareRole] : null
}
