/** Where a device keeps things: the keyring, sealed logs, chunks of files, the lock that lets one tab write. Browser and Node fill it in. */
import { randomBytes } from '@chartkeep/crypto'
import {
  dexieChunks,
  dexieKeyringDisk,
  dexieLog,
  holdStore,
  type ChunkDisk,
  type Hold,
  type KeyringDisk,
  type SealedLog,
} from '@chartkeep/store'
import type { Clock, RandomBytes } from './ports.ts'

export interface KeeperPlatform {
  keyring: KeyringDisk
  log(name: string): SealedLog
  chunks(name: string): ChunkDisk
  hold(name: string): Promise<Hold>
  clock: Clock
  randomBytes: RandomBytes
  /** How this device calls itself on the list of devices. */
  deviceName: string
}

/** IndexedDB, Web Locks, the system clock. Names of databases are random text. */
export function browserPlatform(deviceName: string): KeeperPlatform {
  return {
    keyring: dexieKeyringDisk('k'),
    log: (name) => dexieLog(name),
    chunks: (name) => dexieChunks(name),
    hold: (name) => holdStore(name),
    clock: { now: () => Date.now() },
    randomBytes,
    deviceName,
  }
}
