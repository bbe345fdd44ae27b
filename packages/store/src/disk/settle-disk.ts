/**
 * What a browser's disk needs after an end without a goodbye (a kill, a power cut, an empty battery).
 *
 * Chromium keeps IndexedDB in LevelDB and continues to write to the log file that it finds. The next start skips a torn last write, which is then in
 * the middle of the file; the start after that takes it for corruption and deletes every database of the origin (seen in Chromium 156;
 * test/integration/store/torn-tail.test.ts shows it). A log file that is full is replaced and removed. So after such an end, before any other write,
 * this module writes more than LevelDB's write buffer (4 MiB) of zeros and deletes them. The torn file is then replaced during this start instead of
 * some days later.
 */
import { Dexie } from 'dexie'
import type { DexieLogOptions } from './dexie-log.ts'
import { watchConnection } from './disk-trouble.ts'
import { holdStore, type Hold, type HoldOptions } from './hold-store.ts'

/** Values above 64 KiB would go to files of their own and past the log. */
const FILLER = { bytes: 56_000, count: 100 }

/** Remembers which stores are open, and settles the disk when one was not closed. */
export interface DiskSettler {
  /** Before the store is opened; answers whether the disk had to be settled. Never rejects: the opening itself tells what is wrong. */
  begin(slot: string): Promise<boolean>
  /** After it was closed. */
  end(slot: string): Promise<void>
}

/** @param name - of its own IndexedDB database; visible on the disk, so it must carry no meaning */
export function dexieSettler(name: string, { onTrouble, ...options }: DexieLogOptions = {}): DiskSettler {
  async function within<T>(work: (db: Dexie) => Promise<T>): Promise<T | null> {
    const db = new Dexie(name, { ...options, chromeTransactionDurability: 'strict', cache: 'disabled' })
    db.version(1).stores({ a: '', b: '++' })
    watchConnection(db, onTrouble)
    try {
      return await work(db)
    } catch {
      return null
    } finally {
      db.close()
    }
  }

  return {
    async begin(slot) {
      const settled = await within(async (db) => {
        const wasLeftOpen = (await db.table('a').get(slot)) !== undefined
        if (wasLeftOpen) await turnOver(db)
        else await db.table('a').put(1, slot)
        return wasLeftOpen
      })
      return settled === true
    },
    async end(slot) {
      await within((db) => Promise.resolve(db.table('a').delete(slot)))
    },
  }
}

/** Fills LevelDB's log file, so that the next write begins another one. */
async function turnOver(db: Dexie): Promise<void> {
  const filler = Array.from({ length: FILLER.count }, () => new Uint8Array(FILLER.bytes))
  await db.table('b').bulkAdd(filler)
  await db.table('b').clear()
}

/** {@link holdStore} with the disk settled before the store is opened, and marked as closed when the hold is released. */
export async function holdSettled(settler: DiskSettler, slot: string, options?: HoldOptions): Promise<Hold> {
  const hold = await holdStore(slot, options)
  if (hold.type !== 'held') return hold
  await settler.begin(slot)
  let isLost = false
  void hold.handover.then((handover) => (isLost = handover === 'lost'))
  return {
    ...hold,
    async release() {
      // Who took it by force has it open now.
      if (!isLost) await settler.end(slot)
      await hold.release()
    },
  }
}
