/** Runs of a log that come in several requests: kept in memory until they reach the head that the server had signed. After a restart they are sent again. */

interface Stage<T> {
  tag: string
  first: number
  items: T[]
  weight: number
}

/** What may be held in memory of all that is under way, in bytes of the requests. */
const MAX_WEIGHT = 128 * 1024 * 1024

export interface Stages<T> {
  /**
   * Adds a run that begins at `first`, after `stored` entries that are kept. Answers all items after `stored`, in order; null where the run
   * does not follow what came before. `tag`: what the runs lead to; another one begins anew.
   */
  add(
    name: string,
    tag: string,
    stored: number,
    run: { first: number; items: readonly T[]; weight: number },
  ): T[] | null
  drop(name: string): void
}

export function createStages<T>(): Stages<T> {
  const stages = new Map<string, Stage<T>>()
  let weight = 0
  function drop(name: string): void {
    weight -= stages.get(name)?.weight ?? 0
    stages.delete(name)
  }
  return {
    drop,
    add(name, tag, stored, run) {
      const known = stages.get(name)
      const follows = known?.tag === tag && run.first === known.first + known.items.length
      if (!follows && run.first !== stored + 1) return null
      const before = follows ? known : { tag, first: run.first, items: [], weight: 0 }
      drop(name)
      const items = [...before.items, ...run.items]
      const next = { ...before, items, weight: before.weight + run.weight }
      stages.set(name, next)
      weight += next.weight
      // The oldest go first: who is under way sends again.
      for (const oldest of stages.keys()) if (weight > MAX_WEIGHT && oldest !== name) drop(oldest)
      return next.items.slice(Math.max(0, stored + 1 - next.first))
    },
  }
}
