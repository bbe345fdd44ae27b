/**
 * The list of a built app: every file with its SHA-256, and one number over all of them, the root. Two builds of one commit have the same root, so a
 * person can compare the app that a server hands out with their own build (`npm run compare`). Plain JavaScript that Node 20 understands.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The list's own name in the folder of the build. */
export const BUILD_LIST = 'build.json'

/**
 * @typedef {object} BuildList
 * @property {string | null} commit - of the checkout that was built; null outside of one
 * @property {string} node - the version of Node that built it
 * @property {string} lockFile - SHA-256 of package-lock.json, which pins every package of others
 * @property {string} root - of `files`
 * @property {Record<string, string>} files - SHA-256 in hexadecimal by path, such as `assets/index-B2c.js`
 */

export const sha256 = (/** @type {Uint8Array | string} */ bytes) => createHash('sha256').update(bytes).digest('hex')

/**
 * Every file of a build but the list itself. Brotli forms are left out: they are the server's copies of files that are listed, and a client that
 * receives one checks its content against the file.
 *
 * @param {string} folder
 * @returns {Record<string, string>} sorted by path
 */
export function filesOf(folder) {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => path !== BUILD_LIST && !path.endsWith('.br'))
    .sort()
  return Object.fromEntries(paths.map((path) => [path, sha256(readFileSync(join(folder, path)))]))
}

/**
 * SHA-256 over the lines that `sha256sum` prints for the files, sorted by path: anybody can recompute it with coreutils.
 *
 * @param {Record<string, string>} files
 */
export function rootOf(files) {
  const lines = Object.keys(files)
    .sort()
    .map((path) => `${files[path]}  ${path}\n`)
  return sha256(lines.join(''))
}

/**
 * Reads a list that somebody handed us.
 *
 * @param {string} text
 * @returns {BuildList | null} null where it is no list, or where its root is not the root of its files
 */
export function readBuildList(text) {
  try {
    const { commit, node, lockFile, root, files } = JSON.parse(text)
    const isWhole =
      typeof files === 'object' &&
      files !== null &&
      Object.entries(files).every(
        ([path, hash]) => isListedPath(path) && typeof hash === 'string' && /^[0-9a-f]{64}$/u.test(hash),
      ) &&
      typeof node === 'string' &&
      typeof lockFile === 'string' &&
      (commit === null || typeof commit === 'string') &&
      root === rootOf(files)
    return isWhole ? { commit, node, lockFile, root, files } : null
  } catch {
    return null
  }
}

/** A path below the folder: no empty part, no `..`, nothing that a URL would read as something else. */
function isListedPath(/** @type {string} */ path) {
  return path.split('/').every((part) => /^[\w-][\w.-]*$/u.test(part))
}
