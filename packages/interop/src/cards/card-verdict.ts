/**
 * Whether a SMART Health Card is what its issuer signed, judged offline by keys that are at hand. Who trusts an issuer is
 * for the person, or for the list that a host ships; a card of an issuer that nobody trusts is right or wrong all the same.
 */
import { base64UrlToBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { isJsonObject, objectsAt, parseJson, stringAt, stringifyJson } from '@chartkeep/domain'
import { unsoundFault, type CardUnsound } from './card-faults.ts'
import type { CardContent } from './card-payload.ts'
import { readIssuerKeys, readWithdrawals, type IssuerKey, type Withdrawals } from './issuer-keys.ts'

/** An issuer whose keys are at hand. */
export interface KnownIssuer {
  /** `iss`, exactly as cards write it. */
  issuer: string
  /** As the list of issuers calls it, '' for none. */
  name: string
  /** The person, or a list that the host ships, trusts it. */
  isTrusted: boolean
  keys: readonly IssuerKey[]
  withdrawals: readonly Withdrawals[]
}

export type CardVerdict =
  /** Signed by a trusted issuer. */
  | { verdict: 'verified'; issuer: string; name: string }
  /** The signature is right, and nobody said that the issuer is trusted. */
  | { verdict: 'unlisted'; issuer: string; name: string }
  /** `no-keys`: none of this issuer are at hand. `other-key`: there are some, but the card names another. */
  | { verdict: 'unchecked'; reason: 'no-keys' | 'other-key'; issuer: string }
  | { verdict: 'withdrawn'; issuer: string; name: string }
  | { verdict: 'wrong'; reason: CardUnsound; issuer: string }

/** Judges a card that was read. Never throws for what a card or a key holds. */
export async function judgeCard(card: CardContent, issuers: readonly KnownIssuer[]): Promise<CardVerdict> {
  const { issuer, keyId } = card
  const fault = unsoundFault(card.faults)
  if (fault !== null) return { verdict: 'wrong', reason: fault, issuer }
  const known = issuers.find((each) => each.issuer === issuer)
  if (known === undefined || known.keys.length === 0) return { verdict: 'unchecked', reason: 'no-keys', issuer }
  const key = known.keys.find((each) => each.keyId === keyId)
  if (key === undefined) return { verdict: 'unchecked', reason: 'other-key', issuer }
  if (!(await isSigned(card.jws, key))) return { verdict: 'wrong', reason: 'signature-wrong', issuer }
  if (isWithdrawn(card, known.withdrawals)) return { verdict: 'withdrawn', issuer, name: known.name }
  return { verdict: known.isTrusted ? 'verified' : 'unlisted', issuer, name: known.name }
}

async function isSigned(jws: string, { x, y }: IssuerKey): Promise<boolean> {
  const end = jws.lastIndexOf('.')
  const signature = base64UrlToBytes(jws.slice(end + 1))
  if (signature === null) return false
  const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' }
  try {
    const key = await crypto.subtle.importKey('jwk', { kty: 'EC', crv: 'P-256', x, y }, ecdsa, false, ['verify'])
    return await crypto.subtle.verify(
      { name: 'ECDSA', hash: 'SHA-256' },
      key,
      new Uint8Array(signature),
      new Uint8Array(utf8ToBytes(jws.slice(0, end))),
    )
  } catch {
    // A point that does not lie on the curve.
    return false
  }
}

function isWithdrawn({ recordId, keyId, issuedAt }: CardContent, lists: readonly Withdrawals[]): boolean {
  if (recordId === '') return false
  return lists.some((list) => {
    const before = list.keyId === keyId ? list.before.get(recordId) : undefined
    return before !== undefined && (issuedAt ?? 0) < before
  })
}

/** The issuers of a list in the layout of the VCI directory; null for a text that is none. */
export function readIssuerList(text: string): { issuer: string; name: string }[] | null {
  const parsed = parseJson(text)
  if (parsed.type === 'error' || !isJsonObject(parsed.value)) return null
  if (!Array.isArray(parsed.value['participating_issuers'])) return null
  return objectsAt(parsed.value, 'participating_issuers').flatMap((each) => {
    const issuer = stringAt(each, 'iss')
    return issuer.startsWith('https://') && !issuer.endsWith('/') ? [{ issuer, name: stringAt(each, 'name') }] : []
  })
}

/**
 * Issuers with their keys and lists of withdrawn cards, in the layout of the snapshot of the VCI directory:
 * `{issuerInfo: [{issuer: {iss, name}, keys: […], crls: […]}]}`. All of them count as trusted: whoever hands the list over
 * says so. Null for a text that is no such list; keys with a fault are left out.
 */
export async function readIssuerDirectory(text: string): Promise<KnownIssuer[] | null> {
  const parsed = parseJson(text)
  if (parsed.type === 'error' || !isJsonObject(parsed.value) || !Array.isArray(parsed.value['issuerInfo'])) return null
  const known: KnownIssuer[] = []
  for (const each of objectsAt(parsed.value, 'issuerInfo')) {
    const issuer = stringAt(each, 'issuer', 'iss')
    if (!issuer.startsWith('https://') || issuer.endsWith('/')) continue
    const { keys } = await readIssuerKeys(stringifyJson({ keys: each['keys'] ?? [] }), issuer)
    const withdrawals = objectsAt(each, 'crls').flatMap((list) => readWithdrawals(stringifyJson(list), null).list ?? [])
    known.push({ issuer, name: stringAt(each, 'issuer', 'name'), isTrusted: true, keys, withdrawals })
  }
  return known
}
