/** Account logs (K4): read by every signed-in account, extended by the account's own devices. */
import { syncError } from '@chartkeep/protocol'
import { Expecting, LogPost } from '@chartkeep/protocol/messages'
import type { ServerCore } from '../../core/core.ts'
import { sendError } from '../errors.ts'
import { AfterQuery, IdParams, type Routes } from './params.ts'
import { answer, answerWith, idOf, readBody, sessionOf, takes } from './wire.ts'

export const accountRoutes: Routes<{ core: ServerCore }> = async (app, { core }) => {
  app.get('/v1/accounts/:id/log', { schema: { params: IdParams, querystring: AfterQuery } }, (request, reply) =>
    answer(core, request, reply, (session) =>
      core.accountLog(session, idOf(request.params.id), request.query.after ?? 0),
    ),
  )

  app.post('/v1/expected', takes(Expecting), async (request, reply) => {
    const session = await sessionOf(core, request)
    if (session === null) return sendError(reply, 'unauthenticated')
    const message = readBody(request, Expecting)
    const refused = message === null ? syncError('bad-request') : await core.expect(session, message.account)
    return refused === null ? reply.code(204).send() : sendError(reply, refused.error)
  })

  app.post('/v1/accounts/:id/log', { schema: { params: IdParams }, ...takes(LogPost) }, (request, reply) =>
    answerWith(core, request, reply, LogPost, (session, post) =>
      core.postAccount(session, idOf(request.params.id), post),
    ),
  )
}
