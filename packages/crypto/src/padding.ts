/** Padding of plaintexts before they are sealed (rule E3): a length tells little, and every plaintext has one padded form. */
import { utf8ToBytes } from './bytes.ts'

const PADDED_FLOOR = 256
const END_MARK = 0x80

/**
 * The padded length of `n` bytes by PADME (https://doi.org/10.2478/popets-2019-0056, algorithm 1),
 * at least 256: the length keeps only the leading half of its bits, which costs under 12 percent.
 * Throws unless `n` is a length from 0 to 2^32 - 1.
 */
export function padmeLength(n: number): number {
  if (!Number.isInteger(n) || n < 0 || n > 0xffffffff) throw new RangeError('not a length that can be padded')
  if (n <= PADDED_FLOOR) return PADDED_FLOOR
  const exponent = 31 - Math.clz32(n)
  const significantBits = 32 - Math.clz32(exponent)
  const step = 2 ** (exponent - significantBits)
  return Math.ceil(n / step) * step
}

/** plaintext || 0x80 || zeros, up to padmeLength(plaintext length + 1); of several parts, the plaintext is one after another. */
export function pad(...parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const padded = new Uint8Array(padmeLength(length + 1))
  let at = 0
  for (const part of parts) {
    padded.set(part, at)
    at += part.length
  }
  padded[length] = END_MARK
  return padded
}

const encoder = new TextEncoder()

/** {@link pad} of the UTF-8 bytes of `text`, written where they stay: most texts have a byte for each character. Throws as utf8ToBytes does. */
export function padText(text: string): Uint8Array {
  if (!text.isWellFormed()) return pad(utf8ToBytes(text))
  const padded = new Uint8Array(padmeLength(text.length + 1))
  const { read, written } = encoder.encodeInto(text, padded)
  // The UTF-8 bytes may need the next padding length. Then everything is written again.
  if (read < text.length || padmeLength(written + 1) !== padded.length) return pad(utf8ToBytes(text))
  padded[written] = END_MARK
  return padded
}

/**
 * Reverses {@link pad}, as a copy. Returns `null` unless `padded` is exactly what pad gives:
 * no mark, anything but zeros after it, or more or less padding than the length asks for.
 */
export function unpad(padded: Uint8Array): Uint8Array | null {
  let end = padded.length - 1
  while (padded[end] === 0) end--
  if (padded[end] !== END_MARK || padded.length !== padmeLength(end + 1)) return null
  return new Uint8Array(padded.subarray(0, end))
}
