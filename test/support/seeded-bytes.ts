/** Random bytes that a seed decides, for tests and vectors: SHA-256 in counter mode. Never for keys that anybody uses. */
import { createHash } from 'node:crypto'

export type SeededBytes = (length: number) => Uint8Array

export function seededBytes(seed: string): SeededBytes {
  let counter = 0
  let rest = Buffer.alloc(0)
  return (length) => {
    while (rest.length < length) {
      const block = createHash('sha256').update(`${seed}.${counter++}`).digest()
      rest = Buffer.concat([rest, block])
    }
    const taken = new Uint8Array(rest.subarray(0, length))
    rest = rest.subarray(length)
    return taken
  }
}
