/** A device in a process of Node: sealed SQLite files in one folder, cryptography by OpenSSL. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { installNative } from '@chartkeep/crypto/native'
import { holdStore, whoHolds } from '@chartkeep/store'
import { sqliteChunks, sqliteKeyringDisk, sqliteLog } from '@chartkeep/store/node'
import type { DevicePlatform } from '@chartkeep/sync'

/** @param folder - exists, and only this account on this machine reads it */
export function nodePlatform(folder: string, deviceName: string): DevicePlatform {
  installNative()
  return {
    keyring: sqliteKeyringDisk(join(folder, 'k.sqlite')),
    log: (name) => sqliteLog(join(folder, `${name}.sqlite`)),
    chunks: (name) => sqliteChunks(join(folder, `${name}.sqlite`)),
    hold: (name, options) => holdStore(name, options),
    whoHolds: (name) => whoHolds(name),
    watchTrouble: () => () => {},
    clock: { now: () => Date.now(), steady: () => performance.now() },
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    deviceName,
  }
}
