/**
 * Adapts the size of requests and answers to the speed of the connection, for each direction. No request may take longer than thirty
 * seconds, so large transfers are split into smaller pieces; otherwise a slow connection would time out and retry the same large piece for
 * ever.
 */
import { MAX_PUSH_BYTES } from '@chartkeep/protocol'
import type { FetchAnswer } from '@chartkeep/protocol/messages'
import type { StreamEntry } from '@chartkeep/protocol/streams'
import type { Answer, Clock, ServerApi } from '../ports/ports.ts'

/** The most envelope bytes in one push; the rest of the message is metadata. */
export const LARGEST_PUSH = MAX_PUSH_BYTES - 65536
/** The smallest size that a slow connection leads to. */
const SMALLEST = 32 * 1024
/** After a timeout the size is divided by this number: each attempt costs a whole timeout. */
const GIVEN_UP = 8

interface Range {
  first: number
  largest: number
  quickMs: number
  slowMs: number
}

const UP: Range = { first: LARGEST_PUSH, largest: LARGEST_PUSH, quickMs: 2_000, slowMs: 10_000 }
/**
 * Pages start small, because nothing can be processed until the first page is opened. Fast answers raise the size: each page costs a round
 * trip and a disk write.
 */
export const FIRST_PAGE = 256 * 1024
const DOWN: Range = { first: FIRST_PAGE, largest: 2 * 1024 * 1024, quickMs: 300, slowMs: 5_000 }

export class AdaptivePageSize {
  readonly #range: Range
  readonly #clock: Clock
  #bytes: number

  constructor(range: Range, clock: Clock) {
    this.#range = range
    this.#clock = clock
    this.#bytes = range.first
  }

  /** The size limit of the next transfer. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Makes a request and adapts to the time that its answer takes. `bytes`: the size of the request, or the most that the answer may hold;
   * `sizeOf`: the real size of an answer that may be smaller.
   */
  async carry<T>(
    bytes: number,
    ask: () => Promise<Answer<T>>,
    sizeOf: (value: T) => number = () => bytes,
  ): Promise<Answer<T>> {
    const { largest, quickMs, slowMs } = this.#range
    const begun = this.#clock.now()
    const answer = await ask()
    const tookMs = this.#clock.now() - begun
    const part = answer.type === 'offline' ? GIVEN_UP : 2
    if (tookMs > slowMs) this.#bytes = Math.max(SMALLEST, Math.min(bytes, this.#bytes) / part)
    // A small answer says nothing about large ones.
    else if (answer.type === 'ok' && tookMs < quickMs && 2 * sizeOf(answer.value) > this.#bytes)
      this.#bytes = Math.min(largest, 2 * this.#bytes)
    return answer
  }
}

/** The page sizes of the connection between this device and its server, shared by all requests. */
export interface PageSizes {
  readonly up: AdaptivePageSize
  readonly down: AdaptivePageSize
}

export function createPageSizes(clock: Clock): PageSizes {
  return { up: new AdaptivePageSize(UP, clock), down: new AdaptivePageSize(DOWN, clock) }
}

/** The most bodies that one request names, and the typical size of a body. */
const MOST_BODIES = 128
const BODY_BYTES = 2048

/** S4: fetches bodies by number: as many of the first `numbers` as the connection carries. The server may return fewer. */
export function fetchSome(
  { down }: PageSizes,
  server: Pick<ServerApi, 'fetchBodies'>,
  { vault, stream, numbers }: { vault: Uint8Array; stream: Uint8Array; numbers: readonly number[] },
): Promise<Answer<FetchAnswer>> {
  // A single body can be very large.
  const count = down.bytes <= SMALLEST ? 1 : Math.min(MOST_BODIES, Math.ceil(down.bytes / BODY_BYTES))
  const asked = numbers.slice(0, count)
  return down.carry(
    asked.length * BODY_BYTES,
    () => server.fetchBodies(vault, stream, asked),
    ({ entries }) => sizeOfEntries(entries),
  )
}

/**
 * Fetches all `numbers` in as many requests as necessary. `take` receives each answer before the next request, so that a lost connection
 * costs only the request in flight. Stops when the server returns none of the remaining bodies.
 */
export async function fetchAll(
  pageSizes: PageSizes,
  server: Pick<ServerApi, 'fetchBodies'>,
  { vault, stream, numbers }: { vault: Uint8Array; stream: Uint8Array; numbers: readonly number[] },
  take: (entries: StreamEntry[]) => Promise<void> | void,
): Promise<Answer<null>> {
  for (let left = numbers; left.length > 0;) {
    const answer = await fetchSome(pageSizes, server, { vault, stream, numbers: left })
    if (answer.type !== 'ok') return answer
    const brought = new Set(answer.value.entries.map(({ n }) => n))
    const rest = left.filter((n) => !brought.has(n))
    if (rest.length === left.length) break
    await take(answer.value.entries)
    left = rest
  }
  return { type: 'ok', value: null }
}

/** Bytes of headers and bodies. */
export function sizeOfEntries(entries: readonly Pick<StreamEntry, 'header' | 'body'>[]): number {
  return entries.reduce((sum, { header, body }) => sum + header.length + (body?.length ?? 0), 0)
}

/** The longest run of first items with at most `bytes` in total; at least one item, unless the list is empty. */
export function firstOf<T>(items: readonly T[], bytes: number, sizeOf: (item: T) => number): T[] {
  let sum = 0
  const end = items.findIndex((item, index) => {
    sum += sizeOf(item)
    return index > 0 && sum > bytes
  })
  return end === -1 ? [...items] : items.slice(0, end)
}
