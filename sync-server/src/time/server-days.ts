/**
 * Counts the days that the server has lived through (H8); retention periods are measured in them. A new day begins
 * when the server's time has moved a day and 20 hours of monotonic time have passed since the last one began, or once
 * after a start. So a clock that jumps three years adds a single day.
 */
import { DAY_MS } from '@chartkeep/protocol'

const LEAST_MS = 20 * 3_600_000

/** When a day began by the server's time, in milliseconds since 1970. The times of consecutive days never decrease. */
export interface ServerDay {
  day: number
  time: number
}

/** Whether data has been kept long enough to be deleted. */
export interface Retention {
  /**
   * Data written, or ended, before the returned time has been kept for `ms` of server days; null if nothing may be
   * deleted now.
   */
  before(ms: number): number | null
}

export interface ServerDays {
  today(): number
  /**
   * The operator accepted a clock that reads `to`, `by` milliseconds earlier than the server's time; later days move
   * back with it.
   */
  putBack(to: number, by: number): void
  /** The server's time that is `ms` of server days ago. */
  before(ms: number): number
}

/** `known`: the stored days, in order. `onChange` receives each new day, and each day whose time is corrected. */
export function createServerDays(
  clock: { now(): number; steady(): number },
  known: readonly ServerDay[],
  onChange: (day: ServerDay) => void,
): ServerDays {
  const first = known[0]?.day ?? 0
  const begins = known.map(({ time }) => time)
  let since = clock.steady()
  /** After having been off, the server may begin one day without counting its hours. */
  let isFresh = true
  if (begins.length === 0) begin(clock.now())

  function begin(time: number): void {
    begins.push(time)
    onChange({ day: first + begins.length - 1, time })
  }

  function look(): number {
    const [now, steady] = [clock.now(), clock.steady()]
    const last = begins.at(-1)!
    const due = Math.floor((now - last) / DAY_MS)
    const lived = Math.floor((steady - since) / LEAST_MS) + (isFresh ? 1 : 0)
    const count = Math.min(due, lived)
    if (count < 1) return now
    for (let day = 1; day < count; day++) begin(last + day * DAY_MS)
    // A jump belongs to the day in which it happened.
    const next = last + count * DAY_MS
    const newest = now - next < DAY_MS ? next : now
    begin(newest)
    since = Math.max(since + (count - (isFresh ? 1 : 0)) * LEAST_MS, steady - (now - newest))
    isFresh = false
    return now
  }

  return {
    today() {
      look()
      return first + begins.length - 1
    },
    putBack(to, by) {
      for (const [at, time] of begins.entries()) {
        if (time <= to) continue
        begins[at] = Math.max(begins[at - 1] ?? -Infinity, time - by)
        onChange({ day: first + at, time: begins[at] })
      }
    },
    before(ms) {
      const now = look()
      const today = begins.length - 1
      const place = today * DAY_MS + Math.min(DAY_MS, now - begins[today]!) - ms
      const at = Math.floor(place / DAY_MS)
      // Before the first counted day, days passed by the clock.
      if (at < 0) return begins[0]! + place
      if (at >= today) return begins[today]! + place - today * DAY_MS
      return begins[at]! + Math.min(place - at * DAY_MS, begins[at + 1]! - begins[at]!)
    },
  }
}
