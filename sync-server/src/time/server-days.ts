/**
 * Days that the server has lived through (H8): what is kept for a time is kept for so many of them. A day begins when the line has moved a day
 * and 20 hours of monotonic time have gone by since the last one began, or once after a start: a clock that leaps three years moves it by one.
 */
import { DAY_MS } from '@chartkeep/protocol'

const LEAST_MS = 20 * 3_600_000

/** When a day began by the line, milliseconds since 1970. Days follow each other, and their times never fall. */
export interface ServerDay {
  day: number
  time: number
}

/** Whether something has been kept long enough to be removed. */
export interface Retention {
  /** What was written, or ended, before this time by the line has been kept for `ms` of server days; null while nothing may be removed. */
  before(ms: number): number | null
}

export interface ServerDays {
  today(): number
  /** The operator has accepted the clock `to`, earlier by `by` milliseconds than the line was: what lies later moves back with it. */
  putBack(to: number, by: number): void
  /** The time by the line that lies `ms` of server days back: what ended, or was written, before it is older than that. */
  before(ms: number): number
}

/** `known`: what is stored, in order. `onChange` is told each day that begins, and each whose time is corrected. */
export function createServerDays(
  clock: { now(): number; steady(): number },
  known: readonly ServerDay[],
  onChange: (day: ServerDay) => void,
): ServerDays {
  const first = known[0]?.day ?? 0
  const begins = known.map(({ time }) => time)
  let since = clock.steady()
  /** A server that was off may begin one day without having counted its hours. */
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
    // A leap belongs to the day in which it happened.
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
      // Before the first day that was counted, days passed as the clock says.
      if (at < 0) return begins[0]! + place
      if (at >= today) return begins[today]! + place - today * DAY_MS
      return begins[at]! + Math.min(place - at * DAY_MS, begins[at + 1]! - begins[at]!)
    },
  }
}
