/**
 * Uploads sealed files (B3, B4): signs once, begins or resumes, and puts the missing chunks a few at a time. The server tells which chunks
 * it has, so that a kill on either side, a lost connection or a new session costs no chunk twice.
 */
import { sign } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { decodeAs, encodeMessage, SEALED_CHUNK_BYTES, textId } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import {
  blobMessage,
  blobRoot,
  BlobBody,
  hasBit,
  type BlobBegun,
  type BlobStatement,
} from '@chartkeep/protocol/records'
import type { ChunkDisk } from '@chartkeep/store'
import { namedBlobs } from './file-names.ts'
import { noteFromChunks, readNote, writeNote } from '../edit/file-note.ts'
import type { FileWork } from './file-seal.ts'
import { isReady, isSealed, type UploadRow } from '../vault/upload-row.ts'
import type { Answer, ServerApi } from '../ports/ports.ts'
import { rowValue, TABLE, type VaultMachine } from '../vault/vault-state.ts'

export type SendFailure = { type: 'offline' } | { type: 'error'; error: string }

/** How many chunks are uploaded at a time, if the connection carries them. */
export const AT_ONCE = 4
/** How often a link may be renewed for one file without any chunk getting through. */
const RENEWALS = 3

/**
 * Uploads the waiting files that {@link noteNamed} found named. A file that the server refuses waits and holds up no other. Resolves to the
 * first failure, null if there was none; a stop by the signal counts as a lost connection.
 */
export async function sendFiles(
  machine: VaultMachine,
  chunks: ChunkDisk,
  server: ServerApi,
  work: FileWork & { onFile?: (blob: string) => void } = {},
): Promise<SendFailure | null> {
  let refused: SendFailure | null = null
  for (const [blob, value] of machine.rows.table(TABLE.file)) {
    const row = value as unknown as UploadRow
    if (!isReady(row)) continue
    work.onFile?.(blob)
    const failed = await sendFile(machine, chunks, server, blob, row, work)
    if (failed?.type === 'offline') return failed
    refused ??= failed
  }
  return refused
}

/** Releases files for upload that a record names by now. */
export async function noteNamed(machine: VaultMachine): Promise<void> {
  const rows = [...machine.rows.table(TABLE.file)].map(([blob, value]) => ({
    blob,
    row: value as unknown as UploadRow,
  }))
  const unnamed = rows.filter(({ row }) => row.named === false && isSealed(row))
  if (unnamed.length === 0) return
  const named = namedBlobs(machine)
  const sync = unnamed
    .filter(({ blob }) => named.has(blob))
    .map(({ blob, row }) => ({ table: TABLE.file, key: blob, value: rowValue({ ...row, named: true, sealing: null }) }))
  if (sync.length > 0) await machine.rows.commit({ sync, durability: 'relaxed' })
}

async function sendFile(
  machine: VaultMachine,
  chunks: ChunkDisk,
  server: ServerApi,
  blob: string,
  row: UploadRow,
  { signal, onProgress, atOnce }: FileWork,
): Promise<SendFailure | null> {
  const note = (await readNote(chunks, blob)) ?? (await noteFromChunks(chunks, blob, row.total))
  if (note === null) return { type: 'error', error: 'file-lost' }
  const last = await chunks.get(blob, row.total - 1)
  if (last === null) return { type: 'error', error: 'file-lost' }
  const size = (row.total - 1) * SEALED_CHUNK_BYTES + last.sealed.length
  let { statement } = note
  if (statement === null || !isOwn(machine, statement)) {
    statement = await signBlob(machine, row.stream, blob, size, blobRoot(note.hashes))
    if (statement === null) return { type: 'error', error: 'heads-unknown' }
    await writeNote(chunks, blob, { ...note, statement })
  }
  const post = { statement, hashes: note.hashes, first: row.total === 1 ? last.sealed : null }
  const begin = () => server.beginBlob(machine.vault, post)
  let begun = await begin()
  for (let renewals = 0; ; renewals++) {
    if (begun.type !== 'ok') return begun
    const before = countOf(begun.value, row.total)
    const outcome = await putMissing(chunks, server, blob, row.total, begun.value, { signal, onProgress, atOnce })
    if (outcome === null) break
    if (outcome.type === 'offline' || signal?.aborted || outcome.error !== 'link-ended') return outcome
    begun = await begin()
    if (begun.type === 'ok' && countOf(begun.value, row.total) > before) renewals = 0
    else if (renewals >= RENEWALS) return outcome
  }
  await machine.rows.commit({ sync: [{ table: TABLE.file, key: blob, value: null }], durability: 'relaxed' })
  return null
}

function countOf({ have }: BlobBegun, total: number): number {
  let count = 0
  for (let index = 0; index < total; index++) if (hasBit(have, index)) count++
  return count
}

/** Puts the missing chunks, a few at a time, in order. Null if the server has all of them. */
export async function putMissing(
  chunks: ChunkDisk,
  server: ServerApi,
  blob: string,
  total: number,
  { have, link }: BlobBegun,
  { signal, onProgress, atOnce = AT_ONCE }: FileWork,
): Promise<SendFailure | null> {
  const missing: number[] = []
  for (let index = 0; index < total; index++) if (!hasBit(have, index)) missing.push(index)
  let done = total - missing.length
  let failed: SendFailure | null = null
  onProgress?.(done, total)
  const worker = async () => {
    while (failed === null) {
      const index = missing.shift()
      if (index === undefined) return
      if (signal?.aborted) return void (failed ??= { type: 'offline' })
      const chunk = await chunks.get(blob, index)
      const answer: Answer<null> | SendFailure =
        chunk === null
          ? { type: 'error', error: 'file-lost' }
          : await server.putChunk(link, index, chunk.sealed, signal)
      if (answer.type !== 'ok') return void (failed ??= answer)
      onProgress?.(++done, total)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return failed
}

/**
 * Whether this device made the statement. Another device's statement serves to give the file back (S9); each device signs its own uploads.
 */
function isOwn(machine: VaultMachine, statement: BlobStatement): boolean {
  const body = decodeAs(BlobBody, statement.body)
  const { account, device } = machine
  return body !== null && equalBytes(body.account, account) && equalBytes(body.device, device.id)
}

/** B4: signs {blob, stream, size} with the root of the upload. Null before this account's log is known. */
async function signBlob(
  machine: VaultMachine,
  stream: string,
  blob: string,
  size: number,
  root: Uint8Array,
): Promise<BlobStatement | null> {
  const account = machine.accounts.lookup(machine.account)
  if (account === null) return null
  const body = encodeMessage({
    v: 1,
    vault: machine.vault,
    stream: textId(stream)!,
    blob: textId(blob)!,
    size,
    root,
    account: machine.account,
    device: machine.device.id,
    accountLog: accountHead(account),
  } satisfies BlobBody)
  return { body, signature: await sign(machine.device.signing, blobMessage(body)) }
}
