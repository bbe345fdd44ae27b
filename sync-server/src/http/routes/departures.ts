/** Signed departures of devices whose access ended (C10). */
import { Departure } from '@chartkeep/protocol/ended'
import type { ServerCore } from '../../core/core.ts'
import { sendError } from '../errors.ts'
import { IdParams, type Routes } from './params.ts'
import { answer, idOf, readBody, sessionOf, takes } from './wire.ts'

const PATH = '/v1/vaults/:id/departures'

export const departureRoutes: Routes<{ core: ServerCore }> = async (app, { core }) => {
  app.post(PATH, { schema: { params: IdParams }, ...takes(Departure) }, async (request, reply) => {
    const session = await sessionOf(core, request)
    if (session === null) return sendError(reply, 'unauthenticated')
    const departure = readBody(request, Departure)
    if (departure === null) return sendError(reply, 'bad-request')
    const refused = await core.depart(session, idOf(request.params.id), departure)
    return refused === null ? reply.code(204).send() : sendError(reply, refused.error)
  })

  app.get(PATH, { schema: { params: IdParams } }, (request, reply) =>
    answer(core, request, reply, (session) => core.departures(session, idOf(request.params.id))),
  )
}
