/** Invitation codes (H2): one spelling that is written, several that people type, and nothing else. */
import { INVITE_BYTES, inviteHash, readInvite, writeInvite } from '@chartkeep/protocol/pairing'
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { countingBytes, fromHex } from '../../support/vectors.ts'

test('H2: a code is 80 random bits in the letters of Crockford’s base32, the highest first', () => {
  expect(INVITE_BYTES).toBe(10)
  expect(writeInvite(new Uint8Array(10))).toBe('0000-0000-0000-0000')
  expect(writeInvite(new Uint8Array(10).fill(0xff))).toBe('ZZZZ-ZZZZ-ZZZZ-ZZZZ')
  // 00000 00001 00010 ... 01111: the first sixteen letters of the alphabet.
  expect(writeInvite(fromHex('00443214c74254b635cf'))).toBe('0123-4567-89AB-CDEF')
  // 10000 10001 ... 11111: the other sixteen.
  expect(writeInvite(fromHex('84653a56d7c675be77df'))).toBe('GHJK-MNPQ-RSTV-WXYZ')
  for (const length of [0, 9, 11]) expect(() => writeInvite(countingBytes(length))).toThrow('10 random bytes')
})

test('H2: every code reads back, however it is typed', () => {
  for (let start = 0; start < 256; start += 5) {
    const code = writeInvite(countingBytes(10, start))
    for (const typed of [code, code.toLowerCase(), code.replaceAll('-', ''), ` ${code.replaceAll('-', ' - ')}\n`])
      expect(readInvite(typed)).toBe(code)
  }
  expect(readInvite('oO1l-iI0o-LLLL-OOOO')).toBe('0011-1100-1111-0000')
})

test.each([
  '',
  '0000-0000-0000-000',
  '0000-0000-0000-00000',
  '0000-0000-0000-000U',
  '0000_0000_0000_0000',
  '0000-0000-0000-000é',
])('H2: %j is no code', (typed) => {
  expect(readInvite(typed)).toBeNull()
})

test('H2, K3: the server keeps its tagged hash', () => {
  const expected = createHash('sha256').update('chartkeep/invite/v1').update('0123-4567-89AB-CDEF').digest()
  expect(Buffer.from(inviteHash('0123-4567-89AB-CDEF'))).toEqual(expected)
})
