/**
 * How much accounts and grants may store (S8), and who pays: the owner's account pays for what the owner writes, a
 * grant for what its grantee writes. So nobody can fill another person's space, and the guest of one chart cannot fill
 * the space of another chart's guest.
 */
import { DAY_MS, LATE_MS, syncError, type SyncError } from '@chartkeep/protocol'
import type { StorageWriter } from './storage.ts'

export type Registration = 'open' | 'invite' | 'closed'

export interface ServerLimits {
  accountBytes: number
  accountEntries: number
  grantBytes: number
  grantEntries: number
  /**
   * C11: how much one grant may have in the quarantine inbox, and for how long after its end the server still accepts
   * submissions.
   */
  lateBytes: number
  lateEntries: number
  lateMs: number
  socketsPerAccount: number
  /** H2: how many accounts may wait for admission, and for how long the server keeps their logs. */
  waitingAccounts: number
  waitingMs: number
}

export const DEFAULT_LIMITS: ServerLimits = {
  accountBytes: 20 * 1024 ** 3,
  accountEntries: 5_000_000,
  grantBytes: 1024 ** 3,
  grantEntries: 200_000,
  lateBytes: 256 * 1024 ** 2,
  lateEntries: 10_000,
  lateMs: LATE_MS,
  socketsPerAccount: 32,
  waitingAccounts: 1000,
  waitingMs: 30 * DAY_MS,
}

/** Who may pay for a write: one account, or the grants that allow the write. */
export type Payers = { type: 'account'; id: Uint8Array } | { type: 'grants'; ids: Uint8Array[] }

export interface Cost {
  bytes: number
  entries: number
}

/** The first payer with room for the cost; null if none has. */
export function payerOf(tx: StorageWriter, payers: Payers, cost: Cost, limits: ServerLimits): Uint8Array | null {
  const [ids, bytes, entries] =
    payers.type === 'account'
      ? [[payers.id], limits.accountBytes, limits.accountEntries]
      : [payers.ids, limits.grantBytes, limits.grantEntries]
  const hasRoom = (id: Uint8Array) => tx.bytesOf(id) + cost.bytes <= bytes && tx.entriesOf(id) + cost.entries <= entries
  return ids.find(hasRoom) ?? null
}

/** Charges the first payer with room for the cost. Returns null on success, otherwise `quota`, with nothing charged. */
export function charge(tx: StorageWriter, payers: Payers, cost: Cost, limits: ServerLimits): SyncError | null {
  const payer = payerOf(tx, payers, cost, limits)
  if (payer === null) return syncError('quota')
  book(tx, payer, cost)
  return null
}

/** Charges a cost regardless of limits: for entries that revoke access. */
export function book(tx: StorageWriter, payer: Uint8Array, { bytes, entries }: Cost): void {
  tx.addBytes(payer, bytes)
  if (entries > 0) tx.addEntries(payer, entries)
}
