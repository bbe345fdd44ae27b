/**
 * A signed record with all that proves it (N8), as one self-contained file of deterministic CBOR: the versions that were signed, the signatures in
 * their order, the account logs of the signers. Not sealed: it is made to be given away.
 */
import { ID_LENGTH, MAX_ENVELOPE_BYTES } from '../base/limits.ts'
import { bytes, exactly, list, record, text, word, type TypeOf } from '../base/shape.ts'
import { SignedEntry } from '../signed/signed-entry.ts'

export const MAX_SIGNED_FILE_BYTES = 32 * 1024 * 1024

export const SignedFile = record({
  format: word('chartkeep-signed'),
  v: exactly(1),
  collection: text(32),
  record: bytes(ID_LENGTH),
  /** Each version that a signature here is of, once, the one signed first in front. */
  versions: list(record({ revision: bytes(ID_LENGTH), text: text(MAX_ENVELOPE_BYTES) }), 256),
  /** As records carry them (statement || signature), in the order in which they were made. */
  signatures: list(bytes({ max: 16 * 1024 }), 256),
  /** The log of each signer's account from its first entry, at least up to the heads that its signatures name. */
  accounts: list(list(SignedEntry, 4096), 16),
})
export type SignedFile = TypeOf<typeof SignedFile>
