/** How large an open store is, on the disk and in memory. */
import type { JournalSize } from '../journal/journal.ts'
import type { InstanceState } from '../memory/instance-state.ts'
import type { MemoryContents } from '../memory/memory-contents.ts'

/** Counts and sizes of an open store. */
export interface StoreFigures {
  /** The number of the last durable entry. */
  sequence: number
  /** Entries after the snapshot, and their sealed bytes. */
  entries: number
  entryBytes: number
  /** Segments of the snapshot, and their sealed bytes. */
  segments: number
  snapshotBytes: number
  /** All sealed bytes of the log, what the file or database needs around them left out. */
  bytesOnDisk: number
  /** Compactions since opening. */
  compactions: number
  /** Documents that are there, and tombstones. */
  documents: number
  deleted: number
  /** Sync rows. */
  rows: number
  /** An estimate of the memory that documents, their order and the built indexes hold, from a sample of 200. */
  bytesHeld: number
  /** The same for each document, tombstones included; 0 without documents. */
  bytesPerDocument: number
}

const SAMPLE = 200
/** A parsed object's head, its fields' slots and the short strings' heads, beyond the text itself. */
const OBJECT_BYTES = 400
/** A place in the map of documents and in the order of changes. */
const PLACE_BYTES = 120
/** Bytes of an index row without its string. */
const INDEX_ROW_BYTES = 56

export function figuresOf(
  { segments, snapshotBytes, entries, entryBytes }: JournalSize,
  contents: MemoryContents,
  sequence: number,
  compactions: number,
): StoreFigures {
  let count = 0
  let deleted = 0
  let bytesHeld = 0
  for (const data of contents.instances.values()) {
    const { documents } = data
    count += documents.size
    let sampled = 0
    let sampleBytes = 0
    for (const document of documents.values()) {
      if (document._deleted) deleted += 1
      if (sampled >= SAMPLE) continue
      sampled += 1
      sampleBytes += JSON.stringify(document).length + OBJECT_BYTES + PLACE_BYTES + indexBytes(data as InstanceState)
    }
    if (sampled > 0) bytesHeld += Math.round((sampleBytes / sampled) * documents.size)
  }
  let rows = 0
  for (const table of contents.tables.values()) rows += table.size
  return {
    sequence,
    entries,
    entryBytes,
    segments,
    snapshotBytes,
    bytesOnDisk: snapshotBytes + entryBytes,
    compactions,
    documents: count - deleted,
    deleted,
    rows,
    bytesHeld,
    bytesPerDocument: count === 0 ? 0 : Math.round(bytesHeld / count),
  }
}

/** What the built indexes hold of one document. */
function indexBytes({ memory }: Partial<InstanceState>): number {
  let bytes = 0
  for (const { docsWithIndex } of memory?.internals.byIndexArray ?? [])
    bytes += (docsWithIndex[0]?.[0].length ?? 0) + INDEX_ROW_BYTES
  return bytes
}
