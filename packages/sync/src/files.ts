/**
 * Files of a record (B1, B2): sealed in chunks under a random key of their own, kept on this device, uploaded when online, read back
 * from here or from the server. What opens a file stands in the record (file-address.ts), inside the seal.
 */
import {
  CHUNK_SIZE,
  concatBytes,
  merkleRoot,
  openChunk,
  padmeLength,
  sealChunk,
  sha256,
  uint32ToBytes,
} from '@chartkeep/crypto'
import { parseJsonOrNull, allAt, stringAt } from '@chartkeep/domain'
import { idText, textId } from '@chartkeep/protocol'
import type { ChunkDisk, StoredRecord, SyncRow } from '@chartkeep/store'
import type { FileRef } from './api.ts'
import { base64ToBytes } from './base64.ts'
import { addressUrl, chunksOf, urlAddress, type FileAddress } from './file-address.ts'
import type { ServerApi } from './ports.ts'
import { recordFiles } from './record-files.ts'
import { conflictRows, rowValue, sidesOf, TABLE, type VaultMachine } from './vault-state.ts'

interface UploadRow {
  stream: string
  total: number
  sent: number
}

/**
 * Seals a file and keeps its chunks. `row` makes it wait for its upload and belongs into the entry that brings its record. `onBlob` hears
 * the blob's name before the first chunk is kept. B2: the last chunk is padded, so that the sizes at the server say little.
 */
export async function sealFile(
  machine: VaultMachine,
  chunks: ChunkDisk,
  stream: string,
  bytes: Uint8Array,
  onBlob: (blob: string) => void = () => {},
): Promise<{ address: FileAddress; row: SyncRow }> {
  const key = machine.randomBytes(32)
  const blob = idText(machine.randomBytes(16))
  onBlob(blob)
  const padded = concatBytes(
    uint32ToBytes(bytes.length),
    bytes,
    new Uint8Array(padmeLength(bytes.length + 4) - bytes.length - 4),
  )
  const total = chunksOf(bytes.length)
  const hashes: Uint8Array[] = []
  for (let index = 0; index < total; index++) {
    const sealed = await sealChunk(key, index, total, padded.subarray(index * CHUNK_SIZE, (index + 1) * CHUNK_SIZE))
    hashes.push(sha256(sealed))
    await chunks.put(blob, index, total, sealed)
  }
  const upload: UploadRow = { stream, total, sent: 0 }
  return {
    address: { stream, blob, key, root: merkleRoot(hashes), size: bytes.length, total },
    row: { table: TABLE.file, key: blob, value: rowValue(upload) },
  }
}

/** Seals and keeps a file; durable when it resolves. */
export async function keepFile(
  machine: VaultMachine,
  chunks: ChunkDisk,
  stream: string,
  file: { name: string; contentType: string; bytes: Uint8Array },
): Promise<FileRef> {
  const { address, row } = await sealFile(machine, chunks, stream, file.bytes)
  await machine.rows.commit({ sync: [row] })
  return {
    blob: address.blob,
    name: file.name,
    contentType: file.contentType,
    size: file.bytes.length,
    url: addressUrl(address),
    sha256: idText(sha256(file.bytes)),
    known: false,
  }
}

/**
 * Uploads what waits, chunk by chunk; goes on at the next chunk after a break. A file that the server refuses waits and holds no other
 * up. Answers the first thing that went wrong, null when nothing did.
 */
export async function sendFiles(
  machine: VaultMachine,
  chunks: ChunkDisk,
  server: ServerApi,
): Promise<{ type: 'offline' } | { type: 'error'; error: string } | null> {
  let refused: { type: 'error'; error: string } | null = null
  for (const [blob, value] of machine.rows.table(TABLE.file)) {
    const failed = await sendFile(machine, chunks, server, blob, value as unknown as UploadRow)
    if (failed?.type === 'offline') return failed
    refused ??= failed
  }
  return refused
}

async function sendFile(
  machine: VaultMachine,
  chunks: ChunkDisk,
  server: ServerApi,
  blob: string,
  row: UploadRow,
): Promise<{ type: 'offline' } | { type: 'error'; error: string } | null> {
  const stream = textId(row.stream)!
  for (let index = row.sent; index < row.total; index++) {
    const chunk = await chunks.get(blob, index)
    if (chunk === null) return { type: 'error', error: 'file-lost' }
    const answer = await server.putChunk(machine.vault, stream, textId(blob)!, index, row.total, chunk.sealed)
    if (answer.type !== 'ok') return answer
    const done = index + 1 === row.total
    await machine.rows.commit({
      sync: [{ table: TABLE.file, key: blob, value: done ? null : rowValue({ ...row, sent: index + 1 }) }],
      durability: 'relaxed',
    })
  }
  return null
}

/** C10: removes every file of the chart from this device. Call it while the records are still here. */
export async function purgeFiles(machine: VaultMachine, chunks: ChunkDisk): Promise<void> {
  const blobs = new Set(machine.rows.table(TABLE.file).keys())
  for (const { resource } of everyVersion(machine)) {
    if (!resource.includes('chartkeep-')) continue
    for (const { content } of recordFiles(resource)) if (content.type === 'sealed') blobs.add(content.address.blob)
  }
  for (const blob of blobs) await chunks.remove(blob)
}

function everyVersion(machine: VaultMachine): StoredRecord[] {
  const kept = [TABLE.past, TABLE.rival].flatMap((table) => [...machine.rows.table(table).values()])
  return [
    ...machine.rows.all(),
    ...kept.map((value) => value as unknown as StoredRecord),
    ...conflictRows(machine).map(({ row }) => row),
    ...sidesOf(machine),
  ]
}

/** The file that a record of `collection` holds already, found by the hash of its bytes; null when there is none. */
export function findFile(machine: VaultMachine, collection: string, bytes: Uint8Array): FileRef | null {
  const hash = idText(sha256(bytes))
  for (const row of machine.rows.all()) {
    if (row.collectionName !== collection || !row.resource.includes(hash)) continue
    const [attachment] = allAt(parseJsonOrNull(row.resource), 'content', 'attachment')
    const url = stringAt(attachment, 'url')
    const address = urlAddress(url)
    if (address === null || address.size !== bytes.length) continue
    const [name, contentType] = [stringAt(attachment, 'title'), stringAt(attachment, 'contentType')]
    return { blob: address.blob, name, contentType, size: address.size, url, sha256: hash, known: true }
  }
  return null
}

export type ReadFile =
  { name: string; contentType: string; bytes: Uint8Array } | { type: 'not-here' } | { type: 'damaged' }

/** Reads one of the files of a record, by its place in {@link recordFiles}. */
export async function readFile(
  machine: VaultMachine,
  chunks: ChunkDisk,
  server: ServerApi | null,
  resource: string,
  onProgress?: (done: number, all: number) => void,
  index = 0,
): Promise<ReadFile> {
  const file = recordFiles(resource)[index]
  if (file === undefined || file.content.type === 'damaged') return { type: 'damaged' }
  const { name, contentType, content } = file
  if (content.type === 'inline') {
    const bytes = base64ToBytes(content.base64)
    return bytes === null ? { type: 'damaged' } : { name, contentType, bytes }
  }
  const read = await readAddressed(machine, chunks, server, content.address, onProgress)
  return 'type' in read ? read : { name, contentType, bytes: read.bytes }
}

/**
 * Reads a file by its address: from this device, else from the server. What came is kept once the whole file proved to be the one that
 * the record names; what is here already is never removed or replaced, for another record may own it (Y5).
 */
export async function readAddressed(
  machine: VaultMachine,
  chunks: ChunkDisk,
  server: ServerApi | null,
  address: FileAddress,
  onProgress?: (done: number, all: number) => void,
): Promise<{ bytes: Uint8Array } | { type: 'not-here' } | { type: 'damaged' }> {
  const { blob, total } = address
  const hashes: Uint8Array[] = []
  const parts: Uint8Array[] = []
  const fetched = new Map<number, Uint8Array>()
  for (let index = 0; index < total; index++) {
    let sealed = (await chunks.get(blob, index))?.sealed ?? null
    if (sealed === null) {
      const answer = await server?.getChunk(machine.vault, textId(address.stream)!, textId(blob)!, index)
      if (answer?.type !== 'ok') return { type: 'not-here' }
      if (answer.value.total !== total) return { type: 'damaged' }
      sealed = answer.value.chunk
      fetched.set(index, sealed)
    }
    const part = await openChunk(address.key, index, total, sealed)
    if (part === null) return { type: 'damaged' }
    hashes.push(sha256(sealed))
    parts.push(part)
    onProgress?.(index + 1, total)
  }
  if (idText(merkleRoot(hashes)) !== idText(address.root)) return { type: 'damaged' }
  const padded = concatBytes(...parts)
  const size = padded.length < 4 ? -1 : new DataView(padded.buffer, padded.byteOffset).getUint32(0)
  if (size !== address.size || padded.length !== padmeLength(size + 4)) return { type: 'damaged' }
  for (const [index, sealed] of fetched) await chunks.put(blob, index, total, sealed)
  return { bytes: padded.slice(4, 4 + size) }
}
