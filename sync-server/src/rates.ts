/**
 * How often one may ask (S8): each network address over all it asks, each account over all its devices and connections, and fewer of
 * the four posts that need no session. Entries of account logs, which a server that lost them takes from anybody, are counted one by one. Over it: 429 `rate-limited` with Retry-After. Counted by key, so that more connections do not help.
 */
import { idText } from '@chartkeep/protocol'
import type { FastifyInstance } from 'fastify'
import type { ServerCore } from './core.ts'
import { sendError } from './errors.ts'
import { createRateCounter, networkOf } from './rate-counter.ts'
import { sessionOf } from './routes/wire.ts'
import type { ServerSession } from './sessions.ts'

export interface Rates {
  requestsPerMinute: number
  addressRequestsPerMinute: number
  signInsPerMinute: number
  registrationsPerHour: number
  refillEntriesPerMinute: number
}

/** An import of 10,000 records needs about 100 requests; a practice may stand behind one address. */
export const DEFAULT_RATES: Rates = {
  requestsPerMinute: 6000,
  addressRequestsPerMinute: 30_000,
  signInsPerMinute: 600,
  registrationsPerHour: 600,
  refillEntriesPerMinute: 6000,
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const SIGN_IN = new Set(['/v1/challenge', '/v1/session', '/v1/accounts', '/v1/recovery'])
/** A monitor asks these as often as it likes. */
export const FREE = new Set(['/healthz', '/readyz', '/metrics'])

export interface RateLimits {
  /** Counts a request that has a session; 0 while it may be answered, else after how many seconds the next one may. */
  takeSigned(address: string, session: ServerSession): number
  /** Counts entries of an account log that come without a session; the server checks the signature of each. The answer is as above. */
  takeRefill(address: string, entries: number): number
}

/** Limits every request of the app; what comes another way is counted by what is answered. */
export function limitRates(app: FastifyInstance, core: ServerCore, rates: Rates): RateLimits {
  const byAddress = createRateCounter(rates.addressRequestsPerMinute, MINUTE)
  const byAccount = createRateCounter(rates.requestsPerMinute, MINUTE)
  const signIns = createRateCounter(rates.signInsPerMinute, MINUTE)
  const registrations = createRateCounter(rates.registrationsPerHour, HOUR)
  const refills = createRateCounter(rates.refillEntriesPerMinute, MINUTE)

  app.addHook('onRequest', async (request, reply) => {
    const route = request.routeOptions.url
    if (FREE.has(route ?? '')) return
    const network = networkOf(request.ip)
    let wait = byAddress.take(network)
    if (request.method === 'POST' && route !== undefined && SIGN_IN.has(route)) {
      wait = Math.max(wait, signIns.take(network))
      if (route === '/v1/accounts') wait = Math.max(wait, registrations.take(network))
    }
    // Who asks too often has no log read for it.
    const session = wait > 0 ? null : await sessionOf(core, request)
    if (session !== null) wait = byAccount.take(idText(session.account))
    if (wait > 0) return sendError(reply.header('Retry-After', wait), 'rate-limited')
    // H1: what only a device may send is not even read from anybody else.
    if (session === null && /^\/v1\/(?:vaults|accounts\/:id)(?:\/|$)/.test(route ?? ''))
      return sendError(reply, 'unauthenticated')
  })
  return {
    takeSigned: (address, session) =>
      Math.max(byAddress.take(networkOf(address)), byAccount.take(idText(session.account))),
    takeRefill: (address, entries) => refills.take(networkOf(address), entries),
  }
}
