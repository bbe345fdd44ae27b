/**
 * What the window may do, as values and pure functions: main.ts hands them to Electron and adds nothing. After
 * Electron's list (https://www.electronjs.org/docs/latest/tutorial/security), stricter where Chartkeep needs less.
 */
import { APP_ADDRESS } from './app-protocol.ts'

/** The page has no Node, shares no world with the preload, and its process is sandboxed by the system. */
export const WEB_PREFERENCES = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  // Chromium fetches dictionaries from its maker, and some systems send words out to be checked.
  spellcheck: false,
} as const

/**
 * Scripts come from the build alone. Connections go to whichever server the person names: over TLS, or to this machine.
 * Argon2id is WebAssembly; Mantine writes its styles into the page.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "manifest-src 'self'",
  "connect-src 'self' https: wss: http://localhost:* ws://localhost:*",
  "object-src 'none'",
  "frame-src 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** On every answer of the app's own protocol. */
export const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
}

/**
 * What the page may ask for; everything else is denied. The clipboard is for "Copy my code", notifications are for reminders. Files and folders are
 * those that the person picks in the system's own dialogue, for backups.
 */
const ALLOWED_PERMISSIONS: ReadonlySet<string> = new Set(['clipboard-sanitized-write', 'fileSystem', 'notifications'])

/** Whether the window may go to an address: to the app itself, by its hash routes, and nowhere else. */
export function mayNavigateTo(address: string): boolean {
  return address === APP_ADDRESS || address.startsWith(`${APP_ADDRESS}#`)
}

/**
 * Whether to grant what a page asks for.
 *
 * @param permission - Electron's word, e.g. `media`, `geolocation`
 * @param asker - address or origin of the page that asks; '' where Electron gives none
 * @param media - kinds that a request for `media` names: the camera reads QR codes and takes pictures of papers; the microphone stays off
 */
export function mayHave(permission: string, asker: string, media: readonly string[] = []): boolean {
  const isCamera = permission === 'media' && media.length > 0 && media.every((kind) => kind === 'video')
  return isApp(asker) && (isCamera || ALLOWED_PERMISSIONS.has(permission))
}

/** Whether a download may be saved: only what the app made itself. */
export function mayDownload(address: string): boolean {
  return address.startsWith(`blob:${APP_ADDRESS}`)
}

function isApp(address: string): boolean {
  return `${address}/` === APP_ADDRESS || address.startsWith(APP_ADDRESS)
}
