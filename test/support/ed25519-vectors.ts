/** The published Ed25519 vectors in one shape, with the verdict that rule K2 asks for. */
import { fromBase64, fromHex, readVectors, type Wycheproof } from './vectors.ts'

export interface SignatureVector {
  name: string
  publicKey: Uint8Array
  message: Uint8Array
  signature: Uint8Array
  valid: boolean
  /** What is unusual about it, in the words of its file. */
  flags: string[]
}

export function wycheproofVectors(): SignatureVector[] {
  const file = readVectors<Wycheproof<{ publicKey: { pk: string } }, { msg: string; sig: string }>>(
    'wycheproof/ed25519_test.json.gz',
  )
  return file.testGroups.flatMap(({ publicKey, tests }) =>
    tests.map(({ tcId, comment, msg, sig, result, flags }) => ({
      name: `${tcId} ${comment}`,
      publicKey: fromHex(publicKey.pk),
      message: fromHex(msg),
      signature: fromHex(sig),
      valid: result === 'valid',
      flags,
    })),
  )
}

/**
 * CCTV gives no verdicts, since RFC 8032 leaves them open; K2 decides: refused are non-canonical encodings, points of
 * small order, and what only the equation with cofactor accepts (`low_order_residue`).
 */
export function cctvVectors(): SignatureVector[] {
  const refused = ['low_order_A', 'low_order_R', 'non_canonical_A', 'non_canonical_R', 'low_order_residue']
  const file = readVectors<{ number: number; key: string; sig: string; msg: string; flags: string[] | null }[]>(
    'ed25519-cctv/ed25519vectors.json.gz',
  )
  return file.map(({ number, key, sig, msg, flags }) => ({
    name: `${number}`,
    publicKey: fromHex(key),
    message: new TextEncoder().encode(msg),
    signature: fromHex(sig),
    valid: !refused.some((flag) => flags?.includes(flag)),
    flags: flags ?? [],
  }))
}

export function signSpecVectors(): SignatureVector[] {
  return readVectors<[string, string, string][]>('nacl/sign.spec.json.gz').map(
    ([secretKey, message, signature], i) => ({
      name: `${i}`,
      publicKey: fromBase64(secretKey).slice(32),
      message: fromBase64(message),
      signature: fromBase64(signature),
      valid: true,
      flags: [],
    }),
  )
}
