/**
 * Enrols a device that was restored from a backup (K7, K11). It has its own keys, which no server and no log knows yet: the kit enrols it
 * by an entry of the account log. Until then it reads and writes locally and sends nothing.
 */
import { parseRecoveryCode } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import type { AccountBook } from '../account/account-book.ts'
import { serverRowOf } from '../replicate/account-sync.ts'
import { openBoxKeys, recoveryDevice, type DeviceSecrets } from '../account/account-keys.ts'
import { deviceAddedEntry, liveKit } from '../account/account-writer.ts'
import type { JoinRefusal, RestoreRefusal } from '../contract/api.ts'
import { BACKUP_KEYS, ACCOUNT_TABLE, JOIN } from '../account/account-store.ts'
import { HttpServer, serverInfo } from '../transport/http-server.ts'
import type { PageSizes } from '../transport/adaptive-page-size.ts'
import type { AccountRows, RandomBytes } from '../ports/ports.ts'
import { reseedAccounts } from '../reseed/reseed-account.ts'
import { rowValue } from '../vault/vault-state.ts'

/** Thrown by actions that only an enrolled device may perform. */
export class NotJoinedError extends Error {
  override readonly name = 'NotJoinedError'
  constructor() {
    super('this device came from a backup and has not joined its account')
  }
}

export interface JoiningDevice {
  accountStore: AccountRows
  accounts: AccountBook
  account: Uint8Array
  device: DeviceSecrets
  deviceName: string
  randomBytes: RandomBytes
  pageSizes: PageSizes
}

/**
 * `out`: not in the account's log. `unposted`: in the local log, which no server has yet, because the account had none. Null: an enrolled
 * device.
 */
export function joinStateOf(accountStore: AccountRows): 'out' | 'unposted' | null {
  const row = accountStore.get(ACCOUNT_TABLE.self, JOIN)
  return row === 'out' || row === 'unposted' ? row : null
}

/** Null once the device is enrolled. A refusal changes nothing. */
export async function joinByKit(code: string, joining: JoiningDevice): Promise<JoinRefusal | null> {
  const secret = parseRecoveryCode(code)
  if (secret === null) return { type: 'wrong-code' }
  const recovery = recoveryDevice(secret)
  return serverRowOf(joining.accountStore) === null ? joinHere(recovery, joining) : joinAtServer(recovery, joining)
}

/** An account without a server: only this device writes its log. */
async function joinHere(recovery: DeviceSecrets, joining: JoiningDevice): Promise<JoinRefusal | null> {
  const { accountStore, accounts, account, device, deviceName, randomBytes } = joining
  const state = accounts.lookup(account)!
  const kit = liveKit(state)
  if (kit === null || idText(kit.id) !== idText(recovery.id)) return { type: 'other-kit' }
  if (!state.devices.has(idText(device.id))) {
    const entry = await deviceAddedEntry(state, recovery, device, deviceName, openBoxKeys(state, recovery), randomBytes)
    if (!(await accounts.append(account, [entry]))) return { type: 'refused', error: 'account' }
  }
  await accountStore.commit([
    { table: ACCOUNT_TABLE.self, key: JOIN, value: 'unposted' },
    { table: ACCOUNT_TABLE.self, key: BACKUP_KEYS, value: null },
  ])
  return null
}

async function joinAtServer(
  recovery: DeviceSecrets & { lookup: Uint8Array },
  joining: JoiningDevice,
): Promise<JoinRefusal | null> {
  const { accountStore, accounts, account } = joining
  const row = serverRowOf(accountStore)!
  const info = await serverInfo(row.address)
  if (info.type === 'offline') return info
  if (info.type !== 'ok') return { type: 'refused', error: info.error }
  const { key } = info.value
  if (row.key !== null && idText(row.key) !== idText(key)) return { type: 'refused', error: 'server-key' }
  const server = new HttpServer({ address: row.address, account, device: recovery, serverKey: () => key })
  // S9: a server that lost data learns the account log again.
  if (info.value.refilling) await reseedAccounts(accounts, account, server, joining.pageSizes)
  if (!row.registered) {
    const registered = await server.register(accounts.entries(account)[0]!, null)
    if (registered.type === 'offline') return registered
    if (registered.type === 'error' && registered.error !== 'head-moved')
      return { type: 'refused', error: registered.error }
  }
  const refused = await enterDevice(joining, server, key, recovery)
  if (refused !== null) return refused
  const posted = accounts.lookup(account)!.n
  await accountStore.commit(
    [
      { table: ACCOUNT_TABLE.self, key: 'server', value: rowValue({ ...row, key, registered: true }) },
      { table: ACCOUNT_TABLE.self, key: 'posted', value: posted },
      { table: ACCOUNT_TABLE.self, key: JOIN, value: null },
      { table: ACCOUNT_TABLE.self, key: BACKUP_KEYS, value: null },
    ],
    { erase: true },
  )
  return null
}

async function enterDevice(
  joining: JoiningDevice,
  server: HttpServer,
  serverKey: Uint8Array,
  recovery: DeviceSecrets,
): Promise<JoinRefusal | null> {
  const { accounts, account, device } = joining
  const known = accounts.lookup(account)!.devices.get(idText(device.id))
  if (known !== undefined) {
    // The entry was written before there was a server: it is valid unless another device has written in its place.
    const answer = await server.postAccount(account, accounts.entries(account)[known.addedAt - 1]!)
    if (answer.type === 'offline') return answer
    if (answer.type === 'ok') return null
    if (answer.error !== 'head-moved') return refusalOf(answer.error)
    await accounts.shorten(account, known.addedAt - 1)
  }
  const refused = await enrolDevice({ ...joining, server, serverKey, recovery })
  if (refused === null || refused.type === 'offline') return refused
  return refused.type === 'refused' ? refusalOf(refused.error) : { type: 'other-kit' }
}

function refusalOf(error: string): JoinRefusal {
  return error === 'unauthenticated' || error === 'not-found' || error === 'box-key'
    ? { type: 'other-kit' }
    : { type: 'refused', error }
}

export interface Enrolment extends Omit<JoiningDevice, 'accountStore' | 'pageSizes'> {
  server: HttpServer
  serverKey: Uint8Array
  recovery: DeviceSecrets
}

/** K7: the recovery device reads the account log, opens EK and enrols the new device. Null once it is enrolled. */
export async function enrolDevice({
  accounts,
  server,
  account,
  serverKey,
  recovery,
  device,
  deviceName,
  randomBytes,
}: Enrolment): Promise<RestoreRefusal | null> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const refreshed = await accounts.refresh(account, server, serverKey)
    if (refreshed.type === 'offline') return refreshed
    if (refreshed.type !== 'ok')
      return { type: 'refused', error: refreshed.type === 'error' ? refreshed.error : refreshed.type }
    const state = accounts.lookup(account)!
    const keys = openBoxKeys(state, recovery)
    if (keys.size === 0) return { type: 'refused', error: 'box-key' }
    const entry = await deviceAddedEntry(state, recovery, device, deviceName, keys, randomBytes)
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
