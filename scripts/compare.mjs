/**
 * `npm run compare -- URL`: does a server hand out the app of this checkout? Builds the app, fetches every file of its list from the server
 * in ways that a server could tell apart (two browsers and this program, compressed and not, without cookies), and names each file that
 * differs, is missing, or was added to the server's own list. Ends with 0 where all is equal, with 1 where something differs, with 2 where it could
 * not compare.
 *
 * Not seen by this: a server that hands another app to chosen people only. The desktop app brings its own.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildApp, builtApp } from './app-build.mjs'
import { BUILD_LIST, readBuildList, sha256 } from './build-list.mjs'
import { ensureInstalled } from './install.mjs'
import { isProgram } from './pinned-node.mjs'

/** Requests at one time; a family's server is small. */
const AT_ONCE = 4
/** No file of a build is near it. */
const MOST_BYTES = 64 * 1024 * 1024
const PATIENCE_MS = 60_000

/** Ways to ask for one file. A server that hands out another app to browsers than to this program is found by the first two. */
const WAYS = [
  {
    'user-agent':
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36',
    'accept-encoding': 'br, gzip',
  },
  {
    'user-agent':
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
    'accept-encoding': 'br, gzip',
  },
  { 'user-agent': 'chartkeep-compare', 'accept-encoding': 'identity' },
]
/** Files by which a browser enters: asked for in every way. All others as one of the browsers asks, compressed, and as this program does, plain. */
const ENTRIES = new Set(['index.html', 'service-worker.js', 'manifest.webmanifest'])

/**
 * @typedef {{ path: string, what: 'differs' | 'missing' | 'added' | 'unreadable', detail: string }} Difference
 */

/**
 * Compares what a server hands out with a list.
 *
 * @param {string} address - of the app, such as https://charts.example.org
 * @param {import('./build-list.mjs').BuildList} list - of a build that is trusted
 * @returns {Promise<Difference[]>} empty where all is equal
 * @throws {Error} where the server cannot be reached
 */
export async function compareWithServer(address, list) {
  const base = new URL(address.endsWith('/') ? address : `${address}/`)
  /** @type {Difference[]} */
  const found = []
  const asked = Object.entries(list.files).flatMap(([path, hash], index) =>
    (ENTRIES.has(path) ? WAYS : [WAYS[index % 2], WAYS[2]]).map((headers) => ({ path, hash, headers })),
  )
  // The page itself is what a browser gets for the bare address.
  for (const headers of WAYS) asked.push({ path: '', hash: String(list.files['index.html']), headers })

  let next = 0
  const work = async () => {
    while (next < asked.length) {
      const request = asked[next]
      next += 1
      if (request === undefined) return
      const difference = await differenceIn(base, request)
      if (difference !== null) found.push(difference)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  found.push(...(await addedByServer(base, list)))
  return onceEach(found)
}

/** @returns {Promise<Difference | null>} */
async function differenceIn(
  /** @type {URL} */ base,
  /** @type {{ path: string, hash: string, headers: Record<string, string> | undefined }} */ {
    path,
    hash,
    headers = {},
  },
) {
  const name = path === '' ? '/' : path
  const answer = await ask(new URL(path, base), headers)
  if (answer.status !== 200)
    return { path: name, what: 'missing', detail: `the server answered ${answer.status} to ${headers['user-agent']}` }
  if (answer.bytes === null) return { path: name, what: 'differs', detail: `longer than ${MOST_BYTES} bytes` }
  if (sha256(answer.bytes) === hash) return null
  return {
    path: name,
    what: 'differs',
    detail: `${answer.bytes.length} bytes, SHA-256 ${sha256(answer.bytes)}, given to ${headers['user-agent']}`,
  }
}

/** What the server's own list names and ours does not. A server without a readable list is told. @returns {Promise<Difference[]>} */
async function addedByServer(/** @type {URL} */ base, /** @type {import('./build-list.mjs').BuildList} */ list) {
  const answer = await ask(new URL(BUILD_LIST, base), WAYS[2] ?? {})
  if (answer.status !== 200 || answer.bytes === null)
    return [{ path: BUILD_LIST, what: 'missing', detail: `the server answered ${answer.status}` }]
  const theirs = readBuildList(new TextDecoder().decode(answer.bytes))
  if (theirs === null)
    return [{ path: BUILD_LIST, what: 'unreadable', detail: 'its root is not the root of its files' }]
  return Object.keys(theirs.files)
    .filter((path) => !Object.hasOwn(list.files, path))
    .map((path) => ({ path, what: 'added', detail: 'in the list of the server alone' }))
}

async function ask(/** @type {URL} */ address, /** @type {Record<string, string>} */ headers) {
  // No redirect is followed: the app has one origin, and a browser would follow it to another.
  const answer = await fetch(address, { headers, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) })
  const pieces = []
  let length = 0
  for await (const piece of answer.body ?? []) {
    length += piece.length
    if (length > MOST_BYTES) return { status: answer.status, bytes: null }
    pieces.push(piece)
  }
  return { status: answer.status, bytes: Buffer.concat(pieces) }
}

/** One line for a file, whichever of the ways found it. */
function onceEach(/** @type {Difference[]} */ found) {
  const byPath = new Map(found.map((difference) => [`${difference.what} ${difference.path}`, difference]))
  return [...byPath.values()].sort((a, b) => a.path.localeCompare(b.path))
}

/** @returns {Promise<number>} the exit code */
async function main(/** @type {string[]} */ args) {
  const [address] = args
  if (args.length !== 1 || address === undefined || !/^https?:\/\//u.test(address)) {
    console.error('Usage: npm run compare -- https://charts.example.org')
    return 2
  }
  ensureInstalled()
  await buildApp()
  const file = join(builtApp, BUILD_LIST)
  const list = existsSync(file) ? readBuildList(readFileSync(file, 'utf8')) : null
  if (list === null) throw new Error(`${file} is missing or damaged. Run npm run build, then compare again.`)
  console.log(
    `This checkout: ${list.commit ?? 'no commit'}, ${Object.keys(list.files).length} files, root ${list.root}`,
  )
  const found = await compareWithServer(address, list)
  for (const { path, what, detail } of found) console.log(`${what.padEnd(10)} ${path}: ${detail}`)
  console.log(
    found.length === 0
      ? `${address} hands out the app of this checkout.`
      : `${address} hands out another app: ${found.length} differences. Check out the commit that the server says it runs before you conclude anything.`,
  )
  return found.length === 0 ? 0 : 1
}

if (isProgram(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 2
  }
}
