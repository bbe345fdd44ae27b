/** Sessions and challenges without a list (H10): two cores over one database stand for two processes. */
import { generateSigningKeyPair, randomBytes, type SigningKeyPair } from '@chartkeep/crypto'
import { concatBytes } from '@chartkeep/crypto/encoding'
import { base64UrlToBytes, bytesToBase64Url, macToken, utf8ToBytes } from '@chartkeep/crypto/server'
import { CHALLENGE_MS, DAY_MS, encodeMessage, SESSION_MS } from '@chartkeep/protocol'
import type { LiveMessage } from '@chartkeep/protocol/messages'
import { createApp, createServerCore, type ServerCore, type Storage } from '@chartkeep/sync-server/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addDevice, createDevice, removeDevice } from '../../support/author.ts'
import {
  createMemoryServerDisk,
  memoryServerStorage,
  type MemoryServerDisk,
} from '../../support/memory-server-storage.ts'
import {
  accepted,
  answerChallenge,
  AUDIENCE,
  errorOf,
  newMember,
  newVault,
  pull,
  signIn,
} from '../../support/server-world.ts'

const key = generateSigningKeyPair()
let disk: MemoryServerDisk
let storage: Storage
let now: number
let one: ServerCore
let two: ServerCore

/** `ahead`: by how many milliseconds its machine's clock is wrong. */
function newCore(signingKey: SigningKeyPair = key, ahead = 0): ServerCore {
  return createServerCore({
    storage,
    signingKey,
    clock: { now: () => now + ahead, steady: () => now },
    timers: { after: () => () => {} },
    audience: AUDIENCE,
    randomBytes,
  })
}

beforeEach(() => {
  now = Date.UTC(2027, 0, 1)
  disk = createMemoryServerDisk()
  storage = memoryServerStorage(disk)
  one = newCore()
  two = newCore()
})
afterEach(async () => {
  one.endConnections()
  await two.close()
})

test('H10: a token holds at every process that has the key, and a restart signs nobody out', async () => {
  const { account, session } = await newMember(one)
  const vault = await newVault(one, { account, session })
  const elsewhere = (await two.session(session.token))!
  expect(elsewhere).toMatchObject({ account: account.id, device: account.device.id, kind: 'device', ended: false })
  expect((await pull(two, elsewhere, vault, vault.streams[0]!)).head.n).toBe(0)
  expect(await newCore().session(session.token)).not.toBeNull()
  now += SESSION_MS - 1
  expect(await two.session(session.token)).not.toBeNull()
  now += 1
  expect(elsewhere.ended).toBe(true)
  expect([await one.session(session.token), await two.session(session.token)]).toEqual([null, null])
})

test('H10, H8: a token that a wrong clock gave for years ends when the clock is set right', async () => {
  const wrong = newCore(key, 3 * 365 * DAY_MS)
  const { session } = await newMember(wrong)
  expect(await wrong.session(session.token)).not.toBeNull()
  expect(await one.session(session.token)).toBeNull()
})

test('H10, K5: a device that was removed at one process is out at the other from the next request on', async () => {
  const { account, session } = await newMember(one)
  const vault = await newVault(one, { account, session })
  const phone = createDevice()
  accepted(await one.postAccount(session, account.id, { entry: await addDevice(account, phone) }))
  const asPhone = await signIn(two, account, phone)
  expect((await pull(two, asPhone, vault, vault.streams[0]!)).head.n).toBe(0)
  accepted(await one.postAccount(session, account.id, { entry: await removeDevice(account, phone.id) }))
  expect(asPhone.ended).toBe(true)
  const asked = await two.pull(asPhone, vault.id, {
    streams: [{ stream: vault.streams[0]!, after: 0 }],
    budget: 1 << 20,
  })
  expect(errorOf(asked)).toBe('unauthenticated')
  expect(await two.session(asPhone.token)).toBeNull()
  expect(await two.session(session.token)).not.toBeNull()
})

/** What this server has signed, read as this version reads it, changed and coded again. */
function forged(token: string, change: (body: Uint8Array) => Uint8Array, mark = ''): string {
  const body = change(base64UrlToBytes(token)!.slice(0, -32))
  return bytesToBase64Url(concatBytes(body, macToken(key.seed, 'session-token', body, utf8ToBytes(mark))))
}

test('H10: a token of another server, of an older key, of a version to come, changed, cut short or too long is unauthenticated', async () => {
  const { account, session } = await newMember(one)
  const { token } = session
  expect(forged(token, (body) => body)).toBe(token)
  const bytes = base64UrlToBytes(token)!
  const elsewhere = newCore(generateSigningKeyPair())
  const wrong = [
    (await signIn(elsewhere, account)).token,
    forged(token, (body) => Uint8Array.from(body, (byte, at) => (at === body.length - 1 ? 2 : byte))),
    forged(token, (body) => concatBytes(body, new Uint8Array(1))),
    forged(token, (body) =>
      concatBytes(Uint8Array.of(body[0]! + 1), body.subarray(1), encodeMessage('w'), encodeMessage(0)),
    ),
    forged(token, (body) => body, '1'),
    ...Array.from(bytes, (_, at) => bytesToBase64Url(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)))),
    ...Array.from({ length: token.length }, (_, length) => token.slice(0, length)),
    `${token}A`,
    `${token}=`,
    'A'.repeat(1 << 20),
    `${token}${'A'.repeat(1 << 20)}`,
    '\u{1F600}',
  ]
  for (const each of wrong) expect(await one.session(each), each.slice(0, 200)).toBeNull()
  const app = await createApp({ core: one, appFolder: null, demo: false, logLevel: 'silent' })
  const ask = (sent: string) =>
    app.inject({ method: 'GET', url: '/v1/vaults', headers: { authorization: `Bearer ${sent}` } })
  expect((await ask(token)).statusCode).toBe(200)
  for (const each of wrong.filter((_, at) => at % 16 === 0 || at < 6)) {
    const answer = await ask(each)
    expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([401, 'unauthenticated'])
  }
  await app.close()
})

test('H10: who signs everybody out ends each token and each live connection, and devices come in again', async () => {
  const { account, session } = await newMember(one)
  const heard: (LiveMessage['type'] | string)[] = []
  const peer = { send: ({ type }: LiveMessage) => void heard.push(type), close: (why: string) => void heard.push(why) }
  accepted(await one.connect(session.token, peer))
  await storage.write((tx) => tx.setMark('tokens-since', String(now)))
  expect([session.ended, await one.session(session.token), await two.session(session.token)]).toEqual([
    true,
    null,
    null,
  ])
  const again = await signIn(two, account)
  accepted(await two.postAccount(again, account.id, { entry: await addDevice(account, createDevice()) }))
  accepted(await one.postAccount(again, account.id, { entry: await addDevice(account, createDevice()) }))
  expect(heard).toEqual(['ready', 'unauthenticated'])
})

test('H10: a challenge of one process is answered at another, once over both, also at the same moment', async () => {
  const { account } = await newMember(one)
  const answer = await answerChallenge(one.challenge(), account.id, account.device)
  accepted(await two.signIn(answer))
  expect([errorOf(await one.signIn(answer)), errorOf(await two.signIn(answer))]).toEqual([
    'unauthenticated',
    'unauthenticated',
  ])
  const second = await answerChallenge(two.challenge(), account.id, account.device)
  const both = await Promise.all([one, two, one, two].map((core) => core.signIn(second)))
  expect(both.map(errorOf).toSorted()).toEqual([null, 'unauthenticated', 'unauthenticated', 'unauthenticated'])
  // Nobody has remembered it when its minute has ended, and nobody needs to.
  now += CHALLENGE_MS + 1
  expect(errorOf(await newCore().signIn(second))).toBe('unauthenticated')
})

test('H10: a nonce of another server, one that is changed anywhere, and one from a time to come are refused', async () => {
  const { account } = await newMember(one)
  const challenge = one.challenge()
  const refused = async (nonce: Uint8Array, time = challenge.time) =>
    errorOf(await one.signIn(await answerChallenge({ ...challenge, nonce, time }, account.id, account.device)))
  for (let at = 0; at < 32; at++)
    expect(await refused(challenge.nonce.map((byte, i) => (i === at ? byte ^ 1 : byte)))).toBe('unauthenticated')
  const other = newCore(generateSigningKeyPair()).challenge()
  expect(await refused(other.nonce, other.time)).toBe('unauthenticated')
  const early = newCore(key, CHALLENGE_MS + 1).challenge()
  expect(await refused(early.nonce, early.time)).toBe('unauthenticated')
  expect(await refused(challenge.nonce)).toBeNull()
})

test('H10, H7: where the disk takes nothing a device still signs in, once for each challenge', async () => {
  const { account } = await newMember(one)
  const answer = await answerChallenge(one.challenge(), account.id, account.device)
  disk.refuseWith = new Error('no space left on device')
  const both = await Promise.all([one.signIn(answer), one.signIn(answer)])
  expect(both.map(errorOf).toSorted()).toEqual([null, 'unauthenticated'])
  disk.refuseWith = null
  expect(errorOf(await one.signIn(answer))).toBe('unauthenticated')
})
