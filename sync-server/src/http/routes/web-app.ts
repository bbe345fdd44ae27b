/**
 * The built app from the same origin. Hashed assets are cached forever, everything else is revalidated; unknown pages
 * get index.html. A file with a Brotli version next to it is sent compressed to clients that accept it. Answers with
 * personal data are never compressed.
 */
import { existsSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import { sendError } from '../errors.ts'

const YEAR = 'public, max-age=31536000, immutable'

/** `folder` null or without index.html: the server has no app to serve and says so. */
export const webAppRoutes: FastifyPluginAsync<{ folder: string | null }> = async (app, { folder }) => {
  if (folder === null || !existsSync(join(folder, 'index.html'))) {
    app.setNotFoundHandler((_request, reply) => sendError(reply, 'not-found'))
    app.get('/', (_request, reply) =>
      reply.type('text/plain').send('Chartkeep sync server. The app is not built here.\n'),
    )
    return
  }
  const assets = join(folder, 'assets') + sep
  const { default: fastifyStatic } = await import('@fastify/static')
  await app.register(fastifyStatic, {
    root: folder,
    wildcard: true,
    cacheControl: false,
    preCompressed: true,
    setHeaders(reply, path) {
      reply.header('Cache-Control', path.startsWith(assets) ? YEAR : 'no-cache')
    },
  })
  app.setNotFoundHandler((request, reply) => {
    const page =
      request.method === 'GET' && !/^\/v1(\/|$)/.test(request.url) && !/\.[a-z0-9]+$/i.test(pathOf(request.url))
    return page ? reply.sendFile('index.html') : sendError(reply, 'not-found')
  })
}

function pathOf(url: string): string {
  return url.split('?', 1)[0]!
}
