/** S8: how often one may ask, by account, by network address and for the open posts; more connections, sessions or devices do not help. */
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import { accountHead, encodeMessage, MEDIA_TYPE, SYNC_ERRORS, type SignedEntry } from '@chartkeep/protocol'
import {
  createApp,
  createRateCounter,
  createServerCore,
  networkOf,
  openSqliteStorage,
  type AppOptions,
} from '@chartkeep/sync-server'
import { afterEach, expect, test } from 'vitest'
import { addDevice, createAccount, createDevice } from '../../support/author.ts'
import { signHeadAs } from '../../support/hostile-server.ts'
import { connectDevice, openSocket } from '../../support/http-device.ts'
import { machineClock } from '../../support/timers.ts'

let close: () => Promise<void> = async () => {}
afterEach(async () => {
  await close()
  close = async () => {}
})

async function listen(options: Partial<AppOptions>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-rates-'))
  const core = createServerCore({
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
  return app.listen({ host: '127.0.0.1', port: 0 })
}

/** One request on a connection of its own. */
function askAlone(address: string, method: string, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; retryAfter: string | undefined; body: string }>((resolve, reject) => {
    const asked = request(
      `${address}${path}`,
      { method, headers, agent: new Agent({ keepAlive: false }) },
      (response) => {
        let body = ''
        response.on('data', (part: Buffer) => (body += part.toString()))
        response.on('end', () =>
          resolve({ status: response.statusCode!, retryAfter: response.headers['retry-after'], body }),
        )
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

const statuses = (answers: { status: number }[]) => {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

test('S8: an account has one limit over all its sessions and connections, and the answer says when to go on', async () => {
  const address = await listen({ rates: { requestsPerMinute: 20 } })
  const account = await createAccount()
  const devices = [
    await connectDevice(address, account),
    await connectDevice(address, account),
    await connectDevice(address, account),
  ]
  const ask = (index: number) =>
    askAlone(address, 'GET', '/v1/vaults', { authorization: `Bearer ${devices[index % 3]!.token}` })
  const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => ask(index)))
  expect(statuses(answers)).toEqual({ 200: 20, 429: 40 })
  const refused = answers.find(({ status }) => status === 429)!
  expect(JSON.parse(refused.body)).toEqual({ error: 'rate-limited', message: SYNC_ERRORS['rate-limited'].message })
  expect(Number(refused.retryAfter)).toBeGreaterThan(0)
  expect(Number(refused.retryAfter)).toBeLessThanOrEqual(60)
  // Another account of the same address goes on.
  const other = await connectDevice(address, await createAccount())
  expect((await other.ask('GET', '/v1/vaults')).status).toBe(200)
})

test('S8: a network address has one limit over all accounts, tokens and connections; a monitor is not counted', async () => {
  const address = await listen({ rates: { addressRequestsPerMinute: 40 } })
  const device = await connectDevice(address, await createAccount())
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      index % 2 === 0
        ? askAlone(address, 'GET', '/v1/vaults', { authorization: `Bearer ${device.token}` })
        : askAlone(address, 'GET', '/v1/server', { authorization: `Bearer made-up-${index}` }),
    ),
  )
  // Three requests went before: registration, challenge, session.
  expect(statuses(answers)).toEqual({ 200: 37, 429: 23 })
  expect((await askAlone(address, 'GET', '/nowhere')).status).toBe(429)
  for (let i = 0; i < 50; i++) expect((await askAlone(address, 'GET', '/healthz')).status).toBe(200)
})

test('S8: registrations are limited by the hour, the other posts go on', async () => {
  const address = await listen({ rates: { registrationsPerHour: 3 } })
  const post = (path: string) => askAlone(address, 'POST', path, { 'content-type': MEDIA_TYPE })
  const answers = [
    await post('/v1/accounts'),
    await post('/v1/accounts'),
    await post('/v1/accounts'),
    await post('/v1/accounts'),
  ]
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 429])
  expect(Number(answers[3]!.retryAfter)).toBeGreaterThan(60)
  expect((await post('/v1/challenge')).status).toBe(200)
})

test('S8, S9: entries of account logs that come without a session are counted one by one, by address', async () => {
  const address = await listen({ rates: { refillEntriesPerMinute: 5 } })
  const account = await createAccount()
  for (let at = 0; at < 2; at++) account.entries.push(await addDevice(account, createDevice()))
  const { n, h } = accountHead(account.state)
  const by = generateSigningKeyPair()
  const post = async (of: { head?: { n: number; h: Uint8Array }; entries: SignedEntry[] }) => {
    const head = await signHeadAs(by, { kind: 'account', id: account.id, ...(of.head ?? { n, h }) })
    const body = Buffer.from(encodeMessage({ head, first: 1, entries: of.entries }))
    return fetch(`${address}/v1/refill/account`, { method: 'POST', headers: { 'content-type': MEDIA_TYPE }, body })
  }
  const { entries } = account
  // They hold, and what they are said to lead to is another log: refused once all of it was read.
  expect((await post({ head: { n, h: randomBytes(32) }, entries })).status).toBe(422)
  const over = await post({ entries })
  expect(over.status).toBe(429)
  expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await fetch(`${address}/v1/server`)).status, 'and nothing else is').toBe(200)
})

test('S8: the address that a proxy names counts only where that proxy is trusted', async () => {
  const ask = (address: string, index: number) =>
    askAlone(address, 'GET', '/v1/server', { 'x-forwarded-for': `203.0.113.${index}` })
  const count = async (trustedProxies: string[]) => {
    const address = await listen({ rates: { addressRequestsPerMinute: 10 }, trustedProxies })
    const found = statuses(await Promise.all(Array.from({ length: 30 }, (_, index) => ask(address, index))))
    await close()
    close = async () => {}
    return found
  }
  expect(await count([])).toEqual({ 200: 10, 429: 20 })
  expect(await count(['10.0.0.0/8'])).toEqual({ 200: 10, 429: 20 })
  expect(await count(['loopback'])).toEqual({ 200: 30 })
})

test('S8: live connections of one address are limited, also those that have not said hello', async () => {
  const address = await listen({ socketsPerAddress: 3 })
  const open = await Promise.all(Array.from({ length: 3 }, () => openSocket(address, null)))
  const fourth = await openSocket(address, null)
  expect(await fourth.closed).toBe(4429)
  open[0]!.close()
  await open[0]!.closed
  const again = await openSocket(address, null)
  again.close()
  for (const socket of open) socket.close()
})

test('S8, K8: the live connections and the pairing places of one IPv6 network are counted together', async () => {
  const address = await listen({ socketsPerAddress: 2, trustedProxies: ['loopback'] })
  const from = (network: number, host: number) => ({ 'x-forwarded-for': `2001:db8:0:${network}::${host}` })
  const [one, two, third, neighbour] = [
    await openSocket(address, null, from(1, 1)),
    await openSocket(address, null, from(1, 2)),
    await openSocket(address, null, from(1, 3)),
    await openSocket(address, null, from(2, 1)),
  ]
  expect(await third.closed).toBe(4429)
  one.close()
  await one.closed
  const again = await openSocket(address, null, from(1, 4))
  for (const socket of [two, neighbour, again]) socket.close()
  expect(await Promise.all([two, neighbour, again].map(({ closed }) => closed))).not.toContain(4429)

  const open = async (network: number, host: number) => {
    const body = encodeMessage({ place: randomBytes(16) }) as Uint8Array<ArrayBuffer>
    const headers = { 'content-type': MEDIA_TYPE, ...from(network, host) }
    return { status: (await fetch(`${address}/v1/pairing/open`, { method: 'POST', headers, body })).status }
  }
  const asked = await Promise.all(Array.from({ length: 40 }, (_, host) => open(1, host + 1)))
  expect(statuses(asked)).toEqual({ 200: 32, 429: 8 })
  expect(await open(2, 1)).toEqual({ status: 200 })
})

test('S8: a counter has room again once its window is over, and says when; each key has its own', () => {
  let now = 5000
  const { take } = createRateCounter(2, 60_000, () => now)
  expect([take('a'), take('a'), take('a'), take('b')]).toEqual([0, 0, 60, 0])
  now += 59_500
  expect(take('a')).toBe(1)
  now += 500
  expect([take('a'), take('a'), take('a')]).toEqual([0, 0, 60])
})

test('S8: the addresses of one IPv6 network count as one, however they are written', () => {
  expect(networkOf('192.0.2.7')).toBe('192.0.2.7')
  expect(networkOf('::ffff:192.0.2.7')).toBe('192.0.2.7')
  const same = [
    '2001:db8:0:7::1',
    '2001:DB8::7:0:0:0:2',
    '2001:0db8:0000:0007:ffff:ffff:ffff:ffff',
    '2001:db8:0:7::%eth0',
  ]
  expect(new Set(same.map(networkOf))).toEqual(new Set(['2001:db8:0:7::/64']))
  expect(networkOf('2001:db8:0:8::1')).not.toBe(networkOf('2001:db8:0:7::1'))
  expect(networkOf('::1')).toBe('0:0:0:0::/64')
})
