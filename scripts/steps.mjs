/**
 * The checks, each with its name, and running some of them with a summary. `npm test` and
 * `npm run check` are two lists of these names. Plain JavaScript that Node 20 understands.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildApp } from './app-build.mjs'
import { repository, runPinned, tools } from './pinned-node.mjs'
import { countsOf, failedJourneys, failureFolder, failuresOf, withSecondRun } from './test-report.mjs'

/**
 * @typedef {import('./test-report.mjs').Count} Count
 * @typedef {import('./test-report.mjs').WholeReport} WholeReport
 * @typedef {{ name: string, seconds: number, notes?: string[] } & Count} Result - `notes`: what failed, in a few lines each
 */

/** @type {Record<string, () => Promise<Count>>} */
const checks = {
  types: () => holds([tools.tsc, '-b']),
  lint: () => holds([tools.oxlint, '--deny-warnings']),
  format: () => holds([tools.prettier, '--check', '--log-level', 'warn', '.']),
  law: () => holds(['scripts/check-imports.mjs']),
  rules: () => holds(['scripts/check-rules.mjs'], ['scripts/check-attacks.mjs']),
}
/** Projects of vitest. They run as one, so that one computes while another waits for a browser, a timer or a disk. */
const projects = ['unit', 'integration', 'end-to-end']

/** The names that {@link runSteps} takes. */
export const stepNames = [...Object.keys(checks), ...projects]

/** Runs all of them, also where the first does not hold. @returns {Promise<Count>} */
async function holds(/** @type {string[][]} */ ...programs) {
  let failed = 0
  for (const args of programs) if ((await runPinned(args)) !== 0) failed = 1
  return { passed: 0, failed, skipped: 0 }
}

/** How many files run at once, on two cores: two that compute (test/simulation/core-*), and three that wait much of their time. */
const WORKERS = 5

/** Runs projects of vitest, and journeys that failed once more. @returns {Promise<{ counts: Map<string, Count>, notes: string[] }>} by project */
async function tests(/** @type {string[]} */ names) {
  const hasJourneys = names.includes('end-to-end')
  if (hasJourneys) {
    await buildApp()
    rmSync(failureFolder, { recursive: true, force: true })
  }
  // One of them has a part of its own (vitest.config.ts).
  const projectArgs = names.map((name) => `--project=${name}*`)
  const first = await runVitest(names.join('-'), [...projectArgs, `--maxWorkers=${WORKERS}`])
  const journeys = failedJourneys(first.report)
  if (first.report === null || journeys.length === 0)
    return { counts: countsOf(names, first.report, first.code), notes: failuresOf(first.report) }
  console.log(`\nJourneys that failed are run once more, alone: ${journeys.length}`)
  const second = await runVitest('second', ['--project=end-to-end', '--maxWorkers=1', ...journeys])
  const { report, unsteady } = withSecondRun(first.report, second.report)
  const isMended = !report.testResults.some(({ status }) => status === 'failed')
  const code = isMended ? Number((report.unhandled ?? []).length > 0) : first.code
  const counts = countsOf(names, report, code)
  return { counts, notes: [...unsteady, ...failuresOf(report)] }
}

/**
 * @param {string} name - of its report in test-results
 * @param {string[]} args
 * @returns {Promise<{ report: WholeReport | null, code: number }>}
 */
async function runVitest(name, args) {
  const file = join(repository, 'test-results', `${name}.json`)
  const uncaught = join(repository, 'test-results', `${name}-unhandled.json`)
  mkdirSync(dirname(file), { recursive: true })
  for (const old of [file, uncaught]) rmSync(old, { force: true })
  const reporters = ['default', 'json', join(repository, 'scripts/unhandled-errors.mjs')]
  const code = await runPinned(
    [
      tools.vitest,
      'run',
      ...args,
      ...reporters.map((reporter) => `--reporter=${reporter}`),
      `--outputFile.json=${file}`,
    ],
    { env: { CHARTKEEP_UNHANDLED: uncaught } },
  )
  if (!existsSync(file)) return { report: null, code }
  const unhandled = existsSync(uncaught) ? JSON.parse(readFileSync(uncaught, 'utf8')) : []
  return { report: { ...JSON.parse(readFileSync(file, 'utf8')), unhandled }, code }
}

/**
 * Runs the named steps, the checks in order and then all tests at once, also after a failure.
 *
 * @param {readonly string[]} names - of {@link stepNames}
 * @returns {Promise<Result[]>} `seconds` of tests that ran together stand with the first of them
 */
export async function runSteps(names) {
  const unknown = names.find((name) => !stepNames.includes(name))
  if (unknown !== undefined) throw new Error(`Unknown step "${unknown}". The steps are: ${stepNames.join(', ')}.`)
  /** @type {Result[]} */
  const results = []
  for (const name of names) {
    const check = checks[name]
    if (check === undefined) continue
    results.push(...(await timed([name], async () => ({ counts: new Map([[name, await check()]]), notes: [] }))))
  }
  const asked = projects.filter((name) => names.includes(name))
  if (asked.length > 0) results.push(...(await timed(asked, () => tests(asked))))
  return results
}

/**
 * @param {string[]} names
 * @param {() => Promise<{ counts: Map<string, Count>, notes: string[] }>} run
 * @returns {Promise<Result[]>}
 */
async function timed(names, run) {
  console.log(`\n== ${names.join(', ')}`)
  const begin = performance.now()
  const { counts, notes } = await run().catch((error) => {
    const message = error instanceof Error ? error.message : String(error)
    console.error(message)
    return { counts: /** @type {Map<string, Count>} */ (new Map()), notes: [message] }
  })
  const seconds = (performance.now() - begin) / 1000
  const broken = { passed: 0, failed: 1, skipped: 0 }
  return names.map((name, at) => ({
    name,
    seconds: at === 0 ? seconds : 0,
    notes: at === 0 ? notes : [],
    ...(counts.get(name) ?? broken),
  }))
}

/**
 * The lines that end a run; the last one stands alone for programs that read it.
 *
 * @param {readonly Result[]} results
 * @returns {{ text: string, ok: boolean }}
 */
export function summaryOf(results) {
  const sum = (/** @type {(result: Result) => number} */ of) => results.reduce((total, result) => total + of(result), 0)
  const lines = results.map((result) => {
    const { name, passed, failed, skipped, seconds } = result
    const counted = passed + skipped > 0 ? `  ${passed} passed, ${failed} failed, ${skipped} skipped` : ''
    const time = seconds === 0 ? ' with it ' : `${seconds.toFixed(1).padStart(7)} s`
    return `${failed === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(12)}${time}${counted}`
  })
  const failed = sum((result) => result.failed)
  const seconds = sum((result) => result.seconds)
  const verdict = failed === 0 ? 'All of it holds.' : 'Something does not hold; look above.'
  return {
    text: [
      '',
      ...lines,
      '',
      `${verdict} ${(seconds / 60).toFixed(1)} minutes.`,
      '',
      ...results.flatMap(({ notes = [] }) => notes).flatMap((note) => [note, '']),
      `${sum((result) => result.passed)} passed, ${failed} failed`,
    ].join('\n'),
    ok: failed === 0 && results.length > 0,
  }
}
