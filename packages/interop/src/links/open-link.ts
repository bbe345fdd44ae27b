/**
 * Opening a SMART Health Link: the manifest with passcode and recipient, or the one sealed file of a direct link, then each
 * file. The network is a port: the app asks through a page without rights of its own, tests ask a real server.
 */
import { isJsonObject, JsonNumber, objectsAt, parseJson, stringAt, type JsonObject } from '@chartkeep/domain'
import { MOST_SEALED_LETTERS, openJwe, type JweFault } from './jwe.ts'
import { addressIn, mayBeAsked, type LinkPayload } from './link-text.ts'

export interface LinkRequest {
  url: string
  method: 'GET' | 'POST'
  /** JSON text of a POST. */
  body: string | null
  accept: string
}

export interface LinkAnswer {
  status: number
  body: Uint8Array
  /** Seconds of a `Retry-After`, null for none. */
  retryAfter: number | null
}

/** Asks another server. Null: it was not reached, or it may not be read (CORS). Never throws. */
export type LinkFetch = (request: LinkRequest) => Promise<LinkAnswer | null>

export interface OpenLinkOptions {
  fetch: LinkFetch
  /** What the person calls themselves to the server; never the account's name. */
  recipient: string
  passcode?: string
  /** As for {@link readLink}. */
  allowsLoopback?: boolean
}

export type LinkContentType = 'application/smart-health-card' | 'application/fhir+json'

export interface LinkFile {
  contentType: LinkContentType
  text: string
  /** As the manifest writes it, '' for none. */
  fhirVersion: string
  lastUpdated: string
  status: string
}

/** A file of the manifest that was left, and why. */
export interface LeftFile {
  place: number
  reason: JweFault | 'api-access' | 'other-type' | 'address' | 'unreachable' | 'gone' | 'not-text'
}

export type OpenedLink =
  | { type: 'opened'; files: LinkFile[]; left: LeftFile[]; canChange: boolean }
  /** The server wants a passcode, or another; `remaining` tries as it says, null for not told. */
  | { type: 'passcode'; remaining: number | null }
  /** Ended, revoked, used up or never there: servers do not tell which. */
  | { type: 'ended' }
  | { type: 'busy'; retryAfter: number | null }
  | { type: 'unreachable' }
  /** The server answered what no Health Link answers. */
  | { type: 'no-health-link' }

const MOST_FILES = 100
const MOST_RECIPIENT_LETTERS = 100

/** Opens the link once. Nothing is thrown for what a server answers. */
export async function openLink(link: LinkPayload, options: OpenLinkOptions): Promise<OpenedLink> {
  const asked = { ...options, recipient: options.recipient.slice(0, MOST_RECIPIENT_LETTERS) }
  return link.isDirect ? await openDirect(link, asked) : await openManifest(link, asked)
}

async function openDirect(link: LinkPayload, { fetch, recipient }: OpenLinkOptions): Promise<OpenedLink> {
  const url = new URL(link.url)
  url.searchParams.set('recipient', recipient)
  const answer = await fetch({ url: url.href, method: 'GET', body: null, accept: 'application/jose, */*' })
  const refused = refusedBy(answer)
  if (refused !== null) return refused
  const file = await fileOf(textOf(answer!.body), link.key, null)
  const isFile = !('reason' in file)
  return {
    type: 'opened',
    files: isFile ? [file] : [],
    left: isFile ? [] : [{ place: 1, reason: file.reason }],
    canChange: link.isLongTerm,
  }
}

async function openManifest(link: LinkPayload, options: OpenLinkOptions): Promise<OpenedLink> {
  const manifest = await manifestOf(link, options)
  if (!('entries' in manifest)) return manifest
  const files: LinkFile[] = []
  const left: LeftFile[] = []
  let { entries } = manifest
  for (let index = 0; index < entries.length; index++) {
    let file = await fileAt(entries[index]!, link.key, options)
    if ('reason' in file && file.reason === 'gone') {
      // Addresses live for an hour at most, and may be good for one use: a new manifest has new ones.
      const again = await manifestOf(link, options)
      const entry = 'entries' in again && again.entries.length === entries.length ? again.entries[index] : undefined
      if (entry !== undefined) {
        entries = 'entries' in again ? again.entries : entries
        file = await fileAt(entry, link.key, options)
      }
    }
    if ('reason' in file) left.push({ place: index + 1, reason: file.reason })
    else files.push(file)
  }
  return { type: 'opened', files, left, canChange: link.isLongTerm || manifest.canChange }
}

type Manifest = { entries: JsonObject[]; canChange: boolean }

async function manifestOf(
  { url }: LinkPayload,
  { fetch, recipient, passcode }: OpenLinkOptions,
): Promise<Manifest | OpenedLink> {
  const body = JSON.stringify({ recipient, ...(passcode === undefined ? {} : { passcode }) })
  const answer = await fetch({ url, method: 'POST', body, accept: 'application/json' })
  const refused = refusedBy(answer)
  if (refused !== null) return refused
  const parsed = parseJson(textOf(answer!.body) ?? '')
  if (parsed.type === 'error' || !isJsonObject(parsed.value) || !Array.isArray(parsed.value['files']))
    return { type: 'no-health-link' }
  const entries = objectsAt(parsed.value, 'files')
  return {
    entries: entries.slice(0, MOST_FILES),
    canChange:
      stringAt(parsed.value, 'status') === 'can-change' ||
      entries.some((each) => stringAt(each, 'status') === 'can-change'),
  }
}

function refusedBy(answer: LinkAnswer | null): OpenedLink | null {
  if (answer === null) return { type: 'unreachable' }
  const { status, body, retryAfter } = answer
  if (status >= 200 && status < 300) return null
  if (status === 401 || status === 403) return { type: 'passcode', remaining: remainingIn(body) }
  if (status === 404 || status === 410) return { type: 'ended' }
  if (status === 429 || status === 503) return { type: 'busy', retryAfter }
  return { type: 'no-health-link' }
}

function remainingIn(body: Uint8Array): number | null {
  const parsed = parseJson(textOf(body) ?? '')
  const number = parsed.type === 'value' && isJsonObject(parsed.value) ? parsed.value['remainingAttempts'] : null
  return number instanceof JsonNumber && Number.isSafeInteger(number.valueOf()) ? number.valueOf() : null
}

async function fileAt(
  entry: JsonObject,
  key: Uint8Array,
  { fetch, allowsLoopback = false }: OpenLinkOptions,
): Promise<LinkFile | { reason: LeftFile['reason'] }> {
  const told = stringAt(entry, 'contentType')
  if (told.startsWith('application/smart-api-access')) return { reason: 'api-access' }
  if (told !== '' && typeOf(told) === null) return { reason: 'other-type' }
  const embedded = entry['embedded']
  if (typeof embedded === 'string') return await fileOf(embedded, key, entry)
  const url = addressIn(stringAt(entry, 'location'))
  if (url === null || !mayBeAsked(url, allowsLoopback)) return { reason: 'address' }
  const answer = await fetch({ url: url.href, method: 'GET', body: null, accept: 'application/jose, */*' })
  if (answer === null) return { reason: 'unreachable' }
  if (answer.status < 200 || answer.status >= 300) return { reason: 'gone' }
  return await fileOf(textOf(answer.body), key, entry)
}

async function fileOf(
  sealed: string | null,
  key: Uint8Array,
  entry: JsonObject | null,
): Promise<LinkFile | { reason: LeftFile['reason'] }> {
  if (sealed === null || sealed.length > MOST_SEALED_LETTERS)
    return { reason: sealed === null ? 'not-sealed' : 'too-large' }
  const opened = await openJwe(sealed, key)
  if (typeof opened === 'string') return { reason: opened }
  const text = textOf(opened.bytes)
  if (text === null) return { reason: 'not-text' }
  const contentType = typeOf(stringAt(entry, 'contentType')) ?? typeOf(opened.contentType) ?? sniffed(text)
  if (contentType === null) return { reason: 'other-type' }
  return {
    contentType,
    text,
    fhirVersion: stringAt(entry, 'fhirVersion'),
    lastUpdated: stringAt(entry, 'lastUpdated'),
    status: stringAt(entry, 'status'),
  }
}

function typeOf(told: string): LinkContentType | null {
  if (/^application\/smart-health-card(?:;|$)/iu.test(told)) return 'application/smart-health-card'
  return /^(?:application\/)?fhir\+json(?:;|$)/iu.test(told) ? 'application/fhir+json' : null
}

function sniffed(text: string): LinkContentType | null {
  const head = text.slice(0, 2000)
  if (/"verifiableCredential"/u.test(head)) return 'application/smart-health-card'
  return /"resourceType"/u.test(head) ? 'application/fhir+json' : null
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
