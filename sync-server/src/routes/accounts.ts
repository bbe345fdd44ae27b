/** Account logs (K4): read by every signed-in account, extended by the account's own devices. */
import { LogPost } from '@chartkeep/protocol'
import type { ServerCore } from '../core.ts'
import { AfterQuery, IdParams, type Routes } from './params.ts'
import { answer, answerWith, idOf, takes } from './wire.ts'

export const accountRoutes: Routes<{ core: ServerCore }> = async (app, { core }) => {
  app.get('/v1/accounts/:id/log', { schema: { params: IdParams, querystring: AfterQuery } }, (request, reply) =>
    answer(core, request, reply, (session) =>
      core.accountLog(session, idOf(request.params.id), request.query.after ?? 0),
    ),
  )

  app.post('/v1/accounts/:id/log', { schema: { params: IdParams }, ...takes(LogPost) }, (request, reply) =>
    answerWith(core, request, reply, LogPost, (session, post) =>
      core.postAccount(session, idOf(request.params.id), post),
    ),
  )
}
