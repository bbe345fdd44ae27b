/**
 * The Merkle tree of RFC 6962 over SHA-256, with inclusion and consistency paths
 * (https://www.rfc-editor.org/rfc/rfc6962#section-2.1; the checks follow RFC 9162
 * sections 2.1.3.2 and 2.1.4.2). Leaves are raw data, each hash is 32 bytes.
 */
import { equalBytes } from './bytes.ts'
import { sha256 } from './sha2.ts'

const HASH_LENGTH = 32
const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** Hash of one leaf: SHA-256(0x00 || data). */
export function merkleLeaf(data: Uint8Array): Uint8Array {
  return sha256(LEAF, data)
}

/** Root over the raw `leaves`; of no leaves it is SHA-256 of nothing. */
export function merkleRoot(leaves: Uint8Array[]): Uint8Array {
  return leaves.length === 0 ? sha256() : rootOf(leaves.map(merkleLeaf))
}

/** Path of the leaf at `index`, lowest hash first. Throws a RangeError for an index outside the tree. */
export function inclusionPath(leaves: Uint8Array[], index: number): Uint8Array[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) throw new RangeError('no such leaf')
  return pathOf(leaves.map(merkleLeaf), index)
}

/** The paths of all leaves, each as {@link inclusionPath} gives it, with every hash computed once. */
export function inclusionPaths(leaves: Uint8Array[]): Uint8Array[][] {
  return rootAndPaths(leaves).paths
}

/** The root over the raw `leaves` and the paths of all of them, with every hash computed once. */
export function rootAndPaths(leaves: Uint8Array[]): { root: Uint8Array; paths: Uint8Array[][] } {
  const paths: Uint8Array[][] = leaves.map(() => [])
  const hashes = leaves.map(merkleLeaf)
  return { root: fillPaths(hashes, paths, 0, hashes.length), paths }
}

/**
 * The root to which `path` leads from `leafData` at `index` in a tree of `size` leaves.
 * Returns `null` where index, size or the number or length of the hashes cannot belong
 * together. Whether the root is the right one is for the caller to compare.
 */
export function rootFromInclusionPath(
  leafData: Uint8Array,
  index: number,
  size: number,
  path: Uint8Array[],
): Uint8Array | null {
  if (!isSize(size) || !isSize(index) || index >= size) return null
  let at = index
  let last = size - 1
  let root = merkleLeaf(leafData)
  for (const hash of path) {
    if (last === 0 || hash.length !== HASH_LENGTH) return null
    if (at % 2 === 1 || at === last) {
      root = node(hash, root)
      while (at % 2 === 0 && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else {
      root = node(root, hash)
    }
    at = half(at)
    last = half(last)
  }
  return last === 0 ? root : null
}

/**
 * A tree whose root is known to be right. It keeps every hash that a path has proved, so that all leaves of one tree together cost
 * some two hashes each instead of a path each. Its verdict is that of {@link rootFromInclusionPath} compared with the root.
 */
export class ProvedTree {
  readonly #size: number
  readonly #root: Uint8Array
  /** By level and index, lowest level first. An unpaired hash is stored at the level where it is paired. */
  readonly #proved: (Uint8Array | undefined)[][] = []

  constructor(size: number, root: Uint8Array) {
    this.#size = size
    this.#root = root
  }

  /** Whether `leafData` is the leaf at `index` and `path` its inclusion path. */
  proves(leafData: Uint8Array, index: number, path: readonly Uint8Array[]): boolean {
    if (!isSize(index) || index >= this.#size) return false
    const steps: { level: number; at: number; hash: Uint8Array }[] = []
    let hash = merkleLeaf(leafData)
    let isProved = false
    let [level, at, last] = [0, index, this.#size - 1]
    for (const beside of path) {
      if (last === 0 || beside.length !== HASH_LENGTH) return false
      while (at === last && at % 2 === 0) [level, at, last] = [level + 1, half(at), half(last)]
      const isRight = at % 2 === 1
      const place = isRight ? at - 1 : at + 1
      const known = this.#at(level, at)
      if (!isProved && known !== undefined) {
        if (!equalBytes(known, hash)) return false
        isProved = true
      }
      // A proved hash had all hashes above it proved too, so this only compares.
      if (isProved) {
        const sibling = this.#at(level, place)
        if (sibling === undefined || !equalBytes(sibling, beside)) return false
      } else {
        steps.push({ level, at, hash }, { level, at: place, hash: beside })
        hash = isRight ? node(beside, hash) : node(hash, beside)
      }
      ;[level, at, last] = [level + 1, half(at), half(last)]
    }
    if (last !== 0 || (!isProved && !equalBytes(hash, this.#root))) return false
    for (const step of steps) (this.#proved[step.level] ??= [])[step.at] = step.hash
    return true
  }

  #at(level: number, at: number): Uint8Array | undefined {
    return this.#proved[level]?.[at]
  }
}

/**
 * Proof that the tree of the first `oldSize` leaves is a prefix of the tree of all
 * `leaves`: empty for equal sizes. Throws a RangeError unless 1 <= oldSize <= leaves.
 */
export function consistencyPath(leaves: Uint8Array[], oldSize: number): Uint8Array[] {
  if (!Number.isInteger(oldSize) || oldSize < 1 || oldSize > leaves.length) throw new RangeError('no such older tree')
  return subproof(oldSize, leaves.map(merkleLeaf), true)
}

/**
 * Whether `path` proves that the tree (oldSize, oldRoot) is a prefix of the tree
 * (newSize, newRoot). False for anything malformed, and for oldSize 0: an empty
 * tree is a prefix of every tree, so such a proof says nothing.
 */
export function verifyConsistency(
  oldSize: number,
  newSize: number,
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
  path: Uint8Array[],
): boolean {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize < 1 || oldSize > newSize) return false
  if ([oldRoot, newRoot, ...path].some((hash) => hash.length !== HASH_LENGTH)) return false
  if (oldSize === newSize) return path.length === 0 && equalBytes(oldRoot, newRoot)

  let at = oldSize - 1
  let last = newSize - 1
  while (at % 2 === 1) {
    at = half(at)
    last = half(last)
  }
  // A complete old tree is a node of the new one; its own root opens the path.
  const hashes = at === 0 ? [oldRoot, ...path] : path
  const first = hashes[0]
  if (first === undefined) return false
  let older = first
  let newer = first
  for (const hash of hashes.slice(1)) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      older = node(hash, older)
      newer = node(hash, newer)
      while (at % 2 === 0 && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else {
      newer = node(newer, hash)
    }
    at = half(at)
    last = half(last)
  }
  return last === 0 && equalBytes(older, oldRoot) && equalBytes(newer, newRoot)
}

function node(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE, left, right)
}

/** Division instead of a shift: sizes may pass 2^32. */
function half(n: number): number {
  return Math.floor(n / 2)
}

function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0
}

/** The largest power of two smaller than `size`, where RFC 6962 splits a tree; 1 for a size of 1. */
export function merkleSplit(size: number): number {
  let split = 1
  while (split * 2 < size) split *= 2
  return split
}

function rootOf(hashes: Uint8Array[]): Uint8Array {
  if (hashes.length === 1) return hashes[0]!
  const split = merkleSplit(hashes.length)
  return node(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)))
}

function pathOf(hashes: Uint8Array[], index: number): Uint8Array[] {
  if (hashes.length === 1) return []
  const split = merkleSplit(hashes.length)
  const left = hashes.slice(0, split)
  const right = hashes.slice(split)
  return index < split ? [...pathOf(left, index), rootOf(right)] : [...pathOf(right, index - split), rootOf(left)]
}

/** Gives every leaf from `start` to `end` its path inside that subtree; returns the subtree's root. */
function fillPaths(hashes: Uint8Array[], paths: Uint8Array[][], start: number, end: number): Uint8Array {
  if (end - start <= 1) return hashes[start] ?? sha256()
  const middle = start + merkleSplit(end - start)
  const left = fillPaths(hashes, paths, start, middle)
  const right = fillPaths(hashes, paths, middle, end)
  for (let i = start; i < end; i++) paths[i]!.push(i < middle ? right : left)
  return node(left, right)
}

/** SUBPROOF of RFC 6962 section 2.1.2; `known`: whether the verifier already has this subtree's root. */
function subproof(oldSize: number, hashes: Uint8Array[], known: boolean): Uint8Array[] {
  if (oldSize === hashes.length) return known ? [] : [rootOf(hashes)]
  const split = merkleSplit(hashes.length)
  const left = hashes.slice(0, split)
  const right = hashes.slice(split)
  return oldSize <= split
    ? [...subproof(oldSize, left, known), rootOf(right)]
    : [...subproof(oldSize - split, right, false), rootOf(left)]
}
