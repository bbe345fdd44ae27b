/** The Fastify app over a real socket (H1, H3, S7, S8, C6): routes, errors, limits, headers, the served app, live frames. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect, type AddressInfo, type Socket as Connection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import { generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import { decodeAs, encodeMessage, idText, MAX_LIVE_BYTES, MAX_PUSH_BYTES, READ, SYNC_ERRORS } from '@chartkeep/protocol'
import {
  AccountLogPage,
  ControlLogPage,
  FetchAnswer,
  LivePage,
  LivePong,
  LivePushed,
  MEDIA_TYPE,
  PullAnswer,
  PushAnswer,
  RecoveryAnswer,
  ServerInfo,
  VaultList,
} from '@chartkeep/protocol/messages'
import { BlobBegun, BlobInfo } from '@chartkeep/protocol/records'
import { maxBytesOf } from '@chartkeep/protocol/shape'
import { createApp, createServerCore, openSqliteStorage } from '@chartkeep/sync-server/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import {
  addCut,
  addDevice,
  addGrant,
  createAccount,
  createDevice,
  createVault,
  createWriter,
  sealDrafts,
  type TestVault,
} from '../../support/author.ts'
import { blobPost, testBlob } from '../../support/blob-author.ts'
import { protocolExports } from '../../support/protocol-exports.ts'
import { machineClock } from '../../support/timers.ts'
import {
  askOver,
  connectDevice,
  followFrame,
  helloFrame,
  openSocket,
  readMessage,
  type HttpDevice,
} from '../../support/http-device.ts'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-app-'))
const web = join(folder, 'web')
mkdirSync(join(web, 'assets'), { recursive: true })
writeFileSync(join(web, 'index.html'), '<!doctype html><title>Chartkeep</title>')
writeFileSync(join(web, 'service-worker.js'), 'self.x = 1')
writeFileSync(join(web, 'assets', 'app-abc123.js'), 'export {}')
writeFileSync(join(web, 'assets', 'large-abc123.js'), 'export {}'.repeat(500))
writeFileSync(join(web, 'assets', 'large-abc123.js.br'), brotliCompressSync('export {}'.repeat(500)))
writeFileSync(join(web, 'assets', 'huge-abc123.js'), 'export {}'.repeat(120_000))
writeFileSync(join(folder, 'secret.txt'), 'secret')

let address: string
let app: Awaited<ReturnType<typeof createApp>>
let owner: HttpDevice
let grantee: HttpDevice
let vault: TestVault
let open: ReturnType<typeof askOver>
const signingKey = generateSigningKeyPair()
const core = createServerCore({
  storage: openSqliteStorage(join(folder, 'chartkeep.sqlite')),
  signingKey,
  clock: machineClock(Date.now),
  audience: 'http://localhost:8787',
  randomBytes,
})

beforeAll(async () => {
  app = await createApp({ core, appFolder: web, demo: true, logLevel: 'silent' })
  address = await app.listen({ host: '127.0.0.1', port: 0 })
  open = askOver(address, null)
  owner = await connectDevice(address, await createAccount())
  grantee = await connectDevice(address, await createAccount())
  vault = await createVault(owner.account)
  await owner.postControl(vault.id, vault.entries)
})
afterAll(async () => {
  await app.close()
  await core.close()
  rmSync(folder, { recursive: true })
})

const hour = 3_600_000
const vaultPath = (what: string, id = vault.id) => `/v1/vaults/${idText(id)}/${what}`

/** Everything of an answer that can differ by what it is about. */
async function everything(response: Response): Promise<unknown> {
  const headers = [...response.headers].filter(([name]) => name !== 'date' && !name.startsWith('x-ratelimit'))
  return { status: response.status, headers, body: await response.text() }
}

async function refusal(response: Response): Promise<[number, string]> {
  const body = (await response.json()) as { error: keyof typeof SYNC_ERRORS; message: string }
  expect(Object.keys(body)).toEqual(['error', 'message'])
  expect(body.message).toBe(SYNC_ERRORS[body.error].message)
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(response.status).toBe(SYNC_ERRORS[body.error].status)
  return [response.status, body.error]
}

describe('the routes of messages.ts', () => {
  test('H1: GET /v1/server says who this is', async () => {
    const info = await readMessage(await open('GET', '/v1/server'), ServerInfo)
    expect(info).toMatchObject({
      v: 1,
      key: signingKey.publicKey,
      audience: 'http://localhost:8787',
      registration: 'open',
    })
  })

  test('S2, S4: what one device pushes another account with a grant pulls, and the control log is read page by page', async () => {
    const shared = await createVault(owner.account)
    await addGrant(shared, grantee.account, {
      streams: [{ stream: shared.streams[0]!, rights: READ }],
      notAfter: Date.now() + hour,
    })
    await owner.postControl(shared.id, shared.entries)
    const drafts = await sealDrafts(createWriter(shared, owner.account, shared.streams[0]!), [{}, {}])
    expect((await owner.push(shared.id, drafts)).results.map(({ n }) => n)).toEqual([1, 2])
    const { streams } = await grantee.pull(shared.id, {
      streams: [{ stream: shared.streams[0]!, after: 1 }],
      budget: 1 << 20,
    })
    expect(streams[0]!.entries.map(({ body }) => body)).toEqual([drafts[1]!.body])
    const fetched = await readMessage(
      await grantee.ask('POST', vaultPath('fetch', shared.id), { stream: shared.streams[0]!, numbers: [1] }),
      FetchAnswer,
    )
    expect(fetched.entries[0]!.body).toEqual(drafts[0]!.body)
    const page = await readMessage(await grantee.ask('GET', vaultPath('control?after=1', shared.id)), ControlLogPage)
    expect(page.entries).toHaveLength(1)
    const { vaults } = await readMessage(await grantee.ask('GET', '/v1/vaults'), VaultList)
    expect(vaults.map((each) => idText(each.vault))).toContain(idText(shared.id))
  })

  test('K4, K7: account logs are read and extended, and a lookup id finds its account', async () => {
    const member = await connectDevice(address, await createAccount())
    const { account } = member
    const entry = await addDevice(account, createDevice())
    expect((await member.ask('POST', `/v1/accounts/${idText(account.id)}/log`, { entry })).status).toBe(200)
    const page = await readMessage(
      await grantee.ask('GET', `/v1/accounts/${idText(account.id)}/log?after=1`),
      AccountLogPage,
    )
    expect(page.entries).toEqual([entry])
    const found = await readMessage(
      await open('POST', '/v1/recovery', { lookup: account.recovery.lookup }),
      RecoveryAnswer,
    )
    expect(found.account).toEqual(account.id)
  })

  test('B4: a file is begun and found under a session, its chunks are put and got as plain bytes by a link alone', async () => {
    const blob = testBlob(vault.id, vault.streams[0]!, [1024])
    const begun = await readMessage(
      await owner.ask('POST', vaultPath('blobs'), await blobPost(owner.account, blob)),
      BlobBegun,
    )
    const put = await open('PUT', `/v1/chunks/0?link=${begun.link}`, blob.chunks[0])
    expect([put.status, await put.text()]).toEqual([204, ''])
    const path = vaultPath(`streams/${idText(blob.stream)}/blobs/${idText(blob.blob)}`)
    const { link, size } = await readMessage(await owner.ask('GET', path), BlobInfo)
    expect(size).toBe(1024)
    const got = await open('GET', `/v1/chunks/0?link=${link}`)
    expect(new Uint8Array(await got.arrayBuffer())).toEqual(blob.chunks[0])
    expect(await refusal(await grantee.ask('GET', path))).toEqual([404, 'not-found'])
    expect(await refusal(await open('GET', path))).toEqual([401, 'unauthenticated'])
    expect(await refusal(await owner.ask('POST', vaultPath('blobs'), { nothing: 1 }))).toEqual([400, 'bad-request'])
    expect(await refusal(await owner.ask('GET', '/v1/chunks/0'))).toEqual([400, 'bad-request'])
    expect(await refusal(await owner.ask('GET', `/v1/chunks/0?link=${begun.link}`))).toEqual([403, 'link-ended'])
    expect(await refusal(await open('PUT', `/v1/chunks/0?link=${link}`, blob.chunks[0]))).toEqual([403, 'link-ended'])
    expect(await refusal(await open('GET', `/v1/chunks/1?link=${link}`))).toEqual([404, 'not-found'])
  })

  test('the health check names the program, and /v1/demo says whether Welcome may offer the sample family', async () => {
    expect(await (await open('GET', '/healthz')).json()).toEqual({ name: 'chartkeep', status: 'ok' })
    expect(await (await open('GET', '/v1/demo')).json()).toEqual({ demo: true })
  })
})

describe('H3: refusals', () => {
  test('H3, H1: without a token, or with one that is unknown, every route of a session answers 401 and nothing else', async () => {
    const paths: [string, string][] = [
      ['GET', '/v1/vaults'],
      ['GET', `/v1/accounts/${idText(owner.account.id)}/log`],
      ['POST', `/v1/accounts/${idText(owner.account.id)}/log`],
      ['GET', vaultPath('control')],
      ...['control', 'push', 'pull', 'fetch'].map((what): [string, string] => ['POST', vaultPath(what)]),
    ]
    for (const ask of [open, askOver(address, 'a'.repeat(43))])
      for (const [method, path] of paths)
        expect(await refusal(await ask(method, path, method === 'POST' ? {} : undefined))).toEqual([
          401,
          'unauthenticated',
        ])
  })

  test('H3: bytes that are no message, another media type and parameters out of form are bad requests', async () => {
    for (const path of ['control', 'push', 'pull', 'fetch'].map((what) => vaultPath(what))) {
      expect(await refusal(await owner.ask('POST', path, { nothing: 1 }))).toEqual([400, 'bad-request'])
      expect(await refusal(await owner.ask('POST', path))).toEqual([400, 'bad-request'])
    }
    for (const path of ['/v1/session', '/v1/accounts', '/v1/recovery'])
      expect(await refusal(await open('POST', path, { nothing: 1 }))).toEqual([400, 'bad-request'])
    const json = await fetch(`${address}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(await refusal(json)).toEqual([400, 'bad-request'])
    for (const path of ['/v1/vaults/short/control', vaultPath('control?after=-1'), vaultPath('control?after=x')])
      expect(await refusal(await owner.ask('GET', path))).toEqual([400, 'bad-request'])
  })

  test('C6: a forbidden vault, an unknown one and an id that is no canonical text are answered byte for byte alike', async () => {
    const twisted = `${idText(randomBytes(16)).slice(0, 21)}_`
    for (const [method, what, body] of [
      ['GET', 'control', undefined],
      ['POST', 'push', { envelopes: [] }],
      ['POST', 'pull', { streams: [{ stream: vault.streams[0]!, after: 0 }], budget: 1 }],
      ['POST', 'fetch', { stream: vault.streams[0]!, numbers: [1] }],
    ] as const) {
      const forbidden = await everything(await grantee.ask(method, vaultPath(what), body))
      expect(forbidden).toEqual(await everything(await grantee.ask(method, vaultPath(what, randomBytes(16)), body)))
      expect(forbidden).toEqual(await everything(await grantee.ask(method, `/v1/vaults/${twisted}/${what}`, body)))
    }
  })

  test('S8: a body over 4 MiB and a chunk over its size are too large', async () => {
    const push = await owner.ask('POST', vaultPath('push'), { envelopes: [], rest: new Uint8Array(MAX_PUSH_BYTES) })
    expect(await refusal(push)).toEqual([413, 'too-large'])
    const chunk = new Uint8Array(1024 * 1024 + 65)
    expect(await refusal(await owner.ask('PUT', '/v1/chunks/0?link=x', chunk))).toEqual([413, 'too-large'])
  })

  test('S8: an envelope over 1 MiB is named in the answer of the push', async () => {
    const [draft] = await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}])
    const answer = await owner.push(vault.id, [{ ...draft!, body: new Uint8Array(1024 * 1024 + 100) }])
    expect(answer.refused).toBe('too-large')
  })

  test('S8, H9: too many posts that fail without a session are told to wait, in the words of the table', async () => {
    const limited = await createApp({ core, appFolder: null, demo: false, logLevel: 'silent' })
    const post = () =>
      limited.inject({
        method: 'POST',
        url: '/v1/recovery',
        headers: { 'content-type': MEDIA_TYPE },
        payload: Buffer.from([0]),
      })
    for (let i = 0; i < 60; i++) expect((await post()).statusCode).toBe(400)
    const answer = await post()
    expect([answer.statusCode, answer.json()]).toEqual([
      429,
      { error: 'rate-limited', message: SYNC_ERRORS['rate-limited'].message },
    ])
    expect(answer.headers['retry-after']).toBeDefined()
    const challenge = await limited.inject({ method: 'POST', url: '/v1/challenge' })
    expect(challenge.statusCode).toBe(200)
    expect((await limited.inject({ method: 'GET', url: '/v1/server' })).statusCode).toBe(200)
    await limited.close()
  })
})

describe('the served app', () => {
  test('unknown pages get index.html, hashed assets are kept for ever, everything else is asked for again', async () => {
    for (const path of ['/', '/charts/x', '/index.html']) {
      const page = await open('GET', path)
      expect([page.status, page.headers.get('cache-control'), await page.text()]).toEqual([
        200,
        'no-cache',
        '<!doctype html><title>Chartkeep</title>',
      ])
    }
    const asset = await open('GET', '/assets/app-abc123.js')
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(asset.headers.get('content-type')).toMatch(/javascript/)
    expect((await open('GET', '/service-worker.js')).headers.get('cache-control')).toBe('no-cache')
  })

  test('a file that has a Brotli form is sent so to whoever takes it, and as it is to whoever does not; an answer of the server never is', async () => {
    const asked = (path: string, encoding: string) =>
      new Promise<{ headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
        const request = httpRequest(`${address}${path}`, { headers: { 'accept-encoding': encoding } }, (response) => {
          const parts: Buffer[] = []
          response.on('data', (part: Buffer) => parts.push(part))
          response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts) }))
        })
        request.on('error', reject)
        request.end()
      })
    const text = 'export {}'.repeat(500)
    const [small, plain, none] = [
      await asked('/assets/large-abc123.js', 'gzip, deflate, br'),
      await asked('/assets/large-abc123.js', 'gzip'),
      await asked('/assets/app-abc123.js', 'br'),
    ]
    for (const { headers } of [small, plain, none]) {
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
      expect(headers['content-type']).toMatch(/javascript/)
      expect(headers.vary).toBe('accept-encoding')
    }
    expect(small.headers['content-encoding']).toBe('br')
    expect(small.body.length).toBeLessThan(100)
    expect(brotliDecompressSync(small.body).toString()).toBe(text)
    expect([plain.headers['content-encoding'], plain.body.toString()]).toEqual([undefined, text])
    expect([none.headers['content-encoding'], none.body.toString()]).toEqual([undefined, 'export {}'])
    const answer = await asked('/v1/server', 'gzip, deflate, br')
    expect(answer.headers['content-encoding']).toBeUndefined()
  })

  test('H3: an asset or a route that is not there is no page', async () => {
    for (const path of ['/assets/gone.js', '/v1/nothing', '/v1', '/favicon.ico'])
      expect(await refusal(await open('GET', path))).toEqual([404, 'not-found'])
    expect(await refusal(await open('POST', '/charts'))).toEqual([404, 'not-found'])
  })

  test('no path leads out of the folder of the app', async () => {
    for (const path of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '/..%5csecret.txt',
      '/%00',
    ]) {
      const text = await new Promise<string>((resolve, reject) => {
        const asked = httpRequest(`${address}/`, { path }, (response) => {
          let body = ''
          response.on('data', (part: Buffer) => (body += part.toString()))
          response.on('end', () => resolve(body))
        })
        asked.on('error', reject)
        asked.end()
      })
      expect(text).not.toContain('secret')
    }
  })

  test('every answer forbids foreign code, frames and connections, and answers of the protocol are kept nowhere', async () => {
    for (const path of ['/', '/v1/server', '/v1/nothing', '/assets/app-abc123.js']) {
      const { headers } = await open('GET', path)
      const policy = headers.get('content-security-policy')!
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';")
      expect(policy).toContain("connect-src 'self' ws://localhost:8787;")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
    expect((await open('GET', '/v1/server')).headers.get('cache-control')).toBe('no-store')
  })

  test('without a built app the server says so', async () => {
    const bare = await createApp({ core, appFolder: join(folder, 'none'), demo: false, logLevel: 'silent' })
    expect((await bare.inject('/')).body).toContain('not built')
    expect((await bare.inject('/charts')).statusCode).toBe(404)
    await bare.close()
  })
})

describe('S7: /v1/live', () => {
  test('S7: after hello come ready and hints, each a small CBOR frame', async () => {
    const socket = await openSocket(address, helloFrame(owner.token))
    await socket.until('ready')
    await owner.push(vault.id, await sealDrafts(createWriter(vault, owner.account, vault.streams[1]!), [{}]))
    expect(await socket.until('head')).toEqual({ type: 'head', vault: vault.id, stream: vault.streams[1], n: 1 })
    socket.close()
    await socket.closed
  })

  test.each([
    ['a token that is unknown', helloFrame('a'.repeat(43))],
    ['text', 'hello'],
    ['bytes that are no hello', new Uint8Array([1, 2, 3])],
  ])('H1: a first frame with %s closes the connection', async (_name, frame) => {
    const socket = await openSocket(address, frame)
    expect(await socket.closed).toBe(4401)
    expect(socket.messages).toEqual([])
  })

  test('S8: a frame that is too large, and one after hello, close the connection', async () => {
    const large = await openSocket(address, new Uint8Array(MAX_LIVE_BYTES + 2000))
    expect(await large.closed).toBe(1009)
    // A first frame is no longer than a hello.
    const first = await openSocket(address, new Uint8Array(5000))
    expect(await first.closed).toBe(4401)
    const talking = await openSocket(address, helloFrame(owner.token))
    await talking.until('ready')
    talking.send(helloFrame(owner.token))
    expect(await talking.closed).toBe(1002)
  })

  test('S7: who follows sends a small push over the socket and gets its answer there; who follows elsewhere is brought what a pull gets', async () => {
    const own = await createVault(owner.account)
    await owner.postControl(own.id, own.entries)
    const stream = own.streams[0]!
    const other = await connectDevice(address, owner.account)
    const [mine, theirs, hinted] = await Promise.all([
      openSocket(address, followFrame(owner.token)),
      openSocket(address, followFrame(other.token)),
      openSocket(address, helloFrame(other.token)),
    ])
    for (const socket of [mine, theirs, hinted]) await socket.until('ready')
    const sealed = await sealDrafts(createWriter(own, owner.account, stream), [{}])
    const push = encodeMessage({ envelopes: sealed.map(({ header, body, proof }) => ({ header, body, proof })) })
    mine.send(encodeMessage({ type: 'push', id: 7, vault: own.id, push }))
    const pushed = await mine.next(LivePushed)
    expect(pushed.id).toBe(7)
    // S2: over http the same push gets the same answer.
    const answer = decodeAs(PushAnswer, pushed.answer!)!
    const again = await owner.push(own.id, sealed)
    expect(again.results).toEqual(answer.results)

    const page = await theirs.next(LivePage)
    expect(page.vault).toEqual(own.id)
    const brought = decodeAs(PullAnswer, page.pull)!
    const pulled = await other.pull(own.id, { streams: [{ stream, after: 0 }], budget: 1 << 20 })
    expect(brought.streams[0]!.entries).toEqual(pulled.streams[0]!.entries)
    expect(brought.streams[0]!.entries[0]!.body).toEqual(sealed[0]!.body)
    expect(await hinted.until('head')).toMatchObject({ stream, n: 1 })
    expect(hinted.frames, 'who only said hello gets hints and nothing of a record').toEqual([])
    expect(mine.frames).toEqual([])
    expect(
      mine.messages.map(({ type }) => type),
      'the answer says it all',
    ).toEqual(['ready'])
    for (const socket of [mine, theirs, hinted]) socket.close()
  })

  test('S7, S8: what the socket does not settle is asked over http: another vault, no push, a rate that is used up; a larger change comes as a hint', async () => {
    const limited = await createApp({
      core,
      appFolder: null,
      demo: false,
      logLevel: 'silent',
      rates: { requestsPerMinute: 6 },
    })
    const at = await limited.listen({ host: '127.0.0.1', port: 0 })
    const device = await connectDevice(at, await createAccount())
    const own = await createVault(device.account)
    await device.postControl(own.id, own.entries)
    const stream = own.streams[0]!
    const socket = await openSocket(at, followFrame(device.token))
    await socket.until('ready')
    const writer = createWriter(own, device.account, stream)
    const pushOf = async (drafts: Parameters<typeof sealDrafts>[1]) => {
      const sealed = await sealDrafts(writer, drafts)
      return encodeMessage({ envelopes: sealed.map(({ header, body, proof }) => ({ header, body, proof })) })
    }
    const push = await pushOf([{}])
    const answerTo = async (id: number, vaultId: Uint8Array, bytes: Uint8Array) => {
      socket.send(encodeMessage({ type: 'push', id, vault: vaultId, push: bytes }))
      return (await socket.next(LivePushed)).answer
    }
    expect(await answerTo(1, randomBytes(16), push)).toBeNull()
    expect(await answerTo(2, own.id, randomBytes(40))).toBeNull()
    expect(await answerTo(3, own.id, push)).not.toBeNull()
    // The sixth and the seventh request of this minute, with earlier those.
    for (const id of [4, 5]) await answerTo(id, own.id, push)
    expect(await answerTo(6, own.id, push)).toBeNull()
    expect((await device.ask('GET', '/v1/vaults')).status, 'and there it is said why').toBe(429)
    socket.send(encodeMessage({ type: 'push', id: 8, vault: own.id }))
    expect(await socket.closed).toBe(1002)
    await limited.close()
  })

  test('S7, S8: who asks over the socket whether the server is there is told so, as often as requests are allowed, and nobody before hello', async () => {
    const limited = await createApp({
      core,
      appFolder: null,
      demo: false,
      logLevel: 'silent',
      rates: { requestsPerMinute: 3 },
    })
    const at = await limited.listen({ host: '127.0.0.1', port: 0 })
    const device = await connectDevice(at, await createAccount())
    const ping = encodeMessage({ type: 'ping' })
    for (const hello of [helloFrame(device.token), followFrame(device.token)]) {
      const socket = await openSocket(at, hello)
      await socket.until('ready')
      socket.send(ping)
      expect(await socket.next(LivePong)).toEqual({ type: 'pong' })
      socket.close()
    }
    const socket = await openSocket(at, helloFrame(device.token))
    await socket.until('ready')
    // The third of this minute, and the fourth.
    for (let asked = 0; asked < 2; asked++) socket.send(ping)
    await socket.next(LivePong)
    socket.send(helloFrame(device.token))
    expect(await socket.closed).toBe(1002)
    expect(socket.frames, 'a rate that is used up is no reason to end the connection').toEqual([])
    expect(await (await openSocket(at, ping)).closed).toBe(4401)
    await limited.close()
  })

  test('C6: an open socket is told of the cut and closed, and the answers begun after its acknowledgement hold no byte of the vault', async () => {
    const shared = await createVault(owner.account)
    const grant = await addGrant(shared, grantee.account, {
      streams: [{ stream: shared.streams[0]!, rights: READ }],
      notAfter: Date.now() + hour,
    })
    await owner.postControl(shared.id, shared.entries)
    await owner.push(shared.id, await sealDrafts(createWriter(shared, owner.account, shared.streams[0]!), [{}]))
    const socket = await openSocket(address, helloFrame(grantee.token))
    await socket.until('ready')
    const request = { streams: [{ stream: shared.streams[0]!, after: 0 }], budget: 1 << 20 }
    expect((await grantee.pull(shared.id, request)).streams[0]!.entries).toHaveLength(1)
    await addCut(shared, grant)
    await owner.postControl(shared.id, shared.entries.slice(-1))
    const after = await everything(await grantee.ask('POST', vaultPath('pull', shared.id), request))
    const never = await everything(await grantee.ask('POST', vaultPath('pull', randomBytes(16)), request))
    expect(after).toEqual(never)
    expect(await socket.until('ended')).toMatchObject({ vault: shared.id, n: 3 })
    expect(await socket.closed).toBe(4403)
  })
})

describe('S8: who sends slowly, or takes nothing', () => {
  const PATIENCE_MS = 700
  let impatient: Awaited<ReturnType<typeof createApp>>
  let port: number
  beforeAll(async () => {
    impatient = await createApp({ core, appFolder: web, demo: false, logLevel: 'silent', patienceMs: PATIENCE_MS })
    await impatient.listen({ host: '127.0.0.1', port: 0 })
    ;({ port } = impatient.server.address() as AddressInfo)
  })
  afterAll(() => impatient.close())

  /** Connections of the server, those of fetch left out, which end by themselves. */
  const socketsAt = ({ server }: typeof impatient) =>
    new Promise<number>((resolve, reject) => {
      server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
    })

  /** A connection on which a test says byte for byte what it likes; `ended` once the server has. */
  async function rawly(): Promise<{ socket: Connection; ended: Promise<string> }> {
    const socket = connect({ host: '127.0.0.1', port })
    let heard = ''
    socket.on('data', (data: Buffer) => {
      heard += data.toString('latin1')
    })
    const ended = new Promise<string>((resolve) => {
      socket.on('close', () => resolve(heard))
      socket.on('error', () => {})
    })
    await new Promise((resolve) => socket.once('connect', resolve))
    return { socket, ended }
  }

  test('S8: a request that does not arrive in its time is ended, also where a byte of it comes now and then', async () => {
    const { socket, ended } = await rawly()
    socket.write(
      `POST /v1/challenge HTTP/1.1\r\nHost: x\r\nContent-Type: ${MEDIA_TYPE}\r\nContent-Length: 60000\r\n\r\n`,
    )
    const drip = setInterval(() => socket.write('a'), 50)
    const heard = await ended
    clearInterval(drip)
    expect(heard).toMatch(/^HTTP\/1\.1 408 /)
  }, 15_000)

  test('H1, S8: of whoever has not signed in no body is read where only a device may send one, and elsewhere no long one', async () => {
    const answerTo = async (path: string, declared: number) => {
      const { socket, ended } = await rawly()
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${MEDIA_TYPE}\r\nContent-Length: ${declared}\r\n\r\n`,
      )
      const heard = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))))
      socket.destroy()
      await ended
      return heard.slice(9, 12)
    }
    expect(await answerTo(vaultPath('push'), 4_000_000)).toBe('401')
    expect(await answerTo(`/v1/accounts/${idText(owner.account.id)}/log`, 1000)).toBe('401')
    for (const path of ['/v1/session', '/v1/challenge', '/v1/recovery', '/v1/pairing/open'])
      expect(await answerTo(path, 100_000)).toBe('413')
    expect(await answerTo('/v1/accounts', 1_000_000)).toBe('413')
  }, 15_000)

  test('H6: every post reads no more than the longest message of its shape, without a session 64 KiB or one log entry', async () => {
    const paths = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'))
      .paths as Record<string, { post?: { security?: unknown[]; requestBody?: unknown } }>
    const limits = new Map<string, number | undefined>()
    const described = await createApp({
      core,
      appFolder: null,
      demo: false,
      logLevel: 'silent',
      prepare: async (built) =>
        void built.addHook('onRoute', ({ method, url, bodyLimit }) => {
          if (method === 'POST') limits.set(url.replaceAll(/:(\w+)/gu, '{$1}'), bodyLimit)
        }),
    })
    await described.close()
    const posts = Object.entries(paths).flatMap(([path, { post }]) => (post === undefined ? [] : [{ path, post }]))
    expect(posts.map(({ path }) => path).toSorted()).toEqual([...limits.keys()].toSorted())
    for (const { path, post } of posts) {
      const names = [...JSON.stringify(post.requestBody ?? {}).matchAll(/schemas\/(\w+)/gu)].map(([, name]) => name!)
      const longest = Math.max(...names.map((name) => maxBytesOf(protocolExports[name] as object)))
      const most =
        post.security?.length !== 0
          ? MAX_PUSH_BYTES
          : path.endsWith('account') || path.endsWith('accounts')
            ? 576 * 1024
            : 64 * 1024
      expect(limits.get(path), path).toBe(names.length === 0 ? 64 * 1024 : Math.min(most, longest))
    }
  })

  test('S8: an answer that nobody takes is given up with its connection', async () => {
    const { socket, ended } = await rawly()
    // More than a connection holds, and nobody reads it.
    socket.pause()
    socket.write('GET /assets/huge-abc123.js HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(40))
    await expect.poll(() => socketsAt(impatient), { timeout: 10_000 }).toBe(0)
    socket.destroy()
    await ended
  }, 15_000)

  test('S8: what one address has under way has its bounds: bodies that do not come and answers that nobody takes hold up its own requests alone', async () => {
    const bounded = await createApp({
      core,
      appFolder: null,
      demo: false,
      logLevel: 'silent',
      bytesUnderWay: { one: 4_205_000, all: 1e9 },
      trustedProxies: ['loopback'],
    })
    await bounded.listen({ host: '127.0.0.1', port: 0 })
    const at = (bounded.server.address() as AddressInfo).port
    const here = { authorization: `Bearer ${owner.token}` }
    const ask = async (from: string) => {
      const response = await fetch(`http://127.0.0.1:${at}/v1/vaults`, {
        headers: { ...here, 'x-forwarded-for': from },
      })
      await response.arrayBuffer()
      return [response.status, response.headers.get('retry-after')]
    }
    const send = async (head: string) => {
      const socket = connect({ host: '127.0.0.1', port: at })
      socket.on('error', () => {})
      socket.pause()
      socket.write(`${head}\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\nAuthorization: ${here.authorization}\r\n`)
      return socket
    }
    const bodies = await Promise.all([1, 2].map(() => send(`POST ${vaultPath('push')} HTTP/1.1`)))
    for (const socket of bodies) socket.write(`Content-Type: ${MEDIA_TYPE}\r\nContent-Length: 2095000\r\n\r\n`)
    await expect.poll(() => ask('192.0.2.1')).toEqual([429, '1'])
    expect(await ask('192.0.2.2')).toEqual([200, null])
    for (const socket of bodies) socket.destroy()
    await expect.poll(() => ask('192.0.2.1')).toEqual([200, null])

    // A chunk of a megabyte, asked for again until the connections hold no more of it.
    const blob = testBlob(vault.id, vault.streams[0]!, [1024 * 1024 - 200])
    const post = await blobPost(owner.account, blob)
    const begun = await readMessage(await owner.ask('POST', vaultPath('blobs'), post), BlobBegun)
    expect((await open('PUT', `/v1/chunks/0?link=${begun.link}`, blob.chunks[0]!)).status).toBeLessThan(300)
    const place = `/v1/vaults/${idText(vault.id)}/streams/${idText(vault.streams[0]!)}/blobs/${idText(blob.blob)}`
    const { link } = await readMessage(await owner.ask('GET', place), BlobInfo)
    const get = `GET /v1/chunks/0?link=${link} HTTP/1.1`
    const readers = await Promise.all(Array.from({ length: 8 }, () => send(get)))
    for (const reader of readers) reader.write('\r\n')
    const oneMore = async () => {
      for (const reader of readers) reader.write(`${get}\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n`)
      return ask('192.0.2.1')
    }
    await expect.poll(oneMore, { timeout: 15_000 }).toEqual([429, '1'])
    expect(await ask('192.0.2.2')).toEqual([200, null])
    for (const reader of readers) reader.destroy()
    await expect.poll(() => ask('192.0.2.1')).toEqual([200, null])
    await bounded.close()
  }, 30_000)

  test('S7, S8: who asks over a live connection and takes no answer is left, however often they say that they live', async () => {
    const stranger = await connectDevice(`http://127.0.0.1:${port}`, await createAccount())
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/live`)
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send(followFrame(stranger.token))
    await new Promise((resolve) => socket.once('message', resolve))
    let closed = false
    socket.once('close', () => {
      closed = true
    })
    socket.on('error', () => {})
    socket.pause()
    const frame = encodeMessage({ type: 'push', id: 1, vault: randomBytes(16), push: new Uint8Array() })
    // Far more than what the two ends of a connection hold by themselves.
    for (let turn = 0; turn < 400 && !closed; turn++) {
      for (let at = 0; at < 2000; at++) socket.send(frame, () => {})
      socket.pong(undefined, undefined, () => {})
      await new Promise((resolve) => setImmediate(resolve))
    }
    socket.terminate()
    expect(closed).toBe(true)
  }, 60_000)

  test('S7, S8: a live connection on which nothing happens stays', async () => {
    const socket = await openSocket(`http://127.0.0.1:${port}`, helloFrame(owner.token))
    await socket.until('ready')
    const closed = await Promise.race([
      socket.closed,
      new Promise<string>((resolve) => setTimeout(() => resolve('open'), 3 * PATIENCE_MS)),
    ])
    expect(closed).toBe('open')
    socket.close()
  })
})
