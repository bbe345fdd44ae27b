/** WebSocket /v1/live (S7): LiveHello as its first frame, then hints. Frames are deterministic CBOR; the token is in no URL (H1). */
import type { FastifyPluginAsync } from 'fastify'
import { decodeAs, encodeMessage, LiveHello } from '@chartkeep/protocol'
import type { ServerCore } from '../core.ts'
import type { Metrics } from '../metrics.ts'

/** How long a client may take for its first frame, and how often a silent connection is asked whether it lives. */
const HELLO_MS = 10_000
const PING_MS = 30_000

/** Close codes of the application range: the client reconnects after `ended`, signs in again after `unauthenticated`. */
const CLOSE_CODES = { ended: 4403, unauthenticated: 4401, 'too-many': 4429, stopping: 1001 } as const

export interface LiveRoutesOptions {
  core: ServerCore
  /** Connections of one network address, greeted or not. */
  socketsPerAddress: number
  metrics?: Metrics
}

export const liveRoutes: FastifyPluginAsync<LiveRoutesOptions> = async (app, options) => {
  const { core, socketsPerAddress, metrics } = options
  const open = new Map<string, number>()

  app.get('/v1/live', { websocket: true }, (socket, { ip, raw }) => {
    const others = open.get(ip) ?? 0
    if (others >= socketsPerAddress) return socket.close(CLOSE_CODES['too-many'], 'too-many')
    open.set(ip, others + 1)
    metrics?.socket(1)
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
      const left = open.get(ip)! - 1
      if (left === 0) open.delete(ip)
      else open.set(ip, left)
      metrics?.socket(-1)
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
        hold() {
          raw.socket.cork()
          return () => raw.socket.uncork()
        },
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
