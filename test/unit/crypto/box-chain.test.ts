import { createChainOpener, generateBoxKeyPair, MAX_CHAIN, startBoxChain } from '@chartkeep/crypto'
import { describe, expect, test } from 'vitest'
import { seededBytes } from '../../support/seeded-bytes.ts'
import { countingBytes, flipBit, fromHex, readVectors } from '../../support/vectors.ts'

const random = seededBytes('box-chain')
const pair = generateBoxKeyPair(random)
const text = (n: number) => countingBytes(40, n)

describe('A2: what is sealed in a chain', () => {
  test('opens with the secret key, in any order, whatever chain it is of', () => {
    const chains = [startBoxChain(pair.publicKey, random), startBoxChain(pair.publicKey, random)]
    const sealed = [0, 1, 2, 3, 4, 5].map((n) => chains[n % 2]!.seal(text(n)))
    const open = createChainOpener(pair)
    for (const n of [5, 0, 1, 4, 2, 3, 3]) expect(open(sealed[n]!)).toEqual(text(n))
  })

  test('holds the place of the message, so that no two are sealed under one key', () => {
    const chain = startBoxChain(pair.publicKey, random)
    const [first, second] = [chain.seal(text(1)), chain.seal(text(1))]
    expect(first.subarray(0, 32)).toEqual(second.subarray(0, 32))
    expect(first.subarray(36)).not.toEqual(second.subarray(36))
    expect(chain.length).toBe(2)
  })

  test('opens for nobody else and not with a single bit changed', () => {
    const sealed = startBoxChain(pair.publicKey, random).seal(text(7))
    expect(createChainOpener(generateBoxKeyPair(random))(sealed)).toBeNull()
    const open = createChainOpener(pair)
    // The highest bit of an X25519 key is ignored by the exchange; here it is hashed, so it counts.
    for (let bit = 0; bit < sealed.length * 8; bit++) expect(open(flipBit(sealed, bit)), `bit ${bit}`).toBeNull()
    expect(open(sealed)).toEqual(text(7))
  })

  test('is refused when it is too short, beyond the end of a chain, or under a key without a secret', () => {
    const open = createChainOpener(pair)
    const sealed = startBoxChain(pair.publicKey, random).seal(new Uint8Array())
    expect(open(sealed)).toEqual(new Uint8Array())
    expect(open(sealed.subarray(0, sealed.length - 1))).toBeNull()
    const beyond = sealed.slice()
    new DataView(beyond.buffer).setUint32(32, MAX_CHAIN)
    expect(open(beyond)).toBeNull()
    expect(open(new Uint8Array(64))).toBeNull()
    expect(() => startBoxChain(new Uint8Array(32), random)).toThrow(RangeError)
  })

  test('A2, K3: opens as it was sealed in the committed vectors, by the secret key alone, and comes out the same', () => {
    const { boxSecret, boxPublic, leaves } = readVectors<{
      boxSecret: string
      boxPublic: string
      leaves: { data: string; sealed: string | null }[]
    }>('protocol/audit.json')
    const kept = { secretKey: fromHex(boxSecret), publicKey: fromHex(boxPublic) }
    const open = createChainOpener(kept)
    const sealed = leaves.filter((leaf) => leaf.sealed !== null)
    expect(sealed).toHaveLength(5)
    for (const leaf of sealed.toReversed()) expect(open(fromHex(leaf.sealed!))).toEqual(fromHex(leaf.data))
  })

  test('is not started to what is no key', () => {
    for (const length of [0, 31, 33]) {
      expect(() => startBoxChain(countingBytes(length, 9), random)).toThrow(RangeError)
      expect(() => startBoxChain(countingBytes(length, 9), random)).toThrow('not a public key')
    }
  })

  test('has an end, so that nobody hashes for ever to open its last message', () => {
    const chain = startBoxChain(pair.publicKey, random)
    let last = new Uint8Array()
    for (let n = 0; n < MAX_CHAIN; n++) last = chain.seal(new Uint8Array(1)) as Uint8Array<ArrayBuffer>
    expect(() => chain.seal(new Uint8Array(1))).toThrow(RangeError)
    expect(createChainOpener(pair)(last)).toEqual(new Uint8Array(1))
  })
})
