/** Ed25519 values that a lax verifier takes and a strict one refuses (K2): the second form of a signature, and a key of small order. */

/** The order of the base point, RFC 8032 section 5.1. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n

/** The identity point: its own double, so that [k]A vanishes whatever was signed. */
export const SMALL_ORDER_KEY = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 1 : 0))

function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

function toBytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn))
}

/** The same signature with S + L in the place of S, which satisfies the same equation. */
export function secondForm(signature: Uint8Array): Uint8Array {
  return Uint8Array.of(...signature.subarray(0, 32), ...toBytes(toNumber(signature.subarray(32)) + L))
}

/** R = B and S = 1: under {@link SMALL_ORDER_KEY} the equation [S]B = R + [k]A holds for every message. */
export function signedUnderSmallOrder(): Uint8Array {
  // The base point: y = 4/5, RFC 8032 section 5.1.
  const base = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 0x58 : 0x66))
  return Uint8Array.of(...base, ...toBytes(1n))
}
