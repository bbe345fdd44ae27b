/**
 * Many vaults, few of them open: writes them, then opens one after another in random order, the longest unused closed
 * first. The same code runs in Node and in a page; memory is measured from outside, between two calls.
 */
import { openVaultStore, type SealedLog, type VaultStore } from '@chartkeep/store'
import { requestIdlePromise } from 'rxdb/plugins/utils'
import { benchRecords, collections, mix } from '../support/records.ts'

/** How many vaults may be open at once. */
export const OPEN_AT_ONCE = 4

/** What a row of openings took, in ms, and how large a vault is on the log. */
export interface Turns {
  /** To the open store, its records readable. */
  open: number[]
  /** To the first list: the fifty newest of one collection. */
  list: number[]
  close: number[]
  bytesOnDisk: number
}

export interface ManyVaults {
  /** Writes vaults `first` to `first + count - 1`, compacted and closed. */
  write(first: number, count: number): Promise<void>
  /** Opens `count` vaults in random order, each of them not open at its turn. */
  turn(count: number): Promise<Turns>
  /** Waits for what RxDB does when nothing else is to be done; it keeps closed collections until then. */
  settle(): Promise<void>
  closeAll(): Promise<void>
}

export function createManyVaults(newLog: (vault: number) => SealedLog, vaults: number, records: number): ManyVaults {
  /** The vault used longest ago comes first. */
  const open = new Map<number, VaultStore>()
  let draws = 0

  async function openVault(vault: number): Promise<VaultStore> {
    const key = Uint8Array.from({ length: 32 }, (_, index) => mix(vault * 32 + index) & 255)
    const store = await openVaultStore({ name: `v${vault}`, key, log: newLog(vault) })
    if (store.type !== 'vault') throw new Error(`vault ${vault} does not open: ${store.type}`)
    return store
  }

  function drawClosed(): number {
    for (;;) {
      const vault = mix((draws += 1)) % vaults
      if (!open.has(vault)) return vault
    }
  }

  return {
    async write(first, count) {
      for (let vault = first; vault < first + count; vault += 1) {
        const store = await openVault(vault)
        for (let at = 0; at < records; at += 500) {
          const rows = benchRecords(vault * records + at, Math.min(500, records - at))
          await store.commit({ records: rows, durability: 'relaxed' })
        }
        await store.compact()
        await store.close()
      }
    },
    async turn(count) {
      const turns: Turns = { open: [], list: [], close: [], bytesOnDisk: 0 }
      for (let done = 0; done < count; done += 1) {
        const vault = drawClosed()
        let started = performance.now()
        const [oldest] = open
        if (oldest && open.size >= OPEN_AT_ONCE) {
          open.delete(oldest[0])
          await oldest[1].close()
          turns.close.push(performance.now() - started)
        }
        started = performance.now()
        const store = await openVault(vault)
        turns.open.push(performance.now() - started)
        open.set(vault, store)
        const [first] = benchRecords(vault * records, 1)
        if (store.read(first!.id)?.resource !== first!.resource) throw new Error(`vault ${vault} lost its first record`)
        started = performance.now()
        const selector = { collectionName: collections[vault % collections.length]! }
        const found = await store.records
          .find({ selector, sort: [{ collectionName: 'desc' }, { date: 'desc' }], limit: 50 })
          .exec()
        turns.list.push(performance.now() - started)
        if (found.length !== Math.min(50, Math.floor(records / collections.length)))
          throw new Error('the list is short')
        turns.bytesOnDisk = store.figures().bytesOnDisk
      }
      return turns
    },
    settle: () => requestIdlePromise(),
    async closeAll() {
      for (const store of open.values()) await store.close()
      open.clear()
    },
  }
}
