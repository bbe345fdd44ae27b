/**
 * Places where two devices meet to pair (K8): a few sealed messages each, in memory, for ten minutes. Nothing of it is stored or legible here;
 * a restart ends every pairing under way, and the new device shows another code.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import {
  idText,
  PAIRING_MS,
  syncError,
  type PairingClose,
  type PairingDone,
  type PairingMail,
  type PairingOpen,
  type PairingOpened,
  type PairingPost,
  type PairingRead,
  type PairingWrite,
  type SyncError,
} from '@chartkeep/protocol'
import type { Clock, RandomBytes } from './ports.ts'
import type { ServerSession, Sessions } from './sessions.ts'

/** Three messages of 4 KiB each: 48 MiB at the very most. */
const MAX_PLACES = 4096
/** A household, or a practice that pairs many devices at once, behind one address. */
const MAX_PLACES_PER_ADDRESS = 32

interface Place {
  address: string
  token: Uint8Array
  expires: number
  /** The account that answered. */
  account: Uint8Array | null
  mail: PairingMail
  closed: boolean
}

/** All answers are values; a place that was never opened, is over or was closed is `not-found`. */
export interface Pairing {
  /** `address`: the network where the request came from, counted and never kept longer than the place. */
  open(address: string, request: PairingOpen): PairingOpened | SyncError
  read(request: PairingRead): PairingMail | SyncError
  answer(session: ServerSession, request: PairingPost): PairingDone | SyncError
  write(request: PairingWrite): PairingDone | SyncError
  close(session: ServerSession | null, request: PairingClose): PairingDone | SyncError
}

export interface PairingOptions {
  sessions: Sessions
  clock: Clock
  randomBytes: RandomBytes
}

export function createPairing({ sessions, clock, randomBytes }: PairingOptions): Pairing {
  const places = new Map<string, Place>()

  /** All places last equally long, so the oldest come first. */
  function dropExpired(now: number): void {
    for (const [id, { expires }] of places) {
      if (expires > now) break
      places.delete(id)
    }
  }

  function find(id: Uint8Array): Place | null {
    const place = places.get(idText(id))
    return place === undefined || place.closed || place.expires <= clock.now() ? null : place
  }

  return {
    open(address, { place: id }) {
      const now = clock.now()
      dropExpired(now)
      if (places.has(idText(id))) return syncError('taken')
      const ofAddress = [...places.values()].filter((place) => place.address === address).length
      if (places.size >= MAX_PLACES || ofAddress >= MAX_PLACES_PER_ADDRESS) return syncError('rate-limited')
      const token = randomBytes(32)
      const expires = now + PAIRING_MS
      const mail = { answer: null, reveal: null, end: null }
      places.set(idText(id), { address, token, expires, account: null, mail, closed: false })
      return { token, time: now, expires }
    },

    read({ place: id }) {
      return find(id)?.mail ?? syncError('not-found')
    },

    answer(session, { place: id, sealed }) {
      if (!sessions.holds(session)) return syncError('unauthenticated')
      // K7: a device on paper lets others in by itself and pairs with nobody.
      const place = session.kind === 'device' ? find(id) : null
      if (place === null) return syncError('not-found')
      if (place.mail.answer !== null) {
        const isSame = equalBytes(place.mail.answer, sealed)
        return isSame ? { expires: place.expires } : syncError('taken')
      }
      place.account = session.account
      place.mail = { ...place.mail, answer: sealed }
      return { expires: place.expires }
    },

    write({ place: id, token, kind, sealed }) {
      const place = find(id)
      if (place === null || !equalBytes(place.token, token)) return syncError('not-found')
      const before = place.mail[kind]
      if (before !== null && !equalBytes(before, sealed)) return syncError('taken')
      place.mail = { ...place.mail, [kind]: sealed }
      return { expires: place.expires }
    },

    close(session, { place: id, token }) {
      const place = find(id)
      const mayClose =
        place !== null &&
        (token !== null
          ? equalBytes(place.token, token)
          : session !== null && place.account !== null && equalBytes(place.account, session.account))
      if (!mayClose) return syncError('not-found')
      place.closed = true
      place.mail = { answer: null, reveal: null, end: null }
      return { expires: place.expires }
    },
  }
}
