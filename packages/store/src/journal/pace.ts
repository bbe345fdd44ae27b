/**
 * Long work in short steps: after each slice the page gets its turn, so that opening or compacting a large store
 * never freezes it.
 */

/** Milliseconds of work between two turns; a step that is under way ends first, so keep steps well below 50 ms. */
const SLICE_MS = 12

/** The clock of one piece of work. Use: `if (pace.isDue()) await pace.rest()`. */
export interface Pace {
  /** Whether the slice is used up. */
  isDue(): boolean
  /** Gives the page its turn and starts the next slice. */
  rest(): Promise<void>
}

/** A pace whose first slice starts now. */
export function createPace(sliceMs: number = SLICE_MS): Pace {
  let started = performance.now()
  return {
    isDue: () => performance.now() - started >= sliceMs,
    async rest() {
      await nextTurn()
      started = performance.now()
    },
  }
}

/** Runs a generator to its end in slices; each step of it is what must not be interrupted. Answers what it returns. */
export async function runInSlices<T>(steps: Generator<unknown, T>, pace: Pace = createPace()): Promise<T> {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value as T
    if (pace.isDue()) await pace.rest()
  }
}

interface Turns {
  scheduler?: { yield?: () => Promise<void> }
  setImmediate?: (run: () => void) => void
}

/** Resolves after whatever waits in the event loop. A timer would wait at least 4 ms and be held back in a hidden tab. */
export function nextTurn(): Promise<void> {
  const { scheduler, setImmediate } = globalThis as Turns
  if (scheduler?.yield) return scheduler.yield()
  if (setImmediate) return new Promise((resolve) => setImmediate(resolve))
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', () => {
      port1.close()
      resolve()
    })
    port1.start()
    port2.postMessage(null)
  })
}
