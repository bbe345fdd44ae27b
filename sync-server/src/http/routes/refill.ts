/** Beacons (F2), and what devices return to a server that lost data (S9). */
import { Beacon } from '@chartkeep/protocol/audit'
import {
  AccountRefill,
  AuditRefill,
  ChainRefill,
  ControlRefill,
  EntryRefill,
  RefillReport,
} from '@chartkeep/protocol/messages'
import type { ServerCore } from '../../core/core.ts'
import { sendError } from '../errors.ts'
import type { RateLimits } from '../rates.ts'
import { IdParams, type Routes } from './params.ts'
import { answerWith, GROWS, idOf, OPEN_ENTRY_BYTES, readBody, sendAnswer, takes } from './wire.ts'

export const refillRoutes: Routes<{ core: ServerCore; limits: RateLimits }> = async (app, { core, limits }) => {
  app.post('/v1/refill/account', takes(AccountRefill, OPEN_ENTRY_BYTES), async (request, reply) => {
    const message = readBody(request, AccountRefill)
    if (message === null) return sendError(reply, 'bad-request')
    const wait = limits.takeRefill(request.ip, Math.max(1, message.entries.length))
    if (wait > 0) return sendError(reply.header('Retry-After', wait), 'rate-limited')
    return sendAnswer(reply, await core.refillAccount(message, limits.comingFrom(request.ip)))
  })

  app.post('/v1/vaults/:id/beacons', { schema: { params: IdParams }, ...takes(Beacon) }, (request, reply) =>
    answerWith(core, request, reply, Beacon, (session, message) =>
      core.beacons(session, idOf(request.params.id), message),
    ),
  )

  app.post('/v1/vaults/:id/refill', { schema: { params: IdParams }, ...takes(RefillReport) }, (request, reply) =>
    answerWith(core, request, reply, RefillReport, (session, message) =>
      core.refill(session, idOf(request.params.id), message),
    ),
  )

  app.post(
    '/v1/vaults/:id/refill/control',
    { schema: { params: IdParams }, ...takes(ControlRefill) },
    (request, reply) =>
      answerWith(core, request, reply, ControlRefill, (session, message) =>
        core.refillControl(session, idOf(request.params.id), message),
      ),
  )

  app.post(
    '/v1/vaults/:id/refill/chain',
    { schema: { params: IdParams }, ...takes(ChainRefill), ...GROWS },
    (request, reply) =>
      answerWith(core, request, reply, ChainRefill, (session, message) =>
        core.refillChain(session, idOf(request.params.id), message),
      ),
  )

  app.post(
    '/v1/vaults/:id/refill/entries',
    { schema: { params: IdParams }, ...takes(EntryRefill), ...GROWS },
    (request, reply) =>
      answerWith(core, request, reply, EntryRefill, (session, message) =>
        core.refillEntries(session, idOf(request.params.id), message),
      ),
  )

  app.post(
    '/v1/vaults/:id/refill/audit',
    { schema: { params: IdParams }, ...takes(AuditRefill), ...GROWS },
    (request, reply) =>
      answerWith(core, request, reply, AuditRefill, (session, message) =>
        core.refillAudit(session, idOf(request.params.id), message),
      ),
  )
}
