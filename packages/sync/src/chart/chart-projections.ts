/**
 * A practice's projections of its patients' charts (ChartProjection of domain), as sealed rows in the account store: recomputed whenever
 * the chart is opened, written or synced, and removed with the chart. A list of 300 patients and the work list read these rows without
 * opening a chart.
 */
import { chartProjection, type ChartProjection, deviceZone, type ProjectionSource } from '@chartkeep/domain'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import { vaultRowOf } from '../replicate/account-sync.ts'
import { ACCOUNT_TABLE } from '../account/account-store.ts'
import { lateAuthor } from '../files/quarantine-inbox.ts'
import type { AccountRows } from '../ports/ports.ts'
import { clockTime } from '../record/record-codec.ts'

/**
 * The projection of a chart's records. `account`: the practice's; `owners`: the accounts that own the chart or did, as id texts; `now` in
 * milliseconds.
 */
export function projectionOf(
  rows: readonly StoredRecord[],
  {
    readable,
    account,
    owners,
    now,
  }: { readable: readonly string[]; account: string; owners: ReadonlySet<string>; now: number },
): ChartProjection {
  // A late record that an owner took in still belongs to its author.
  const authorOf = (row: StoredRecord) => (owners.has(row.account) ? lateAuthor(row.importSource) : null) ?? row.account
  const byWhom = (author: string) => (author === account ? 'us' : owners.has(author) ? 'patient' : 'others')
  const sources = rows.map((row): ProjectionSource => ({
    id: row.doc,
    collection: row.collectionName,
    type: row.type,
    title: row.title,
    status: row.status,
    revision: row.revision,
    resource: row.resource,
    savedAt: clockTime(row.clock),
    by: byWhom(authorOf(row)),
    importSource: row.importSource,
  }))
  return chartProjection(sources, { readable, account, reader: { now, zone: deviceZone() } })
}

/** Removes a chart's projection from the disk. */
export function forgottenProjection(accountStore: AccountRows, vault: string): SyncRow[] {
  return accountStore.get(ACCOUNT_TABLE.care, vault) === undefined
    ? []
    : [{ table: ACCOUNT_TABLE.care, key: vault, value: null }]
}

/** Reads rows, each once; a list of charts asks for all of them at every change. */
export class ChartProjections {
  readonly #accountStore: AccountRows
  readonly #read = new Map<string, { text: string; digest: ChartProjection }>()

  constructor(accountStore: AccountRows) {
    this.#accountStore = accountStore
  }

  of(vault: string): ChartProjection | null {
    const text = this.#accountStore.get(ACCOUNT_TABLE.care, vault)
    if (typeof text !== 'string') return null
    const known = this.#read.get(vault)
    if (known?.text === text) return known.digest
    const digest = JSON.parse(text) as ChartProjection
    this.#read.set(vault, { text, digest })
    return digest
  }

  /**
   * False if the projection is unchanged or the chart has ended. `isLess`: some lists are no longer readable; their earlier content is
   * removed from the disk.
   */
  async keep(vault: string, digest: ChartProjection, isLess: boolean): Promise<boolean> {
    const text = JSON.stringify(digest)
    let hasChanged = false
    await this.#accountStore.commit(() => {
      hasChanged =
        this.#accountStore.get(ACCOUNT_TABLE.care, vault) !== text &&
        vaultRowOf(this.#accountStore, vault)?.ended !== true
      return hasChanged ? { rows: [{ table: ACCOUNT_TABLE.care, key: vault, value: text }], erase: isLess } : null
    })
    return hasChanged
  }
}
