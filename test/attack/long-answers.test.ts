/** H6: a device reads of each answer no more than its call can use, and of a live connection no frame that is longer than any. */
import { randomBytes } from '@chartkeep/crypto'
import { encodeMessage, MAX_LIVE_BYTES } from '@chartkeep/protocol'
import { LiveFrame, MEDIA_TYPE } from '@chartkeep/protocol/messages'
import { maxBytesOf } from '@chartkeep/protocol/shape'
import type { HttpServer } from '@chartkeep/sync/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLyingServer, type LyingServer } from '../support/lying-server.ts'

const MIB = 1024 * 1024
/** What is between the two ends and was sent before the device went away. */
const UNDER_WAY = 6 * MIB
const id = randomBytes(16)

let server: LyingServer
beforeAll(async () => {
  server = await startLyingServer()
})
afterAll(() => server.close())

const PART = Buffer.alloc(64 * 1024)

const calls: [string, most: number, (device: HttpServer) => Promise<{ type: string }>][] = [
  ['who the server is', 8 * 1024, (device) => device.info()],
  ['a refilled log', 8 * 1024, (device) => device.reseedAccount({ head: null!, first: 1, entries: [] })],
  ['a pull of 256 KiB', MIB + 64 * 1024, (device) => device.pull(id, { streams: [], budget: 256 * 1024 })],
  ['a pull of 4 MiB', 4 * MIB + 64 * 1024, (device) => device.pull(id, { streams: [], budget: 4 * MIB })],
  ['an account log', 4 * MIB, (device) => device.accountLog(id, 0)],
  ['a control log', 4 * MIB, (device) => device.control(id, 0)],
  ['the access log', 4 * MIB, (device) => device.audit(id, { known: 0, after: 0, newest: 1 })],
  ['the late box', 4 * MIB, (device) => device.quarantineInbox(id, 0)],
  ['the list of charts', 300 * 1024, (device) => device.vaults()],
  ['an answer to a push', 160 * 1024, (device) => device.push(id, [])],
  ['bodies', 16 * MIB, (device) => device.fetchBodies(id, id, [1])],
  ['a chunk', MIB + 64, (device) => device.getChunk('link', 0)],
]

test.each(calls)('H6: %s: of a body without an end no more is read than the call can use', async (_, most, ask) => {
  let sent = 0
  const left = Promise.withResolvers<void>()
  server.answer = (response) => {
    response.writeHead(200, { 'content-type': MEDIA_TYPE })
    response.on('close', () => left.resolve())
    const write = () => {
      while (!response.destroyed) {
        sent += PART.length
        if (!response.write(PART)) return void response.once('drain', write)
      }
    }
    write()
  }
  expect(await ask(server.device)).toEqual({ type: 'error', error: 'server-error' })
  await left.promise
  expect(sent).toBeLessThan(most + UNDER_WAY)
})

test.each(calls)('H6: %s: a body that says that it is longer is left before it comes', async (_, most, ask) => {
  const left = Promise.withResolvers<void>()
  server.answer = (response) => {
    response.writeHead(200, { 'content-type': MEDIA_TYPE, 'content-length': most + MIB })
    response.on('close', () => left.resolve())
    // Nothing more comes: who waits for it waits in vain.
    response.write(Buffer.alloc(1024))
  }
  expect(await ask(server.device)).toEqual({ type: 'error', error: 'server-error' })
  await left.promise
})

test('H6: a refusal is read to 8 KiB and has no code beyond', async () => {
  server.answer = (response) =>
    void response.writeHead(403).end(`{"error":"no-right","message":"${'x'.repeat(16 * 1024)}"}`)
  expect(await server.device.vaults()).toEqual({ type: 'error', error: 'server-error' })
  server.answer = (response) => void response.writeHead(403).end('{"error":"no-right"}')
  expect(await server.device.vaults()).toEqual({ type: 'error', error: 'no-right' })
})

test('H6, S7: a live connection ends at a frame that is longer than any, and takes the longest', async () => {
  const line = (frames: (Uint8Array | string)[]) =>
    new Promise<string[]>((resolve) => {
      const heard: string[] = []
      server.greeted = (socket) => {
        for (const frame of [encodeMessage({ type: 'ready', vault: null, stream: null, n: 0 }), ...frames])
          socket.send(frame)
        socket.send(encodeMessage({ type: 'account', vault: null, stream: null, n: 1 }))
      }
      const live = server.device.openLive(
        ({ type }) => {
          heard.push(type)
          if (type === 'account') live.close()
        },
        () => resolve(heard),
      )
    })
  const longest = encodeMessage({ type: 'page', vault: id, pull: new Uint8Array(MAX_LIVE_BYTES) })
  expect(longest.length).toBeLessThanOrEqual(maxBytesOf(LiveFrame))
  expect(await line([longest])).toEqual(['ready', 'account'])
  expect(await line([new Uint8Array(maxBytesOf(LiveFrame) + 1)])).toEqual(['ready'])
  expect(await line(['x'.repeat(100)])).toEqual(['ready'])
})
