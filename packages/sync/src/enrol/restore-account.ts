/** Enrols this device in an account without another device of that account: by the recovery kit (K6) or by a backup (K11). */
import { parseRecoveryCode } from '@chartkeep/crypto'
import { diskTroubleOf, type Keyring } from '@chartkeep/store'
import { createDevice, recoveryDevice } from '../account/account-keys.ts'
import { liveKit } from '../account/account-writer.ts'
import type { BackupRestoreRefusal, AccountManager, RestoreRefusal, Session } from '../contract/api.ts'
import { BackupContentError, BackupIn } from '../backup/backup-in.ts'
import { ACCOUNT_TABLE, KIT_BOX } from '../account/account-store.ts'
import { HttpServer, lookUpRecovery, serverInfo } from '../transport/http-server.ts'
import { enrolDevice } from '../session/join-account.ts'
import { beginAccountStore, identityOf, createAccountStore } from './new-account-store.ts'
import type { DevicePlatform } from '../account/platform.ts'
import { rowValue } from '../vault/vault-state.ts'

type Unlocked = { type: 'unlocked'; session: Session }

export async function restoreByKit(
  platform: DevicePlatform,
  input: Parameters<AccountManager['restore']>[0],
): Promise<Unlocked | RestoreRefusal> {
  // A whole chart will be read.
  platform.decryptWorkers?.prepare?.()
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
  const { deviceName, randomBytes } = platform
  const device = createDevice(randomBytes)
  let refusal: RestoreRefusal | null = null
  const session = await createAccountStore(
    platform,
    {
      label: input.label,
      passphrase: input.passphrase,
      recoveryBox: recovery.box.publicKey,
      identity: identityOf(device, account, input.label, input.label),
      server: { address: input.server, key: serverKey, registered: true },
    },
    async (accounts) => {
      const server = new HttpServer({ address: input.server, account, device: recovery, serverKey: () => serverKey })
      refusal = await enrolDevice({ accounts, server, account, serverKey, recovery, device, deviceName, randomBytes })
      return refusal === null
    },
  )
  return session === null ? (refusal ?? { type: 'refused', error: 'account' }) : { type: 'unlocked', session }
}

export async function restoreBackup(
  platform: DevicePlatform,
  input: Parameters<AccountManager['restoreBackup']>[0],
): Promise<Unlocked | BackupRestoreRefusal> {
  const begun = await beginAccountStore(platform)
  const device = createDevice(platform.randomBytes)
  const taking = new BackupIn(begun.rows, platform, device)
  let keyring: Keyring | null = null
  try {
    for await (const item of input.items) {
      input.signal?.throwIfAborted()
      await taking.take(item)
    }
    const { account, book } = await taking.finish()
    const label = input.label ?? account.label
    const kit = liveKit(book.lookup(account.account)!)?.box ?? account.kitBox
    const identity = identityOf(device, account.account, account.name, label)
    await begun.rows.commit([
      { table: ACCOUNT_TABLE.self, key: 'identity', value: rowValue(identity) },
      { table: ACCOUNT_TABLE.self, key: KIT_BOX, value: kit },
    ])
    keyring = await begun.createKeyring({ label, passphrase: input.passphrase, recoveryPublicKey: kit })
    const session = await begun.open(keyring)
    if (input.code !== null) await session.join(input.code)
    return { type: 'unlocked', session }
  } catch (error) {
    await keyring?.remove()
    await taking.undo().catch(() => {})
    await begun.undo()
    if (error instanceof BackupContentError) return { type: 'content' }
    const trouble = input.signal?.aborted ? null : diskTroubleOf(error)
    if (trouble !== null) return { type: 'disk', trouble }
    throw error
  }
}
