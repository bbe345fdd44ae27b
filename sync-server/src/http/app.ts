/** Builds the Fastify app over a core: parsers, limits, headers, errors, routes. main.ts makes it listen. */
import websocket from '@fastify/websocket'
import { MAX_PUSH_BYTES } from '@chartkeep/protocol'
import { MEDIA_TYPE } from '@chartkeep/protocol/messages'
import Fastify, { type FastifyInstance } from 'fastify'
import type { ServerCore } from '../core/core.ts'
import type { DiskRoom } from '../guard/disk-room.ts'
import { handleErrors, refusalOf, refuseGrowth, refuseWhile, sendError, type Draining } from './errors.ts'
import { requestId, requestLog } from './logging.ts'
import type { Metrics } from './metrics.ts'
import { DEFAULT_RATES, FREE, limitRates, type Rates } from './rates.ts'
import { accountRoutes } from './routes/accounts.ts'
import { auditRoutes } from './routes/audit.ts'
import { blobRoutes } from './routes/blobs.ts'
import { departureRoutes } from './routes/departures.ts'
import { emergencyRoutes } from './routes/emergency.ts'
import { lateRoutes } from './routes/late.ts'
import { asksForLive, LIVE_ROUTE, LIVE_SOCKETS, liveRoutes } from './routes/live.ts'
import { openRoutes } from './routes/open.ts'
import { operationRoutes, type Operations } from './routes/operations.ts'
import { readBySchema } from './routes/params.ts'
import { pairingRoutes } from './routes/pairing.ts'
import { refillRoutes } from './routes/refill.ts'
import { vaultRoutes } from './routes/vaults.ts'
import { webAppRoutes } from './routes/web-app.ts'
import { sendSecurityHeaders } from './security-headers.ts'
import { bytesUnderWay, limitUnderWay, type BytesUnderWay } from './in-flight-limits.ts'
import { limitConnections, mostConnections } from '../guard/connections.ts'
import { createNetworkList } from '../guard/networks.ts'

export interface AppOptions {
  core: ServerCore
  /** Folder of the built app; null to serve no app. */
  appFolder: string | null
  demo: boolean
  /** `silent` for no log. */
  logLevel: string
  rates?: Partial<Rates>
  /** How many live connections of one network may be open before they sign in. */
  socketsPerAddress?: number
  /** How many bytes of bodies and answers one network, and all networks together, may have in flight. */
  bytesUnderWay?: BytesUnderWay
  /** How many connections may be open. */
  connections?: number
  /** How long a request may take to arrive, and a connection may be idle. */
  patienceMs?: number
  /** The proxies whose X-Forwarded-For is trusted; none by default. */
  trustedProxies?: string[]
  metrics?: Metrics
  /** What /readyz and /metrics report; null or absent: they are not served. */
  operations?: Operations | null
  draining?: Draining
  /** H7; absent: nothing watches the disk. */
  room?: DiskRoom
  /** Called before any route is registered, so that openapi.ts can listen to the registrations. */
  prepare?: (app: FastifyInstance) => Promise<void>
}

const SOCKETS_PER_ADDRESS = 64
/**
 * How long a request may take to arrive, and how long a connection may be idle. Devices wait for thirty seconds, a
 * proxy in front of the server a little longer. Without a limit every slow sender and silent reader would hold its
 * memory forever.
 */
const PATIENCE_MS = 120_000
const HEADERS_MS = 60_000
/** How often the timeouts are checked. */
const CHECKED_MS = 30_000

export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { core, appFolder, demo, logLevel, metrics, trustedProxies = [], patienceMs = PATIENCE_MS } = options
  const app = Fastify({
    logger: requestLog(logLevel),
    genReqId: requestId,
    bodyLimit: MAX_PUSH_BYTES,
    requestTimeout: patienceMs,
    connectionTimeout: patienceMs,
    // Node applies the longer of the two to the whole request.
    http: {
      connectionsCheckingInterval: Math.min(CHECKED_MS, patienceMs),
      headersTimeout: Math.min(HEADERS_MS, patienceMs),
      // An accepted upgrade leaves the HTTP server and its time limits, so only the live route upgrades.
      shouldUpgradeCallback: asksForLive,
    },
    // Before any hook runs: the answer repeats no part of a path that cannot be decoded or is too long.
    frameworkErrors: (_error, _request, reply) =>
      void sendError(reply.header('Cache-Control', 'no-store'), 'bad-request'),
    // A stop lets open requests finish; main.ts closes what is left after the grace period.
    forceCloseConnections: 'idle',
    trustProxy: trustedProxies.length > 0 ? trustedProxies : false,
    routerOptions: { maxParamLength: 32 },
    ...readBySchema,
  })

  app.removeAllContentTypeParsers()
  app.addContentTypeParser(MEDIA_TYPE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  handleErrors(app)
  sendSecurityHeaders(app, core.info().audience)

  await options.prepare?.(app)
  if (metrics !== undefined) countRequests(app, metrics)
  if (options.draining !== undefined) refuseWhile(app, options.draining)
  // A live connection has its own limits.
  limitUnderWay(app, options.bytesUnderWay ?? bytesUnderWay(), new Set([...FREE, LIVE_ROUTE]), core.networkOf)
  const { known } = limitConnections(app.server, {
    max: options.connections ?? mostConnections(),
    networkOf: core.networkOf,
    isProxy: createNetworkList(trustedProxies),
  })
  const limits = limitRates(app, core, { ...DEFAULT_RATES, ...options.rates }, known)
  // After the session check: only a device that may write learns whether the disk has room.
  if (options.room !== undefined) refuseGrowth(app, options.room)
  await app.register(operationRoutes, { operations: options.operations ?? null })
  await app.register(openRoutes, { core, limits, demo })
  await app.register(pairingRoutes, { core })
  await app.register(accountRoutes, { core })
  await app.register(vaultRoutes, { core, ...(metrics === undefined ? {} : { metrics }) })
  await app.register(auditRoutes, { core })
  await app.register(blobRoutes, { core })
  await app.register(departureRoutes, { core })
  await app.register(emergencyRoutes, { core })
  await app.register(lateRoutes, { core, ...(metrics === undefined ? {} : { metrics }) })
  await app.register(refillRoutes, { core, limits })
  // In its own scope; otherwise its hooks would run before every other request as well.
  await app.register(async (scope) => {
    await scope.register(websocket, { options: LIVE_SOCKETS })
    await scope.register(liveRoutes, {
      core,
      limits,
      known,
      socketsPerAddress: options.socketsPerAddress ?? SOCKETS_PER_ADDRESS,
      ...(metrics === undefined ? {} : { metrics }),
    })
  })
  await app.register(webAppRoutes, { folder: appFolder })
  return app
}

function countRequests(app: FastifyInstance, metrics: Metrics): void {
  // Not when the answer is sent: by then a route may have released the body.
  app.addHook('preHandler', (request, _reply, done) => {
    const { body } = request
    if (body instanceof Uint8Array) metrics.bytesIn.add(body.length, { route: request.routeOptions.url ?? 'none' })
    done()
  })
  app.addHook('onSend', (request, _reply, payload: unknown, done) => {
    const size = payload instanceof Uint8Array || typeof payload === 'string' ? Buffer.byteLength(payload) : 0
    if (size > 0) metrics.bytesOut.add(size, { route: request.routeOptions.url ?? 'none' })
    done(null, payload)
  })
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    const refused = refusalOf(reply)
    if (refused !== null) metrics.refusals.add(1, { code: refused })
    metrics.requests.add(1, { method: request.method, route, status: String(reply.statusCode) })
    metrics.requestSeconds.observe(reply.elapsedTime / 1000, { route })
    done()
  })
}
