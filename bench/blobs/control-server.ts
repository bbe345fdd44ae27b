/**
 * The server of the control, a process of its own: chunks of a file over Fastify into files, each flushed before it is answered. No
 * rights, no hashes, no quota. Started with a folder and a port.
 */
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Fastify from 'fastify'

const [folder = '', port = '0'] = process.argv.slice(2)
const app = Fastify({ logger: false, bodyLimit: 4 * 1024 * 1024 })
app.removeAllContentTypeParsers()
app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

app.put('/chunks/:index', async (request, reply) => {
  const { index } = request.params as { index: string }
  const file = await open(join(folder, String(Number(index))), 'w')
  await file.writeFile(request.body as Buffer)
  await file.sync()
  await file.close()
  return reply.code(204).send()
})
app.get('/chunks/:index', async (request, reply) => {
  const { index } = request.params as { index: string }
  return reply.type('application/octet-stream').send(await readFile(join(folder, String(Number(index)))))
})

await app.listen({ port: Number(port), host: '127.0.0.1' })
process.stdout.write('ready\n')
