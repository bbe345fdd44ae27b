/**
 * A door: how files of one kind become records. Every kind has the same interface, so that the pipeline
 * (read-files.ts), the report and the tests treat them alike. doors.ts has the list; file-kind.ts tells the kinds.
 */
import type { ByteSource } from '../bytes/byte-source.ts'
import type { FhirItem, Notice, ReadLimits, Refusal } from './fhir-items.ts'
import type { KnownIssuer } from '../cards/card-verdict.ts'
import type { TableMapping } from '../table/table-mapping.ts'

/** What a file is, as far as an import can tell. `json`, `xml` and `text` are such files of a kind that nothing here knows. */
export type FileKind =
  | 'fhir-json'
  | 'fhir-ndjson'
  | 'fhir-xml'
  | 'ccda'
  | 'apple-health'
  | 'health-card'
  | 'health-link'
  | 'my-health-bank'
  | 'lab-table'
  | 'calendar'
  | 'contact'
  | 'hl7-v2'
  | 'dicom'
  | 'pdf'
  | 'picture'
  | 'sound-or-film'
  | 'office'
  | 'web-page'
  | 'zip'
  | 'backup'
  | 'json'
  | 'xml'
  | 'text'
  | 'empty'
  | 'unknown'

/** One file as a door gets it. */
export interface ImportInput {
  source: ByteSource
  /** The file's own name, without folders. It decides nothing that its bytes do not. */
  name: string
  /** Its path inside the archive: `clinical-records/a.json`; '' for a file by itself. */
  path: string
  kind: FileKind
  /** All files of the same archive, this one too; none for a file by itself. */
  siblings: readonly ImportInput[]
}

/** What a door may be told. A door that asks the person something adds its answers here, optional and under its own name. */
export interface DoorOptions {
  signal?: AbortSignal
  limits?: Partial<ReadLimits>
  /** Issuers of SMART Health Cards whose keys are at hand. None: no card is verified, and each says so. */
  cardIssuers?: readonly KnownIssuer[]
  /** What the person confirmed of a table of results. */
  tableMapping?: TableMapping
  /** Milliseconds since 1970, for what can expire. */
  now?: number
}

/** Why something that was read and understood did not become a record. */
export type SkipReason =
  /** No record of this program can hold it. */
  | 'no-place'
  /** The source says that it has nothing to say (nullFlavor, an empty entry). */
  | 'no-content'
  /** The text for people names it, and no coded entry does. */
  | 'only-as-text'
  /** It says the same as another statement of the file. */
  | 'repeated'
  /** It belongs to another record, which holds it. */
  | 'part-of-another'

/** A statement that was read and not taken. `what` names its kind for people who look (a section, an element); never content. */
export interface Skipped {
  type: 'skipped'
  what: string
  reason: SkipReason
  /** Position among the statements of the file, from 1; 0 when not known. */
  place: number
  /** Path inside the archive; '' for the file itself. */
  file: string
}

/**
 * Statements of the file and what became of them: `found` is always `taken + skipped + refused`. One statement may give
 * several records (`resources`), and a record may come from none (the document's author).
 */
export interface DoorCounts {
  found: number
  taken: number
  skipped: number
  refused: number
  resources: number
}

/** What a door gives; the last event is always `done`, and there is one. */
export type ImportEvent =
  /** A record as FHIR R4, ready for the chart. */
  | { type: 'resource'; item: FhirItem }
  | Skipped
  | Refusal
  | { type: 'notice'; notice: Notice }
  /** Bytes as stored; `totalBytes` is null where the source does not know its size. */
  | { type: 'progress'; bytesRead: number; totalBytes: number | null }
  | { type: 'done'; outcome: 'read' | 'refused' | 'cancelled'; counts: DoorCounts }

export interface Door {
  /** The kinds of files that it opens. */
  kinds: readonly FileKind[]
  /**
   * Reads the file to its end. Nothing is thrown for bad input or a failing source: that is a refusal. Cancelled by
   * `options.signal` between two events; the end then says `cancelled`. The same bytes give the same events.
   */
  read(input: ImportInput, options: DoorOptions): AsyncIterable<ImportEvent>
}
