/**
 * Answers that are none, byte by byte, to the whole session as the app uses it: lengths that nothing could hold, second encodings, fields that
 * would choose an algorithm, bodies without an end. The person reads one plain problem, what they saved waits, and the truth continues.
 */
import { concatBytes, hexToBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { Challenge } from '@chartkeep/protocol/account'
import { PullAnswer, ServerInfo } from '@chartkeep/protocol/messages'
import type { Chart, Session } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBentWorld, type DeviceWorld, openFirst, PASSPHRASE, until } from '../support/device-world.ts'
import { bendMessage, type Bend, type HostileProxy } from '../support/hostile-proxy.ts'
import type { NodeDevice } from '../support/node-device.ts'

const CANARY = 'canary-Rw9kP3nXe5'

let world: DeviceWorld
let proxy: HostileProxy
let device: NodeDevice
let session: Session
let chart: Chart

beforeAll(async () => {
  const bent = await createBentWorld()
  world = bent
  proxy = bent.proxy
  ;({ session, device } = await world.account('Mei'))
  chart = await openFirst(session)
  await tellsTheTruth()
})
afterAll(() => world.close())

async function tellsTheTruth(): Promise<void> {
  proxy.bend = null
  await session.syncNow()
  await until(session.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0)
}

const saved: string[] = []
const texts = async () => (await firstValueFrom(chart.list$('allergies'))).map(({ resource }) => resource).toSorted()

/** A sync under the lie, with a record that waits; nothing is lost, nothing readable leaves, and it ends. */
async function isNoAnswer(bend: Bend, problem = { key: 'refused', code: 'server-error' }): Promise<void> {
  const resource = `{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"code":{"text":"${CANARY} ${saved.length}"}}`
  proxy.bend = bend
  // A pass may be under way that has heard the truth so far; the next is lied to from its beginning.
  await session.syncNow()
  expect((await chart.save({ collection: 'allergies', resource })).type).toBe('saved')
  saved.push(resource)
  await session.syncNow()
  const status = await until(session.sync$, ({ state }) => state === 'problem')
  proxy.detected(`${status.problem!.key}, ${status.problem!.code}`)
  expect(status.problem).toEqual(problem)
  expect(status.waiting).toBeGreaterThan(0)
  expect(await texts()).toEqual(saved.toSorted())
  const needle = Buffer.from(utf8ToBytes(CANARY))
  expect(proxy.sent.some((bytes) => Buffer.from(bytes).includes(needle))).toBe(false)
  await tellsTheTruth()
}

const toPull =
  (bytes: (honest: Uint8Array) => Uint8Array): Bend =>
  (path, honest) =>
    path.endsWith('/pull') ? bytes(honest) : null

/** `{streams: []}` with the length of its key written in two bytes. */
const LONG_FORM = concatBytes(hexToBytes('a17807')!, utf8ToBytes('streams'), hexToBytes('80')!)

test.each<[string, (honest: Uint8Array) => Uint8Array]>([
  ['a byte string of 2^64 - 1 bytes', () => hexToBytes('5bffffffffffffffff')!],
  ['a text of 2^32 - 1 bytes', () => hexToBytes('7affffffff')!],
  ['a list of 2^53 - 1 values', () => hexToBytes('9b001fffffffffffff')!],
  ['a map of 2^64 - 1 keys', () => hexToBytes('bbffffffffffffffff')!],
  ['a list without an end', () => hexToBytes('9f00ff')!],
  ['a list in a list, 200,000 deep', () => new Uint8Array(200_000).fill(0x81)],
  ['written in a second form', () => LONG_FORM],
  ['followed by one more byte', (honest) => concatBytes(honest, Uint8Array.of(0))],
  ['one byte short', (honest) => honest.slice(0, -1)],
  ['empty', () => new Uint8Array()],
  ['JSON', () => utf8ToBytes('{"streams":[]}')],
  ['of 64 MiB', () => new Uint8Array(64 * 1024 * 1024)],
])('K1, S8: an answer that is %s is none', (_, bytes) => isNoAnswer(toPull(bytes)))

test.each<[string, Bend]>([
  ['a function for keys', bendMessage('/v1/server', ServerInfo, (info) => ({ ...info, kdf: { type: 'none' } }))],
  ['a suite', bendMessage('/pull', PullAnswer, (answer) => ({ ...answer, suite: 0 }))],
  ['a version', bendMessage('/pull', PullAnswer, (answer) => ({ ...answer, v: 0 }))],
])('K10: an answer that names %s is none', (_, bend) => isNoAnswer(bend))

test('K10: a sign-in that names an algorithm is not answered', async () => {
  const challenge = bendMessage('/v1/challenge', Challenge, (honest) => ({ ...honest, algorithm: 'none' }))
  const signedIn = () => proxy.requests.filter((request) => request.endsWith('/v1/session')).length
  await session.lock()
  // Before it is open: it syncs by itself, and a session that has signed in asks for no challenge.
  const before = signedIn()
  proxy.bend = challenge
  session = world.unlocked(await device.accountManager.unlock(session.slot, PASSPHRASE))
  chart = await openFirst(session)
  await session.syncNow()
  const status = await until(session.sync$, ({ state }) => state === 'problem')
  proxy.detected(`${status.problem!.key}, ${status.problem!.code}`)
  expect(status.problem).toEqual({ key: 'refused', code: 'server-error' })
  expect(signedIn()).toBe(before)
  await tellsTheTruth()
  expect(await texts()).toEqual(saved.toSorted())
})
