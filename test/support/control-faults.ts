/**
 * The control of the fault script, a program of its own, for it may die: RxDB's replicateRxCollection over JSON and Fastify, its documents sealed in the
 * push modifier and opened in the pull modifier, with a checkpoint of (updatedAt, id) as RxDB's guide to replication over HTTP has it. Started with
 * names of faults, it prints a line of JSON for each: what came of it.
 */
import Fastify, { type FastifyInstance } from 'fastify'
import { createRxDatabase, type RxCollection, type RxDatabase, type RxJsonSchema } from 'rxdb'
import { replicateRxCollection } from 'rxdb/plugins/replication'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { open, randomBytes, seal } from '@chartkeep/crypto'
import { base64UrlToBytes, bytesToBase64Url, bytesToUtf8, utf8ToBytes } from '@chartkeep/crypto/encoding'
import type { ControlResult } from './fault-script.ts'

interface Note {
  id: string
  text: string
  updatedAt: number
}

/** A document as the server has it. */
interface Sealed {
  id: string
  updatedAt: number
  sealed: string
  _deleted: boolean
}

interface Checkpoint {
  updatedAt: number
  id: string
}

const KEY = randomBytes(32)
const BATCH = 20
const PATIENCE_MS = 4000

const schema: RxJsonSchema<Note> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id: { type: 'string', maxLength: 40 }, text: { type: 'string' }, updatedAt: { type: 'number' } },
  required: ['id', 'text', 'updatedAt'],
}

function close({ id, text, updatedAt }: Note, deleted = false): Sealed {
  return { id, updatedAt, sealed: bytesToBase64Url(seal(utf8ToBytes(text), KEY)), _deleted: deleted }
}

function openDocument({ id, updatedAt, sealed, _deleted }: Sealed): Note & { _deleted: boolean } {
  const plain = open(base64UrlToBytes(sealed)!, KEY)
  if (plain === null) throw new Error('this document does not open')
  return { id, text: bytesToUtf8(plain)!, updatedAt, _deleted }
}

/** The server, and what a fault does to it. */
class Server {
  documents: Sealed[] = []
  pageLimit = Number.POSITIVE_INFINITY
  /** Said to a request in the place of doing anything. */
  failing = () => false
  losesAnswers = false
  withheld = ''
  #app: FastifyInstance = Fastify({ logger: false })
  address = ''

  async listen(): Promise<void> {
    this.#app.addHook('onRequest', async (_, reply) => {
      if (this.failing()) await reply.code(500).send({ error: 'server-error' })
    })
    this.#app.get('/pull', (request) => {
      const { updatedAt, id, limit } = request.query as Record<string, string>
      const found = this.documents
        .filter((each) => each.id !== this.withheld)
        .filter((each) => each.updatedAt > Number(updatedAt) || (each.updatedAt === Number(updatedAt) && each.id > id!))
        .toSorted((a, b) => a.updatedAt - b.updatedAt || (a.id < b.id ? -1 : 1))
      return found.slice(0, Math.min(Number(limit), this.pageLimit))
    })
    this.#app.post('/push', async (request, reply) => {
      const conflicts: Sealed[] = []
      for (const { assumedMasterState, newDocumentState } of request.body as {
        assumedMasterState?: Sealed
        newDocumentState: Sealed
      }[]) {
        const stands = this.documents.find(({ id }) => id === newDocumentState.id)
        if (stands !== undefined && stands.updatedAt !== assumedMasterState?.updatedAt) conflicts.push(stands)
        else this.documents = [...this.documents.filter((each) => each !== stands), newDocumentState]
      }
      if (this.losesAnswers) {
        this.losesAnswers = false
        reply.raw.destroy()
      }
      return conflicts
    })
    this.address = await this.#app.listen({ host: '127.0.0.1', port: 0 })
  }
}

let server = new Server()
/** What RxDB itself let fall, with nobody to catch it. */
let fallen: string[] = []
process.on('unhandledRejection', (reason) => void fallen.push(String(reason)))

class Device {
  readonly name: string
  clockOffset = 0
  /** What the conflict handler was given to merge. */
  readonly shownToMerge: unknown[] = []
  #database: RxDatabase | null = null
  notes!: RxCollection<Note>

  constructor(name: string) {
    this.name = name
  }

  async open(): Promise<void> {
    this.#database = await createRxDatabase({
      name: `${this.name}${process.pid}`,
      storage: getRxStorageMemory(),
      multiInstance: false,
    })
    const { notes } = await this.#database.addCollections<{ notes: RxCollection<Note> }>({
      notes: {
        schema,
        conflictHandler: {
          isEqual: (a, b) => (a as Note).updatedAt === (b as Note).updatedAt,
          resolve: (input) => {
            this.shownToMerge.push(input.realMasterState)
            return input.realMasterState
          },
        },
      },
    })
    this.notes = notes
  }

  /** The free RxDB has 16 collections open at a time. */
  async close(): Promise<void> {
    await this.#database?.close()
  }

  save(id: string, text: string): Promise<unknown> {
    return this.notes.upsert({ id, text, updatedAt: Date.now() + this.clockOffset })
  }

  /** One replication until it says that all is in step, or until patience ends. */
  async sync(): Promise<'in-sync' | 'not-in-sync'> {
    const replication = replicateRxCollection<Note, Checkpoint>({
      collection: this.notes,
      replicationIdentifier: 'server',
      live: false,
      retryTime: 50,
      push: {
        batchSize: BATCH,
        modifier: (document) => close(document as Note, (document as { _deleted?: boolean })._deleted === true),
        handler: async (rows) => this.#ask('/push', { method: 'POST', body: JSON.stringify(rows) }),
      },
      pull: {
        batchSize: BATCH,
        modifier: (document) => openDocument(document as Sealed),
        handler: async (checkpoint, limit) => {
          const { updatedAt, id } = checkpoint ?? { updatedAt: -1, id: '' }
          const documents = (await this.#ask(`/pull?updatedAt=${updatedAt}&id=${id}&limit=${limit}`)) as Sealed[]
          const last = documents.at(-1)
          return {
            documents: documents as never,
            checkpoint: last === undefined ? { updatedAt, id } : { updatedAt: last.updatedAt, id: last.id },
          }
        },
      },
    })
    const ended = await Promise.race([
      replication.awaitInitialReplication().then(() => 'in-sync' as const),
      new Promise<'not-in-sync'>((resolve) => setTimeout(resolve, PATIENCE_MS, 'not-in-sync')),
    ])
    if (ended === 'in-sync') await replication.awaitInSync()
    await Promise.race([replication.cancel(), new Promise((resolve) => setTimeout(resolve, 100))])
    return ended
  }

  async #ask(path: string, init: RequestInit = {}): Promise<never[]> {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${server.address}${path}`, { ...init, headers })
    if (!response.ok) throw new Error(String(response.status))
    return (await response.json()) as never[]
  }

  async texts(): Promise<string[]> {
    const all = await this.notes.find().exec()
    return all.map(({ text }) => text).toSorted()
  }
}

let [a, b] = [new Device('a'), new Device('b')]

async function saveMany(count: number): Promise<string[]> {
  const texts = Array.from({ length: count }, (_, index) => `record ${index}`)
  for (const [index, text] of texts.entries()) {
    await a.save(`r${index}`, text)
    // Each has an updatedAt of its own.
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return texts.toSorted()
}

/** What the fault came to, for device b, which reads. */
async function result(wanted: string[], ended: string): Promise<ControlResult> {
  const texts = await b.texts()
  return { missing: wanted.filter((text) => !texts.includes(text)).length, ended, fallen: fallen.length, texts }
}

const FAULTS: Record<string, () => Promise<ControlResult>> = {
  async none() {
    const wanted = await saveMany(5)
    await a.sync()
    return result(wanted, await b.sync())
  },
  async 'clock stepped back'() {
    await a.save('r0', 'before')
    await a.sync()
    await b.sync()
    a.clockOffset = -60_000
    await a.save('r1', 'after')
    await a.sync()
    return result(['before', 'after'], await b.sync())
  },
  async 'a record that does not open'() {
    const wanted = await saveMany(9)
    await a.sync()
    const poisoned = server.documents.toSorted((x, y) => x.updatedAt - y.updatedAt)[4]!
    poisoned.sealed = bytesToBase64Url(randomBytes(64))
    const ended = await b.sync()
    return result(
      wanted.filter((text) => text !== 'record 4'),
      ended,
    )
  },
  async 'pages shorter than asked for'() {
    const wanted = await saveMany(10)
    await a.sync()
    server.pageLimit = 3
    return result(wanted, await b.sync())
  },
  async 'two edits of one record'() {
    await a.save('r0', 'base')
    await a.sync()
    await b.sync()
    await a.save('r0', 'of a')
    await a.sync()
    await b.save('r0', 'of b')
    const push = await b.sync()
    const seen = b.shownToMerge.map((each) => ('sealed' in (each as object) ? 'ciphertext' : 'plaintext'))
    return { ...(await result([], push)), seen: [...new Set(seen)].toSorted() }
  },
  async 'the server restored to yesterday'() {
    await a.save('r0', 'yesterday')
    await a.sync()
    const yesterday = server.documents.map((each) => ({ ...each }))
    await a.save('r0', 'today')
    await a.sync()
    await b.sync()
    // It is one that somebody serves again: its time is now.
    server.documents = yesterday.map((each) => ({ ...each, updatedAt: Date.now() + 10 }))
    return result(['today'], await b.sync())
  },
  async 'bodies of two records exchanged'() {
    await saveMany(2)
    await a.sync()
    const [first, second] = server.documents
    ;[first!.sealed, second!.sealed] = [second!.sealed, first!.sealed]
    const ended = await b.sync()
    const first0 = await b.notes.findOne('r0').exec()
    return { ...(await result([], ended)), seen: first0 === null ? [] : [first0.text] }
  },
  async 'one record left out'() {
    const wanted = await saveMany(5)
    await a.sync()
    server.withheld = 'r2'
    return result(wanted, await b.sync())
  },
  async 'an answer lost behind the write'() {
    const wanted = await saveMany(3)
    server.losesAnswers = true
    await a.sync()
    return result(wanted, await b.sync())
  },
  async 'every second request answered with 500'() {
    const wanted = await saveMany(5)
    let count = 0
    server.failing = () => count++ % 2 === 0
    await a.sync()
    return result(wanted, await b.sync())
  },
}

for (const [index, fault] of process.argv.slice(2).entries()) {
  const run = FAULTS[fault]
  if (run === undefined) throw new Error(`no fault ${fault}: ${Object.keys(FAULTS).join(', ')}`)
  server = new Server()
  fallen = []
  a = new Device(`a${index}`)
  b = new Device(`b${index}`)
  await server.listen()
  await a.open()
  await b.open()
  process.stdout.write(`${JSON.stringify({ fault, ...(await run()) })}\n`)
  // The one whose replication hangs would hang here too; it comes alone, or last.
  await Promise.race([Promise.all([a.close(), b.close()]), new Promise((resolve) => setTimeout(resolve, 500))])
}
process.exit(0)
