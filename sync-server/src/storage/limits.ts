/**
 * What accounts and grants may store and hold (S8), and who pays: an owner's account for what it writes, a grant for what its grantee
 * writes, so that nobody fills another's space and one chart's guest not that of the next.
 */
import { DAY_MS, LATE_MS, syncError, type SyncError } from '@chartkeep/protocol'
import type { StorageWriter } from './storage.ts'

export type Registration = 'open' | 'invite' | 'closed'

export interface ServerLimits {
  accountBytes: number
  accountEntries: number
  grantBytes: number
  grantEntries: number
  /** C11: what one grant may have in the late box, and how long after its end something is still taken. */
  lateBytes: number
  lateEntries: number
  lateMs: number
  socketsPerAccount: number
  /** H2: accounts whose log is kept although they are not admitted, and for how long. */
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

/** Who may pay for a write: one account, or the grants that allow it. */
export type Payers = { type: 'account'; id: Uint8Array } | { type: 'grants'; ids: Uint8Array[] }

export interface Cost {
  bytes: number
  entries: number
}

/** The first payer that has room for the cost; null when none has. */
export function payerOf(tx: StorageWriter, payers: Payers, cost: Cost, limits: ServerLimits): Uint8Array | null {
  const [ids, bytes, entries] =
    payers.type === 'account'
      ? [[payers.id], limits.accountBytes, limits.accountEntries]
      : [payers.ids, limits.grantBytes, limits.grantEntries]
  const hasRoom = (id: Uint8Array) => tx.bytesOf(id) + cost.bytes <= bytes && tx.entriesOf(id) + cost.entries <= entries
  return ids.find(hasRoom) ?? null
}

/** Books the cost on the first payer that has room for it; null when it is booked, else `quota`, and nothing is booked. */
export function charge(tx: StorageWriter, payers: Payers, cost: Cost, limits: ServerLimits): SyncError | null {
  const payer = payerOf(tx, payers, cost, limits)
  if (payer === null) return syncError('quota')
  book(tx, payer, cost)
  return null
}

/** Books a cost whatever the limits say: for what takes access away. */
export function book(tx: StorageWriter, payer: Uint8Array, { bytes, entries }: Cost): void {
  tx.addBytes(payer, bytes)
  if (entries > 0) tx.addEntries(payer, entries)
}
