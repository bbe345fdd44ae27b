/**
 * The accounts on this device: creates an account, unlocks one, and enrols this device through another device of the account (K4, K7, K8).
 * restore-account.ts enrols by kit or backup.
 */
import { generateRecoveryCode, parseRecoveryCode } from '@chartkeep/crypto'
import { PRACTICE_ROLES, type PracticeRole } from '@chartkeep/domain'
import { idText } from '@chartkeep/protocol'
import {
  diskTroubleOf,
  listSlots,
  openAccountStore,
  openKeyring,
  rescueStore,
  type DiskTrouble,
  type Hold,
  type Keyring,
  type SlotFailure,
} from '@chartkeep/store'
import { createDevice, recoveryDevice } from '../account/account-keys.ts'
import { genesisEntry, liveKit } from '../account/account-writer.ts'
import type {
  AccountSlot,
  AccountManager,
  NewDevice,
  PairingRefusal,
  PlatformWay,
  RescuedChart,
  Session,
  UnlockOptions,
  UnlockRefusal,
} from '../contract/api.ts'
import { HttpServer, serverInfo } from '../transport/http-server.ts'
import { PairingJoiner } from './pairing-joiner.ts'
import { pairingRelay, systemWait } from '../transport/pairing-relay.ts'
import type { DevicePlatform } from '../account/platform.ts'
import { ACCOUNT_TABLE, type VaultRow } from '../account/account-store.ts'
import type { MemberInput } from '../account/practice-writer.ts'
import { rescueChart } from '../chart/rescue.ts'
import { identityOf, createAccountStore } from './new-account-store.ts'
import { restoreBackup, restoreByKit } from './restore-account.ts'
import { OpenSession } from '../session/session.ts'

/** Creates the account manager of this device. */
export function createAccountManager(platform: DevicePlatform): AccountManager {
  return new DeviceAccountManager(platform)
}

interface NewAccount {
  label: string
  name: string
  passphrase: string
  server: string | null
  invite?: string
}

class DeviceAccountManager implements AccountManager {
  readonly #platform: DevicePlatform

  constructor(platform: DevicePlatform) {
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
    await made.session.begin()
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
    const opened = await createAccountStore(
      this.#platform,
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
      // A lost platform key is removed together with the old passphrase.
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
      const accountStore = await rescueStore({ key: unlocked.key, log: this.#platform.log(slot) })
      unlocked.key.fill(0)
      if (accountStore.type === 'missing') return accountStore
      if (accountStore.type !== 'rescued') return { type: 'damaged', reason: accountStore.type }
      const charts: RescuedChart[] = []
      for (const { table, value } of accountStore.rows) {
        if (table !== ACCOUNT_TABLE.vaults) continue
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

  restore(input: Parameters<AccountManager['restore']>[0]): ReturnType<AccountManager['restore']> {
    return restoreByKit(this.#platform, input)
  }

  restoreBackup(input: Parameters<AccountManager['restoreBackup']>[0]): ReturnType<AccountManager['restoreBackup']> {
    return restoreBackup(this.#platform, input)
  }

  async pair(input: {
    label: string
    passphrase: string
    server: string
  }): Promise<{ type: 'pairing'; device: NewDevice } | PairingRefusal> {
    const { server: address } = input
    const { deviceName, randomBytes } = this.#platform
    const relay = pairingRelay(address)
    const pairing = await PairingJoiner.open({ relay, address, deviceName, randomBytes, wait: systemWait })
    if (!(pairing instanceof PairingJoiner)) return pairing
    const device: NewDevice = {
      code: pairing.code,
      answered: () => pairing.answered(),
      confirm: () => this.#enterPaired(pairing, input),
      cancel: () => pairing.end('refused'),
    }
    return { type: 'pairing', device }
  }

  async #enterPaired(
    pairing: PairingJoiner,
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
        (await createAccountStore(
          this.#platform,
          {
            label: input.label,
            passphrase: input.passphrase,
            recoveryBox: kit.box,
            identity: identityOf(device, account, name, input.label),
            server: { address: input.server, key: serverKey, registered: true },
            promised: answer.vaults.map(({ vault, n, h }) => ({
              table: ACCOUNT_TABLE.promised,
              key: idText(vault),
              value: { n, h },
            })),
          },
          (accounts) => accounts.append(null, paired.entries),
        ))
      await pairing.end(session === null ? 'refused' : 'entered')
      return session === null ? { type: 'fork' } : { type: 'unlocked', session }
    } catch (error) {
      // A full disk: the other device removes this one again.
      await pairing.end('refused')
      throw error
    }
  }

  /**
   * Locks the store for this tab, gets its key and opens it. The store is taken from another tab only once the key is here, so that a
   * person without the key interrupts nobody. Any failure releases the store.
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
      const opened = await this.#openAccountStore(slot, keyring, key, hold, options)
      if (opened.type !== 'unlocked') return opened
      isOpen = true
      // A1: failed unlocks were counted outside the store while it was closed; they are written now.
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

  async #openAccountStore(
    slot: string,
    keyring: Keyring,
    key: Uint8Array,
    hold: Hold & { type: 'held' },
    { onProgress, signal }: UnlockOptions,
  ): Promise<{ type: 'unlocked'; session: OpenSession } | UnlockRefusal> {
    const opening = { ...(onProgress ? { onProgress } : {}), ...(signal ? { signal } : {}) }
    const accountStore = await openAccountStore({
      name: slot,
      key,
      log: this.#platform.log(slot),
      mustExist: true,
      ...opening,
    })
    if (accountStore.type !== 'home') {
      if (accountStore.type === 'missing' || accountStore.type === 'newer') return { type: accountStore.type }
      return {
        type: 'damaged',
        reason: accountStore.type === 'damaged' ? `${accountStore.reason}-${accountStore.entry}` : accountStore.type,
      }
    }
    try {
      const session = await OpenSession.open({
        slot,
        platform: this.#platform,
        accountStore,
        keyring,
        accountStoreKey: key,
        hold,
      })
      return await this.#prepared(session, opening)
    } catch (error) {
      await accountStore.close()
      if (signal?.aborted || diskTroubleOf(error) !== null) throw error
      return { type: 'damaged', reason: 'account' }
    }
  }

  /** The session with its first chart open; locked again if the opening was stopped. */
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
}

/** What the unlock screen may know of the platform key that a slot needs; if this program lacks its adapter, only its kind. */
function wayOf(platform: { kind: string; isPin: boolean } | null): AccountSlot['platform'] {
  return platform && { kind: platform.kind === 'system' ? 'system' : 'passkey', isPin: platform.isPin }
}

function refusalOf(failure: SlotFailure): UnlockRefusal {
  return failure.type === 'damaged' ? { type: 'damaged', reason: 'keyring' } : { type: failure.type }
}
