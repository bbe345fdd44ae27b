/**
 * The one RxDB schema of all record types: the resource's JSON text as it came, and the fields that lists and search use. It does not check FHIR:
 * forms and imports do, with the schemas of domain.
 */
import type { RxJsonSchema } from 'rxdb'

/** A record or an audit entry as it is stored. Byte strings are base64url without padding. */
export interface StoredRecord {
  /** Primary key: stream + '.' + doc. */
  id: string
  stream: string
  doc: string
  /** The logical collection, e.g. 'labs', 'documents-private', 'audit'. (RxDB documents have a `collection` of their own.) */
  collectionName: string
  /** FHIR resource type. */
  type: string
  /** Clinical date in its own precision, '' for none. Up to 40 characters. */
  date: string
  /** System and code, '' for none. */
  code: string
  title: string
  status: string
  /** Search text. */
  text: string
  revision: string
  /** Hash of the envelope that this revision replaces, '' for none. */
  parent: string
  /** The resource's JSON text, verbatim: 1.10 stays 1.10. */
  resource: string
  /** Hybrid logical clock. */
  clock: string
  account: string
  device: string
  importHash: string
  importSource: string
}

/** The fields of a record alone, of whatever has them. Written out: to copy "all but four" costs ten times as much for each of thousands. */
export function recordOf(document: StoredRecord): StoredRecord {
  const { id, stream, doc, collectionName, type, date, code, title, status, text } = document
  const { revision, parent, resource, clock, account, device, importHash, importSource } = document
  return {
    id,
    stream,
    doc,
    collectionName,
    type,
    date,
    code,
    title,
    status,
    text,
    revision,
    parent,
    resource,
    clock,
    account,
    device,
    importHash,
    importSource,
  }
}

const text = { type: 'string' } as const
const indexed = (maxLength: number) => ({ type: 'string', maxLength }) as const

/**
 * Indexes: by collection and date (lists), stream, code, type. The lengths size RxDB's index keys; a longer value
 * is stored whole and found by equality, only its place in an order may be off.
 */
export const storedRecordSchema: RxJsonSchema<StoredRecord> = {
  title: 'record',
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: indexed(64),
    stream: indexed(32),
    doc: text,
    collectionName: indexed(32),
    type: indexed(40),
    date: indexed(40),
    code: indexed(80),
    title: text,
    status: text,
    text,
    revision: text,
    parent: text,
    resource: text,
    clock: text,
    account: text,
    device: text,
    importHash: text,
    importSource: text,
  },
  required: [
    'id',
    'stream',
    'doc',
    'collectionName',
    'type',
    'date',
    'code',
    'title',
    'status',
    'text',
    'revision',
    'parent',
    'resource',
    'clock',
    'account',
    'device',
    'importHash',
    'importSource',
  ],
  additionalProperties: false,
  indexes: [['collectionName', 'date'], 'stream', 'code', 'type'],
}
