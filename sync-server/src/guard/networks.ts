/**
 * Which network a request comes from, and how much one network may take (H9, S8). An IPv4 address is a network of its own. Of IPv6 the first
 * 64 bits have the limit, and the first 48, which providers give to a household or an office, 16 times that. The operator names networks
 * that many people stand behind; their limits are larger by a factor.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { createRateCounter } from './rate-counter.ts'

/** How many times the limit of 64 bits the network of 48 bits around them has. */
const WIDE_TIMES = 16
/** The share of one network of what all have together, and the places that every network may have. */
const SHARE = 0.02
const SHARE_AT_LEAST = 5

export interface NamedNetwork {
  /** An address, or a network such as 203.0.113.0/24. */
  network: string
  name: string
  /** By how much its limits are larger. */
  factor: number
}

export interface Network {
  /** Who counts as one: an IPv4 address, or 64 bits of IPv6. */
  near: string
  /** 48 bits of IPv6 around it; of IPv4 the same as `near`. */
  wide: string
  /** By how much its limits are larger than those of others. */
  factor: number
}

/** What {@link createNetworks} finds behind an address. */
export type NetworkOf = (address: string) => Network

/** Throws for a network that is none; the configuration checks each. */
export function createNetworks(named: readonly NamedNetwork[] = []): NetworkOf {
  const blocks = named.map(({ network, factor }) => ({ block: blockOf(network), factor }))
  return (address) => {
    const plain = plainAddress(address)
    const family = isIPv4(plain) ? 'ipv4' : 'ipv6'
    const found = blocks.filter(({ block }) => isAddress(plain) && block.check(plain, family))
    return {
      near: networkOf(plain),
      wide: isIPv6(plain) ? prefixOf(plain, 48) : networkOf(plain),
      factor: Math.max(1, ...found.map(({ factor }) => factor)),
    }
  }
}

/** How much of `max` one network may have; never none, and never more than there is. */
export function shareOf(max: number, { factor }: Pick<Network, 'factor'>): number {
  return Math.min(max, Math.max(SHARE_AT_LEAST, Math.floor(max * SHARE)) * factor)
}

/** The keys under which what a network takes is counted, each with its limit. */
export function limitsOf({ near, wide, factor }: Network, max: number): { key: string; max: number }[] {
  const own = { key: near, max: max * factor }
  return wide === near ? [own] : [own, { key: wide, max: WIDE_TIMES * max * factor }]
}

/** What one request, connection or place holds of what its network may have. */
export interface NetworkHeld {
  /** Holds so much from now on; 0 gives all of it back. */
  change(count: number): void
}

/** What networks hold at this moment, of things that they give back. */
export interface NetworkHold {
  /** Null where the network would hold more than it may. */
  begin(network: Network, count: number): NetworkHeld | null
}

/** `max`: what one network may hold. */
export function createNetworkHold(max: number): NetworkHold {
  const held = new Map<string, number>()
  return {
    begin(network, count) {
      const limits = limitsOf(network, max)
      if (limits.some(({ key, max: most }) => (held.get(key) ?? 0) + count > most)) return null
      let own = 0
      const change = (next: number) => {
        for (const { key } of limits) {
          const all = (held.get(key) ?? 0) + next - own
          // A network that holds nothing is forgotten.
          if (all <= 0) held.delete(key)
          else held.set(key, all)
        }
        own = next
      }
      change(count)
      return { change }
    },
  }
}

export interface NetworkCounter {
  /** As {@link RateCounter}.take, by the network's own limits. */
  take(network: Network, count?: number): number
}

/** `max` requests of a network within `windowMs`. */
export function createNetworkCounter(max: number, windowMs: number): NetworkCounter {
  const counter = createRateCounter(max, windowMs)
  return {
    take: (network, count = 1) =>
      Math.max(...limitsOf(network, max).map(({ key, max: most }) => counter.take(key, count, most))),
  }
}

/** The `near` of {@link createNetworks}. */
export function networkOf(address: string): string {
  const plain = plainAddress(address)
  return isIPv6(plain) ? prefixOf(plain, 64) : plain
}

const isAddress = (address: string) => isIPv4(address) || isIPv6(address)

/** In small letters, without a zone; an IPv4 address that is written as IPv6 as what it is. */
function plainAddress(address: string): string {
  const [plain = ''] = address.toLowerCase().split('%')
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1] ?? plain
}

/** The first `bits` of an IPv6 address, a multiple of 16, however the address is written. */
function prefixOf(address: string, bits: number): string {
  const [front = '', back] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  // What `::` leaves out is zeros. A dotted end is two groups, and of the last four.
  const behind = groups(back ?? '').flatMap((group) => (group.includes('.') ? [group, group] : [group]))
  const zeros = back === undefined ? 0 : 8 - groups(front).length - behind.length
  const all = [...groups(front), ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...behind]
  const first = all.slice(0, bits / 16).map((group) => group.replace(/^0+(?=.)/, ''))
  return `${first.join(':')}::/${bits}`
}

function blockOf(network: string): BlockList {
  const [address = '', bits] = network.split('/')
  const family = isIPv4(address) ? 'ipv4' : 'ipv6'
  const block = new BlockList()
  block.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family)
  return block
}
