/** One open chart: everything that a person reads in it and does to it. */
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
  /** False once it was closed to make room, ended or locked; ask the session for it again. */
  isOpen(): boolean
  /** Keeps it from being closed to make room for another chart, as long as a screen shows it or work continues; call the answer once. */
  hold(): () => void
  summary$: Observable<ChartSummary>
  /** Every record of a collection, newest clinical date first; what is in the trash is in no list. */
  list$(collection: string): Observable<ChartRecord[]>
  /** What a person put into the trash of a collection, the last first. */
  trash$(collection: string): Observable<ChartRecord[]>
  /** Every record of the chart that this account can read, the trash left out. */
  all$: Observable<ChartRecord[]>
  record$(id: string): Observable<ChartRecord | null>
  /** The record of a list that references name as `doc` ({@link ChartRecord.doc}); null for none. */
  referencedNow(collection: string, doc: string): ChartRecord | null
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
  /**
   * Signs the exact text of the current version with this device's key (N1). The record stays as it is; the signature is a record of its own in
   * `notes`, and needs the right `sign` there.
   */
  sign(input: SignInput): Promise<SignOutcome>
  /** The signatures of a record, by its `doc`, in the order in which they were made; each judged on this device (N2, N3). */
  signaturesOf$(doc: string): Observable<SignatureView[]>
  /** A signed record with all that proves who signed it, as a file to give away (N8): plain text. Null where nobody signed, or a text is not here. */
  saveSigned(id: string): Promise<Uint8Array | null>
  /** Those of all records; of earlier versions only where their text is here. */
  signatures$: Observable<SignatureView[]>
  /** Saves a new record or a new version of `id`. `resource` is FHIR JSON text. Durable when the promise resolves. */
  save(input: SaveInput & { base?: never }): Promise<WriteOutcome>
  /**
   * Saves a change to a version that the person has read: `base` is its revision. If another version of `id` is current when the change would be
   * written, nothing is written: the person sees the newer version first.
   */
  save(input: SaveInput & { base?: string }): Promise<SaveOutcome>
  /**
   * Moves the person's own record into the private list of its collection, or out of it. The record gets another id there; a marker without content
   * stays behind. Earlier versions stay in the history of the old list. `files`: refused, because its files were sealed for the old list.
   */
  move(id: string, to: 'private' | 'shared'): Promise<WriteOutcome | { type: 'files' } | { type: 'stays' }>
  /**
   * Imports a batch (up to a few hundred items): one durable entry. Same identity and same content change nothing.
   * @param source - the text that the records carry (import-source.ts of the domain)
   */
  importBatch(items: ImportItem[], source: string): Promise<ImportCounts>
  /** What taking back the import of this id would do now. */
  undoPlan(importId: string): UndoPlan<ChartRecord>
  /** Puts what an import brought into the trash, as long as nothing builds on it; some hundred records at a time. */
  undoImport(importId: string, watch?: FileWatch): Promise<UndoOutcome>
  /**
   * Keeps a file of up to 1 GB: sealed in chunks here, never whole in memory, uploaded once a record names it. The answer goes into a
   * DocumentReference. After a stop or a restart the same file continues where it was; another content begins again under another key.
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
  /**
   * A person's decision: the new current version, which takes in every open conflict of the record. `changed`: the current or waiting versions are no
   * longer those in `seen`; nothing was decided.
   */
  resolve(id: string, resource: string, seen: SeenVersions): Promise<WriteOutcome | { type: 'changed' }>
  grants$: Observable<GrantView[]>
  /** The grants by which this account reads the chart, each by itself; none for an own chart. */
  ownGrants$: Observable<OwnGrant[]>
  /** The same, by the log and the clocks of this very moment. */
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
  /** How far the audit log is checked: entries read, and gaps or faults found. */
  auditState$: Observable<{ checked: number; fault: string | null }>
  /** The audit tree; null for a shared chart, and before the first head was checked. */
  auditCheck$: Observable<AuditCheck | null>
  /** What the server noted, newest first; empty for a shared chart. */
  access$: Observable<AccessLine[]>
  /** After a log that did not hold: keeps the evidence and what was read, and begins with the log that the server shows now (F1). */
  restartAudit(): Promise<void>
  /** F1: what is kept of a server that said something against itself about this chart. */
  evidence$: Observable<EvidenceView[]>
  /** All of it, as a file to give away: JSON, in which records are sealed. */
  saveEvidence(): Uint8Array
  /** One entry with all that proves it, as a file to give away (A4). */
  saveProof(subject: ProofSubject): Promise<SavedProof>
  /**
   * Appends to the audit log what was done: 'opened', 'read', 'exported', 'printed', ... True once the line is durable here; false where the chart
   * is closed or this account writes no audit log of it.
   */
  note(action: string, detail?: NoteDetail): Promise<boolean>
  quarantine$: Observable<QuarantineView[]>
  /** What arrived after the end, newest first; empty for a shared chart. */
  late$: Observable<LateView[]>
  /** Takes late records in. `pending`: some need the server, and go in force when it answers. */
  takeLate(ids: readonly string[]): Promise<LateOutcome>
  /** Leaves late records out; they stay here and can be taken in later. */
  leaveLate(ids: readonly string[]): Promise<void>
  rename(name: string): Promise<void>
}
