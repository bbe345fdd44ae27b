/**
 * What home keeps about a vault (its name in lists, rows of work lists), sealed under a key that comes from the vault's own
 * store key: when that key is destroyed, these rows go with the chart, in every copy of home.
 */
import { decodeCbor, encodeCbor, hkdf, open, pad, seal, unpad, type CborValue } from '@chartkeep/crypto'

const PURPOSE = 'store-about-vault'

/**
 * Seals a value about the vault with that store key (32 bytes). Throws for what CBOR cannot hold.
 * @returns nonce (24 bytes) || secretbox of the padded CBOR
 */
export function sealAboutVault(vaultKey: Uint8Array, value: CborValue): Uint8Array {
  return seal(pad(encodeCbor(value)), hkdf(vaultKey, PURPOSE, 32))
}

/** Reverses {@link sealAboutVault}; `null` when the bytes were changed or belong to another vault. */
export function openAboutVault(vaultKey: Uint8Array, sealed: Uint8Array): { value: CborValue } | null {
  const padded = open(sealed, hkdf(vaultKey, PURPOSE, 32))
  const plaintext = padded && unpad(padded)
  return plaintext && decodeCbor(plaintext)
}
