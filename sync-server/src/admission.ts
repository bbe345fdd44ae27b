/**
 * Who may come in (H2): open, by invitation, or closed; and whoever an owner has granted something. An account that nobody has
 * admitted yet is refused, but its log is kept for a while: an owner needs it to seal a grant, and the grant then admits it
 * (decision 0017).
 */
import { inviteHash, readInvite, syncError, type SyncError } from '@chartkeep/protocol'
import type { Registration, ServerLimits } from './limits.ts'
import type { Clock } from './ports.ts'
import type { Retention } from './server-days.ts'
import type { Standing, StorageReader, StorageWriter } from './storage.ts'

export interface Admissions {
  readonly registration: Registration
  /** How an account that asks would stand; `refused` says why it waits or is turned away. Uses the invitation up. */
  decide(
    tx: StorageWriter,
    account: Uint8Array,
    invite: string | null,
  ): { standing: Standing; refused: SyncError | null }
  /** Room for one more that waits; drops the one that has waited too long. */
  makeRoom(tx: StorageWriter): boolean
  /** Null when the account may make a vault of its own; an open server makes a guest a member. */
  mayMakeVault(tx: StorageWriter, account: Uint8Array): SyncError | null
  /** Whether a device of the account may sign in. */
  mayEnter(read: StorageReader, account: Uint8Array): boolean
}

export function createAdmissions(
  registration: Registration,
  limits: ServerLimits,
  clock: Clock,
  retention: Retention,
): Admissions {
  const refusal = () => syncError(registration === 'closed' ? 'closed' : 'invite-required')

  function useInvite(tx: StorageWriter, typed: string): boolean {
    const code = readInvite(typed)
    if (code === null) return false
    const hash = inviteHash(code)
    const expires = tx.invite(hash)
    if (expires === null) return false
    tx.dropInvite(hash)
    return expires > clock.now()
  }

  return {
    registration,
    decide(tx, account, invite) {
      const standing = tx.admission(account)?.standing ?? null
      if (standing === 'member' || registration === 'open') return { standing: 'member', refused: null }
      if (invite !== null && registration === 'invite') {
        if (useInvite(tx, invite)) return { standing: 'member', refused: null }
        return { standing: standing ?? 'waiting', refused: syncError('invite-refused') }
      }
      // A control log names it: an owner has granted it something (C1).
      if (standing === 'guest' || tx.vaultsOf(account).length > 0) return { standing: 'guest', refused: null }
      return { standing: 'waiting', refused: refusal() }
    },
    makeRoom(tx) {
      const { count, oldest } = tx.waitingAccounts()
      if (count < limits.waitingAccounts) return true
      const before = retention.before(limits.waitingMs)
      if (oldest === null || limits.waitingAccounts === 0 || before === null || oldest.since > before) return false
      tx.dropAccount(oldest.account)
      return true
    },
    mayMakeVault(tx, account) {
      if (tx.admission(account)?.standing === 'member') return null
      if (registration !== 'open') return refusal()
      tx.setAdmission(account, { standing: 'member', since: clock.now() })
      return null
    },
    mayEnter(read, account) {
      const admission = read.admission(account)
      return admission !== null && admission.standing !== 'waiting'
    },
  }
}
