/** Every adapter of the sealed log keeps the same rules. Real IndexedDB: test/integration/store. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dexieLog, type SealedLog } from '@chartkeep/store'
import { sqliteLog } from '@chartkeep/store/node'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { afterAll, describe, test } from 'vitest'
import { createMemoryDisk, memoryLog } from '../support/memory-log.ts'
import { sealedLogRules } from './sealed-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-log-'))
afterAll(() => rmSync(folder, { recursive: true }))

const adapters: { name: string; newDisk(): () => SealedLog }[] = [
  {
    name: 'Dexie',
    newDisk() {
      const indexedDB = new IDBFactory()
      return () => dexieLog('a', { indexedDB, IDBKeyRange })
    },
  },
  {
    name: 'node:sqlite',
    newDisk() {
      const path = join(mkdtempSync(join(folder, 'x')), 'a')
      return () => sqliteLog(path)
    },
  },
  {
    name: 'memory',
    newDisk() {
      const disk = createMemoryDisk()
      return () => memoryLog(disk)
    },
  },
]

describe.each(adapters)('the log on $name', ({ newDisk }) => {
  test.each(sealedLogRules)('$name', ({ run }) => run(newDisk()))
})
