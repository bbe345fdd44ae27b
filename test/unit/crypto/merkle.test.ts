import { createHash } from 'node:crypto'
import { bytesToHex } from '@chartkeep/crypto/encoding'
import {
  consistencyPath,
  inclusionPath,
  inclusionPaths,
  merkleLeaf,
  merkleRoot,
  rootAndPaths,
  ProvedTree,
  rootFromInclusionPath,
  sha256,
  verifyConsistency,
} from '@chartkeep/crypto/hash'
import { countingBytes, flipBit, fromBase64, fromHex, readVectors } from '../../support/vectors.ts'
import { expect, test } from 'vitest'

const LARGEST = 128
const leaves = Array.from({ length: LARGEST }, (_, i) => sha256(Uint8Array.of(i)))

function hash(...parts: Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest()
}

/** Another way to the same tree: pairs level by level, an odd last node goes up unchanged. */
function rootLevelByLevel(data: Uint8Array[]): Buffer {
  let level: Buffer[] = data.map((leaf) => hash(Uint8Array.of(0), leaf))
  while (level.length > 1) {
    const above: Buffer[] = []
    for (let i = 0; i < level.length; i += 2) {
      const right = level[i + 1]
      above.push(right === undefined ? level[i]! : hash(Uint8Array.of(1), level[i]!, right))
    }
    level = above
  }
  return level[0] ?? hash()
}

test('E5: the trees of 0 to 8 leaves have the roots of the published example', () => {
  // The example data and roots of https://github.com/google/certificate-transparency, merkle_tree_test.cc.
  const data = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ]
  for (let size = 0; size <= 8; size++) {
    expect(bytesToHex(merkleRoot(data.slice(0, size).map(fromHex)))).toBe(roots[size])
  }
})

test('E5: every tree of 0 to 128 leaves has the root that pairing level by level gives', () => {
  for (let size = 0; size <= LARGEST; size++) {
    expect(bytesToHex(merkleRoot(leaves.slice(0, size)))).toBe(rootLevelByLevel(leaves.slice(0, size)).toString('hex'))
  }
})

test('E5: in all trees of 0 to 128 leaves every path leads to the root, and no path with one changed hash does', () => {
  let accepted = 0
  let refused = 0
  for (let size = 0; size <= LARGEST; size++) {
    const tree = leaves.slice(0, size)
    const root = bytesToHex(merkleRoot(tree))
    const { root: computed, paths } = rootAndPaths(tree)
    expect(bytesToHex(computed)).toBe(root)
    expect(paths).toHaveLength(size)
    for (const [index, path] of paths.entries()) {
      const leaf = tree[index]!
      const rootOf = (candidate: Uint8Array[]) => {
        const reached = rootFromInclusionPath(leaf, index, size, candidate)
        return reached === null ? null : bytesToHex(reached)
      }
      if (rootOf(path) === root) accepted++
      for (let at = 0; at < path.length; at++) {
        const changed = path.with(at, flipBit(path[at]!, (index * 7 + at * 31) % 256))
        if (rootOf(changed) !== root) refused++
        if (rootOf(path.toSpliced(at, 1)) !== root) refused++
      }
      if (rootOf([...path, sha256()]) !== root) refused++
    }
  }
  const pathHashes = Array.from({ length: LARGEST }, (_, i) => inclusionPaths(leaves.slice(0, i + 1)))
    .flat()
    .reduce((sum, path) => sum + path.length, 0)
  expect(accepted).toBe((LARGEST * (LARGEST + 1)) / 2)
  expect(refused).toBe(2 * pathHashes + accepted)
})

test('E5: the paths made together are the paths made one by one', () => {
  for (const size of [1, 2, 3, 5, 64, 79, 127, 128]) {
    const tree = leaves.slice(0, size)
    expect(inclusionPaths(tree)).toEqual(tree.map((_, index) => inclusionPath(tree, index)))
  }
})

test('E5: a path holds only for its own leaf, index and size', () => {
  const tree = leaves.slice(0, 77)
  const root = bytesToHex(merkleRoot(tree))
  const path = inclusionPath(tree, 50)
  const holds = (leaf: Uint8Array, index: number, size: number) => {
    const reached = rootFromInclusionPath(leaf, index, size, path)
    return reached !== null && bytesToHex(reached) === root
  }
  expect(holds(tree[50]!, 50, 77)).toBe(true)
  for (let index = 0; index < 77; index++) {
    if (index !== 50) expect(holds(tree[50]!, index, 77)).toBe(false)
    if (index !== 50) expect(holds(tree[index]!, 50, 77)).toBe(false)
  }
  expect(holds(merkleLeaf(tree[50]!), 50, 77)).toBe(false)
  for (const size of [51, 64, 154, 2 ** 40]) expect(holds(tree[50]!, 50, size)).toBe(false)
  // A path alone does not tell sizes of one shape apart: that is why the signature of E5 covers the size.
  expect(holds(tree[50]!, 50, 128)).toBe(true)
})

test('E5: an inner node cannot be passed off as a leaf', () => {
  const node = Buffer.concat([merkleLeaf(leaves[0]!), merkleLeaf(leaves[1]!)])
  expect(merkleRoot([node])).not.toEqual(merkleRoot(leaves.slice(0, 2)))
})

test.each([
  ['an index outside the tree', 8, 8],
  ['a negative index', -1, 8],
  ['an index that is no integer', 0.5, 8],
  ['an empty tree', 0, 0],
  ['a size that is no integer', 0, 7.5],
  ['a size that is not safe', 0, 2 ** 53],
  ['a size that is not a number', 0, Number.NaN],
])('E5: %s belongs to no path', (_, index, size) => {
  expect(rootFromInclusionPath(leaves[0]!, index, size, inclusionPath(leaves.slice(0, 8), 0))).toBeNull()
})

test('E5: a path with too many or too few hashes leads nowhere, instead of to another root', () => {
  for (const size of [1, 2, 5, 8, 77, 128]) {
    for (const [index, path] of inclusionPaths(leaves.slice(0, size)).entries()) {
      expect(rootFromInclusionPath(leaves[index]!, index, size, [...path, sha256()])).toBeNull()
      if (path.length > 0) expect(rootFromInclusionPath(leaves[index]!, index, size, path.slice(1))).toBeNull()
    }
  }
})

test.each([0, 31, 33])('E5: a hash of %i bytes belongs to no path', (length) => {
  expect(rootFromInclusionPath(leaves[0]!, 0, 2, [new Uint8Array(length)])).toBeNull()
})

test('E5: a path for a leaf that is not there cannot be made', () => {
  for (const index of [-1, 8, 0.5, Number.NaN])
    expect(() => inclusionPath(leaves.slice(0, 8), index)).toThrow('no such leaf')
  for (const size of [0, -1, 9, 1.5])
    expect(() => consistencyPath(leaves.slice(0, 8), size)).toThrow('no such older tree')
})

test('E5: paths in trees of more than 2^32 leaves are followed', () => {
  // 2^40 equal leaves: the root of each complete subtree is known without building it.
  const leaf = leaves[0]!
  const complete = [merkleLeaf(leaf)]
  for (let level = 0; level < 40; level++) complete.push(sha256(Uint8Array.of(1), complete[level]!, complete[level]!))
  const path = complete.slice(0, 40)
  for (const index of [0, 2 ** 33 + 5, 2 ** 40 - 1]) {
    expect(rootFromInclusionPath(leaf, index, 2 ** 40, path)).toEqual(complete[40])
  }
  expect(rootFromInclusionPath(leaf, 2 ** 40, 2 ** 40, path)).toBeNull()
})

test('E5: every tree of 1 to 64 leaves is proved a prefix of every later one, and no changed proof holds', () => {
  const roots = Array.from({ length: 65 }, (_, size) => merkleRoot(leaves.slice(0, size)))
  const outcomes = { proved: 0, changedButProved: 0 }
  for (let newSize = 1; newSize <= 64; newSize++) {
    for (let oldSize = 1; oldSize <= newSize; oldSize++) {
      const path = consistencyPath(leaves.slice(0, newSize), oldSize)
      const holds = (candidate: Uint8Array[], older = roots[oldSize]!, newer = roots[newSize]!) =>
        verifyConsistency(oldSize, newSize, older, newer, candidate)
      if (holds(path)) outcomes.proved++
      const changed = [
        ...path.flatMap((sibling, at) => [
          path.with(at, flipBit(sibling, (at * 31 + oldSize) % 256)),
          path.toSpliced(at, 1),
        ]),
        [...path, roots[newSize]!],
        [roots[oldSize]!, ...path],
      ]
      outcomes.changedButProved += changed.filter((candidate) => holds(candidate)).length
      if (holds(path, flipBit(roots[oldSize]!, 9))) outcomes.changedButProved++
      if (holds(path, roots[oldSize], flipBit(roots[newSize]!, 9))) outcomes.changedButProved++
    }
  }
  expect(outcomes).toEqual({ proved: (64 * 65) / 2, changedButProved: 0 })
})

test('E5: an empty tree proves nothing', () => {
  expect(verifyConsistency(0, 0, merkleRoot([]), merkleRoot([]), [])).toBe(false)
  expect(verifyConsistency(0, 1, merkleRoot([]), merkleRoot(leaves.slice(0, 1)), [])).toBe(false)
})

test.each([31, 33, 0])('E5: a root or a hash of %i bytes proves no prefix', (length) => {
  const [older, newer] = [merkleRoot(leaves.slice(0, 3)), merkleRoot(leaves.slice(0, 7))]
  const path = consistencyPath(leaves.slice(0, 7), 3)
  expect(verifyConsistency(3, 7, older, newer, path)).toBe(true)
  const other = countingBytes(length)
  expect(verifyConsistency(3, 7, other, newer, path)).toBe(false)
  expect(verifyConsistency(3, 7, older, other, path)).toBe(false)
  for (let at = 0; at < path.length; at++)
    expect(verifyConsistency(3, 7, older, newer, path.toSpliced(at, 1, other))).toBe(false)
  expect(verifyConsistency(3, 3, other, other, [])).toBe(false)
})

test.each<[number, number]>([
  [3.5, 7],
  [3, 7.5],
  [7, 3],
  [-1, 7],
  [Number.NaN, 7],
  [3, 2 ** 53],
])('E5: %d and %d are no sizes of an older and a newer tree', (oldSize, newSize) => {
  const root = merkleRoot(leaves.slice(0, 3))
  expect(verifyConsistency(oldSize, newSize, root, root, [])).toBe(false)
  expect(
    verifyConsistency(oldSize, newSize, root, merkleRoot(leaves.slice(0, 7)), consistencyPath(leaves.slice(0, 7), 3)),
  ).toBe(false)
})

interface Inclusion {
  name: string
  leafIdx: number
  treeSize: number
  root: string
  leafHash: string
  proof: string[] | null
  wantErr: boolean
}

interface Consistency {
  name: string
  size1: number
  size2: number
  root1: string
  root2: string
  proof: string[] | null
  wantErr: boolean
}

/** The data of the example tree of 8 leaves, of which the published proofs give only leaf hashes. */
const exampleData = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']

test('E5: published inclusion proofs are accepted and refused as they ask', () => {
  const dataByHash = new Map(exampleData.map((hex) => [bytesToHex(merkleLeaf(fromHex(hex))), fromHex(hex)]))
  const counts = { accepted: 0, refused: 0, leafUnknown: 0 }
  for (const probe of readVectors<Inclusion[]>('merkle-rfc6962/inclusion.json')) {
    const leaf = dataByHash.get(bytesToHex(fromBase64(probe.leafHash)))
    if (leaf === undefined) {
      // A leaf hash that no known data has: nothing to ask our function, and refused by the vector.
      expect(probe.wantErr, probe.name).toBe(true)
      counts.leafUnknown++
      continue
    }
    const reached = rootFromInclusionPath(leaf, probe.leafIdx, probe.treeSize, (probe.proof ?? []).map(fromBase64))
    const holds = reached !== null && bytesToHex(reached) === bytesToHex(fromBase64(probe.root))
    expect(holds, probe.name).toBe(!probe.wantErr)
    counts[holds ? 'accepted' : 'refused']++
  }
  console.log('RFC 6962 inclusion:', counts)
  expect(counts.accepted).toBeGreaterThan(0)
  expect(counts.refused).toBeGreaterThan(30)
})

test('E5: published consistency proofs are accepted and refused as they ask', () => {
  const counts = { accepted: 0, refused: 0, acceptedThereOfOddLength: 0 }
  for (const probe of readVectors<Consistency[]>('merkle-rfc6962/consistency.json')) {
    const [root1, root2] = [fromBase64(probe.root1), fromBase64(probe.root2)]
    const holds = verifyConsistency(probe.size1, probe.size2, root1, root2, (probe.proof ?? []).map(fromBase64))
    if (root1.length !== 32 && !probe.wantErr) {
      // "dont care 2" as a root: 12 bytes are no SHA-256, which we refuse and the vector does not.
      expect(holds, probe.name).toBe(false)
      counts.acceptedThereOfOddLength++
      continue
    }
    expect(holds, probe.name).toBe(!probe.wantErr)
    counts[holds ? 'accepted' : 'refused']++
  }
  console.log('RFC 6962 consistency:', counts)
  expect(counts.accepted).toBeGreaterThan(0)
  expect(counts.refused).toBeGreaterThan(40)
  expect(counts.acceptedThereOfOddLength).toBeLessThanOrEqual(1)
})

test('E5: a tree that remembers what was proved gives the verdict of the whole path, whatever was asked before', () => {
  for (const size of [1, 2, 3, 5, 8, 13, 32, 33]) {
    const some = leaves.slice(0, size)
    const root = merkleRoot(some)
    const tree = new ProvedTree(size, root)
    const order = some.map((_, index) => (index * 37 + 5) % size).filter((at, index, all) => all.indexOf(at) === index)
    for (const index of [...order, ...some.keys()]) {
      const leaf = some[index]!
      const path = inclusionPath(some, index)
      const other = leaves[(index + 1) % LARGEST]!
      const asked: [Uint8Array, number, Uint8Array[]][] = [
        [other, index, path],
        [leaf, index + 1, path],
        [leaf, index - 1, path],
        [leaf, size + index, path],
        [leaf, index, [...path, root]],
        [leaf, index, path.slice(1)],
        [leaf, index, path.slice(0, -1)],
        ...path.map((_, at): [Uint8Array, number, Uint8Array[]] => [
          leaf,
          index,
          path.map((each, place) => (place === at ? flipBit(each, (index * 7 + at) % 256) : each)),
        ]),
        ...path.map((_, at): [Uint8Array, number, Uint8Array[]] => [
          leaf,
          index,
          path.map((each, place) => (place === at ? each.subarray(1) : each)),
        ]),
        [leaf, index, path],
      ]
      for (const [data, at, given] of asked) {
        const reached = rootFromInclusionPath(data, at, size, given)
        const expected = reached !== null && bytesToHex(reached) === bytesToHex(root)
        expect(tree.proves(data, at, given)).toBe(expected)
      }
      expect(tree.proves(leaf, index, path)).toBe(true)
    }
  }
})

test('A3: in a proof of consistency every hash has 32 bytes, roots and path alike', () => {
  const seven = Array.from({ length: 7 }, (_, at) => Uint8Array.of(at))
  const older = merkleRoot(seven.slice(0, 3))
  const newer = merkleRoot(seven)
  const path = consistencyPath(seven, 3)
  expect(verifyConsistency(3, 7, older, newer, path)).toBe(true)
  for (const wrong of [older.subarray(1), Uint8Array.of(...older, 0)]) {
    expect(verifyConsistency(3, 7, wrong, newer, path)).toBe(false)
    expect(verifyConsistency(3, 7, older, wrong, path)).toBe(false)
    expect(verifyConsistency(3, 3, wrong, wrong, []), 'of one size too').toBe(false)
    expect(verifyConsistency(3, 7, older, newer, [wrong, ...path.slice(1)])).toBe(false)
  }
  expect(verifyConsistency(7, 3, newer, older, path)).toBe(false)
  // A larger tree is no beginning of a smaller one, also where both have one root and nothing is to be shown.
  for (let size = 1; size <= 9; size++)
    for (let larger = size + 1; larger <= 17; larger++)
      expect(verifyConsistency(larger, size, older, older, []), `${larger} in ${size}`).toBe(false)
  expect(verifyConsistency(3, 7, older, newer, [])).toBe(false)
  expect(verifyConsistency(4, 7, merkleRoot(seven.slice(0, 4)), newer, []), 'a complete old tree').toBe(false)
})
