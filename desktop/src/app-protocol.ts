/**
 * Which file a request to `chartkeep://app/...` may read: the shell's own protocol, through which the window gets the
 * built app. Pure; it works on the address as it came, because a parser would tidy away what must be refused. Only
 * names that a build gives are let through, so nothing here depends on the rules of any file system.
 */

/** The scheme of the app's address. A scheme of its own, not file:, so that the app has one origin and no neighbours. */
export const APP_SCHEME = 'chartkeep'
/** The app's only address; it routes by hash. */
export const APP_ADDRESS = `${APP_SCHEME}://app/`

/** Longest path that is looked at; a build makes none near it. */
const MAX_PATH = 512
/** Kinds of files that a build makes. What is not named here is not served, source maps among it. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  bin: 'application/octet-stream',
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
}
/** Letters, digits, `_`, `-`, and dots inside; so no `.`, `..`, hidden file, drive letter, stream or short name. */
const SEGMENT = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/
/** Names that Windows gives to devices, whatever their ending. */
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i

/** What to answer: a file below the folder of the built app, or a refusal with its http status. */
export type AppAnswer =
  | { type: 'file'; /** below the folder, with `/` */ path: string; contentType: string }
  | { type: 'refused'; status: 400 | 404 | 405; reason: string }

const refused = (status: 400 | 404 | 405, reason: string): AppAnswer => ({ type: 'refused', status, reason })

/**
 * Decides what a request may read.
 *
 * A path without an ending is a screen and gets index.html, but for those of a server (`v1`). A path with one is a file or nothing: a missing script
 * that came back as a page would run into an error far from its cause.
 *
 * @param method - as sent; only GET reads
 * @param address - as sent, e.g. `chartkeep://app/assets/index-B2c.js?v=1#top`; query and fragment change nothing
 * @returns never throws, whatever the address
 */
export function answerFor(method: string, address: string): AppAnswer {
  if (method !== 'GET') return refused(405, 'only GET')
  if (!address.startsWith(APP_ADDRESS)) return refused(404, 'another address')

  const encoded = address.slice(APP_ADDRESS.length).split(/[?#]/, 1)[0] ?? ''
  if (encoded.length > MAX_PATH) return refused(400, 'path too long')
  const path = decodeOnce(encoded)
  if (path === null) return refused(400, 'path not encoded well')
  if (path === '') return file('index.html', 'html')

  const segments = path.split('/')
  if (!segments.every((segment) => SEGMENT.test(segment) && !DEVICE.test(segment)))
    return refused(400, 'path not allowed')
  const last = segments.at(-1) ?? ''
  if (!last.includes('.')) {
    return segments[0] === 'assets' || segments[0] === 'v1' ? refused(404, 'no such file') : file('index.html', 'html')
  }
  return file(path, last.slice(last.lastIndexOf('.') + 1))
}

function file(path: string, ending: string): AppAnswer {
  const contentType = Object.hasOwn(CONTENT_TYPES, ending) ? CONTENT_TYPES[ending] : undefined
  return contentType === undefined ? refused(404, 'no such kind of file') : { type: 'file', path, contentType }
}

/** Undoes one percent encoding; null where it is broken. What is encoded twice keeps a `%`, which no name may hold. */
function decodeOnce(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
