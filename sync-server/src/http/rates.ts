/**
 * Rate limits (S8, H9): per network for requests without a session, per account over all its devices and connections,
 * and for a practice per device. Of sign-ins and recoveries only failures count. Account-log entries, which a
 * recovering server accepts from anybody, are counted one by one. Beyond the limit: 429 `rate-limited` with
 * Retry-After. Limits are counted by key, so more connections do not help.
 */
import type { Socket } from 'node:net'
import { idText, isSyncError, syncError, type SyncError, type SyncErrorCode } from '@chartkeep/protocol'
import type { FastifyInstance } from 'fastify'
import type { ServerCore } from '../core/core.ts'
import type { ComingFrom } from '../admission/enter.ts'
import { sendError } from './errors.ts'
import { createNetworkCounter, limitsOf, shareOf, type Network } from '../guard/networks.ts'
import { createAttemptCounter, createRateCounter, isWait, type Wait } from '../guard/rate-counter.ts'
import { sessionOf } from './routes/wire.ts'
import type { ServerSession } from '../access/sessions.ts'

export interface Rates {
  requestsPerMinute: number
  devicesPerMinute: number
  addressRequestsPerMinute: number
  signInsPerMinute: number
  registrationsPerHour: number
  serverRegistrationsPerHour: number
  refillEntriesPerMinute: number
}

/** An import of 10,000 records needs about 100 requests; a practice may share one address. */
export const DEFAULT_RATES: Rates = {
  requestsPerMinute: 6000,
  devicesPerMinute: 6000,
  addressRequestsPerMinute: 30_000,
  signInsPerMinute: 60,
  registrationsPerHour: 600,
  serverRegistrationsPerHour: 20_000,
  refillEntriesPerMinute: 6000,
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** The answers to a wrong guess. */
const FAILED: ReadonlySet<SyncErrorCode> = new Set(['unauthenticated', 'not-found', 'bad-request'])
/** A monitor may request these without limit. */
export const FREE = new Set(['/healthz', '/readyz', '/metrics'])

export interface RateLimits {
  /** Counts a request with a session. Returns 0 if it may be answered, otherwise the seconds until the next one may. */
  takeSigned(session: ServerSession): number
  /**
   * Counts account-log entries that come without a session; the server verifies the signature of each. Returns the
   * same as above.
   */
  takeRefill(address: string, entries: number): number
  /** H9: an address as the admission gate counts it. */
  comingFrom(address: string): ComingFrom
  /**
   * H9: runs an action without a session that can fail by a wrong guess, and counts failures. `device`: the named live
   * device; it is counted separately, so that an attacker who guesses cannot lock out others behind the same address.
   */
  attempt<T extends object>(
    address: string,
    device: Uint8Array | null,
    deed: () => Promise<T | SyncError>,
  ): Promise<T | SyncError>
}

/** Counts registrations by network and by server; returns 0 or the seconds to wait. */
function createRegistrationCounter(rates: Rates): (network: Network) => number {
  const ofNetwork = createNetworkCounter(rates.registrationsPerHour, HOUR)
  const ofServer = createRateCounter(rates.serverRegistrationsPerHour, HOUR)
  /** What each network may still have after the server-wide limit is reached. */
  const shares = createRateCounter(shareOf(rates.serverRegistrationsPerHour, { factor: 1 }), HOUR)
  return (network) => {
    const wait = ofNetwork.take(network)
    const waitForAll = wait > 0 ? 0 : ofServer.take('')
    const hasItsShare = shares.take(network.wide) > 0
    return waitForAll > 0 && !hasItsShare ? 0 : Math.max(wait, waitForAll)
  }
}

/**
 * Limits every HTTP request of the app; live connections are counted by the returned functions. `known` is called with
 * each connection that carried a request with a session.
 */
export function limitRates(
  app: FastifyInstance,
  core: ServerCore,
  rates: Rates,
  known: (socket: Socket) => void = () => {},
): RateLimits {
  const { networkOf } = core
  const byNetwork = createNetworkCounter(rates.addressRequestsPerMinute, MINUTE)
  const byAccount = createRateCounter(rates.requestsPerMinute, MINUTE)
  const byDevice = createRateCounter(rates.devicesPerMinute, MINUTE)
  const attempts = createAttemptCounter(MINUTE)
  const registrations = createRegistrationCounter(rates)
  /** Those of accounts with a ticket. */
  const expected = createRegistrationCounter(rates)
  const refills = createNetworkCounter(rates.refillEntriesPerMinute, MINUTE)

  // C12: a practice is one account with many devices.
  const takeSigned = ({ account, device, roles }: ServerSession) =>
    roles === null ? byAccount.take(idText(account)) : byDevice.take(idText(device))

  app.addHook('onRequest', async (request, reply) => {
    const route = request.routeOptions.url
    if (FREE.has(route ?? '')) return
    const session = await sessionOf(core, request)
    if (session !== null) known(request.raw.socket)
    const wait = session === null ? byNetwork.take(networkOf(request.ip)) : takeSigned(session)
    if (wait > 0) return sendError(reply.header('Retry-After', wait), 'rate-limited')
    // H1: a body that only a device may send is not even read without a session.
    if (session === null && /^\/v1\/(?:vaults|expected|accounts\/:id)(?:\/|$)/.test(route ?? ''))
      return sendError(reply, 'unauthenticated')
  })
  return {
    takeSigned,
    takeRefill: (address, entries) => refills.take(networkOf(address), entries),
    comingFrom(address) {
      const network = networkOf(address)
      return {
        network,
        countRegistration: (isExpected = false) => (isExpected ? expected : registrations)(network),
      }
    },
    async attempt<T extends object>(address: string, device: Uint8Array | null, deed: () => Promise<T | SyncError>) {
      type Given = T | SyncError | Wait
      const network = networkOf(address)
      const own = { key: `${network.near} ${device === null ? '' : idText(device)}`, max: rates.signInsPerMinute }
      const keys = device === null ? limitsOf(network, rates.signInsPerMinute) : [own]
      let attempt: () => Promise<Given> = deed
      for (const { key, max } of keys) {
        const inner = attempt
        attempt = () => attempts.attempt(key, max, inner, (answer) => isSyncError(answer) && FAILED.has(answer.error))
      }
      const answer = await attempt()
      return isWait(answer) ? { ...syncError('rate-limited'), retryAfter: answer.seconds } : answer
    },
  }
}
