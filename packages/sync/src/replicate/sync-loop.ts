/**
 * Decides when a session syncs (S7): soon after a local write or a hint of the server, otherwise by a timer with jitter, and never two
 * passes at a time. The session supplies the passes.
 */
import { idText } from '@chartkeep/protocol'
import type { LiveNews } from '../transport/live-connection.ts'
import type { Page } from '../pull/pull-prefetch.ts'

const RETRY_MS = 4_000
const IDLE_MS = 60_000
/**
 * A brief pass is followed by a whole pass, for everything that it left out: after this long without activity, or at the latest after a
 * longer time.
 */
const FOLLOW_MS = 2_000
const LATEST_FOLLOW_MS = 15_000
/** While no server answers: how long after the last pass waiting records are sealed, so that nothing being written is delayed. */
const QUIET_MS = 1_000
/** Pushed entries that wait for a pass; what exceeds this is pulled. */
const MAX_BROUGHT = 256

/** A vault with something to send or read: the streams that moved, the numbers that the server named, and the pages that it pushed. */
export interface Moved {
  vault: string
  streams: ReadonlyMap<string, number>
  pages: readonly Page[]
}

export interface LoopActions {
  /** One pass over everything; does not reject. */
  pass(): Promise<void>
  /** Reads and sends only in these vaults; false if only a whole pass can settle them. Does not reject. */
  brief(moved: Moved[]): Promise<boolean>
  /** False while there is no server to ask. */
  hasServer(): boolean
  /** Whether the last pass found no server that answers. */
  isAway(): boolean
  /** Seals what waits, for as long as `mayGoOn`. Does not reject. */
  makeReady(mayGoOn: () => boolean): Promise<void>
  /** True while asking every few seconds would change nothing. */
  mayWait(): boolean
  /** Whether the last pass met a contradiction or a failure. */
  hasProblem(): boolean
}

interface Live {
  close(): void
  /** Pings the server; if it does not answer, the connection is closed. */
  check(): void
}

/** Opens the live connection; `onClosed` is called once. */
type OpenLive = (onNews: (news: LiveNews) => void, onClosed: () => void) => Live

export class SyncLoop {
  readonly #actions: LoopActions
  #timer: ReturnType<typeof setTimeout> | null = null
  #due = 0
  #running: Promise<void> | null = null
  /** The number of passes that have begun, brief ones included. */
  #begun = 0
  /** The whole pass after the current one, for callers that asked meanwhile. */
  #next: Promise<void> | null = null
  #moved = new Map<string, { streams: Map<string, number>; pages: Page[] }>()
  /** The whole pass that follows brief passes, and its latest time. */
  #follower: ReturnType<typeof setTimeout> | null = null
  #followBy: number | null = null
  #quiet: ReturnType<typeof setTimeout> | null = null
  #readying: Promise<void> | null = null
  #live: Live | null = null
  #liveUp = false
  /** Consecutive passes with a problem. */
  #problems = 0
  #stopped = false

  constructor(actions: LoopActions) {
    this.#actions = actions
  }

  /** Plans a pass; an earlier planned pass stays. */
  schedule(delayMs: number): void {
    if (this.#stopped || !this.#actions.hasServer()) return
    const due = performance.now() + delayMs
    if (this.#timer !== null) {
      if (this.#due <= due) return
      clearTimeout(this.#timer)
    }
    this.#due = due
    this.#timer = setTimeout(() => {
      this.#timer = null
      void this.syncNow()
    }, delayMs)
  }

  /** Starts a pass; resolves when it, and passes requested meanwhile, have ended. */
  async syncNow(): Promise<void> {
    if (this.#stopped) return
    if (this.#running !== null) {
      this.#next ??= this.#running.then(() => {
        this.#next = null
        return this.syncNow()
      })
      return this.#next
    }
    this.#isFollowed()
    this.#begun++
    // Together with the pass's requests, so that a phone wakes only once.
    this.#live?.check()
    this.#running = this.#actions.pass().finally(() => {
      this.#running = null
    })
    await this.#running
    if (this.#stopped) return
    if (this.#next !== null) return this.#next
    if (this.#actions.isAway()) this.#makeReadySoon()
    // Another waiting caller may have started a pass already.
    if (this.#moved.size > 0 && this.#running === null) void this.#briefly()
    // Jitter, so that devices do not return all at once.
    this.schedule(this.#nextMs() * (0.75 + Math.random() / 2))
  }

  /** A problem that may pass by itself is retried soon, then less and less often: no hint of the server would announce its end. */
  #nextMs(): number {
    this.#problems = this.#actions.hasProblem() ? this.#problems + 1 : 0
    if (this.#actions.mayWait()) return IDLE_MS
    if (!this.#liveUp) return RETRY_MS
    return this.#problems === 0 ? IDLE_MS : Math.min(IDLE_MS, RETRY_MS * 2 ** (this.#problems - 1))
  }

  #makeReadySoon(): void {
    if (this.#quiet !== null) clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => {
      this.#quiet = null
      if (!this.#actions.isAway() || this.#running !== null || this.#readying !== null) return
      const begun = this.#begun
      this.#readying = this.#actions
        .makeReady(() => this.#begun === begun && !this.#stopped)
        .finally(() => (this.#readying = null))
    }, QUIET_MS)
  }

  /**
   * Something was written in a vault, or the server says that a stream has reached `n`: runs a brief pass as soon as no pass is in
   * progress.
   */
  soon(vault: string, stream: string | null = null, n = 0): void {
    if (this.#stopped || !this.#actions.hasServer()) return
    const { streams } = this.#movedIn(vault)
    if (stream !== null) streams.set(stream, Math.max(n, streams.get(stream) ?? 0))
    if (this.#running === null) void this.#briefly()
  }

  /** The server pushed pages of a vault. */
  #brought(vault: string, pages: readonly Page[]): void {
    const known = this.#movedIn(vault).pages
    const count = [...known, ...pages].reduce((sum, { entries }) => sum + entries.length, 0)
    if (count <= MAX_BROUGHT) known.push(...pages)
    for (const { stream, entries } of pages) this.soon(vault, idText(stream), entries.at(-1)?.n ?? 0)
  }

  #movedIn(vault: string): { streams: Map<string, number>; pages: Page[] } {
    const known = this.#moved.get(vault) ?? { streams: new Map<string, number>(), pages: [] }
    this.#moved.set(vault, known)
    return known
  }

  async #briefly(): Promise<void> {
    let isEnough = true
    this.#begun++
    this.#running = (async () => {
      // Hints of one push arrive one by one: those that arrive together are handled together.
      await Promise.resolve()
      while (this.#moved.size > 0 && isEnough && !this.#stopped) {
        const moved = [...this.#moved].map(([vault, known]) => ({ vault, ...known }))
        this.#moved.clear()
        isEnough = await this.#actions.brief(moved)
      }
    })().finally(() => {
      this.#running = null
    })
    await this.#running
    // The whole pass reads and sends all of it.
    if (!isEnough) this.#moved.clear()
    if (isEnough) this.#follow()
    else this.schedule(0)
    if (this.#moved.size > 0 && this.#running === null && !this.#stopped) void this.#briefly()
  }

  /** Plans the whole pass after brief ones: it is postponed while they continue, but not for ever. */
  #follow(): void {
    if (this.#stopped) return
    const now = performance.now()
    this.#followBy ??= now + LATEST_FOLLOW_MS
    if (this.#follower !== null) clearTimeout(this.#follower)
    const delay = Math.max(0, Math.min(FOLLOW_MS, this.#followBy - now))
    this.#follower = setTimeout(() => void this.syncNow(), delay)
  }

  #isFollowed(): void {
    if (this.#follower !== null) clearTimeout(this.#follower)
    this.#follower = null
    this.#followBy = null
  }

  /** Opens the live connection if there is none. */
  listen(openLive: OpenLive): void {
    if (this.#live !== null || this.#stopped) return
    this.#live = openLive(
      (news) => {
        if (news.type === 'page') return this.#brought(idText(news.vault), news.pages)
        const { type, vault, stream, n } = news
        if (type === 'ready') this.#liveUp = true
        else if (type === 'head' && vault !== null && stream !== null) this.soon(idText(vault), idText(stream), n)
        else this.schedule(20)
      },
      () => {
        const wasUp = this.#liveUp
        this.#live = null
        this.#liveUp = false
        // Hints missed while the connection was down are read at once. A connection that never opened is retried by the next passes.
        if (wasUp) this.schedule(500 + Math.random() * 1500)
      },
    )
  }

  /** Closes the live connection after a change of server. */
  relisten(): void {
    this.#live?.close()
  }

  /** Ends the loop; resolves when the current pass has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#isFollowed()
    if (this.#quiet !== null) clearTimeout(this.#quiet)
    this.#live?.close()
    await this.#running?.catch(() => {})
    await this.#readying
  }
}
