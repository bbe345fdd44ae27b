/**
 * The record of a practice in Chromium with the real server (N1 to N8): a visit, a note by a scribe while the server is away, review and two
 * signatures at two other devices and a refusal to sign, the saved proof, an addendum, the patient, who reads all of it with whoever signed, and a
 * signature that nobody gave.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { checkSigned } from 'chartkeep-verify'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  confirmIdentity,
  createAccount,
  createPractice,
  goTo,
  goToPart,
  goToPlace,
  joinPractice,
  main,
  openList,
  openRecord,
  PASSPHRASE,
  share,
  syncNow,
  waitForSync,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { openWorld, type World } from '../support/app-world.ts'
import { refusedFocused } from '../support/keyboard.ts'
import { confirmed, until } from '../support/device-world.ts'
import { createNodeDevice } from '../support/node-device.ts'

const verifier = fileURLToPath(new URL('../../packages/verify/src/main.ts', import.meta.url))

let world: World
const book = createPictureBook()

beforeAll(async () => {
  world = await openWorld({ keepsShell: false, hasPrograms: true })
}, 400_000)
afterAll(() => world?.close())

const button = (page: Page, name: string | RegExp) => main(page).getByRole('button', { name, exact: true })

async function openChart(page: Page): Promise<void> {
  await goToPlace(page, 'Patients')
  const link = main(page).getByRole('link', { name: 'Chen Mei', exact: true })
  const offered = main(page).getByRole('button', { name: 'Confirm identity: Chen Mei' })
  await link.or(offered).waitFor({ timeout: 60_000 })
  if (await offered.isVisible()) await confirmIdentity(page, { name: 'Chen Mei', birthDate: '1992-03-04' })
  await link.click()
  await page.getByRole('heading', { level: 1, name: 'Summary' }).waitFor()
}

/** By the kit of the practice a device of it that keeps to no rule: it turns one bit of the first signature and gives it out as another. */
async function forgeSignature(kit: string): Promise<void> {
  const device = createNodeDevice('Old tablet')
  try {
    const asked = { label: 'Practice', passphrase: PASSPHRASE, server: world.server.address, code: kit }
    const entered = await device.accountManager.restore(asked)
    if (entered.type !== 'unlocked') throw new Error(entered.type)
    const { session } = entered
    await session.syncNow()
    const vault = await session.practice!.open()
    const [first] = await until(vault.signatures$, (views) => views.length > 0)
    const signature = vault.recordNow(first!.id)!.resource
    const [, data = ''] = /"data":"([^"]+)"/u.exec(signature) ?? []
    const bytes = Buffer.from(data, 'base64')
    bytes[bytes.length - 1]! ^= 1
    const resource = signature.replace(data, bytes.toString('base64'))
    expect((await vault.save({ collection: 'notes', resource })).type).toBe('saved')
    await confirmed(session)
    await session.lock()
  } finally {
    device.remove()
  }
}

test('N1, N2, N3, N5, N6, N7, N8: a visit, a scribe’s note written offline, review, two signatures and one declined, its proof, an addendum, the patient who reads who signed what, and a forged signature', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const [desk, office, ward, home] = [
    await world.device('desk'),
    await world.device('office'),
    await world.device('ward'),
    await world.device('home', 'phone'),
  ]
  const { page: lin } = desk
  const kit = await createPractice(lin, { practice: 'Green Clinic', name: 'Lin Wei', roles: ['physician'] })
  await waitForSync(lin, /Saved and synced/u)
  const [su, ng] = [office.page, ward.page]
  await joinPractice(lin, su, { name: 'Su An', roles: ['scribe'] })
  await joinPractice(lin, ng, { name: 'Ng Bo', roles: ['nurse'] })

  await goToPlace(lin, 'Patients')
  const code = (await lin.getByTestId('my-code').textContent())!
  const mei = home.page
  await createAccount(mei, { name: 'Chen Mei' })
  await waitForSync(mei, /Saved and synced/u)
  await share(mei, {
    code,
    lists: ['Profile', 'Allergies', 'Visits', 'Notes'],
    rights: ['add records', 'edit records', 'sign'],
    until: '48 hours',
  })
  await confirmIdentity(lin, { name: 'Chen Mei', birthDate: '1992-03-04', number: '1042' })
  await waitForSync(lin, /Saved and synced/u)

  // The scribe begins the visit, and writes the note while the server is away.
  await syncNow(su)
  await openChart(su)
  await goToPart(su, 'Visits')
  await book.takeBoth(su, 'visits-empty')
  await main(su).getByRole('link', { name: en.visit.begin }).click()
  await su.getByLabel(en.visit.reason).fill('Chest pain')
  await book.takeBoth(su, 'visit-form')
  await button(su, en.visit.begin).click()
  await su.getByRole('heading', { level: 1, name: 'Chest pain' }).waitFor()
  await main(su).getByRole('link', { name: en.visit.addNote }).click()
  await su.getByRole('heading', { level: 1, name: en.note.new }).waitFor()
  await world.server.stop()
  await su.getByLabel(en.note.titleLabel).fill('First visit')

  // Complaint: "blank form shown as completed".
  await button(su, en.note.preview).click()
  await main(su).getByText(en.note.blank).waitFor()
  // Headings of a template are nothing that somebody wrote; it fills only what is empty.
  const { followUp } = en.note.templateText
  await su.getByLabel(en.note.template).selectOption({ label: en.note.templates.followUp })
  expect(await su.getByLabel(/Subjective/u).inputValue()).toBe(followUp.subjective)
  await button(su, en.note.preview).click()
  await main(su).getByText(en.note.blank).waitFor()
  await su.getByLabel(/Subjective/u).fill('Pain since Monday,\nworse at night')
  await su.getByLabel(en.note.template).selectOption({ label: en.note.templates.firstVisit })
  expect(await su.getByLabel(/Subjective/u).inputValue()).toBe('Pain since Monday,\nworse at night')
  expect(await su.getByLabel(/Objective/u).inputValue()).toBe(followUp.objective)
  await su.getByLabel(/Objective/u).fill('Pale, sweating')
  await su.getByLabel(/Plan/u).fill('')
  await su.getByLabel(/Assessment/u).fill('Angina to be ruled out')
  await book.takeBoth(su, 'note-editor')

  // Complaint: "note shows another visit’s text". What is typed stays with this visit: it is offered there, and in no other.
  await su.getByText(en.note.draftKept).waitFor()
  await goToPart(su, 'Visits')
  await main(su).getByRole('link', { name: en.visit.begin }).click()
  await su.getByLabel(en.visit.reason).fill('Other visit')
  await button(su, en.visit.begin).click()
  await main(su).getByRole('link', { name: en.visit.addNote }).click()
  await su.getByRole('heading', { level: 1, name: en.note.new }).waitFor()
  expect(await su.getByLabel(/Subjective/u).inputValue()).toBe('')
  await goToPart(su, 'Visits')
  await main(su)
    .getByRole('link', { name: /Chest pain/u })
    .click()
  await main(su).getByRole('link', { name: en.visit.addNote }).click()
  await main(su)
    .getByText(/This text wasn’t finished/u)
    .waitFor()
  expect(await su.getByLabel(/Subjective/u).inputValue()).toBe('Pain since Monday,\nworse at night')
  await button(su, en.note.preview).click()
  await main(su).getByText(en.note.previewTitle).waitFor()
  expect(await button(su, /^Sign as/u).count()).toBe(0) // a scribe signs nothing
  await book.takeBoth(su, 'note-preview')
  await button(su, en.note.finish).click()
  await main(su).getByText(en.note.state.written).first().waitFor()

  // Review by the nurse, signature by the physician.
  for (const [what, who] of [
    ['author', 'Lin Wei'],
    ['review', 'Ng Bo'],
  ] as const) {
    await button(su, en.sign.ask).click()
    await su.getByLabel(en.sign.askMeaning).selectOption(what)
    await su.getByLabel(en.sign.askWho).selectOption({ label: who })
    await button(su, en.sign.askSend).click()
    await main(su).getByText(`${who}: waits`).waitFor()
  }
  await book.takeBoth(su, 'note-asked')
  await world.server.start()
  await syncNow(su)
  await waitForSync(su, /Saved and synced/u)

  for (const page of [ng, lin]) {
    await syncNow(page)
    await openChart(page)
    await goToPlace(page, 'Signatures')
    await main(page)
      .getByRole('link', { name: /First visit/u })
      .waitFor({ timeout: 60_000 })
    if (page === lin) await book.takeBoth(page, 'signatures')
    await main(page)
      .getByRole('link', { name: /First visit/u })
      .click()
    await page.getByRole('heading', { level: 1, name: 'First visit' }).waitFor()
    await main(page).getByText('worse at night').waitFor()
    await button(page, /^Sign as/u).click()
    await main(page)
      .getByText(page === lin ? /Lin Wei \(physician\) signed as author/u : /Ng Bo \(nurse\) reviewed/u)
      .waitFor()
    await waitForSync(page, /Saved and synced/u)
  }
  await main(lin).getByText(en.note.state.signed, { exact: true }).first().waitFor()

  // Whoever is asked may decline, and says why: the reason is signed and is with the note.
  await button(lin, en.sign.ask).click()
  await button(lin, en.sign.askSend).click()
  await main(lin).getByText(en.sign.askWhoMissing).waitFor()
  await refusedFocused(lin)
  await lin.getByLabel(en.sign.askMeaning).selectOption('review')
  await lin.getByLabel(en.sign.askWho).selectOption({ label: 'Ng Bo' })
  await button(lin, en.sign.askSend).click()
  await main(lin).getByText('Ng Bo: waits').waitFor()
  await button(ng, en.sign.decline).click()
  await button(ng, en.sign.decline).last().click()
  await main(ng).getByText(en.sign.declineMissing).waitFor()
  await refusedFocused(ng)
  await book.takeWidths(ng, 'note-decline')
  await ng.getByLabel(en.sign.declineWhy).fill('I read it already, see above')
  // Called away, and back: what was typed is still there.
  await goToPlace(ng, 'Signatures')
  await main(ng)
    .getByRole('link', { name: /First visit/u })
    .click()
  await button(ng, en.sign.decline).click()
  expect(await ng.getByLabel(en.sign.declineWhy).inputValue()).toBe('I read it already, see above')
  await button(ng, en.sign.decline).last().click()
  await main(ng)
    .getByText(/Ng Bo \(nurse\) declined to sign/u)
    .waitFor()
  await main(lin).getByText('Ng Bo: declined').waitFor()
  await main(lin).getByText('I read it already, see above').first().waitFor()
  await book.takeBoth(lin, 'note-signed')

  // The proof that is saved holds for whoever trusts the practice, at any machine without a network (N8).
  await button(lin, en.note.saveProof).click()
  const [download] = await Promise.all([
    lin.waitForEvent('download'),
    lin.getByRole('dialog').getByRole('button', { name: en.deed.saveFile }).click(),
  ])
  expect(download.suggestedFilename()).toBe('chartkeep-signed.cbor')
  const proof = join(world.folder, 'signed.cbor')
  await download.saveAs(proof)
  const verdict = await checkSigned(readFileSync(proof))
  if (verdict.type !== 'holds') throw new Error(verdict.reason)
  const words = await promisify(execFile)(process.execPath, [
    verifier,
    proof,
    '--trust',
    Buffer.from(verdict.accounts[0]!).toString('hex'),
  ])
  expect(words.stdout).toMatch(/^HOLDS\n/u)
  for (const said of ['worse at night', 'Lin Wei (physician) signed as author', 'Ng Bo (nurse) declined to sign'])
    expect(words.stdout).toContain(said)

  // Given to the patient, then added to: what is added follows by itself.
  await button(lin, en.note.share).click()
  await main(lin).getByText(en.note.shared).waitFor()
  await button(lin, en.note.addAddendum).click()
  await button(lin, /^Sign the addendum as/u).click()
  await main(lin).getByText(en.note.addendumMissing).waitFor()
  await refusedFocused(lin)
  await lin.getByLabel(en.note.addendumText).fill('ECG on Tuesday was normal')
  await button(lin, /^Sign the addendum as/u).click()
  await lin.getByLabel(en.note.addendumText).waitFor({ state: 'detached' })
  await main(lin).getByText('ECG on Tuesday was normal').waitFor()
  await main(lin).getByText(en.note.shared).waitFor()
  await waitForSync(lin, /Saved and synced/u)

  // Complaint: "addendum missing on the patient's side".
  await syncNow(mei)
  await openList(mei, 'Notes')
  // The note and its addendum; what signs them is with them, and is no row.
  await main(mei)
    .getByRole('link', { name: /Addendum/u })
    .waitFor()
  await main(mei).getByText('2 entries', { exact: true }).waitFor()
  await openRecord(mei, 'First visit')
  await main(mei).getByText('worse at night').waitFor()
  await main(mei)
    .getByText(/Lin Wei \(physician\) signed as author/u)
    .first()
    .waitFor()
  await main(mei)
    .getByText(/Ng Bo \(nurse\) reviewed/u)
    .waitFor()
  await main(mei).getByText('ECG on Tuesday was normal').waitFor()
  await book.takeBoth(mei, 'patient-note')

  // A version after a signed one says what changed, is signed for itself, and is compared with the one before.
  await button(lin, en.note.amend).click()
  await lin.getByLabel('P · Plan').fill('ECG and troponin')
  await button(lin, en.note.preview).click()
  await main(lin).getByText(en.note.changeMissing).waitFor()
  await lin.getByLabel(en.note.change).fill('Added the plan')
  await button(lin, en.note.preview).click()
  await button(lin, /^Sign as/u).click()
  await main(lin).getByText(en.note.state.amended, { exact: true }).first().waitFor()
  await main(lin).getByRole('button', { name: en.note.compare }).first().click()
  await main(lin).getByRole('listitem').filter({ hasText: 'added: ECG and troponin' }).waitFor()
  await main(lin).getByText(en.note.shared).waitFor()
  await waitForSync(lin, /Saved and synced/u)

  // Complaint: "forms added to a locked encounter".
  await goToPart(lin, 'Visits')
  await main(lin)
    .getByRole('link', { name: /Chest pain/u })
    .click()
  // Of two who change its details at one time the second is told, keeps what they typed, and sees what the first has saved.
  await openChart(su)
  await goToPart(su, 'Visits')
  await main(su)
    .getByRole('link', { name: /Chest pain/u })
    .click()
  await button(su, en.visit.change).click()
  await su.getByLabel(en.visit.department).fill('Cardiology')
  await button(lin, en.visit.change).click()
  await lin.getByLabel(en.visit.reason).fill('Chest pain at night')
  await button(lin, en.deed.save).click()
  await su.getByRole('heading', { level: 1, name: 'Chest pain at night' }).waitFor({ timeout: 60_000 })
  await button(su, en.deed.save).click()
  const told = main(su).getByRole('alert').filter({ hasText: en.form.changedTitle })
  await told.getByText('Chest pain at night').waitFor()
  await refusedFocused(su)
  expect(await su.getByLabel(en.visit.department).inputValue()).toBe('Cardiology')
  await book.takeBoth(su, 'visit-changed')
  await button(lin, en.visit.close).click()
  await lin.getByRole('dialog').getByRole('button', { name: en.visit.close }).click()
  await main(lin)
    .getByText(/was locked by Lin Wei/u)
    .waitFor()
  expect(await main(lin).getByRole('link', { name: en.visit.addNote }).count()).toBe(0)
  await main(lin).getByText(en.visit.closedAdd).waitFor()
  await book.takeBoth(lin, 'visit-locked')
  // Adding is signing: a scribe is told that the visit takes nothing more, and not of what they may not do. The form that was open is over with it.
  await main(su)
    .getByText(/was locked by Lin Wei/u)
    .waitFor({ timeout: 60_000 })
  expect(await su.getByLabel(en.visit.department).count()).toBe(0)
  expect(await main(su).getByText(en.visit.closedAdd).count()).toBe(0)
  await book.takeBoth(su, 'visit-locked-scribe')
  await main(su)
    .getByRole('link', { name: /First visit/u })
    .click()
  await main(su).getByText(en.note.locked).waitFor()
  expect(await main(su).getByText(en.note.lockedAdd).count()).toBe(0)

  // The patient tells the members apart: by name whom a signature proves, the scribe, who signed nothing, as a device of the practice.
  await waitForSync(su, /Saved and synced/u)
  await syncNow(mei)
  await goTo(mei, 'Sharing')
  await main(mei).getByRole('link', { name: en.screen.who, exact: true }).first().click()
  const person = main(mei).getByLabel(en.audit.person)
  // Names come with the signatures, a moment after the log.
  await person.locator('option', { hasText: 'Ng Bo, Green Clinic' }).waitFor({ state: 'attached', timeout: 60_000 })
  expect((await person.locator('option').allTextContents()).toSorted()).toEqual([
    'A device of Green Clinic',
    'Anyone',
    'Everyone at Green Clinic',
    'Lin Wei, Green Clinic',
    'Ng Bo, Green Clinic',
    'You',
  ])
  await person.selectOption({ label: 'Ng Bo, Green Clinic' })
  await main(mei)
    .getByText(/^Ng Bo, Green Clinic opened the record/u)
    .first()
    .waitFor()
  expect(
    await main(mei)
      .getByText(/^(Lin Wei, Green Clinic|You) /u)
      .count(),
  ).toBe(0)
  await book.takeBoth(mei, 'patient-who')

  // A device of the practice that lies: it adds a signature to the note that nobody gave. Whoever reads the note is warned before a word of it.
  await forgeSignature(kit)
  await main(lin)
    .getByRole('link', { name: /First visit/u })
    .click()
  await main(lin).getByText(en.sign.brokenTitle).waitFor()
  await main(lin).getByText(en.sign.why.signer).waitFor()
  // What holds is still shown next to it.
  await main(lin)
    .getByText(/Ng Bo \(nurse\) reviewed/u)
    .waitFor()
  for (const action of [/^Sign as/u, en.sign.ask, en.note.addAddendum, en.note.shareAgain])
    expect(await button(lin, action).count()).toBe(0)
  await book.takeBoth(lin, 'note-broken')
  expect(book.faults).toEqual([])
  expect([desk, office, ward, home].flatMap(({ faults }) => faults)).toEqual([])
}, 400_000)
