/** The control's client, for Node and the browser: RxDB's own replicateRxCollection over JSON, without any sealing. */
import { createRxDatabase, type RxCollection, type RxDatabase, type RxStorage } from 'rxdb'
import { replicateRxCollection, type RxReplicationState } from 'rxdb/plugins/replication'
import { Subject } from 'rxjs'
import { storedRecordSchema, type StoredRecord } from '@chartkeep/store'
import type { RxReplicationPullStreamItem, WithDeleted } from 'rxdb'

interface Checkpoint {
  seq: number
}

export interface ControlClient {
  database: RxDatabase
  records: RxCollection<StoredRecord>
  /** Begins to replicate; resolves when live changes would come in. */
  start(): Promise<RxReplicationState<StoredRecord, Checkpoint>>
  close(): Promise<unknown>
}

export async function openControlClient(
  name: string,
  storage: RxStorage<unknown, unknown>,
  address: string,
  batchSize: number,
): Promise<ControlClient> {
  const database = await createRxDatabase({ name, storage, multiInstance: false })
  const { records } = await database.addCollections<{ records: RxCollection<StoredRecord> }>({
    records: { schema: storedRecordSchema },
  })
  let socket: WebSocket | null = null
  return {
    database,
    records,
    async start() {
      const stream$ = new Subject<RxReplicationPullStreamItem<StoredRecord, Checkpoint>>()
      const live = new WebSocket(`${address.replace(/^http/, 'ws')}/live`)
      socket = live
      live.onmessage = ({ data }) => stream$.next(JSON.parse(String(data)) as never)
      await new Promise((resolve, reject) => {
        live.onopen = resolve
        live.onerror = () => reject(new Error('the control does not answer'))
      })
      return replicateRxCollection<StoredRecord, Checkpoint>({
        replicationIdentifier: 'control',
        collection: records,
        live: true,
        push: {
          batchSize,
          async handler(rows) {
            const body = JSON.stringify(rows)
            const headers = { 'content-type': 'application/json' }
            const response = await fetch(`${address}/push`, { method: 'POST', headers, body })
            return (await response.json()) as WithDeleted<StoredRecord>[]
          },
        },
        pull: {
          batchSize,
          stream$,
          async handler(checkpoint, limit) {
            const response = await fetch(`${address}/pull?seq=${checkpoint?.seq ?? 0}&limit=${limit}`)
            return (await response.json()) as { documents: WithDeleted<StoredRecord>[]; checkpoint: Checkpoint }
          },
        },
      })
    },
    async close() {
      socket?.close()
      await database.close()
    },
  }
}
