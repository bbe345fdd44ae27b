/**
 * Pairing of a new device (K8). The new device has no session, so every route but the answer is open and limited by
 * address. Place ids are in bodies, never in URLs.
 */
import { syncError } from '@chartkeep/protocol'
import { PairingClose, PairingOpen, PairingPost, PairingRead, PairingWrite } from '@chartkeep/protocol/pairing'
import type { RouteShorthandOptions } from 'fastify'
import type { ServerCore } from '../../core/core.ts'
import { sendError } from '../errors.ts'
import { createNetworkCounter } from '../../guard/networks.ts'
import type { Routes } from './params.ts'
import { answerWith, OPEN_BYTES, readBody, sendAnswer, sessionOf, takes } from './wire.ts'

/** Per address and minute over all five routes: two devices of a household ask once a second each. */
const POSTS_PER_MINUTE = 600

export const pairingRoutes: Routes<{ core: ServerCore }> = async (app, { core }) => {
  const rate = createNetworkCounter(POSTS_PER_MINUTE, 60_000)
  const counted: Pick<RouteShorthandOptions, 'onRequest'> = {
    onRequest(request, reply, done) {
      const wait = rate.take(core.networkOf(request.ip))
      if (wait === 0) done()
      else sendError(reply.header('Retry-After', wait), 'rate-limited')
    },
  }

  app.post('/v1/pairing/open', { ...counted, ...takes(PairingOpen, OPEN_BYTES) }, (request, reply) => {
    const message = readBody(request, PairingOpen)
    if (message === null) return sendAnswer(reply, syncError('bad-request'))
    return sendAnswer(reply, core.pairing.open(request.ip, message))
  })

  app.post('/v1/pairing/read', { ...counted, ...takes(PairingRead, OPEN_BYTES) }, (request, reply) => {
    const message = readBody(request, PairingRead)
    return sendAnswer(reply, message === null ? syncError('bad-request') : core.pairing.read(message))
  })

  app.post('/v1/pairing/answer', { ...counted, ...takes(PairingPost, OPEN_BYTES) }, (request, reply) =>
    answerWith(core, request, reply, PairingPost, (session, post) =>
      Promise.resolve(core.pairing.answer(session, post)),
    ),
  )

  app.post('/v1/pairing/write', { ...counted, ...takes(PairingWrite, OPEN_BYTES) }, (request, reply) => {
    const message = readBody(request, PairingWrite)
    return sendAnswer(reply, message === null ? syncError('bad-request') : core.pairing.write(message))
  })

  app.post('/v1/pairing/close', { ...counted, ...takes(PairingClose, OPEN_BYTES) }, async (request, reply) => {
    const message = readBody(request, PairingClose)
    const session = await sessionOf(core, request)
    return sendAnswer(reply, message === null ? syncError('bad-request') : core.pairing.close(session, message))
  })
}
