/**
 * A small server of SMART Health Links on loopback, by the HL7 specification and not by our own code: manifest with passcode
 * and recipient, files by an address or embedded, one sealed file of a direct link. What it was asked is kept for the test.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LinkFetch } from '@chartkeep/interop/links'

export interface SharedFile {
  contentType: string
  sealed: string
  isEmbedded?: boolean
  /** Its address is good for one use. */
  isOneTime?: boolean
}

export interface SharedLink {
  files: SharedFile[]
  passcode?: string
  triesLeft?: number
  /** Answers with this and nothing else. */
  status?: number
  /** `status` of the whole list. */
  state?: string
}

export interface HealthLinkServer {
  origin: string
  links: Map<string, SharedLink>
  /** Method, path and body of each request. */
  asked: { method: string; path: string; body: string }[]
  close(): Promise<void>
}

export async function openHealthLinkServer(): Promise<HealthLinkServer> {
  const links = new Map<string, SharedLink>()
  const asked: HealthLinkServer['asked'] = []
  const addresses = new Map<string, SharedFile>()
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1')
      asked.push({ method: request.method ?? '', path: `${url.pathname}${url.search}`, body })
      const answer = (status: number, content: string, type = 'application/json') => {
        response.writeHead(status, { 'content-type': type, ...(status === 429 ? { 'retry-after': '7' } : {}) })
        response.end(content)
      }
      const file = addresses.get(url.pathname)
      if (file !== undefined) {
        if (file.isOneTime === true) addresses.delete(url.pathname)
        return answer(200, file.sealed, 'application/jose')
      }
      const link = links.get(url.pathname)
      if (link === undefined) return answer(404, '{}')
      if (link.status !== undefined) return answer(link.status, '{}')
      if (request.method === 'GET') return answer(200, link.files[0]!.sealed, 'application/jose')
      const { passcode, recipient } = JSON.parse(body) as { passcode?: string; recipient?: string }
      if (recipient === undefined) return answer(400, '{}')
      if (link.passcode !== undefined && link.passcode !== passcode) {
        link.triesLeft = (link.triesLeft ?? 5) - 1
        return answer(401, JSON.stringify({ remainingAttempts: link.triesLeft }))
      }
      const { port } = server.address() as AddressInfo
      const files = link.files.map((each, index) => {
        if (each.isEmbedded === true) return { contentType: each.contentType, embedded: each.sealed }
        const at = `/file/${addresses.size}-${index}`
        addresses.set(at, each)
        return { contentType: each.contentType, location: `http://127.0.0.1:${port}${at}`, lastUpdated: '2026-11-25' }
      })
      answer(200, JSON.stringify({ files, ...(link.state === undefined ? {} : { status: link.state }) }))
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    links,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}

/** The port of links by the fetch of the platform. */
export const fetchLink: LinkFetch = async ({ url, method, body, accept }) => {
  try {
    const answer = await fetch(url, {
      method,
      headers: { accept, ...(body === null ? {} : { 'content-type': 'application/json' }) },
      ...(body === null ? {} : { body }),
    })
    const retryAfter = Number(answer.headers.get('retry-after') ?? NaN)
    return {
      status: answer.status,
      body: new Uint8Array(await answer.arrayBuffer()),
      retryAfter: Number.isFinite(retryAfter) ? retryAfter : null,
    }
  } catch {
    return null
  }
}
