/** H5 over the real process: settings, what a monitor asks, metrics without a name, logs without a secret, stops that let requests end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeMessage, idText } from '@chartkeep/protocol'
import { MEDIA_TYPE } from '@chartkeep/protocol/messages'
import { afterAll, expect, test } from 'vitest'
import { createAccount, createVault, createWriter, envelopesOf, sealDrafts } from '../../support/author.ts'
import { connectDevice, helloFrame, openSocket } from '../../support/http-device.ts'
import { freePort, runServerProcess, startServerProcess, type ServerProcess } from '../../support/server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-operations-'))
const running = new Set<ServerProcess>()
afterAll(async () => {
  await Promise.all([...running].map((server) => server.stop('SIGKILL')))
  rmSync(folder, { recursive: true })
})
const newData = () => mkdtempSync(join(folder, 'data-'))

async function start(env: Record<string, string> = {}, args: string[] = []): Promise<ServerProcess & { data: string }> {
  const data = newData()
  const server = await startServerProcess(data, await freePort(), env, args)
  running.add(server)
  return { ...server, data }
}

/** A member with a vault, and three sealed envelopes that are not pushed yet. */
async function member(address: string) {
  const device = await connectDevice(address, await createAccount())
  const vault = await createVault(device.account)
  await device.postControl(vault.id, vault.entries)
  const drafts = await sealDrafts(createWriter(vault, device.account, vault.streams[0]!), [{}, {}, {}])
  return { device, vault, drafts }
}

test('H5: one file configures the server, the environment goes first, and --print-config tells what is in force, secrets masked', async () => {
  const data = newData()
  const [port, metricsPort] = [await freePort(), await freePort()]
  const file = join(folder, 'settings.json')
  const settings = {
    data,
    port: 1,
    metricsPort,
    registration: 'closed',
    metricsToken: 'canary-of-the-metrics',
    log: 'info',
  }
  writeFileSync(file, JSON.stringify(settings))
  const env = { CHARTKEEP_PORT: String(port), CHARTKEEP_ORIGIN: 'https://charts.example.org' }
  const printed = await runServerProcess(env, ['--config', file, '--print-config'])
  expect(printed.code).toBe(0)
  expect(JSON.parse(printed.output)).toMatchObject({
    data,
    port,
    origin: 'https://charts.example.org',
    registration: 'closed',
    metricsToken: '********',
    accountBytes: 20 * 1024 ** 3,
  })
  expect(printed.output).not.toContain('canary')
  const server = await startServerProcess(data, port, env, ['--config', file])
  running.add(server)
  expect(server.stdout()).toContain('Chartkeep is ready at https://charts.example.org')
  expect(server.output()).toContain(`Metrics at http://127.0.0.1:${metricsPort}/metrics`)
  const shown = await fetch(`http://127.0.0.1:${port}/healthz`)
  expect(shown.headers.get('strict-transport-security')).toBe('max-age=31536000')
  const page = await fetch(`http://127.0.0.1:${metricsPort}/metrics`)
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  const refused = await runServerProcess({}, ['--config', join(folder, 'none.json')])
  expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('none.json cannot be read')])
  const { code, output } = await runServerProcess({}, ['nonsense'])
  expect([code, output]).toEqual([2, expect.stringContaining('There is no command "nonsense".')])
  expect(await server.stop()).toBe(0)
})

test('H5: /healthz and /readyz answer; figures need their token, count what happens, and name nobody', async () => {
  const token = 'a-token-of-the-metrics'
  const server = await start({ CHARTKEEP_METRICS_TOKEN: token, CHARTKEEP_DISK_FLOOR_BYTES: '1' })
  const { device, vault, drafts } = await member(server.address)
  await device.push(vault.id, drafts)
  await device.pull(vault.id, { streams: [{ stream: vault.streams[0]!, after: 0 }], budget: 1 << 20 })
  const socket = await openSocket(server.address, helloFrame(device.token))
  await socket.until('ready')
  expect(await (await fetch(`${server.address}/healthz`)).json()).toEqual({ name: 'chartkeep', status: 'ok' })
  const ready = await fetch(`${server.address}/readyz`)
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', restored: false, clock: 'sure' }])
  for (const authorization of ['', `Bearer ${token}x`, `Bearer ${device.token}`])
    expect((await fetch(`${server.address}/metrics`, { headers: { authorization } })).status).toBe(401)
  const answer = await fetch(`${server.address}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  const page = await answer.text()
  const value = (line: string) =>
    Number(
      page
        .split('\n')
        .find((each) => each.startsWith(`${line} `))
        ?.slice(line.length + 1),
    )
  expect(value('chartkeep_stored_entries_total{outcome="current"}')).toBe(3)
  expect(value('chartkeep_http_requests_total{method="POST",route="/v1/vaults/:id/push",status="200"}')).toBe(1)
  const sent = encodeMessage({ envelopes: envelopesOf(drafts) }).length
  expect(value('chartkeep_http_request_bytes_total{route="/v1/vaults/:id/push"}')).toBe(sent)
  expect(value('chartkeep_http_response_bytes_total{route="/v1/vaults/:id/pull"}')).toBeGreaterThan(1000)
  expect(value('chartkeep_sockets')).toBe(1)
  expect(value('chartkeep_refusals_total{code="unauthenticated"}')).toBe(3)
  expect(value('chartkeep_commit_seconds_count')).toBeGreaterThanOrEqual(3)
  expect(value('chartkeep_commit_seconds_bucket{le="+Inf"}')).toBe(value('chartkeep_commit_seconds_count'))
  expect(
    value('chartkeep_storage_bytes{file="database"}') + value('chartkeep_storage_bytes{file="wal"}'),
  ).toBeGreaterThan(4096)
  expect(value('chartkeep_disk_free_bytes')).toBeGreaterThan(0)
  expect(value('chartkeep_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThan(0)
  for (const line of page.split('\n').filter((each) => each !== '' && !each.startsWith('#')))
    expect(line).toMatch(/^[a-z_]+(\{([a-z]+="[^"\\]*",?)+\})? -?[0-9.e+-]+$/)
  for (const id of [device.account.id, device.account.device.id, vault.id, ...vault.streams])
    expect(page).not.toContain(idText(id))
  expect(page).not.toContain(token)
  socket.close()
  await server.stop()
})

test('H5: without a token or a port of their own the figures are not there; too little space makes the server not ready', async () => {
  const server = await start({ CHARTKEEP_DISK_FLOOR_BYTES: String(2 ** 50) })
  expect((await fetch(`${server.address}/metrics`)).status).toBe(404)
  const ready = await fetch(`${server.address}/readyz`)
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: 'not-ready', failing: ['disk'], restored: false, clock: 'sure' },
  ])
  expect((await fetch(`${server.address}/healthz`)).status).toBe(200)
  await server.stop()
})

/** A push whose body is sent in two halves: `rest` sends the second, `answer` is the whole reply. */
function slowPush(server: ServerProcess, token: string, path: string, body: Uint8Array) {
  const socket = connect(Number(new URL(server.address).port), '127.0.0.1')
  let reply = ''
  socket.on('data', (part: Buffer) => (reply += part.toString('latin1')))
  const answer = new Promise<string>((resolve) => socket.once('close', () => resolve(reply)))
  socket.on('error', () => socket.destroy())
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${token}`,
    `Content-Type: ${MEDIA_TYPE}`,
    `Content-Length: ${body.length}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  socket.write(body.subarray(0, 100))
  return { answer, rest: () => void socket.write(body.subarray(100)) }
}
const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('H5: a stop tells live connections why, lets a request under way end, and what it stored is there', async () => {
  const server = await start()
  const { device, vault, drafts } = await member(server.address)
  const socket = await openSocket(server.address, helloFrame(device.token))
  await socket.until('ready')
  const body = encodeMessage({ envelopes: envelopesOf(drafts) })
  const push = slowPush(server, device.token, `/v1/vaults/${idText(vault.id)}/push`, body)
  await soon(200)
  const stopped = server.stop()
  expect(await socket.closed).toBe(1001)
  await expect(fetch(`${server.address}/v1/server`)).rejects.toThrow()
  push.rest()
  expect(await push.answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(await stopped).toBe(0)
  const again = await startServerProcess(server.data, Number(new URL(server.address).port))
  running.add(again)
  const back = await connectDevice(again.address, device.account)
  const pulled = await back.pull(vault.id, { streams: [{ stream: vault.streams[0]!, after: 0 }], budget: 1 << 20 })
  expect(pulled.streams[0]!.entries).toHaveLength(3)
  await again.stop()
})

test('H5: a request that never ends is cut off when the time of the stop has ended', async () => {
  const server = await start({ CHARTKEEP_STOP_SECONDS: '1' })
  const { device, vault, drafts } = await member(server.address)
  const push = slowPush(
    server,
    device.token,
    `/v1/vaults/${idText(vault.id)}/push`,
    encodeMessage({ envelopes: envelopesOf(drafts) }),
  )
  await soon(200)
  expect(await server.stop()).toBe(0)
  expect(await push.answer).toBe('')
  expect(server.output()).toContain('requests under way were cut off')
})

test('P1, H5: canaries in every header, path, query and body of requests right and wrong are in no line of the loudest log', async () => {
  const server = await start({ CHARTKEEP_LOG: 'debug', CHARTKEEP_REGISTRATION: 'invite' })
  const port = Number(new URL(server.address).port)
  const canary = (place: string) => `canary-${place}-7f3a91`
  const headers = Object.fromEntries(
    [
      'cookie',
      'user-agent',
      'referer',
      'origin',
      'x-forwarded-for',
      'x-real-ip',
      'x-request-id',
      'accept',
      'accept-language',
      'if-none-match',
      'x-invite',
    ].map((name) => [name, canary(name)]),
  )
  const ask = (method: string, path: string, more: Record<string, string> = {}, body?: string | Uint8Array) =>
    fetch(`${server.address}${path}`, {
      method,
      headers: { ...headers, ...more },
      ...(body === undefined ? {} : { body: body as BodyInit }),
    })
  const bearer = { authorization: `Bearer ${canary('token')}` }
  const cbor = { 'content-type': MEDIA_TYPE }
  await ask('GET', `/${canary('path')}?${canary('query')}=1`, bearer)
  await ask('GET', `/v1/vaults/${canary('vault')}/control?after=${canary('after')}`, bearer)
  await ask(
    'POST',
    `/v1/vaults/${'a'.repeat(22)}/push?${canary('push-query')}`,
    { ...bearer, ...cbor },
    canary('push-body'),
  )
  await ask(
    'POST',
    '/v1/accounts',
    cbor,
    encodeMessage({ entry: { body: new Uint8Array(9), signature: new Uint8Array(64) }, invite: canary('invite') }),
  )
  await ask('POST', '/v1/session', { 'content-type': `application/${canary('type')}` }, canary('session'))
  await ask('POST', '/v1/recovery', { ...cbor, 'content-encoding': canary('encoding') }, canary('recovery'))
  await ask('PUT', `/v1/chunks/0?link=${canary('link')}`, bearer, canary('chunk'))
  await ask('GET', `/assets/%E0%A4%A/${canary('broken')}`)
  for (const raw of [
    `BREW /${canary('method')} HTTP/1.1\r\n\r\n`,
    `GET /${canary('raw')} HTTP/9.9\r\n${canary('raw-header')}\r\n\r\n`,
    `${canary('no-http')}\r\n\r\n`,
  ]) {
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(raw))
      socket.on('error', () => {})
      socket.once('close', () => resolve())
      socket.resume()
    })
  }
  const live = await openSocket(server.address, helloFrame(canary('hello')))
  await live.closed
  await server.stop()
  const log = server.output()
  expect(log.split('\n').filter((line) => line.startsWith('{')).length).toBeGreaterThan(10)
  expect(log).toContain('"route":"/v1/accounts"')
  expect(log).toMatch(/"reqId":"[\w-]{8}-\w+"/)
  expect(log).not.toContain('canary')
  for (const line of log.split('\n').filter((each) => each.includes('"reqId"'))) expect(line).not.toContain('127.0.0.1')
  expect(log).not.toContain('7f3a91')
})
