/** What the benchmark of sync calls inside a page: the first sync of a fresh device into a durable store, ours and the control's. */
import { browserPlatform, createAccountManager } from '@chartkeep/sync'
import { TABLE, type VaultMachine } from '@chartkeep/sync/testing'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { filter, firstValueFrom } from 'rxjs'
import { openControlClient } from './control-client.ts'

/** Given by the benchmark: notes the processor time at the beginning and the end of what is measured. */
declare const mark: () => Promise<void>

const PASSPHRASE = 'a passphrase of five words'

/** With `?inline` everything is opened on the page's own thread, as where there are no workers. */
const openers = location.search === '?inline' ? null : () => new Worker('/opener.js', { type: 'module' })

const api = {
  /** Enters an account by its kit; answers how long it then took until `heads` records were in the store, in ms, and how many of `source` there are. */
  async ours(code: string, source: string, heads: number): Promise<{ ms: number; records: number }> {
    const accountManager = createAccountManager(browserPlatform('Chromium', null, openers))
    const server = location.origin
    const restored = await accountManager.restore({ code, label: 'Account 1', passphrase: PASSPHRASE, server })
    if (restored.type !== 'unlocked') throw new Error(`the page's device did not enter: ${restored.type}`)
    const started = performance.now()
    const marked = mark()
    const { session } = restored
    const [summary] = await firstValueFrom(session.charts$.pipe(filter(({ length }) => length > 0)))
    const chart = await session.openChart(summary!.slot)
    const { rows } = (chart as unknown as { machine: VaultMachine }).machine
    while (rows.table(TABLE.head).size < heads) await new Promise((resolve) => setTimeout(resolve, 4))
    const ms = performance.now() - started
    await marked
    await mark()
    const all = await firstValueFrom(chart!.all$)
    const records = all.filter(({ importSource }) => importSource === source).length
    await session.lock()
    return { ms, records }
  },

  /** The same for RxDB with Dexie and replicateRxCollection. */
  async control(batchSize: number): Promise<{ ms: number; records: number }> {
    const storage = getRxStorageDexie() as never
    const client = await openControlClient('control', storage, location.origin, batchSize)
    const started = performance.now()
    const marked = mark()
    await (await client.start()).awaitInitialReplication()
    const ms = performance.now() - started
    await marked
    await mark()
    const records = await client.records.count().exec()
    await client.close()
    return { ms, records }
  },
}

export type SyncPage = typeof api
Object.assign(window, { api, ready: true })
