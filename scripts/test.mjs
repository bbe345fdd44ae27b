/**
 * `npm test`: installs what is missing, then runs every check, one after the other, and the tests, all at once: units, integration, attacks,
 * contracts, simulations and 15 files of journeys. `npm run test:all` runs every journey and the full amounts of the random tests, as continuous
 * integration does; `npm test -- <step> ...` the whole of the named steps. Runs on Node 20; the tests run on the pinned Node. Ends with the line
 * "N passed, N failed", in which a check without tests (types, lint, law) that does not hold counts as one failure.
 *
 * `npm run pictures` is the journeys with every screen at each width in each language, judged and drawn to test-results/screenshots.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBrowser } from './browser.mjs'
import { ensureInstalled } from './install.mjs'
import { repository } from './pinned-node.mjs'
import { runSteps, summaryOf } from './steps.mjs'

const everything = ['types', 'lint', 'law', 'rules', 'unit', 'integration', 'end-to-end']

try {
  const isForPictures = process.argv[2] === '--pictures'
  if (isForPictures) process.env['CHARTKEEP_PICTURES'] = 'all'
  const isForAll = process.argv[2] === '--all'
  const asked = isForPictures ? ['end-to-end'] : isForAll ? [] : process.argv.slice(2)
  const names = asked.length > 0 ? asked : everything
  ensureInstalled()
  if (names.includes('integration') || names.includes('end-to-end')) ensureBrowser()
  // Pictures and reports of an earlier run must not be taken for those of this one.
  if (asked.length === 0 || isForPictures) rmSync(join(repository, 'test-results'), { recursive: true, force: true })
  const { text, ok } = summaryOf(await runSteps(names, { isShort: asked.length === 0 && !isForAll }))
  console.log(text)
  process.exitCode = ok ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.log('\n0 passed, 1 failed')
  process.exitCode = 1
}
