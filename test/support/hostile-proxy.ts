/** A proxy between a device and a real server: passes http on and lets a test bend single answers. It strips the WebSocket. */
import { createServer, type IncomingMessage } from 'node:http'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import type { Shape } from '@chartkeep/protocol/shape'
import { watchLies } from './detection.ts'

/** Answers in the place of the server; null passes the honest answer on. */
export type Bend = (path: string, honest: Uint8Array, method: string) => Uint8Array | null | Promise<Uint8Array | null>

export interface HostileProxy {
  address: string
  bend: Bend | null
  /** Requests whose path ends so reach nobody and get no answer. */
  deafTo: string | null
  /** Where requests go; another server may be put in its place. */
  target: string
  /** `METHOD path` of every request, in order. */
  readonly requests: string[]
  /** Everything that devices sent, as bytes. */
  readonly sent: Uint8Array[]
  /** A device holds a verdict about what it was told. */
  detected(verdict: string): void
  close(): Promise<void>
}

/** Bends one message: decoded by its shape, changed, encoded again. */
export function bendMessage<T>(part: string, shape: Shape<T>, change: (honest: T) => T | Promise<T>): Bend {
  return async (path, honest) => {
    const message = path.split('?')[0]!.endsWith(part) ? decodeAs(shape, honest) : null
    return message === null ? null : encodeMessage(await change(message))
  }
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return new Uint8Array(Buffer.concat(chunks))
}

export async function startHostileProxy(target: string): Promise<HostileProxy> {
  const requests: string[] = []
  const sent: Uint8Array[] = []
  const watch = watchLies()
  const server = createServer((request, response) => {
    void (async () => {
      const { method = 'GET', url = '/', headers } = request
      const body = await bodyOf(request)
      requests.push(`${method} ${url}`)
      sent.push(body)
      if (proxy.deafTo !== null && url.endsWith(proxy.deafTo)) return response.destroy()
      const passed: Record<string, string> = {}
      for (const name of ['content-type', 'authorization'])
        if (typeof headers[name] === 'string') passed[name] = headers[name]
      const answer = await fetch(new URL(url, proxy.target), {
        method,
        headers: passed,
        body: method === 'GET' ? null : (body as BodyInit),
      })
      const honest = new Uint8Array(await answer.arrayBuffer())
      const told = (answer.ok ? await proxy.bend?.(url, honest, method) : null) ?? honest
      watch.answered(!equalBytes(told, honest))
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/cbor' })
      response.end(told)
    })().catch(() => response.destroy())
  })
  server.on('upgrade', (_, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const proxy: HostileProxy = {
    address: `http://127.0.0.1:${port}`,
    bend: null,
    deafTo: null,
    target,
    requests,
    sent,
    detected: watch.detected,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return proxy
}
