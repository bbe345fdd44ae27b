/** Sealed chunks of files (B1, B4): plain bytes, one chunk a request. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { BLOB_CHUNK_BYTES } from '@chartkeep/protocol'
import type { ServerCore } from '../core.ts'
import { sendError } from '../errors.ts'
import { ChunkParams, TotalQuery } from './params.ts'
import { idOf, sessionOf } from './wire.ts'

const PATH = '/v1/vaults/:id/streams/:stream/blobs/:blob/:index'
const CHUNK_TYPE = 'application/octet-stream'

export const blobRoutes: FastifyPluginAsyncTypebox<{ core: ServerCore }> = async (app, { core }) => {
  app.addContentTypeParser(CHUNK_TYPE, { parseAs: 'buffer', bodyLimit: BLOB_CHUNK_BYTES }, (_request, body, done) =>
    done(null, body),
  )

  app.put(PATH, { schema: { params: ChunkParams, querystring: TotalQuery } }, async (request, reply) => {
    const session = sessionOf(core, request)
    if (session === null) return sendError(reply, 'unauthenticated')
    if (!(request.body instanceof Uint8Array)) return sendError(reply, 'bad-request')
    const { id, stream, blob, index } = request.params
    const place = { vault: idOf(id), stream: idOf(stream), blob: idOf(blob), index }
    const refused = await core.putChunk(session, place, request.query.of, request.body)
    return refused === null ? reply.code(204).send() : sendError(reply, refused.error)
  })

  app.get(PATH, { schema: { params: ChunkParams } }, async (request, reply) => {
    const session = sessionOf(core, request)
    if (session === null) return sendError(reply, 'unauthenticated')
    const { id, stream, blob, index } = request.params
    const found = await core.getChunk(session, { vault: idOf(id), stream: idOf(stream), blob: idOf(blob), index })
    if ('type' in found) return sendError(reply, found.error)
    const { chunk, total } = found
    return reply
      .header('X-Chunks', total)
      .type(CHUNK_TYPE)
      .send(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))
  })
}
