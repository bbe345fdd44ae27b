/** What every adapter of the chunk disk keeps to (B1, B3): sealed bytes by blob and place, a note next to them. */
import type { ChunkDisk } from '@chartkeep/store'
import { expect } from 'vitest'

/** One rule: a sentence, and a run over disks on one place that did not exist before. `open` opens it again; close the one before. */
export interface ChunkRule {
  name: string
  run(open: () => ChunkDisk): Promise<void>
}

const A = 'a'.repeat(22)
const B = 'b'.repeat(22)
const bytes = (...values: number[]) => Uint8Array.from(values)

export const chunkDiskRules: ChunkRule[] = [
  {
    name: 'B1: a new disk holds nothing and says so without failing',
    async run(open) {
      const disk = open()
      expect([await disk.get(A, 0), await disk.has(A), await disk.noted(A), await disk.blobs()]).toEqual([
        null,
        [],
        null,
        [],
      ])
      await disk.remove(A)
      disk.close()
    },
  },
  {
    name: 'B3: chunks come back as they were put, also after opening again, and are told in order, whatever order they came in',
    async run(open) {
      const disk = open()
      for (const index of [10, 2, 0]) await disk.put(A, index, 11, bytes(index, 255))
      await disk.put(B, 2, 3, bytes(9))
      await disk.put(A, 2, 11, bytes(2, 7))
      const check = async (each: ChunkDisk) => {
        expect(await each.get(A, 2)).toEqual({ sealed: bytes(2, 7), total: 11 })
        expect(await each.get(A, 1)).toBeNull()
        expect([await each.has(A), await each.has(B)]).toEqual([[0, 2, 10], [2]])
      }
      await check(disk)
      disk.close()
      const again = open()
      await check(again)
      again.close()
    },
  },
  {
    name: 'B3: a note stands beside the chunks and is none of them',
    async run(open) {
      const disk = open()
      await disk.note(A, bytes(1))
      await disk.put(B, 0, 1, bytes(2))
      await disk.note(A, bytes(3))
      expect([await disk.noted(A), await disk.noted(B)]).toEqual([bytes(3), null])
      expect([await disk.has(A), await disk.get(A, 0)]).toEqual([[], null])
      expect((await disk.blobs()).toSorted()).toEqual([A, B])
      // A blob of which only a note is here has no chunks to count.
      await disk.put(B, 2, 3, bytes(2))
      expect([...(await disk.counts())]).toEqual([[B, 2]])
      disk.close()
    },
  },
  {
    name: 'B3: removing a blob takes its chunks and its note, and nothing of another',
    async run(open) {
      const disk = open()
      for (const blob of [A, B]) {
        for (const index of [0, 1]) await disk.put(blob, index, 2, bytes(index))
        await disk.note(blob, bytes(5))
      }
      await disk.remove(A)
      disk.close()
      const again = open()
      expect([await again.has(A), await again.noted(A), await again.blobs()]).toEqual([[], null, [B]])
      expect([await again.has(B), await again.noted(B)]).toEqual([[0, 1], bytes(5)])
      again.close()
    },
  },
]
