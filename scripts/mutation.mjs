/**
 * One part of `npm run assurance -- mutation`: Stryker changes the sources on purpose, mistake by mistake, and the tests are to see each.
 * Which sources and tests is in mutation-parts.mjs, how a mutant is run in mutation-runner.mjs, why one survives in
 * mutation-notes.mjs. Stopped, it continues: Stryker keeps what is judged in .assurance/mutation, and judges a mutant again where its
 * source or a test that reaches it has changed. CHARTKEEP_MUTATION_SHARE=0.2 judges a fifth, drawn by CHARTKEEP_SEED.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runMeasured } from './measured.mjs'
import { whyOf } from './mutation-notes.mjs'
import { intervalOf, isInSample } from './mutation-sample.mjs'
import { repository } from './pinned-node.mjs'

/** @typedef {import('./mutation-parts.mjs').MutationPart} MutationPart */
/**
 * @typedef {object} Survivor
 * @property {string} file
 * @property {number} line
 * @property {string} mutator - as Stryker calls it
 * @property {string} code - the line of the source where it begins
 * @property {string} from - what was replaced
 * @property {string} to
 * @property {boolean} isReached - false: no test runs it
 */
/** @typedef {{ killed: number, timeout: number, survived: number, noCoverage: number, error: number, all: number }} Counts - `all`: the
 *   mutants that there are, also those outside of the sample */
/**
 * @typedef {object} MutationResult
 * @property {string} commit
 * @property {string} date
 * @property {number | null} cpuSeconds - of the run that completed it; an earlier one that was stopped is not in it
 * @property {number} seconds
 * @property {number} share - of the mutants that were judged
 * @property {number} seed - by which they were drawn
 * @property {Record<string, Counts>} files
 * @property {Survivor[]} survivors
 * @property {string} [note] - what has to be known of figures that did not come of one whole run
 */

const folder = join(repository, '.assurance/mutation')
const stryker = join(repository, 'node_modules/@stryker-mutator/core/bin/stryker.js')

/** How Stryker calls what became of a mutant, and how we count it. @type {Record<string, keyof Counts>} */
const STATUS = {
  Killed: 'killed',
  Timeout: 'timeout',
  Survived: 'survived',
  NoCoverage: 'noCoverage',
  CompileError: 'error',
  RuntimeError: 'error',
}

/** The configuration of Stryker for a part. */
export function strykerOptions(/** @type {MutationPart} */ { name, mutate, tests, slow, judges }, share = 1, seed = 0) {
  return {
    plugins: [join(repository, 'scripts/mutation-runner.mjs')],
    testRunner: 'in-process',
    inProcess: { tests, slow, judges, share, seed, root: repository },
    coverageAnalysis: 'perTest',
    mutate,
    // The sources run as they are, their types stripped by Node: nothing is compiled, and no file is needed but those that are loaded.
    disableTypeChecks: false,
    checkers: [],
    ignorePatterns: [
      'docs/screenshots',
      'test-results',
      '.assurance',
      '.tsbuild',
      'test/fixtures',
      'test/end-to-end',
      'bench',
    ],
    tempDirName: '.assurance/mutation/sandbox',
    cleanTempDir: 'always',
    incremental: true,
    incrementalFile: `.assurance/mutation/${name}.incremental.json`,
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: `.assurance/mutation/${name}.report.json` },
    concurrency: 2,
    // The runner itself says what is endless, by processor time.
    timeoutMS: 36_000_000,
    warnings: { slow: false },
    allowConsoleColors: false,
  }
}

/**
 * Runs one part to its end. Throws where Stryker does not get there, a test failing without any mutant for instance.
 *
 * @param {MutationPart} part
 * @param {string} commit - the one that is checked out
 * @returns {Promise<MutationResult>}
 */
export async function runMutation(part, commit) {
  const share = Number(process.env['CHARTKEEP_MUTATION_SHARE'] ?? 1)
  const seed = Number(process.env['CHARTKEEP_SEED'] ?? 1)
  if (!(share > 0 && share <= 1)) throw new Error('CHARTKEEP_MUTATION_SHARE is a number above 0, up to 1.')
  mkdirSync(folder, { recursive: true })
  const config = join(folder, `${part.name}.config.json`)
  const report = join(folder, `${part.name}.report.json`)
  rmSync(report, { force: true })
  const options = strykerOptions(part, share, seed)
  writeFileSync(config, JSON.stringify(options, null, 1))
  forgetUnjudged(join(repository, options.incrementalFile))
  const begin = performance.now()
  const { code, cpuSeconds } = await runMeasured([stryker, 'run', config])
  if (!existsSync(report))
    throw new Error(`${part.name} did not get to its end (exit code ${code}); Stryker says above why.`)
  return {
    commit,
    date: new Date().toISOString().slice(0, 10),
    cpuSeconds,
    seconds: Math.round((performance.now() - begin) / 1000),
    share,
    seed,
    ...countsOf(JSON.parse(readFileSync(report, 'utf8')), share, seed),
  }
}

/** Those outside of an earlier sample are judged when they are inside of a later one: Stryker would take over that they were not. */
function forgetUnjudged(/** @type {string} */ path) {
  if (!existsSync(path)) return
  /** @type {Report} */
  const kept = JSON.parse(readFileSync(path, 'utf8'))
  for (const file of Object.values(kept.files))
    file.mutants = file.mutants.filter(({ status }) => STATUS[status] !== undefined && STATUS[status] !== 'error')
  writeFileSync(path, JSON.stringify(kept))
}

/**
 * @typedef {{ files: Record<string, { source: string, mutants: { mutatorName: string, replacement?: string, status: string,
 *   location: { start: { line: number, column: number }, end: { line: number, column: number } } }[] }> }} Report - Stryker's
 */

/**
 * Counts and survivors out of Stryker's JSON report.
 *
 * @param {Report} report
 * @param {number} [share] - the sample that was judged
 * @param {number} [seed]
 * @returns {{ files: Record<string, Counts>, survivors: Survivor[] }}
 */
export function countsOf(report, share = 1, seed = 0) {
  /** @type {Record<string, Counts>} */
  const files = {}
  /** @type {Survivor[]} */
  const survivors = []
  for (const [file, { source, mutants }] of Object.entries(report.files)) {
    const counts = { killed: 0, timeout: 0, survived: 0, noCoverage: 0, error: 0, all: mutants.length }
    const lines = source.split('\n')
    for (const { mutatorName, replacement = '', status, location } of mutants) {
      const { start, end } = location
      const place = { file, line: start.line, column: start.column, mutator: mutatorName, to: replacement }
      // Those that no test reaches are known without judging; they must not weigh more than the others.
      if (!isInSample(place, share, seed)) continue
      const counted = STATUS[status]
      if (counted === undefined) throw new Error(`A mutant is ${status}: that is no end`)
      counts[counted] += 1
      if (counted !== 'survived' && counted !== 'noCoverage') continue
      const text = lines.slice(start.line - 1, end.line)
      text[text.length - 1] = text.at(-1)?.slice(0, end.column - 1) ?? ''
      text[0] = text[0]?.slice(start.column - 1) ?? ''
      survivors.push({
        file,
        line: start.line,
        mutator: mutatorName,
        code: lines[start.line - 1]?.trim() ?? '',
        from: shortened(text.join('\n')),
        to: shortened(replacement),
        isReached: counted === 'survived',
      })
    }
    if (mutants.length > 0) files[file] = counts
  }
  survivors.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
  return { files, survivors }
}

function shortened(/** @type {string} */ code) {
  const line = code.replaceAll(/\s+/g, ' ').trim()
  return line.length <= 90 ? line : `${line.slice(0, 88)} …`
}

/** Detected ones among those that a test could have detected, in percent; null where there are none. */
export function scoreOf(/** @type {Counts} */ { killed, timeout, survived, noCoverage }) {
  const all = killed + timeout + survived + noCoverage
  return all === 0 ? null : (100 * (killed + timeout)) / all
}

/** @returns {Counts} */
function sumOf(/** @type {readonly Counts[]} */ each) {
  const sum = { killed: 0, timeout: 0, survived: 0, noCoverage: 0, error: 0, all: 0 }
  for (const counts of each)
    for (const name of /** @type {const} */ (['killed', 'timeout', 'survived', 'noCoverage', 'error', 'all']))
      sum[name] += counts[name]
  return sum
}

/**
 * The section "Mutation score" of docs/assurance.md; '' where nothing has run.
 *
 * @param {readonly MutationPart[]} parts
 * @param {Record<string, MutationResult>} results - by the name of the part
 * @param {readonly string[]} leftOut - what is not changed, with its reason
 * @returns {string} Markdown
 */
export function mutationSection(parts, results, leftOut) {
  const done = parts.flatMap((part) => (results[part.name] ? [{ part, result: results[part.name] }] : []))
  if (done.length === 0) return ''
  const row = (/** @type {string} */ name, /** @type {Counts} */ counts, /** @type {string} */ more) => {
    const { killed, timeout, survived, noCoverage, error, all } = counts
    const judged = killed + timeout + survived + noCoverage
    const score = scoreOf(counts)
    const [low, high] = intervalOf(killed + timeout, judged, all - error)
    const within = high - low < 0.05 ? '' : ` (${low.toFixed(1)} to ${high.toFixed(1)})`
    const said = score === null ? '-' : `${score.toFixed(1)} %${within}`
    return `| ${name} | ${said} | ${judged} of ${all} | ${killed} | ${timeout} | ${survived} | ${noCoverage} | ${more} |`
  }
  const head = (/** @type {string} */ last) =>
    `| | Score | Judged | Killed | Endless | Survived | Not reached | ${last} |\n| - | -: | -: | -: | -: | -: | -: | - |`
  const groups = [...new Set(done.map(({ part }) => part.group))].map((group) => {
    const own = done.filter(({ part }) => part.group === group)
    const cpu = own.reduce((sum, { result }) => sum + (result?.cpuSeconds ?? 0), 0)
    const at = [...new Set(own.map(({ result }) => `${result?.commit}, ${result?.date}`))].join('; ')
    return row(
      group,
      sumOf(own.flatMap(({ result }) => Object.values(result?.files ?? {}))),
      `${Math.round(cpu)} s, ${at}`,
    )
  })
  const samples = done.flatMap(({ part, result }) =>
    result && result.share < 1 ? [`${part.name} (share ${result.share}, seed ${result.seed})`] : [],
  )
  const missing = parts.filter(({ name }) => !results[name]).map(({ name }) => name)
  const files = done.flatMap(({ result }) =>
    Object.entries(result?.files ?? {}).map(([file, counts]) => row(file, counts, '')),
  )
  const survivors = done.flatMap(({ result }) => result?.survivors ?? [])
  return [
    '## Mutation score',
    'Stryker makes small mistakes in the sources, one at a time; a test must fail. `npm run assurance -- mutation` runs it. Score: the detected ones (killed, or endless where they never come to an end) among all, those that no test reaches included. All mutators of Stryker are on, also for what runs while a module is loaded, and no mutant is left out by its kind. Random data of the tests comes from their fixed seeds.',
    samples.length === 0
      ? ''
      : `Of ${samples.join(', ')}: a sample, in which each mutant is with the same probability. Behind a score stands its 95 % confidence interval (Wilson) for all mutants; CHARTKEEP_MUTATION_SHARE and CHARTKEEP_SEED draw the same one again.`,
    `${head('CPU, commit')}\n${groups.join('\n')}`,
    ...done.flatMap(({ result }) => (result?.note ? [result.note] : [])),
    missing.length > 0 ? `Not run yet: ${missing.join(', ')}.` : '',
    leftOut.length > 0 ? `Left out:\n\n${leftOut.map((line) => `- ${line}`).join('\n')}` : '',
    `### By file\n\n${head('')}\n${files.join('\n')}`,
    `### Survivors\n\n${survivorsOf(survivors)}`,
  ]
    .filter((block) => block !== '')
    .join('\n\n')
}

/** One list for each file. */
function survivorsOf(/** @type {readonly Survivor[]} */ survivors) {
  const files = [...new Set(survivors.map(({ file }) => file))]
  return files
    .map((file) => {
      const rows = survivors
        .filter((each) => each.file === file)
        .map((each) => {
          const { line, mutator, from, to, isReached } = each
          const why =
            whyOf(each) ??
            (isReached ? 'no test that judges here sees it; not looked at one by one yet' : 'no test runs this')
          return `| ${line} | ${mutator} | ${asCode(from)} → ${asCode(to)} | ${why} |`
        })
      return `**${file}**\n\n| Line | Mutator | Change | Why it survives |\n| -: | - | - | - |\n${rows.join('\n')}`
    })
    .join('\n\n')
}

/** As code in a cell of a table. */
function asCode(/** @type {string} */ text) {
  return text === '' ? 'nothing' : `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``
}
