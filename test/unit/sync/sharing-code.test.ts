/** The sharing code (C3): what is no code is refused; two people who compare see the same only if every bit is the same. */
import { bytesToBase64Url, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { encodeMessage, encodeMessage as encode } from '@chartkeep/protocol'
import { comparisonOf, readSharingCode, writeSharingCode } from '@chartkeep/sync/testing'
import { expect, test } from 'vitest'
import { seededBytes } from '../../support/seeded-bytes.ts'

const random = seededBytes('sharing codes')
const account = random(16)
const head = { n: 3, h: random(32) }
const code = writeSharingCode(account, 'Dr Lin Wei 林', head)

test('C3: a code says account, name and account-log head, and is read back', () => {
  expect(readSharingCode(code)).toEqual({ v: 1, account, name: 'Dr Lin Wei 林', ...head })
})

test('C3: line breaks and spaces of a message do not matter', () => {
  expect(readSharingCode(` ${code.slice(0, 30)}\n ${code.slice(30)}\r\n`)).toEqual(readSharingCode(code))
})

test('C3: a long name is cut, not refused', () => {
  expect(readSharingCode(writeSharingCode(account, 'x'.repeat(500), head))?.name).toBe('x'.repeat(80))
})

const PREFIX = 'chartkeep:share:'
const written = (value: object) => PREFIX + bytesToBase64Url(encodeMessage(value))
const whole = { v: 1, account, name: 'Lin', ...head }

const bad: [string, string][] = [
  ['nothing', ''],
  ['a prefix alone', PREFIX],
  ['another prefix', code.replace('share', 'pair')],
  ['no base64url', `${PREFIX}!!!!`],
  ['base64 with padding', `${code}=`],
  ['one character less', code.slice(0, -1)],
  ['bytes after the end', PREFIX + bytesToBase64Url(Uint8Array.from([...encode(whole), 0]))],
  ['text', PREFIX + bytesToBase64Url(utf8ToBytes('{"v":1}'))],
  ['a version that is not known', written({ ...whole, v: 2 })],
  ['a short account', written({ ...whole, account: account.slice(1) })],
  ['a short hash', written({ ...whole, h: head.h.slice(1) })],
  ['a negative length', written({ ...whole, n: -1 })],
  ['a name that is too long', written({ ...whole, name: 'x'.repeat(81) })],
  ['a field more', written({ ...whole, key: random(32) })],
  ['a field less', written({ v: 1, account, name: 'Lin', n: 3 })],
]

test.each(bad)('C3: %s is no code', (_, text) => {
  expect(readSharingCode(code)).not.toBeNull()
  expect(readSharingCode(text)).toBeNull()
})

test('C3: words in both languages and digits are equal on both sides', () => {
  const here = comparisonOf(readSharingCode(code)!)
  const there = comparisonOf(readSharingCode(` ${code}\n`)!)
  expect(there).toEqual(here)
  expect(here.words.en).toHaveLength(6)
  expect(here.words.zh).toHaveLength(6)
  expect(here.digits).toMatch(/^(\d{5} ){3}\d{5}$/)
})

test('C3: one bit more or less anywhere gives other words in both languages and other digits', () => {
  const mine = comparisonOf(readSharingCode(code)!)
  const seen = new Set([mine.digits])
  const flipped = (bytes: Uint8Array, bit: number) => {
    const other = bytes.slice()
    other[bit >> 3]! ^= 1 << (bit & 7)
    return other
  }
  const others = [
    ...Array.from({ length: 128 }, (_, bit) => ({ ...whole, account: flipped(account, bit) })),
    ...Array.from({ length: 256 }, (_, bit) => ({ ...whole, h: flipped(head.h, bit) })),
    { ...whole, n: 2 },
    { ...whole, n: 4 },
    { ...whole, name: 'lin' },
  ]
  for (const other of others) {
    const theirs = comparisonOf(readSharingCode(written(other))!)
    expect(theirs.words.en).not.toEqual(mine.words.en)
    expect(theirs.words.zh).not.toEqual(mine.words.zh)
    seen.add(theirs.digits)
  }
  expect(seen.size).toBe(others.length + 1)
})

test('C3: the comparison of a fixed code does not change, for devices of different versions show it to each other', () => {
  expect(comparisonOf({ v: 1, account: new Uint8Array(16), name: 'Lin', n: 1, h: new Uint8Array(32) }))
    .toMatchInlineSnapshot(`
    {
      "digits": "35200 18845 07862 68050",
      "words": {
        "en": [
          "sustain",
          "pizza",
          "current",
          "river",
          "horn",
          "barely",
        ],
        "zh": [
          "賦",
          "淡",
          "消",
          "巧",
          "福",
          "利",
        ],
      },
    }
  `)
})
