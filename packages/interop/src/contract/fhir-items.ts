/**
 * What reading a file gives: resources with all that an import needs, refusals with their reason, progress and an end.
 * Reasons are stable codes for the texts of the app; nothing here holds content in a message.
 */
import type { Collection, JsonObject } from '@chartkeep/domain'

/** One resource as it came. */
export interface FhirItem {
  /** Position among the resources of the file, from 0. */
  index: number
  /** Which of the files that were read together holds it, from 0; the files of an archive count one by one. */
  file: number
  /** The resource's JSON exactly as the file has it. */
  text: string
  resource: JsonObject
  resourceType: string
  /** fullUrl of its Bundle entry, '' for none. */
  fullUrl: string
  /** See import-identity.ts of the domain; unique within the file. */
  identity: string
  /** base64url of SHA-256 over the canonical text in its one notation (notation.ts of the domain), 43 characters. */
  canonicalHash: string
  /** Other names under which a chart may have the record, and the hash that an earlier release made of the same text. */
  former: FormerNames
  collection: Collection
  /** Text of the first reference to its person, '' for none. Resolve it with findPatients. */
  patientReference: string
  /** What was done to read it as R4; null for a resource that is kept as it came. */
  readAs: { version: OtherVersion; moved: string[]; aside: string[] } | null
}

/** Versions of FHIR that are read as R4. */
export type OtherVersion = 'dstu2' | 'stu3' | 'r5'

/** See {@link FhirItem.former}. */
export interface FormerNames {
  identities: readonly string[]
  canonicalHash: string
}

/** Why something was not read. */
export type RefusalReason =
  // of a file
  | 'empty'
  | 'unreadable'
  /** The reader itself broke: our defect. */
  | 'failed'
  | 'damaged-archive'
  | 'not-text'
  | 'not-json'
  | 'xml'
  | 'bad-xml'
  | 'pdf'
  | 'zip'
  | 'encrypted'
  | 'too-many-files'
  | 'overlapping'
  | 'not-fhir'
  | 'too-large'
  | 'no-records'
  /** Text of a QR code, or of one of several, that is no card's. */
  | 'card-code'
  | 'card-damaged'
  /** Codes of the card are missing. */
  | 'card-incomplete'
  /** Its signature does not hold: it was changed after it was issued, or issued wrongly. */
  | 'card-changed'
  | 'card-withdrawn'
  | 'link-damaged'
  /** A link, whose records are at another server. */
  | 'link-elsewhere'
  /** A sealed file, without the link that has its key. */
  | 'link-missing'
  | 'no-results'
  // of a row of a table
  | 'table-date'
  | 'table-date-unsure'
  | 'table-number-unsure'
  | 'table-no-test'
  // of a file or of a resource
  | 'too-many'
  | 'truncated'
  | 'fhir-dstu2'
  | 'fhir-stu3'
  | 'fhir-r5'
  | 'syntax'
  | 'too-deep'
  | 'duplicate-key'
  // of a resource
  | 'no-resource'
  | 'deleted'
  | 'duplicate'
  | 'duplicate-id'
  | 'older-version'
  | 'resource-too-large'
  | 'bad-base64'

/** Something that was not read, and where it is. */
export interface Refusal {
  type: 'refused'
  scope: 'file' | 'resource'
  reason: RefusalReason
  /** Resource type if it could be told, else ''. */
  resourceType: string
  /** Entry of the Bundle or line of the NDJSON file, from 1; 0 when not known. */
  place: number
  /** Path inside the archive; '' for the file itself. */
  file: string
  /** Code of the exact fault, where the reason covers several; '' for none. */
  detail: string
  /** For `too-large`, `resource-too-large` and `bad-base64`: bytes found (at least so many when `atLeast`) and the limit; else 0. */
  sizeBytes: number
  limitBytes: number
  atLeast: boolean
}

/**
 * What a file says of itself besides its resources. `more-pages`: it holds `here` of the `total` results of a search (null:
 * the server did not say how many). `outcome`: an issue that the server told, in its own words. `card`: what is known of the signature of a SMART
 * Health Card whose records are here; `issuer` is its address as the card writes it.
 */
export type Notice =
  | { kind: 'more-pages'; here: number; total: number | null }
  | { kind: 'outcome'; severity: string; text: string }
  | { kind: 'card'; verdict: 'verified' | 'unlisted' | 'unchecked'; issuer: string; name: string; isExpired: boolean }

/** Sizes above which nothing is read. Bytes after unpacking. */
export interface ReadLimits {
  /** One JSON document, or one line of NDJSON. */
  documentBytes: number
  /** All lines of NDJSON together. */
  fileBytes: number
  /** Entries of a document and of all Bundles in it, or lines: a count and no size. */
  entries: number
  /** One resource without its larger files (B1): it becomes one sealed envelope (S8, 1 MiB). */
  resourceBytes: number
}

/** 64 MB for a document, 256 MB for all lines, half a million entries, 768 KiB for a resource: what a device can hold at once, whoever made the file. */
export const READ_LIMITS: ReadLimits = {
  documentBytes: 64 * 1024 * 1024,
  fileBytes: 256 * 1024 * 1024,
  entries: 500_000,
  resourceBytes: 768 * 1024,
}

/** A refusal with what is left out filled in. */
export function refusal(
  scope: Refusal['scope'],
  reason: RefusalReason,
  rest: Partial<Omit<Refusal, 'type' | 'scope' | 'reason'>> = {},
): Refusal {
  return {
    type: 'refused',
    scope,
    reason,
    resourceType: '',
    place: 0,
    file: '',
    detail: '',
    sizeBytes: 0,
    limitBytes: 0,
    atLeast: false,
    ...rest,
  }
}
