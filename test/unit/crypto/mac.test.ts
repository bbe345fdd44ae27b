/** H10: codes of tokens and challenges, compared with what OpenSSL makes of the same words (RFC 2104, RFC 5869). */
import { checkToken, macToken } from '@chartkeep/crypto/server'
import { createHmac, hkdfSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { countingBytes } from '../../support/vectors.ts'

type MacPurpose = Parameters<typeof macToken>[1]
const seed = countingBytes(32, 7)

function expected(purpose: MacPurpose, length: number, ...parts: Uint8Array[]): Uint8Array {
  const key = new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), `chartkeep/${purpose}/v1`, 32))
  const mac = createHmac('sha256', key)
  for (const part of parts) mac.update(part)
  return new Uint8Array(mac.digest()).subarray(0, length)
}

test('H10: a code is HMAC-SHA-256 under a key that HKDF derives from the seed for this purpose', () => {
  for (const parts of [[], [countingBytes(95, 1)], [countingBytes(64, 1), countingBytes(13, 2)]]) {
    expect(macToken(seed, 'session-token', ...parts)).toEqual(expected('session-token', 32, ...parts))
    expect(macToken(seed, 'sign-in-challenge', ...parts)).toEqual(expected('sign-in-challenge', 10, ...parts))
  }
})

test('H10: a code holds for its own bytes, purpose and seed, whole, and for nothing else', () => {
  const body = countingBytes(63, 1)
  const code = macToken(seed, 'session-token', body)
  expect(checkToken(seed, 'session-token', code, body)).toBe(true)
  for (let at = 0; at < 32; at++)
    expect(
      checkToken(
        seed,
        'session-token',
        code.map((byte, i) => (i === at ? byte ^ 128 : byte)),
        body,
      ),
    ).toBe(false)
  for (const short of [0, 1, 10, 31]) expect(checkToken(seed, 'session-token', code.slice(0, short), body)).toBe(false)
  expect(checkToken(seed, 'session-token', Uint8Array.of(...code, 0), body)).toBe(false)
  expect(checkToken(countingBytes(32, 8), 'session-token', code, body)).toBe(false)
  expect(checkToken(seed, 'sign-in-challenge', code.slice(0, 10), body)).toBe(false)
})
