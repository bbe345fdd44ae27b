/** Stores of released formats open for ever, to exactly what they held. In Chromium: test/integration/store. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { base64UrlToBytes } from '@chartkeep/crypto/encoding'
import { dexieLog, openVaultStore, type SealedLog, type VaultStore } from '@chartkeep/store'
import { sqliteLog } from '@chartkeep/store/node'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { afterAll, describe, expect, test } from 'vitest'
import { contentsOf, expectedOf, putFormat1, putFormat2, type OldStore } from '../../support/old-stores.ts'
import { storedRecord } from '../../support/stored-record.ts'

const fixtures = join(import.meta.dirname, '../../fixtures/store')
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-formats-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fixture(name: string): OldStore {
  return JSON.parse(readFileSync(join(fixtures, `${name}.json`), 'utf8')) as OldStore
}

const formats = [
  { name: 'format-1', put: putFormat1 },
  { name: 'format-2', put: putFormat2 },
  { name: 'format-3', put: putFormat2 },
]

const places = formats.flatMap(({ name, put }) => [
  {
    name: `${name} in node:sqlite`,
    old: fixture(name),
    async place(): Promise<() => SealedLog> {
      const path = join(mkdtempSync(join(folder, 'x')), 'a')
      copyFileSync(join(fixtures, `${name}.sqlite`), path)
      return () => sqliteLog(path)
    },
  },
  {
    name: `${name} in IndexedDB`,
    old: fixture(name),
    async place(): Promise<() => SealedLog> {
      const indexedDB = new IDBFactory()
      await put(indexedDB, 'a', fixture(name))
      return () => dexieLog('a', { indexedDB, IDBKeyRange })
    },
  },
])

async function open(log: SealedLog, { key }: OldStore): Promise<VaultStore> {
  const vault = await openVaultStore({ name: 'old', key: base64UrlToBytes(key)!, log, mustExist: true })
  if (vault.type !== 'vault') throw new Error(JSON.stringify(vault))
  return vault
}

describe.each(places)('$name', ({ old, place }) => {
  test('ST13: opens to exactly its contents, and takes new writes', async () => {
    const newLog = await place()
    const vault = await open(newLog(), old)
    expect(await contentsOf(vault, old.expected)).toEqual(expectedOf(old))
    expect(old.expected.records.length).toBeGreaterThan(50)
    const found = await vault.records.find({ selector: { stream: 'stream0' } }).exec()
    expect(found).toHaveLength(old.expected.records.filter(({ stream }) => stream === 'stream0').length)
    await vault.commit({ records: [storedRecord('new')] })
    await vault.compact()
    await vault.close()

    const again = await open(newLog(), old)
    expect(again.read('s.new')).toEqual(storedRecord('new'))
    expect(again.all()).toHaveLength(old.expected.records.length + old.expected.audit.length + 1)
    await again.close()
  })
})
