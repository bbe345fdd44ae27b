/**
 * `npm run bench -- interface [--labs 10000] [--rounds 3] [--profile] [--write]`: what a person waits for in the built app, in real Chromium next to a
 * real server, in a chart that the app itself imported: unlocking, search as it is typed, opening, filtering and scrolling the list of 10,000 lab results. Next to
 * each the same in the app with an empty chart, or on a page without any library. The longest task of the page's main thread is read off a trace.
 * --profile prints which functions the time of ours goes to; such a run gives no figures.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { chooseFile, createAccount, goTo, main, PASSPHRASE, waitForSync } from '../test/support/app-actions.ts'
import { openWorld } from '../test/support/app-world.ts'
import { chartRecords, PERSON, writeChartFile } from './interface/chart-file.ts'
import { atRest, type ClockOptions, type Frame, startClock, stopClock } from './interface/page-clock.ts'
import { openPlainPage } from './interface/plain-page.ts'
import { Journey, journeyTable, scrollTable, type Side, taskBars } from './interface/report.ts'
import { hottest } from './store/profile.ts'
import { longestTaskDuring } from './support/longest-task.ts'
import { barTable, commandLine, print, provenance, writeToDocs } from './support/report.ts'

/** Typed letter by letter, each into an empty field. */
const TYPED = ['glucose 2014', 'blood pressure', 'metformin 500', 'influenza']
/** Turns of the wheel, and the pixels of each. */
const [TURNS, TURN_PX] = [150, 900]
const ROW = '[data-index], tbody tr'

const { values: options } = parseArgs({
  options: {
    labs: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    profile: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
const [labs, rounds] = [Number(options.labs), Number(options.rounds)]
if (!Number.isInteger(labs) || labs < 100) throw new Error('--labs takes a number from 100 on')
const { records, ofLabs } = chartRecords(labs)

const journeys = {
  unlock: new Journey('unlock, to the overview', 'the app with an empty chart'),
  search: new Journey('a letter in search', 'a plain field over an array'),
  open: new Journey('open the list of lab results', 'a plain table of all rows'),
  filter: new Journey('a letter in the search of the list', 'a plain field over an array'),
  scroll: new Journey('scroll the list, a turn of the wheel', 'a plain table of all rows'),
  timeline: new Journey('open the timeline of the whole chart', 'a plain table of all rows'),
}
const frames: Record<Side, Frame[]> = { ours: [], peer: [] }

const world = await openWorld()
try {
  const full = await world.device('full', 'laptop', [], '')
  const empty = await world.device('empty', 'laptop', [], '')
  for (const { page } of [full, empty]) await createAccount(page, { name: PERSON })
  const file = join(world.folder, 'chart.json')
  writeChartFile(file, records)
  await chooseFile(full.page, file)
  await full.page.getByRole('button', { name: /^Add to .*’s record/u }).click({ timeout: 120_000 })
  await full.page.getByRole('heading', { level: 1, name: 'Import report' }).waitFor({ timeout: 600_000 })
  print((await main(full.page).locator('dl').first().innerText()).replaceAll('\n', ' '))
  for (const { page } of [full, empty]) await waitForSync(page, /Confirmed/u, 600)

  for (let round = 0; round < rounds; round += 1) {
    for (const device of round % 2 === 0 ? [full, empty] : [empty, full]) {
      await device.stop()
      await device.start()
      await unlocked(device.page, device === full ? 'ours' : 'peer')
    }
    await atRest(full.page)
    await searched(full.page)
    await scrolled(full.page)
    const peer = await full.context.newPage()
    await openPlainPage(peer, ofLabs)
    for (const name of ['search', 'filter'] as const) await typed(peer, name, 'peer', '#field')
    await peer.locator('#field').fill('')
    for (const name of ['timeline', 'open'] as const) {
      await peer.locator('#none').click()
      await measured(peer, name, 'peer', { event: 'click', wanted: ROW }, () => peer.locator('#all').click())
    }
    await turned(peer, 'peer')
    await peer.close()
    print(`round ${round + 1} of ${rounds}`)
  }
} catch (error) {
  await world.showFailure()
  throw error
} finally {
  await world.close()
}

const all = Object.values(journeys)
const report = [
  provenance(commandLine('interface')),
  `${records.length.toLocaleString('en')} records, ${ofLabs.length.toLocaleString('en')} of them lab results; ${rounds} rounds, the browser starts anew for each.`,
  journeyTable(all),
  scrollTable(frames),
  '### Bars of the interface',
  barTable(taskBars(all)),
].join('\n\n')
print(report)
if (options.write && !options.profile) await writeToDocs('interface', report)

/** From the press of Unlock to the first frame with what the overview shows: of the full chart its records, of the empty one the offer to import. */
async function unlocked(page: Page, side: Side): Promise<void> {
  const wanted = `#main-content a[href^="${side === 'ours' ? '#/record/' : '#/import/'}"]`
  await page.getByLabel('Your four words', { exact: true }).fill(PASSPHRASE)
  await measured(page, 'unlock', side, { event: 'click', wanted }, () =>
    page.getByRole('button', { name: 'Unlock', exact: true }).click(),
  )
}

async function searched(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Search your record' }).first().click()
  await main(page).getByLabel('Search your record').waitFor()
  await atRest(page)
  await typed(page, 'search', 'ours', '#main-content input[type=search]')
}

async function scrolled(page: Page): Promise<void> {
  await goTo(page, 'Records')
  await atRest(page)
  const timeline = main(page).getByRole('link', { name: 'Timeline' })
  await measured(page, 'timeline', 'ours', { event: 'click', wanted: ROW }, () => timeline.click())
  await goTo(page, 'Records')
  await atRest(page)
  const link = main(page).getByRole('link', { name: /^Lab results/u })
  await measured(page, 'open', 'ours', { event: 'click', wanted: ROW }, () => link.first().click())
  await typed(page, 'filter', 'ours', '#main-content input[type=search]')
  await page.locator('#main-content input[type=search]').fill('')
  await atRest(page)
  await turned(page, 'ours')
}

/** Letter by letter, each when the one before was answered. */
async function typed(page: Page, name: 'search' | 'filter', side: Side, field: string): Promise<void> {
  for (const words of TYPED) {
    await page.locator(field).fill('')
    await atRest(page)
    await measured(page, name, side, { event: 'keydown', wanted: 'body' }, async () => {
      for (const letter of words) {
        await page.locator(field).press(letter)
        await atRest(page, 200)
      }
    })
  }
}

async function turned(page: Page, side: Side): Promise<void> {
  await page.mouse.move(600, 500)
  const run = await measured(page, 'scroll', side, { event: 'wheel', wanted: ROW }, async () => {
    for (let turn = 0; turn < TURNS; turn += 1) await page.mouse.wheel(0, TURN_PX)
  })
  frames[side].push(...run)
}

/** Does `work` under the clock and the trace and notes what it took; answers with the frames meanwhile. */
async function measured(
  page: Page,
  name: keyof typeof journeys,
  side: Side,
  clock: ClockOptions,
  work: () => Promise<void>,
): Promise<Frame[]> {
  await startClock(page, clock)
  const done = async () => {
    await work()
    await page.locator(clock.wanted).first().waitFor({ timeout: 120_000 })
    await atRest(page)
  }
  if (options.profile && side === 'ours') {
    const session = await page.context().newCDPSession(page)
    await session.send('Profiler.enable')
    await session.send('Profiler.start')
    await done()
    const { profile } = await session.send('Profiler.stop')
    await session.detach()
    print(`${journeys[name].name}\n${hottest(profile)}`)
    return (await stopClock(page)).frames
  }
  const task = await longestTaskDuring(page, done)
  const { answers, frames: seen } = await stopClock(page)
  journeys[name].add(side, answers, task)
  return seen
}
