/** `GET /live?type=Observation&code=...`: a live query as server-sent events (W30). */
import type { FastifyInstance } from 'fastify'
import type { Surface } from '../surface.ts'
import { GatewayError } from '../errors.ts'
import { parseSearch } from '../search/parse.ts'
import { watch, type EndReason } from './watch.ts'

const SIGN_OF_LIFE_MS = 15_000
const MOST_WAITING_BYTES = 1024 * 1024
const MOST_OF_CLIENT = 50
const MOST = 500

/** Answers with what ends every stream. */
export async function liveRoutes(app: FastifyInstance, surface: Surface): Promise<() => void> {
  const open = new Map<(reason: EndReason) => void, string>()
  app.get('/live', async (request, reply) => {
    const view = await surface.view(request)
    const pairs = [...new URL(request.url, 'http://gateway').searchParams]
    const type = pairs.find(([key]) => key === 'type')?.[1] ?? ''
    const initial = pairs.some(([key, value]) => key === 'initial' && value === 'true')
    if (!/^[A-Z][A-Za-z]{1,63}$/u.test(type)) throw new GatewayError('bad-parameter', 'type')
    const owner = surface.owner(view)
    if (open.size >= MOST || [...open.values()].filter((each) => each === owner).length >= MOST_OF_CLIENT)
      throw new GatewayError('rate-limited')
    const query = parseSearch(
      type,
      pairs.filter(([key]) => key !== 'type' && key !== 'initial'),
      false,
    )
    const { raw } = reply
    const waiting: string[] = []
    let isOpen = false
    const write = (text: string): boolean => {
      if (!isOpen) waiting.push(text)
      else if (!raw.writableEnded) raw.write(text)
      return raw.writableLength <= MOST_WAITING_BYTES
    }
    let life: NodeJS.Timeout | undefined
    const end = await watch({
      view,
      query,
      initial,
      send: ({ event, data }) => write(`event: ${event}\ndata: ${data}\n\n`),
      ended: () => {
        clearInterval(life)
        open.delete(end)
        raw.end()
      },
    })
    open.set(end, owner)
    reply.hijack()
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    isOpen = true
    for (const text of waiting.splice(0)) raw.write(text)
    life = setInterval(() => write(': \n\n'), SIGN_OF_LIFE_MS)
    raw.on('close', () => end('closing'))
  })
  return () => {
    for (const end of open.keys()) end('closing')
  }
}
