/** The codes of what a disk may do (ST23), by the real errors of Dexie over fake-indexeddb and of node:sqlite. Chromium's own: test/end-to-end/storage-trouble.test.ts. */
import { DatabaseSync } from 'node:sqlite'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from '@chartkeep/crypto'
import {
  dexieKeyringDisk,
  dexieLog,
  diskTroubleOf,
  openAccountStore,
  watchedLog,
  type DiskTrouble,
  type SealedLog,
} from '@chartkeep/store'
import { StaleWriterError } from '@chartkeep/store/testing'
import { sqliteLog } from '@chartkeep/store/node'
import { Dexie } from 'dexie'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-trouble-'))
afterAll(() => rmSync(folder, { recursive: true }))

const named = (name: string, more: object = {}) => Object.assign(new Error('x'), { name }, more)

test.each<[string, unknown, DiskTrouble | null]>([
  ['a quota', new DOMException('', 'QuotaExceededError'), 'full'],
  ['a quota inside an aborted transaction', new Dexie.AbortError('x', named('QuotaExceededError')), 'full'],
  ['a quota as the cause', new Error('x', { cause: named('QuotaExceededError') }), 'full'],
  ['a full file system', Object.assign(new Error('x'), { code: 'ENOSPC' }), 'full'],
  ['SQLITE_FULL', Object.assign(new Error('x'), { code: 'ERR_SQLITE_ERROR', errcode: 13 }), 'full'],
  ['SQLITE_IOERR_WRITE', Object.assign(new Error('x'), { code: 'ERR_SQLITE_ERROR', errcode: 778 }), 'disk'],
  ['SQLITE_BUSY', Object.assign(new Error('x'), { code: 'ERR_SQLITE_ERROR', errcode: 5 }), 'busy'],
  ['another writer', new StaleWriterError(), 'taken'],
  ['a newer database', new Dexie.VersionError('x'), 'newer'],
  ['a private window', new DOMException('', 'SecurityError'), 'refused'],
  ['an unreadable disk', new DOMException('', 'UnknownError'), 'disk'],
  ['a closed database', new Dexie.DatabaseClosedError('x'), 'missing'],
  ['a mistake of ours', new TypeError('x'), null],
  ['no error', 'x', null],
  ['nothing', null, null],
])('ST23: %s has its code', (_, error, code) => {
  expect(diskTroubleOf(error)).toBe(code)
})

test('ST23: causes in a circle end', () => {
  const error = new Error('x')
  error.cause = error
  expect(diskTroubleOf(error)).toBeNull()
})

test('ST23: a file that is no database, and one that another process locks, say so', async () => {
  const noDatabase = join(folder, 'text.sqlite')
  writeFileSync(noDatabase, 'this is no database at all, but a text that is long enough to be looked at. '.repeat(20))
  expect(await troubleOf(() => sqliteLog(noDatabase).claim())).toBe('damaged')
  expect(await troubleOf(() => sqliteLog(join(folder, 'nowhere', 'a.sqlite')).claim())).toBe('missing')
})

test('ST23: what node:sqlite throws when no page can be added is a full disk', () => {
  const db = new DatabaseSync(join(folder, 'full.sqlite'))
  db.exec('CREATE TABLE a (v BLOB)')
  db.exec('PRAGMA max_page_count = 2')
  let thrown: unknown = null
  try {
    db.prepare('INSERT INTO a VALUES (?)').run(new Uint8Array(100_000))
  } catch (error) {
    thrown = error
  }
  expect(diskTroubleOf(thrown)).toBe('full')
  db.close()
})

test('ST23: a database that another page deletes is not silently made again', async () => {
  const indexedDB = new IDBFactory()
  const key = randomBytes(32)
  const troubles: DiskTrouble[] = []
  const log = dexieLog('a', { indexedDB, IDBKeyRange, onTrouble: (trouble) => troubles.push(trouble) })
  const home = await openAccountStore({ name: 'gone', key, log })
  if (home.type !== 'home') throw new Error(home.type)
  await home.commit({ sync: [{ table: 'a', key: 'b', value: 1 }] })
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase('a')
    request.addEventListener('success', resolve)
    request.addEventListener('error', reject)
  })
  expect(troubles).toEqual(['missing'])
  const refused = await home.commit({ sync: [{ table: 'a', key: 'c', value: 2 }] }).catch((error: unknown) => error)
  expect(diskTroubleOf(refused)).toBe('missing')
  expect(await indexedDB.databases()).toEqual([])
  await home.close()
  const again = await openAccountStore({
    name: 'gone',
    key,
    log: dexieLog('a', { indexedDB, IDBKeyRange }),
    mustExist: true,
  })
  expect(again.type).toBe('missing')
})

test('ST23: a newer program that upgrades the database in another page ends this one’s writing', async () => {
  const indexedDB = new IDBFactory()
  const troubles: DiskTrouble[] = []
  const log = dexieLog('a', { indexedDB, IDBKeyRange, onTrouble: (trouble) => troubles.push(trouble) })
  const home = await openAccountStore({ name: 'upgraded', key: randomBytes(32), log })
  if (home.type !== 'home') throw new Error(home.type)
  const upgraded = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('a', 990)
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', reject)
  })
  expect(troubles).toEqual(['newer'])
  await expect(home.commit({ sync: [{ table: 'a', key: 'c', value: 2 }] })).rejects.toThrow()
  upgraded.close()
  await home.close()
})

test('ST23: an opening that an older page blocks is told while it waits, and continues when that page closes', async () => {
  const indexedDB = new IDBFactory()
  const older = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('a', 1)
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', reject)
  })
  const troubles: DiskTrouble[] = []
  const log = dexieLog('a', { indexedDB, IDBKeyRange, onTrouble: (trouble) => troubles.push(trouble) })
  const claimed = log.claim()
  await expect.poll(() => troubles).toEqual(['blocked'])
  older.close()
  expect(await claimed).toBe(1)
  await log.close()
})

test('ST23: what a log throws is told once to whoever watches it, and thrown on unchanged', async () => {
  const error = new DOMException('', 'QuotaExceededError')
  const inner: SealedLog = { ...sqliteLog(join(folder, 'watched.sqlite')), append: () => Promise.reject(error) }
  const troubles: DiskTrouble[] = []
  const log = watchedLog(inner, (trouble) => troubles.push(trouble))
  const generation = await log.claim()
  for await (const _ of log.load()) throw new Error('a new log is empty')
  await expect(log.append(generation, [], 'strict')).rejects.toBe(error)
  expect(troubles).toEqual(['full'])
  await log.destroy()
})

async function troubleOf(work: () => Promise<unknown>): Promise<DiskTrouble | null> {
  try {
    await work()
    return null
  } catch (error) {
    return diskTroubleOf(error)
  }
}

test('ST23: a keyring that is deleted from outside is empty at the next use, and takes rows again', async () => {
  const indexedDB = new IDBFactory()
  const troubles: DiskTrouble[] = []
  const disk = dexieKeyringDisk('k', { indexedDB, IDBKeyRange, onTrouble: (trouble) => troubles.push(trouble) })
  await disk.write('a', Uint8Array.of(1))
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase('k')
    request.addEventListener('success', resolve)
    request.addEventListener('error', reject)
  })
  expect(troubles).toEqual(['missing'])
  expect(await disk.names()).toEqual([])
  await disk.write('b', Uint8Array.of(2))
  expect(await disk.names()).toEqual(['b'])
  await disk.close()
})
