/** The quarantine inbox of a vault (C11): what devices submit after their grant ended, and what owners read of it. */
import { LatePost, LateSettle } from '@chartkeep/protocol/ended'
import type { ServerCore } from '../../core/core.ts'
import { sendError } from '../errors.ts'
import type { Metrics } from '../metrics.ts'
import { AfterQuery, IdParams, type Routes } from './params.ts'
import { answer, answerWith, GROWS, idOf, readBody, sessionOf, takes } from './wire.ts'

const PATH = '/v1/vaults/:id/late'

export const lateRoutes: Routes<{ core: ServerCore; metrics?: Metrics }> = async (app, { core, metrics }) => {
  app.post(PATH, { schema: { params: IdParams }, ...takes(LatePost), ...GROWS }, (request, reply) =>
    answerWith(core, request, reply, LatePost, async (session, post) => {
      const answered = await core.handIn(session, idOf(request.params.id), post)
      if ('taken' in answered) metrics?.late.add(answered.taken.length)
      return answered
    }),
  )

  app.get(PATH, { schema: { params: IdParams, querystring: AfterQuery } }, (request, reply) =>
    answer(core, request, reply, (session) => core.lateBox(session, idOf(request.params.id), request.query.after ?? 0)),
  )

  app.post(`${PATH}/settle`, { schema: { params: IdParams }, ...takes(LateSettle) }, async (request, reply) => {
    const session = await sessionOf(core, request)
    if (session === null) return sendError(reply, 'unauthenticated')
    const settle = readBody(request, LateSettle)
    if (settle === null) return sendError(reply, 'bad-request')
    const refused = await core.settleLate(session, idOf(request.params.id), settle)
    return refused === null ? reply.code(204).send() : sendError(reply, refused.error)
  })
}
