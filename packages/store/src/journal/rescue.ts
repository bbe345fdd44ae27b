/**
 * What can still be read from a log that does not open: every segment and entry that the key opens, whatever happened to the others. It does not
 * claim the log and changes no entry.
 */
import { bytesToHex, type CborValue } from '@chartkeep/crypto/encoding'
import { decodeBatch, fieldOf, type AnyDocument, type Batch, type SyncRow } from './batch.ts'
import { BATCH_KIND, createEntryOpener, entryHash, type EntryFault } from './entry.ts'
import { createPace, type Pace } from './pace.ts'
import type { LogEntry, SealedLog } from '../disk/sealed-log.ts'
import { createSegmentOpener } from './segment.ts'
import { decodeSnapshotHead, decodeSnapshotPart, type SnapshotPart } from './snapshot.ts'

/** Something of the log that could not be used, or was used although it is not where it belongs. */
export interface RescueProblem {
  /** `aside`: an entry that an earlier opening quarantined. */
  what: 'segment' | 'entry' | 'aside'
  /** Index of the segment, number of the entry. */
  number: number
  why: 'missing' | 'unreadable' | 'undecodable' | 'newer' | EntryFault
  /** Whether its contents are in the result all the same. */
  isUsed: boolean
}

/** What was found. Latest state of each document by the log's order, as far as it could be read. */
export interface Rescued {
  type: 'rescued'
  /** Live documents by collection ('records', 'audit', or an RxDB user's own), without RxDB's own fields, oldest change first. */
  collections: Record<string, Record<string, unknown>[]>
  rows: { table: string; key: string; value: CborValue }[]
  /** Documents that the log says were removed: they are not in `collections`. */
  removed: number
  /** Empty when everything opened. */
  problems: RescueProblem[]
}

/** `nothing-opens`: another key, or damage everywhere. `missing`: there is nothing. */
export type RescueAnswer = Rescued | { type: 'nothing-opens' } | { type: 'missing' }

/** The log to rescue and its key. Close the store first: a writer would change the log while it is read. */
export interface RescueSource {
  /** The store key, 32 bytes. */
  key: Uint8Array
  log: SealedLog
  signal?: AbortSignal
}

interface Found {
  parts: SnapshotPart[]
  batches: Batch[]
  problems: RescueProblem[]
  /** Pieces that were there at all. */
  pieces: number
}

/** Reads all that opens. Rejects only when the disk does, or with the signal's reason. */
export async function rescueStore({ key, log, signal }: RescueSource): Promise<RescueAnswer> {
  const found: Found = { parts: [], batches: [], problems: [], pieces: 0 }
  const pace = createPace()
  const turn = async () => {
    signal?.throwIfAborted()
    if (pace.isDue()) await pace.rest()
  }
  try {
    const opened = [...(await openSegments(key, log, found, turn)), ...(await openEntries(key, log, found, turn))]
    if (found.pieces === 0) return { type: 'missing' }
    if (opened.length === 0) return { type: 'nothing-opens' }
    const databaseId = mostFrequent(opened.map((piece) => piece.databaseId))
    for (const piece of opened) {
      if (piece.databaseId === databaseId) piece.use()
      else found.problems.push({ ...piece.at, why: 'other-database', isUsed: false })
    }
    return await contentsOf(found, pace)
  } finally {
    await log.close()
  }
}

interface Piece {
  databaseId: string
  at: Pick<RescueProblem, 'what' | 'number'>
  use(): void
}

async function openSegments(
  key: Uint8Array,
  log: SealedLog,
  found: Found,
  turn: () => Promise<void>,
): Promise<Piece[]> {
  const mark = await log.snapshot()
  const open = createSegmentOpener(key)
  const pieces: Piece[] = []
  let next = 0
  const missing = (to: number) => {
    for (; next < to; next += 1) found.problems.push({ what: 'segment', number: next, why: 'missing', isUsed: false })
  }
  for await (const { index, sealed } of log.loadSegments()) {
    missing(index)
    next = index + 1
    found.pieces += 1
    const at = { what: 'segment', number: index } as const
    const problem = (why: RescueProblem['why'], isUsed = false) => found.problems.push({ ...at, why, isUsed })
    const opened = await open(sealed)
    await turn()
    if (opened.type !== 'opened') {
      problem(opened.type)
      continue
    }
    const part = decodeSnapshotPart(opened.payload)
    if (!part) {
      if (!decodeSnapshotHead(opened.payload)) problem('undecodable')
      continue
    }
    const { place } = opened
    pieces.push({
      databaseId: bytesToHex(place.databaseId),
      at,
      use() {
        if (place.through !== mark?.through) problem('spliced', true)
        else if (place.index !== index) problem('reordered', true)
        found.parts.push(part)
      },
    })
  }
  missing(mark?.segments ?? 0)
  return pieces
}

async function openEntries(key: Uint8Array, log: SealedLog, found: Found, turn: () => Promise<void>): Promise<Piece[]> {
  const pieces: (Piece & { number: number })[] = []
  const openEntry = createEntryOpener(key)
  const taken = new Set<number>()
  let next = ((await log.snapshot())?.through ?? 0) + 1
  let before: { number: number; hash: Uint8Array } | null = null

  async function look({ number, sealed }: LogEntry, what: 'entry' | 'aside'): Promise<void> {
    found.pieces += 1
    const problem = (why: RescueProblem['why'], isUsed = false) => found.problems.push({ what, number, why, isUsed })
    const opened = await openEntry(sealed)
    if (opened.type !== 'opened') return void problem(opened.type)
    const { place, kind, payload } = opened
    const batch = kind === BATCH_KIND ? decodeBatch(payload) : null
    if (!batch) return void problem('undecodable')
    if (taken.has(place.number)) return void problem('spliced')
    taken.add(place.number)
    if (place.number !== number) problem('reordered', true)
    else if (before?.number === number - 1 && bytesToHex(before.hash) !== bytesToHex(place.previousHash))
      problem('spliced', true)
    if (what === 'entry') before = { number, hash: entryHash(sealed) }
    const databaseId = bytesToHex(place.databaseId)
    pieces.push({ databaseId, at: { what, number }, number: place.number, use: () => found.batches.push(batch) })
  }

  for await (const entry of log.load()) {
    for (; next < entry.number; next += 1)
      found.problems.push({ what: 'entry', number: next, why: 'missing', isUsed: false })
    next = entry.number + 1
    await look(entry, 'entry')
    await turn()
  }
  for (const entry of await log.aside()) await look(entry, 'aside')
  return pieces.sort((a, b) => a.number - b.number)
}

function mostFrequent(ids: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]![0]
}

/** The latest state of everything: a document by its greatest sequence number, a row by the last entry that names it. */
async function contentsOf({ parts, batches, problems }: Found, pace: Pace): Promise<Rescued> {
  const instances = new Map<string, Map<string, { document: AnyDocument; sequence: number }>>()
  const rows = new Map<string, { table: string; key: string; value: CborValue }>()

  function documentsOf(instance: string): Map<string, { document: AnyDocument; sequence: number }> {
    const known = instances.get(instance) ?? new Map<string, { document: AnyDocument; sequence: number }>()
    instances.set(instance, known)
    return known
  }

  function put(instance: string, primaryPath: string, document: AnyDocument, sequence: number): void {
    const known = documentsOf(instance)
    const id = String(document[primaryPath])
    if ((known.get(id)?.sequence ?? 0) <= sequence) known.set(id, { document, sequence })
  }

  function takeRows(taken: readonly SyncRow[]): void {
    for (const { table, key, value: given, from } of taken) {
      const place = JSON.stringify([table, key])
      // What the named place held may be in a piece that does not open: then this row is lost with it.
      const value =
        given === null && from
          ? (fieldOf(rows.get(JSON.stringify([from.table, from.key]))?.value, from.field) ?? null)
          : given
      if (value === null) rows.delete(place)
      else rows.set(place, { table, key, value })
    }
  }

  for (const part of parts) {
    for (const { instance, primaryPath, documents, sequences } of part.instances) {
      documentsOf(instance)
      documents.forEach((document, index) => put(instance, primaryPath, document, sequences[index]!))
    }
    takeRows(part.rows)
    if (pace.isDue()) await pace.rest()
  }
  for (const batch of batches) {
    for (const name of batch.dropped) instances.delete(name)
    for (const { instance, ids } of batch.forgotten) for (const id of ids) instances.get(instance)?.delete(id)
    let sequence = batch.firstSequence
    for (const { instance, primaryPath, documents } of batch.documents)
      for (const document of documents) put(instance, primaryPath, document, sequence++)
    takeRows(batch.sync)
    if (pace.isDue()) await pace.rest()
  }

  const rescued: Rescued = { type: 'rescued', collections: {}, rows: [...rows.values()], removed: 0, problems }
  for (const [instance, documents] of instances) {
    const collection = instance.replace(/-\d+$/, '')
    if (collection.startsWith('_rxdb_internal')) continue
    const list = (rescued.collections[collection] ??= [])
    for (const { document } of [...documents.values()].toSorted((a, b) => a.sequence - b.sequence)) {
      const { _rev, _meta, _deleted, _attachments, ...fields } = document
      if (_deleted) rescued.removed += 1
      else list.push(fields)
    }
  }
  return rescued
}
