/** Reads the published vectors under test/vectors; where each comes from is in its SOURCE.md. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** The bytes of a file under test/vectors, unpacked if its name ends in .gz. */
export function readVectorFile(path: string): Buffer {
  const bytes = readFileSync(new URL(`../vectors/${path}`, import.meta.url))
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes
}

/** A JSON file under test/vectors. The caller names its shape. */
export function readVectors<T>(path: string): T {
  return JSON.parse(readVectorFile(path).toString('utf8')) as T
}

/** A file of Wycheproof: groups with parameters of their own and tests of type `Test`. */
export interface Wycheproof<Group, Test> {
  testGroups: (Group & { tests: (Test & WycheproofTest)[] })[]
}

/** What every test of Wycheproof has. */
export interface WycheproofTest {
  tcId: number
  comment: string
  flags: string[]
  result: 'valid' | 'invalid' | 'acceptable'
}

/** Bytes of hex that is known to be right. */
export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

/** Bytes of base64 that is known to be right. */
export function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}

/** `length` bytes counting up from `start`: fixed, and different for different starts. */
export function countingBytes(length: number, start = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (start + i) % 256)
}

/** A copy with one bit changed. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes)
  copy[bit >> 3]! ^= 1 << (bit & 7)
  return copy
}

/** The number that bytes stand for, little endian. */
export function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(Uint8Array.from(bytes).toReversed()).toString('hex')}`)
}

/** `length` bytes, little endian. */
export function toLittleEndian(n: bigint, length: number): Uint8Array {
  return fromHex(n.toString(16).padStart(2 * length, '0')).toReversed()
}
