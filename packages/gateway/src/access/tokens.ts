/**
 * Clients and their tokens, in the gateway's sealed shelf (W10, W11): a token is 256 random bits behind a readable prefix, shown once; only its
 * SHA-256 is kept.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Clock, GrantProgram, Shelf } from '../device/contract.ts'

/** One program at this gateway. `id`: 16 random bytes as text. */
export interface Client {
  id: string
  name: string
  kind: GrantProgram['kind']
}

export type TokenKind = 'key' | 'access' | 'refresh'

/** What a token stands for. `until`: milliseconds since 1970, 0 for none but the end of the grant. */
export interface TokenRow {
  client: string
  kind: TokenKind
  /** The chart, as {@link ChartSummary.id}. */
  chart: string
  until: number
  /** SMART scopes that narrow the grant; null for all that it gives. */
  scope: string | null
}

const PREFIX: Record<TokenKind, string> = { key: 'ck_key_', access: 'ck_at_', refresh: 'ck_rt_' }
const TOKEN = /^ck_(?:key|at|rt)_[\w-]{43}$/u

export class Tokens {
  readonly #shelf: Shelf
  readonly #clock: Clock

  constructor(shelf: Shelf, clock: Clock) {
    this.#shelf = shelf
    this.#clock = clock
  }

  async addClient(client: Client): Promise<void> {
    await this.#shelf.commit([[`client/${client.id}`, JSON.stringify(client)]])
  }

  clients(): Client[] {
    return this.#shelf.entries('client/').map(([, value]) => JSON.parse(value) as Client)
  }

  client(id: string): Client | null {
    const row = this.#shelf.get(`client/${id}`)
    return row === null ? null : (JSON.parse(row) as Client)
  }

  /** A new token; the text is nowhere else. */
  async issue(row: TokenRow): Promise<string> {
    const token = PREFIX[row.kind] + randomBytes(32).toString('base64url')
    await this.#shelf.commit([[keyOf(token), JSON.stringify(row)]])
    return token
  }

  /** `ended`: it is known and its time has passed. Null for one that is not known. */
  find(token: string): TokenRow | 'ended' | null {
    const text = TOKEN.test(token) ? this.#shelf.get(keyOf(token)) : null
    if (text === null) return null
    const row = JSON.parse(text) as TokenRow
    return row.until > 0 && row.until <= this.#clock.now() ? 'ended' : row
  }

  /** W4: ends every token of a client, or those of one kind. */
  async end(client: string, kind?: TokenKind): Promise<void> {
    const gone = this.#shelf.entries('token/').flatMap(([key, value]) => {
      const row = JSON.parse(value) as TokenRow
      return row.client === client && (kind === undefined || row.kind === kind) ? [[key, null] as const] : []
    })
    if (gone.length > 0) await this.#shelf.commit(gone)
  }
}

function keyOf(token: string): string {
  return `token/${createHash('sha256').update(token).digest('hex')}`
}
