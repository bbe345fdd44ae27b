/**
 * The access log of a vault (A2): what the server saw, one entry for each request that it answered with data or refused. The server seals the entry
 * to the vault's audit box key when it writes it. Afterwards it can neither read nor change the entry, because its leaf is in the tree of
 * audit-tree.ts. How the key gets into the control log: decision 0021.
 */
import { concatBytes, uint64ToBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'
import { idText } from '../base/ids.ts'
import { HASH_LENGTH, ID_LENGTH, MAX_PULL_STREAMS } from '../base/limits.ts'
import { bytes, decodeAs, exactly, list, nullable, record, text, uint, type TypeOf } from '../base/shape.ts'

/**
 * `pull` and `bodies`: sealed records read; `control`: entries of the control log; `chunk`: a piece of a file; `late`: the quarantine inbox (C11);
 * `emergency`: an opening (C13).
 */
export const ACCESS_KINDS = [
  'pull',
  'bodies',
  'push',
  'control-read',
  'control-write',
  'chunk-read',
  'chunk-write',
  'late-write',
  'late-read',
  'departure',
  'emergency',
] as const
export type AccessKind = (typeof ACCESS_KINDS)[number]

export const AccessEntry = record({
  v: exactly(1),
  vault: bytes(ID_LENGTH),
  /** 1, 2, 3 ...: a missing number is a gap. */
  n: uint(),
  /** Leaf hash of the entry before; zeros for the first. */
  prev: bytes(HASH_LENGTH),
  /** Milliseconds since 1970 by the server's clock. */
  time: uint(),
  /** One of {@link ACCESS_KINDS}; a newer server may write another word, which is kept. */
  kind: text(32),
  /** `ok`, or the code of the refusal (errors.ts). */
  outcome: text(32),
  account: bytes(ID_LENGTH),
  device: bytes(ID_LENGTH),
  /** Network address that the request came from, as the server saw it: behind a proxy that it does not know, the proxy's. */
  address: text(64),
  /** What was given or taken: numbers from `first` to `last`. The control log goes by the vault's own id. A piece of a file goes by its place. */
  streams: list(record({ stream: bytes(ID_LENGTH), first: uint(), last: uint(), count: uint() }), MAX_PULL_STREAMS),
  blob: nullable(bytes(ID_LENGTH)),
  /** Sealed bytes that went over. */
  bytes: uint(),
  /** Refusals of the same account right before this entry that got none of their own, so that nobody fills the log. */
  unlogged: uint(),
})
export type AccessEntry = TypeOf<typeof AccessEntry>

export const BLIND_LENGTH = 32
/** An encoded entry stays under this: 128 streams at under 90 bytes and the rest. */
export const MAX_ACCESS_ENTRY_BYTES = 16 * 1024

/** The data of an entry's leaf: the entry and 32 random bytes, so that its hash says nothing to a reader without them. */
export function accessLeafData(entry: Uint8Array, blind: Uint8Array): Uint8Array {
  return concatBytes(entry, blind)
}

/** Reads the data of a leaf; null for anything else. */
export function readAccessLeaf(data: Uint8Array): AccessEntry | null {
  return decodeAs(AccessEntry, data.subarray(0, -BLIND_LENGTH))
}

/**
 * The data of the leaf of an audit envelope. No access entry begins like it: those are CBOR maps, and this is text.
 * `chartkeep/audit-envelope/v1 || stream 16 || n u64 || envelopeHash 32`
 */
export function envelopeLeafData(stream: Uint8Array, n: number, envelopeHash: Uint8Array): Uint8Array {
  return concatBytes(utf8ToBytes('chartkeep/audit-envelope/v1'), stream, uint64ToBytes(n), envelopeHash)
}

/**
 * The stream id under which a control log names the access log: everybody can compute it, and it carries no envelope. The key id of each of
 * its epochs is an X25519 public key, the audit box key; the content key is its secret.
 */
export function accessLogId(vault: Uint8Array): Uint8Array {
  return taggedHash('access-log', vault).slice(0, ID_LENGTH)
}

/** Asked for at every entry; a vault's id is never changed. */
const logIds = new WeakMap<Uint8Array, string>()

/** {@link accessLogId} as text. */
export function accessLogText(vault: Uint8Array): string {
  let id = logIds.get(vault)
  if (id === undefined) logIds.set(vault, (id = idText(accessLogId(vault))))
  return id
}
