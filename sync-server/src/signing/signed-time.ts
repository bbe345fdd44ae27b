/**
 * Persists the server's time (H8): the newest time it has signed, rounded to the minute, which devices read from
 * signed heads (C10), and the days that it has counted.
 */
import type { ServerDay } from '../time/server-days.ts'
import type { Storage } from '../storage/storage.ts'

const STEP_MS = 60_000

export interface SignedTime {
  note(time: number): void
  noteDay(day: ServerDay): void
  /**
   * Clears the operator's `clock accept`. `accepted`: the clock that applies from now on and how far the server's time
   * went back; null if nothing changed.
   */
  dealtWith(accepted: { time: number; back: number } | null): Promise<void>
  /** Writes the last noted time. Never fails: on a full disk other writes have already reported it. */
  write(): Promise<void>
}

export function keepSignedTime(storage: Storage): SignedTime {
  let newest = signedTimeOf(storage.read) ?? 0
  let written = newest
  const days = new Map<number, number>()

  async function write(): Promise<void> {
    if (newest <= written && days.size === 0) return
    const [before, time, coming] = [written, newest, [...days]]
    written = time
    days.clear()
    await storage
      .write((tx) => {
        if (time > before) tx.setMark('head-time', String(time))
        for (const [day, begun] of coming) tx.setServerDay({ day, time: begun })
      }, 'relief')
      .catch(() => {
        written = Math.min(written, before)
        for (const [day, begun] of coming) if (!days.has(day)) days.set(day, begun)
      })
  }

  return {
    write,
    note(time) {
      newest = Math.max(newest, time)
      if (newest - written >= STEP_MS || days.size > 0) void write()
    },
    noteDay({ day, time }) {
      days.set(day, time)
    },
    async dealtWith(accepted) {
      await storage.write((tx) => {
        tx.setMark('clock-accepted', null)
        if (accepted === null) return
        newest = written = accepted.time
        tx.setMark('head-time', String(accepted.time))
        if (accepted.back > 0) tx.putBackTimes(accepted.time, accepted.back)
      }, 'relief')
    },
  }
}

/** Milliseconds since 1970; null if the server has signed nothing yet. */
export function signedTimeOf(read: Pick<Storage['read'], 'mark'>): number | null {
  return markedTime(read, 'head-time')
}

/** When the operator ran `clock accept`, by the machine's clock; null if there is none left to process. */
export function acceptedClockOf(read: Pick<Storage['read'], 'mark'>): number | null {
  return markedTime(read, 'clock-accepted')
}

function markedTime(read: Pick<Storage['read'], 'mark'>, name: 'head-time' | 'clock-accepted'): number | null {
  const value = read.mark(name)
  return value === null ? null : Number(value)
}
