/**
 * The built app (packages/app/dist): whether it is older than its sources, and building it. "Older" is told by a
 * digest over every source file, kept next to the compiler's notes, so that a fresh checkout and a touched file do
 * not build for nothing. Plain JavaScript that Node 20 understands.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { BUILD_LIST, filesOf, rootOf, sha256 } from './build-list.mjs'
import { pinnedNode, repository, runPinned, tools } from './pinned-node.mjs'
import { withLock } from './process-lock.mjs'

/** The folder that the server serves. */
export const builtApp = join(repository, 'packages/app/dist')
const digestFile = join(repository, '.tsbuild/app-sources.sha256')
const lock = join(repository, '.tsbuild/app-build.lock')
/** A build takes ten seconds; on a machine with ten times the work that it can do, minutes. */
const LONGEST_BUILD = 300

/** Everything that can change the built app. The lock file stands for all packages of others, this file for the way. */
const sources = [
  'scripts/app-build.mjs',
  'scripts/build-list.mjs',
  'packages/app/index.html',
  'packages/app/vite.config.ts',
  'packages/app/public',
  ...['app', 'crypto', 'domain', 'interop', 'protocol', 'store', 'sync'].flatMap((name) => [
    `packages/${name}/src`,
    `packages/${name}/package.json`,
  ]),
  'package-lock.json',
  'tsconfig.base.json',
]

/** @returns {string[]} all files under `path`, sorted; none where it does not exist */
function filesUnder(/** @type {string} */ path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .flatMap((entry) => filesUnder(join(path, entry.name)))
    .sort()
}

/**
 * A digest over names and contents of all sources of the app.
 *
 * @param {string} [root] - the repository
 * @returns {string} 64 hexadecimal digits
 */
export function digestOfSources(root = repository) {
  const digest = createHash('sha256')
  for (const file of sources.flatMap((path) => filesUnder(join(root, path)))) {
    const content = readFileSync(file)
    digest.update(`${relative(root, file).replaceAll('\\', '/')}\0${content.length}\0`).update(content)
  }
  return digest.digest('hex')
}

/**
 * Builds the app when it is absent or its sources have changed; one process at a time, and who comes second finds it built.
 *
 * @param {{ always?: boolean }} [options]
 * @throws when the build fails
 */
export async function buildApp({ always = false } = {}) {
  if (!always && isBuilt(digestOfSources())) return
  await withLock(lock, LONGEST_BUILD, async () => {
    const digest = digestOfSources()
    if (always || !isBuilt(digest)) await build(digest)
  })
}

function isBuilt(/** @type {string} */ digest) {
  const before = existsSync(digestFile) ? readFileSync(digestFile, 'utf8') : ''
  return before === digest && existsSync(join(builtApp, 'index.html'))
}

async function build(/** @type {string} */ digest) {
  console.log('Building the app ...')
  rmSync(digestFile, { force: true })
  const code = await runPinned([tools.vite, 'build', '--logLevel', 'warn'], {
    cwd: join(repository, 'packages/app'),
    // Whoever calls may run with NODE_ENV=test, and Vite would then build React for development.
    env: { NODE_ENV: 'production' },
  })
  if (code !== 0) throw new Error('The app could not be built; what the build says stands above.')
  listBuild()
  mkdirSync(dirname(digestFile), { recursive: true })
  writeFileSync(digestFile, digest)
}

/** Writes build.json, by which a person compares the app of a server with a build of their own (compare.mjs). */
function listBuild() {
  const files = filesOf(builtApp)
  /** @type {import('./build-list.mjs').BuildList} */
  const list = {
    commit: printedBy('git', ['rev-parse', 'HEAD']),
    node: printedBy(pinnedNode, ['--version']) ?? 'unknown',
    lockFile: sha256(readFileSync(join(repository, 'package-lock.json'))),
    root: rootOf(files),
    files,
  }
  writeFileSync(join(builtApp, BUILD_LIST), `${JSON.stringify(list, null, 1)}\n`)
}

/** The first output of a program without its line end; null where it fails, as git does outside of a checkout. */
function printedBy(/** @type {string} */ program, /** @type {string[]} */ args) {
  try {
    return execFileSync(program, args, { cwd: repository, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
  } catch {
    return null
  }
}
