/**
 * One writer: a store is held by one tab (Web Locks, https://www.w3.org/TR/web-locks/) or, where there are no
 * locks, by one holder in this process. Taking over from the first tab comes later.
 */

/** The store is ours until `release` is called or the page goes away; or somebody else has it. */
export type Hold = { type: 'held'; release(): Promise<void> } | { type: 'in-use' }

const heldHere = new Set<string>()

/**
 * Tries to hold the store `name`; answers at once.
 * @param name - visible to the page's origin only, never on the disk
 */
export async function holdStore(name: string): Promise<Hold> {
  const lockName = `chartkeep-store-${name}`
  const locks = globalThis.navigator?.locks
  return locks ? holdByLock(locks, lockName) : holdHere(lockName)
}

function holdByLock(locks: LockManager, lockName: string): Promise<Hold> {
  return new Promise((resolve, reject) => {
    const finished = locks.request(lockName, { ifAvailable: true }, (lock) => {
      if (!lock) {
        resolve({ type: 'in-use' })
        return undefined
      }
      return new Promise<void>((letGo) => {
        resolve({
          type: 'held',
          async release() {
            letGo()
            await finished
          },
        })
      })
    })
    finished.catch(reject)
  })
}

function holdHere(lockName: string): Hold {
  if (heldHere.has(lockName)) return { type: 'in-use' }
  heldHere.add(lockName)
  let ours = true
  return {
    type: 'held',
    async release() {
      if (ours) heldHere.delete(lockName)
      ours = false
    },
  }
}
