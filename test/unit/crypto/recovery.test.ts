import {
  boxKeyPairFromSecretKey,
  generateRecoveryCode,
  parseRecoveryCode,
  recoveryKeys,
  signingKeyPairFromSeed,
} from '@chartkeep/crypto'
import { bytesToHex } from '@chartkeep/crypto/encoding'
import { isSoundSigningKey } from '@chartkeep/crypto/verify'
import { createHash, hkdfSync } from 'node:crypto'
import { countingBytes, flipBit } from '../../support/vectors.ts'
import { describe, expect, test } from 'vitest'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const secret = countingBytes(20, 100)
const code = generateRecoveryCode(() => secret)

/** The code of 20 bytes by BigInt, another way than by bits. */
function codeByBigInt(bytes: Uint8Array): string {
  const sum = createHash('sha256').update('chartkeep/recovery-checksum/v1').update(bytes).digest('hex')
  const checksum = BigInt(`0x${sum.slice(0, 5)}`)
  let value = (BigInt(`0x${bytesToHex(bytes)}`) << 20n) | checksum
  let symbols = ''
  for (let i = 0; i < 36; i++) {
    symbols = ALPHABET.charAt(Number(value & 31n)) + symbols
    value >>= 5n
  }
  return symbols.replace(/(.{4})(?=.)/g, '$1-')
}

/** HKDF-SHA-256 of the secret by OpenSSL. */
function derive(purpose: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `chartkeep/${purpose}/v1`, length))
}

describe('K7: the text of the recovery code', () => {
  test('K7: it is nine groups of four, the 160 bits in Crockford base32 and then 20 bits of checksum', () => {
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){8}$/)
    for (let i = 0; i < 200; i++) {
      const bytes = i === 0 ? new Uint8Array(20) : i === 1 ? new Uint8Array(20).fill(255) : countingBytes(20, i * 7)
      expect(generateRecoveryCode(() => bytes)).toBe(codeByBigInt(bytes))
      expect(parseRecoveryCode(codeByBigInt(bytes))).toEqual(bytes)
    }
  })

  test('K7: 20 random bytes are drawn, and two codes differ', () => {
    const lengths: number[] = []
    generateRecoveryCode((length) => {
      lengths.push(length)
      return countingBytes(length)
    })
    expect(lengths).toEqual([20])
    expect(generateRecoveryCode()).not.toBe(generateRecoveryCode())
  })

  test.each<[string, (text: string) => string]>([
    ['as printed', (text) => text],
    ['in lower case', (text) => text.toLowerCase()],
    ['without hyphens', (text) => text.replaceAll('-', '')],
    ['with spaces', (text) => ` ${text.replaceAll('-', '  ')} \n`],
    ['in two lines', (text) => text.replace('-', '\r\n')],
    [
      'with the dashes that word processors write',
      (text) => text.replace('-', '–').replace('-', '—').replace('-', '‑'),
    ],
    ['with O for 0', (text) => text.replaceAll('0', 'O')],
    ['with o for 0', (text) => text.replaceAll('0', 'o')],
    ['with I for 1', (text) => text.replaceAll('1', 'I')],
    ['with l for 1', (text) => text.replaceAll('1', 'l')],
    ['in full width', (text) => text.replace(/[0-9A-Z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))],
  ])('K7: a code typed %s is read', (_, typed) => {
    let changed = 0
    for (let i = 0; i < 20; i++) {
      const bytes = countingBytes(20, i * 13)
      const text = generateRecoveryCode(() => bytes)
      expect(parseRecoveryCode(typed(text))).toEqual(bytes)
      if (typed(text) !== text) changed++
    }
    if (typed(code) !== code) expect(changed).toBeGreaterThan(0)
  })

  test('K7: a code with one wrong symbol, wherever it is, is refused', () => {
    const symbols = code.replaceAll('-', '')
    let tried = 0
    for (let at = 0; at < symbols.length; at++) {
      for (const symbol of ALPHABET) {
        if (symbol === symbols[at]) continue
        tried++
        expect(parseRecoveryCode(symbols.slice(0, at) + symbol + symbols.slice(at + 1))).toBeNull()
      }
    }
    expect(tried).toBe(36 * 31)
  })

  test('K7: a code with two neighbours swapped is refused', () => {
    const symbols = code.replaceAll('-', '')
    let tried = 0
    for (let at = 0; at + 1 < symbols.length; at++) {
      if (symbols[at] === symbols[at + 1]) continue
      tried++
      expect(parseRecoveryCode(symbols.slice(0, at) + symbols[at + 1] + symbols[at] + symbols.slice(at + 2))).toBeNull()
    }
    expect(tried).toBeGreaterThan(20)
  })

  test.each<[string, string]>([
    ['nothing', ''],
    ['one symbol too few', code.slice(0, -1)],
    ['one symbol too many', `${code}0`],
    ['a U, which the alphabet leaves out', code.replace(/[0-9A-Z]/, 'U')],
    ['a sign that is no symbol', code.replace('-', '_')],
    ['a letter of another script', code.replace(/[0-9A-Z]/, 'Я')],
    ['a letter whose capital is two', code.replace(/[0-9A-Z]{2}/, 'ß')],
    ['only zeros', '0'.repeat(36)],
  ])('K7: %s is refused', (_, text) => {
    expect(parseRecoveryCode(text)).toBeNull()
  })
})

test('K7: a code with a symbol more or less, wherever it is, is refused', () => {
  const symbols = code.replaceAll('-', '')
  expect(parseRecoveryCode(symbols)).toEqual(secret)
  for (let at = 0; at <= symbols.length; at++) {
    expect(parseRecoveryCode(`${symbols.slice(0, at)}0${symbols.slice(at)}`)).toBeNull()
    if (at < symbols.length) expect(parseRecoveryCode(symbols.slice(0, at) + symbols.slice(at + 1))).toBeNull()
  }
})

test('K7: U is no other way to write Z, whose five bits are all ones', () => {
  const allOnes = generateRecoveryCode(() => new Uint8Array(20).fill(255))
  expect(allOnes).toContain('Z')
  expect(parseRecoveryCode(allOnes.replace('Z', 'U'))).toBeNull()
})

describe('K7: the keys of the recovery code', () => {
  const keys = recoveryKeys(secret)

  test('K7: signing seed, box key and lookup id come by HKDF under three domain strings', () => {
    expect(keys.signing).toEqual(signingKeyPairFromSeed(derive('recovery-signing', 32)))
    expect(keys.box).toEqual(boxKeyPairFromSecretKey(derive('recovery-box', 32)))
    expect(keys.lookupId).toEqual(derive('recovery-lookup', 16))
  })

  test('K7: the same code gives the same keys, another code gives others', () => {
    expect(recoveryKeys(parseRecoveryCode(code)!)).toEqual(keys)
    const others = recoveryKeys(flipBit(secret, 159))
    expect(others.signing.publicKey).not.toEqual(keys.signing.publicKey)
    expect(others.box.publicKey).not.toEqual(keys.box.publicKey)
    expect(others.lookupId).not.toEqual(keys.lookupId)
  })

  test('K7: its signing key is one that a device may have', () => {
    expect(isSoundSigningKey(keys.signing.publicKey)).toBe(true)
  })

  test.each([0, 19, 21, 32])('K7: %i bytes are no recovery code and throw', (length) => {
    expect(() => recoveryKeys(countingBytes(length))).toThrow(RangeError)
  })
})
