/**
 * Stryker's test runner for our packages. The tests run in a thread (mutation-judge.mjs); here is decided when a mutant runs without end, by
 * processor time and not by the clock: on a busy machine the clock would call many mutants endless that no test has seen. Also here: the
 * sample, where not all mutants are to be judged.
 */
import { relative } from 'node:path'
import { Worker } from 'node:worker_threads'
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin'
import { MutantRunStatus } from '@stryker-mutator/api/test-runner'
import { isInSample } from './mutation-sample.mjs'

/** @typedef {import('@stryker-mutator/api/test-runner').MutantRunOptions} MutantRunOptions */
/** @typedef {import('@stryker-mutator/api/test-runner').MutantRunResult} MutantRunResult */
/** @typedef {import('@stryker-mutator/api/test-runner').DryRunResult} DryRunResult */
/** @typedef {{ result: DryRunResult | MutantRunResult, environments: number }} Answer */
/** @typedef {{ tests: string[], slow: object[], judges: object, share: number, seed: number, root: string }} OwnOptions */

/** No test that judges needs as much: seconds of processor time from one finished test to the next. */
const MOST_CPU_SECONDS = 12
/** A thread that waits for nothing that comes: seconds by the clock without any work. */
const MOST_IDLE_SECONDS = 45
/** Modules that were loaded are never freed: behind so many environments another thread takes over. */
const MOST_ENVIRONMENTS = 400

export class InProcessRunner {
  static inject = tokens(commonTokens.options)

  /** @type {OwnOptions} */
  #options
  #finished = new SharedArrayBuffer(4)
  /** @type {Worker | null} */
  #worker = null
  /** @type {(answer: Answer) => void} */
  #settle = () => {}
  /** @type {(error: Error) => void} */
  #fail = () => {}

  constructor(/** @type {import('@stryker-mutator/api/core').StrykerOptions} */ options) {
    this.#options = /** @type {OwnOptions} */ (options['inProcess'])
  }

  capabilities() {
    return { reloadEnvironment: true }
  }

  /** @returns {Promise<DryRunResult>} */
  async dryRun() {
    return /** @type {Promise<DryRunResult>} */ (this.#ask(null))
  }

  /** @returns {Promise<MutantRunResult>} */
  async mutantRun(/** @type {MutantRunOptions} */ options) {
    const { fileName, location, mutatorName, replacement } = options.activeMutant
    const { root, share, seed } = this.#options
    const place = { file: relative(root, fileName), line: location.start.line + 1, column: location.start.column + 1 }
    if (!isInSample({ ...place, mutator: mutatorName, to: replacement }, share, seed))
      return { status: MutantRunStatus.Error, errorMessage: 'not in the sample' }
    return /** @type {Promise<MutantRunResult>} */ (this.#ask(options))
  }

  async dispose() {
    await this.#worker?.terminate()
  }

  /** @returns {Promise<DryRunResult | MutantRunResult>} */
  async #ask(/** @type {MutantRunOptions | null} */ question) {
    const worker = (this.#worker ??= this.#start())
    const end = async () => {
      this.#worker = null
      await worker.terminate()
    }
    /** @type {Promise<Answer>} */
    const answer = new Promise((settle, fail) => {
      this.#settle = settle
      this.#fail = fail
    })
    worker.postMessage(question)
    const watch = question && this.#watch(worker)
    try {
      const first = await (watch ? Promise.race([answer, watch.endless]) : answer)
      if (typeof first === 'string') {
        await end()
        return { status: MutantRunStatus.Timeout, reason: first }
      }
      if (first.environments > MOST_ENVIRONMENTS) await end()
      return first.result
    } finally {
      watch?.stop()
    }
  }

  #start() {
    const { tests, slow, judges } = this.#options
    const workerData = { folder: process.cwd(), tests, slow, judges, finished: this.#finished }
    const worker = new Worker(new URL('./mutation-judge.mjs', import.meta.url), { workerData })
    const isCurrent = () => this.#worker === worker
    worker.on('message', (answer) => isCurrent() && this.#settle(answer))
    worker.on('error', (error) => {
      if (isCurrent()) this.#fail(error)
    })
    worker.on('exit', (code) => {
      if (!isCurrent()) return
      this.#worker = null
      this.#fail(new Error(`the thread of the tests ended with code ${code}`))
    })
    return worker
  }

  /** Tells when the thread has worked too long on one test, or waits for what never comes. */
  #watch(/** @type {Worker} */ worker) {
    const finished = new Int32Array(this.#finished)
    let tests = -1
    let cpuThen = 0
    let idleThen = 0
    /** @type {(reason: string) => void} */
    let tell = () => {}
    /** @type {Promise<string>} */
    const endless = new Promise((settle) => {
      tell = settle
    })
    const timer = setInterval(async () => {
      const { user, system } = await worker.cpuUsage().catch(() => ({ user: 0, system: 0 }))
      const cpu = (user + system) / 1e6
      const idle = worker.performance.eventLoopUtilization().idle / 1000
      const now = Atomics.load(finished, 0)
      if (now !== tests) [tests, cpuThen, idleThen] = [now, cpu, idle]
      if (cpu - cpuThen > MOST_CPU_SECONDS) tell(`a test took more than ${MOST_CPU_SECONDS} s of processor time`)
      if (idle - idleThen > MOST_IDLE_SECONDS) tell(`a test waited for ${MOST_IDLE_SECONDS} s for nothing`)
    }, 500)
    return { endless, stop: () => clearInterval(timer) }
  }
}

/** The option of its own. */
export const strykerValidationSchema = { type: 'object', properties: { inProcess: { type: 'object' } } }

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)]
