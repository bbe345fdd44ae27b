/** The storages that are compared with each other, the sealed one on both logs, and what they are asked. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from '@chartkeep/crypto'
import { createSlotName, dexieLog, getRxStorageSealed } from '@chartkeep/store'
import { sqliteLog } from '@chartkeep/store/node'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import {
  fillWithDefaultSettings,
  normalizeMangoQuery,
  prepareQuery,
  type BulkWriteRow,
  type MangoQuery,
  type RxDocumentData,
  type RxStorage,
  type RxStorageInstance,
} from 'rxdb'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { afterAll, expect } from 'vitest'

export interface Item {
  id: string
  group: string
  size: number
}
export type Stored = RxDocumentData<Item>
export type Instance = RxStorageInstance<Item, unknown, unknown>
export type AnyStorage = RxStorage<unknown, unknown>

export const itemSchema = fillWithDefaultSettings<Item>({
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 8 },
    group: { type: 'string', maxLength: 8 },
    size: { type: 'integer', minimum: 0, maximum: 99, multipleOf: 1 },
  },
  required: ['id', 'group', 'size'],
  indexes: ['group', ['size', 'group']],
})

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-conformance-'))
afterAll(() => rmSync(folder, { recursive: true }))
const indexedDB = new IDBFactory()

/** RxDB's memory and Dexie storages, and the sealed one; a new storage has no database in it. */
export const newStorages: Record<string, () => AnyStorage> = {
  memory: () => getRxStorageMemory() as AnyStorage,
  dexie: () => getRxStorageDexie({ indexedDB, IDBKeyRange }) as AnyStorage,
  'sealed on node:sqlite': () =>
    getRxStorageSealed({ key: randomBytes(32), log: sqliteLog(join(folder, createSlotName())) }),
  'sealed on Dexie': () =>
    getRxStorageSealed({ key: randomBytes(32), log: dexieLog(createSlotName(), { indexedDB, IDBKeyRange }) }),
}

let names = 0

/** What an instance of a database that nobody else uses is opened with. */
export function paramsOf() {
  return {
    databaseInstanceToken: 'token',
    databaseName: `db${(names += 1)}`,
    collectionName: 'items',
    schema: itemSchema,
    options: {},
    multiInstance: false,
    devMode: false,
  }
}

/** A document of revision `height`; its clock is given too, so that every storage is asked the same. */
export function item(
  id: string,
  size: number,
  { height = 1, deleted = false, lwt = 1_000, group = 'g' }: ItemParts = {},
): Stored {
  return { id, group, size, _deleted: deleted, _rev: `${height}-rev`, _meta: { lwt }, _attachments: {} }
}
interface ItemParts {
  height?: number
  deleted?: boolean
  lwt?: number
  group?: string
}

export const insert = (document: Stored): BulkWriteRow<Item> => ({ document })
export const update = (previous: Stored, document: Stored): BulkWriteRow<Item> => ({ previous, document })

/** A query as RxDB hands it to a storage: deleted documents left out by the selector. */
export function prepared(query: MangoQuery<Item>) {
  const { selector = {} } = query
  return preparedAsItIs({ ...query, selector: { ...selector, _deleted: { $eq: false } } as typeof selector })
}

/** A query whose selector says itself what it wants of deleted documents. */
export function preparedAsItIs(query: MangoQuery<Item>) {
  return prepareQuery(itemSchema, normalizeMangoQuery(itemSchema, query) as never)
}

/** The code of RxDB's error, or the message of another, of a call that should be refused; or that it went through. */
export async function refusal(call: () => unknown): Promise<string> {
  try {
    await call()
    return 'went through'
  } catch (error) {
    if (error instanceof Error) return 'code' in error ? String(error.code) : error.message
    return String(error)
  }
}

/** Each storage's answer to the same questions, by name; each is asked on an instance of its own. */
export async function answers<T>(ask: (instance: Instance) => Promise<T>): Promise<Record<string, T>> {
  const found: Record<string, T> = {}
  for (const [name, newStorage] of Object.entries(newStorages)) {
    found[name] = await ask(await newStorage().createStorageInstance<Item>(paramsOf()))
  }
  return found
}

/** The answer, which must be the same from all of them. */
export async function sameAnswer<T>(ask: (instance: Instance) => Promise<T>): Promise<T> {
  const found = await answers(ask)
  for (const name of Object.keys(newStorages)) expect(found[name], name).toEqual(found['memory'])
  return found['memory']!
}
