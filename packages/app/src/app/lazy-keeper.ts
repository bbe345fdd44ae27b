/** A keeper whose code (cryptography, store, sync) comes after the first screen is drawn. */
import type { Keeper } from '@chartkeep/sync'

/** Starts loading at once; every call waits for it. */
export function lazyKeeper(load: () => Promise<Keeper>): Keeper {
  const ready = load()
  return {
    accounts: async () => (await ready).accounts(),
    create: async (input) => (await ready).create(input),
    unlock: async (slot, passphrase) => (await ready).unlock(slot, passphrase),
    unlockWithKit: async (slot, code, newPassphrase) => (await ready).unlockWithKit(slot, code, newPassphrase),
    restore: async (input) => (await ready).restore(input),
  }
}
