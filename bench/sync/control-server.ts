/**
 * The server of the plaintext control, a process of its own: JSON over Fastify, one table on node:sqlite with the same durability as
 * ours (WAL, synchronous FULL, one flush for each push). Written as RxDB's documentation of replication over HTTP shows it: pull by a
 * counter, push with a compare-and-set of the assumed state, a stream of changes for live replication, here over WebSocket.
 * Started with a folder and a port; a third argument is a folder whose files it serves.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fastifyStatic from '@fastify/static'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'

const [folder = '', port = '0', pages] = process.argv.slice(2)

interface Doc {
  id: string
  revision: string
}
interface Row {
  assumedMasterState?: Doc
  newDocumentState: Doc
}

const db = new DatabaseSync(join(folder, 'control.sqlite'))
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
db.exec(
  'CREATE TABLE docs (id TEXT PRIMARY KEY, seq INTEGER NOT NULL, doc TEXT NOT NULL) STRICT; CREATE UNIQUE INDEX seqs ON docs (seq)',
)
const current = db.prepare('SELECT doc FROM docs WHERE id = ?')
const put = db.prepare(
  'INSERT INTO docs (id, seq, doc) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, doc = excluded.doc',
)
const after = db.prepare('SELECT seq, doc FROM docs WHERE seq > ? ORDER BY seq LIMIT ?')
let seq = 0

const app = Fastify({ logger: false, bodyLimit: 64 * 1024 * 1024 })
await app.register(websocket)
if (pages !== undefined) await app.register(fastifyStatic, { root: pages })

const listeners = new Set<(text: string) => void>()
app.get('/live', { websocket: true }, (socket) => {
  const send = (text: string) => socket.send(text)
  listeners.add(send)
  socket.on('close', () => listeners.delete(send))
})

app.get('/pull', (request, reply) => {
  const { seq: from, limit } = request.query as { seq: string; limit: string }
  const rows = after.all(Number(from), Number(limit)) as { seq: number; doc: string }[]
  const checkpoint = { seq: rows.at(-1)?.seq ?? Number(from) }
  void reply
    .type('application/json')
    .send(`{"documents":[${rows.map(({ doc }) => doc).join(',')}],"checkpoint":${JSON.stringify(checkpoint)}}`)
})

app.post('/push', (request) => {
  const conflicts: Doc[] = []
  const written: Doc[] = []
  db.exec('BEGIN IMMEDIATE')
  for (const { assumedMasterState, newDocumentState } of request.body as Row[]) {
    const found = current.get(newDocumentState.id) as { doc: string } | undefined
    const stands = found === undefined ? undefined : (JSON.parse(found.doc) as Doc)
    if (stands !== undefined && stands.revision !== assumedMasterState?.revision) {
      conflicts.push(stands)
      continue
    }
    put.run(newDocumentState.id, ++seq, JSON.stringify(newDocumentState))
    written.push(newDocumentState)
  }
  db.exec('COMMIT')
  if (written.length > 0 && listeners.size > 0) {
    const text = JSON.stringify({ documents: written, checkpoint: { seq } })
    for (const send of listeners) send(text)
  }
  return conflicts
})

// A process that ends by itself keeps what it compiled.
process.once('SIGTERM', () => process.exit(0))
await app.listen({ host: '127.0.0.1', port: Number(port) })
process.stdout.write('ready\n')
