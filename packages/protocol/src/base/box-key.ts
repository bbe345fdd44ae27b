/**
 * X25519 public keys with which every exchange gives the all-zero secret (K2): the points of small order on Curve25519 and on its twist,
 * https://cr.yp.to/ecdh.html#validate. Compared only, so that the protocol needs no X25519. A key of this kind in an account log would make every
 * later wrap to that account fail, and with it the cut that ends another person's access.
 */
import { equalBytes, hexToBytes } from '@chartkeep/crypto/encoding'

/** Little endian, the highest bit (which X25519 ignores) cleared: 0, 1, two points of order 8, p - 1, p, p + 1. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => hexToBytes(hex)!)

/** Whether a box can be sealed to `publicKey`, which has 32 bytes: not where it is of small order. */
export function canReceiveBoxes(publicKey: Uint8Array): boolean {
  const masked = publicKey.slice()
  masked[31]! &= 0x7f
  return SMALL_ORDER.every((point) => !equalBytes(point, masked))
}
