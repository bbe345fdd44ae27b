/**
 * The account logs that a device needs to judge entries. They are read in advance, because the network is never awaited while a vault is
 * being changed.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { idText } from '@chartkeep/protocol'
import { headerAuthor } from '@chartkeep/protocol/streams'
import type { ServerApi } from '../ports/ports.ts'
import type { VaultMachine } from './vault-state.ts'

/** An author's account, and how far its log must be known to judge its entries. */
export interface Needed {
  account: Uint8Array
  n: number
}

/** Only accounts that belong to this vault: otherwise a server could name a stranger in every entry and make the device ask for each. */
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

/** Reads the account logs that a page needs before the page is judged, because {@link exclusive} must not await the network. */
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
