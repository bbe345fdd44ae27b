/**
 * A sealed log on a disk that is an array: the simulation's and the tests' third adapter.
 * The disk outlives the log's `close`, so a store can be closed, or dropped as in a crash, and opened again.
 */
import { StaleWriterError, type LogEntry, type SealedLog } from '@chartkeep/store'

/** What lies on the disk. Tests may damage it. */
export interface MemoryDisk {
  generation: number
  entries: LogEntry[]
  aside: LogEntry[]
  /** While set, every append is refused with it: a full or dying disk. */
  refuseWith: Error | null
}

export function createMemoryDisk(): MemoryDisk {
  return { generation: 0, entries: [], aside: [], refuseWith: null }
}

/** A copy of the disk as it is now. */
export function copyMemoryDisk(disk: MemoryDisk): MemoryDisk {
  return {
    generation: disk.generation,
    entries: copyEntries(disk.entries),
    aside: copyEntries(disk.aside),
    refuseWith: null,
  }
}

function copyEntries(entries: LogEntry[]): LogEntry[] {
  return entries.map(({ number, sealed }) => ({ number, sealed: sealed.slice() }))
}

export function memoryLog(disk: MemoryDisk = createMemoryDisk()): SealedLog {
  function check(generation: number): void {
    if (disk.generation !== generation) throw new StaleWriterError()
  }

  return {
    async claim() {
      disk.generation += 1
      return disk.generation
    },
    async *load() {
      yield* disk.entries.toSorted((a, b) => a.number - b.number)
    },
    async append(generation, entries) {
      check(generation)
      if (disk.refuseWith) throw disk.refuseWith
      const taken = new Set(disk.entries.map(({ number }) => number))
      for (const { number } of entries) {
        if (taken.has(number)) throw new Error('this number is taken')
        taken.add(number)
      }
      for (const { number, sealed } of entries) disk.entries.push({ number, sealed: sealed.slice() })
    },
    async setAside(generation, number) {
      check(generation)
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
