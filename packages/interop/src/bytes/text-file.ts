/**
 * The text of a file whose encoding nobody told: by its byte order mark, by what its XML declaration says, else UTF-8, else Big5 (what older
 * programs in Taiwan write), else Windows-1252. Never throws.
 */

/** Control characters that no text has; a file with them is none. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const NO_TEXT = /[\0-\x08\x0e-\x1a\x1c-\x1f]/

/** Null where the bytes are no text in any of these. Line ends stay as they are. */
export function textOfFile(bytes: Uint8Array): string | null {
  const marked =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null
  if (marked !== null) return decoded(bytes, marked)
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200))
  const told = /^(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}\bencoding\s*=\s*["']([\w.:-]{1,40})["']/
    .exec(head)?.[1]
    ?.toLowerCase()
  // What is marked as UTF-16 within text that is not is wrong about itself.
  const first = told === undefined || told.startsWith('utf-16') ? 'utf-8' : told
  for (const encoding of [first, 'utf-8', 'big5', 'windows-1252']) {
    const text = decoded(bytes, encoding)
    if (text !== null) return text
  }
  return null
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
