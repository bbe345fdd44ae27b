/**
 * Reads what people hold as FHIR R4: Bundles of every type, single resources, NDJSON, each also as .gz, in browsers and
 * in Node. One bad resource never stops the rest; a file that cannot be read gives its reason and no resource.
 * NDJSON goes line by line at bounded memory (names of the resources are kept, their content is not).
 */
import { SourceFailure, unpackedBytes, type ByteSource, type ReadCount } from '../bytes/byte-source.ts'
import { firstLine, joined, linesOf, type ByteLine } from '../bytes/byte-lines.ts'
import { itemsOf, noNames, outlineOf, outlineSteps, type NamesSeen, type Page } from './fhir-document.ts'
import {
  READ_LIMITS,
  refusal,
  type FhirItem,
  type Notice,
  type ReadLimits,
  type Refusal,
} from '../contract/fhir-items.ts'
import type { DoorCounts, ImportEvent } from '../contract/door.ts'
import { endOfValue, skipSpace } from './json-scan.ts'
import { inUtf8 } from '../bytes/utf8-bytes.ts'

/** What a read may be told besides its source. */
export interface ReadOptions {
  signal?: AbortSignal
  limits?: Partial<ReadLimits>
}

/**
 * Reads the source and yields events; the last is always `done`. Nothing is thrown for bad input or a failing source.
 * @param source - a File, a Blob or anything that opens again with `stream()`
 * @param fileName - only its ending is looked at (`.ndjson`, `.jsonl`); it is no part of any identity
 * @param options - `signal` cancels between two events: the end then says `cancelled`
 */
export async function* readFhir(
  source: ByteSource,
  fileName = '',
  options: ReadOptions = {},
): AsyncGenerator<ImportEvent> {
  const reading = new Reading(source, fileName, options)
  try {
    yield* reading.events()
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error
    yield reading.counted(refusal('file', error.reason))
  }
  const cancelled = options.signal?.aborted === true
  if (!cancelled) {
    yield* reading.notices()
    if (reading.counts.resources + reading.counts.refused === 0) yield reading.counted(refusal('file', 'no-records'))
  }
  const { counts } = reading
  yield { type: 'done', outcome: cancelled ? 'cancelled' : counts.resources > 0 ? 'read' : 'refused', counts }
}

const PROGRESS_EVERY_BYTES = 512 * 1024
const PAUSE_EVERY_MS = 25
const MOST_NOTICES = 20

class Reading {
  readonly counts: DoorCounts = { found: 0, taken: 0, skipped: 0, refused: 0, resources: 0 }
  private readonly source: ByteSource
  private readonly fileName: string
  private readonly limits: ReadLimits
  private readonly signal: AbortSignal | undefined
  private readonly names: NamesSeen = noNames()
  private readonly taken: ReadCount = { bytes: 0 }
  private readonly pages: Page[] = []
  private readonly outcomes: Notice[] = []
  private unpacked = 0
  private reportedBytes = 0
  private pausedAt = Date.now()

  constructor(source: ByteSource, fileName: string, { signal, limits }: ReadOptions) {
    this.source = source
    this.fileName = fileName
    this.signal = signal
    this.limits = { ...READ_LIMITS, ...limits }
  }

  async *events(): AsyncGenerator<ImportEvent> {
    const kind = await this.kind()
    if (this.cancelled) return
    if (kind === 'lines') yield* this.lines()
    else yield* this.document()
  }

  /** What the Bundles of the file say of more, and what the server told. */
  *notices(): Generator<ImportEvent> {
    for (const notice of this.outcomes) yield { type: 'notice', notice }
    // Pages of one search have one total; those without a total end with one that has no next.
    const searches = new Map<number | null, { here: number; hasNext: boolean }>()
    for (const { here, total, hasNext } of this.pages)
      searches.set(total, { here: here + (searches.get(total)?.here ?? 0), hasNext })
    for (const [total, { here, hasNext }] of searches)
      if (total === null ? hasNext : here < total) yield { type: 'notice', notice: { kind: 'more-pages', here, total } }
  }

  private noted({ pages = [], outcomes = [] }: { pages?: Page[]; outcomes?: Notice[] }): void {
    this.pages.push(...pages)
    if (this.outcomes.length < MOST_NOTICES) this.outcomes.push(...outcomes)
  }

  counted(event: Refusal): Refusal {
    this.counts.found += 1
    this.counts.refused += 1
    return event
  }

  private get cancelled(): boolean {
    return this.signal?.aborted === true
  }

  private bytes(): AsyncGenerator<Uint8Array> {
    this.taken.bytes = 0
    this.reportedBytes = 0
    return inUtf8(unpackedBytes(this.source, this.taken, this.signal))
  }

  /** NDJSON by its name, or because its first line is a whole object. Everything else is one document. */
  private async kind(): Promise<'lines' | 'document'> {
    if (/\.(?:ndjson|jsonl)(?:\.gz)?$/i.test(this.fileName)) return 'lines'
    const line = await firstLine(this.bytes(), this.limits.documentBytes)
    const text = line === null ? null : decoded(line)
    return text !== null && isWholeObject(text, skipSpace(text, 0)) ? 'lines' : 'document'
  }

  private async *document(): AsyncGenerator<ImportEvent> {
    const parts: Uint8Array[] = []
    let size = 0
    for await (const chunk of this.bytes()) {
      size += chunk.length
      if (size > this.limits.documentBytes) return yield this.counted(this.tooLarge(size))
      parts.push(chunk.slice())
      yield* this.progress()
    }
    if (this.cancelled) return
    const bytes = joined(parts, size)
    const binary = binaryKind(bytes)
    const text = binary === null ? decoded(bytes) : null
    if (text === null) return yield this.counted(refusal('file', binary ?? 'not-text'))
    const outline = await this.outline(text)
    if (outline === null) return
    this.noted(outline)
    if ('refused' in outline) {
      return yield this.counted(refusal('file', outline.refused))
    }
    for (const event of itemsOf(text, outline, this.names, this.limits)) {
      await this.pause()
      if (this.cancelled) return
      yield* this.resource(event)
    }
    yield* this.progress(true)
  }

  /** The outline of a document, with pauses; null when cancelled. */
  private async outline(text: string): Promise<ReturnType<typeof outlineOf> | null> {
    const steps = outlineSteps(text, this.names, this.limits)
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      await this.pause()
      if (this.cancelled) return null
    }
  }

  /** The size as far as it is known: of a file that is not packed all of it, else what was unpacked so far. */
  private tooLarge(size: number): Refusal {
    const whole = this.source.size !== undefined && this.source.size >= size
    const sizeBytes = whole ? (this.source.size ?? size) : size
    return refusal('file', 'too-large', { sizeBytes, limitBytes: this.limits.documentBytes, atLeast: !whole })
  }

  private async *lines(): AsyncGenerator<ImportEvent> {
    let count = 0
    for await (const line of linesOf(this.upToLimit(), this.limits.documentBytes)) {
      count += 1
      if (count > this.limits.entries) return yield this.counted(refusal('file', 'too-many'))
      this.countNames(line)
      yield* this.progress()
      await this.pause()
      if (this.cancelled) return
    }
    const { fileBytes: limitBytes } = this.limits
    if (this.unpacked > limitBytes)
      return yield this.counted(refusal('file', 'too-large', { sizeBytes: this.unpacked, limitBytes, atLeast: true }))
    for await (const line of linesOf(this.upToLimit(), this.limits.documentBytes)) {
      yield* this.line(line)
      yield* this.progress()
      await this.pause()
      if (this.cancelled) return
    }
    if (!this.cancelled) yield* this.progress(true)
  }

  /** The bytes up to the limit of a file of lines; whether there are more is in `unpacked`. A small archive unpacks to any length. */
  private async *upToLimit(): AsyncGenerator<Uint8Array> {
    this.unpacked = 0
    for await (const chunk of this.bytes()) {
      this.unpacked += chunk.length
      if (this.unpacked > this.limits.fileBytes) return
      yield chunk
    }
  }

  /** First pass: only lines with an identifier can share one. */
  private countNames(line: ByteLine): void {
    const text = line.bytes === null ? null : decoded(line.bytes)
    if (text?.includes('dentifier"') === true) outlineOf(text, this.names, this.limits)
  }

  private *line(line: ByteLine): Generator<ImportEvent> {
    const { sizeBytes, place } = line
    const refused = (reason: Refusal['reason'], rest = {}) =>
      this.counted(refusal('resource', reason, { place, ...rest }))
    if (line.bytes === null) return yield refused('too-large', { sizeBytes, limitBytes: this.limits.documentBytes })
    const text = decoded(line.bytes)
    if (text === null) return yield refused('not-text')
    // Names were counted in the first pass. A line may be a Bundle: its entries count too.
    const room = this.limits.entries - this.counts.resources - this.counts.refused
    if (room <= 0) return yield refused('too-many')
    const outline = outlineOf(text, null, { ...this.limits, entries: room })
    this.noted(outline)
    if ('refused' in outline) {
      return yield refused(outline.refused)
    }
    for (const event of itemsOf(text, outline, this.names, this.limits)) {
      yield* this.resource('type' in event ? { ...event, scope: 'resource', place } : event)
    }
  }

  private *resource(event: Omit<FhirItem, 'index' | 'file'> | Refusal): Generator<ImportEvent> {
    if ('type' in event) return yield this.counted(event)
    const item: FhirItem = { index: this.counts.resources, file: 0, ...event }
    this.counts.found += 1
    this.counts.taken += 1
    this.counts.resources += 1
    yield { type: 'resource', item }
  }

  private *progress(always = false): Generator<ImportEvent> {
    if (!always && this.taken.bytes - this.reportedBytes < PROGRESS_EVERY_BYTES) return
    this.reportedBytes = this.taken.bytes
    yield { type: 'progress', bytesRead: this.taken.bytes, totalBytes: this.source.size ?? null }
  }

  /** Lets the screen paint and a cancel arrive. */
  private async pause(): Promise<void> {
    if (Date.now() - this.pausedAt < PAUSE_EVERY_MS) return
    await new Promise((resolve) => setTimeout(resolve))
    this.pausedAt = Date.now()
  }
}

function isWholeObject(text: string, start: number): boolean {
  if (text[start] !== '{') return false
  const end = endOfValue(text, start)
  return typeof end === 'number' && skipSpace(text, end) >= text.length
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

function binaryKind(bytes: Uint8Array): 'pdf' | 'zip' | null {
  const magic = String.fromCharCode(...bytes.subarray(0, 4))
  if (magic === '%PDF') return 'pdf'
  return magic === 'PK\u0003\u0004' ? 'zip' : null
}
