/** What the Chromium tests call inside the page. Bundled; runs in the browser only. */
import { randomBytes } from '@chartkeep/crypto'
import { base64UrlToBytes } from '@chartkeep/crypto/encoding'
import {
  createSlotName,
  dexieLog,
  dexieSettler,
  holdSettled,
  holdStore,
  openVaultStore,
  type Hold,
  type VaultStore,
} from '@chartkeep/store'
import type { VaultCommit } from '@chartkeep/store/testing'
import { sealedLogRules } from '../../contract/sealed-log.ts'
import { contentsOf, putFormat1, putFormat2, type OldContents, type OldStore } from '../../support/old-stores.ts'
import { storedRecord } from '../../support/stored-record.ts'

let vault: VaultStore | null = null
const holds = new Map<string, Hold>()

async function open(name: string, key: number[]): Promise<string> {
  const compaction = { floorBytes: 4_000, quietMs: 0 }
  const opened = await openVaultStore({ name, key: Uint8Array.from(key), log: dexieLog(name), compaction })
  if (opened.type !== 'vault') return JSON.stringify(opened)
  vault = opened
  return 'open'
}

const api = {
  open,

  async close(): Promise<void> {
    await vault!.close()
    vault = null
  },

  /** Runs the contract of the log on this browser's IndexedDB; `null` for a rule that is kept. */
  async runLogRules(): Promise<{ name: string; error: string | null }[]> {
    const results: { name: string; error: string | null }[] = []
    for (const { name, run } of sealedLogRules) {
      const slot = createSlotName()
      const error = await run(() => dexieLog(slot)).then(
        () => null,
        (reason: unknown) => String(reason),
      )
      results.push({ name, error })
    }
    return results
  },

  async commit(commit: VaultCommit): Promise<void> {
    await vault!.commit(commit)
  },

  compact: () => vault!.compact(),

  /** The number of the log's newest snapshot: about how many compactions it has seen. */
  async compactions(name: string): Promise<number> {
    const log = dexieLog(name)
    const mark = await log.snapshot()
    await log.close()
    return mark?.id ?? 0
  },

  /** Puts a fixture into this browser's IndexedDB as it was in its day, and opens it: what it holds. */
  async openOld(old: OldStore): Promise<OldContents | string> {
    const name = createSlotName()
    await (old.mark ? putFormat2 : putFormat1)(indexedDB, name, old)
    const opened = await open(name, [...base64UrlToBytes(old.key)!])
    return opened === 'open' ? contentsOf(vault!, old.expected) : opened
  },

  /** Writes until the page dies; calls `acknowledge` for each write that was durable. */
  async writeForEver(round: string, acknowledge: (name: string) => void): Promise<void> {
    for (let write = 1; ; write += 1) {
      const name = `${round}-${write}`
      if (write % 3 === 0) {
        await vault!.records.insert(storedRecord(name))
      } else {
        const size = write % 7 === 0 ? 200 : 2
        const records = Array.from({ length: size }, (_, index) =>
          storedRecord(index === 0 ? name : `${name}-${index}`),
        )
        await vault!.commit({ records, sync: [{ table: 'sizes', key: name, value: size }] })
      }
      acknowledge(name)
      if (write % 9 === 0) void vault!.compact()
    }
  },

  /** Those of the names whose record is not there, and sync rows whose records are not. */
  missing(names: string[]): string[] {
    const lost = names.filter((name) => vault!.read(`s.${name}`) === null)
    for (const [name, size] of vault!.sync.all('sizes')) {
      if (!vault!.read(`s.${name}`) || !vault!.read(`s.${name}-${Number(size) - 1}`)) lost.push(`torn ${name}`)
    }
    return lost
  },

  count: () => vault!.records.count().exec(),

  /** Milliseconds for writing, opening and reading `count` records in batches of 500. */
  async measure(count: number): Promise<Record<string, number>> {
    const name = createSlotName()
    const key = [...randomBytes(32)]
    await open(name, key)
    const resource = JSON.stringify({ resourceType: 'Observation', note: 'x'.repeat(260) })
    const started = performance.now()
    for (let first = 0; first < count; first += 500) {
      const records = Array.from({ length: 500 }, (_, index) => storedRecord(`${first + index}`, { resource }))
      await vault!.commit({ records, durability: 'relaxed' })
    }
    const inserted = performance.now()
    await api.close()
    const closed = performance.now()
    await open(name, key)
    const opened = performance.now()
    const found = await vault!.records.find().exec()
    const read = performance.now()
    const bytes = JSON.stringify(found[0]!.toJSON()).length
    await api.close()
    await dexieLog(name).destroy()
    return {
      count: found.length,
      bytesEach: bytes,
      insert: inserted - started,
      open: opened - closed,
      findAll: read - opened,
    }
  },

  /** Holds `name` as the app does, with the disk settled. */
  async holdSettled(name: string): Promise<string> {
    const hold = await holdSettled(dexieSettler('u'), name)
    if (hold.type === 'held') holds.set(name, hold)
    return hold.type
  },

  async hold(name: string): Promise<string> {
    const hold = await holdStore(name)
    if (hold.type === 'held') holds.set(name, hold)
    return hold.type
  },

  async letGo(name: string): Promise<void> {
    const hold = holds.get(name)
    if (hold?.type === 'held') await hold.release()
  },

  /** The control of the canary search: rows as an unsealed store would write them. */
  writePlaintext(texts: string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open('plaintext')
      request.addEventListener('upgradeneeded', () => request.result.createObjectStore('a', { autoIncrement: true }))
      request.addEventListener('error', () => reject(request.error!))
      request.addEventListener('success', () => {
        const transaction = request.result.transaction('a', 'readwrite', { durability: 'strict' })
        for (const text of texts) transaction.objectStore('a').add({ text })
        transaction.addEventListener('complete', () => resolve())
      })
    })
  },
}

export type PageApi = typeof api

Object.assign(window, { api, ready: true })
