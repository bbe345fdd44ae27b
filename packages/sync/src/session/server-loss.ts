/**
 * The session's state of a server that lost data (S9): since when, which charts it has completely again, how far the others are, and
 * whether the person was told. The row stays in the account store until the person has read it; which charts are complete is asked again
 * after each unlock.
 */
import type { ServerLoss } from '../contract/api.ts'
import { ACCOUNT_TABLE } from '../account/account-store.ts'
import type { AccountRows } from '../ports/ports.ts'
import type { ReseedPort } from '../chart/sync-chart.ts'

interface LossRow {
  since: number
  /** The server has every chart of this device completely. */
  whole: boolean
  read: boolean
  /** S10: it is another server, and has lost nothing. */
  isMove: boolean
}

const LOSS = 'server-loss'

export class ServerLosses implements ReseedPort {
  readonly #accountStore: AccountRows
  readonly #changed: () => void
  readonly #whole = new Set<string>()
  readonly #progress = new Map<string, { done: number; all: number }>()
  readonly #awaited = new Map<string, number>()
  #since: number | null = null
  #hasAccounts = false

  constructor(accountStore: AccountRows, changed: () => void) {
    this.#accountStore = accountStore
    this.#changed = changed
  }

  #row(): LossRow | null {
    return (this.#accountStore.get(ACCOUNT_TABLE.self, LOSS) as unknown as LossRow | undefined) ?? null
  }

  /** Changes the row as it is at the time of the write; null leaves it unchanged. */
  async #change(change: (row: LossRow | null) => LossRow | null): Promise<boolean> {
    let hasChanged = false
    await this.#accountStore.commit(() => {
      const next = change(this.#row())
      hasChanged = next !== null
      return next && { rows: [{ table: ACCOUNT_TABLE.self, key: LOSS, value: { ...next } }] }
    })
    if (hasChanged) this.#changed()
    return hasChanged
  }

  /** The server says since when it takes back what it lost. True while account logs are still to be sent to it. */
  async note(since: number | null, isMove: boolean): Promise<boolean> {
    if (since === this.#since) return since !== null && !this.#hasAccounts
    this.#since = since
    this.#hasAccounts = false
    this.#whole.clear()
    await this.#change((row) => {
      if (since !== null) return row?.since === since ? null : { since, whole: false, read: false, isMove }
      // Its operator declared the rest lost.
      return row?.whole === false ? { ...row, whole: true } : null
    })
    return since !== null
  }

  /** The server has received this device's account logs, or refused them. */
  accountsGiven(): void {
    this.#hasAccounts = true
  }

  /** Whether the server may still lack data. */
  get isTakingBack(): boolean {
    return this.#since !== null
  }

  isDue(vault: string): boolean {
    return this.#since !== null && !this.#whole.has(vault)
  }

  progress(vault: string, progress: { done: number; all: number }): void {
    this.#progress.set(vault, progress)
    this.#changed()
  }

  ended(vault: string, devices: number | null): void {
    this.#progress.delete(vault)
    if (devices === null) {
      this.#whole.add(vault)
      this.#awaited.delete(vault)
    } else this.#awaited.set(vault, devices)
  }

  /** After a pass over all charts of this device: true when the last one has become complete. */
  async passed(vaults: readonly string[]): Promise<boolean> {
    if (this.#since === null || vaults.some((vault) => this.isDue(vault))) return false
    return this.#change((row) => (row === null || row.whole ? null : { ...row, whole: true }))
  }

  async acknowledge(): Promise<void> {
    await this.#change((row) => row && { ...row, read: true })
  }

  /** The loss as the person sees it; null if nothing was lost, or if it is settled and read. */
  get shown(): ServerLoss | null {
    const row = this.#row()
    if (row === null || (row.whole && row.read)) return null
    const progress = [...this.#progress.values()]
    return {
      since: row.since,
      whole: row.whole,
      isMove: row.isMove,
      done: progress.reduce((sum, { done }) => sum + done, 0),
      all: progress.reduce((sum, { all }) => sum + all, 0),
      devices: Math.max(0, ...this.#awaited.values()),
    }
  }
}
