/** Every adapter of the server's storage keeps the same rules; and what is SQLite's own: one process, one file, no newer version. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteStorage, StorageUnavailableError, type Storage } from '@chartkeep/sync-server'
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
    const script = `import { openSqliteStorage } from '@chartkeep/sync-server'
      try { openSqliteStorage(process.argv[1]); console.log('opened') } catch (error) { console.log(error.message) }`
    const other = execFileSync(process.execPath, ['--input-type=module', '-e', script, path], { encoding: 'utf8' })
    expect(other).toBe(`Another Chartkeep server already uses ${path}.\n`)
    await first.close()
    await openSqliteStorage(path).close()
  })

  test('H4: a new file has large pages, one that is there keeps its own, and both keep the log of what is written small', async () => {
    const [fresh, older] = [newPath(), newPath()]
    const [account, body, signature] = [new Uint8Array(16), new Uint8Array(2 ** 20), new Uint8Array(64)]
    const before = new DatabaseSync(older)
    before.exec('PRAGMA page_size = 4096; PRAGMA journal_mode = WAL')
    before.close()
    for (const [path, pageSize] of [
      [fresh, 16_384],
      [older, 4096],
    ] as const) {
      const storage = openSqliteStorage(path)
      for (let turn = 0; turn < 12; turn += 1)
        await storage.write((tx) => tx.addAccountEntry(account, turn + 1, { body: body.fill(turn), signature }))
      // One transaction more than what it may grow to.
      expect(statSync(`${path}-wal`).size).toBeLessThan(8 * 2 ** 20)
      await storage.close()
      // https://sqlite.org/fileformat2.html#page_size
      expect(readFileSync(path).readUInt16BE(16)).toBe(pageSize)
      const again = openSqliteStorage(path)
      expect(again.read.accountEntries(account, 11, 1)[0]?.body).toEqual(body)
      await again.close()
    }
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
