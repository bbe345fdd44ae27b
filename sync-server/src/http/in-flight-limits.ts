/**
 * Limits the bytes that one network (S8) and all networks together (H9g) may have in flight: bodies still arriving and
 * answers not yet read. All of them are in memory, and a few requests that send slowly or never read could fill it. A
 * network beyond its limit gets 429 `rate-limited` with Retry-After. Beyond the limit for all networks, the network
 * with the most loses its oldest request.
 */
import { BLOB_CHUNK_BYTES, MAX_PUSH_BYTES } from '@chartkeep/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendError } from './errors.ts'
import { memoryOfProcess } from '../guard/connections.ts'
import { createNetworkHold, type NetworkHeld, type NetworkOf } from '../guard/networks.ts'
import { createSharedPool, type Share } from '../guard/shared-pool.ts'

/** The size reserved for an answer until it exists: for routes with large answers, and for all others. */
const LARGE_ANSWER = BLOB_CHUNK_BYTES
const OTHER_ANSWER = 16 * 1024
const LARGE = /^\/v1\/(?:chunks\/|vaults\/:id\/(?:pull|fetch|audit|late|control)$)/

/** All networks together may have this part of the memory in flight, within these limits in bytes. */
const PART_OF_MEMORY = 0.25
const LEAST = 128 * 1024 * 1024
const MOST = 1024 * 1024 * 1024
/** Sixty of the largest pushes at a time, because a whole practice may share one address. */
const MOST_OF_ONE = 256 * 1024 * 1024

export interface BytesUnderWay {
  /** For one network. */
  one: number
  /** For all networks together (H9g). */
  all: number
}

/** The limits for this machine's memory. */
export function bytesUnderWay(): BytesUnderWay {
  const all = Math.min(MOST, Math.max(LEAST, Math.floor(memoryOfProcess() * PART_OF_MEMORY)))
  return { one: Math.min(MOST_OF_ONE, all / 2), all }
}

export function limitUnderWay(
  app: FastifyInstance,
  max: BytesUnderWay,
  free: ReadonlySet<string>,
  networkOf: NetworkOf,
): void {
  const held = createNetworkHold(max.one)
  const pool = createSharedPool({ max: max.all, ownGivesWay: false })
  const bytesOf = new WeakMap<FastifyRequest, [NetworkHeld, Share]>()

  app.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? ''
    if (free.has(route)) return done()
    const bytes = Math.max(bodyOf(request), LARGE.test(route) ? LARGE_ANSWER : OTHER_ANSWER)
    const network = networkOf(request.ip)
    const hold = held.begin(network, bytes)
    const share = hold && pool.begin(network, bytes, () => request.raw.socket.destroy())
    if (hold === null || share === null) {
      hold?.change(0)
      return void sendError(reply.header('Retry-After', '1'), 'rate-limited')
    }
    bytesOf.set(request, [hold, share])
    reply.raw.once('close', () => {
      hold.change(0)
      share.change(0)
    })
    done()
  })
  app.addHook('onSend', (request, reply, payload: unknown, done) => {
    const size = payload instanceof Uint8Array || typeof payload === 'string' ? Buffer.byteLength(payload) : 0
    if (!reply.raw.destroyed) for (const each of bytesOf.get(request) ?? []) each.change(size)
    done(null, payload)
  })
}

/** The announced size of a body; a chunked body counts as the largest one. */
function bodyOf({ headers }: FastifyRequest): number {
  const declared = headers['content-length']
  if (declared === undefined) return headers['transfer-encoding'] === undefined ? 0 : MAX_PUSH_BYTES
  return Math.min(Number(declared) || 0, MAX_PUSH_BYTES)
}
