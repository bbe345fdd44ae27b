/**
 * The checks, each with its name, and running some of them one after the other with a summary. `npm test` and
 * `npm run check` are two lists of these names. Plain JavaScript that Node 20 understands.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildApp } from './app-build.mjs'
import { repository, runPinned, tools } from './pinned-node.mjs'

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Count - tests; for a check without tests `failed` is
 *   1 where it did not hold
 * @typedef {{ name: string, seconds: number } & Count} Result
 */

/** @type {Record<string, () => Promise<Count>>} */
const steps = {
  types: () => holds([tools.tsc, '-b']),
  lint: () => holds([tools.oxlint]),
  format: () => holds([tools.prettier, '--check', '--log-level', 'warn', '.']),
  law: () => holds(['scripts/check-imports.mjs']),
  rules: () => holds(['scripts/check-rules.mjs'], ['scripts/check-attacks.mjs']),
  unit: () => tests('unit'),
  integration: () => tests('integration'),
  'end-to-end': async () => {
    await buildApp()
    return tests('end-to-end')
  },
}

/** The names that {@link runSteps} takes. */
export const stepNames = Object.keys(steps)

/** Runs all of them, also where the first does not hold. @returns {Promise<Count>} */
async function holds(/** @type {string[][]} */ ...programs) {
  let failed = 0
  for (const args of programs) if ((await runPinned(args)) !== 0) failed = 1
  return { passed: 0, failed, skipped: 0 }
}

/** How many files run at once, on two cores: they wait for timers, disks and other processes much of their time. */
const workers = /** @type {Record<string, number>} */ ({ unit: 3, integration: 4, 'end-to-end': 3 })

/** Runs one project of vitest. @returns {Promise<Count>} */
async function tests(/** @type {string} */ project) {
  const report = join(repository, 'test-results', `${project}.json`)
  mkdirSync(dirname(report), { recursive: true })
  rmSync(report, { force: true })
  const code = await runPinned([
    tools.vitest,
    'run',
    `--project=${project}`,
    `--maxWorkers=${workers[project]}`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ])
  return countOf(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null, code)
}

/**
 * Counts what vitest's JSON reporter wrote. A file that could not be loaded has no tests in it and counts as one
 * failure; so does a run that ended badly without a failed test, or without any test at all.
 *
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests?: number,
 *   testResults: { status: string, assertionResults: { status: string }[] }[] } | null} report - null where there is none
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
 * Runs the named steps in order, all of them even after a failure.
 *
 * @param {readonly string[]} names - of {@link stepNames}
 * @returns {Promise<Result[]>}
 */
export async function runSteps(names) {
  const unknown = names.find((name) => !Object.hasOwn(steps, name))
  if (unknown !== undefined) throw new Error(`Unknown step "${unknown}". The steps are: ${stepNames.join(', ')}.`)
  /** @type {Result[]} */
  const results = []
  for (const name of names) {
    console.log(`\n== ${name}`)
    const begin = performance.now()
    const count = await /** @type {() => Promise<Count>} */ (steps[name])().catch((error) => {
      console.error(error instanceof Error ? error.message : error)
      return { passed: 0, failed: 1, skipped: 0 }
    })
    results.push({ name, seconds: (performance.now() - begin) / 1000, ...count })
  }
  return results
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
    return `${failed === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(12)}${seconds.toFixed(1).padStart(7)} s${counted}`
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
