/** A proxy between devices and a real server that spoils whole requests and answers, as gateways, caches and bad networks do. It knows no protocol. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'

export type HttpFault =
  | 'request lost'
  | 'answer lost'
  | 'request doubled'
  | 'requests reordered'
  | 'body cut off'
  | 'body cut off, its length made to fit'
  | 'answers swapped'
  | 'a page of a captive portal'
  | 'sent elsewhere'
  | { status: number; retryAfter?: number }

export interface HttpFaults {
  port: number
  /** Port of the server behind it. */
  target: number
  /** What happens to a request, by its number since this was set (from 0); null: nothing. */
  fault: ((index: number) => HttpFault | null) | null
  /** No WebSocket comes through, as behind some gateways. */
  stripsSockets: boolean
  /** Requests since {@link fault} was set. */
  readonly requests: number
  set(fault: HttpFaults['fault']): void
  close(): Promise<void>
}

interface Told {
  status: number
  type: string
  body: Buffer
}

export async function startHttpFaults(): Promise<HttpFaults> {
  let requests = 0
  /** The answer to another request, kept back to be exchanged with the next one. */
  let other: Told | null = null
  /** Requests that wait for one behind them to go first. */
  const waiting: (() => void)[] = []

  async function ask(request: IncomingMessage, body: Buffer): Promise<Told> {
    const headers: Record<string, string> = {}
    for (const name of ['content-type', 'authorization'])
      if (typeof request.headers[name] === 'string') headers[name] = request.headers[name]
    const method = request.method ?? 'GET'
    const answer = await fetch(`http://127.0.0.1:${proxy.target}${request.url}`, {
      method,
      headers,
      body: method === 'GET' ? null : new Uint8Array(body),
    })
    const type = answer.headers.get('content-type') ?? 'application/cbor'
    return { status: answer.status, type, body: Buffer.from(await answer.arrayBuffer()) }
  }

  function tell(response: ServerResponse, { status, type, body }: Told): void {
    response.writeHead(status, { 'content-type': type, 'content-length': body.length })
    response.end(body)
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    const fault = proxy.fault?.(requests) ?? null
    requests++
    // What may change nothing was meant for one that reads: a gateway answers by itself.
    if (typeof fault === 'object' && fault !== null) {
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', String(fault.retryAfter))
      return tell(response, { status: fault.status, type: 'text/html', body: Buffer.from('<h1>Gateway</h1>') })
    }
    switch (fault) {
      case 'request lost':
        return void response.destroy()
      case 'a page of a captive portal':
        return tell(response, { status: 200, type: 'text/html', body: Buffer.from('<h1>Welcome to our Wi-Fi</h1>') })
      case 'sent elsewhere':
        return void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
      case 'requests reordered':
        await Promise.race([new Promise<void>((go) => waiting.unshift(go)), new Promise((go) => setTimeout(go, 30))])
        break
      case 'request doubled':
        await ask(request, body)
        break
      default:
    }
    const told = await ask(request, body)
    waiting.pop()?.()
    switch (fault) {
      case 'answer lost':
        return void response.destroy()
      case 'body cut off': {
        response.writeHead(told.status, { 'content-type': told.type, 'content-length': told.body.length })
        response.write(told.body.subarray(0, told.body.length >> 1), () => response.destroy())
        return
      }
      case 'body cut off, its length made to fit':
        return tell(response, { ...told, body: told.body.subarray(0, told.body.length >> 1) })
      case 'answers swapped': {
        const swapped = other ?? told
        other = told
        return tell(response, swapped)
      }
      default:
        return tell(response, told)
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  server.on('upgrade', (request, socket, head) => {
    if (proxy.stripsSockets) return void socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
    const inner = connect(proxy.target, '127.0.0.1', () => {
      const lines = request.rawHeaders.flatMap((name, at, all) => (at % 2 === 0 ? [`${name}: ${all[at + 1]}`] : []))
      inner.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      inner.write(head)
      inner.pipe(socket).pipe(inner)
    })
    for (const [one, another] of [
      [inner, socket],
      [socket, inner],
    ] as const) {
      one.on('error', () => another.destroy())
      one.on('close', () => another.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const proxy: HttpFaults = {
    port,
    target: 0,
    fault: null,
    stripsSockets: false,
    get requests() {
      return requests
    },
    set(fault) {
      proxy.fault = fault
      requests = 0
      other = null
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return proxy
}
