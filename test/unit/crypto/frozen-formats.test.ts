/**
 * The frozen bytes of our own formats, made by our code and, independently, by a second reader: OpenSSL through node:crypto
 * and NaCl, none of packages/.
 */
import {
  argon2Sync,
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  sign as signByOpenSsl,
} from 'node:crypto'
import * as ours from '@chartkeep/crypto'
import { decodeCbor, encodeCbor } from '@chartkeep/crypto/encoding'
import { inclusionPaths, merkleRoot, taggedHash } from '@chartkeep/crypto/hash'
import { verify } from '@chartkeep/crypto/verify'
import nacl from 'tweetnacl'
import { readVectors } from '../../support/vectors.ts'
import { describe, expect, test } from 'vitest'

interface Frozen {
  taggedHash: { purpose: string; parts: string[]; hash: string }
  cbor: { json: string; bytes: string }
  signature: { seed: string; publicKey: string; message: string; signature: string }
  merkle: { leaves: string[]; root: string; paths: string[][] }
  body: { contentKey: string; header: string; nonce: string; text: string; padded: string; body: string }
  sealedBox: { recipientSecret: string; recipientPublic: string; ephemeralSecret: string; text: string; sealed: string }
  secretbox: { key: string; nonce: string; text: string; sealed: string }
  recovery: { secret: string; code: string; signingPublic: string; boxPublic: string; lookupId: string }
  chunk: { fileKey: string; index: number; total: number; text: string; sealed: string }
  passphrase: { passphrase: string; salt: string; memoryKiB: number; passes: number; lanes: number; key: string }
}

const frozen = readVectors<Frozen>('chartkeep-crypto/vectors.json')

/** A plain Uint8Array of hex: tweetnacl and toEqual both want no Buffer. */
function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

function hex(...parts: Uint8Array[]): string {
  return Buffer.concat(parts).toString('hex')
}

function sha(name: 'sha256' | 'sha512', ...parts: (Uint8Array | string)[]): Buffer {
  const hash = createHash(name)
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function hkdf(secret: Uint8Array, info: Uint8Array | string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', info, length))
}

/** An inner node of the tree of RFC 6962. */
function node(left: Uint8Array, right: Uint8Array): Buffer {
  return sha('sha256', Uint8Array.of(1), left, right)
}

/** The public key of an Ed25519 seed, by OpenSSL. */
function ed25519(seed: Uint8Array) {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
  return { privateKey, publicKey }
}

/** Major type and shortest argument, in hex. */
function head(major: number, n: number): string {
  const width = n < 24 ? 0 : n < 2 ** 8 ? 1 : n < 2 ** 16 ? 2 : n < 2 ** 32 ? 4 : 8
  const form = width === 0 ? n : 24 + Math.log2(width)
  return (
    (major * 32 + form).toString(16).padStart(2, '0') + (width === 0 ? '' : n.toString(16).padStart(2 * width, '0'))
  )
}

/** CBOR of a JSON text; {"bytes": hex} stands for a byte string. Maps are sorted by the hex of their encoded keys. */
function cborOf(value: unknown): string {
  if (value === null) return 'f6'
  if (typeof value === 'boolean') return value ? 'f5' : 'f4'
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return head(3, Buffer.byteLength(value)) + Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return head(4, value.length) + value.map(cborOf).join('')
  const entries = Object.entries(value as { [key: string]: unknown })
  if (entries.length === 1 && entries[0]![0] === 'bytes') {
    const content = entries[0]![1] as string
    return head(2, content.length / 2) + content
  }
  const encoded = entries.map(([key, item]): [string, string] => [cborOf(key), cborOf(item)])
  encoded.sort(([a], [b]) => (a < b ? -1 : 1))
  return head(5, encoded.length) + encoded.flat().join('')
}

describe('our code makes the frozen bytes', () => {
  test('K3: tagged hash', () => {
    const { purpose, parts, hash } = frozen.taggedHash
    expect(hex(taggedHash(purpose, ...parts.map(bytes)))).toBe(hash)
  })

  test('K1: deterministic CBOR, both ways', () => {
    const decoded = decodeCbor(bytes(frozen.cbor.bytes))
    expect(decoded).not.toBeNull()
    expect(hex(encodeCbor(decoded!.value))).toBe(frozen.cbor.bytes)
  })

  test('K2: signature', async () => {
    const { seed, publicKey, message, signature } = frozen.signature
    const pair = ours.signingKeyPairFromSeed(bytes(seed))
    expect(hex(pair.publicKey)).toBe(publicKey)
    expect(hex(await ours.sign(pair, bytes(message)))).toBe(signature)
    expect(await verify(bytes(publicKey), bytes(message), bytes(signature))).toBe(true)
  })

  test('E5: tree and paths', () => {
    const leaves = frozen.merkle.leaves.map(bytes)
    expect(hex(merkleRoot(leaves))).toBe(frozen.merkle.root)
    expect(inclusionPaths(leaves).map((path) => path.map((hash) => hex(hash)))).toEqual(frozen.merkle.paths)
  })

  test('E2, E3: body and padding', () => {
    const { contentKey, header, nonce, text, padded, body } = frozen.body
    expect(hex(ours.pad(bytes(text)))).toBe(padded)
    expect(hex(ours.sealBody(bytes(contentKey), bytes(header), bytes(padded), bytes(nonce)))).toBe(body)
    expect(ours.unpad(ours.openBody(bytes(contentKey), bytes(header), bytes(body))!)).toEqual(bytes(text))
  })

  test('K9: box to a public key', () => {
    const { recipientSecret, recipientPublic, ephemeralSecret, text, sealed } = frozen.sealedBox
    const made = ours.sealToPublicKey(bytes(recipientPublic), bytes(text), () => bytes(ephemeralSecret))
    expect(hex(made)).toBe(sealed)
    expect(ours.openSealedBox(ours.boxKeyPairFromSecretKey(bytes(recipientSecret)), bytes(sealed))).toEqual(bytes(text))
  })

  test('K1: secretbox', () => {
    const { key, nonce, text, sealed } = frozen.secretbox
    expect(hex(ours.seal(bytes(text), bytes(key), () => bytes(nonce)))).toBe(sealed)
    expect(ours.open(bytes(sealed), bytes(key))).toEqual(bytes(text))
  })

  test('K7: recovery code and its keys', () => {
    const { secret, code, signingPublic, boxPublic, lookupId } = frozen.recovery
    expect(ours.generateRecoveryCode(() => bytes(secret))).toBe(code)
    const keys = ours.recoveryKeys(ours.parseRecoveryCode(code)!)
    expect([keys.signing.publicKey, keys.box.publicKey, keys.lookupId].map((key) => hex(key))).toEqual([
      signingPublic,
      boxPublic,
      lookupId,
    ])
  })

  test('B1: chunk', async () => {
    const { fileKey, index, total, text, sealed } = frozen.chunk
    expect(hex(await ours.sealChunk(bytes(fileKey), index, total, bytes(text)))).toBe(sealed)
    expect(await ours.openChunk(bytes(fileKey), index, total, bytes(sealed))).toEqual(bytes(text))
  })

  test('K6: key of a passphrase', async () => {
    const { passphrase, salt, key, ...parameters } = frozen.passphrase
    expect(hex(await ours.derivePassphraseKey(passphrase, bytes(salt), parameters))).toBe(key)
  })
})

describe('a second reader makes the same bytes', () => {
  test('K3: tagged hash', () => {
    const { purpose, parts, hash } = frozen.taggedHash
    expect(hex(sha('sha256', `chartkeep/${purpose}/v1`, ...parts.map(bytes)))).toBe(hash)
  })

  test('K1: deterministic CBOR', () => {
    expect(cborOf(JSON.parse(frozen.cbor.json))).toBe(frozen.cbor.bytes)
  })

  test('K2: signature', () => {
    const { privateKey, publicKey } = ed25519(bytes(frozen.signature.seed))
    expect(hex(publicKey)).toBe(frozen.signature.publicKey)
    expect(hex(signByOpenSsl(null, bytes(frozen.signature.message), privateKey))).toBe(frozen.signature.signature)
  })

  test('E5: tree and paths', () => {
    const [a, b, c, d, e] = frozen.merkle.leaves.map((leaf) => sha('sha256', Uint8Array.of(0), bytes(leaf))) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ]
    const [ab, cd] = [node(a, b), node(c, d)]
    const abcd = node(ab, cd)
    const paths = [[b, cd, e], [a, cd, e], [d, ab, e], [c, ab, e], [abcd]]
    expect(hex(node(abcd, e))).toBe(frozen.merkle.root)
    expect(paths.map((path) => path.map((hash) => hex(hash)))).toEqual(frozen.merkle.paths)
  })

  test('E2, E3: body and padding', () => {
    const { contentKey, header, nonce, text, padded, body } = frozen.body
    expect(padded).toBe(`${text}80`.padEnd(512, '0'))
    const derived = createHmac('sha512', bytes(contentKey)).update('chartkeep/record/v1').update(bytes(header)).digest()
    const box = nacl.secretbox(bytes(padded), bytes(nonce), new Uint8Array(derived.subarray(0, 32)))
    expect(nonce + hex(derived.subarray(32), box)).toBe(body)
  })

  test('K9: box to a public key', () => {
    const { recipientPublic, ephemeralSecret, text, sealed } = frozen.sealedBox
    const ephemeral = nacl.box.keyPair.fromSecretKey(bytes(ephemeralSecret))
    const nonce = new Uint8Array(sha('sha512', ephemeral.publicKey, bytes(recipientPublic)).subarray(0, 24))
    const box = nacl.box(bytes(text), nonce, bytes(recipientPublic), ephemeral.secretKey)
    expect(hex(ephemeral.publicKey, box)).toBe(sealed)
  })

  test('K1: secretbox', () => {
    const { key, nonce, text, sealed } = frozen.secretbox
    expect(nonce + hex(nacl.secretbox(bytes(text), bytes(nonce), bytes(key)))).toBe(sealed)
  })

  test('K7: recovery code and its keys', () => {
    const { secret, code, signingPublic, boxPublic, lookupId } = frozen.recovery
    const checksum = hex(sha('sha256', 'chartkeep/recovery-checksum/v1', bytes(secret))).slice(0, 5)
    const bits = BigInt(`0x${secret}${checksum}`).toString(2).padStart(180, '0')
    const symbols = bits.match(/.{5}/g)!.map((five) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[Number.parseInt(five, 2)])
    expect(symbols.join('')).toBe(code.replaceAll('-', ''))
    const derive = (purpose: string, length: number) => hkdf(bytes(secret), `chartkeep/${purpose}/v1`, length)
    expect(hex(ed25519(derive('recovery-signing', 32)).publicKey)).toBe(signingPublic)
    expect(hex(nacl.box.keyPair.fromSecretKey(new Uint8Array(derive('recovery-box', 32))).publicKey)).toBe(boxPublic)
    expect(hex(derive('recovery-lookup', 16))).toBe(lookupId)
  })

  test('B1: chunk', () => {
    const { fileKey, text, sealed } = frozen.chunk
    // index 2 (4 bytes), last (1), total 3 (4 bytes)
    const info = Buffer.concat([Buffer.from('chartkeep/blob-chunk/v1'), bytes('000000020100000003')])
    const keys = hkdf(bytes(fileKey), info, 64)
    const nonce = createHmac('sha256', keys.subarray(32)).update(bytes(text)).digest().subarray(0, 12)
    const cipher = createCipheriv('aes-256-gcm', keys.subarray(0, 32), nonce)
    const box = Buffer.concat([cipher.update(bytes(text)), cipher.final()])
    expect(hex(nonce, box, cipher.getAuthTag())).toBe(sealed)
  })

  test('K6: key of a passphrase', () => {
    const { passphrase, salt, memoryKiB: memory, passes, lanes: parallelism, key } = frozen.passphrase
    const message = passphrase.normalize('NFKC')
    const parameters = { message, nonce: bytes(salt), memory, passes, parallelism, tagLength: 32 }
    expect(hex(argon2Sync('argon2id', parameters))).toBe(key)
  })
})
