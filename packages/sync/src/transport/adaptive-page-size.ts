/**
 * How much one request or answer holds on the line as it is, for each direction. Nobody waits longer than thirty seconds for an answer: what
 * takes long is asked for, and sent, in smaller pieces, so that nothing is given up for its time and tried again as large, for ever.
 */
import { MAX_PUSH_BYTES, type FetchAnswer, type StreamEntry } from '@chartkeep/protocol'
import type { Answer, Clock, ServerApi } from '../ports/ports.ts'

/** Bytes of envelopes that one push holds at most; the rest is what names them. */
export const LARGEST_PUSH = MAX_PUSH_BYTES - 65536
/** How few bytes a slow line makes of it at most. */
const SMALLEST = 32 * 1024
/** What takes longer than anybody waits for is tried with so much less at once: each try costs that wait. */
const GIVEN_UP = 8

interface Range {
  first: number
  largest: number
  quickMs: number
  slowMs: number
}

const UP: Range = { first: LARGEST_PUSH, largest: LARGEST_PUSH, quickMs: 2_000, slowMs: 10_000 }
/**
 * Of pages: little at first, for until the first page is opened there is nothing to judge; what comes quickly may be more, for each page costs a
 * way to the server and one to the disk.
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

  /** What the next one may hold. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Makes a request and learns from the time that its answer takes. `bytes`: what goes this way, or may at most; `sizeOf`: of an answer that may
   * be smaller.
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
    // What was small says nothing of what is large.
    else if (answer.type === 'ok' && tookMs < quickMs && 2 * sizeOf(answer.value) > this.#bytes)
      this.#bytes = Math.min(largest, 2 * this.#bytes)
    return answer
  }
}

/** The line from this device to its server, for all that goes over it. */
export interface PageSizes {
  readonly up: AdaptivePageSize
  readonly down: AdaptivePageSize
}

export function createPageSizes(clock: Clock): PageSizes {
  return { up: new AdaptivePageSize(UP, clock), down: new AdaptivePageSize(DOWN, clock) }
}

/** Numbers that one request for bodies names, and how long a body is as a rule. */
const MOST_BODIES = 128
const BODY_BYTES = 2048

/** S4: asks for bodies by their numbers, for as many of the first ones as the line carries. The server may bring fewer. */
export function fetchSome(
  { down }: PageSizes,
  server: Pick<ServerApi, 'fetchBodies'>,
  { vault, stream, numbers }: { vault: Uint8Array; stream: Uint8Array; numbers: readonly number[] },
): Promise<Answer<FetchAnswer>> {
  // Some are very long.
  const count = down.bytes <= SMALLEST ? 1 : Math.min(MOST_BODIES, Math.ceil(down.bytes / BODY_BYTES))
  const asked = numbers.slice(0, count)
  return down.carry(
    asked.length * BODY_BYTES,
    () => server.fetchBodies(vault, stream, asked),
    ({ entries }) => sizeOfEntries(entries),
  )
}

/**
 * The same for all of them, in as many requests as the line needs; `take` gets what each has brought before the next is made, so that a line that
 * breaks costs only what was under way. Ends where the server brings no more of them.
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

/** Of headers and bodies. */
export function sizeOfEntries(entries: readonly Pick<StreamEntry, 'header' | 'body'>[]): number {
  return entries.reduce((sum, { header, body }) => sum + header.length + (body?.length ?? 0), 0)
}

/** The first items that together are no larger than `bytes`; one at least, where there is one. */
export function firstOf<T>(items: readonly T[], bytes: number, sizeOf: (item: T) => number): T[] {
  let sum = 0
  const end = items.findIndex((item, index) => {
    sum += sizeOf(item)
    return index > 0 && sum > bytes
  })
  return end === -1 ? [...items] : items.slice(0, end)
}
