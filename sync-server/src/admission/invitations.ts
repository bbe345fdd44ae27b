/**
 * Decides who is admitted (H2): everybody, by invitation, or nobody; and always an account that an owner has granted
 * something. An account that is not admitted is refused, but the server keeps its log for a while: an owner needs it
 * to seal a grant, and the grant then admits the account (decision 0017).
 */
import { syncError, type SyncError } from '@chartkeep/protocol'
import { inviteHash, readInvite } from '@chartkeep/protocol/pairing'
import type { Registration } from '../storage/limits.ts'
import type { Clock } from '../time/ports.ts'
import type { Admission, Standing } from '../storage/admission-storage.ts'
import type { StorageReader, StorageWriter } from '../storage/storage.ts'

/** The standing of an account that asks for admission. */
export interface Decision {
  standing: Standing
  /** Why it must wait or is refused. */
  refused: SyncError | null
  /**
   * An existing account has invited it, by an invitation, a grant or its log. A flood of other newcomers cannot
   * exclude it.
   */
  isCalled: boolean
}

export interface Admissions {
  readonly registration: Registration
  /** Uses up the invitation. */
  decide(tx: StorageWriter, account: Uint8Array, invite: string | null): Decision
  /** The same for an account that was admitted before, on this server or on its earlier server (S9, S10). */
  back(before: Admission | null, isHolder: boolean): Decision
  /** Null if the account may create its own vault; an open server turns a guest into a member. */
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
      // A control log names it, so an owner has granted it something (C1).
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
