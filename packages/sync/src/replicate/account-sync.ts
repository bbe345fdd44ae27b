/**
 * The account's part of the sync loop: first contact and registration, the account log in both directions, the server's list of vaults, and
 * the sealed list that prevents a server from hiding a vault (K4, S6).
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { idText } from '@chartkeep/protocol'
import { decodeAccountEntry, mayOwn, rolesAt } from '@chartkeep/protocol/account'
import { ENDED_OWNER, type VaultList } from '@chartkeep/protocol/messages'
import type { SyncRow } from '@chartkeep/store'
import type { AccountBook } from '../account/account-book.ts'
import type { BoxKeys, DeviceSecrets } from '../account/account-keys.ts'
import { vaultsEntry } from '../account/account-writer.ts'
import {
  accountNamed,
  listedVaults,
  newerAppearances,
  nextVaultList,
  type ListedVaults,
} from '../account/chart-appearance.ts'
import {
  ACCOUNT_TABLE,
  INVITE,
  vaultRow,
  type EndedRow,
  type ServerRow,
  type VaultRow,
} from '../account/account-store.ts'
import type { PageSizes } from '../transport/adaptive-page-size.ts'
import type { Answer, AccountRows, RandomBytes, ServerApi } from '../ports/ports.ts'
import type { AccountReseedApi } from '../ports/reseed-api.ts'
import { reseedAccounts } from '../reseed/reseed-account.ts'
import { rowValue } from '../vault/vault-state.ts'
import type { SyncOutcome } from './vault-sync.ts'

export interface AccountSyncDeps {
  accountStore: AccountRows
  accounts: AccountBook
  account: Uint8Array
  device: DeviceSecrets
  boxKeys: () => BoxKeys
  randomBytes: RandomBytes
  pageSizes: PageSizes
  /** The account's name if this device knows it; '' otherwise. */
  ownName: () => string
  /** Milliseconds since 1970. */
  now: () => number
  /** Called when the own account log has grown: keys and views are updated. */
  onAccountChanged: () => void
  /** Removes the row and the empty store of a vault that no log ever proved. */
  forget: (vault: string) => Promise<void>
  /** C13: whether an item of the list is an emergency grant that is not open here. */
  isHeld: (listed: VaultList['vaults'][number]) => boolean
  /** C13: called with the server's list. */
  followHeld: (list: VaultList['vaults']) => Promise<boolean>
  /** How far the server says that each vault has moved, by vault id. */
  listed: (moved: ReadonlyMap<string, number>) => void
  /** A vault that this device does not know yet. */
  newVault: (relation: 'own' | 'shared') => VaultRow
  /**
   * S9, S10: since when the server accepts what it lost, or what a new server never had; null if it has everything. True: this session has
   * not given it account logs yet.
   */
  serverLost: (since: number | null, isMove: boolean) => Promise<boolean>
  /** Called when the server has answered for all account logs of this session. */
  accountsGiven: () => void
  /** Called when a chart whose access had ended is shared again. */
  regain: (vault: string) => Promise<void>
}

export function serverRowOf(accountStore: AccountRows): ServerRow | null {
  return (accountStore.get(ACCOUNT_TABLE.self, 'server') as unknown as ServerRow | undefined) ?? null
}

export function vaultRowOf(accountStore: AccountRows, vault: string): VaultRow | null {
  return (accountStore.get(ACCOUNT_TABLE.vaults, vault) as unknown as VaultRow | undefined) ?? null
}

/** Runs before the vaults; null if there was no problem. */
export async function syncAccount(
  deps: AccountSyncDeps,
  server: ServerApi & AccountReseedApi,
): Promise<SyncOutcome | null> {
  const { accountStore, accounts, account } = deps
  const info = await server.info()
  if (info.type !== 'ok') return info
  const pinned = serverRowOf(accountStore)!
  if (pinned.key === null) await noteServer(accountStore, pinned, (row) => ({ ...row, key: info.value.key }))
  else if (idText(pinned.key) !== idText(info.value.key)) return { type: 'error', error: 'server-key' }

  const moved = pinned.moved ?? null
  const refilling = info.value.refilling ?? moved
  const isOwed = await deps.serverLost(refilling, moved !== null)
  // A server that lost data recognises its own signature; a new server must admit the account first.
  if (isOwed && moved === null) {
    const given = await giveAccounts(deps, server)
    if (given !== null) return given
  }
  const registered = await register(deps, server)
  if (registered !== null) return registered
  if (isOwed && moved !== null) {
    const given = await giveAccounts(deps, server)
    if (given !== null) return given
  }
  const noted = Number(accountStore.get(ACCOUNT_TABLE.self, 'posted') ?? 1)
  const posted = await postTail(deps, server)
  // H7: posts that a full server refuses wait; everything else is still read.
  const isFull = posted?.type === 'error' && posted.error === 'server-full'
  if (posted !== null && !isReseeding(posted) && !isFull) return posted
  const refreshed = await accounts.refresh(account, server, serverRowOf(accountStore)!.key!)
  if (refreshed.type === 'offline') return refreshed
  if (refreshed.type === 'error') return refreshed
  if (refreshed.type === 'behind' && refilling !== null) return findVaults(deps, server)
  if (refreshed.type === 'behind' && isFull) return (await findVaults(deps, server)) ?? posted
  if (refreshed.type !== 'ok') return { type: 'stopped', fault: refreshed.type, what: 'account' }
  const { n } = accounts.lookup(account)!
  // Also for entries that arrived since the last pass, while a vault's log was read.
  if (refreshed.changed || n > noted) deps.onAccountChanged()
  await notePosted(accountStore, pinned, n)
  return findVaults(deps, server)
}

function isReseeding(outcome: SyncOutcome): boolean {
  return outcome.type === 'error' && outcome.error === 'refilling'
}

/** S9: entries under the server's signature are given back first; {@link postTail} then posts what it never acknowledged. */
async function giveAccounts(
  { accountStore, accounts, account, pageSizes, accountsGiven }: AccountSyncDeps,
  server: AccountReseedApi,
): Promise<SyncOutcome | null> {
  const known = serverRowOf(accountStore)!
  const given = await reseedAccounts(accounts, account, server, pageSizes)
  // After an interruption the next pass starts again.
  if (given?.type !== 'offline') accountsGiven()
  if (given === null) return null
  if (given.type !== 'ok') return given
  const posted = Number(accountStore.get(ACCOUNT_TABLE.self, 'posted') ?? 1)
  if (given.value !== posted) await notePosted(accountStore, known, given.value)
  return null
}

async function register(
  { accountStore, accounts, account }: AccountSyncDeps,
  server: ServerApi,
): Promise<SyncOutcome | null> {
  const row = serverRowOf(accountStore)!
  if (row.registered) return null
  const invite = accountStore.get(ACCOUNT_TABLE.self, INVITE)
  const answer = await server.register(accounts.entries(account)[0]!, typeof invite === 'string' ? invite : null)
  if (answer.type === 'offline') return answer
  // A refused code is not sent again; the account keeps waiting for another code or for a grant (H2).
  const isUsedUp = answer.type === 'ok' || (answer.type === 'error' && answer.error === 'invite-refused')
  if (isUsedUp && invite !== undefined)
    await accountStore.commit([{ table: ACCOUNT_TABLE.self, key: INVITE, value: null }])
  if (answer.type === 'error' && answer.error !== 'head-moved') return answer
  await noteServer(accountStore, row, (known) => ({ ...known, registered: true }))
  return null
}

/** H2: sends an invitation to the server, also for an account that was admitted by a grant and may not create a chart of its own yet. */
export async function sendInvite(
  { accounts, account }: Pick<AccountSyncDeps, 'accounts' | 'account'>,
  server: ServerApi,
  code: string,
): Promise<Answer<unknown>> {
  return server.register(accounts.entries(account)[0]!, code)
}

/**
 * Posts entries written here before the server had the log. Entries of other devices came from the server, possibly while a vault's log was
 * read.
 */
async function postTail(
  { accountStore, accounts, account, device }: AccountSyncDeps,
  server: ServerApi,
): Promise<SyncOutcome | null> {
  const known = serverRowOf(accountStore)!
  const posted = Number(accountStore.get(ACCOUNT_TABLE.self, 'posted') ?? 1)
  for (const [index, entry] of accounts.entries(account).entries()) {
    if (index < posted || !equalBytes(decodeAccountEntry(entry.body)!.signer, device.id)) continue
    const answer = await server.postAccount(account, entry)
    if (answer.type === 'offline') return answer
    if (answer.type === 'error' && answer.error !== 'head-moved') return answer
    await notePosted(accountStore, known, index + 1)
  }
  return null
}

async function findVaults(deps: AccountSyncDeps, server: ServerApi): Promise<SyncOutcome | null> {
  const { accountStore } = deps
  const list = await server.vaults()
  if (list.type !== 'ok') return list
  if (!(await deps.followHeld(list.value.vaults))) return { type: 'offline' }
  const vaults = list.value.vaults.filter((listed) => !deps.isHeld(listed))
  await accountStore.commit(() => {
    const unknown = vaults.filter(({ vault }) => vaultRowOf(accountStore, idText(vault)) === null)
    const rows = unknown.map(({ vault, grant }) =>
      vaultRow(idText(vault), deps.newVault(grant === null ? 'own' : 'shared')),
    )
    return rows.length === 0 ? null : { rows }
  })
  const again = vaults.filter(({ vault, grant }) => isNewAccess(accountStore, idText(vault), grant))
  for (const id of new Set(again.map(({ vault }) => idText(vault)))) await deps.regain(id)
  const moved = new Map<string, number>()
  for (const each of list.value.vaults) moved.set(idText(each.vault), (moved.get(idText(each.vault)) ?? 0) + each.moved)
  deps.listed(moved)
  const named = new Set(list.value.vaults.map(({ vault }) => idText(vault)))
  // C3: a vault that was only listed, and that no control log ever proved, is removed once it is no longer listed.
  for (const [vault, value] of accountStore.table(ACCOUNT_TABLE.vaults)) {
    const row = value as unknown as VaultRow
    if (!row.posted && !row.madeHere && !named.has(vault)) await deps.forget(vault)
  }
  const listed = listOf(deps)
  await accountStore.commit(() => ({ rows: newerAppearances(listed, accountStore) }))
  // C12: a practice's vaults belong to its administrators; another member sees those that the member's roles are granted.
  const isComplete = !actsForAll(deps) || listed.vaults.every((vault) => named.has(vault))
  return isComplete ? null : { type: 'stopped', fault: 'withheld', what: 'vault' }
}

/** Whether this device acts for its whole account: any device of a person, an administrator's device of a practice (C12). */
function actsForAll({ accounts, account, device }: AccountSyncDeps): boolean {
  const state = accounts.lookup(account)
  return state === null || mayOwn(rolesAt(state, device.id, state.n))
}

/** An ended grant stays listed (C10); a grant that is not among the ended ones gives access again, and so does ownership. */
function isNewAccess(accountStore: AccountRows, vault: string, grant: Uint8Array | null): boolean {
  if (vaultRowOf(accountStore, vault)?.ended !== true) return false
  if (grant === null) return true
  if (idText(grant) === idText(ENDED_OWNER)) return false
  const ended = accountStore.get(ACCOUNT_TABLE.ended, vault) as unknown as EndedRow | undefined
  return ended === undefined || !ended.grants.includes(idText(grant))
}

/** K4: the sealed list in the own account log. */
function listOf({ accounts, account, boxKeys }: AccountSyncDeps): ListedVaults {
  return listedVaults(accounts.lookup(account), boxKeys())
}

/**
 * Runs after the vaults: writes the sealed list with every own vault that the server has acknowledged, and this person's chart appearances.
 * A vault that is still being posted is left out, because it would look hidden to the account's other devices.
 */
export async function writeVaultList(deps: AccountSyncDeps, server: ServerApi): Promise<void> {
  const { accountStore, accounts, account } = deps
  if (!actsForAll(deps)) return
  const rows = [...accountStore.table(ACCOUNT_TABLE.vaults)].map(([id, value]) => ({
    id,
    row: value as unknown as VaultRow,
  }))
  const own = rows.filter(({ row }) => row.relation === 'own' && row.posted).map(({ id }) => id)
  await accountStore.commit(() => ({ rows: accountNamed(accountStore, idText(account), deps.ownName(), deps.now()) }))
  const list = nextVaultList(listOf(deps), own, accountStore, idText(account))
  if (list === null) return
  const state = accounts.lookup(account)!
  const entry = await vaultsEntry(state, deps.device, list, deps.boxKeys(), deps.randomBytes)
  const known = serverRowOf(accountStore)!
  const answer = await server.postAccount(account, entry)
  if (answer.type !== 'ok') return
  await accounts.append(account, [entry])
  await notePosted(accountStore, known, state.n + 1)
}

/** Stores what `known`'s server has answered; ignored if the account has moved to another server meanwhile (S10). */
export function noteServer(
  accountStore: AccountRows,
  known: ServerRow,
  change: (row: ServerRow) => ServerRow,
): Promise<void> {
  return atServer(accountStore, known, (row) => [
    { table: ACCOUNT_TABLE.self, key: 'server', value: rowValue(change(row)) },
  ])
}

/** How many entries of the account log the server has. */
export function notePosted(accountStore: AccountRows, known: ServerRow, n: number): Promise<void> {
  return atServer(accountStore, known, () => [{ table: ACCOUNT_TABLE.self, key: 'posted', value: n }])
}

function atServer(accountStore: AccountRows, known: ServerRow, rows: (row: ServerRow) => SyncRow[]): Promise<void> {
  return accountStore.commit(() => {
    const row = serverRowOf(accountStore)
    const isOther = row?.address !== known.address || (row.key && known.key && idText(row.key) !== idText(known.key))
    if (row === null || isOther) return null
    return { rows: rows(row) }
  })
}
