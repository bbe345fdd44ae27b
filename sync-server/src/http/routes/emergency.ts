/** Emergency access (C13): a device opens an emergency grant and may end it early; owners read who did and why. */
import { EmergencyEnd, EmergencyRequest } from '@chartkeep/protocol/emergency'
import type { ServerCore } from '../../core/core.ts'
import { sendError } from '../errors.ts'
import { AfterQuery, IdParams, type Routes } from './params.ts'
import { answer, answerWith, idOf, readBody, sessionOf, takes } from './wire.ts'

const PATH = '/v1/vaults/:id/emergency'

export const emergencyRoutes: Routes<{ core: ServerCore }> = async (app, { core }) => {
  app.post(PATH, { schema: { params: IdParams }, ...takes(EmergencyRequest) }, (request, reply) =>
    answerWith(core, request, reply, EmergencyRequest, (session, signed) =>
      core.openEmergency(session, idOf(request.params.id), signed),
    ),
  )

  app.post(`${PATH}/end`, { schema: { params: IdParams }, ...takes(EmergencyEnd) }, async (request, reply) => {
    const session = await sessionOf(core, request)
    if (session === null) return sendError(reply, 'unauthenticated')
    const end = readBody(request, EmergencyEnd)
    if (end === null) return sendError(reply, 'bad-request')
    const refused = await core.endEmergency(session, idOf(request.params.id), end)
    return refused === null ? reply.code(204).send() : sendError(reply, refused.error)
  })

  app.get(PATH, { schema: { params: IdParams, querystring: AfterQuery } }, (request, reply) =>
    answer(core, request, reply, (session) =>
      core.emergencies(session, idOf(request.params.id), request.query.after ?? 0),
    ),
  )
}
