/** One open chart: all reading and writing of it by a person. */
import type { UndoPlan } from '@chartkeep/domain'
import type { Observable } from 'rxjs'
import type {
  AccessLine,
  AuditCheck,
  AuditLine,
  EvidenceView,
  ProofSubject,
  SavedProof,
  NoteDetail,
} from './api-audit.ts'
import type { ChartEmergency } from './api-emergency.ts'
import type {
  FileProblem,
  FileRef,
  FileRefusal,
  FileState,
  FileTransfer,
  FileWatch,
  UnfinishedFile,
} from './api-files.ts'
import type {
  ChartRecord,
  Conflict,
  ImportCounts,
  ImportItem,
  LateOutcome,
  LateView,
  QuarantineView,
  RecordRevision,
  SaveInput,
  SaveOutcome,
  SeenVersions,
  UndoOutcome,
  WriteOutcome,
} from './api-records.ts'
import type { GrantView, OwnGrant, ShareInput, ShareOutcome } from './api-sharing.ts'
import type { SignatureView, SignInput, SignOutcome } from './api-signatures.ts'
import type { ChartSummary } from './api-summary.ts'
import type { ChartOwners } from './api-owners.ts'

export interface Chart {
  slot: string
  /** False once it was closed to make room, has ended or is locked; ask the session for it again. */
  isOpen(): boolean
  /**
   * Prevents it from being closed to make room for another chart, while a screen shows it or work continues; call the returned function
   * once.
   */
  hold(): () => void
  summary$: Observable<ChartSummary>
  /** Every record of a collection, newest clinical date first, without the trash. */
  list$(collection: string): Observable<ChartRecord[]>
  /** The records of a collection in the trash, the last deleted first. */
  trash$(collection: string): Observable<ChartRecord[]>
  /** Every record of the chart that this account can read, without the trash. */
  all$: Observable<ChartRecord[]>
  record$(id: string): Observable<ChartRecord | null>
  /** The record of a list that references call `doc` ({@link ChartRecord.doc}); null if there is none. */
  referencedNow(collection: string, doc: string): ChartRecord | null
  /** Ids of all records that a search may find, newest clinical date first; {@link recordNow} reads them, a few at a time. */
  recordIds(): string[]
  /** The current record; null if there is none, for audit entries and for records in the trash. */
  recordNow(id: string): ChartRecord | null
  /** The ids that each durable entry wrote or removed; completes when the chart is closed. */
  written$: Observable<readonly string[]>
  counts$: Observable<Record<string, number>>
  history(id: string): Promise<RecordRevision[]>
  /** The earlier versions that this device holds, newest first; only for records that have any. Asks no server. */
  earlier(ids: readonly string[]): Promise<Map<string, RecordRevision[]>>
  /**
   * Signs the exact text of the current version with this device's key (N1). The record does not change; the signature is a separate record
   * in `notes` and requires the right `sign` there.
   */
  sign(input: SignInput): Promise<SignOutcome>
  /** The signatures of a record, by its `doc`, in the order of signing; each verified on this device (N2, N3). */
  signaturesOf$(doc: string): Observable<SignatureView[]>
  /**
   * A signed record with everything that proves its signatures, as a file to give away (N8): plain text. Null if it is unsigned or a signed
   * text is not here.
   */
  saveSigned(id: string): Promise<Uint8Array | null>
  /** The signatures of all records; of earlier versions only if their text is here. */
  signatures$: Observable<SignatureView[]>
  /** Saves a new record or a new version of `id`. `resource` is FHIR JSON text. Durable when the promise resolves. */
  save(input: SaveInput & { base?: never }): Promise<WriteOutcome>
  /**
   * Saves a change to the version that the person has read: `base` is its revision. If another version of `id` is current when the change
   * would be written, nothing is written, so that the person sees the newer version first.
   */
  save(input: SaveInput & { base?: string }): Promise<SaveOutcome>
  /**
   * Moves the person's own record to or from the private list of its collection. The record gets another id there; a marker without content
   * stays behind. Earlier versions stay in the history of the old list. `files`: refused, because its files were sealed for the old list.
   */
  move(id: string, to: 'private' | 'shared'): Promise<WriteOutcome | { type: 'files' } | { type: 'stays' }>
  /**
   * Imports a batch (up to a few hundred items): one durable entry. Same identity and same content change nothing.
   * @param source - the text that the records carry (import-source.ts of the domain)
   */
  importBatch(items: ImportItem[], source: string): Promise<ImportCounts>
  /** What undoing the import of this id would do now. */
  undoPlan(importId: string): UndoPlan<ChartRecord>
  /** Moves an import's records to the trash, unless something builds on them; a few hundred at a time. */
  undoImport(importId: string, watch?: FileWatch): Promise<UndoOutcome>
  /**
   * Stores a file of up to 1 GB: sealed in chunks on this device, never whole in memory, uploaded once a record names it. The result goes
   * into a DocumentReference. After a stop or a restart the same file continues where it stopped; different content starts again under
   * another key.
   */
  addFile(
    input: { name: string; contentType: string; content: Blob; collection: string },
    watch?: FileWatch,
  ): Promise<FileRef | FileRefusal>
  /** Files that were begun here and that no record names, without those that {@link addFile} is sealing. */
  unfinishedFiles(): Promise<UnfinishedFile[]>
  /** Lets go of what was begun. */
  dropUnfinished(id: string): Promise<void>
  /** The files of a record, in its order: sealed files, or small inline files, which have no id and are always here. */
  files(resource: string): { id: string | null; name: string; contentType: string; size: number }[]
  /** Reads the file at an index of {@link files} into memory, to show it. */
  readFile(
    resource: string,
    index?: number,
    watch?: FileWatch,
  ): Promise<{ name: string; contentType: string; bytes: Uint8Array<ArrayBuffer> } | FileProblem>
  /** Delivers the file in verified pieces and awaits `take` for each, to save it. Null once complete. */
  streamFile(
    resource: string,
    index: number,
    take: (piece: Uint8Array) => void | Promise<void>,
    watch?: FileWatch,
  ): Promise<FileProblem | null>
  /** Null for a file inside a record, and for none. */
  fileState(resource: string, index: number): Promise<FileState | null>
  /** Where the files of these records are, by their ids, with a single read of the disk. */
  fileStates(resources: readonly string[]): Promise<Map<string, FileState>>
  /**
   * Fetches a file and keeps it on this device, or removes it once the server has confirmed that it holds every chunk. The choice is
   * stored; a file that cannot be removed now is removed later.
   */
  keepFile(resource: string, index: number, isKept: boolean, watch?: FileWatch): Promise<FileProblem | null>
  /** Files in transfer. */
  transfers$: Observable<readonly FileTransfer[]>
  /** The text of a record with its larger files inline again, exactly as it was imported (B1). */
  wholeText(resource: string): Promise<{ type: 'text'; text: string } | FileProblem>
  conflicts$: Observable<Conflict[]>
  /**
   * A person's decision: the new current version, which takes in every open conflict of the record. `changed`: the current or waiting versions are no
   * longer those in `seen`; nothing was decided.
   */
  resolve(id: string, resource: string, seen: SeenVersions): Promise<WriteOutcome | { type: 'changed' }>
  grants$: Observable<GrantView[]>
  /** The grants by which this account reads the chart, one by one; empty for an own chart. */
  ownGrants$: Observable<OwnGrant[]>
  /** The same, by the log and the current clocks. */
  ownGrantsNow(): OwnGrant[]
  share(input: ShareInput): Promise<ShareOutcome>
  /**
   * Gives the holders of these grants the same access until later (C3), by new grants next to those that run out. A grant `from now` begins at the
   * new moment.
   */
  moreTime(input: { grants: readonly string[]; until: number }): Promise<ShareOutcome>
  revoke(grant: string): Promise<ShareOutcome>
  /** Drops an intent that is not yet in force. */
  dropIntent(grant: string): Promise<void>
  owners: ChartOwners
  emergency: ChartEmergency
  audit$: Observable<AuditLine[]>
  /** How far the audit log is verified: entries read, and gaps or faults found. */
  auditState$: Observable<{ checked: number; fault: string | null }>
  /** The audit tree; null for a shared chart, and before the first head was verified. */
  auditCheck$: Observable<AuditCheck | null>
  /** The server's notes, newest first; empty for a shared chart. */
  access$: Observable<AccessLine[]>
  /** After a contradictory log: keeps the evidence and the earlier reading, and starts with the log that the server shows now (F1). */
  restartAudit(): Promise<void>
  /** F1: the stored evidence of contradictions by a server about this chart. */
  evidence$: Observable<EvidenceView[]>
  /** All evidence, as a JSON file to give away; records in it are sealed. */
  saveEvidence(): Uint8Array
  /** One entry with everything that proves it, as a file to give away (A4). */
  saveProof(subject: ProofSubject): Promise<SavedProof>
  /**
   * Appends an action to the audit log: 'opened', 'read', 'exported', 'printed', ... True once the entry is durable here; false if the
   * chart is closed or this account writes no audit log of it.
   */
  note(action: string, detail?: NoteDetail): Promise<boolean>
  quarantine$: Observable<QuarantineView[]>
  /** Records that arrived after a share's end, newest first; empty for a shared chart. */
  late$: Observable<LateView[]>
  /** Accepts late records. `pending`: some need the server and take effect when it answers. */
  takeLate(ids: readonly string[]): Promise<LateOutcome>
  /** Rejects late records; they stay here and can be accepted later. */
  leaveLate(ids: readonly string[]): Promise<void>
  rename(name: string): Promise<void>
}
