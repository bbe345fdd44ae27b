/**
 * The RFC 6962 tree of a vault (A3) as nodes that are stored: whoever keeps the hash of every complete subtree answers root, inclusion and
 * consistency with a logarithm of reads. A frontier, the complete subtrees of the right edge, is all that a reader needs to continue. Leaf hashes
 * come from `merkleLeaf`; paths are checked by `rootFromInclusionPath` and `verifyConsistency`.
 */
import { merkleSplit, sha256 } from '@chartkeep/crypto/hash'

const NODE = Uint8Array.of(1)

/** Longest path: trees have fewer than 2^53 leaves. */
export const MAX_TREE_PATH = 64

/** The hash of the complete subtree of 2^level leaves that begins at leaf `index * 2^level`; throws or null where it is not kept. */
export type ReadNode = (level: number, index: number) => Uint8Array | null

export interface TreeNode {
  level: number
  index: number
  hash: Uint8Array
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE, left, right)
}

/** The nodes that leaf number `size` (from 0) completes, the leaf first. */
export function nodesAfter(size: number, leaf: Uint8Array, read: ReadNode): TreeNode[] {
  const nodes: TreeNode[] = [{ level: 0, index: size, hash: leaf }]
  let { hash } = nodes[0]!
  for (let level = 0, index = size; index % 2 === 1; level++) {
    hash = join(need(read, level, index - 1), hash)
    index = (index - 1) / 2
    nodes.push({ level: level + 1, index, hash })
  }
  return nodes
}

/** Root of the first `size` leaves; of none it is SHA-256 of nothing. */
export function treeRoot(size: number, read: ReadNode): Uint8Array {
  return size === 0 ? sha256() : rangeHash(0, size, read)
}

/** Path of leaf `index` in the tree of the first `size` leaves, lowest hash first. Throws a RangeError for an index outside of it. */
export function treeInclusion(index: number, size: number, read: ReadNode): Uint8Array[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new RangeError('no such leaf')
  const path: Uint8Array[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + merkleSplit(end - start)
    if (index < middle) {
      path.unshift(rangeHash(middle, end, read))
      end = middle
    } else {
      path.unshift(rangeHash(start, middle, read))
      start = middle
    }
  }
  return path
}

/** Proof that the tree of `older` leaves is a prefix of the tree of `size`. Throws a RangeError unless 1 <= older <= size. */
export function treeConsistency(older: number, size: number, read: ReadNode): Uint8Array[] {
  if (!Number.isSafeInteger(older) || older < 1 || older > size) throw new RangeError('no such older tree')
  const path: Uint8Array[] = []
  let [start, end, known] = [0, size, true]
  while (older !== end) {
    const middle = start + merkleSplit(end - start)
    if (older <= middle) {
      path.unshift(rangeHash(middle, end, read))
      end = middle
    } else {
      path.unshift(rangeHash(start, middle, read))
      start = middle
      known = false
    }
  }
  return known ? path : [rangeHash(start, end, read), ...path]
}

/** Complete subtrees of the right edge, largest first: one for each bit of the size. */
export interface Frontier {
  size: number
  hashes: Uint8Array[]
}

export const EMPTY_FRONTIER: Frontier = { size: 0, hashes: [] }

/** The frontier after one more leaf; the given one is not changed. */
export function frontierAfter({ size, hashes }: Frontier, leaf: Uint8Array): Frontier {
  const next = [...hashes]
  let hash = leaf
  for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) hash = join(next.pop()!, hash)
  return { size: size + 1, hashes: [...next, hash] }
}

/** The root that a frontier stands for. */
export function frontierRoot({ hashes }: Frontier): Uint8Array {
  return hashes.length === 0 ? sha256() : hashes.reduceRight((right, left) => join(left, right))
}

function need(read: ReadNode, level: number, index: number): Uint8Array {
  const hash = read(level, index)
  if (hash === null) throw new Error('a node of the tree is missing')
  return hash
}

/** Hash of the leaves from `start` to `end`; `start` is a multiple of the power of two at or above their number. */
function rangeHash(start: number, end: number, read: ReadNode): Uint8Array {
  const count = end - start
  const split = merkleSplit(count)
  if (count === 1 || split * 2 === count) return need(read, Math.round(Math.log2(count)), start / count)
  return join(rangeHash(start, start + split, read), rangeHash(start + split, end, read))
}
