/**
 * Collects a backup (K11): the account, the account store, then one chart after another. Each chart is read as a snapshot and passed on in
 * pieces; other charts may close meanwhile, so that a large family is never in memory at once.
 */
import { encodeCbor } from '@chartkeep/crypto/encoding'
import { idText } from '@chartkeep/protocol'
import { newestBoxKey, type AccountState } from '@chartkeep/protocol/account'
import type { SyncRow } from '@chartkeep/store'
import type { BoxKeys } from '../account/account-keys.ts'
import type { BackupContent, BackupCounts } from '../contract/api.ts'
import { encodeItem, type BackupItem } from './backup-items.ts'
import { momentOf, momentSize } from './backup-moment.ts'
import type { OpenChart } from '../chart/chart.ts'
import { ACCOUNT_TABLE, type EndedRow, type ServerRow, type VaultRow } from '../account/account-store.ts'
import type { AccountRows } from '../ports/ports.ts'
import { rowValue } from '../vault/vault-state.ts'

/** The approximate bytes of rows or records in one item. */
const ITEM_BYTES = 256 * 1024

export interface BackupSource {
  accountStore: AccountRows
  state: AccountState
  name: string
  label: string
  server: ServerRow | null
  kitBox: Uint8Array
  boxKeys: BoxKeys
  /** Accounts whose logs are known here. */
  accounts: Uint8Array[]
  /** The chart, kept open until `release`; null if it does not open. */
  open(vault: string): Promise<{ chart: OpenChart; release: () => void } | null>
}

/** Reads all charts once to count the items; then yields the items one by one. */
export async function gatherBackup(source: BackupSource, signal?: AbortSignal): Promise<BackupContent> {
  const counts: BackupCounts = { charts: 0, records: 0, files: 0, elsewhere: 0, leftOut: [] }
  let planned = 1 + Math.ceil(accountRowsOf(source).length / 500)
  for (const [vault] of chartsOf(source.accountStore)) {
    signal?.throwIfAborted()
    const opened = await source.open(vault)
    if (opened === null) continue
    try {
      planned += await momentSize(opened.chart.store, opened.chart.chunks)
    } finally {
      opened.release()
    }
  }
  return { kit: source.kitBox, planned, counts, items: itemsOf(source, counts, signal) }
}

/**
 * C10: a chart whose access has ended has no content here; its undelivered envelopes are sealed, and only their own device may submit them.
 */
function chartsOf(accountStore: AccountRows): [string, VaultRow][] {
  return [...accountStore.table(ACCOUNT_TABLE.vaults)]
    .map(([vault, value]): [string, VaultRow] => [vault, value as unknown as VaultRow])
    .filter(([, { ended }]) => !ended)
}

async function* itemsOf(
  source: BackupSource,
  counts: BackupCounts,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  yield encodeItem({ type: 'account', account: accountItem(source) })
  for (const rows of batches(accountRowsOf(source))) yield encodeItem({ type: 'home', rows })
  for (const [vault, row] of chartsOf(source.accountStore)) {
    signal?.throwIfAborted()
    const opened = await source.open(vault)
    if (opened === null) {
      counts.leftOut.push(row.name)
      continue
    }
    try {
      yield* chartItems(opened.chart, vault, row, counts, signal)
    } finally {
      opened.release()
    }
  }
}

function accountItem({ state, name, label, server, kitBox, boxKeys, accountStore }: BackupSource) {
  const keys = [...boxKeys].toSorted(([a], [b]) => a - b)
  if (keys.at(-1)?.[0] !== newestBoxKey(state).generation) throw new Error('the newest box key is not open')
  return {
    account: state.account,
    name,
    label,
    server: server && { address: server.address, key: server.key, registered: server.registered },
    posted: Number(accountStore.get(ACCOUNT_TABLE.self, 'posted') ?? 1),
    kitBox,
    boxKeys: keys.map(([generation, { secretKey }]) => ({ generation, secret: secretKey })),
  }
}

/** Rows of the account store, without the device's own keys, the charts' store keys and statements that only this device may send. */
function accountRowsOf({ accountStore, accounts }: BackupSource): SyncRow[] {
  const tables = [ACCOUNT_TABLE.settings, ACCOUNT_TABLE.seen, ACCOUNT_TABLE.promised, 'accounts', 'account-heads']
  const rows = [...tables, ...accounts.map((account) => `account.${idText(account)}`)].flatMap((table) =>
    [...accountStore.table(table)].map(([key, value]) => ({ table, key, value })),
  )
  for (const [key, value] of accountStore.table(ACCOUNT_TABLE.ended)) {
    const { grants } = value as unknown as EndedRow
    rows.push({ table: ACCOUNT_TABLE.ended, key, value: rowValue({ grants, own: {} } satisfies EndedRow) })
  }
  return rows
}

async function* chartItems(
  chart: OpenChart,
  vault: string,
  row: VaultRow,
  counts: BackupCounts,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  // A1: the audit entry is part of the backup.
  await chart.note('backed-up')
  const { rows, records, files, elsewhere } = await momentOf(chart.machine, chart.store, chart.chunks)
  const { relation, madeHere, confirmed, name, birthDate, until, posted } = row
  yield encodeItem({ type: 'chart', chart: { vault, relation, madeHere, confirmed, name, birthDate, until, posted } })
  counts.charts++
  counts.elsewhere += elsewhere
  for (const batch of batches(rows)) yield encodeItem({ type: 'rows', rows: batch })
  for (const batch of recordBatches(records)) {
    counts.records += batch.filter(({ row: { collectionName } }) => collectionName !== 'audit').length
    yield encodeItem({ type: 'records', records: batch })
  }
  for (const { blob, indexes, total } of files) {
    let isWhole = indexes.length === total
    for (const index of indexes) {
      signal?.throwIfAborted()
      const chunk = await chart.chunks.get(blob, index)
      isWhole &&= chunk !== null
      const item: BackupItem =
        chunk === null ? { type: 'gap' } : { type: 'chunk', blob, index, total: chunk.total, sealed: chunk.sealed }
      yield encodeItem(item)
    }
    const note = await chart.chunks.noted(blob)
    if (note !== null) yield encodeItem({ type: 'note', blob, note })
    if (isWhole) counts.files++
  }
}

function* batches(rows: readonly SyncRow[]): Iterable<SyncRow[]> {
  let batch: SyncRow[] = []
  let bytes = 0
  for (const row of rows) {
    batch.push(row)
    bytes += row.value === null ? 0 : encodeCbor(row.value).length + 64
    if (bytes < ITEM_BYTES) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

function* recordBatches<T extends { row: { resource: string; text: string } }>(records: readonly T[]): Iterable<T[]> {
  let batch: T[] = []
  let size = 0
  for (const record of records) {
    batch.push(record)
    size += record.row.resource.length + record.row.text.length + 512
    if (size < ITEM_BYTES) continue
    yield batch
    batch = []
    size = 0
  }
  if (batch.length > 0) yield batch
}
