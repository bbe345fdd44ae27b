/** A file of text as a whole, for doors whose kinds are small. */
import { joined } from '../bytes/byte-lines.ts'
import { SourceFailure, unpackedBytes } from '../bytes/byte-source.ts'
import { READ_LIMITS, refusal, type Refusal } from '../contract/fhir-items.ts'
import { textOfFile } from '../bytes/text-file.ts'
import type { DoorCounts, DoorOptions, ImportEvent, ImportInput } from '../contract/door.ts'

/** All bytes, unpacked; null when cancelled. Never throws for the source. */
export async function wholeBytes(
  { source }: ImportInput,
  { signal, limits }: DoorOptions,
): Promise<Uint8Array | Refusal | null> {
  const limitBytes = limits?.documentBytes ?? READ_LIMITS.documentBytes
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of unpackedBytes(source, { bytes: 0 }, signal)) {
      size += part.length
      if (size > limitBytes) return refusal('file', 'too-large', { sizeBytes: size, limitBytes, atLeast: true })
      parts.push(part.slice())
    }
  } catch (error) {
    if (error instanceof SourceFailure) return refusal('file', error.reason)
    throw error
  }
  return signal?.aborted === true ? null : joined(parts, size)
}

/** Counts of a file that was refused as a whole. */
export const ONE_REFUSED: DoorCounts = { found: 1, taken: 0, skipped: 0, refused: 1, resources: 0 }
export const NO_COUNTS: DoorCounts = { found: 0, taken: 0, skipped: 0, refused: 0, resources: 0 }

/** Size of the file as stored; null where it is not known. */
export function progressAtEnd({ source }: ImportInput): {
  type: 'progress'
  bytesRead: number
  totalBytes: number | null
} {
  return { type: 'progress', bytesRead: source.size ?? 0, totalBytes: source.size ?? null }
}

/** The text in whatever encoding, or why there is none; null where it was cancelled. Yields progress only. */
export async function* wholeText(
  input: ImportInput,
  options: DoorOptions,
): AsyncGenerator<ImportEvent, string | Refusal | null> {
  const bytes = await wholeBytes(input, options)
  if (bytes === null || !(bytes instanceof Uint8Array)) return bytes
  yield progressAtEnd(input)
  return bytes.length === 0 ? refusal('file', 'empty') : (textOfFile(bytes) ?? refusal('file', 'not-text'))
}

/** The end of a door that was cancelled. */
export const CANCELLED: ImportEvent = { type: 'done', outcome: 'cancelled', counts: NO_COUNTS }

/** A file of which no part is read: the refusal and the end. */
export function* refusedWhole(reason: Refusal): Generator<ImportEvent> {
  yield reason
  yield { type: 'done', outcome: 'refused', counts: ONE_REFUSED }
}
