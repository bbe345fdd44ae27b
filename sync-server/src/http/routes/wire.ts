/** Deterministic CBOR in and out of a route, and the session of the request. */
import {
  decodeAs,
  encodeMessage,
  isSyncError,
  MAX_LOG_ENTRY_BYTES,
  MAX_PUSH_BYTES,
  syncError,
  textId,
  type SyncError,
} from '@chartkeep/protocol'
import { MEDIA_TYPE } from '@chartkeep/protocol/messages'
import { maxBytesOf } from '@chartkeep/protocol/shape'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { EncodedAnswer } from '../../storage/answer-writer.ts'
import type { ServerCore } from '../../core/core.ts'
import { sendError } from '../errors.ts'
import { release } from '../../storage/transfer-buffer.ts'
import type { ServerSession } from '../../access/sessions.ts'

type Shape<T> = Parameters<typeof decodeAs<T>>[0]

/** The body decoded as its shape; null if it does not fit. */
export function readBody<T>(request: FastifyRequest, shape: Shape<T>): T | null {
  return request.body instanceof Uint8Array ? decodeAs(shape, request.body) : null
}

export function sendAnswer(reply: FastifyReply, message: object | SyncError): FastifyReply {
  if (isSyncError(message)) {
    if (message.retryAfter !== undefined) reply.header('Retry-After', message.retryAfter)
    return sendError(reply, message.error)
  }
  const encoded = message instanceof EncodedAnswer ? message.bytes : encodeMessage(message)
  // Once the system has the last byte, nobody reads a large answer any more; after a broken connection the garbage
  // collector frees it.
  if (message instanceof EncodedAnswer) reply.raw.once('finish', () => release(encoded))
  return reply.type(MEDIA_TYPE).send(Buffer.from(encoded.buffer, encoded.byteOffset, encoded.length))
}

/** The most that is read of a post without a session, and of a post that may hold a larger log entry. */
export const OPEN_BYTES = 64 * 1024
export const OPEN_ENTRY_BYTES = MAX_LOG_ENTRY_BYTES + OPEN_BYTES

/**
 * H6: route options that limit the body to the longest message of its shape, and to `most`. Larger bodies are refused
 * before they are read.
 */
export function takes(shape: object, most: number = MAX_PUSH_BYTES): { bodyLimit: number } {
  return { bodyLimit: Math.min(most, maxBytesOf(shape)) }
}

/** H7: options of a route that can only add data. */
export const GROWS = { config: { grows: true } }

const BEARER = 'Bearer '

/** The session of the Authorization header (H1); null without a valid one. */
export async function sessionOf(core: ServerCore, request: FastifyRequest): Promise<ServerSession | null> {
  const header = request.headers.authorization
  return header?.startsWith(BEARER) ? core.session(header.slice(BEARER.length), request.ip) : null
}

/** Answers a request with session and body: checks the session first, then the form, then asks the core. */
export async function answerWith<T>(
  core: ServerCore,
  request: FastifyRequest,
  reply: FastifyReply,
  shape: Shape<T>,
  ask: (session: ServerSession, message: T) => Promise<object>,
): Promise<FastifyReply> {
  return answerRead(core, request, reply, (body) => decodeAs(shape, body), ask)
}

/** The same with a custom reader for the body. */
export async function answerRead<T>(
  core: ServerCore,
  request: FastifyRequest,
  reply: FastifyReply,
  read: (body: Uint8Array) => T | null,
  ask: (session: ServerSession, message: T) => Promise<object>,
): Promise<FastifyReply> {
  const session = await sessionOf(core, request)
  if (session === null) return sendError(reply, 'unauthenticated')
  const message = request.body instanceof Uint8Array ? read(request.body) : null
  return sendAnswer(reply, message === null ? syncError('bad-request') : await ask(session, message))
}

/** The same for a request without a body. */
export async function answer(
  core: ServerCore,
  request: FastifyRequest,
  reply: FastifyReply,
  ask: (session: ServerSession) => Promise<object>,
): Promise<FastifyReply> {
  const session = await sessionOf(core, request)
  return session === null ? sendError(reply, 'unauthenticated') : sendAnswer(reply, await ask(session))
}

/**
 * An id from a path. The route's schema has checked its form; text that is not canonical base64url counts as unknown.
 */
export function idOf(text: string): Uint8Array {
  return textId(text) ?? new Uint8Array()
}
