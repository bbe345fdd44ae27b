/**
 * Session tokens (H10): base64url of CBOR and a MAC by the server's key. Every process with the key can read them;
 * none stores them. A token does not say what its device may do; each request reads that from the logs.
 */
import {
  base64UrlToBytes,
  bytesToBase64Url,
  checkToken,
  concatBytes,
  macToken,
  utf8ToBytes,
} from '@chartkeep/crypto/server'
import { decodeAs, encodeMessage, ID_LENGTH } from '@chartkeep/protocol'
import { bytes, exactly, record, uint } from '@chartkeep/protocol/shape'

/** Longer input is not read: a token has 127 characters, and the messages that carry it allow 128. */
const MAX_CHARACTERS = 128
const CODE_BYTES = 32
export const TOKEN_NONCE_BYTES = 4

/** account, device, expires, kind, nonce and version; longer names would not fit into {@link MAX_CHARACTERS}. */
const TokenBody = record({
  a: bytes(ID_LENGTH),
  d: bytes(ID_LENGTH),
  e: uint(),
  k: uint(2),
  n: bytes(TOKEN_NONCE_BYTES),
  v: exactly(1),
})

const KINDS = ['device', 'recovery', 'departed'] as const

/** What a token claims. */
export interface TokenClaims {
  readonly account: Uint8Array
  readonly device: Uint8Array
  /**
   * A recovery device (K7) reaches only its own account log. `departed`, a device whose member left a practice (C12),
   * reaches that log and the quarantine inbox (C11).
   */
  readonly kind: (typeof KINDS)[number]
  /** Milliseconds since 1970. */
  readonly expires: number
  /** Distinguishes the sessions of one device. */
  readonly nonce: Uint8Array
}

export interface Tokens {
  write(claims: TokenClaims): string
  /** Null for anything that this server did not issue since it last ended all sessions; does not check the expiry. */
  read(token: string): TokenClaims | null
}

/**
 * `seed`: of the server's signing key. `since`: the mark of the last time that all sessions were ended; tokens from
 * before it have a different MAC key.
 */
export function createTokens(seed: Uint8Array, since: () => string | null): Tokens {
  const mark = () => utf8ToBytes(since() ?? '')
  return {
    write({ account, device, kind, expires, nonce }) {
      const body = encodeMessage({ a: account, d: device, e: expires, k: KINDS.indexOf(kind), n: nonce, v: 1 })
      return bytesToBase64Url(concatBytes(body, macToken(seed, 'session-token', body, mark())))
    },
    read(token) {
      const all = token.length > MAX_CHARACTERS ? null : base64UrlToBytes(token)
      if (all === null || all.length <= CODE_BYTES) return null
      const [body, code] = [all.subarray(0, -CODE_BYTES), all.subarray(-CODE_BYTES)]
      if (!checkToken(seed, 'session-token', code, body, mark())) return null
      const read = decodeAs(TokenBody, body)
      return read && { account: read.a, device: read.d, kind: KINDS[read.k]!, expires: read.e, nonce: read.n }
    },
  }
}
