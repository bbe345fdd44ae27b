/** The mark that a store is open (ST24), on IndexedDB in Node. What it is for: test/integration/store/torn-tail.test.ts. */
import { dexieSettler, holdSettled } from '@chartkeep/store'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { expect, test } from 'vitest'

const options = () => ({ indexedDB: new IDBFactory(), IDBKeyRange })

test('ST24: only a slot that was begun and not ended is settled', async () => {
  const settler = dexieSettler('u', options())
  expect(await settler.begin('one')).toBe(false)
  expect(await settler.begin('two')).toBe(false)
  await settler.end('two')
  expect(await settler.begin('two')).toBe(false)
  expect(await settler.begin('one')).toBe(true)
  // It is open now, whatever was before.
  expect(await settler.begin('one')).toBe(true)
})

test('ST24: what it wrote to settle is gone again', async () => {
  const given = options()
  const settler = dexieSettler('u', given)
  await settler.begin('one')
  await settler.begin('one')
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = given.indexedDB.open('u')
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error!))
  })
  const count = await new Promise((resolve) => {
    const request = db.transaction('b').objectStore('b').count()
    request.addEventListener('success', () => resolve(request.result))
  })
  expect(count).toBe(0)
  db.close()
})

test('ST24: a hold marks its slot while it lasts, and a refused one marks nothing', async () => {
  const settler = dexieSettler('u', options())
  const hold = await holdSettled(settler, 'settled-hold')
  expect(hold.type).toBe('held')
  expect((await holdSettled(settler, 'settled-hold')).type).toBe('in-use')
  if (hold.type === 'held') await hold.release()
  expect(await settler.begin('settled-hold')).toBe(false)
})

test('ST24: a disk that refuses does not keep the store from being opened', async () => {
  const indexedDB = new IDBFactory()
  indexedDB.open = () => {
    throw new DOMException('no', 'UnknownError')
  }
  const hold = await holdSettled(dexieSettler('u', { indexedDB, IDBKeyRange }), 'refusing')
  expect(hold.type).toBe('held')
  if (hold.type === 'held') await hold.release()
})
