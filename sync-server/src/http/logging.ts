/**
 * The log: one JSON line for each event on stderr (pino). A line about a request says its number, method, route pattern, status and time;
 * no url, header, address, id or body ever reaches it. An error is told by its kind and where it arose, without its own fields.
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
    // SQLite names tables and columns; any other message might quote what somebody sent. The places in our code say enough.
    message: typeof error.errcode === 'number' ? error.message : '',
    stack: (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
  }),
}

/** Fastify's `logger`: false for `silent`. */
export function requestLog(level: string): NonNullable<FastifyServerOptions['logger']> {
  return level === 'silent' ? false : { level, serializers, stream: process.stderr }
}

/** Tells the requests of one start of the server from those of another. */
const startedAs = bytesToBase64Url(randomBytes(6))
let requests = 0

/** A number for the lines of one request; means nothing outside the log. */
export function requestId(): string {
  requests += 1
  return `${startedAs}-${requests.toString(36)}`
}
