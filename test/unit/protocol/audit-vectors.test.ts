/** The vectors of the audit tree (A2-A4), read by the second reader, and their proof files by the verifier that ships. */
import { readFileSync } from 'node:fs'
import { checkProof, reportOf } from 'chartkeep-verify'
import { describe, expect, test } from 'vitest'
import {
  cbor,
  consistencyHolds,
  merkleRootOfHashes,
  openBoxChain,
  publicOf,
  readNote,
  sha256,
  signatureHolds,
  tagged,
  u64,
  unhex,
  unpadded,
  openSecretBox,
  type Value,
} from './second-reader.ts'

interface AuditVectors {
  vault: string
  accessLogId: string
  boxSecret: string
  boxPublic: string
  serverKey: string
  device: { id: string; sign: string }
  account: string
  envelopeHash: string
  stream: string
  leaves: { data: string; leaf: string; sealed: string | null }[]
  roots: string[]
  consistency: string[][]
  checkpoint: string
  resource: string
  contentKey: string
  recordProof: string
  accessProof: string
}

const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/protocol/audit.json', import.meta.url), 'utf8'),
) as AuditVectors
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const map = (value: Value | undefined) => value as { [key: string]: Value }
const leaf = (data: Buffer) => sha256(Buffer.from([0]), data)
const id = (text: string) => unhex(text).toString('base64url')

describe('A2: the access log by the second reader', () => {
  test('A2: the stream that stands for it follows from the vault, and its key id is the public key', () => {
    expect(hex(tagged('access-log', unhex(vectors.vault)).subarray(0, 16))).toBe(vectors.accessLogId)
    expect(hex(publicOf(Buffer.alloc(32), unhex(vectors.boxSecret)).box)).toBe(vectors.boxPublic)
  })

  test('A2: every sealed entry opens with the secret key alone, hashes to its leaf, and follows the one before', () => {
    let before = '00'.repeat(32)
    for (const [index, { data, leaf: hash, sealed }] of vectors.leaves.entries()) {
      expect(hex(leaf(unhex(data)))).toBe(hash)
      if (sealed === null) continue
      const opened = openBoxChain(unhex(vectors.boxSecret), unhex(sealed))!
      expect(hex(opened)).toBe(data)
      const entry = map(cbor(opened.subarray(0, opened.length - 32)))
      expect([entry['v'], entry['n'], hex(entry['prev'] as Buffer)]).toEqual([1, index, before])
      expect(hex(entry['vault'] as Buffer)).toBe(vectors.vault)
      before = hash
    }
    const changed = unhex(vectors.leaves[1]!.sealed!)
    changed[40]! ^= 1
    expect(openBoxChain(unhex(vectors.boxSecret), changed)).toBeNull()
  })
})

describe('A3: the tree and its heads by the second reader', () => {
  const hashes = vectors.leaves.map((each) => unhex(each.leaf))

  test('A3: the leaf of an envelope is its place and its hash, and every root is that of RFC 6962', () => {
    const { stream, envelopeHash } = vectors
    const data = Buffer.concat([Buffer.from('chartkeep/audit-envelope/v1'), unhex(stream), u64(1), unhex(envelopeHash)])
    expect(hex(data)).toBe(vectors.leaves[0]!.data)
    for (const [index, root] of vectors.roots.entries())
      expect(hex(merkleRootOfHashes(hashes.slice(0, index + 1)))).toBe(root)
  })

  test('A3: each smaller tree is proved a prefix, by the algorithm of RFC 9162', () => {
    const size = hashes.length
    for (const [index, path] of vectors.consistency.entries()) {
      const proof = path.map(unhex)
      const [older, newer] = [unhex(vectors.roots[index]!), unhex(vectors.roots.at(-1)!)]
      expect(consistencyHolds(index + 1, size, older, newer, proof), `from ${index + 1}`).toBe(true)
      expect(consistencyHolds(index + 1, size, Buffer.alloc(32), newer, proof)).toBe(false)
    }
  })

  test('A3: the checkpoint is a signed note of C2SP, under the key of the server and that of the device', () => {
    const { text, lines } = readNote(vectors.checkpoint)
    const root = unhex(vectors.roots.at(-1)!).toString('base64')
    expect(text).toBe(`chartkeep/audit/v1/${id(vectors.vault)}\n6\n${root}\ntime 1800000000099\n`)
    const keyId = (name: string, type: number, key: Buffer) =>
      sha256(Buffer.from(`${name}\n`), Buffer.from([type]), key).subarray(0, 4)
    const [server, device] = lines
    const serverKey = unhex(vectors.serverKey)
    expect(server!.name).toBe(`chartkeep/audit/v1/${id(vectors.vault)}`)
    expect(server!.blob.subarray(0, 4)).toEqual(keyId(server!.name, 1, serverKey))
    expect(signatureHolds(serverKey, Buffer.from(text), server!.blob.subarray(4))).toBe(true)
    const deviceKey = unhex(vectors.device.sign)
    expect(device!.name).toBe(`chartkeep/device/v1/${id(vectors.device.id)}`)
    expect(device!.blob.subarray(0, 4)).toEqual(keyId(device!.name, 4, deviceKey))
    const seconds = device!.blob.readBigUInt64BE(4)
    const message = Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`)
    expect(signatureHolds(deviceKey, message, device!.blob.subarray(12))).toBe(true)
  })
})

describe('A4: the proof files', () => {
  test('A4: the second reader opens the record of a proof with its 64 bytes, which the content key gives', () => {
    const file = map(cbor(unhex(vectors.recordProof)))
    const envelope = map(file['envelope'])
    const [header, body, opening] = ['header', 'body', 'opening'].map((name) => envelope[name] as Buffer)
    expect(body!.subarray(24, 56)).toEqual(opening!.subarray(32))
    const plain = openSecretBox(opening!.subarray(0, 32), Buffer.concat([body!.subarray(0, 24), body!.subarray(56)]))!
    expect(unpadded(plain).toString()).toContain(vectors.resource)
    expect(hex(sha256(header!, sha256(body!)))).toBe(vectors.envelopeHash)
    expect(hex(opening!)).not.toContain(vectors.contentKey)
  })

  test('A4: the verifier that ships accepts both, and says whose they are', async () => {
    const server = hex(sha256(unhex(vectors.serverKey))).slice(0, 16)
    const record = reportOf(await checkProof(unhex(vectors.recordProof)), [server, vectors.account])
    const access = reportOf(await checkProof(unhex(vectors.accessProof)), [server])
    expect([record.code, access.code]).toEqual([0, 0])
    expect(record.text).toContain('"code": "opened"')
    expect(access.text).toContain('192.0.2.3')
  })
})
