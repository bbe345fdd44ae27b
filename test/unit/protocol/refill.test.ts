/** What devices give a server back (S9): links, which prove the rest of a stream by outcome and hash alone. */
import { chainLink, hashesOfLinks, LINK_LENGTH } from '@chartkeep/protocol/messages'
import { nextStreamHash, OUTCOMES } from '@chartkeep/protocol/streams'
import { expect, test } from 'vitest'
import { countingBytes } from '../../support/vectors.ts'

const start = countingBytes(32, 1)
const hashes = [10, 20, 30].map((at) => countingBytes(32, at))
const links = (...bytes: Uint8Array[]) => Uint8Array.from(bytes.flatMap((each) => [...each]))

test('S9: a link is one byte for the outcome and the hash of the envelope', () => {
  expect(LINK_LENGTH).toBe(33)
  expect(OUTCOMES.map((outcome) => chainLink(outcome, hashes[0]!)[0])).toEqual([1, 2, 3])
  expect(chainLink('conflict', hashes[1]!)).toEqual(Uint8Array.of(2, ...hashes[1]!))
})

test('S1, S9: links lead to the hashes of the chain, from the position that they begin behind', () => {
  const given = OUTCOMES.map((outcome, i) => chainLink(outcome, hashes[i]!))
  const first = nextStreamHash(start, 8, 'current', hashes[0]!)
  const second = nextStreamHash(first, 9, 'conflict', hashes[1]!)
  const third = nextStreamHash(second, 10, 'void', hashes[2]!)
  expect(hashesOfLinks(links(...given), 7, start)).toEqual([first, second, third])
  expect(hashesOfLinks(links(given[0]!), 7, start)).toEqual([first])
  expect(hashesOfLinks(new Uint8Array(0), 7, start)).toEqual([])
  expect(hashesOfLinks(links(given[0]!), 0, start)).not.toEqual([first])
})

test('S9: bytes that are no whole number of links, or name an outcome that there is not, are none', () => {
  const one = chainLink('current', hashes[0]!)
  for (const wrong of [one.subarray(1), one.subarray(0, 32), links(one, Uint8Array.of(1))])
    expect(hashesOfLinks(wrong, 0, start)).toBeNull()
  for (const outcome of [0, 4, 255])
    expect(hashesOfLinks(links(one, Uint8Array.of(outcome, ...hashes[0]!)), 0, start)).toBeNull()
})
