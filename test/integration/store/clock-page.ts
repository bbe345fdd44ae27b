/** One life of a program with an RxDB collection that is replicated. Bundled; runs in the browser only. */
import { dexieLog, getRxStorageSealed } from '@chartkeep/store'
import { createRxDatabase, type RxJsonSchema, type RxStorage } from 'rxdb'
import { replicateRxCollection } from 'rxdb/plugins/replication'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'

interface Note {
  id: string
}

/** What one life does. */
export interface Life {
  storage: 'sealed' | 'dexie'
  /** The log's name in IndexedDB, and the store key. */
  name: string
  key: number[]
  /** How much the machine's clock is ahead. */
  clockAheadMs: number
  write: string | null
  isOnline: boolean
}

const schema: RxJsonSchema<Note> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id: { type: 'string', maxLength: 20 } },
  required: ['id'],
}

const api = {
  /** Lives it and answers what was pushed until RxDB said that all is in sync. */
  async live({ storage, name, key, clockAheadMs, write, isOnline }: Life): Promise<string[]> {
    const realNow = Date.now.bind(Date)
    Date.now = () => realNow() + clockAheadMs
    const chosen =
      storage === 'dexie' ? getRxStorageDexie() : getRxStorageSealed({ key: Uint8Array.from(key), log: dexieLog(name) })
    const database = await createRxDatabase({
      name,
      storage: chosen as unknown as RxStorage<unknown, unknown>,
      multiInstance: false,
    })
    const { notes } = await database.addCollections({ notes: { schema } })
    if (write !== null) await notes!.insert({ id: write })
    const pushed: string[] = []
    if (isOnline) {
      const replication = replicateRxCollection<Note, unknown>({
        collection: notes!,
        replicationIdentifier: 'server',
        live: false,
        push: {
          handler: async (rows) => {
            pushed.push(...rows.map(({ newDocumentState }) => newDocumentState.id))
            return []
          },
        },
      })
      await replication.awaitInSync()
      await replication.cancel()
    }
    await database.close()
    return pushed
  },
}

export type ClockPageApi = typeof api

Object.assign(window, { api, ready: true })
