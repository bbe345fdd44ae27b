/**
 * Limits the bytes that one network may have in flight (S8): bodies still arriving and answers not yet read. All of
 * them are in memory, and a few requests that send slowly or never read could fill it. Beyond the limit: 429
 * `rate-limited` with Retry-After.
 */
import { BLOB_CHUNK_BYTES, MAX_PUSH_BYTES } from '@chartkeep/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendError } from './errors.ts'
import { createNetworkHold, type NetworkHeld, type NetworkOf } from '../guard/networks.ts'

/** The size reserved for an answer until it exists: for routes with large answers, and for all others. */
const LARGE_ANSWER = BLOB_CHUNK_BYTES
const OTHER_ANSWER = 16 * 1024
const LARGE = /^\/v1\/(?:chunks\/|vaults\/:id\/(?:pull|fetch|audit|late|control)$)/

export function limitUnderWay(
  app: FastifyInstance,
  maxBytes: number,
  free: ReadonlySet<string>,
  networkOf: NetworkOf,
): void {
  const held = createNetworkHold(maxBytes)
  const bytesOf = new WeakMap<FastifyRequest, NetworkHeld>()

  app.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? ''
    if (free.has(route)) return done()
    const bytes = Math.max(bodyOf(request), LARGE.test(route) ? LARGE_ANSWER : OTHER_ANSWER)
    const hold = held.begin(networkOf(request.ip), bytes)
    if (hold === null) return void sendError(reply.header('Retry-After', '1'), 'rate-limited')
    bytesOf.set(request, hold)
    reply.raw.once('close', () => hold.change(0))
    done()
  })
  app.addHook('onSend', (request, reply, payload: unknown, done) => {
    const hold = bytesOf.get(request)
    const size = payload instanceof Uint8Array || typeof payload === 'string' ? Buffer.byteLength(payload) : 0
    if (hold !== undefined && !reply.raw.destroyed) hold.change(size)
    done(null, payload)
  })
}

/** The announced size of a body; a chunked body counts as the largest one. */
function bodyOf({ headers }: FastifyRequest): number {
  const declared = headers['content-length']
  if (declared === undefined) return headers['transfer-encoding'] === undefined ? 0 : MAX_PUSH_BYTES
  return Math.min(Number(declared) || 0, MAX_PUSH_BYTES)
}
