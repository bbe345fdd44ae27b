/**
 * Reads a sealed file (B1, B3), chunk by chunk, from this device or else from the server. The chunk hashes must lead to the root that the
 * record names before the first byte is delivered, and each chunk must match its hash, so that a server cannot reorder, truncate, extend or
 * mix files of any size. Fetched chunks are stored sealed at once, so that a lost connection or a restart costs no chunk twice.
 */
import { CHUNK_SIZE, openChunk } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { sha256OfMuch } from '@chartkeep/crypto/hash'
import { textId } from '@chartkeep/protocol'
import { hasBit, hashAt, type BlobInfo } from '@chartkeep/protocol/records'
import type { ChunkDisk } from '@chartkeep/store'
import type { FileProblem } from '../contract/api.ts'
import type { FileAddress } from '../record/file-address.ts'
import {
  areHashesOf,
  noteFromChunks,
  readNote,
  sealedLengthAt,
  sealedSizeOf,
  writeNote,
  type FileNote,
} from '../edit/file-note.ts'
import type { FileWork } from './file-seal.ts'
import type { ServerApi } from '../ports/ports.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

/** How many chunks are requested ahead. */
const AHEAD = 4
/** How often a link may be renewed for one chunk. */
const RENEWALS = 3

/**
 * Delivers the file in verified pieces, in order, and awaits `take` for each. Null once all pieces were delivered; pieces delivered before
 * a problem are genuine. A piece has at most one chunk's bytes.
 */
export async function streamFile(
  machine: VaultMachine,
  chunks: ChunkDisk,
  server: ServerApi | null,
  address: FileAddress,
  take: (piece: Uint8Array) => void | Promise<void>,
  work: FileWork = {},
): Promise<FileProblem | null> {
  const source = new ChunkSource(machine, chunks, server, address, work.signal)
  const problem = await source.open()
  if (problem !== null) return problem
  const coming: ReturnType<ChunkSource['chunk']>[] = []
  let asked = 0
  try {
    for (let index = 0; index < address.total; index++) {
      while (asked < address.total && asked < index + AHEAD) {
        const next = source.chunk(asked++)
        // A failure is reported when this chunk's turn comes, or never if reading has stopped.
        next.catch(() => {})
        coming.push(next)
      }
      const sealed = await coming.shift()!
      if (work.signal?.aborted) return { type: 'cancelled' }
      if (!(sealed instanceof Uint8Array)) return sealed
      const plain = await openChunk(address.key, index, address.total, sealed)
      const piece = plain === null ? null : pieceOf(address, index, plain)
      if (piece === null) return { type: 'damaged' }
      if (piece.length > 0) await take(piece)
      work.onProgress?.(Math.min(address.size, (index + 1) * CHUNK_SIZE), address.size)
    }
    return null
  } finally {
    await Promise.allSettled(coming)
  }
}

/** The file's own bytes in a chunk of: u32 length || file || zeros. Null if the length or the zeros do not match the record. */
function pieceOf({ size }: FileAddress, index: number, plain: Uint8Array): Uint8Array | null {
  const start = index * CHUNK_SIZE - 4
  if (index === 0 && new DataView(plain.buffer, plain.byteOffset).getUint32(0) !== size) return null
  const piece = plain.subarray(Math.max(0, -start), Math.max(0, Math.min(plain.length, size - start)))
  const padding = plain.subarray(Math.max(0, size - start))
  return padding.every((byte) => byte === 0) ? piece : null
}

/** The sealed chunks of one file, each verified against the root. */
class ChunkSource {
  readonly #machine: VaultMachine
  readonly #chunks: ChunkDisk
  readonly #server: ServerApi | null
  readonly #address: FileAddress
  readonly #signal: AbortSignal | undefined
  #hashes = new Uint8Array()
  #here = new Set<number>()
  #info: BlobInfo | null = null
  #asking: Promise<FileProblem | null> | null = null
  /**
   * False if chunks of another file are stored under this blob id: a record may name any blob, and stored chunks of another file are never
   * replaced (Y5).
   */
  #mayKeep = true

  constructor(
    machine: VaultMachine,
    chunks: ChunkDisk,
    server: ServerApi | null,
    address: FileAddress,
    signal: AbortSignal | undefined,
  ) {
    this.#machine = machine
    this.#chunks = chunks
    this.#server = server
    this.#address = address
    this.#signal = signal
  }

  /** Finds the hashes: from the stored note, from the stored chunks, or from the server. */
  async open(): Promise<FileProblem | null> {
    const { blob, total } = this.#address
    if (this.#signal?.aborted) return { type: 'cancelled' }
    this.#here = new Set(await this.#chunks.has(blob))
    const note = await readNote(this.#chunks, blob)
    if (note !== null && areHashesOf(this.#address, note.hashes)) {
      this.#hashes = new Uint8Array(note.hashes)
      return null
    }
    if (note === null && this.#here.size >= total) {
      const made = await noteFromChunks(this.#chunks, blob, total)
      if (made !== null && areHashesOf(this.#address, made.hashes)) {
        await this.#keepNote(made)
        this.#hashes = new Uint8Array(made.hashes)
        return null
      }
    }
    const isForeign = note !== null || this.#here.size > 0
    this.#mayKeep = !isForeign
    if (isForeign) this.#here.clear()
    const problem = await this.#ask()
    // The chunks stored under this id belong to another file, and the server does not have the right ones.
    if (problem !== null) return isForeign && problem.type !== 'cancelled' ? { type: 'damaged' } : problem
    this.#hashes = new Uint8Array(this.#info!.hashes)
    const { hashes, statement } = this.#info!
    if (this.#mayKeep) await this.#keepNote({ hashes, statement })
    return null
  }

  /** The sealed chunk at `index`. */
  async chunk(index: number): Promise<Uint8Array | FileProblem> {
    const { blob, total } = this.#address
    if (this.#here.has(index)) {
      const kept = await this.#chunks.get(blob, index)
      if (kept !== null && (await this.#isChunk(index, kept.sealed))) return kept.sealed
    }
    const fetched = await this.#fetch(index)
    if (!(fetched instanceof Uint8Array)) return fetched
    if (!(await this.#isChunk(index, fetched))) return { type: 'damaged' }
    // A full disk does not prevent reading.
    if (this.#mayKeep) await this.#chunks.put(blob, index, total, fetched).catch(() => {})
    return fetched
  }

  async #isChunk(index: number, sealed: Uint8Array): Promise<boolean> {
    if (sealed.length !== sealedLengthAt(this.#address, index)) return false
    return equalBytes(await sha256OfMuch(sealed), hashAt(this.#hashes, index))
  }

  async #fetch(index: number): Promise<Uint8Array | FileProblem> {
    for (let tries = 0; tries <= RENEWALS; tries++) {
      const problem = this.#info === null ? await this.#ask() : null
      if (problem !== null) return problem
      if (this.#signal?.aborted) return { type: 'cancelled' }
      const info: BlobInfo = this.#info!
      if (!hasBit(info.have, index)) return { type: 'not-sent' }
      const answer = await this.#server!.getChunk(info.link, index, this.#signal)
      if (answer.type === 'ok') return answer.value
      if (this.#signal?.aborted) return { type: 'cancelled' }
      if (answer.type === 'offline' || answer.error !== 'link-ended') return { type: 'not-here' }
      if (this.#info === info) this.#info = null
    }
    return { type: 'not-here' }
  }

  /** Asks the server once, however many chunks wait for the answer. */
  #ask(): Promise<FileProblem | null> {
    this.#asking ??= this.#askNow().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  async #askNow(): Promise<FileProblem | null> {
    const { stream, blob } = this.#address
    const answer = await this.#server?.findBlob(this.#machine.vault, textId(stream)!, textId(blob)!)
    // C6: the server gives the same answer for a file that nobody has uploaded yet and for one that this account may not read; a reader of
    // the record may read the file.
    if (answer?.type === 'error' && answer.error === 'not-found') return { type: 'not-sent' }
    if (answer?.type !== 'ok') return { type: 'not-here' }
    const { size, hashes } = answer.value
    if (size !== sealedSizeOf(this.#address) || !areHashesOf(this.#address, hashes)) return { type: 'damaged' }
    this.#info = answer.value
    return null
  }

  async #keepNote(note: FileNote): Promise<void> {
    await writeNote(this.#chunks, this.#address.blob, note).catch(() => {})
  }
}

/** The whole file in memory: to show it, or to restore it inside a record's text. */
export async function readAddressed(
  machine: VaultMachine,
  chunks: ChunkDisk,
  server: ServerApi | null,
  address: FileAddress,
  work: FileWork = {},
): Promise<{ bytes: Uint8Array<ArrayBuffer> } | FileProblem> {
  const { take, whole } = gathering(address)
  return (await streamFile(machine, chunks, server, address, take, work)) ?? { bytes: whole() }
}

/**
 * Joins the pieces of a file. The buffer is allocated when the first piece is verified, because until then the size is only the author's
 * claim.
 */
export function gathering({ size }: Pick<FileAddress, 'size'>): {
  take: (piece: Uint8Array) => void
  whole: () => Uint8Array<ArrayBuffer>
} {
  let bytes: Uint8Array<ArrayBuffer> | null = null
  let at = 0
  return {
    take(piece) {
      bytes ??= new Uint8Array(size)
      bytes.set(piece, at)
      at += piece.length
    },
    whole: () => bytes ?? new Uint8Array(size),
  }
}

/** Whether all chunks of the file are on this device, and how many are. */
export async function presenceOf(
  chunks: ChunkDisk,
  address: Pick<FileAddress, 'blob' | 'size' | 'total'>,
): Promise<{ isWhole: boolean; doneBytes: number }> {
  return presenceIn((await chunks.has(address.blob)).filter((index) => index < address.total).length, address)
}

/** The same, given `count` chunks on this device. */
export function presenceIn(
  count: number,
  { size, total }: Pick<FileAddress, 'size' | 'total'>,
): { isWhole: boolean; doneBytes: number } {
  return { isWhole: count >= total, doneBytes: Math.min(size, count * CHUNK_SIZE) }
}

/** Whether the server confirms now that it holds every chunk of this file; false if it does not answer. */
export async function isAtServer(
  machine: VaultMachine,
  server: ServerApi | null,
  address: FileAddress,
): Promise<boolean> {
  const answer = await server?.findBlob(machine.vault, textId(address.stream)!, textId(address.blob)!)
  if (answer?.type !== 'ok') return false
  const { size, hashes, have } = answer.value
  if (size !== sealedSizeOf(address) || !areHashesOf(address, hashes)) return false
  for (let index = 0; index < address.total; index++) if (!hasBit(have, index)) return false
  return true
}
