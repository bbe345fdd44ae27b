/**
 * Files that were not sealed completely (B1): a stop, a reload or a kill left sealed chunks that no record names. The person sees them and
 * continues by choosing the same file again, or discards them.
 */
import { CHUNK_SIZE } from '@chartkeep/crypto'
import type { ChunkDisk } from '@chartkeep/store'
import type { UnfinishedFile } from '../contract/api.ts'
import { namedBlobs } from './file-names.ts'
import type { UploadRow } from '../vault/upload-row.ts'
import { exclusive, TABLE, type VaultMachine } from '../vault/vault-state.ts'

/** Newest first; without the files in `working`, which are being sealed now. */
export async function unfinishedFiles(
  machine: VaultMachine,
  chunks: ChunkDisk,
  working: ReadonlySet<string> = new Set(),
): Promise<UnfinishedFile[]> {
  const found: UnfinishedFile[] = []
  const rows = [...machine.rows.table(TABLE.file)]
  const named = rows.some(([, value]) => (value as unknown as UploadRow).sealing) ? namedBlobs(machine) : new Set()
  for (const [id, value] of rows) {
    const { sealing, since = 0 } = value as unknown as UploadRow
    if (!sealing || working.has(id) || named.has(id)) continue
    const { name = '', contentType = '', size } = sealing
    const doneBytes = Math.min(size, (await chunks.has(id)).length * CHUNK_SIZE)
    found.push({ id, name, contentType, size, doneBytes, since })
  }
  return found.toSorted((a, b) => b.since - a.since)
}

/** Discards an unfinished file; does nothing if a record names it after all, if it is not unfinished, or if it is in `working`. */
export function dropUnfinished(
  machine: VaultMachine,
  chunks: ChunkDisk,
  id: string,
  working: ReadonlySet<string> = new Set(),
): Promise<void> {
  return exclusive(machine, async () => {
    const row = machine.rows.get(TABLE.file, id) as unknown as UploadRow | undefined
    if (!row?.sealing || working.has(id) || namedBlobs(machine).has(id)) return
    await machine.rows.commit({ sync: [{ table: TABLE.file, key: id, value: null }] })
    await chunks.remove(id)
  })
}
