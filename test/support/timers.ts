/** Timers of a server whose clock a test moves: they ring when the test says so. */
import { settle } from './server-world.ts'

/** Clocks of a machine that are moved together: time that has really gone by. */
export const machineClock = (now: () => number) => ({ now, steady: now })

export interface Timers {
  after(delayMs: number, run: () => void): () => void
  /** Rings what is due, in order, and waits until what was started is at rest. */
  ring(): Promise<void>
}

export function createTimers(now: () => number): Timers {
  const waiting = new Set<{ due: number; run: () => void }>()
  return {
    after(delayMs, run) {
      const timer = { due: now() + delayMs, run }
      waiting.add(timer)
      return () => void waiting.delete(timer)
    },
    async ring() {
      const due = [...waiting].filter((timer) => timer.due <= now()).toSorted((a, b) => a.due - b.due)
      for (const timer of due) if (waiting.delete(timer)) timer.run()
      if (due.length > 0) await settle()
    },
  }
}
