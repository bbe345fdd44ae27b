/**
 * What a person gives away on paper (A1), made with the server gone from a Synthea patient of over 1,000 entries: the one-page summary on a laptop,
 * the emergency card on a screen as wide as a phone. What is ticked is what is printed and what the code in the picture holds; nothing is ticked
 * by itself, and the log says what was handed out.
 */
import { readFileSync } from 'node:fs'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import type { Page } from 'playwright-core'
import { decodeQR } from 'qr/decode.js'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  choose,
  goTo,
  listCounts,
  main,
  openForm,
  openPersonSheet,
  saveForm,
  waitForSync,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { ipsFaults } from '../support/ips-rules.ts'
import { bare, pdfPages } from '../support/pdf-text.ts'
import { openSeededWorld, type SeededWorld } from '../support/seeded-world.ts'

let world: SeededWorld
beforeAll(async () => {
  world = await openSeededWorld()
})
afterAll(() => world?.close())

/** The machine of a test may be busy. */
const SOON = { timeout: 15_000 }
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

/** What the printer would get, page by page, without white space. */
async function printed(page: Page): Promise<string[]> {
  return pdfPages(await page.pdf({ preferCSSPageSize: true }))
}

/** Counts calls of the system's print dialogue, which has no place in a test. */
async function countPrints(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    window.print = () =>
      document.body.setAttribute('data-prints', String(Number(document.body.dataset['prints'] ?? 0) + 1))
  })
  return async () => Number(await page.evaluate(() => document.body.dataset['prints'] ?? 0))
}

/** The text in the code of a picture, from its pixels; and the size of the picture. */
async function codeIn(page: Page, png: Buffer): Promise<{ text: string; width: number; height: number }> {
  const { rgba, ...size } = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const { width, height } = picture
    const pen = new OffscreenCanvas(width, height).getContext('2d')!
    pen.drawImage(picture, 0, 0)
    const { data } = pen.getImageData(0, 0, width, height)
    let text = ''
    for (let from = 0; from < data.length; from += 30_000)
      text += String.fromCharCode(...data.subarray(from, from + 30_000))
    return { rgba: btoa(text), width, height }
  }, png.toString('base64'))
  return { ...size, text: decodeQR({ ...size, data: Buffer.from(rgba, 'base64') }) }
}

test('A1: offline, the summary and the emergency card show what was ticked and nothing else, on paper and in the code of the picture, and are noted', async () => {
  const book = createPictureBook()
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const laptop = await world.seededDevice('laptop')
  const { page } = laptop
  await openForm(page, 'Allergy')
  await page.getByLabel(/allergic to/u).fill('Penicillin')
  await choose(page, 'What happened the worst time?', 'Life-threatening')
  await saveForm(page)
  await waitForSync(page, /Saved and synced/u)
  await world.server.stop()
  const prints = await countPrints(page)

  // One page for my doctor: three interactions from the overview, the system's dialogue among them.
  await goTo(page, 'Home')
  await main(page).getByRole('link', { name: en.screen.page }).click()
  await heading(page, en.screen.page)
  const whole = await printed(page)
  expect(whole.length).toBeGreaterThan(1)
  whole.forEach((text, index) => {
    expect(text).toContain(bare('Fletcher Hyatt Born 3 Jul 1915'))
    expect(text).toContain(bare(`Not a complete record. — Page ${index + 1} of ${whole.length}`))
    expect(text).not.toContain(bare('Choose what to include.'))
  })
  expect(whole[0]).toContain(bare('▲ Penicillin Severe'))
  expect(whole[0]).toContain('Continuesonpage2:')
  expect(whole.join('')).toContain(bare('12 of 32 shown, newest first'))
  expect(whole.join('')).toContain(bare('Emergency contacts None recorded'))
  const pageAddress = { name: 'page', hash: new URL(page.url()).hash }
  for (const name of ['Lab results', 'Vaccines', 'Conditions']) await page.getByRole('checkbox', { name }).uncheck()
  await page.getByRole('button', { name: 'Move Plan and next steps up' }).click()
  await page.getByLabel('Language of the text').selectOption('both')
  await page.getByLabel('Paper', { exact: true }).selectOption('a4')
  await page.getByText('It fits on one page.').waitFor()
  const [short = ''] = await printed(page)
  expect(short).toContain(bare('Allergies · 過敏'))
  expect(short).toContain(bare('None recorded · 無紀錄'))
  expect(short.indexOf(bare('Plan and next steps'))).toBeLessThan(short.indexOf(bare('Emergency contacts')))
  expect(short).not.toContain(bare('Lab results'))
  await button(page, 'Print').click()
  await expect.poll(prints, SOON).toBe(1)

  // The same facts as a file for the doctor's program, asked first, by the rules of an IPS; what was left out says so.
  await button(page, en.onePage.file).click()
  await page.getByRole('dialog').getByText(en.onePage.fileWarning).waitFor()
  await book.take(page, 'page-file', 'en')
  const [summary] = await Promise.all([page.waitForEvent('download'), button(page, en.onePage.fileGo).click()])
  expect(summary.suggestedFilename()).toBe('chartkeep-summary-NOT-PROTECTED.json')
  const ips = readFileSync(await summary.path(), 'utf8')
  expect(ipsFaults(ips)).toEqual([])
  for (const text of ['Penicillin', 'Fletcher Hyatt', '1915-07-03', en.onePage.leftOut, '"withheld"'])
    expect(ips).toContain(text)
  for (const text of ['Hypertension', 'Influenza', 'Claim']) expect(ips).not.toContain(text)
  await main(page).getByText(en.onePage.fileSaved).waitFor()

  // The emergency card, as wide as a phone.
  await page.setViewportSize({ width: 390, height: 844 })
  await openPersonSheet(page)
  await page.getByRole('link', { name: en.screen.card }).click()
  await heading(page, en.screen.card)
  await main(page).getByText(en.emergencyCard.lock).waitFor()
  expect(await main(page).getByRole('checkbox', { checked: true }).count()).toBe(0)
  expect(await button(page, 'Print').count()).toBe(0)
  for (const name of [/^Fletcher Hyatt/u, /^Born 1915/u, /^Penicillin/u, /^Hypertension/u])
    await page.getByRole('checkbox', { name }).check()
  const code = (await page.getByTestId('qr-text').textContent()) ?? ''
  expect(code.split('\n').slice(1)).toEqual([
    'Fletcher Hyatt',
    'Born 1915 / 1915年 出生',
    'ALLERGY 過敏: (!) Penicillin: Severe / 重度',
    'CONDITION 健康問題: Hypertension',
  ])
  const [card = '', ...others] = await printed(page)
  expect(others).toEqual([])
  for (const text of ['EMERGENCY CARD · 緊急資訊卡', 'Fletcher Hyatt', '▲ Penicillin: Severe · 重度', 'Hypertension'])
    expect(card).toContain(bare(text))
  for (const text of ['Metformin', '3 Jul 1915', 'Lasix']) expect(card).not.toContain(bare(text))
  await button(page, 'Print').click()
  await expect.poll(prints, SOON).toBe(2)
  // The same on a screen as wide as a laptop's.
  await page.setViewportSize({ width: 1280, height: 800 })
  await choose(page, en.emergencyCard.format, en.emergencyCard.page)
  expect((await printed(page))[0]).toContain(bare('▲ Penicillin: Severe'))
  await page.setViewportSize({ width: 390, height: 844 })
  await choose(page, en.emergencyCard.format, en.emergencyCard.picture)
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save picture').click()])
  expect(download.suggestedFilename()).toMatch(/^chartkeep-card-\d{4}-\d\d-\d\d\.png$/u)
  expect(await codeIn(page, readFileSync(await download.path()))).toEqual({ text: code, width: 390, height: 844 })
  await book.take(page, 'card-picture', 'en')

  // It is kept in the chart, and what was handed out is in the log.
  await goTo(page, 'Sharing')
  // Tall enough for every line of a list that draws what is seen.
  await page.setViewportSize({ width: 390, height: 3000 })
  await main(page).getByRole('link', { name: 'Activity' }).click()
  await main(page).getByText('You saved the emergency card as a picture').waitFor()
  await main(page).getByText('You saved the summary as a file').waitFor()
  // Printed by the button once; what a print without it hands out is noted too, twice for each paper above.
  for (const name of [en.screen.page, en.screen.card])
    await expect.poll(() => main(page).getByText(`You printed: ${name}`).count(), SOON).toBe(3)
  await page.setViewportSize({ width: 390, height: 844 })
  await goTo(page, 'Home')
  await main(page).getByRole('link', { name: en.screen.card }).first().click()
  await heading(page, en.screen.card)
  await expect.poll(() => main(page).getByRole('checkbox', { checked: true }).count(), SOON).toBe(4)
  // The owner's choice is no fact about the person: the profile counts the person alone, as typed and as imported.
  expect((await listCounts(page))['Profile']).toBe(2)
  await page.goBack()
  await heading(page, en.screen.card)
  await book.takeAll(page, [pageAddress, { name: 'card', hash: new URL(page.url()).hash }])
  expect(book.faults.join('\n')).toBe('')
  expect(laptop.faults).toEqual([])
})
