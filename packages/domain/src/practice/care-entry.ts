/** A record as care reads it: which chart it is about, and which side wrote it, as its signature says and not as it claims itself. */
import { type CareMember, chartOf } from '../elements/care-references.ts'
import { isJsonObject, type JsonObject, parseJsonOrNull } from '../elements/json.ts'

/** `practice`: its account. `patient`: who owns the chart. `other`: another person with whom it is shared, who speaks for neither. */
export type CareSide = 'patient' | 'practice' | 'other'

/**
 * The account that signed, and what it is called here; `member`: id of the practice's member at whose device it was signed, '' where there is none or
 * it is not known. Within its own practice a member is called by their own name.
 */
export interface CareAuthor {
  account: string
  member?: string
  name: string
}

export interface CareEntry {
  /** By which references name it (`urn:chartkeep:record`): the same for a record of the practice and the copy that it published. */
  id: string
  /** The key of the stored record, for its next version. */
  record: string
  /** Id of the chart that it is about. */
  chart: string
  resource: JsonObject
  /** Who signed it. */
  side: CareSide
  author: CareAuthor
  /** Milliseconds since 1970, by the author's clock. */
  savedAt: number
  /** Not yet confirmed by the server. */
  isWaiting: boolean
}

/** What a stored record says of itself next to its text. */
export interface StoredCareRecord {
  id: string
  doc: string
  revision: string
  resource: string
  author: CareAuthor
  /** Whether somebody wrote it who owns the chart; where that is not said, whoever is not of the practice does. */
  byOwner?: boolean
  /** Who wrote what an owner took in late; null for all else. */
  late?: { account: string; name: string } | null
  savedAt: number
  waiting: boolean
}

/**
 * The member of a practice that wrote what says of itself that this one did: the member at whose device it was signed (C12), by the name that the author
 * has here; where that is not known, as of what an owner took in late, the one that is claimed.
 */
export function writtenBy(
  { member, name }: Omit<CareAuthor, 'account'>,
  claimed: CareMember | null,
): CareMember | null {
  return claimed === null || !member || member === claimed.id ? claimed : { id: member, name }
}

/** Records between two steps: a millisecond or two. */
const STEP = 100

/** Runs steps to their end at once. */
export function allSteps<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value as T
  }
}

/**
 * Reads stored records as entries, each version once; a reader lives as long as its chart or session is open. `chart`: of a patient's chart its own
 * id, which counts before what the record says; '' for the practice's vault, where the record says it.
 */
export class CareReader {
  readonly #read = new Map<
    string,
    { revision: string; byOwner: boolean; member: string; entry: CareEntry | null; isWaiting: boolean }
  >()
  readonly #chart: string
  readonly #isPractice: (account: string) => boolean

  constructor(chart: string, isPractice: (account: string) => boolean) {
    this.#chart = chart
    this.#isPractice = isPractice
  }

  /** In the order given; what is no JSON object is left out. */
  entries(records: readonly StoredCareRecord[]): CareEntry[] {
    return allSteps(this.reading(records))
  }

  /** The same in short steps, for more than a page can read in one go. */
  *reading(records: readonly StoredCareRecord[]): Generator<void, CareEntry[]> {
    const entries: CareEntry[] = []
    for (const [index, record] of records.entries()) {
      if (index % STEP === STEP - 1) yield
      const entry = this.#entry(record)
      if (entry !== null) entries.push(entry)
    }
    return entries
  }

  #entry(record: StoredCareRecord): CareEntry | null {
    const { id, revision, byOwner = true, waiting: isWaiting } = record
    const { member = '' } = record.author
    const known = this.#read.get(id)
    const isSame = known?.revision === revision && known.byOwner === byOwner && known.member === member
    if (isSame && known.isWaiting === isWaiting) return known.entry
    const entry = isSame ? known.entry : this.#parsed(record)
    const fresh = entry && { ...entry, isWaiting }
    this.#read.set(id, { revision, byOwner, member, entry: fresh, isWaiting })
    return fresh
  }

  #parsed(record: StoredCareRecord): CareEntry | null {
    const { id, doc, resource: text, savedAt, waiting, byOwner = true, late } = record
    const resource = parseJsonOrNull(text)
    if (!isJsonObject(resource)) return null
    const { account, member, name }: CareAuthor = late ?? record.author
    return {
      id: doc,
      record: id,
      chart: this.#chart || chartOf(resource),
      resource,
      side: this.#isPractice(account) ? 'practice' : byOwner ? 'patient' : 'other',
      author: { account, name, ...(member ? { member } : {}) },
      savedAt,
      isWaiting: waiting,
    }
  }
}
