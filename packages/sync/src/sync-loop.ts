/**
 * When a session syncs (S7): at once where something was written here or the server gave a hint, else by a timer with jitter, and never
 * twice at a time. What a pass does is the session's; this only decides when.
 */
import type { LiveMessage } from '@chartkeep/protocol'

const RETRY_MS = 4_000
const IDLE_MS = 60_000

export interface LoopDeeds {
  /** One pass over everything; does not reject. */
  pass(): Promise<void>
  /** False while there is no server to ask. */
  hasServer(): boolean
  /** True while asking every few seconds would change nothing. */
  mayWait(): boolean
}

/** Opens the socket for hints; `onClosed` is called once. */
type OpenLive = (onMessage: (message: LiveMessage) => void, onClosed: () => void) => { close(): void }

export class SyncLoop {
  readonly #deeds: LoopDeeds
  #timer: ReturnType<typeof setTimeout> | null = null
  #due = 0
  #running: Promise<void> | null = null
  #again = false
  #live: { close(): void } | null = null
  #liveUp = false
  #stopped = false

  constructor(deeds: LoopDeeds) {
    this.#deeds = deeds
  }

  /** Plans a pass; one that is planned for earlier stays. */
  schedule(delayMs: number): void {
    if (this.#stopped || !this.#deeds.hasServer()) return
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

  /** A pass now; one that runs already is followed by another. */
  async syncNow(): Promise<void> {
    if (this.#stopped) return
    if (this.#running !== null) {
      this.#again = true
      return this.#running
    }
    this.#running = this.#deeds.pass().finally(() => {
      this.#running = null
    })
    await this.#running
    if (this.#stopped) return
    if (this.#again) {
      this.#again = false
      return this.syncNow()
    }
    // Jitter, so that devices do not come back all at once.
    const base = this.#liveUp || this.#deeds.mayWait() ? IDLE_MS : RETRY_MS
    this.schedule(base * (0.75 + Math.random() / 2))
  }

  /** Listens for hints where nothing does yet. */
  listen(openLive: OpenLive): void {
    if (this.#live !== null || this.#stopped) return
    this.#live = openLive(
      ({ type }) => {
        if (type === 'ready') this.#liveUp = true
        else this.schedule(20)
      },
      () => {
        this.#live = null
        this.#liveUp = false
        this.schedule(500 + Math.random() * 1500)
      },
    )
  }

  /** Ends for good; resolves when the pass under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#live?.close()
    await this.#running?.catch(() => {})
  }
}
