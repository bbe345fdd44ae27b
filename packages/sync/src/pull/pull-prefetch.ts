/**
 * Requests the next pull before the previous one is judged, so that network, decryption and judging overlap. A prefetched answer is used
 * only for exactly the request that it answers, and is checked like any other.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { idText, MAX_PULL_STREAMS, textId } from '@chartkeep/protocol'
import type { PullAnswer, PullRequest } from '@chartkeep/protocol/messages'
import { nextTurn } from '@chartkeep/store'
import { FIRST_PAGE, sizeOfEntries } from '../transport/adaptive-page-size.ts'
import type { OpenedEntries } from '../record/decrypt-page.ts'
import { DecryptPool } from './decrypt-pool.ts'
import type { Answer, Offline, ServerApi } from '../ports/ports.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

export type Page = PullAnswer['streams'][number]

/** Answers in transit or in decryption while another is judged. */
const DEPTH = 2

export interface Cursor {
  id: string
  after: number
}

interface Asked {
  request: PullRequest
  /** Streams that did not fit into the request, which names a limited number. */
  rest: Cursor[]
  answer: Promise<Answer<PullAnswer>>
  /** The answer, once it has arrived. */
  given: Answer<PullAnswer> | null
  opened: Promise<ReadonlyMap<string, OpenedEntries>>
}

export class PullPrefetch {
  readonly #machine: VaultMachine
  readonly #server: ServerApi
  readonly #opener: DecryptPool
  readonly #over = Promise.withResolvers<Offline>()
  /** The number up to which each stream is read: the server's head when it first named it. */
  readonly #targets: ReadonlyMap<string, number>
  #queue: Asked[] = []
  #isFirst = true
  #taken: Asked | null = null
  #isOver = false

  constructor(machine: VaultMachine, server: ServerApi, targets: ReadonlyMap<string, number>) {
    this.#machine = machine
    this.#server = server
    this.#opener = new DecryptPool(machine.decryptWorkers ?? null)
    this.#targets = targets
  }

  /** Bytes to request for the next page. */
  get #budget(): number {
    const { bytes } = this.#machine.pageSizes.down
    return this.#isFirst ? Math.min(FIRST_PAGE, bytes) : bytes
  }

  /** The answer to a pull of these streams, as many as one request names, with its decrypted entries; prefetches the page behind it. */
  async take(cursors: readonly Cursor[]): Promise<{ answer: Answer<PullAnswer>; opened: Asked['opened'] }> {
    const wanted = requestOf(cursors.slice(0, MAX_PULL_STREAMS), this.#budget)
    let taken = this.#queue.shift()
    if (taken === undefined || !isSameRequest(taken.request, wanted)) {
      this.#queue = []
      taken = this.#ask(cursors)
    }
    this.#taken = taken
    // The prefetch is sent in the next turn of the event loop; judging this answer would delay it.
    if (this.#askMore() && taken.given !== null) await nextTurn()
    return { answer: await Promise.race([taken.answer, this.#over.promise]), opened: taken.opened }
  }

  /** Pages that the server pushed unasked; each answers the pull that would ask for exactly those entries. */
  bring(pages: readonly Page[]): void {
    const first = pages.flatMap(({ stream, entries: [entry] }) =>
      entry === undefined ? [] : [{ id: idText(stream), after: entry.n - 1 }],
    )
    if (first.length === 0 || first.length !== pages.length) return
    const given: Answer<PullAnswer> = { type: 'ok', value: { streams: [...pages] } }
    const answer = Promise.resolve(given)
    this.#queue.push({ request: requestOf(first, this.#budget), rest: [], answer, given, opened: this.#open(answer) })
  }

  /** A chart that was never read brings much to decrypt: start the workers before the first page arrives. */
  warm(): void {
    this.#opener.warm()
  }

  /** Stops prefetching, waits for no answer, and ends the workers. */
  end(): void {
    this.#isOver = true
    this.#over.resolve({ type: 'offline' })
    this.#opener.close()
  }

  #ask(cursors: readonly Cursor[]): Asked {
    const request = requestOf(cursors.slice(0, MAX_PULL_STREAMS), this.#budget)
    this.#isFirst = false
    const { vault, pageSizes } = this.#machine
    const answer = pageSizes.down.carry(
      request.budget,
      () => this.#server.pull(vault, request),
      ({ streams }) => streams.reduce((sum, { entries }) => sum + sizeOfEntries(entries), 0),
    )
    const asked: Asked = {
      request,
      rest: cursors.slice(MAX_PULL_STREAMS),
      answer,
      given: null,
      opened: this.#open(answer),
    }
    void answer.then((given) => {
      asked.given = given
      this.#askMore()
    })
    return asked
  }

  /** Requests the page behind the last request, once its answer has arrived. Whether a request was made. */
  #askMore(): boolean {
    const last = this.#queue.at(-1) ?? this.#taken
    if (this.#isOver || last?.given?.type !== 'ok' || this.#queue.length >= DEPTH) return false
    const next = this.#after(last, last.given.value)
    if (next.length === 0) return false
    this.#queue.push(this.#ask(next))
    return true
  }

  async #open(answer: Promise<Answer<PullAnswer>>): Promise<ReadonlyMap<string, OpenedEntries>> {
    const given = await answer
    const pages = given.type === 'ok' ? given.value.streams : []
    const opened = await Promise.all(
      pages.map(async ({ stream, entries }) => {
        const id = idText(stream)
        const keys = this.#machine.keys.streams.get(id)
        const by = {
          name: keys?.name ?? '',
          keys: [...(keys?.byEpoch ?? [])].map(([epoch, key]) => ({ epoch, key })),
        }
        return [id, await this.#opener.open(by, entries)] as const
      }),
    )
    return new Map(opened)
  }

  /** The next cursors if this whole answer is accepted; empty if nothing is left or the answer was empty. */
  #after({ request, rest }: Asked, { streams }: PullAnswer): Cursor[] {
    const pages = new Map(streams.map((page) => [idText(page.stream), page]))
    const cursors = request.streams.flatMap(({ stream, after }) => {
      const id = idText(stream)
      const page = pages.get(id)
      const reached = page?.entries.at(-1)?.n ?? after
      return page !== undefined && reached < (this.#targets.get(id) ?? page.head.n) ? [{ id, after: reached }] : []
    })
    // An empty answer gives no reason to ask for more.
    return streams.some(({ entries }) => entries.length > 0) ? [...cursors, ...rest] : []
  }
}

function requestOf(cursors: readonly Cursor[], budget: number): PullRequest {
  return { streams: cursors.map(({ id, after }) => ({ stream: textId(id)!, after })), budget }
}

/** Whether both requests ask for the same entries, whatever their byte budget. */
function isSameRequest(a: PullRequest, b: PullRequest): boolean {
  return (
    a.streams.length === b.streams.length &&
    a.streams.every(({ stream, after }, index) => {
      const other = b.streams[index]!
      return after === other.after && equalBytes(stream, other.stream)
    })
  )
}
