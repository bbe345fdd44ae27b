/** The places where two devices meet to pair, at the server (K8): bounded, short-lived, write once, nothing legible, nothing kept. */
import { randomBytes } from '@chartkeep/crypto'
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import { MEDIA_TYPE } from '@chartkeep/protocol/messages'
import { PAIRING_MS, PairingMail, PairingOpened } from '@chartkeep/protocol/pairing'
import { MAX_PAIRING_BYTES } from '@chartkeep/protocol/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../../support/listening-server.ts'
import {
  accepted,
  createServerWorld,
  errorOf,
  newMember,
  signIn,
  type ServerWorld,
} from '../../support/server-world.ts'

let world: ServerWorld
beforeAll(() => {
  world = createServerWorld()
})
afterAll(() => world.close())

let addresses = 0
const newAddress = () => `10.0.${addresses >> 8}.${addresses++ & 255}`

function openPlace() {
  const place = randomBytes(16)
  return { place, ...accepted(world.core.pairing.open(newAddress(), { place })) }
}

test('K8: a place carries the answer of a signed-in device, the reveal and the end, and gives nothing else', async () => {
  const { pairing } = world.core
  const { session } = await newMember(world.core)
  const { place, token, time, expires } = openPlace()
  expect(expires - time).toBe(PAIRING_MS)
  expect(pairing.read({ place })).toEqual({ answer: null, reveal: null, end: null })
  const [answer, reveal, end] = [randomBytes(300), randomBytes(200), randomBytes(100)]
  accepted(pairing.answer(session, { place, sealed: answer }))
  accepted(pairing.write({ place, token, kind: 'reveal', sealed: reveal }))
  accepted(pairing.write({ place, token, kind: 'end', sealed: end }))
  expect(pairing.read({ place })).toEqual({ answer, reveal, end })
})

test('K8: of two devices that answer one code the second is refused, and a lost answer may be sent again', async () => {
  const [first, second] = [await newMember(world.core), await newMember(world.core)]
  const { place } = openPlace()
  const sealed = randomBytes(200)
  accepted(world.core.pairing.answer(first.session, { place, sealed }))
  accepted(world.core.pairing.answer(first.session, { place, sealed }))
  expect(errorOf(world.core.pairing.answer(second.session, { place, sealed: randomBytes(200) }))).toBe('taken')
  expect(errorOf(world.core.pairing.answer(first.session, { place, sealed: randomBytes(200) }))).toBe('taken')
  expect(accepted(world.core.pairing.read({ place })).answer).toEqual(sealed)
})

test('K8: only who opened the place writes its reveal, once', async () => {
  const { place, token } = openPlace()
  const sealed = randomBytes(100)
  const write = (by: Uint8Array, bytes: Uint8Array) =>
    errorOf(world.core.pairing.write({ place, token: by, kind: 'reveal', sealed: bytes }))
  expect(write(randomBytes(32), sealed)).toBe('not-found')
  expect(write(token, sealed)).toBeNull()
  expect(write(token, sealed)).toBeNull()
  expect(write(token, randomBytes(100))).toBe('taken')
})

test('K8: after ten minutes a place is gone, for every request', async () => {
  const { session } = await newMember(world.core)
  const { place, token } = openPlace()
  world.time.jump(PAIRING_MS - 1)
  accepted(world.core.pairing.read({ place }))
  world.time.jump(1)
  const { pairing } = world.core
  const sealed = randomBytes(10)
  for (const refused of [
    pairing.read({ place }),
    pairing.answer(session, { place, sealed }),
    pairing.write({ place, token, kind: 'end', sealed }),
    pairing.close(null, { place, token }),
  ])
    expect(errorOf(refused)).toBe('not-found')
  expect(errorOf(pairing.open(newAddress(), { place }))).toBeNull()
})

test('K8: who opened it and who answered may close it, nobody else; then it holds nothing and is not opened again', async () => {
  const { pairing } = world.core
  const [owner, stranger] = [await newMember(world.core), await newMember(world.core)]
  for (const closer of ['new', 'old']) {
    const { place, token } = openPlace()
    accepted(pairing.answer(owner.session, { place, sealed: randomBytes(50) }))
    expect(errorOf(pairing.close(stranger.session, { place, token: null }))).toBe('not-found')
    expect(errorOf(pairing.close(null, { place, token: null }))).toBe('not-found')
    expect(errorOf(pairing.close(null, { place, token: randomBytes(32) }))).toBe('not-found')
    accepted(
      closer === 'new' ? pairing.close(null, { place, token }) : pairing.close(owner.session, { place, token: null }),
    )
    expect(errorOf(pairing.read({ place }))).toBe('not-found')
    expect(errorOf(pairing.open(newAddress(), { place }))).toBe('taken')
  }
})

test('K8: the recovery device answers no code, and a session that ended neither', async () => {
  const { account, session } = await newMember(world.core)
  const onPaper = await signIn(world.core, account, account.recovery)
  const { place } = openPlace()
  expect(errorOf(world.core.pairing.answer(onPaper, { place, sealed: randomBytes(9) }))).toBe('not-found')
  const ended = { ...session, ended: true }
  expect(errorOf(world.core.pairing.answer(ended, { place, sealed: randomBytes(9) }))).toBe('unauthenticated')
})

test('K8, H9: one network holds at most 8 places, 48 bits of IPv6 64, and an end or time makes room again', () => {
  const crowd = createServerWorld()
  const { pairing } = crowd.core
  const open = (address: string) => errorOf(pairing.open(address, { place: randomBytes(16) }))
  const place = randomBytes(16)
  const { token } = accepted(pairing.open('203.0.113.7', { place }))
  for (let i = 1; i < 8; i++) expect(open('203.0.113.7')).toBeNull()
  expect(open('203.0.113.7')).toBe('rate-limited')
  accepted(pairing.close(null, { place, token }))
  expect([open('203.0.113.7'), open('203.0.113.7')]).toEqual([null, 'rate-limited'])
  for (let i = 0; i < 64; i++) expect(open(`2001:db8:1:${i >> 3}::${i}`)).toBeNull()
  expect([open('2001:db8:1:99::1'), open('2001:db8:2:99::1')]).toEqual(['rate-limited', null])
  crowd.time.jump(PAIRING_MS)
  expect([open('203.0.113.7'), open('2001:db8:1:99::1')]).toEqual([null, null])
  return crowd.close()
})

test('K8, H9: a flood of pairings locks nobody out, and takes no place where two have met', async () => {
  const crowd = createServerWorld()
  const { pairing } = crowd.core
  const { session } = await newMember(crowd.core)
  const [met, alone] = [randomBytes(16), randomBytes(16)]
  // Behind the address that has the most, and the oldest of all.
  for (const place of [met, alone]) accepted(pairing.open('203.0.113.7', { place }))
  accepted(pairing.answer(session, { place: met, sealed: randomBytes(50) }))
  for (let i = 0; i < 6; i++) accepted(pairing.open('203.0.113.7', { place: randomBytes(16) }))
  const honest = randomBytes(16)
  accepted(pairing.open('192.0.2.1', { place: honest }))
  for (let i = 0; i < 16_384; i++)
    accepted(pairing.open(`10.${i >> 15}.${(i >> 7) & 255}.${(i >> 1) & 63}`, { place: randomBytes(16) }))
  expect([met, honest].map((place) => errorOf(pairing.read({ place })))).toEqual([null, null])
  expect(errorOf(pairing.read({ place: alone }))).toBe('not-found')
  expect(errorOf(pairing.open('192.0.2.2', { place: randomBytes(16) }))).toBeNull()
  return crowd.close()
})

test('K8, H9: one account answers at most 64 places at a time, so that no member holds them all', async () => {
  const crowd = createServerWorld()
  const { pairing } = crowd.core
  const { session } = await newMember(crowd.core)
  const other = await newMember(crowd.core)
  const answer = (place: Uint8Array, by = session) => errorOf(pairing.answer(by, { place, sealed: randomBytes(9) }))
  const opened = Array.from({ length: 66 }, (_, at) => {
    const place = randomBytes(16)
    return { place, token: accepted(pairing.open(`192.0.2.${at >> 3}`, { place })).token }
  })
  expect(opened.slice(0, 64).map(({ place }) => answer(place))).toEqual(Array(64).fill(null))
  expect(answer(opened[64]!.place)).toBe('rate-limited')
  expect(answer(opened[64]!.place, other.session)).toBeNull()
  accepted(pairing.close(null, opened[0]!))
  expect(answer(opened[65]!.place)).toBeNull()
  return crowd.close()
})

test('K8, H3, S8: over http a place is opened and read without a session; what is too large, malformed or unsigned is refused', async () => {
  const server = await startServer()
  const post = (what: string, body: object) =>
    fetch(`${server.address}/v1/pairing/${what}`, {
      method: 'POST',
      headers: { 'content-type': MEDIA_TYPE },
      body: encodeMessage(body) as BodyInit,
    })
  const read = async (response: Response) => new Uint8Array(await response.arrayBuffer())
  const place = randomBytes(16)
  const opened = decodeAs(PairingOpened, await read(await post('open', { place })))!
  expect(decodeAs(PairingMail, await read(await post('read', { place })))).toEqual({
    answer: null,
    reveal: null,
    end: null,
  })
  expect((await post('answer', { place, sealed: randomBytes(9) })).status).toBe(401)
  const large = { place, token: opened.token, kind: 'reveal', sealed: new Uint8Array(MAX_PAIRING_BYTES + 1) }
  // Longer than any message of its shape: refused before it is read (H6).
  expect((await post('write', large)).status).toBe(413)
  expect((await post('open', { place: randomBytes(15) })).status).toBe(400)
  expect((await post('read', { place: randomBytes(16) })).status).toBe(404)
  expect((await post('close', { place, token: opened.token })).status).toBe(200)
  expect((await post('read', { place })).status).toBe(404)
  // A limit of its own, not the one of 6,000 for all: eight posts went before, and 600 may.
  let refused: Response | null = null
  for (let asked = 8; asked <= 600; asked++) refused = await post('close', { place, token: opened.token })
  expect(refused!.status).toBe(429)
  expect(Number(refused!.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await fetch(`${server.address}/v1/server`)).status).toBe(200)
  await server.close()
})
