/**
 * The port under every store: a list of numbered, sealed entries that only grows.
 *
 * An adapter keeps bytes and order and knows nothing else: no key, no row, no name. What binds an
 * entry to its place is inside the seal (entry.ts). Adapters: dexie-log.ts, sqlite-log.ts; all pass
 * test/contract/sealed-log.test.ts. A snapshot that replaces a prefix joins this port with compaction.
 */

/** `strict`: on the disk before the promise resolves. `relaxed`: handed to the system, may be lost with its power. */
export type Durability = 'strict' | 'relaxed'

/** One entry as it lies on the disk. Numbers start at 1 and have no gaps. */
export interface LogEntry {
  number: number
  sealed: Uint8Array
}

/**
 * A durable log of sealed entries. It opens at its first use, and again when used after {@link close}.
 * Calls are not made in parallel: the journal above keeps one queue.
 */
export interface SealedLog {
  /** Makes the caller the only writer: raises the stored generation by one and returns it (1 for a new log). */
  claim(): Promise<number>
  /** All entries, ascending by number, as they were when the iteration started. Gaps are not looked for here. */
  load(): AsyncIterable<LogEntry>
  /**
   * Adds all entries or none, in one transaction that also checks the generation.
   * Throws {@link StaleWriterError} when another writer has claimed the log since, and the adapter's own
   * error when a number is taken or the disk refuses; nothing is stored then.
   */
  append(generation: number, entries: readonly LogEntry[], durability: Durability): Promise<void>
  /** Moves a damaged entry out of the sequence, in one transaction. Its bytes are kept and never deleted. */
  setAside(generation: number, number: number): Promise<void>
  /** What was set aside, oldest first. */
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
