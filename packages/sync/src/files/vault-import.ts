/**
 * Imports into a vault, without a network. Same identity and same content: nothing changes. Other content: a new version, or, if a person
 * has edited the record since, a sibling version that the person decides on. Identity and hash are computed from the original text, before
 * larger inline files are extracted (B1).
 */
import { importSourceOf, importSourceOver, isMovedAway, parseJsonOrNull } from '@chartkeep/domain'
import { idText } from '@chartkeep/protocol'
import type { ChunkDisk, StoredRecord, SyncRow } from '@chartkeep/store'
import { importedDocId } from '../vault/content-keys.ts'
import { extractFiles } from './inline-files.ts'
import { outboxOfRecord } from '../vault/outbox.ts'
import { isHandEdited, recordId } from '../record/record-codec.ts'
import { prepareVersion } from '../edit/vault-local.ts'
import { writableStream } from '../vault/vault-rights.ts'
import { conflictRows, rowValue, siblingVersionsOf, TABLE, type VaultMachine } from '../vault/vault-state.ts'

export interface ImportInput {
  text: string
  identity: string
  canonicalHash: string
  former?: { identities: readonly string[]; canonicalHash: string }
  collection: string
  /** The record belonged to this list before; the table decides only where new records go. */
  isCopy?: true
}

export interface ImportResult {
  added: number
  unchanged: number
  corrected: number
  conflicts: number
  /** Not written: only another account may change the record with this identity (E6). */
  refused: number
  /** Not written: a person moved the record to the trash, and the file has no new content for it. */
  trashed: number
}

/** The content of one durable entry. */
interface Batch {
  versions: Map<string, { row: StoredRecord; sync: SyncRow[] }>
  sides: StoredRecord[]
  uploads: SyncRow[]
  /** Blobs whose chunks this batch stored; removed again if the durable entry is not written. */
  blobs: string[]
}

/**
 * Imports a batch as one durable entry; if it throws, no part of the batch is stored. An identity may occur more than once.
 * @param source - the import's text (import-source.ts of the domain)
 */
export async function importItems(
  machine: VaultMachine,
  items: ImportInput[],
  source: string,
  chunks: ChunkDisk | null = null,
): Promise<ImportResult> {
  const result: ImportResult = { added: 0, unchanged: 0, corrected: 0, conflicts: 0, refused: 0, trashed: 0 }
  const batch: Batch = { versions: new Map(), sides: [], uploads: [], blobs: [] }
  try {
    for (const item of items) result[await importOne(machine, item, source, chunks, batch)]++
    await commitBatch(machine, batch)
  } catch (error) {
    for (const blob of batch.blobs) await chunks?.remove(blob).catch(() => {})
    throw error
  }
  return result
}

async function importOne(
  machine: VaultMachine,
  item: ImportInput,
  source: string,
  chunks: ChunkDisk | null,
  batch: Batch,
): Promise<keyof ImportResult> {
  const secret = machine.keys.docSecret
  if (secret === null) throw new Error('only an owner of the chart can import into it')
  const wanted = writableStream(machine, item.collection)
  if (wanted === null) throw new Error('a collection of this chart has no stream')
  const names = [item.identity, ...(item.former?.identities ?? [])]
  const docs = names.map((name) => idText(importedDocId(secret, name)))
  const standing = docs
    .map((doc) => ({ doc, stream: currentIn(machine, batch, doc) }))
    .find(({ stream }) => stream !== null)
  const doc = standing?.doc ?? docs[0]!
  const stream = standing?.stream ?? wanted
  const id = recordId(stream, doc)
  const planned = batch.versions.get(id)
  const existing = planned?.row ?? machine.rows.read(id)
  // A record that was removed by undoing its import counts as never imported.
  const isBack = existing !== null && importSourceOf(existing.importSource)?.state === 'undone'
  const hashes = [item.canonicalHash, item.former?.canonicalHash ?? item.canonicalHash]
  if (existing !== null && hashes.includes(existing.importHash) && !isBack)
    return isInTrash(existing) ? 'trashed' : 'unchanged'
  const isEdited = existing !== null && isHandEdited(existing)
  if (isEdited && isBeside(machine, batch, id, hashes)) return 'unchanged'

  const draft = {
    collection: item.collection,
    resource: await textToKeep(machine, chunks, batch, stream, item.text, existing?.resource ?? ''),
    importHash: item.canonicalHash,
    importSource: existing === null ? source : importSourceOver(source, existing.importSource),
    ...(existing === null ? {} : { id }),
    ...(item.isCopy === true ? { isCopy: item.isCopy } : {}),
    ...(planned === undefined ? {} : { over: planned.row }),
  }
  const version = prepareVersion(machine, draft)
  if (version.type !== 'row') return 'refused'
  if (isEdited) {
    // Its parent is the predecessor of the current version: it loses the compare-and-set, so the hand edit stays current.
    batch.sides.push({ ...version.row, parent: existing.parent })
    return 'conflicts'
  }
  const row = existing === null ? { ...version.row, id, doc: id.slice(stream.length + 1) } : version.row
  batch.versions.set(id, { row, sync: [...(planned?.sync ?? []), ...version.sync] })
  return existing === null || isBack ? 'added' : 'corrected'
}

/** The stream that holds an earlier import of the record; an earlier table may have put it into another list. Null for a new record. */
function currentIn({ streams, rows }: VaultMachine, { versions }: Batch, doc: string): string | null {
  for (const stream of streams.keys()) {
    const id = recordId(stream, doc)
    if (versions.has(id) || rows.read(id) !== null) return stream
  }
  return null
}

/** A record that moved to the private list leaves a marker, which is also hidden from all lists. */
function isInTrash({ status, resource }: StoredRecord): boolean {
  return status === 'trash' && !isMovedAway(parseJsonOrNull(resource))
}

/** Whether the content exists as a sibling already: unsealed, sealed, or as an open conflict. */
function isBeside(machine: VaultMachine, batch: Batch, id: string, hashes: readonly string[]): boolean {
  const beside = [
    ...batch.sides.filter((row) => row.id === id),
    ...siblingVersionsOf(machine, id),
    ...outboxOfRecord(machine, id).map(({ row }) => row),
    ...conflictRows(machine, id).map(({ row }) => row),
  ]
  return beside.some((row) => hashes.includes(row.importHash) && !isHandEdited(row))
}

async function textToKeep(
  machine: VaultMachine,
  chunks: ChunkDisk | null,
  batch: Batch,
  stream: string,
  text: string,
  before: string,
): Promise<string> {
  if (chunks === null) return text
  const taken = await extractFiles(machine, chunks, stream, text, before, (blob) => batch.blobs.push(blob))
  batch.uploads.push(...taken.sync)
  return taken.text
}

async function commitBatch(machine: VaultMachine, { versions, sides, uploads }: Batch): Promise<void> {
  if (versions.size === 0 && sides.length === 0) return
  const rows = [...versions.values()]
  await machine.rows.commit({
    records: rows.map(({ row }) => row),
    sync: [
      ...rows.flatMap(({ sync }) => sync),
      ...sides.map((row) => ({ table: TABLE.siblingVersions, key: row.revision, value: rowValue(row) })),
      ...uploads,
    ],
    durability: 'relaxed',
  })
  for (const { row } of rows) machine.unsent.add(row.id)
}
