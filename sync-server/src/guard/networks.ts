/**
 * Maps an address to its network and limits what one network may take (H9, S8). An IPv4 address is its own network.
 * For IPv6 the limit applies to the first 64 bits; the first 48, which providers give to a household or an office, get
 * 16 times that. The operator can name networks that many people share; a factor raises their limits.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { createRateCounter } from './rate-counter.ts'

/** How many times the limit of a /64 network its surrounding /48 network has. */
const WIDE_TIMES = 16
/** The share of a server-wide limit that one network may use, and the minimum that every network gets. */
const SHARE = 0.02
const SHARE_AT_LEAST = 5

export interface NamedNetwork {
  /** An address, or a network such as 203.0.113.0/24. */
  network: string
  name: string
  /** Factor by which its limits are raised. */
  factor: number
}

export interface Network {
  /** The network that is counted: an IPv4 address, or the first 64 bits of IPv6. */
  near: string
  /** The first 48 bits of IPv6; the same as `near` for IPv4. */
  wide: string
  /** Factor by which its limits are raised. */
  factor: number
}

/** What {@link createNetworks} finds behind an address. */
export type NetworkOf = (address: string) => Network

/** Throws for an invalid network; the configuration has checked each of them. */
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

/** The names that Fastify accepts in `trustedProxies`. */
const NAMED: Record<string, readonly string[]> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

/** A test for addresses in `networks`. Each is an address, a network in CIDR notation, or a name of {@link NAMED}. */
export function createNetworkList(networks: readonly string[]): (address: string) => boolean {
  const blocks = networks.flatMap((each) => NAMED[each] ?? [each]).map(blockOf)
  return (address) => {
    const plain = plainAddress(address)
    return isAddress(plain) && blocks.some((block) => block.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6'))
  }
}

/** How much of `max` one network may use: at least 1, at most `max`. */
export function shareOf(max: number, { factor }: Pick<Network, 'factor'>): number {
  return Math.min(max, Math.max(SHARE_AT_LEAST, Math.floor(max * SHARE)) * factor)
}

/** The keys under which the use of a network is counted, each with its limit. */
export function limitsOf({ near, wide, factor }: Network, max: number): { key: string; max: number }[] {
  const own = { key: near, max: max * factor }
  return wide === near ? [own] : [own, { key: wide, max: WIDE_TIMES * max * factor }]
}

/** What one request, connection or place uses of its network's allowance. */
export interface NetworkHeld {
  /** Sets the amount in use; 0 releases all of it. */
  change(count: number): void
}

/** Counts what networks are using at this moment and will release again. */
export interface NetworkHold {
  /** Null if the network would exceed its limit. */
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
          // Forget a network that uses nothing.
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
  /** Like {@link RateCounter}.take, with the limits of the network. */
  take(network: Network, count?: number): number
}

/** Allows `max` requests of a network within `windowMs`. */
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

/** Lower case, without a zone; an IPv4 address in IPv6 notation becomes plain IPv4. */
function plainAddress(address: string): string {
  const [plain = ''] = address.toLowerCase().split('%')
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1] ?? plain
}

/** The first `bits` of an IPv6 address, a multiple of 16, in whatever notation it is written. */
function prefixOf(address: string, bits: number): string {
  const [front = '', back] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  // `::` stands for zeros. A dotted tail counts as two groups.
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
