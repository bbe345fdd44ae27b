/** How fast records go into a vault on the node:sqlite log, in this process: by `commit`, and as any RxDB user inserts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRxStorageSealed, openVaultStore, storedRecordSchema, type StoredRecord } from '@chartkeep/store'
import { sqliteLog } from '@chartkeep/store/node'
import { createRxDatabase, type RxCollection } from 'rxdb'
import { benchRecords } from '../support/records.ts'
import { median, table } from '../support/report.ts'

const BATCH = 500
const KEY = Uint8Array.from({ length: 32 }, (_, index) => index)

type Write = (records: StoredRecord[]) => Promise<unknown>
type Way = (path: string) => Promise<{ write: Write; close(): Promise<unknown> }>

const commits =
  (durability: 'strict' | 'relaxed'): Way =>
  async (path) => {
    const vault = await openVaultStore({ name: 'v', key: KEY, log: sqliteLog(path) })
    if (vault.type !== 'vault') throw new Error(vault.type)
    return { write: (records) => vault.commit({ records, durability }), close: () => vault.close() }
  }

const ways: Record<string, Way> = {
  'commit, relaxed': commits('relaxed'),
  'commit, strict': commits('strict'),
  async 'RxDB bulkInsert, relaxed'(path) {
    const storage = getRxStorageSealed({ key: KEY, log: sqliteLog(path), durability: 'relaxed' })
    const database = await createRxDatabase({ name: 'bench', storage, multiInstance: false })
    const { records } = await database.addCollections<{ records: RxCollection<StoredRecord> }>({
      records: { schema: storedRecordSchema },
    })
    return { write: (rows) => records.bulkInsert(rows), close: () => database.close() }
  },
}

/** Processor time of this thread, without those of garbage collection and ciphers. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Records a second of each way, the median of `rounds`, and all of it as a table. */
export async function measureSqlite(sizes: readonly number[], rounds: number) {
  const rates = new Map<string, number[]>()
  const note = (key: string, rate: number) => rates.set(key, [...(rates.get(key) ?? []), rate])
  for (const size of sizes) {
    const batches = Array.from({ length: Math.ceil(size / BATCH) }, (_, index) => benchRecords(index * BATCH, BATCH))
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, open] of Object.entries(ways)) {
        const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bench-'))
        const { write, close } = await open(join(folder, 'a'))
        const [started, cpuBefore] = [performance.now(), threadCpuMs()]
        for (const records of batches) await write(records)
        const rate = (batches.length * BATCH * 1000) / (performance.now() - started)
        const cpuRate = (batches.length * BATCH * 1000) / (threadCpuMs() - cpuBefore)
        await close()
        rmSync(folder, { recursive: true })
        note(`${name} ${size}`, rate)
        note(`${name} ${size} cpu`, cpuRate)
      }
    }
  }
  const rateOf = (way: string, size: number) => median(rates.get(`${way} ${size}`) ?? [])
  const cell = (way: string, size: number) =>
    [rates.get(`${way} ${size}`), rates.get(`${way} ${size} cpu`)]
      .map((all) => Math.round(median(all ?? [])).toLocaleString('en'))
      .join(' / ')
  return {
    /** Of relaxed commits. */
    rateOf: (size: number) => rateOf('commit, relaxed', size),
    markdown: table(
      [
        'records a second / a second of processor time of the main thread, batches of 500',
        ...sizes.map((size) => size.toLocaleString('en')),
      ],
      Object.keys(ways).map((way) => [way, ...sizes.map((size) => cell(way, size))]),
    ),
  }
}
