/** Gives account logs back to a server that lost them (S9): this account's own before it signs in, and those of people it deals with. */
import { idText, MAX_LOG_ENTRY_BYTES, MAX_LOG_PAGE_ENTRIES, type SignedEntry } from '@chartkeep/protocol'
import type { AccountBook } from '../account/account-book.ts'
import { firstOf, type PageSizes } from '../transport/adaptive-page-size.ts'
import type { Answer } from '../ports/ports.ts'
import type { AccountReseedApi } from '../ports/reseed-api.ts'

/** Bytes of entries in one request, with what goes with them. */
export const PAGE_BYTES = 2 * 1024 * 1024
/** The same without a session: a server reads little of what anybody may send (H6), but always one entry. */
const OPEN_PAGE_BYTES = MAX_LOG_ENTRY_BYTES

const sizeOf = ({ body, signature }: SignedEntry) => body.length + signature.length + 32

/** How far the server holds the log now; null where no head was ever signed here, so that there is nothing to prove. */
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

/** Every log that this device can prove, its own first. Answers what came of the own one, null where nothing of it can be proved; others are help. */
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
