/**
 * Places for accounts that nothing admits yet (H2, H9): so many in all, and of one network no more than its share. When the room is full, the
 * network with the most places gives up its oldest, so that a flood crowds out nobody but itself.
 */
import { sha256, utf8ToBytes } from '@chartkeep/crypto/server'
import { syncError, type SyncError } from '@chartkeep/protocol'
import type { RoomNetwork, WaitingPlace } from '../storage/admission-storage.ts'
import type { ServerLimits } from '../storage/limits.ts'
import { limitsOf, shareOf, type Network } from '../guard/networks.ts'
import type { Clock } from '../time/ports.ts'
import type { Retention } from '../time/server-days.ts'
import type { StorageReader, StorageWriter } from '../storage/storage.ts'

/** The most that is kept of an account that waits: its first entry with the signature. */
const MAX_PLACE_BYTES = 8 * 1024
/** How often it is written down that a device has shown itself again. */
const SHOWN_MS = 60_000

export interface WaitingRoom {
  /** Nobody waits here: the operator has no places. */
  readonly isClosed: boolean
  /** Why an account from this network gets no place now; null where it does. `sizeBytes`: of its first entry. */
  refusal(read: StorageReader, from: Network, sizeBytes: number): SyncError | null
  /** Makes room for one more from this network; call it where {@link refusal} has none. Answers whose place it is. */
  makePlace(tx: StorageWriter, from: Network): RoomNetwork
  /** An account that waits has shown itself again. */
  shown(tx: StorageWriter, account: Uint8Array): void
}

/** `secret`: names of networks are made with it, so that who has the file alone learns no address. */
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

  /** Whether the network has all the places that it may have. */
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
