/** Counts requests by key within windows of time (S8): in memory, at once, for requests over http and frames of a live connection alike. */
import { systemClock } from '../time/server-clock.ts'

/** Keys remembered at a time by one counter; the one that was longest without a request goes first. */
const KEYS = 50_000

export interface RateCounter {
  /** Counts one request of `key`, or so many; 0 while there is room, else after how many seconds there is again. `most`: instead of the counter's own limit. */
  take(key: string, count?: number, most?: number): number
}

/** `max` requests of a key within `windowMs`, from its first one on. */
export function createRateCounter(max: number, windowMs: number, now: () => number = systemClock.steady): RateCounter {
  const windows = new Map<string, { since: number; count: number }>()
  return {
    take(key, count = 1, most = max) {
      const time = now()
      let window = windows.get(key)
      if (window === undefined || time >= window.since + windowMs) window = { since: time, count: 0 }
      window.count += count
      windows.delete(key)
      windows.set(key, window)
      if (windows.size > KEYS) windows.delete(windows.keys().next().value!)
      return window.count > most ? secondsUntil(window.since + windowMs, time) : 0
    },
  }
}

/** Deeds of which only those that fail are counted (H9). */
export interface AttemptCounter {
  /**
   * Does the deed, and counts it where `hasFailed` says so of its answer. No more are under way at a time than may still fail: others wait for
   * them. Once `most` have failed within the window none is begun, and the answer is after how many seconds one may be.
   */
  attempt<T>(key: string, most: number, deed: () => Promise<T>, hasFailed: (answer: T) => boolean): Promise<T | Wait>
}

export interface Wait {
  type: 'wait'
  seconds: number
}

export function isWait(answer: object): answer is Wait {
  return 'type' in answer && answer.type === 'wait'
}

interface Attempts {
  since: number
  failed: number
  running: number
  waiting: (() => void)[]
}

/** Deeds of one key that wait at a time; each of them is a request that is held. */
const MAX_WAITING = 10_000

export function createAttemptCounter(windowMs: number, now: () => number = systemClock.steady): AttemptCounter {
  const byKey = new Map<string, Attempts>()

  function attemptsOf(key: string): Attempts {
    const time = now()
    const known = byKey.get(key) ?? { since: time, failed: 0, running: 0, waiting: [] }
    if (time >= known.since + windowMs) Object.assign(known, { since: time, failed: 0 })
    byKey.delete(key)
    byKey.set(key, known)
    if (byKey.size > KEYS) forgetOldest()
    return known
  }

  /** The one that was longest without an attempt and has none under way. */
  function forgetOldest(): void {
    for (const [key, { running }] of byKey) {
      if (running > 0) continue
      byKey.delete(key)
      return
    }
  }

  return {
    async attempt(key, most, deed, hasFailed) {
      let attempts = attemptsOf(key)
      while (attempts.failed + attempts.running >= most) {
        if (attempts.failed >= most || attempts.waiting.length >= MAX_WAITING)
          return { type: 'wait', seconds: secondsUntil(attempts.since + windowMs, now()) }
        const { waiting } = attempts
        await new Promise<void>((resolve) => waiting.push(resolve))
        attempts = attemptsOf(key)
      }
      attempts.running += 1
      // A deed that throws has not said that it succeeded.
      let failed = true
      try {
        const answer = await deed()
        failed = hasFailed(answer)
        return answer
      } finally {
        attempts.running -= 1
        if (failed) attempts.failed += 1
        const wakes = attempts.failed >= most ? attempts.waiting.length : 1
        for (const go of attempts.waiting.splice(0, wakes)) go()
      }
    },
  }
}

function secondsUntil(end: number, now: number): number {
  return Math.max(1, Math.ceil((end - now) / 1000))
}
