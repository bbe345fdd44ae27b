/** Records as the app shows, saves and imports them, with their versions and conflicts; and what came too late or could not be taken. */
import type { ProgramNote } from './api-program.ts'

/** Who signed a version: `device` of `account`; `member` is the id of the practice's member who sits at it (C12), '' for a person's. */
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
  /** The same in every chart that holds it, as a practice's record and the copies that it published; goes into references (`urn:chartkeep:record`). */
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
  /** Who signed it, whatever the resource names. */
  author: RecordAuthor
  /** Its author owns the chart, or did; false for those with whom it is shared, and for what an owner took in that they wrote. */
  byOwner: boolean
  /** When it was saved, milliseconds since 1970 by the author's clock: nobody but the author vouches for it. */
  savedAt: number
  importSource: string
  /** Whose it was when it arrived after the end and the owner took it in; null for every other record (C11). */
  late: { account: string; name: string } | null
  /** Saved here, not yet confirmed by the server. */
  waiting: boolean
  conflict: boolean
  /** N10: signed, or written by a practice, so that it cannot go into the trash, become private or be marked as an error without a reason. */
  kept: boolean
}

export interface RecordRevision {
  revision: string
  n: number
  savedAt: number
  author: RecordAuthor
  /** Null when the body is only at the server and this device is offline, or could not be opened. */
  resource: string | null
  outcome: 'current' | 'conflict'
  current: boolean
}

export interface Conflict {
  record: ChartRecord
  /** The current version. */
  current: { resource: string; author: ChartRecord['author']; savedAt: number }
  /** The oldest first; `revision` names a version wherever it waits, `hash` is '' for one that was not sent yet. */
  others: { hash: string; revision: string; resource: string; author: ChartRecord['author']; savedAt: number }[]
  /** FHIR element names that differ. */
  fields: string[]
  /** False for what another person wrote: only they, or who owns the chart with them, decide (E6). */
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
  /** What the line of the audit log says in addition to the record: which grant, and which program (W25). */
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
  /** Other names under which the record may be here, and the hash that an earlier release made of this text. */
  former?: { identities: readonly string[]; canonicalHash: string }
  collection: string
}

export interface ImportCounts {
  added: number
  unchanged: number
  corrected: number
  conflicts: number
  /** Not written, for the record with this identity is another person's to change. */
  refused: number
  /** Not written, for a person put this very record into the trash. */
  trashed: number
}

/**
 * How taking back an import ended: `stopped` by the person, `full` when the disk was full, `no-right` in a chart of another person. What went
 * into the trash by then is there, and what is left goes when it is asked again.
 */
export interface UndoOutcome {
  end: 'done' | 'stopped' | 'full' | 'no-right'
  undone: number
}

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

export type LateOutcome = { type: 'taken' } | { type: 'pending' } | { type: 'refused'; error: string }

export interface QuarantineView {
  id: string
  collection: string
  n: number
  reason: string
  account: string
}
