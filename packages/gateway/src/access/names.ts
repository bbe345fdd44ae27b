/** Names of records and versions in FHIR: 16 bytes as 32 hexadecimal characters, because an id of FHIR has no `_` and base64url has. */

const HEX = /^[0-9a-f]{32}$/u

/** Hexadecimal name of a text of base64url, 22 characters. */
export function hexName(text: string): string {
  return Buffer.from(text, 'base64url').toString('hex')
}

/** The text of a name of 32 hexadecimal characters; null for anything else. */
export function textOfName(name: string): string | null {
  return HEX.test(name) ? Buffer.from(name, 'hex').toString('base64url') : null
}
