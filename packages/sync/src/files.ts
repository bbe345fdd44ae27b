/**
 * Files of a record (B1, B2): sealed in chunks under a random key of their own, kept on this device, uploaded when online, read back
 * from here or from the server. What opens a file stands in the record's attachment url, inside the seal.
 */
import {
  base64UrlToBytes,
  bytesToBase64Url,
  CHUNK_SIZE,
  merkleRoot,
  openChunk,
  padmeLength,
  sealChunk,
  sha256,
  uint32ToBytes,
  concatBytes,
} from '@chartkeep/crypto'
import { allAt, parseJsonOrNull, stringAt } from '@chartkeep/domain'
import { idText, textId } from '@chartkeep/protocol'
import type { ChunkDisk } from '@chartkeep/store'
import type { FileRef } from './api.ts'
import type { ServerApi } from './ports.ts'
import { rowValue, TABLE, type VaultMachine } from './vault-state.ts'

const SCHEME = 'chartkeep-file:'

interface FileAddress {
  stream: string
  blob: string
  key: Uint8Array
  root: Uint8Array
  size: number
  total: number
}

interface UploadRow {
  stream: string
  total: number
  sent: number
}

function writeAddress({ stream, blob, key, root, size, total }: FileAddress): string {
  return `${SCHEME}${[stream, blob, bytesToBase64Url(key), bytesToBase64Url(root), size, total].join('.')}`
}

const COUNT = /^\d{1,10}$/
/** The largest file whose length and chunk count the format can say. */
const MAX_FILE_BYTES = 0xffffffff - 4

function readAddress(url: string): FileAddress | null {
  if (!url.startsWith(SCHEME)) return null
  const [stream = '', blob = '', keyText = '', rootText = '', size = '', total = ''] = url
    .slice(SCHEME.length)
    .split('.')
  const [key, root] = [base64UrlToBytes(keyText), base64UrlToBytes(rootText)]
  if (!COUNT.test(size) || !COUNT.test(total) || Number(size) > MAX_FILE_BYTES) return null
  const numbers = [Number(size), Number(total)]
  // What an author says of a file asks for no more chunks than a file of its size has.
  if (numbers[1] !== chunksOf(numbers[0]!)) return null
  const sound = textId(stream) !== null && textId(blob) !== null && key?.length === 32 && root?.length === 32
  if (!sound) return null
  return { stream, blob, key: key!, root: root!, size: numbers[0]!, total: numbers[1]! }
}

function chunksOf(size: number): number {
  return Math.max(1, Math.ceil(padmeLength(size + 4) / CHUNK_SIZE))
}

/** Seals and keeps a file; durable when it resolves. B2: the last chunk is padded, so that the sizes at the server say little. */
export async function keepFile(
  machine: VaultMachine,
  chunks: ChunkDisk,
  stream: string,
  file: { name: string; contentType: string; bytes: Uint8Array },
): Promise<FileRef> {
  const key = machine.randomBytes(32)
  const blob = idText(machine.randomBytes(16))
  const padded = concatBytes(
    uint32ToBytes(file.bytes.length),
    file.bytes,
    new Uint8Array(padmeLength(file.bytes.length + 4) - file.bytes.length - 4),
  )
  const total = chunksOf(file.bytes.length)
  const hashes: Uint8Array[] = []
  for (let index = 0; index < total; index++) {
    const sealed = await sealChunk(key, index, total, padded.subarray(index * CHUNK_SIZE, (index + 1) * CHUNK_SIZE))
    hashes.push(sha256(sealed))
    await chunks.put(blob, index, total, sealed)
  }
  const upload: UploadRow = { stream, total, sent: 0 }
  await machine.rows.commit({ sync: [{ table: TABLE.file, key: blob, value: rowValue(upload) }] })
  const url = writeAddress({ stream, blob, key, root: merkleRoot(hashes), size: file.bytes.length, total })
  return {
    blob,
    name: file.name,
    contentType: file.contentType,
    size: file.bytes.length,
    url,
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
  for (const { resource } of machine.rows.all()) {
    if (!resource.includes(SCHEME)) continue
    for (const attachment of allAt(parseJsonOrNull(resource), 'content', 'attachment')) {
      const address = readAddress(stringAt(attachment, 'url'))
      if (address !== null) blobs.add(address.blob)
    }
  }
  for (const blob of blobs) await chunks.remove(blob)
}

/** The file that a record of `collection` holds already, found by the hash of its bytes; null when there is none. */
export function findFile(machine: VaultMachine, collection: string, bytes: Uint8Array): FileRef | null {
  const hash = idText(sha256(bytes))
  for (const row of machine.rows.all()) {
    if (row.collectionName !== collection || !row.resource.includes(hash)) continue
    const [attachment] = allAt(parseJsonOrNull(row.resource), 'content', 'attachment')
    const url = stringAt(attachment, 'url')
    const address = readAddress(url)
    if (address === null || address.size !== bytes.length) continue
    const [name, contentType] = [stringAt(attachment, 'title'), stringAt(attachment, 'contentType')]
    return { blob: address.blob, name, contentType, size: address.size, url, sha256: hash, known: true }
  }
  return null
}

export type ReadFile =
  { name: string; contentType: string; bytes: Uint8Array } | { type: 'not-here' } | { type: 'damaged' }

/**
 * Reads the first file of a record: from this device, else from the server. What came is kept once the whole file proved to be the one
 * that the record names; what is here already is never removed or replaced, for another record may own it (Y5).
 */
export async function readFile(
  machine: VaultMachine,
  chunks: ChunkDisk,
  server: ServerApi | null,
  resource: string,
  onProgress?: (done: number, all: number) => void,
): Promise<ReadFile> {
  const attachment = allAt(parseJsonOrNull(resource), 'content', 'attachment')[0]
  const address = readAddress(stringAt(attachment, 'url'))
  if (address === null) return { type: 'damaged' }
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
  return {
    name: stringAt(attachment, 'title'),
    contentType: stringAt(attachment, 'contentType'),
    bytes: padded.slice(4, 4 + size),
  }
}
