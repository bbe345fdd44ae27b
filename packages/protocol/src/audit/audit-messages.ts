/**
 * How an owner's device reads the audit tree of a vault (A2, A3). Bodies are deterministic CBOR.
 *
 *   POST /v1/vaults/:id/audit           AuditRequest    -> AuditAnswer
 *   POST /v1/vaults/:id/audit/proof     AuditProofRequest -> AuditProofAnswer
 *   POST /v1/vaults/:id/audit/cosign    Cosign          -> 204; the checkpoint with one line of the device that asks
 */
import { MAX_ACCESS_ENTRY_BYTES } from './access-entry.ts'
import { MAX_TREE_PATH } from './audit-tree.ts'
import { HASH_LENGTH, ID_LENGTH } from '../base/limits.ts'
import { bytes, list, nullable, record, text, uint, word, type TypeOf } from '../base/shape.ts'
import { MAX_NOTE_CHARACTERS } from '../signed/signed-note.ts'

/** Leaves in one answer. */
export const MAX_AUDIT_LEAVES = 8192
/** What sealing adds to an entry and its blind. */
const MAX_SEALED = MAX_ACCESS_ENTRY_BYTES + 32 + 36 + 16

/**
 * `known`: size of the head that the device has accepted, 0 for none. `after`: how many leaves it has. `newest`: of how many of the last
 * leaves it wants what is sealed; a new device needs not carry the notes of years.
 */
export const AuditRequest = record({ known: uint(), after: uint(), newest: uint() })
export type AuditRequest = TypeOf<typeof AuditRequest>

/** A leaf of an audit envelope names its place; one of the access log comes sealed, or bare when it was not asked for or is no longer kept. */
export const AuditLeaf = record({
  stream: nullable(bytes(ID_LENGTH)),
  n: uint(),
  sealed: nullable(bytes({ max: MAX_SEALED })),
  hash: bytes(HASH_LENGTH),
})
export type AuditLeaf = TypeOf<typeof AuditLeaf>

/** The newest head that a device of this vault has cosigned. */
export const Witnessed = record({
  account: bytes(ID_LENGTH),
  device: bytes(ID_LENGTH),
  checkpoint: text(MAX_NOTE_CHARACTERS),
})
export type Witnessed = TypeOf<typeof Witnessed>

export const AuditAnswer = record({
  checkpoint: text(MAX_NOTE_CHARACTERS),
  /** From `known` to the checkpoint; empty for a `known` of 0, or of more than there is. */
  consistency: list(bytes(HASH_LENGTH), MAX_TREE_PATH),
  /** From leaf `after` on, as many as fit. */
  leaves: list(AuditLeaf, MAX_AUDIT_LEAVES),
  witnessed: list(Witnessed, 256),
})
export type AuditAnswer = TypeOf<typeof AuditAnswer>

/** `inclusion`: of leaf `first` in the tree of `size`. `consistency`: from the tree of `first` leaves to that of `size`. */
export const AuditProofRequest = record({ kind: word('inclusion', 'consistency'), first: uint(), size: uint() })
export type AuditProofRequest = TypeOf<typeof AuditProofRequest>
export const AuditProofAnswer = record({ path: list(bytes(HASH_LENGTH), MAX_TREE_PATH) })
export type AuditProofAnswer = TypeOf<typeof AuditProofAnswer>

export const Cosign = record({ checkpoint: text(MAX_NOTE_CHARACTERS) })
export type Cosign = TypeOf<typeof Cosign>
