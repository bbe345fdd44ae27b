/**
 * Tickets (H9): an owner has the code of an account that the server does not know yet. The server reserves a place for
 * it outside the waiting room, so that sharing with a newcomer works even while the room is flooded.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { syncError, type SyncError } from '@chartkeep/protocol'
import { isOwner, type ControlState } from '@chartkeep/protocol/control'
import type { ServerLimits } from '../storage/limits.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import type { Retention } from '../time/server-days.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { Storage, StorageWriter } from '../storage/storage.ts'

/** The most open tickets of one member; a further ticket replaces the oldest. */
const MAX_TICKETS = 50

export interface Expected {
  /**
   * Reserves a place for the account; does nothing if it is already admitted. `no-right` for an account that owns no
   * vault and may not create one.
   */
  expect(session: ServerSession, account: Uint8Array): Promise<null | SyncError>
}

export interface ExpectedOptions {
  storage: Storage
  control: LogStates<ControlState>
  sessions: Sessions
  clock: Clock
  retention: Retention
  limits: Pick<ServerLimits, 'waitingMs'>
}

export function createExpected({ storage, control, sessions, clock, retention, limits }: ExpectedOptions): Expected {
  /** A vault that the account owns. Found before the job: a guest may be named in thousands. */
  async function ownedBy(account: Uint8Array): Promise<Uint8Array | null> {
    if (storage.read.admission(account)?.standing === 'member') return null
    for (const vault of storage.read.vaultsOf(account)) {
      const state = await control.survey(vault)
      if (state !== null && isOwner(state, account)) return vault
    }
    return null
  }

  async function mayShare(tx: StorageWriter, member: Uint8Array, owned: Uint8Array | null): Promise<boolean> {
    if (tx.admission(member)?.standing === 'member') return true
    const state = owned === null ? null : await control.loadIn(tx, owned)
    return state !== null && isOwner(state, member)
  }

  return {
    async expect(session, account) {
      const member = session.account
      const owned = await ownedBy(member)
      return storage.write(async (tx) => {
        const mayExpect = await mayShare(tx, member, owned)
        if (!sessions.holds(session)) return syncError('unauthenticated')
        if (session.kind !== 'device' || !mayExpect) return syncError('no-right')
        const before = retention.before(limits.waitingMs)
        if (before !== null) dropTickets(tx, tx.ticketsBefore(before))
        const known = tx.admission(account)
        if (known !== null && known.standing !== 'waiting') return null
        const others = tx.ticketsOf(member).filter((each) => !equalBytes(each.account, account))
        dropTickets(tx, others.slice(0, Math.max(0, others.length - MAX_TICKETS + 1)))
        // An account that waits already leaves the room for as long as it has a ticket, and is back in it afterwards.
        tx.addTicket({ account, member, since: clock.now() })
        return null
      })
    },
  }
}

/** The reserved place of an account that came by a ticket is released with its last ticket. */
function dropTickets(tx: StorageWriter, tickets: readonly { account: Uint8Array; member: Uint8Array }[]): void {
  for (const { account, member } of tickets) {
    tx.dropTicket(account, member)
    const known = tx.admission(account)
    if (known?.standing === 'waiting' && known.network === null && !tx.isExpected(account)) tx.dropAccount(account)
  }
}
