/**
 * Which records go when a whole import is taken back. A record goes as long as nothing builds on it: nobody wrote over it, signed it or decided on
 * it, and nothing that stays refers to it. Records that were there before the import stay as they are.
 */
import { signatureRecord } from '../builders/signature-record.ts'
import { referencedVersion, referenceValue } from '../elements/care-references.ts'
import { importSourceOf } from './import-source.ts'
import { isJsonObject, parseJsonOrNull, type JsonObject } from '../elements/json.ts'
import { ReferenceIndex, referencesIn } from '../elements/references.ts'
import { subjectReferences } from '../elements/subject.ts'

/** What the plan has to know of a record; `resource` is its JSON text. */
export interface UndoRecord {
  id: string
  doc: string
  importSource: string
  resource: string
  status: string
  /** Two versions of it wait for a decision. */
  conflict: boolean
}

/**
 * Why a record stays. `edited`: a person wrote over it. `updated`: a later import did. `before`: it was there before this import, which brought a
 * newer version. `conflict`: two versions wait for a decision. `signed`, `linked`: a signature, or a record that stays, refers to it.
 */
export type UndoStays = 'edited' | 'updated' | 'before' | 'conflict' | 'signed' | 'linked'

export interface UndoPlan<R> {
  goes: R[]
  stays: { record: R; why: UndoStays }[]
}

/** The plan for the import `id` over all records of a chart, audit events left out. What is in the trash already is in neither list. */
export function undoPlan<R extends UndoRecord>(records: readonly R[], id: string): UndoPlan<R> {
  const goes = new Map<string, R>()
  const others: R[] = []
  const stays: UndoPlan<R>['stays'] = []
  for (const record of records) {
    if (record.status === 'trash') continue
    const source = importSourceOf(record.importSource)
    const why = source === null ? null : ownReason(record, source, id)
    if (why === 'goes') goes.set(record.id, record)
    else others.push(record)
    if (why !== null && why !== 'goes') stays.push({ record, why })
  }
  if (goes.size === 0) return { goes: [], stays }
  const names = namesOf(goes.values())
  for (let record = others.pop(); record !== undefined; record = others.pop()) {
    const resource = parseJsonOrNull(record.resource)
    if (!isJsonObject(resource)) continue
    const why = signatureRecord(resource) === null ? 'linked' : 'signed'
    for (const named of namedBy(resource, names)) {
      if (!goes.delete(named.id)) continue
      stays.push({ record: named, why })
      others.push(named)
    }
  }
  return { goes: [...goes.values()], stays }
}

/** What speaks for a record by itself; null where it is none of this import. */
function ownReason(
  { conflict }: UndoRecord,
  source: NonNullable<ReturnType<typeof importSourceOf>>,
  id: string,
): UndoStays | 'goes' | null {
  if (source.id !== id) return source.over === id ? 'updated' : null
  if (source.over !== '') return 'before'
  if (source.state !== 'imported') return 'edited'
  return conflict ? 'conflict' : 'goes'
}

interface Names<R> {
  index: ReferenceIndex<R>
  byDoc: Map<string, R>
  byId: Map<string, R>
}

function namesOf<R extends UndoRecord>(records: Iterable<R>): Names<R> {
  const names: Names<R> = { index: new ReferenceIndex<R>(), byDoc: new Map(), byId: new Map() }
  for (const record of records) {
    names.index.add(record, parseJsonOrNull(record.resource))
    names.byDoc.set(record.doc, record)
    names.byId.set(record.id, record)
  }
  return names
}

/** Records that a resource refers to; whose it is counts for nothing. */
function namedBy<R>(resource: JsonObject, { index, byDoc, byId }: Names<R>): R[] {
  const about = new Set(subjectReferences(resource))
  const named: R[] = []
  for (const { reference } of referencesIn(resource)) {
    if (about.has(reference)) continue
    const found = index.resolve(reference, { resource, fullUrl: '' })
    if (found.type === 'found') named.push(found.item)
    // This app names a record without an id of its own by the record's.
    const text = reference['reference']
    const own = typeof text === 'string' ? byId.get(text.slice(text.indexOf('/') + 1)) : undefined
    if (own !== undefined) named.push(own)
  }
  for (const doc of docsIn(resource, 0)) {
    const record = byDoc.get(doc)
    if (record !== undefined) named.push(record)
  }
  return named
}

/** Records that are named by their `doc`, alone or with a version. */
function docsIn(value: unknown, depth: number): string[] {
  if (depth > 64) return []
  if (Array.isArray(value)) return value.flatMap((item) => docsIn(item, depth + 1))
  if (!isJsonObject(value)) return []
  const doc = referenceValue(value, 'record') || (referencedVersion(value)?.id ?? '')
  return [...(doc === '' ? [] : [doc]), ...Object.values(value).flatMap((item) => docsIn(item, depth + 1))]
}
