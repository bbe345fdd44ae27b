/** Emergency access (C13): a device opens a grant for emergencies, owners read who did and why. */
import { EmergencyRequest } from '@chartkeep/protocol'
import type { ServerCore } from '../core.ts'
import { AfterQuery, IdParams, type Routes } from './params.ts'
import { answer, answerWith, idOf } from './wire.ts'

const PATH = '/v1/vaults/:id/emergency'

export const emergencyRoutes: Routes<{ core: ServerCore }> = async (app, { core }) => {
  app.post(PATH, { schema: { params: IdParams } }, (request, reply) =>
    answerWith(core, request, reply, EmergencyRequest, (session, signed) =>
      core.openEmergency(session, idOf(request.params.id), signed),
    ),
  )

  app.get(PATH, { schema: { params: IdParams, querystring: AfterQuery } }, (request, reply) =>
    answer(core, request, reply, (session) =>
      core.emergencies(session, idOf(request.params.id), request.query.after ?? 0),
    ),
  )
}
