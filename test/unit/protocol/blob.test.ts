/** Files at a server (B4): which sizes a blob has, what its uploader signs, and links that hold for one thing of one device. */
import { generateSigningKeyPair, sign } from '@chartkeep/crypto'
import { merkleRoot, sha256 } from '@chartkeep/crypto/hash'
import { encodeMessage, SEALED_CHUNK_BYTES } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import {
  blobMessage,
  blobRoot,
  chunkCountOf,
  hasBit,
  hashAt,
  haveBits,
  judgeBlobStatement,
  readBlobPost,
  readLink,
  sealedChunkLength,
  writeLink,
  type BlobBody,
  type BlobLink,
} from '@chartkeep/protocol/records'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDevice, createPerson, removeDevice, type Device, type Person } from '../../support/protocol-people.ts'
import { countingBytes, flipBit } from '../../support/vectors.ts'

const FULL = SEALED_CHUNK_BYTES

describe('B4: sizes', () => {
  test.each([
    [29, 1],
    [FULL, 1],
    [FULL + 29, 2],
    [2 * FULL, 2],
    [4096 * FULL, 4096],
  ])('B4: a blob of %i sealed bytes has %i chunks, all but the last full', (size, count) => {
    expect(chunkCountOf(size)).toBe(count)
    const lengths = [0, count - 2, count - 1].map((index) => sealedChunkLength(size, index))
    expect(lengths.at(-1)).toBe(size - (count - 1) * FULL)
    if (count > 1) expect(lengths.slice(0, 2)).toEqual([FULL, FULL])
  })

  // A chunk holds a byte of the file besides its nonce and tag of 28.
  test.each([0, -1, 28, 0.5, Number.NaN, 2 ** 53, FULL + 1, FULL + 28, 4096 * FULL + 29, 4097 * FULL])(
    'B4: no blob has %d sealed bytes',
    (size) => {
      expect(chunkCountOf(size)).toBeNull()
    },
  )
})

describe('B3: what is stored already', () => {
  test('B3: one bit for each chunk, the first the lowest of the first byte', () => {
    expect(haveBits(10, [])).toEqual(Uint8Array.of(0, 0))
    const bits = haveBits(10, [0, 3, 8])
    expect(bits).toEqual(Uint8Array.of(0b1001, 1))
    expect(Array.from({ length: 20 }, (_, index) => index).filter((index) => hasBit(bits, index))).toEqual([0, 3, 8])
    expect(haveBits(16, [15])).toEqual(Uint8Array.of(0, 0x80))
    expect(haveBits(17, [])).toHaveLength(3)
  })
})

describe('B4: what the uploader signs', () => {
  let author: Person
  let other: Device
  let gone: Device
  beforeAll(async () => {
    author = await createPerson('blob-author')
    gone = await addDevice(author)
    other = await addDevice(author)
    await removeDevice(author, gone.id)
  })
  const hashes = new Uint8Array([...sha256(countingBytes(1)), ...sha256(countingBytes(2))])
  const bodyOf = (change: Partial<BlobBody> = {}): BlobBody => ({
    v: 1,
    vault: countingBytes(16, 1),
    stream: countingBytes(16, 2),
    blob: countingBytes(16, 3),
    size: FULL + 100,
    root: blobRoot(hashes),
    account: author.state.account,
    device: author.device.id,
    accountLog: accountHead(author.state),
    ...change,
  })
  const statementOf = async (body: BlobBody, signer = author.device) => {
    const encoded = encodeMessage(body)
    return { body: encoded, signature: await sign(signer.signing, blobMessage(encoded)) }
  }

  test('B1, B4: the root is that of RFC 6962 over the hashes, in their order', () => {
    expect(hashAt(hashes, 1)).toEqual(sha256(countingBytes(2)))
    expect(blobRoot(hashes)).toEqual(merkleRoot([sha256(countingBytes(1)), sha256(countingBytes(2))]))
  })

  test('B4: a post holds whose hashes are as many as its size asks for, and lead to its root', async () => {
    const statement = await statementOf(bodyOf())
    expect(readBlobPost({ statement, hashes })).toEqual(bodyOf())
    for (const wrong of [
      { hashes: hashes.subarray(0, 32) },
      { hashes: flipBit(hashes, 300) },
      { hashes: new Uint8Array([...hashes, ...hashes]) },
      { statement: await statementOf(bodyOf({ size: FULL })) },
      { statement: await statementOf(bodyOf({ size: FULL + 5 })) },
      { statement: await statementOf(bodyOf({ size: 0 })) },
      { statement: await statementOf(bodyOf({ root: sha256() })) },
      { statement: { ...statement, body: countingBytes(40) } },
    ])
      expect(readBlobPost({ statement, hashes, ...wrong })).toBeNull()
    // No hashes at all: neither of a blob without bytes, nor of a statement that is none.
    const none = new Uint8Array()
    const empty = await statementOf(bodyOf({ size: 0, root: sha256() }))
    expect(readBlobPost({ statement: empty, hashes: none })).toBeNull()
    expect(readBlobPost({ statement: { ...statement, body: countingBytes(40) }, hashes: none })).toBeNull()
    // A root over other hashes than its size asks for.
    const one = await statementOf(bodyOf({ root: blobRoot(hashes.subarray(0, 32)) }))
    expect(readBlobPost({ statement: one, hashes: hashes.subarray(0, 32) })).toBeNull()
  })

  test('B4: it counts when a device of its account signed it that was live at the head it names', async () => {
    const judge = async (change: Partial<BlobBody> = {}, signer = author.device) => {
      const body = bodyOf({ device: signer.id, ...change })
      return judgeBlobStatement(await statementOf(body, signer), body, author.state)
    }
    expect(await judge()).toBe('ok')
    expect(await judge({}, other)).toBe('ok')
    expect(await judge({}, gone), 'removed').toBe('refused')
    const before = { n: 3, h: author.state.hashes[2]! }
    expect(await judge({ accountLog: before }, gone), 'before it was removed').toBe('ok')
    expect(await judge({ accountLog: { n: 1, h: author.state.hashes[0]! } }, other), 'before it was added').toBe(
      'refused',
    )
    expect(await judge({}, author.recovery), 'on paper').toBe('refused')
    expect(await judge({ device: countingBytes(16) }), 'unknown').toBe('refused')
    expect(await judge({ device: other.id }), 'signed by another').toBe('refused')
    expect(await judge({ account: countingBytes(16) }), 'of another account').toBe('refused')
    expect(await judge({ accountLog: { n: 9, h: countingBytes(32) } }), 'a head that is not known here').toBe('account')
    const body = bodyOf()
    const { signature } = await statementOf(body)
    const changed = { body: encodeMessage(bodyOf({ size: FULL + 101 })), signature }
    expect(await judgeBlobStatement(changed, body, author.state), 'other bytes').toBe('refused')
  })

  test('K3: what is signed begins with its domain', async () => {
    expect(Buffer.from(blobMessage(Uint8Array.of(9))).toString('latin1')).toBe('chartkeep/blob/v1\t')
  })
})

describe('B4: links', () => {
  const server = generateSigningKeyPair((length) => countingBytes(length, 7))
  const bySelf = (message: Uint8Array) => sign(server, message)
  const link: BlobLink = {
    v: 1,
    method: 'get',
    vault: countingBytes(16, 1),
    stream: countingBytes(16, 2),
    blob: countingBytes(16, 3),
    account: countingBytes(16, 4),
    device: countingBytes(16, 5),
    until: 1_800_000_000_000,
  }

  test('B4: a link reads as it was written, under the key of its server alone', async () => {
    const words = await writeLink(link, bySelf)
    expect(words).toMatch(/^[\w-]+$/u)
    expect(await readLink(words, server.publicKey)).toEqual(link)
    expect(await readLink(words, generateSigningKeyPair().publicKey)).toBeNull()
  })

  test('B4, K3: it is neither read with a bit changed, nor cut, nor with a signature for something else', async () => {
    const words = await writeLink(link, bySelf)
    const bytes = Buffer.from(words, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit += 41)
      expect(await readLink(Buffer.from(flipBit(bytes, bit)).toString('base64url'), server.publicKey)).toBeNull()
    for (const wrong of ['', 'A', words.slice(0, 80), words.slice(4), `${words}=`, `${words} `, 'A'.repeat(1025)])
      expect(await readLink(wrong, server.publicKey)).toBeNull()
    expect(await readLink(Buffer.alloc(64).toString('base64url'), server.publicKey)).toBeNull()
    const body = encodeMessage(link)
    const otherwise = new Uint8Array([...body, ...(await sign(server, blobMessage(body)))])
    expect(await readLink(Buffer.from(otherwise).toString('base64url'), server.publicKey)).toBeNull()
  })
})
