/**
 * How often one may ask (S8): each network address over all it asks, each account over all its devices and connections, and fewer of
 * the four posts that need no session. Over it: 429 `rate-limited` with Retry-After. Counted by key, so that more connections do not help.
 */
import rateLimit from '@fastify/rate-limit'
import { idText } from '@chartkeep/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ServerCore } from './core.ts'
import { sendError } from './errors.ts'
import { sessionOf } from './routes/wire.ts'

export interface Rates {
  requestsPerMinute: number
  addressRequestsPerMinute: number
  signInsPerMinute: number
  registrationsPerHour: number
}

/** An import of 10,000 records needs about 100 requests; a practice may stand behind one address. */
export const DEFAULT_RATES: Rates = {
  requestsPerMinute: 6000,
  addressRequestsPerMinute: 30_000,
  signInsPerMinute: 600,
  registrationsPerHour: 600,
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Addresses and accounts remembered at a time, for each limit. */
const KEYS = 50_000
/** Neighbours of one IPv6 network count as one address. */
const IPV6_NETWORK = 64

const SIGN_IN = new Set(['/v1/challenge', '/v1/session', '/v1/accounts', '/v1/recovery'])
/** A monitor asks these as often as it likes. */
const FREE = new Set(['/healthz', '/readyz', '/metrics'])

export async function limitRates(app: FastifyInstance, core: ServerCore, rates: Rates): Promise<void> {
  await app.register(rateLimit, { global: false, cache: KEYS, ipv6Subnet: IPV6_NETWORK })
  const accounts = new WeakMap<FastifyRequest, string>()
  const limiter = (max: number, timeWindow: number) => app.createRateLimit({ max, timeWindow })
  const byAddress = limiter(rates.addressRequestsPerMinute, MINUTE)
  const signIns = limiter(rates.signInsPerMinute, MINUTE)
  const registrations = limiter(rates.registrationsPerHour, HOUR)
  const byAccount = app.createRateLimit({
    max: rates.requestsPerMinute,
    timeWindow: MINUTE,
    keyGenerator: (request) => accounts.get(request)!,
  })

  async function limitsOf(request: FastifyRequest): Promise<ReturnType<typeof byAddress>[]> {
    const route = request.routeOptions.url
    const limits = [byAddress(request)]
    if (route !== undefined && request.method === 'POST' && SIGN_IN.has(route)) limits.push(signIns(request))
    if (route === '/v1/accounts' && request.method === 'POST') limits.push(registrations(request))
    const session = sessionOf(core, request)
    if (session !== null) {
      accounts.set(request, idText(session.account))
      limits.push(byAccount(request))
    }
    return limits
  }

  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    if (FREE.has(request.routeOptions.url ?? '')) return
    const answers = await Promise.all(await limitsOf(request))
    const waits = answers.map((answer) => (!answer.isAllowed && answer.isExceeded ? answer.ttlInSeconds : 0))
    const wait = Math.max(...waits)
    if (wait > 0) return sendError(reply.header('Retry-After', wait), 'rate-limited')
  })
}
