/**
 * A second reader of the wire protocol, written from docs/spec alone: it imports nothing from packages/. Own CBOR, hashes and Ed25519 by
 * node:crypto, boxes by tweetnacl. If it and packages/ read the vectors alike, the specification says enough to write a third one.
 */
import {
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  hkdfSync,
  verify as verifyEd25519,
} from 'node:crypto'
import nacl from 'tweetnacl'

export type Value = number | string | boolean | null | Buffer | Value[] | { [key: string]: Value }

export function unhex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

export function sha256(...parts: Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest()
}

export function tagged(purpose: string, ...parts: Uint8Array[]): Buffer {
  return sha256(Buffer.from(`chartkeep/${purpose}/v1`), ...parts)
}

export function derive(secret: Uint8Array, purpose: string, length: number, context = Buffer.alloc(0)): Buffer {
  const info = Buffer.concat([Buffer.from(`chartkeep/${purpose}/v1`), context])
  return Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), info, length))
}

export function hmacSha512(key: Uint8Array, ...parts: Uint8Array[]): Buffer {
  return createHmac('sha512', key).update(Buffer.concat(parts)).digest()
}

export function u16(n: number): Buffer {
  return u64(n).subarray(6)
}

export function u32(n: number): Buffer {
  return u64(n).subarray(4)
}

export function u64(n: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(n))
  return bytes
}

export function signatureHolds(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') },
    format: 'jwk',
  })
  return verifyEd25519(null, message, key, signature)
}

/** Public halves of an Ed25519 seed and an X25519 secret key. */
export function publicOf(seed: Uint8Array, boxSecret: Uint8Array): { sign: Buffer; box: Buffer } {
  return {
    sign: Buffer.from(nacl.sign.keyPair.fromSeed(seed).publicKey),
    box: Buffer.from(nacl.box.keyPair.fromSecretKey(boxSecret).publicKey),
  }
}

// CBOR: RFC 8949, only what section "Encodings" of docs/spec/K.md names.

export function cbor(bytes: Uint8Array): Value {
  const input = Buffer.from(bytes)
  let at = 0
  const take = (length: number): Buffer => {
    if (at + length > input.length) throw new Error('cbor: too short')
    at += length
    return input.subarray(at - length, at)
  }
  const argument = (short: number): number => {
    if (short < 24) return short
    const length = [1, 2, 4, 8][short - 24]
    if (length === undefined) throw new Error('cbor: length')
    const value = BigInt(`0x${take(length).toString('hex')}`)
    if (value < [24n, 256n, 65_536n, 4_294_967_296n][short - 24]!) throw new Error('cbor: not the shortest form')
    return Number(value)
  }
  const item = (): Value => {
    const first = take(1)[0]!
    const major = first >> 5
    if (major === 7) {
      if (first === 0xf4) return false
      if (first === 0xf5) return true
      if (first === 0xf6) return null
      throw new Error('cbor: simple value')
    }
    const count = argument(first & 31)
    switch (major) {
      case 0:
        return count
      case 1:
        return -1 - count
      case 2:
        return take(count)
      case 3:
        return take(count).toString('utf8')
      case 4:
        return Array.from({ length: count }, item)
      case 5: {
        const map: { [key: string]: Value } = Object.create(null)
        let before = Buffer.alloc(0)
        for (let i = 0; i < count; i++) {
          const start = at
          const key = item()
          const encoded = input.subarray(start, at)
          if (typeof key !== 'string' || Buffer.compare(before, encoded) >= 0) throw new Error('cbor: key order')
          before = encoded
          map[key] = item()
        }
        return map
      }
      default:
        throw new Error('cbor: tag')
    }
  }
  const value = item()
  if (at !== input.length) throw new Error('cbor: bytes left over')
  return value
}

export function cborOf(value: Value): Buffer {
  const head = (major: number, count: number): Buffer => {
    const first = major << 5
    if (count < 24) return Buffer.from([first | count])
    if (count < 0x100) return Buffer.from([first | 24, count])
    if (count < 0x10000) return Buffer.concat([Buffer.from([first | 25]), u16(count)])
    if (count < 0x100000000) return Buffer.concat([Buffer.from([first | 26]), u32(count)])
    return Buffer.concat([Buffer.from([first | 27]), u64(count)])
  }
  if (value === null) return Buffer.from([0xf6])
  if (typeof value === 'boolean') return Buffer.from([value ? 0xf5 : 0xf4])
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cborOf)])
  const pairs = Object.entries(value).map(([key, each]) => [cborOf(key), cborOf(each)] as const)
  pairs.sort(([a], [b]) => Buffer.compare(a, b))
  return Buffer.concat([head(5, pairs.length), ...pairs.flat()])
}

// Boxes and bodies.

/** ephemeral public key || box, nonce = SHA-512(ephemeral || recipient)[0..24]. */
export function openSealedBox(secret: Uint8Array, sealed: Uint8Array): Buffer | null {
  const { publicKey } = nacl.box.keyPair.fromSecretKey(new Uint8Array(secret))
  const ephemeral = sealed.subarray(0, 32)
  const nonce = createHash('sha512').update(ephemeral).update(publicKey).digest().subarray(0, 24)
  const plain = nacl.box.open(
    new Uint8Array(sealed.subarray(32)),
    new Uint8Array(nonce),
    new Uint8Array(ephemeral),
    new Uint8Array(secret),
  )
  return plain === null ? null : Buffer.from(plain)
}

export function openSecretBox(key: Uint8Array, sealed: Uint8Array): Buffer | null {
  const [nonce, box] = [new Uint8Array(sealed.subarray(0, 24)), new Uint8Array(sealed.subarray(24))]
  const plain = nacl.secretbox.open(box, nonce, new Uint8Array(key))
  return plain === null ? null : Buffer.from(plain)
}

/** PADME with a floor of 256. */
export function paddedLength(length: number): number {
  if (length <= 256) return 256
  const exponent = Math.floor(Math.log2(length))
  const bits = Math.floor(Math.log2(exponent)) + 1
  const step = 2 ** (exponent - bits)
  return Math.ceil(length / step) * step
}

export function unpadded(padded: Buffer): Buffer {
  const end = padded.lastIndexOf(0x80)
  if (end < 0 || padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Error('padding')
  if (padded.length !== paddedLength(end + 1)) throw new Error('padding length')
  return padded.subarray(0, end)
}

/** nonce 24 || commitment 32 || secretbox: key and commitment from HMAC-SHA-512(CK, domain || header). */
export function openBody(contentKey: Uint8Array, header: Uint8Array, body: Buffer): Buffer | null {
  const keys = hmacSha512(contentKey, Buffer.from('chartkeep/record/v1'), header)
  if (!body.subarray(24, 56).equals(keys.subarray(32))) return null
  return openSecretBox(keys.subarray(0, 32), Buffer.concat([body.subarray(0, 24), body.subarray(56)]))
}

export interface Fields {
  [name: string]: Buffer | Buffer[] | number | boolean | { n: number; h: Buffer }
}

/** The envelope header by its table in docs/spec/E.md. */
export function readHeader(bytes: Buffer): Fields {
  let at = 0
  const take = (length: number) => bytes.subarray(at, (at += length))
  const number = (length: number) => take(length).readUIntBE(0, Math.min(length, 6))
  const long = () => Number(take(8).readBigUInt64BE())
  const head = () => ({ n: long(), h: take(32) })
  if (number(2) !== bytes.length || number(1) !== 1) throw new Error('header: length or suite')
  const fields: Fields = { vault: take(16), stream: take(16), doc: take(16), revision: take(16), parent: take(32) }
  const count = number(1)
  const merged = Array.from({ length: count }, () => take(32))
  Object.assign(fields, { merged, epoch: number(4), account: take(16), device: take(16), deviceSeq: long() })
  Object.assign(fields, { devicePrevious: take(32), control: head(), accountLog: head(), streamHead: head() })
  Object.assign(fields, { voids: number(2), deleted: number(1) === 1, paddedLength: number(4) })
  if (at !== bytes.length) throw new Error('header: bytes left over')
  return fields
}

// Trees.

const leaf = (data: Buffer) => sha256(Buffer.from([0]), data)
const node = (left: Buffer, right: Buffer) => sha256(Buffer.from([1]), left, right)

/** RFC 6962 root. */
export function merkleRoot(leaves: Buffer[]): Buffer {
  if (leaves.length === 1) return leaf(leaves[0]!)
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return node(merkleRoot(leaves.slice(0, split)), merkleRoot(leaves.slice(split)))
}

/** RFC 6962 audit path, lowest first. */
export function merklePath(leaves: Buffer[], index: number): Buffer[] {
  if (leaves.length === 1) return []
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return index < split
    ? [...merklePath(leaves.slice(0, split), index), merkleRoot(leaves.slice(split))]
    : [...merklePath(leaves.slice(split), index - split), merkleRoot(leaves.slice(0, split))]
}

/** The same over leaf hashes. */
export function merkleRootOfHashes(hashes: Buffer[]): Buffer {
  if (hashes.length === 1) return hashes[0]!
  let split = 1
  while (split * 2 < hashes.length) split *= 2
  return node(merkleRootOfHashes(hashes.slice(0, split)), merkleRootOfHashes(hashes.slice(split)))
}

/** RFC 9162 section 2.1.4.2, as it is written there. */
export function consistencyHolds(
  first: number,
  second: number,
  older: Buffer,
  newer: Buffer,
  proof: Buffer[],
): boolean {
  if (first === second) return proof.length === 0 && older.equals(newer)
  const path = (first & (first - 1)) === 0 ? [older, ...proof] : proof
  let [fn, sn] = [first - 1, second - 1]
  while (fn & 1) [fn, sn] = [fn >> 1, sn >> 1]
  const [start, ...rest] = path
  if (start === undefined) return false
  let [fr, sr] = [start, start]
  for (const c of rest) {
    if (sn === 0) return false
    if (fn & 1 || fn === sn) {
      ;[fr, sr] = [node(c, fr), node(c, sr)]
      while (!(fn & 1) && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1]
    } else sr = node(sr, c)
    ;[fn, sn] = [fn >> 1, sn >> 1]
  }
  return fr.equals(older) && sr.equals(newer) && sn === 0
}

// The audit log.

/** What a chain sealed: ephemeral 32 || place u32 || secretbox under the key of that place, with a nonce of zeros. */
export function openBoxChain(secret: Uint8Array, sealed: Uint8Array): Buffer | null {
  const { publicKey } = nacl.box.keyPair.fromSecretKey(new Uint8Array(secret))
  const ephemeral = new Uint8Array(sealed.subarray(0, 32))
  const place = Buffer.from(sealed.subarray(32, 36)).readUInt32BE()
  let link = tagged('box-chain-start', nacl.box.before(ephemeral, new Uint8Array(secret)), ephemeral, publicKey)
  for (let at = 0; at < place; at++) link = tagged('box-chain-next', link)
  return openSecretBox(tagged('box-chain-message', link), Buffer.concat([Buffer.alloc(24), sealed.subarray(36)]))
}

/** https://c2sp.org/signed-note: text, empty line, signature lines. */
export function readNote(note: string): { text: string; lines: { name: string; blob: Buffer }[] } {
  const split = note.lastIndexOf('\n\n')
  const lines = note
    .slice(split + 2)
    .trimEnd()
    .split('\n')
  return {
    text: note.slice(0, split + 1),
    lines: lines.map((line) => {
      const [, name = '', blob = ''] = line.split(' ')
      return { name, blob: Buffer.from(blob, 'base64') }
    }),
  }
}

// Recovery code and blobs.

const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** 20 bytes of a code as it is printed; throws when its checksum does not fit. */
export function readRecoveryCode(code: string): Buffer {
  const values = [...code.replaceAll('-', '')].map((symbol) => SYMBOLS.indexOf(symbol))
  const bits = values.map((value) => value.toString(2).padStart(5, '0')).join('')
  const secret = unhex(
    BigInt(`0b${bits.slice(0, 160)}`)
      .toString(16)
      .padStart(40, '0'),
  )
  const check = [...tagged('recovery-checksum', secret).subarray(0, 3)].map((byte) => byte.toString(2).padStart(8, '0'))
  if (check.join('').slice(0, 20) !== bits.slice(160)) throw new Error('recovery code: checksum')
  return secret
}

/** Chunk of a blob: nonce 12 || ciphertext || tag 16, AES-256-GCM. */
export function openChunk(fileKey: Uint8Array, index: number, total: number, sealed: Buffer): Buffer {
  const context = Buffer.concat([u32(index), Buffer.from([index === total - 1 ? 1 : 0]), u32(total)])
  const keys = derive(fileKey, 'blob-chunk', 64, context)
  const decipher = createDecipheriv('aes-256-gcm', keys.subarray(0, 32), sealed.subarray(0, 12))
  decipher.setAuthTag(sealed.subarray(-16))
  const plain = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
  const nonce = createHmac('sha256', keys.subarray(32)).update(plain).digest().subarray(0, 12)
  if (!nonce.equals(sealed.subarray(0, 12))) throw new Error('chunk: nonce')
  return plain
}
