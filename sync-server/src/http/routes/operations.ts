/**
 * What a monitor requests (H5): /healthz (the process answers), /readyz (it can serve), /metrics (with a token, on the
 * main port).
 */
import { equalBytes, sha256, utf8ToBytes } from '@chartkeep/crypto/server'
import type { ServerState } from '@chartkeep/protocol/messages'
import type { FastifyPluginAsync } from 'fastify'
import { sendError } from '../errors.ts'

export interface Readiness {
  /** Why the server is not ready: `stopping`, `storage`, `disk`. Empty: ready. */
  failing: string[]
  /** The server lost data and is taking it back; an incomplete chart accepts nothing new (S9). */
  restored: boolean
  /** H8: whether the server trusts the machine's clock. Does not affect readiness. */
  clock: ServerState['clock']
}

export interface Operations {
  readiness(): Promise<Readiness>
  /** Null: /metrics is off, and nothing is counted. */
  metricsPage: (() => Promise<string>) | null
  /** Null: /metrics is not served on this port. */
  metricsToken: string | null
}

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'

export const operationRoutes: FastifyPluginAsync<{ operations: Operations | null }> = async (app, { operations }) => {
  app.get('/healthz', () => ({ name: 'chartkeep', status: 'ok' }))
  if (operations === null) return

  app.get('/readyz', async (_request, reply) => {
    const { failing, restored, clock } = await operations.readiness()
    if (failing.length === 0) return { status: 'ready', restored, clock }
    return reply.code(503).header('Retry-After', 5).send({ status: 'not-ready', failing, restored, clock })
  })

  const { metricsToken, metricsPage } = operations
  if (metricsToken === null || metricsPage === null) return
  const wanted = sha256(utf8ToBytes(`Bearer ${metricsToken}`))
  app.get('/metrics', async (request, reply) => {
    const given = sha256(utf8ToBytes(request.headers.authorization ?? ''))
    if (!equalBytes(given, wanted)) return sendError(reply, 'unauthenticated')
    return reply.type(TEXT).send(await metricsPage())
  })
}

/** Only /metrics, for a separate port. */
export const metricsRoutes: FastifyPluginAsync<{ operations: Operations }> = async (app, { operations }) => {
  const { metricsPage } = operations
  if (metricsPage !== null) app.get('/metrics', async (_request, reply) => reply.type(TEXT).send(await metricsPage()))
}
