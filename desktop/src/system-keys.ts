/**
 * The system's key storage (Keychain, DPAPI, libsecret, KWallet) behind Electron's safeStorage
 * (https://www.electronjs.org/docs/latest/api/safe-storage), by its asynchronous calls, and the three requests through
 * which the window reaches it. It seals and opens a few dozen bytes; which bytes, it does not know.
 */

/** What is used of Electron's `safeStorage`. */
export interface SafeStorage {
  isAsyncEncryptionAvailable(): Promise<boolean>
  /** Linux only. */
  getSelectedStorageBackend(): string
  encryptStringAsync(plainText: string): Promise<Uint8Array>
  decryptStringAsync(encrypted: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }>
}

/** As the app wants it: see `SystemKeys` in the app's platform. */
export interface SystemKeys {
  available(): Promise<boolean>
  protect(bytes: Uint8Array): Promise<Uint8Array>
  unprotect(sealed: Uint8Array): Promise<Uint8Array | null>
}

/** Requests of the window to the main process; nothing else is answered. */
export const KEY_REQUESTS = {
  available: 'keys-available',
  protect: 'keys-protect',
  unprotect: 'keys-unprotect',
} as const

/** A key is 32 bytes; nothing longer is sealed for the window. */
const MOST_BYTES = 64
const MOST_SEALED = 4096

/**
 * @param system - `process.platform`; on Linux a storage that keeps its key in the open is none
 */
export function createSystemKeys(storage: SafeStorage, system: string): SystemKeys {
  const isSafe = () => system !== 'linux' || !['basic_text', 'unknown'].includes(storage.getSelectedStorageBackend())
  async function available(): Promise<boolean> {
    return (await storage.isAsyncEncryptionAvailable()) && isSafe()
  }
  return {
    available,
    async protect(bytes) {
      if (!(bytes instanceof Uint8Array) || bytes.length === 0 || bytes.length > MOST_BYTES)
        throw new RangeError('no key of this length is sealed')
      if (!(await available())) throw new Error('this system keeps no keys')
      return new Uint8Array(await storage.encryptStringAsync(Buffer.from(bytes).toString('base64')))
    },
    async unprotect(sealed) {
      if (!(sealed instanceof Uint8Array) || sealed.length === 0 || sealed.length > MOST_SEALED) return null
      if (!(await available())) return null
      try {
        const { result } = await storage.decryptStringAsync(Buffer.from(sealed))
        return new Uint8Array(Buffer.from(result, 'base64'))
      } catch {
        return null
      }
    },
  }
}

/** What is used of Electron's `ipcMain`. */
export interface KeyChannel {
  handle(
    request: string,
    answer: (event: { senderFrame: { url: string } | null }, ...given: unknown[]) => unknown,
  ): void
}

/**
 * Answers the three requests, for the app's own page alone.
 * @param isApp - whether an address is the app's
 */
export function answerKeyRequests(channel: KeyChannel, keys: SystemKeys, isApp: (address: string) => boolean): void {
  const forApp =
    <Given extends unknown[]>(answer: (...given: Given) => unknown) =>
    (event: { senderFrame: { url: string } | null }, ...given: unknown[]) => {
      if (!isApp(event.senderFrame?.url ?? '')) throw new Error('not for this page')
      return answer(...(given as Given))
    }
  channel.handle(KEY_REQUESTS.available, forApp(keys.available))
  channel.handle(KEY_REQUESTS.protect, forApp(keys.protect))
  channel.handle(KEY_REQUESTS.unprotect, forApp(keys.unprotect))
}
