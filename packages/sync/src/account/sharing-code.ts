/**
 * The sharing code (C3): account id, name, length and head of the account log, as text for a QR code or a message; and the words that two
 * people compare.
 */
import { base64UrlToBytes, bytesToBase64Url } from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'
import { decodeAs, encodeMessage, MAX_NAME, type Head } from '@chartkeep/protocol'
import { wordlist as english } from '@scure/bip39/wordlists/english.js'
import { wordlist as chinese } from '@scure/bip39/wordlists/traditional-chinese.js'
import { SharingCode } from './sharing-code-shape.ts'

const PREFIX = 'chartkeep:share:'

export function writeSharingCode(account: Uint8Array, name: string, head: Head): string {
  return (
    PREFIX +
    bytesToBase64Url(
      encodeMessage({ v: 1, account, name: name.slice(0, MAX_NAME), n: head.n, h: head.h } satisfies SharingCode),
    )
  )
}

/** Null if the text is not a sharing code. White space and line breaks from a message are ignored. */
export function readSharingCode(text: string): SharingCode | null {
  const plain = text.replace(/\s+/g, '')
  if (!plain.startsWith(PREFIX)) return null
  const encoded = base64UrlToBytes(plain.slice(PREFIX.length))
  const code = encoded === null ? null : decodeAs(SharingCode, encoded)
  return code?.v === 1 ? code : null
}

/**
 * Six words in each language and 20 digits, derived from everything in the code: if both screens show the same words, both hold the same
 * code.
 */
export function comparisonOf(code: SharingCode): { words: { en: string[]; zh: string[] }; digits: string } {
  const hash = taggedHash('compare', encodeMessage(code))
  const bits = [...hash].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const indexes = Array.from({ length: 6 }, (_, i) => Number.parseInt(bits.slice(11 * i, 11 * i + 11), 2))
  const number = BigInt(`0b${bits.slice(66, 66 + 80)}`) % 10n ** 20n
  return {
    words: { en: indexes.map((index) => english[index]!), zh: indexes.map((index) => chinese[index]!) },
    digits: number.toString().padStart(20, '0').match(/.{5}/g)!.join(' '),
  }
}
