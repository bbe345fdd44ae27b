/**
 * Tokens of sessions (H10): base64url of CBOR and its code by the server's key. Every process that has the key reads them, none keeps them. What a
 * device may do stands in no token: each request asks the logs.
 */
import {
  base64UrlToBytes,
  bytesToBase64Url,
  checkToken,
  concatBytes,
  macToken,
  utf8ToBytes,
} from '@chartkeep/crypto/server'
import {
  bytesShape as bytes,
  decodeAs,
  encodeMessage,
  exactlyShape as exactly,
  ID_LENGTH,
  recordShape as record,
  uintShape as uint,
} from '@chartkeep/protocol'

/** The most that is looked at: a token has 127 characters, and the messages that carry it take 128. */
const MAX_CHARACTERS = 128
const CODE_BYTES = 32
export const TOKEN_NONCE_BYTES = 4

/** account, device, expires, kind, nonce and version: with longer names a token would not fit into {@link MAX_CHARACTERS}. */
const TokenBody = record({
  a: bytes(ID_LENGTH),
  d: bytes(ID_LENGTH),
  e: uint(),
  k: uint(2),
  n: bytes(TOKEN_NONCE_BYTES),
  v: exactly(1),
})

const KINDS = ['device', 'recovery', 'departed'] as const

/** What a token says. */
export interface TokenClaims {
  readonly account: Uint8Array
  readonly device: Uint8Array
  /**
   * A recovery device (K7) reaches its own account log and nothing else. `departed`: of a member who left a practice (C12): the same, and the
   * late box (C11).
   */
  readonly kind: (typeof KINDS)[number]
  /** Milliseconds since 1970. */
  readonly expires: number
  /** Tells the sessions of a device apart. */
  readonly nonce: Uint8Array
}

export interface Tokens {
  write(claims: TokenClaims): string
  /** Null for whatever this server did not write since it last signed everybody out; says nothing of the time. */
  read(token: string): TokenClaims | null
}

/** `seed`: of the server's signing key. `since`: the mark by which everybody was signed out last: each has codes of its own. */
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
