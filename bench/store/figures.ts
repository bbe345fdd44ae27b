/** What is measured of whom, and where the measurements are kept until they are reported. */
import { median } from '../support/report.ts'
import type { Contestant } from './contestants.ts'

/** The names under which the storages are in the tables. */
export const contestants: Record<Contestant, string> = {
  sealed: 'sealed (ours)',
  dexie: 'Dexie, plaintext',
  encrypted: 'Dexie + encryption plugin',
  localstorage: 'localstorage, plaintext',
  memory: 'memory, nothing kept',
}

/** The rows of the tables. */
export const figures = {
  insert: 'insert, batches of 500 (all)',
  single: 'insert of one, strict',
  open: 'open, to the first record',
  first: 'first query after opening',
  byId: 'find by id',
  oldest: 'query, 50 in index order',
  newest: 'query, 50 newest first',
  count: 'count of one collection',
  all: 'find all',
  patch: 'patch of one, strict',
  batch: 'insert of 500 more, strict, after queries',
  longest: 'longest task while opening',
  longestCpu: 'the same, in processor time',
  firstLongest: 'longest task of the first query',
  firstLongestCpu: 'the same, in processor time',
  written: 'bytes on disk, as written',
  disk: 'bytes on disk, compacted',
  heap: 'heap after opening',
} as const

/** Everything that is noted; some of it is in no row. */
export type Figure = keyof typeof figures | 'raw' | 'floor' | 'json' | 'compact'

/** Those in bytes; all others are in milliseconds. */
export const inBytes: ReadonlySet<Figure> = new Set<Figure>(['written', 'disk', 'heap'])

/** All measurements of a run. */
export interface Measurements {
  note(size: number, contestant: Contestant, figure: Figure, value: number): void
  /** Each round's value. */
  all(size: number, contestant: Contestant, figure: Figure): readonly number[]
  /** The middle one; NaN where there is none. */
  median(size: number, contestant: Contestant, figure: Figure): number
  /** Why a contestant has no figures at a size. */
  absent(size: number, contestant: Contestant): string | undefined
  leaveOut(size: number, contestant: Contestant, reason: string): void
}

export function createMeasurements(): Measurements {
  const measured = new Map<string, number[]>()
  const reasons = new Map<string, string>()
  const all = (size: number, contestant: Contestant, figure: Figure) =>
    measured.get(`${size} ${contestant} ${figure}`) ?? []
  return {
    note(size, contestant, figure, value) {
      measured.set(`${size} ${contestant} ${figure}`, [...all(size, contestant, figure), value])
    },
    all,
    median: (size, contestant, figure) => median(all(size, contestant, figure)),
    absent: (size, contestant) => reasons.get(`${size} ${contestant}`),
    leaveOut(size, contestant, reason) {
      reasons.set(`${size} ${contestant}`, reason)
    },
  }
}
