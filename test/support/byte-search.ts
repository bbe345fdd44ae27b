/** Finds texts in bytes, in the forms in which programs store them; quick enough for the profile of a browser. */
import { randomInt } from 'node:crypto'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** 20 letters and digits by chance, 119 bits: found anywhere, it came from where it was put. */
export function randomText(): string {
  return Array.from({ length: 20 }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}

/** A text where it must not be. */
export interface Found {
  text: string
  form: string
  where: string
}

/** UTF-8, UTF-16, hexadecimal, and base64 at each of its three alignments (base64url has the same letters but for two). */
function formsOf(text: string): { form: string; bytes: Buffer }[] {
  const utf8 = Buffer.from(text, 'utf8')
  const wide = Buffer.from(text, 'utf16le')
  const base64 = (bytes: Buffer, name: string) =>
    [0, 1, 2].flatMap((shift) => {
      // Letters that hang on the bytes before and after are left off.
      const whole = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
      const inner = whole.slice(shift === 0 ? 0 : shift + 1, Math.floor(((shift + bytes.length) * 8) / 6))
      return ['base64', 'base64url'].map((alphabet) => ({
        form: `${name} in ${alphabet}`,
        bytes: Buffer.from(alphabet === 'base64' ? inner : inner.replaceAll('+', '-').replaceAll('/', '_')),
      }))
    })
  return [
    { form: 'UTF-8', bytes: utf8 },
    { form: 'UTF-16LE', bytes: wide },
    { form: 'hexadecimal', bytes: Buffer.from(utf8.toString('hex')) },
    ...base64(utf8, 'UTF-8'),
    ...base64(wide, 'UTF-16LE'),
  ]
}

/** A search for many texts at once: one pass over the bytes, whatever their number. */
export function createSearch(texts: readonly string[]): (bytes: Uint8Array, where: string) => Found[] {
  const needles = texts.flatMap((text) => formsOf(text).map((form) => ({ text, ...form })))
  // Every needle is longer than 4 bytes; its first four choose the few that are compared whole.
  const isStart = new Uint8Array(65_536)
  const byStart = new Map<number, typeof needles>()
  for (const needle of needles) {
    isStart[needle.bytes.readUInt16LE(0)] = 1
    const start = needle.bytes.readUInt32LE(0)
    byStart.set(start, [...(byStart.get(start) ?? []), needle])
  }
  return (given, where) => {
    const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength)
    const found = new Map<string, Found>()
    for (let at = 0; at + 4 <= bytes.length; at++) {
      if (isStart[bytes[at]! | (bytes[at + 1]! << 8)] === 0) continue
      for (const { text, form, bytes: needle } of byStart.get(bytes.readUInt32LE(at)) ?? []) {
        if (bytes.compare(needle, 0, needle.length, at, Math.min(bytes.length, at + needle.length)) === 0)
          found.set(`${text} ${form}`, { text, form, where })
      }
    }
    return [...found.values()]
  }
}
