/** Headers of every answer: the app may load only itself, talk only to this origin, and be framed by nobody. */
import type { FastifyInstance } from 'fastify'

/**
 * wasm-unsafe-eval: Argon2id is WebAssembly (K1). Styles: Mantine sets inline style attributes. blob: shows opened
 * documents. The origin's ws address is listed in addition to 'self', because older browsers do not include it there.
 */
function contentSecurityPolicy(audience: string): string {
  const socket = audience.replace(/^http/, 'ws')
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    `connect-src 'self' ${socket}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    'frame-src blob:',
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

/** One year, for this host name only: other names below it are not ours to decide (RFC 6797). */
const HTTPS_ONLY = { 'Strict-Transport-Security': 'max-age=31536000' }

/** @param audience - the origin that people open; if it is https, browsers are told to use https only */
export function sendSecurityHeaders(app: FastifyInstance, audience: string): void {
  const headers = {
    'Content-Security-Policy': contentSecurityPolicy(audience),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(self), geolocation=(), microphone=(), payment=(), usb=()',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    ...(audience.startsWith('https:') ? HTTPS_ONLY : {}),
  }
  const notKept = { ...headers, 'Cache-Control': 'no-store' }
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(request.url.startsWith('/v1/') ? notKept : headers)
    done()
  })
}
