/**
 * WebSocket /v1/live (S7): the first frame is LiveHello, then the server sends hints. With a following device, small
 * changes travel over it in both directions. Frames are deterministic CBOR; the token is never in a URL (H1).
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { decodeAs, encodeMessage, MAX_LIVE_BYTES } from '@chartkeep/protocol'
import { LiveHello, LiveRequest, readPush, type LivePush } from '@chartkeep/protocol/messages'
import { encodePage, encodePush, encodePushed } from '../../storage/answer-writer.ts'
import type { ServerCore } from '../../core/core.ts'
import { sendError } from '../errors.ts'
import { countOutcomes, type Metrics } from '../metrics.ts'
import type { RateLimits } from '../rates.ts'
import { createStrangers, type Stranger } from '../../guard/strangers.ts'

/** How long a client may take for its first frame, and how often an idle connection is pinged. */
const HELLO_MS = 10_000
const PING_MS = 30_000
/** The longest frame: a push with the fields that name it. The first frame is no longer than this. */
const MAX_FRAME_BYTES = MAX_LIVE_BYTES + 1024
const MAX_HELLO_BYTES = 4096
/** How many unsent bytes a connection may have before it gets only hints. */
const MAX_UNSENT_BYTES = 4 * MAX_LIVE_BYTES
/** How many unsent bytes it may have at all; a peer that asks and reads no answers is disconnected. */
const MAX_WAITING_BYTES = 4 * MAX_UNSENT_BYTES
/** How many pushes of one connection may run at a time; a device sends one after another. */
const MAX_PUSHES = 4

/**
 * Close codes of the application range: the client reconnects after `ended` and signs in again after
 * `unauthenticated`.
 */
const CLOSE_CODES = { ended: 4403, unauthenticated: 4401, 'too-many': 4429, stopping: 1001 } as const

export const LIVE_ROUTE = '/v1/live'
const PONG = encodeMessage({ type: 'pong' })

export interface LiveRoutesOptions {
  core: ServerCore
  limits: RateLimits
  /** Called with each connection whose LiveHello was accepted. */
  known: (socket: Socket) => void
  /** How many connections of one network may be open before LiveHello. */
  socketsPerAddress: number
  metrics?: Metrics
}

/** Whether a request asks for the live connection. Every other request is answered as if it had no `Upgrade` header. */
export function asksForLive({ method, url = '', headers }: IncomingMessage): boolean {
  const [path] = url.split('?', 1)
  return method === 'GET' && path === LIVE_ROUTE && headers.upgrade?.toLowerCase() === 'websocket'
}

/** Options of the WebSocket server: the longest frame that is read. */
export const LIVE_SOCKETS = { maxPayload: MAX_FRAME_BYTES }

export const liveRoutes: FastifyPluginAsync<LiveRoutesOptions> = async (app, options) => {
  const { core, limits, known, socketsPerAddress, metrics } = options
  const strangers = createStrangers(socketsPerAddress)

  /**
   * The frame that answers a push. Anything other than a plain success is left to HTTP, where each refusal has its
   * code (H3).
   */
  async function answerPush(token: string, ip: string, { id, vault, push }: LivePush): Promise<Uint8Array> {
    const session = await core.session(token, ip)
    const request = session === null || limits.takeSigned(session) > 0 ? null : readPush(push)
    const pushed = session === null || request === null ? null : await core.push(session, vault, request)
    if (pushed === null || !('results' in pushed)) return encodePushed(id, null)
    metrics?.livePushes.add(1)
    if (metrics !== undefined) countOutcomes(metrics, pushed)
    const { bytes } = encodePush(pushed)
    return encodePushed(id, bytes.length > MAX_LIVE_BYTES ? null : bytes)
  }

  /** Whether a ping is answered; a connection that asks too often gets no answer. */
  async function mayAsk(token: string, ip: string): Promise<boolean> {
    const session = await core.session(token, ip)
    return session !== null && limits.takeSigned(session) === 0
  }

  // H9: the upgrade itself waits for a place, so that many devices of one address connect one after another.
  const entering = new WeakMap<FastifyRequest, Stranger>()
  const preHandler = async (request: FastifyRequest, reply: FastifyReply) => {
    // Without an upgrade no place is needed: thousands of such requests on one connection would fill those of its network.
    if (!asksForLive(request.raw)) return sendError(reply, 'not-found')
    const stranger = await strangers.enter(core.networkOf(request.ip))
    if (stranger === null) return sendError(reply.header('Retry-After', '1'), 'rate-limited')
    entering.set(request, stranger)
    const { socket } = request.raw
    if (socket.destroyed) stranger.leave()
    else socket.once('close', () => stranger.leave())
  }

  app.get(LIVE_ROUTE, { websocket: true, preHandler }, (socket, upgrade) => {
    const { ip, raw } = upgrade
    const stranger = entering.get(upgrade)
    stranger?.onEnd(() => socket.close(CLOSE_CODES['too-many'], 'too-many'))
    metrics?.socket(1)
    let stop: (() => void) | null = null
    let hello: LiveHello | null = null
    let pushes = 0
    let alive = true
    const refuse = () => socket.close(CLOSE_CODES.unauthenticated, 'unauthenticated')
    const impatience = setTimeout(refuse, HELLO_MS)
    const pulse = setInterval(() => {
      if (!alive) return socket.terminate()
      alive = false
      socket.ping()
    }, PING_MS)
    const send = (frame: Uint8Array) => {
      metrics?.bytesOut.add(frame.length, { route: LIVE_ROUTE })
      if (socket.bufferedAmount > MAX_WAITING_BYTES) return socket.terminate()
      socket.send(frame)
    }

    function greet(frame: Buffer, isBinary: boolean): void {
      clearTimeout(impatience)
      hello = isBinary && frame.length <= MAX_HELLO_BYTES ? decodeAs(LiveHello, frame) : null
      if (hello === null) return refuse()
      const peer = {
        send: (message: object) => send(encodeMessage(message)),
        hold() {
          raw.socket.cork()
          return () => raw.socket.uncork()
        },
        close: (reason: keyof typeof CLOSE_CODES) => socket.close(CLOSE_CODES[reason], reason),
        ...(hello.type === 'follow'
          ? {
              bring: (vault: Uint8Array, pull: Uint8Array) => send(encodePage(vault, pull)),
              isBehind: () => socket.bufferedAmount > MAX_UNSENT_BYTES,
            }
          : {}),
      }
      core.connect(hello.token, peer, ip).then(
        (opened) => {
          if (typeof opened !== 'function') return refuse()
          stranger?.leave()
          known(raw.socket)
          stop = opened
          if (socket.readyState !== socket.OPEN) opened()
        },
        () => socket.close(1011, 'server-error'),
      )
    }

    socket.on('pong', () => (alive = true))
    socket.on('close', () => {
      stranger?.leave()
      metrics?.socket(-1)
      clearTimeout(impatience)
      clearInterval(pulse)
      stop?.()
    })
    socket.on('error', () => socket.terminate())
    let isGreeted = false
    socket.on('message', (frame: Buffer, isBinary: boolean) => {
      metrics?.bytesIn.add(frame.length, { route: LIVE_ROUTE })
      if (!isGreeted) {
        isGreeted = true
        return greet(frame, isBinary)
      }
      const request = hello !== null && isBinary ? decodeAs(LiveRequest, frame) : null
      if (hello === null || request === null || (request.type === 'push' && hello.type !== 'follow'))
        return socket.close(1002, 'unexpected frame')
      if (request.type === 'ping') {
        mayAsk(hello.token, ip).then(
          (may) => {
            if (may && socket.readyState === socket.OPEN) send(PONG)
          },
          () => {},
        )
        return
      }
      if (pushes >= MAX_PUSHES || stop === null) return send(encodePushed(request.id, null))
      pushes += 1
      answerPush(hello.token, ip, request)
        .catch(() => encodePushed(request.id, null))
        .then(
          (answer) => {
            pushes -= 1
            if (socket.readyState === socket.OPEN) send(answer)
          },
          () => {},
        )
    })
  })
}
