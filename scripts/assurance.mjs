/**
 * `npm run assurance [-- <area or part> ...]`: the long runs, hours of them, in chunks with a seed of their own. What is done is
 * kept in docs/assurance.json, so that a run which was stopped continues where it was; all of it is written into docs/assurance.md after
 * each chunk. A part begins again at another commit; what earlier commits have shown stays on the page, named so.
 */
import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parts } from './assurance-parts.mjs'
import { ensureBrowser } from './browser.mjs'
import { ensureInstalled } from './install.mjs'
import { runMeasured } from './measured.mjs'
import { leftOut, mutationParts } from './mutation-parts.mjs'
import { mutationSection, runMutation } from './mutation.mjs'
import { isProgram, repository, runPinned, tools } from './pinned-node.mjs'
import { countOf } from './test-report.mjs'

/** @typedef {import('./assurance-parts.mjs').Part} Part */
/**
 * @typedef {object} Chunk
 * @property {number} seed
 * @property {number} count - of the part's unit
 * @property {number} passed - tests
 * @property {number} failed - tests
 * @property {number | null} cpuSeconds - of vitest and all that it waited for; null where the system does not tell
 * @property {number} seconds
 * @property {string} date
 * @property {string[]} failures - names and first lines, where there are any
 * @property {string[]} [rows] - of the part's table, cells joined by " | "
 */
/** @typedef {{ commit: string, date: string, done: number, seeds: string, cpu: number, failed: number }} Summary */
/** @typedef {{ commit: string, firstSeed: number, chunks: Chunk[], earlier?: Summary[] }} Progress */
/** @typedef {import('./mutation.mjs').MutationResult} MutationResult */
/** @typedef {Record<string, Progress> & { mutation?: Record<string, MutationResult> }} State - `mutation`: by the name of its part */

/** Where the reports of vitest are put. */
const folder = join(repository, '.assurance')

/** Seeds are below 2^31 with room for all chunks of a part behind the first. */
const HIGHEST_FIRST_SEED = 2 ** 31 - 2 ** 26

/**
 * What a part has to do next; null when it is complete at this commit.
 *
 * @param {Part} part
 * @param {Progress | undefined} progress
 * @param {string} commit - the one that is checked out
 * @param {number} freshSeed - where a part that begins now begins
 * @returns {{ progress: Progress, seed: number, count: number } | null}
 */
export function nextChunk(part, progress, commit, freshSeed) {
  const current =
    progress?.commit === commit ? progress : { commit, firstSeed: freshSeed, chunks: [], earlier: historyOf(progress) }
  const done = current.chunks.reduce((sum, { count }) => sum + count, 0)
  if (done >= part.total) return null
  const count = Math.min(part.chunk, part.total - done)
  // A test may use its seed and the `count` after it: no two chunks share one.
  return { progress: current, seed: current.firstSeed + done, count }
}

/** @returns {Summary[]} what a part has shown so far, newest first, its current commit included */
function historyOf(/** @type {Progress | undefined} */ progress) {
  if (!progress) return []
  const now = summaryOf(progress)
  return [...(now.done > 0 ? [now] : []), ...(progress.earlier ?? [])]
}

/** @returns {Summary} */
function summaryOf(/** @type {Progress} */ { commit, firstSeed, chunks }) {
  const sum = (/** @type {(chunk: Chunk) => number} */ of) => chunks.reduce((total, chunk) => total + of(chunk), 0)
  const done = sum(({ count }) => count)
  return {
    commit,
    date: chunks.at(-1)?.date ?? '',
    done,
    seeds: `${firstSeed} to ${firstSeed + done - 1}`,
    cpu: Math.round(sum(({ cpuSeconds }) => cpuSeconds ?? 0)),
    failed: sum(({ failed }) => failed),
  }
}

/**
 * The parts that are asked for: all, those of an area, or single ones.
 *
 * @template {{ area: string, name: string }} P
 * @param {readonly P[]} all
 * @param {readonly string[]} asked
 * @returns {P[]}
 */
export function selectParts(all, asked) {
  const unknown = asked.find((word) => !all.some(({ area, name }) => area === word || name === word))
  if (unknown !== undefined) {
    const words = [...new Set(all.flatMap(({ area, name }) => [area, name]))]
    throw new Error(`Unknown part "${unknown}". There are: ${words.join(', ')}.`)
  }
  return all.filter(({ area, name }) => asked.length === 0 || asked.includes(area) || asked.includes(name))
}

/**
 * The page docs/assurance.md.
 *
 * @param {readonly Part[]} all
 * @param {State} state
 * @returns {string} Markdown
 */
export function pageOf(all, state) {
  const row = (/** @type {Part} */ part, /** @type {Summary} */ { commit, date, done, seeds, cpu, failed }) => {
    const amount = done === part.total ? number(done) : `${number(done)} of ${number(part.total)}`
    return `| ${part.name} | ${amount} ${part.unit} | ${seeds} | ${number(cpu)} s | ${failed} | ${commit}, ${date} |`
  }
  const head = '| Part | Done | Seeds | CPU | Failed tests | Commit |\n| - | - | - | -: | -: | - |\n'
  const newest = all.map((part) => {
    const summary = historyOf(state[part.name])[0]
    return summary ? row(part, summary) : `| ${part.name} | none of ${number(part.total)} ${part.unit} | | | | |`
  })
  const earlier = all.flatMap((part) =>
    historyOf(state[part.name])
      .slice(1)
      .map((summary) => row(part, summary)),
  )
  const cpu = all.flatMap((part) => historyOf(state[part.name])).reduce((sum, summary) => sum + summary.cpu, 0)
  const judged = Object.values(state.mutation ?? {}).reduce((sum, { cpuSeconds }) => sum + (cpuSeconds ?? 0), 0)
  const failures = all.flatMap((part) =>
    (state[part.name]?.chunks ?? []).flatMap((chunk) =>
      chunk.failures.map(
        (failure) => `- ${part.name}, ${part.variable}=${chunk.count} CHARTKEEP_SEED=${chunk.seed}: ${failure}`,
      ),
    ),
  )
  return [
    '# Assurance',
    '`npm run assurance` runs tests of `npm test` for hours, each at a larger size and with fresh seeds; `npm run assurance -- store` only those of one area. A run that was stopped goes on where it was, as long as the commit is the same; this page is written after each chunk, from assurance.json beside it. What one row shows holds for its commit.',
    `The rows below took ${hours(cpu)} CPU hours, the mutants at the end ${hours(judged)} more.`,
    `${head}${newest.join('\n')}`,
    `## What the parts show\n\n${all.map(({ name, shows, total, unit }) => `- **${name}**: ${shows}. A release takes ${number(total)} ${unit}.`).join('\n')}`,
    earlier.length > 0 ? `## Earlier commits\n\n${head}${earlier.join('\n')}` : '',
    failures.length > 0 ? `## Failures\n\n${failures.join('\n')}` : '',
    ...all.map((part) => tableOf(part, state[part.name]?.chunks.at(-1)?.rows ?? [])),
    mutationSection(mutationParts, state.mutation ?? {}, leftOut),
    'A chunk runs again with its seed: `<variable>=<count> CHARTKEEP_SEED=<seed> npx vitest run <file>`; variables and files stand in scripts/assurance-parts.mjs. Kills come at random moments, whatever the seed.',
  ]
    .filter((block) => block !== '')
    .join('\n\n')
}

const hours = (/** @type {number} */ seconds) => (seconds / 3600).toFixed(1)

/** What the newest chunk reported; '' where it did not. */
function tableOf(/** @type {Part} */ { name, table }, /** @type {string[]} */ rows) {
  if (!table || rows.length === 0) return ''
  const lines = [table.columns.join(' | '), table.columns.map(() => '-').join(' | '), ...rows]
  return `## ${table.title} (${name})\n\n${lines.map((line) => `| ${line} |`).join('\n')}`
}

const number = (/** @type {number} */ value) => value.toLocaleString('en')

/** @returns {Promise<Chunk>} */
async function runChunk(/** @type {Part} */ part, /** @type {number} */ seed, /** @type {number} */ count) {
  const report = join(folder, `${part.name}.json`)
  mkdirSync(folder, { recursive: true })
  rmSync(report, { force: true })
  const rowsPath = join(folder, `${part.name}.rows`)
  rmSync(rowsPath, { force: true })
  const files = [part.file, ...(part.also ?? [])]
  const args = ['run', `--project=${part.project}`, ...files, ...(part.only ? ['-t', part.only] : [])]
  args.push('--testTimeout=36000000', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`)
  const begin = performance.now()
  const { code, cpuSeconds } = await runMeasured([tools.vitest, ...args], {
    [part.variable]: String(count),
    CHARTKEEP_SEED: String(seed),
    CHARTKEEP_REPORT: rowsPath,
  })
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null
  const { passed, failed } = countOf(result, code)
  /** @type {string[]} */
  const failures = (result?.testResults ?? []).flatMap((/** @type {any} */ file) =>
    file.assertionResults
      .filter((/** @type {any} */ test) => test.status === 'failed')
      .map(
        (/** @type {any} */ test) =>
          `${test.fullName}: ${String(test.failureMessages[0]).split('\n')[0]?.slice(0, 300)}`,
      ),
  )
  if (failed > 0 && failures.length === 0) failures.push(`the file did not run to its end (exit code ${code})`)
  const seconds = Math.round((performance.now() - begin) / 1000)
  const rows = existsSync(rowsPath) ? readFileSync(rowsPath, 'utf8').trim().split('\n') : []
  const date = new Date().toISOString().slice(0, 10)
  return { seed, count, passed, failed, cpuSeconds, seconds, date, failures, ...(part.table ? { rows } : {}) }
}

/** @returns {string} what git answers */
function git(/** @type {string[]} */ args) {
  return execFileSync('git', args, { cwd: repository, encoding: 'utf8' }).trim()
}

/** The last commit that changed what is run, with a mark when the sources differ from it: what was run must be known. @returns {string} */
function currentCommit() {
  const sources = ['packages', 'sync-server', 'test']
  const isChanged = git(['status', '--porcelain', '--', ...sources]) !== ''
  return `${git(['log', '-1', '--format=%h', '--abbrev=10', '--', ...sources])}${isChanged ? ' with changes' : ''}`
}

/** Written next to and put in its place, so that stopping us in the middle loses nothing. */
function save(/** @type {string} */ path, /** @type {string} */ text) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

async function main() {
  const chosen = selectParts([...parts, ...mutationParts], process.argv.slice(2))
  const selected = parts.filter((part) => chosen.includes(part))
  ensureInstalled()
  if (selected.length > 0) ensureBrowser()
  const statePath = join(repository, 'docs/assurance.json')
  const page = join(repository, 'docs/assurance.md')
  /** @type {State} */
  const state = existsSync(statePath) ? JSON.parse(readFileSync(statePath, 'utf8')) : {}
  const commit = currentCommit()
  const write = async () => {
    save(statePath, JSON.stringify(state, null, 1))
    save(page, pageOf(parts, state))
    await runPinned([tools.prettier, '--write', '--log-level', 'warn', page, statePath])
  }
  let failed = 0
  for (const part of mutationParts.filter((each) => chosen.includes(each))) {
    if (state.mutation?.[part.name]?.commit === commit) continue
    console.log(`\n== ${part.name}`)
    const result = await runMutation(part, commit)
    // Parts may run next to one another, and each begins with what was there.
    Object.assign(state, existsSync(statePath) ? JSON.parse(readFileSync(statePath, 'utf8')) : {})
    state.mutation = { ...state.mutation, [part.name]: result }
    await write()
  }
  for (const part of selected) {
    for (;;) {
      const next = nextChunk(part, state[part.name], commit, randomInt(1, HIGHEST_FIRST_SEED))
      if (!next) break
      const { progress, seed, count } = next
      console.log(`\n== ${part.name}: ${count} ${part.unit} from seed ${seed}`)
      const chunk = await runChunk(part, seed, count)
      state[part.name] = { ...progress, chunks: [...progress.chunks, chunk] }
      await write()
    }
    failed += state[part.name]?.chunks.reduce((sum, chunk) => sum + chunk.failed, 0) ?? 0
  }
  console.log(
    `\n${chosen.length} parts complete at ${commit}, ${failed} failed tests. docs/assurance.md has the table.`,
  )
  process.exitCode = failed === 0 ? 0 : 1
}

if (isProgram(import.meta.url)) {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
