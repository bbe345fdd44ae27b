/**
 * The one gate (H9): nothing else adds the first entry of an account log, whichever way an account comes: by registration, by what a server takes
 * back that lost it, or from another server. It decides how the account stands, counts it as a registration, and keeps its place.
 */
import { syncError, type SignedEntry, type SyncError } from '@chartkeep/protocol'
import type { Admissions } from './invitations.ts'
import { book } from '../storage/limits.ts'
import type { Network } from '../guard/networks.ts'
import type { Clock } from '../time/ports.ts'
import type { StorageWriter } from '../storage/storage.ts'
import type { WaitingRoom } from './waiting-room.ts'

/** Where a newcomer comes from; the tools and tests that call the core come from nowhere and are counted by nobody. */
export interface ComingFrom {
  network: Network
  /** Counts one registration; 0 where there is room for it, else after how many seconds there is again. */
  countRegistration(): number
}

export const FROM_HERE: ComingFrom = { network: { near: '', wide: '', factor: 1 }, countRegistration: () => 0 }

export interface Newcomer {
  account: Uint8Array
  /** Verified by the caller, with the lookup that it names. */
  first: SignedEntry
  lookup: Uint8Array | null
  from: ComingFrom
  /** The invitation that its person typed. */
  invite: string | null
  /** A head that the server which it comes from had signed leads to its log (S9, S10). */
  proof: 'lost' | 'moved' | null
  /** Whether it owns a vault here. */
  isHolder: boolean
}

export interface Entered {
  /** Why it may not sign in yet, or did not come in at all. */
  refused: SyncError | null
  /** Whether its first entry is here now. */
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
        // Where nobody may wait the server says what it says to everybody.
        if (full !== null) return { refused: room.isClosed ? (refused ?? full) : full, isKept: false }
        const retryAfter = isCalled || isExpected ? 0 : from.countRegistration()
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
