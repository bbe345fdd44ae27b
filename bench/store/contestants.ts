/**
 * The storages that are compared, each as an RxDB user would set it up; runs in the browser. `relaxed` is what Chromium
 * gives by itself: the write is handed to the system. `strict` is on the disk before it is acknowledged.
 */
import { dexieLog, getRxStorageSealed, storedRecordSchema, type SealedLog, type StoredRecord } from '@chartkeep/store'
import { createRxDatabase, type RxCollection, type RxDatabase, type RxJsonSchema, type RxStorage } from 'rxdb'
import { wrappedKeyEncryptionCryptoJsStorage } from 'rxdb/plugins/encryption-crypto-js'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { getRxStorageLocalstorage } from 'rxdb/plugins/storage-localstorage'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'

export type Durability = 'strict' | 'relaxed'
export type Contestant = 'sealed' | 'dexie' | 'encrypted' | 'localstorage' | 'memory'

/** An open database of one contestant. */
export interface Opened {
  database: RxDatabase
  records: RxCollection<StoredRecord>
}

/** Any key does for measuring; the same one opens the store on the next page. */
export const KEY = Uint8Array.from({ length: 32 }, (_, index) => index)
/** Where the sealed store keeps its log. */
export const SLOT = 'a7'

/** What carries health facts and is no key and no index; indexes and keys cannot be encrypted by the plugin. */
const encryptedFields: (keyof StoredRecord)[] = ['title', 'status', 'text', 'resource']

/** How many bytes the entries of the last append had; the raw `add` is given the same. */
export let lastAppendBytes = 0

function measuredLog(): SealedLog {
  const log = dexieLog(SLOT)
  return {
    ...log,
    append(generation, entries, durability) {
      lastAppendBytes = entries.reduce((sum, { sealed }) => sum + sealed.length, 0)
      return log.append(generation, entries, durability)
    },
  }
}

function storageOf(contestant: Contestant, durability: Durability): RxStorage<unknown, unknown> {
  const dexie = () => getRxStorageDexie({ chromeTransactionDurability: durability })
  switch (contestant) {
    case 'sealed':
      return getRxStorageSealed({ key: KEY, log: measuredLog(), durability })
    case 'dexie':
      return dexie() as RxStorage<unknown, unknown>
    case 'encrypted':
      return wrappedKeyEncryptionCryptoJsStorage({ storage: dexie() }) as RxStorage<unknown, unknown>
    case 'localstorage':
      return getRxStorageLocalstorage() as RxStorage<unknown, unknown>
    case 'memory':
      return getRxStorageMemory() as RxStorage<unknown, unknown>
  }
}

/** Opens the contestant's database, new or as it was left. */
export async function openContestant(contestant: Contestant, durability: Durability): Promise<Opened> {
  const isEncrypted = contestant === 'encrypted'
  const database = await createRxDatabase({
    name: 'bench',
    storage: storageOf(contestant, durability),
    multiInstance: false,
    ...(isEncrypted ? { password: 'a passphrase of five words' } : {}),
  })
  const schema: RxJsonSchema<StoredRecord> = isEncrypted
    ? { ...storedRecordSchema, encrypted: encryptedFields }
    : storedRecordSchema
  const { records } = await database.addCollections<{ records: RxCollection<StoredRecord> }>({ records: { schema } })
  return { database, records }
}
