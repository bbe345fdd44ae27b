/**
 * Inline files over 64 KiB on their way in and out (B1): an import seals them apart like other files and leaves a reference in the
 * record's text; putting them back gives the text that came, character by character.
 */
import { sha256 } from '@chartkeep/crypto'
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

/** What the text of a record became; `sync` belongs into the entry that brings the record. */
export interface ExtractedFiles {
  text: string
  sync: SyncRow[]
}

/**
 * Files that are no base64 in a form that can be restored stay in the text. One that the version `before` holds already keeps its
 * address: its chunks are at the server or wait for it. `onBlob` hears of each blob before its first chunk is kept.
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

/** The text of a record with its files inline again, as an import brought it. All of them are in memory for that moment. */
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
