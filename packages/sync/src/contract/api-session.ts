/** An unlocked account: its charts, its devices and kit, its server, and its sync status. */
import type { Observable } from 'rxjs'
import type {
  AccountActionOutcome,
  AccountSlot,
  DeviceAddition,
  DeviceView,
  JoinRefusal,
  PairingRefusal,
  PassphraseChange,
} from './api-account.ts'
import type { EvidenceView } from './api-audit.ts'
import type { Chart } from './api-chart.ts'
import type { SessionEmergency } from './api-emergency.ts'
import type { Practice } from './api-practice.ts'
import type { Shelf } from './api-program.ts'
import type { CodeRefusal, Grantee } from './api-sharing.ts'
import type { ChartAppearance, ChartSummary } from './api-summary.ts'
import type { RescuedChart } from './api-rescue.ts'

/** The current status, for the sync chip and Sync health. */
export interface SyncStatus {
  state: 'no-server' | 'offline' | 'syncing' | 'waiting' | 'confirmed' | 'problem'
  /** Records saved here that the server has not confirmed. */
  waiting: number
  /** When the current server last confirmed that everything is sent and read, in this session or before; milliseconds since 1970, null if never. */
  confirmedAt: number | null
  /** Present when state is `problem`: a stable key for the text that says what happened and what to do. */
  problem: {
    key:
      | 'sign-in'
      | 'fork'
      | 'withheld'
      | 'behind'
      | 'refilling'
      | 'server-key'
      | 'server-address'
      | 'full'
      /** H7: the server has no space; everything waits here and is sent once it has. */
      | 'server-full'
      | 'refused'
      /**
       * F3: another installation writes under this device's id, because one of them is a copy, and this one has not continued as a new
       * device yet.
       */
      | 'copied'
      /** F3: the same, and the account has the largest number of devices. */
      | 'devices-full'
      | 'invite'
      | 'closed'
      /** H9: the server has no place for further waiting accounts; a person who shares with this one scans its code. */
      | 'waiting-full'
      /** This device was restored from a backup and waits for the kit or for another device. */
      | 'join'
    code: string
  } | null
  quarantined: number
  conflicts: number
  server: { address: string; fingerprint: string } | null
  /** S9: the server lost data; null if it did not, or if it has them again and the person has read so. */
  loss: ServerLoss | null
  /**
   * F3: this device was copied or restored and has continued as a new one since this time, milliseconds since 1970; null if not, or if the
   * person has read so.
   */
  renewed: { at: number } | null
  /** H8: this device's clock and the server's differ by over an hour; null if they do not, or if it is not known now. */
  clocks: ClocksApart | null
}

export interface ClocksApart {
  /** The two times at the last comparison, milliseconds since 1970. */
  own: number
  server: number
  /** Shares that have ended by one clock and wait for the other. `grantee`: null if the chart is shared with this person. */
  ends: { chart: string; grantee: string | null; until: number }[]
  /** How many of them ended a day ago by this device's clock and that of another device, while the server's clock is behind. */
  overdue: number
}

export type ServerMove =
  | { type: 'done' }
  | { type: 'bad-address' }
  | { type: 'offline' }
  | { type: 'same-server' }
  /** Another account holds one of the charts and must move it. */
  | { type: 'not-holder' }
  | { type: 'refused'; error: string }

/** The server at an address. `fingerprint`: of its key, in the form of {@link SyncStatus.server}. */
export type ServerFound =
  | { type: 'found'; address: string; fingerprint: string }
  | Exclude<ServerMove, { type: 'done' } | { type: 'not-holder' }>

export interface ServerLoss {
  /** When its loss began, milliseconds since 1970, by the server's time. */
  since: number
  /** S10: nothing was lost; the charts move to another server. */
  isMove: boolean
  /** The server has every chart of this device again. */
  whole: boolean
  /** Entries given back so far, and their total; 0 of 0 when not running. */
  done: number
  all: number
  /** Other devices of this person that the server waits for. */
  devices: number
}

/** The content of a backup so far; the numbers grow while its items are read. */
export interface BackupCounts {
  charts: number
  records: number
  /** Files that it contains completely. */
  files: number
  /** Files that are not completely on this device: the server or another device has them. */
  elsewhere: number
  /** Names of charts whose store did not open. */
  leftOut: string[]
}

/** The content of a backup file. The items are plain text: pass them only to the seal of that file. */
export interface BackupContent {
  /** Public box key of the recovery kit, 32 bytes: the kit opens the file too. */
  kit: Uint8Array
  /** The approximate number of items. */
  planned: number
  counts: BackupCounts
  items: AsyncGenerator<Uint8Array, void>
}

export interface Session {
  slot: string
  account: string
  device: string
  label: string
  name: string
  charts$: Observable<ChartSummary[]>
  /** Set if this account is a practice: the device is a member's (C12). */
  readonly practice: Practice | null
  /** The charts that this account may open in an emergency (C13). */
  readonly emergency: SessionEmergency
  sync$: Observable<SyncStatus>
  devices$: Observable<DeviceView[]>
  /** F1: stored evidence of contradictions by a server about accounts, or about charts that may be opened in an emergency. */
  evidence$: Observable<EvidenceView[]>
  /** All evidence, as a JSON file to give away. */
  saveEvidence(): Uint8Array
  /** Rejects with a NotJoinedError on a device that is not {@link isJoined}. */
  createChart(input: { name: string; birthDate?: string; look?: Partial<ChartAppearance> }): Promise<ChartSummary>
  /** Changes how this person sees a chart; durable, and on their other devices after the next sync. */
  setAppearance(slot: string, change: Partial<ChartAppearance>): Promise<void>
  /** K11: everything that this account stores on this device, for a backup; a person may continue to write meanwhile. */
  backup(signal?: AbortSignal): Promise<BackupContent>
  /** False on a device restored from a backup by its passphrase: it reads and writes locally and sends nothing. */
  readonly isJoined: boolean
  /** K7, K11: enrols a device that was restored from a backup, by the kit. */
  join(code: string): Promise<{ type: 'done' } | JoinRefusal>
  /**
   * Hold a chart while it is shown or worked on ({@link Chart.hold}). Rejects with a SealedStoreError if its store is damaged, with a
   * TooManyChartsError if all charts that may be open are held.
   */
  openChart(slot: string): Promise<Chart | null>
  /** The same for the app's background work (reminders): no person has opened the chart, and no audit entry is written. */
  watchChart(slot: string): Promise<Chart | null>
  /** The readable part of a chart whose store is damaged, in plain text; null if nothing can be read, or if it is open. */
  rescueChart(slot: string): Promise<RescuedChart | null>
  /** The clinician has confirmed whose chart this is. */
  confirmChart(slot: string): Promise<void>
  sharingCode(): Promise<Grantee>
  readSharingCode(code: string): Promise<Grantee | CodeRefusal>
  /** The person knows a device that the kit enrolled: it is no longer announced on this device. */
  acknowledgeDevice(id: string): Promise<void>
  /** `refused` with `too-early`: the kit enrolled this device, which must wait until {@link waitUntil} (K7). */
  removeDevice(id: string): Promise<AccountActionOutcome>
  renameDevice(id: string, name: string): Promise<AccountActionOutcome>
  /** Reads the code on a new device's screen and answers it (K8). */
  addDevice(code: string): Promise<{ type: 'pairing'; addition: DeviceAddition } | PairingRefusal>
  /** Draws a recovery code for {@link replaceKit}; changes nothing. */
  drawKit(): { code: string; number: number }
  /** Whether `code` is the current kit. */
  isKit(code: string): boolean
  /** K7: makes `code` the kit; the previous kit opens nothing any more. */
  replaceKit(code: string): Promise<AccountActionOutcome>
  /** Whether a copy of the kit in use was typed back ({@link proveKit}), on any device of this account. */
  isKitProved(): boolean
  /** The person has typed parts of the kit in use from its copy; durable, and known to their other devices after the next sync. */
  proveKit(): Promise<void>
  /** When this account began, milliseconds since 1970 by the clock of the device that it began on; null where no device wrote it. */
  readonly since: number | null
  /** K7: until when this device, which the kit enrolled, may not remove older ones; null if it may. */
  waitUntil(): number | null
  /** Sets the server of an account that was created without one. */
  connectServer(address: string): Promise<{ type: 'done' } | { type: 'has-server' } | { type: 'bad-address' }>
  /**
   * S10: moves this account's own charts to another server. `follow`: another device of this person has moved already; nothing is written,
   * and the new server counts only if the charts' own logs name it. Other devices follow when they next reach the old server.
   */
  moveServer(address: string, how: { follow: boolean; fingerprint?: string }): Promise<ServerMove>
  /** S10: the server at an address, for a person to compare; the compared value goes to {@link moveServer} as `fingerprint`. */
  findServer(address: string): Promise<ServerFound>
  /** H2: sends an invitation code to a server that requires one. `refused`: unknown, used or expired. */
  useInvite(code: string): Promise<{ type: 'done' } | { type: 'bad-code' } | { type: 'offline' } | { type: 'refused' }>
  syncNow(): Promise<void>
  /**
   * S9: continues without the changes that only other devices of this person may have; those devices send them again when they are back.
   * `refused` if this person does not hold a waiting chart.
   */
  continueAfterLoss(): Promise<AccountActionOutcome>
  /** S9: the person has read that the server lost data and has them again. */
  acknowledgeLoss(): Promise<void>
  /**
   * H8: stops the shares that {@link ClocksApart.overdue} counts, whatever the server's clock says. `offline`: they stop when it answers.
   */
  endOverdue(): Promise<AccountActionOutcome>
  /** F3: the person has read {@link SyncStatus.renewed}. */
  acknowledgeRenewal(): Promise<void>
  /** Small settings of this account on this device (language, theme); sealed. */
  setting(key: string): string | null
  setSetting(key: string, value: string | null): Promise<void>
  /** Sealed rows of this account on this device, for a program that stores thousands of them; `name`: letters and hyphens. */
  shelf(name: string): Shelf
  /**
   * Sets a new passphrase, or with `platform` a passphrase or PIN that opens only together with this device's own key. Without `platform`,
   * a platform key in use is turned off.
   */
  changePassphrase(current: string, next: string, platform?: { isPin: boolean }): Promise<PassphraseChange>
  /** The platform key of this device that is in use with the passphrase; null for none. */
  platformInUse(): Promise<AccountSlot['platform']>
  /** Resolves when another tab asks for this account (`asked`: lock it to release it) or has taken it (`lost`). */
  readonly handover: Promise<'asked' | 'lost'>
  /** Closes the databases and drops keys and plaintext references. The session cannot be used afterwards. */
  lock(): Promise<void>
}
