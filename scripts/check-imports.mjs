/**
 * Runs the import law (.dependency-cruiser.cjs) and refuses a hollow result: dependency-cruiser that cannot read
 * TypeScript cruises nothing and reports no violation, which looks like success.
 */
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { cruise } from 'dependency-cruiser'
import { isProgram, repository } from './pinned-node.mjs'

/** What is cruised, as far as it exists. */
const rooms = ['packages', 'sync-server', 'desktop', 'test', 'scripts', 'bench']
/** bench/pouchdb is a project of its own, installed when its benchmark runs. */
const outside = /(^|\/)(node_modules|dist)\/|^test\/(fixtures|vectors)\/|^bench\/pouchdb\//

/** The smallest number of source files that this repository can have. Raise it as it grows; never lower it. */
const MINIMUM_MODULES = 250

/** @typedef {{ rule: string, from: string, to: string }} Violation */

/** @returns {string[]} source files of ours under `root`, as paths with `/` */
export function sourceFiles(/** @type {string} */ root) {
  return rooms
    .filter((room) => existsSync(join(root, room)))
    .flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map(
        (file) => `${room}/${file.replaceAll('\\', '/')}`,
      ),
    )
    .filter((file) => /\.(ts|tsx|mjs)$/.test(file) && !outside.test(file))
    .sort()
}

/**
 * Cruises a tree of our layout.
 *
 * @param {string} root - of the repository, or of a tree laid out like it
 * @returns {Promise<{ violations: Violation[], cruised: string[] }>}
 */
export async function cruiseImports(root) {
  const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs')
  const { enhancedResolveOptions, ...rest } = options
  const { output } = await cruise(
    rooms.filter((room) => existsSync(join(root, room))),
    { ...rest, baseDir: root, validate: true, ruleSet: { forbidden } },
    enhancedResolveOptions,
  )
  if (typeof output === 'string') throw new Error('dependency-cruiser answered with text instead of a result')
  return {
    violations: output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
    cruised: output.modules.map(({ source }) => source),
  }
}

/**
 * What speaks against a cruise: broken rules, files it did not read, or too little read altogether.
 *
 * @param {{ violations: readonly Violation[], cruised: readonly string[] }} result
 * @param {readonly string[]} onDisk - the files that must have been read
 * @param {number} minimum - how many files there must be
 * @returns {string[]} one sentence each; empty when the law holds
 */
export function faultsOf({ violations, cruised }, onDisk, minimum) {
  const read = new Set(cruised)
  const unread = onDisk.filter((file) => !read.has(file))
  return [
    ...violations.map(({ rule, from, to }) => (from === to ? `${rule}: ${from}` : `${rule}: ${from} -> ${to}`)),
    ...unread.slice(0, 10).map((file) => `not cruised: ${file}`),
    ...(unread.length > 10 ? [`not cruised: ${unread.length - 10} files more`] : []),
    ...(onDisk.length - unread.length < minimum
      ? [`only ${onDisk.length - unread.length} source files were cruised; there must be at least ${minimum}`]
      : []),
  ]
}

if (isProgram(import.meta.url)) {
  const result = await cruiseImports(repository)
  const onDisk = sourceFiles(repository)
  const faults = faultsOf(result, onDisk, MINIMUM_MODULES)
  for (const fault of faults) console.error(fault)
  console.log(`${onDisk.length} source files cruised, ${faults.length} faults.`)
  process.exitCode = faults.length === 0 ? 0 : 1
}
