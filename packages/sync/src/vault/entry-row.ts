/**
 * The stored form of a stream entry (S9): header, body hash, nonce, and position under its batch signature. It is a single byte array on
 * disk and in memory, because there is one for every version; {@link readEntry} also reads the maps of earlier versions of this program.
 */
import type { CborValue } from '@chartkeep/crypto/encoding'
import { HASH_LENGTH, SIGNATURE_LENGTH } from '@chartkeep/protocol'
import { OUTCOMES, type BatchProof, type Outcome } from '@chartkeep/protocol/streams'
import type { VaultRows } from '../ports/ports.ts'

export interface EntryRow {
  outcome: Outcome
  /** Empty for an entry of which only the hash is known; `bodyHash` then holds that hash (C3). */
  header: Uint8Array
  bodyHash: Uint8Array
  proof: BatchProof | null
  /** Set if the body was received: with the row's plaintext it rebuilds the body byte for byte (S9). */
  nonce: Uint8Array | null
}

export function entryTable(stream: string): string {
  return `entry.${stream}`
}

const NONCE_LENGTH = 24
/** Bits above the outcome in the first byte. */
const HAS_NONCE = 4
const HAS_PROOF = 8
/** outcome and bits (1) ‖ length of the header (2, big endian) */
const LEAD = 3

/**
 * outcome and bits (1) ‖ header length (2) ‖ header ‖ body hash (32) [‖ nonce (24)] [‖ size (1) ‖ index (1) ‖ hashes of the path (1) ‖ path ‖
 * signature (64)].
 */
export function packEntry({ outcome, header, bodyHash, proof, nonce }: EntryRow): Uint8Array {
  const proofLength = proof === null ? 0 : 3 + proof.path.length * HASH_LENGTH + SIGNATURE_LENGTH
  const packed = new Uint8Array(LEAD + header.length + HASH_LENGTH + (nonce === null ? 0 : NONCE_LENGTH) + proofLength)
  packed[0] = OUTCOMES.indexOf(outcome) | (nonce === null ? 0 : HAS_NONCE) | (proof === null ? 0 : HAS_PROOF)
  packed[1] = header.length >> 8
  packed[2] = header.length
  let at = LEAD
  const put = (bytes: Uint8Array) => {
    packed.set(bytes, at)
    at += bytes.length
  }
  put(header)
  put(bodyHash)
  if (nonce !== null) put(nonce)
  if (proof !== null) {
    packed[at++] = proof.size
    packed[at++] = proof.index
    packed[at++] = proof.path.length
    for (const hash of proof.path) put(hash)
    put(proof.signature)
  }
  if (at !== packed.length) throw new RangeError('a part of an entry has another length than it must have')
  return packed
}

/** For rows of {@link entryTable}. The fields are views of the row: do not change them. */
export function readEntry(value: CborValue): EntryRow {
  if (!(value instanceof Uint8Array)) return value as unknown as EntryRow
  const bits = value[0]!
  let at = LEAD
  const take = (length: number) => value.subarray(at, (at += length))
  const header = take((value[1]! << 8) | value[2]!)
  const bodyHash = take(HASH_LENGTH)
  const nonce = (bits & HAS_NONCE) === 0 ? null : take(NONCE_LENGTH)
  let proof: BatchProof | null = null
  if ((bits & HAS_PROOF) !== 0) {
    const [size, index, hashes] = take(3) as unknown as [number, number, number]
    const path = Array.from({ length: hashes }, () => take(HASH_LENGTH))
    proof = { size, index, path, signature: take(SIGNATURE_LENGTH) }
  }
  if (at !== value.length) throw new Error('a stored entry is not readable')
  return { outcome: OUTCOMES[bits & 3]!, header, bodyHash, proof, nonce }
}

/** Entry `n` of a stream as stored; undefined if this device does not have it. */
export function entryAt({ rows }: { rows: VaultRows }, stream: string, n: number | string): EntryRow | undefined {
  const value = rows.get(entryTable(stream), String(n))
  return value === undefined ? undefined : readEntry(value)
}
