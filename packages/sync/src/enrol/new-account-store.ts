/**
 * Creates the store of an account that is new on this device: the account store, the rows common to every kind of enrolment, and last its
 * keyring, so that a crash before that leaves no account.
 */
import { textId } from '@chartkeep/protocol'
import {
  createKeyring,
  createSlotName,
  openAccountStore,
  type Hold,
  type AccountStore,
  type Keyring,
  type SyncRow,
} from '@chartkeep/store'
import { AccountBook } from '../account/account-book.ts'
import type { DeviceSecrets } from '../account/account-keys.ts'
import { accountRows } from '../vault/chart-rows.ts'
import { ACCOUNT_TABLE, INVITE, KIT_BOX, type IdentityRow, type ServerRow } from '../account/account-store.ts'
import type { DevicePlatform } from '../account/platform.ts'
import type { AccountRows } from '../ports/ports.ts'
import { OpenSession } from '../session/session.ts'
import { rowValue } from '../vault/vault-state.ts'

export interface NewAccount {
  label: string
  passphrase: string
  recoveryBox: Uint8Array
  /** F2: heads that came on a channel other than the server. */
  promised?: SyncRow[]
  identity: IdentityRow
  server: ServerRow | null
  invite?: string
}

export interface BegunAccountStore {
  slot: string
  key: Uint8Array
  accountStore: AccountStore
  rows: AccountRows
  createKeyring(input: { label: string; passphrase: string; recoveryPublicKey: Uint8Array }): Promise<Keyring>
  open(keyring: Keyring): Promise<OpenSession>
  /** Deletes the new store. */
  undo(): Promise<void>
}

/** An empty account store with its own name and key, held by this tab. */
export async function beginAccountStore(platform: DevicePlatform): Promise<BegunAccountStore> {
  const slot = createSlotName()
  const hold: Hold = await platform.hold(slot)
  if (hold.type !== 'held') throw new Error('a new store is in use already')
  const key = platform.randomBytes(32)
  const accountStore = await openAccountStore({ name: slot, key, log: platform.log(slot) })
  if (accountStore.type !== 'home') throw new Error(`a new store could not be opened: ${accountStore.type}`)
  return {
    slot,
    key,
    accountStore,
    rows: accountRows(accountStore),
    async createKeyring(input) {
      const created = await createKeyring({ disk: platform.keyring, slot, key, ...input })
      if (created.type !== 'created') throw new Error('the slot of a new account is taken')
      return created.keyring
    },
    open: (keyring) => OpenSession.open({ slot, platform, accountStore, keyring, accountStoreKey: key, hold }),
    async undo() {
      await accountStore.close()
      await platform.log(slot).destroy()
      await hold.release()
      key.fill(0)
    },
  }
}

/** `prepare` fills the account log and may refuse: then the result is null and nothing stays, as when it throws. */
export async function createAccountStore(
  platform: DevicePlatform,
  input: NewAccount,
  prepare: (accounts: AccountBook) => Promise<boolean>,
): Promise<OpenSession | null> {
  const begun = await beginAccountStore(platform)
  const keyring = await fill(begun, input, prepare).catch(async (error: unknown) => {
    await begun.undo()
    throw error
  })
  if (keyring !== null) return begun.open(keyring)
  await begun.undo()
  return null
}

async function fill(
  begun: BegunAccountStore,
  { label, passphrase, recoveryBox, promised = [], identity, server, invite }: NewAccount,
  prepare: (accounts: AccountBook) => Promise<boolean>,
): Promise<Keyring | null> {
  const accounts = await AccountBook.open(begun.rows)
  if (!(await prepare(accounts))) return null
  const account = identity.account.some((byte) => byte !== 0) ? identity.account : ownAccount(begun.rows)
  await begun.rows.commit([
    { table: ACCOUNT_TABLE.self, key: 'identity', value: rowValue({ ...identity, account }) },
    { table: ACCOUNT_TABLE.self, key: 'server', value: rowValue(server) },
    { table: ACCOUNT_TABLE.self, key: KIT_BOX, value: recoveryBox },
    ...promised,
    ...(invite === undefined ? [] : [{ table: ACCOUNT_TABLE.self, key: INVITE, value: invite }]),
    // Entries that came from the server need not be posted to it.
    ...(server?.registered ? [{ table: ACCOUNT_TABLE.self, key: 'posted', value: accounts.lookup(account)!.n }] : []),
  ])
  return begun.createKeyring({ label, passphrase, recoveryPublicKey: recoveryBox })
}

function ownAccount(rows: AccountRows): Uint8Array {
  const [account] = rows.table('accounts').keys()
  const id = account === undefined ? null : textId(account)
  if (id === null) throw new Error('the new account is not in its book')
  return id
}

export function identityOf(device: DeviceSecrets, account: Uint8Array, name: string, label: string): IdentityRow {
  return { account, seed: device.signing.seed, boxSecret: device.box.secretKey, name, label }
}
