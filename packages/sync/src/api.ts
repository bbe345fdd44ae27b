/**
 * What packages/sync offers to the app: an account on this device, its charts, their records, sharing and audit. Identifiers are opaque
 * text; no key, envelope or log entry crosses this line. Everything works offline; what needs the server says so by its state.
 *
 * Over 500 lines because it is the whole of one contract, types and their meanings only; what keeps it stands in the files beside it.
 */
import type { DiskTrouble } from '@chartkeep/store'
import type { Observable } from 'rxjs'
import type { ChartOwners } from './owner-api.ts'
import type { RescuedChart } from './rescue.ts'

/** An account on this device, as the unlock screen may know it: nothing sealed is opened for it. */
export interface AccountSlot {
  slot: string
  /** What the person typed for the unlock screen. */
  label: string
  /** Wrong passphrases since the last unlock. */
  failedTries: number
  /** Set where a key of this device is needed too; what is typed may then be a PIN. */
  platform: { kind: PlatformWay; isPin: boolean } | null
}

/** `passkey`: fingerprint, face or device PIN through the browser. `system`: the desktop system's key storage. */
export type PlatformWay = 'passkey' | 'system'

export interface UnlockOptions {
  /** Ask the tab that has the chart open to step back; overrule it when it gives no answer. */
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
  /** Open in another tab. `since`: when it was opened there, milliseconds since 1970; null when that tab gives no answer. */
  | { type: 'in-use'; since: number | null }
  /** The passphrase or PIN may be right; this device's own key did not come. */
  | { type: 'platform-key'; why: 'cancelled' | 'gone' | 'unavailable' }
  | { type: 'disk'; trouble: DiskTrouble }
  | { type: 'cancelled' }

export type RestoreRefusal =
  | { type: 'wrong-code' } // not a recovery code: typing error, found by its checksum
  | { type: 'unknown-code' } // well formed, but this server knows no account for it
  | { type: 'offline' }
  | { type: 'refused'; error: string }

/** What two screens show and two people compare: six words in each language, and 20 digits for mixed languages. */
export interface ComparedNumber {
  words: { en: string[]; zh: string[] }
  digits: string
}

/** Why a pairing ended (K8). Nothing of it stays on either device. */
export type PairingRefusal =
  | { type: 'offline' }
  | { type: 'bad-code' } // no pairing code
  | { type: 'known-device' } // this device belongs to the account already, or once did
  | { type: 'expired' } // too late, or the code belongs to another server
  | { type: 'taken' } // another device has answered this code
  | { type: 'ended' } // the other side gave up
  | { type: 'cancelled' } // this side gave up
  | { type: 'bad-answer' } // what came does not belong to this code: somebody may stand between
  | { type: 'other-server' } // the other device's server is not the one that answers here
  | { type: 'fork' } // the server shows another account than the one that was compared
  | { type: 'refused'; error: string }

/** A new device that waits to be let in (K8). */
export interface NewDevice {
  /** Shown as a QR code and as text; good for ten minutes. */
  code: string
  /** Resolves when the other device has answered: both people compare. */
  answered(): Promise<({ type: 'compare' } & ComparedNumber) | PairingRefusal>
  /** The person says that the words are the same. Waits for the other device's yes, then this account is on this device. `offline`: ask again. */
  confirm(): Promise<{ type: 'unlocked'; session: Session } | PairingRefusal>
  /** The words differ, or the person gives up: nothing stays here. */
  cancel(): Promise<void>
}

/** A device that an unlocked one is about to let in (K8). */
export interface DeviceAddition {
  revealed(): Promise<({ type: 'compare'; deviceName: string } & ComparedNumber) | PairingRefusal>
  /** The person says that the words are the same: the device is let in. Before this nothing of the account has changed. */
  confirm(name?: string): Promise<{ type: 'added' } | PairingRefusal>
  /** After {@link confirm}: how it ended at the other device. `refused`: it was taken out again. `unknown`: it has not said. */
  entered(): Promise<'entered' | 'refused' | 'unknown'>
  cancel(): Promise<void>
}

export interface Keeper {
  /** How a server takes new accounts (H2); null when it does not answer. */
  registration(server: string): Promise<'open' | 'invite' | 'closed' | null>
  accounts(): Promise<AccountSlot[]>
  /** Makes an account and its first chart on this device; no network needed. The code is shown once and printed as the kit. */
  create(input: {
    label: string
    name: string
    passphrase: string
    server: string | null
    /** The invitation for that server, where it asks for one (H2). */
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
  /**
   * Every chart of an account whose store is damaged, as far as it opens; changes nothing. The texts are not protected.
   * `damaged`: nothing opens.
   */
  rescue(slot: string, passphrase: string): Promise<{ type: 'rescued'; charts: RescuedChart[] } | UnlockRefusal>
  /** Takes an account whose store is gone off the unlock screen; false when there is something in its store. */
  removeMissing(slot: string): Promise<boolean>
  /** The kind of key that this device can keep beside a passphrase; null where it has none. */
  platformWay(): Promise<PlatformWay | null>
  /** Troubles of the disk as they happen, also those that no call waits for; answers with what ends the telling. */
  watchTrouble(listener: (trouble: DiskTrouble) => void): () => void
  /** Enters this device into an existing account by its recovery code. */
  restore(input: {
    code: string
    label: string
    passphrase: string
    server: string
  }): Promise<{ type: 'unlocked'; session: Session } | RestoreRefusal>
  /**
   * K11: makes an account of the items of a backup (of a file that interop opens), in stores of its own; no server is asked. Throws what `items`
   * throws and the signal's reason; nothing of it stays then, and nothing else on the device is touched at any time. `code`: the kit, where the
   * person has typed it; it lets this device in where the server answers.
   */
  restoreBackup(input: {
    items: AsyncIterable<Uint8Array>
    /** For the unlock screen; null: as it was on the device that made the backup. */
    label: string | null
    passphrase: string
    code: string | null
    signal?: AbortSignal
  }): Promise<{ type: 'unlocked'; session: Session } | BackupRestoreRefusal>
  /** Begins to enter this device into an existing account by another device of it (K8). */
  pair(input: {
    label: string
    passphrase: string
    server: string
  }): Promise<{ type: 'pairing'; device: NewDevice } | PairingRefusal>
}

/** `content`: the file was whole, and what is in it is no account. */
export type BackupRestoreRefusal = { type: 'content' } | { type: 'disk'; trouble: DiskTrouble }

/** Why a device from a backup did not get in. `other-kit`: not the kit of this account as its log stands. */
export type JoinRefusal =
  { type: 'wrong-code' } | { type: 'other-kit' } | { type: 'offline' } | { type: 'refused'; error: string }

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

export type RightWord = 'read' | 'append' | 'amend' | 'sign'

/** How this person sees a chart: theirs alone, the same on all their devices, and never part of what is shared. */
export interface ChartLook {
  /** What they call the chart; '' = as it was named when it came. Only own charts go by it. */
  name: string
  /** Who the person is to them, a word of the app: 'self', 'daughter' ...; '' = not said. */
  kin: string
  /** One or two letters; '' = from the name. */
  symbol: string
  /** A colour by its number; null = from the slot. */
  tone: number | null
  /** Who may open the chart if this person cannot: a sealed second kit that somebody keeps, or nobody; null = not answered. */
  opener: { how: 'kit' | 'nobody'; who: string } | null
}

export interface ChartSummary {
  /** Opaque, made on this device; stands in URLs. */
  slot: string
  look: ChartLook
  /** The person: what the owner wrote, or for a shared chart what the owner chose to show. */
  name: string
  birthDate: string
  relation: 'own' | 'shared'
  /** Shared charts: false until this person has confirmed whose chart it is. */
  confirmed: boolean
  /** Collections that this account can read, with rights; all of them for an own chart. */
  collections: { collection: string; rights: RightWord[] }[]
  /** Milliseconds since 1970; null = no end (own). */
  until: number | null
  /** `ended`: a verified cut or a confirmed expiry; data are gone from this device. `locked`: past the end by this device's own clock. */
  state: 'open' | 'ended' | 'locked'
  /** Records that wait to be sent, or were not delivered because access ended. */
  undelivered: number
  /** Records and reports that were handed in after access had ended; the owner decides. */
  handed: number
  /** Saved here and not confirmed by the server, audit entries included; put aside; with two versions. */
  waiting: number
  aside: number
  conflicts: number
  /** When a whole pass last found everything of this chart sent and read, since the unlock; milliseconds since 1970. */
  confirmedAt: number | null
}

/** The truth of this moment, for the sync chip and Sync health. */
export interface SyncStatus {
  state: 'no-server' | 'offline' | 'syncing' | 'waiting' | 'confirmed' | 'problem'
  /** Records saved here that the server has not confirmed. */
  waiting: number
  /** When the server last confirmed that all is sent and read; milliseconds since 1970, null if never. */
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
      | 'refused'
      | 'invite'
      | 'closed'
      /** This device came from a backup and waits for the kit, or for another device. */
      | 'join'
    code: string
  } | null
  quarantined: number
  conflicts: number
  server: { address: string; fingerprint: string } | null
  /** S9: the server lost data; null when it did not, or when it has them again and the person has read so. */
  loss: ServerLoss | null
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

export interface DeviceView {
  id: string
  name: string
  kind: 'device' | 'recovery'
  thisDevice: boolean
  removed: boolean
  /** K7: came in by the recovery kit, and nobody has said on this device that it was them. */
  newByKit: boolean
  /** How it came in; `by` is the name of the device that let it in, '' where there is none. */
  added: { how: 'first' | 'kit' | 'pairing'; by: string }
  /** When this device saw it come in, by the server's time; not `isExact`: it was there already. Null where no server said. */
  seen: { time: number; isExact: boolean } | null
  /**
   * F2: when the device last said how far it is, milliseconds since 1970 by its own clock, where something has come since and a day has gone;
   * null where it is up to date, or has never said anything of a chart that is open here.
   */
  outOfDateSince: number | null
  /** When it last said how far it is, by its own clock, of a chart that is open here; null where it never did, and of this device. */
  heardAt: number | null
}

export type AccountDeed = { type: 'done' } | { type: 'offline' } | { type: 'refused'; error: string }

/** The person or practice that a chart is shared with, read from a sharing code and verified against the server's account log. */
export interface Grantee {
  account: string
  name: string
  /** Compared by both people: six words in each language, and 20 digits for mixed languages. */
  words: { en: string[]; zh: string[] }
  digits: string
  /** The code itself. */
  code: string
}
export type CodeRefusal =
  { type: 'bad-code' } | { type: 'own-code' } | { type: 'offline' } | { type: 'not-found' } | { type: 'changed' }

export type PassphraseChange =
  | { type: 'changed' }
  | { type: 'wrong-passphrase' }
  | { type: 'platform-key'; why: 'cancelled' | 'gone' | 'unavailable' }
  | { type: 'failed' }

export interface Session {
  slot: string
  account: string
  device: string
  label: string
  name: string
  charts$: Observable<ChartSummary[]>
  sync$: Observable<SyncStatus>
  devices$: Observable<DeviceView[]>
  /** Rejects with a NotJoinedError on a device that is not {@link isJoined}. */
  createChart(input: { name: string; birthDate?: string; look?: Partial<ChartLook> }): Promise<ChartSummary>
  /** Changes how this person sees a chart; durable, and on their other devices after the next sync. */
  setLook(slot: string, change: Partial<ChartLook>): Promise<void>
  /** K11: all that this account keeps on this device, for a backup; a person may go on writing meanwhile. */
  backup(signal?: AbortSignal): Promise<BackupContent>
  /** False on a device that came from a backup by its passphrase: it reads and writes here, and nothing goes out. */
  readonly isJoined: boolean
  /** K7, K11: the kit lets a device that came from a backup into its account. */
  join(code: string): Promise<{ type: 'done' } | JoinRefusal>
  /** Rejects with a SealedStoreError when its store is damaged. */
  /** Hold what is shown or worked on ({@link Chart.hold}). Rejects with a TooManyChartsError where all that may be open are held. */
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
  removeDevice(id: string): Promise<AccountDeed>
  renameDevice(id: string, name: string): Promise<AccountDeed>
  /** Reads the code that a new device shows, and answers it (K8). */
  addDevice(code: string): Promise<{ type: 'pairing'; addition: DeviceAddition } | PairingRefusal>
  /** A recovery code for {@link replaceKit}: nothing changes by drawing it. */
  drawKit(): { code: string; number: number }
  /** Whether `code` is the kit in use. */
  isKit(code: string): boolean
  /** K7: `code` is the kit from now on, and the old paper opens nothing any more. */
  replaceKit(code: string): Promise<AccountDeed>
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
   * S9: goes on without what other devices of this person may have: theirs alone is what they wrote since, and they send it again when they
   * are back. `refused` where this person is no holder of a chart that waits.
   */
  goOnAfterLoss(): Promise<AccountDeed>
  /** S9: the person has read that the server lost data and has them again. */
  acknowledgeLoss(): Promise<void>
  /** Small settings of this account on this device (language, theme); sealed. */
  setting(key: string): string | null
  setSetting(key: string, value: string | null): Promise<void>
  /**
   * A new passphrase, or with `platform` a passphrase or PIN that opens only together with this device's own key.
   * Without `platform` a platform key in use is turned off.
   */
  changePassphrase(current: string, next: string, platform?: { isPin: boolean }): Promise<PassphraseChange>
  /** Which key of this device is in use beside the passphrase. */
  platformInUse(): Promise<AccountSlot['platform']>
  /** Resolves when another tab asks for this account (`asked`: lock, so that it gets it) or has taken it (`lost`). */
  readonly handover: Promise<'asked' | 'lost'>
  /** Closes the databases, drops keys and plaintext references. The session is dead afterwards. */
  lock(): Promise<void>
}

/** One record as lists and detail pages show it. */
export interface ChartRecord {
  id: string
  collection: string
  type: string
  title: string
  date: string
  status: string
  code: string
  text: string
  /** The FHIR JSON, verbatim. */
  resource: string
  revision: string
  /** Who signed it, whatever the resource names. */
  author: { account: string; device: string; name: string; me: boolean }
  /** When it was saved, milliseconds since 1970 by the author's clock. */
  savedAt: number
  importSource: string
  /** Whose it was when it arrived after the end and the owner took it in; null for every other record (C11). */
  late: { account: string; name: string } | null
  /** Saved here, not yet confirmed by the server. */
  waiting: boolean
  conflict: boolean
}

export interface RecordRevision {
  revision: string
  n: number
  savedAt: number
  author: { account: string; device: string; name: string; me: boolean }
  /** Null when the body is only at the server and this device is offline, or could not be opened. */
  resource: string | null
  outcome: 'current' | 'conflict'
  current: boolean
}

export interface Conflict {
  record: ChartRecord
  /** The version that stands. */
  current: { resource: string; author: ChartRecord['author']; savedAt: number }
  others: { hash: string; resource: string; author: ChartRecord['author']; savedAt: number }[]
  /** FHIR element names that differ. */
  fields: string[]
}

export interface ImportItem {
  /** Verbatim JSON text of the resource. */
  text: string
  identity: string
  canonicalHash: string
  collection: string
}
export interface ImportCounts {
  added: number
  unchanged: number
  corrected: number
  conflicts: number
  /** Not written, for the record with this identity is somebody else's to change. */
  refused: number
}

export interface GrantView {
  id: string
  account: string
  name: string
  scopes: { collection: string; rights: RightWord[] }[]
  from: number
  until: number
  purpose: string
  /** `pending`: a wish kept while offline. `stopping`: a stop kept while offline. */
  state: 'pending' | 'active' | 'stopping' | 'revoked' | 'expired'
  since: number
  endedAt: number | null
  /** C3: it began only with what was written after it. */
  fromNow: boolean
  /** C10: devices that reported that they removed their copy, and when by their own clock. Nobody can force or prove it. */
  departed: { device: string; at: number }[]
}

export interface AuditLine {
  id: string
  at: number
  author: { account: string; device: string; name: string; me: boolean }
  action: string
  /** Collection concerned, '' for the whole chart. */
  collection: string
  /** Title of the record or name of the person concerned; '' if none. */
  subject: string
  /** Ids of the records concerned, where the entry names them. */
  records: string[]
  count: number
  /** Confirmed by the server and on a verified chain. */
  confirmed: boolean
  /**
   * What was checked of this entry (A5): not yet sent; sent, and not found in the audit tree yet; its place in the tree proved; left out
   * of the tree by the server; handed in after the end of a share, where it is in no tree. Only owners' devices read the tree.
   */
  state: 'waiting' | 'sent' | 'proved' | 'missing' | 'late'
  /** The server did not write down that this entry came, though its own log had begun (A2). */
  unnoted: boolean
}

/** One note of the server's access log (A2), as it opened on this device. */
export interface AccessLine {
  n: number
  at: number
  /** `pull`, `bodies`, `push`, `control-read`, `control-write`, `chunk-read`, `chunk-write`, `late-write`, `late-read`, `departure`, or a word of a newer server. */
  kind: string
  /** `ok`, or why the server refused. */
  outcome: string
  author: { account: string; device: string; name: string; me: boolean }
  address: string
  /** Collections of the entries that went over; `audit` for audit logs. */
  collections: string[]
  /** Entries that went over. */
  count: number
  bytes: number
  /** Refusals right before this one that the server did not write down one by one. */
  unlogged: number
}

/** The audit tree as this device has checked it (A3, A5). */
export interface AuditCheck {
  /** Entries under the newest signed head, and its time by the server's clock. */
  size: number
  at: number
  /** How many of them this device has read. */
  read: number
  /** Notes of the server among them, and the time of the oldest that is kept here; null for none. */
  noted: number
  since: number | null
  /** Notes of the server that nobody can read any more. */
  gaps: { first: number; last: number }[]
  /** Entries of audit logs that the server left out of the tree. */
  missing: number
  /** Entries of devices whose arrival the server did not write down. */
  unnoted: number
  /** Other devices of the owners, and the newest head that each has confirmed. */
  witnesses: { device: string; at: number; size: number }[]
  fault: { fault: string; what: string; at: number } | null
}

export type ProofSubject = { type: 'entry'; id: string } | { type: 'access'; n: number }
export type SavedProof =
  | { type: 'proof'; bytes: Uint8Array; fingerprints: { server: string; accounts: string[] } }
  | { type: 'offline' }
  | { type: 'not-proved' }
  | { type: 'stopped' }

/** A record that arrived after its author's access had ended (C9, C11). It is in no list and counts for nothing until a person takes it in. */
export interface LateView {
  id: string
  author: ChartRecord['author']
  collection: string
  type: string
  title: string
  date: string
  /** The FHIR JSON, verbatim. */
  resource: string
  /** When it was written, by its author's clock, and when it came, by the server's; null where no server noted it. */
  writtenAt: number
  arrivedAt: number | null
  /** `waiting`: taken in while offline, in force once this device is online. */
  decision: 'open' | 'waiting' | 'taken' | 'left'
}

export interface QuarantineView {
  id: string
  collection: string
  n: number
  reason: string
  account: string
}

export interface FileRef {
  type: 'file'
  blob: string
  /** Goes into `content.attachment.url` of the DocumentReference, as it is; it holds what opens the file. */
  url: string
  name: string
  contentType: string
  size: number
  /** base64url SHA-256 of the file's bytes. */
  sha256: string
  /** A record of the same list holds this very file already; nothing was kept twice. */
  known: boolean
}

/** Why a file was not kept. `cancelled`: what is sealed by then serves the next try with the same file. */
export type FileRefusal =
  { type: 'too-large'; limitBytes: number } | { type: 'unreadable' } | { type: 'full' } | { type: 'cancelled' }

/** Progress in bytes, and the way to stop. */
export interface FileWatch {
  signal?: AbortSignal | undefined
  onProgress?: ((doneBytes: number, allBytes: number) => void) | undefined
}

/**
 * Why a file did not come. `not-here`: it is at the server, which does not answer. `not-sent`: the device that added it has not sent all of
 * it yet. `damaged`: it is not what was saved. What came before stays, sealed, and the next try goes on there.
 */
export type FileProblem = { type: 'not-here' } | { type: 'not-sent' } | { type: 'damaged' } | { type: 'cancelled' }

/** Where a file is now. */
export interface FileState {
  /** `part`: some of it is on this device already. */
  place: 'here' | 'part' | 'server'
  doneBytes: number
  /** It stays on this device; else it is fetched when it is opened. */
  isKept: boolean
  /** Added here, and not yet at the server. */
  isWaiting: boolean
}

/** A file whose keeping was cut short; choosing the same file again goes on. `since`: milliseconds since 1970, by this device's clock. */
export interface UnfinishedFile {
  id: string
  name: string
  contentType: string
  size: number
  /** Bytes of it that are sealed on this device. */
  doneBytes: number
  since: number
}

/** A file on its way; `file` is its `id` in {@link Chart.files}. */
export interface FileTransfer {
  file: string
  way: 'send' | 'fetch'
  doneBytes: number
  allBytes: number
}

export type WriteOutcome = { type: 'saved'; record: ChartRecord } | { type: 'no-right' } | { type: 'full' }
export type ShareOutcome =
  { type: 'in-force'; grant: string } | { type: 'pending' } | { type: 'refused'; error: string }

export type LateOutcome = { type: 'taken' } | { type: 'pending' } | { type: 'refused'; error: string }

export interface Chart {
  slot: string
  /** False once it was closed to make room, ended or locked; ask the session for it again. */
  isOpen(): boolean
  /** Keeps it from being closed to make room for another chart, as long as a screen shows it or work goes on; call the answer once. */
  hold(): () => void
  summary$: Observable<ChartSummary>
  /** Every record of a collection, newest clinical date first; what is in the trash is in no list. */
  list$(collection: string): Observable<ChartRecord[]>
  /** What a person put into the trash of a collection, the last first. */
  trash$(collection: string): Observable<ChartRecord[]>
  /** Every record of the chart that this account can read, the trash left out. */
  all$: Observable<ChartRecord[]>
  record$(id: string): Observable<ChartRecord | null>
  /** Ids of all that a search may find, newest clinical date first; {@link recordNow} reads them, a few at a time. */
  recordIds(): string[]
  /** The record as it is now; null for none, for audit entries and for what is in the trash. */
  recordNow(id: string): ChartRecord | null
  /** The ids that each durable entry wrote or took away; ends when the chart is closed. */
  written$: Observable<readonly string[]>
  counts$: Observable<Record<string, number>>
  history(id: string): Promise<RecordRevision[]>
  /** The versions before the current one that this device holds, newest first; only records that have some. Asks no server. */
  earlier(ids: readonly string[]): Promise<Map<string, RecordRevision[]>>
  /** Saves a new record or a new version of `id`. `resource` is FHIR JSON text. Durable when the promise resolves. */
  save(input: { collection: string; resource: string; id?: string; importSource?: string }): Promise<WriteOutcome>
  /**
   * Moves a record of one's own into the private list beside its list, or out of it: it goes on there under another id, and what stays is a
   * marker that says nothing. Versions of before stay in the history of the list that it leaves. `files`: its files were sealed for that list.
   */
  move(id: string, to: 'private' | 'shared'): Promise<WriteOutcome | { type: 'files' } | { type: 'stays' }>
  /** Imports a batch (up to a few hundred items): one durable entry. Same identity and same content change nothing. */
  importBatch(items: ImportItem[], source: string): Promise<ImportCounts>
  /**
   * Keeps a file of up to 1 GB: sealed in chunks here, never whole in memory, uploaded once a record names it. The answer goes into a
   * DocumentReference. After a stop or a restart the same file goes on where it was; another content begins anew under another key.
   */
  addFile(
    input: { name: string; contentType: string; content: Blob; collection: string },
    watch?: FileWatch,
  ): Promise<FileRef | FileRefusal>
  /** Files that were begun here and that no record names; without those that {@link addFile} is at work on. */
  unfinishedFiles(): Promise<UnfinishedFile[]>
  /** Lets go of what was begun. */
  dropUnfinished(id: string): Promise<void>
  /** The files of a record, in its order: sealed apart, or small ones inside it, which have no id and are always here. */
  files(resource: string): { id: string | null; name: string; contentType: string; size: number }[]
  /** Reads the file at a place of {@link files} whole into memory: for what is shown. */
  readFile(
    resource: string,
    index?: number,
    watch?: FileWatch,
  ): Promise<{ name: string; contentType: string; bytes: Uint8Array<ArrayBuffer> } | FileProblem>
  /** Hands the file on piece by piece, each verified, and waits for `take`: for what is saved. Null when all went over. */
  streamFile(
    resource: string,
    index: number,
    take: (piece: Uint8Array) => void | Promise<void>,
    watch?: FileWatch,
  ): Promise<FileProblem | null>
  /** Null for a file inside a record, and for none. */
  fileState(resource: string, index: number): Promise<FileState | null>
  /** Where the files of these records are, by their ids, in one look at the disk. */
  fileStates(resources: readonly string[]): Promise<Map<string, FileState>>
  /**
   * Fetches a file and keeps it on this device, or lets it go once the server has said that it holds every chunk. Kept in mind on this device;
   * what cannot go now goes at a later run.
   */
  keepFile(resource: string, index: number, isKept: boolean, watch?: FileWatch): Promise<FileProblem | null>
  /** Files that are on their way now. */
  transfers$: Observable<readonly FileTransfer[]>
  /** The text of a record with its larger files inline again, exactly as it was imported (B1). */
  wholeText(resource: string): Promise<{ type: 'text'; text: string } | FileProblem>
  conflicts$: Observable<Conflict[]>
  /** A person's decision: the new current version, which takes in every open conflict of the record. */
  resolve(id: string, resource: string): Promise<WriteOutcome>
  grants$: Observable<GrantView[]>
  share(input: {
    grantee: Grantee
    scopes: { collection: string; rights: RightWord[] }[]
    /** `now`: only what is written from then on (C3). */
    from?: 'all' | 'now'
    until: number
    purpose: string
    shown: { name: string; birthDate: string }
  }): Promise<ShareOutcome>
  revoke(grant: string): Promise<ShareOutcome>
  /** Drops a wish that is not yet in force. */
  dropWish(grant: string): Promise<void>
  owners: ChartOwners
  audit$: Observable<AuditLine[]>
  /** How far the audit log is checked: entries read, and gaps or faults found. */
  auditState$: Observable<{ checked: number; fault: string | null }>
  /** The audit tree; null for a shared chart, and before the first head was checked. */
  auditCheck$: Observable<AuditCheck | null>
  /** What the server noted, newest first; empty for a shared chart. */
  access$: Observable<AccessLine[]>
  /** After a log that did not hold: keeps the evidence and what was read, and begins with the log that the server shows now (F1). */
  beginAuditAnew(): Promise<void>
  /** One entry with all that proves it, as a file to give away (A4). */
  saveProof(subject: ProofSubject): Promise<SavedProof>
  /** Appends to the audit log what a person did: 'opened', 'read', 'exported', 'printed', ... */
  note(
    action: string,
    detail?: { collection?: string; subject?: string; count?: number; record?: string },
  ): Promise<void>
  quarantine$: Observable<QuarantineView[]>
  /** What arrived after the end, newest first; empty for a shared chart. */
  late$: Observable<LateView[]>
  /** Takes late records in. `pending`: some need the server, and go in force when it answers. */
  takeLate(ids: readonly string[]): Promise<LateOutcome>
  /** Leaves late records out; they stay here and can be taken in later. */
  leaveLate(ids: readonly string[]): Promise<void>
  rename(name: string): Promise<void>
}
