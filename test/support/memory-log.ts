/**
 * A sealed log on a disk that is an array: the simulation's and the tests' third adapter.
 * The disk outlives the log's `close`, so a store can be closed, or dropped as in a crash, and opened again.
 */
import type { SealedLog } from '@chartkeep/store'
import { StaleWriterError, type LogEntry, type LogSegment, type SnapshotMark } from '@chartkeep/store/testing'

/** A segment, staged or of the snapshot. */
export interface MemorySegment extends LogSegment {
  id: number
}

/** What is on the disk. Tests may damage it. */
export interface MemoryDisk {
  generation: number
  entries: LogEntry[]
  segments: MemorySegment[]
  mark: SnapshotMark | null
  aside: LogEntry[]
  /** While set, every append, stage and replace is refused with it: a full or dying disk. */
  refuseWith: Error | null
}

export function createMemoryDisk(): MemoryDisk {
  return { generation: 0, entries: [], segments: [], mark: null, aside: [], refuseWith: null }
}

/** A copy of the disk as it is now. */
export function copyMemoryDisk(disk: MemoryDisk): MemoryDisk {
  return {
    generation: disk.generation,
    entries: disk.entries.map(withOwnBytes),
    segments: disk.segments.map(withOwnBytes),
    mark: disk.mark && { ...disk.mark },
    aside: disk.aside.map(withOwnBytes),
    refuseWith: null,
  }
}

function withOwnBytes<T extends { sealed: Uint8Array }>(part: T): T {
  return { ...part, sealed: part.sealed.slice() }
}

/** Every byte that could still be read from the disk, one after another. */
export function bytesOnDisk({ entries, segments, aside }: MemoryDisk): Uint8Array[] {
  return [...entries, ...segments, ...aside].map(({ sealed }) => sealed)
}

export function memoryLog(disk: MemoryDisk = createMemoryDisk()): SealedLog {
  function check(generation: number): void {
    if (disk.generation !== generation) throw new StaleWriterError()
    if (disk.refuseWith) throw disk.refuseWith
  }

  function keepSegmentsOf(id: number): void {
    disk.segments = disk.segments.filter((segment) => segment.id === id)
  }

  return {
    async claim() {
      disk.generation += 1
      keepSegmentsOf(disk.mark?.id ?? 0)
      return disk.generation
    },
    async snapshot() {
      return disk.mark && { ...disk.mark }
    },
    async *loadSegments() {
      const { mark } = disk
      if (!mark) return
      const own = disk.segments.filter(({ id, index }) => id === mark.id && index < mark.segments)
      for (const { index, sealed } of own.toSorted((a, b) => a.index - b.index)) yield { index, sealed }
    },
    async *load() {
      yield* disk.entries.toSorted((a, b) => a.number - b.number)
    },
    async tailSize() {
      return { entries: disk.entries.length, bytes: disk.entries.reduce((sum, { sealed }) => sum + sealed.length, 0) }
    },
    async append(generation, entries) {
      check(generation)
      const taken = new Set(disk.entries.map(({ number }) => number))
      for (const { number } of entries) {
        if (taken.has(number)) throw new Error('this number is taken')
        taken.add(number)
      }
      for (const entry of entries) disk.entries.push(withOwnBytes(entry))
    },
    async stage(generation, id, segment) {
      check(generation)
      if (disk.segments.some((other) => other.id === id && other.index === segment.index))
        throw new Error('this place is taken')
      disk.segments.push({ id, ...withOwnBytes(segment) })
    },
    async unstage(generation) {
      if (disk.generation !== generation) throw new StaleWriterError()
      keepSegmentsOf(disk.mark?.id ?? 0)
    },
    async replace(generation, mark) {
      check(generation)
      const staged = disk.segments.filter(({ id, index }) => id === mark.id && index < mark.segments)
      if (staged.length !== mark.segments) throw new Error('a staged segment is missing')
      disk.mark = { ...mark }
      keepSegmentsOf(mark.id)
      disk.entries = disk.entries.filter(({ number }) => number > mark.through)
    },
    async setAside(generation, number) {
      if (disk.generation !== generation) throw new StaleWriterError()
      const damaged = disk.entries.find((entry) => entry.number === number)
      if (damaged) disk.aside.push(damaged)
      disk.entries = disk.entries.filter((entry) => entry !== damaged)
    },
    async aside() {
      return [...disk.aside]
    },
    async close() {},
    async destroy() {
      Object.assign(disk, createMemoryDisk())
    },
  }
}
