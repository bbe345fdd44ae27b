/**
 * The text of a SMART Health Link: `shlink:/` and base64url of a small JSON, often behind the address of a viewer and `#`.
 * HL7 IG SMART Health Cards and Links 1.0.0, links specification. Unknown members and unknown flags are passed over, as it says.
 */
import { base64UrlToBytes, bytesToBase64Url, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { isJsonObject, JsonNumber, parseJson, stringAt, type JsonObject } from '@chartkeep/domain'

/** What a link says. Nobody has confirmed any of it. */
export interface LinkPayload {
  url: string
  /** Where the first request goes, for the person to see before it is made. */
  host: string
  /** An address of a home network or of this machine. */
  isPrivate: boolean
  /** 32 bytes. */
  key: Uint8Array
  /** Seconds since 1970, null for none: a hint. */
  expiresAt: number | null
  /** P: the server asks for a passcode. */
  hasPasscode: boolean
  /** U: the address is one sealed file. */
  isDirect: boolean
  /** L: what is behind it can change. */
  isLongTerm: boolean
  /** As the sender wrote it, at most 80 characters. */
  label: string
}

export type LinkFault =
  | 'not-a-link'
  | 'payload-unreadable'
  | 'address-missing'
  | 'address-not-https'
  | 'key'
  | 'direct-with-passcode'
  | 'newer-version'

const MOST_LETTERS = 8 * 1024
const LABEL_LETTERS = 80
/** Seconds as large as this are milliseconds: the year 5138. */
const LATEST_SECONDS = 100_000_000_000

/** The first link in the text, without its viewer; null for none. */
export function findLink(text: string): string | null {
  return /(?:^|[\s#"'<(])(shlink:\/[\w-]+)/iu.exec(text.slice(0, MOST_LETTERS))?.[1] ?? null
}

/**
 * @param allowsLoopback - http to this machine is taken too, as a test or a developer has it
 */
export function readLink(
  text: string,
  { allowsLoopback = false }: { allowsLoopback?: boolean } = {},
): LinkPayload | LinkFault {
  const link = findLink(text)
  if (link === null) return 'not-a-link'
  const bytes = base64UrlToBytes(link.slice('shlink:/'.length))
  const parsed = bytes === null ? null : parseJson(new TextDecoder().decode(bytes))
  if (parsed?.type !== 'value' || !isJsonObject(parsed.value)) return 'payload-unreadable'
  const payload = parsed.value
  const version = payload['v']
  if (version instanceof JsonNumber && version.valueOf() !== 1) return 'newer-version'
  const url = addressIn(stringAt(payload, 'url'))
  if (url === null) return 'address-missing'
  if (!mayBeAsked(url, allowsLoopback)) return 'address-not-https'
  const key = base64UrlToBytes(stringAt(payload, 'key'))
  if (key?.length !== 32) return 'key'
  const flags = stringAt(payload, 'flag')
  if (flags.includes('U') && flags.includes('P')) return 'direct-with-passcode'
  return {
    url: url.href,
    host: url.host,
    isPrivate: isPrivateHost(url.hostname),
    key,
    expiresAt: expiryOf(payload),
    hasPasscode: flags.includes('P'),
    isDirect: flags.includes('U'),
    isLongTerm: flags.includes('L'),
    label: stringAt(payload, 'label').slice(0, LABEL_LETTERS),
  }
}

/** What a new link says. */
export interface NewLink {
  url: string
  key: Uint8Array
  /** Seconds since 1970. */
  expiresAt: number | null
  /** In alphabetical order. */
  flags: string
  label: string
}

/** Text of a link for a QR code. */
export function linkTextOf({ url, key, expiresAt, flags, label }: NewLink): string {
  const payload = {
    url,
    ...(flags === '' ? {} : { flag: flags }),
    key: bytesToBase64Url(key),
    ...(expiresAt === null ? {} : { exp: Math.floor(expiresAt) }),
    ...(label === '' ? {} : { label: label.slice(0, LABEL_LETTERS) }),
    v: 1,
  }
  return `shlink:/${bytesToBase64Url(utf8ToBytes(JSON.stringify(payload)))}`
}

/** Https; or http to this machine where that is allowed. */
export function mayBeAsked(url: URL, allowsLoopback: boolean): boolean {
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (allowsLoopback && url.protocol === 'http:' && LOOPBACK.test(url.hostname))
}

/** Null for what is no absolute address. */
export function addressIn(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/u

function isPrivateHost(host: string): boolean {
  return (
    LOOPBACK.test(host) ||
    /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|0\.)/u.test(host) ||
    /^\[(?:f[cd]|fe[89ab]|::ffff:|::\])/u.test(host) ||
    /(?:^|\.)(?:local|lan|home|internal|home\.arpa|localhost)$/u.test(host) ||
    !host.includes('.')
  )
}

/** Some write it as a text or in milliseconds. */
function expiryOf(payload: JsonObject): number | null {
  const value = payload['exp']
  const number = value instanceof JsonNumber ? value.valueOf() : typeof value === 'string' ? Number(value) : NaN
  if (!Number.isFinite(number) || number <= 0) return null
  return number > LATEST_SECONDS ? number / 1000 : number
}
