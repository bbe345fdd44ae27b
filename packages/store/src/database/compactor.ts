/**
 * When a store is compacted: on demand, and by itself when its tail has outgrown its snapshot. Never twice at once.
 *
 * It waits for a quiet moment, unless writing never pauses. Closing the store stops it; it starts again at the next opening.
 */
import type { JournalSize } from '../journal/journal.ts'
import { nextTurn } from '../journal/pace.ts'

/** What opening one more entry costs, in bytes of a snapshot that open in the same time. */
const ENTRY_WEIGHT = 2_048

/** How many times too heavy the tail is when compaction waits for no quiet moment, and writing begins to wait for it. */
const FAR_BEHIND = 8
/** The same for a store with a small snapshot, in floors: an import of many megabytes is written down once, not again while it runs. */
const FAR_FLOORS = 512

/** Milliseconds without a write after which a background compaction continues. */
const PAUSE_MS = 100

/** When compaction runs by itself; for tests and for machines with other disks. */
export interface CompactionRules {
  /** Bytes of tail below which nothing is done. 1 MiB when left out. */
  floorBytes?: number
  /** Milliseconds without a write before it begins. 500 when left out. */
  quietMs?: number
}

/** Runs compactions of one database, one after another. */
export interface Compactor {
  /** How many have replaced the tail since opening. */
  readonly runs: number
  /** Compacts the state as it is now or later. Rejects when the disk refuses; the store then is as it was. */
  compact(): Promise<void>
  /**
   * To be called after opening and after each write. Resolves at once, or, while a compaction cannot keep up with the
   * writing, after a turn of the event loop, which a writer in Node that awaits nothing else would never give it, and
   * at last when the compaction has ended.
   */
  noteWrite(): Promise<void>
  /** Stops a background compaction, waits for a requested one, and starts none afterwards. */
  stop(): Promise<void>
}

/** What the work asks between its steps. */
export interface CompactionSteps {
  isGivenUp(): boolean
  /** Resolves when nothing is being written: writes of a person or of another device come first. Null: continue at once. */
  pause(): Promise<void> | null
}

/** The work itself; it answers whether it replaced anything. */
export type CompactionRun = (steps: CompactionSteps) => Promise<boolean>

/** @param isUrgent - whether something that was taken away must leave the disk */
export function createCompactor(
  size: JournalSize,
  isUrgent: () => boolean,
  run: CompactionRun,
  { floorBytes = 1_048_576, quietMs = 500 }: CompactionRules = {},
): Compactor {
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null
  /** Whether somebody waits for the run under way. */
  let isAsked = false
  let isStopped = false
  let runs = 0
  let timer: ReturnType<typeof setTimeout> | null = null
  /** After a failure: not before the tail has this weight. */
  let notBefore = 0
  let wroteAt = -Infinity
  const pauseMs = Math.min(PAUSE_MS, quietMs)

  function tailWeight(): number {
    return size.entryBytes + size.entries * ENTRY_WEIGHT
  }

  function limits(): { limit: number; far: number } {
    const limit = Math.max(floorBytes, size.snapshotBytes)
    return { limit, far: Math.max(FAR_BEHIND * limit, FAR_FLOORS * floorBytes) }
  }

  /** A run that somebody waits for, and one that writing has left far behind, wait for nobody. */
  function isInTheWay(): boolean {
    const isFarBehind = tailWeight() > limits().far
    return !isAsked && next === null && !isStopped && !isFarBehind && performance.now() - wroteAt < pauseMs
  }

  async function pause(): Promise<void> {
    while (isInTheWay()) await new Promise((resolve) => setTimeout(resolve, pauseMs / 4))
  }

  function start(asked: boolean): Promise<void> {
    isAsked = asked
    const steps = { isGivenUp: () => isStopped && !isAsked, pause: () => (isInTheWay() ? pause() : null) }
    const work = run(steps).then((replaced) => {
      if (replaced) runs += 1
      notBefore = 0
    })
    running = work
      .catch(() => {
        notBefore = tailWeight() + floorBytes
      })
      .then(() => {
        running = null
        void noteWrite()
      })
    return work
  }

  function startByItself(): void {
    if (isStopped || running || next) return
    // Nobody waits for it; it is tried again when the tail has grown by the floor.
    start(false).catch(() => {})
  }

  async function noteWrite(): Promise<void> {
    wroteAt = performance.now()
    const { limit, far } = limits()
    const isFarBehind = tailWeight() > far
    if (running && isFarBehind) await (tailWeight() > 2 * far ? running : nextTurn())
    if (isStopped || running || next) return
    const isDue = tailWeight() > limit && tailWeight() > notBefore
    if (!isDue && !(isUrgent() && notBefore === 0)) return
    if (timer) clearTimeout(timer)
    timer = null
    if (isFarBehind) return startByItself()
    timer = setTimeout(startByItself, quietMs)
    // In Node a waiting timer must not keep the process alive.
    if (typeof timer === 'object') (timer as { unref?: () => void }).unref?.()
  }

  function compact(): Promise<void> {
    // What runs now took its view before this call; those who ask meanwhile share the next run.
    next ??= (running ?? Promise.resolve()).then(() => {
      next = null
      return start(true)
    })
    return next
  }

  return {
    get runs() {
      return runs
    },
    compact,
    noteWrite,
    async stop() {
      isStopped = true
      if (timer) clearTimeout(timer)
      // What was asked for begins when what runs has ended.
      if (next) await next.catch(() => {})
      if (running) await running
    },
  }
}
