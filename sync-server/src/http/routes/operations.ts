/** What a monitor asks (H5): /healthz (the process answers), /readyz (it can serve), /metrics (with a token, on the main port). */
import { equalBytes, sha256, utf8ToBytes } from '@chartkeep/crypto/server'
import type { ServerState } from '@chartkeep/protocol'
import type { FastifyPluginAsync } from 'fastify'
import { sendError } from '../errors.ts'

export interface Readiness {
  /** Names of what stands in the way: `stopping`, `storage`, `disk`. Empty: ready. */
  failing: string[]
  /** The server lost data and takes them back: nothing new in a chart that is not whole (S9). */
  restored: boolean
  /** H8: what the server makes of its machine's clock. Nobody is turned away for it. */
  clock: ServerState['clock']
}

export interface Operations {
  readiness(): Promise<Readiness>
  /** Null: nobody may ask for it, and nothing is counted. */
  metricsPage: (() => Promise<string>) | null
  /** Null: /metrics is not served here. */
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

/** /metrics alone, for a port of its own. */
export const metricsRoutes: FastifyPluginAsync<{ operations: Operations }> = async (app, { operations }) => {
  const { metricsPage } = operations
  if (metricsPage !== null) app.get('/metrics', async (_request, reply) => reply.type(TEXT).send(await metricsPage()))
}
