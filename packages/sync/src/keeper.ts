/**
 * The accounts on this device: make one, unlock one, enter this device into one by its recovery kit, another device or a backup (K4, K6-K8, K11).
 *
 * Over 500 lines because all ways in end in the same few steps, which take back what they have begun when one of them fails.
 */
import { generateRecoveryCode, parseRecoveryCode } from '@chartkeep/crypto'
import { PRACTICE_ROLES, type PracticeRole } from '@chartkeep/domain'
import { idText, textId } from '@chartkeep/protocol'
import {
  createKeyring,
  createSlotName,
  diskTroubleOf,
  listSlots,
  openHomeStore,
  openKeyring,
  rescueStore,
  type DiskTrouble,
  type Hold,
  type HomeStore,
  type Keyring,
  type SlotFailure,
  type SyncRow,
} from '@chartkeep/store'
import { AccountBook } from './account-book.ts'
import { createDevice, recoveryDevice, type DeviceSecrets } from './account-keys.ts'
import { genesisEntry, liveKit } from './account-writer.ts'
import type {
  AccountSlot,
  BackupRestoreRefusal,
  Keeper,
  NewDevice,
  PairingRefusal,
  PlatformWay,
  RestoreRefusal,
  Session,
  UnlockOptions,
  UnlockRefusal,
} from './api.ts'
import { BackupContentError, BackupIn } from './backup-in.ts'
import { homeRows } from './chart-rows.ts'
import { HttpServer, lookUpRecovery, serverInfo } from './http-server.ts'
import { NewDevicePairing } from './pairing-new.ts'
import { pairingRelay, systemWait } from './pairing-relay.ts'
import { letIn } from './join-account.ts'
import type { KeeperPlatform } from './platform.ts'
import { HOME, INVITE, KIT_BOX, type IdentityRow, type ServerRow, type VaultRow } from './home.ts'
import type { MemberInput } from './practice-writer.ts'
import { rescueChart, type RescuedChart } from './rescue.ts'
import { OpenSession } from './session.ts'
import { rowValue } from './vault-state.ts'

/** Opens the keeper of this device. */
export function createKeeper(platform: KeeperPlatform): Keeper {
  return new DeviceKeeper(platform)
}

interface NewAccount {
  label: string
  name: string
  passphrase: string
  server: string | null
  invite?: string
}

interface NewHome {
  label: string
  passphrase: string
  recoveryBox: Uint8Array
  /** F2: heads that came by another way than the server's. */
  promised?: SyncRow[]
  identity: IdentityRow
  server: ServerRow | null
  invite?: string
}

class DeviceKeeper implements Keeper {
  readonly #platform: KeeperPlatform

  constructor(platform: KeeperPlatform) {
    this.#platform = platform
  }

  async accounts(): Promise<AccountSlot[]> {
    const slots = await listSlots(this.#platform.keyring)
    const found = await Promise.all(
      slots.map(async (slot) => {
        const label = await openKeyring({ disk: this.#platform.keyring, slot }).label()
        return label.type === 'label'
          ? { slot, label: label.label, failedTries: label.failedTries, platform: wayOf(label.platform) }
          : { slot, label: '', failedTries: 0, platform: null }
      }),
    )
    return found.toSorted((a, b) => a.label.localeCompare(b.label))
  }

  async registration(server: string): Promise<'open' | 'invite' | 'closed' | null> {
    const info = await serverInfo(server)
    return info.type === 'ok' ? info.value.registration : null
  }

  async create(input: NewAccount): Promise<{ session: Session; recoveryCode: string }> {
    const made = await this.#newAccount(input)
    await made.session.createChart({ name: input.name })
    return made
  }

  async createPractice(
    input: NewAccount & { memberName: string; roles: readonly PracticeRole[] },
  ): Promise<{ session: Session; recoveryCode: string }> {
    const roles = PRACTICE_ROLES.filter((role) => role === 'admin' || input.roles.includes(role))
    const founder = { id: this.#platform.randomBytes(16), name: input.memberName, roles }
    const made = await this.#newAccount(input, founder)
    await made.session.makePractice(input.name)
    return made
  }

  async #newAccount(
    input: NewAccount,
    founder: MemberInput | null = null,
  ): Promise<{ session: OpenSession; recoveryCode: string }> {
    const { randomBytes, deviceName } = this.#platform
    const recoveryCode = generateRecoveryCode(randomBytes)
    const recovery = recoveryDevice(parseRecoveryCode(recoveryCode)!)
    const device = createDevice(randomBytes)
    const { entry } = await genesisEntry(device, recovery, deviceName, randomBytes, founder)
    const opened = await this.#newHome(
      {
        label: input.label,
        passphrase: input.passphrase,
        recoveryBox: recovery.box.publicKey,
        identity: identityOf(device, new Uint8Array(16), input.name, input.label),
        server: input.server === null ? null : { address: input.server, key: null, registered: false },
        ...(input.invite === undefined || input.server === null ? {} : { invite: input.invite }),
      },
      (accounts) => {
        return accounts.append(null, [entry])
      },
    )
    if (opened === null) throw new Error('the new account log does not hold')
    return { session: opened, recoveryCode }
  }

  async unlock(
    slot: string,
    passphrase: string,
    options: UnlockOptions = {},
  ): Promise<{ type: 'unlocked'; session: Session } | UnlockRefusal> {
    const keyring = openKeyring({ disk: this.#platform.keyring, slot })
    return this.#withStore(slot, keyring, options, async () => {
      const label = await keyring.label()
      const unlocked = await keyring.unlock(passphrase, this.#platform.platformKey ?? null)
      if (unlocked.type === 'wrong-passphrase') return { type: 'wrong-passphrase' }
      if (unlocked.type === 'platform-key') return unlocked
      if (unlocked.type !== 'unlocked') return refusalOf(unlocked)
      return { ...unlocked, failedTries: label.type === 'label' ? label.failedTries : 0 }
    })
  }

  async unlockWithKit(
    slot: string,
    code: string,
    newPassphrase: string,
    options: UnlockOptions = {},
  ): Promise<{ type: 'unlocked'; session: Session } | UnlockRefusal> {
    const secret = parseRecoveryCode(code)
    if (secret === null) return { type: 'wrong-code' }
    const keyring = openKeyring({ disk: this.#platform.keyring, slot })
    return this.#withStore(slot, keyring, options, async () => {
      const unlocked = await keyring.unlockWithRecoveryKey(recoveryDevice(secret).box)
      if (unlocked.type === 'wrong-recovery-key') return { type: 'wrong-code' }
      if (unlocked.type !== 'unlocked') return refusalOf(unlocked)
      // A platform key that was lost goes with the old passphrase.
      const changed = await keyring.changePassphrase(unlocked.key, newPassphrase)
      if (changed.type !== 'changed') {
        unlocked.key.fill(0)
        return changed.type === 'damaged' || changed.type === 'missing' || changed.type === 'newer'
          ? refusalOf(changed)
          : { type: 'damaged', reason: 'keyring' }
      }
      return { ...unlocked, failedTries: 0 }
    })
  }

  async rescue(slot: string, passphrase: string): Promise<{ type: 'rescued'; charts: RescuedChart[] } | UnlockRefusal> {
    const hold = await this.#platform.hold(slot)
    if (hold.type === 'in-use') return { type: 'in-use', since: hold.holder?.since ?? null }
    try {
      const keyring = openKeyring({ disk: this.#platform.keyring, slot })
      const unlocked = await keyring.unlock(passphrase, this.#platform.platformKey ?? null)
      if (unlocked.type === 'wrong-passphrase') return { type: 'wrong-passphrase' }
      if (unlocked.type === 'platform-key') return unlocked
      if (unlocked.type !== 'unlocked') return refusalOf(unlocked)
      const home = await rescueStore({ key: unlocked.key, log: this.#platform.log(slot) })
      unlocked.key.fill(0)
      if (home.type === 'missing') return home
      if (home.type !== 'rescued') return { type: 'damaged', reason: home.type }
      const charts: RescuedChart[] = []
      for (const { table, value } of home.rows) {
        if (table !== HOME.vaults) continue
        const { name, key, log } = value as unknown as VaultRow
        const chart = await rescueChart(name, key, this.#platform.log(log))
        if (chart !== null) charts.push(chart)
      }
      return charts.length === 0 ? { type: 'damaged', reason: 'nothing-opens' } : { type: 'rescued', charts }
    } finally {
      await hold.release()
    }
  }

  async whereOpen(slot: string): Promise<{ since: number | null } | null> {
    const found = await this.#platform.whoHolds(slot)
    return found && { since: found.holder?.since ?? null }
  }

  async removeMissing(slot: string): Promise<boolean> {
    const hold = await this.#platform.hold(slot)
    if (hold.type !== 'held') return false
    const log = this.#platform.log(slot)
    try {
      for await (const _entry of log.load()) return false
      await openKeyring({ disk: this.#platform.keyring, slot }).remove()
      await log.destroy()
      return true
    } finally {
      await log.close()
      await hold.release()
    }
  }

  async platformWay(): Promise<PlatformWay | null> {
    const key = this.#platform.platformKey ?? null
    return key !== null && (await key.available()) ? key.kind : null
  }

  watchTrouble(listener: (trouble: DiskTrouble) => void): () => void {
    return this.#platform.watchTrouble(listener)
  }

  async restore(input: {
    code: string
    label: string
    passphrase: string
    server: string
  }): Promise<{ type: 'unlocked'; session: Session } | RestoreRefusal> {
    // A whole chart will be read.
    this.#platform.openers?.prepare?.()
    const secret = parseRecoveryCode(input.code)
    if (secret === null) return { type: 'wrong-code' }
    const recovery = recoveryDevice(secret)
    const info = await serverInfo(input.server)
    if (info.type !== 'ok') return info.type === 'offline' ? info : { type: 'refused', error: info.error }
    const found = await lookUpRecovery(input.server, recovery.lookup)
    if (found.type === 'offline') return found
    if (found.type === 'error')
      return found.error === 'not-found' ? { type: 'unknown-code' } : { type: 'refused', error: found.error }
    const { account } = found.value
    const serverKey = info.value.key
    const device = createDevice(this.#platform.randomBytes)
    const identity = identityOf(device, account, input.label, input.label)
    let refusal: RestoreRefusal | null = null
    const session = await this.#newHome(
      {
        label: input.label,
        passphrase: input.passphrase,
        recoveryBox: recovery.box.publicKey,
        identity,
        server: { address: input.server, key: serverKey, registered: true },
      },
      async (accounts) => {
        const server = new HttpServer({ address: input.server, account, device: recovery, serverKey: () => serverKey })
        const { deviceName, randomBytes } = this.#platform
        const letting = { accounts, server, account, serverKey, recovery, device, deviceName, randomBytes }
        refusal = await letIn(letting)
        return refusal === null
      },
    )
    return session === null ? (refusal ?? { type: 'refused', error: 'account' }) : { type: 'unlocked', session }
  }

  async restoreBackup(input: {
    items: AsyncIterable<Uint8Array>
    label: string | null
    passphrase: string
    code: string | null
    signal?: AbortSignal
  }): Promise<{ type: 'unlocked'; session: Session } | BackupRestoreRefusal> {
    const platform = this.#platform
    const slot = createSlotName()
    const hold = await platform.hold(slot)
    if (hold.type !== 'held') throw new Error('a new store is in use already')
    const key = platform.randomBytes(32)
    const home = await openHomeStore({ name: slot, key, log: platform.log(slot) })
    if (!isHome(home)) throw new Error(`a new store could not be opened: ${home.type}`)
    const rows = homeRows(home)
    const device = createDevice(platform.randomBytes)
    const taking = new BackupIn(rows, platform, device)
    let keyring: Keyring | null = null
    try {
      for await (const item of input.items) {
        input.signal?.throwIfAborted()
        await taking.take(item)
      }
      const { account, book } = await taking.finish()
      const label = input.label ?? account.label
      const kit = liveKit(book.lookup(account.account)!)?.box ?? account.kitBox
      await rows.commit([
        {
          table: HOME.self,
          key: 'identity',
          value: rowValue(identityOf(device, account.account, account.name, label)),
        },
        { table: HOME.self, key: KIT_BOX, value: kit },
      ])
      const created = await createKeyring({
        disk: platform.keyring,
        slot,
        label,
        passphrase: input.passphrase,
        recoveryPublicKey: kit,
        key,
      })
      if (created.type !== 'created') throw new Error('the slot of a new account is taken')
      keyring = created.keyring
      const session = await OpenSession.open({ slot, platform, home, keyring, homeKey: key, hold })
      if (input.code !== null) await session.join(input.code)
      return { type: 'unlocked', session }
    } catch (error) {
      await keyring?.remove()
      await taking.undo().catch(() => {})
      await home.close()
      await platform.log(slot).destroy()
      await hold.release()
      key.fill(0)
      if (error instanceof BackupContentError) return { type: 'content' }
      const trouble = input.signal?.aborted ? null : diskTroubleOf(error)
      if (trouble !== null) return { type: 'disk', trouble }
      throw error
    }
  }

  async pair(input: {
    label: string
    passphrase: string
    server: string
  }): Promise<{ type: 'pairing'; device: NewDevice } | PairingRefusal> {
    const { server: address } = input
    const { deviceName, randomBytes } = this.#platform
    const relay = pairingRelay(address)
    const pairing = await NewDevicePairing.open({ relay, address, deviceName, randomBytes, wait: systemWait })
    if (!(pairing instanceof NewDevicePairing)) return pairing
    const device: NewDevice = {
      code: pairing.code,
      answered: () => pairing.answered(),
      confirm: () => this.#enterPaired(pairing, input),
      cancel: () => pairing.end('refused'),
    }
    return { type: 'pairing', device }
  }

  async #enterPaired(
    pairing: NewDevicePairing,
    input: { label: string; passphrase: string; server: string },
  ): Promise<{ type: 'unlocked'; session: Session } | PairingRefusal> {
    const { answer, device } = pairing
    if (answer === null) return { type: 'cancelled' }
    const { account, serverKey, name } = answer
    const server = new HttpServer({ address: input.server, account, device, serverKey: () => serverKey })
    const paired = await pairing.enter(server)
    if ('type' in paired) {
      if (paired.type !== 'offline') await pairing.end('refused')
      return paired
    }
    const kit = liveKit(paired.state)
    try {
      const session =
        kit &&
        (await this.#newHome(
          {
            label: input.label,
            passphrase: input.passphrase,
            recoveryBox: kit.box,
            identity: identityOf(device, account, name, input.label),
            server: { address: input.server, key: serverKey, registered: true },
            promised: answer.vaults.map(({ vault, n, h }) => ({
              table: HOME.promised,
              key: idText(vault),
              value: { n, h },
            })),
          },
          (accounts) => accounts.append(null, paired.entries),
        ))
      await pairing.end(session === null ? 'refused' : 'entered')
      return session === null ? { type: 'fork' } : { type: 'unlocked', session }
    } catch (error) {
      // A full disk: the other device takes this one out again.
      await pairing.end('refused')
      throw error
    }
  }

  /**
   * Holds the store, gets its key, opens it. From a tab that has it already it is taken only once the key is here:
   * who cannot open it interrupts nobody. Whatever fails lets go of the store.
   */
  async #withStore(
    slot: string,
    keyring: Keyring,
    options: UnlockOptions,
    getKey: () => Promise<{ type: 'unlocked'; key: Uint8Array; failedTries: number } | UnlockRefusal>,
  ): Promise<{ type: 'unlocked'; session: Session } | UnlockRefusal> {
    const { takeOver = false, signal } = options
    let hold: Hold | null = null
    let key: Uint8Array | null = null
    let isOpen = false
    try {
      hold = await this.#platform.hold(slot)
      if (hold.type === 'in-use' && !takeOver) return { type: 'in-use', since: hold.holder?.since ?? null }
      const got = await getKey()
      if (got.type !== 'unlocked') return got
      key = got.key
      if (hold.type === 'in-use') hold = await this.#platform.hold(slot, { takeOver: true })
      if (hold.type === 'in-use') return { type: 'in-use', since: hold.holder?.since ?? null }
      if (signal?.aborted) return { type: 'cancelled' }
      const opened = await this.#openHome(slot, keyring, key, hold, options)
      if (opened.type !== 'unlocked') return opened
      isOpen = true
      // A1: counted beside the store while nothing could be opened, written now.
      if (got.failedTries > 0) await opened.session.noteFailedUnlocks(got.failedTries).catch(() => {})
      return opened
    } catch (error) {
      if (signal?.aborted) return { type: 'cancelled' }
      const trouble = diskTroubleOf(error)
      if (trouble === null) throw error
      return { type: 'disk', trouble }
    } finally {
      if (!isOpen) {
        key?.fill(0)
        if (hold?.type === 'held') await hold.release()
      }
    }
  }

  async #openHome(
    slot: string,
    keyring: Keyring,
    key: Uint8Array,
    hold: Hold & { type: 'held' },
    { onProgress, signal }: UnlockOptions,
  ): Promise<{ type: 'unlocked'; session: OpenSession } | UnlockRefusal> {
    const opening = { ...(onProgress ? { onProgress } : {}), ...(signal ? { signal } : {}) }
    const home = await openHomeStore({ name: slot, key, log: this.#platform.log(slot), mustExist: true, ...opening })
    if (home.type !== 'home') {
      if (home.type === 'missing' || home.type === 'newer') return { type: home.type }
      return { type: 'damaged', reason: home.type === 'damaged' ? `${home.reason}-${home.entry}` : home.type }
    }
    try {
      const session = await OpenSession.open({ slot, platform: this.#platform, home, keyring, homeKey: key, hold })
      return await this.#prepared(session, opening)
    } catch (error) {
      await home.close()
      if (signal?.aborted || diskTroubleOf(error) !== null) throw error
      return { type: 'damaged', reason: 'account' }
    }
  }

  /** The session with its first chart open; locked again when that was stopped. */
  async #prepared(
    session: OpenSession,
    opening: Pick<UnlockOptions, 'onProgress' | 'signal'>,
  ): Promise<{ type: 'unlocked'; session: OpenSession }> {
    try {
      await session.prepare(opening)
      return { type: 'unlocked', session }
    } catch (error) {
      await session.lock()
      throw error
    }
  }

  /** Makes keyring and home; `prepare` fills the account log and may say no, then nothing stays. The keyring row is written last but one: a crash before it leaves no account. */
  async #newHome(input: NewHome, prepare: (accounts: AccountBook) => Promise<boolean>): Promise<OpenSession | null> {
    const platform = this.#platform
    const slot = createSlotName()
    const hold = await platform.hold(slot)
    if (hold.type !== 'held') throw new Error('a new store is in use already')
    const key = platform.randomBytes(32)
    const home: HomeStore | { type: string } = await openHomeStore({ name: slot, key, log: platform.log(slot) })
    if (!isHome(home)) throw new Error(`a new store could not be opened: ${home.type}`)
    const rows = homeRows(home)
    const accounts = await AccountBook.open(rows)
    if (!(await prepare(accounts))) {
      await home.close()
      await platform.log(slot).destroy()
      await hold.release()
      return null
    }
    const account = input.identity.account.some((byte) => byte !== 0) ? input.identity.account : ownAccount(rows)
    await rows.commit([
      { table: HOME.self, key: 'identity', value: rowValue({ ...input.identity, account }) },
      { table: HOME.self, key: 'server', value: rowValue(input.server) },
      { table: HOME.self, key: KIT_BOX, value: input.recoveryBox },
      ...(input.promised ?? []),
      ...(input.invite === undefined ? [] : [{ table: HOME.self, key: INVITE, value: input.invite }]),
      // What came from the server need not be posted to it.
      ...(input.server?.registered ? [{ table: HOME.self, key: 'posted', value: accounts.lookup(account)!.n }] : []),
    ])
    const created = await createKeyring({
      disk: platform.keyring,
      slot,
      label: input.label,
      passphrase: input.passphrase,
      recoveryPublicKey: input.recoveryBox,
      key,
    })
    if (created.type !== 'created') throw new Error('the slot of a new account is taken')
    return OpenSession.open({ slot, platform, home, keyring: created.keyring, homeKey: key, hold })
  }
}

function isHome(home: HomeStore | { type: string }): home is HomeStore {
  return home.type === 'home'
}

function ownAccount(rows: ReturnType<typeof homeRows>): Uint8Array {
  const [account] = rows.table('accounts').keys()
  const id = account === undefined ? null : textId(account)
  if (id === null) throw new Error('the new account is not in its book')
  return id
}

function identityOf(device: DeviceSecrets, account: Uint8Array, name: string, label: string): IdentityRow {
  return { account, seed: device.signing.seed, boxSecret: device.box.secretKey, name, label }
}

/** What the unlock screen may know of the platform key that a slot needs; of an adapter that this program lacks, its kind. */
function wayOf(platform: { kind: string; isPin: boolean } | null): AccountSlot['platform'] {
  return platform && { kind: platform.kind === 'system' ? 'system' : 'passkey', isPin: platform.isPin }
}

function refusalOf(failure: SlotFailure): UnlockRefusal {
  return failure.type === 'damaged' ? { type: 'damaged', reason: 'keyring' } : { type: failure.type }
}
