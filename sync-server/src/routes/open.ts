/** Routes that need no session: who the server is, sign-in, registration, the way back with a recovery code (H1, H2, K7). */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { InvitedPost, LogPost, RecoveryLookup, SignInRequest, syncError } from '@chartkeep/protocol'
import type { ServerCore } from '../core.ts'
import { readBody, sendAnswer } from './wire.ts'

/** Per address and minute, over all four posts: a household behind one address signs in far less often. */
const POSTS_PER_MINUTE = 600

export const openRoutes: FastifyPluginAsyncTypebox<{ core: ServerCore; demo: boolean }> = async (
  app,
  { core, demo },
) => {
  // One limit for the four together, in place of the app's own.
  const posts = {
    config: { rateLimit: false },
    onRequest: app.rateLimit({ max: POSTS_PER_MINUTE, timeWindow: 60_000 }),
  } as const

  app.get('/healthz', () => ({ name: 'chartkeep', status: 'ok' }))
  app.get('/v1/server', (_request, reply) => sendAnswer(reply, core.info()))
  app.get('/v1/demo', () => ({ demo }))

  app.post('/v1/challenge', posts, (_request, reply) => sendAnswer(reply, core.challenge()))

  app.post('/v1/session', posts, async (request, reply) => {
    const message = readBody(request, SignInRequest)
    return sendAnswer(reply, message === null ? syncError('bad-request') : await core.signIn(message))
  })

  app.post('/v1/accounts', posts, async (request, reply) => {
    const message = readBody(request, InvitedPost) ?? readBody(request, LogPost)
    return sendAnswer(reply, message === null ? syncError('bad-request') : await core.register(message))
  })

  app.post('/v1/recovery', posts, async (request, reply) => {
    const message = readBody(request, RecoveryLookup)
    return sendAnswer(reply, message === null ? syncError('bad-request') : await core.recover(message.lookup))
  })
}
