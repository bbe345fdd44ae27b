/**
 * The checks, each with its name, and running some of them with a summary. `npm test` and
 * `npm run check` are two lists of these names. Plain JavaScript that Node 20 understands.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { buildApp } from './app-build.mjs'
import { repository, runPinned, tools } from './pinned-node.mjs'

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Count - tests; for a check without tests `failed` is
 *   1 where it did not hold
 * @typedef {{ name: string, seconds: number } & Count} Result
 */

/** @type {Record<string, () => Promise<Count>>} */
const checks = {
  types: () => holds([tools.tsc, '-b']),
  lint: () => holds([tools.oxlint]),
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

/** Runs projects of vitest. @returns {Promise<Map<string, Count>>} by project */
async function tests(/** @type {string[]} */ names) {
  if (names.includes('end-to-end')) await buildApp()
  const file = join(repository, 'test-results', `${names.join('-')}.json`)
  mkdirSync(dirname(file), { recursive: true })
  rmSync(file, { force: true })
  const code = await runPinned([
    tools.vitest,
    'run',
    ...names.map((name) => `--project=${name}`),
    `--maxWorkers=${WORKERS}`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ])
  return countsOf(names, existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null, code)
}

/**
 * @typedef {{ status: string, assertionResults: { status: string }[] }} FileReport
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests?: number,
 *   testResults: FileReport[] }} Report - of vitest's JSON reporter
 */

/** The project that a test file belongs to, by its folder (vitest.config.ts). */
function projectOf(/** @type {string} */ file) {
  const folder = relative(join(repository, 'test'), file).split(sep)[0] ?? ''
  if (folder === 'end-to-end') return folder
  return ['integration', 'simulation', 'attack'].includes(folder) ? 'integration' : 'unit'
}

/**
 * The counts of one run, project by project. A bad end that no test explains is the failure of all of them.
 *
 * @param {string[]} names - the projects that ran
 * @param {{ testResults: (FileReport & { name: string })[] } | null} report - null where there is none
 * @param {number} exitCode - of vitest
 * @returns {Map<string, Count>}
 */
export function countsOf(names, report, exitCode) {
  const isExplained = report?.testResults.some(({ status }) => status === 'failed') ?? false
  return new Map(
    names.map((name) => {
      const testResults = report?.testResults.filter((file) => projectOf(file.name) === name) ?? []
      const results = testResults.flatMap(({ assertionResults }) => assertionResults)
      const among = (/** @type {string[]} */ ...some) => results.filter(({ status }) => some.includes(status)).length
      const numFailedTests = among('failed')
      const part = {
        numPassedTests: among('passed'),
        numFailedTests,
        numPendingTests: among('pending', 'skipped', 'disabled'),
        numTodoTests: among('todo'),
        testResults,
      }
      return [name, countOf(report === null ? null : part, isExplained ? 0 : exitCode)]
    }),
  )
}

/**
 * Counts what vitest's JSON reporter wrote. A file that could not be loaded has no tests in it and counts as one
 * failure; so does a run that ended badly without a failed test, or without any test at all.
 *
 * @param {Report | null} report - null where there is none
 * @param {number} exitCode - of vitest
 * @returns {Count}
 */
export function countOf(report, exitCode) {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 }
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length
  const passed = report.numPassedTests
  const failed = report.numFailedTests + broken
  const fine = exitCode === 0 && passed > 0
  return {
    passed,
    failed: failed === 0 && !fine ? 1 : failed,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  }
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
    if (check !== undefined) results.push(...(await timed([name], async () => new Map([[name, await check()]]))))
  }
  const asked = projects.filter((name) => names.includes(name))
  if (asked.length > 0) results.push(...(await timed(asked, () => tests(asked))))
  return results
}

/** @returns {Promise<Result[]>} */
async function timed(/** @type {string[]} */ names, /** @type {() => Promise<Map<string, Count>>} */ run) {
  console.log(`\n== ${names.join(', ')}`)
  const begin = performance.now()
  const counts = await run().catch((error) => {
    console.error(error instanceof Error ? error.message : error)
    return /** @type {Map<string, Count>} */ (new Map())
  })
  const seconds = (performance.now() - begin) / 1000
  const broken = { passed: 0, failed: 1, skipped: 0 }
  return names.map((name, at) => ({ name, seconds: at === 0 ? seconds : 0, ...(counts.get(name) ?? broken) }))
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
      `${sum((result) => result.passed)} passed, ${failed} failed`,
    ].join('\n'),
    ok: failed === 0 && results.length > 0,
  }
}
