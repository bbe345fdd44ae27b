/** What the app answers before the code of store and sync is there. */
import { lazyAccountManager } from '@chartkeep/app/src/app/session/lazy-account-manager.ts'
import type { AccountManager } from '@chartkeep/sync'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, expect, test } from 'vitest'
import { createNodeDevice } from '../../support/node-device.ts'

const neverHere = () => new Promise<AccountManager>(() => {})
const known = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB')

function browserWith(indexedDB: Partial<IDBFactory>): void {
  Object.defineProperty(globalThis, 'indexedDB', { value: indexedDB, configurable: true })
}

afterEach(() => {
  if (known === undefined) Reflect.deleteProperty(globalThis, 'indexedDB')
  else Object.defineProperty(globalThis, 'indexedDB', known)
})

test('a first visit: where nothing is kept nobody is registered, said before the store is loaded', async () => {
  browserWith(new IDBFactory())
  expect(await lazyAccountManager(neverHere).accounts()).toEqual([])
})

test('where something is kept, or nobody can tell, the store is asked', async () => {
  const device = createNodeDevice('laptop')
  const asked = () => lazyAccountManager(async () => device.accountManager).accounts()
  try {
    const passphrase = 'correct horse battery staple'
    const { session } = await device.accountManager.create({
      label: 'mine',
      name: 'Mei Chan',
      passphrase,
      server: null,
    })
    await session.lock()
    const factory = new IDBFactory()
    const opened = new Promise((resolve) => (factory.open('records', 1).onsuccess = resolve))
    await opened
    const cannotTell = { databases: () => Promise.reject(new Error('the disk is not readable')) }
    for (const browser of [factory, cannotTell, {}]) {
      browserWith(browser)
      expect(await asked()).toMatchObject([{ label: 'mine' }])
    }
  } finally {
    device.remove()
  }
})
