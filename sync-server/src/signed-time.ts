/**
 * The newest time that the server put its signature to, kept to the minute: a clock that later stands before it is wrong, and devices
 * read the server's time from signed heads (C10).
 */
import type { Storage } from './storage.ts'

const STEP_MS = 60_000

export interface SignedTime {
  note(time: number): void
  /** Writes what was noted last; never fails: a disk that is full has told others so. */
  write(): Promise<void>
}

export function keepSignedTime(storage: Storage): SignedTime {
  let newest = signedTimeOf(storage.read) ?? 0
  let written = newest

  async function write(): Promise<void> {
    if (newest <= written) return
    const before = written
    written = newest
    await storage
      .write((tx) => tx.setMark('head-time', String(newest)), 'relief')
      .catch(() => {
        written = before
      })
  }

  return {
    write,
    note(time) {
      newest = Math.max(newest, time)
      if (newest - written >= STEP_MS) void write()
    },
  }
}

/** Milliseconds since 1970; null where the server has signed nothing yet. */
export function signedTimeOf(read: Pick<Storage['read'], 'mark'>): number | null {
  const value = read.mark('head-time')
  return value === null ? null : Number(value)
}
