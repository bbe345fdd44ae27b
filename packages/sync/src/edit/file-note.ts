/**
 * What a device stores about a file whose sealed chunks it has (B1): their hashes, and the statement signed for the upload. The note
 * contains no secret, and the device does not trust it: the hashes must lead to the root that the record names.
 */
import { CHUNK_SIZE, padmeLength } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { sha256OfMuch } from '@chartkeep/crypto/hash'
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import { blobRoot, BlobStatement } from '@chartkeep/protocol/records'
import { bytes as bytesShape, nullable as nullableShape, record as recordShape } from '@chartkeep/protocol/shape'
import { MAX_BLOB_CHUNKS } from '@chartkeep/protocol'
import type { ChunkDisk } from '@chartkeep/store'
import type { FileAddress } from '../record/file-address.ts'

const FileNote = recordShape({
  /** The SHA-256 hashes of the sealed chunks, concatenated. */
  hashes: bytesShape({ max: MAX_BLOB_CHUNKS * 32 }),
  /** Null until the upload is signed, or if the server has no statement (files of earlier versions). */
  statement: nullableShape(BlobStatement),
})
export interface FileNote {
  hashes: Uint8Array
  statement: BlobStatement | null
}

export async function readNote(chunks: ChunkDisk, blob: string): Promise<FileNote | null> {
  const bytes = await chunks.noted(blob)
  return bytes === null ? null : decodeAs(FileNote, bytes)
}

export function writeNote(chunks: ChunkDisk, blob: string, note: FileNote): Promise<void> {
  return chunks.note(blob, encodeMessage({ hashes: note.hashes, statement: note.statement }))
}

/** Whether these are the chunk hashes of the file at the address. */
export function areHashesOf(address: FileAddress, hashes: Uint8Array): boolean {
  return hashes.length === address.total * 32 && equalBytes(blobRoot(hashes), address.root)
}

/** Nonce and tag of one chunk. */
const SEAL_BYTES = 28

/** Bytes of all sealed chunks of a file of `size` bytes: the amount that the server stores and the uploader signs (B4). */
export function sealedSizeOf({ size, total }: { size: number; total: number }): number {
  return padmeLength(size + 4) + total * SEAL_BYTES
}

/** Length of the sealed chunk at `index`. */
export function sealedLengthAt(address: { size: number; total: number }, index: number): number {
  return Math.min(CHUNK_SIZE + SEAL_BYTES, sealedSizeOf(address) - index * (CHUNK_SIZE + SEAL_BYTES))
}

/**
 * The note of a file whose chunks are all on this device, computed from them; for files that were sealed before notes existed. Null if a
 * chunk is missing.
 */
export async function noteFromChunks(chunks: ChunkDisk, blob: string, total: number): Promise<FileNote | null> {
  const hashes = new Uint8Array(total * 32)
  for (let index = 0; index < total; index++) {
    const chunk = await chunks.get(blob, index)
    if (chunk === null) return null
    hashes.set(await sha256OfMuch(chunk.sealed), index * 32)
  }
  return { hashes, statement: null }
}
