/** Routes that need no session: who the server is, sign-in, registration, the way back with a recovery code (H1, H2, K7). */
import { InvitedPost, LogPost, RecoveryLookup, SignInRequest, syncError } from '@chartkeep/protocol'
import type { ServerCore } from '../core.ts'
import type { Routes } from './params.ts'
import { OPEN_BYTES, OPEN_ENTRY_BYTES, readBody, sendAnswer, takes } from './wire.ts'

export const openRoutes: Routes<{ core: ServerCore; demo: boolean }> = async (app, { core, demo }) => {
  app.get('/v1/server', (_request, reply) => sendAnswer(reply, core.info()))
  app.get('/v1/server/state', (_request, reply) => sendAnswer(reply, core.state()))
  app.get('/v1/demo', () => ({ demo }))

  app.post('/v1/challenge', { bodyLimit: OPEN_BYTES }, (_request, reply) => sendAnswer(reply, core.challenge()))

  app.post('/v1/session', takes(SignInRequest, OPEN_BYTES), async (request, reply) => {
    const message = readBody(request, SignInRequest)
    return sendAnswer(reply, message === null ? syncError('bad-request') : await core.signIn(message))
  })

  app.post('/v1/accounts', takes(InvitedPost, OPEN_ENTRY_BYTES), async (request, reply) => {
    const message = readBody(request, InvitedPost) ?? readBody(request, LogPost)
    return sendAnswer(reply, message === null ? syncError('bad-request') : await core.register(message))
  })

  app.post('/v1/recovery', takes(RecoveryLookup, OPEN_BYTES), async (request, reply) => {
    const message = readBody(request, RecoveryLookup)
    return sendAnswer(reply, message === null ? syncError('bad-request') : await core.recover(message.lookup))
  })
}
