/** The rows of home: who this account is on this device, its server, its vaults with their store keys, its settings. All sealed. */
import type { CborValue } from '@chartkeep/crypto'
import type { Departure } from '@chartkeep/protocol'
import { createSlotName, type SyncRow } from '@chartkeep/store'
import type { RandomBytes } from '../ports/ports.ts'

/** Tables of home; account logs have tables of their own (account-book.ts). */
export const ACCOUNT_TABLE = {
  self: 'self',
  vaults: 'vaults',
  ended: 'ended',
  settings: 'settings',
  seen: 'seen',
  promised: 'promised',
  /** Digests of patients' charts (chart-projections.ts), of a practice's account alone. */
  care: 'care',
  /** Charts that may be opened in an emergency, by vault, and what this device opened, by grant (held-charts.ts). */
  held: 'held',
  opening: 'opening',
  /** What a server said against itself about a log that is in no open chart (evidence.ts). */
  evidence: 'evidence',
  /** Followed by a name: rows of a program that this account is (Session.shelf). */
  shelf: 'shelf',
} as const

/** Rows of `self` that K7 and K8 keep: which kit opens the keyring, when devices were first seen. */
export const KIT_BOX = 'kit-box'

/** Row of `self`: the invitation that the person typed, until the server has taken or refused it (H2). */
export const INVITE = 'invite'

/** Row of `self`: this device came from a backup and is not, or not everywhere, in its account's log (join-account.ts). */
export const JOIN = 'join'

/** Row of `self`: the account's box keys as the backup brought them, until the log itself gives them to this device. */
export const BACKUP_KEYS = 'backup-keys'

/** Row of `self`: the practice that this account is, in the form of {@link PracticeRow}; none for a person's account. */
export const PRACTICE = 'practice'

/** Row of `self`: keys that this device made to continue as a new one, kept before the account's log may know them (F3). */
export const NEXT_DEVICE = 'next-device'

/** Row of `self`: as which devices of the account this one has been, in the form of {@link FormerRow}; none where it is the first. */
export const FORMER = 'former-devices'

/** Row of `self`: when a whole pass last found everything sent and read, in the form of {@link ConfirmedRow}. */
export const CONFIRMED = 'confirmed'

export interface ConfirmedRow {
  /** Milliseconds since 1970 by this device's clock. */
  at: number
  /** Address of the server that confirmed it: after a move (S10) this says nothing about the new server. */
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
  /** When it last continued as another one, milliseconds since 1970 by its own clock. */
  at: number
  /** The person has read so. */
  isRead: boolean
}

/** What the account store knows of a practice in addition to its account log, on the device that made the practice. */
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
  /** S10: when this account moved here, while its charts are not whole there yet. Milliseconds since 1970. */
  moved?: number
}

/** What home keeps of a vault; its store key is what opens the vault's own log. */
export interface VaultRow {
  slot: string
  /** Name of the vault's log and, with a suffix, of its files: random text. */
  log: string
  /** Store key, 32 bytes; zeros once the chart was destroyed (C10). */
  key: Uint8Array
  relation: 'own' | 'shared'
  /** Created on this device, so that it may still be unknown to every server. */
  madeHere: boolean
  confirmed: boolean
  name: string
  birthDate: string
  /** End of this account's grant, milliseconds since 1970; 0 = none. */
  until: number
  /** C10: when the next list of it locks while others continue, milliseconds since 1970; 0 = none. Absent in rows of older versions. */
  partUntil?: number
  ended: boolean
  /** The server has acknowledged the vault's control log. */
  posted: boolean
  undelivered: number
  /** Envelopes that went into the quarantine inbox since access ended (C11); absent in rows of older versions. */
  handed?: number
  waiting: number
  quarantined: number
  conflicts: number
  /** C13: openings by others that this person has not seen; absent in rows of older versions. */
  emergencyUses?: number
  /**
   * For a chart that another person shares: when a whole pass last found everything sent and read, and the position that the server named then
   * (VaultList). Null once something was written since; absent in rows of older versions.
   */
  settled?: { moved: number; at: number } | null
  /** When a whole pass last found everything of this chart sent and read, milliseconds since 1970; absent before, and in rows of older versions. */
  confirmedAt?: number
}

/** What to change in a row: a function is given the row as it is when it is written. */
export type VaultRowChange = Partial<VaultRow> | ((row: VaultRow) => Partial<VaultRow>)

export function vaultRow(vault: string, row: VaultRow): SyncRow {
  return { table: ACCOUNT_TABLE.vaults, key: vault, value: row as unknown as CborValue }
}

/** What stays of a chart whose access ended, so that a later grant opens it again. */
export interface EndedRow {
  /** Ids of the grants that ended: another one in the server's list is a new share. */
  grants: string[]
  /** This device's sequence in each stream (F3). It continues from here, even after the chart's store was destroyed. */
  own: Record<string, CborValue>
  /** Signed departures by grant that the server has not taken yet (C10); absent in rows of older versions. */
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
