/**
 * Reading zip archives (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT): the directory at the end, then each
 * entry by itself as a stream. Methods 0 and 8, ZIP64, names in UTF-8 or Big5. Encrypted and multi-disk archives are named
 * as such. Nothing that the directory says of sizes is trusted: an entry that unpacks to more fails.
 */
import { bytesOf, SourceFailure, type ByteSource } from '../bytes/byte-source.ts'

/** One file of an archive. */
export interface ZipEntry {
  /** Its path as written; never a place on a disk. */
  path: string
  /** Bytes in the archive and, as the directory says, after unpacking. */
  packedBytes: number
  sizeBytes: number
  /** Why it cannot be opened; null where it can. */
  fault: 'encrypted' | 'too-large' | 'damaged-archive' | null
  source: ByteSource
}

export type ZipFault = 'damaged-archive' | 'encrypted' | 'too-many-files' | 'too-large' | 'overlapping'

/** Above these an archive is not read. */
export interface ZipLimits {
  entries: number
  /** All entries unpacked together. */
  totalBytes: number
  /** Entries over 10 MB that unpack to more than so many times their packed size are no records of anybody's. */
  ratio: number
}

export const ZIP_LIMITS: ZipLimits = { entries: 10_000, totalBytes: 2 * 1024 * 1024 * 1024, ratio: 200 }

const RATIO_FROM_BYTES = 10 * 1024 * 1024
const END_BYTES = 22
const END64_BYTES = 56
const LOCATOR_BYTES = 20
const COMMENT_BYTES = 65_535
const MOST_DIRECTORY_BYTES = 64 * 1024 * 1024

/** The files of the archive in the order of its directory, or why it is not read. Folders are left out. Throws {@link SourceFailure} only. */
export async function zipEntries(
  source: Sliceable,
  limits: ZipLimits = ZIP_LIMITS,
): Promise<ZipEntry[] | { fault: ZipFault }> {
  const directory = await directoryOf(source)
  if ('fault' in directory) return directory
  if (directory.count > limits.entries) return { fault: 'too-many-files' }
  if (directory.size > MOST_DIRECTORY_BYTES) return { fault: 'damaged-archive' }
  const view = viewOf(await taken(source.slice(directory.start, directory.start + directory.size)))
  const entries: RawEntry[] = []
  for (let at = 0; at + 46 <= view.byteLength;) {
    if (view.getUint32(at, true) !== 0x02014b50) break
    const entry = rawEntry(view, at)
    if (entry === null) return { fault: 'damaged-archive' }
    entries.push(entry)
    if (entries.length > limits.entries) return { fault: 'too-many-files' }
    at = entry.next
  }
  if (entries.length < directory.count) return { fault: 'damaged-archive' }
  const shift = directory.shift
  const files = entries.filter(({ path, sizeBytes }) => !(path.endsWith('/') && sizeBytes === 0))
  if (files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > limits.totalBytes) return { fault: 'too-large' }
  if (overlaps(files)) return { fault: 'overlapping' }
  if (files.length > 0 && files.every(({ flags }) => (flags & 1) !== 0)) return { fault: 'encrypted' }
  return files.map((entry) => opened(source, entry, shift, limits))
}

/** A source that can be read from any place. */
export type Sliceable = ByteSource & Required<Pick<ByteSource, 'size' | 'slice'>>

interface RawEntry {
  path: string
  flags: number
  method: number
  crc: number
  packedBytes: number
  sizeBytes: number
  offset: number
  next: number
}

interface Directory {
  start: number
  size: number
  count: number
  /** Bytes before the archive, which its own offsets do not count. */
  shift: number
}

async function directoryOf(source: Sliceable): Promise<Directory | { fault: ZipFault }> {
  const { size } = source
  const from = Math.max(0, size - END_BYTES - COMMENT_BYTES - LOCATOR_BYTES)
  const tail = viewOf(await taken(source.slice(from, size)))
  let end = tail.byteLength - END_BYTES
  while (end >= 0 && !(tail.getUint32(end, true) === 0x06054b50 && fits(tail, end))) end -= 1
  if (end < 0) return { fault: 'damaged-archive' }
  if (tail.getUint16(end + 4, true) !== 0 && tail.getUint16(end + 4, true) !== 0xffff)
    return { fault: 'damaged-archive' }
  let [count, length, start] = [
    tail.getUint16(end + 10, true),
    tail.getUint32(end + 12, true),
    tail.getUint32(end + 16, true),
  ]
  let before = from + end
  const locator = end - LOCATOR_BYTES
  if (locator >= 0 && tail.getUint32(locator, true) === 0x07064b50) {
    const at = Number(tail.getBigUint64(locator + 8, true))
    if (at + END64_BYTES > size) return { fault: 'damaged-archive' }
    const end64 = viewOf(await taken(source.slice(at, at + END64_BYTES)))
    if (end64.byteLength < END64_BYTES || end64.getUint32(0, true) !== 0x06064b50) return { fault: 'damaged-archive' }
    ;[count, length, start] = [
      Number(end64.getBigUint64(32, true)),
      Number(end64.getBigUint64(40, true)),
      Number(end64.getBigUint64(48, true)),
    ]
    before = at
  }
  const shift = before - length - start
  if (shift < 0 || start + shift < 0) return { fault: 'damaged-archive' }
  return { start: start + shift, size: length, count, shift }
}

/** The comment ends where the file ends, or before what was sent behind it. */
function fits(tail: DataView, end: number): boolean {
  return end + END_BYTES + tail.getUint16(end + 20, true) <= tail.byteLength
}

function rawEntry(view: DataView, at: number): RawEntry | null {
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((place) => view.getUint16(at + place, true)) as [
    number,
    number,
    number,
  ]
  const nameAt = at + 46
  const next = nameAt + nameLength + extraLength + commentLength
  if (next > view.byteLength) return null
  const flags = view.getUint16(at + 8, true)
  const name = new Uint8Array(view.buffer, view.byteOffset + nameAt, nameLength)
  const sizes = { packedBytes: view.getUint32(at + 20, true), sizeBytes: view.getUint32(at + 24, true) }
  let offset = view.getUint32(at + 42, true)
  // ZIP64: what does not fit into 32 bits has a field of its own, in this order.
  for (let field = nameAt + nameLength; field + 4 <= nameAt + nameLength + extraLength;) {
    const length = view.getUint16(field + 2, true)
    if (view.getUint16(field, true) === 1) {
      let value = field + 4
      const wide = () => {
        if (value + 8 > field + 4 + length) return NaN
        value += 8
        return Number(view.getBigUint64(value - 8, true))
      }
      if (sizes.sizeBytes === 0xffffffff) sizes.sizeBytes = wide()
      if (sizes.packedBytes === 0xffffffff) sizes.packedBytes = wide()
      if (offset === 0xffffffff) offset = wide()
    }
    field += 4 + length
  }
  if (![sizes.sizeBytes, sizes.packedBytes, offset].every(Number.isSafeInteger)) return null
  return {
    path: nameText(name, (flags & 0x800) !== 0),
    flags,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    ...sizes,
    offset,
    next,
  }
}

function nameText(bytes: Uint8Array, isUtf8: boolean): string {
  for (const encoding of isUtf8 ? ['utf-8'] : ['utf-8', 'big5']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes)
    } catch {
      // Not of this encoding.
    }
  }
  return new TextDecoder('latin1').decode(bytes)
}

/** Entries that share bytes unpack to far more than the archive holds. */
function overlaps(entries: readonly RawEntry[]): boolean {
  const inOrder = entries.toSorted((one, other) => one.offset - other.offset)
  return inOrder.some(({ offset, packedBytes }, at) => {
    const next = inOrder[at + 1]
    return next !== undefined && offset + 30 + packedBytes > next.offset
  })
}

function opened(source: Sliceable, entry: RawEntry, shift: number, limits: ZipLimits): ZipEntry {
  const { path, flags, method, packedBytes, sizeBytes } = entry
  const isBomb = sizeBytes > RATIO_FROM_BYTES && sizeBytes > packedBytes * limits.ratio
  const fault =
    (flags & 1) !== 0
      ? 'encrypted'
      : method !== 0 && method !== 8
        ? 'damaged-archive'
        : isBomb || sizeBytes > limits.totalBytes
          ? 'too-large'
          : null
  return {
    path,
    packedBytes,
    sizeBytes,
    fault,
    source: { size: sizeBytes, stream: () => contentOf(source, entry, shift) },
  }
}

async function* contentOf(source: Sliceable, entry: RawEntry, shift: number): AsyncGenerator<Uint8Array> {
  const header = viewOf(await taken(source.slice(entry.offset + shift, entry.offset + shift + 30)))
  if (header.byteLength < 30 || header.getUint32(0, true) !== 0x04034b50)
    throw new SourceFailure('damaged-archive', null)
  const start = entry.offset + shift + 30 + header.getUint16(26, true) + header.getUint16(28, true)
  const packed = bytesOf(source.slice(start, start + entry.packedBytes))
  let size = 0
  try {
    for await (const chunk of entry.method === 0 ? packed : inflated(packed, entry)) {
      size += chunk.length
      if (size > entry.sizeBytes) break
      yield chunk
    }
  } catch (error) {
    throw error instanceof SourceFailure ? error : new SourceFailure('damaged-archive', error)
  }
  if (size !== entry.sizeBytes) throw new SourceFailure('damaged-archive', null)
}

/** As gzip, so that the browser checks the sum of the content: https://www.rfc-editor.org/rfc/rfc1952 */
async function* inflated(packed: AsyncIterable<Uint8Array>, { crc, sizeBytes }: RawEntry): AsyncGenerator<Uint8Array> {
  const trailer = new DataView(new ArrayBuffer(8))
  trailer.setUint32(0, crc, true)
  trailer.setUint32(4, sizeBytes % 2 ** 32, true)
  const parts = (async function* () {
    yield Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)
    yield* packed
    yield new Uint8Array(trailer.buffer)
  })()
  const input = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const next = await parts.next()
        if (next.done === true) controller.close()
        else controller.enqueue(new Uint8Array(next.value))
      } catch (error) {
        controller.error(error)
      }
    },
    async cancel() {
      await parts.return(undefined)
    },
  })
  const reader = input.pipeThrough(new DecompressionStream('gzip')).getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel().catch(() => {})
  }
}

async function taken(source: ByteSource): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of bytesOf(source)) {
      parts.push(part)
      size += part.length
    }
  } catch (error) {
    throw new SourceFailure('unreadable', error)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
