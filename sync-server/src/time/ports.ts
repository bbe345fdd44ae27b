/** What the core needs from outside, other than storage. The simulation and the tests pass their own. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
}

/** A machine's two clocks: the time of day, which people and programs can set, and a monotonic one. */
export interface MachineClock extends Clock {
  /** Milliseconds since an arbitrary moment; never decreases. */
  steady(): number
}

export interface Timers {
  /** Runs `run` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, run: () => void): () => void
}

export type RandomBytes = (length: number) => Uint8Array

/**
 * The longest delay that setTimeout takes (2^31 - 1 ms, 24.8 days); for a longer one, the caller sets the timer again.
 */
export const MAX_DELAY_MS = 0x7fffffff

/** The process's timers, which do not keep the process alive. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
