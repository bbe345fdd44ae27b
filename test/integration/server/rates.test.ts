/** S8, H9: how often one may ask, by account, by device, by network and for the open posts; more connections, sessions or devices do not help. */
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSigningKeyPair, randomBytes, sign } from '@chartkeep/crypto'
import { encodeMessage, SYNC_ERRORS } from '@chartkeep/protocol'
import { accountHead, Challenge, signInMessage } from '@chartkeep/protocol/account'
import { MEDIA_TYPE } from '@chartkeep/protocol/messages'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import {
  createApp,
  createRateCounter,
  createServerCore,
  DEFAULT_RATES,
  limitRates,
  openSqliteStorage,
  type AppOptions,
  type ServerCoreOptions,
  type ServerSession,
} from '@chartkeep/sync-server/testing'
import Fastify from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { addDevice, createAccount, createDevice, type TestAccount } from '../../support/author.ts'
import { signHeadAs } from '../../support/hostile-server.ts'
import { connectDevice, openSocket, readMessage } from '../../support/http-device.ts'
import { createServerWorld } from '../../support/server-world.ts'
import { machineClock } from '../../support/timers.ts'

let close: () => Promise<void> = async () => {}
afterEach(async () => {
  await close()
  close = async () => {}
})

async function listen(options: Partial<AppOptions>, more: Partial<ServerCoreOptions> = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-rates-'))
  const core = createServerCore({
    storage: openSqliteStorage(join(folder, 'chartkeep.sqlite')),
    signingKey: generateSigningKeyPair(),
    clock: machineClock(Date.now),
    audience: 'http://localhost:8787',
    randomBytes,
    ...more,
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

test('S8: an account has one limit over all its sessions and connections, and the answer says when to continue', async () => {
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
  // Another account of the same address continues.
  const other = await connectDevice(address, await createAccount())
  expect((await other.ask('GET', '/v1/vaults')).status).toBe(200)
})

test('S8, H9: a network address has one limit over all that comes without a session; a monitor is not counted, and neither is who signed in', async () => {
  const address = await listen({ rates: { addressRequestsPerMinute: 40 } })
  const device = await connectDevice(address, await createAccount())
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      askAlone(address, 'GET', '/v1/server', { authorization: `Bearer made-up-${index}` }),
    ),
  )
  // Three requests went before: registration, challenge, session.
  expect(statuses(answers)).toEqual({ 200: 37, 429: 23 })
  for (let i = 0; i < 50; i++) expect((await device.ask('GET', '/v1/vaults')).status).toBe(200)
  expect((await askAlone(address, 'GET', '/nowhere')).status).toBe(429)
  for (let i = 0; i < 50; i++) expect((await askAlone(address, 'GET', '/healthz')).status).toBe(200)
})

test('S8: registrations are limited by the hour, the other posts continue', async () => {
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

test('S8, H9: live connections that say nothing are limited by address, and the one that is silent for longest gives way', async () => {
  const address = await listen({ socketsPerAddress: 3 })
  const device = await connectDevice(address, await createAccount())
  const hello = encodeMessage({ type: 'hello', token: device.token })
  const open = await Promise.all(Array.from({ length: 3 }, () => openSocket(address, null)))
  const fourth = await openSocket(address, hello)
  expect(await open[0]!.closed).toBe(4429)
  await fourth.until('ready')
  // What has signed in is counted by account and device.
  for (let at = 0; at < 4; at++) await (await openSocket(address, hello)).until('ready')
  for (const socket of open.slice(1)) socket.close()
  expect(await Promise.all(open.slice(1).map(({ closed }) => closed))).not.toContain(4429)
})

test('S8, K8, H9: the live connections and the pairing places of one IPv6 network are counted together', async () => {
  const address = await listen({ socketsPerAddress: 2, trustedProxies: ['loopback'] })
  const from = (network: number, host: number) => ({ 'x-forwarded-for': `2001:db8:0:${network}::${host}` })
  const [neighbour, one, two, third] = [
    await openSocket(address, null, from(2, 1)),
    await openSocket(address, null, from(1, 1)),
    await openSocket(address, null, from(1, 2)),
    await openSocket(address, null, from(1, 3)),
  ]
  expect(await one.closed).toBe(4429)
  for (const socket of [two, neighbour, third]) socket.close()
  expect(await Promise.all([two, neighbour, third].map(({ closed }) => closed))).not.toContain(4429)

  const open = async (network: number, host: number) => {
    const body = encodeMessage({ place: randomBytes(16) }) as Uint8Array<ArrayBuffer>
    const headers = { 'content-type': MEDIA_TYPE, ...from(network, host) }
    return { status: (await fetch(`${address}/v1/pairing/open`, { method: 'POST', headers, body })).status }
  }
  const asked = await Promise.all(Array.from({ length: 40 }, (_, host) => open(1, host + 1)))
  expect(statuses(asked)).toEqual({ 200: 8, 429: 32 })
  expect(await open(2, 1)).toEqual({ status: 200 })
})

/** One sign-in; `forged`: with a signature by nobody. */
async function signInOver(address: string, account: TestAccount, forged = false): Promise<number> {
  const post = (path: string, body: object) =>
    fetch(`${address}${path}`, {
      method: 'POST',
      headers: { 'content-type': MEDIA_TYPE },
      body: encodeMessage(body) as BodyInit,
    })
  const challenge = await readMessage(await post('/v1/challenge', {}), Challenge)
  const { id: device, signing } = account.device
  const signature = forged ? randomBytes(64) : await sign(signing, signInMessage(challenge, account.id, device))
  const answer = await post('/v1/session', { account: account.id, device, nonce: challenge.nonce, signature })
  await answer.arrayBuffer()
  return answer.status
}

test('H9: sign-ins that succeed are not counted, however many come at once; a stranger behind the same address who guesses is stopped at 60', async () => {
  const address = await listen({ rates: { signInsPerMinute: 60 } })
  const account = await createAccount()
  await connectDevice(address, account)
  const [stranger, other] = [await createAccount(), await createAccount()]
  const guess = (of: TestAccount) => Array.from({ length: 80 }, () => signInOver(address, of, true))
  const enter = () => Array.from({ length: 100 }, () => signInOver(address, account))
  const [unknown, guessed, entered] = await Promise.all([
    Promise.all(guess(stranger)),
    Promise.all(guess(other)),
    Promise.all(enter()),
  ])
  const count = (answers: number[], status: number) => answers.filter((each) => each === status).length
  expect(count([...unknown, ...guessed], 401)).toBe(60)
  expect(count([...unknown, ...guessed], 429)).toBe(100)
  expect(count(entered, 200)).toBe(100)
  // Who guesses at a device that is there stops that one device at this address, and nobody else.
  const known = await Promise.all(guess(account))
  expect([count(known, 401), count(known, 429)]).toEqual([60, 20])
  const third = await createAccount()
  await connectDevice(address, third)
  expect(await signInOver(address, third)).toBe(200)
})

test('H9: a recovery that fails is counted, and one that finds its account is not', async () => {
  const address = await listen({ rates: { signInsPerMinute: 3 } })
  const lookup = randomBytes(16)
  await connectDevice(address, await createAccount(lookup))
  const ask = async (asked: Uint8Array) => {
    const body = encodeMessage({ lookup: asked }) as BodyInit
    return (await fetch(`${address}/v1/recovery`, { method: 'POST', headers: { 'content-type': MEDIA_TYPE }, body }))
      .status
  }
  const answers: number[] = []
  for (const each of [
    lookup,
    lookup,
    lookup,
    lookup,
    randomBytes(16),
    randomBytes(16),
    randomBytes(16),
    randomBytes(16),
  ])
    answers.push(await ask(each))
  expect(answers).toEqual([200, 200, 200, 200, 404, 404, 404, 429])
})

test('H9: a network that the operator names has larger limits', async () => {
  const networks = [{ network: '203.0.113.0/24', name: 'hospital', factor: 3 }]
  const address = await listen({ rates: { addressRequestsPerMinute: 10 }, trustedProxies: ['loopback'] }, { networks })
  const ask = (from: string) => askAlone(address, 'GET', '/v1/server', { 'x-forwarded-for': from })
  const count = async (from: string) => statuses(await Promise.all(Array.from({ length: 40 }, () => ask(from))))
  expect(await count('203.0.113.9')).toEqual({ 200: 30, 429: 10 })
  expect(await count('203.0.112.9')).toEqual({ 200: 10, 429: 30 })
})

test('H9, C12: of a practice each device has a limit of its own, of a person the account', () => {
  const { core, close: end } = createServerWorld()
  const limits = limitRates(Fastify(), core, { ...DEFAULT_RATES, devicesPerMinute: 2, requestsPerMinute: 3 })
  const [account, one, two] = [randomBytes(16), randomBytes(16), randomBytes(16)]
  const asked = (device: Uint8Array, roles: ServerSession['roles']) =>
    limits.takeSigned({ account, device, roles } as ServerSession) === 0
  expect([one, one, one, two, two, two].map((device) => asked(device, ['nurse']))).toEqual([
    true,
    true,
    false,
    true,
    true,
    false,
  ])
  expect([one, two, one, two].map((device) => asked(device, null))).toEqual([true, true, true, false])
  return end()
})

test('H9: registrations of all networks have a limit, and over it each network still has its share', () => {
  const { core, close: end } = createServerWorld()
  const rates = { ...DEFAULT_RATES, registrationsPerHour: 100, serverRegistrationsPerHour: 40 }
  const limits = limitRates(Fastify(), core, rates)
  const count = (address: string, times: number, isExpected = false) => {
    const from = Array.from({ length: times }, () => limits.comingFrom(address).countRegistration(isExpected))
    return from.filter((wait) => wait === 0).length
  }
  expect(count('203.0.113.7', 60)).toBe(40)
  expect(count('203.0.113.8', 10)).toBe(5)
  expect(count('203.0.113.7', 1)).toBe(0)
  // H9: those who come by a ticket are counted apart, with the same limits.
  expect(count('203.0.113.7', 60, true)).toBe(40)
  return end()
})

test('S8: a counter has room again once its window has ended, and says when; each key has its own', () => {
  let now = 5000
  const { take } = createRateCounter(2, 60_000, () => now)
  expect([take('a'), take('a'), take('a'), take('b')]).toEqual([0, 0, 60, 0])
  now += 59_500
  expect(take('a')).toBe(1)
  now += 500
  expect([take('a'), take('a'), take('a')]).toEqual([0, 0, 60])
})
