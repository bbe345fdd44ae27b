/**
 * Places for accounts that are not admitted yet (H2, H9), limited in total and per network. When the room is full, the
 * network with the most places loses its oldest one, so that a flood displaces only itself.
 */
import { sha256, utf8ToBytes } from '@chartkeep/crypto/server'
import { syncError, type SyncError } from '@chartkeep/protocol'
import type { RoomNetwork, WaitingPlace } from '../storage/admission-storage.ts'
import type { ServerLimits } from '../storage/limits.ts'
import { limitsOf, shareOf, type Network } from '../guard/networks.ts'
import type { Clock } from '../time/ports.ts'
import type { Retention } from '../time/server-days.ts'
import type { StorageReader, StorageWriter } from '../storage/storage.ts'

/** The most that is stored for a waiting account: its first entry with the signature. */
const MAX_PLACE_BYTES = 8 * 1024
/** How often the server records that a waiting device has asked again. */
const SHOWN_MS = 60_000

export interface WaitingRoom {
  /** True if the operator allows no waiting accounts. */
  readonly isClosed: boolean
  /** Why an account from this network gets no place now; null if it does. `sizeBytes`: size of its first entry. */
  refusal(read: StorageReader, from: Network, sizeBytes: number): SyncError | null
  /**
   * Makes room for one more account from this network; call it only when {@link refusal} is null. Returns the network
   * that the place counts against.
   */
  makePlace(tx: StorageWriter, from: Network): RoomNetwork
  /** A waiting account has asked again. */
  shown(tx: StorageWriter, account: Uint8Array): void
}

/** `secret`: hides the addresses behind the names of networks from anybody who has only the database file. */
export function createWaitingRoom(
  { waitingAccounts, waitingMs }: Pick<ServerLimits, 'waitingAccounts' | 'waitingMs'>,
  clock: Clock,
  retention: Retention,
  secret: Uint8Array,
): WaitingRoom {
  const nameOf = (network: string) =>
    sha256(new Uint8Array([...utf8ToBytes('chartkeep/waiting-network/v1'), ...secret, ...utf8ToBytes(network)])).slice(
      0,
      16,
    )
  const namesOf = ({ near, wide }: Network): RoomNetwork => ({ near: nameOf(near), wide: nameOf(wide) })
  function isOver(place: WaitingPlace | null): place is WaitingPlace {
    const before = retention.before(waitingMs)
    return place !== null && before !== null && place.since <= before
  }

  /** Whether the network already has all the places that it may have. */
  function hasItsShare(taken: { near: number; wide: number }, from: Network): boolean {
    const [near, wide] = limitsOf({ ...from, factor: 1 }, shareOf(waitingAccounts, from))
    return taken.near >= near!.max || (wide !== undefined && taken.wide >= wide.max)
  }

  return {
    isClosed: waitingAccounts === 0,
    refusal(read, from, sizeBytes) {
      if (sizeBytes > MAX_PLACE_BYTES) return syncError('too-large')
      if (waitingAccounts === 0) return syncError('waiting-full')
      const taken = read.waitingOf(namesOf(from))
      return hasItsShare(taken, from) && !isOver(taken.oldest) ? syncError('waiting-full') : null
    },
    makePlace(tx, from) {
      const names = namesOf(from)
      const taken = tx.waitingOf(names)
      if (hasItsShare(taken, from) && isOver(taken.oldest)) tx.dropAccount(taken.oldest.account)
      for (let { count, oldest } = tx.waitingAccounts(); count >= waitingAccounts && oldest !== null;) {
        tx.dropAccount(oldest.account)
        ;({ count, oldest } = tx.waitingAccounts())
      }
      return names
    },
    shown(tx, account) {
      const known = tx.admission(account)
      if (known?.standing !== 'waiting' || clock.now() - known.since < SHOWN_MS) return
      tx.setAdmission(account, { ...known, since: clock.now() })
    },
  }
}
