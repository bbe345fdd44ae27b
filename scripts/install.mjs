/**
 * Installs what is missing: npm packages (the pinned Node among them) when what is in node_modules is not what the
 * lock file names. Plain JavaScript that Node 20 understands; imports nothing that must be installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { pinnedNode, repository } from './pinned-node.mjs'

/** The oldest Node that these scripts run on. */
const OLDEST_NODE = 20

/**
 * @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lock
 */

/**
 * What the lock file names and node_modules lacks or holds in another version. Compared by content: times of files
 * change with every clone and checkout. Packages for other platforms are optional, so absence there is no lack.
 *
 * @param {Lock} wanted - package-lock.json
 * @param {Lock} installed - node_modules/.package-lock.json, which npm writes after it has installed
 * @returns {string[]} paths such as `node_modules/react`
 */
export function missingPackages(wanted, installed) {
  const present = installed.packages ?? {}
  return Object.entries(wanted.packages ?? {})
    .filter(([path]) => path.includes('node_modules/'))
    .filter(([path, { version, optional }]) => {
      const found = present[path]
      return found ? found.version !== version : !optional
    })
    .map(([path]) => path)
}

/**
 * @param {string} file
 * @returns {Lock} empty where the file is absent or is no JSON
 */
function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {}
  }
}

/** Runs npm with the machine's own Node: the pinned one may be about to be replaced. */
function npm(/** @type {string[]} */ args) {
  const ours = resolve(repository, 'node_modules')
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !resolve(folder).startsWith(ours))
    .join(delimiter)
  const { error, status } = spawnSync('npm', args, {
    cwd: repository,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, PATH: path },
  })
  if (error) throw new Error('npm could not be started. Install Node 20 or later together with npm.', { cause: error })
  return status ?? 1
}

/**
 * Brings node_modules to what the lock file says; does nothing when it is so already.
 *
 * @throws with a message for a person, when Node is too old or npm fails
 */
export function ensureInstalled() {
  const major = Number(process.versions.node.split('.')[0])
  if (major < OLDEST_NODE) throw new Error(`Chartkeep needs Node ${OLDEST_NODE} or later; this is ${process.version}.`)

  const wanted = readLock(join(repository, 'package-lock.json'))
  const missing = missingPackages(wanted, readLock(join(repository, 'node_modules/.package-lock.json')))
  if (missing.length > 0) {
    console.log(`Installing packages (${missing.length} are missing or in another version) ...`)
    // Some tools ask for Node 22; they run under the pinned 24, and the warnings about it would only hide real ones.
    if (npm(['ci', '--no-fund', '--no-audit', '--loglevel=error']) !== 0) {
      throw new Error('npm ci failed; what it says stands above. It needs the network and about 700 MB of disk.')
    }
  }
  if (!existsSync(pinnedNode)) {
    // npm was told to run no install scripts: run this one, which the project asks for by name (allowScripts).
    console.log('Fetching the pinned Node ...')
    npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'])
    if (!existsSync(pinnedNode)) throw new Error('Node 24 could not be installed (npm package "node").')
  }
}
