/**
 * Invitation codes (H2): 80 random bits in the letters of Crockford's base32 (https://www.crockford.com/base32.html), in groups of
 * four, made by whoever runs a server and typed by a person. A server keeps only the hash.
 */
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 16
export const INVITE_BYTES = (LENGTH * 5) / 8

/** The code of 10 random bytes, e.g. `9F2K-7QHM-0ABD-XW4T`. */
export function writeInvite(random: Uint8Array): string {
  if (random.length !== INVITE_BYTES) throw new RangeError('an invitation has 10 random bytes')
  let bits = random.reduce((all, byte) => (all << 8n) | BigInt(byte), 0n)
  let letters = ''
  for (let i = 0; i < LENGTH; i++) {
    letters = ALPHABET[Number(bits & 31n)]! + letters
    bits >>= 5n
  }
  return letters.match(/.{4}/g)!.join('-')
}

/** The code as it was made, of what a person typed: spaces, dashes and small letters are fine, O is 0, I and L are 1. Null when it is none. */
export function readInvite(typed: string): string | null {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  if (letters.length !== LENGTH || [...letters].some((letter) => !ALPHABET.includes(letter))) return null
  return letters.match(/.{4}/g)!.join('-')
}

/** What the server keeps of a code that {@link readInvite} answered. */
export function inviteHash(code: string): Uint8Array {
  return taggedHash('invite', utf8ToBytes(code))
}
