/**
 * The charts of a session: creates charts, opens their stores (one at a time; open-charts.ts decides which stay open), sets their
 * appearance, and summarises them for the list of charts.
 */
import { COLLECTIONS, PRIVATE_LISTS, type ChartProjection } from '@chartkeep/domain'
import { idText, textId } from '@chartkeep/protocol'
import type { ControlEntry } from '@chartkeep/protocol/control'
import { openVaultStore, SealedStoreError, type StoreSource, type VaultStore } from '@chartkeep/store'
import type { AccountBook } from '../account/account-book.ts'
import { vaultRowOf } from '../replicate/account-sync.ts'
import type { ChartAppearance, ChartSummary, ClocksApart, RescuedChart } from '../contract/api.ts'
import { ChartProjections, forgottenProjection } from '../chart/chart-projections.ts'
import { OpenChart } from '../chart/chart.ts'
import type { ChartHost } from '../chart/chart-host.ts'
import { changedAppearance, forgottenAppearance, appearanceOf, appearanceRow } from '../account/chart-appearance.ts'
import { vaultRows } from '../vault/chart-rows.ts'
import { ACCESS_LOG } from '../vault/content-keys.ts'
import { appendControl } from '../pull/control-pull.ts'
import { vaultEntry } from '../consent/control-writer.ts'
import { detachUnsent } from '../backup/detach-unsent.ts'
import {
  ACCOUNT_TABLE,
  newVaultRow,
  PRACTICE,
  vaultRow,
  type EndedRow,
  type VaultRowChange,
  type VaultRow,
} from '../account/account-store.ts'
import { AT_ONCE } from '../consent/expired-grant-lock.ts'
import { lockEndOf, type HeldCharts } from '../emergency/held-charts.ts'
import { joinStateOf, NotJoinedError } from './join-account.ts'
import { quarantinedCount } from '../files/quarantine-inbox.ts'
import { formerOf } from './cloned-device-recovery.ts'
import type { OpenCharts } from '../chart/open-charts.ts'
import type { DevicePlatform } from '../account/platform.ts'
import type { AccountRows } from '../ports/ports.ts'
import { grantsToRoles } from '../consent/practice-vault.ts'
import { rescueChart } from '../chart/rescue.ts'
import type { ServerLink } from './server-link.ts'
import type { SessionAccount } from './session-account.ts'
import { decisionCount } from '../edit/vault-local.ts'
import { waitingCount } from '../push/vault-push.ts'
import { openVault } from '../vault/vault-open.ts'
import { lockEnd } from '../consent/expired-grant-lock.ts'
import { ownGrants } from '../vault/vault-rights.ts'
import { exclusive, rowValue, TABLE } from '../vault/vault-state.ts'
import { waitingEnds, type WaitingEnd } from '../chart/waiting-ends.ts'

/** Progress and cancellation of an opening. */
export type OpeningOptions = Pick<StoreSource, 'onProgress' | 'signal'>

/** Counts of waiting, quarantined and conflicting items, of one chart or of all. */
export type ChartCounts = Pick<ChartSummary, 'waiting' | 'aside' | 'conflicts'>

interface ChartsInput {
  /** The session's operations for each open chart. */
  host: ChartHost
  platform: DevicePlatform
  accountStore: AccountRows
  accounts: AccountBook
  account: SessionAccount
  link: ServerLink
  open: OpenCharts
  held: HeldCharts
  /** Stops a chart's background work. */
  ending: AbortSignal
  isLocked: () => boolean
  /** The list of charts has changed. */
  changed: () => void
}

export class SessionCharts {
  readonly #input: ChartsInput
  /** When each chart was last found completely sent and read. */
  readonly #confirmed = new Map<string, number>()
  /** H8: for each own chart, the result of its last pass. */
  readonly #ends = new Map<string, WaitingEnd[]>()
  readonly #digests: ChartProjections
  #opening: Promise<unknown> = Promise.resolve()

  constructor(input: ChartsInput) {
    this.#input = input
    this.#digests = new ChartProjections(input.accountStore)
  }

  /** By vault, as they are now. */
  rows(): [vault: string, row: VaultRow][] {
    return [...this.#input.accountStore.table(ACCOUNT_TABLE.vaults)] as unknown as [string, VaultRow][]
  }

  row(vault: string): VaultRow | null {
    return vaultRowOf(this.#input.accountStore, vault)
  }

  #bySlot(slot: string): [vault: string, row: VaultRow] | undefined {
    return this.rows().find(([, row]) => row.slot === slot)
  }

  /** Milliseconds until the next shared chart, list or opening locks; Infinity for none. */
  untilNextEnd(): number {
    const { held } = this.#input
    const shared = this.rows().filter(([, { relation, ended }]) => relation === 'shared' && !ended)
    const left = shared.flatMap(([vault, { until, partUntil = 0 }]) => {
      const now = this.lockTime(vault)
      return [until, partUntil, ...held.locksIn(vault).values()].map((end) => end - now)
    })
    return Math.min(...left.filter((ms) => ms > 0))
  }

  /**
   * C10, H8: the time that decides whether a chart locks, milliseconds since 1970: the later of this device's clock and the server's, with
   * the server's converted to this device's clock, as for an opening's end (C13).
   */
  lockTime(vault: string): number {
    const { held, platform, link } = this.#input
    const ahead = held.openingsIn(vault).map(([, { clockAhead = 0 }]) => clockAhead)
    const server = link.clocks.server + (ahead.length === 0 ? 0 : Math.min(...ahead))
    return Math.max(platform.clock.now(), server)
  }

  /** C10: hides lists that have locked by either clock. A chart that cannot be opened now is handled when it can. */
  async lockParts(): Promise<void> {
    for (const [vault, row] of this.rows()) {
      if (!hasLockedPart(row, this.lockTime(vault))) continue
      const chart = await this.openVault(vault).catch(() => null)
      await chart?.lockParts().catch(() => {})
    }
  }

  /** Does nothing if the row has these values already, or is gone. */
  async update(vault: string, change: VaultRowChange): Promise<void> {
    let hasChanged = false
    await this.#input.accountStore.commit(() => {
      const row = this.row(vault)
      if (row === null) return null
      const next = typeof change === 'function' ? change(row) : change
      hasChanged = Object.entries(next).some(([key, value]) => row[key as keyof VaultRow] !== value)
      return hasChanged ? { rows: [vaultRow(vault, { ...row, ...next })] } : null
    })
    if (hasChanged) this.#input.changed()
  }

  async confirm(slot: string): Promise<void> {
    const found = this.#bySlot(slot)
    if (found !== undefined) await this.update(found[0], { confirmed: true })
  }

  async forget(vault: string): Promise<void> {
    const { accountStore, platform, open, changed } = this.#input
    await open.close(vault)
    const row = this.row(vault)
    // The chart's key must not stay in older entries of the account store.
    await accountStore.commit(() => ({
      rows: [
        { table: ACCOUNT_TABLE.vaults, key: vault, value: null },
        ...forgottenAppearance(accountStore, vault, platform.clock.now()),
        ...forgottenProjection(accountStore, vault),
      ],
      erase: true,
    }))
    if (row !== null) await platform.log(row.log).destroy()
    changed()
  }

  /** Creates a chart of this person with its first profile; durable when it resolves. Rejects with a {@link NotJoinedError}. */
  async create(name: string, birthDate: string, look: Partial<ChartAppearance>): Promise<string> {
    const { id, chart } = await this.#createVault(name, look)
    await chart.saveFirstProfile(name, birthDate)
    return id
  }

  /** C12: the vault of a practice, granted to its roles; durable when it resolves. */
  async createForPractice(name: string): Promise<void> {
    const { id } = await this.#createVault(name, {}, ({ machine }, first) => grantsToRoles(machine, first, name))
    await this.#input.accountStore.commit([
      { table: ACCOUNT_TABLE.self, key: PRACTICE, value: rowValue({ vault: id }) },
    ])
  }

  /** `granted`: entries that are written with the first one. */
  async #createVault(
    name: string,
    look: Partial<ChartAppearance>,
    granted: (chart: OpenChart, first: ControlEntry) => Promise<ControlEntry[]> = async () => [],
  ): Promise<{ id: string; chart: OpenChart }> {
    const { accountStore, platform, account, link } = this.#input
    // A log that names an entry of this device would be lost if that entry is dropped later.
    const joining = joinStateOf(accountStore)
    if (joining === 'out' || (joining !== null && link.row !== null)) throw new NotJoinedError()
    const names = COLLECTIONS.filter((collection) => collection !== 'audit')
    const { clock, randomBytes } = platform
    const { vault, entry } = await vaultEntry(
      [
        ...[...names, ...PRIVATE_LISTS].map((list) => ({ name: list as string, appendOnly: false })),
        { name: 'audit', appendOnly: true },
        { name: ACCESS_LOG, appendOnly: true },
      ],
      { account: account.state, device: account.device, time: clock.now(), randomBytes },
    )
    const row = { ...newVaultRow('own', name, randomBytes), madeHere: true }
    const id = idText(vault)
    const seen = changedAppearance(appearanceOf(accountStore, id), { name, ...look }, clock.now())
    await accountStore.commit([vaultRow(id, row), appearanceRow(id, seen)])
    const chart = await this.openVault(id)
    if (chart === null) throw new Error('the new chart could not be opened')
    const entries = [entry, ...(await granted(chart, entry))]
    const { type } = await exclusive(chart.machine, () => appendControl(chart.machine, entries))
    if (type !== 'ok') throw new Error('the new chart could not be begun')
    chart.afterControl()
    return { id, chart }
  }

  /** The vault of a slot; null for none. */
  vaultOf(slot: string): string | null {
    return this.#bySlot(slot)?.[0] ?? null
  }

  async changeAppearance(vault: string, change: Partial<ChartAppearance>): Promise<void> {
    const { accountStore, platform } = this.#input
    await accountStore.commit(() => {
      const before = appearanceOf(accountStore, vault)
      // The owner names a shared chart; this person chooses only its symbol and colour.
      const own = this.row(vault)?.relation === 'own' ? change : { ...change, name: before.name }
      return { rows: [appearanceRow(vault, changedAppearance(before, own, platform.clock.now()))] }
    })
  }

  // --- opening ------------------------------------------------------------------------------------------------------------------

  /** Null for an unknown slot, and for a shared chart whose access has ended. */
  async openSlot(slot: string): Promise<OpenChart | null> {
    const found = this.#bySlot(slot)
    if (found === undefined || isOver(found[1], this.lockTime(found[0]))) return null
    return this.openVault(found[0])
  }

  /**
   * Opens the own chart that the app shows first. A chart that cannot be opened is reported where it is shown. Rejects when `signal` ends
   * it.
   */
  async openFirst(how: OpeningOptions): Promise<void> {
    const first = this.rows().find(([, row]) => isOwn(row))
    if (first === undefined) return
    await this.openVault(first[0], how).catch((error: unknown) => {
      if (how.signal?.aborted) throw error
    })
  }

  /** Every own chart that has not ended. */
  async openOwn(): Promise<OpenChart[]> {
    const charts: OpenChart[] = []
    for (const [vault, row] of this.rows()) {
      const chart = isOwn(row) ? await this.openVault(vault) : null
      if (chart !== null) charts.push(chart)
    }
    return charts
  }

  /** Null for a chart whose store is damaged, so that it does not hold up the others. */
  async openIfSound(vault: string): Promise<OpenChart | null> {
    return this.openVault(vault).catch((error: unknown) => {
      if (error instanceof SealedStoreError) return null
      throw error
    })
  }

  /** Opens a vault's store, or returns the open one; another chart may have to close. */
  openVault(vault: string, how: OpeningOptions = {}): Promise<OpenChart | null> {
    const next = this.#opening.then(() => this.#openNow(vault, how))
    this.#opening = next.catch(() => {})
    return next
  }

  async #openNow(vault: string, how: OpeningOptions): Promise<OpenChart | null> {
    const { platform, open, isLocked } = this.#input
    const known = open.use(vault)
    if (known !== undefined) return known
    const row = this.row(vault)
    if (row === null || row.ended || isLocked()) return null
    await open.makeRoom()
    const store = await openVaultStore({ name: row.log, key: row.key, log: platform.log(row.log), ...how })
    if (store.type !== 'vault') throw new SealedStoreError(store)
    try {
      return await this.#chartIn(store, vault, row)
    } catch (error) {
      // Each pass tries again: a chart that fails to open must not take another's place.
      await store.close()
      throw error
    }
  }

  async #chartIn(store: VaultStore, vault: string, row: VaultRow): Promise<OpenChart> {
    const { host, platform, accountStore, accounts, account, link, open, held, ending } = this.#input
    const rows = vaultRows(store)
    const kept = accountStore.get(ACCOUNT_TABLE.ended, vault) as unknown as EndedRow | undefined
    if (kept !== undefined && rows.table(TABLE.deviceSequence).size === 0) {
      const own = Object.entries(kept.own).map(([key, value]) => ({ table: TABLE.deviceSequence, key, value }))
      if (own.length > 0) await rows.commit({ sync: own })
    }
    const machine = await openVault({
      vault: textId(vault)!,
      rows,
      clock: platform.clock,
      randomBytes: platform.randomBytes,
      accounts,
      account: account.id,
      device: account.device,
      boxKeys: account.boxKeys,
      openings: () => held.endsIn(vault),
      locks: () => held.locksIn(vault),
      serverKey: () => link.key,
      pageSizes: link.pageSizes,
      clocks: link.clocks,
      decryptWorkers: platform.decryptWorkers,
      ending,
    })
    // F3: its rows may belong to this installation's earlier device.
    if (formerOf(accountStore) !== null) await detachUnsent(machine, account.device)
    const chart = new OpenChart(host, vault, store, machine, platform.chunks(`${row.log}f`))
    open.add(vault, chart)
    return chart
  }

  /** Resolves when nothing is being opened. */
  async settled(): Promise<void> {
    await this.#opening
  }

  async rescue(slot: string): Promise<RescuedChart | null> {
    const { open, platform } = this.#input
    const found = this.#bySlot(slot)
    if (found === undefined || open.has(found[0])) return null
    const [, row] = found
    return rescueChart(row.name, row.key, platform.log(row.log))
  }

  /** A1: wrong passphrases since the last unlock, in the audit log of each own chart. */
  async noteFailedUnlocks(count: number): Promise<void> {
    for (const [vault, { relation }] of this.rows())
      if (relation === 'own') await (await this.openVault(vault))?.note('failed-unlock', { count })
  }

  // --- what is shown ------------------------------------------------------------------------------------------------------------

  /** A pass skipped the chart because nothing had changed. Kept in memory only, so that a pass does not write hundreds of rows. */
  noteConfirmed(vault: string): void {
    this.#confirmed.set(vault, this.#input.platform.clock.now())
  }

  /** A practice's projection of a patient's open chart. */
  async keepDigest(vault: string, digest: ChartProjection, isLess: boolean): Promise<void> {
    if (this.row(vault)?.ended !== false) return
    if (await this.#digests.keep(vault, digest, isLess)) this.#input.changed()
  }

  /**
   * A whole pass has found everything of a chart sent and read; `moved`: the server's position of the chart. Stored, so that a device
   * without a network can show it after a restart.
   */
  async settle(vault: string, moved: number | undefined): Promise<void> {
    await this.update(vault, (row) => {
      const at = this.#input.platform.clock.now()
      if (this.#countsOf(vault, row).waiting > 0) return {}
      // C13: a chart with an ended opening is read in every pass until its copy is gone.
      const isEnding = this.#input.held.openingsIn(vault).some(([, { ended }]) => ended !== undefined)
      const isSettled = row.relation === 'shared' && moved !== undefined && !isEnding
      return { confirmedAt: at, ...(isSettled ? { settled: { moved, at } } : {}) }
    })
  }

  /** Something was written in a chart: passes no longer skip it until it is sent. */
  async unsettle(vault: string): Promise<void> {
    await this.update(vault, ({ settled }) => (settled ? { settled: null } : {}))
  }

  summaries(): ChartSummary[] {
    return this.rows().map(([vault]) => this.summary(vault)!)
  }

  summary(vault: string): ChartSummary | null {
    const { accountStore, open, account } = this.#input
    const row = this.row(vault)
    if (row === null) return null
    const now = this.lockTime(vault)
    const over = isOver(row, now)
    const isPractices = account.practiceVault === vault
    const { at: _, kit: _kit, since: _since, ...look } = appearanceOf(accountStore, vault)
    return {
      slot: row.slot,
      id: vault,
      kind: isPractices ? 'practice' : 'person',
      look,
      care: hasLockedPart(row, now) ? null : this.#digests.of(vault),
      // Names of patients are in the practice's vault; the members did not write them.
      name: isPractices ? account.name : (row.relation === 'own' && look.name) || row.name,
      birthDate: row.birthDate,
      relation: row.relation,
      confirmed: row.confirmed,
      collections: open.get(vault)?.readable() ?? [],
      until: row.until === 0 ? null : row.until,
      emergency: row.ended ? null : this.#emergencyOf(vault),
      emergencyEnded: row.ended ? null : this.#emergencyEndedOf(vault),
      emergencyUses: row.emergencyUses ?? 0,
      state: row.ended ? 'ended' : over ? 'locked' : 'open',
      undelivered: row.undelivered,
      handed: row.handed ?? 0,
      ...this.#countsOf(vault, row),
      confirmedAt: Math.max(this.#confirmed.get(vault) ?? 0, row.confirmedAt ?? 0) || null,
    }
  }

  /** C13: until when this device reads the chart through an emergency opening. */
  #emergencyOf(vault: string): ChartSummary['emergency'] {
    const { held } = this.#input
    const openings = held.openingsIn(vault).map(([, opening]) => opening)
    const until = Math.max(0, ...openings.map(lockEndOf))
    const last = openings.find((opening) => lockEndOf(opening) === until)
    return until > this.lockTime(vault) ? { until, clockAhead: last?.clockAhead ?? 0 } : null
  }

  /** C13: whether the person at this device has ended the last opening of the chart, and whether its owners know. */
  #emergencyEndedOf(vault: string): { told: boolean } | null {
    const all = this.#input.held.openingsIn(vault).flatMap(([, { ended }]) => ended ?? [])
    return all.length === 0 ? null : { told: all.every(({ told }) => told === 'told') }
  }

  /**
   * C13: ends all emergency openings of a chart on this device, at once: a single commit of the account store locks it. True if there was
   * one to end.
   */
  async endEmergency(vault: string): Promise<boolean> {
    const { held, platform } = this.#input
    const now = platform.clock.now()
    const grants = [...held.locksIn(vault)].flatMap(([grant, end]) => (end > now ? [grant] : []))
    const row = this.row(vault)
    if (row === null || grants.length === 0) return false
    const chart = await this.openVault(vault).catch(() => null)
    const left = chart === null ? [] : ownGrants(chart.machine).filter(({ cut }) => cut === null)
    const others = left.filter(({ id }) => !grants.includes(idText(id)))
    const until = Math.max(AT_ONCE, ...others.map((grant) => lockEnd(chart!.machine, grant)))
    await held.end(grants, now, () => [
      vaultRow(vault, { ...(this.row(vault) ?? row), until, partUntil: AT_ONCE, settled: null }),
    ])
    this.#input.changed()
    await chart?.lockParts().catch(() => {})
    return true
  }

  /** H8: computes which shares of an own chart wait for a clock. Call after a pass, and when one of its shares has ended. */
  noteEnds({ machine }: OpenChart): void {
    const ends = waitingEnds(machine)
    if (ends.length === 0) this.#ends.delete(idText(machine.vault))
    else this.#ends.set(idText(machine.vault), ends)
  }

  /** H8: shares that a person may stop although the server's clock is behind. */
  overdue(): { vault: string; grant: string }[] {
    return [...this.#ends].flatMap(([vault, ends]) =>
      ends.flatMap(({ grant, isOverdue }) => (isOverdue ? [{ vault, grant }] : [])),
    )
  }

  clocksApart(): ClocksApart | null {
    const { clocks } = this.#input.link
    const { apart } = clocks
    if (apart === null) return null
    const shares = [...this.#ends].flatMap(([vault, ends]) =>
      ends.map(({ grantee, until }) => ({ chart: this.summary(vault)?.name ?? '', grantee, until })),
    )
    const copies = this.rows().flatMap(([vault, { relation, ended, until, name }]) => {
      const isWaiting = relation === 'shared' && !ended && until > clocks.due && until <= this.lockTime(vault)
      return isWaiting ? [{ chart: name, grantee: null, until }] : []
    })
    return { ...apart, ends: [...shares, ...copies], overdue: this.overdue().length }
  }

  /** The sums over all charts. */
  counts(): ChartCounts {
    const all = this.rows().map(([vault, row]) => this.#countsOf(vault, row))
    const sum = (count: keyof ChartCounts) => all.reduce((total, each) => total + each[count], 0)
    return { waiting: sum('waiting'), aside: sum('aside'), conflicts: sum('conflicts') }
  }

  /** The counts of one chart; null for an unknown chart. */
  countsOf(vault: string): ChartCounts | null {
    const row = this.row(vault)
    return row == null ? null : this.#countsOf(vault, row)
  }

  /** The counts of the open chart, or those of its last use. */
  #countsOf(vault: string, row: VaultRow): ChartCounts {
    const machine = this.#input.open.get(vault)?.machine
    if (machine === undefined) return { waiting: row.waiting, aside: row.quarantined, conflicts: row.conflicts }
    return {
      waiting: waitingCount(machine),
      aside: quarantinedCount(machine),
      conflicts: decisionCount(machine),
    }
  }
}

/** Whether this person owns the chart, and it has not ended. */
export function isOwn(row: VaultRow): boolean {
  return row.relation === 'own' && !row.ended
}

/** C10: whether a list is past its end by either clock, so that the stored projection may still contain it. */
export function hasLockedPart({ ended, partUntil = 0 }: VaultRow, now: number): boolean {
  return !ended && partUntil > 0 && partUntil <= now
}

/**
 * C10: a shared chart locks once it is past its end by either clock; it is removed only by a verified cut, or when both clocks have passed
 * its end.
 */
function isOver(row: VaultRow, now: number): boolean {
  return row.relation === 'shared' && row.until > 0 && row.until <= now
}
