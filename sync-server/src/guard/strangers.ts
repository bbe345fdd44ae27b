/**
 * Limits live connections that have not signed in yet (H9), per network. A further connection waits for a place and
 * takes the place of the connection that has been silent longest. So a whole practice can sign in behind one address,
 * and idle connections cannot keep it out.
 */
import { limitsOf, type Network } from './networks.ts'
import { systemClock } from '../time/server-clock.ts'

/** How long a connection may stay silent while others wait. */
const SILENT_MS = 1000
/** The most connections of one network that may wait; each one holds a request open. */
const MAX_WAITING = 4096

export interface Stranger {
  /** Registers what closes the connection when it loses its place. */
  onEnd(end: () => void): void
  /** The connection has signed in or closed. Further calls do nothing. */
  leave(): void
}

export interface Strangers {
  /** A place among the unauthenticated connections of a network; null if too many already wait. */
  enter(network: Network): Promise<Stranger | null>
}

interface Place {
  keys: string[]
  since: number
  end: () => void
}

/** `max`: places per network. */
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

  /** Resolves once a place of the key is free or the oldest connection has been silent for too long. */
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
