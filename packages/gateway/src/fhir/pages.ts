/** Pages of a search: the ids found, fixed when the search ran, so that no row is doubled or left out while records arrive. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../device/contract.ts'
import { GatewayError } from '../errors.ts'
import type { SearchQuery } from '../search/parse.ts'

const KEPT_MS = 15 * 60_000
const MOST_PAGES = 2_000

export interface Pages {
  /** The client and chart that asked; nobody else gets the page. */
  owner: string
  query: SearchQuery
  /** Ids of records, as the chart has them. */
  ids: readonly string[]
  self: string
}

export class PageStore {
  readonly #clock: Clock
  readonly #pages = new Map<string, Pages & { at: number; from: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The name of the page that begins at `from`. */
  keep(pages: Pages, from: number): string {
    const now = this.#clock.now()
    for (const [name, { at }] of this.#pages) {
      if (now - at < KEPT_MS && this.#pages.size < MOST_PAGES) break
      this.#pages.delete(name)
    }
    const name = randomBytes(18).toString('base64url')
    this.#pages.set(name, { ...pages, at: now, from })
    return name
  }

  /** Throws `bad-page` for one that is unknown, old or of another client. */
  find(name: string, owner: string): Pages & { from: number } {
    const page = this.#pages.get(name)
    if (page === undefined || page.owner !== owner || this.#clock.now() - page.at >= KEPT_MS)
      throw new GatewayError('bad-page')
    return page
  }

  /** W4: pages of a client whose access ended. */
  drop(owner: string): void {
    for (const [name, page] of this.#pages) if (page.owner === owner) this.#pages.delete(name)
  }
}
