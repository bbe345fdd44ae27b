/**
 * The log: one JSON line per event on stderr (pino). The line of a request has its number, method, route pattern,
 * status and duration; no URL, header, address, id or body ever reaches it. An error is logged by its type and stack,
 * without its own fields.
 */
import { bytesToBase64Url, randomBytes } from '@chartkeep/crypto/server'
import type { FastifyServerOptions } from 'fastify'

const serializers = {
  req: (request: { method: string; routeOptions?: { url?: string | undefined } }) => ({
    method: request.method,
    route: request.routeOptions?.url ?? 'none',
  }),
  res: (reply: { statusCode: number }) => ({ status: reply.statusCode }),
  err: (error: Error & { code?: unknown; errcode?: unknown }) => ({
    type: error.name,
    // SQLite names only tables and columns; any other message might quote what a client sent. The stack is enough.
    message: typeof error.errcode === 'number' ? error.message : '',
    stack: (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
  }),
}

/** Fastify's `logger` option: false for `silent`. */
export function requestLog(level: string): NonNullable<FastifyServerOptions['logger']> {
  return level === 'silent' ? false : { level, serializers, stream: process.stderr }
}

/** Tells the requests of one server start from those of another. */
const startedAs = bytesToBase64Url(randomBytes(6))
let requests = 0

/** A number for the log lines of one request, without meaning outside the log. */
export function requestId(): string {
  requests += 1
  return `${startedAs}-${requests.toString(36)}`
}
