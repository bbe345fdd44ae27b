/** Builds the Fastify app over a core: parsers, limits, headers, errors, routes. main.ts listens. */
import rateLimit from '@fastify/rate-limit'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import websocket from '@fastify/websocket'
import { idText, MAX_PUSH_BYTES, MEDIA_TYPE } from '@chartkeep/protocol'
import Fastify, { type FastifyInstance } from 'fastify'
import type { ServerCore } from './core.ts'
import { handleErrors } from './errors.ts'
import { accountRoutes } from './routes/accounts.ts'
import { auditRoutes } from './routes/audit.ts'
import { blobRoutes } from './routes/blobs.ts'
import { departureRoutes } from './routes/departures.ts'
import { liveRoutes } from './routes/live.ts'
import { openRoutes } from './routes/open.ts'
import { pairingRoutes } from './routes/pairing.ts'
import { vaultRoutes } from './routes/vaults.ts'
import { webAppRoutes } from './routes/web-app.ts'
import { sessionOf } from './routes/wire.ts'
import { sendSecurityHeaders } from './security-headers.ts'

/** Requests per account (or, signed out, per address) and minute (S8). An import of 10,000 records needs about 100. */
const REQUESTS_PER_MINUTE = 6000

export interface AppOptions {
  core: ServerCore
  /** Folder of the built app; null serves none. */
  appFolder: string | null
  demo: boolean
  /** 'silent' for no log. */
  logLevel: string
}

/** What a log line says of a request: method and route pattern; no url, address, header, id or body. */
const serializers = {
  req: (request: { method: string; routeOptions?: { url?: string | undefined } }) => ({
    method: request.method,
    route: request.routeOptions?.url ?? 'none',
  }),
  res: (reply: { statusCode: number }) => ({ status: reply.statusCode }),
}

export async function createApp({ core, appFolder, demo, logLevel }: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: logLevel === 'silent' ? false : { level: logLevel, serializers, stream: process.stderr },
    bodyLimit: MAX_PUSH_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 32 },
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.removeAllContentTypeParsers()
  app.addContentTypeParser(MEDIA_TYPE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  handleErrors(app)
  sendSecurityHeaders(app, core.info().audience)

  await app.register(rateLimit, {
    max: REQUESTS_PER_MINUTE,
    timeWindow: 60_000,
    keyGenerator: (request) => {
      const session = sessionOf(core, request)
      return session === null ? request.ip : idText(session.account)
    },
  })
  await app.register(websocket, { options: { maxPayload: 4096 } })
  await app.register(openRoutes, { core, demo })
  await app.register(pairingRoutes, { core })
  await app.register(accountRoutes, { core })
  await app.register(vaultRoutes, { core })
  await app.register(auditRoutes, { core })
  await app.register(blobRoutes, { core })
  await app.register(departureRoutes, { core })
  await app.register(liveRoutes, { core })
  await app.register(webAppRoutes, { folder: appFolder })
  return app
}
