/**
 * The words of one chart in memory, for hits as a person types: a posting list of plain numbers for each word, words in buckets by their first two
 * characters. Never written anywhere; dropped with the session. Grows by one record at a time; a changed record is put in anew.
 *
 * Measured against MiniSearch in bench/search.ts. That library keeps a map for each word, field and record: several times the memory, and no
 * bound for `1`, which begins most numbers of a chart.
 */
import { foldText, isFoundInside, queryWords, searchTokens } from '@chartkeep/domain'

/** What search knows of a record. */
export interface SearchEntry {
  id: string
  title: string
  text: string
  /** Words that many records share (kinds, states, names in the other language); read once each. */
  also: readonly string[]
  /** Clinical date, as written. */
  date: string
  kind: string
  /** Entered in error: comes last. */
  isError: boolean
}

/** One hit; the higher, the better. */
export interface SearchHit {
  id: string
  kind: string
  rank: number
}

export interface SearchResult {
  /** The best of each kind, best first. */
  hits: SearchHit[]
  total: number
  /** Hits of each kind in the wanted year, and of each year in the wanted kind; '' for no date. */
  kinds: Map<string, number>
  years: Map<string, number>
  /** What was looked for. */
  words: string[]
}

/** How much a word counts: in the title or elsewhere; whole, as a beginning, or inside another. */
const TITLE_POINTS = { whole: 12, start: 10, inside: 5 } as const
const TEXT_POINTS = { whole: 4, start: 3, inside: 1 } as const
type Way = keyof typeof TITLE_POINTS
/** More than the day of any date up to the year 9999. */
const DAYS = 2 ** 23
const LEAST_WORN = 2000

/** Words with the numbers of their posting lists. */
interface Bucket {
  tokens: string[]
  terms: number[]
  /** A posting list of all of them together. */
  postings: number[]
}

const emptyBucket = (): Bucket => ({ tokens: [], terms: [], postings: [] })

/** Words and posting lists of the records that were put in. */
export class SearchIndex {
  readonly #terms = new Map<string, number>()
  /** For each term the indexes of its records in order, doubled, plus one if the title contains it. */
  readonly #postings: number[][] = []
  /** Words by their first two characters, and by the first alone, which has no list of its words. */
  readonly #buckets = new Map<string, Bucket>()
  readonly #letters = new Map<string, Bucket>()
  /** For each term the buckets that it is in. */
  readonly #bucketsOf: (readonly Bucket[])[] = []
  /** Words of letters, which may be found in the middle. */
  readonly #insides = emptyBucket()
  readonly #read = new Map<string, readonly number[]>()
  readonly #places = new Map<string, number>()
  readonly #kinds = new Names()
  readonly #years = new Names()
  /** By place: the record, numbers of its kind and year, and how it ranks by state and day. */
  readonly #ids: string[] = []
  readonly #kindOf: number[] = []
  readonly #yearOf: number[] = []
  readonly #ranks: number[] = []
  readonly #live: boolean[] = []
  #dead = 0

  /** How many records it knows. */
  get size(): number {
    return this.#places.size
  }

  /** Whether so many of its records have changed that rebuilding pays. */
  get isWorn(): boolean {
    return this.#dead > LEAST_WORN && this.#dead > this.size
  }

  put({ id, title, text, also, date, kind, isError }: SearchEntry): void {
    this.remove(id)
    const place = this.#ids.length
    this.#ids.push(id)
    this.#kindOf.push(this.#kinds.numberOf(kind))
    this.#yearOf.push(this.#years.numberOf(date.slice(0, 4)))
    this.#ranks.push((isError ? 0 : 2 ** 10 * DAYS) + dayOf(date))
    this.#live.push(true)
    this.#places.set(id, place)
    for (const term of this.#shared(title)) this.#post(term, place, 1)
    for (const token of searchTokens(text)) this.#post(this.#term(token), place, 0)
    if (date !== '') for (const token of searchTokens(date)) this.#post(this.#term(token), place, 0)
    for (const words of also) for (const term of this.#shared(words)) this.#post(term, place, 0)
  }

  /** More words of a record that was put in, e.g. a page of its file; nothing for one that is not here. */
  add(id: string, text: string): void {
    const place = this.#places.get(id)
    if (place === undefined) return
    for (const token of searchTokens(text)) this.#post(this.#term(token), place, 0)
  }

  remove(id: string): void {
    const place = this.#places.get(id)
    if (place === undefined) return
    this.#places.delete(id)
    this.#live[place] = false
    this.#dead += 1
  }

  /** Records that hold every word of `query`; of each kind at most `most`. An empty query finds nothing. */
  find(query: string, { kind = '', year = null as string | null, most = 6 } = {}): SearchResult {
    const words = queryWords(query)
    const [ofKinds, ofYears] = [new Uint32Array(this.#kinds.size), new Uint32Array(this.#years.size)]
    const best: SearchHit[][] = Array.from(ofKinds, () => [])
    let total = 0
    const points = words.length === 0 ? [] : this.#pointsOf(words)
    const [wantedKind, wantedYear] = [this.#kinds.known(kind), year === null ? null : this.#years.known(year)]
    for (let place = 0; place < points.length; place += 1) {
      const sum = points[place]!
      if (sum === 0 || !this.#live[place]) continue
      const [itsKind, itsYear] = [this.#kindOf[place]!, this.#yearOf[place]!]
      const isOfKind = kind === '' || itsKind === wantedKind
      const isOfYear = year === null || itsYear === wantedYear
      if (isOfYear) ofKinds[itsKind]! += 1
      if (isOfKind) ofYears[itsYear]! += 1
      if (!isOfKind || !isOfYear) continue
      total += 1
      const list = best[itsKind]!
      const rank = this.#ranks[place]! + sum * DAYS
      if (list.length < most || rank > list.at(-1)!.rank)
        keep(list, { id: this.#ids[place]!, kind: this.#kinds.nameOf(itsKind), rank }, most)
    }
    const hits = best.flat().sort((a, b) => b.rank - a.rank)
    return { hits, total, kinds: this.#kinds.counts(ofKinds), years: this.#years.counts(ofYears), words }
  }

  /** For each record the points of all words together; 0 where one is missing. */
  #pointsOf(words: readonly string[]): Uint16Array {
    const points = new Uint16Array(this.#ids.length)
    const seen = new Uint8Array(this.#ids.length)
    const ofWord = new Uint8Array(this.#ids.length)
    words.forEach((word, before) => {
      this.#eachList(word, (postings, way) => {
        const [inTitle, inText] = [TITLE_POINTS[way], TEXT_POINTS[way]]
        for (let at = 0; at < postings.length; at += 1) {
          const place = postings[at]! >>> 1
          const worth = postings[at]! & 1 ? inTitle : inText
          const turn = seen[place]!
          if (turn === before) {
            seen[place] = before + 1
            points[place]! += worth
            ofWord[place] = worth
          } else if (turn === before + 1 && worth > ofWord[place]!) {
            points[place]! += worth - ofWord[place]!
            ofWord[place] = worth
          }
        }
      })
    })
    for (let place = 0; place < seen.length; place += 1) if (seen[place] !== words.length) points[place] = 0
    return points
  }

  #eachList(word: string, take: (postings: readonly number[], way: Way) => void): void {
    const whole = this.#terms.get(word)
    if (whole !== undefined) take(this.#postings[whole]!, 'whole')
    // Short beginnings, which thousands of words share, have a list of their own.
    const ready = word.length === 1 ? this.#letters.get(word) : word.length === 2 ? this.#buckets.get(word) : undefined
    if (word.length <= 2) return ready && take(ready.postings, 'start')
    const { tokens, terms } = this.#buckets.get(word.slice(0, 2)) ?? emptyBucket()
    for (let at = 0; at < tokens.length; at += 1) {
      if (terms[at] !== whole && tokens[at]!.startsWith(word)) take(this.#postings[terms[at]!]!, 'start')
    }
    if (isFoundInside(word)) this.#eachInside(word, take)
  }

  #eachInside(word: string, take: (postings: readonly number[], way: Way) => void): void {
    const { tokens, terms } = this.#insides
    for (let at = 0; at < tokens.length; at += 1) {
      if (tokens[at]!.indexOf(word, 1) > 0 && !tokens[at]!.startsWith(word)) take(this.#postings[terms[at]!]!, 'inside')
    }
  }

  #shared(text: string): readonly number[] {
    const known = this.#read.get(text)
    if (known) return known
    const terms = [...new Set(searchTokens(text))].map((token) => this.#term(token))
    this.#read.set(text, terms)
    return terms
  }

  #term(token: string): number {
    const known = this.#terms.get(token)
    if (known !== undefined) return known
    const term = this.#postings.length
    this.#terms.set(token, term)
    this.#postings.push([])
    const bucket = bucketIn(this.#buckets, token.slice(0, 2))
    const letter = bucketIn(this.#letters, token.slice(0, 1))
    this.#bucketsOf.push([bucket, letter])
    for (const each of isFoundInside(token) ? [bucket, this.#insides] : [bucket]) {
      each.tokens.push(token)
      each.terms.push(term)
    }
    return term
  }

  #post(term: number, place: number, inTitle: 0 | 1): void {
    append(this.#postings[term]!, place, inTitle)
    const [bucket, letter] = this.#bucketsOf[term]!
    append(bucket!.postings, place, inTitle)
    append(letter!.postings, place, inTitle)
  }
}

/** Titles come first, so that a word of both keeps the better place. */
function append(postings: number[], place: number, inTitle: 0 | 1): void {
  if (postings.length === 0 || postings[postings.length - 1]! >>> 1 !== place) postings.push(place * 2 + inTitle)
}

function bucketIn(buckets: Map<string, Bucket>, start: string): Bucket {
  const known = buckets.get(start)
  if (known) return known
  const made = emptyBucket()
  buckets.set(start, made)
  return made
}

/** Numbers for a few names. */
class Names {
  readonly #names: string[] = []
  readonly #numbers = new Map<string, number>()

  get size(): number {
    return this.#names.length
  }

  numberOf(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.#numbers.set(name, this.#names.length)
    return this.#names.push(name) - 1
  }

  /** Undefined for a name that was never given. */
  known(name: string): number | undefined {
    return this.#numbers.get(name)
  }

  nameOf(number: number): string {
    return this.#names[number]!
  }

  /** Those above zero, by name. */
  counts(counts: Uint32Array): Map<string, number> {
    return new Map(
      Array.from(counts, (count, at) => [this.#names[at]!, count] as const).filter(([, count]) => count > 0),
    )
  }
}

/** A list that stays in order and short. */
function keep(list: SearchHit[], hit: SearchHit, most: number): void {
  let at = list.length
  while (at > 0 && list[at - 1]!.rank < hit.rank) at -= 1
  list.splice(at, 0, hit)
  if (list.length > most) list.pop()
}

/** A day as a number that grows with time; a partial date counts as the end of its month or year, no date comes first. */
function dayOf(date: string): number {
  const text = foldText(date)
  const year = Number(text.slice(0, 4))
  if (!(year > 0)) return 0
  const month = Number(text.slice(5, 7) || 13)
  const day = Number(text.slice(8, 10) || 32)
  return (year * 14 + month) * 33 + day
}
