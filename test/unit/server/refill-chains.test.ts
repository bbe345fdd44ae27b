/** Chains on their way to a signed head (S9): what comes twice, what contradicts itself, and what is of another device. */
import { ZERO_HASH, type Head } from '@chartkeep/protocol'
import { chainLink } from '@chartkeep/protocol/messages'
import { nextStreamHash } from '@chartkeep/protocol/streams'
import { sha256 } from '@chartkeep/crypto/hash'
import { expect, test } from 'vitest'
import { createRefillChains } from '@chartkeep/sync-server/testing'

const START: Head = { n: 0, h: ZERO_HASH }
const names = Array.from({ length: 3000 }, (_, at) => sha256(new Uint8Array([at % 256, at >> 8])))
const hashes = names.reduce<Uint8Array[]>(
  (all, name, at) => [...all, nextStreamHash(all.at(-1) ?? ZERO_HASH, at + 1, 'current', name)],
  [],
)
const head: Head = { n: names.length, h: hashes.at(-1)! }

function links(first: number, last: number, lie = 0): Uint8Array {
  const each = names
    .slice(first - 1, last)
    .map((name, at) => chainLink('current', first + at === lie ? ZERO_HASH : name))
  return new Uint8Array(Buffer.concat(each))
}

const run = (first: number, last: number, lie = 0) => ({ head, isOwn: true, first, links: links(first, last, lie) })
const question = { head, isOwn: true, first: 1, links: new Uint8Array() }

test('S9: a chain continues where it was: it says how far it goes, and takes again what was sent before', () => {
  const chains = createRefillChains()
  expect(chains.add('a', question, START)).toBe(0)
  expect(chains.add('a', run(1, 1000), START)).toBe(1000)
  expect(chains.add('a', run(1, 900), START)).toBe(900)
  expect(chains.add('a', run(500, 1500), START)).toBe(1500)
  expect(chains.add('a', question, START)).toBe(1500)
  expect(chains.proved('a', 1)).toBeNull()
  // Numbers that do not follow: it says from where it wants them.
  expect(chains.add('a', run(1502, 1600), START)).toBe(0)
  expect(chains.add('a', question, START)).toBe(1500)
  expect(chains.add('a', run(1501, 3000), START)).toBe(3000)
  expect(chains.proved('a', 1)).toEqual({ hash: hashes[0], isOwn: true })
  expect(chains.proved('a', 3000)).toEqual({ hash: head.h, isOwn: true })
  expect(chains.proved('a', 3001)).toBeNull()
  expect(chains.proved('a', 0)).toBeNull()
  expect(chains.add('a', question, START)).toBe(3000)
})

test('S9: a lie on the way is refused at the head, what contradicts itself at once, and none of it is kept', () => {
  const chains = createRefillChains()
  expect(chains.add('a', run(1, 2000, 7), START)).toBe(2000)
  expect(chains.add('a', run(2001, 3000), START)).toBe('refused')
  expect(chains.add('a', question, START)).toBe(0)
  expect(chains.add('a', run(1, 10), START)).toBe(10)
  expect(chains.add('a', run(5, 20, 6), START)).toBe('refused')
  expect(chains.add('a', question, START)).toBe(0)
  expect(chains.add('a', { ...run(1, 3000), head: { n: 2999, h: hashes[2998]! } }, START)).toBe('refused')
  expect(chains.add('a', { ...run(1, 3), links: new Uint8Array(34) }, START)).toBe('refused')
})

test('S9: no device brings down the chain of another one, and another head starts again', () => {
  const chains = createRefillChains()
  expect(chains.add('a', run(1, 2000), START)).toBe(2000)
  expect(chains.add('b', run(1, 1000, 3), START)).toBe(1000)
  expect(chains.add('b', run(1001, 3000), START)).toBe('refused')
  expect(chains.add('a', run(2001, 3000), START)).toBe(3000)
  expect([chains.proved('a', 2)?.hash, chains.proved('b', 2)]).toEqual([hashes[1], null])
  const shorter = { head: { n: 100, h: hashes[99]! }, isOwn: false, first: 1, links: links(1, 50) }
  expect(chains.add('a', shorter, START)).toBe(50)
  expect(chains.proved('a', 2)).toBeNull()
  // Behind what is stored by now.
  const stored: Head = { n: 60, h: hashes[59]! }
  expect(chains.add('a', { ...shorter, links: new Uint8Array() }, stored)).toBe(60)
})
