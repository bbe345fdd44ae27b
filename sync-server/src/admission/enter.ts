/**
 * The only place that adds the first entry of an account log (H9), whether the account registers, is restored to a
 * server that lost it, or comes from another server. It decides the account's standing, counts the registration
 * against its network, and assigns its place.
 */
import { syncError, type SyncError } from '@chartkeep/protocol'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import type { Admissions } from './invitations.ts'
import { book } from '../storage/limits.ts'
import type { Network } from '../guard/networks.ts'
import type { Clock } from '../time/ports.ts'
import type { StorageWriter } from '../storage/storage.ts'
import type { WaitingRoom } from './waiting-room.ts'

/** The origin of a newcomer. Tools and tests that call the core directly have none and are not counted. */
export interface ComingFrom {
  network: Network
  /**
   * Counts one registration. Returns 0 if there is room for it, otherwise the seconds until there is. `isExpected`: it
   * comes by a ticket, and is counted apart with the same limits.
   */
  countRegistration(isExpected?: boolean): number
}

export const FROM_HERE: ComingFrom = { network: { near: '', wide: '', factor: 1 }, countRegistration: () => 0 }

export interface Newcomer {
  account: Uint8Array
  /** Verified by the caller, including the lookup id that it names. */
  first: SignedEntry
  lookup: Uint8Array | null
  from: ComingFrom
  /** The invitation code that the person typed. */
  invite: string | null
  /**
   * Which signed head confirms the account's log: one by this server, which lost the log (`lost`, S9), or one by the
   * account's earlier server (`moved`, S10); null for none.
   */
  proof: 'lost' | 'moved' | null
  /** Whether the account owns a vault on this server. */
  isHolder: boolean
}

export interface Entered {
  /** Why the account may not sign in yet or was not added at all. */
  refused: SyncError | null
  /** Whether its first entry is stored now. */
  isKept: boolean
}

export interface Gate {
  enter(tx: StorageWriter, newcomer: Newcomer): Entered
}

export function createGate(admissions: Admissions, room: WaitingRoom, clock: Clock): Gate {
  return {
    enter(tx, { account, first, lookup, from, invite, proof, isHolder }) {
      const isNew = tx.accountLength(account) === 0
      const isFree = lookup !== null && tx.accountOfLookup(lookup) === null
      if (isNew && !isFree && proof === null) return { refused: syncError('refused'), isKept: false }
      const before = tx.admission(account)
      const { standing, refused, isCalled } =
        proof === null ? admissions.decide(tx, account, invite) : admissions.back(before, isHolder)
      if (standing === 'waiting' && !isNew) {
        room.shown(tx, account)
        return { refused, isKept: true }
      }
      let place: ReturnType<WaitingRoom['makePlace']> | null = null
      if (isNew) {
        const isExpected = tx.isExpected(account)
        const isForRoom = standing === 'waiting' && !isExpected
        const full = isForRoom ? room.refusal(tx, from.network, first.body.length + first.signature.length) : null
        // On a server without a waiting room, everybody gets the same refusal.
        if (full !== null) return { refused: room.isClosed ? (refused ?? full) : full, isKept: false }
        // A flood of others takes nothing from accounts with a ticket, and nobody makes accounts without end by tickets.
        const retryAfter = isCalled ? 0 : from.countRegistration(isExpected)
        if (retryAfter > 0) return { refused: { ...syncError('rate-limited'), retryAfter }, isKept: false }
        if (isForRoom) place = room.makePlace(tx, from.network)
        tx.addAccountEntry(account, 1, first)
        if (isFree) tx.addLookup(lookup, account)
        book(tx, account, { bytes: first.body.length, entries: 1 })
      }
      if (before?.standing !== standing)
        tx.setAdmission(account, {
          standing,
          since: clock.now(),
          ...(standing === 'waiting' ? { network: place } : {}),
        })
      return { refused, isKept: true }
    },
  }
}
