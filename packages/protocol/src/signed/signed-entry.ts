/** What account log and control log have in common: a signed CBOR body in a hash chain. */
import { concatBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'
import { MAX_LOG_ENTRY_BYTES, SIGNATURE_LENGTH } from '../base/limits.ts'
import { bytes, record, type TypeOf } from '../base/shape.ts'

/** The exact bytes that were signed, and the detached Ed25519 signature over domain || body. */
export const SignedEntry = record({ body: bytes({ max: MAX_LOG_ENTRY_BYTES }), signature: bytes(SIGNATURE_LENGTH) })
export type SignedEntry = TypeOf<typeof SignedEntry>

export type LogKind = 'account-entry' | 'control-entry'

/** The message that an entry's signature covers (K3). */
export function entryMessage(kind: LogKind, body: Uint8Array): Uint8Array {
  return concatBytes(utf8ToBytes(`chartkeep/${kind}/v1`), body)
}

/** The hash of an entry: its place in the chain is inside the body (n, prev), so the body's hash is the head. */
export function entryHash(kind: LogKind, body: Uint8Array): Uint8Array {
  return taggedHash(kind === 'account-entry' ? 'account-log' : 'control-log', body)
}
