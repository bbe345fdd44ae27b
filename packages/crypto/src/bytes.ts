/**
 * Bytes to text, numbers and back, and comparison of bytes. Every decoder is
 * strict: one byte string has one text and the other way round (hex alone takes
 * both cases), so that two devices never disagree on what was signed.
 */

const HEX = '0123456789abcdef'
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const BASE64URL_CODES = Uint8Array.from(BASE64URL, (letter) => letter.charCodeAt(0))
const BASE64URL_VALUES = new Int8Array(128).fill(-1)
for (let value = 0; value < BASE64URL.length; value++) BASE64URL_VALUES[BASE64URL.charCodeAt(value)] = value

const encoder = new TextEncoder()
// ignoreBOM keeps a leading U+FEFF, which would otherwise vanish from signed text.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * UTF-8 bytes of `text`. Throws on text that has no UTF-8 form (a lone surrogate):
 * two different texts must not become the same bytes.
 */
export function utf8ToBytes(text: string): Uint8Array {
  if (!text.isWellFormed()) throw new TypeError('text holds a lone surrogate')
  return encoder.encode(text)
}

/** Text of UTF-8 `bytes`; `null` where they are not UTF-8. A byte order mark stays part of the text. */
export function bytesToUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

/** Lower-case hex, two characters a byte. */
export function bytesToHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15)
  return text
}

/** Bytes of hex in either case; `null` for an odd length or any other character. */
export function hexToBytes(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return null
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

/** base64url without padding (RFC 4648 section 5): 16 bytes give 22 characters, 32 give 43. */
export function bytesToBase64Url(bytes: Uint8Array): string {
  const { length } = bytes
  if (length > LONG) return longToBase64Url(bytes)
  const codes: number[] = []
  for (let i = 0; i < length; i += 3) {
    const left = length - i
    const group = (bytes[i]! << 16) | ((left > 1 ? bytes[i + 1]! : 0) << 8) | (left > 2 ? bytes[i + 2]! : 0)
    codes.push(BASE64URL_CODES[group >> 18]!, BASE64URL_CODES[(group >> 12) & 63]!)
    if (left > 1) codes.push(BASE64URL_CODES[(group >> 6) & 63]!)
    if (left > 2) codes.push(BASE64URL_CODES[group & 63]!)
  }
  return String.fromCharCode(...codes)
}

/** Ids and hashes are shorter; a longer text is put together from pieces, for a call takes only so many characters. */
const LONG = 768

function longToBase64Url(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += LONG) text += bytesToBase64Url(bytes.subarray(at, at + LONG))
  return text
}

/**
 * Reverses {@link bytesToBase64Url}. Returns `null` for padding, white space, any
 * character outside the alphabet, an impossible length, or spare bits that are not zero.
 */
export function base64UrlToBytes(text: string): Uint8Array | null {
  const spare = text.length % 4
  if (spare === 1) return null
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let bits = 0
  let bitCount = 0
  let at = 0
  for (let i = 0; i < text.length; i++) {
    const value = BASE64URL_VALUES[text.charCodeAt(i)] ?? -1
    if (value < 0) return null
    bits = ((bits << 6) | value) & 0xffff
    bitCount += 6
    if (bitCount >= 8) {
      bitCount -= 8
      bytes[at++] = (bits >> bitCount) & 0xff
    }
  }
  return (bits & ((1 << bitCount) - 1)) === 0 ? bytes : null
}

/** The parts one after another, in a new array. */
export function concatBytes(...parts: Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/**
 * Whether both hold the same bytes, in time that depends on their lengths only.
 * Different lengths are told apart at once: a length is never a secret here.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}

/** Order by unsigned bytes, a prefix before what it begins: negative, 0 or positive. For public values only. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** 4 bytes, big endian. Throws unless `n` is an integer from 0 to 2^32 - 1. */
export function uint32ToBytes(n: number): Uint8Array {
  if (!Number.isInteger(n) || n < 0 || n > 0xffffffff) throw new RangeError('not an unsigned 32-bit integer')
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, n)
  return bytes
}

/** 8 bytes, big endian. Throws unless `n` is a safe integer from 0 to 2^53 - 1. */
export function uint64ToBytes(n: number): Uint8Array {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError('not a safe unsigned integer')
  const [high, low] = [Math.floor(n / 2 ** 32), n >>> 0]
  // Byte by byte: a view would move so small an array out of the heap.
  const bytes = new Uint8Array(8)
  bytes[0] = high >>> 24
  bytes[1] = high >>> 16
  bytes[2] = high >>> 8
  bytes[3] = high
  bytes[4] = low >>> 24
  bytes[5] = low >>> 16
  bytes[6] = low >>> 8
  bytes[7] = low
  return bytes
}
