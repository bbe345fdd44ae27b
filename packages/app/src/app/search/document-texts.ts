/**
 * The text inside the documents of one open chart, for its search: files on this device are opened one after another while the page is
 * idle, and their words stay in memory until the chart is closed or locked. No file is fetched for it, and no text is stored.
 */
import { foldText } from '@chartkeep/domain'
import type { Chart, ChartRecord } from '@chartkeep/sync'
import { BehaviorSubject, combineLatest, distinctUntilChanged, map, type Observable, type Subscription } from 'rxjs'
import { kindOf } from '../../ui/viewer/file-kind.ts'
import type { FilePart } from '../../ui/viewer/file-texts.ts'

const MIB = 1024 * 1024
/** Larger files are not opened for search, for they are read in one turn of the page (a PDF by its worker); kinds that are not here hold no words that can be read. */
const LARGEST_READ: Readonly<Record<string, number>> = {
  pdf: 24 * MIB,
  text: 4 * MIB,
  xml: MIB,
  json: 4 * MIB,
}
/** Characters that are kept of one file, and of all files of a chart. */
const MOST_OF_FILE = 1_000_000
const MOST_OF_ALL = 8_000_000
/** Longer texts are put into the index in pieces, so that none of them holds up the page. */
const PIECE = 20_000

/** Files that hold words: how many are read, are not on this device, or are too large for it (or for all together). */
export interface TextsState {
  read: number
  waiting: number
  elsewhere: number
  left: number
}

/** A part of a document with its words as search compares them. */
export interface DocumentPart extends FilePart {
  folded: string
}

interface WordFile {
  key: string
  record: ChartRecord
  index: number
  size: number
  largest: number
  /** Null for a file inside of its record. */
  id: string | null
}

/** The texts of the documents of a chart; `onRead` is told the record whose words have come. */
export class DocumentTexts {
  readonly #chart: Chart
  readonly #onRead: (record: string) => void
  readonly #state$ = new BehaviorSubject<TextsState>({ read: 0, waiting: 0, elsewhere: 0, left: 0 })
  readonly #parts = new Map<string, DocumentPart[]>()
  /** Files of each record, by their keys. */
  #keysOf = new Map<string, string[]>()
  #changes: Subscription | null = null
  #length = 0
  #round = 0

  constructor(chart: Chart, onRead: (record: string) => void) {
    this.#chart = chart
    this.#onRead = onRead
  }

  get state$(): Observable<TextsState> {
    return this.#state$
  }

  /** From then on documents are read, and read again when one comes or a file arrives. */
  start(): void {
    if (this.#changes !== null) return
    const documents$ = combineLatest([this.#chart.list$('documents'), this.#chart.list$('documents-private')])
    const arrived$ = this.#chart.transfers$.pipe(
      map((transfers) => transfers.length),
      distinctUntilChanged(),
    )
    this.#changes = combineLatest([documents$, arrived$]).subscribe(([[open, closed]]) => {
      void this.#readAll([...open, ...closed], (this.#round += 1)).catch(() => {
        // A chart that was locked meanwhile.
      })
    })
  }

  /** Parts of all files of a record, as far as they are read. */
  partsOf(record: string): readonly DocumentPart[] {
    return (this.#keysOf.get(record) ?? []).flatMap((key) => this.#parts.get(key) ?? [])
  }

  forget(): void {
    this.#changes?.unsubscribe()
    this.#round += 1
    this.#parts.clear()
    this.#keysOf.clear()
    this.#length = 0
    this.#state$.complete()
  }

  async #readAll(documents: readonly ChartRecord[], round: number): Promise<void> {
    const files = documents.flatMap((record) => this.#wordFilesOf(record))
    this.#keysOf = new Map()
    for (const { record, key } of files) this.#keysOf.set(record.id, [...(this.#keysOf.get(record.id) ?? []), key])
    const states = await this.#chart.fileStates(documents.map(({ resource }) => resource))
    const isHere = ({ id }: WordFile) => id === null || states.get(id)?.place === 'here'
    const small = files.filter(({ size, largest }) => size <= largest)
    const here = small.filter(isHere)
    const counts = { elsewhere: small.length - here.length, left: files.length - small.length }
    let [read, left] = [0, counts.left]
    const say = () => this.#state$.next({ ...counts, read, left, waiting: here.length - read - (left - counts.left) })
    if (round !== this.#round) return
    say()
    for (const file of here) {
      if (!this.#parts.has(file.key)) {
        if (this.#length >= MOST_OF_ALL) {
          left += 1
          continue
        }
        await idle()
        if (round !== this.#round) return
        await this.#read(file, round)
        if (round !== this.#round) return
        this.#onRead(file.record.id)
      }
      read += 1
      say()
    }
    say()
  }

  #wordFilesOf(record: ChartRecord): WordFile[] {
    return this.#chart.files(record.resource).flatMap(({ id, name, contentType, size }, index) => {
      const largest = LARGEST_READ[kindOf({ name, contentType })]
      if (largest === undefined) return []
      return [{ key: id ?? `${record.id} ${index} ${record.savedAt}`, record, index, size, largest, id }]
    })
  }

  async #read({ key, record, index }: WordFile, round: number): Promise<void> {
    const file = await this.#chart.readFile(record.resource, index)
    const parts: DocumentPart[] = []
    let length = 0
    if (!('type' in file)) {
      const { textsOf } = await import('../../ui/viewer/file-texts.ts')
      for await (const part of textsOf(file.bytes, file.name, file.contentType)) {
        if (round !== this.#round) return
        for (const text of piecesOf(part.text.slice(0, MOST_OF_FILE - length))) {
          parts.push({ ...part, text, folded: foldText(text) })
          length += text.length
        }
        if (length >= MOST_OF_FILE) break
        await idle()
      }
    }
    // Forgotten meanwhile: its text is dropped.
    if (round !== this.#round) return
    this.#parts.set(key, parts)
    this.#length += length
  }
}

/** Cut where a word ends, if one ends soon. */
function piecesOf(text: string): string[] {
  return text.match(new RegExp(`[^]{1,${PIECE}}(?:\\S{0,40}(?=\\s|$))?`, 'gu')) ?? []
}

/** Until the page has nothing else to do; soon, where it cannot say so. */
function idle(): Promise<unknown> {
  return new Promise((resolve) => {
    if (globalThis.requestIdleCallback === undefined) setTimeout(resolve, 0)
    else globalThis.requestIdleCallback(resolve, { timeout: 500 })
  })
}
