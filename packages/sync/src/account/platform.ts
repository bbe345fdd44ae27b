/** Where a device keeps things: the keyring, sealed logs, chunks of files, the lock that lets one tab write. Browser and Node fill it in. */
import { randomBytes } from '@chartkeep/crypto'
import {
  dexieChunks,
  dexieKeyringDisk,
  dexieLog,
  dexieSettler,
  holdSettled,
  passkey,
  systemKey,
  watchedLog,
  whoHolds,
  type ChunkDisk,
  type DiskTrouble,
  type Hold,
  type Holder,
  type HoldOptions,
  type KeyringDisk,
  type PlatformKey,
  type SealedLog,
  type SystemKeys,
} from '@chartkeep/store'
import { workerPort, type DecryptWorkers, type DecryptPort } from '../record/decrypt-worker-protocol.ts'
import type { Clock, RandomBytes } from '../ports/ports.ts'

export interface DevicePlatform {
  keyring: KeyringDisk
  log(name: string): SealedLog
  chunks(name: string): ChunkDisk
  hold(name: string, options?: HoldOptions): Promise<Hold>
  /** Who holds a store now; null when nobody does. */
  whoHolds(name: string): Promise<{ holder: Holder | null } | null>
  /** The platform key of this device's hardware or system, used with a passphrase; absent where there is none. */
  platformKey?: PlatformKey
  /** Tells of every trouble of the disk, whoever meets it; answers with what ends the telling. */
  watchTrouble(listener: (trouble: DiskTrouble) => void): () => void
  clock: Clock
  randomBytes: RandomBytes
  /** How this device calls itself on the list of devices. */
  deviceName: string
  /** Workers that decrypt pulled pages next to the session's thread; absent where there are none. */
  decryptWorkers?: DecryptWorkers
}

/**
 * IndexedDB, Web Locks, the system clock. Names of databases are random text.
 * @param systemKeys - the system's key storage where a desktop shell gives it; else passkeys are used
 * @param newDecryptWorker - starts a worker whose script calls `serveDecryptWorker` of `@chartkeep/sync/decrypt-worker`; without it everything is opened on this thread
 */
export function browserPlatform(
  deviceName: string,
  systemKeys: SystemKeys | null = null,
  newDecryptWorker: (() => Worker) | null = null,
): DevicePlatform {
  const listeners = new Set<(trouble: DiskTrouble) => void>()
  const onTrouble = (trouble: DiskTrouble) => {
    for (const listener of listeners) listener(trouble)
  }
  const settler = dexieSettler('u', { onTrouble })
  return {
    keyring: dexieKeyringDisk('k', { onTrouble }),
    log: (name) => watchedLog(dexieLog(name, { onTrouble }), onTrouble),
    chunks: (name) => dexieChunks(name, { onTrouble }),
    hold: (name, options) => holdSettled(settler, name, options),
    whoHolds: (name) => whoHolds(name),
    platformKey: systemKeys ? systemKey(systemKeys) : passkey(),
    watchTrouble(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    clock: { now: () => Date.now(), steady: () => performance.now() },
    randomBytes,
    deviceName,
    ...(newDecryptWorker === null || typeof Worker === 'undefined'
      ? {}
      : { decryptWorkers: decryptWorkersOf(newDecryptWorker) }),
  }
}

/** One worker next to the session's thread; a second worker on machines with six processors or more. */
function decryptWorkersOf(newDecryptWorker: () => Worker): DecryptWorkers {
  let spare: DecryptPort | null = null
  return {
    count: navigator.hardwareConcurrency >= 6 ? 2 : 1,
    prepare() {
      try {
        spare ??= workerPort(newDecryptWorker())
      } catch {
        // As where one cannot be started later: all is opened on this thread.
      }
    },
    spawn() {
      const port = spare ?? workerPort(newDecryptWorker())
      spare = null
      return port
    },
  }
}
