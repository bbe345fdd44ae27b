/** Runs of a log that come in several requests: kept in memory until they reach the head that they lead to. After a restart they are sent again. */

/** What may be held in memory of all that is under way, of runs that this server had signed the end of. Bytes of the requests. */
export const MAX_STAGED_BYTES = 128 * 1024 * 1024

/** What is under way of one log. `S`: what was made of its items so far. */
interface Stage<T, S> {
  tag: string
  first: number
  items: T[]
  weight: number
  state: S
}

export interface Stages<T, S> {
  /**
   * Adds a run that begins at `first`, after `stored` entries that are kept. Answers all items after `stored`, in order, and what was made of
   * them; null where the run does not follow what came before. `tag`: what the runs lead to; another one begins anew, from `start`.
   */
  add(
    name: string,
    tag: string,
    stored: number,
    run: { first: number; items: readonly T[]; weight: number },
    start: () => S,
  ): { items: T[]; state: S } | null
  drop(name: string): void
}

/** `maxWeight`: bytes of all that is under way. `read`: makes more of a state by further items. */
export function createStages<T, S>(maxWeight: number, read: (state: S, items: readonly T[]) => S): Stages<T, S> {
  const stages = new Map<string, Stage<T, S>>()
  let weight = 0
  function drop(name: string): void {
    weight -= stages.get(name)?.weight ?? 0
    stages.delete(name)
  }
  return {
    drop,
    add(name, tag, stored, run, start) {
      const known = stages.get(name)
      const follows = known?.tag === tag && run.first === known.first + known.items.length
      if (!follows && run.first !== stored + 1) return null
      const before = follows ? known : { tag, first: run.first, items: [], weight: 0, state: start() }
      drop(name)
      const items = [...before.items, ...run.items]
      const state = read(before.state, run.items)
      const next = { ...before, items, weight: before.weight + run.weight, state }
      stages.set(name, next)
      weight += next.weight
      // The oldest go first: who is under way sends again.
      for (const oldest of stages.keys()) if (weight > maxWeight && oldest !== name) drop(oldest)
      return { items: next.items.slice(Math.max(0, stored + 1 - next.first)), state }
    },
  }
}
