/**
 * When a session syncs (S7): at once where something was written here or the server gave a hint, else by a timer with jitter, and never
 * twice at a time. What a pass does is the session's; this only decides when.
 */
import { idText } from '@chartkeep/protocol'
import type { LiveNews } from '../transport/live-connection.ts'
import type { Page } from '../pull/pull-prefetch.ts'

const RETRY_MS = 4_000
const IDLE_MS = 60_000
/** After a brief pass: a whole one, for all that the brief one left out, once it has been quiet for so long, or has not for long enough. */
const FOLLOW_MS = 2_000
const LATEST_FOLLOW_MS = 15_000
/** While no server answers: so long after the last pass what waits is made ready to leave, so that nothing that is being written waits for it. */
const QUIET_MS = 1_000
/** Entries that were brought and wait for a pass; what is more is pulled. */
const MAX_BROUGHT = 256

/** A vault where something is to be sent or read: the streams that moved, with the numbers that the server named, and what it brought of them. */
export interface Moved {
  vault: string
  streams: ReadonlyMap<string, number>
  pages: readonly Page[]
}

export interface LoopActions {
  /** One pass over everything; does not reject. */
  pass(): Promise<void>
  /** Reads what moved and sends what waits in these vaults, and nothing else; false: only a whole pass can tell. Does not reject. */
  brief(moved: Moved[]): Promise<boolean>
  /** False while there is no server to ask. */
  hasServer(): boolean
  /** Whether the last pass met no server that answers. */
  isAway(): boolean
  /** Makes what waits ready to leave, for as long as `mayGoOn`. Does not reject. */
  makeReady(mayGoOn: () => boolean): Promise<void>
  /** True while asking every few seconds would change nothing. */
  mayWait(): boolean
  /** Whether the last pass met something that did not hold, or that failed. */
  hasProblem(): boolean
}

interface Live {
  close(): void
  /** Asks whether the server is there; one that does not answer ends the connection. */
  check(): void
}

/** Opens the live connection; `onClosed` is called once. */
type OpenLive = (onNews: (news: LiveNews) => void, onClosed: () => void) => Live

export class SyncLoop {
  readonly #actions: LoopActions
  #timer: ReturnType<typeof setTimeout> | null = null
  #due = 0
  #running: Promise<void> | null = null
  /** Passes that have begun, brief ones too. */
  #begun = 0
  /** The whole pass behind what is running, for who asked meanwhile. */
  #next: Promise<void> | null = null
  #moved = new Map<string, { streams: Map<string, number>; pages: Page[] }>()
  /** The whole pass behind brief ones, and when it has to come at the latest. */
  #follower: ReturnType<typeof setTimeout> | null = null
  #followBy: number | null = null
  #quiet: ReturnType<typeof setTimeout> | null = null
  #readying: Promise<void> | null = null
  #live: Live | null = null
  #liveUp = false
  /** Passes with a problem, one after the other. */
  #problems = 0
  #stopped = false

  constructor(actions: LoopActions) {
    this.#actions = actions
  }

  /** Plans a pass; one that is planned for earlier stays. */
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

  /** A pass that begins from now on; resolves when it, and what was asked for meanwhile, has ended. */
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
    // In the same moment as the requests of the pass: a phone wakes for nothing more.
    this.#live?.check()
    this.#running = this.#actions.pass().finally(() => {
      this.#running = null
    })
    await this.#running
    if (this.#stopped) return
    if (this.#next !== null) return this.#next
    if (this.#actions.isAway()) this.#makeReadySoon()
    // Who waited beside us may have begun another pass already.
    if (this.#moved.size > 0 && this.#running === null) void this.#briefly()
    // Jitter, so that devices do not come back all at once.
    this.schedule(this.#nextMs() * (0.75 + Math.random() / 2))
  }

  /** What may pass by itself is tried again soon, and again less and less often: nothing that the server could say over the connection would tell. */
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

  /** Something was written in a vault, or the server says that a stream of it has reached `n`: a brief pass, as soon as none is under way. */
  soon(vault: string, stream: string | null = null, n = 0): void {
    if (this.#stopped || !this.#actions.hasServer()) return
    const { streams } = this.#movedIn(vault)
    if (stream !== null) streams.set(stream, Math.max(n, streams.get(stream) ?? 0))
    if (this.#running === null) void this.#briefly()
  }

  /** The server brings what moved. */
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
      // Hints of one push come one by one: what arrives together is asked for together.
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

  /** Plans the whole pass behind brief ones: while they continue it waits, though not for ever. */
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

  /** Listens for hints where nothing does yet. */
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
        // What came while it was down is read at once. One that never came up is tried again by the passes that come anyway.
        if (wasUp) this.schedule(500 + Math.random() * 1500)
      },
    )
  }

  /** There is another server: what was listened to is over. */
  relisten(): void {
    this.#live?.close()
  }

  /** Ends for good; resolves when the pass under way has ended. */
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
