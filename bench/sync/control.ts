/** The plaintext control in Node: replicateRxCollection over RxDB's memory storage, which keeps nothing: there is no free durable one. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeRow } from '@chartkeep/sync/testing'
import type { StoredRecord } from '@chartkeep/store'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { filter, firstValueFrom, take } from 'rxjs'
import { serverNode } from '../../scripts/server-node.mjs'
import { freePort } from '../../test/support/server-process.ts'
import { mix } from '../support/records.ts'
import { bytesOnDisk, memoryOf } from '../support/process-figures.ts'
import type { Contestant, Outcome, Plan } from './contestant.ts'
import { openControlClient } from './control-client.ts'
import { importItem } from './ours.ts'
import { measurePhase, outcomeOf, rest } from './phase.ts'

/** 22 characters, as 16 random bytes in base64url have them. */
function text22(value: number): string {
  let text = ''
  for (let part = 0; text.length < 22; part += 1) text += mix(value * 7 + part).toString(36)
  return text.slice(0, 22)
}

/** Record `index` as our store keeps it: the resource, and the fields that lists and search go by. */
export function controlRow(index: number, revision = 0): StoredRecord {
  const { text, collection, canonicalHash } = importItem(index)
  return makeRow({
    stream: text22(collection.length),
    doc: text22(index + 1_000_000),
    name: collection,
    revision: text22(index * 16 + revision + 50_000_000),
    parent: '',
    clock: `${String(1_774_000_000_000 + index).padStart(15, '0')}.0000.abcdef`,
    account: text22(7),
    device: text22(8),
    resource: text,
    importHash: canonicalHash,
    importSource: 'bench',
  })
}

export interface ControlServer {
  address: string
  pid: number
  data: string
  stop(): Promise<void>
}

export async function startControlServer(pages?: string): Promise<ControlServer> {
  const data = mkdtempSync(join(tmpdir(), 'chartkeep-bench-control-'))
  const port = await freePort()
  const main = join(import.meta.dirname, 'control-server.ts')
  const child = spawn(process.execPath, [main, data, String(port), ...(pages === undefined ? [] : [pages])], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // It is TypeScript only because this repository is: compiled code is kept for it as for ours.
    env: { ...process.env, ...serverNode.env },
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await Promise.race([
    new Promise((resolve) => child.stdout.once('data', resolve)),
    ended.then(() => Promise.reject(new Error('the control server ended'))),
  ])
  return {
    address: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    data,
    async stop() {
      child.kill()
      await ended
      rmSync(data, { recursive: true, force: true })
    },
  }
}

export function control(batchSize: number): Contestant {
  async function run({ records, changes }: Plan): Promise<Outcome> {
    // Ours is measured from its second start on, with what it compiled at its first.
    await (await startControlServer()).stop()
    const server = await startControlServer()
    const storage = () => getRxStorageMemory() as never
    const names = [`a${server.pid}`, `b${server.pid}`] as const
    const a = await openControlClient(names[0], storage(), server.address, batchSize)
    const b = await openControlClient(names[1], storage(), server.address, batchSize)
    try {
      const idleBytes = memoryOf(server.pid).now
      for (let first = 0; first < records; first += 500) {
        const rows = Array.from({ length: Math.min(500, records - first) }, (_, offset) => controlRow(first + offset))
        const { error } = await a.records.bulkInsert(rows)
        if (error.length > 0) throw new Error(`${error.length} records were refused`)
      }
      await rest()
      const push = await measurePhase('control-push', server.pid, async () => {
        await (await a.start()).awaitInSync()
      })
      await rest(1000)
      const pull = await measurePhase('control-first-sync', server.pid, async () => {
        await (await b.start()).awaitInitialReplication()
      })
      const there = await b.records.count().exec()
      if (there !== records) throw new Error(`the control's second device has ${there} of ${records} records`)
      await rest(1000)
      const liveMs: number[] = []
      const live = await measurePhase('control-live', server.pid, async () => {
        for (let turn = 0; turn < changes; turn += 1) {
          const row = controlRow(records + turn, 1)
          const seen = firstValueFrom(
            b.records.$.pipe(
              filter(({ documentId }) => documentId === row.id),
              take(1),
            ),
          )
          const started = performance.now()
          await a.records.insert(row)
          await seen
          liveMs.push(performance.now() - started)
          await rest(30)
        }
      })
      const bytes = { idleBytes, peakBytes: memoryOf(server.pid).peak, diskBytes: bytesOnDisk(server.data) }
      return outcomeOf({ push, pull, live }, liveMs, bytes)
    } finally {
      await a.close()
      await b.close()
      await server.stop()
    }
  }
  return { name: `RxDB memory + replicateRxCollection, plaintext`, run }
}
