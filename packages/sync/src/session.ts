/**
 * An unlocked account on this device, as the app has it: put together from its account (session-account.ts), its charts (session-charts.ts), the
 * passes that keep them in step with the server (session-pass.ts, at the times of sync-loop.ts) and what is shown of that (session-status.ts).
 * One session at a time per store; `lock` ends it and drops every key and plaintext reference.
 *
 * Over 500 lines because it is one facade: half of it puts the parts together, the other half hands each call on to the part that does it.
 */
import { BehaviorSubject, type Observable } from 'rxjs'
import { boxKeyPairFromSecretKey, signingKeyPairFromSeed } from '@chartkeep/crypto'
import { deviceIdOf, idText, readInvite, type AccountState, type ContentSigner } from '@chartkeep/protocol'
import type { Hold, HomeStore, Keyring } from '@chartkeep/store'
import { AccountBook } from './account-book.ts'
import { sendInvite } from './account-sync.ts'
import type { DeviceSecrets } from './account-keys.ts'
import { liveKit } from './account-writer.ts'
import type {
  AccountDeed,
  AccountSlot,
  BackupContent,
  ChartLook,
  ChartSummary,
  CodeRefusal,
  DeviceAddition,
  DeviceView,
  Grantee,
  JoinRefusal,
  PairingRefusal,
  PassphraseChange,
  Practice,
  ServerFound,
  ServerMove,
  Session,
  SyncStatus,
} from './api.ts'
import { gatherBackup } from './backup-out.ts'
import type { ChartHost } from './chart-host.ts'
import { homeRows } from './chart-rows.ts'
import type { OpenChart } from './chart.ts'
import { knownSetting } from './device-views.ts'
import { EndedCharts } from './ended-charts.ts'
import { HOME, type EndedRow, type IdentityRow, type VaultRow } from './home.ts'
import type { HttpServer } from './http-server.ts'
import { joinStateOf } from './join-account.ts'
import { OpenCharts } from './open-charts.ts'
import type { KeeperPlatform } from './platform.ts'
import type { HomeRows } from './ports.ts'
import type { RescuedChart } from './rescue.ts'
import { ServerLink } from './server-link.ts'
import { ServerLosses } from './server-loss.ts'
import { SessionAccount } from './session-account.ts'
import { SessionCharts, type OpeningOptions } from './session-charts.ts'
import { SessionPractice } from './session-practice.ts'
import { SessionPass } from './session-pass.ts'
import { SessionStatus } from './session-status.ts'
import { SyncLoop } from './sync-loop.ts'

/** Longer timers overflow. */
const MAX_TIMER_MS = 2 ** 31 - 1

export interface SessionInput {
  slot: string
  platform: KeeperPlatform
  home: HomeStore
  keyring: Keyring
  homeKey: Uint8Array
  hold: Hold & { type: 'held' }
}

export class OpenSession implements Session, ChartHost {
  readonly slot: string
  readonly charts$: Observable<ChartSummary[]>
  readonly sync$: Observable<SyncStatus>
  readonly devices$: Observable<DeviceView[]>
  readonly #input: SessionInput
  readonly #home: HomeRows
  readonly #accounts: AccountBook
  readonly #shownCharts = new BehaviorSubject<ChartSummary[]>([])
  readonly #shownDevices = new BehaviorSubject<DeviceView[]>([])
  readonly #open = new OpenCharts()
  readonly #link: ServerLink
  readonly #losses: ServerLosses
  readonly #ended: EndedCharts
  readonly #account: SessionAccount
  readonly #charts: SessionCharts
  readonly #status: SessionStatus
  readonly #pass: SessionPass
  readonly #loop = new SyncLoop({
    pass: () => this.#pass.whole(),
    brief: (moved) => this.#pass.brief(moved).catch(() => false),
    hasServer: () => this.#link.server !== null,
    mayWait: () => this.#status.mayWait,
  })
  readonly #ending = new AbortController()
  #practice: SessionPractice | null = null
  #locked = false
  #expiry: ReturnType<typeof setTimeout> | null = null
  #stopOnline: () => void = () => {}

  private constructor(
    input: SessionInput,
    home: HomeRows,
    accounts: AccountBook,
    identity: IdentityRow,
    device: DeviceSecrets,
  ) {
    const { platform, keyring, homeKey } = input
    const open = this.#open
    const isLocked = () => this.#locked
    const changed = () => this.#refreshViews()
    this.#input = input
    this.slot = input.slot
    this.#home = home
    this.#accounts = accounts
    const losses = new ServerLosses(home, changed)
    const link = new ServerLink({
      home,
      account: identity.account,
      device,
      clock: platform.clock,
      changed: (isOther) => {
        if (isOther) this.#loop.relisten()
        changed()
        this.#loop.schedule(0)
      },
    })
    const ended = new EndedCharts({
      home,
      platform,
      open,
      device: device.id,
      serverKey: this.serverKey,
      isLocked,
      update: (vault, change) => this.updateVaultRow(vault, change),
      changed,
    })
    const syncNow = () => this.syncNow()
    const account = new SessionAccount({
      platform,
      home,
      keyring,
      homeKey,
      accounts,
      identity,
      device,
      link,
      open,
      isLocked,
      changed,
      syncNow,
    })
    const ending = this.#ending.signal
    const charts = new SessionCharts({
      host: this,
      platform,
      home,
      accounts,
      account,
      link,
      open,
      ending,
      isLocked,
      changed,
    })
    const status = new SessionStatus({ clock: platform.clock, link, losses, counts: () => charts.counts() })
    const { randomBytes } = platform
    const loop = this.#loop
    const parts = { home, accounts, randomBytes, account, charts, open, ended, link, losses, status, loop }
    this.#pass = new SessionPass({ ...parts, now: () => platform.clock.now(), isLocked, changed })
    this.#losses = losses
    this.#link = link
    this.#ended = ended
    this.#account = account
    this.#charts = charts
    this.#status = status
    this.charts$ = this.#shownCharts.asObservable()
    this.sync$ = status.sync$.asObservable()
    this.devices$ = this.#shownDevices.asObservable()
  }

  /** Opens the session of an unlocked home. Throws when home lacks its identity (damage). */
  static async open(input: SessionInput): Promise<OpenSession> {
    const home = homeRows(input.home)
    const identity = home.get(HOME.self, 'identity') as unknown as IdentityRow | undefined
    if (identity === undefined) throw new Error('this store holds no account')
    const signing = signingKeyPairFromSeed(identity.seed)
    const box = boxKeyPairFromSecretKey(identity.boxSecret)
    const accounts = await AccountBook.open(home)
    const state = accounts.lookup(identity.account)
    const id = deviceIdOf(signing.publicKey, box.publicKey)
    const isIn = state?.devices.has(idText(id)) === true
    if (state === null || (!isIn && joinStateOf(home) === null))
      throw new Error('this device is not in its own account log')
    const session = new OpenSession(input, home, accounts, identity, { id, signing, box })
    session.#link.connect()
    await session.#ended.destroy()
    session.#refreshViews()
    session.#loop.schedule(0)
    const scope = globalThis as {
      addEventListener?: typeof addEventListener
      removeEventListener?: typeof removeEventListener
    }
    const onOnline = () => session.#loop.schedule(0)
    scope.addEventListener?.('online', onOnline)
    session.#stopOnline = () => scope.removeEventListener?.('online', onOnline)
    return session
  }

  get account(): string {
    return idText(this.#account.id)
  }

  get device(): string {
    return idText(this.#account.device.id)
  }

  get label(): string {
    return this.#account.label
  }

  get name(): string {
    return this.#account.name
  }

  serverKey = (): Uint8Array | null => this.#link.key

  get server(): HttpServer | null {
    return this.#link.server
  }

  get practice(): Practice | null {
    if (this.#account.state.practice === null) return null
    this.#practice ??= new SessionPractice({
      account: this.#account,
      charts: this.#charts,
      devices$: this.#shownDevices,
    })
    return this.#practice
  }

  // --- charts -----------------------------------------------------------------------------------------------------------------

  async createChart({
    name,
    birthDate = '',
    look = {},
  }: {
    name: string
    birthDate?: string
    look?: Partial<ChartLook>
  }): Promise<ChartSummary> {
    const vault = await this.#charts.create(name, birthDate, look)
    this.#refreshViews()
    this.#loop.schedule(0)
    return this.chartSummary(vault)
  }

  /** C12: makes the vault of this account, which is a practice. */
  async makePractice(name: string): Promise<void> {
    await this.#charts.createForPractice(name)
    this.#refreshViews()
    this.#loop.schedule(0)
  }

  async setLook(slot: string, change: Partial<ChartLook>): Promise<void> {
    const vault = this.#charts.vaultOf(slot)
    if (vault !== null) await this.changeLook(vault, change)
  }

  async changeLook(vault: string, change: Partial<ChartLook>): Promise<void> {
    await this.#charts.changeLook(vault, change)
    this.wake()
  }

  async openChart(slot: string): Promise<OpenChart | null> {
    const chart = await this.watchChart(slot)
    if (chart !== null) await chart.entered()
    return chart
  }

  watchChart(slot: string): Promise<OpenChart | null> {
    return this.#charts.openSlot(slot)
  }

  /** Opens the chart that the app shows first, so that unlocking can say how far it is. Rejects when `signal` ends it. */
  prepare(how: OpeningOptions): Promise<void> {
    return this.#charts.openFirst(how)
  }

  rescueChart(slot: string): Promise<RescuedChart | null> {
    return this.#charts.rescue(slot)
  }

  confirmChart(slot: string): Promise<void> {
    return this.#charts.confirm(slot)
  }

  noteFailedUnlocks(count: number): Promise<void> {
    return this.#charts.noteFailedUnlocks(count)
  }

  // --- what an open chart asks of its session ---------------------------------------------------------------------------------

  vaultRow(vault: string): VaultRow | null {
    return this.#charts.row(vault)
  }

  updateVaultRow(vault: string, change: Partial<VaultRow>): Promise<void> {
    return this.#charts.update(vault, change)
  }

  chartSummary(vault: string): ChartSummary {
    return this.#charts.summary(vault)!
  }

  get keepDigest(): ChartHost['keepDigest'] {
    if (this.#account.state.practice === null) return null
    return async (vault, digest) => {
      // The practice's own vault is nobody's chart.
      if (vault !== this.#account.practiceVault) await this.#charts.keepDigest(vault, digest)
    }
  }

  accountState(account: string): AccountState | null {
    return this.#accounts.byText(account)
  }

  signer(): ContentSigner | null {
    return this.#account.seat()
  }

  endVault(vault: string, undelivered: number, kept: EndedRow): Promise<void> {
    return this.#ended.end(vault, undelivered, kept)
  }

  holdChart(vault: string, chart: object): () => void {
    return this.#open.hold(vault, chart)
  }

  isInStep(): boolean {
    return this.#status.isInStep()
  }

  wake(vault?: string): void {
    if (vault === undefined) {
      this.#refreshViews()
      this.#loop.schedule(150)
      return
    }
    void this.#charts.unsettle(vault).catch(() => {})
    // Something was written in one chart: what may leave leaves first, and of what is shown only the counts have changed.
    this.#loop.soon(vault)
    if (!this.#locked) this.#status.recount()
  }

  // --- the account ------------------------------------------------------------------------------------------------------------

  async sharingCode(): Promise<Grantee> {
    return this.#account.sharingCode()
  }

  readSharingCode(text: string): Promise<Grantee | CodeRefusal> {
    return this.#account.readSharingCode(text)
  }

  removeDevice(id: string): Promise<AccountDeed> {
    return this.#account.removeDevice(id)
  }

  renameDevice(id: string, name: string): Promise<AccountDeed> {
    return this.#account.renameDevice(id, name)
  }

  addDevice(code: string): Promise<{ type: 'pairing'; addition: DeviceAddition } | PairingRefusal> {
    return this.#account.addDevice(code)
  }

  async acknowledgeDevice(id: string): Promise<void> {
    await this.setSetting(knownSetting(id), 'known')
    this.#refreshViews()
  }

  drawKit(): { code: string; number: number } {
    return this.#account.drawKit()
  }

  isKit(code: string): boolean {
    return this.#account.isKit(code)
  }

  replaceKit(code: string): Promise<AccountDeed> {
    return this.#account.replaceKit(code)
  }

  waitUntil(): number | null {
    return this.#account.waitUntil()
  }

  get isJoined(): boolean {
    return joinStateOf(this.#home) !== 'out'
  }

  join(code: string): Promise<{ type: 'done' } | JoinRefusal> {
    return this.#account.join(code)
  }

  changePassphrase(current: string, next: string, platform?: { isPin: boolean }): Promise<PassphraseChange> {
    return this.#account.changePassphrase(current, next, platform)
  }

  platformInUse(): Promise<AccountSlot['platform']> {
    return this.#account.platformInUse()
  }

  get handover(): Promise<'asked' | 'lost'> {
    return this.#input.hold.handover
  }

  setting(key: string): string | null {
    const value = this.#home.get(HOME.settings, key)
    return typeof value === 'string' ? value : null
  }

  async setSetting(key: string, value: string | null): Promise<void> {
    await this.#home.commit([{ table: HOME.settings, key, value }])
  }

  /** K11. */
  backup(signal?: AbortSignal): Promise<BackupContent> {
    const { state } = this.#account
    const kitBox = liveKit(state)?.box
    if (kitBox === undefined) throw new Error('this account has no recovery kit')
    const source = {
      home: this.#home,
      state,
      name: this.name,
      label: this.label,
      server: this.#link.row,
      kitBox,
      boxKeys: this.#account.boxKeys(),
      accounts: this.#accounts.known(),
      open: async (vault: string) => {
        const chart = await this.#charts.openIfSound(vault)
        return chart === null ? null : { chart, release: chart.hold() }
      },
    }
    return gatherBackup(source, signal)
  }

  // --- the server -------------------------------------------------------------------------------------------------------------

  syncNow(): Promise<void> {
    return this.#loop.syncNow()
  }

  connectServer(address: string): Promise<{ type: 'done' } | { type: 'has-server' } | { type: 'bad-address' }> {
    return this.#link.begin(address)
  }

  findServer(address: string): Promise<ServerFound> {
    return this.#link.find(address)
  }

  moveServer(address: string, how: { follow: boolean; fingerprint?: string }): Promise<ServerMove> {
    return this.#link.move(address, how, () => this.#charts.openOwn())
  }

  async useInvite(
    typed: string,
  ): Promise<{ type: 'done' } | { type: 'bad-code' } | { type: 'offline' } | { type: 'refused' }> {
    const code = readInvite(typed)
    if (code === null) return { type: 'bad-code' }
    if (this.#link.server === null) return { type: 'offline' }
    const answer = await sendInvite(this.#pass.accountDeps(), this.#link.server, code)
    if (answer.type === 'offline') return answer
    if (answer.type === 'error') return { type: 'refused' }
    this.#loop.schedule(0)
    return { type: 'done' }
  }

  async goOnAfterLoss(): Promise<AccountDeed> {
    const outcome = await this.#pass.goOnAfterLoss()
    if (outcome.type === 'done') await this.syncNow()
    return outcome
  }

  acknowledgeLoss(): Promise<void> {
    return this.#losses.acknowledge()
  }

  // --- what the app shows -----------------------------------------------------------------------------------------------------

  #refreshViews(): void {
    if (this.#locked) return
    this.#shownCharts.next(this.#charts.summaries())
    this.#status.recount()
    this.#shownDevices.next(this.#account.devices())
    this.#watchExpiry()
  }

  /** Views follow at the moment when the next shared chart runs out, with nobody acting. */
  #watchExpiry(): void {
    if (this.#expiry !== null) clearTimeout(this.#expiry)
    this.#expiry = null
    const now = this.#input.platform.clock.now()
    const ends = this.#shownCharts.value.flatMap(({ until, state }) =>
      until !== null && state === 'open' ? [until - now] : [],
    )
    if (ends.length > 0)
      this.#expiry = setTimeout(() => this.wake(), Math.min(Math.max(0, Math.min(...ends)) + 50, MAX_TIMER_MS))
  }

  async lock(): Promise<void> {
    if (this.#locked) return
    this.#locked = true
    this.#ending.abort()
    const stopped = this.#loop.stop()
    if (this.#expiry !== null) clearTimeout(this.#expiry)
    this.#stopOnline()
    this.#link.forget()
    await stopped
    await this.#charts.settled()
    await this.#open.closeAll()
    await this.#ended.destroy()
    await this.#input.home.close()
    await this.#input.hold.release()
    this.#account.forget()
    this.#shownCharts.complete()
    this.#status.sync$.complete()
    this.#shownDevices.complete()
  }
}
