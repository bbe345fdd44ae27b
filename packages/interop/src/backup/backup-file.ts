/**
 * The backup file as a container (K11): head, sealed parts, end. It knows nothing about what the items in it mean. Written and read as
 * streams, one part of a megabyte at a time; what is wrong with a file is told apart: cut off, changed, or another passphrase.
 */
import {
  CHUNK_SIZE,
  deriveLargeKey,
  openStreamPart,
  padmeLength,
  sealStreamPart,
  type LargeKey,
} from '@chartkeep/crypto'
import { concatBytes, equalBytes, uint32ToBytes, uint64ToBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256, startSha256 } from '@chartkeep/crypto/hash'
import {
  BACKUP_BEGINNING,
  createHead,
  headLength,
  isBeginning,
  openHead,
  type BackupKey,
  type BackupLock,
} from './backup-head.ts'
import { bytesOf, type ByteSource } from '../bytes/byte-source.ts'

const TAG_LENGTH = 16
const PIECE = CHUNK_SIZE + TAG_LENGTH
const END_MARK = utf8ToBytes('chartkeep-end-v1')
const END_LENGTH = END_MARK.length + 8
/** No item is longer: a sealed chunk of a file, or the largest record with all that is next to it. */
const MAX_ITEM_BYTES = 64 * 1024 * 1024

/** A file as it was written, or as it was read: equal for the same file and no other. */
export interface BackupSummary {
  items: number
  fileBytes: number
  /** SHA-256 over the authentication tags of all parts, which stand for every byte in them. */
  fingerprint: Uint8Array
}

export interface SealBackupInput {
  lock: BackupLock
  /** Public box key of the recovery kit, 32 bytes. */
  kit: Uint8Array
  /** How many items there will be, as far as it is known: only told to people, when a file turns out to be cut off. */
  planned: number
  items: AsyncIterable<Uint8Array>
  signal?: AbortSignal | undefined
}

/** The bytes of a backup file, piece by piece. Throws the signal's reason, and what `items` throws: what was written by then is no backup. */
export async function* sealBackup(input: SealBackupInput): AsyncGenerator<Uint8Array, BackupSummary> {
  const { bytes: head, fileKey } = createHead(input.lock, input.kit)
  const key = await partKey(fileKey, head)
  fileKey.fill(0)
  const tags = startSha256()
  let fileBytes = head.length
  let items = 0
  let index = 0
  async function seal(plain: Uint8Array, isLast: boolean): Promise<Uint8Array> {
    input.signal?.throwIfAborted()
    const sealed = await sealStreamPart(key, index++, isLast, plain)
    tags.update(sealed.subarray(-TAG_LENGTH))
    fileBytes += sealed.length
    return sealed
  }
  yield head
  let waiting: Uint8Array | null = null
  for await (const plain of partsOf(framed(input, () => items++))) {
    if (waiting !== null) yield await seal(waiting, false)
    waiting = plain
  }
  yield await seal(waiting!, true)
  fileBytes += END_LENGTH
  yield concatBytes(END_MARK, uint64ToBytes(fileBytes))
  return { items, fileBytes, fingerprint: tags.digest() }
}

/** Planned items (8), then each item after its length (4), then 0 (4), items (8), their bytes (8), zeros. */
async function* framed({ planned, items, signal }: SealBackupInput, onItem: () => void): AsyncGenerator<Uint8Array> {
  let count = 0
  let bytes = 0
  yield uint64ToBytes(planned)
  for await (const item of items) {
    signal?.throwIfAborted()
    if (item.length === 0 || item.length > MAX_ITEM_BYTES) throw new RangeError('an item has 1 byte to 64 MiB')
    onItem()
    count++
    bytes += item.length
    yield uint32ToBytes(item.length)
    yield item
  }
  yield concatBytes(uint32ToBytes(0), uint64ToBytes(count), uint64ToBytes(bytes))
  // B2: sizes say little.
  const length = 8 + 4 * count + bytes + 20
  for (let left = padmeLength(length) - length; left > 0; left -= CHUNK_SIZE)
    yield new Uint8Array(Math.min(left, CHUNK_SIZE))
}

/** The same bytes in full parts, the last of 1 byte to a full part. */
async function* partsOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(CHUNK_SIZE)
  let filled = 0
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      if (filled === CHUNK_SIZE) {
        yield part
        part = new Uint8Array(CHUNK_SIZE)
        filled = 0
      }
      const taken = piece.subarray(at, at + CHUNK_SIZE - filled)
      part.set(taken, filled)
      filled += taken.length
      at += taken.length
    }
  }
  yield part.subarray(0, filled)
}

function partKey(fileKey: Uint8Array, head: Uint8Array): Promise<LargeKey> {
  return deriveLargeKey(fileKey, 'backup-part', sha256(head))
}

/**
 * What is wrong with a file after its key has opened. `incomplete`: it was cut off. `damaged`: something in it was changed. `unreadable`: the
 * disk or the browser does not give it out.
 */
export class BackupFault extends Error {
  override readonly name = 'BackupFault'
  readonly fault: 'incomplete' | 'damaged' | 'unreadable'
  /** Items read before it, of how many; null where not even that could be read. */
  readonly read: number
  readonly all: number | null
  constructor(fault: BackupFault['fault'], read: number, all: number | null, cause?: unknown) {
    super(`the backup is ${fault}`, { cause })
    this.fault = fault
    this.read = read
    this.all = all
  }
}

export type BackupRefusal =
  | { type: 'not-a-backup' }
  | { type: 'newer' }
  | { type: 'wrong-passphrase' }
  | { type: 'wrong-kit' }
  | { type: 'bad-code' }
  | { type: 'incomplete' }
  | { type: 'damaged' }
  | { type: 'unreadable' }

export interface OpenedBackup {
  type: 'opened'
  /** The items in order; throws a {@link BackupFault}, and the signal's reason. What came before it was genuine. Read once. */
  items: AsyncGenerator<Uint8Array, BackupSummary>
}

/** Opens a file with what the person has in hand; `items` then reads it. `onProgress`: bytes taken from the file. */
export async function openBackup(
  source: ByteSource,
  key: BackupKey,
  { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: (bytes: number) => void } = {},
): Promise<OpenedBackup | BackupRefusal> {
  const input = new Input(bytesOf(source))
  try {
    const beginning = await input.take(BACKUP_BEGINNING)
    if (beginning.length < BACKUP_BEGINNING)
      return isBeginning(beginning) ? { type: 'incomplete' } : { type: 'not-a-backup' }
    const length = headLength(beginning)
    if (typeof length !== 'number') return length
    const head = concatBytes(beginning, await input.take(length - BACKUP_BEGINNING))
    if (head.length < length) return { type: 'incomplete' }
    const opened = await openHead(head, key)
    if (opened.type !== 'opened') return opened
    const parts = await partKey(opened.fileKey, head)
    opened.fileKey.fill(0)
    const reader = new PartReader(input, parts, head.length)
    return { type: 'opened', items: reader.items(signal, onProgress) }
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    if (error instanceof BackupFault && error.fault === 'unreadable') return { type: 'unreadable' }
    throw error
  }
}

/** Bytes that are asked for by number. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)
  #isOver = false

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Up to `length` bytes; fewer only where the file ends. */
  async take(length: number): Promise<Uint8Array> {
    const taken = (await this.look(length)).slice(0, length)
    this.#rest = this.#rest.subarray(taken.length)
    return taken
  }

  /** At least `length` bytes, which stay; fewer only where the file ends. */
  async look(length: number): Promise<Uint8Array> {
    const pieces = [this.#rest]
    let have = this.#rest.length
    while (have < length && !this.#isOver) {
      const next = await this.#chunks.next().catch((error: unknown) => {
        throw new BackupFault('unreadable', 0, null, error)
      })
      if (next.done === true) this.#isOver = true
      else {
        pieces.push(next.value)
        have += next.value.length
      }
    }
    if (pieces.length > 1) this.#rest = concatBytes(...pieces)
    return this.#rest
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}

class PartReader {
  readonly #input: Input
  readonly #key: LargeKey
  readonly #tags = startSha256()
  #fileBytes: number
  #index = 0
  #read = 0
  #all: number | null = null

  constructor(input: Input, key: LargeKey, headBytes: number) {
    this.#input = input
    this.#key = key
    this.#fileBytes = headBytes
  }

  async *items(
    signal: AbortSignal | undefined,
    onProgress: ((bytes: number) => void) | undefined,
  ): AsyncGenerator<Uint8Array, BackupSummary> {
    let bytes = 0
    let rest: Uint8Array = new Uint8Array(0)
    let end: Uint8Array | null = null
    try {
      for await (const plain of this.#parts()) {
        signal?.throwIfAborted()
        onProgress?.(this.#fileBytes)
        rest = concatBytes(rest, plain)
        let at = 0
        if (this.#all === null) {
          if (rest.length < 8) continue
          this.#all = uint64At(rest, 0)
          at = 8
        }
        while (end === null && rest.length - at >= 4) {
          const length = new DataView(rest.buffer, rest.byteOffset).getUint32(at)
          if (length > MAX_ITEM_BYTES) throw this.#fault('damaged')
          if (length === 0) {
            if (rest.length - at < 20) break
            end = rest.subarray(at, at + 20)
            at += 20
          } else {
            if (rest.length - at < 4 + length) break
            const item = rest.slice(at + 4, at + 4 + length)
            at += 4 + length
            this.#read++
            bytes += length
            yield item
          }
        }
        if (end !== null) {
          if (!rest.subarray(at).every((byte) => byte === 0)) throw this.#fault('damaged')
          rest = new Uint8Array(0)
        } else rest = rest.subarray(at)
      }
      // Genuine parts with another count than they name: whoever wrote them made a mistake.
      const isWhole = end !== null && uint64At(end, 4) === this.#read && uint64At(end, 12) === bytes
      if (!isWhole) throw this.#fault('damaged')
      return { items: this.#read, fileBytes: this.#fileBytes, fingerprint: this.#tags.digest() }
    } catch (error) {
      if (error instanceof BackupFault && error.fault === 'unreadable') throw this.#fault('unreadable', error.cause)
      throw error
    } finally {
      await this.#input.close()
    }
  }

  #fault(fault: BackupFault['fault'], cause?: unknown): BackupFault {
    return new BackupFault(fault, this.#read, this.#all, cause)
  }

  async *#parts(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const ahead = await this.#input.look(PIECE + END_LENGTH + 1)
      if (ahead.length <= PIECE + END_LENGTH) return yield* this.#lastParts(ahead)
      const sealed = await this.#input.take(PIECE)
      const plain = await openStreamPart(this.#key, this.#index, false, sealed)
      if (plain === null) throw this.#fault('damaged')
      this.#count(sealed)
      yield plain
    }
  }

  /** What is left holds the last part and the end, or it was cut off, or changed. */
  async *#lastParts(left: Uint8Array): AsyncGenerator<Uint8Array> {
    const [sealed, end] = [left.subarray(0, Math.max(0, left.length - END_LENGTH)), left.subarray(-END_LENGTH)]
    const isEnd = end.length === END_LENGTH && equalBytes(end.subarray(0, END_MARK.length), END_MARK)
    const isWhole = isEnd && uint64At(end, END_MARK.length) === this.#fileBytes + left.length
    const plain = sealed.length > PIECE ? null : await openStreamPart(this.#key, this.#index, true, sealed)
    if (isWhole && plain !== null) {
      this.#count(sealed)
      this.#fileBytes += END_LENGTH
      return yield plain
    }
    // Where a whole end mark is with its length, nothing was cut off.
    const isUncut = hasEndMark(left.subarray(0, Math.max(0, left.length - 8)))
    if (isWhole || plain !== null || isUncut) throw this.#fault('damaged')
    // A whole part before the cut: its items were there.
    const before = left.length < PIECE ? null : left.subarray(0, PIECE)
    const cut = before === null ? null : await openStreamPart(this.#key, this.#index, false, before)
    if (cut !== null) yield cut
    throw this.#fault('incomplete')
  }

  #count(sealed: Uint8Array): void {
    this.#index++
    this.#fileBytes += sealed.length
    this.#tags.update(sealed.subarray(-TAG_LENGTH))
  }
}

function hasEndMark(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(END_MARK[0]!); at >= 0; at = bytes.indexOf(END_MARK[0]!, at + 1))
    if (equalBytes(bytes.subarray(at, at + END_MARK.length), END_MARK)) return true
  return false
}

function uint64At(bytes: Uint8Array, at: number): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at))
}
