/**
 * What every adapter of the sealed log keeps to. Free of test tools, so that the same list runs under vitest
 * in Node and inside a page in Chromium.
 */
import type { SealedLog } from '@chartkeep/store'
import { StaleWriterError, type LogEntry, type LogSegment, type SnapshotMark } from '@chartkeep/store/testing'

/** One rule: a sentence, and a run that throws when the adapter breaks it. */
export interface LogRule {
  name: string
  run(reopen: () => SealedLog): Promise<void>
}

function entry(number: number, ...bytes: number[]): LogEntry {
  return { number, sealed: Uint8Array.from(bytes.length > 0 ? bytes : [number, number + 1]) }
}

async function everything(log: SealedLog): Promise<string> {
  const found: LogEntry[] = []
  for await (const loaded of log.load()) found.push(loaded)
  return show(found)
}

/** Snapshot and entries in one line: 'mark id/through: index:bytes ... | number:bytes ...'. */
async function whole(log: SealedLog): Promise<string> {
  const mark = await log.snapshot()
  const segments: string[] = []
  for await (const { index, sealed } of log.loadSegments()) segments.push(`${index}:${[...sealed].join(',')}`)
  return `${mark ? `${mark.id}/${mark.through}` : '-'} ${segments.join(' ')} | ${await everything(log)}`
}

function segment(index: number, ...bytes: number[]): LogSegment {
  return { index, sealed: Uint8Array.from(bytes) }
}

function markOf(id: number, through: number, segments: number): SnapshotMark {
  return { id, through, segments, bytes: segments }
}

function show(entries: readonly LogEntry[]): string {
  return entries.map(({ number, sealed }) => `${number}:${[...sealed].join(',')}`).join(' ')
}

function same(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`expected ${String(expected)}, found ${String(actual)}`)
}

async function refused(promise: Promise<unknown>): Promise<unknown> {
  let reason: unknown
  await promise.catch((error: unknown) => (reason = error))
  if (reason === undefined) throw new Error('expected a refusal')
  return reason
}

/** The rules, each run on a log that did not exist before; `reopen` gives a new adapter on the same disk. */
export const sealedLogRules: LogRule[] = [
  {
    name: 'ST9: a new log is empty, and its first writer has generation 1',
    async run(reopen) {
      const log = reopen()
      same(await everything(log), '')
      same(await log.claim(), 1)
      same(show(await log.aside()), '')
      await log.close()
    },
  },
  {
    name: 'ST9: entries of both durabilities come back in the order of their numbers, after closing too',
    async run(reopen) {
      const log = reopen()
      const generation = await log.claim()
      await log.append(generation, [entry(1)], 'strict')
      await log.append(generation, [entry(2), entry(3)], 'relaxed')
      await log.append(generation, [entry(4)], 'strict')
      await log.close()
      const again = reopen()
      same(await everything(again), '1:1,2 2:2,3 3:3,4 4:4,5')
      await again.close()
    },
  },
  {
    name: 'ST9: a log that was closed opens again at its next use',
    async run(reopen) {
      const log = reopen()
      await log.append(await log.claim(), [entry(1)], 'strict')
      await log.close()
      same(await everything(log), '1:1,2')
      await log.close()
    },
  },
  {
    name: 'ST9: more entries than one page come back complete, an empty one and a large one among them',
    async run(reopen) {
      const log = reopen()
      const generation = await log.claim()
      const large = { number: 100, sealed: new Uint8Array(300_000).fill(7) }
      for (let number = 1; number < 100; number += 1) await log.append(generation, [entry(number)], 'relaxed')
      await log.append(generation, [large, { number: 101, sealed: new Uint8Array(0) }], 'relaxed')
      const lengths: number[] = []
      for await (const { number, sealed } of log.load()) {
        same(number, lengths.length + 1)
        lengths.push(sealed.length)
      }
      same(lengths.length, 101)
      same(lengths.slice(98).join(), '2,300000,0')
      await log.close()
    },
  },
  {
    name: 'ST9: only the bytes of a view are kept, not the buffer behind it',
    async run(reopen) {
      const log = reopen()
      await log.append(await log.claim(), [{ number: 1, sealed: Uint8Array.of(9, 8, 7, 6).subarray(1, 3) }], 'strict')
      for await (const { sealed } of log.load()) {
        same([...sealed].join(), '8,7')
        same(sealed.buffer.byteLength, 2)
      }
      await log.close()
    },
  },
  {
    name: 'ST9: an append of several entries of which one number is taken stores none of them',
    async run(reopen) {
      const log = reopen()
      const generation = await log.claim()
      await log.append(generation, [entry(1), entry(2)], 'strict')
      await refused(log.append(generation, [entry(3), entry(2, 99)], 'strict'))
      same(await everything(log), '1:1,2 2:2,3')
      await log.append(generation, [entry(3)], 'strict')
      same(await everything(log), '1:1,2 2:2,3 3:3,4')
      await log.close()
    },
  },
  {
    name: 'ST8: a writer of an older generation is refused by name and writes nothing',
    async run(reopen) {
      const first = reopen()
      const old = await first.claim()
      await first.append(old, [entry(1)], 'strict')
      const second = reopen()
      same(await second.claim(), old + 1)
      for (const durability of ['strict', 'relaxed'] as const) {
        same((await refused(first.append(old, [entry(2)], durability))) instanceof StaleWriterError, true)
      }
      for (const call of [
        () => first.setAside(old, 1),
        () => first.stage(old, 1, segment(0, 1)),
        () => first.unstage(old),
        () => first.replace(old, markOf(1, 1, 0)),
      ]) {
        same((await refused(call())) instanceof StaleWriterError, true)
      }
      same(await everything(second), '1:1,2')
      await first.close()
      await second.close()
    },
  },
  {
    name: 'ST5: what is set aside leaves the sequence, frees its number and is kept',
    async run(reopen) {
      const log = reopen()
      const generation = await log.claim()
      await log.append(generation, [entry(1), entry(2)], 'strict')
      await log.setAside(generation, 2)
      await log.append(generation, [entry(2, 50)], 'strict')
      await log.setAside(generation, 2)
      await log.close()
      const again = reopen()
      same(await everything(again), '1:1,2')
      same(show(await again.aside()), '2:2,3 2:50')
      await again.close()
    },
  },
  {
    name: 'ST9: a destroyed log is a new one',
    async run(reopen) {
      const log = reopen()
      const generation = await log.claim()
      await log.append(generation, [entry(1)], 'strict')
      await log.destroy()
      const again = reopen()
      same(await everything(again), '')
      same(await again.claim(), 1)
      await again.close()
    },
  },
  {
    name: 'ST14: a staged snapshot is not there until it replaces the entries that it stands for',
    async run(reopen) {
      const log = reopen()
      const generation = await log.claim()
      await log.append(generation, [entry(1), entry(2), entry(3)], 'strict')
      await log.stage(generation, 1, segment(0, 70))
      await log.stage(generation, 1, segment(1, 71))
      same(await whole(log), '-  | 1:1,2 2:2,3 3:3,4')
      await log.append(generation, [entry(4)], 'relaxed')
      await log.replace(generation, markOf(1, 3, 2))
      const after = '1/3 0:70 1:71 | 4:4,5'
      same(await whole(log), after)
      same(JSON.stringify(await log.snapshot()), JSON.stringify(markOf(1, 3, 2)))
      await log.append(generation, [entry(5)], 'strict')
      await log.close()
      const again = reopen()
      same(await whole(again), `${after} 5:5,6`)
      same((await again.tailSize()).entries, 2)
      await again.close()
    },
  },
  {
    name: 'ST14: the next snapshot takes the place of the one before, and no segment of that is left',
    async run(reopen) {
      const log = reopen()
      const generation = await log.claim()
      await log.append(generation, [entry(1)], 'strict')
      for (const index of [0, 1, 2]) await log.stage(generation, 1, segment(index, index))
      await log.replace(generation, markOf(1, 1, 3))
      await log.append(generation, [entry(2)], 'strict')
      await log.stage(generation, 2, segment(0, 90))
      same(await whole(log), '1/1 0:0 1:1 2:2 | 2:2,3')
      await log.replace(generation, markOf(2, 2, 1))
      same(await whole(log), '2/2 0:90 | ')
      await log.close()
    },
  },
  {
    name: 'ST14: a snapshot of which a segment was not staged replaces nothing',
    async run(reopen) {
      const log = reopen()
      const generation = await log.claim()
      await log.append(generation, [entry(1)], 'strict')
      await log.stage(generation, 1, segment(0, 7))
      await log.stage(generation, 1, segment(2, 7))
      await refused(log.replace(generation, markOf(1, 1, 3)))
      await refused(log.replace(generation, markOf(3, 1, 1)))
      same(await whole(log), '-  | 1:1,2')
      await log.close()
    },
  },
  {
    name: 'ST14: what was staged and never became the snapshot goes with the next claim, or when it is given up',
    async run(reopen) {
      const log = reopen()
      const generation = await log.claim()
      await log.append(generation, [entry(1)], 'strict')
      await log.stage(generation, 1, segment(0, 1))
      await log.replace(generation, markOf(1, 1, 1))
      await log.stage(generation, 2, segment(0, 2))
      await log.unstage(generation)
      await log.stage(generation, 2, segment(0, 3))
      const second = reopen()
      const next = await second.claim()
      await second.stage(next, 2, segment(0, 4))
      await second.replace(next, markOf(2, 1, 1))
      same(await whole(second), '2/1 0:4 | ')
      await log.close()
      await second.close()
    },
  },
  {
    name: 'ST14: a large segment comes back whole, and more of them than one page in their order',
    async run(reopen) {
      const log = reopen()
      const generation = await log.claim()
      const large = new Uint8Array(600_000).fill(7)
      for (let index = 0; index < 11; index += 1)
        await log.stage(generation, 1, { index, sealed: index === 5 ? large : Uint8Array.of(index) })
      await log.replace(generation, { id: 1, through: 0, segments: 11, bytes: 600_010 })
      const lengths: number[] = []
      for await (const { index, sealed } of log.loadSegments()) {
        same(index, lengths.length)
        lengths.push(sealed.length)
      }
      same(lengths.join(), '1,1,1,1,1,600000,1,1,1,1,1')
      await log.close()
    },
  },
]
