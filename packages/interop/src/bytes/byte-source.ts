/**
 * Bytes of a file, unpacked while they stream (gzip by its magic number, RFC 1952), with cancel. Works in browsers and
 * in Node: only Web Streams are used.
 */

/**
 * A file that can be opened again: a browser's File or Blob, `openAsBlob` of node:fs, or anything with `stream()`.
 * NDJSON is read twice (names first, then resources), so one-way streams must be kept in a Blob first.
 */
export interface ByteSource {
  /** Bytes as stored (packed, if packed); leave out when not known. */
  readonly size?: number
  stream(): ReadableStream<Uint8Array<ArrayBuffer>> | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>
  /** The bytes from `start` to before `end`. An archive is read from its end; a source without this is taken into memory for it. */
  slice?(start: number, end: number): ByteSource
}

/** Bytes already in memory as a source. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async *stream() {
      yield bytes
    },
    slice: (start, end) => sourceOf(bytes.subarray(start, end)),
  }
}

/** How much was taken from the file, before unpacking. */
export interface ReadCount {
  bytes: number
}

/** The file's bytes could not be taken or unpacked. The message holds none of the file. */
export class SourceFailure extends Error {
  readonly reason: 'unreadable' | 'damaged-archive'
  constructor(reason: 'unreadable' | 'damaged-archive', cause: unknown) {
    super(`the file is ${reason}`, { cause })
    this.reason = reason
  }
}

/**
 * Opens the source and yields its bytes, unpacked when they are gzip. `count` rises with the packed bytes taken.
 * Ends early when the signal aborts; throws {@link SourceFailure} when the file cannot be read or unpacked.
 */
export async function* unpackedBytes(
  source: ByteSource,
  count: ReadCount,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const packed = counted(source, count, signal)
  const first = await firstBytes(packed)
  if (first === null) return
  const all = prepended(first, packed)
  if (first[0] === 0x1f && first[1] === 0x8b) yield* gunzipped(all)
  else yield* all
}

async function* counted(source: ByteSource, count: ReadCount, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunksOf(source.stream())) {
      if (signal?.aborted === true) return
      count.bytes += chunk.length
      if (chunk.length > 0) yield chunk
    }
  } catch (error) {
    throw error instanceof SourceFailure ? error : new SourceFailure('unreadable', error)
  }
}

/** The file's bytes as they are stored. Rejects as the stream does. */
export function bytesOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  return chunksOf(source.stream())
}

/** Browsers without async iteration of streams are served by the reader. */
async function* chunksOf(stream: ReturnType<ByteSource['stream']>): AsyncGenerator<Uint8Array> {
  if (Symbol.asyncIterator in stream) {
    yield* stream as AsyncIterable<Uint8Array>
    return
  }
  const reader = (stream as ReadableStream<Uint8Array>).getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel()
  }
}

/** At least two bytes, so that the magic number can be seen; null for an empty file. */
export async function firstBytes(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array | null> {
  let first = new Uint8Array(0)
  while (first.length < 2) {
    const next = await chunks.next()
    if (next.done === true) break
    const joined = new Uint8Array(first.length + next.value.length)
    joined.set(first)
    joined.set(next.value, first.length)
    first = joined
  }
  return first.length === 0 ? null : first
}

/** What was taken to look at it, and what comes after. */
export async function* prepended(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

async function* gunzipped(packed: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let failure: SourceFailure | null = null
  const input = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const next = await packed.next()
        if (next.done === true) controller.close()
        else controller.enqueue(new Uint8Array(next.value))
      } catch (error) {
        if (error instanceof SourceFailure) failure = error
        controller.error(error)
      }
    },
    async cancel() {
      await packed.return(undefined)
    },
  })
  const reader = input.pipeThrough(new DecompressionStream('gzip')).getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } catch (error) {
    throw failure ?? new SourceFailure('damaged-archive', error)
  } finally {
    await reader.cancel().catch(ignore)
  }
}

/** Cancelling a stream that has already failed rejects with the failure that was reported before. */
function ignore(): void {}
