/**
 * The first minute: a browser that never saw the app, from Welcome to a first record of one's own, by a counted hand. At most three screens and
 * twelve interactions, on a laptop, on a phone, and in Chinese; the seconds of the machine are printed. The kit and who else has access are asked
 * for afterwards, and a reload loses neither.
 */
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { zh } from '@chartkeep/app/src/i18n/zh/index.ts'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import type { Page } from 'playwright-core'
import { main } from '../support/app-actions.ts'
import { openWorld, type World } from '../support/app-world.ts'
import { createHand } from '../support/hand.ts'

const MAX_SCREENS = 3
const MAX_INTERACTIONS = 12

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

/** The screens between Welcome and the saved record, by their addresses, each once. */
function watchScreens(page: Page): () => string[] {
  const seen = new Set<string>()
  page.on('framenavigated', (frame) => {
    const [word = '', step = ''] = new URL(frame.url()).hash.slice(2).split('/')
    if (word !== '') seen.add(word === 'start' ? `${word}/${step}` : word)
  })
  return () => [...seen].filter((screen) => !['start/', 'record', 'unlock'].includes(screen))
}

test.each([
  { who: 'on a laptop', kind: 'laptop', texts: en, name: 'Juliette Padberg' },
  { who: 'on a phone', kind: 'phone', texts: en, name: 'Juliette Padberg' },
  { who: 'on a phone in Chinese', kind: 'phone', texts: zh, name: '陳美' },
] as const)('UX 4: the first record of a new person $who takes three screens', async ({ who, kind, texts, name }) => {
  onTestFailed(() => world.showFailure())
  const device = await world.device(who.replaceAll(' ', '-'), kind, [], '')
  const { page } = device
  if (texts === zh) await page.getByText(zh.frame.chinese, { exact: true }).click()
  await page.getByRole('heading', { level: 1, name: texts.welcome.title }).waitFor()
  const screens = watchScreens(page)
  const hand = createHand(page, { touches: kind === 'phone' })
  const button = (text: string) => page.getByRole('button', { name: text, exact: true })
  let seconds = 0
  const wait = async (shown: () => Promise<unknown>) => {
    const begun = performance.now()
    await shown()
    seconds += (performance.now() - begun) / 1000
  }

  await hand.press(page.getByRole('link', { name: texts.welcome.start }))
  const words = page.getByTestId('suggested-passphrase')
  await wait(() => words.waitFor())
  await hand.write(page.getByLabel(texts.create.name, { exact: true }), name)
  const suggested = (await words.innerText()).trim().split(/\s+/u).join(' ')
  expect(suggested.split(' ')).toHaveLength(4)
  await hand.write(page.getByLabel(texts.create.again), suggested)
  await hand.press(button(texts.create.go))
  const medicine = page.getByRole('link', { name: texts.firstRecord.medicine })
  await wait(() => medicine.waitFor({ timeout: 60_000 }))
  const [given = ''] = name.split(' ')
  await page.getByRole('heading', { level: 1, name: texts.firstRecord.title.replace('{name}', given) }).waitFor()
  await hand.press(page.getByRole('link', { name: texts.firstRecord.allergy }))
  const substance = page.locator('#substance')
  await wait(() => substance.waitFor())
  await hand.write(substance, 'Shellfish')
  await hand.press(page.getByRole('button', { name: texts.deed.saveTo.replace('{name}', name) }))
  await wait(() => page.getByRole('heading', { level: 1, name: 'Shellfish' }).waitFor())

  console.log(
    `${who}: ${screens().length} screens, ${hand.interactions} interactions, ${seconds.toFixed(1)} s of the machine`,
  )
  expect(screens().length).toBeLessThanOrEqual(MAX_SCREENS)
  expect(hand.interactions).toBeLessThanOrEqual(MAX_INTERACTIONS)

  // What was left for later is on Home, also after the page has ended, and the four words open it.
  await page.reload()
  await page.locator('#passphrase').fill(suggested)
  await button(texts.unlock.go).click()
  await main(page).getByText(texts.overview.kitMissing).waitFor({ timeout: 60_000 })
  expect(device.faults).toEqual([])
  await device.stop()
})
