import { argon2Sync, createHmac, hkdfSync } from 'node:crypto'
import {
  ARGON2ID,
  derivePassphraseKey,
  hkdf,
  hmacSha512,
  isAcceptedArgon2id,
  keyedHmacSha512,
  type Argon2idParameters,
} from '@chartkeep/crypto'
import { bytesToHex } from '@chartkeep/crypto/encoding'
import { hkdf as nobleHkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { countingBytes, fromHex, readVectorFile, readVectors, type Wycheproof } from '../../support/vectors.ts'
import { installEngine } from '@chartkeep/crypto/engine'
import { installNative } from '@chartkeep/crypto/native'
import { afterEach, describe, expect, test } from 'vitest'

const salt = countingBytes(16)

/** Argon2id by OpenSSL, which knows the secret and the associated data of the published vector. */
function argon2idByOpenSsl(
  message: Uint8Array | string,
  nonce: Uint8Array,
  { memoryKiB, passes, lanes }: Argon2idParameters,
  more: { secret?: Uint8Array; associatedData?: Uint8Array } = {},
): string {
  const parameters = { message, nonce, memory: memoryKiB, passes, parallelism: lanes, tagLength: 32, ...more }
  return argon2Sync('argon2id', parameters).toString('hex')
}

describe('HMAC and HKDF', () => {
  test('K1: HMAC-SHA-512 gives every verdict of Wycheproof', () => {
    const file = readVectors<Wycheproof<{ tagSize: number }, { key: string; msg: string; tag: string }>>(
      'wycheproof/hmac_sha512_test.json.gz',
    )
    const counts = { valid: 0, invalid: 0 }
    for (const { tagSize, tests } of file.testGroups) {
      for (const { key, msg, tag, result, comment } of tests) {
        const mac = bytesToHex(hmacSha512(fromHex(key), fromHex(msg)).subarray(0, tagSize / 8))
        expect(mac === tag, comment).toBe(result === 'valid')
        counts[result === 'valid' ? 'valid' : 'invalid']++
      }
    }
    console.log('Wycheproof HMAC-SHA-512:', counts)
    expect(counts.valid).toBeGreaterThan(30)
    expect(counts.invalid).toBeGreaterThan(30)
  })

  test('K1: the parts of an HMAC are taken one after another', () => {
    const key = countingBytes(32)
    const expected = createHmac('sha512', key).update('abcdef').digest('hex')
    expect(bytesToHex(hmacSha512(key, Buffer.from('ab'), new Uint8Array(0), Buffer.from('cdef')))).toBe(expected)
  })

  test('K1: the HKDF below ours gives every output of Wycheproof', () => {
    const file = readVectors<
      Wycheproof<object, { ikm: string; salt: string; info: string; size: number; okm: string }>
    >('wycheproof/hkdf_sha256_test.json.gz')
    const counts = { valid: 0, invalid: 0 }
    for (const { ikm, salt: salting, info, size, okm, result, comment } of file.testGroups.flatMap(
      (group) => group.tests,
    )) {
      const derive = () => nobleHkdf(sha256, fromHex(ikm), fromHex(salting), fromHex(info), size)
      if (result === 'valid') expect(bytesToHex(derive()), comment).toBe(okm)
      else expect(derive, comment).toThrow()
      counts[result === 'valid' ? 'valid' : 'invalid']++
    }
    console.log('Wycheproof HKDF-SHA-256:', counts)
    expect(counts.valid).toBeGreaterThan(30)
  })

  test('K3: a derived key is HKDF-SHA-256 without salt, its info the domain string and then the context', () => {
    for (const length of [1, 16, 32, 64, 100]) {
      const secret = countingBytes(length)
      const context = countingBytes(9, length)
      const info = Buffer.concat([Buffer.from('chartkeep/purpose-of-test/v1'), context])
      const expected = Buffer.from(hkdfSync('sha256', secret, '', info, length)).toString('hex')
      expect(bytesToHex(hkdf(secret, 'purpose-of-test', length, context))).toBe(expected)
    }
    const plain = Buffer.from(hkdfSync('sha256', salt, '', 'chartkeep/purpose-of-test/v1', 32))
    expect(bytesToHex(hkdf(salt, 'purpose-of-test', 32))).toBe(plain.toString('hex'))
  })

  test('K3: another purpose, context or secret gives another key', () => {
    const keys = [
      hkdf(salt, 'a', 32),
      hkdf(salt, 'b', 32),
      hkdf(salt, 'a', 32, Uint8Array.of(0)),
      hkdf(salt, 'a', 32, Uint8Array.of(1)),
      hkdf(countingBytes(16, 1), 'a', 32),
    ].map(bytesToHex)
    expect(new Set(keys).size).toBe(5)
  })

  test('K1: more than HKDF can give is a mistake and throws', () => {
    expect(hkdf(salt, 'a', 255 * 32)).toHaveLength(8160)
    expect(() => hkdf(salt, 'a', 255 * 32 + 1)).toThrow()
  })
})

describe('passphrases', () => {
  test('K1: the Argon2id that ours is compared with gives the published tag', () => {
    const lines = readVectorFile('argon2/argon2id.kat').toString('utf8')
    const field = (name: string) =>
      fromHex(new RegExp(`^${name}[^:]*: (.*)$`, 'm').exec(lines)![1]!.replaceAll(' ', ''))
    const tag = argon2idByOpenSsl(
      field('Password'),
      field('Salt'),
      { memoryKiB: 32, passes: 3, lanes: 4 },
      { secret: field('Secret'), associatedData: field('Associated data') },
    )
    expect(tag).toBe(bytesToHex(field('Tag')))
  })

  test.each<[string, Argon2idParameters]>([
    ['the floor', ARGON2ID],
    ['more of everything', { memoryKiB: 70_000, passes: 4, lanes: 2 }],
  ])('K1: a passphrase gives the key that OpenSSL gives, with %s', async (_, parameters) => {
    for (const passphrase of ['correct horse battery staple', '密碼 пароль 🔑']) {
      const key = await derivePassphraseKey(passphrase, salt, parameters)
      expect(key).toHaveLength(32)
      expect(bytesToHex(key)).toBe(argon2idByOpenSsl(passphrase.normalize('NFKC'), salt, parameters))
    }
  })

  test('K6: forms of one passphrase that look alike give one key', async () => {
    const [composed, decomposed, fullWidth] = ['caf\u00e9 1', 'cafe\u0301 1', 'caf\u00e9\u3000\uff11'].map((text) =>
      derivePassphraseKey(text, salt, ARGON2ID),
    )
    expect(await decomposed).toEqual(await composed)
    expect(await fullWidth).toEqual(await composed)
  })

  test('K6: another passphrase, case or salt gives another key', async () => {
    const keys = await Promise.all([
      derivePassphraseKey('passphrase', salt, ARGON2ID),
      derivePassphraseKey('Passphrase', salt, ARGON2ID),
      derivePassphraseKey('passphrase ', salt, ARGON2ID),
      derivePassphraseKey('passphrase', countingBytes(16, 1), ARGON2ID),
    ])
    expect(new Set(keys.map(bytesToHex)).size).toBe(4)
  })

  test.each<[string, Argon2idParameters]>([
    ['less memory', { memoryKiB: 65_535, passes: 3, lanes: 1 }],
    ['fewer passes', { memoryKiB: 65_536, passes: 2, lanes: 1 }],
    ['no lane', { memoryKiB: 65_536, passes: 3, lanes: 0 }],
    ['memory that would freeze the device', { memoryKiB: 2 ** 31, passes: 3, lanes: 1 }],
    ['passes that would freeze the device', { memoryKiB: 65_536, passes: 1_000_000, lanes: 1 }],
    ['a gigabyte and sixteen passes, which take a minute', { memoryKiB: 1_048_576, passes: 16, lanes: 1 }],
    ['too many lanes', { memoryKiB: 65_536, passes: 3, lanes: 5 }],
    ['half a pass', { memoryKiB: 65_536, passes: 3.5, lanes: 1 }],
    ['no number', { memoryKiB: Number.NaN, passes: 3, lanes: 1 }],
    ['nothing at all', {} as Argon2idParameters],
  ])('K10: parameters with %s are refused', async (_, parameters) => {
    expect(isAcceptedArgon2id(parameters)).toBe(false)
    await expect(derivePassphraseKey('passphrase', salt, parameters)).rejects.toThrow(RangeError)
  })

  test('K10: the floor itself is accepted', () => {
    expect(ARGON2ID).toEqual({ memoryKiB: 65_536, passes: 3, lanes: 1 })
    expect(isAcceptedArgon2id(ARGON2ID)).toBe(true)
  })

  test('K6: an empty passphrase, a short salt and text that is none are mistakes and throw', async () => {
    await expect(derivePassphraseKey('', salt, ARGON2ID)).rejects.toThrow(RangeError)
    await expect(derivePassphraseKey('passphrase', countingBytes(15), ARGON2ID)).rejects.toThrow(RangeError)
    await expect(derivePassphraseKey('passphrase', countingBytes(17), ARGON2ID)).rejects.toThrow(RangeError)
    await expect(derivePassphraseKey('\ud800', salt, ARGON2ID)).rejects.toThrow(TypeError)
  })
})

describe('HMAC under one key', () => {
  afterEach(() => installEngine(null))
  const messages = [[], [salt], [salt, countingBytes(200)], [salt]]
  const wanted = (key: Uint8Array, parts: readonly Uint8Array[]) =>
    createHmac('sha512', key).update(Buffer.concat(parts)).digest('hex')

  test.each([
    ['in JavaScript', () => installEngine(null)],
    ['by the engine of Node', installNative],
  ])('K1: %s: many messages, each as if it were the only one, also when the caller wiped the key', (_, install) => {
    install()
    for (const length of [1, 32, 128, 200]) {
      const key = countingBytes(length)
      const keyed = keyedHmacSha512(key)
      key.fill(0)
      for (const parts of messages) expect(bytesToHex(keyed.mac(...parts))).toBe(wanted(countingBytes(length), parts))
    }
  })

  test.each([
    ['in JavaScript', () => installEngine(null)],
    ['by the engine of Node', installNative],
  ])('K1: %s: once it has forgotten the key it gives no more of its answers', (_, install) => {
    install()
    const keyed = keyedHmacSha512(countingBytes(32))
    expect(bytesToHex(keyed.mac(salt))).toBe(wanted(countingBytes(32), [salt]))
    keyed.forget()
    let after = ''
    try {
      after = bytesToHex(keyed.mac(salt))
    } catch {
      // Refusing is as good.
    }
    expect(after).not.toBe(wanted(countingBytes(32), [salt]))
  })
})
