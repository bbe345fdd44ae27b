/**
 * A device in this process: the real keeper over sealed SQLite files in a folder of its own, with a clock that a test can move. It computes
 * with OpenSSL, as the server does, and once for each passphrase and salt; with what browsers have the journeys in Chromium do.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from '@chartkeep/crypto'
import { installEngine, type Argon2id } from '@chartkeep/crypto/engine'
import { native } from '@chartkeep/crypto/native'
import { holdStore, whoHolds } from '@chartkeep/store'
import { sqliteChunks, sqliteKeyringDisk, sqliteLog } from '@chartkeep/store/node'
import { createKeeper, type Keeper, type KeeperPlatform } from '@chartkeep/sync'

export interface NodeDevice {
  keeper: Keeper
  folder: string
  /** For a second keeper on the same files. */
  platform: KeeperPlatform
  /** Milliseconds that this device's clock is ahead of the true time. */
  clock: { offset: number }
  remove(): void
}

/** A device that is locked and opened again asks what was asked when it was made: 64 MiB and 0.16 s each time, for the same answer. */
const keys = new Map<string, Promise<Uint8Array>>()
const rememberedArgon2id: Argon2id = async (password, salt, parameters) => {
  const name = JSON.stringify([[...password], [...salt], parameters])
  const known = keys.get(name) ?? native.argon2id!(password, salt, parameters)
  keys.set(name, known)
  return (await known).slice()
}
installEngine({ ...native, argon2id: native.argon2id && rememberedArgon2id })

/** `folder`: of a device that was there before, in this process or in one that was killed. */
export function createNodeDevice(name: string, folder = mkdtempSync(join(tmpdir(), 'chartkeep-device-'))): NodeDevice {
  const clock = { offset: 0 }
  const platform: KeeperPlatform = {
    keyring: sqliteKeyringDisk(join(folder, 'k.sqlite')),
    log: (log) => sqliteLog(join(folder, `${log}.sqlite`)),
    chunks: (disk) => sqliteChunks(join(folder, `${disk}.sqlite`)),
    hold: (slot, options) => holdStore(slot, options),
    whoHolds: (slot) => whoHolds(slot),
    watchTrouble: () => () => {},
    clock: { now: () => Date.now() + clock.offset },
    randomBytes,
    deviceName: name,
  }
  return {
    keeper: createKeeper(platform),
    folder,
    platform,
    clock,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
