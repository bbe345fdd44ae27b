/**
 * Places where two devices meet to pair (K8): a few sealed messages each, in memory, for ten minutes. Nothing is
 * stored, and the server can read none of it. A restart ends every pairing; the new device then shows another code.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { idText, syncError, type SyncError } from '@chartkeep/protocol'
import {
  PAIRING_MS,
  type PairingClose,
  type PairingDone,
  type PairingMail,
  type PairingOpen,
  type PairingOpened,
  type PairingPost,
  type PairingRead,
  type PairingWrite,
} from '@chartkeep/protocol/pairing'
import type { Network, NetworkOf } from '../guard/networks.ts'
import type { Clock, RandomBytes } from '../time/ports.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'

/** Three messages of 4 KiB each: at most 192 MiB, and only if a second device has answered in every place. */
const MAX_PLACES = 16_384
/** H9: per network; a /48 of IPv6 may have eight times as many. */
const MAX_PLACES_PER_NETWORK = 8
const WIDE_TIMES = 8
/** Places with a second device are never given up, so one account may have answered only so many. */
const MAX_ANSWERED = 64

interface Place {
  network: Network
  token: Uint8Array
  expires: number
  /** The account that answered. */
  account: Uint8Array | null
  mail: PairingMail
  closed: boolean
}

/** Never throws for bad input. A place that was never opened, has expired or was closed is `not-found`. */
export interface Pairing {
  /** `address`: where the request came from. Its network is counted, and remembered no longer than the place. */
  open(address: string, request: PairingOpen): PairingOpened | SyncError
  read(request: PairingRead): PairingMail | SyncError
  answer(session: ServerSession, request: PairingPost): PairingDone | SyncError
  write(request: PairingWrite): PairingDone | SyncError
  close(session: ServerSession | null, request: PairingClose): PairingDone | SyncError
}

export interface PairingOptions {
  sessions: Sessions
  networkOf: NetworkOf
  clock: Clock
  randomBytes: RandomBytes
}

export function createPairing({ sessions, networkOf, clock, randomBytes }: PairingOptions): Pairing {
  const places = new Map<string, Place>()
  /** Open places by the networks they count against. */
  const openByKey = new Map<string, Set<string>>()
  /** Places that an account has answered and nobody has closed, by account. */
  const answered = new Map<string, Set<string>>()
  /** All places, by the widest network of each. */
  const byWide = new Map<string, Set<string>>()

  function drop(id: string): void {
    const place = places.get(id)
    if (place === undefined) return
    places.delete(id)
    remove(byWide, place.network.wide, id)
    over(id, place)
  }

  /** Stops counting the place against its network and against the account that answered. */
  function over(id: string, { network, account }: Place): void {
    for (const key of keysOf(network)) remove(openByKey, key, id)
    if (account !== null) remove(answered, idText(account), id)
  }

  /** All places have the same lifetime, so the oldest come first. */
  function dropExpired(now: number): void {
    for (const [id, { expires }] of places) {
      if (expires > now) break
      drop(id)
    }
  }

  function add(id: string, place: Place): void {
    places.set(id, place)
    for (const key of keysOf(place.network)) openByKey.set(key, (openByKey.get(key) ?? new Set()).add(id))
    byWide.set(place.network.wide, (byWide.get(place.network.wide) ?? new Set()).add(id))
  }

  function hasItsShare(network: Network): boolean {
    const own = MAX_PLACES_PER_NETWORK * network.factor
    return keysOf(network).some((key, at) => (openByKey.get(key)?.size ?? 0) >= (at === 0 ? own : WIDE_TIMES * own))
  }

  /**
   * H9: drops the oldest place without a second device of the network that has the most places. False if every place
   * has one.
   */
  function giveUpOne(): boolean {
    let found: { oldest: string; size: number } | null = null
    for (const ids of byWide.values()) {
      if (ids.size <= (found?.size ?? 0)) continue
      for (const id of ids) {
        const { account, closed } = places.get(id)!
        if (account !== null && !closed) continue
        found = { oldest: id, size: ids.size }
        break
      }
    }
    if (found !== null) drop(found.oldest)
    return found !== null
  }

  function find(id: Uint8Array): Place | null {
    const place = places.get(idText(id))
    return place === undefined || place.closed || place.expires <= clock.now() ? null : place
  }

  return {
    open(address, { place: id }) {
      const now = clock.now()
      const network = networkOf(address)
      dropExpired(now)
      if (places.has(idText(id))) return syncError('taken')
      if (hasItsShare(network)) return syncError('rate-limited')
      if (places.size >= MAX_PLACES && !giveUpOne()) return syncError('rate-limited')
      const token = randomBytes(32)
      const expires = now + PAIRING_MS
      const mail = { answer: null, reveal: null, end: null }
      add(idText(id), { network, token, expires, account: null, mail, closed: false })
      return { token, time: now, expires }
    },

    read({ place: id }) {
      return find(id)?.mail ?? syncError('not-found')
    },

    answer(session, { place: id, sealed }) {
      if (!sessions.holds(session)) return syncError('unauthenticated')
      // K7: a recovery device enrols devices by itself and pairs with none.
      const place = session.kind === 'device' ? find(id) : null
      if (place === null) return syncError('not-found')
      if (place.mail.answer !== null) {
        const isSame = equalBytes(place.mail.answer, sealed)
        return isSame ? { expires: place.expires } : syncError('taken')
      }
      const account = idText(session.account)
      const ids = answered.get(account) ?? new Set()
      if (ids.size >= MAX_ANSWERED) return syncError('rate-limited')
      answered.set(account, ids.add(idText(id)))
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
      over(idText(id), place)
      place.mail = { answer: null, reveal: null, end: null }
      return { expires: place.expires }
    },
  }
}

/** The network itself, then the wider one around it. */
function keysOf({ near, wide }: Network): string[] {
  return near === wide ? [near] : [near, wide]
}

function remove(from: Map<string, Set<string>>, key: string, id: string): void {
  const ids = from.get(key)
  ids?.delete(id)
  if (ids?.size === 0) from.delete(key)
}
