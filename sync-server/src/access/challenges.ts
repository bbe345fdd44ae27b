/**
 * Stateless sign-in challenges (H1, H10): the nonce carries its own time and a MAC by the server's key, so every
 * process recognizes it. A spent nonce is stored for as long as it would still be accepted.
 */
import { checkToken, concatBytes, macToken } from '@chartkeep/crypto/server'
import { CHALLENGE_MS, idText } from '@chartkeep/protocol'
import type { Challenge } from '@chartkeep/protocol/account'
import type { Clock, RandomBytes } from '../time/ports.ts'
import type { Storage } from '../storage/storage.ts'

/** A nonce: random bytes, milliseconds since 1970 (big endian), and the MAC of both; 32 bytes in all. */
const RANDOM_BYTES = 16
const TIME_BYTES = 6
const CODED_BYTES = RANDOM_BYTES + TIME_BYTES
/** Clocks of processes may differ by a minute, so a spent nonce is kept that much longer. */
const SLACK_MS = 60_000

export interface Challenges {
  make(): Challenge
  /** The challenge of this nonce; null if this server did not issue it or its minute has passed. */
  read(nonce: Uint8Array): Challenge | null
  /** True for the first caller that spends it, in whichever process. */
  spend(challenge: Challenge): Promise<boolean>
}

export interface ChallengesOptions {
  storage: Storage
  /** The seed of the server's signing key. */
  seed: Uint8Array
  serverKey: Uint8Array
  audience: string
  clock: Clock
  randomBytes: RandomBytes
}

export function createChallenges({
  storage,
  seed,
  serverKey,
  audience,
  clock,
  randomBytes,
}: ChallengesOptions): Challenges {
  /** Spent nonces that the storage could not take. */
  const unwritten = new Map<string, number>()

  const challenge = (nonce: Uint8Array, time: number): Challenge => ({ server: serverKey, audience, nonce, time })

  /** A full disk must not keep anybody out: this process alone then remembers the nonce. */
  function spendHere(nonce: Uint8Array, time: number, now: number): boolean {
    for (const [known, of] of unwritten) if (now - of > CHALLENGE_MS + SLACK_MS) unwritten.delete(known)
    const name = idText(nonce)
    if (unwritten.has(name)) return false
    unwritten.set(name, time)
    return true
  }

  return {
    make() {
      const time = clock.now()
      const coded = concatBytes(randomBytes(RANDOM_BYTES), timeToBytes(time))
      return challenge(concatBytes(coded, macToken(seed, 'sign-in-challenge', coded)), time)
    },
    read(nonce) {
      const coded = nonce.subarray(0, CODED_BYTES)
      if (!checkToken(seed, 'sign-in-challenge', nonce.subarray(CODED_BYTES), coded)) return null
      const time = bytesToTime(coded.subarray(RANDOM_BYTES))
      return Math.abs(clock.now() - time) > CHALLENGE_MS ? null : challenge(nonce, time)
    },
    async spend({ nonce, time }) {
      const now = clock.now()
      if (unwritten.has(idText(nonce))) return false
      const until = Math.max(time, now) + CHALLENGE_MS + SLACK_MS
      return storage.write((tx) => tx.spendNonce(nonce, until, now), 'relief').catch(() => spendHere(nonce, time, now))
    },
  }
}

function timeToBytes(time: number): Uint8Array {
  const written = new Uint8Array(TIME_BYTES)
  for (let at = TIME_BYTES - 1, left = time; at >= 0; at--, left = Math.floor(left / 256)) written[at] = left % 256
  return written
}

function bytesToTime(written: Uint8Array): number {
  return written.reduce((time, byte) => time * 256 + byte, 0)
}
