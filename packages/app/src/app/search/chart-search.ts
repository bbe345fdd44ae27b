/**
 * Search of one open chart: fills its index a few milliseconds at a time, newest records first, then with the words inside its documents; follows
 * every change, and forgets all of it when the chart is closed or locked. Answers from what is there so far, and says how far that is.
 */
import { dayIn, isSignature, otherNames, parseJsonOrNull, shownStream, validityFrom } from '@chartkeep/domain'
import type { Chart, ChartRecord } from '@chartkeep/sync'
import { BehaviorSubject, type Observable, type Subscription } from 'rxjs'
import { deviceReader, deviceZone } from '../../i18n/dates.ts'
import { say } from '../../i18n/said.ts'
import { recordListLabel } from '../words/collection-label.ts'
import { titleOf } from '../words/record-view.ts'
import { type DocumentPart, DocumentTexts, type TextsState } from './document-texts.ts'
import { SearchIndex, type SearchEntry, type SearchResult } from './search-index.ts'

/** What one turn may take of the page: unseen while nobody searches, short when somebody waits. */
const IDLE_MS = 8
const WANTED_MS = 24
const SAY_MS = 250

/** How much of the chart is in the index. */
export interface SearchProgress {
  done: number
  all: number
}

/** Makes it at the first asking; the same for the same open chart. */
export function searchOf(chart: Chart): ChartSearch {
  const known = searches.get(chart)
  if (known) return known
  const made = new ChartSearch(chart)
  searches.set(chart, made)
  return made
}

const searches = new WeakMap<Chart, ChartSearch>()

/** The search of a chart; see {@link searchOf}. */
class ChartSearch {
  readonly #chart: Chart
  readonly #changes: Subscription
  readonly #progress$ = new BehaviorSubject<SearchProgress>({ done: 0, all: 0 })
  readonly #words = new Map<string, string[]>()
  readonly #texts: DocumentTexts
  /** Parts of documents that are not yet in the index. */
  #unread: { id: string; text: string }[] = []
  #index = new SearchIndex()
  /** Built while a worn index still answers. */
  #next: SearchIndex | null = null
  #waiting = new Set<string>()
  #isTurning = false
  #wanted = 0
  #saidAt = 0

  constructor(chart: Chart) {
    this.#chart = chart
    this.#waiting = new Set(chart.recordIds())
    this.#texts = new DocumentTexts(chart, (id) => {
      this.#waiting.add(id)
      this.#turnSoon()
    })
    this.#changes = chart.written$.subscribe({
      next: (ids) => {
        for (const id of ids) this.#waiting.add(id)
        this.#turnSoon()
      },
      complete: () => this.#forget(),
    })
    this.#say()
    this.#turnSoon()
  }

  /** Grows while the index is filled; again after changes. */
  get progress$(): Observable<SearchProgress> {
    return this.#progress$
  }

  /** How many documents are read for their words. */
  get texts$(): Observable<TextsState> {
    return this.#texts.state$
  }

  /** The first part of the record's files with all of these words, as a query has them; else with one of them. */
  partWith(id: string, words: readonly string[]): DocumentPart | undefined {
    const parts = this.#texts.partsOf(id)
    const isIn = (part: DocumentPart) => (word: string) => part.folded.includes(word)
    return parts.find((part) => words.every(isIn(part))) ?? parts.find((part) => words.some(isIn(part)))
  }

  find(query: string, options: Parameters<SearchIndex['find']>[1]): SearchResult {
    return this.#index.find(query, options)
  }

  /** Somebody waits for hits: longer turns, one right after the other. Call the answer when they are gone. */
  want(): () => void {
    this.#wanted += 1
    this.#turnSoon()
    return () => {
      this.#wanted -= 1
    }
  }

  #forget(): void {
    this.#changes.unsubscribe()
    this.#texts.forget()
    this.#waiting.clear()
    this.#unread = []
    this.#words.clear()
    this.#index = new SearchIndex()
    this.#next = null
    this.#progress$.complete()
  }

  #turnSoon(): void {
    if (this.#isTurning || (this.#waiting.size === 0 && this.#unread.length === 0)) return
    this.#isTurning = true
    const turn = () => {
      this.#isTurning = false
      this.#turn(this.#wanted > 0 ? WANTED_MS : IDLE_MS)
      this.#turnSoon()
    }
    if (this.#wanted > 0 || globalThis.requestIdleCallback === undefined) setTimeout(turn, 0)
    else globalThis.requestIdleCallback(turn, { timeout: 2000 })
  }

  #turn(budgetMs: number): void {
    const end = performance.now() + budgetMs
    const index = this.#next ?? this.#index
    for (const id of this.#waiting) {
      this.#waiting.delete(id)
      const record = this.#chart.recordNow(id)
      // What signs a record is shown with it, and is no hit of its own.
      if (record === null || isSignature(record)) index.remove(id)
      else {
        index.put(this.#entryOf(record))
        for (const { text } of this.#texts.partsOf(id)) this.#unread.push({ id, text })
      }
      if (performance.now() > end) break
    }
    while (this.#unread.length > 0 && performance.now() < end) {
      const { id, text } = this.#unread.pop()!
      index.add(id, text)
    }
    if (this.#waiting.size === 0 && this.#unread.length === 0) {
      if (this.#next !== null) this.#index = this.#next
      this.#next = null
      if (this.#index.isWorn) {
        this.#next = new SearchIndex()
        this.#waiting = new Set(this.#chart.recordIds())
      } else this.#texts.start()
    }
    if ((this.#waiting.size === 0 && this.#unread.length === 0) || performance.now() - this.#saidAt > SAY_MS)
      this.#say()
  }

  #say(): void {
    this.#saidAt = performance.now()
    // While a worn index is rebuilt, the old one still answers for everything.
    const done = this.#index.size
    this.#progress$.next({ done, all: this.#next === null ? done + this.#waiting.size : done })
  }

  #entryOf(record: ChartRecord): SearchEntry {
    return {
      id: record.id,
      title: record.title || record.type,
      text: record.text,
      also: this.#wordsOf(record),
      // As it is shown: by the day here a person looks for it.
      date: dayIn(record.date, deviceZone()) || record.date,
      kind: shownStream(record),
      isError: record.status === 'error',
    }
  }

  /** What a person may type for it and the record itself does not say: its kind, state and names in both languages, and its author. */
  #wordsOf(record: ChartRecord): string[] {
    const { state } = validityFrom(record.type, record.status, () => parseJsonOrNull(record.resource), deviceReader())
    const isOver = record.status === 'past' || state === 'ended'
    const author = record.late?.name ?? (record.author.me ? '' : record.author.name)
    const key = JSON.stringify([record.collection, record.type, record.status, isOver, record.title, author])
    const known = this.#words.get(key)
    if (known) return known
    const said = [
      say((t) => recordListLabel(record, t)),
      say((t) => titleOf(record, t)),
      say((t) => {
        if (record.type === 'MedicationAdministration') return t('add.doses')
        if (record.type === 'Procedure') return t('add.procedures')
        if (record.type === 'FamilyMemberHistory') return t('add.family')
        return ''
      }),
      say((t) => {
        if (record.status === 'error') return t('state.error')
        if (record.status === 'not-done') return t('state.notDone')
        return isOver ? t('state.past') : ''
      }),
    ].flatMap((words) => Object.values(words))
    const words = [...new Set([...said, otherNames(record.title), author])].filter((text) => text !== '')
    this.#words.set(key, words)
    return words
  }
}
