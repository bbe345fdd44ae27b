/** A server of a test's own that signs a device in as it should, and answers everything else with bytes of the test's choice. */
import { createServer, type ServerResponse } from 'node:http'
import { generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import { encodeMessage } from '@chartkeep/protocol'
import { MEDIA_TYPE } from '@chartkeep/protocol/messages'
import { HttpServer } from '@chartkeep/sync/testing'
import { WebSocketServer, type WebSocket } from 'ws'

export interface LyingServer {
  address: string
  /** 32 bytes; nothing is signed by it. */
  key: Uint8Array
  /** A device that has pinned this server. */
  device: HttpServer
  /** Answers what is neither challenge nor session. */
  answer: (response: ServerResponse, path: string) => void
  /** Called for each live connection that has greeted. */
  greeted: (socket: WebSocket) => void
  close(): Promise<void>
}

/** A page of another origin may ask as well. */
const OPEN = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-allow-methods': 'GET, POST',
}

export async function startLyingServer(): Promise<LyingServer> {
  const key = generateSigningKeyPair().publicKey
  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer((request, response) => {
    const path = request.url!.split('?')[0]!
    request.resume()
    for (const [name, value] of Object.entries(OPEN)) response.setHeader(name, value)
    const tell = (message: object) =>
      response.writeHead(200, { 'content-type': MEDIA_TYPE }).end(encodeMessage(message))
    if (request.method === 'OPTIONS') response.writeHead(204).end()
    else if (path === '/v1/challenge')
      tell({ server: key, audience: lying.address, nonce: randomBytes(32), time: Date.now() })
    else if (path === '/v1/session') tell({ token: 'token', expires: Date.now() + 3_600_000 })
    else lying.answer(response, path)
  })
  server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (opened) => opened.once('message', () => lying.greeted(opened))),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const device = { id: randomBytes(16), signing: generateSigningKeyPair() }
  const lying: LyingServer = {
    address,
    key,
    device: new HttpServer({ address, account: randomBytes(16), device, serverKey: () => key }),
    answer: (response) => response.writeHead(404).end(),
    greeted: () => {},
    async close() {
      sockets.close()
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return lying
}
