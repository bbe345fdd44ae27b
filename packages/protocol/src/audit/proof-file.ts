/**
 * One entry of an audit log with all that proves it (A4), as one self-contained file of deterministic CBOR. A reader needs nothing else but the
 * fingerprints that it trusts. Every byte of it is covered by a check of packages/verify: what nothing would check is not here.
 */
import { MAX_ACCESS_ENTRY_BYTES, BLIND_LENGTH } from './access-entry.ts'
import { MAX_TREE_PATH } from './audit-tree.ts'
import { BatchProof } from '../streams/envelope.ts'
import { HASH_LENGTH, ID_LENGTH, MAX_ENVELOPE_BYTES } from '../base/limits.ts'
import { bytes, exactly, list, nullable, record, text, uint, word, type TypeOf } from '../base/shape.ts'
import { SignedEntry } from '../signed/signed-entry.ts'
import { MAX_NOTE_CHARACTERS } from '../signed/signed-note.ts'

export const MAX_PROOF_BYTES = 16 * 1024 * 1024

/** A record's envelope, opened: what a person's device wrote into an audit log. */
export const DisclosedEnvelope = record({
  /** Its number in its stream. */
  n: uint(),
  header: bytes({ max: 1024 }),
  body: bytes({ max: MAX_ENVELOPE_BYTES + 1024 }),
  /** The 64 bytes that open this body and no other, never the content key. */
  opening: bytes(64),
  batch: BatchProof,
})
export type DisclosedEnvelope = TypeOf<typeof DisclosedEnvelope>

export const ProofFile = record({
  format: word('chartkeep-proof'),
  v: exactly(1),
  vault: bytes(ID_LENGTH),
  serverKey: bytes(32),
  /** With the server's signature, and perhaps one cosignature of each device whose account log is here. */
  checkpoint: text(MAX_NOTE_CHARACTERS),
  /** Index of the leaf, from 0. */
  index: uint(),
  path: list(bytes(HASH_LENGTH), MAX_TREE_PATH),
  /** Exactly one of the two: what a device reported, or what the server noted (the data of its leaf). */
  envelope: nullable(DisclosedEnvelope),
  access: nullable(bytes({ max: MAX_ACCESS_ENTRY_BYTES + BLIND_LENGTH })),
  /** Account logs from their first entries: the author's up to the head that the envelope names, then those of witnesses. */
  accounts: list(list(SignedEntry, 4096), 8),
})
export type ProofFile = TypeOf<typeof ProofFile>
