/**
 * Files of a record (B1, B2): sealed in chunks under a random key of their own, stored on this device, uploaded when online, read from here
 * or from the server. The file's address is inside the sealed record (file-address.ts). file-seal.ts seals, file-send.ts uploads,
 * file-read.ts reads, and file-transfers.ts runs transfers in parallel to the sync loop.
 */

import { allAt, parseJsonOrNull, stringAt } from '@chartkeep/domain'
import { idText } from '@chartkeep/protocol'
import type { ChunkDisk } from '@chartkeep/store'
import type { FileProblem, FileRef } from '../contract/api.ts'
import { base64ToBytes } from '../ports/base64.ts'
import { addressUrl, urlAddress } from '../record/file-address.ts'
import { readAddressed } from './file-read.ts'
import { hashFile, sealLargeFile, type FileSource, type FileWork } from './file-seal.ts'
import { lateAuthor } from './quarantine-inbox.ts'
import { ownerAccounts } from '../consent/owner-views.ts'
import type { ServerApi } from '../ports/ports.ts'
import { recordFiles } from '../record/record-files.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

/** The largest file that the app accepts. */
export const MAX_FILE_BYTES = 1024 ** 3

export interface NewFile {
  name: string
  contentType: string
  content: FileSource
}

/**
 * Seals and stores a file; durable when it resolves. It is uploaded once a record names it. If a record of `collection` already holds the
 * same file, it is not stored twice. Throws the signal's reason when stopped; the chunks sealed by then are used when this file is added
 * again.
 */
export async function keepFile(
  machine: VaultMachine,
  chunks: ChunkDisk,
  place: { stream: string; collection: string },
  { name, contentType, content }: NewFile,
  { signal, onProgress, onBlob }: FileWork = {},
): Promise<FileRef> {
  // The file is read twice, first for its hash and then for sealing, so each pass is half of the progress.
  const half = (from: number) => (done: number, all: number) => onProgress?.(from + Math.floor(done / 2), all)
  const hash = await hashFile(content, { signal, onProgress: half(0) })
  const known = findByHash(machine, place.collection, idText(hash), content.size)
  if (known !== null) return known
  const work = { signal, onProgress: half(Math.floor(content.size / 2)), onBlob }
  const address = await sealLargeFile(machine, chunks, place.stream, content, hash, work, { name, contentType })
  return {
    type: 'file',
    blob: address.blob,
    name,
    contentType,
    size: content.size,
    url: addressUrl(address),
    sha256: idText(hash),
    known: false,
  }
}

/**
 * A file with this hash that a record of `collection` already holds; null if there is none. Only this account's own hashes, and for an
 * owner the other owners', are trusted: another author could write the hash of a known file next to different content.
 */
function findByHash(machine: VaultMachine, collection: string, hash: string, size: number): FileRef | null {
  const me = idText(machine.account)
  const owners = ownerAccounts(machine)
  const believed = new Set([me, ...(owners.includes(me) ? owners : [])])
  for (const row of machine.rows.all()) {
    if (row.collectionName !== collection || !row.resource.includes(hash)) continue
    if (!believed.has(row.account) || lateAuthor(row.importSource) !== null) continue
    const [attachment] = allAt(parseJsonOrNull(row.resource), 'content', 'attachment')
    const url = stringAt(attachment, 'url')
    const address = urlAddress(url)
    if (address === null || address.size !== size) continue
    const [name, contentType] = [stringAt(attachment, 'title'), stringAt(attachment, 'contentType')]
    return { type: 'file', blob: address.blob, name, contentType, size, url, sha256: hash, known: true }
  }
  return null
}

export type ReadFile = { name: string; contentType: string; bytes: Uint8Array<ArrayBuffer> } | FileProblem

/** Reads a whole file of a record, by its index in {@link recordFiles}. */
export async function readFile(
  machine: VaultMachine,
  chunks: ChunkDisk,
  server: ServerApi | null,
  resource: string,
  index = 0,
  work: FileWork = {},
): Promise<ReadFile> {
  const file = recordFiles(resource)[index]
  if (file === undefined || file.content.type === 'damaged') return { type: 'damaged' }
  const { name, contentType, content } = file
  if (content.type === 'inline') {
    const bytes = base64ToBytes(content.base64)
    return bytes === null ? { type: 'damaged' } : { name, contentType, bytes: new Uint8Array(bytes) }
  }
  const read = await readAddressed(machine, chunks, server, content.address, work)
  return 'type' in read ? read : { name, contentType, bytes: read.bytes }
}
