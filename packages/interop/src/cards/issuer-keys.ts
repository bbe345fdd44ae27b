/**
 * The public keys of an issuer of SMART Health Cards (`<iss>/.well-known/jwks.json`) and what is wrong with them, with
 * certificates (`x5c`) and the list of withdrawn cards (`<iss>/.well-known/crl/<kid>.json`).
 * Nothing here goes to the network: the caller passes the texts.
 */
import { bytesToBase64Url, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { isJsonObject, JsonNumber, parseJson, stringAt, type JsonObject } from '@chartkeep/domain'
import { certificateFault } from './certificate.ts'
import type { KeyFault } from './card-faults.ts'

/** A key that may judge cards. */
export interface IssuerKey {
  keyId: string
  /** Coordinates in base64url, 43 characters each. */
  x: string
  y: string
  /** Version of the list of withdrawn cards, null for none. */
  withdrawalsVersion: number | null
}

export interface IssuerKeys {
  keys: IssuerKey[]
  /** One for each key that is not taken, or for the whole text (`keyId` then ''). */
  faults: { keyId: string; fault: KeyFault }[]
}

const MOST_KEYS = 1000

/**
 * Reads a JSON Web Key Set.
 * @param issuer - the `iss` whose keys they are, compared with what certificates name; null where it is not known
 */
export async function readIssuerKeys(text: string, issuer: string | null): Promise<IssuerKeys> {
  const parsed = parseJson(text)
  if (parsed.type === 'error') return { keys: [], faults: [{ keyId: '', fault: 'keys-not-json' }] }
  const list = isJsonObject(parsed.value) ? parsed.value['keys'] : null
  if (!Array.isArray(list)) return { keys: [], faults: [{ keyId: '', fault: 'keys-missing' }] }
  const found: IssuerKeys = { keys: [], faults: [] }
  for (const key of list.slice(0, MOST_KEYS)) {
    if (!isJsonObject(key)) continue
    const keyId = stringAt(key, 'kid')
    const fault = keyFault(key) ?? (await certificatesFault(key, issuer))
    if (fault !== null) found.faults.push({ keyId, fault })
    else {
      const version = key['crlVersion']
      const withdrawalsVersion = version instanceof JsonNumber ? version.valueOf() : null
      found.keys.push({ keyId, x: stringAt(key, 'x'), y: stringAt(key, 'y'), withdrawalsVersion })
    }
  }
  return found
}

function keyFault(key: JsonObject): KeyFault | null {
  if (stringAt(key, 'kty') !== 'EC') return 'key-type'
  if (stringAt(key, 'crv') !== 'P-256') return 'key-curve'
  if (stringAt(key, 'use') !== 'sig') return 'key-use'
  if (stringAt(key, 'alg') !== 'ES256') return 'key-algorithm'
  if ('d' in key) return 'key-private'
  if (!/^[\w-]{43}$/u.test(stringAt(key, 'x')) || !/^[\w-]{43}$/u.test(stringAt(key, 'y'))) return 'key-point'
  return thumbprintOf(stringAt(key, 'x'), stringAt(key, 'y')) === stringAt(key, 'kid') ? null : 'key-id'
}

/** RFC 7638: SHA-256 of the members that make the key, in the order of their names. base64url. */
export function thumbprintOf(x: string, y: string): string {
  return bytesToBase64Url(sha256(utf8ToBytes(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`)))
}

async function certificatesFault(key: JsonObject, issuer: string | null): Promise<KeyFault | null> {
  const chain = key['x5c']
  if (chain === undefined) return null
  if (!Array.isArray(chain) || !chain.every((each) => typeof each === 'string')) return 'certificate-unreadable'
  return await certificateFault(chain, { x: stringAt(key, 'x'), y: stringAt(key, 'y') }, issuer)
}

/** Cards that an issuer withdrew: names of cards, each with the second before which it holds, or null for all. */
export interface Withdrawals {
  keyId: string
  version: number
  /** Seconds since 1970; of cards with this name those issued earlier are withdrawn. Infinity: all of them. */
  before: ReadonlyMap<string, number>
}

export type WithdrawalFault = 'list-not-json' | 'list-form' | 'list-version' | 'list-name-twice' | 'list-name-form'

/**
 * Reads a list of withdrawn cards. A list with a fault that leaves its names readable is still used: what it withdraws is
 * withdrawn.
 * @param expected - `crlVersion` of the key, null where the key is not at hand
 */
export function readWithdrawals(
  text: string,
  expected: number | null,
): { list: Withdrawals | null; faults: WithdrawalFault[] } {
  const parsed = parseJson(text)
  if (parsed.type === 'error') return { list: null, faults: ['list-not-json'] }
  const rids = isJsonObject(parsed.value) ? parsed.value['rids'] : null
  const version = isJsonObject(parsed.value) ? parsed.value['ctr'] : null
  const keyId = stringAt(parsed.value, 'kid')
  if (!Array.isArray(rids) || !(version instanceof JsonNumber) || stringAt(parsed.value, 'method') !== 'rid')
    return { list: null, faults: ['list-form'] }
  const faults = new Set<WithdrawalFault>()
  const before = new Map<string, number>()
  for (const each of rids) {
    const found = typeof each === 'string' ? /^([\w-]{1,24})(?:\.(\d{1,12}))?$/u.exec(each) : null
    if (found === null) {
      faults.add('list-name-form')
      continue
    }
    const until = found[2] === undefined ? Infinity : Number(found[2])
    const known = before.get(found[1]!)
    if (known !== undefined) faults.add('list-name-twice')
    before.set(found[1]!, Math.max(known ?? 0, until))
  }
  if (expected !== null && version.valueOf() !== expected) faults.add('list-version')
  return { list: { keyId, version: version.valueOf(), before }, faults: [...faults] }
}
