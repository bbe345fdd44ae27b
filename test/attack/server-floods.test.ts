/**
 * Strangers who want a server to answer nobody else: connections that say nothing, bodies that never end, upgrades that nobody asked for. Over real
 * TCP, from several addresses of this machine.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import { MEDIA_TYPE } from '@chartkeep/protocol/messages'
import {
  createApp,
  createServerCore,
  openSqliteStorage,
  type AppOptions,
  type ServerCore,
} from '@chartkeep/sync-server/testing'
import { afterEach, expect, test } from 'vitest'
import { createAccount } from '../support/author.ts'
import { connectDevice, helloFrame, openSocket } from '../support/http-device.ts'
import { machineClock } from '../support/timers.ts'

let port = 0
let core: ServerCore
let sockets: Socket[] = []
let close = async () => {}
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  await close()
  close = async () => {}
})

async function listen(options: Partial<AppOptions>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-floods-'))
  core = createServerCore({
    storage: openSqliteStorage(join(folder, 'chartkeep.sqlite')),
    signingKey: generateSigningKeyPair(),
    clock: machineClock(Date.now),
    audience: 'http://localhost:8787',
    randomBytes,
  })
  const app = await createApp({ core, appFolder: null, demo: false, logLevel: 'silent', ...options })
  close = async () => {
    await app.close()
    await core.close()
    rmSync(folder, { recursive: true })
  }
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
  return address
}

interface Line {
  socket: Socket
  heard(): string
  /** Resolves with what was heard when the line has ended. */
  ended: Promise<string>
  isOpen(): boolean
}

async function line(text: string, from = '127.0.0.1'): Promise<Line> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: from })
  sockets.push(socket)
  let heard = ''
  let open = true
  socket.on('data', (data: Buffer) => (heard += data.toString('latin1')))
  socket.on('error', () => {})
  const ended = new Promise<string>((resolve) => {
    socket.once('close', () => {
      open = false
      resolve(heard)
    })
  })
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(text)
  return { socket, heard: () => heard, ended, isOpen: () => open }
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}Connection: close\r\n\r\n`
const statusOf = (heard: string) => heard.slice(9, 12)
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
const KEY = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'

test('H9g: whoever holds all connections loses its oldest ones; another address is answered, and who has a session stays', async () => {
  const address = await listen({ connections: 12, trustedProxies: ['192.0.2.1'] })
  const device = await connectDevice(address, await createAccount())
  const live = await openSocket(address, helloFrame(device.token))
  await live.until('ready')
  let isLiveOpen = true
  void live.closed.then(() => (isLiveOpen = false))
  const silent: Line[] = []
  for (let at = 0; at < 40; at += 1) silent.push(await line('', '127.0.0.7'))
  for (const from of ['127.0.0.8', '127.0.0.9', '127.0.0.7'])
    expect(statusOf(await (await line(get('/v1/server'), from)).ended), from).toBe('200')
  await expect.poll(() => silent.filter(({ isOpen }) => isOpen()).length).toBeLessThan(12)
  expect(silent.at(-1)!.isOpen()).toBe(true)
  expect(silent[0]!.isOpen()).toBe(false)
  expect(isLiveOpen).toBe(true)
  live.close()
})

test('H9g: where all connections have shown a session, the network with the most of them gives way too', async () => {
  const address = await listen({ connections: 6, trustedProxies: ['192.0.2.1'] })
  const { token } = await connectDevice(address, await createAccount())
  const asked = (from: string) =>
    line(`GET /v1/vaults HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`, from)
  const other = await asked('127.0.0.8')
  const many: Line[] = []
  for (let at = 0; at < 10; at += 1) {
    const one = await asked('127.0.0.7')
    await expect.poll(() => statusOf(one.heard())).toBe('200')
    many.push(one)
  }
  expect(statusOf(await (await line(get('/v1/server'), '127.0.0.9')).ended)).toBe('200')
  expect(other.isOpen()).toBe(true)
  expect(many[0]!.isOpen()).toBe(false)
})

test('H9g: connections of a trusted proxy are not counted: it carries everybody', async () => {
  await listen({ connections: 2, trustedProxies: ['127.0.0.7'] })
  const all: Line[] = []
  for (let at = 0; at < 8; at += 1) all.push(await line('', '127.0.0.7'))
  expect(statusOf(await (await line(get('/v1/server'), '127.0.0.8')).ended)).toBe('200')
  expect(all.every(({ isOpen }) => isOpen())).toBe(true)
})

test('S8, H9g: bodies that never end, from many addresses, have one limit together: the address with the most loses its oldest', async () => {
  const MIB = 1024 * 1024
  await listen({ bytesUnderWay: { one: 4 * MIB, all: 6 * MIB }, trustedProxies: ['192.0.2.1'] })
  const body = (from: string) =>
    line(
      `PUT /v1/chunks/0?link=A HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: ${MIB}\r\n\r\nabc`,
      from,
    )
  const most: Line[] = []
  for (let at = 0; at < 4; at += 1) most.push(await body('127.0.0.7'))
  const others: Line[] = []
  for (const from of ['127.0.0.8', '127.0.0.9', '127.0.0.10', '127.0.0.11']) others.push(await body(from))
  await expect.poll(() => most.filter(({ isOpen }) => isOpen()).length).toBe(2)
  expect(most.map(({ isOpen }) => isOpen())).toEqual([false, false, true, true])
  expect(others.every(({ isOpen }) => isOpen())).toBe(true)
  expect(statusOf(await (await line(get('/v1/server'), '127.0.0.12')).ended)).toBe('200')
})

test('S7, H3: who asks another route for an upgrade is answered as anybody, and held to the same time', async () => {
  await listen({ patienceMs: 400 })
  const plain = await line(`GET /v1/server HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n`)
  await expect.poll(() => statusOf(plain.heard())).toBe('200')
  // The connection speaks HTTP on.
  plain.socket.write(get('/v1/nothing'))
  expect(await plain.ended).toMatch(/"error":"not-found"/)
  const post = `POST /v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: ${MEDIA_TYPE}\r\nContent-Length: 1000\r\n`
  for (const more of [UPGRADE, UPGRADE + KEY, 'Connection: Upgrade\r\nUpgrade: h2c\r\n']) {
    const silent = await line(`${post}${more}\r\n`)
    await silent.ended
    expect(silent.isOpen()).toBe(false)
  }
  const other = await line(`GET /v1/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n`)
  await expect.poll(() => statusOf(other.heard())).toBe('404')
})

test('S7, H9: requests that ask for no upgrade take no place among the live connections of their address', async () => {
  await listen({ socketsPerAddress: 2 })
  const flood = await line('GET /v1/live HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5000))
  await expect.poll(() => flood.heard().match(/"error":"not-found"/g)?.length ?? 0, { timeout: 20_000 }).toBe(5000)
  const live = await line(`GET /v1/live HTTP/1.1\r\nHost: x\r\n${UPGRADE}${KEY}\r\n`)
  await expect.poll(() => statusOf(live.heard())).toBe('101')
}, 30_000)

test('H3, P1: a path that cannot be read, or is too long, is a bad request in the words of the table, and no word of it comes back', async () => {
  await listen({})
  for (const path of ['/v1/%zz-canary', '/v1/accounts/%ff%fe-canary/log', `/v1/accounts/${'canary'.repeat(100)}/log`]) {
    const heard = await (await line(get(path))).ended
    expect(statusOf(heard)).toBe('400')
    expect(heard).toMatch(/"error":"bad-request"/)
    expect(heard).not.toMatch(/canary/)
    expect(heard.toLowerCase()).toMatch(/cache-control: no-store/)
  }
})
