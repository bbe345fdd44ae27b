/** Counts requests by key within windows of time (S8): in memory, at once, for requests over http and frames of a live connection alike. */
import { isIPv6 } from 'node:net'
import { systemClock } from './server-clock.ts'

/** Keys remembered at a time by one counter; the one that was longest without a request goes first. */
const KEYS = 50_000

export interface RateCounter {
  /** Counts one request of `key`, or so many; 0 while there is room, else after how many seconds there is again. */
  take(key: string, count?: number): number
}

/** `max` requests of a key within `windowMs`, from its first one on. */
export function createRateCounter(max: number, windowMs: number, now: () => number = systemClock.steady): RateCounter {
  const windows = new Map<string, { since: number; count: number }>()
  return {
    take(key, count = 1) {
      const time = now()
      let window = windows.get(key)
      if (window === undefined || time >= window.since + windowMs) window = { since: time, count: 0 }
      window.count += count
      windows.delete(key)
      windows.set(key, window)
      if (windows.size > KEYS) windows.delete(windows.keys().next().value!)
      return window.count > max ? Math.max(1, Math.ceil((window.since + windowMs - time) / 1000)) : 0
    },
  }
}

/** Who counts as one address: an IPv4 address, also written as IPv6, or an IPv6 network of 64 bits, which one household or office has. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address.toLowerCase()
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped !== null) return mapped[1]!
  const [front = '', back] = address.toLowerCase().split('%')[0]!.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  // Four groups are 64 bits; what `::` leaves out is zeros. A dotted end is two groups, and of the last four.
  const behind = groups(back ?? '').flatMap((group) => (group.includes('.') ? [group, group] : [group]))
  const zeros = back === undefined ? 0 : 8 - groups(front).length - behind.length
  const all = [...groups(front), ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...behind]
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
