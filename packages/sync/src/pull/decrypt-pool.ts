/**
 * Decrypts pulled pages in workers while the session's thread judges and stores the previous page (decision 0042). Entries that no worker
 * decrypted are decrypted during judging by the same function, so a slow or failed worker costs only time.
 */
import type { StreamEntry } from '@chartkeep/protocol/streams'
import type { OpenedEntries, OpenedEntry, DecryptedPart, PageToDecrypt } from '../record/decrypt-page.ts'
import {
  readAnswer,
  toRequest,
  type DecryptAnswer,
  type DecryptWorkers,
  type DecryptPort,
} from '../record/decrypt-worker-protocol.ts'

const LEAST = 16
const PATIENCE_MS = 3_000
/** Envelopes in one request: several workers share a page. */
const SLICE = 256

type Openable = StreamEntry & { body: Uint8Array }

interface Asked {
  count: number
  resolve(parts: DecryptedPart[] | null): void
}

interface PoolWorker {
  port: DecryptPort
  isReady: boolean
  asked: Map<number, Asked>
  timer: ReturnType<typeof setTimeout> | null
}

export class DecryptPool {
  readonly #platform: DecryptWorkers | null
  #workers: PoolWorker[] | null = null
  #ids = 0
  #isClosed = false

  constructor(platform: DecryptWorkers | null) {
    this.#platform = platform
  }

  /** Starts the workers, so that they are ready for the first page. */
  warm(): void {
    if (this.#platform === null || this.#workers !== null || this.#isClosed) return
    const { spawn, count } = this.#platform
    this.#workers = []
    for (let index = 0; index < count; index += 1) {
      try {
        this.#workers.push(this.#take(spawn()))
      } catch {
        // The browser has no such workers, or forbids starting one here.
      }
    }
  }

  /**
   * The workers' results for the bodies of `entries`. Entries that no worker decrypted are missing; resolves at once if there is no worker.
   * Never rejects. The keys are copied.
   */
  async open(by: Pick<PageToDecrypt, 'name' | 'keys'>, entries: readonly StreamEntry[]): Promise<OpenedEntries> {
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

  /** Ends the workers; open requests resolve without a result. */
  close(): void {
    this.#isClosed = true
    for (const worker of this.#workers ?? []) this.#dismiss(worker)
    this.#workers = []
  }

  /** Sends a page to the least busy worker that is ready; null if there is none. */
  #ask(page: PageToDecrypt): Promise<DecryptedPart[] | null> {
    const [worker] = (this.#workers ?? [])
      .filter(({ isReady }) => isReady)
      .toSorted((a, b) => a.asked.size - b.asked.size)
    if (worker === undefined) return Promise.resolve(null)
    return new Promise((resolve) => {
      const id = ++this.#ids
      worker.asked.set(id, { count: page.envelopes.length, resolve })
      const { request, transfer } = toRequest(id, page)
      try {
        worker.port.postMessage(request, transfer)
      } catch {
        return this.#dismiss(worker)
      }
      this.#watch(worker)
    })
  }

  #take(port: DecryptPort): PoolWorker {
    const worker: PoolWorker = { port, isReady: false, asked: new Map(), timer: null }
    port.onMessage((message) => {
      const answer = message as DecryptAnswer
      if (answer.type === 'ready') worker.isReady = true
      else {
        const asked = worker.asked.get(answer.id)
        worker.asked.delete(answer.id)
        asked?.resolve(readAnswer(answer, asked.count))
      }
      this.#watch(worker)
    })
    port.onFailure(() => this.#dismiss(worker))
    return worker
  }

  /** Each message from a worker restarts its timeout. */
  #watch(worker: PoolWorker): void {
    if (worker.timer !== null) clearTimeout(worker.timer)
    worker.timer = null
    if (worker.asked.size > 0)
      worker.timer = setTimeout(() => this.#dismiss(worker), this.#platform!.patienceMs ?? PATIENCE_MS)
  }

  #dismiss(worker: PoolWorker): void {
    this.#workers = (this.#workers ?? []).filter((each) => each !== worker)
    worker.port.terminate()
    if (worker.timer !== null) clearTimeout(worker.timer)
    for (const { resolve } of worker.asked.values()) resolve(null)
    worker.asked.clear()
  }
}

function isOpenable(entry: StreamEntry): entry is Openable {
  return entry.body !== null && entry.proof !== null && entry.outcome !== 'void'
}
