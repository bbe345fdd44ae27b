/**
 * The run of an import, apart from the screen: keep the original and write the records of one person in batches. What
 * is decided from the file alone stands in interop (import-file.ts). Every resource of the file ends in exactly one of the counts of the result.
 */
import {
  documentForm,
  EMPTY_DOCUMENT,
  importIdOf,
  importSourceText,
  instantText,
  isJsonObject,
  newDocument,
  parseJsonOrNull,
  stringifyJson,
} from '@chartkeep/domain'
import { type FhirItem, type ImportRead, itemsFor, readForImport } from '@chartkeep/interop'
import type { FoundPatient } from '@chartkeep/interop/people'
import type { Chart, FileWatch } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { patientsOf } from '../../app/words/chart-patient.ts'
import type { ImportResult, Original } from './report-state.ts'

/** A file that was read, with the file itself. */
export interface ReadFile extends ImportRead {
  file: File
}

/** The result of a file of which nothing is in. */
export function nothingWritten({
  file,
  kind,
  refusals,
  fileRefusal,
  notices,
  skipped,
  inside,
}: Omit<ReadFile, 'items' | 'people'>): ImportResult {
  return {
    id: '',
    fileName: file.name,
    sizeBytes: file.size,
    kind,
    added: 0,
    unchanged: 0,
    corrected: 0,
    conflicts: 0,
    notWritten: 0,
    trashed: 0,
    kept: 0,
    describesToo: false,
    others: [],
    otherPerson: 0,
    left: 0,
    ended: null,
    original: { type: 'not-read' },
    refusals,
    fileRefusal,
    notices,
    skipped,
    inside,
  }
}

const BATCH = 200
/** Records with files inside are large; a batch holds up what the person saves meanwhile. */
const BATCH_CHARACTERS = 8 * 1024 * 1024
/** A file may name people by the hundred thousand. */
const NAMED_OTHERS = 20

/** Reads the whole file; null when the person stopped it (nothing was written). */
export async function readFile(
  file: File,
  signal: AbortSignal,
  onProgress: (bytes: number, total: number | null) => void,
): Promise<ReadFile | null> {
  const read = await readForImport(file, file.name, { signal, onProgress })
  return read === null ? null : { ...read, file }
}

/** Writes the records of `patient` (all of them when the file names nobody); stops between two batches. Never rejects: the result says where it ended. */
export async function writeRecords(
  chart: Chart,
  read: ReadFile,
  patient: FoundPatient | null,
  signal: AbortSignal,
  onProgress: (done: number, all: number) => void,
  onKept: (doneBytes: number, allBytes: number) => void = () => {},
): Promise<ImportResult> {
  const mine = itemsFor(read, patient)
  const others = read.people.patients.filter(({ key }) => key !== patient?.key)
  const result: ImportResult = {
    ...nothingWritten(read),
    otherPerson: read.items.length - mine.length,
    others: patient === null ? [] : others.slice(0, NAMED_OTHERS).flatMap(({ name }) => (name === '' ? [] : [name])),
    left: mine.length,
  }
  try {
    const before = await descriptionsIn(chart)
    const { original, id } = await keepOriginal(chart, read.file, { signal, onProgress: onKept })
    result.original = original
    result.id = id
    const source = importSourceText(id, read.file.name)
    for (const { batch, end } of batchesOf(mine)) {
      if (signal.aborted) {
        result.ended = 'stopped'
        break
      }
      const items = batch.map(({ text, identity, canonicalHash, former, collection }) => ({
        text,
        identity,
        canonicalHash,
        former,
        collection,
      }))
      // A batch that fails is not in at all; those before it stay.
      const counts = await chart.importBatch(items, source)
      result.added += counts.added
      result.unchanged += counts.unchanged
      result.corrected += counts.corrected
      result.conflicts += counts.conflicts
      result.notWritten += counts.refused
      result.trashed += counts.trashed
      result.kept += batch.filter((item) => item.collection === 'other').length
      result.left = mine.length - end
      onProgress(end, mine.length)
    }
    result.describesToo = before > 0 && (await descriptionsIn(chart)) > before
    await note(chart, result)
  } catch (error) {
    result.ended = isFull(error) ? 'full' : 'failed'
    // What is in is told, as far as the disk takes it.
    await note(chart, result).catch(() => {})
  }
  return result
}

/** One line of the audit log; none where nothing was written. */
async function note(chart: Chart, { fileName, added, corrected, conflicts }: ImportResult): Promise<void> {
  const count = added + corrected + conflicts
  if (count > 0) await chart.note('imported', { subject: fileName, count })
}

function isFull(error: unknown): boolean {
  return error instanceof Error && /quota/iu.test(`${error.name} ${error.message}`)
}

async function descriptionsIn(chart: Chart): Promise<number> {
  return patientsOf(await firstValueFrom(chart.list$('profile'))).length
}

function* batchesOf(items: FhirItem[]): Generator<{ batch: FhirItem[]; end: number }> {
  for (let start = 0; start < items.length;) {
    let end = start
    let characters = 0
    while (end < items.length && end - start < BATCH && (end === start || characters < BATCH_CHARACTERS)) {
      characters += items[end]!.text.length
      end++
    }
    yield { batch: items.slice(start, end), end }
    start = end
  }
}

const ORIGINALS = 'documents-private'

/**
 * The original file as a sealed blob with a DocumentReference in the private list, and the id of its import: by its hash, so that the document and the
 * records know each other. Of a file that could not be kept, a random one.
 */
export async function keepOriginal(
  chart: Chart,
  file: File,
  watch: FileWatch,
): Promise<{ original: Original; id: string }> {
  const contentType = file.type || 'application/octet-stream'
  const ref = await chart
    .addFile({ name: file.name, contentType, content: file, collection: ORIGINALS }, watch)
    .catch((error: unknown) => ({ type: isFull(error) ? ('full' as const) : ('failed' as const) }))
  if (ref.type !== 'file')
    return { original: { type: ref.type }, id: crypto.randomUUID().replaceAll('-', '').slice(0, 22) }
  const id = importIdOf(ref.sha256)
  // The document that holds these bytes may lie in the trash, where nobody sees it.
  const there = ref.known ? await documentOf(chart, ref.sha256) : null
  if (there !== null) return { original: { type: 'kept', record: there }, id }
  const files = [
    { title: ref.name, contentType: ref.contentType, sizeBytes: ref.size, url: ref.url, sha256: ref.sha256 },
  ]
  const form = { ...EMPTY_DOCUMENT, title: ref.name, date: instantText(Date.now()), files }
  const resource = stringifyJson(newDocument(form, 'Patient/self'))
  const saved = await chart.save({ collection: ORIGINALS, resource }).catch(() => ({ type: 'failed' as const }))
  if (saved.type === 'saved') return { original: { type: 'kept', record: saved.record.id }, id }
  return { original: { type: saved.type === 'full' ? 'full' : 'failed' }, id }
}

/** The document in view that holds a file of this hash. */
async function documentOf(chart: Chart, sha256: string): Promise<string | null> {
  const documents = await firstValueFrom(chart.list$(ORIGINALS))
  const found = documents.find(({ resource, status }) => {
    const document = status !== 'error' && resource.includes(sha256) ? parseJsonOrNull(resource) : null
    return isJsonObject(document) && documentForm(document).files.some((file) => file.sha256 === sha256)
  })
  return found?.id ?? null
}
