/** Account logs that must be known before entries can be judged; read before, for the network is never awaited while a vault is changed. */
import { equalBytes } from '@chartkeep/crypto'
import { headerAuthor, idText } from '@chartkeep/protocol'
import type { ServerApi } from '../ports/ports.ts'
import type { VaultMachine } from './vault-state.ts'

/** An author's account and how far its log must be known to judge what it wrote. */
export interface Needed {
  account: Uint8Array
  n: number
}

/** Only of people of this vault: a server could name a stranger in every entry, and each would be asked for. */
export function neededByStream(machine: VaultMachine, entries: readonly { header: Uint8Array }[]): Needed[] {
  const { control } = machine
  const members = new Set(control?.owners.map(({ account }) => idText(account)))
  for (const { account } of control?.grants.values() ?? []) if (account !== null) members.add(idText(account))
  const needed: Needed[] = []
  for (const { header } of entries) {
    const author = headerAuthor(header)
    const last = needed.at(-1)
    if (author === null || (last?.n === author.accountLogN && equalBytes(last.account, author.account))) continue
    if (members.has(idText(author.account))) needed.push({ account: author.account, n: author.accountLogN })
  }
  return needed
}

/** Reads the account logs that a page needs, before the page is judged: the network is never awaited inside {@link exclusive}. */
export async function learnAccounts(
  machine: Pick<VaultMachine, 'accounts' | 'serverKey'>,
  server: ServerApi,
  needed: Needed[],
): Promise<{ type: 'offline' } | null> {
  const serverKey = machine.serverKey()
  const asked = new Set<string>()
  for (const { account, n } of needed) {
    if (serverKey === null || asked.has(idText(account)) || (machine.accounts.lookup(account)?.n ?? 0) >= n) continue
    asked.add(idText(account))
    const refreshed = await machine.accounts.refresh(account, server, serverKey)
    if (refreshed.type === 'offline') return refreshed
  }
  return null
}
