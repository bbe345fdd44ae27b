/**
 * Gives files back to a server that lost them (S9): for each file whose chunks are all on this device, uploads the missing ones under the
 * statement of the account that first uploaded it. The server accepts them from that account's devices and from the owners' devices.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { decodeAs } from '@chartkeep/protocol'
import { BlobBody, hasBit } from '@chartkeep/protocol/records'
import type { ChunkDisk } from '@chartkeep/store'
import { readNote } from '../edit/file-note.ts'
import type { FileWork } from './file-seal.ts'
import { putMissing, type SendFailure } from './file-send.ts'
import type { ServerApi } from '../ports/ports.ts'
import { TABLE, type VaultMachine } from '../vault/vault-state.ts'

/**
 * Resolves to the number of files for which chunks were uploaded, or `offline`: then call it again. Files that the server refuses are
 * skipped.
 */
export async function reseedFiles(
  machine: VaultMachine,
  chunks: ChunkDisk,
  server: ServerApi,
  work: FileWork = {},
): Promise<number | 'offline'> {
  let given = 0
  for (const blob of await chunks.blobs()) {
    // A file that waits for its upload is uploaded anyway.
    if (machine.rows.get(TABLE.file, blob) !== undefined) continue
    const outcome = await giveOneBack(machine, chunks, server, blob, work)
    if (outcome === 'offline') return 'offline'
    if (outcome) given++
  }
  return given
}

async function giveOneBack(
  machine: VaultMachine,
  chunks: ChunkDisk,
  server: ServerApi,
  blob: string,
  work: FileWork,
): Promise<boolean | 'offline'> {
  const note = await readNote(chunks, blob)
  const body = note?.statement ? decodeAs(BlobBody, note.statement.body) : null
  if (note === null || note.statement === null || body === null || !equalBytes(body.vault, machine.vault)) return false
  const total = note.hashes.length / 32
  if ((await chunks.has(blob)).filter((index) => index < total).length < total) return false
  const found = await server.findBlob(machine.vault, body.stream, body.blob)
  if (found.type === 'offline') return 'offline'
  const isWhole = (have: Uint8Array) =>
    Array.from({ length: total }, (_, index) => index).every((at) => hasBit(have, at))
  if (found.type === 'ok' && isWhole(found.value.have)) return false
  const begun = await server.beginBlob(machine.vault, { statement: note.statement, hashes: note.hashes, first: null })
  if (begun.type !== 'ok') return begun.type === 'offline' ? 'offline' : false
  const failed: SendFailure | null = await putMissing(chunks, server, blob, total, begun.value, work)
  return failed === null ? true : failed.type === 'offline' ? 'offline' : false
}
