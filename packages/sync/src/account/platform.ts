/**
 * The storage of a device: the keyring, sealed logs, chunks of files, and the lock that lets only one tab write. The browser and Node
 * implement it.
 */
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
  /** The current holder of a store; null if nobody holds it. */
  whoHolds(name: string): Promise<{ holder: Holder | null } | null>
  /** The platform key of this device's hardware or operating system, used together with a passphrase; absent if there is none. */
  platformKey?: PlatformKey
  /** Reports every disk problem, whichever call met it; returns a function that ends the subscription. */
  watchTrouble(listener: (trouble: DiskTrouble) => void): () => void
  clock: Clock
  randomBytes: RandomBytes
  /** This device's name on the list of devices. */
  deviceName: string
  /** Workers that decrypt pulled pages in parallel to the session's thread; absent if there are none. */
  decryptWorkers?: DecryptWorkers
}

/**
 * IndexedDB, Web Locks, the system clock. Names of databases are random text.
 * @param systemKeys - the system's key storage, if a desktop shell provides it; otherwise passkeys are used
 * @param newDecryptWorker - starts a worker whose script calls `serveDecryptWorker` of `@chartkeep/sync/decrypt-worker`; without it,
 * everything is decrypted on this thread
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

/** One worker in addition to the session's thread; two on machines with six processors or more. */
function decryptWorkersOf(newDecryptWorker: () => Worker): DecryptWorkers {
  let spare: DecryptPort | null = null
  return {
    count: navigator.hardwareConcurrency >= 6 ? 2 : 1,
    prepare() {
      try {
        spare ??= workerPort(newDecryptWorker())
      } catch {
        // The same as when a worker cannot be started later: everything is decrypted on this thread.
      }
    },
    spawn() {
      const port = spare ?? workerPort(newDecryptWorker())
      spare = null
      return port
    },
  }
}
