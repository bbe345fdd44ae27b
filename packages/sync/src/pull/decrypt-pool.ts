/**
 * Opens pulled pages in workers while the session's thread judges and stores the page before (decision 0042). What no worker opens is
 * opened where it is judged, by the same function: a worker that fails, or is slow to start, costs time and nothing else.
 */
import type { StreamEntry } from '@chartkeep/protocol'
import type { OpenedEntries, OpenedEntry, OpenedPart, PageToOpen } from '../record/decrypt-page.ts'
import {
  readAnswer,
  toRequest,
  type OpenAnswer,
  type OpenerPlatform,
  type OpenerPort,
} from '../record/decrypt-worker-protocol.ts'

const LEAST = 16
const PATIENCE_MS = 3_000
/** Envelopes of one request: several workers share a page. */
const SLICE = 256

type Openable = StreamEntry & { body: Uint8Array }

interface Asked {
  count: number
  resolve(parts: OpenedPart[] | null): void
}

interface Hand {
  port: OpenerPort
  isReady: boolean
  asked: Map<number, Asked>
  timer: ReturnType<typeof setTimeout> | null
}

export class PageOpener {
  readonly #platform: OpenerPlatform | null
  #hands: Hand[] | null = null
  #ids = 0
  #isClosed = false

  constructor(platform: OpenerPlatform | null) {
    this.#platform = platform
  }

  /** Starts the workers, so that they are ready when the first page comes. */
  warm(): void {
    if (this.#platform === null || this.#hands !== null || this.#isClosed) return
    const { spawn, count } = this.#platform
    this.#hands = []
    for (let index = 0; index < count; index += 1) {
      try {
        this.#hands.push(this.#take(spawn()))
      } catch {
        // A browser without such workers, or one that may start none here.
      }
    }
  }

  /**
   * What workers find in the bodies of `entries`; resolves without those that no worker opened, at once where there is none to ask. Never
   * rejects. The keys are copied.
   */
  async open(by: Pick<PageToOpen, 'name' | 'keys'>, entries: readonly StreamEntry[]): Promise<OpenedEntries> {
    const found = new WeakMap<StreamEntry, OpenedEntry>()
    const openable = entries.filter(isOpenable)
    if (this.#platform === null || openable.length < (this.#platform.least ?? LEAST) || by.keys.length === 0)
      return found
    this.warm()
    const slices = Array.from({ length: Math.ceil(openable.length / SLICE) }, (_, index) =>
      openable.slice(index * SLICE, (index + 1) * SLICE),
    )
    await Promise.all(
      slices.map(async (slice) => {
        const parts = await this.#ask({ ...by, envelopes: slice })
        parts?.forEach((part, index) => found.set(slice[index]!, { ...part, by }))
      }),
    )
    return found
  }

  /** Ends the workers; what was asked of them is answered with nothing. */
  close(): void {
    this.#isClosed = true
    for (const hand of this.#hands ?? []) this.#dismiss(hand)
    this.#hands = []
  }

  /** Of the least busy worker that is ready; null when there is none. */
  #ask(page: PageToOpen): Promise<OpenedPart[] | null> {
    const [hand] = (this.#hands ?? []).filter(({ isReady }) => isReady).toSorted((a, b) => a.asked.size - b.asked.size)
    if (hand === undefined) return Promise.resolve(null)
    return new Promise((resolve) => {
      const id = ++this.#ids
      hand.asked.set(id, { count: page.envelopes.length, resolve })
      const { request, transfer } = toRequest(id, page)
      try {
        hand.port.postMessage(request, transfer)
      } catch {
        return this.#dismiss(hand)
      }
      this.#watch(hand)
    })
  }

  #take(port: OpenerPort): Hand {
    const hand: Hand = { port, isReady: false, asked: new Map(), timer: null }
    port.onMessage((message) => {
      const answer = message as OpenAnswer
      if (answer.type === 'ready') hand.isReady = true
      else {
        const asked = hand.asked.get(answer.id)
        hand.asked.delete(answer.id)
        asked?.resolve(readAnswer(answer, asked.count))
      }
      this.#watch(hand)
    })
    port.onFailure(() => this.#dismiss(hand))
    return hand
  }

  /** The patience with a worker begins anew with each of its words. */
  #watch(hand: Hand): void {
    if (hand.timer !== null) clearTimeout(hand.timer)
    hand.timer = null
    if (hand.asked.size > 0)
      hand.timer = setTimeout(() => this.#dismiss(hand), this.#platform!.patienceMs ?? PATIENCE_MS)
  }

  #dismiss(hand: Hand): void {
    this.#hands = (this.#hands ?? []).filter((each) => each !== hand)
    hand.port.terminate()
    if (hand.timer !== null) clearTimeout(hand.timer)
    for (const { resolve } of hand.asked.values()) resolve(null)
    hand.asked.clear()
  }
}

function isOpenable(entry: StreamEntry): entry is Openable {
  return entry.body !== null && entry.proof !== null && entry.outcome !== 'void'
}
