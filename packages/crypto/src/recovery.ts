/**
 * The recovery code of rule K7: a device on paper. 160 random bits as text that a person can copy,
 * and the keys that they give.
 *
 * Text: 32 symbols of Crockford's base32 (https://www.crockford.com/base32.html) for the 20 bytes, most
 * significant bit first, then 4 symbols of checksum: the first 20 bits of
 * SHA-256("chartkeep/recovery-checksum/v1" || the 20 bytes). 36 symbols, in nine groups of four
 * with '-' between them. A wrong symbol passes once in 2^20.
 */
import { boxKeyPairFromSecretKey, type BoxKeyPair } from './box.ts'
import { hkdf } from './derive.ts'
import { randomBytes as systemRandom, type RandomBytes } from './random.ts'
import { taggedHash } from './sha2.ts'
import { signingKeyPairFromSeed, type SigningKeyPair } from './sign.ts'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const SECRET_LENGTH = 20
const SECRET_SYMBOLS = 32
const CHECKSUM_SYMBOLS = 4

/** What the recovery code stands for in the account log and at the server. */
export interface RecoveryKeys {
  signing: SigningKeyPair
  box: BoxKeyPair
  /** 16 bytes, public: the name under which the server finds the account. */
  lookupId: Uint8Array
}

/** A new code, for example `0123-4567-...`: 44 characters, as the head of this file says. */
export function generateRecoveryCode(randomBytes: RandomBytes = systemRandom): string {
  const secret = randomBytes(SECRET_LENGTH)
  return (toSymbols(secret) + checksumOf(secret)).match(/.{4}/g)!.join('-')
}

/**
 * The 20 bytes of a code as a person types it: either case or full width, white space and
 * hyphens anywhere, O for 0, I and L for 1. Returns `null` for any other character, a wrong length or a wrong checksum.
 */
export function parseRecoveryCode(text: string): Uint8Array | null {
  const typed = text.normalize('NFKC').toUpperCase()
  const symbols = typed
    .replace(/[\s\p{Dash_Punctuation}]/gu, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
  if (symbols.length !== SECRET_SYMBOLS + CHECKSUM_SYMBOLS) return null
  const secret = new Uint8Array(SECRET_LENGTH)
  for (let i = 0; i < SECRET_SYMBOLS; i++) {
    const value = ALPHABET.indexOf(symbols.charAt(i))
    if (value < 0) return null
    for (let bit = 0; bit < 5; bit++) {
      const at = 5 * i + bit
      if ((value >> (4 - bit)) & 1) secret[at >> 3]! |= 0x80 >> (at & 7)
    }
  }
  return symbols.slice(SECRET_SYMBOLS) === checksumOf(secret) ? secret : null
}

/**
 * The keys of a recovery code, each by HKDF-SHA-256 of the 20 bytes under its own domain string:
 * `chartkeep/recovery-signing/v1` (32 bytes, Ed25519 seed), `chartkeep/recovery-box/v1` (32 bytes, X25519
 * secret key), `chartkeep/recovery-lookup/v1` (16 bytes). Throws unless `secret` has 20 bytes.
 */
export function recoveryKeys(secret: Uint8Array): RecoveryKeys {
  if (secret.length !== SECRET_LENGTH) throw new RangeError('a recovery code holds 20 bytes')
  return {
    signing: signingKeyPairFromSeed(hkdf(secret, 'recovery-signing', 32)),
    box: boxKeyPairFromSecretKey(hkdf(secret, 'recovery-box', 32)),
    lookupId: hkdf(secret, 'recovery-lookup', 16),
  }
}

function checksumOf(secret: Uint8Array): string {
  return toSymbols(taggedHash('recovery-checksum', secret)).slice(0, CHECKSUM_SYMBOLS)
}

/** Five bits a symbol, most significant first; bits that do not fill a symbol are left out. */
function toSymbols(bytes: Uint8Array): string {
  let symbols = ''
  for (let at = 0; at + 5 <= bytes.length * 8; at += 5) {
    const pair = (bytes[at >> 3]! << 8) | (bytes[(at >> 3) + 1] ?? 0)
    symbols += ALPHABET.charAt((pair >> (11 - (at & 7))) & 31)
  }
  return symbols
}
