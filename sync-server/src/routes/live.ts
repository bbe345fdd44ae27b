/** WebSocket /v1/live (S7): LiveHello as its first frame, then hints. Frames are deterministic CBOR; the token is in no URL (H1). */
import type { FastifyPluginAsync } from 'fastify'
import { decodeAs, encodeMessage, LiveHello } from '@chartkeep/protocol'
import type { ServerCore } from '../core.ts'

/** How long a client may take for its first frame, and how often a silent connection is asked whether it lives. */
const HELLO_MS = 10_000
const PING_MS = 30_000

/** Close codes of the application range: the client reconnects after `ended`, signs in again after `unauthenticated`. */
const CLOSE_CODES = { ended: 4403, unauthenticated: 4401, 'too-many': 4429, stopping: 1001 } as const

export const liveRoutes: FastifyPluginAsync<{ core: ServerCore }> = async (app, { core }) => {
  app.get('/v1/live', { websocket: true }, (socket) => {
    let stop: (() => void) | null = null
    let greeted = false
    let alive = true
    const refuse = () => socket.close(CLOSE_CODES.unauthenticated, 'unauthenticated')
    const impatience = setTimeout(refuse, HELLO_MS)
    const pulse = setInterval(() => {
      if (!alive) return socket.terminate()
      alive = false
      socket.ping()
    }, PING_MS)

    socket.on('pong', () => (alive = true))
    socket.on('close', () => {
      clearTimeout(impatience)
      clearInterval(pulse)
      stop?.()
    })
    socket.on('error', () => socket.terminate())
    socket.on('message', (frame: Buffer, isBinary: boolean) => {
      if (greeted) return socket.close(1002, 'unexpected frame')
      greeted = true
      clearTimeout(impatience)
      const hello = isBinary ? decodeAs(LiveHello, frame) : null
      if (hello === null) return refuse()
      const peer = {
        send: (message: object) => socket.send(encodeMessage(message)),
        close: (reason: keyof typeof CLOSE_CODES) => socket.close(CLOSE_CODES[reason], reason),
      }
      core.connect(hello.token, peer).then(
        (opened) => {
          if (typeof opened !== 'function') return refuse()
          stop = opened
          if (socket.readyState !== socket.OPEN) opened()
        },
        () => socket.close(1011, 'server-error'),
      )
    })
  })
}
