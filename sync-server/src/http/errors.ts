/** Refusals on the wire (H3): `{ error, message }` from one table; Fastify's own refusals are translated into it. */
import { SYNC_ERRORS, type SyncErrorCode } from '@chartkeep/protocol'
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { isDiskFull, type DiskRoom } from '../guard/disk-room.ts'

/** H7: after how long a device may retry when the server is full. */
const FULL_RETRY_SECONDS = 60

const refusals = new WeakMap<FastifyReply, SyncErrorCode>()

/** The code that a reply was refused with, for the metrics; null for none. */
export function refusalOf(reply: FastifyReply): SyncErrorCode | null {
  return refusals.get(reply) ?? null
}

export function sendError(reply: FastifyReply, error: SyncErrorCode): FastifyReply {
  refusals.set(reply, error)
  if (error === 'server-full') reply.header('Retry-After', FULL_RETRY_SECONDS)
  const { status, message } = SYNC_ERRORS[error]
  return reply.code(status).type('application/json; charset=utf-8').send({ error, message })
}

function errorCode(error: FastifyError): SyncErrorCode {
  const { code, statusCode, validation } = error
  if (isDiskFull(error)) return 'server-full'
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return 'too-large'
  if (statusCode === 429) return 'rate-limited'
  if (statusCode === 404) return 'not-found'
  return validation !== undefined || (statusCode !== undefined && statusCode < 500) ? 'bad-request' : 'server-error'
}

/** Becomes true when the server stops; it then accepts nothing new. */
export interface Draining {
  stopping: boolean
}

/** While the server stops, requests are told to come back soon. */
export function refuseWhile(app: FastifyInstance, draining: Draining): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!draining.stopping || ['/healthz', '/readyz'].includes(request.routeOptions.url ?? '')) done()
    else sendError(reply.header('Retry-After', '5'), 'stopping')
  })
  // A connection that stays open would delay the stop.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (draining.stopping) reply.header('Connection', 'close')
    done(null, payload)
  })
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** H7: the data grow by this route, whatever the body says. */
    grows?: boolean
  }
}

/** H7: while there is no room, refuses a request that can only add data before its body is read. */
export function refuseGrowth(app: FastifyInstance, room: DiskRoom): void {
  app.addHook('onRequest', (request, reply, done) => {
    const bytes = Number(request.headers['content-length'] ?? 0) || 0
    if (request.routeOptions.config.grows === true && room.refusesGrowth(bytes)) sendError(reply, 'server-full')
    else done()
  })
}

/** Sets the app's only error handler. Failures of the server are logged; their text is never sent. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const code = errorCode(error)
    if (code === 'server-error') request.log.error({ err: error }, 'request failed')
    return sendError(reply, code)
  })
}
