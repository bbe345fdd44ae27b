/**
 * Ed25519 key pairs and signatures (RFC 8032), rules K2 and K3. The bytes that are signed begin
 * with a domain string; the caller builds them. Verification is in verify.ts.
 */
import nacl from 'tweetnacl'
import { concatBytes, hexToBytes } from './bytes.ts'
import { engine } from './engine.ts'
import { randomBytes as systemRandom, type RandomBytes } from './random.ts'

/** A device's signing key. The pair is not changed after it was made. */
export interface SigningKeyPair {
  /** 32 bytes, public. */
  publicKey: Uint8Array
  /** 32 bytes, secret: the private key of RFC 8032 section 5.1.5. */
  seed: Uint8Array
}

const SEED_LENGTH = 32
/** The DER bytes before the seed in a PKCS #8 Ed25519 key (RFC 8410 section 7). */
const PKCS8_PREFIX = hexToBytes('302e020100300506032b657004220420')!

/** Imported once for each pair; goes when the pair goes. `null`: Web Crypto has no Ed25519 here. */
let importedKeys = new WeakMap<SigningKeyPair, Promise<CryptoKey | null>>()

/** A new key pair from 32 random bytes. */
export function generateSigningKeyPair(randomBytes: RandomBytes = systemRandom): SigningKeyPair {
  return signingKeyPairFromSeed(randomBytes(SEED_LENGTH))
}

/** The pair that belongs to `seed`, which is copied. Throws unless it has 32 bytes. */
export function signingKeyPairFromSeed(seed: Uint8Array): SigningKeyPair {
  if (seed.length !== SEED_LENGTH) throw new RangeError('a signing seed has 32 bytes')
  const publicKey = engine?.signingPublicKey(seed) ?? nacl.sign.keyPair.fromSeed(seed).publicKey
  return { publicKey, seed: new Uint8Array(seed) }
}

/**
 * The signature (64 bytes) of `message`; the same input gives the same signature with every
 * engine. Both derive the public key from the seed, so that a pair whose halves do not belong
 * together cannot betray the secret.
 */
export async function sign(pair: SigningKeyPair, message: Uint8Array): Promise<Uint8Array> {
  if (engine !== null && pair.seed.length === SEED_LENGTH) return engine.sign(pair.seed, message)
  let imported = importedKeys.get(pair)
  if (imported === undefined) {
    imported = importSeed(pair.seed)
    importedKeys.set(pair, imported)
  }
  const key = await imported
  if (key === null) return nacl.sign.detached(message, nacl.sign.keyPair.fromSeed(pair.seed).secretKey)
  return new Uint8Array(await globalThis.crypto.subtle.sign('Ed25519', key, message as BufferSource))
}

/** Drops every imported signing key, as locking does; the next {@link sign} imports its pair's again. */
export function forgetSigningKeys(): void {
  importedKeys = new WeakMap()
}

async function importSeed(seed: Uint8Array): Promise<CryptoKey | null> {
  if (seed.length !== SEED_LENGTH) throw new RangeError('a signing seed has 32 bytes')
  try {
    const pkcs8 = concatBytes(PKCS8_PREFIX, seed) as Uint8Array<ArrayBuffer>
    return await globalThis.crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign'])
  } catch {
    return null
  }
}
