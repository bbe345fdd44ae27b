/**
 * Live connections that have not said who they are (H9): of one network so many at a time. A further one waits for a place, and takes that of the
 * one that has been silent for longest, so that a whole practice comes in behind one address and nobody who only holds connections keeps it out.
 */
import { limitsOf, type Network } from './networks.ts'
import { systemClock } from '../time/server-clock.ts'

/** How long one may be silent while others wait. */
const SILENT_MS = 1000
/** Connections of one network that wait; each is a request that is held. */
const MAX_WAITING = 4096

export interface Stranger {
  /** What ends the connection where it has to give up its place. */
  onEnd(end: () => void): void
  /** It has said who it is, or has left. Calling it again changes nothing. */
  leave(): void
}

export interface Strangers {
  /** A place among the strangers of a network; null where too many wait for one. */
  enter(network: Network): Promise<Stranger | null>
}

interface Place {
  keys: string[]
  since: number
  end: () => void
}

/** `max`: places of one network. */
export function createStrangers(max: number, now: () => number = systemClock.steady): Strangers {
  const placesByKey = new Map<string, Set<Place>>()
  const waitingByKey = new Map<string, Set<() => void>>()

  function leave(place: Place): void {
    for (const key of place.keys) {
      const places = placesByKey.get(key)
      if (!places?.delete(place)) continue
      if (places.size === 0) placesByKey.delete(key)
      const [next] = waitingByKey.get(key) ?? []
      next?.()
    }
  }

  /** Until a place of the key is free, or the oldest one has been silent for too long. */
  async function placeFreed(key: string, ms: number): Promise<void> {
    const waiting = waitingByKey.get(key) ?? new Set()
    waitingByKey.set(key, waiting)
    await new Promise<void>((resolve) => {
      const go = () => {
        clearTimeout(timer)
        waiting.delete(go)
        if (waiting.size === 0) waitingByKey.delete(key)
        resolve()
      }
      const timer = setTimeout(go, ms)
      waiting.add(go)
    })
  }

  return {
    async enter(network) {
      const limits = limitsOf(network, max)
      for (;;) {
        const full = limits.find(({ key, max: most }) => (placesByKey.get(key)?.size ?? 0) >= most)
        if (full === undefined) break
        const [oldest] = placesByKey.get(full.key)!
        const left = oldest!.since + SILENT_MS - now()
        if (left <= 0) {
          oldest!.end()
          leave(oldest!)
        } else if ((waitingByKey.get(full.key)?.size ?? 0) >= MAX_WAITING) return null
        else await placeFreed(full.key, left)
      }
      const place: Place = { keys: limits.map(({ key }) => key), since: now(), end: () => {} }
      for (const key of place.keys) {
        const places = placesByKey.get(key) ?? new Set()
        placesByKey.set(key, places.add(place))
      }
      return { onEnd: (end) => void (place.end = end), leave: () => leave(place) }
    },
  }
}
