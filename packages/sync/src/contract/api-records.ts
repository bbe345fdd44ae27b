/**
 * Records as the app shows, saves and imports them, with their versions and conflicts; and records that arrived late or were quarantined.
 */
import type { ProgramNote } from './api-program.ts'

/** The signer of a version: `device` of `account`; `member` is the id of the practice's member at that device (C12), '' for a person. */
export interface RecordAuthor {
  account: string
  device: string
  member: string
  name: string
  me: boolean
}

/** One record as lists and detail pages show it. */
export interface ChartRecord {
  id: string
  /**
   * The same in every chart that holds the record, such as a practice's record and its published copies; used in references
   * (`urn:chartkeep:record`).
   */
  doc: string
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
  /** The account that signed it, whatever the resource says. */
  author: RecordAuthor
  /** Whether its author owns the chart, or did; false for grantees, and for a grantee's late record that an owner accepted. */
  byOwner: boolean
  /** When it was saved, milliseconds since 1970 by the author's clock; only the author vouches for it. */
  savedAt: number
  importSource: string
  /** The author of a record that arrived after a share's end and was accepted by the owner; null for every other record (C11). */
  late: { account: string; name: string } | null
  /** Saved here, not yet confirmed by the server. */
  waiting: boolean
  conflict: boolean
  /** N10: signed, or written by a practice, so that it cannot be deleted, made private or marked as an error without a reason. */
  kept: boolean
}

export interface RecordRevision {
  revision: string
  n: number
  savedAt: number
  author: RecordAuthor
  /** Null if the body is only at the server and this device is offline, or if it could not be opened. */
  resource: string | null
  outcome: 'current' | 'conflict'
  current: boolean
}

export interface Conflict {
  record: ChartRecord
  /** The current version. */
  current: { resource: string; author: ChartRecord['author']; savedAt: number }
  /** Oldest first; `revision` identifies a version wherever it is stored, `hash` is '' for an unsent version. */
  others: { hash: string; revision: string; resource: string; author: ChartRecord['author']; savedAt: number }[]
  /** FHIR element names that differ. */
  fields: string[]
  /** False for another author's record: only that author, or a joint owner, decides (E6). */
  mayDecide: boolean
}

/** Which versions of a record the person saw, by revision: the current version and, in any order, the versions in conflict with it. */
export interface SeenVersions {
  current: string
  others: readonly string[]
}

export interface SaveInput {
  collection: string
  /** FHIR JSON text. */
  resource: string
  /** An existing record; absent for a new one. */
  id?: string
  importSource?: string
  /** Details of the audit entry besides the record: the grant and the program (W25). */
  note?: { grant?: string; program?: ProgramNote }
}

export type WriteOutcome = { type: 'saved'; record: ChartRecord } | { type: 'no-right' } | { type: 'full' }

/** `changed`: another version is current, which the person has not read; nothing was written. */
export type SaveOutcome = WriteOutcome | { type: 'changed' }

export interface ImportItem {
  /** Verbatim JSON text of the resource. */
  text: string
  identity: string
  canonicalHash: string
  /** Other identities under which the record may be here, and the hash that an earlier release computed of this text. */
  former?: { identities: readonly string[]; canonicalHash: string }
  collection: string
}

export interface ImportCounts {
  added: number
  unchanged: number
  corrected: number
  conflicts: number
  /** Not written, because only another account may change the record with this identity. */
  refused: number
  /** Not written, because a person moved this record to the trash. */
  trashed: number
}

/**
 * How undoing an import ended: `stopped` by the person, `full` when the disk was full, `no-right` in another person's chart. Records moved
 * by then stay in the trash, and the rest follows at the next attempt.
 */
export interface UndoOutcome {
  end: 'done' | 'stopped' | 'full' | 'no-right'
  undone: number
}

/** A record that arrived after its author's access had ended (C9, C11). It is in no list and no count until a person accepts it. */
export interface LateView {
  id: string
  author: ChartRecord['author']
  collection: string
  type: string
  title: string
  date: string
  /** The FHIR JSON, verbatim. */
  resource: string
  /** When it was written, by its author's clock; and when it arrived, by the server's, null if no server recorded it. */
  writtenAt: number
  arrivedAt: number | null
  /** `waiting`: accepted while offline, in force once this device is online. */
  decision: 'open' | 'waiting' | 'taken' | 'left'
}

export type LateOutcome = { type: 'taken' } | { type: 'pending' } | { type: 'refused'; error: string }

export interface QuarantineView {
  id: string
  collection: string
  n: number
  reason: string
  account: string
}
