/**
 * What a mirror asks of CouchDB 3 (https://docs.couchdb.org/en/stable/api/), over real HTTP, with what can go wrong there. The tests of the mirror
 * run against any other one that CHARTKEEP_COUCHDB names (an address with name and password), but for those that need a fault.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'

export interface CouchServer {
  /** For a database that is not there yet, with name and password. */
  database(name: string): string
  /** Ends each connection once so many documents more were written; null: never. */
  failsAfter: number | null
  /** Before the next request is answered, once. */
  beforeNext: (() => Promise<void>) | null
  close(): Promise<void>
}

type Doc = { _id: string; _rev?: string; _deleted?: boolean }
type Answer = { status: number; body: unknown }

const LOGIN = { name: 'chartkeep', password: 'a-secret-of-couchdb' }
const AUTHORIZATION = `Basic ${Buffer.from(`${LOGIN.name}:${LOGIN.password}`).toString('base64')}`
const MAX_DOCUMENT = 8_000_000

export async function startCouch(): Promise<CouchServer> {
  const databases = new Map<string, Map<string, Doc>>()

  function write(docs: Map<string, Doc>, doc: Doc): Answer {
    const known = docs.get(doc._id)
    const { _rev, ...content } = doc
    if (JSON.stringify(content).length > MAX_DOCUMENT) return { status: 413, body: { error: 'document_too_large' } }
    const isFree = known === undefined || known._deleted === true
    if (isFree ? _rev !== undefined && _rev !== known?._rev : _rev !== known._rev)
      return { status: 409, body: { id: doc._id, error: 'conflict', reason: 'Document update conflict.' } }
    if (couch.failsAfter !== null && couch.failsAfter-- <= 0) throw new Error('out of order')
    const generation = Number(known?._rev?.split('-')[0] ?? 0) + 1
    const rev = `${generation}-${createHash('md5').update(JSON.stringify(content)).digest('hex')}`
    docs.set(doc._id, { ...content, _rev: rev })
    return { status: 201, body: { ok: true, id: doc._id, rev } }
  }

  function rowOf(docs: Map<string, Doc>, key: string, hasDoc: boolean): unknown {
    const doc = docs.get(key)
    if (doc === undefined) return { key, error: 'not_found' }
    if (doc._deleted) return { key, id: key, value: { rev: doc._rev, deleted: true }, doc: null }
    return { key, id: key, value: { rev: doc._rev }, ...(hasDoc ? { doc } : {}) }
  }

  function answer(method: string, url: URL, body: unknown): Answer {
    const [name = '', id] = url.pathname.slice(1).split('/').map(decodeURIComponent)
    const docs = databases.get(name)
    if (id === undefined || id === '') {
      if (method !== 'PUT') return docs ? { status: 200, body: { db_name: name } } : NOT_FOUND
      if (docs) return { status: 412, body: { error: 'file_exists' } }
      databases.set(name, new Map())
      return { status: 201, body: { ok: true } }
    }
    if (docs === undefined) return NOT_FOUND
    if (id === '_all_docs') {
      const hasDocs = url.searchParams.get('include_docs') === 'true'
      const { keys } = body as { keys?: string[] }
      const all = [...docs.values()].filter(({ _deleted }) => !_deleted).map(({ _id }) => _id)
      const rows = (keys ?? all.toSorted()).map((key) => rowOf(docs, key, hasDocs))
      return { status: 200, body: { total_rows: docs.size, offset: 0, rows } }
    }
    if (id === '_bulk_docs')
      return { status: 201, body: (body as { docs: Doc[] }).docs.map((doc) => write(docs, doc).body) }
    if (method === 'PUT') return write(docs, { ...(body as Doc), _id: id })
    const doc = docs.get(id)
    return doc === undefined || doc._deleted ? NOT_FOUND : { status: 200, body: doc }
  }

  const server = createServer((request, response) => {
    void (async () => {
      const { beforeNext } = couch
      couch.beforeNext = null
      await beforeNext?.()
      const isKnown = request.headers.authorization === AUTHORIZATION
      const { status, body } = isKnown
        ? answer(request.method ?? 'GET', new URL(request.url ?? '/', 'http://couch'), await jsonOf(request))
        : { status: 401, body: { error: 'unauthorized', reason: 'Name or password is incorrect.' } }
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })().catch(() => request.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const own = `http://${LOGIN.name}:${LOGIN.password}@127.0.0.1:${port}`
  const couch: CouchServer = {
    database: (name) => `${process.env['CHARTKEEP_COUCHDB'] ?? own}/${name}`,
    failsAfter: null,
    beforeNext: null,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return couch
}

const NOT_FOUND: Answer = { status: 404, body: { error: 'not_found', reason: 'missing' } }

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return parts.length === 0 ? {} : JSON.parse(Buffer.concat(parts).toString())
}

/** A request of a test to a database, by name and password of its address. */
export async function askCouch(database: string, path: string, init: { method?: string; body?: unknown } = {}) {
  const { protocol, host, pathname, username, password } = new URL(database)
  const response = await fetch(`${protocol}//${host}${pathname}/${path}`, {
    method: init.method ?? 'GET',
    headers: {
      ...(username && { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }),
      'content-type': 'application/json',
    },
    body: init.body === undefined ? null : JSON.stringify(init.body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
