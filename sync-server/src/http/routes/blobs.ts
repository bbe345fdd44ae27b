/** Sealed files (B1, B4): begun and found under a session, their chunks carried as plain bytes by signed links. */
import { BLOB_CHUNK_BYTES } from '@chartkeep/protocol'
import { BlobPost } from '@chartkeep/protocol/records'
import type { ServerCore } from '../../core/core.ts'
import { sendError } from '../errors.ts'
import { BlobParams, ChunkParams, IdParams, LinkQuery, type Routes } from './params.ts'
import { answer, answerWith, GROWS, idOf, takes } from './wire.ts'

const CHUNK = '/v1/chunks/:index'
const CHUNK_TYPE = 'application/octet-stream'

export const blobRoutes: Routes<{ core: ServerCore }> = async (app, { core }) => {
  app.addContentTypeParser(CHUNK_TYPE, { parseAs: 'buffer', bodyLimit: BLOB_CHUNK_BYTES }, (_request, body, done) =>
    done(null, body),
  )

  app.post('/v1/vaults/:id/blobs', { schema: { params: IdParams }, ...takes(BlobPost), ...GROWS }, (request, reply) =>
    answerWith(core, request, reply, BlobPost, (session, post) =>
      core.beginBlob(session, idOf(request.params.id), post),
    ),
  )

  app.get('/v1/vaults/:id/streams/:stream/blobs/:blob', { schema: { params: BlobParams } }, (request, reply) => {
    const { id, stream, blob } = request.params
    return answer(core, request, reply, (session) => core.findBlob(session, idOf(id), idOf(stream), idOf(blob)))
  })

  app.put(CHUNK, { schema: { params: ChunkParams, querystring: LinkQuery }, ...GROWS }, async (request, reply) => {
    if (!(request.body instanceof Uint8Array)) return sendError(reply, 'bad-request')
    const refused = await core.putChunk(request.query.link, request.params.index, request.body, request.ip)
    return refused === null ? reply.code(204).send() : sendError(reply, refused.error)
  })

  app.get(CHUNK, { schema: { params: ChunkParams, querystring: LinkQuery } }, async (request, reply) => {
    const found = await core.getChunk(request.query.link, request.params.index, request.ip)
    if ('type' in found) return sendError(reply, found.error)
    const { chunk } = found
    return reply.type(CHUNK_TYPE).send(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))
  })
}
