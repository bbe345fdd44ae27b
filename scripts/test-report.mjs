/**
 * What a run of vitest reported, counted project by project, and its failures in a few lines each: who has only the end of the output sees
 * what failed, where, and what was on each screen. Plain JavaScript that Node 20 understands.
 */
import { existsSync, readFileSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { repository } from './pinned-node.mjs'

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Count - tests; for a check without tests `failed` is
 *   1 where it did not hold
 * @typedef {{ status: string, fullName?: string, failureMessages?: string[] }} TestReport
 * @typedef {{ status: string, message?: string, assertionResults: TestReport[] }} FileReport
 * @typedef {FileReport & { name: string }} NamedFile
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests?: number,
 *   testResults: FileReport[] }} Report - of vitest's JSON reporter
 * @typedef {{ testResults: NamedFile[], unhandled?: { file: string, message: string }[] }} WholeReport - of
 *   scripts/unhandled-errors.mjs: also the errors that no test caught
 */

/** Where journeys write what their screens showed when they failed: pictures, and a text for each file. */
export const failureFolder = join(repository, 'test-results/failures')
const LONGEST_MESSAGE = 300

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
 * @param {WholeReport | null} report - null where there is none
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
 * Each failure in a few lines: where, what, and what the devices of a journey showed.
 *
 * @param {WholeReport | null} report
 * @param {string} [folder] - of what the screens showed
 * @returns {string[]}
 */
export function failuresOf(report, folder = failureFolder) {
  const failed = (report?.testResults ?? []).filter(({ status }) => status === 'failed')
  return [
    ...failed.flatMap((file) => [...failuresOfFile(file), ...screensOf(file.name, folder)]),
    ...(report?.unhandled ?? []).map(
      ({ file, message }) => `NOT CAUGHT  ${file === '' ? 'no file' : short(file)}\n  ${inShort(message)}`,
    ),
  ]
}

/** @returns {string[]} */
function failuresOfFile(/** @type {NamedFile} */ { name, message = '', assertionResults }) {
  const failed = assertionResults.filter(({ status }) => status === 'failed')
  if (failed.length === 0) return [`FAILED  ${short(name)}\n  ${inShort(message)}`]
  return failed.map(({ fullName = '', failureMessages: [first = ''] = [] }) => {
    const [, line = ''] = new RegExp(`${escaped(name)}:(\\d+)`, 'u').exec(first) ?? []
    return `FAILED  ${short(name)}${line && `:${line}`}  ${fullName}\n  ${inShort(first)}`
  })
}

/** @returns {string[]} what the devices of a journey showed */
function screensOf(/** @type {string} */ file, /** @type {string} */ folder) {
  const path = join(folder, `${basename(file)}.txt`)
  return existsSync(path) ? [readFileSync(path, 'utf8').trimEnd().replace(/^/gmu, '  ')] : []
}

const short = (/** @type {string} */ file) => relative(repository, file).replaceAll(sep, '/')
const escaped = (/** @type {string} */ text) => text.replace(/[\\^$.*+?()[\]{}|]/gu, '\\$&')

/** The first words of a message, on one line, without colours and without the places that it came through. */
function inShort(/** @type {string} */ message) {
  const said = stripVTControlCharacters(message).split(/\n\s+at /u)[0] ?? ''
  return said.replace(/\s+/gu, ' ').trim().slice(0, LONGEST_MESSAGE)
}

/**
 * The journeys that failed in a report: what a busy machine, and not the code, may have failed.
 *
 * @param {WholeReport | null} report
 * @returns {string[]} their files
 */
export function failedJourneys(report) {
  const files = (report?.testResults ?? []).filter(({ status }) => status === 'failed').map(({ name }) => name)
  return files.filter((name) => projectOf(name) === 'end-to-end')
}

/**
 * A report in which journeys that were run again count as they ended the second time. What they left uncaught the first time goes with them;
 * what anything else did, stays.
 *
 * @param {WholeReport} first
 * @param {WholeReport | null} second - of {@link failedJourneys} alone; null where it did not come about
 * @param {string} [folder] - of what the screens showed the first time
 * @returns {{ report: WholeReport, unsteady: string[] }} `unsteady`: a line for each file that held only the second time
 */
export function withSecondRun(first, second, folder = failureFolder) {
  const again = new Set(failedJourneys(first))
  const held = new Map(
    (second?.testResults ?? [])
      .filter(({ name, status, assertionResults }) => {
        const isWhole = assertionResults.some((test) => test.status === 'passed')
        const isClean = !(second?.unhandled ?? []).some(({ file }) => file === name || file === '')
        return again.has(name) && status === 'passed' && isWhole && isClean
      })
      .map((file) => [file.name, file]),
  )
  const unsteady = first.testResults
    .filter(({ name }) => held.has(name))
    .map((file) => {
      const [what = ''] = failuresOf({ testResults: [file] }, folder)
      return `unsteady: held only the second time: ${what.replace(/^FAILED {2}/u, '').replace(/\s+/gu, ' ')}`
    })
  return {
    report: {
      testResults: first.testResults.map((file) => held.get(file.name) ?? file),
      unhandled: (first.unhandled ?? []).filter(({ file }) => !held.has(file)),
    },
    unsteady,
  }
}
