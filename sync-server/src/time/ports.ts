/** What the core needs from outside besides storage; the simulation and the tests pass their own. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
}

/** A machine's two clocks: the time of day, which people and programs set, and one that only runs on. */
export interface MachineClock extends Clock {
  /** Milliseconds since some moment; never less than before. */
  steady(): number
}

export interface Timers {
  /** Runs `run` once after `delayMs`; the answer cancels it. */
  after(delayMs: number, run: () => void): () => void
}

export type RandomBytes = (length: number) => Uint8Array

/** Longest delay that setTimeout takes (2^31 - 1 ms, 24.8 days); a longer one is asked for again on waking. */
export const MAX_DELAY_MS = 0x7fffffff

/** The process's timers; they keep no process alive. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
