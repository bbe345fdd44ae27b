/** The one source of chance of a simulated scenario: the same seed gives the same draws, bytes included. */
import { hash } from 'node:crypto'
import { seededBytes, type SeededBytes } from './seeded-bytes.ts'

export interface SimRandom {
  /** An integer from 0 to `below` - 1. */
  int(below: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  bytes: SeededBytes
}

/** xoshiro128**, seeded with SHA-256 of the text. */
export function simRandom(seed: string): SimRandom {
  const digest = hash('sha256', seed, 'buffer')
  const state = new Uint32Array(4).map((_, index) => digest.readUInt32LE(index * 4))
  const next = (): number => {
    const x = Math.imul(state[1]!, 5)
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0
    const t = state[1]! << 9
    state[2]! ^= state[0]!
    state[3]! ^= state[1]!
    state[1]! ^= state[2]!
    state[0]! ^= state[3]!
    state[2]! ^= t
    state[3] = (state[3]! << 11) | (state[3]! >>> 21)
    return result
  }
  const int = (below: number) => Math.floor((next() / 2 ** 32) * below)
  return {
    int,
    chance: (probability) => next() / 2 ** 32 < probability,
    pick: (list) => {
      if (list.length === 0) throw new RangeError('nothing to pick from')
      return list[int(list.length)]!
    },
    bytes: seededBytes(`${seed} bytes`),
  }
}
