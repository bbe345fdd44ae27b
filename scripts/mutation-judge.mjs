/**
 * Judges mutants, in a thread of the process that mutation-runner.mjs is: loads the files of tests once and switches one mutant after the
 * other on, so that a mutant costs the milliseconds of the tests that reach it. A mutant that changes what is computed while modules
 * are loaded is on while they are loaded again. Where a test fails, it must pass again without the mutant; else something was left
 * behind by what ran before, and the mutant is judged again among modules that are freshly loaded.
 */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner'
import { loaderOf } from './mutation-modules.mjs'
import { collect, runSuite, testsOf } from './mutation-tests.mjs'

/** @typedef {import('./mutation-tests.mjs').Suite} Suite */
/** @typedef {import('./mutation-tests.mjs').Test} Test */
/** @typedef {import('@stryker-mutator/api/test-runner').MutantRunOptions} MutantRunOptions */
/** @typedef {import('@stryker-mutator/api/test-runner').MutantRunResult} MutantRunResult */
/** @typedef {import('@stryker-mutator/api/test-runner').DryRunResult} DryRunResult */
/** @typedef {import('@stryker-mutator/api/test-runner').TestResult} TestResult */
/** @typedef {{ test: Test, error: unknown }} Failure */
/**
 * @typedef {object} Setting
 * @property {string} folder - the copy of the repository that holds the instrumented sources
 * @property {string[]} tests - files of tests, or folders of them
 * @property {{ tests: string, judges: string[] }[]} slow
 * @property {Record<string, string[]>} judges
 * @property {SharedArrayBuffer} finished - one number: how many tests have come to an end
 */

const { folder, tests, slow, judges, finished } = /** @type {Setting} */ (workerData)
const finishedTests = new Int32Array(finished)

/**
 * What the instrumented sources read and write.
 *
 * @type {{ activeMutant?: string | undefined, currentTestId?: string | undefined, hitCount?: number | undefined, hitLimit?: number | undefined,
 *   mutantCoverage: { static: Record<string, number>, perTest: Record<string, Record<string, number>> } }}
 */
const context = { mutantCoverage: { static: {}, perTest: {} } }
Reflect.set(globalThis, '__stryker__', context)

const load = loaderOf(folder)
const files = tests.flatMap(filesOf)
const slowTests = slow.map((each) => ({ names: new RegExp(each.tests, 'u'), judges: each.judges }))
/** @type {Map<string, Suite>} the tests of a file, loaded without a mutant */
const loaded = new Map()
let environments = 0
/** How many mutants each file of tests has seen. @type {Map<string, number>} */
const kills = new Map()
/** @type {unknown[]} rejections that nobody caught */
const strays = []
process.on('unhandledRejection', (error) => strays.push(error))

/** Runs all tests without a mutant, and counts which mutants each of them reaches. @returns {Promise<DryRunResult>} */
async function dryRun() {
  /** @type {TestResult[]} */
  const results = []
  const isUsed = (/** @type {Test} */ { id }) =>
    !slowTests.some((each) => each.judges.length === 0 && each.names.test(id))
  for (const file of files) {
    /** @type {Suite[]} */
    const setUps = []
    await runSuite(await suiteOf(file), isUsed, {
      onSetUp: (part) => {
        setUps.push(part)
        context.currentTestId = `set up ${setUps.length - 1}`
      },
      onSetUpDone: () => {
        context.currentTestId = undefined
      },
      onTest: ({ id }) => {
        context.currentTestId = id
      },
      onResult: ({ id, name }, error, ms) => {
        context.currentTestId = undefined
        const result = { id, name, timeSpentMs: ms, fileName: join(folder, file) }
        if (error === undefined) results.push({ ...result, status: TestStatus.Success })
        else results.push({ ...result, status: TestStatus.Failed, failureMessage: messageOf(error) })
        return false
      },
    })
    for (const [index, part] of setUps.entries()) shareCoverage(`set up ${index}`, testsOf(part).filter(isUsed))
  }
  return { status: DryRunStatus.Complete, tests: results, mutantCoverage: context.mutantCoverage }
}

/** What the hooks of a suite reached, each of its tests needs. */
function shareCoverage(/** @type {string} */ id, /** @type {Test[]} */ of) {
  const { perTest } = context.mutantCoverage
  const reached = perTest[id]
  delete perTest[id]
  if (!reached) return
  for (const test of of) {
    const own = (perTest[test.id] ??= {})
    for (const [mutant, hits] of Object.entries(reached)) own[mutant] = (own[mutant] ?? 0) + hits
  }
}

/** @returns {Promise<MutantRunResult>} */
async function mutantRun(/** @type {MutantRunOptions} */ options) {
  const { activeMutant, reloadEnvironment, testFilter } = options
  const ids = testFilter && new Set(testFilter)
  const module = basename(activeMutant.fileName)
  const own = judges[module]
  const reaching = files.filter(
    (file) =>
      (!testFilter || testFilter.some((id) => id.startsWith(`${file}: `))) &&
      (!own || own.includes(basename(file, '.test.ts'))),
  )
  const isFast = (/** @type {Test} */ { id }) => !slowTests.some(({ names }) => names.test(id))
  const ownSlow = slowTests.filter((each) => each.judges.includes(module))
  const isOwnSlow = (/** @type {Test} */ { id }) => ownSlow.some(({ names }) => names.test(id))
  // The tests of its own name first, the slow ones last: most mutants are seen before.
  const rounds = (ownSlow.length > 0 ? [isFast, isOwnSlow] : [isFast]).flatMap((kind) =>
    ordered(reaching, module).map((file) => /** @type {const} */ ([file, kind])),
  )
  let nrOfTests = 0
  // What runs once and is kept (which engine verifies, keys that were judged) has run before: who survives must survive among fresh modules too.
  for (const isFresh of reloadEnvironment ? [true] : [false, true]) {
    for (const [file, isNow] of rounds) {
      const isSelected = (/** @type {Test} */ test) => (!ids || ids.has(test.id)) && isNow(test)
      let verdict = await judge(file, isSelected, options, isFresh)
      nrOfTests += verdict.count
      if (verdict.failure && !isFresh && !(await passes(file, verdict.failure.test))) {
        loaded.delete(file)
        verdict = await judge(file, isSelected, options, false)
        loaded.delete(file)
      }
      if (verdict.isEndless) return { status: MutantRunStatus.Timeout, reason: 'it ran more often than any test needs' }
      if (verdict.failure) {
        const { test, error } = verdict.failure
        kills.set(file, (kills.get(file) ?? 0) + 1)
        return { status: MutantRunStatus.Killed, killedBy: [test.id], failureMessage: messageOf(error), nrOfTests }
      }
    }
  }
  return { status: MutantRunStatus.Survived, nrOfTests }
}

/**
 * Runs the selected tests of a file under a mutant until one fails.
 *
 * @param {string} file
 * @param {(test: Test) => boolean} isSelected
 * @param {MutantRunOptions} options
 * @param {boolean} isFresh - the mutant is on while the modules are loaded
 * @returns {Promise<{ count: number, isEndless: boolean, failure: Failure | null }>}
 */
async function judge(file, isSelected, { activeMutant, hitLimit }, isFresh) {
  const known = await suiteOf(file)
  if (!testsOf(known).some(isSelected)) return { count: 0, isEndless: false, failure: null }
  /** @type {Failure | null} */
  let failure = null
  let count = 0
  strays.length = 0
  // Stryker allows a hundred times the hits of all tests together. No test that ends needs more than some times all of them.
  const limit = hitLimit && Math.ceil(hitLimit / 25)
  context.hitCount = limit === undefined ? undefined : 0
  context.hitLimit = limit
  context.activeMutant = activeMutant.id
  try {
    await runSuite(isFresh ? await fresh(file) : known, isSelected, {
      onResult: (test, error) => {
        count += 1
        Atomics.add(finishedTests, 0, 1)
        const found = error ?? strays[0]
        if (found === undefined) return false
        failure = { test, error: found }
        return true
      },
    })
  } catch (error) {
    // It does not even load.
    const first = testsOf(known).find(isSelected)
    if (first) failure = { test: first, error }
  } finally {
    context.activeMutant = undefined
  }
  const isEndless = limit !== undefined && (context.hitCount ?? 0) > limit
  context.hitCount = undefined
  return { count, isEndless, failure }
}

/** Whether a test passes without a mutant, in the environment where it has just failed. */
async function passes(/** @type {string} */ file, /** @type {Test} */ test) {
  let passed = true
  await runSuite(await suiteOf(file), ({ id }) => id === test.id, {
    onResult: (_, error) => {
      Atomics.add(finishedTests, 0, 1)
      passed &&= error === undefined
      return false
    },
  })
  return passed
}

async function suiteOf(/** @type {string} */ file) {
  const suite = loaded.get(file) ?? (await fresh(file))
  loaded.set(file, suite)
  return suite
}

function fresh(/** @type {string} */ file) {
  environments += 1
  const environment = environments
  return collect(file, () => load(file, environment))
}

/** A file of tests, or those in a folder. @returns {string[]} */
function filesOf(/** @type {string} */ path) {
  if (path.endsWith('.ts')) return [path]
  return readdirSync(join(folder, path))
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => `${path}/${name}`)
}

/** The files of tests of that name first, then those that saw most mutants so far. @returns {string[]} */
function ordered(/** @type {string[]} */ of, /** @type {string} */ module) {
  const isOwn = (/** @type {string} */ file) => basename(file).startsWith(basename(module, '.ts'))
  const others = of.filter((file) => !isOwn(file)).toSorted((a, b) => (kills.get(b) ?? 0) - (kills.get(a) ?? 0))
  return [...of.filter(isOwn), ...others]
}

const messageOf = (/** @type {unknown} */ error) =>
  (error instanceof Error ? error.message : String(error)).slice(0, 300)

parentPort?.on('message', async (/** @type {MutantRunOptions | null} */ options) => {
  const result = await (options === null ? dryRun() : mutantRun(options)).catch((error) => ({
    status: MutantRunStatus.Error,
    errorMessage: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }))
  parentPort?.postMessage({ result, environments })
})
