/**
 * The fixtures of stores of released formats (test/fixtures/store): what they hold, and how they came to lie in
 * IndexedDB. Free of Node, so that a page in Chromium can use it too.
 */
import { base64UrlToBytes, bytesToHex, encodeCbor } from '@chartkeep/crypto/encoding'
import type { StoredRecord, VaultStore } from '@chartkeep/store'

/** A fixture's JSON file. Byte strings are base64url, values of sync rows hex digits of their CBOR form. */
export interface OldStore {
  key: string
  /** From format 2 on: the snapshot's mark as the log keeps it, and its segments, segment 0 first. */
  mark?: { id: number; through: number; segments: number; bytes: number }
  segments?: string[]
  /** Entry 1 first, or the one after the snapshot. */
  entries: string[]
  expected: OldContents
}

/** What a fixture must open to. */
export interface OldContents {
  sequence: number
  records: StoredRecord[]
  audit: StoredRecord[]
  removed: string[]
  /** Ids of records, removed ones too, in the order of their last change. */
  changed: string[]
  sync: Record<string, Record<string, string>>
}

/** What an open vault holds, in the form of a fixture; `tables` are the names to look at. */
export async function contentsOf(vault: VaultStore, expected: OldContents): Promise<OldContents> {
  const { documents } = await vault.records.storageInstance.getChangedDocumentsSince!(10_000)
  const audit = await vault.audit.storageInstance.getChangedDocumentsSince!(10_000)
  const isRemoved = (id: string) => vault.read(id) === null
  return {
    sequence: vault.sequence,
    records: byId(vault.all().filter(({ collectionName }) => collectionName !== 'audit')),
    audit: byId(vault.all().filter(({ collectionName }) => collectionName === 'audit')),
    removed: [...documents, ...audit.documents]
      .filter((row) => row._deleted && isRemoved(row.id))
      .map(({ id }) => id)
      .sort(),
    changed: documents.map(({ id }) => id),
    sync: Object.fromEntries(
      Object.keys(expected.sync).map((table) => [
        table,
        Object.fromEntries([...vault.sync.all(table)].map(([key, value]) => [key, bytesToHex(encodeCbor(value))])),
      ]),
    ),
  }
}

/** The expected contents in the order in which {@link contentsOf} tells them. */
export function expectedOf({ expected }: OldStore): OldContents {
  return {
    ...expected,
    records: byId(expected.records),
    audit: byId(expected.audit),
    removed: expected.removed.toSorted(),
  }
}

function byId(records: StoredRecord[]): StoredRecord[] {
  return records.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** Puts a fixture into IndexedDB as format 1 kept it there (Dexie version 1: entries, kept apart, generation). */
export function putFormat1(indexedDB: IDBFactory, name: string, old: OldStore): Promise<void> {
  return putStores(indexedDB, name, 10, ['a', 'b', 'c'], (store) => putEntries(store, old))
}

/** The same for formats 2 and 3 (Dexie version 2: a fourth table for segments, the mark next to the generation). */
export function putFormat2(indexedDB: IDBFactory, name: string, old: OldStore): Promise<void> {
  return putStores(indexedDB, name, 20, ['a', 'b', 'c', 'd'], (store) => {
    putEntries(store, old)
    store('c').put(old.mark, 1)
    old.segments!.forEach((text, index) => store('d').add(base64UrlToBytes(text), old.mark!.id * 2 ** 20 + index))
  })
}

function putEntries(store: (name: string) => IDBObjectStore, { entries, mark }: OldStore): void {
  const first = (mark?.through ?? 0) + 1
  entries.forEach((text, index) => store('a').add({ n: first + index, s: base64UrlToBytes(text) }))
  store('c').put(1, 0)
}

function putStores(
  indexedDB: IDBFactory,
  name: string,
  version: number,
  stores: string[],
  fill: (store: (name: string) => IDBObjectStore) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version)
    request.addEventListener('upgradeneeded', () => {
      const options: Record<string, IDBObjectStoreParameters> = { a: { keyPath: 'n' }, b: { autoIncrement: true } }
      for (const store of stores) request.result.createObjectStore(store, options[store])
    })
    request.addEventListener('error', () => reject(new Error('the old database could not be made')))
    request.addEventListener('success', () => {
      const database = request.result
      const transaction = database.transaction(stores, 'readwrite')
      fill((store) => transaction.objectStore(store))
      transaction.addEventListener('complete', () => {
        database.close()
        resolve()
      })
      transaction.addEventListener('abort', () => reject(new Error('the old database could not be filled')))
    })
  })
}
