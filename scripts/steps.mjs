/**
 * The checks, each with its name, and running some of them with a summary. `npm test` and
 * `npm run check` are two lists of these names. Plain JavaScript that Node 20 understands.
 */
import { execFileSync } from 'node:child_process'
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
  lint: () => holds([tools.oxlint, '--deny-warnings'], ['scripts/check-words.mjs']),
  format: () => holds([tools.prettier, '--check', '--log-level', 'warn', '.']),
  law: () => holds(['scripts/check-imports.mjs'], ['scripts/check-doors.mjs']),
  rules: () => holds(['scripts/check-rules.mjs'], ['scripts/check-attacks.mjs'], ['scripts/check-commits.mjs']),
}
/** Projects of vitest. They run at once, so that one computes while another waits for a browser, a timer or a disk. */
const projects = ['unit', 'integration', 'end-to-end']

/** The names that {@link runSteps} takes. */
const stepNames = [...Object.keys(checks), ...projects]

/** Runs all of them, also where the first does not hold. @returns {Promise<Count>} */
async function holds(/** @type {string[][]} */ ...programs) {
  let failed = 0
  for (const args of programs) if ((await runPinned(args)) !== 0) failed = 1
  return { passed: 0, failed, skipped: 0 }
}

/**
 * How many files run at once, on two cores. Next to the journeys, whose browsers wait much of their time, two that make way for everything else
 * (test/simulation/core-*), and two parts or units.
 */
const WORKERS = { journeys: 3, others: 4 }

/**
 * What `npm test` runs of the journeys: the four products, import, sync, lock, pairing, kills, emergency and restore, in both languages. `npm run
 * test:all` runs all of them.
 */
const SHORT_JOURNEYS = [
  'admission',
  'carer',
  'chart-views',
  'concierge',
  'ehr',
  'emergency',
  'ended-share',
  'import',
  'kills',
  'lock',
  'pairing',
  'paper',
  'portal',
  'refused-forms',
  'restored-profile',
].map((name) => `test/end-to-end/${name}.test.ts`)

/** Amounts of the random tests in `npm test`, by the variable that the head of each file names; `npm run test:all` runs the usual ones. */
const SHORT_AMOUNTS = { CHARTKEEP_SCENARIOS: '3000', CHARTKEEP_MUTATIONS: '200000' }

/** A number that changes with the commit, for random tests whose seeds move with it; none outside of a checkout. @returns {Record<string, string>} */
function commitSeed() {
  try {
    const head = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repository, stdio: ['ignore', 'pipe', 'ignore'] })
    return { CHARTKEEP_COMMIT_SEED: String(Number.parseInt(head.toString().slice(0, 7), 16)) }
  } catch {
    return {}
  }
}

/**
 * @typedef {{ report: WholeReport | null, code: number }} Run - of vitest
 * @typedef {{ counts: Map<string, Count>, notes: string[] }} Outcome - by project
 */

/**
 * Runs projects of vitest, the journeys next to all others: two runs, because a process continues with the next file with what it has read, but never
 * to another project.
 *
 * @returns {Promise<Outcome>}
 */
async function tests(/** @type {string[]} */ names, /** @type {boolean} */ isShort) {
  const others = names.filter((name) => name !== 'end-to-end')
  const hasJourneys = others.length < names.length
  if (hasJourneys) {
    await buildApp()
    rmSync(failureFolder, { recursive: true, force: true })
  }
  // One of them has a part of its own (vitest.config.ts).
  const projectArgs = others.map((name) => `--project=${name}*`)
  const env = { ...commitSeed(), ...(isShort ? SHORT_AMOUNTS : {}) }
  const journeyArgs = ['--project=end-to-end', `--maxWorkers=${WORKERS.journeys}`, ...(isShort ? SHORT_JOURNEYS : [])]
  const [journeys, rest] = await Promise.all([
    hasJourneys ? runVitest('end-to-end', journeyArgs) : null,
    others.length > 0 ? runVitest(others.join('-'), [...projectArgs, `--maxWorkers=${WORKERS.others}`], env) : null,
  ])
  const outcomes = [
    ...(rest ? [{ counts: countsOf(others, rest.report, rest.code), notes: failuresOf(rest.report) }] : []),
    ...(journeys ? [await onceMore(journeys)] : []),
  ]
  return {
    counts: new Map(outcomes.flatMap(({ counts }) => [...counts])),
    notes: outcomes.flatMap(({ notes }) => notes),
  }
}

/** The journeys that failed are run once more, alone: all else has ended. @returns {Promise<Outcome>} */
async function onceMore(/** @type {Run} */ first) {
  const names = ['end-to-end']
  const failed = failedJourneys(first.report)
  if (first.report === null || failed.length === 0)
    return { counts: countsOf(names, first.report, first.code), notes: failuresOf(first.report) }
  console.log(`\nJourneys that failed are run once more, alone: ${failed.length}`)
  const second = await runVitest('second', ['--project=end-to-end', '--maxWorkers=1', ...failed])
  const { report, unsteady } = withSecondRun(first.report, second.report)
  const isMended = !report.testResults.some(({ status }) => status === 'failed')
  const code = isMended ? Number((report.unhandled ?? []).length > 0) : first.code
  return { counts: countsOf(names, report, code), notes: [...unsteady, ...failuresOf(report)] }
}

/**
 * @param {string} name - of its report in test-results
 * @param {string[]} args
 * @param {Record<string, string>} [settings] - of its environment, next to ours
 * @returns {Promise<Run>}
 */
async function runVitest(name, args, settings = {}) {
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
    // Two runs that share a terminal draw nothing over each other's lines: as where no person watches.
    {
      env: {
        ...settings,
        CHARTKEEP_UNHANDLED: uncaught,
        CI: '1',
        CHARTKEEP_PICTURES: process.env.CHARTKEEP_PICTURES ?? 'none',
      },
    },
  )
  if (!existsSync(file)) return { report: null, code }
  const unhandled = existsSync(uncaught) ? JSON.parse(readFileSync(uncaught, 'utf8')) : []
  return { report: { ...JSON.parse(readFileSync(file, 'utf8')), unhandled }, code }
}

/**
 * Runs the named steps, the checks in order and then all tests at once, also after a failure.
 *
 * @param {readonly string[]} names - of {@link stepNames}
 * @param {{ isShort?: boolean }} [options] - `isShort`: 15 files of journeys and the smaller amounts of random tests
 * @returns {Promise<Result[]>} `seconds` of tests that ran together are with the first of them
 */
export async function runSteps(names, { isShort = false } = {}) {
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
  if (asked.length > 0) results.push(...(await timed(asked, () => tests(asked, isShort))))
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
