/**
 * The message channel between two devices that pair (K8): a server that relays sealed messages, and the seals. The server is not trusted.
 */
import { openSealedBox, sealToPublicKey, type BoxKeyPair } from '@chartkeep/crypto'
import { concatBytes, equalBytes } from '@chartkeep/crypto/encoding'
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import type { ServerInfo } from '@chartkeep/protocol/messages'
import {
  pairingContext,
  PairingDone,
  PairingMail,
  pairingNumber,
  PairingOpened,
  type PairingAnswer,
  type PairingCode,
  type PairingKind,
  type PairingReveal,
} from '@chartkeep/protocol/pairing'
import type { ComparedNumber } from '../contract/api.ts'
import { askServer, serverInfo } from './http-server.ts'
import { PAIRING_WORDS } from './pairing-words.ts'
import type { Answer, RandomBytes } from '../ports/ports.ts'

/** The relay's operations for both devices; the first four need no session. */
export interface PairingRelay {
  info(): Promise<Answer<ServerInfo>>
  open(place: Uint8Array): Promise<Answer<PairingOpened>>
  read(place: Uint8Array): Promise<Answer<PairingMail>>
  write(place: Uint8Array, token: Uint8Array, kind: 'reveal' | 'end', sealed: Uint8Array): Promise<Answer<PairingDone>>
  close(place: Uint8Array, token: Uint8Array): Promise<Answer<PairingDone>>
}

/** The operations of the unlocked device, which is signed in. */
export interface PairingSender {
  answerPairing(place: Uint8Array, sealed: Uint8Array): Promise<Answer<PairingDone>>
  readPairing(place: Uint8Array): Promise<Answer<PairingMail>>
  closePairing(place: Uint8Array): Promise<Answer<PairingDone>>
}

export function pairingRelay(address: string): PairingRelay {
  const ask = <T>(what: string, shape: Parameters<typeof decodeAs<T>>[0], message: object) =>
    askServer(address, `/v1/pairing/${what}`, shape, message)
  return {
    info: () => serverInfo(address),
    open: (place) => ask('open', PairingOpened, { place }),
    read: (place) => ask('read', PairingMail, { place }),
    write: (place, token, kind, sealed) => ask('write', PairingDone, { place, token, kind, sealed }),
    close: (place, token) => ask('close', PairingDone, { place, token }),
  }
}

/** Waits `ms` milliseconds; tests pass their own. */
export type Wait = (ms: number) => Promise<void>
export const systemWait: Wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Interval between two polls of the server. */
export const POLL_MS = 1000

/** Seals one message of a pairing for one code and one step. */
export function sealPairing(
  kind: PairingKind,
  code: PairingCode,
  to: Uint8Array,
  message: object,
  randomBytes: RandomBytes,
): Uint8Array {
  return sealToPublicKey(to, concatBytes(pairingContext(kind, code), encodeMessage(message)), randomBytes)
}

/** Reverses {@link sealPairing}; null if the message was not sealed to `pair` for this code and step. */
export function openPairing<T>(
  kind: PairingKind,
  code: PairingCode,
  pair: BoxKeyPair,
  shape: Parameters<typeof decodeAs<T>>[0],
  sealed: Uint8Array,
): T | null {
  const plain = openSealedBox(pair, sealed)
  if (plain === null || !equalBytes(plain.subarray(0, 32), pairingContext(kind, code))) return null
  return decodeAs(shape, plain.slice(32))
}

/** The words in both languages, and the digits. */
export function comparedNumber(code: PairingCode, answer: PairingAnswer, reveal: PairingReveal): ComparedNumber {
  const { words, digits } = pairingNumber(code, answer, reveal)
  const inLanguage = (list: string[]) => words.map((place) => list[place]!)
  return { words: { en: inLanguage(PAIRING_WORDS.en), zh: inLanguage(PAIRING_WORDS.zh) }, digits }
}
