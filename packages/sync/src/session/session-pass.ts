/**
 * One sync pass of a session: its account, then each of its charts. Between whole passes, brief passes follow a save or a hint.
 * sync-loop.ts decides when a pass runs, sync-chart.ts what it does for one chart.
 */
import type { AccountBook } from '../account/account-book.ts'
import { serverRowOf, syncAccount, writeVaultList, type AccountSyncDeps } from '../replicate/account-sync.ts'
import type { AccountActionOutcome } from '../contract/api.ts'
import { postDepartures } from '../consent/departures.ts'
import type { OpenChart } from '../chart/chart.ts'
import type { EndedCharts } from './ended-charts.ts'
import { detachUnsent } from '../backup/detach-unsent.ts'
import { ACCOUNT_TABLE, newVaultRow } from '../account/account-store.ts'
import type { HeldCharts } from '../emergency/held-charts.ts'
import type { HttpServer } from '../transport/http-server.ts'
import { joinStateOf } from './join-account.ts'
import { submitLate } from '../consent/submit-after-revocation.ts'
import { isContinuing } from './cloned-device-recovery.ts'
import { TooManyChartsError, type OpenCharts } from '../chart/open-charts.ts'
import { provesCopy } from '../vault/device-sequence.ts'
import type { AccountRows, RandomBytes } from '../ports/ports.ts'
import { restartVault } from '../reseed/restart-action.ts'
import type { ServerLink } from './server-link.ts'
import type { ServerLosses } from './server-loss.ts'
import type { SessionAccount } from './session-account.ts'
import { hasLockedPart, isOwn, type SessionCharts } from './session-charts.ts'
import type { SessionStatus } from './session-status.ts'
import { syncChart } from '../chart/sync-chart.ts'
import type { Moved, SyncLoop } from '../replicate/sync-loop.ts'
import { failureOf } from '../replicate/sync-problem.ts'
import { sealWhileAway } from '../edit/vault-seal.ts'
import { isVaultOwner, ownGrants } from '../vault/vault-rights.ts'
import { TABLE } from '../vault/vault-state.ts'
import { syncBriefly, type SyncOutcome } from '../replicate/vault-sync.ts'

interface PassInput {
  accountStore: AccountRows
  accounts: AccountBook
  randomBytes: RandomBytes
  account: SessionAccount
  charts: SessionCharts
  open: OpenCharts
  ended: EndedCharts
  held: HeldCharts
  /** Runs after a synced chart: records openings (C13), settles copies (N5). */
  afterChart: (vault: string) => Promise<void>
  link: ServerLink
  losses: ServerLosses
  status: SessionStatus
  loop: SyncLoop
  /** The time, milliseconds since 1970. */
  now: () => number
  isLocked: () => boolean
  /** Views are updated. */
  changed: () => void
}

interface Passed {
  outcome: SyncOutcome
  /** Every chart was tried, whatever the outcome. */
  isThrough: boolean
  /** F3: there is proof that this device was copied or restored; it sends nothing more under its id. */
  isCopied?: boolean
}

/** A chart without changes is still read after this time, because the server's claim is no proof. */
const LOOK_AGAIN_MS = 12 * 3_600_000

export class SessionPass {
  readonly #input: PassInput
  /** The server's last statement of how far each vault has moved. */
  #moved: ReadonlyMap<string, number> = new Map()

  constructor(input: PassInput) {
    this.#input = input
  }

  /** Syncs the account, the charts and everything else that waits; the status shows the outcome. */
  async whole(): Promise<void> {
    const { accountStore, charts, link, status, loop, isLocked } = this.#input
    const { server } = link
    if (server === null) return
    // No server knows this device: it sends no request until the kit or another device has enrolled it.
    if (joinStateOf(accountStore) !== null) return this.#end({ type: 'error', error: 'join' })
    status.begins()
    try {
      // Also without an answering server: a missing network must not keep an expired list on the screen.
      await charts.lockParts()
      const passed = await this.#withServer(server)
      const { outcome, isThrough } = passed.isCopied && !isLocked() ? await this.#goOnAsNew() : passed
      if (isLocked()) return
      await this.#end(outcome)
      if (isThrough) loop.listen((onNews, onClosed) => (link.server ?? server).openLive(onNews, onClosed))
    } catch (error) {
      if (!isLocked()) await this.#end(failureOf(error))
    }
  }

  async #end(outcome: SyncOutcome): Promise<void> {
    const kept = this.#input.status.ended(outcome)
    this.#input.changed()
    await kept
  }

  /** F3: continues as a new device, once for each finding, and runs the pass under the new keys. */
  async #goOnAsNew(): Promise<Passed> {
    const { account, open, link, loop, isLocked } = this.#input
    const gone = await account.goOnAsNew()
    if (gone.type === 'offline') return { outcome: gone, isThrough: false }
    if (gone.type === 'full') return { outcome: { type: 'error', error: 'devices-full' }, isThrough: false }
    // The device was removed, or the server refuses the new one: it stops syncing.
    if (gone.type === 'refused') return { outcome: { type: 'copied' }, isThrough: false }
    if (isLocked()) return { outcome: { type: 'copied' }, isThrough: false }
    link.reconnect()
    loop.relisten()
    account.hasGrown()
    // If the disk refuses a chart's switch, the chart switches when it is next used.
    for (const [, chart] of open.entries()) await this.#follow(chart).catch(() => {})
    return this.#withServer(link.server!)
  }

  /** F3: switches a chart to this installation's current device. */
  #follow(chart: OpenChart): Promise<void> {
    const { device } = this.#input.account
    return chart.exclusively(async () => {
      if (chart.machine.device === device) return
      await detachUnsent(chart.machine, device)
      chart.afterControl()
    })
  }

  /**
   * F3: the tasks that only the old device can do. Sealed work of ended charts must be submitted by the device that sealed it. C13: the
   * server shows an emergency opening only to the device that opened it; its copy is removed, and the new device may ask again.
   */
  async #asOldDevice(server: HttpServer): Promise<Passed> {
    const { accountStore, charts, held, open, ended } = this.#input
    for (const [vault, row] of charts.rows()) {
      if (row.ended || held.openingsIn(vault).length === 0) continue
      const chart = await charts.openIfSound(vault)
      if (chart === null || isVaultOwner(chart.machine)) continue
      const isOpened = ownGrants(chart.machine).every(({ emergency }) => emergency !== null)
      if (isOpened) await chart.exclusively(() => chart.afterSync({ type: 'ended' }))
    }
    await ended.submitLate(server)
    await postDepartures(accountStore, server)
    for (const [, chart] of open.entries()) {
      const { machine } = chart
      if (machine.rows.table(TABLE.undelivered).size === 0) continue
      await chart.exclusively(() => submitLate({ ...machine, device: machine.device.id }, server))
    }
    return { outcome: { type: 'copied' }, isThrough: false, isCopied: true }
  }

  async #isProvenCopy(vault: string, server: HttpServer): Promise<boolean> {
    const chart = this.#input.open.get(vault)
    return chart !== undefined && (await chart.exclusively(() => provesCopy(chart.machine, server)))
  }

  async #withServer(server: HttpServer): Promise<Passed> {
    const { accountStore, account, charts, open, ended, held, link, losses, now, isLocked } = this.#input
    const deps = this.accountDeps()
    const failed = await syncAccount(deps, server)
    // A vault that the server hides does not hold up the others.
    const hidden = failed?.type === 'stopped' && failed.what === 'vault'
    // H7: nor does an entry of the account log that waits for space.
    const isFull =
      failed?.type === 'error' && failed.error === 'server-full' && serverRowOf(accountStore)?.registered === true
    if (failed !== null && !hidden && !isFull) return { outcome: failed, isThrough: false }
    await account.useKit()
    await account.notePractice()
    await account.actions.noteTimes(now())
    if (isContinuing(accountStore)) return this.#asOldDevice(server)
    // S9: what a server has not received back yet, it does not hide.
    let worst: SyncOutcome = failed === null || losses.isTakingBack ? { type: 'synced' } : failed
    for (const vault of accountStore.table(ACCOUNT_TABLE.vaults).keys()) {
      if (isLocked()) return { outcome: worst, isThrough: false }
      if (charts.row(vault)?.ended) continue
      if (this.#isSettled(vault)) {
        charts.noteConfirmed(vault)
        continue
      }
      const moved = this.#moved.get(vault)
      const outcome = await this.#chartAndAfter(vault, server).catch(failureOf)
      if (isLocked() || outcome.type === 'offline') return { outcome, isThrough: false }
      // The waiting work of other charts is sent under the new id.
      if (outcome.type === 'copied' && (await this.#isProvenCopy(vault, server))) return this.#asOldDevice(server)
      if (outcome.type === 'synced') await charts.settle(vault, moved)
      if (outcome.type !== 'synced' && outcome.type !== 'ended' && worst.type === 'synced') worst = outcome
    }
    await ended.submitLate(server)
    const running = charts.rows().filter(([, row]) => !row.ended)
    if (await losses.passed(running.map(([vault]) => vault))) await link.arrived()
    await link.follow(open.entries())
    await held.tellServer(server)
    await postDepartures(accountStore, server)
    await writeVaultList(deps, server)
    // C12: everything to end and to submit is done; this device receives nothing more.
    if (account.hasLeft) return { outcome: { type: 'error', error: 'unauthenticated' }, isThrough: false }
    return { outcome: worst, isThrough: true }
  }

  /** A failure after a chart's sync concerns that chart alone and holds up no other. */
  async #chartAndAfter(vault: string, server: HttpServer): Promise<SyncOutcome> {
    const outcome = await this.#chart(vault, server)
    if (outcome.type === 'synced' && !this.#input.isLocked()) await this.#input.afterChart(vault)
    return outcome
  }

  /**
   * Whether a shared chart can be skipped: nothing was written since a whole pass found it in sync, and the server names nothing new. Of a
   * practice's hundreds of charts, a pass opens only those with changes.
   */
  #isSettled(vault: string): boolean {
    const { charts, open, losses, now } = this.#input
    const row = charts.row(vault)
    const settled = row?.settled ?? null
    if (row === null || settled === null || row.relation !== 'shared' || open.has(vault) || losses.isDue(vault))
      return false
    if (row.waiting > 0 || row.undelivered > 0 || (row.until > 0 && row.until <= charts.lockTime(vault))) return false
    if (hasLockedPart(row, charts.lockTime(vault))) return false
    const age = now() - settled.at
    return age >= 0 && age < LOOK_AGAIN_MS && settled.moved === this.#moved.get(vault)
  }

  /** One pass for one chart; `waiting` if it cannot be opened now. */
  async chart(vault: string): Promise<SyncOutcome> {
    const { server } = this.#input.link
    return server === null ? { type: 'offline' } : this.#chart(vault, server).catch(failureOf)
  }

  async #chart(vault: string, server: HttpServer): Promise<SyncOutcome> {
    const { accountStore, charts, losses } = this.#input
    const chart = await charts.openVault(vault).catch((error: unknown) => {
      if (error instanceof TooManyChartsError) return 'no-room' as const
      throw error
    })
    // The person is using all charts that may be open: this one follows once another is released.
    if (chart === 'no-room') return { type: 'waiting' }
    if (chart === null) return { type: 'synced' }
    await this.#follow(chart)
    return chart.exclusively(async () => {
      const outcome = await syncChart(chart, server, accountStore, losses)
      charts.noteEnds(chart)
      return outcome
    })
  }

  /** While there is no problem, sends a save or follows a hint without further requests. False if a whole pass must follow. */
  async brief(moved: Moved[]): Promise<boolean> {
    const { account, open, link, status, isLocked } = this.#input
    const { server } = link
    if (server === null || !status.isInStep()) return false
    for (const { vault, streams, pages } of moved) {
      const chart = open.get(vault)
      if (chart === undefined || chart.machine.device !== account.device) return false
      const outcome = await chart.exclusively(() => syncBriefly(chart.machine, server, streams, pages))
      if (isLocked()) return true
      if (outcome.type !== 'synced') return false
    }
    status.endedBriefly()
    return true
  }

  /** Y6: while no server answers, seals the unsent records of open charts, so that they only have to be sent. */
  async makeReady(mayGoOn: () => boolean): Promise<void> {
    for (const [, chart] of this.#input.open.entries())
      while (mayGoOn() && (await chart.exclusively(() => sealWhileAway(chart.machine))) > 0);
  }

  /** S9: restarts own charts that the server waits for from what the server has. The first refusal ends it. */
  async continueAfterLoss(): Promise<AccountActionOutcome> {
    const { charts, link, losses } = this.#input
    const { server } = link
    if (server === null) return { type: 'offline' }
    for (const [vault, row] of charts.rows()) {
      const chart = isOwn(row) && losses.isDue(vault) ? await charts.openVault(vault) : null
      if (chart === null) continue
      const outcome = await chart.exclusively(() => restartVault(chart.machine, server))
      if (outcome.type === 'offline') return outcome
      if (outcome.type !== 'done')
        return { type: 'refused', error: outcome.type === 'error' ? outcome.error : outcome.type }
    }
    return { type: 'done' }
  }

  accountDeps(): AccountSyncDeps {
    const { accountStore, accounts, account, charts, ended, held, link, losses, now, randomBytes } = this.#input
    return {
      accountStore,
      accounts,
      account: account.id,
      device: account.device,
      boxKeys: account.boxKeys,
      randomBytes,
      pageSizes: link.pageSizes,
      ownName: () => account.ownName,
      now,
      isHeld: (listed) => held.isHeld(listed),
      followHeld: async (list) => link.server === null || held.follow(list, link.server),
      listed: (moved) => {
        this.#moved = moved
      },
      onAccountChanged: () => account.hasGrown(),
      newVault: (relation) => newVaultRow(relation, '', randomBytes),
      regain: (vault) => ended.regain(vault),
      serverLost: (since, isMove) => losses.note(since, isMove),
      accountsGiven: () => losses.accountsGiven(),
      forget: (vault) => charts.forget(vault),
    }
  }
}
