/**
 * Seals a file (B1) chunk by chunk, with only a few chunks in memory, whatever its size. A partly sealed file continues under its key only
 * if the file that the person picks again has the recorded hash as a whole; any other content gets a new key. B2: the last chunk is padded,
 * so that the sizes at the server reveal little.
 */
import { CHUNK_SIZE, padmeLength, sealChunk } from '@chartkeep/crypto'
import { uint32ToBytes } from '@chartkeep/crypto/encoding'
import { sha256OfMuch, startSha256 } from '@chartkeep/crypto/hash'
import { idText } from '@chartkeep/protocol'
import { blobRoot } from '@chartkeep/protocol/records'
import type { ChunkDisk, SyncRow } from '@chartkeep/store'
import { chunksOf, type FileAddress } from '../record/file-address.ts'
import { namedBlobs } from './file-names.ts'
import { writeNote } from '../edit/file-note.ts'
import type { UploadRow } from '../vault/upload-row.ts'
import { exclusive, rowValue, TABLE, type VaultMachine } from '../vault/vault-state.ts'

/**
 * The source of a file: a `File` or `Blob`, or bytes by {@link bytesSource}. It is read in ranges, so that the whole is never in memory.
 */
export interface FileSource {
  readonly size: number
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> }
}

/** Progress in bytes of the file, and the signal to stop. */
export interface FileWork {
  signal?: AbortSignal | undefined
  onProgress?: ((doneBytes: number, allBytes: number) => void) | undefined
  /** Called with the blob id before its first chunk is stored. */
  onBlob?: ((blob: string) => void) | undefined
  /** How many chunks are uploaded at a time. */
  atOnce?: number | undefined
}

export function bytesSource(bytes: Uint8Array): FileSource {
  return {
    size: bytes.length,
    slice: (start, end) => ({ arrayBuffer: async () => bytes.slice(start, end).buffer as ArrayBuffer }),
  }
}

/** SHA-256 of a whole file. Throws the signal's reason when stopped, and any read error. */
export async function hashFile(source: FileSource, { signal, onProgress }: FileWork = {}): Promise<Uint8Array> {
  const hash = startSha256()
  for (let at = 0; at < source.size; at += CHUNK_SIZE) {
    signal?.throwIfAborted()
    const end = Math.min(source.size, at + CHUNK_SIZE)
    hash.update(new Uint8Array(await source.slice(at, end).arrayBuffer()))
    onProgress?.(end, source.size)
  }
  return hash.digest()
}

/** One chunk of: u32 length || file || zeros, up to PADME(length + 4). */
async function plainChunk(source: FileSource, index: number): Promise<Uint8Array> {
  const all = padmeLength(source.size + 4)
  const start = index * CHUNK_SIZE
  const chunk = new Uint8Array(Math.min(CHUNK_SIZE, all - start))
  const [from, to] = [Math.max(0, start - 4), Math.min(source.size, start + chunk.length - 4)]
  if (index === 0) chunk.set(uint32ToBytes(source.size))
  if (to > from) {
    const bytes = new Uint8Array(await source.slice(from, to).arrayBuffer())
    if (bytes.length !== to - from) throw new Error('the file is shorter than it says')
    chunk.set(bytes, from + 4 - start)
  }
  return chunk
}

/** How many chunks are in progress at a time: sealing and hashing run outside this thread. */
const AT_ONCE = 3

function rethrow(failed: { error: unknown } | null): void {
  if (failed !== null) throw failed.error
}

interface Sealing {
  blob: string
  key: Uint8Array
  size: number
}

/** Seals the chunks from `from` on; the hashes of earlier chunks come from the disk. Resolves to the address. */
async function sealChunks(
  chunks: ChunkDisk,
  stream: string,
  source: FileSource,
  { blob, key, size }: Sealing,
  from: number,
  { signal, onProgress }: FileWork,
): Promise<FileAddress> {
  const total = chunksOf(size)
  const hashes = new Uint8Array(total * 32)
  let next = 0
  let done = 0
  let failed: { error: unknown } | null = null
  const worker = async () => {
    for (let index = next++; index < total && failed === null; index = next++) {
      try {
        signal?.throwIfAborted()
        const known = index < from ? await chunks.get(blob, index) : null
        const sealed = known?.sealed ?? (await sealChunk(key, index, total, await plainChunk(source, index)))
        hashes.set(await sha256OfMuch(sealed), index * 32)
        if (known === null) await chunks.put(blob, index, total, sealed)
        onProgress?.(Math.min(size, ++done * CHUNK_SIZE), size)
      } catch (error) {
        failed ??= { error }
      }
    }
  }
  // Waits for all workers, so that the caller's clean-up after a failure finds every chunk.
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  rethrow(failed)
  await writeNote(chunks, blob, { hashes, statement: null })
  return { stream, blob, key, root: blobRoot(hashes), size, total }
}

/**
 * Seals a file and stores its chunks. `row` makes it wait for its upload; the caller writes it in the same durable entry as its record.
 * `onBlob` gets the blob's id before the first chunk is stored, so that the caller can clean up if that entry is never written.
 */
export async function sealFile(
  machine: VaultMachine,
  chunks: ChunkDisk,
  stream: string,
  source: FileSource,
  onBlob: (blob: string) => void = () => {},
): Promise<{ address: FileAddress; row: SyncRow }> {
  const sealing = { blob: idText(machine.randomBytes(16)), key: machine.randomBytes(32), size: source.size }
  onBlob(sealing.blob)
  const address = await sealChunks(chunks, stream, source, sealing, 0, {})
  const upload: UploadRow = { stream, total: address.total }
  return { address, row: { table: TABLE.file, key: sealing.blob, value: rowValue(upload) } }
}

/** The person's name for a file. */
export interface FileTitle {
  name: string
  contentType: string
}

/**
 * Seals a file of any size. Sealing of the same content continues at the next chunk, also after a restart, and a completely sealed file is
 * not sealed again. Stopping keeps the sealed chunks for that. The upload waits until a record names the file. Throws the signal's reason
 * when stopped.
 */
export async function sealLargeFile(
  machine: VaultMachine,
  chunks: ChunkDisk,
  stream: string,
  source: FileSource,
  sha256: Uint8Array,
  work: FileWork = {},
  title: FileTitle = { name: '', contentType: '' },
): Promise<FileAddress> {
  const total = chunksOf(source.size)
  const upload = { stream, total, named: false, since: machine.clock.now() } satisfies UploadRow
  // The blob's id is in a row before its first chunk is on the disk, so that every chunk has an owner. An unfinished file cannot be dropped
  // in between.
  const { begun, sealing } = await exclusive(machine, async () => {
    const found = findBegun(machine, stream, source.size, sha256)
    const fresh = { blob: idText(machine.randomBytes(16)), key: machine.randomBytes(32), size: source.size }
    const { blob, key, size } = found ?? fresh
    work.onBlob?.(blob)
    await commitRow(machine, blob, { ...upload, sealing: { key, size, sha256, ...title, done: false } })
    return { begun: found, sealing: { blob, key, size } }
  })
  const { blob, key, size } = sealing
  const from = begun === null ? 0 : firstMissing(await chunks.has(blob))
  const address = await sealChunks(chunks, stream, source, sealing, from, work)
  // The key stays in the row until a record holds it, so that a kill in between does not force a second sealing.
  await commitRow(machine, blob, { ...upload, sealing: { key, size, sha256, ...title, done: true } })
  return address
}

/** B1: a file with the same content that was sealed partly, or wholly for a record that was never saved (B2: not for another record). */
function findBegun(machine: VaultMachine, stream: string, size: number, sha256: Uint8Array): Sealing | null {
  let named: Set<string> | null = null
  for (const [blob, value] of machine.rows.table(TABLE.file)) {
    const { sealing, stream: into } = value as unknown as UploadRow
    if (!sealing || into !== stream || sealing.size !== size || idText(sealing.sha256) !== idText(sha256)) continue
    if (sealing.done) named ??= namedBlobs(machine)
    if (!named?.has(blob)) return { blob, key: sealing.key, size }
  }
  return null
}

function firstMissing(has: readonly number[]): number {
  const gap = has.findIndex((index, place) => index !== place)
  return gap < 0 ? has.length : gap
}

async function commitRow(machine: VaultMachine, blob: string, row: UploadRow): Promise<void> {
  await machine.rows.commit({ sync: [{ table: TABLE.file, key: blob, value: rowValue(row) }] })
}
