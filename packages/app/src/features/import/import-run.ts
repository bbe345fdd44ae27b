/**
 * The run of an import, apart from the screen: write the records of one person in batches and keep the original. What
 * is decided from the file alone stands in interop (import-file.ts). Every resource of the file ends in exactly one of the counts of the result.
 */
import { EMPTY_DOCUMENT, instantText, newDocument, stringifyJson } from '@chartkeep/domain'
import {
  type FhirItem,
  type FoundPatient,
  type ImportRead,
  itemsFor,
  readForImport,
  type Refusal,
} from '@chartkeep/interop'
import type { Chart, FileRefusal, FileWatch } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { patientsOf } from '../../app/chart/chart-patient.ts'

/** A file that was read, with the file itself. */
export interface ReadFile extends ImportRead {
  file: File
}

/** What an import did. `kept` is the part of the written records that went to the list of other records. */
export interface ImportResult {
  added: number
  unchanged: number
  corrected: number
  conflicts: number
  /** Read, and not written: the record that has this name in the chart is somebody else's to change. */
  notWritten: number
  kept: number
  /** The file describes the person of the chart too, beside a description that was there; not where the chart had this one already. */
  describesToo: boolean
  otherPerson: number
  /** Resources of the file, the refused ones counted. */
  all: number
  wasStopped: boolean
  /** What became of the original file, which is kept beside its records. */
  original: 'kept' | FileRefusal['type'] | null
  refusals: Refusal[]
  fileRefusal: Refusal | null
}

/** The result of a file of which nothing is in. */
export function nothingWritten({ refusals, fileRefusal }: Pick<ReadFile, 'refusals' | 'fileRefusal'>): ImportResult {
  return {
    added: 0,
    unchanged: 0,
    corrected: 0,
    conflicts: 0,
    notWritten: 0,
    kept: 0,
    describesToo: false,
    otherPerson: 0,
    all: 0,
    wasStopped: false,
    original: null,
    refusals,
    fileRefusal,
  }
}

const BATCH = 200
/** Records with files inside are large; a batch holds up what the person saves meanwhile. */
const BATCH_CHARACTERS = 8 * 1024 * 1024

/** Reads the whole file; null when the person stopped it (nothing was written). */
export async function readFile(
  file: File,
  signal: AbortSignal,
  onProgress: (bytes: number, total: number | null) => void,
): Promise<ReadFile | null> {
  const read = await readForImport(file, file.name, { signal, onProgress })
  return read === null ? null : { ...read, file }
}

/** Writes the records of `patient` (all of them when the file names nobody); stops between two batches. */
export async function writeRecords(
  chart: Chart,
  read: ReadFile,
  patient: FoundPatient | null,
  signal: AbortSignal,
  onProgress: (done: number, all: number) => void,
  onKept: (doneBytes: number, allBytes: number) => void = () => {},
): Promise<ImportResult> {
  const mine = itemsFor(read, patient)
  const result: ImportResult = {
    ...nothingWritten(read),
    otherPerson: read.items.length - mine.length,
    all: read.items.length + read.refusals.length,
  }
  const source = read.file.name
  const before = await descriptionsIn(chart)
  result.original = await keepOriginal(chart, read.file, { signal, onProgress: onKept })
  for (const { batch, end } of batchesOf(mine)) {
    if (signal.aborted) {
      result.wasStopped = true
      break
    }
    const counts = await chart
      .importBatch(
        batch.map(({ text, identity, canonicalHash, collection }) => ({ text, identity, canonicalHash, collection })),
        source,
      )
      // A full disk or a locked session: what is in stays in, the report says that it stopped.
      .catch(() => null)
    if (counts === null) {
      result.wasStopped = true
      break
    }
    result.added += counts.added
    result.unchanged += counts.unchanged
    result.corrected += counts.corrected
    result.conflicts += counts.conflicts
    result.notWritten += counts.refused
    result.kept += batch.filter((item) => item.collection === 'other').length
    onProgress(end, mine.length)
  }
  result.describesToo = before > 0 && (await descriptionsIn(chart)) > before
  await chart.note('imported', { subject: read.file.name, count: result.added + result.corrected + result.conflicts })
  return result
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

/** The original file as a sealed blob with a DocumentReference in the private list. Its records are in whatever becomes of it. */
async function keepOriginal(chart: Chart, file: File, watch: FileWatch): Promise<ImportResult['original']> {
  const ref = await chart.addFile(
    {
      name: file.name,
      contentType: file.type || 'application/octet-stream',
      content: file,
      collection: 'documents-private',
    },
    watch,
  )
  if (ref.type !== 'file') return ref.type
  if (ref.known) return 'kept'
  const document = newDocument(
    {
      ...EMPTY_DOCUMENT,
      title: ref.name,
      date: instantText(Date.now()),
      files: [{ title: ref.name, contentType: ref.contentType, sizeBytes: ref.size, url: ref.url, sha256: ref.sha256 }],
    },
    'Patient/self',
  )
  const saved = await chart.save({ collection: 'documents-private', resource: stringifyJson(document) })
  return saved.type === 'full' ? 'full' : 'kept'
}
