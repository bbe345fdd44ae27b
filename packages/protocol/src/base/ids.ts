/** Identifiers: 16 bytes, hashed or random; as map keys and towards the app they are base64url (22 characters). */
import { base64UrlToBytes, bytesToBase64Url, equalBytes } from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'
import { HASH_LENGTH, ID_LENGTH } from './limits.ts'

/** All zeros: "no parent", "no previous entry". */
export const ZERO_HASH: Uint8Array = new Uint8Array(HASH_LENGTH)

/** A position in a chain: how far it goes (0 = empty) and the hash there. */
export interface Head {
  n: number
  h: Uint8Array
}

export function sameHead(a: Head, b: Head): boolean {
  return a.n === b.n && equalBytes(a.h, b.h)
}

/** The text form of an identifier or hash: a Map key, a stored field, an element of the app's API. */
export function idText(id: Uint8Array): string {
  return bytesToBase64Url(id)
}

/** Reads a 16-byte identifier from its text form; null for anything else. */
export function textId(value: string): Uint8Array | null {
  const id = base64UrlToBytes(value)
  return id !== null && id.length === ID_LENGTH ? id : null
}

/** K5: `SHA-256("chartkeep/device/v1" || DSK.public || DBK.public)[0..16]`. */
export function deviceIdOf(signingKey: Uint8Array, boxKey: Uint8Array): Uint8Array {
  return taggedHash('device', signingKey, boxKey).slice(0, ID_LENGTH)
}

/** K4: `SHA-256("chartkeep/account/v1" || first entry)[0..16]`. */
export function accountIdOf(firstEntryBody: Uint8Array): Uint8Array {
  return taggedHash('account', firstEntryBody).slice(0, ID_LENGTH)
}
