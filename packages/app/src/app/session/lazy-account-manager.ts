/** An account manager whose code (cryptography, store, sync) loads after the first screen is drawn. */
import type { AccountManager } from '@chartkeep/sync'

/**
 * Starts loading at once; every call waits for it. If this origin stores nothing yet, the list of accounts is empty without waiting: the
 * first screen of a first visit appears before two thirds of the app have loaded.
 */
export function lazyAccountManager(
  load: () => Promise<AccountManager>,
  isNew: () => Promise<boolean> = keepsNothing,
): AccountManager {
  const ready = load()
  return {
    accounts: async () => ((await isNew()) ? [] : (await ready).accounts()),
    registration: async (server) => (await ready).registration(server),
    create: async (input) => (await ready).create(input),
    createPractice: async (input) => (await ready).createPractice(input),
    unlock: async (slot, passphrase, options) => (await ready).unlock(slot, passphrase, options),
    unlockWithKit: async (slot, code, newPassphrase, options) =>
      (await ready).unlockWithKit(slot, code, newPassphrase, options),
    restore: async (input) => (await ready).restore(input),
    restoreBackup: async (input) => (await ready).restoreBackup(input),
    pair: async (input) => (await ready).pair(input),
    rescue: async (slot, passphrase) => (await ready).rescue(slot, passphrase),
    whereOpen: async (slot) => (await ready).whereOpen(slot),
    removeMissing: async (slot) => (await ready).removeMissing(slot),
    platformWay: async () => (await ready).platformWay(),
    watchTrouble(listener) {
      let isOver = false
      let stop = () => {}
      void ready.then((accountManager) => {
        if (!isOver) stop = accountManager.watchTrouble(listener)
      })
      return () => {
        isOver = true
        stop()
      }
    },
  }
}

/** Whether there is no database at all; false where the browser does not tell, or its disk has trouble, which the store finds words for. */
async function keepsNothing(): Promise<boolean> {
  try {
    return (await indexedDB.databases()).length === 0
  } catch {
    return false
  }
}
