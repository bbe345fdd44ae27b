/**
 * PouchDB with express-pouchdb, the nearest offline-first neighbour: the client on PouchDB's memory adapter, the server on LevelDB, which
 * flushes nothing before it answers. Its packages are old and many; they live in bench/pouchdb with a lock file of their own.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repository } from '../../scripts/pinned-node.mjs'
import { freePort } from '../../test/support/server-process.ts'
import { bytesOnDisk, memoryOf } from '../support/process-figures.ts'
import type { Contestant, Outcome, Plan } from './contestant.ts'
import { controlRow } from './control.ts'
import { measurePhase, outcomeOf, rest } from './phase.ts'

const FOLDER = join(repository, 'bench/pouchdb')

/** As much of PouchDB as is used here. */
interface Database {
  bulkDocs(docs: object[]): Promise<{ error?: unknown }[]>
  put(doc: object): Promise<unknown>
  info(): Promise<{ doc_count: number }>
  replicate: { to(other: Database, how: object): Replication; from(other: Database, how: object): Replication }
  changes(how: object): Changes
  close(): Promise<void>
}
interface Replication extends Promise<unknown> {
  cancel(): void
}
interface Changes {
  on(event: 'change', listener: (change: { id: string }) => void): Changes
  cancel(): void
}
type PouchClass = new (name: string, options?: object) => Database

function loadPouchDb(): PouchClass {
  if (!existsSync(join(FOLDER, 'node_modules'))) {
    const { status } = spawnSync('npm', ['ci', '--omit=optional', '--ignore-scripts'], {
      cwd: FOLDER,
      stdio: 'inherit',
    })
    if (status !== 0) throw new Error('the packages of bench/pouchdb cannot be installed')
  }
  // Not an import: these packages are none of the project's, and lie in a folder of their own.
  const load = createRequire(join(FOLDER, 'package.json'))
  const PouchDB = load('pouchdb') as PouchClass & { plugin(plugin: unknown): void }
  PouchDB.plugin(load('pouchdb-adapter-memory'))
  return PouchDB
}

async function startServer() {
  const data = mkdtempSync(join(tmpdir(), 'chartkeep-bench-pouchdb-'))
  const port = await freePort()
  const child = spawn(process.execPath, [join(FOLDER, 'server.mjs'), data, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await Promise.race([
    new Promise((resolve) => child.stdout.once('data', resolve)),
    ended.then(() => Promise.reject(new Error('the PouchDB server ended'))),
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

function docOf(index: number, revision = 0): { _id: string } {
  const { id, ...fields } = controlRow(index, revision)
  return { _id: id, ...fields }
}

export function pouchdb(batchSize: number): Contestant {
  async function run({ records, changes }: Plan): Promise<Outcome> {
    const PouchDB = loadPouchDb()
    const server = await startServer()
    const [a, b] = ['a', 'b'].map((name) => new PouchDB(`${name}${server.pid}`, { adapter: 'memory' })) as [
      Database,
      Database,
    ]
    const remote = new PouchDB(`${server.address}/records`)
    const how = { batch_size: batchSize }
    try {
      await remote.info()
      const idleBytes = memoryOf(server.pid).now
      for (let first = 0; first < records; first += 500)
        await a.bulkDocs(Array.from({ length: Math.min(500, records - first) }, (_, offset) => docOf(first + offset)))
      await rest()
      const push = await measurePhase('pouchdb-push', server.pid, () => a.replicate.to(remote, how))
      await rest(1000)
      const pull = await measurePhase('pouchdb-first-sync', server.pid, () => b.replicate.from(remote, how))
      const { doc_count: there } = await b.info()
      if (there !== records) throw new Error(`PouchDB's second device has ${there} of ${records} records`)
      await rest(1000)
      const out = a.replicate.to(remote, { ...how, live: true })
      const into = b.replicate.from(remote, { ...how, live: true })
      await rest(1000)
      const seen = new Set<string>()
      let look = () => {}
      const listening = b.changes({ since: 'now', live: true }).on('change', ({ id }) => {
        seen.add(id)
        look()
      })
      const liveMs: number[] = []
      const live = await measurePhase('pouchdb-live', server.pid, async () => {
        for (let turn = 0; turn < changes; turn += 1) {
          const doc = docOf(records + turn, 1)
          const arrived = new Promise<void>((resolve) => {
            look = () => seen.has(doc._id) && resolve()
          })
          const started = performance.now()
          await a.put(doc)
          await arrived
          liveMs.push(performance.now() - started)
          await rest(30)
        }
      })
      listening.cancel()
      out.cancel()
      into.cancel()
      const bytes = { idleBytes, peakBytes: memoryOf(server.pid).peak, diskBytes: bytesOnDisk(server.data) }
      return outcomeOf({ push, pull, live }, liveMs, bytes)
    } finally {
      await a.close()
      await b.close()
      await server.stop()
    }
  }
  return { name: 'PouchDB memory + express-pouchdb, plaintext', run }
}
