/** A page whose IndexedDB refuses every write, as a disk does that fails: what is open stays open, and can be read. */
import type { Page } from 'playwright-core'

/**
 * From now on until {@link takeWrites}.
 * @param error - what the browser calls it: `UnknownError` for a disk that fails, `QuotaExceededError` for one that is full
 * @param room - transactions that each database still takes before it refuses
 */
export async function refuseWrites(
  page: Page,
  error: 'UnknownError' | 'QuotaExceededError',
  room: number = 0,
): Promise<void> {
  await page.evaluate(
    ([name, left]) => {
      const taken = new Map<string, Set<IDBTransaction>>()
      const prototype = IDBObjectStore.prototype
      const whole = { add: prototype.add, put: prototype.put, delete: prototype.delete }
      Reflect.set(globalThis, 'wholeStore', whole)
      for (const action of Object.keys(whole) as (keyof typeof whole)[])
        prototype[action] = function refused(this: IDBObjectStore, ...given: unknown[]): IDBRequest {
          const { transaction } = this
          const before = taken.get(transaction.db.name) ?? new Set()
          taken.set(transaction.db.name, before)
          if (before.has(transaction) || before.size < left) {
            before.add(transaction)
            return Reflect.apply(whole[action], this, given)
          }
          transaction.abort()
          throw new DOMException('refused', name)
        }
    },
    [error, room] as const,
  )
}

/** The disk is whole again. */
export async function takeWrites(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.assign(IDBObjectStore.prototype, Reflect.get(globalThis, 'wholeStore'))
  })
}
