/** Random bytes that a seed decides, for tests and vectors: SHA-256 in counter mode. Never for keys that anybody uses. */
import { hash } from 'node:crypto'

export type SeededBytes = (length: number) => Uint8Array

export function seededBytes(seed: string): SeededBytes {
  let counter = 0
  let block = new Uint8Array()
  let used = 0
  return (length) => {
    const taken = new Uint8Array(length)
    for (let at = 0; at < length;) {
      if (used === block.length) {
        block = hash('sha256', `${seed}.${counter++}`, 'buffer')
        used = 0
      }
      const part = block.subarray(used, used + length - at)
      taken.set(part, at)
      at += part.length
      used += part.length
    }
    return taken
  }
}
