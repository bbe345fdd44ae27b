/**
 * A device in this process: the real account manager over sealed SQLite files in a folder of its own, with a clock that a test can move. It computes
 * with OpenSSL, as the server does, and a passphrase costs little here; with what browsers have, at its full cost, the journeys in Chromium do.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { engine, installEngine, type Argon2id, type Engine } from '@chartkeep/crypto/engine'
import { native } from '@chartkeep/crypto/native'
import { holdStore, whoHolds } from '@chartkeep/store'
import { sqliteChunks, sqliteKeyringDisk, sqliteLog } from '@chartkeep/store/node'
import { createAccountManager, type AccountManager, type DevicePlatform } from '@chartkeep/sync'

export interface NodeDevice {
  accountManager: AccountManager
  folder: string
  /** For a second account manager on the same files. */
  platform: DevicePlatform
  /** Milliseconds that this device's clock is ahead of the true time. */
  clock: { offset: number }
  remove(): void
}

/** What a key of a passphrase costs is a matter of test/unit/crypto/derive; here each would take 64 MiB and 0.16 s, some hundred times. */
const CHEAP = { memoryKiB: 64, passes: 1, lanes: 1 }

/** Argon2id at this cost, of all that it is given: another key for each passphrase, salt and parameters. The rows that it opens say the usual ones. */
const cheapArgon2id: Argon2id = (password, salt, { memoryKiB, passes, lanes }) =>
  native.argon2id!(password, native.sha256([salt, utf8ToBytes(`${memoryKiB} ${passes} ${lanes}`)]), CHEAP)

const cheapEngine: Engine = { ...native, argon2id: native.argon2id && cheapArgon2id }
installEngine(cheapEngine)

/** `folder`: of a device that was there before, in this process or in one that was killed. */
export function createNodeDevice(name: string, folder = mkdtempSync(join(tmpdir(), 'chartkeep-device-'))): NodeDevice {
  // Files share a process, and another may have installed its own.
  if (engine !== cheapEngine) installEngine(cheapEngine)
  const clock = { offset: 0 }
  const platform: DevicePlatform = {
    keyring: sqliteKeyringDisk(join(folder, 'k.sqlite')),
    log: (log) => sqliteLog(join(folder, `${log}.sqlite`)),
    chunks: (disk) => sqliteChunks(join(folder, `${disk}.sqlite`)),
    hold: (slot, options) => holdStore(slot, options),
    whoHolds: (slot) => whoHolds(slot),
    watchTrouble: () => () => {},
    clock: { now: () => Date.now() + clock.offset, steady: () => performance.now() },
    randomBytes,
    deviceName: name,
  }
  return {
    accountManager: createAccountManager(platform),
    folder,
    platform,
    clock,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
