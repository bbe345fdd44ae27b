/**
 * Collects the runs of a log that come in several requests, in memory, until they reach the head that they lead to.
 * After a restart the device sends them again.
 */

/** The most request bytes held in memory for runs whose end this server had signed. */
export const MAX_STAGED_BYTES = 128 * 1024 * 1024

/** The collected runs of one log. `S`: the state computed from its items so far. */
interface Stage<T, S> {
  tag: string
  first: number
  items: T[]
  weight: number
  state: S
  group: string
}

export interface Stages<T, S> {
  /**
   * Adds a run that begins at `first`, with `stored` entries already stored. Returns all items after `stored`, in
   * order, and the state computed from them; null if the run does not continue the earlier ones. `tag`: the head that
   * the runs lead to; a different tag starts over from `start`. `group`: who sends it. When the memory is used up, the
   * group that holds the most loses its oldest runs, so nobody's runs crowd out those of others.
   */
  add(
    name: string,
    tag: string,
    stored: number,
    run: { first: number; items: readonly T[]; weight: number },
    start: () => S,
    group?: string,
  ): { items: T[]; state: S } | null
  drop(name: string): void
}

/** `maxWeight`: limit of the bytes in memory. `read`: continues a state with further items. */
export function createStages<T, S>(maxWeight: number, read: (state: S, items: readonly T[]) => S): Stages<T, S> {
  const stages = new Map<string, Stage<T, S>>()
  let weight = 0
  function drop(name: string): void {
    weight -= stages.get(name)?.weight ?? 0
    stages.delete(name)
  }
  /** The oldest runs of the group that holds the most, without `name`; null if there are no others. */
  function oldestOfMost(name: string): string | null {
    const groups = new Map<string, { weight: number; oldest: string | null }>()
    for (const [each, { group, weight: own }] of stages) {
      const known = groups.get(group) ?? { weight: 0, oldest: null }
      groups.set(group, { weight: known.weight + own, oldest: known.oldest ?? (each === name ? null : each) })
    }
    const others = [...groups.values()].filter(({ oldest }) => oldest !== null)
    return others.toSorted((a, b) => b.weight - a.weight)[0]?.oldest ?? null
  }

  return {
    drop,
    add(name, tag, stored, run, start, group = '') {
      const known = stages.get(name)
      const follows = known?.tag === tag && run.first === known.first + known.items.length
      if (!follows && run.first !== stored + 1) return null
      const before = follows ? known : { tag, first: run.first, items: [], weight: 0, state: start(), group }
      drop(name)
      const items = [...before.items, ...run.items]
      const state = read(before.state, run.items)
      const next = { ...before, items, weight: before.weight + run.weight, state }
      stages.set(name, next)
      weight += next.weight
      // Their device sends them again.
      while (weight > maxWeight) {
        const oldest = oldestOfMost(name)
        if (oldest === null) break
        drop(oldest)
      }
      return { items: next.items.slice(Math.max(0, stored + 1 - next.first)), state }
    },
  }
}
