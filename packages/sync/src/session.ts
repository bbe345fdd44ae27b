/**
 * An unlocked account on this device: its charts, the loop that keeps them in step with the server, and the state that the app shows.
 * One session at a time per store; `lock` ends it and drops every key and plaintext reference.
 *
 * Over 500 lines because charts, deeds and passes share one locked state; when it syncs is in sync-loop.ts, what a pass does for one chart
 * in sync-chart.ts, its server in server-link.ts, charts that have ended in ended-charts.ts.
 */
import { BehaviorSubject, Subject, type Observable } from 'rxjs'
import {
  boxKeyPairFromSecretKey,
  forgetSigningKeys,
  generateRecoveryCode,
  parseRecoveryCode,
  signingKeyPairFromSeed,
} from '@chartkeep/crypto'
import {
  accountHead,
  deviceIdOf,
  hasAccountHead,
  idText,
  readInvite,
  textId,
  type AccountState,
} from '@chartkeep/protocol'
import {
  openVaultStore,
  SealedStoreError,
  type Hold,
  type HomeStore,
  type Keyring,
  type StoreSource,
  type UnlockWay,
} from '@chartkeep/store'
import { COLLECTIONS, PRIVATE_LISTS } from '@chartkeep/domain'
import { AccountBook } from './account-book.ts'
import { sendInvite, syncAccount, vaultRowOf, writeVaultList, type AccountSyncDeps } from './account-sync.ts'
import { AccountDeeds } from './account-deeds.ts'
import { liveKit, openBoxKeys, recoveryDevice, type BoxKeys, type DeviceSecrets } from './account-writer.ts'
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
  Session,
  ServerFound,
  ServerMove,
  SyncStatus,
} from './api.ts'
import { changedLook, forgottenLook, lookOf, lookRow } from './chart-looks.ts'
import { homeRows, vaultRows } from './chart-rows.ts'
import { OpenChart } from './chart.ts'
import { ACCESS_LOG } from './content-keys.ts'
import { vaultEntry } from './control-writer.ts'
import { postDepartures } from './departures.ts'
import { deviceViews, isRecovery, knownSetting } from './device-views.ts'
import { EndedCharts } from './ended-charts.ts'
import type { AccountItem } from './backup-items.ts'
import { gatherBackup } from './backup-out.ts'
import { joinByKit, joinStateOf, NotJoinedError } from './join-account.ts'
import { BACKUP_KEYS, HOME, KIT_BOX, newVaultRow, type EndedRow, type IdentityRow, type VaultRow } from './home.ts'
import { HttpServer } from './http-server.ts'
import { asideCount } from './late-box.ts'
import { OpenCharts, TooManyChartsError } from './open-charts.ts'
import { answerPairing, OldDevicePairing } from './pairing-old.ts'
import { systemWait } from './pairing-relay.ts'
import type { KeeperPlatform } from './platform.ts'
import type { HomeRows } from './ports.ts'
import { rescueChart, type RescuedChart } from './rescue.ts'
import { comparisonOf, readSharingCode, writeSharingCode } from './sharing-code.ts'
import { syncChart } from './sync-chart.ts'
import { SyncLoop, type Moved } from './sync-loop.ts'
import { freshnessOf } from './beacons.ts'
import { restartVault } from './restart-deed.ts'
import { ServerLink } from './server-link.ts'
import { ServerLosses } from './server-loss.ts'
import { failureOf, isAtTheDoor, problemOf } from './sync-problem.ts'
import { appendControl } from './control-pull.ts'
import { conflictsOf, openVault, rowValue, TABLE } from './vault-state.ts'
import { syncBriefly, type SyncOutcome } from './vault-sync.ts'
import { waitingCount } from './vault-push.ts'

/** Longer timers overflow. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** What an opening tells and how it is stopped. */
type OpeningOptions = Pick<StoreSource, 'onProgress' | 'signal'>

export interface SessionInput {
  slot: string
  platform: KeeperPlatform
  home: HomeStore
  keyring: Keyring
  homeKey: Uint8Array
  hold: Hold & { type: 'held' }
}

export class OpenSession implements Session {
  readonly slot: string
  readonly platform: KeeperPlatform
  readonly home: HomeRows
  readonly accounts: AccountBook
  readonly charts$: Observable<ChartSummary[]>
  readonly sync$: Observable<SyncStatus>
  readonly devices$: Observable<DeviceView[]>
  readonly #input: SessionInput
  readonly #charts = new BehaviorSubject<ChartSummary[]>([])
  readonly #status: BehaviorSubject<SyncStatus>
  readonly #devices = new BehaviorSubject<DeviceView[]>([])
  readonly #open = new OpenCharts()
  readonly #changed = new Subject<void>()
  #identity: IdentityRow
  #device: DeviceSecrets
  #boxKeys: BoxKeys = new Map()
  #boxKeysAt = 0
  readonly #link: ServerLink
  readonly #losses: ServerLosses
  readonly #loop = new SyncLoop({
    pass: () => this.#syncAll(),
    brief: (moved) => this.#syncBriefly(moved).catch(() => false),
    hasServer: () => this.#link.server !== null,
    mayWait: () =>
      isAtTheDoor(this.#status.value) || ['refilling', 'join'].includes(this.#status.value.problem?.key ?? ''),
  })
  #locked = false
  /** When each chart was last found all sent and read. */
  readonly #confirmed = new Map<string, number>()
  readonly #ended: EndedCharts
  readonly #ending = new AbortController()
  #expiry: ReturnType<typeof setTimeout> | null = null
  #stopOnline: () => void = () => {}
  #opening: Promise<unknown> = Promise.resolve()

  private constructor(
    input: SessionInput,
    home: HomeRows,
    accounts: AccountBook,
    identity: IdentityRow,
    device: DeviceSecrets,
  ) {
    this.#input = input
    this.slot = input.slot
    this.platform = input.platform
    this.home = home
    this.#losses = new ServerLosses(home, () => this.#refreshViews())
    this.#link = new ServerLink({
      home,
      account: identity.account,
      device,
      clock: input.platform.clock,
      changed: (isOther) => {
        if (isOther) this.#loop.relisten()
        this.#refreshViews()
        this.#loop.schedule(0)
      },
    })
    this.#ended = new EndedCharts({
      home,
      platform: input.platform,
      open: this.#open,
      device: device.id,
      serverKey: this.serverKey,
      isLocked: () => this.#locked,
      update: (vault, change) => this.updateVaultRow(vault, change),
      changed: () => this.#refreshViews(),
    })
    this.accounts = accounts
    this.#identity = identity
    this.#device = device
    this.#status = new BehaviorSubject<SyncStatus>({
      state: 'offline',
      waiting: 0,
      confirmedAt: null,
      problem: null,
      quarantined: 0,
      conflicts: 0,
      server: null,
      loss: null,
    })
    this.charts$ = this.#charts.asObservable()
    this.sync$ = this.#status.asObservable()
    this.devices$ = this.#devices.asObservable()
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
    return idText(this.#identity.account)
  }

  get device(): string {
    return idText(this.#device.id)
  }

  get label(): string {
    return this.#identity.label
  }

  get name(): string {
    return this.#identity.name
  }

  get accountId(): Uint8Array {
    return this.#identity.account
  }

  get deviceSecrets(): DeviceSecrets {
    return this.#device
  }

  /** The account's box keys as its log stands now; opened again when the log has grown. */
  boxKeys = (): BoxKeys => {
    const state = this.accounts.lookup(this.#identity.account)
    if (state !== null && state.n !== this.#boxKeysAt && !this.#locked) {
      this.#boxKeys = openBoxKeys(state, this.#device)
      for (const { generation, secret } of backupKeysOf(this.home))
        this.#boxKeys.set(generation, boxKeyPairFromSecretKey(secret))
      this.#boxKeysAt = state.n
    }
    return this.#boxKeys
  }

  serverKey = (): Uint8Array | null => this.#link.row?.key ?? null

  get server(): HttpServer | null {
    return this.#link.server
  }

  // --- charts -----------------------------------------------------------------------------------------------------------------

  vaultRow(vault: string): VaultRow | null {
    return vaultRowOf(this.home, vault)
  }

  async updateVaultRow(vault: string, change: Partial<VaultRow>): Promise<void> {
    const row = this.vaultRow(vault)
    if (row === null) return
    const next = { ...row, ...change }
    if (Object.entries(change).every(([key, value]) => row[key as keyof VaultRow] === value)) return
    await this.home.commit([{ table: HOME.vaults, key: vault, value: rowValue(next) }])
    this.#refreshViews()
  }

  endVault(vault: string, undelivered: number, kept: EndedRow): Promise<void> {
    return this.#ended.end(vault, undelivered, kept)
  }

  async #forget(vault: string): Promise<void> {
    await this.#open.close(vault)
    const row = this.vaultRow(vault)
    // The key of the chart must not stay in older entries of home's log.
    const look = forgottenLook(this.home, vault, this.platform.clock.now())
    await this.home.commit([{ table: HOME.vaults, key: vault, value: null }, ...look], { erase: true })
    if (row !== null) await this.platform.log(row.log).destroy()
    this.#refreshViews()
  }

  async createChart({
    name,
    birthDate = '',
    look = {},
  }: {
    name: string
    birthDate?: string
    look?: Partial<ChartLook>
  }): Promise<ChartSummary> {
    // A log that names an entry of this device which may yet be dropped would be lost with it.
    const joining = joinStateOf(this.home)
    if (joining === 'out' || (joining !== null && this.#link.row !== null)) throw new NotJoinedError()
    const account = this.accounts.lookup(this.#identity.account)!
    const names = COLLECTIONS.filter((collection) => collection !== 'audit')
    const { vault, entry } = await vaultEntry(
      [
        ...[...names, ...PRIVATE_LISTS].map((list) => ({ name: list as string, appendOnly: false })),
        { name: 'audit', appendOnly: true },
        { name: ACCESS_LOG, appendOnly: true },
      ],
      { account, device: this.#device, time: this.platform.clock.now(), randomBytes: this.platform.randomBytes },
    )
    const row = { ...newVaultRow('own', name, this.platform.randomBytes), madeHere: true }
    const id = idText(vault)
    const seen = changedLook(lookOf(this.home, id), { name, ...look }, this.platform.clock.now())
    await this.home.commit([{ table: HOME.vaults, key: id, value: rowValue(row) }, lookRow(id, seen)])
    const chart = await this.#openVault(id)
    if (chart === null) throw new Error('the new chart could not be opened')
    await appendControl(chart.machine, [entry])
    chart.afterControl()
    await chart.saveFirstProfile(name, birthDate)
    this.#refreshViews()
    this.#loop.schedule(0)
    return this.#summary(id)!
  }

  async setLook(slot: string, change: Partial<ChartLook>): Promise<void> {
    const found = this.#bySlot(slot)
    if (found !== undefined) await this.changeLook(found[0], change)
  }

  async changeLook(vault: string, change: Partial<ChartLook>): Promise<void> {
    const before = lookOf(this.home, vault)
    // Whose chart it is that others share is theirs to say; this person chooses symbol and colour.
    const own = this.vaultRow(vault)?.relation === 'own' ? change : { ...change, name: before.name }
    await this.home.commit([lookRow(vault, changedLook(before, own, this.platform.clock.now()))])
    this.wake()
  }

  #bySlot(slot: string) {
    return [...this.home.table(HOME.vaults)].find(([, value]) => (value as unknown as VaultRow).slot === slot)
  }

  async openChart(slot: string): Promise<OpenChart | null> {
    const chart = await this.watchChart(slot)
    if (chart !== null) await chart.entered()
    return chart
  }

  async watchChart(slot: string): Promise<OpenChart | null> {
    const found = this.#bySlot(slot)
    if (found === undefined || isOver(found[1] as unknown as VaultRow, this.platform.clock.now())) return null
    return this.#openVault(found[0])
  }

  /**
   * Opens the own chart that the app shows first, so that unlocking can say how far it is. One that does not open is
   * told where it is shown. Rejects when `signal` ends it.
   */
  async prepare(how: OpeningOptions): Promise<void> {
    const first = [...this.home.table(HOME.vaults)].find(([, value]) => {
      const row = value as unknown as VaultRow
      return row.relation === 'own' && !row.ended
    })
    if (first === undefined) return
    await this.#openVault(first[0], how).catch((error: unknown) => {
      if (how.signal?.aborted) throw error
    })
  }

  async rescueChart(slot: string): Promise<RescuedChart | null> {
    for (const [vault, value] of this.home.table(HOME.vaults)) {
      const row = value as unknown as VaultRow
      if (row.slot !== slot || this.#open.has(vault)) continue
      return rescueChart(row.name, row.key, this.platform.log(row.log))
    }
    return null
  }

  holdChart(vault: string, chart: object): () => void {
    return this.#open.hold(vault, chart)
  }

  /** Opens a vault's store, or answers the one that is open; another one may have to close (open-charts.ts). */
  #openVault(vault: string, how: OpeningOptions = {}): Promise<OpenChart | null> {
    const next = this.#opening.then(() => this.#openVaultNow(vault, how))
    this.#opening = next.catch(() => {})
    return next
  }

  async #openVaultNow(vault: string, how: OpeningOptions): Promise<OpenChart | null> {
    const known = this.#open.use(vault)
    if (known !== undefined) return known
    const row = this.vaultRow(vault)
    if (row === null || row.ended || this.#locked) return null
    await this.#open.makeRoom()
    const store = await openVaultStore({ name: row.log, key: row.key, log: this.platform.log(row.log), ...how })
    if (store.type !== 'vault') throw new SealedStoreError(store)
    const rows = vaultRows(store)
    const kept = this.home.get(HOME.ended, vault) as unknown as EndedRow | undefined
    if (kept !== undefined && rows.table(TABLE.own).size === 0) {
      const own = Object.entries(kept.own).map(([key, value]) => ({ table: TABLE.own, key, value }))
      if (own.length > 0) await rows.commit({ sync: own })
    }
    const machine = await openVault({
      vault: textId(vault)!,
      rows,
      clock: this.platform.clock,
      randomBytes: this.platform.randomBytes,
      accounts: this.accounts,
      account: this.#identity.account,
      device: this.#device,
      boxKeys: this.boxKeys,
      serverKey: this.serverKey,
      openers: this.platform.openers,
      ending: this.#ending.signal,
    })
    const chart = new OpenChart(this, vault, store, machine, this.platform.chunks(`${row.log}f`))
    this.#open.add(vault, chart)
    return chart
  }

  #summary(vault: string): ChartSummary | null {
    const row = this.vaultRow(vault)
    if (row === null) return null
    const over = isOver(row, this.platform.clock.now())
    const { at: _, ...look } = lookOf(this.home, vault)
    return {
      slot: row.slot,
      look,
      name: (row.relation === 'own' && look.name) || row.name,
      birthDate: row.birthDate,
      relation: row.relation,
      confirmed: row.confirmed,
      collections: this.#open.get(vault)?.readable() ?? [],
      until: row.until === 0 ? null : row.until,
      state: row.ended ? 'ended' : over ? 'locked' : 'open',
      undelivered: row.undelivered,
      handed: row.handed ?? 0,
      ...this.#countsOf(vault, row),
      confirmedAt: this.#confirmed.get(vault) ?? null,
    }
  }

  chartSummary(vault: string): ChartSummary {
    return this.#summary(vault)!
  }

  get changed$(): Observable<void> {
    return this.#changed
  }

  /** A1: wrong passphrases since the last unlock, in the audit log of each own chart. */
  async noteFailedUnlocks(count: number): Promise<void> {
    for (const [vault, value] of this.home.table(HOME.vaults)) {
      if ((value as unknown as VaultRow).relation !== 'own') continue
      await (await this.#openVault(vault))?.note('failed-unlock', { count })
    }
  }

  async confirmChart(slot: string): Promise<void> {
    for (const [vault, value] of this.home.table(HOME.vaults)) {
      if ((value as unknown as VaultRow).slot === slot) await this.updateVaultRow(vault, { confirmed: true })
    }
  }

  // --- sharing codes and devices ----------------------------------------------------------------------------------------------

  async sharingCode(): Promise<Grantee> {
    const state = this.accounts.lookup(this.#identity.account)!
    const code = writeSharingCode(state.account, this.name, accountHead(state))
    return { account: this.account, name: this.name, code, ...comparisonOf(readSharingCode(code)!) }
  }

  async readSharingCode(text: string): Promise<Grantee | CodeRefusal> {
    const code = readSharingCode(text)
    if (code === null) return { type: 'bad-code' }
    if (idText(code.account) === this.account) return { type: 'own-code' }
    const key = this.serverKey()
    if (this.#link.server === null || key === null) return { type: 'offline' }
    const refreshed = await this.accounts.refresh(code.account, this.#link.server, key)
    if (refreshed.type === 'offline') return { type: 'offline' }
    if (refreshed.type === 'error') return { type: 'not-found' }
    const state = this.accounts.lookup(code.account)
    // C3: an account log that does not hold what the code says stops everything.
    if (refreshed.type !== 'ok' || state === null || !hasAccountHead(state, { n: code.n, h: code.h }))
      return { type: 'changed' }
    return { account: idText(code.account), name: code.name, code: text.replace(/\s+/g, ''), ...comparisonOf(code) }
  }

  accountState(account: string): AccountState | null {
    return this.accounts.byText(account)
  }

  /** What this person does to their own account (account-deeds.ts). */
  get #deeds(): AccountDeeds {
    const { home, accounts, boxKeys } = this
    const server = () => {
      const key = this.serverKey()
      return this.#link.server === null || key === null ? null : { api: this.#link.server, key }
    }
    return new AccountDeeds({
      home,
      accounts,
      account: this.#identity.account,
      device: this.#device,
      boxKeys,
      randomBytes: this.platform.randomBytes,
      server,
      hasServer: () => this.#link.row !== null,
    })
  }

  async #afterDeed(deed: Promise<AccountDeed>): Promise<AccountDeed> {
    const outcome = await deed
    if (outcome.type !== 'done') return outcome
    await this.#useKit()
    this.#afterAccount()
    await this.syncNow()
    return outcome
  }

  removeDevice(id: string): Promise<AccountDeed> {
    return this.#afterDeed(this.#deeds.remove(textId(id) ?? new Uint8Array()))
  }

  renameDevice(id: string, name: string): Promise<AccountDeed> {
    return this.#afterDeed(this.#deeds.rename(textId(id) ?? new Uint8Array(), name))
  }

  drawKit(): { code: string; number: number } {
    const kits = [...this.accounts.lookup(this.#identity.account)!.devices.values()].filter(isRecovery)
    return { code: generateRecoveryCode(this.platform.randomBytes), number: kits.length + 1 }
  }

  isKit(code: string): boolean {
    const secret = parseRecoveryCode(code)
    const kit = liveKit(this.accounts.lookup(this.#identity.account)!)
    return secret !== null && kit !== null && idText(recoveryDevice(secret).id) === idText(kit.id)
  }

  replaceKit(code: string): Promise<AccountDeed> {
    return this.#afterDeed(this.#deeds.replaceKit(code))
  }

  waitUntil(): number | null {
    const until = this.#deeds.waitUntil()
    return until !== null && until > this.platform.clock.now() ? until : null
  }

  async addDevice(code: string): Promise<{ type: 'pairing'; addition: DeviceAddition } | PairingRefusal> {
    const serverKey = this.serverKey()
    if (this.#link.server === null || serverKey === null) return { type: 'offline' }
    const answered = await answerPairing(code, {
      deeds: this.#deeds,
      sender: this.#link.server,
      serverKey,
      name: this.name,
      vaults: this.#controlHeads(),
      wait: systemWait,
      onAdded: () => this.#afterAccount(),
    })
    return answered instanceof OldDevicePairing ? { type: 'pairing', addition: answered } : answered
  }

  /** F2: heads of the control logs that are open here, for a device that pairs. */
  #controlHeads(): { vault: Uint8Array; n: number; h: Uint8Array }[] {
    return this.#open.entries().flatMap(([vault, chart]) => {
      const { control } = chart.machine
      return control === null || control.n === 0 ? [] : [{ vault: textId(vault)!, n: control.n, h: control.h }]
    })
  }

  /** K7: the kit that the account log names opens this device's store too, and the one before it no more. */
  async #useKit(): Promise<void> {
    const state = this.accounts.lookup(this.#identity.account)!
    const kit = liveKit(state)
    const known = this.home.get(HOME.self, KIT_BOX) ?? [...state.devices.values()].find(isRecovery)?.box
    if (kit === null || (known instanceof Uint8Array && idText(known) === idText(kit.box))) return
    const changed = await this.#input.keyring.changeRecoveryKey(this.#input.homeKey, kit.box)
    if (changed.type !== 'changed') return
    await this.home.commit([{ table: HOME.self, key: KIT_BOX, value: kit.box }])
  }

  #afterAccount(): void {
    for (const [, chart] of this.#open.entries()) chart.afterControl()
    this.#refreshViews()
  }

  connectServer(address: string): Promise<{ type: 'done' } | { type: 'has-server' } | { type: 'bad-address' }> {
    return this.#link.begin(address)
  }

  async useInvite(
    typed: string,
  ): Promise<{ type: 'done' } | { type: 'bad-code' } | { type: 'offline' } | { type: 'refused' }> {
    const code = readInvite(typed)
    if (code === null) return { type: 'bad-code' }
    if (this.#link.server === null) return { type: 'offline' }
    const answer = await sendInvite(this.#accountDeps(), this.#link.server, code)
    if (answer.type === 'offline') return answer
    if (answer.type === 'error') return { type: 'refused' }
    this.#loop.schedule(0)
    return { type: 'done' }
  }

  setting(key: string): string | null {
    const value = this.home.get(HOME.settings, key)
    return typeof value === 'string' ? value : null
  }

  async setSetting(key: string, value: string | null): Promise<void> {
    await this.home.commit([{ table: HOME.settings, key, value }])
  }

  async changePassphrase(current: string, next: string, platform?: { isPin: boolean }): Promise<PassphraseChange> {
    const { keyring } = this.#input
    const platformKey = this.platform.platformKey ?? null
    const unlocked = await keyring.unlock(current, platformKey)
    if (unlocked.type === 'wrong-passphrase') return { type: 'wrong-passphrase' }
    if (unlocked.type === 'platform-key') return unlocked
    if (unlocked.type !== 'unlocked') return { type: 'failed' }
    if (platform && platformKey === null) return { type: 'platform-key', why: 'unavailable' }
    const way: UnlockWay = platform && platformKey ? { platformKey, ...platform } : { platformKey: null }
    const changed = await keyring.changePassphrase(unlocked.key, next, way)
    unlocked.key.fill(0)
    return changed.type === 'changed' || changed.type === 'platform-key' ? changed : { type: 'failed' }
  }

  async platformInUse(): Promise<AccountSlot['platform']> {
    const label = await this.#input.keyring.label()
    if (label.type !== 'label' || label.platform === null) return null
    return { kind: label.platform.kind === 'system' ? 'system' : 'passkey', isPin: label.platform.isPin }
  }

  get handover(): Promise<'asked' | 'lost'> {
    return this.#input.hold.handover
  }

  // --- backup (K11) -----------------------------------------------------------------------------------------------------------

  backup(signal?: AbortSignal): Promise<BackupContent> {
    const { home } = this
    const state = this.accounts.lookup(this.#identity.account)!
    const kitBox = liveKit(state)?.box
    if (kitBox === undefined) throw new Error('this account has no recovery kit')
    const source = {
      home,
      state,
      name: this.name,
      label: this.label,
      server: this.#link.row,
      kitBox,
      boxKeys: this.boxKeys(),
      accounts: this.accounts.known(),
      open: async (vault: string) => {
        const chart = await this.#openIfSound(vault)
        return chart === null ? null : { chart, release: chart.hold() }
      },
    }
    return gatherBackup(source, signal)
  }

  /** Null for a chart whose store is damaged: it keeps the others from nothing. */
  async #openIfSound(vault: string): Promise<OpenChart | null> {
    return this.#openVault(vault).catch((error: unknown) => {
      if (error instanceof SealedStoreError) return null
      throw error
    })
  }

  get isJoined(): boolean {
    return joinStateOf(this.home) !== 'out'
  }

  async join(code: string): Promise<{ type: 'done' } | JoinRefusal> {
    if (joinStateOf(this.home) === null) return { type: 'done' }
    const { home, accounts } = this
    const { randomBytes, deviceName } = this.platform
    const account = this.#identity.account
    const refused = await joinByKit(code, { home, accounts, account, device: this.#device, deviceName, randomBytes })
    this.#boxKeysAt = 0
    if (refused !== null) return refused
    await this.#useKit()
    this.#afterAccount()
    this.#link.connect()
    if (this.#link.row !== null) await this.syncNow()
    return { type: 'done' }
  }

  // --- the loop ---------------------------------------------------------------------------------------------------------------

  wake(vault?: string): void {
    if (vault === undefined) {
      this.#refreshViews()
      this.#loop.schedule(150)
      return
    }
    // Something was written in one chart: what may leave leaves first, and of what is shown only the counts have changed.
    this.#loop.soon(vault)
    this.#showCounts()
    this.#changed.next()
  }

  isInStep(): boolean {
    const { state, confirmedAt } = this.#status.value
    return this.#link.server !== null && confirmedAt !== null && (state === 'confirmed' || state === 'waiting')
  }

  syncNow(): Promise<void> {
    return this.#loop.syncNow()
  }

  findServer(address: string): Promise<ServerFound> {
    return this.#link.find(address)
  }

  moveServer(address: string, how: { follow: boolean; fingerprint?: string }): Promise<ServerMove> {
    return this.#link.move(address, how, () => this.#ownCharts())
  }

  async #ownCharts(): Promise<OpenChart[]> {
    const charts: OpenChart[] = []
    for (const [vault, value] of this.home.table(HOME.vaults)) {
      const row = value as unknown as VaultRow
      const chart = row.relation === 'own' && !row.ended ? await this.#openVault(vault) : null
      if (chart !== null) charts.push(chart)
    }
    return charts
  }

  async goOnAfterLoss(): Promise<AccountDeed> {
    const server = this.#link.server
    if (server === null) return { type: 'offline' }
    for (const [vault, value] of this.home.table(HOME.vaults)) {
      const row = value as unknown as VaultRow
      const chart =
        row.relation === 'own' && !row.ended && this.#losses.isDue(vault) ? await this.#openVault(vault) : null
      if (chart === null) continue
      const outcome = await chart.exclusively(() => restartVault(chart.machine, server))
      if (outcome.type === 'offline') return outcome
      if (outcome.type !== 'done')
        return { type: 'refused', error: outcome.type === 'error' ? outcome.error : outcome.type }
    }
    await this.syncNow()
    return { type: 'done' }
  }

  acknowledgeLoss(): Promise<void> {
    return this.#losses.acknowledge()
  }

  async #syncAll(): Promise<void> {
    const server = this.#link.server
    if (server === null) return
    // No server knows this device: it asks for nothing until the kit, or another device, has let it in.
    if (joinStateOf(this.home) !== null) return this.#setOutcome({ type: 'error', error: 'join' })
    this.#setStatus({ state: 'syncing' })
    try {
      const deps = this.#accountDeps()
      const failed = await syncAccount(deps, server)
      // A vault that the server hides holds none of the others up.
      const hidden = failed?.type === 'stopped' && failed.what === 'vault'
      if (failed !== null && !hidden) return this.#setOutcome(failed)
      await this.#useKit()
      await this.#deeds.noteTimes()
      // S9: what a server has not got back yet it does not hide.
      let worst: SyncOutcome = failed === null || this.#losses.isTakingBack ? { type: 'synced' } : failed
      for (const vault of this.home.table(HOME.vaults).keys()) {
        if (this.#locked) return
        if (this.vaultRow(vault)?.ended) continue
        const outcome = await this.#syncOne(vault, server).catch(failureOf)
        if (this.#locked) return
        if (outcome.type === 'offline') return this.#setOutcome(outcome)
        if (outcome.type === 'synced') this.#confirmed.set(vault, this.platform.clock.now())
        if (outcome.type !== 'synced' && outcome.type !== 'ended' && worst.type === 'synced') worst = outcome
      }
      await this.#ended.handIn(server)
      const open = [...this.home.table(HOME.vaults)].filter(([, row]) => !(row as unknown as VaultRow).ended)
      if (await this.#losses.passed(open.map(([vault]) => vault))) await this.#link.arrived()
      await this.#link.follow(this.#open.entries())
      await postDepartures(this.home, server)
      await writeVaultList(deps, server)
      this.#setOutcome(worst)
      this.#loop.listen((onNews, onClosed) => server.openLive(onNews, onClosed))
    } catch (error) {
      if (!this.#locked) this.#setOutcome(failureOf(error))
    }
  }

  /** Between whole passes, while all is well: a save goes out and a hint is followed with no request that they do not need. */
  async #syncBriefly(moved: Moved[]): Promise<boolean> {
    const { server } = this.#link
    if (server === null || !this.isInStep()) return false
    for (const { vault, streams, pages } of moved) {
      const chart = this.#open.get(vault)
      if (chart === undefined) return false
      const outcome = await chart.exclusively(() => syncBriefly(chart.machine, server, streams, pages))
      if (this.#locked) return true
      if (outcome.type !== 'synced') return false
    }
    const counts = this.#counts()
    this.#setStatus({ ...counts, state: counts.waiting === 0 ? 'confirmed' : 'waiting' })
    return true
  }

  #accountDeps(): AccountSyncDeps {
    const { home, accounts } = this
    const { randomBytes } = this.platform
    return {
      home,
      accounts,
      account: this.#identity.account,
      device: this.#device,
      boxKeys: this.boxKeys,
      randomBytes,
      onAccountChanged: () => this.#afterAccount(),
      newVault: (relation) => newVaultRow(relation, '', randomBytes),
      regain: (vault) => this.#ended.regain(vault),
      serverLost: (since, isMove) => this.#losses.note(since, isMove),
      forget: (vault) => this.#forget(vault),
    }
  }

  async #syncOne(vault: string, server: HttpServer): Promise<SyncOutcome> {
    const chart = await this.#openVault(vault).catch((error: unknown) => {
      if (error instanceof TooManyChartsError) return 'no-room' as const
      throw error
    })
    // All that may be open are in use by the person: this one follows once one of them is let go.
    if (chart === 'no-room') return { type: 'waiting' }
    if (chart === null) return { type: 'synced' }
    return chart.exclusively(() => syncChart(chart, server, this.home, this.#losses))
  }

  // --- what the app shows -------------------------------------------------------------------------------------------------------

  #setStatus(change: Partial<SyncStatus>): void {
    this.#status.next({ ...this.#status.value, ...change })
  }

  #setOutcome(outcome: SyncOutcome): void {
    const counts = this.#counts()
    const now = this.platform.clock.now()
    if (outcome.type === 'synced' && counts.waiting === 0) {
      this.#setStatus({ ...counts, state: 'confirmed', confirmedAt: now, problem: null })
    } else if (outcome.type === 'offline') this.#setStatus({ ...counts, state: 'offline', problem: null })
    else if (outcome.type === 'error' || outcome.type === 'stopped' || outcome.type === 'copied') {
      this.#setStatus({ ...counts, state: 'problem', problem: problemOf(outcome) })
    } else this.#setStatus({ ...counts, state: 'waiting', problem: null })
    this.#refreshViews()
  }

  #counts(): Pick<SyncStatus, 'waiting' | 'quarantined' | 'conflicts' | 'server' | 'loss'> {
    const counts = { waiting: 0, quarantined: 0, conflicts: 0 }
    for (const [vault, value] of this.home.table(HOME.vaults)) {
      const { waiting, aside, conflicts } = this.#countsOf(vault, value as unknown as VaultRow)
      counts.waiting += waiting
      counts.quarantined += aside
      counts.conflicts += conflicts
    }
    const { shown: loss } = this.#losses
    return { ...counts, loss, server: this.#link.shown }
  }

  /** Of the chart itself where it is open, else as it was left. */
  #countsOf(vault: string, row: VaultRow): Pick<ChartSummary, 'waiting' | 'aside' | 'conflicts'> {
    const machine = this.#open.get(vault)?.machine
    if (machine === undefined) return { waiting: row.waiting, aside: row.quarantined, conflicts: row.conflicts }
    return {
      waiting: waitingCount(machine),
      aside: asideCount(machine),
      conflicts: conflictsOf(machine).length + machine.rows.table(TABLE.side).size,
    }
  }

  #showCounts(): void {
    if (this.#locked) return
    const counts = this.#counts()
    const { state } = this.#status.value
    const shown =
      this.#link.server === null ? 'no-server' : counts.waiting > 0 && state === 'confirmed' ? 'waiting' : state
    this.#setStatus({ ...counts, state: shown })
  }

  #refreshViews(): void {
    if (this.#locked) return
    this.#charts.next([...this.home.table(HOME.vaults).keys()].map((vault) => this.#summary(vault)!))
    this.#showCounts()
    const deeds = this.#deeds
    this.#devices.next(
      deviceViews({
        state: this.accounts.lookup(this.#identity.account),
        thisDevice: this.device,
        boxKeys: this.boxKeys(),
        seenAt: (id) => deeds.seenAt(id),
        isKnown: (id) => this.setting(knownSetting(id)) !== null,
        freshness: this.#open.entries().flatMap(([, { machine }]) => freshnessOf(machine)),
        now: this.platform.clock.now(),
      }),
    )
    this.#changed.next()
    this.#watchExpiry()
  }

  async acknowledgeDevice(id: string): Promise<void> {
    await this.setSetting(knownSetting(id), 'known')
    this.#refreshViews()
  }

  /** Views follow at the moment when the next shared chart runs out, with nobody acting. */
  #watchExpiry(): void {
    if (this.#expiry !== null) clearTimeout(this.#expiry)
    this.#expiry = null
    const now = this.platform.clock.now()
    const ends = this.#charts.value.flatMap(({ until, state }) =>
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
    await this.#opening
    await this.#open.closeAll()
    await this.#ended.destroy()
    await this.#input.home.close()
    await this.#input.hold.release()
    this.#input.homeKey.fill(0)
    this.#boxKeys.clear()
    this.#device.signing.seed.fill(0)
    this.#device.box.secretKey.fill(0)
    this.#identity = { ...this.#identity, seed: new Uint8Array(), boxSecret: new Uint8Array() }
    forgetSigningKeys()
    this.#charts.complete()
    this.#status.complete()
    this.#devices.complete()
    this.#changed.complete()
  }
}

/** The account's box keys as the backup brought them; none on any other device. */
function backupKeysOf(home: HomeRows): AccountItem['boxKeys'] {
  return (home.get(HOME.self, BACKUP_KEYS) as AccountItem['boxKeys'] | undefined) ?? []
}

/** C10: past its end by this device's own clock a shared chart locks; it goes only on a verified cut or the server's signed time. */
function isOver(row: VaultRow, now: number): boolean {
  return row.relation === 'shared' && row.until > 0 && row.until <= now
}
