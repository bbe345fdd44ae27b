/**
 * Files that a program of Windows wrote in UTF-16, known by the byte order mark in front: read as the UTF-8 that a reader of FHIR expects.
 * Everything else goes through as it is.
 */
import { firstBytes, prepended } from './byte-source.ts'

/** No text in any encoding: what is marked as UTF-16 and is none, ends in it and is refused as every other file that is no text. */
const NO_TEXT = Uint8Array.of(0xff)

export async function* inUtf8(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await firstBytes(bytes)
  if (first === null) return
  const all = prepended(first, bytes)
  if (first[0] === 0xff && first[1] === 0xfe) yield* decoded(all, 'utf-16le')
  else if (first[0] === 0xfe && first[1] === 0xff) yield* decoded(all, 'utf-16be')
  else yield* all
}

async function* decoded(bytes: AsyncGenerator<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const encoder = new TextEncoder()
  // A decoder throws where the text ends in half a character, too.
  const textOf = (part?: Uint8Array) => {
    try {
      return decoder.decode(part, { stream: part !== undefined })
    } catch {
      return null
    }
  }
  for await (const part of bytes) {
    const text = textOf(part)
    if (text === null) return yield NO_TEXT
    if (text !== '') yield encoder.encode(text)
  }
  const rest = textOf()
  if (rest === null) yield NO_TEXT
}
