/**
 * The seal of files behind a SMART Health Link: compact JWE (RFC 7516), `alg: dir`, `enc: A256GCM`, optional `zip: DEF`
 * (raw DEFLATE before sealing). By Web Crypto.
 */
import { base64UrlToBytes, bytesToBase64Url, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { randomBytes } from '@chartkeep/crypto'
import { isJsonObject, parseJson, stringAt, type JsonObject } from '@chartkeep/domain'
import { deflateRaw, inflateRaw } from '../cards/inflate.ts'

/** `signed`: a JWS in its place, as one published example has it. `key`: wrong, or the text was changed. */
export type JweFault = 'too-large' | 'not-sealed' | 'signed' | 'header' | 'key' | 'deflate'

/** A file as it was opened. */
export interface OpenedFile {
  bytes: Uint8Array
  /** `cty` of the header, '' for none. */
  contentType: string
}

export const MOST_SEALED_LETTERS = 25 * 1024 * 1024
const MOST_OPENED_BYTES = 64 * 1024 * 1024
const TAG_BYTES = 16
const IV_BYTES = 12

/** Opens one file. A string is the reason for which it cannot be opened; nothing is thrown. `key`: 32 bytes. */
export async function openJwe(text: string, key: Uint8Array): Promise<OpenedFile | JweFault> {
  if (text.length > MOST_SEALED_LETTERS) return 'too-large'
  const parts = text.trim().split('.')
  if (parts.length === 3 && parts[0]!.startsWith('eyJ')) return 'signed'
  if (parts.length !== 5) return 'not-sealed'
  const [head, wrapped, iv, sealed, tag] = parts.map(base64UrlToBytes)
  const header = head === null || head === undefined ? null : objectIn(head)
  if (header === null || stringAt(header, 'alg') !== 'dir' || stringAt(header, 'enc') !== 'A256GCM') return 'header'
  // What must be understood and is not.
  if ('crit' in header || !['', 'DEF'].includes(stringAt(header, 'zip'))) return 'header'
  if (wrapped?.length !== 0 || iv?.length !== IV_BYTES || !sealed || tag?.length !== TAG_BYTES) return 'not-sealed'
  const both = new Uint8Array(sealed.length + TAG_BYTES)
  both.set(sealed)
  both.set(tag, sealed.length)
  const opened = await decrypted(both, key, iv, utf8ToBytes(parts[0]!))
  if (opened === null) return 'key'
  const contentType = stringAt(header, 'cty')
  if (stringAt(header, 'zip') === '') return { bytes: opened, contentType }
  const bytes = await inflateRaw(opened, MOST_OPENED_BYTES)
  return bytes instanceof Uint8Array ? { bytes, contentType } : bytes === 'too-large' ? bytes : 'deflate'
}

/** Seals one file under a fresh IV. `key`: 32 bytes. */
export async function sealJwe(
  bytes: Uint8Array,
  key: Uint8Array,
  { contentType, isPacked }: { contentType: string; isPacked: boolean },
): Promise<string> {
  const header = { alg: 'dir', enc: 'A256GCM', ...(isPacked ? { zip: 'DEF' } : {}), cty: contentType }
  const head = bytesToBase64Url(utf8ToBytes(JSON.stringify(header)))
  const iv = randomBytes(IV_BYTES)
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt(
      gcm(iv, utf8ToBytes(head)),
      await imported(key, 'encrypt'),
      new Uint8Array(isPacked ? await deflateRaw(bytes) : bytes),
    ),
  )
  const end = sealed.length - TAG_BYTES
  return [
    head,
    '',
    bytesToBase64Url(iv),
    base64UrlOf(sealed.subarray(0, end)),
    bytesToBase64Url(sealed.subarray(end)),
  ].join('.')
}

async function decrypted(
  both: Uint8Array,
  key: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array | null> {
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt(gcm(iv, aad), await imported(key, 'decrypt'), new Uint8Array(both)),
    )
  } catch {
    return null
  }
}

function gcm(iv: Uint8Array, additionalData: Uint8Array): AesGcmParams {
  return { name: 'AES-GCM', iv: new Uint8Array(iv), additionalData: new Uint8Array(additionalData) }
}

async function imported(key: Uint8Array, use: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return await crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, [use])
}

/** In pieces that end on a border of three bytes: a text of megabytes is not built letter by letter. */
function base64UrlOf(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 30_000) parts.push(bytesToBase64Url(bytes.subarray(at, at + 30_000)))
  return parts.join('')
}

function objectIn(bytes: Uint8Array): JsonObject | null {
  const parsed = parseJson(new TextDecoder().decode(bytes))
  return parsed.type === 'value' && isJsonObject(parsed.value) ? parsed.value : null
}
