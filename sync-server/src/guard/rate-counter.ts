/**
 * Counts requests by key within time windows (S8). In memory and synchronous; HTTP requests and frames of a live
 * connection use the same counters.
 */
import { systemClock } from '../time/server-clock.ts'

/** The most keys that one counter remembers; it forgets the least recently used key first. */
const KEYS = 50_000

export interface RateCounter {
  /**
   * Counts one or `count` requests of `key`. Returns 0 while there is room, otherwise the seconds until there is room
   * again. `most` replaces the counter's own limit.
   */
  take(key: string, count?: number, most?: number): number
}

/** Allows `max` requests per key within `windowMs` of the key's first request. */
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

/** Counts only the attempts that fail (H9). */
export interface AttemptCounter {
  /**
   * Runs `deed` and counts it if `hasFailed` returns true for its answer. Runs no more attempts at a time than may
   * still fail; others wait. Once `most` attempts have failed within the window it runs none and returns the seconds
   * until one is allowed.
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

/** The most attempts of one key that may wait; each one holds a request open. */
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

  /** Forgets the least recently used key that has no attempt running. */
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
      // An attempt that throws counts as failed.
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
