/**
 * Computes the hashes of a push in place: of bodies and envelopes (E4), and the trees of the batches that are complete
 * in it (E5). For such a batch only the signature over the root is left to verify, because every path was compared
 * with the tree.
 */
import { sha256Into } from '@chartkeep/crypto/server'
import type { LaidPush } from '@chartkeep/protocol/messages'

const LENGTH = 32
const LEAF = 0
const NODE = 1

/** A batch that is complete in a push, with correct paths. Says nothing about the signature of its root. */
export interface WholeBatch {
  size: number
  root: Uint8Array
  signature: Uint8Array
}

export class PushHashes {
  readonly push: LaidPush
  /** SHA-256 of each body and the hash of each envelope, concatenated. */
  readonly bodyHashes: Uint8Array
  readonly hashes: Uint8Array
  /** Space for the stream's h after each envelope (S1). */
  readonly chain: Uint8Array
  /** By envelope; null if its batch is incomplete here or a path does not match the tree. */
  readonly batches: (WholeBatch | null)[] = []

  constructor(push: LaidPush) {
    this.push = push
    this.bodyHashes = new Uint8Array(push.count * LENGTH)
    this.hashes = new Uint8Array(push.count * LENGTH)
    this.chain = new Uint8Array(push.count * LENGTH)
    this.#hashEnvelopes()
    for (let index = 0; index < push.count;) {
      const batch = this.#batchAt(index)
      const size = batch?.size ?? 1
      for (let each = 0; each < size; each += 1) this.batches.push(batch)
      index += size
    }
  }

  hashOf(index: number): Uint8Array {
    return this.hashes.subarray(index * LENGTH, (index + 1) * LENGTH)
  }

  bodyHashOf(index: number): Uint8Array {
    return this.bodyHashes.subarray(index * LENGTH, (index + 1) * LENGTH)
  }

  chainOf(index: number): Uint8Array {
    return this.chain.subarray(index * LENGTH, (index + 1) * LENGTH)
  }

  #hashEnvelopes(): void {
    const { push } = this
    let scratch = new Uint8Array(LENGTH)
    for (let index = 0; index < push.count; index += 1) {
      sha256Into(this.bodyHashes, index * LENGTH, push.viewOf(push.bodyAt(index), push.bodyLength(index)))
      const length = push.headerLength(index)
      if (scratch.length !== length + LENGTH) scratch = new Uint8Array(length + LENGTH)
      scratch.set(push.viewOf(push.headerAt(index), length))
      scratch.set(this.bodyHashOf(index), length)
      sha256Into(this.hashes, index * LENGTH, scratch)
    }
  }

  /** The batch that begins with this envelope, if all of it follows and every path is correct. */
  #batchAt(first: number): WholeBatch | null {
    const { push } = this
    const size = push.sizeOf(first)
    if (size < 1 || first + size > push.count) return null
    for (let index = 0; index < size; index += 1)
      if (push.sizeOf(first + index) !== size || push.indexOf(first + index) !== index) return null
    const levels = this.#treeOf(first, size)
    const signatureAt = push.signatureAt(first)
    for (let index = 0; index < size; index += 1) {
      if (!isSame(push.bytes, push.signatureAt(first + index), push.bytes, signatureAt, 2 * LENGTH)) return null
      if (!this.#hasPath(first + index, index, levels)) return null
    }
    return { size, root: levels.at(-1)!, signature: push.viewOf(signatureAt, 2 * LENGTH) }
  }

  /** RFC 6962 section 2.1, level by level; a hash without a sibling moves up unchanged. */
  #treeOf(first: number, size: number): Uint8Array[] {
    const leaf = new Uint8Array(1 + LENGTH).fill(LEAF)
    const node = new Uint8Array(1 + 2 * LENGTH).fill(NODE)
    let level = new Uint8Array(size * LENGTH)
    for (let index = 0; index < size; index += 1) {
      leaf.set(this.hashOf(first + index), 1)
      sha256Into(level, index * LENGTH, leaf)
    }
    const levels = [level]
    while (level.length > LENGTH) {
      const count = level.length / LENGTH
      const above = new Uint8Array(Math.ceil(count / 2) * LENGTH)
      for (let at = 0; at + 1 < count; at += 2) {
        node.set(level.subarray(at * LENGTH, (at + 2) * LENGTH), 1)
        sha256Into(above, (at / 2) * LENGTH, node)
      }
      if (count % 2 === 1) above.set(level.subarray(-LENGTH), above.length - LENGTH)
      levels.push(above)
      level = above
    }
    return levels
  }

  /** Whether envelope `index` carries the path of leaf `leaf`. */
  #hasPath(index: number, leaf: number, levels: readonly Uint8Array[]): boolean {
    const { push } = this
    let [step, at] = [0, leaf]
    for (const level of levels) {
      const count = level.length / LENGTH
      const beside = at ^ 1
      if (beside < count) {
        if (step === push.stepsOf(index)) return false
        if (!isSame(push.bytes, push.stepAt(index, step), level, beside * LENGTH, LENGTH)) return false
        step += 1
      }
      at >>= 1
    }
    return step === push.stepsOf(index)
  }
}

/** Whether `length` bytes are equal; not constant-time, for public values only. */
export function isSame(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean {
  for (let at = 0; at < length; at += 1) if (a[aAt + at] !== b[bAt + at]) return false
  return true
}
