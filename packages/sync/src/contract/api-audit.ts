/** What was done with a chart, by whom, and how far this device has checked that (A1 to A5). */
import type { ProgramNote } from './api-program.ts'
import type { RecordAuthor } from './api-records.ts'

/** Who did it. `roles`: of the practice's member at that device by the practice's account log, as they are now or were last; none for a person's. */
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
   * What was checked of this entry (A5): not yet sent; sent, and not found in the audit tree yet; its place in the tree proved; left out
   * of the tree by the server; submitted after the end of a share, where it is in no tree. Only owners' devices read the tree.
   */
  state: 'waiting' | 'sent' | 'proved' | 'missing' | 'late'
  /** The server did not write down that this entry came, though its own log had begun (A2). */
  unnoted: boolean
  /** The program that read or wrote, at the device that signed (W22); null for what a person did. */
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

/**
 * What a server said something against itself about (F1): who is in an account; who may open a chart in an emergency; who may read and write in
 * this chart; its records; its log.
 */
export type EvidencePlace = 'account' | 'emergency' | 'rights' | 'records' | 'audit'

/** What is kept of it, told together for each place and fault. */
export interface EvidenceView {
  place: EvidencePlace
  /** Two histories; an older one than before; something kept back; what nobody signed as it must be. */
  fault: 'fork' | 'behind' | 'withheld' | 'refused' | 'time'
  /** How often it was another thing. */
  count: number
  /** When the newest of it was signed, milliseconds since 1970 by the server's clock; null where nothing in it says so. */
  signed: number | null
}

/** What a line of the audit log says in addition to its action. */
export interface NoteDetail {
  collection?: string
  subject?: string
  count?: number
  record?: string
  /** The grant whose audit log the line goes to, where this account holds several (W26). */
  grant?: string
  program?: ProgramNote
  /** When it was, milliseconds since 1970; without it now. */
  at?: number
}
