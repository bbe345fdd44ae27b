/**
 * Restores a backup into new stores (K11): existing stores on the device are not touched, and a failed or stopped restore leaves nothing
 * behind. The device gets new keys; it takes over the old device's unsent work but not its sequence numbers (F3).
 */
import { boxKeyPairFromSecretKey } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { idText, textId } from '@chartkeep/protocol'
import type { AccountState } from '@chartkeep/protocol/account'
import { openVaultStore, type ChunkDisk, type SyncRow, type VaultStore } from '@chartkeep/store'
import { AccountBook } from '../account/account-book.ts'
import type { DeviceSecrets } from '../account/account-keys.ts'
import { decodeItem, type AccountItem, type BackupItem, type ChartItem } from './backup-items.ts'
import { isUnsealed } from './detach-unsent.ts'
import { BACKUP_KEYS, ACCOUNT_TABLE, JOIN, newVaultRow, type VaultRow } from '../account/account-store.ts'
import type { DevicePlatform } from '../account/platform.ts'
import type { AccountRows } from '../ports/ports.ts'
import { rowValue, TABLE } from '../vault/vault-state.ts'

/** The file was intact, but its items are not a backup: an error of the program that wrote it. */
export class BackupContentError extends Error {
  override readonly name = 'BackupContentError'
}

/** Tables of the account store that a backup may contain. */
const ACCOUNT_TABLES: ReadonlySet<string> = new Set([
  ACCOUNT_TABLE.settings,
  ACCOUNT_TABLE.seen,
  ACCOUNT_TABLE.promised,
  ACCOUNT_TABLE.ended,
  'accounts',
  'account-heads',
])

/** Accepts items in order; `undo` removes every store that it made. */
export class BackupIn {
  readonly #accountStore: AccountRows
  readonly #platform: DevicePlatform
  readonly #device: DeviceSecrets
  readonly #logs: string[] = []
  #account: AccountItem | null = null
  #rows: SyncRow[] = []
  #chart: { item: ChartItem; row: VaultRow; store: VaultStore; chunks: ChunkDisk } | null = null

  constructor(accountStore: AccountRows, platform: DevicePlatform, device: DeviceSecrets) {
    this.#accountStore = accountStore
    this.#platform = platform
    this.#device = device
  }

  async take(bytes: Uint8Array): Promise<void> {
    const item = decodeItem(bytes)
    if (item === null || (item.type !== 'account' && this.#account === null)) throw new BackupContentError('bad item')
    switch (item.type) {
      case 'account':
        if (this.#account !== null) throw new BackupContentError('a second account')
        this.#account = item.account
        return
      case 'home':
        return this.#takeAccountStore(item.rows)
      case 'chart':
        await this.#endChart()
        return this.#beginChart(item.chart)
      case 'gap':
        return
      default:
        if (this.#chart === null) throw new BackupContentError('rows of no chart')
        return this.#takeContent(this.#chart.store, this.#chart.chunks, item)
    }
  }

  #takeAccountStore(rows: SyncRow[]): void {
    if (rows.some(({ table }) => !ACCOUNT_TABLES.has(table) && !table.startsWith('account.')))
      throw new BackupContentError('a table that no backup has')
    this.#rows.push(...rows)
  }

  async #beginChart(item: ChartItem): Promise<void> {
    const { relation, vault } = item
    if ((relation !== 'own' && relation !== 'shared') || textId(vault)?.length !== 16)
      throw new BackupContentError('bad chart')
    const made = newVaultRow(relation, item.name, this.#platform.randomBytes)
    const { madeHere, confirmed, birthDate, until, posted } = item
    const row = { ...made, madeHere, confirmed, birthDate, until, posted }
    this.#logs.push(row.log)
    const store = await openVaultStore({ name: row.log, key: row.key, log: this.#platform.log(row.log) })
    if (store.type !== 'vault') throw new Error(`a new store could not be opened: ${store.type}`)
    this.#chart = { item, row, store, chunks: this.#platform.chunks(`${row.log}f`) }
  }

  async #takeContent(
    store: VaultStore,
    chunks: ChunkDisk,
    item: Extract<BackupItem, { type: 'rows' | 'records' | 'chunk' | 'note' }>,
  ): Promise<void> {
    switch (item.type) {
      case 'rows':
        return store.commit({ sync: item.rows.map((row) => this.#asOwn(row)) })
      case 'records': {
        const device = idText(this.#device.id)
        const rows = item.records.map(({ row, unsent }) => (unsent ? { ...row, device } : row))
        const isAudit = (row: { collectionName: string }) => row.collectionName === 'audit'
        return store.commit({ records: rows.filter((row) => !isAudit(row)), audit: rows.filter(isAudit) })
      }
      case 'chunk':
        return chunks.put(item.blob, item.index, item.total, item.sealed)
      case 'note':
        return chunks.note(item.blob, item.note)
    }
  }

  /** An unsealed sibling or predecessor version is sent as this device's own. */
  #asOwn(row: SyncRow): SyncRow {
    if (row.table === TABLE.deviceSequence || row.table === TABLE.outbox)
      throw new BackupContentError('a table that no backup has')
    if (!isUnsealed(row)) return row
    return { ...row, value: rowValue({ ...(row.value as object), device: idText(this.#device.id) }) }
  }

  async #endChart(): Promise<void> {
    if (this.#chart === null) return
    const { item, row, store, chunks } = this.#chart
    this.#chart = null
    await store.close()
    chunks.close()
    this.#rows.push({ table: ACCOUNT_TABLE.vaults, key: item.vault, value: rowValue(row) })
  }

  /** After the last item: verifies the account and writes the account store. Resolves to the account with its name. */
  async finish(): Promise<{ account: AccountItem; book: AccountBook }> {
    await this.#endChart()
    const account = this.#account
    if (account === null) throw new BackupContentError('no account')
    await this.#accountStore.commit([
      ...this.#rows,
      { table: ACCOUNT_TABLE.self, key: 'server', value: rowValue(account.server) },
      { table: ACCOUNT_TABLE.self, key: 'posted', value: account.posted },
      { table: ACCOUNT_TABLE.self, key: JOIN, value: 'out' },
      { table: ACCOUNT_TABLE.self, key: BACKUP_KEYS, value: rowValue(account.boxKeys) },
    ])
    this.#rows = []
    const book = await AccountBook.open(this.#accountStore)
    const state = book.lookup(account.account)
    if (state === null || state.n !== book.entries(account.account).length || !hasKeys(state, account))
      throw new BackupContentError('the account does not hold')
    return { account, book }
  }

  async undo(): Promise<void> {
    const chart = this.#chart
    this.#chart = null
    await chart?.store.close()
    chart?.chunks.close()
    for (const log of this.#logs) {
      const chunks = this.#platform.chunks(`${log}f`)
      for (const blob of await chunks.blobs()) await chunks.remove(blob)
      chunks.close()
      await this.#platform.log(log).destroy()
    }
  }
}

/** Whether the newest box key is the one that the log publishes. */
function hasKeys(state: AccountState, { boxKeys }: AccountItem): boolean {
  return (
    boxKeys.length > 0 &&
    boxKeys.every(({ generation, secret }) => {
      const published = state.boxKeys[generation - 1]
      return published !== undefined && equalBytes(published.public, boxKeyPairFromSecretKey(secret).publicKey)
    })
  )
}
