/**
 * The text of a table whose encoding nobody told. A byte order mark and UTF-8 are certain; of the older encodings Big5 and
 * Windows-1252 read almost any bytes, so the letters decide: Chinese comes in words, and an accent read as Chinese is alone
 * among Latin letters.
 */

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const NO_TEXT = /[\0-\x08\x0e-\x1a\x1c-\x1f]/u

/** Null where the bytes are no text. */
export function textOfTable(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decoded(bytes, 'utf-16le')
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decoded(bytes, 'utf-16be')
  const zeros = zerosIn(bytes.subarray(0, 2000))
  if (zeros !== null) return decoded(bytes, zeros)
  const utf8 = decoded(bytes, 'utf-8')
  if (utf8 !== null) return utf8
  const chinese = ['big5', 'gb18030'].map((encoding) => decoded(bytes, encoding)).filter((text) => text !== null)
  const latin = decoded(bytes, 'windows-1252')
  const likely = chinese.find((text) => strayShare(text) < 0.3)
  return likely ?? latin ?? chinese[0] ?? null
}

/** Share of Chinese letters that are alone between others, or of a kind that nobody writes. */
function strayShare(text: string): number {
  const letters = Array.from(text.slice(0, 20_000))
  let all = 0
  let stray = 0
  for (const [at, letter] of letters.entries()) {
    if (letter.charCodeAt(0) < 0x80) continue
    const isChinese = /[\p{Script=Han}\u3000-\u303f\uff00-\uffef]/u.test(letter)
    const isLatinNext = [letters[at - 1], letters[at + 1]].some((next) => next !== undefined && /[A-Za-z]/u.test(next))
    const isAlone = [letters[at - 1], letters[at + 1]].every((next) => next === undefined || next.charCodeAt(0) < 0x80)
    all += 1
    if (!isChinese || (isAlone && isLatinNext)) stray += 1
  }
  return all === 0 ? 1 : stray / all
}

/** Latin text in UTF-16 has a zero in every second byte. */
function zerosIn(head: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  const [even, odd] = [0, 1].map((rest) => head.filter((byte, at) => byte === 0 && at % 2 === rest).length) as [
    number,
    number,
  ]
  if (even + odd === 0) return null
  return odd > even * 4 ? 'utf-16le' : even > odd * 4 ? 'utf-16be' : null
}

function decoded(bytes: Uint8Array, encoding: string): string | null {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    return NO_TEXT.test(text) ? null : text
  } catch {
    // Not of this encoding, or one that this device does not know.
    return null
  }
}
