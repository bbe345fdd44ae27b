/**
 * Shared charts whose access has ended (C10, C11): what the device keeps of them, submitting their remaining work, destroying their stores,
 * and restoring them when they are shared again.
 */
import { textId } from '@chartkeep/protocol'
import { openVaultStore } from '@chartkeep/store'
import { vaultRowOf } from '../replicate/account-sync.ts'
import { forgottenProjection } from '../chart/chart-projections.ts'
import { vaultRows } from '../vault/chart-rows.ts'
import { emptyKeys } from '../vault/content-keys.ts'
import { waitingDepartures } from '../consent/departures.ts'
import { forgottenAppearance } from '../account/chart-appearance.ts'
import {
  ACCOUNT_TABLE,
  newVaultRow,
  vaultRow,
  type EndedRow,
  type VaultRowChange,
  type VaultRow,
} from '../account/account-store.ts'
import { submitLate } from '../consent/submit-after-revocation.ts'
import type { PageSizes } from '../transport/adaptive-page-size.ts'
import type { OpenCharts } from '../chart/open-charts.ts'
import type { DevicePlatform } from '../account/platform.ts'
import { LATER, type AccountRows, type ServerApi } from '../ports/ports.ts'
import { rowValue } from '../vault/vault-state.ts'

interface EndedInput {
  accountStore: AccountRows
  platform: DevicePlatform
  open: OpenCharts
  /** Id of this installation's current device (F3). */
  device: () => Uint8Array
  serverKey: () => Uint8Array | null
  pageSizes: PageSizes
  isLocked: () => boolean
  update: (vault: string, change: VaultRowChange) => Promise<void>
  /** The list of charts has changed. */
  changed: () => void
}

export class EndedCharts {
  readonly #input: EndedInput
  /** Charts whose work the server refused; tried again after the next unlock. */
  readonly #refused = new Set<string>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(input: EndedInput) {
    this.#input = input
  }

  /** Records that access to a chart has ended; keeps what a later grant needs. */
  async end(vault: string, undelivered: number, kept: EndedRow): Promise<void> {
    const { accountStore, changed } = this.#input
    await accountStore.commit(() => {
      const row = vaultRowOf(accountStore, vault)
      if (row === null) return null
      const before = accountStore.get(ACCOUNT_TABLE.ended, vault) as unknown as EndedRow | undefined
      const departures = waitingDepartures(before, kept.departures ?? {})
      const digest = forgottenProjection(accountStore, vault)
      const rows = [
        { table: ACCOUNT_TABLE.ended, key: vault, value: rowValue({ ...kept, departures }) },
        vaultRow(vault, { ...row, ended: true, undelivered, waiting: 0 }),
      ]
      // The chart's projection is removed from the disk at once, even while its work waits to be submitted.
      return { rows: [...rows, ...digest], erase: digest.length > 0 }
    })
    changed()
  }

  /** An ended chart is shared again: it is read from the start under a new slot, because screens still hold the closed one. */
  regain(vault: string): Promise<void> {
    const { accountStore, platform, open, update } = this.#input
    return this.#inTurn(async () => {
      if (vaultRowOf(accountStore, vault)?.ended !== true) return
      await open.close(vault)
      const { log, key, slot } = newVaultRow('shared', '', platform.randomBytes)
      await update(vault, (row) => ({ ended: false, until: 0, slot, ...(isGone(row) ? { log, key } : {}) }))
    })
  }

  /** Runs one operation at a time, so that a chart that is being opened again is neither destroyed nor opened twice. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work, work)
    this.#turn = next.catch(() => {})
    return next
  }

  /**
   * Destroys stores without work to submit. One entry removes the chart's key and the account store's data about its person from the disk;
   * the row that a later grant needs stays and contains nothing about the person.
   */
  async destroy(): Promise<void> {
    for (const [vault] of this.#rows()) await this.#inTurn(() => this.#destroy(vault))
  }

  async #destroy(vault: string): Promise<void> {
    const { accountStore, platform, open, changed } = this.#input
    const row = vaultRowOf(accountStore, vault)
    if (row?.ended !== true || row.undelivered > 0 || isGone(row) || open.has(vault)) return
    await platform.log(row.log).destroy()
    await accountStore.commit(() => {
      const ended = vaultRowOf(accountStore, vault) ?? row
      const destroyed = vaultRow(vault, { ...ended, key: new Uint8Array(32), name: '', birthDate: '' })
      const known = [
        ...forgottenAppearance(accountStore, vault, platform.clock.now()),
        ...forgottenProjection(accountStore, vault),
      ]
      return { rows: [destroyed, ...known], erase: true }
    })
    changed()
  }

  /** Submits the sealed work that could not be submitted when access ended. */
  async submitLate(server: ServerApi): Promise<void> {
    for (const [vault] of this.#rows())
      if ((await this.#inTurn(() => this.#submitLate(vault, server))) === 'offline') return
    await this.destroy()
  }

  async #submitLate(vault: string, server: ServerApi): Promise<'offline' | void> {
    const { accountStore, platform, open, device, serverKey, isLocked, pageSizes, update } = this.#input
    const row = vaultRowOf(accountStore, vault)
    if (row?.ended !== true || row.undelivered === 0 || this.#refused.has(vault) || isLocked()) return
    const chart = open.get(vault)
    const store =
      chart === undefined ? await openVaultStore({ name: row.log, key: row.key, log: platform.log(row.log) }) : null
    if (store !== null && store.type !== 'vault') return
    try {
      const rows = chart === undefined ? vaultRows(store!) : chart.machine.rows
      const keys = chart?.machine.keys ?? emptyKeys()
      const outcome = await submitLate(
        { vault: textId(vault)!, device: device(), rows, keys, serverKey, pageSizes },
        server,
      )
      if (outcome.type === 'offline') return 'offline'
      if (outcome.refused !== null && !LATER.includes(outcome.refused)) this.#refused.add(vault)
      await update(vault, ({ handed = 0 }) => ({ undelivered: outcome.left, handed: handed + outcome.handed }))
    } finally {
      await store?.close()
    }
  }

  /** By vault, as they were at the call. */
  #rows(): [string, VaultRow][] {
    const all = [...this.#input.accountStore.table(ACCOUNT_TABLE.vaults)] as unknown as [string, VaultRow][]
    return all.filter(([, { ended }]) => ended)
  }
}

/** Whether its store was destroyed, and its key with it. */
function isGone({ key }: VaultRow): boolean {
  return key.every((byte) => byte === 0)
}
