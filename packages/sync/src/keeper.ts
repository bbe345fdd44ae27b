/** The accounts on this device: make one, unlock one, enter this device into one by its recovery kit (K4, K6, K7). */
import { generateRecoveryCode, parseRecoveryCode } from '@chartkeep/crypto'
import { textId } from '@chartkeep/protocol'
import {
  createKeyring,
  createSlotName,
  listSlots,
  openHomeStore,
  openKeyring,
  type HomeStore,
  type Keyring,
} from '@chartkeep/store'
import { AccountBook } from './account-book.ts'
import {
  createDevice,
  deviceAddedEntry,
  genesisEntry,
  openBoxKeys,
  recoveryDevice,
  type DeviceSecrets,
} from './account-writer.ts'
import type { AccountSlot, Keeper, RestoreRefusal, Session, UnlockRefusal } from './api.ts'
import { homeRows } from './chart-rows.ts'
import { HttpServer, lookUpRecovery, serverInfo } from './http-server.ts'
import type { KeeperPlatform } from './platform.ts'
import { HOME, type IdentityRow, type ServerRow } from './home.ts'
import { OpenSession } from './session.ts'
import { rowValue } from './vault-state.ts'

/** Opens the keeper of this device. */
export function createKeeper(platform: KeeperPlatform): Keeper {
  return new DeviceKeeper(platform)
}

interface NewHome {
  label: string
  passphrase: string
  recoveryBox: Uint8Array
  identity: IdentityRow
  server: ServerRow | null
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
          ? { slot, label: label.label, failedTries: label.failedTries }
          : { slot, label: '', failedTries: 0 }
      }),
    )
    return found.toSorted((a, b) => a.label.localeCompare(b.label))
  }

  async create(input: {
    label: string
    name: string
    passphrase: string
    server: string | null
  }): Promise<{ session: Session; recoveryCode: string }> {
    const { randomBytes, deviceName } = this.#platform
    const recoveryCode = generateRecoveryCode(randomBytes)
    const recovery = recoveryDevice(parseRecoveryCode(recoveryCode)!)
    const device = createDevice(randomBytes)
    const { entry } = await genesisEntry(device, recovery, deviceName, randomBytes)
    const opened = await this.#newHome(
      {
        label: input.label,
        passphrase: input.passphrase,
        recoveryBox: recovery.box.publicKey,
        identity: identityOf(device, new Uint8Array(16), input.name, input.label),
        server: input.server === null ? null : { address: input.server, key: null, registered: false },
      },
      (accounts) => {
        return accounts.append(null, [entry])
      },
    )
    if (opened === null) throw new Error('the new account log does not hold')
    await opened.createChart({ name: input.name })
    return { session: opened, recoveryCode }
  }

  async unlock(slot: string, passphrase: string): Promise<{ type: 'unlocked'; session: Session } | UnlockRefusal> {
    const keyring = openKeyring({ disk: this.#platform.keyring, slot })
    const hold = await this.#platform.hold(slot)
    if (hold.type === 'in-use') return hold
    const label = await keyring.label()
    const unlocked = await keyring.unlock(passphrase)
    if (unlocked.type !== 'unlocked') {
      await hold.release()
      return unlocked.type === 'wrong-passphrase' ? { type: 'wrong-passphrase' } : refusalOf(unlocked)
    }
    return this.#openHome(slot, keyring, unlocked.key, hold, label.type === 'label' ? label.failedTries : 0)
  }

  async unlockWithKit(
    slot: string,
    code: string,
    newPassphrase: string,
  ): Promise<{ type: 'unlocked'; session: Session } | UnlockRefusal> {
    const secret = parseRecoveryCode(code)
    if (secret === null) return { type: 'wrong-code' }
    const keyring = openKeyring({ disk: this.#platform.keyring, slot })
    const hold = await this.#platform.hold(slot)
    if (hold.type === 'in-use') return hold
    const unlocked = await keyring.unlockWithRecoveryKey(recoveryDevice(secret).box)
    if (unlocked.type !== 'unlocked') {
      await hold.release()
      return unlocked.type === 'wrong-recovery-key' ? { type: 'wrong-code' } : refusalOf(unlocked)
    }
    await keyring.changePassphrase(unlocked.key, newPassphrase)
    return this.#openHome(slot, keyring, unlocked.key, hold)
  }

  async restore(input: {
    code: string
    label: string
    passphrase: string
    server: string
  }): Promise<{ type: 'unlocked'; session: Session } | RestoreRefusal> {
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
        refusal = await enterDevice(accounts, server, account, serverKey, recovery, device, this.#platform)
        return refusal === null
      },
    )
    return session === null ? (refusal ?? { type: 'refused', error: 'account' }) : { type: 'unlocked', session }
  }

  async #openHome(
    slot: string,
    keyring: Keyring,
    key: Uint8Array,
    hold: Awaited<ReturnType<KeeperPlatform['hold']>> & { type: 'held' },
    failedTries = 0,
  ): Promise<{ type: 'unlocked'; session: Session } | UnlockRefusal> {
    const home = await openHomeStore({ name: slot, key, log: this.#platform.log(slot), mustExist: true })
    if (home.type !== 'home') {
      await hold.release()
      return home.type === 'missing' ? { type: 'missing' } : { type: 'damaged', reason: home.type }
    }
    try {
      const session = await OpenSession.open({ slot, platform: this.#platform, home, keyring, homeKey: key, hold })
      // A1: counted beside the store while nothing could be opened, written now.
      if (failedTries > 0) await session.noteFailedUnlocks(failedTries)
      return { type: 'unlocked', session }
    } catch (error) {
      await home.close()
      await hold.release()
      return { type: 'damaged', reason: error instanceof Error ? error.message : 'unknown' }
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

function refusalOf(failure: { type: 'damaged' } | { type: 'missing' } | { type: 'newer' }): UnlockRefusal {
  return failure.type === 'damaged' ? { type: 'damaged', reason: 'keyring' } : { type: failure.type }
}

/** K7: the device on paper reads the account log, opens EK and lets the new device in. Null when it is in. */
async function enterDevice(
  accounts: AccountBook,
  server: HttpServer,
  account: Uint8Array,
  serverKey: Uint8Array,
  recovery: DeviceSecrets,
  device: DeviceSecrets,
  platform: KeeperPlatform,
): Promise<RestoreRefusal | null> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const refreshed = await accounts.refresh(account, server, serverKey)
    if (refreshed.type === 'offline') return refreshed
    if (refreshed.type !== 'ok')
      return { type: 'refused', error: refreshed.type === 'error' ? refreshed.error : refreshed.type }
    const state = accounts.lookup(account)!
    const keys = openBoxKeys(state, recovery)
    if (keys.size === 0) return { type: 'refused', error: 'box-key' }
    const entry = await deviceAddedEntry(state, recovery, device, platform.deviceName, keys, platform.randomBytes)
    const answer = await server.postAccount(account, entry)
    if (answer.type === 'offline') return answer
    if (answer.type === 'ok') {
      await accounts.append(account, [entry])
      return null
    }
    if (answer.error !== 'head-moved') return { type: 'refused', error: answer.error }
  }
  return { type: 'refused', error: 'head-moved' }
}
