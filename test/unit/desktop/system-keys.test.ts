/**
 * The system's key storage behind its seam. Electron itself does not run here: its `safeStorage` and `ipcMain` are
 * stand-ins of the same shape; everything of ours is real, up to the keyring that a PIN opens.
 */
import { runInNewContext } from 'node:vm'
import { answerKeyRequests, createSystemKeys, installPlatform, KEY_REQUESTS, mayNavigateTo } from '@chartkeep/desktop'
import type { SafeStorage, SystemKeys } from '@chartkeep/desktop'
import { systemKey } from '@chartkeep/store'
import { expect, test } from 'vitest'

function electronStorage({ backend = 'gnome_libsecret', isThere = true } = {}): SafeStorage & { sealed: string[] } {
  const sealed: string[] = []
  return {
    sealed,
    isAsyncEncryptionAvailable: async () => isThere,
    getSelectedStorageBackend: () => backend,
    async encryptStringAsync(text) {
      sealed.push(text)
      return Buffer.from(`v10${Array.from(text).toReversed().join('')}`)
    },
    async decryptStringAsync(bytes) {
      if (!bytes.toString().startsWith('v10')) throw new Error('Error while decrypting')
      return { result: Array.from(bytes.toString().slice(3)).toReversed().join(''), shouldReEncrypt: false }
    },
  }
}

const key = Uint8Array.from({ length: 32 }, (_, index) => 255 - index)

test('what the system has sealed it opens again, and nothing else', async () => {
  const keys = createSystemKeys(electronStorage(), 'linux')
  expect(await keys.available()).toBe(true)
  const sealed = await keys.protect(key)
  expect(sealed).not.toEqual(key)
  expect(await keys.unprotect(sealed)).toEqual(key)
  expect(await keys.unprotect(Uint8Array.of(1, 2, 3))).toBeNull()
})

test.each(['basic_text', 'unknown'])(
  'a Linux storage that keeps its key in the open (%s) is refused',
  async (backend) => {
    const storage = electronStorage({ backend })
    const keys = createSystemKeys(storage, 'linux')
    expect(await keys.available()).toBe(false)
    await expect(keys.protect(key)).rejects.toThrow()
    expect(storage.sealed).toEqual([])
    const platformKey = systemKey(keys)
    expect(await platformKey.create()).toEqual({ type: 'refused', why: 'unavailable' })
  },
)

test('other systems are not asked for a Linux backend', async () => {
  const storage = electronStorage()
  storage.getSelectedStorageBackend = () => {
    throw new Error('only on Linux')
  }
  expect(await createSystemKeys(storage, 'darwin').available()).toBe(true)
  expect(await createSystemKeys(electronStorage({ isThere: false }), 'win32').available()).toBe(false)
})

test('only a key is sealed: nothing empty, nothing long, nothing that is no bytes', async () => {
  const keys = createSystemKeys(electronStorage(), 'win32')
  for (const given of [new Uint8Array(0), new Uint8Array(65), 'text', null]) {
    await expect(keys.protect(given as Uint8Array)).rejects.toThrow(RangeError)
    if (!(given instanceof Uint8Array && given.length === 65))
      expect(await keys.unprotect(given as Uint8Array)).toBeNull()
  }
})

type Answer = (event: { senderFrame: { url: string } | null }, ...given: unknown[]) => unknown

/** Main process and preload, joined by a channel of Electron's shape. */
function channelTo(keys: SystemKeys, address: string | null): { seam: SystemKeys; requests: Map<string, Answer> } {
  const requests = new Map<string, Answer>()
  answerKeyRequests({ handle: (request, answer) => void requests.set(request, answer) }, keys, mayNavigateTo)
  const invoke = async (request: string, ...given: unknown[]) =>
    requests.get(request)!({ senderFrame: address === null ? null : { url: address } }, ...given)
  return {
    requests,
    seam: {
      available: () => invoke(KEY_REQUESTS.available) as Promise<boolean>,
      protect: (bytes) => invoke(KEY_REQUESTS.protect, bytes) as Promise<Uint8Array>,
      unprotect: (sealed) => invoke(KEY_REQUESTS.unprotect, sealed) as Promise<Uint8Array | null>,
    },
  }
}

test('ST21: through the window’s seam a platform key is made and comes back the same', async () => {
  const { seam, requests } = channelTo(createSystemKeys(electronStorage(), 'darwin'), 'chartkeep://app/#/settings')
  expect([...requests.keys()].sort()).toEqual(['keys-available', 'keys-protect', 'keys-unprotect'])
  const platformKey = systemKey(seam)
  const made = await platformKey.create()
  if (made.type !== 'created') throw new Error(made.why)
  expect(await platformKey.unlock(made.handle)).toEqual({ type: 'unlocked', secret: made.secret })
})

test.each(['https://example.org/', 'chartkeep://app.evil/', 'about:blank', null])(
  'another page (%j) gets no answer',
  async (address) => {
    const { seam } = channelTo(createSystemKeys(electronStorage(), 'darwin'), address)
    await expect(seam.available()).rejects.toThrow('not for this page')
    await expect(seam.unprotect(key)).rejects.toThrow('not for this page')
    expect(await systemKey(seam).available()).toBe(false)
  },
)

test('the page gets the system’s keys with its platform, and cannot replace them', async () => {
  const keys = createSystemKeys(electronStorage(), 'darwin')
  const world = { keys }
  const platform = runInNewContext(
    `(${installPlatform.toString()})(keys); 'use strict'; globalThis.chartkeepPlatform`,
    world,
  ) as { systemKeys: SystemKeys }
  expect(await platform.systemKeys.available()).toBe(true)
  expect(Object.isFrozen(platform)).toBe(true)
  expect(Object.isFrozen(platform.systemKeys)).toBe(true)
})
