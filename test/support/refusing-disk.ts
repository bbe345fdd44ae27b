/** A page whose IndexedDB refuses every write, as a disk does that fails: what is open stays open, and can be read. */
import type { Page } from 'playwright-core'

/**
 * From now on until {@link takeWrites}.
 * @param error - what the browser calls it: `UnknownError` for a disk that fails, `QuotaExceededError` for one that is full
 */
export async function refuseWrites(page: Page, error: 'UnknownError' | 'QuotaExceededError'): Promise<void> {
  await page.evaluate((name) => {
    const prototype = IDBObjectStore.prototype
    const whole = { add: prototype.add, put: prototype.put, delete: prototype.delete }
    Reflect.set(globalThis, 'wholeStore', whole)
    for (const deed of Object.keys(whole) as (keyof typeof whole)[])
      prototype[deed] = function refused(this: IDBObjectStore): never {
        this.transaction.abort()
        throw new DOMException('refused', name)
      }
  }, error)
}

/** The disk is whole again. */
export async function takeWrites(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.assign(IDBObjectStore.prototype, Reflect.get(globalThis, 'wholeStore'))
  })
}
