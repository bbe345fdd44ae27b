/** Routes that need no session: who the server is, sign-in, registration, the way back with a recovery code (H1, H2, K7). */
import {
  InvitedPost,
  LogPost,
  MAX_LOG_ENTRY_BYTES,
  RecoveryLookup,
  SignInRequest,
  syncError,
} from '@chartkeep/protocol'
import type { ServerCore } from '../core.ts'
import type { Routes } from './params.ts'
import { readBody, sendAnswer, SMALL } from './wire.ts'

export const openRoutes: Routes<{ core: ServerCore; demo: boolean }> = async (app, { core, demo }) => {
  app.get('/v1/server', (_request, reply) => sendAnswer(reply, core.info()))
  app.get('/v1/demo', () => ({ demo }))

  app.post('/v1/challenge', SMALL, (_request, reply) => sendAnswer(reply, core.challenge()))

  app.post('/v1/session', SMALL, async (request, reply) => {
    const message = readBody(request, SignInRequest)
    return sendAnswer(reply, message === null ? syncError('bad-request') : await core.signIn(message))
  })

  app.post('/v1/accounts', { bodyLimit: MAX_LOG_ENTRY_BYTES + SMALL.bodyLimit }, async (request, reply) => {
    const message = readBody(request, InvitedPost) ?? readBody(request, LogPost)
    return sendAnswer(reply, message === null ? syncError('bad-request') : await core.register(message))
  })

  app.post('/v1/recovery', SMALL, async (request, reply) => {
    const message = readBody(request, RecoveryLookup)
    return sendAnswer(reply, message === null ? syncError('bad-request') : await core.recover(message.lookup))
  })
}
