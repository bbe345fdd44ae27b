/** The words that two screens show at pairing (K8): fixed, as many in both languages, and hard to mistake for one another. */
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { PAIRING_WORDS } from '@chartkeep/sync/testing'
import { expect, test } from 'vitest'

const { en, zh } = PAIRING_WORDS

/** How many letters must change to make one word of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

test('K8: 256 words in each language, none twice: one byte names one', () => {
  for (const words of [en, zh]) {
    expect(words).toHaveLength(256)
    expect(new Set(words).size).toBe(256)
  }
})

test('K8: English words are plain, and no two begin with the same four letters or differ in one only', () => {
  for (const word of en) expect(word).toMatch(/^[a-z]{3,10}$/u)
  expect(new Set(en.map((word) => word.slice(0, 4))).size).toBe(256)
  for (const [index, word] of en.entries())
    for (const other of en.slice(0, index)) expect(distance(word, other), `${word} ${other}`).toBeGreaterThan(1)
})

test('K8: Chinese words are two or three characters long, so that each can be read aloud', () => {
  for (const word of zh) expect(word).toMatch(/^\p{Script=Han}{2,3}$/u)
})

test('K8: the order of the words is part of the protocol', () => {
  const all = en.map((word, index) => `${word} ${zh[index]}`).join('\n')
  expect(Buffer.from(sha256(utf8ToBytes(all))).toString('hex')).toBe(
    '0553ee0bd91e66d4dbc514bdeb10d7b18833102951eb1d37cf8652491f434a84',
  )
})
