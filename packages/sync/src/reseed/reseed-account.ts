/**
 * Gives account logs back to a server that lost them (S9): this account's own log before it signs in, and the logs of accounts that it
 * deals with.
 */
import { idText, MAX_LOG_ENTRY_BYTES, MAX_LOG_PAGE_ENTRIES } from '@chartkeep/protocol'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import type { AccountBook } from '../account/account-book.ts'
import { firstOf, type PageSizes } from '../transport/adaptive-page-size.ts'
import type { Answer } from '../ports/ports.ts'
import type { AccountReseedApi } from '../ports/reseed-api.ts'

/** The most bytes of entries in one request, overhead included. */
export const PAGE_BYTES = 2 * 1024 * 1024
/** The same without a session: a server accepts little from an unknown sender (H6), but always one entry. */
const OPEN_PAGE_BYTES = MAX_LOG_ENTRY_BYTES

const sizeOf = ({ body, signature }: SignedEntry) => body.length + signature.length + 32

/** Resolves to how far the server holds the log now; null if no server ever signed a head of it, so that nothing can be proved. */
export async function reseedAccount(
  accounts: AccountBook,
  account: Uint8Array,
  server: AccountReseedApi,
  { up }: PageSizes,
): Promise<Answer<number> | null> {
  const head = accounts.signedHead(account)
  if (head === null || (accounts.lookup(account)?.n ?? 0) < head.n) return null
  const all = accounts.entries(account).slice(0, head.n)
  let asked = await server.reseedAccount({ head, first: head.n + 1, entries: [] })
  for (let before = -1; asked.type === 'ok' && asked.value.n < head.n && asked.value.n !== before;) {
    before = asked.value.n
    const entries = firstOf(
      all.slice(before, before + MAX_LOG_PAGE_ENTRIES),
      Math.min(OPEN_PAGE_BYTES, up.bytes),
      sizeOf,
    )
    const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0)
    const run = { head, first: before + 1, entries }
    asked = await up.carry(bytes, () => server.reseedAccount(run))
  }
  return asked.type === 'ok' ? { type: 'ok', value: asked.value.n } : asked
}

/**
 * Gives back every log that this device can prove, its own first. Resolves to the outcome of its own log, null if no part of it can be
 * proved; the other logs are a help.
 */
export async function reseedAccounts(
  accounts: AccountBook,
  own: Uint8Array,
  server: AccountReseedApi,
  pageSizes: PageSizes,
): Promise<Answer<number> | null> {
  const mine = await reseedAccount(accounts, own, server, pageSizes)
  if (mine !== null && mine.type !== 'ok') return mine
  for (const account of accounts.known()) {
    if (idText(account) === idText(own)) continue
    const given = await reseedAccount(accounts, account, server, pageSizes)
    if (given?.type === 'offline') return given
  }
  return mine
}
