/** Every adapter of the server's storage keeps the same rules; and what is SQLite's own: one process, one file, no newer version. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteStorage, StorageUnavailableError, type Storage } from '@chartkeep/sync-server/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { createMemoryServerDisk, memoryServerStorage } from '../support/memory-server-storage.ts'
import { auditStorageRules } from './audit-storage.ts'
import { serverStorageRules } from './server-storage.ts'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-storage-'))
afterAll(() => rmSync(folder, { recursive: true }))
const newPath = () => join(mkdtempSync(join(folder, 'x')), 'chartkeep.sqlite')

const adapters: { name: string; newDisk(): () => Storage }[] = [
  {
    name: 'node:sqlite',
    newDisk() {
      const path = newPath()
      return () => openSqliteStorage(path)
    },
  },
  {
    name: 'memory',
    newDisk() {
      const disk = createMemoryServerDisk()
      return () => memoryServerStorage(disk)
    },
  },
]

describe.each(adapters)('the storage on $name', ({ newDisk }) => {
  test.each([...serverStorageRules, ...auditStorageRules])('$name', async ({ run }) => {
    const open = newDisk()
    let last: Storage | null = null
    await run(async () => {
      await last?.close()
      last = open()
      return last
    })
    await (last as Storage | null)?.close()
  })
})

describe('node:sqlite', () => {
  test('H4: a second opening of one file is refused in words for the operator, in this process and in another', async () => {
    const path = newPath()
    const first = openSqliteStorage(path)
    expect(() => openSqliteStorage(path)).toThrow(StorageUnavailableError)
    const script = `import { openSqliteStorage } from '@chartkeep/sync-server/testing'
      try { openSqliteStorage(process.argv[1]); console.log('opened') } catch (error) { console.log(error.message) }`
    const other = execFileSync(process.execPath, ['--input-type=module', '-e', script, path], { encoding: 'utf8' })
    expect(other).toBe(`Another Chartkeep server already uses ${path}.\n`)
    await first.close()
    await openSqliteStorage(path).close()
  })

  test('H4: everything is in one file besides its lock once the storage is closed', async () => {
    const path = newPath()
    const storage = openSqliteStorage(path)
    await storage.write((tx) => tx.addBytes(new Uint8Array(16), 1))
    await storage.close()
    expect(readdirSync(join(path, '..')).toSorted()).toEqual(['chartkeep.sqlite', 'chartkeep.sqlite.lock'])
  })

  test('S3: the file is written ahead and flushed at every commit', async () => {
    const path = newPath()
    const storage = openSqliteStorage(path)
    const db = new DatabaseSync(path, { readOnly: true })
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    db.close()
    await storage.close()
  })

  test('H4: a file of a newer version is left as it is', () => {
    const path = newPath()
    const db = new DatabaseSync(path)
    db.exec('PRAGMA user_version = 99')
    db.close()
    expect(() => openSqliteStorage(path)).toThrow('newer version')
    expect(() => openSqliteStorage(path)).toThrow('newer version')
  })
})
