/**
 * The rows of the account store: who this account is on this device, its server, its vaults with their store keys, its settings. All are
 * sealed.
 */
import type { CborValue } from '@chartkeep/crypto/encoding'
import type { Departure } from '@chartkeep/protocol/ended'
import { createSlotName, type SyncRow } from '@chartkeep/store'
import type { RandomBytes } from '../ports/ports.ts'

/** Tables of the account store; account logs have tables of their own (account-book.ts). */
export const ACCOUNT_TABLE = {
  self: 'self',
  vaults: 'vaults',
  ended: 'ended',
  settings: 'settings',
  seen: 'seen',
  promised: 'promised',
  /** Projections of patients' charts (chart-projections.ts); only in a practice's account. */
  care: 'care',
  /** Charts that this account may open in an emergency, by vault; and the grants that this device has opened, by grant (held-charts.ts). */
  held: 'held',
  opening: 'opening',
  /** Contradictions of a server about a log that belongs to no open chart (evidence.ts). */
  evidence: 'evidence',
  /** Prefix of the tables of a gateway program (Session.shelf); the program's name follows. */
  shelf: 'shelf',
} as const

/** Rows of `self` for K7 and K8: which kit opens the keyring, and when devices were first seen. */
export const KIT_BOX = 'kit-box'

/** Row of `self`: the invitation that the person typed, until the server has accepted or refused it (H2). */
export const INVITE = 'invite'

/** Row of `self`: this device was restored from a backup and is not yet in its account's log, or not at every server (join-account.ts). */
export const JOIN = 'join'

/** Row of `self`: the account's box keys from the backup, until the log itself delivers them to this device. */
export const BACKUP_KEYS = 'backup-keys'

/** Row of `self`: the practice that this account is, as a {@link PracticeRow}; absent in a person's account. */
export const PRACTICE = 'practice'

/** Row of `self`: the keys that this device made to continue as a new device, stored before the account's log can know them (F3). */
export const NEXT_DEVICE = 'next-device'

/** Row of `self`: the earlier device ids of this installation, as a {@link FormerRow}; absent if it has had only one. */
export const FORMER = 'former-devices'

/** Row of `self`: when a full sync pass last found everything sent and read, as a {@link ConfirmedRow}. */
export const CONFIRMED = 'confirmed'

export interface ConfirmedRow {
  /** Milliseconds since 1970 by this device's clock. */
  at: number
  /** Address of the server that confirmed it: after a move (S10) the row says nothing about the new server. */
  server: string
}

export interface NextDeviceRow {
  /** Ed25519 seed of DSK and secret key of DBK, 32 bytes each. */
  seed: Uint8Array
  boxSecret: Uint8Array
}

export interface FormerRow {
  /** Id texts, the oldest first. */
  devices: string[]
  /** When this installation last continued as a new device, milliseconds since 1970 by its own clock. */
  at: number
  /** The person has acknowledged it. */
  isRead: boolean
}

/** What the account store knows of a practice beyond its account log, on the device that made the practice. */
export interface PracticeRow {
  /** Id text of the practice's own vault. */
  vault: string
}

export interface IdentityRow {
  account: Uint8Array
  /** Ed25519 seed of DSK, 32 bytes. */
  seed: Uint8Array
  /** Secret key of DBK, 32 bytes. */
  boxSecret: Uint8Array
  name: string
  label: string
}

export interface ServerRow {
  address: string
  /** Pinned at first contact (S6). */
  key: Uint8Array | null
  registered: boolean
  /** S10: when this account moved to this server; set until its charts are complete there. Milliseconds since 1970. */
  moved?: number
}

/** A vault in the account store; the store key opens the vault's own store. */
export interface VaultRow {
  slot: string
  /** Name of the vault's log and, with a suffix, of its files: random text. */
  log: string
  /** Store key, 32 bytes; zeros once the chart was destroyed (C10). */
  key: Uint8Array
  relation: 'own' | 'shared'
  /** Created on this device, so no server may know it yet. */
  madeHere: boolean
  confirmed: boolean
  name: string
  birthDate: string
  /** End of this account's grant, milliseconds since 1970; 0 = no end. */
  until: number
  /** C10: when the next collection locks while others continue, milliseconds since 1970; 0 = none. Absent in rows of older versions. */
  partUntil?: number
  ended: boolean
  /** The server has acknowledged the vault's control log. */
  posted: boolean
  undelivered: number
  /** Envelopes submitted to the quarantine inbox since access ended (C11); absent in rows of older versions. */
  handed?: number
  waiting: number
  quarantined: number
  conflicts: number
  /** C13: emergency openings by others that this person has not seen; absent in rows of older versions. */
  emergencyUses?: number
  /**
   * For a shared chart: when a full sync pass last found everything sent and read, and the position that the server named then (VaultList).
   * Null after a later write; absent in rows of older versions.
   */
  settled?: { moved: number; at: number } | null
  /**
   * When a full sync pass last found everything of this chart sent and read, milliseconds since 1970; absent before the first time, and in
   * rows of older versions.
   */
  confirmedAt?: number
}

/** A change to a row. A function receives the row as it is at the time of the write. */
export type VaultRowChange = Partial<VaultRow> | ((row: VaultRow) => Partial<VaultRow>)

export function vaultRow(vault: string, row: VaultRow): SyncRow {
  return { table: ACCOUNT_TABLE.vaults, key: vault, value: row as unknown as CborValue }
}

/** What remains of a chart whose access ended, so that a later grant can open it again. */
export interface EndedRow {
  /** Ids of the grants that ended: a different id in the server's list is a new share. */
  grants: string[]
  /** This device's sequence in each stream (F3). It continues from here, even after the chart's store was destroyed. */
  own: Record<string, CborValue>
  /** Signed departures by grant that the server has not received yet (C10); absent in rows of older versions. */
  departures?: Record<string, Departure>
}

export function newVaultRow(relation: 'own' | 'shared', name: string, randomBytes: RandomBytes): VaultRow {
  return {
    slot: createSlotName(),
    log: createSlotName(),
    key: randomBytes(32),
    relation,
    madeHere: false,
    confirmed: relation === 'own',
    name,
    birthDate: '',
    until: 0,
    ended: false,
    posted: false,
    undelivered: 0,
    waiting: 0,
    quarantined: 0,
    conflicts: 0,
  }
}
