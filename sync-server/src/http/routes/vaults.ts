/** Vaults: control log, push, pull, older bodies (C1-C8, S2-S4). The server orders sealed bytes; it cannot read them. */
import { ControlPost, FetchRequest, PullRequest, PushRequest, readPush } from '@chartkeep/protocol/messages'
import { encodePush } from '../../storage/answer-writer.ts'
import type { ServerCore } from '../../core/core.ts'
import { countOutcomes, type Metrics } from '../metrics.ts'
import { release } from '../../storage/transfer-buffer.ts'
import { AfterQuery, IdParams, type Routes } from './params.ts'
import { answer, answerRead, answerWith, GROWS, idOf, takes } from './wire.ts'

export const vaultRoutes: Routes<{ core: ServerCore; metrics?: Metrics }> = async (app, { core, metrics }) => {
  app.get('/v1/vaults', (request, reply) => answer(core, request, reply, (session) => core.vaults(session)))

  app.get('/v1/vaults/:id/control', { schema: { params: IdParams, querystring: AfterQuery } }, (request, reply) =>
    answer(core, request, reply, (session) => core.control(session, idOf(request.params.id), request.query.after ?? 0)),
  )

  app.post('/v1/vaults/:id/control', { schema: { params: IdParams }, ...takes(ControlPost) }, (request, reply) =>
    answerWith(core, request, reply, ControlPost, (session, post) =>
      core.postControl(session, idOf(request.params.id), post),
    ),
  )

  app.post('/v1/vaults/:id/push', { schema: { params: IdParams }, ...takes(PushRequest), ...GROWS }, (request, reply) =>
    answerRead(core, request, reply, readPush, async (session, push) => {
      const pushed = await core.push(session, idOf(request.params.id), push)
      if ('results' in pushed && metrics !== undefined) countOutcomes(metrics, pushed)
      // Nothing keeps a reference to the request body of a push.
      if (request.body instanceof Uint8Array) release(request.body)
      return 'results' in pushed ? encodePush(pushed) : pushed
    }),
  )

  app.post('/v1/vaults/:id/pull', { schema: { params: IdParams }, ...takes(PullRequest) }, (request, reply) =>
    answerWith(core, request, reply, PullRequest, (session, pull) =>
      core.pullEncoded(session, idOf(request.params.id), pull),
    ),
  )

  app.post('/v1/vaults/:id/fetch', { schema: { params: IdParams }, ...takes(FetchRequest) }, (request, reply) =>
    answerWith(core, request, reply, FetchRequest, (session, fetch) =>
      core.fetchBodies(session, idOf(request.params.id), fetch),
    ),
  )
}
