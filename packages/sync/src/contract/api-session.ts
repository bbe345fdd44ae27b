/** An unlocked account: its charts, its devices and kit, its server, and how far it is in step. */
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

/** The truth of this moment, for the sync chip and Sync health. */
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
      /** H7: the server has no room; everything waits here, and is sent once it has. */
      | 'server-full'
      | 'refused'
      /** F3: another one has continued under this device's name, for one of them is a copy, and this one does not continue as a new device yet. */
      | 'copied'
      /** F3: the same, and the account has as many devices as it may have. */
      | 'devices-full'
      | 'invite'
      | 'closed'
      /** H9: the server has no place for accounts that wait; whoever shares with this one scans its code. */
      | 'waiting-full'
      /** This device came from a backup and waits for the kit, or for another device. */
      | 'join'
    code: string
  } | null
  quarantined: number
  conflicts: number
  server: { address: string; fingerprint: string } | null
  /** S9: the server lost data; null when it did not, or when it has them again and the person has read so. */
  loss: ServerLoss | null
  /** F3: this device was copied or restored, and continues as a new one since, milliseconds since 1970; null when not, or when the person has read so. */
  renewed: { at: number } | null
  /** H8: this device's clock and the server's are over an hour apart; null where they are not, or where it is not known now. */
  clocks: ClocksApart | null
}

export interface ClocksApart {
  /** What each said at the last look, milliseconds since 1970. */
  own: number
  server: number
  /** What should have ended by one of them, and waits for the other. `grantee`: null where the chart is shared with this person. */
  ends: { chart: string; grantee: string | null; until: number }[]
  /** How many of them are over by a day by this device's clock and that of another device, while the server's is behind. */
  overdue: number
}

export type ServerMove =
  | { type: 'done' }
  | { type: 'bad-address' }
  | { type: 'offline' }
  | { type: 'same-server' }
  /** A chart of this account is another person's to move. */
  | { type: 'not-holder' }
  | { type: 'refused'; error: string }

/** Who answers at an address. `fingerprint`: of its key, in the form of {@link SyncStatus.server}. */
export type ServerFound =
  | { type: 'found'; address: string; fingerprint: string }
  | Exclude<ServerMove, { type: 'done' } | { type: 'not-holder' }>

export interface ServerLoss {
  /** When its loss began, milliseconds since 1970, by the server's time. */
  since: number
  /** S10: nothing was lost; the charts move to another server. */
  isMove: boolean
  /** Every chart of this device is there again. */
  whole: boolean
  /** Entries given back, of how many, while it runs; 0 of 0 otherwise. */
  done: number
  all: number
  /** Other devices of this person that the server waits for. */
  devices: number
}

/** What went into a backup; rises while its items are read. */
export interface BackupCounts {
  charts: number
  records: number
  /** Files that are in it whole. */
  files: number
  /** Files that are not all on this device: they stay at the server, or on another device. */
  elsewhere: number
  /** Names of charts whose store did not open. */
  leftOut: string[]
}

/** Everything for a backup file. The items are plain: they go nowhere but into the seal of that file. */
export interface BackupContent {
  /** Public box key of the recovery kit, 32 bytes: it opens the file too. */
  kit: Uint8Array
  /** About how many items there are. */
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
  /** Set where this account is a practice's: the device is a member's (C12). */
  readonly practice: Practice | null
  /** What others allowed this account to open in an emergency (C13). */
  readonly emergency: SessionEmergency
  sync$: Observable<SyncStatus>
  devices$: Observable<DeviceView[]>
  /** F1: what is kept of a server that said something against itself about accounts, or charts that may be opened in an emergency. */
  evidence$: Observable<EvidenceView[]>
  /** All of it, as a file to give away: JSON. */
  saveEvidence(): Uint8Array
  /** Rejects with a NotJoinedError on a device that is not {@link isJoined}. */
  createChart(input: { name: string; birthDate?: string; look?: Partial<ChartAppearance> }): Promise<ChartSummary>
  /** Changes how this person sees a chart; durable, and on their other devices after the next sync. */
  setAppearance(slot: string, change: Partial<ChartAppearance>): Promise<void>
  /** K11: all that this account keeps on this device, for a backup; a person may continue writing meanwhile. */
  backup(signal?: AbortSignal): Promise<BackupContent>
  /** False on a device that came from a backup by its passphrase: it reads and writes here, and nothing goes out. */
  readonly isJoined: boolean
  /** K7, K11: the kit lets a device that came from a backup into its account. */
  join(code: string): Promise<{ type: 'done' } | JoinRefusal>
  /**
   * Hold what is shown or worked on ({@link Chart.hold}). Rejects with a SealedStoreError when its store is damaged, with a TooManyChartsError
   * where all that may be open are held.
   */
  openChart(slot: string): Promise<Chart | null>
  /** The same for what the app does by itself (reminders): no person has opened it, and nothing is noted. */
  watchChart(slot: string): Promise<Chart | null>
  /** What still opens of a chart whose store is damaged, in plain text; null when nothing does, or when it is open. */
  rescueChart(slot: string): Promise<RescuedChart | null>
  /** The clinician has confirmed whose chart this is. */
  confirmChart(slot: string): Promise<void>
  sharingCode(): Promise<Grantee>
  readSharingCode(code: string): Promise<Grantee | CodeRefusal>
  /** The person knows of a device that came in by the kit: it is announced no more on this device. */
  acknowledgeDevice(id: string): Promise<void>
  /** `refused` with `too-early`: this device came in by the kit and must wait until {@link waitUntil} (K7). */
  removeDevice(id: string): Promise<AccountActionOutcome>
  renameDevice(id: string, name: string): Promise<AccountActionOutcome>
  /** Reads the code that a new device shows, and answers it (K8). */
  addDevice(code: string): Promise<{ type: 'pairing'; addition: DeviceAddition } | PairingRefusal>
  /** A recovery code for {@link replaceKit}: nothing changes by drawing it. */
  drawKit(): { code: string; number: number }
  /** Whether `code` is the kit in use. */
  isKit(code: string): boolean
  /** K7: `code` is the kit from now on, and the old paper opens nothing any more. */
  replaceKit(code: string): Promise<AccountActionOutcome>
  /** K7: until when this device, which came in by the kit, may not remove older ones; null when it may. */
  waitUntil(): number | null
  /** Gives an account that was made without a server its server. */
  connectServer(address: string): Promise<{ type: 'done' } | { type: 'has-server' } | { type: 'bad-address' }>
  /**
   * S10: moves this account's own charts to another server. `follow`: another device of this person has moved already; nothing is written, and
   * the new server counts only if the charts' own logs name it. Other devices follow when they next meet the old server.
   */
  moveServer(address: string, how: { follow: boolean; fingerprint?: string }): Promise<ServerMove>
  /** S10: who answers at an address, for a person to compare; what was compared goes to {@link moveServer} as `fingerprint`. */
  findServer(address: string): Promise<ServerFound>
  /** H2: shows an invitation code to a server that asks for one. `refused`: unknown, used, or run out. */
  useInvite(code: string): Promise<{ type: 'done' } | { type: 'bad-code' } | { type: 'offline' } | { type: 'refused' }>
  syncNow(): Promise<void>
  /**
   * S9: continues without what other devices of this person may have: theirs alone is what they wrote since, and they send it again when they
   * are back. `refused` where this person is no holder of a chart that waits.
   */
  continueAfterLoss(): Promise<AccountActionOutcome>
  /** S9: the person has read that the server lost data and has them again. */
  acknowledgeLoss(): Promise<void>
  /** H8: stops the shares that {@link ClocksApart.overdue} counts, whatever the server's clock says. `offline`: they stop when it answers. */
  endOverdue(): Promise<AccountActionOutcome>
  /** F3: the person has read {@link SyncStatus.renewed}. */
  acknowledgeRenewal(): Promise<void>
  /** Small settings of this account on this device (language, theme); sealed. */
  setting(key: string): string | null
  setSetting(key: string, value: string | null): Promise<void>
  /** Sealed rows of this account on this device, for a program that keeps thousands of them; `name`: of letters and hyphens. */
  shelf(name: string): Shelf
  /**
   * A new passphrase, or with `platform` a passphrase or PIN that opens only together with this device's own key.
   * Without `platform` a platform key in use is turned off.
   */
  changePassphrase(current: string, next: string, platform?: { isPin: boolean }): Promise<PassphraseChange>
  /** Which platform key of this device is in use with the passphrase; null for none. */
  platformInUse(): Promise<AccountSlot['platform']>
  /** Resolves when another tab asks for this account (`asked`: lock, so that it gets it) or has taken it (`lost`). */
  readonly handover: Promise<'asked' | 'lost'>
  /** Closes the databases, drops keys and plaintext references. The session is dead afterwards. */
  lock(): Promise<void>
}
