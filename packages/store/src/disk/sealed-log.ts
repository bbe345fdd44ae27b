/**
 * The port under every store: a list of numbered, sealed entries that grows, and a snapshot in sealed segments
 * that stands for all entries up to its own number.
 *
 * An adapter keeps bytes and order and knows nothing else: no key, no row, no name. What binds an entry or a
 * segment to its place is inside the seal (entry.ts, segment.ts). Adapters: dexie-log.ts, sqlite-log.ts; all
 * pass test/contract/sealed-log.test.ts.
 */

/** `strict`: on the disk before the promise resolves. `relaxed`: handed to the system, may be lost with its power. */
export type Durability = 'strict' | 'relaxed'

/** One entry as stored on the disk. Numbers start at 1 and have no gaps. */
export interface LogEntry {
  number: number
  sealed: Uint8Array
}

/** One segment of a snapshot as stored on the disk. Indexes start at 0 and have no gaps. */
export interface LogSegment {
  index: number
  sealed: Uint8Array
}

/** Which staged segments are the snapshot. */
export interface SnapshotMark {
  /** Id of the snapshot in this log, greater than every earlier id. */
  id: number
  /** The number of the last entry that the snapshot stands for. */
  through: number
  /** How many segments it has, and their bytes together. */
  segments: number
  bytes: number
}

/** How much lies after the snapshot. `bytes` is `null` where the adapter would have to read all of it to tell. */
export interface TailSize {
  entries: number
  bytes: number | null
}

/**
 * A durable log of sealed entries. It opens at its first use, and again when used after {@link close}.
 * The journal above makes no two calls at once, but for {@link stage}, which runs while entries are appended.
 */
export interface SealedLog {
  /**
   * Makes the caller the only writer: raises the stored generation by one and returns it (1 for a new log).
   * Takes away segments that were staged and never became the snapshot.
   */
  claim(): Promise<number>
  /** The snapshot, or `null` when there is none. */
  snapshot(): Promise<SnapshotMark | null>
  /** The segments of the snapshot, ascending. Gaps are not looked for here. */
  loadSegments(): AsyncIterable<LogSegment>
  /** All entries, ascending by number, as they were when the iteration started. Gaps are not looked for here. */
  load(): AsyncIterable<LogEntry>
  /** The size of what {@link load} gives. */
  tailSize(): Promise<TailSize>
  /**
   * Adds all entries or none, in one transaction that also checks the generation.
   * Throws {@link StaleWriterError} when another writer has claimed the log since, and the adapter's own
   * error when a number is taken or the disk refuses; nothing is stored then.
   */
  append(generation: number, entries: readonly LogEntry[], durability: Durability): Promise<void>
  /** Stores one segment of a future snapshot next to the log; it is on the disk when the promise resolves. Throws as append does. */
  stage(generation: number, id: number, segment: LogSegment): Promise<void>
  /** Takes away all segments that are not the snapshot's. Throws {@link StaleWriterError} as append does. */
  unstage(generation: number): Promise<void>
  /**
   * In one strict transaction: makes the staged segments of `mark.id` the snapshot and removes every other segment
   * and all entries up to `mark.through`, their bytes too where the adapter can. Throws, with nothing changed, as append
   * does and when a staged segment is missing.
   */
  replace(generation: number, mark: SnapshotMark): Promise<void>
  /** Moves a damaged entry out of the sequence, in one transaction. Its bytes are kept and never deleted. */
  setAside(generation: number, number: number): Promise<void>
  /** The quarantined entries, oldest first. */
  aside(): Promise<LogEntry[]>
  /** Lets go of files and connections. */
  close(): Promise<void>
  /** Removes the log and everything in it for good. */
  destroy(): Promise<void>
}

/** Another tab or process has taken over this log; nothing was written. */
export class StaleWriterError extends Error {
  override readonly name = 'StaleWriterError'
  constructor() {
    super('another writer holds this store')
  }
}
