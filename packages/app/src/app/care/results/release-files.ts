/**
 * Files of a result: documents of the practice that prove it. A file is sealed for one chart alone, so that the patient gets a document of their own
 * with the same bytes, linked to the published result; what was copied before stays as it is.
 */
import {
  aboutPerson,
  documentForm,
  EMPTY_DOCUMENT,
  instantText,
  isJsonObject,
  type JsonObject,
  newDocument,
  objectAt,
  parseJsonOrNull,
  provenBy,
  stringifyJson,
  withProof,
} from '@chartkeep/domain'
import type { Chart, ChartRecord, FileRef, FileRefusal, PublishOutcome } from '@chartkeep/sync'
import { isOfSameWriter } from '../../practice/writers.ts'

type Attachment = (typeof EMPTY_DOCUMENT)['files'][number]

/** The documents among `documents` that prove a result. */
export function proofsOf(result: Pick<ChartRecord, 'id' | 'type'>, documents: readonly ChartRecord[]): ChartRecord[] {
  const name = nameOf(result)
  return documents.filter(
    ({ type, status, resource }) =>
      type === 'DocumentReference' &&
      status !== 'error' &&
      resource.includes(result.id) &&
      provenBy(parseJsonOrNull(resource)).some(({ reference }) => reference === name),
  )
}

/** Keeps a file in the practice's documents as a proof of the result. */
export async function attachFile(
  vault: Chart,
  { record, person }: { record: ChartRecord; person: JsonObject },
  file: File,
): Promise<{ type: 'saved' } | { type: 'no-right' } | FileRefusal> {
  const kept = await vault.addFile({ name: file.name, contentType: file.type, content: file, collection: 'documents' })
  if (kept.type !== 'file') return kept
  const form = { ...EMPTY_DOCUMENT, title: file.name, date: instantText(Date.now()), files: [attachmentOf(kept)] }
  return saveProof(vault, form, person, record)
}

/** Copies the files that prove a result to the patient; `published`: the current result in the patient's chart. */
export async function releaseFiles(
  { vault, chart }: { vault: Chart; chart: Chart },
  proofs: readonly ChartRecord[],
  published: ChartRecord,
  theirs: readonly ChartRecord[],
): Promise<PublishOutcome> {
  const there = filesThere(published, theirs)
  for (const { resource } of proofs) {
    const document = parseJsonOrNull(resource)
    if (!isJsonObject(document)) continue
    const files: Attachment[] = []
    for (const [index, file] of documentForm(document).files.entries()) {
      if (there.has(file.sha256)) continue
      const read = await vault.readFile(resource, index)
      if (!('bytes' in read)) return { type: 'files' }
      const content = new Blob([read.bytes])
      const kept = await chart.addFile({ ...read, content, collection: 'documents' })
      if (kept.type !== 'file') return { type: kept.type === 'full' ? 'full' : 'files' }
      files.push(attachmentOf(kept))
    }
    const person = objectAt(document, 'subject')
    if (files.length === 0 || person === null) continue
    const saved = await saveProof(chart, { ...documentForm(document), files }, person, published)
    if (saved.type !== 'saved') return saved
  }
  return { type: 'published' }
}

/**
 * The hashes of files that the releasing account added to the result; a file of another author is not one of its copies, whatever it
 * claims.
 */
export function filesThere(published: ChartRecord, theirs: readonly ChartRecord[]): ReadonlySet<string> {
  const ours = theirs.filter((document) => isOfSameWriter(document, published))
  return new Set(proofsOf(published, ours).flatMap(({ resource }) => hashesOf(resource)))
}

async function saveProof(
  chart: Chart,
  form: typeof EMPTY_DOCUMENT,
  person: JsonObject,
  proven: ChartRecord,
): Promise<{ type: 'saved' } | { type: 'no-right' } | { type: 'full' }> {
  const document = withProof(aboutPerson(newDocument(form, ''), person), nameOf(proven), proven.title)
  return chart.save({ collection: 'documents', resource: stringifyJson(document) })
}

/** As records of one chart name each other; what a practice writes has no id of its own. */
function nameOf({ type, id }: Pick<ChartRecord, 'type' | 'id'>): string {
  return `${type}/${id}`
}

function attachmentOf({ name, contentType, size, url, sha256 }: FileRef): Attachment {
  return { title: name, contentType, sizeBytes: size, url, sha256 }
}

function hashesOf(resource: string): string[] {
  const document = parseJsonOrNull(resource)
  return isJsonObject(document) ? documentForm(document).files.map(({ sha256 }) => sha256) : []
}
