/** The audit tree of a vault, for its owners (A2, A3): leaves and checkpoints, paths, cosigned heads. */
import { syncError } from '@chartkeep/protocol'
import { AuditProofRequest, AuditRequest, Cosign } from '@chartkeep/protocol/audit'
import type { ServerCore } from '../../core/core.ts'
import { sendError } from '../errors.ts'
import { IdParams, type Routes } from './params.ts'
import { answerWith, idOf, readBody, sessionOf, takes } from './wire.ts'

export const auditRoutes: Routes<{ core: ServerCore }> = async (app, { core }) => {
  app.post('/v1/vaults/:id/audit', { schema: { params: IdParams }, ...takes(AuditRequest) }, (request, reply) =>
    answerWith(core, request, reply, AuditRequest, (session, message) =>
      core.audit(session, idOf(request.params.id), message),
    ),
  )

  app.post(
    '/v1/vaults/:id/audit/proof',
    { schema: { params: IdParams }, ...takes(AuditProofRequest) },
    (request, reply) =>
      answerWith(core, request, reply, AuditProofRequest, (session, message) =>
        core.auditProof(session, idOf(request.params.id), message),
      ),
  )

  app.post(
    '/v1/vaults/:id/audit/cosign',
    { schema: { params: IdParams }, ...takes(Cosign) },
    async (request, reply) => {
      const session = await sessionOf(core, request)
      if (session === null) return sendError(reply, 'unauthenticated')
      const message = readBody(request, Cosign)
      const refused =
        message === null ? syncError('bad-request') : await core.cosign(session, idOf(request.params.id), message)
      return refused === null ? reply.code(204).send() : sendError(reply, refused.error)
    },
  )
}
