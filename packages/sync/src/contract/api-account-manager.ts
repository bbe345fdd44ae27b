/** The accounts on this device before one is unlocked: creating, restoring, pairing and unlocking them. */
import type { PracticeRole } from '@chartkeep/domain'
import type { DiskTrouble } from '@chartkeep/store'
import type { AccountSlot, ComparedNumber, PairingRefusal, PlatformWay } from './api-account.ts'
import type { Session } from './api-session.ts'
import type { RescuedChart } from './api-rescue.ts'

export interface UnlockOptions {
  /** Ask the tab that has the chart open to release it; take it over if that tab does not answer. */
  takeOver?: boolean
  onProgress?: (progress: { doneBytes: number; totalBytes: number }) => void
  /** Ends the opening; the answer is then `cancelled`. */
  signal?: AbortSignal
}

export type UnlockRefusal =
  | { type: 'wrong-passphrase' }
  | { type: 'wrong-code' }
  | { type: 'damaged'; reason: string }
  | { type: 'missing' }
  | { type: 'newer' }
  /** Open in another tab. `since`: when it was opened there, milliseconds since 1970; null if that tab does not answer. */
  | { type: 'in-use'; since: number | null }
  /** The passphrase or PIN may be right; this device's own key was not available. */
  | { type: 'platform-key'; why: 'cancelled' | 'gone' | 'unavailable' }
  | { type: 'disk'; trouble: DiskTrouble }
  | { type: 'cancelled' }

export type RestoreRefusal =
  | { type: 'wrong-code' } // not a recovery code: typing error, found by its checksum
  | { type: 'unknown-code' } // well formed, but this server knows no account for it
  | { type: 'offline' }
  | { type: 'refused'; error: string }

/** A new device that waits for another device of the account to enrol it (K8). */
export interface NewDevice {
  /** Shown as a QR code and as text; good for ten minutes. */
  code: string
  /** Resolves when the other device has answered: both people compare. */
  answered(): Promise<({ type: 'compare' } & ComparedNumber) | PairingRefusal>
  /**
   * The person confirms that the words are equal. Waits for the other device's confirmation; then this account is on this device.
   * `offline`: ask again.
   */
  confirm(): Promise<{ type: 'unlocked'; session: Session } | PairingRefusal>
  /** The words differ, or the person gives up: nothing is stored on this device. */
  cancel(): Promise<void>
}

/** `content`: the file was intact, but it contains no account. */
export type BackupRestoreRefusal = { type: 'content' } | { type: 'disk'; trouble: DiskTrouble }

export interface AccountManager {
  /** How a server admits new accounts (H2); null if it does not answer. */
  registration(server: string): Promise<'open' | 'invite' | 'closed' | null>
  accounts(): Promise<AccountSlot[]>
  /** Creates an account and its first chart on this device, without a network. The code is shown once and printed as the kit. */
  create(input: {
    label: string
    name: string
    passphrase: string
    server: string | null
    /** The invitation for that server, if it requires one (H2). */
    invite?: string
  }): Promise<{ session: Session; recoveryCode: string }>
  /** Creates a practice, its vault and its first member, who administers it, on this device, without a network (C12). */
  createPractice(input: {
    label: string
    /** Name of the practice; `memberName` is the person's. */
    name: string
    memberName: string
    /** Roles in addition to `admin`, which the first member always has. */
    roles: readonly PracticeRole[]
    passphrase: string
    server: string | null
    invite?: string
  }): Promise<{ session: Session; recoveryCode: string }>
  unlock(
    slot: string,
    passphrase: string,
    options?: UnlockOptions,
  ): Promise<{ type: 'unlocked'; session: Session } | UnlockRefusal>
  /** Forgotten passphrase: the kit opens the local store, then a new passphrase is set. */
  unlockWithKit(
    slot: string,
    code: string,
    newPassphrase: string,
    options?: UnlockOptions,
  ): Promise<{ type: 'unlocked'; session: Session } | UnlockRefusal>
  /** Whether another tab has the account open, and since when. */
  whereOpen(slot: string): Promise<{ since: number | null } | null>
  /** Every readable chart of an account whose store is damaged; changes nothing. The texts are unprotected. `damaged`: nothing opens. */
  rescue(slot: string, passphrase: string): Promise<{ type: 'rescued'; charts: RescuedChart[] } | UnlockRefusal>
  /** Removes an account whose store is gone from the unlock screen; false if its store is not empty. */
  removeMissing(slot: string): Promise<boolean>
  /** The kind of platform key that this device offers; null for none. */
  platformWay(): Promise<PlatformWay | null>
  /** Reports disk problems as they happen, including those that no call waits for; returns a function that ends the subscription. */
  watchTrouble(listener: (trouble: DiskTrouble) => void): () => void
  /** Enrols this device in an existing account by its recovery code. */
  restore(input: {
    code: string
    label: string
    passphrase: string
    server: string
  }): Promise<{ type: 'unlocked'; session: Session } | RestoreRefusal>
  /**
   * K11: creates an account from the items of a backup (of a file that interop opens), in new stores; no server is asked. Throws what
   * `items` throws, and the signal's reason; no part of the account stays then. Other accounts on the device are not touched. `code`: the
   * recovery code, if the person typed it; with it this device is enrolled when the server answers.
   */
  restoreBackup(input: {
    items: AsyncIterable<Uint8Array>
    /** For the unlock screen; null: the label from the device that made the backup. */
    label: string | null
    passphrase: string
    code: string | null
    signal?: AbortSignal
  }): Promise<{ type: 'unlocked'; session: Session } | BackupRestoreRefusal>
  /** Starts enrolling this device in an existing account through another device of it (K8). */
  pair(input: {
    label: string
    passphrase: string
    server: string
  }): Promise<{ type: 'pairing'; device: NewDevice } | PairingRefusal>
}
