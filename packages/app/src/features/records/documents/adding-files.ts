/**
 * Files that a person is adding to the documents of a chart, one after another, apart from the screen that shows them: they go on while the
 * person looks at other screens. A file is sealed in chunks, then its DocumentReference is saved: before that, it is in no list.
 */
import {
  EMPTY_DOCUMENT,
  instantText,
  isJsonObject,
  type JsonObject,
  newDocument,
  newDocumentVersion,
  parseJsonOrNull,
  stringifyJson,
  superseded,
} from '@chartkeep/domain'
import type { Chart } from '@chartkeep/sync'
import { BehaviorSubject } from 'rxjs'
import { changeRecord } from '../../../app/words/change-record.ts'
import { contentTypeOf, nameWithoutEnding } from '../../../ui/viewer/file-kind.ts'

/** Why a file was not added; nothing else was changed. */
export type AddProblem = 'empty' | 'too-large' | 'unreadable' | 'full' | 'stopped' | 'no-right' | 'failed'

export type AddStep =
  | { type: 'waits' }
  | { type: 'working'; doneBytes: number }
  /** `isApart`: the document that it was to be a new version of is in no list by now, or entered in error, so it is one of its own. */
  | { type: 'added'; record: string; isApart: boolean }
  /** This very file is in the list already; `file` is its id there. */
  | { type: 'known'; file: string }
  | { type: 'problem'; problem: AddProblem }

export interface AddedFile {
  key: number
  name: string
  size: number
  step: AddStep
}

/** Where a file goes, and as what. */
export interface AddTarget {
  collection: string
  /** Reference to the person; a new version is about whom the version before is about. */
  patient: string
  /** '' takes the file's name. */
  title?: string
  /** The document that this file is a new version of, by its id, with the reference to it. */
  replaces?: { id: string; reference: string }
}

interface Work {
  chart: Chart
  file: File
  target: AddTarget
  control: AbortController
}

export class AddingFiles {
  readonly files$ = new BehaviorSubject<readonly AddedFile[]>([])
  readonly #work = new Map<number, Work>()
  #next = 1
  #isRunning = false

  add(chart: Chart, files: readonly File[], target: AddTarget): void {
    const added = files.map((file): AddedFile => {
      const key = this.#next++
      this.#work.set(key, { chart, file, target, control: new AbortController() })
      return { key, name: file.name, size: file.size, step: { type: 'waits' } }
    })
    this.files$.next([...this.files$.value, ...added])
    void this.#run()
  }

  /** What is sealed by then stays, and serves the next try. */
  stop(key: number): void {
    this.#work.get(key)?.control.abort()
    const file = this.files$.value.find((each) => each.key === key)
    if (file?.step.type === 'waits') this.#tell(key, { type: 'problem', problem: 'stopped' })
  }

  /** Goes on where it was. */
  again(chart: Chart, key: number): void {
    const work = this.#work.get(key)
    if (work === undefined) return
    work.chart = chart
    work.control = new AbortController()
    this.#tell(key, { type: 'waits' })
    void this.#run()
  }

  /** Takes a line off the list; the file itself stays as it is. */
  dismiss(key: number): void {
    this.stop(key)
    this.#work.delete(key)
    this.files$.next(this.files$.value.filter((file) => file.key !== key))
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      for (let next = this.#waiting(); next !== undefined; next = this.#waiting()) {
        const { key } = next
        this.#tell(key, { type: 'working', doneBytes: 0 })
        // A locked chart or a broken disk: what is kept stays, the line says that it did not go in.
        this.#tell(key, await this.#addOne(key).catch((): AddStep => ({ type: 'problem', problem: 'failed' })))
      }
    } finally {
      this.#isRunning = false
    }
  }

  #waiting(): AddedFile | undefined {
    return this.files$.value.find(({ step }) => step.type === 'waits')
  }

  async #addOne(key: number): Promise<AddStep> {
    const { chart, file, target, control } = this.#work.get(key)!
    if (file.size === 0) return { type: 'problem', problem: 'empty' }
    const release = chart.hold()
    try {
      const ref = await chart.addFile(
        { name: file.name, contentType: contentTypeOf(file), content: file, collection: target.collection },
        { signal: control.signal, onProgress: (doneBytes) => this.#tell(key, { type: 'working', doneBytes }) },
      )
      if (ref.type !== 'file') return { type: 'problem', problem: ref.type === 'cancelled' ? 'stopped' : ref.type }
      if (ref.known) return { type: 'known', file: ref.blob }
      const attachment = {
        title: ref.name,
        contentType: ref.contentType,
        sizeBytes: ref.size,
        url: ref.url,
        sha256: ref.sha256,
      }
      return await saveDocument(chart, attachment, target)
    } finally {
      release()
    }
  }

  #tell(key: number, step: AddStep): void {
    this.files$.next(this.files$.value.map((file) => (file.key === key ? { ...file, step } : file)))
  }
}

type Attachment = (typeof EMPTY_DOCUMENT)['files'][number]

async function saveDocument(chart: Chart, file: Attachment, target: AddTarget): Promise<AddStep> {
  const { collection, patient, title, replaces } = target
  const date = instantText(Date.now())
  // Sealing takes minutes: the document is the one of now, with all that was done to it meanwhile.
  const before = replaces === undefined ? null : currentResource(chart, replaces.id)
  const document =
    replaces !== undefined && before !== null
      ? newDocumentVersion(before, { files: [file], date }, replaces.reference)
      : newDocument({ ...EMPTY_DOCUMENT, title: title || nameWithoutEnding(file.title), date, files: [file] }, patient)
  const saved = await chart.save({ collection, resource: stringifyJson(document) })
  if (saved.type !== 'saved') return { type: 'problem', problem: saved.type }
  // The new version says by itself what it replaces; the mark on the old one is for whoever reads that one alone.
  if (replaces !== undefined && before !== null)
    await changeRecord(chart, replaces.id, (now, { status }) => (status === 'error' ? null : superseded(now)))
  return { type: 'added', record: saved.record.id, isApart: replaces !== undefined && before === null }
}

/** What a document says now; null where it is in no list any more, or entered in error. */
function currentResource(chart: Chart, id: string): JsonObject | null {
  const record = chart.recordNow(id)
  const resource = record === null || record.status === 'error' ? null : parseJsonOrNull(record.resource)
  return isJsonObject(resource) ? resource : null
}
