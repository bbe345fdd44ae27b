/**
 * How often one may ask (S8, H9): a network over all that it asks without a session, and each account over all its devices and connections; of a
 * practice each device. Of sign-ins and recoveries only those that fail are counted. Entries of account logs, which a server that lost them takes
 * from anybody, are counted one by one. Over it: 429 `rate-limited` with Retry-After. Counted by key, so that more connections do not help.
 */
import { idText, isSyncError, syncError, type SyncError, type SyncErrorCode } from '@chartkeep/protocol'
import type { FastifyInstance } from 'fastify'
import type { ServerCore } from '../core/core.ts'
import type { ComingFrom } from '../admission/enter.ts'
import { sendError } from './errors.ts'
import { createNetworkCounter, limitsOf, shareOf } from '../guard/networks.ts'
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

/** An import of 10,000 records needs about 100 requests; a practice may stand behind one address. */
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
/** What a wrong guess is answered. */
const FAILED: ReadonlySet<SyncErrorCode> = new Set(['unauthenticated', 'not-found', 'bad-request'])
/** A monitor asks these as often as it likes. */
export const FREE = new Set(['/healthz', '/readyz', '/metrics'])

export interface RateLimits {
  /** Counts a request that has a session; 0 while it may be answered, else after how many seconds the next one may. */
  takeSigned(session: ServerSession): number
  /** Counts entries of an account log that come without a session; the server checks the signature of each. The answer is as above. */
  takeRefill(address: string, entries: number): number
  /** H9: an address as the gate counts it. */
  comingFrom(address: string): ComingFrom
  /**
   * H9: does what somebody without a session may get wrong, and counts it where it fails. `device`: the live device that is named; it has a count
   * of its own, so that whoever guesses shuts out none of those that share the address.
   */
  attempt<T extends object>(
    address: string,
    device: Uint8Array | null,
    deed: () => Promise<T | SyncError>,
  ): Promise<T | SyncError>
}

/** Limits every request of the app; what comes another way is counted by what is answered. */
export function limitRates(app: FastifyInstance, core: ServerCore, rates: Rates): RateLimits {
  const { networkOf } = core
  const byNetwork = createNetworkCounter(rates.addressRequestsPerMinute, MINUTE)
  const byAccount = createRateCounter(rates.requestsPerMinute, MINUTE)
  const byDevice = createRateCounter(rates.devicesPerMinute, MINUTE)
  const attempts = createAttemptCounter(MINUTE)
  const registrations = createNetworkCounter(rates.registrationsPerHour, HOUR)
  const allRegistrations = createRateCounter(rates.serverRegistrationsPerHour, HOUR)
  /** What each network may still have where the whole server has had its number. */
  const shares = createRateCounter(shareOf(rates.serverRegistrationsPerHour, { factor: 1 }), HOUR)
  const refills = createNetworkCounter(rates.refillEntriesPerMinute, MINUTE)

  // C12: a practice is one account of many devices.
  const takeSigned = ({ account, device, roles }: ServerSession) =>
    roles === null ? byAccount.take(idText(account)) : byDevice.take(idText(device))

  app.addHook('onRequest', async (request, reply) => {
    const route = request.routeOptions.url
    if (FREE.has(route ?? '')) return
    const session = await sessionOf(core, request)
    const wait = session === null ? byNetwork.take(networkOf(request.ip)) : takeSigned(session)
    if (wait > 0) return sendError(reply.header('Retry-After', wait), 'rate-limited')
    // H1: what only a device may send is not even read from anybody else.
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
        countRegistration() {
          const wait = registrations.take(network)
          const waitForAll = wait > 0 ? 0 : allRegistrations.take('')
          const hasItsShare = shares.take(network.wide) > 0
          return waitForAll > 0 && !hasItsShare ? 0 : Math.max(wait, waitForAll)
        },
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
