/**
 * Verifies the chains of streams that devices return (S9): links come in several requests and are kept in memory as
 * hashes until they reach a signed head, which then proves the entries. Each device has its own chain, so that no
 * other device can spoil it. After a restart the device sends the links again.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { HASH_LENGTH, idText, type Head } from '@chartkeep/protocol'
import { hashesOfLinks, LINK_LENGTH, MAX_LINKS } from '@chartkeep/protocol/messages'

/** The most hashes in memory, over all chains. */
const MAX_KEPT = 20 * MAX_LINKS

/** Hashes in one growing buffer. */
class Hashes {
  length = 0
  #bytes = new Uint8Array(1024 * HASH_LENGTH)

  at(index: number): Uint8Array {
    return this.#bytes.subarray(index * HASH_LENGTH, (index + 1) * HASH_LENGTH)
  }

  push(hash: Uint8Array): void {
    const end = (this.length + 1) * HASH_LENGTH
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(hash, this.length * HASH_LENGTH)
    this.length++
  }
}

interface Chain {
  target: string
  isOwn: boolean
  /** The hash before its first link. */
  before: Uint8Array
  first: number
  hashes: Hashes
  isProved: boolean
}

export interface LinkRun {
  /** The signed head that the links lead to. */
  head: Head
  isOwn: boolean
  first: number
  links: Uint8Array
}

export interface RefillChains {
  /**
   * Adds links. Returns the last number of the chain after them or, if they do not continue the chain, the number from
   * which links are needed. A run without links asks how far the chain to this head is. `here`: the head of the stored
   * stream. A device may send links again, because an answer was lost.
   */
  add(name: string, run: LinkRun, here: Head): number | 'refused'
  /** The proved hash of entry `n`; null if nothing is proved about it. `isOwn`: the head is this server's. */
  proved(name: string, n: number): { hash: Uint8Array; isOwn: boolean } | null
}

export function createRefillChains(): RefillChains {
  const chains = new Map<string, Chain>()

  function keep(name: string, chain: Chain): void {
    chains.delete(name)
    chains.set(name, chain)
    let kept = [...chains.values()].reduce((sum, { hashes }) => sum + hashes.length, 0)
    for (const [oldest, { hashes }] of chains) {
      if (kept <= MAX_KEPT || oldest === name) break
      chains.delete(oldest)
      kept -= hashes.length
    }
  }

  return {
    add(name, { head, isOwn, first, links }, here) {
      const target = `${head.n}.${idText(head.h)}`
      const found = chains.get(name)
      const known = found?.target === target ? found : null
      if (links.length === 0) return known === null ? here.n : Math.max(here.n, lastOf(known))
      const last = first + links.length / LINK_LENGTH - 1
      if (last > head.n) return 'refused'
      const chain = known !== null && isBeside(known, first) ? known : begun(target, isOwn, here)
      if (!isBeside(chain, first)) return here.n
      const at = first - chain.first
      const hashes = hashesOfLinks(links, first - 1, at === 0 ? chain.before : chain.hashes.at(at - 1))
      if (hashes === null) return 'refused'
      for (const [index, hash] of hashes.entries()) {
        if (at + index === chain.hashes.length) chain.hashes.push(hash)
        // A device that contradicts its earlier links starts again.
        else if (!equalBytes(chain.hashes.at(at + index), hash)) return dropped(name)
      }
      if (!chain.isProved && lastOf(chain) === head.n) {
        // A forged entry anywhere in the chain leads to a hash other than the signed one.
        if (!equalBytes(chain.hashes.at(chain.hashes.length - 1), head.h)) return dropped(name)
        chain.isProved = true
      }
      keep(name, chain)
      return last
    },

    proved(name, n) {
      const chain = chains.get(name)
      if (chain?.isProved !== true || n < chain.first || n > lastOf(chain)) return null
      return { hash: chain.hashes.at(n - chain.first), isOwn: chain.isOwn }
    },
  }

  function dropped(name: string): 'refused' {
    chains.delete(name)
    return 'refused'
  }
}

function begun(target: string, isOwn: boolean, { n, h }: Head): Chain {
  return { target, isOwn, before: h, first: n + 1, hashes: new Hashes(), isProved: false }
}

function lastOf({ first, hashes }: Chain): number {
  return first - 1 + hashes.length
}

/** Whether links from `first` continue or overlap the chain. */
function isBeside(chain: Chain, first: number): boolean {
  return first >= chain.first && first <= lastOf(chain) + 1
}
