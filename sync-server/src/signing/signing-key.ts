/**
 * The server's signing key (S6): created at the first start, stored in the data folder, readable by its owner only,
 * pinned by devices.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  bytesToHex,
  generateSigningKeyPair,
  hexToBytes,
  sha256,
  signingKeyPairFromSeed,
  type SigningKeyPair,
} from '@chartkeep/crypto/server'

export const KEY_FILE = 'server-key'

/** The key file cannot be used. The message is for the operator and holds no key bytes. */
export class SigningKeyError extends Error {
  override name = 'SigningKeyError'
}

/** Reads the key of the data folder, or creates one if `mayCreate`. Throws {@link SigningKeyError}. */
export function openSigningKey(folder: string, mayCreate: boolean): SigningKeyPair {
  const path = join(folder, KEY_FILE)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new SigningKeyError(`The server's key ${path} cannot be read.`, { cause })
    if (!mayCreate) {
      const why = 'A new key would make every device stop and ask. Put the file back from a backup.'
      throw new SigningKeyError(`There are data in ${folder}, but the server's key ${path} is missing. ${why}`, {
        cause,
      })
    }
    return createKey(path)
  }
  const seed = hexToBytes(text.trim())
  if (seed === null || seed.length !== 32)
    throw new SigningKeyError(`The server's key ${path} is damaged. Put the file back from a backup.`)
  return signingKeyPairFromSeed(seed)
}

function createKey(path: string): SigningKeyPair {
  const pair = generateSigningKeyPair()
  const fresh = `${path}.new`
  const file = openSync(fresh, 'w', 0o600)
  writeSync(file, `${bytesToHex(pair.seed)}\n`)
  fsyncSync(file)
  closeSync(file)
  renameSync(fresh, path)
  const folder = openSync(dirname(path), 'r')
  fsyncSync(folder)
  closeSync(folder)
  return pair
}

/**
 * The fingerprint that operator and user compare: the first 8 bytes of the public key's SHA-256, in groups of 4 hex
 * digits.
 */
export function keyFingerprint(publicKey: Uint8Array): string {
  return bytesToHex(sha256(publicKey).slice(0, 8)).match(/.{4}/g)!.join(' ')
}
