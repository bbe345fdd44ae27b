/** Envelope hash and batch signatures (E4, E5). */
import { generateSigningKeyPair, sign } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { decodeAs, encodeMessage, idText, MAX_BATCH, MAX_PUSH_BYTES } from '@chartkeep/protocol'
import {
  batchMessage,
  BatchVerifier,
  Envelope,
  envelopeHashOf,
  hashEnvelope,
  signBatch,
  StreamEntry,
  type BatchProof,
} from '@chartkeep/protocol/streams'
import { describe, expect, test } from 'vitest'
import { createPerson } from '../../support/protocol-people.ts'
import { createWriter, write } from '../../support/protocol-stream.ts'
import { createVault } from '../../support/protocol-vault.ts'
import { seededBytes } from '../../support/seeded-bytes.ts'

const random = seededBytes('envelope')
const pair = generateSigningKeyPair(random)
const author = { vault: random(16), account: random(16), device: random(16) }
const signer = (message: Uint8Array) => sign(pair, message)

async function header() {
  const owner = await createPerson('envelope-owner')
  const vault = await createVault(owner)
  const sealed = await write(createWriter(vault, vault.streams[0]!, owner))
  return { ...sealed.header, ...author }
}

describe('hash', () => {
  test('E4: the envelope hash is over the header and the hash of the body', () => {
    const [head, body] = [random(300), random(400)]
    expect(hashEnvelope({ header: head, body })).toEqual(sha256(head, sha256(body)))
    expect(envelopeHashOf(head, sha256(body))).toEqual(hashEnvelope({ header: head, body }))
    expect(idText(hashEnvelope({ header: body, body: head }))).not.toBe(idText(hashEnvelope({ header: head, body })))
  })
})

describe('batches', () => {
  test.each([1, 2, 3, 5, 64, 127, 128])(
    'E5: each of %i envelopes under one signature verifies with one verification',
    async (size) => {
      const hashes = Array.from({ length: size }, () => random(32))
      let signatures = 0
      const proofs = await signBatch(hashes, author, (message) => {
        signatures++
        return signer(message)
      })
      const verifier = new BatchVerifier()
      const head = await header()
      for (const [index, proof] of proofs.entries())
        expect(await verifier.verify(hashes[index]!, head, proof, pair.publicKey)).toBe(true)
      expect(signatures).toBe(1)
      expect(proofs.every(({ path }) => path.length <= 7)).toBe(true)
    },
  )

  test('E5: a batch holds 1 to 128 envelopes', async () => {
    await expect(signBatch([], author, signer)).rejects.toThrow(RangeError)
    const many = Array.from({ length: MAX_BATCH + 1 }, () => random(32))
    await expect(signBatch(many, author, signer)).rejects.toThrow(RangeError)
  })

  test('E5: the message differs by size, root, vault, account and device', () => {
    const root = new Uint8Array(32)
    const messages = [
      batchMessage(1, root, author),
      batchMessage(2, root, author),
      batchMessage(1, root.slice().fill(1), author),
      ...(['vault', 'account', 'device'] as const).map((field) =>
        batchMessage(1, root, { ...author, [field]: root.slice(0, 16) }),
      ),
      batchMessage(1, root, { ...author, account: author.device, device: author.account }),
    ]
    expect(new Set(messages.map(idText)).size).toBe(messages.length)
  })

  test('E5: a proof with another size, index, path, signature or key, or for another envelope, is refused', async () => {
    const hashes = Array.from({ length: 6 }, () => random(32))
    const proofs = await signBatch(hashes, author, signer)
    const head = await header()
    const [proof, other] = [proofs[2]!, proofs[3]!]
    const wrong: BatchProof[] = [
      { ...proof, size: 0 },
      { ...proof, size: 5 },
      { ...proof, size: 7 },
      { ...proof, index: 3 },
      { ...proof, index: 6 },
      { ...proof, path: other.path },
      { ...proof, path: proof.path.slice(1) },
      { ...proof, path: [...proof.path, random(32)] },
      { ...proof, path: [] },
      { ...proof, path: proof.path.toReversed() },
      { ...proof, signature: new Uint8Array(64) },
    ]
    const verifier = new BatchVerifier()
    for (const each of wrong) expect(await verifier.verify(hashes[2]!, head, each, pair.publicKey)).toBe(false)
    expect(await verifier.verify(hashes[3]!, head, proof, pair.publicKey)).toBe(false)
    const strange = generateSigningKeyPair(random)
    expect(await verifier.verify(hashes[2]!, head, proof, strange.publicKey)).toBe(false)
    for (const field of ['vault', 'account', 'device'] as const)
      expect(await verifier.verify(hashes[2]!, { ...head, [field]: random(16) }, proof, pair.publicKey)).toBe(false)
    expect(await verifier.verify(hashes[2]!, head, proof, pair.publicKey)).toBe(true)
  })

  test('E5: an inner node of the tree is no envelope', async () => {
    const hashes = Array.from({ length: 2 }, () => random(32))
    const proofs = await signBatch(hashes, author, signer)
    const root = proofs[0]!
    const verifier = new BatchVerifier()
    const concatenated = new Uint8Array([...hashes[0]!, ...hashes[1]!])
    const proof = { ...root, size: 1, index: 0, path: [] }
    expect(await verifier.verify(concatenated, await header(), proof, pair.publicKey)).toBe(false)
  })

  test('E5: a wrong answer of the verifier is not remembered for a right proof, nor the other way round', async () => {
    const hashes = [random(32)]
    const [proof] = await signBatch(hashes, author, signer)
    const verifier = new BatchVerifier()
    const head = await header()
    const bad = { ...proof!, signature: proof!.signature.map((byte, i) => (i === 5 ? byte ^ 1 : byte)) }
    const verdicts = []
    for (const each of [bad, proof!, bad, proof!])
      verdicts.push(await verifier.verify(hashes[0]!, head, each, pair.publicKey))
    expect(verdicts).toEqual([false, true, false, true])
  })
})

describe('what a verifier remembers', () => {
  /** A batch of three envelopes, and what the verifier says of one: at once where it knew, else `asked`. */
  async function batch() {
    const hashes = Array.from({ length: 3 }, () => random(32))
    return { hashes, proofs: await signBatch(hashes, author, signer) }
  }
  const says = (
    verifier: BatchVerifier,
    head: Awaited<ReturnType<typeof header>>,
    hash: Uint8Array,
    proof: BatchProof,
  ) => {
    const answer = verifier.check(hash, head, proof, pair.publicKey)
    return typeof answer === 'boolean' ? answer : 'asked'
  }

  test('E5: one signature is verified once for all envelopes of its batch, whichever comes first', async () => {
    const head = await header()
    const { hashes, proofs } = await batch()
    const verifier = new BatchVerifier()
    expect(says(verifier, head, hashes[1]!, proofs[1]!)).toBe('asked')
    expect(says(verifier, head, hashes[1]!, proofs[1]!), 'while it is looked at').toBe('asked')
    expect(await verifier.verify(hashes[1]!, head, proofs[1]!, pair.publicKey)).toBe(true)
    for (const index of [0, 1, 2]) expect(says(verifier, head, hashes[index]!, proofs[index]!)).toBe(true)
    // A refusal is known as well.
    const forged = { ...proofs[0]!, signature: new Uint8Array(64) }
    expect(await verifier.verify(hashes[0]!, head, forged, pair.publicKey)).toBe(false)
    expect(says(verifier, head, hashes[0]!, forged)).toBe(false)
    expect(says(verifier, head, hashes[0]!, proofs[0]!)).toBe(true)
  })

  test('E5: what it knows of one batch says nothing about another place, size, signature, key or author', async () => {
    const head = await header()
    const { hashes, proofs } = await batch()
    const verifier = new BatchVerifier()
    for (const index of [0, 1, 2]) await verifier.verify(hashes[index]!, head, proofs[index]!, pair.publicKey)
    const [proof] = proofs
    const verdict = (change: Partial<BatchProof>, of = head, key = pair.publicKey) =>
      verifier.verify(hashes[0]!, of, { ...proof!, ...change }, key)
    expect(await verdict({})).toBe(true)
    for (const change of [
      { size: 0 },
      { size: 2 },
      { size: 4 },
      { index: 1 },
      { index: 3 },
      { path: proof!.path.slice(1) },
      { path: proof!.path.toReversed() },
      { signature: new Uint8Array(64) },
    ])
      expect(await verdict(change), JSON.stringify(Object.keys(change))).toBe(false)
    expect(await verifier.verify(hashes[1]!, head, proof!, pair.publicKey)).toBe(false)
    for (const field of ['vault', 'account', 'device'] as const)
      expect(await verdict({}, { ...head, [field]: random(16) }), field).toBe(false)
    expect(await verdict({}, head, generateSigningKeyPair(random).publicKey)).toBe(false)
    expect(await verdict({})).toBe(true)
  })

  test('E5: it remembers eight batches, and looks at the oldest again after the ninth', async () => {
    const head = await header()
    const verifier = new BatchVerifier()
    const batches = await Promise.all(Array.from({ length: 9 }, batch))
    for (const { hashes, proofs } of batches.slice(0, 8))
      expect(await verifier.verify(hashes[0]!, head, proofs[0]!, pair.publicKey)).toBe(true)
    const known = (of: typeof batches) => of.map(({ hashes, proofs }) => says(verifier, head, hashes[1]!, proofs[1]!))
    const [first, ...later] = batches
    expect(known(batches.slice(0, 8))).toEqual(Array.from({ length: 8 }, () => true))
    expect(await verifier.verify(later[7]!.hashes[0]!, head, later[7]!.proofs[0]!, pair.publicKey)).toBe(true)
    expect(known(later)).toEqual(Array.from({ length: 8 }, () => true))
    expect(known([first!])).toEqual(['asked'])
  })
})

describe('on the wire', () => {
  test('S8: an envelope travels whole, and a larger one, a longer path or an unknown field is refused', async () => {
    const owner = await createPerson('wire')
    const vault = await createVault(owner)
    const { headerBytes, body, proof } = await write(createWriter(vault, vault.streams[0]!, owner))
    const envelope = { header: headerBytes, body, proof }
    expect(decodeAs(Envelope, encodeMessage(envelope))).toEqual(envelope)
    const wrong = [
      { ...envelope, header: new Uint8Array(1025) },
      { ...envelope, body: new Uint8Array(MAX_PUSH_BYTES + 1) },
      { ...envelope, proof: { ...proof, path: Array.from({ length: 8 }, () => new Uint8Array(32)) } },
      { ...envelope, proof: { ...proof, size: 129 } },
      { ...envelope, proof: { ...proof, signature: new Uint8Array(63) } },
      { ...envelope, more: 1 },
      { header: headerBytes, body },
    ]
    for (const each of wrong) expect(decodeAs(Envelope, encodeMessage(each))).toBeNull()
    const entry = { n: 1, outcome: 'current', header: headerBytes, bodyHash: new Uint8Array(32), body, proof }
    expect(decodeAs(StreamEntry, encodeMessage(entry))).toEqual(entry)
    const large = new Uint8Array(1024 * 1024 + 73)
    expect(decodeAs(StreamEntry, encodeMessage({ ...entry, body: large }))).toBeNull()
  })
})
