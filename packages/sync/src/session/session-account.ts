/**
 * The account of a session: its current keys, its devices, kit and passphrase, the codes by which people find each other (C3, K5, K7, K8),
 * and the enrolment of a device restored from a backup. account-actions.ts writes the log entries.
 */
import { boxKeyPairFromSecretKey, forgetSigningKeys, generateRecoveryCode, parseRecoveryCode } from '@chartkeep/crypto'
import { idText, textId } from '@chartkeep/protocol'
import { accountHead, deviceLiveAt, hasAccountHead, type AccountState } from '@chartkeep/protocol/account'
import type { ContentSigner } from '@chartkeep/protocol/records'
import type { Keyring, UnlockWay } from '@chartkeep/store'
import type { AccountBook } from '../account/account-book.ts'
import { AccountActions } from './account-actions.ts'
import { openBoxKeys, recoveryDevice, type BoxKeys, type DeviceSecrets } from '../account/account-keys.ts'
import { liveKit } from '../account/account-writer.ts'
import type {
  AccountActionOutcome,
  AccountSlot,
  CodeRefusal,
  DeviceAddition,
  DeviceView,
  Grantee,
  JoinRefusal,
  PairingRefusal,
  PassphraseChange,
} from '../contract/api.ts'
import type { AccountItem } from '../backup/backup-items.ts'
import { freshnessOf } from '../audit/beacons.ts'
import { deviceViews, isRecovery, knownSetting } from '../audit/device-views.ts'
import { vaultRowOf } from '../replicate/account-sync.ts'
import { listedVaults, appearanceOf, kitProved } from '../account/chart-appearance.ts'
import {
  BACKUP_KEYS,
  FORMER,
  ACCOUNT_TABLE,
  KIT_BOX,
  PRACTICE,
  type IdentityRow,
  type PracticeRow,
  type VaultRow,
} from '../account/account-store.ts'
import { joinByKit, joinStateOf } from './join-account.ts'
import { formerOf, continueAsNewDevice, type ContinueOutcome } from './cloned-device-recovery.ts'
import type { OpenCharts } from '../chart/open-charts.ts'
import { invitePairing, PairingInviter } from './pairing-inviter.ts'
import { systemWait } from '../transport/pairing-relay.ts'
import type { DevicePlatform } from '../account/platform.ts'
import type { AccountRows } from '../ports/ports.ts'
import { currentMember } from '../account/current-member.ts'
import type { MemberInput } from '../account/practice-writer.ts'
import type { ServerLink } from './server-link.ts'
import { comparisonOf, readSharingCode, writeSharingCode } from '../account/sharing-code.ts'
import { shownName } from '../ports/shown-name.ts'
import { rowValue } from '../vault/vault-state.ts'

interface AccountInput {
  platform: DevicePlatform
  accountStore: AccountRows
  keyring: Keyring
  accountStoreKey: Uint8Array
  accounts: AccountBook
  identity: IdentityRow
  device: DeviceSecrets
  link: ServerLink
  open: OpenCharts
  isLocked: () => boolean
  /** The log has grown: views are updated. */
  changed: () => void
  syncNow: () => Promise<void>
}

export class SessionAccount {
  readonly #input: AccountInput
  #device: DeviceSecrets
  readonly #former: DeviceSecrets[] = []
  #identity: IdentityRow
  #boxKeys: BoxKeys = new Map()
  #boxKeysAt = 0
  #listed: string | null = null
  #listedAt = 0

  constructor(input: AccountInput) {
    this.#input = input
    this.#device = input.device
    this.#identity = input.identity
  }

  get id(): Uint8Array {
    return this.#identity.account
  }

  /** This installation's current device; it changes when the installation continues as a new device (F3). */
  get device(): DeviceSecrets {
    return this.#device
  }

  /**
   * The person's name. A kit contains none: on a device enrolled by a kit, the name is that of the account's first chart, or the one that
   * another device has put into the account's list (K4); for a practice, the name of its vault.
   */
  get name(): string {
    const { name, label } = this.#identity
    return (
      (name === label && (this.#nameOfFirst() || appearanceOf(this.#input.accountStore, idText(this.id)).name)) || name
    )
  }

  /**
   * K4: the account's name for its list, as its first device set it; other devices may only know the label of an unlock screen. '' on
   * those, and for a practice, whose vault has the name.
   */
  get ownName(): string {
    const { state } = this
    const ids = [idText(this.device.id), ...(formerOf(this.#input.accountStore)?.devices ?? [])]
    const isFirst = ids.some((id) => state.devices.get(id)?.addedBy === null)
    return isFirst && state.practice === null ? this.#identity.name : ''
  }

  get label(): string {
    return this.#identity.label
  }

  /** The account log as last read; every session has one. */
  get state(): AccountState {
    return this.#input.accounts.lookup(this.id)!
  }

  /** The account's box keys; opened again when the log has grown. */
  boxKeys = (): BoxKeys => {
    const { accounts, accountStore, isLocked } = this.#input
    const state = accounts.lookup(this.id)
    if (state !== null && state.n !== this.#boxKeysAt && !isLocked()) {
      this.#boxKeys = openBoxKeys(state, this.device)
      for (const { generation, secret } of backupKeysOf(accountStore))
        this.#boxKeys.set(generation, boxKeyPairFromSecretKey(secret))
      this.#boxKeysAt = state.n
    }
    return this.#boxKeys
  }

  /** C12: id text of this practice's vault; null for a person, and until the practice's log names the vault. */
  get practiceVault(): string | null {
    const { accountStore } = this.#input
    const { state } = this
    if (state.practice === null) return null
    const row = accountStore.get(ACCOUNT_TABLE.self, PRACTICE) as unknown as PracticeRow | undefined
    if (row !== undefined) return row.vault
    return this.#firstListed() ?? this.#ownVault()
  }

  /** The account's first vault, by its sealed list (K4). */
  #firstListed(): string | null {
    const { state } = this
    if (this.#listedAt !== state.n) {
      this.#listed = listedVaults(state, this.boxKeys()).vaults[0] ?? null
      this.#listedAt = state.n
    }
    return this.#listed
  }

  /** '' while the vault is not here, or if it belongs to another person whom this person looks after. */
  #nameOfFirst(): string {
    const { accountStore } = this.#input
    const { practiceVault } = this
    const vault = practiceVault ?? this.#firstListed()
    const row = vault === null ? null : vaultRowOf(accountStore, vault)
    if (vault === null || row?.relation !== 'own') return ''
    const look = appearanceOf(accountStore, vault)
    // A practice's vault holds no profile; and a person's own name for a chart may not be the person's name.
    if (practiceVault !== null) return look.name
    return ['', 'self'].includes(look.kin) ? row.name : ''
  }

  /** C12: whether this device has left its practice, by the practice's log. */
  get hasLeft(): boolean {
    const { state, device } = this
    return state.practice !== null && deviceLiveAt(state, device.id, state.n) === null
  }

  /** An id for a new member: 16 random bytes. */
  randomId(): Uint8Array {
    return this.#input.platform.randomBytes(16)
  }

  /** On a device restored from a backup before any server had the list: the only vault that the practice owns. */
  #ownVault(): string | null {
    const rows = [...this.#input.accountStore.table(ACCOUNT_TABLE.vaults)] as unknown as [string, VaultRow][]
    return rows.find(([, { relation }]) => relation === 'own')?.[0] ?? null
  }

  /** C12: stores which vault belongs to the practice, because a member who has left can no longer read it in the log. */
  async notePractice(): Promise<void> {
    const vault = this.practiceVault
    const { accountStore } = this.#input
    if (vault !== null && accountStore.get(ACCOUNT_TABLE.self, PRACTICE) === undefined)
      await accountStore.commit([
        { table: ACCOUNT_TABLE.self, key: PRACTICE, value: rowValue({ vault } satisfies PracticeRow) },
      ])
  }

  /** C12: the member at this device as a signature names it; null for a person. */
  currentMember(): ContentSigner | null {
    return currentMember(this.state, this.device.id, this.boxKeys())
  }

  /** Drops every secret key; the last action of a session. */
  forget(): void {
    this.#input.accountStoreKey.fill(0)
    this.#boxKeys.clear()
    this.#boxKeys.roles?.clear()
    for (const { signing, box } of [this.device, ...this.#former]) {
      signing.seed.fill(0)
      box.secretKey.fill(0)
    }
    this.#identity = { ...this.#identity, seed: new Uint8Array(), boxSecret: new Uint8Array() }
    forgetSigningKeys()
  }

  // --- devices and kit ----------------------------------------------------------------------------------------------------------

  /** This person's actions on their account. */
  get actions(): AccountActions {
    const { accountStore, accounts, platform, link } = this.#input
    const server = () => {
      const { server: api, key } = link
      return api === null || key === null ? null : { api, key }
    }
    return new AccountActions({
      accountStore,
      accounts,
      account: this.id,
      device: this.device,
      boxKeys: this.boxKeys,
      randomBytes: platform.randomBytes,
      server,
      hasServer: () => link.row !== null,
    })
  }

  devices(): DeviceView[] {
    const { accountStore, accounts, open, platform } = this.#input
    const { actions } = this
    return deviceViews({
      state: accounts.lookup(this.id),
      thisDevice: idText(this.device.id),
      former: formerOf(accountStore)?.devices ?? [],
      boxKeys: this.boxKeys(),
      seenAt: (id) => actions.seenAt(id),
      isKnown: (id) => typeof accountStore.get(ACCOUNT_TABLE.settings, knownSetting(id)) === 'string',
      freshness: open.entries().flatMap(([, { machine }]) => freshnessOf(machine)),
      now: platform.clock.now(),
    })
  }

  async #done(action: Promise<AccountActionOutcome>): Promise<AccountActionOutcome> {
    const outcome = await action
    if (outcome.type !== 'done') return outcome
    await this.useKit()
    this.hasGrown()
    await this.#input.syncNow()
    return outcome
  }

  removeDevice(id: string): Promise<AccountActionOutcome> {
    return this.#done(this.actions.remove(textId(id) ?? new Uint8Array()))
  }

  renameDevice(id: string, name: string): Promise<AccountActionOutcome> {
    return this.#done(this.actions.rename(textId(id) ?? new Uint8Array(), name))
  }

  replaceKit(code: string): Promise<AccountActionOutcome> {
    return this.#done(this.actions.replaceKit(code))
  }

  drawKit(): { code: string; number: number } {
    const kits = [...this.state.devices.values()].filter(isRecovery)
    return { code: generateRecoveryCode(this.#input.platform.randomBytes), number: kits.length + 1 }
  }

  isKit(code: string): boolean {
    const secret = parseRecoveryCode(code)
    const kit = liveKit(this.state)
    return secret !== null && kit !== null && idText(recoveryDevice(secret).id) === idText(kit.id)
  }

  /** Whether the copy of the kit in use was typed back, on any device of the account. */
  isKitProved(): boolean {
    const kit = liveKit(this.state)
    return kit !== null && appearanceOf(this.#input.accountStore, idText(this.id)).kit === idText(kit.id)
  }

  async proveKit(): Promise<void> {
    const { accountStore, platform } = this.#input
    const kit = liveKit(this.state)
    if (kit === null) return
    const id = idText(this.id)
    await accountStore.commit(() => ({
      rows: kitProved(accountStore, id, idText(kit.id), this.ownName, platform.clock.now()),
    }))
  }

  /** When the account began; null where no device wrote it. */
  get since(): number | null {
    const { since, at } = appearanceOf(this.#input.accountStore, idText(this.id))
    return since || at || null
  }

  waitUntil(): number | null {
    const until = this.actions.waitUntil()
    return until !== null && until > this.#input.platform.clock.now() ? until : null
  }

  /** K7: the kit that the account log names also opens this device's store; the previous kit no longer does. */
  async useKit(): Promise<void> {
    const { accountStore, keyring, accountStoreKey } = this.#input
    const { state } = this
    const kit = liveKit(state)
    const known = accountStore.get(ACCOUNT_TABLE.self, KIT_BOX) ?? [...state.devices.values()].find(isRecovery)?.box
    if (kit === null || (known instanceof Uint8Array && idText(known) === idText(kit.box))) return
    const changed = await keyring.changeRecoveryKey(accountStoreKey, kit.box)
    if (changed.type !== 'changed') return
    await accountStore.commit([{ table: ACCOUNT_TABLE.self, key: KIT_BOX, value: kit.box }])
  }

  /** The log has grown: open charts and views are updated. */
  hasGrown(): void {
    for (const [, chart] of this.#input.open.entries()) chart.afterControl()
    this.#input.changed()
  }

  /** C12: sets a member's fields; after a refusal with `changed`, the current log has been read. */
  async changeMember(...[member, from]: Parameters<AccountActions['changeMember']>): Promise<AccountActionOutcome> {
    const outcome = await this.#done(this.actions.changeMember(member, from))
    if (outcome.type === 'refused') this.hasGrown()
    return outcome
  }

  removeMember(id: string): Promise<AccountActionOutcome> {
    return this.#done(this.actions.removeMember(textId(id) ?? new Uint8Array()))
  }

  /**
   * K8: answers the code on a new device's screen; `member`: the member whose first device it is (C12), absent for a further device of the
   * current member.
   */
  async addDevice(
    code: string,
    member: MemberInput | null = null,
  ): Promise<{ type: 'pairing'; addition: DeviceAddition } | PairingRefusal> {
    const { server, key } = this.#input.link
    if (server === null || key === null) return { type: 'offline' }
    const answered = await invitePairing(code, {
      actions: this.actions,
      member,
      sender: server,
      serverKey: key,
      name: this.name,
      vaults: this.#controlHeads(),
      wait: systemWait,
      onAdded: () => this.hasGrown(),
    })
    return answered instanceof PairingInviter ? { type: 'pairing', addition: answered } : answered
  }

  /** F2: heads of the control logs that are open here, for a device that pairs. */
  #controlHeads(): { vault: Uint8Array; n: number; h: Uint8Array }[] {
    return this.#input.open.entries().flatMap(([vault, chart]) => {
      const { control } = chart.machine
      return control === null || control.n === 0 ? [] : [{ vault: textId(vault)!, n: control.n, h: control.h }]
    })
  }

  /** K7, K11: the kit enrols a device that was restored from a backup. */
  async join(code: string): Promise<{ type: 'done' } | JoinRefusal> {
    const { accountStore, accounts, link, platform } = this.#input
    const { device } = this
    if (joinStateOf(accountStore) === null) return { type: 'done' }
    const { randomBytes, deviceName } = platform
    const refused = await joinByKit(code, {
      accountStore,
      accounts,
      account: this.id,
      device,
      deviceName,
      randomBytes,
      pageSizes: link.pageSizes,
    })
    this.#boxKeysAt = 0
    if (refused !== null) return refused
    await this.useKit()
    this.hasGrown()
    link.connect()
    if (link.row !== null) await this.#input.syncNow()
    return { type: 'done' }
  }

  /**
   * F3: a copy acts under this device's id. From `done` on this installation is the new device; its charts and its server connection
   * follow.
   */
  async goOnAsNew(): Promise<ContinueOutcome> {
    const { accountStore, platform } = this.#input
    const { clock, randomBytes } = platform
    const old = this.device
    const gone = await continueAsNewDevice({
      accountStore,
      identity: this.#identity,
      actions: this.actions,
      clock,
      randomBytes,
    })
    if (gone.type !== 'done') return gone
    this.#device = gone.device
    this.#identity = gone.identity
    this.#boxKeysAt = 0
    // Open charts use these keys until they have switched.
    this.#former.push(old)
    return gone
  }

  /** F3: the person has read that this device continues as a new one. */
  async acknowledgeRenewal(): Promise<void> {
    const { accountStore, changed } = this.#input
    await accountStore.commit(() => {
      const former = formerOf(accountStore)
      return (
        former && { rows: [{ table: ACCOUNT_TABLE.self, key: FORMER, value: rowValue({ ...former, isRead: true }) }] }
      )
    })
    changed()
  }

  // --- sharing codes ------------------------------------------------------------------------------------------------------------

  sharingCode(): Grantee {
    const { state } = this
    const code = writeSharingCode(state.account, this.name, accountHead(state))
    const practice = state.practice !== null
    return { account: idText(this.id), name: this.name, practice, code, ...comparisonOf(readSharingCode(code)!) }
  }

  async readSharingCode(text: string): Promise<Grantee | CodeRefusal> {
    const { accounts, link } = this.#input
    const code = readSharingCode(text)
    if (code === null) return { type: 'bad-code' }
    if (idText(code.account) === idText(this.id)) return { type: 'own-code' }
    if (link.server === null || link.key === null) return { type: 'offline' }
    const refreshed = await accounts.refresh(code.account, link.server, link.key)
    if (refreshed.type === 'offline') return { type: 'offline' }
    if (refreshed.type === 'error') {
      // H9: asks the server to reserve a place, so that the account finds it whoever else waits there.
      const kept = refreshed.error === 'not-found' ? await link.server.expect(code.account) : null
      return { type: kept?.type === 'ok' ? 'expected' : 'not-found' }
    }
    const state = accounts.lookup(code.account)
    // C3: an account log that contradicts the code stops everything.
    if (refreshed.type !== 'ok' || state === null || !hasAccountHead(state, { n: code.n, h: code.h }))
      return { type: 'changed' }
    const plain = text.replace(/\s+/g, '')
    const practice = state.practice !== null
    return { account: idText(code.account), name: shownName(code.name), practice, code: plain, ...comparisonOf(code) }
  }

  // --- how this device is unlocked ----------------------------------------------------------------------------------------------

  async changePassphrase(current: string, next: string, platform?: { isPin: boolean }): Promise<PassphraseChange> {
    const { keyring } = this.#input
    const platformKey = this.#input.platform.platformKey ?? null
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
}

/** The account's box keys from the backup; empty on any other device. */
function backupKeysOf(accountStore: AccountRows): AccountItem['boxKeys'] {
  return (accountStore.get(ACCOUNT_TABLE.self, BACKUP_KEYS) as AccountItem['boxKeys'] | undefined) ?? []
}
