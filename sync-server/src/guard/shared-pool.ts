/**
 * A resource that all networks share (H9g). When none is left, the network that holds the most loses its oldest share.
 * A flood therefore displaces itself, however many addresses send it.
 */
import type { Network } from './networks.ts'

export interface Share {
  /** Changes the amount held; 0 returns all of it. Does nothing after `end` was called. */
  change(count: number): void
  /** The holder has shown a session. Such shares end only when no other share is left. */
  known(): void
}

export interface SharedPool {
  /**
   * Takes `count`. `end` is called when the share is taken away again. Returns null if there is not enough and no other
   * network holds more than this one.
   */
  begin(network: Network, count: number, end: () => void): Share | null
}

interface Holder {
  count: number
  end: () => void
}

interface Held {
  count: number
  factor: number
  /** Oldest first. */
  holders: Set<Holder>
}

export interface PoolOptions {
  max: number
  /** Whether a network that itself holds the most loses its oldest share for a new one, instead of being refused. */
  ownGivesWay: boolean
}

export function createSharedPool({ max, ownGivesWay }: PoolOptions): SharedPool {
  const strangers = new Map<string, Held>()
  const known = new Map<string, Held>()
  let all = 0

  function most(): [string, Held] | null {
    let found: [string, Held] | null = null
    for (const each of strangers.size > 0 ? strangers : known)
      if (found === null || each[1].count / each[1].factor > found[1].count / found[1].factor) found = each
    return found
  }

  function add(to: Map<string, Held>, { wide, factor }: Network, holder: Holder): void {
    const held = to.get(wide) ?? { count: 0, factor, holders: new Set() }
    held.count += holder.count
    held.holders.add(holder)
    to.set(wide, held)
  }

  function remove(from: Map<string, Held>, key: string, holder: Holder): boolean {
    const held = from.get(key)
    if (!held?.holders.delete(holder)) return false
    held.count -= holder.count
    if (held.holders.size === 0) from.delete(key)
    return true
  }

  /** Ends shares until `count` more fits; false if it cannot. */
  function makeRoom(network: Network, count: number): boolean {
    while (all + count > max) {
      const top = most()
      if (top === null) return false
      const [key, { holders }] = top
      if (key === network.wide && !ownGivesWay) return false
      const oldest = holders.values().next().value!
      remove(strangers.size > 0 ? strangers : known, key, oldest)
      all -= oldest.count
      oldest.end()
    }
    return true
  }

  return {
    begin(network, count, end) {
      if (!makeRoom(network, count)) return null
      const holder: Holder = { count, end }
      let own = strangers
      add(own, network, holder)
      all += count
      return {
        change(next) {
          if (!own.get(network.wide)?.holders.has(holder)) return
          remove(own, network.wide, holder)
          all += next - holder.count
          holder.count = next
          if (next > 0) add(own, network, holder)
        },
        known() {
          if (own === known || !remove(strangers, network.wide, holder)) return
          own = known
          add(own, network, holder)
        },
      }
    },
  }
}
