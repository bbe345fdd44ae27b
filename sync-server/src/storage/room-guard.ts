/**
 * Storage on a disk that fills up (H7). Refuses growth while there is no room for it. A relief write that meets a full
 * disk gets the reserve and is retried at once. Every write that fails for lack of space rejects with {@link
 * ServerFullError}.
 */
import { ServerFullError, type DiskRoom } from '../guard/disk-room.ts'
import type { Reserve } from '../guard/reserve.ts'
import type { Storage, StorageWriter } from './storage.ts'

/** A job shares its commit with others, whose bytes may be the ones that did not fit. */
const RELIEF_ATTEMPTS = 3

export function guardStorage(storage: Storage, room: DiskRoom, reserve: Pick<Reserve, 'spend'>): Storage {
  async function grow<T>(job: (tx: StorageWriter) => Promise<T> | T): Promise<T> {
    const refuse = () => {
      if (room.refusesGrowth()) throw new ServerFullError('no room for growth')
    }
    refuse()
    // The disk may have filled up while the job waited.
    return storage.write((tx) => {
      refuse()
      return job(tx)
    })
  }

  return {
    read: storage.read,
    close: () => storage.close(),
    async write(job, kind = 'growth') {
      for (let attempt = 1; ; attempt++) {
        try {
          return await (kind === 'growth' ? grow(job) : storage.write(job))
        } catch (error) {
          if (error instanceof ServerFullError || !room.wasFull(error)) throw error
          room.noteFull()
          if (kind === 'growth' || attempt === RELIEF_ATTEMPTS)
            throw new ServerFullError('the disk is full', { cause: error })
          reserve.spend()
        }
      }
    },
  }
}
