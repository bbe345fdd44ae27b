/** Routes without a session: the server's identity, sign-in, registration, recovery by code (H1, H2, K7). */
import { syncError } from '@chartkeep/protocol'
import { SignInRequest } from '@chartkeep/protocol/account'
import { InvitedPost, LogPost, RecoveryLookup } from '@chartkeep/protocol/messages'
import type { ServerCore } from '../../core/core.ts'
import type { RateLimits } from '../rates.ts'
import type { Routes } from './params.ts'
import { OPEN_BYTES, OPEN_ENTRY_BYTES, readBody, sendAnswer, takes } from './wire.ts'

export const openRoutes: Routes<{ core: ServerCore; limits: RateLimits; demo: boolean }> = async (
  app,
  { core, limits, demo },
) => {
  app.get('/v1/server', (_request, reply) => sendAnswer(reply, core.info()))
  app.get('/v1/server/state', (_request, reply) => sendAnswer(reply, core.state()))
  app.get('/v1/demo', () => ({ demo }))

  app.post('/v1/challenge', { bodyLimit: OPEN_BYTES }, (_request, reply) => sendAnswer(reply, core.challenge()))

  app.post('/v1/session', takes(SignInRequest, OPEN_BYTES), async (request, reply) => {
    const message = readBody(request, SignInRequest)
    const device = message !== null && (await core.isLive(message.account, message.device)) ? message.device : null
    const signIn = async () => (message === null ? syncError('bad-request') : core.signIn(message))
    return sendAnswer(reply, await limits.attempt(request.ip, device, signIn))
  })

  app.post('/v1/accounts', takes(InvitedPost, OPEN_ENTRY_BYTES), async (request, reply) => {
    const message = readBody(request, InvitedPost) ?? readBody(request, LogPost)
    const from = limits.comingFrom(request.ip)
    if (message !== null) return sendAnswer(reply, await core.register(message, from))
    const retryAfter = from.countRegistration()
    return sendAnswer(reply, retryAfter > 0 ? { ...syncError('rate-limited'), retryAfter } : syncError('bad-request'))
  })

  app.post('/v1/recovery', takes(RecoveryLookup, OPEN_BYTES), async (request, reply) => {
    const message = readBody(request, RecoveryLookup)
    const recover = async () => (message === null ? syncError('bad-request') : core.recover(message.lookup))
    return sendAnswer(reply, await limits.attempt(request.ip, null, recover))
  })
}
