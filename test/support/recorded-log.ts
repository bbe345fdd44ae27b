/** A memory log that notes every change of its disk, so that the disk can be had as it was after each, with the last one torn. */
import type { SealedLog } from '@chartkeep/store'
import type { LogEntry, LogSegment, SnapshotMark } from '@chartkeep/store/testing'
import { createMemoryDisk, memoryLog, type MemoryDisk } from './memory-log.ts'

/** One change of the disk. */
export type LogOperation =
  | { type: 'claim' }
  | { type: 'append'; entry: LogEntry }
  | { type: 'stage'; id: number; segment: LogSegment }
  | { type: 'unstage' }
  | { type: 'replace'; mark: SnapshotMark }

/** A log on a new disk; `operations` grows with each change that the disk took. */
export function recordedLog(): { log: SealedLog; operations: LogOperation[] } {
  const operations: LogOperation[] = []
  const inner = memoryLog()
  const log: SealedLog = {
    ...inner,
    async claim() {
      const generation = await inner.claim()
      operations.push({ type: 'claim' })
      return generation
    },
    async append(generation, entries, durability) {
      await inner.append(generation, entries, durability)
      for (const entry of entries) operations.push({ type: 'append', entry })
    },
    async stage(generation, id, segment) {
      await inner.stage(generation, id, segment)
      operations.push({ type: 'stage', id, segment })
    },
    async unstage(generation) {
      await inner.unstage(generation)
      operations.push({ type: 'unstage' })
    },
    async replace(generation, mark) {
      await inner.replace(generation, mark)
      operations.push({ type: 'replace', mark: { ...mark } })
    },
    setAside: () => Promise.reject(new Error('a recorded run tears nothing')),
  }
  return { log, operations }
}

/**
 * The disks after each operation, in order; each may be written to. The bytes of entries and segments are shared:
 * to damage them, put others in their place.
 */
export function* disksOf(
  operations: readonly LogOperation[],
): Generator<{ operation: LogOperation; disk: MemoryDisk }> {
  const disk = createMemoryDisk()
  for (const operation of operations) {
    apply(disk, operation)
    yield { operation, disk: { ...disk, entries: [...disk.entries], segments: [...disk.segments], aside: [] } }
  }
}

function apply(disk: MemoryDisk, operation: LogOperation): void {
  const keepSegmentsOf = (id: number) => {
    disk.segments = disk.segments.filter((segment) => segment.id === id)
  }
  switch (operation.type) {
    case 'claim':
      disk.generation += 1
      return keepSegmentsOf(disk.mark?.id ?? 0)
    case 'append':
      return void disk.entries.push(operation.entry)
    case 'stage':
      return void disk.segments.push({ id: operation.id, ...operation.segment })
    case 'unstage':
      return keepSegmentsOf(disk.mark?.id ?? 0)
    case 'replace':
      disk.mark = operation.mark
      keepSegmentsOf(operation.mark.id)
      disk.entries = disk.entries.filter(({ number }) => number > operation.mark.through)
  }
}
