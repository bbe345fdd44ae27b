/** The chain of a stream (S1), the outcome of an entry (S2) and heads signed by the server (S6). Pure, for server and devices alike. */
import { concatBytes, equalBytes, uint64ToBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256Into, taggedHash } from '@chartkeep/crypto/hash'
import { verify } from '@chartkeep/crypto/verify'
import type { Head } from '../base/ids.ts'
import { HASH_LENGTH, ID_LENGTH, SIGNATURE_LENGTH } from '../base/limits.ts'
import { bytes, record, uint, word, type TypeOf } from '../base/shape.ts'

export const OUTCOMES = ['current', 'conflict', 'void'] as const
export type Outcome = (typeof OUTCOMES)[number]
export const Outcome = word(...OUTCOMES)
const OUTCOME_BYTE: Record<Outcome, number> = { current: 1, conflict: 2, void: 3 }

/** h_0 of a stream: binds the chain to its vault and stream. */
export function streamStart(vault: Uint8Array, stream: Uint8Array): Uint8Array {
  return taggedHash('stream-start', vault, stream)
}

/** S1: `h_n = SHA-256("chartkeep/stream/v1" || h_(n-1) || n (u64) || outcome (u8) || envelopeHash)`. Throws unless both hashes have 32 bytes. */
export function nextStreamHash(
  previous: Uint8Array,
  n: number,
  outcome: Outcome,
  envelopeHash: Uint8Array,
): Uint8Array {
  if (previous.length !== HASH_LENGTH || envelopeHash.length !== HASH_LENGTH)
    throw new RangeError('a hash of a chain has 32 bytes')
  const h = new Uint8Array(HASH_LENGTH)
  writeLink(previous, n, outcome, envelopeHash)
  sha256Into(h, 0, link)
  return h
}

const DOMAIN = utf8ToBytes('chartkeep/stream/v1')
const N_AT = DOMAIN.length + HASH_LENGTH
/** Wiped by nobody: all of it is public. */
const link = new Uint8Array(N_AT + 8 + 1 + HASH_LENGTH)
link.set(DOMAIN)

function writeLink(previous: Uint8Array, n: number, outcome: Outcome, envelopeHash: Uint8Array): void {
  link.set(previous, DOMAIN.length)
  link.set(uint64ToBytes(n), N_AT)
  link[N_AT + 8] = OUTCOME_BYTE[outcome]
  link.set(envelopeHash, N_AT + 8 + 1)
}

/** {@link nextStreamHash} of a `current` entry, written to `target` from `at` on. */
export function nextStreamHashInto(
  target: Uint8Array,
  at: number,
  previous: Uint8Array,
  n: number,
  envelopeHash: Uint8Array,
): void {
  writeLink(previous, n, 'current', envelopeHash)
  sha256Into(target, at, link)
}

/** S2: `current` when the parent is the record's current envelope (or both are none), else `conflict`. */
export function outcomeOf(parent: Uint8Array, current: Uint8Array | null): 'current' | 'conflict' {
  if (current === null) return parent.every((byte) => byte === 0) ? 'current' : 'conflict'
  return equalBytes(parent, current) ? 'current' : 'conflict'
}

/** A head that the server vouches for: of a stream, of a vault's control log (id = vault) or of an account log (id = account). */
export const SignedHead = record({
  kind: word('stream', 'control', 'account'),
  id: bytes(ID_LENGTH),
  n: uint(),
  h: bytes(HASH_LENGTH),
  /** Milliseconds since 1970, by the server's clock. */
  time: uint(),
  signature: bytes(SIGNATURE_LENGTH),
})
export type SignedHead = TypeOf<typeof SignedHead>

export function headMessage(head: Omit<SignedHead, 'signature'>): Uint8Array {
  return concatBytes(
    utf8ToBytes('chartkeep/head/v1'),
    Uint8Array.of({ stream: 1, control: 2, account: 3 }[head.kind]),
    head.id,
    uint64ToBytes(head.n),
    head.h,
    uint64ToBytes(head.time),
  )
}

export async function verifyHead(head: SignedHead, serverKey: Uint8Array): Promise<boolean> {
  return verify(serverKey, headMessage(head), head.signature)
}

/** S6: two different heads, each with a signature that holds, for one position of one chain are proof of misbehaviour. */
export function contradict(a: SignedHead, b: SignedHead): boolean {
  return a.kind === b.kind && equalBytes(a.id, b.id) && a.n === b.n && !equalBytes(a.h, b.h)
}

/** C4, C9: false when a cut pins a position that is not on this reader's chain: somebody was shown another history. */
export function holdsPin(hashes: readonly Uint8Array[], pin: Head): boolean {
  const known = hashes[pin.n]
  return known === undefined || equalBytes(known, pin.h)
}
