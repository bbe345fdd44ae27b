/**
 * An unlocked account on this device, as the app uses it: each call goes to the part that handles it (session-parts.ts), and views are
 * updated. One session at a time per store; `lock` ends it and drops every key and plaintext reference.
 */
import { BehaviorSubject, map, type Observable } from 'rxjs'
import { idText } from '@chartkeep/protocol'
import type { AccountState } from '@chartkeep/protocol/account'
import { readInvite } from '@chartkeep/protocol/pairing'
import type { ContentSigner } from '@chartkeep/protocol/records'
import type { Hold, AccountStore, Keyring } from '@chartkeep/store'
import { AccountBook } from '../account/account-book.ts'
import { sendInvite } from '../replicate/account-sync.ts'
import type { DeviceSecrets } from '../account/account-keys.ts'
import { liveKit } from '../account/account-writer.ts'
import type {
  AccountActionOutcome,
  AccountSlot,
  BackupContent,
  ChartAppearance,
  ChartSummary,
  CodeRefusal,
  DeviceAddition,
  DeviceView,
  EvidenceView,
  Grantee,
  JoinRefusal,
  PairingRefusal,
  PassphraseChange,
  RescuedChart,
  ServerFound,
  ServerMove,
  Session,
  Shelf,
  SyncStatus,
} from '../contract/api.ts'
import { accountNamed } from '../account/chart-appearance.ts'
import { gatherBackup } from '../backup/backup-out.ts'
import type { ChartHost } from '../chart/chart-host.ts'
import { accountRows } from '../vault/chart-rows.ts'
import type { OpenChart } from '../chart/chart.ts'
import { knownSetting } from '../audit/device-views.ts'
import {
  ACCOUNT_TABLE,
  type EndedRow,
  type IdentityRow,
  type VaultRowChange,
  type VaultRow,
} from '../account/account-store.ts'
import type { HttpServer } from '../transport/http-server.ts'
import { joinStateOf } from './join-account.ts'
import { secretsOf } from './cloned-device-recovery.ts'
import type { DevicePlatform } from '../account/platform.ts'
import type { AccountRows } from '../ports/ports.ts'
import type { OpeningOptions } from './session-charts.ts'
import { evidenceFile, evidenceViews } from '../audit/kept-evidence.ts'
import type { EmergencyAccess } from './session-emergency.ts'
import { sessionParts, type SessionParts } from './session-parts.ts'
import { SessionPractice } from './session-practice.ts'

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Longer timers overflow. */
const MAX_TIMER_MS = 2 ** 31 - 1

export interface SessionInput {
  slot: string
  platform: DevicePlatform
  accountStore: AccountStore
  keyring: Keyring
  accountStoreKey: Uint8Array
  hold: Hold & { type: 'held' }
}

export class OpenSession implements Session, ChartHost {
  readonly slot: string
  readonly charts$: Observable<ChartSummary[]>
  readonly sync$: Observable<SyncStatus>
  readonly devices$: Observable<DeviceView[]>
  readonly evidence$: Observable<EvidenceView[]>
  readonly emergency: EmergencyAccess
  readonly #input: SessionInput
  readonly #accountStore: AccountRows
  readonly #accounts: AccountBook
  readonly #parts: SessionParts
  readonly #shownCharts = new BehaviorSubject<ChartSummary[]>([])
  readonly #shownDevices = new BehaviorSubject<DeviceView[]>([])
  readonly #ending = new AbortController()
  #practice: SessionPractice | null = null
  #locked = false
  #expiry: ReturnType<typeof setTimeout> | null = null
  #stopOnline: () => void = () => {}

  private constructor(
    input: SessionInput,
    accountStore: AccountRows,
    accounts: AccountBook,
    identity: IdentityRow,
    device: DeviceSecrets,
  ) {
    const { platform, keyring, accountStoreKey } = input
    this.#input = input
    this.slot = input.slot
    this.#accountStore = accountStore
    this.#accounts = accounts
    this.#parts = sessionParts({
      platform,
      keyring,
      accountStoreKey,
      accountStore,
      accounts,
      identity,
      device,
      host: this,
      ending: this.#ending.signal,
      isLocked: () => this.#locked,
      changed: () => this.#refreshViews(),
      settleCopies: async (vault) => this.practice?.settleCopies(vault),
    })
    this.emergency = this.#parts.emergency
    this.charts$ = this.#shownCharts.asObservable()
    this.sync$ = this.#parts.status.sync$.asObservable()
    this.devices$ = this.#shownDevices.asObservable()
    // Evidence is stored only in a pass.
    this.evidence$ = this.sync$.pipe(map(() => evidenceViews(accountStore.table(ACCOUNT_TABLE.evidence))))
  }

  /** Opens the session of an unlocked account store. Throws if the store lacks its identity (damage). */
  static async open(input: SessionInput): Promise<OpenSession> {
    const accountStore = accountRows(input.accountStore)
    const identity = accountStore.get(ACCOUNT_TABLE.self, 'identity') as unknown as IdentityRow | undefined
    if (identity === undefined) throw new Error('this store holds no account')
    const device = secretsOf(identity)
    const accounts = await AccountBook.open(accountStore)
    const state = accounts.lookup(identity.account)
    const isIn = state?.devices.has(idText(device.id)) === true
    if (state === null || (!isIn && joinStateOf(accountStore) === null))
      throw new Error('this device is not in its own account log')
    const session = new OpenSession(input, accountStore, accounts, identity, device)
    session.#parts.link.connect()
    await session.#parts.ended.destroy()
    session.#refreshViews()
    session.#parts.loop.schedule(0)
    const scope = globalThis as {
      addEventListener?: typeof addEventListener
      removeEventListener?: typeof removeEventListener
    }
    const onOnline = () => session.#parts.loop.schedule(0)
    scope.addEventListener?.('online', onOnline)
    session.#stopOnline = () => scope.removeEventListener?.('online', onOnline)
    return session
  }

  get account(): string {
    return idText(this.#parts.account.id)
  }

  get device(): string {
    return idText(this.#parts.account.device.id)
  }

  get label(): string {
    return this.#parts.account.label
  }

  get name(): string {
    return this.#parts.account.name
  }

  serverKey = (): Uint8Array | null => this.#parts.link.key

  get server(): HttpServer | null {
    return this.#parts.link.server
  }

  get practice(): SessionPractice | null {
    if (this.#parts.account.state.practice === null) return null
    this.#practice ??= new SessionPractice({
      account: this.#parts.account,
      charts: this.#parts.charts,
      devices$: this.#shownDevices,
    })
    return this.#practice
  }

  saveEvidence(): Uint8Array {
    return evidenceFile(this.#accountStore.table(ACCOUNT_TABLE.evidence))
  }

  // --- charts -----------------------------------------------------------------------------------------------------------------

  async createChart({
    name,
    birthDate = '',
    look = {},
  }: {
    name: string
    birthDate?: string
    look?: Partial<ChartAppearance>
  }): Promise<ChartSummary> {
    const vault = await this.#parts.charts.create(name, birthDate, look)
    this.#refreshViews()
    this.#parts.loop.schedule(0)
    return this.chartSummary(vault)
  }

  /** C12: creates the vault of this account, which is a practice. */
  async makePractice(name: string): Promise<void> {
    await this.#parts.charts.createForPractice(name)
    this.#refreshViews()
    this.#parts.loop.schedule(0)
  }

  async setAppearance(slot: string, change: Partial<ChartAppearance>): Promise<void> {
    const vault = this.#parts.charts.vaultOf(slot)
    if (vault !== null) await this.changeAppearance(vault, change)
  }

  async changeAppearance(vault: string, change: Partial<ChartAppearance>): Promise<void> {
    await this.#parts.charts.changeAppearance(vault, change)
    this.wake()
  }

  async openChart(slot: string): Promise<OpenChart | null> {
    const chart = await this.watchChart(slot)
    if (chart !== null) await chart.entered()
    return chart
  }

  watchChart(slot: string): Promise<OpenChart | null> {
    return this.#parts.charts.openSlot(slot)
  }

  /** Opens the chart that the app shows first, so that unlocking can show progress. Rejects when `signal` ends it. */
  prepare(how: OpeningOptions): Promise<void> {
    return this.#parts.charts.openFirst(how)
  }

  rescueChart(slot: string): Promise<RescuedChart | null> {
    return this.#parts.charts.rescue(slot)
  }

  confirmChart(slot: string): Promise<void> {
    return this.#parts.charts.confirm(slot)
  }

  noteFailedUnlocks(count: number): Promise<void> {
    return this.#parts.charts.noteFailedUnlocks(count)
  }

  // --- what an open chart asks of its session ---------------------------------------------------------------------------------

  vaultRow(vault: string): VaultRow | null {
    return this.#parts.charts.row(vault)
  }

  updateVaultRow(vault: string, change: VaultRowChange): Promise<void> {
    return this.#parts.charts.update(vault, change)
  }

  chartSummary(vault: string): ChartSummary {
    return this.#parts.charts.summary(vault)!
  }

  get keepDigest(): ChartHost['keepDigest'] {
    if (this.#parts.account.state.practice === null) return null
    return async (vault, digest, isLess) => {
      // The practice's own vault is no patient's chart.
      if (vault !== this.#parts.account.practiceVault) await this.#parts.charts.keepDigest(vault, digest, isLess)
    }
  }

  accountState(account: string): AccountState | null {
    return this.#accounts.byText(account)
  }

  signer(): ContentSigner | null {
    return this.#parts.account.currentMember()
  }

  endVault(vault: string, undelivered: number, kept: EndedRow): Promise<void> {
    return this.#parts.ended.end(vault, undelivered, kept)
  }

  holdChart(vault: string, chart: object): () => void {
    return this.#parts.open.hold(vault, chart)
  }

  isInStep(): boolean {
    return this.#parts.status.isInStep()
  }

  wake(vault?: string): void {
    if (vault === undefined) {
      this.#refreshViews()
      this.#parts.loop.schedule(150)
      return
    }
    void this.#parts.charts.unsettle(vault).catch(() => {})
    // Something was written in one chart: a brief pass sends it, and only the counts are updated.
    this.#parts.loop.soon(vault)
    if (!this.#locked) this.#parts.status.recount()
  }

  // --- the account ------------------------------------------------------------------------------------------------------------

  async sharingCode(): Promise<Grantee> {
    return this.#parts.account.sharingCode()
  }

  readSharingCode(text: string): Promise<Grantee | CodeRefusal> {
    return this.#parts.account.readSharingCode(text)
  }

  removeDevice(id: string): Promise<AccountActionOutcome> {
    return this.#parts.account.removeDevice(id)
  }

  renameDevice(id: string, name: string): Promise<AccountActionOutcome> {
    return this.#parts.account.renameDevice(id, name)
  }

  addDevice(code: string): Promise<{ type: 'pairing'; addition: DeviceAddition } | PairingRefusal> {
    return this.#parts.account.addDevice(code)
  }

  async acknowledgeDevice(id: string): Promise<void> {
    await this.setSetting(knownSetting(id), 'known')
    this.#refreshViews()
  }

  drawKit(): { code: string; number: number } {
    return this.#parts.account.drawKit()
  }

  isKit(code: string): boolean {
    return this.#parts.account.isKit(code)
  }

  replaceKit(code: string): Promise<AccountActionOutcome> {
    return this.#parts.account.replaceKit(code)
  }

  isKitProved(): boolean {
    return this.#parts.account.isKitProved()
  }

  async proveKit(): Promise<void> {
    await this.#parts.account.proveKit()
    this.wake()
  }

  get since(): number | null {
    return this.#parts.account.since
  }

  /** For the device that an account begins on: it is named, and its beginning is noted, before a server hears of it. */
  async begin(): Promise<void> {
    const { account } = this.#parts
    const rows = accountNamed(this.#accountStore, idText(account.id), account.ownName, this.#input.platform.clock.now())
    await this.#accountStore.commit(() => ({ rows }))
  }

  waitUntil(): number | null {
    return this.#parts.account.waitUntil()
  }

  get isJoined(): boolean {
    return joinStateOf(this.#accountStore) !== 'out'
  }

  join(code: string): Promise<{ type: 'done' } | JoinRefusal> {
    return this.#parts.account.join(code)
  }

  changePassphrase(current: string, next: string, platform?: { isPin: boolean }): Promise<PassphraseChange> {
    return this.#parts.account.changePassphrase(current, next, platform)
  }

  platformInUse(): Promise<AccountSlot['platform']> {
    return this.#parts.account.platformInUse()
  }

  get handover(): Promise<'asked' | 'lost'> {
    return this.#input.hold.handover
  }

  setting(key: string): string | null {
    const value = this.#accountStore.get(ACCOUNT_TABLE.settings, key)
    return typeof value === 'string' ? value : null
  }

  async setSetting(key: string, value: string | null): Promise<void> {
    await this.#accountStore.commit([{ table: ACCOUNT_TABLE.settings, key, value }])
  }

  shelf(name: string): Shelf {
    if (!/^[a-z-]{1,32}$/u.test(name)) throw new RangeError('a shelf is named by letters and hyphens')
    const table = `${ACCOUNT_TABLE.shelf}-${name}`
    return {
      get: (key) => textOf(this.#accountStore.get(table, key)),
      entries: (prefix) =>
        [...this.#accountStore.table(table)].flatMap(([key, value]) =>
          key.startsWith(prefix) ? [[key, String(value)]] : [],
        ),
      commit: (rows) => this.#accountStore.commit(rows.map(([key, value]) => ({ table, key, value }))),
    }
  }

  /** K11. */
  backup(signal?: AbortSignal): Promise<BackupContent> {
    const { state } = this.#parts.account
    const kitBox = liveKit(state)?.box
    if (kitBox === undefined) throw new Error('this account has no recovery kit')
    const source = {
      accountStore: this.#accountStore,
      state,
      name: this.name,
      label: this.label,
      server: this.#parts.link.row,
      kitBox,
      boxKeys: this.#parts.account.boxKeys(),
      accounts: this.#accounts.known(),
      open: async (vault: string) => {
        const chart = await this.#parts.charts.openIfSound(vault)
        return chart === null ? null : { chart, release: chart.hold() }
      },
    }
    return gatherBackup(source, signal)
  }

  // --- the server -------------------------------------------------------------------------------------------------------------

  syncNow(): Promise<void> {
    return this.#parts.loop.syncNow()
  }

  connectServer(address: string): Promise<{ type: 'done' } | { type: 'has-server' } | { type: 'bad-address' }> {
    return this.#parts.link.begin(address)
  }

  findServer(address: string): Promise<ServerFound> {
    return this.#parts.link.find(address)
  }

  moveServer(address: string, how: { follow: boolean; fingerprint?: string }): Promise<ServerMove> {
    return this.#parts.link.move(address, how, () => this.#parts.charts.openOwn())
  }

  async useInvite(
    typed: string,
  ): Promise<{ type: 'done' } | { type: 'bad-code' } | { type: 'offline' } | { type: 'refused' }> {
    const code = readInvite(typed)
    if (code === null) return { type: 'bad-code' }
    if (this.#parts.link.server === null) return { type: 'offline' }
    const answer = await sendInvite(this.#parts.pass.accountDeps(), this.#parts.link.server, code)
    if (answer.type === 'offline') return answer
    if (answer.type === 'error') return { type: 'refused' }
    this.#parts.loop.schedule(0)
    return { type: 'done' }
  }

  async continueAfterLoss(): Promise<AccountActionOutcome> {
    const outcome = await this.#parts.pass.continueAfterLoss()
    if (outcome.type === 'done') await this.syncNow()
    return outcome
  }

  async endOverdue(): Promise<AccountActionOutcome> {
    const { charts } = this.#parts
    let worst: AccountActionOutcome = { type: 'done' }
    for (const { vault, grant } of charts.overdue()) {
      const chart = await charts.openVault(vault)
      if (chart === null) continue
      const outcome = await chart.revoke(grant)
      charts.noteEnds(chart)
      if (outcome.type === 'pending') worst = { type: 'offline' }
      else if (outcome.type === 'refused' && worst.type === 'done') worst = outcome
    }
    this.#refreshViews()
    return worst
  }

  acknowledgeRenewal(): Promise<void> {
    return this.#parts.account.acknowledgeRenewal()
  }

  acknowledgeLoss(): Promise<void> {
    return this.#parts.losses.acknowledge()
  }

  // --- what the app shows -----------------------------------------------------------------------------------------------------

  #refreshViews(): void {
    if (this.#locked) return
    this.#shownCharts.next(this.#parts.charts.summaries())
    this.emergency.refresh()
    this.#parts.status.recount()
    this.#shownDevices.next(this.#parts.account.devices())
    this.#watchExpiry()
  }

  /** Updates views when the next shared chart or list expires, without any action. */
  #watchExpiry(): void {
    if (this.#expiry !== null) clearTimeout(this.#expiry)
    this.#expiry = null
    const left = this.#parts.charts.untilNextEnd()
    if (left === Infinity) return
    const follow = () => {
      this.wake()
      void this.#parts.charts.lockParts()
    }
    this.#expiry = setTimeout(follow, Math.min(left + 50, MAX_TIMER_MS))
  }

  async lock(): Promise<void> {
    if (this.#locked) return
    this.#locked = true
    this.#ending.abort()
    const stopped = this.#parts.loop.stop()
    if (this.#expiry !== null) clearTimeout(this.#expiry)
    this.#stopOnline()
    this.#parts.link.forget()
    await stopped
    await this.#parts.charts.settled()
    await this.#parts.open.closeAll()
    await this.#parts.ended.destroy()
    await this.#input.accountStore.close()
    await this.#input.hold.release()
    this.#parts.account.forget()
    this.#shownCharts.complete()
    this.emergency.complete()
    this.#parts.status.sync$.complete()
    this.#shownDevices.complete()
  }
}
