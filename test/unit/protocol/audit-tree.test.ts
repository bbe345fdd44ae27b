import {
  consistencyPath,
  inclusionPath,
  merkleLeaf,
  merkleRoot,
  rootFromInclusionPath,
  verifyConsistency,
} from '@chartkeep/crypto/hash'
import {
  EMPTY_FRONTIER,
  frontierAfter,
  frontierRoot,
  nodesAfter,
  treeConsistency,
  treeInclusion,
  treeRoot,
  type ReadNode,
} from '@chartkeep/protocol/audit'
import { describe, expect, test } from 'vitest'
import { countingBytes } from '../../support/vectors.ts'

const LEAVES = 70
const data = Array.from({ length: LEAVES }, (_, n) => countingBytes(20, n))
const nodes = new Map<string, Uint8Array>()
let reads = 0
const read: ReadNode = (level, index) => {
  reads++
  return nodes.get(`${level}.${index}`) ?? null
}
for (const [size, leaf] of data.entries())
  for (const { level, index, hash } of nodesAfter(size, merkleLeaf(leaf), read)) nodes.set(`${level}.${index}`, hash)
const sizes = Array.from({ length: LEAVES + 1 }, (_, size) => size)

describe('A3: the tree of stored nodes', () => {
  test('has the root of RFC 6962 at every size, as the frontier of a reader has', () => {
    let frontier = EMPTY_FRONTIER
    for (const size of sizes) {
      expect(treeRoot(size, read), `size ${size}`).toEqual(merkleRoot(data.slice(0, size)))
      expect(frontierRoot(frontier)).toEqual(treeRoot(size, read))
      if (size < LEAVES) frontier = frontierAfter(frontier, merkleLeaf(data[size]!))
    }
    expect(frontier.size).toBe(LEAVES)
  })

  test('gives the paths of RFC 6962 for every leaf of every size', () => {
    for (const size of sizes)
      for (let index = 0; index < size; index++) {
        const path = treeInclusion(index, size, read)
        expect(path).toEqual(inclusionPath(data.slice(0, size), index))
        expect(rootFromInclusionPath(data[index]!, index, size, path)).toEqual(treeRoot(size, read))
      }
  })

  test('proves each size a prefix of each later one, and nothing else', () => {
    for (const size of sizes)
      for (let older = 1; older <= size; older++) {
        const path = treeConsistency(older, size, read)
        expect(path).toEqual(consistencyPath(data.slice(0, size), older))
        const [from, to] = [treeRoot(older, read), treeRoot(size, read)]
        expect(verifyConsistency(older, size, from, to, path)).toBe(true)
        if (older < size) expect(verifyConsistency(older, size, to, to, path)).toBe(false)
      }
  })

  test('reads a logarithm of its nodes', () => {
    reads = 0
    treeInclusion(3, LEAVES, read)
    treeConsistency(17, LEAVES, read)
    expect(reads).toBeLessThan(40)
  })

  test('refuses places outside of it', () => {
    for (const index of [LEAVES, -1, 0.5, Number.NaN])
      expect(() => treeInclusion(index, LEAVES, read), `${index}`).toThrow(RangeError)
    for (const older of [-1, 1.5, Number.NaN])
      expect(() => treeConsistency(older, LEAVES, read), `${older}`).toThrow(RangeError)
    expect(() => treeConsistency(0, LEAVES, read)).toThrow(RangeError)
    expect(() => treeConsistency(LEAVES + 1, LEAVES, read)).toThrow(RangeError)
    expect(() => treeRoot(LEAVES + 1, read)).toThrow('missing')
  })
})
