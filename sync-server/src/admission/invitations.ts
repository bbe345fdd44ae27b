/**
 * Who may come in (H2): open, by invitation, or closed; and whoever an owner has granted something. An account that nobody has
 * admitted yet is refused, but its log is kept for a while: an owner needs it to seal a grant, and the grant then admits it
 * (decision 0017).
 */
import { inviteHash, readInvite, syncError, type SyncError } from '@chartkeep/protocol'
import type { Registration } from '../storage/limits.ts'
import type { Clock } from '../time/ports.ts'
import type { Admission, Standing } from '../storage/admission-storage.ts'
import type { StorageReader, StorageWriter } from '../storage/storage.ts'

/** How an account stands that asks. */
export interface Decision {
  standing: Standing
  /** Why it waits, or is turned away. */
  refused: SyncError | null
  /** Somebody who is in has called it: by an invitation, by a grant, or by its log. A flood of others shuts it out of nothing. */
  isCalled: boolean
}

export interface Admissions {
  readonly registration: Registration
  /** Uses the invitation up. */
  decide(tx: StorageWriter, account: Uint8Array, invite: string | null): Decision
  /** The same of one that was let in before, here or at the server that it comes from (S9, S10). */
  back(before: Admission | null, isHolder: boolean): Decision
  /** Null when the account may make a vault of its own; an open server makes a guest a member. */
  mayMakeVault(tx: StorageWriter, account: Uint8Array): SyncError | null
  /** Whether a device of the account may sign in. */
  mayEnter(read: StorageReader, account: Uint8Array): boolean
}

export function createAdmissions(registration: Registration, clock: Clock): Admissions {
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
      // A control log names it: an owner has granted it something (C1).
      const isGranted = tx.vaultsOf(account).length > 0
      if (standing === 'member' || registration === 'open')
        return { standing: 'member', refused: null, isCalled: isGranted }
      if (invite !== null && registration === 'invite') {
        if (useInvite(tx, invite)) return { standing: 'member', refused: null, isCalled: true }
        return { standing: standing ?? 'waiting', refused: syncError('invite-refused'), isCalled: isGranted }
      }
      if (standing === 'guest' || isGranted) return { standing: 'guest', refused: null, isCalled: isGranted }
      return { standing: 'waiting', refused: refusal(), isCalled: false }
    },
    back(before, isHolder) {
      const known = before === null || before.standing === 'waiting' ? null : before.standing
      const standing = known ?? (registration === 'open' || isHolder ? 'member' : 'guest')
      return { standing, refused: null, isCalled: true }
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
