/** What a page sends and gets over the network, byte for byte and with times, and what others can ask with its token. */
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import {
  LiveMessage,
  MEDIA_TYPE,
  PullAnswer,
  PullRequest,
  type PullRequest as PullRequestMessage,
} from '@chartkeep/protocol/messages'
import type { Page, Request } from 'playwright-core'

/** One answer that a page got. Times in milliseconds since 1970, by this machine's one clock. */
export interface HttpAnswer {
  method: string
  path: string
  sentAt: number
  status: number
  sent: Buffer
  body: Buffer
}

export interface Traffic {
  answers: HttpAnswer[]
  /** Frames of all sockets, those sent by the page too. */
  frames: { at: number; bytes: Buffer; direction: 'in' | 'out' }[]
  /** Addresses that were asked, without their paths. */
  origins: Set<string>
  /** The newest session token in an Authorization header. */
  token(): string
  /** Resolves when every answer of the server's interface that began has its body here. */
  settled(): Promise<void>
}

/** Listens from now on. */
export function recordTraffic(page: Page): Traffic {
  const answers: HttpAnswer[] = []
  const frames: Traffic['frames'] = []
  const origins = new Set<string>()
  const open = new Set<Promise<void>>()
  let token = ''
  const keep = async (request: Request, sentAt: number) => {
    const response = await request.response().catch(() => null)
    const headers = await request.allHeaders().catch(() => ({}) as Record<string, string>)
    token = /^Bearer (.+)$/u.exec(headers['authorization'] ?? '')?.[1] ?? token
    if (response === null) return
    const { pathname, search } = new URL(request.url())
    answers.push({
      method: request.method(),
      path: pathname + search,
      sentAt,
      status: response.status(),
      sent: request.postDataBuffer() ?? Buffer.alloc(0),
      body: await response.body().catch(() => Buffer.alloc(0)),
    })
  }
  page.on('request', (request) => {
    const { origin, protocol, pathname } = new URL(request.url())
    if (protocol === 'http:' || protocol === 'https:') origins.add(origin)
    const kept: Promise<void> = keep(request, Date.now()).finally(() => open.delete(kept))
    // The script of a worker that ends before it has come is never answered; nobody waits for it.
    if (pathname.startsWith('/v1/')) open.add(kept)
  })
  page.on('websocket', (socket) => {
    origins.add(new URL(socket.url()).origin.replace(/^ws/u, 'http'))
    const frame = (direction: 'in' | 'out') => (data: { payload: string | Buffer }) =>
      frames.push({ at: Date.now(), bytes: Buffer.from(data.payload), direction })
    socket.on('framereceived', frame('in'))
    socket.on('framesent', frame('out'))
  })
  return {
    answers,
    frames,
    origins,
    token: () => token,
    async settled() {
      while (open.size > 0) await Promise.race([Promise.all(open), new Promise((resolve) => setTimeout(resolve, 2000))])
    },
  }
}

/** The vault and streams that a page last pulled, from its own requests. */
export function pulledStreams(traffic: Traffic): { vault: string; streams: Uint8Array[] }[] {
  const byVault = new Map<string, Map<string, Uint8Array>>()
  for (const { path, sent } of traffic.answers) {
    const vault = /^\/v1\/vaults\/([^/]+)\/pull$/u.exec(path)?.[1]
    const message = vault === undefined ? null : decodeAs(PullRequest, sent)
    if (vault === undefined || message === null) continue
    const streams = byVault.get(vault) ?? new Map<string, Uint8Array>()
    for (const { stream } of message.streams) streams.set(Buffer.from(stream).toString('hex'), stream)
    byVault.set(vault, streams)
  }
  return [...byVault].map(([vault, streams]) => ({ vault, streams: [...streams.values()] }))
}

/** Bytes of records in an answer to a pull: headers and bodies of its entries; 0 where it is a refusal. */
export function recordBytes(body: Uint8Array): number {
  const answer = decodeAs(PullAnswer, body)
  if (answer === null) return 0
  return answer.streams
    .flatMap(({ entries }) => entries)
    .reduce((sum, { header, body: sealed }) => sum + header.length + (sealed?.length ?? 0), 0)
}

/** Asks for a vault's streams from their beginning with somebody's token, as their app would. */
export async function rawPull(
  address: string,
  token: string,
  vault: string,
  streams: readonly Uint8Array[],
): Promise<{ sentAt: number; status: number; body: Uint8Array }> {
  const message: PullRequestMessage = { streams: streams.map((stream) => ({ stream, after: 0 })), budget: 65_536 }
  const sentAt = Date.now()
  const response = await fetch(`${address}/v1/vaults/${vault}/pull`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': MEDIA_TYPE },
    body: encodeMessage(message) as Uint8Array<ArrayBuffer>,
  })
  return { sentAt, status: response.status, body: new Uint8Array(await response.arrayBuffer()) }
}

export interface RawSocket {
  messages: { at: number; message: LiveMessage | null; size: number }[]
  closedAt: Promise<number>
  close(): void
}

/** Opens the socket for hints with somebody's token; resolves when the server watches. */
export async function rawSocket(address: string, token: string): Promise<RawSocket> {
  const socket = new WebSocket(`${address.replace(/^http/u, 'ws')}/v1/live`)
  socket.binaryType = 'arraybuffer'
  const messages: RawSocket['messages'] = []
  const closedAt = new Promise<number>((resolve) => socket.addEventListener('close', () => resolve(Date.now())))
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () =>
      socket.send(encodeMessage({ type: 'hello', token }) as Uint8Array<ArrayBuffer>),
    )
    socket.addEventListener('error', () => reject(new Error('the socket was refused')))
    socket.addEventListener('message', ({ data }) => {
      const bytes = new Uint8Array(data as ArrayBuffer)
      messages.push({ at: Date.now(), message: decodeAs(LiveMessage, bytes), size: bytes.length })
      resolve()
    })
  })
  return { messages, closedAt, close: () => socket.close() }
}
