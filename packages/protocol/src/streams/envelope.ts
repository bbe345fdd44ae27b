/**
 * Envelopes: hash (E4), batch signature (E5), wire form. Opening the body needs a content key and is done by sync.
 */
import { concatBytes, equalBytes, uint32ToBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { ProvedTree, rootAndPaths, rootFromInclusionPath, sha256 } from '@chartkeep/crypto/hash'
import { verify } from '@chartkeep/crypto/verify'
import { HASH_LENGTH, MAX_BATCH, MAX_PATH, MAX_PUSH_BYTES, SIGNATURE_LENGTH } from '../base/limits.ts'
import { bytes, list, record, uint, type TypeOf } from '../base/shape.ts'
import type { Header } from './header.ts'

/** nonce 24, commitment 32, Poly1305 tag 16. */
export const BODY_OVERHEAD = 24 + 32 + 16

/** The place of an envelope under its batch's signature. */
export const BatchProof = record({
  size: uint(MAX_BATCH),
  index: uint(MAX_BATCH - 1),
  path: list(bytes(HASH_LENGTH), MAX_PATH),
  signature: bytes(SIGNATURE_LENGTH),
})
export type BatchProof = TypeOf<typeof BatchProof>

/** One sealed, signed revision as it travels. A body over MAX_ENVELOPE_BYTES is read, so that a push can name what is wrong (S8). */
export const Envelope = record({
  header: bytes({ max: 1024 }),
  body: bytes({ max: MAX_PUSH_BYTES }),
  proof: BatchProof,
})
export type Envelope = TypeOf<typeof Envelope>

/** E4: `SHA-256(header || SHA-256(body))`. */
export function envelopeHashOf(header: Uint8Array, bodyHash: Uint8Array): Uint8Array {
  return sha256(header, bodyHash)
}

export function hashEnvelope(envelope: { header: Uint8Array; body: Uint8Array }): Uint8Array {
  return envelopeHashOf(envelope.header, sha256(envelope.body))
}

/** E5: what a batch signature covers: domain, tree size, root, vault, account and device. */
export function batchMessage(
  size: number,
  root: Uint8Array,
  author: Pick<Header, 'vault' | 'account' | 'device'>,
): Uint8Array {
  return concatBytes(
    utf8ToBytes('chartkeep/batch/v1'),
    uint32ToBytes(size),
    root,
    author.vault,
    author.account,
    author.device,
  )
}

/** Signs 1 to 128 envelope hashes of one vault and device with one signature; answers the proof of each, in order. */
export async function signBatch(
  hashes: Uint8Array[],
  author: Pick<Header, 'vault' | 'account' | 'device'>,
  sign: (message: Uint8Array) => Promise<Uint8Array>,
): Promise<BatchProof[]> {
  if (hashes.length === 0 || hashes.length > MAX_BATCH) throw new RangeError('a batch holds 1 to 128 envelopes')
  const { root, paths } = rootAndPaths(hashes)
  const signature = await sign(batchMessage(hashes.length, root, author))
  return paths.map((path, index) => ({ size: hashes.length, index, path, signature }))
}

interface KnownBatch {
  signature: Uint8Array
  size: number
  author: Pick<Header, 'vault' | 'account' | 'device'>
  message: Uint8Array
  key: Uint8Array
  /** The verdict, once it is there. */
  valid: boolean | Promise<boolean>
  tree: ProvedTree
}

const MAX_KNOWN_BATCHES = 8

/**
 * Verifies batch signatures; one verification and some two hashes an envelope for all envelopes of a batch that are checked with the
 * same verifier. Keep one per page of a pull or per push.
 */
export class BatchVerifier {
  #known: KnownBatch[] = []

  /** True when `signingKey` signed the batch that holds this envelope hash. */
  async verify(envelopeHash: Uint8Array, header: Header, proof: BatchProof, signingKey: Uint8Array): Promise<boolean> {
    return this.check(envelopeHash, header, proof, signingKey)
  }

  /** The same without a promise where the batch's signature was verified before: to wait costs more than the check. */
  check(
    envelopeHash: Uint8Array,
    header: Header,
    proof: BatchProof,
    signingKey: Uint8Array,
  ): boolean | Promise<boolean> {
    if (proof.size === 0 || proof.index >= proof.size) return false
    const proved = this.#known.findLast(
      (batch) =>
        isSameBatch(batch, header, proof, signingKey) && batch.tree.proves(envelopeHash, proof.index, proof.path),
    )
    if (proved) return proved.valid
    const root = rootFromInclusionPath(envelopeHash, proof.index, proof.size, proof.path)
    if (root === null) return false
    const message = batchMessage(proof.size, root, header)
    const known = this.#known.find(
      (batch) =>
        equalBytes(batch.signature, proof.signature) &&
        equalBytes(batch.message, message) &&
        equalBytes(batch.key, signingKey),
    )
    if (known) return known.valid
    const { size, signature } = proof
    const tree = new ProvedTree(size, root)
    tree.proves(envelopeHash, proof.index, proof.path)
    const valid = verify(signingKey, message, signature)
    const batch: KnownBatch = { signature, size, author: header, message, key: signingKey, valid, tree }
    batch.valid = valid.then((verdict) => (batch.valid = verdict))
    this.#known.push(batch)
    if (this.#known.length > MAX_KNOWN_BATCHES) this.#known.shift()
    return batch.valid
  }
}

function isSameBatch(
  { signature, size, author, key }: KnownBatch,
  header: Header,
  proof: BatchProof,
  signingKey: Uint8Array,
): boolean {
  return (
    size === proof.size &&
    equalBytes(signature, proof.signature) &&
    equalBytes(key, signingKey) &&
    equalBytes(author.vault, header.vault) &&
    equalBytes(author.account, header.account) &&
    equalBytes(author.device, header.device)
  )
}
