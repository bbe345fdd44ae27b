/**
 * Lets long reads alternate with everything else that the server does. A log is verified piece by piece, and each piece
 * waits for its turn: first come, first served, one in each round of the event loop. Without this, a few requests of
 * one account that is named in thousands of vaults would keep everybody waiting for minutes (S8).
 */
export interface LongReads {
  /** Resolves when the next piece may begin. */
  turn(): Promise<void>
}

export function createLongReads(): LongReads {
  const waiting: (() => void)[] = []
  /** A piece has begun in this round. */
  let isTaken = false

  function nextRound(): void {
    const begin = waiting.shift()
    if (begin === undefined) isTaken = false
    else {
      begin()
      setImmediate(nextRound)
    }
  }

  return {
    turn() {
      if (isTaken) return new Promise((resolve) => waiting.push(resolve))
      isTaken = true
      setImmediate(nextRound)
      return Promise.resolve()
    },
  }
}
