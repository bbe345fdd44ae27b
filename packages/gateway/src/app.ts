/**
 * The HTTP face of a gateway: FHIR R4 REST, GraphQL and live queries over one {@link Gate}. Every request is held to the names of this machine
 * (W7), to a token (W12) and to rates; every refusal is an OperationOutcome.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { Gate, type ViewInput } from './access/view.ts'
import { GatewayError, outcomeOf } from './errors.ts'
import { fhirRoutes } from './fhir/routes.ts'
import { PageStore } from './fhir/pages.ts'
import { graphqlRoutes } from './graphql/route.ts'
import { liveRoutes } from './live/route.ts'
import { Rates } from './access/rates.ts'
import type { Surface } from './surface.ts'

export interface GatewayInput extends ViewInput {
  /** Names with port under which this gateway answers, such as `127.0.0.1:8790`. */
  hosts(): readonly string[]
}

export interface Gateway {
  app: FastifyInstance
  gate: Gate
  /** Ends streams and windows, then lets go of the charts. */
  stop(): Promise<void>
}

const MOST_BYTES = 4 * 1024 * 1024
/** Open to every page of every origin: they hold no word about a person. */
const OPEN_PATHS = new Set(['/fhir/metadata', '/healthz'])

export async function createGateway(input: GatewayInput): Promise<Gateway> {
  const gate = new Gate(input)
  const pages = new PageStore(input.clock)
  const rates = new Rates(input.clock)
  const app = Fastify({ bodyLimit: MOST_BYTES, logger: false, forceCloseConnections: true, exposeHeadRoutes: false })
  const surface: Surface = {
    gate,
    pages,
    base: (request) => `http://${request.host}/fhir`,
    view: async (request) => {
      const view = await gate.view(tokenOf(request))
      rates.take(view.client.id)
      return view
    },
    owner: (view) => `${view.client.id}/${view.chart.id}`,
  }
  takeBodies(app)
  app.addHook('onRequest', async (request) => {
    const [path = ''] = request.url.split('?')
    const host = request.headers.host ?? ''
    const origin = request.headers.origin
    if (!input.hosts().includes(host)) throw new GatewayError('wrong-host')
    if (origin !== undefined && origin !== `http://${host}` && !OPEN_PATHS.has(path))
      throw new GatewayError('wrong-host')
    if (/[?&](?:access_token|token)=|ck_(?:key|at|rt)_/u.test(request.url)) throw new GatewayError('bad-token')
  })
  app.addHook('onSend', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    reply.header('x-content-type-options', 'nosniff')
    const [path = ''] = request.url.split('?')
    if (OPEN_PATHS.has(path)) reply.header('access-control-allow-origin', '*')
  })
  app.setErrorHandler((error, request, reply) => refuse(reply, request, errorOf(error)))
  app.setNotFoundHandler((request, reply) => refuse(reply, request, new GatewayError('not-found')))
  app.get('/healthz', async () => ({ status: 'ok' }))
  fhirRoutes(app, surface)
  await graphqlRoutes(app, surface)
  const endStreams = await liveRoutes(app, surface)
  await gate.windows.closeLeft()
  return {
    app,
    gate,
    async stop() {
      endStreams()
      await gate.stop()
      await app.close()
    },
  }
}

/** Bodies stay texts: what reads them keeps the digits of their numbers. */
function takeBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  for (const type of [
    /^application\/fhir\+json(?:;|$)/u,
    /^application\/json(?:;|$)/u,
    'application/x-www-form-urlencoded',
  ])
    app.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) => done(null, body))
}

export function tokenOf(request: FastifyRequest): string | null {
  const [, token] = /^Bearer ([\w-]{1,128})$/u.exec(request.headers.authorization ?? '') ?? []
  return token ?? null
}

function errorOf(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  const code = (error as { code?: string }).code ?? ''
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new GatewayError('too-large')
  if (code.startsWith('FST_ERR_CTP')) return new GatewayError('wrong-media')
  return new GatewayError('internal')
}

export function refuse(reply: FastifyReply, request: FastifyRequest, error: GatewayError): FastifyReply {
  if (error.status === 401) {
    const why = error.code === 'no-token' ? '' : ', error="invalid_token"'
    reply.header('www-authenticate', `Bearer realm="Chartkeep gateway"${why}`)
  }
  if (error.status === 429 || error.status === 503) reply.header('retry-after', '5')
  return reply
    .code(error.status)
    .header('content-type', 'application/fhir+json; charset=utf-8; fhirVersion=4.0')
    .send(JSON.stringify(outcomeOf(error, request.headers['accept-language'] ?? '')))
}
