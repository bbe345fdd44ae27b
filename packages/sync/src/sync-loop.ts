/**
 * When a session syncs (S7): at once where something was written here or the server gave a hint, else by a timer with jitter, and never
 * twice at a time. What a pass does is the session's; this only decides when.
 */
import { idText, type LiveMessage } from '@chartkeep/protocol'

const RETRY_MS = 4_000
const IDLE_MS = 60_000
/** After a brief pass: a whole one, for all that the brief one left out. */
const FOLLOW_MS = 2_000

/** A vault where something is to be sent or read: the streams that moved, with the numbers that the server named. */
export interface Moved {
  vault: string
  streams: ReadonlyMap<string, number>
}

export interface LoopDeeds {
  /** One pass over everything; does not reject. */
  pass(): Promise<void>
  /** Reads what moved and sends what waits in these vaults, and nothing else; false: only a whole pass can tell. Does not reject. */
  brief(moved: Moved[]): Promise<boolean>
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
  /** Whether what is running is a brief pass, and the whole one that somebody waits for behind it. */
  #isBrief = false
  #afterBrief: Promise<void> | null = null
  #moved = new Map<string, Map<string, number>>()
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
    if (this.#isBrief && this.#running !== null) {
      this.#afterBrief ??= this.#running.then(() => {
        this.#afterBrief = null
        return this.syncNow()
      })
      return this.#afterBrief
    }
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
    // Who waited beside us may have begun another pass already.
    if (this.#moved.size > 0 && this.#running === null) void this.#briefly()
    // Jitter, so that devices do not come back all at once.
    const base = this.#liveUp || this.#deeds.mayWait() ? IDLE_MS : RETRY_MS
    this.schedule(base * (0.75 + Math.random() / 2))
  }

  /** Something was written in a vault, or the server says that a stream of it has reached `n`: a brief pass, as soon as none is under way. */
  soon(vault: string, stream: string | null = null, n = 0): void {
    if (this.#stopped || !this.#deeds.hasServer()) return
    const streams = this.#moved.get(vault) ?? new Map<string, number>()
    if (stream !== null) streams.set(stream, Math.max(n, streams.get(stream) ?? 0))
    this.#moved.set(vault, streams)
    if (this.#running === null) void this.#briefly()
  }

  async #briefly(): Promise<void> {
    let isEnough = true
    this.#isBrief = true
    this.#running = (async () => {
      // Hints of one push come one by one: what arrives together is asked for together.
      await Promise.resolve()
      while (this.#moved.size > 0 && isEnough && !this.#stopped) {
        const moved = [...this.#moved].map(([vault, streams]) => ({ vault, streams }))
        this.#moved.clear()
        isEnough = await this.#deeds.brief(moved)
      }
    })().finally(() => {
      this.#running = null
      this.#isBrief = false
    })
    await this.#running
    // The whole pass reads and sends all of it.
    if (!isEnough) this.#moved.clear()
    this.schedule(isEnough ? FOLLOW_MS : 0)
    if (this.#moved.size > 0 && this.#running === null && !this.#stopped) void this.#briefly()
  }

  /** Listens for hints where nothing does yet. */
  listen(openLive: OpenLive): void {
    if (this.#live !== null || this.#stopped) return
    this.#live = openLive(
      ({ type, vault, stream, n }) => {
        if (type === 'ready') this.#liveUp = true
        else if (type === 'head' && vault !== null && stream !== null) this.soon(idText(vault), idText(stream), n)
        else this.schedule(20)
      },
      () => {
        this.#live = null
        this.#liveUp = false
        this.schedule(500 + Math.random() * 1500)
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
    this.#live?.close()
    await this.#running?.catch(() => {})
  }
}
