/** Every adapter of the chunk disk keeps the same rules. Real IndexedDB: the journeys in Chromium. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dexieChunks, type ChunkDisk } from '@chartkeep/store'
import { memoryChunks } from '@chartkeep/store/testing'
import { sqliteChunks } from '@chartkeep/store/node'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { afterAll, describe, test } from 'vitest'
import { chunkDiskRules } from './chunk-disk.ts'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-chunks-'))
afterAll(() => rmSync(folder, { recursive: true }))

const adapters: { name: string; newDisk(): () => ChunkDisk }[] = [
  {
    name: 'Dexie',
    newDisk() {
      const indexedDB = new IDBFactory()
      return () => dexieChunks('a', { indexedDB, IDBKeyRange })
    },
  },
  {
    name: 'node:sqlite',
    newDisk() {
      const path = join(mkdtempSync(join(folder, 'x')), 'a')
      return () => sqliteChunks(path)
    },
  },
  {
    name: 'memory',
    newDisk() {
      const disk = memoryChunks()
      return () => disk
    },
  },
]

describe.each(adapters)('the chunks on $name', ({ newDisk }) => {
  test.each(chunkDiskRules)('$name', ({ run }) => run(newDisk()))
})
