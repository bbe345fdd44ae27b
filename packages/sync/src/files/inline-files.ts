/**
 * Inline files over 64 KiB (B1): an import seals them like other files and leaves a reference in the record's text; restoring them yields
 * the original text, character by character.
 */
import { sha256 } from '@chartkeep/crypto/hash'
import { asIs, asItWas, dataReferences, inlineFiles, spliced, writeLiteral, writeReference } from '@chartkeep/domain'
import { idText } from '@chartkeep/protocol'
import type { ChunkDisk, SyncRow } from '@chartkeep/store'
import type { FileProblem } from '../contract/api.ts'
import { base64ToBytes, bytesToBase64 } from '../ports/base64.ts'
import { readAddress, writeAddress } from '../record/file-address.ts'
import { readAddressed } from './file-read.ts'
import { bytesSource, sealFile } from './file-seal.ts'
import type { ServerApi } from '../ports/ports.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

/** The record's text after extraction; the caller writes `sync` in the same durable entry as the record. */
export interface ExtractedFiles {
  text: string
  sync: SyncRow[]
}

/**
 * Extracts inline files. Base64 that could not be restored exactly stays in the text. A file that the version `before` already holds keeps
 * its address: its chunks are at the server or wait for it. `onBlob` gets each blob's id before its first chunk is stored.
 */
export async function extractFiles(
  machine: VaultMachine,
  chunks: ChunkDisk,
  stream: string,
  original: string,
  before: string,
  onBlob: (blob: string) => void = () => {},
): Promise<ExtractedFiles> {
  const text = asIs(original)
  const files = inlineFiles(text)
  if (files.length === 0) return { text, sync: [] }
  const sync: SyncRow[] = []
  const known = new Map(dataReferences(before).map(({ sha256: hash, address }) => [hash, address]))
  const parts: { start: number; end: number; words: string }[] = []
  for (const file of files) {
    const bytes = file.readable ? base64ToBytes(file.base64) : null
    if (!file.readable || bytes === null) continue
    const hash = idText(sha256(bytes))
    if (!known.has(hash)) {
      const { address, row } = await sealFile(machine, chunks, stream, bytesSource(bytes), onBlob)
      sync.push(row)
      known.set(hash, writeAddress(address))
    }
    const words = writeReference({ layout: file.layout, sha256: hash, address: known.get(hash)! })
    parts.push({ start: file.start, end: file.end, words })
  }
  return { text: spliced(text, parts), sync }
}

export type RestoredFiles = { type: 'text'; text: string } | FileProblem

/** The record's text with its files inline again, as it was imported. All files are in memory at that time. */
export async function restoreFiles(
  machine: VaultMachine,
  chunks: ChunkDisk,
  server: ServerApi | null,
  text: string,
): Promise<RestoredFiles> {
  const parts: { start: number; end: number; words: string }[] = []
  for (const { start, end, layout, sha256: hash, address } of dataReferences(text)) {
    const known = readAddress(address)
    const read = known === null ? { type: 'damaged' as const } : await readAddressed(machine, chunks, server, known)
    if ('type' in read) return read
    if (idText(sha256(read.bytes)) !== hash) return { type: 'damaged' }
    parts.push({ start, end, words: writeLiteral(bytesToBase64(read.bytes), layout) })
  }
  return { type: 'text', text: asItWas(spliced(text, parts)) }
}
