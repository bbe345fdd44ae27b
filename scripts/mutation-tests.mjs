/**
 * What `vitest` is to a test file under mutation: the same `expect`, and a `test` and `describe` that only collect, so that one
 * process runs single tests again and again, some thousand times, without loading anything again. Knows what our files of tests
 * use: test, test.each, describe, describe.each, and the four hooks.
 */
import { format } from 'node:util'

export { expect } from 'vitest'

/** @typedef {() => unknown} Work */
/**
 * @typedef {object} Suite
 * @property {string} name - '' for the file itself
 * @property {Suite | null} parent
 * @property {(Suite | Test)[]} members - in the order of the file
 * @property {Record<'beforeAll' | 'beforeEach' | 'afterEach' | 'afterAll', Work[]>} hooks
 */
/** @typedef {{ name: string, id: string, parent: Suite, run: Work }} Test */

/** @returns {Suite} */
function suiteOf(/** @type {string} */ name, /** @type {Suite | null} */ parent) {
  return { name, parent, members: [], hooks: { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] } }
}

/** Where the next test goes. */
let current = suiteOf('', null)
let fileName = ''
/** @type {Map<string, number>} how often a name was in this file already */
let names = new Map()

/**
 * Collects what a file of tests states while `load` imports it.
 *
 * @param {string} file - its path in the repository, which begins the ids of its tests
 * @param {() => Promise<unknown>} load
 * @returns {Promise<Suite>}
 */
export async function collect(file, load) {
  const root = suiteOf('', null)
  current = root
  fileName = file
  names = new Map()
  await load()
  return root
}

/** vitest's `%i`, `%s`, `%j`, `%d`, `%o`, `%#` and `$field` in the name of a table's test. */
function nameOf(/** @type {string} */ template, /** @type {unknown[]} */ row, /** @type {number} */ index) {
  const first = row[0]
  const named = template
    .replaceAll('%#', String(index))
    .replaceAll(/\$(\w+)/g, (all, field) =>
      typeof first === 'object' && first !== null && field in first ? String(Reflect.get(first, field)) : all,
    )
  const used = (named.match(/%[a-z]/g) ?? []).length
  return format(named, ...row.slice(0, used))
}

/** @returns {Work} the function among vitest's arguments (name, function, timeout) or (name, options, function) */
function workOf(/** @type {unknown[]} */ args) {
  const work = args.find((arg) => typeof arg === 'function')
  if (typeof work !== 'function') throw new Error('A test without a function: what is it to run?')
  return () => work()
}

/** @param {string} name @param {...unknown} args */
export function test(name, ...args) {
  let full = name
  for (let suite = current; suite.parent; suite = suite.parent) full = `${suite.name} > ${full}`
  const before = names.get(full) ?? 0
  names.set(full, before + 1)
  const id = `${fileName}: ${full}${before === 0 ? '' : ` (${before + 1})`}`
  current.members.push({ name, id, parent: current, run: workOf(args) })
}

/** @param {string} name @param {...unknown} args */
export function describe(name, ...args) {
  const outer = current
  current = suiteOf(name, outer)
  outer.members.push(current)
  try {
    if (workOf(args)() instanceof Promise)
      throw new Error(`"${name}" collects its tests later; that is not known here.`)
  } finally {
    current = outer
  }
}

/** @returns {(table: readonly unknown[]) => (name: string, work: (...row: unknown[]) => unknown) => void} */
function each(/** @type {(name: string, work: Work) => void} */ one) {
  return (table) => (name, work) => {
    for (const [index, entry] of table.entries()) {
      const row = Array.isArray(entry) ? entry : [entry]
      one(nameOf(name, row, index), () => work(...row))
    }
  }
}
test.each = each(test)
describe.each = each(describe)

/** @param {Work} work */
export const beforeAll = (work) => void current.hooks.beforeAll.push(work)
/** @param {Work} work */
export const beforeEach = (work) => void current.hooks.beforeEach.push(work)
/** @param {Work} work */
export const afterEach = (work) => void current.hooks.afterEach.push(work)
/** @param {Work} work */
export const afterAll = (work) => void current.hooks.afterAll.push(work)

/**
 * @typedef {object} Listener
 * @property {(suite: Suite) => void} [onSetUp] - before the hooks of a suite
 * @property {(suite: Suite) => void} [onSetUpDone]
 * @property {(test: Test) => void} [onTest]
 * @property {(test: Test, error: unknown, ms: number) => boolean} onResult - error is undefined where it passed; true: stop here
 */

/**
 * Runs the selected tests of a file with their hooks. A hook that fails is the failure of each test behind it.
 *
 * @param {Suite} suite
 * @param {(test: Test) => boolean} isSelected
 * @param {Listener} listener
 * @returns {Promise<boolean>} true when the listener stopped it
 */
export async function runSuite(suite, isSelected, listener) {
  const selected = testsOf(suite).filter(isSelected)
  if (selected.length === 0) return false
  /** @type {unknown} */
  let broken
  listener.onSetUp?.(suite)
  for (const hook of suite.hooks.beforeAll) broken ??= await failureOf(hook)
  listener.onSetUpDone?.(suite)
  let stopped = false
  for (const member of suite.members) {
    if ('members' in member) {
      stopped = broken
        ? testsOf(member)
            .filter(isSelected)
            .some((unrun) => listener.onResult(unrun, broken, 0))
        : await runSuite(member, isSelected, listener)
    } else if (isSelected(member)) {
      listener.onTest?.(member)
      const begin = performance.now()
      const error = broken ?? (await runTest(member))
      stopped = listener.onResult(member, error, performance.now() - begin)
    }
    if (stopped) break
  }
  for (const hook of suite.hooks.afterAll) await failureOf(hook)
  return stopped
}

/** @returns {Promise<unknown>} what it failed with */
async function runTest(/** @type {Test} */ { parent, run }) {
  /** @type {Suite[]} */
  const outer = []
  for (let suite = /** @type {Suite | null} */ (parent); suite; suite = suite.parent) outer.unshift(suite)
  /** @type {unknown} */
  let error
  for (const { hooks } of outer) for (const hook of hooks.beforeEach) error ??= await failureOf(hook)
  error ??= await failureOf(run)
  for (const { hooks } of outer.toReversed()) {
    for (const hook of hooks.afterEach) {
      const failure = await failureOf(hook)
      error ??= failure
    }
  }
  return error
}

/** @returns {Promise<unknown>} undefined when it went well */
async function failureOf(/** @type {Work} */ work) {
  try {
    await work()
    return undefined
  } catch (error) {
    return error ?? new Error('Something was thrown that is nothing')
  }
}

/** All tests of a suite, in order. @returns {Test[]} */
export function testsOf(/** @type {Suite} */ suite) {
  return suite.members.flatMap((member) => ('members' in member ? testsOf(member) : [member]))
}
