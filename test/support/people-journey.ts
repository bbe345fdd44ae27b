/** A chart gets a manager, who then takes it over from its holder (C2), by what both people see. */
import { expect } from 'vitest'
import type { Page } from 'playwright-core'
import { choosePicture, goTo, goToShared, main, openPersonSheet, waitForSync, wordsOnScreen } from './app-actions.ts'
import type { PictureBook } from './app-pictures.ts'
import { writeQrPicture } from './qr-video.ts'

export interface HandOver {
  /** The holder, with the chart in view. */
  from: Page
  /** Dr Lin, whose code and words these are. */
  to: Page
  code: string
  words: string[]
  book: PictureBook
}

export async function handOverChart({ from, to, code, words, book }: HandOver): Promise<void> {
  await addManager(from, { code, words, name: 'Dr Lin' }, () => book.takeWidths(from, 'people-role'))
  await confirmAsked(to, () => book.takeBoth(to, 'people-asked'))
  await main(from).getByRole('button', { name: 'Hand the record over to Dr Lin' }).click()
  await from.getByRole('dialog').getByRole('button', { name: 'Offer my place to Dr Lin' }).click()
  await main(from).getByRole('button', { name: 'Take the offer back' }).waitFor()
  await takeOver({ from, to, chart: 'Fletcher Hyatt', giver: 'Fletcher Hyatt' }, () =>
    book.takeBoth(to, 'people-received'),
  )
}

/** Who was asked to look after a chart says that it is the right one. */
export async function confirmAsked(to: Page, onAsked: () => Promise<void> = async () => {}): Promise<void> {
  await goToShared(to)
  await main(to).getByText('You were asked to help manage this record.').waitFor({ timeout: 60_000 })
  await waitForSync(to, /Saved and synced/u)
  await onAsked()
  await main(to).getByRole('button', { name: 'Confirm identity' }).click()
  await main(to).getByRole('button', { name: 'Confirm identity' }).click()
}

/** The second signature: who was offered the place takes it, and the chart ends for the giver. */
export async function takeOver(
  { from, to, chart, giver }: { from: Page; to: Page; chart: string; giver: string },
  onOffer: () => Promise<void> = async () => {},
): Promise<void> {
  await openPersonSheet(to)
  await to
    .getByRole('dialog')
    .getByRole('link', { name: new RegExp(`^${chart}`, 'u') })
    .click()
  await goTo(to, 'Home')
  const offer = main(to).getByRole('listitem').filter({ hasText: 'offers you ownership of this record' })
  await offer.getByRole('link').click({ timeout: 60_000 })
  await main(to).getByRole('button', { name: 'Accept' }).waitFor()
  await onOffer()
  await main(to).getByRole('button', { name: 'Accept' }).click()
  await to.getByRole('dialog').getByRole('button', { name: 'Become the owner' }).click()
  await main(to).getByText(`${giver} handed the record over`, { exact: false }).waitFor()
  await goToShared(from)
  await main(from).getByText('Access ended', { exact: true }).waitFor({ timeout: 60_000 })
}

/** Makes somebody a manager of the chart in view by their code, pasted or in a file `picture` that is written for it; the screen of its people then is there. */
export async function addManager(
  page: Page,
  { code, picture, words, name }: { code: string; picture?: string; words: string[]; name: string },
  onRole: () => Promise<void>,
): Promise<void> {
  await goTo(page, 'Sharing')
  await main(page).getByRole('link', { name: 'Who manages this record' }).click()
  await main(page).getByRole('link', { name: 'Add someone' }).click()
  if (picture === undefined) {
    await page.getByLabel('Paste their code').fill(code)
    await page.getByRole('button', { name: 'Continue' }).click()
  } else {
    writeQrPicture(picture, code)
    await choosePicture(page, picture)
  }
  const match = page.getByRole('button', { name: 'The words match' })
  await match.waitFor()
  expect(await wordsOnScreen(page)).toEqual(words)
  await match.click()
  const action = page.getByRole('button', { name: `Make ${name} a helper` })
  await action.waitFor()
  await onRole()
  await action.click()
  await page.getByRole('heading', { level: 1, name: 'Who manages this record' }).waitFor()
  await main(page).getByText('Helper', { exact: true }).waitFor()
}
