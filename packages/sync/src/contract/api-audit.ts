/** The actions in a chart, their actors, and how far this device has verified them (A1 to A5). */
import type { ProgramNote } from './api-program.ts'
import type { RecordAuthor } from './api-records.ts'

/** The actor. `roles`: of the practice's member at that device by the practice's account log, current or last; empty for a person. */
export interface AuditAuthor extends RecordAuthor {
  roles: readonly string[]
}

export interface AuditLine {
  id: string
  at: number
  author: AuditAuthor
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
   * What was verified of this entry (A5): not yet sent; sent, but not yet found in the audit tree; its position in the tree proved; left
   * out of the tree by the server; submitted after the end of a share, and so in no tree. Only owners' devices read the tree.
   */
  state: 'waiting' | 'sent' | 'proved' | 'missing' | 'late'
  /** The server did not record the arrival of this entry, although its access log had begun (A2). */
  unnoted: boolean
  /** The program that read or wrote, at the device that signed (W22); null for a person's action. */
  program: ProgramNote | null
}

/** One note of the server's access log (A2), as it opened on this device. */
export interface AccessLine {
  n: number
  at: number
  /** `pull`, `bodies`, `push`, `control-read`, `control-write`, `chunk-read`, `chunk-write`, `late-write`, `late-read`, `departure`, `emergency`, or a word of a newer server. */
  kind: string
  /** `ok`, or why the server refused. */
  outcome: string
  author: { account: string; device: string; name: string; me: boolean }
  address: string
  /** Collections of the transferred entries; `audit` for audit logs. */
  collections: string[]
  /** The number of transferred entries. */
  count: number
  bytes: number
  /** Refusals just before this one that the server did not record individually. */
  unlogged: number
}

/** The audit tree as verified by this device (A3, A5). */
export interface AuditCheck {
  /** Entries under the newest signed head, and its time by the server's clock. */
  size: number
  at: number
  /** How many of them this device has read. */
  read: number
  /** The number of the server's notes among them, and the time of the oldest that is stored here; null for none. */
  noted: number
  since: number | null
  /** Ranges of the server's notes that nobody can read any more. */
  gaps: { first: number; last: number }[]
  /** Entries of audit logs that the server left out of the tree. */
  missing: number
  /** Entries of devices whose arrival the server did not record. */
  unnoted: number
  /** Other devices of the owners, and the newest head that each has cosigned. */
  witnesses: { device: string; at: number; size: number }[]
  fault: { fault: string; what: string; at: number } | null
}

export type ProofSubject = { type: 'entry'; id: string } | { type: 'access'; n: number }

export type SavedProof =
  | { type: 'proof'; bytes: Uint8Array; fingerprints: { server: string; accounts: string[] } }
  | { type: 'offline' }
  | { type: 'not-proved' }
  | { type: 'stopped' }

/**
 * The subject of a server's contradiction (F1): who belongs to an account; who may open a chart in an emergency; who may read and write
 * this chart; its records; its audit log.
 */
export type EvidencePlace = 'account' | 'emergency' | 'rights' | 'records' | 'audit'

/** The stored evidence, grouped by place and fault. */
export interface EvidenceView {
  place: EvidencePlace
  /** Two histories; an older history than before; something withheld; an invalid or missing signature; a time running backwards. */
  fault: 'fork' | 'behind' | 'withheld' | 'refused' | 'time'
  /** How many different pieces of evidence. */
  count: number
  /** When the newest of it was signed, milliseconds since 1970 by the server's clock; null if nothing in it has a time. */
  signed: number | null
}

/** Details of an audit entry in addition to its action. */
export interface NoteDetail {
  collection?: string
  subject?: string
  count?: number
  record?: string
  /** The grant whose audit log receives the entry, if this account holds several (W26). */
  grant?: string
  program?: ProgramNote
  /** When it happened, milliseconds since 1970; now by default. */
  at?: number
}
