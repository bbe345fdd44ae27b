/** Live hints (S7) and the ends that the server brings about by itself (C6), with a clock moved by hand. */
import { generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import { APPEND, decodeAs, idText, READ, SESSION_MS } from '@chartkeep/protocol'
import { PullAnswer, type LiveMessage } from '@chartkeep/protocol/messages'
import { createServerCore } from '@chartkeep/sync-server/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addCut,
  addDevice,
  addDeviceCut,
  addEpochs,
  addGrant,
  createDevice,
  createWriter,
  removeDevice,
  sealDrafts,
  type TestVault,
} from '../../support/author.ts'
import type { Device } from '../../support/protocol-people.ts'
import { addMember, createPractice } from '../../support/protocol-practice.ts'
import {
  accepted,
  answerChallenge,
  createServerWorld,
  errorOf,
  listen,
  newMember,
  newVault,
  postNewest,
  pull,
  push,
  settle,
  signIn,
  type ServerWorld,
} from '../../support/server-world.ts'

let world: ServerWorld
beforeAll(() => {
  world = createServerWorld()
})
afterAll(() => world.close())

const minute = 60_000

async function sharedVault(notAfter: number, notBefore = 0) {
  const owner = await newMember(world.core)
  const grantee = await newMember(world.core)
  const vault = await newVault(world.core, owner)
  const [labs, meds] = vault.streams
  const grant = await addGrant(vault, grantee.account, {
    streams: [{ stream: labs!, rights: READ | APPEND }],
    notAfter,
    notBefore,
  })
  const post = async (of: TestVault = vault) => await postNewest(world.core, owner.session, of)
  await post()
  return { owner, grantee, vault, labs: labs!, meds: meds!, grant, post }
}

test('S7: a push is announced to those who may read the stream, as a hint without data, and to nobody else', async () => {
  const { owner, grantee, vault, labs, meds } = await sharedVault(world.time.now() + minute)
  const stranger = await newMember(world.core)
  const [asOwner, asGrantee, asStranger] = await Promise.all(
    [owner, grantee, stranger].map(({ session }) => listen(world.core, session.token)),
  )
  await push(world.core, owner.session, vault, await sealDrafts(createWriter(vault, owner.account, meds), [{}]))
  await push(world.core, owner.session, vault, await sealDrafts(createWriter(vault, owner.account, labs), [{}, {}]))
  expect(asOwner!.seen()).toEqual(['ready', `head ${idText(meds)}`, `head ${idText(labs)}`])
  expect(asGrantee!.messages.slice(1)).toEqual([{ type: 'head', vault: vault.id, stream: labs, n: 2 }])
  expect(asStranger!.seen()).toEqual(['ready'])
})

/** A connection that follows: what it was brought, and its hints. */
async function follow(token: string, isBehind = () => false) {
  const brought: PullAnswer[] = []
  const hints: string[] = []
  const peer = {
    send: ({ type, stream }: LiveMessage) => void (stream !== null && hints.push(`${type} ${idText(stream)}`)),
    bring: (_vault: Uint8Array, answer: Uint8Array) => void brought.push(decodeAs(PullAnswer, answer)!),
    isBehind,
    close: () => {},
  }
  accepted(await world.core.connect(token, peer, '192.0.2.9'))
  const numbers = () => brought.flatMap(({ streams }) => streams.map(({ entries }) => entries.map(({ n }) => n)))
  return { brought, hints, numbers }
}

test('S7, C6: who follows is brought the streams that it may read and no other; what is large, or comes while it is slow, stays a hint', async () => {
  const { owner, grantee, vault, labs, meds } = await sharedVault(world.time.now() + minute)
  let slow = false
  const asGrantee = await follow(grantee.session.token, () => slow)
  const onLabs = createWriter(vault, owner.account, labs)
  await push(world.core, owner.session, vault, await sealDrafts(createWriter(vault, owner.account, meds), [{}]))
  await settle()
  expect([asGrantee.numbers(), asGrantee.hints]).toEqual([[], []])
  await push(world.core, owner.session, vault, await sealDrafts(onLabs, [{}, {}]))
  await settle()
  expect(asGrantee.numbers()).toEqual([[1, 2]])
  const { streams } = asGrantee.brought[0]!
  expect(streams[0]).toEqual(await pull(world.core, grantee.session, vault, labs))
  slow = true
  await push(world.core, owner.session, vault, await sealDrafts(onLabs, [{}]))
  slow = false
  await push(world.core, owner.session, vault, await sealDrafts(onLabs, [{ bytes: randomBytes(20_000) }]))
  await settle()
  expect(asGrantee.numbers()).toEqual([[1, 2]])
  expect(asGrantee.hints).toEqual([`head ${idText(labs)}`, `head ${idText(labs)}`])
})

test('S7, C6: nothing is brought after the end of a grant, nor by a push that brings nothing new', async () => {
  const { owner, grantee, vault, labs } = await sharedVault(world.time.now() + minute)
  const asGrantee = await follow(grantee.session.token)
  const writer = createWriter(vault, owner.account, labs)
  const first = await sealDrafts(writer, [{}])
  const second = await sealDrafts(writer, [{}])
  await push(world.core, owner.session, vault, first)
  await settle()
  // Sent again with something new behind it: what it is brought begins where the push does, and a device reads what it has not got.
  await push(world.core, owner.session, vault, [...first, ...second])
  await settle()
  expect(asGrantee.numbers()).toEqual([[1], [1, 2]])
  await world.time.advance(2 * minute)
  await push(world.core, owner.session, vault, await sealDrafts(writer, [{}]))
  await settle()
  expect(asGrantee.numbers()).toHaveLength(2)
})

test('S7: entries of the control log and of the own account log are announced', async () => {
  const { owner, grantee, vault, post } = await sharedVault(world.time.now() + minute)
  const asOwner = await listen(world.core, owner.session.token)
  const asGrantee = await listen(world.core, grantee.session.token)
  const third = await newMember(world.core)
  const asThird = await listen(world.core, third.session.token)
  await addGrant(vault, third.account, {
    streams: [{ stream: vault.streams[0]!, rights: READ }],
    notAfter: world.time.now() + minute,
  })
  await post()
  const hint = { type: 'head', vault: vault.id, stream: null, n: 3 }
  for (const { messages } of [asOwner, asGrantee, asThird]) expect(messages.slice(1)).toEqual([hint])
  accepted(
    await world.core.postAccount(owner.session, owner.account.id, {
      entry: await addDevice(owner.account, createDevice()),
    }),
  )
  expect(asOwner.messages.at(-1)).toEqual({ type: 'account', vault: null, stream: null, n: 2 })
  expect(asGrantee.messages).toHaveLength(2)
})

test('S7: without a session there is no connection, and it ends with its session', async () => {
  expect(errorOf(await world.core.connect('x'.repeat(43), { send: () => {}, close: () => {} }))).toBe('unauthenticated')
  const { session } = await newMember(world.core)
  const live = await listen(world.core, session.token)
  await world.time.advance(SESSION_MS)
  expect(live.closed).toEqual(['unauthenticated'])
})

test('C6: at a cut the grantee is told, its connections are closed, and the owner and others stay', async () => {
  const { owner, grantee, vault, grant, post } = await sharedVault(world.time.now() + minute)
  const asOwner = await listen(world.core, owner.session.token)
  const first = await listen(world.core, grantee.session.token)
  const second = await listen(world.core, (await signIn(world.core, grantee.account)).token)
  await addCut(vault, grant)
  await post()
  for (const { messages, closed } of [first, second]) {
    expect(messages.at(-1)).toEqual({ type: 'ended', vault: vault.id, stream: null, n: 3 })
    expect(closed).toEqual(['ended'])
  }
  expect(asOwner.closed).toEqual([])
  const again = await listen(world.core, grantee.session.token)
  await push(
    world.core,
    owner.session,
    vault,
    await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}]),
  )
  expect(again.seen()).toEqual(['ready'])
})

test("C6: at a grant's notAfter the server ends it by its own timer, without anybody acting, and tells the owner to cut", async () => {
  const { owner, grantee, vault, labs } = await sharedVault(world.time.now() + minute)
  const asOwner = await listen(world.core, owner.session.token)
  const asGrantee = await listen(world.core, grantee.session.token)
  await world.time.advance(minute - 1)
  expect(asGrantee.closed).toEqual([])
  await world.time.advance(1)
  expect(asGrantee.messages.at(-1)).toMatchObject({ type: 'ended', vault: vault.id })
  expect(asGrantee.closed).toEqual(['ended'])
  expect(asOwner.messages.at(-1)).toEqual({ type: 'head', vault: vault.id, stream: null, n: 2 })
  const request = { streams: [{ stream: labs, after: 0 }], budget: 1 }
  expect(errorOf(await world.core.pull(grantee.session, vault.id, request))).toBe('not-found')
})

test('C6: two grants of one vault end each at its own time', async () => {
  const { grantee, vault, post } = await sharedVault(world.time.now() + minute)
  const later = await newMember(world.core)
  await addGrant(vault, later.account, {
    streams: [{ stream: vault.streams[0]!, rights: READ }],
    notAfter: world.time.now() + 2 * minute,
  })
  await post()
  const first = await listen(world.core, grantee.session.token)
  const second = await listen(world.core, later.session.token)
  await world.time.advance(minute)
  expect([first.closed, second.closed]).toEqual([['ended'], []])
  await world.time.advance(minute)
  expect(second.closed).toEqual(['ended'])
})

test('C6: when a grant begins later its grantee is told then, and it ends at its notAfter', async () => {
  const begin = world.time.now() + minute
  const { grantee, vault } = await sharedVault(begin + minute, begin)
  const asGrantee = await listen(world.core, grantee.session.token)
  await world.time.advance(minute)
  expect(asGrantee.messages.at(-1)).toEqual({ type: 'head', vault: vault.id, stream: null, n: 2 })
  expect(asGrantee.closed).toEqual([])
  await world.time.advance(minute)
  expect(asGrantee.closed).toEqual(['ended'])
})

test('C6: after a restart the timer is there again as soon as somebody connects', async () => {
  const { grantee } = await sharedVault(world.time.now() + minute)
  const again = createServerCore({
    storage: world.storage,
    signingKey: generateSigningKeyPair(),
    clock: world.time,
    timers: world.time.timers,
    audience: 'x',
    randomBytes,
  })
  const asGrantee = await listen(again, (await signIn(again, grantee.account)).token)
  await world.time.advance(minute)
  expect(asGrantee.closed).toEqual(['ended'])
})

test('C6: an end that comes due while the machine is busy is not lost to what happens meanwhile', async () => {
  const { owner, grantee, vault, post } = await sharedVault(world.time.now() + minute)
  const asGrantee = await listen(world.core, grantee.session.token)
  world.time.jump(minute + 5)
  await addEpochs(vault, [vault.streams[1]!])
  await post()
  await push(
    world.core,
    owner.session,
    vault,
    await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}]),
  )
  expect(asGrantee.seen().filter((hint) => hint.startsWith('head '))).toEqual([])
  await world.time.advance(0)
  expect(asGrantee.closed).toEqual(['ended'])
})

test('C6, H8: a clock that is restored gives nothing back that has ended', async () => {
  const { grantee, vault, labs } = await sharedVault(world.time.now() + minute)
  await world.time.advance(minute)
  for (const ahead of [-minute / 2, -3 * 365 * 24 * 60 * minute]) {
    world.time.setAhead(ahead)
    const request = { streams: [{ stream: labs, after: 0 }], budget: 1 << 20 }
    expect(errorOf(await world.core.pull(grantee.session, vault.id, request))).toBe('not-found')
  }
  world.time.setAhead(0)
})

test('C6: a grant of more days than a timer can wait ends on its day and not before', async () => {
  const days = 40 * 24 * 60 * minute
  const { grantee } = await sharedVault(world.time.now() + days)
  await world.time.advance(days - minute)
  const asGrantee = await listen(world.core, (await signIn(world.core, grantee.account)).token)
  await world.time.advance(minute - 1)
  expect(asGrantee.closed).toEqual([])
  await world.time.advance(1)
  expect(asGrantee.closed).toEqual(['ended'])
})

test("K5: a removed device's connection is closed at once, and a device cut from a vault is told", async () => {
  const { account, session } = await newMember(world.core)
  const phone = createDevice()
  accepted(await world.core.postAccount(session, account.id, { entry: await addDevice(account, phone) }))
  const vault = await newVault(world.core, { account, session })
  const asPhone = await listen(world.core, (await signIn(world.core, account, phone)).token)
  const asLaptop = await listen(world.core, session.token)
  accepted(await world.core.postAccount(session, account.id, { entry: await removeDevice(account, phone.id) }))
  expect(asPhone.closed).toEqual(['unauthenticated'])
  await addDeviceCut(vault, phone.id)
  await postNewest(world.core, session, vault)
  expect(asLaptop.closed).toEqual([])
  expect(asLaptop.messages.at(-1)).toEqual({ type: 'head', vault: vault.id, stream: null, n: 2 })
})

test('S8: an account holds a bounded number of connections, the oldest go first', async () => {
  const { session } = await newMember(world.core)
  const all = []
  for (let i = 0; i < 33; i++) all.push(await listen(world.core, session.token))
  expect(all.map(({ closed }) => closed.length)).toEqual([1, ...Array.from({ length: 32 }, () => 0)])
})

test('S8, C12: devices of a practice do not end the connections of each other, each gives way to its own', async () => {
  const few = createServerWorld({ limits: { socketsPerAccount: 2 } })
  const practice = await createPractice('live-devices')
  const { account } = practice.state
  accepted(await few.core.register({ entry: practice.entries[0]! }))
  const signedIn = async (device: Device) =>
    accepted(await few.core.signIn(await answerChallenge(few.core.challenge(), account, device))).token
  const boss = (await few.core.session(await signedIn(practice.device)))!
  const devices = [practice.device]
  for (let seats = 0; seats < 3; seats++) devices.push((await addMember(practice, 'nurse')).devices[0]!)
  for (const entry of practice.entries.slice(1)) accepted(await few.core.postAccount(boss, account, { entry }))
  const tokens = await Promise.all(devices.map(signedIn))
  const all = []
  for (const token of [...tokens, ...tokens]) all.push(await listen(few.core, token))
  expect(all.flatMap(({ closed }) => closed)).toEqual([])
  all.push(await listen(few.core, tokens[1]!))
  expect(all.map(({ closed }) => closed.join())).toEqual(['', 'too-many', '', '', '', '', '', '', ''])
  await few.close()
})

test('S7: closing the core ends every connection', async () => {
  const other = createServerWorld()
  const { session } = await newMember(other.core)
  const live = await listen(other.core, session.token)
  await other.close()
  await settle()
  expect(live.closed).toEqual(['stopping'])
})

// Last in this file: from here on the server's time is ahead of the clock.
test('C6, H8: a grant that a followed step of the clock leads past its end is told so at once', async () => {
  const { grantee } = await sharedVault(world.time.now() + 20 * minute)
  const connection = await listen(world.core, grantee.session.token)
  world.time.setAhead(30 * minute)
  for (const wait of [0, 2 * minute]) {
    await world.time.advance(wait)
    expect(connection.closed).toEqual([])
    world.core.state()
  }
  await world.time.advance(0)
  expect(connection.closed).toEqual(['ended'])
})
