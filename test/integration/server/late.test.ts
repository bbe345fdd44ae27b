/** The quarantine inbox at the server (C11): what it takes from whom, for how long by its own clock, in how much space, and what it notes and tells. */
import { generateSigningKeyPair } from '@chartkeep/crypto'
import { APPEND, idText, READ } from '@chartkeep/protocol'
import { latePayer, verifyLateReceipt } from '@chartkeep/protocol/ended'
import type { ServerLimits, ServerSession } from '@chartkeep/sync-server/testing'
import { afterEach, expect, test } from 'vitest'
import {
  addCut,
  addGrant,
  createVault,
  createWriter,
  envelopesOf,
  sealDrafts,
  type SealedDraft,
  type TestGrant,
  type TestVault,
  type Writer,
} from '../../support/author.ts'
import { signHeadAs } from '../../support/hostile-server.ts'
import { addMember, createPractice, removeMember } from '../../support/protocol-practice.ts'
import {
  accepted,
  answerChallenge,
  createServerWorld,
  errorOf,
  listen,
  newMember,
  push,
  signIn,
  type Member,
  type ServerWorld,
} from '../../support/server-world.ts'

const DAY_MS = 86_400_000
let world: ServerWorld
afterEach(() => world.close())

interface Ground {
  owner: Member
  grantee: Member
  vault: TestVault
  grant: TestGrant
  writer: Writer
}

async function ground(limits: Partial<ServerLimits> = {}, rights = READ | APPEND): Promise<Ground> {
  world = createServerWorld({ limits })
  const owner = await newMember(world.core)
  const grantee = await newMember(world.core)
  const vault = await createVault(owner.account)
  const grant = await addGrant(vault, grantee.account, {
    streams: [{ stream: vault.streams[0]!, rights }],
    notAfter: world.time.now() + 30 * DAY_MS,
  })
  accepted(await world.core.postControl(owner.session, vault.id, { entries: vault.entries }))
  return { owner, grantee, vault, grant, writer: createWriter(vault, grantee.account, vault.streams[0]!) }
}

async function cut({ owner, vault, grant }: Ground): Promise<void> {
  const entry = await addCut(vault, grant)
  accepted(await world.core.postControl(owner.session, vault.id, { entries: [entry] }))
}

async function handIn({ grantee, vault }: Ground, drafts: SealedDraft[]) {
  const answer = await world.core.handIn(grantee.session, vault.id, { envelopes: envelopesOf(drafts) })
  return 'taken' in answer ? [answer.taken.length, answer.refused] : [0, answer.error]
}

const page = async ({ owner, vault }: Ground, after = 0) =>
  accepted(await world.core.lateBox(owner.session, vault.id, after))
const usage = (payer: Uint8Array) => [world.storage.read.bytesOf(payer), world.storage.read.entriesOf(payer)]

test('C11: before the end nothing goes in, after it what the grant let write does, once, under a receipt', async () => {
  const at = await ground()
  const drafts = await sealDrafts(at.writer, [{}, {}])
  expect(await handIn(at, drafts)).toEqual([0, 'not-found'])
  await cut(at)
  const answer = accepted(await world.core.handIn(at.grantee.session, at.vault.id, { envelopes: envelopesOf(drafts) }))
  expect(answer.taken.map(idText)).toEqual(drafts.map(({ hash }) => idText(hash)))
  const place = { vault: at.vault.id, device: at.grantee.account.device.id }
  expect(await verifyLateReceipt(answer, world.serverKey, place)).toBe(true)
  expect(await verifyLateReceipt(answer, world.serverKey, { ...place, vault: at.grant.id })).toBe(false)
  expect(await handIn(at, drafts)).toEqual([2, null])
  const { items, last } = await page(at)
  expect(items.map(({ envelope }) => envelope)).toEqual(envelopesOf(drafts))
  expect(items.map(({ time }) => time)).toEqual([world.time.now(), world.time.now()])
  expect((await page(at, items[0]!.place)).items).toHaveLength(1)
  expect(last).toBe(items[1]!.place)
  // None of it is in the stream.
  expect(world.storage.read.streamHead(at.vault.id, at.vault.streams[0]!)).toBeNull()
})

test('C11: what a stream holds is acknowledged and not kept twice; of a batch with a wrong one the first are taken', async () => {
  const at = await ground()
  const drafts = await sealDrafts(at.writer, [{}, {}, {}])
  await push(world.core, at.grantee.session, at.vault, drafts.slice(0, 1))
  await cut(at)
  const wrong = { ...drafts[1]!, body: drafts[1]!.body.map((byte, index) => (index === 70 ? byte ^ 1 : byte)) }
  expect(await handIn(at, [drafts[0]!, drafts[2]!, wrong])).toEqual([2, 'refused'])
  expect((await page(at)).items).toHaveLength(1)
})

test('C11: a grant that let only read lets nothing in, and neither does a list that was not shared', async () => {
  const at = await ground({}, READ)
  const drafts = await sealDrafts(at.writer, [{}])
  const other = await sealDrafts(createWriter(at.vault, at.grantee.account, at.vault.streams[1]!), [{}])
  await cut(at)
  expect(await handIn(at, drafts)).toEqual([0, 'not-found'])
  expect(await handIn(at, other)).toEqual([0, 'not-found'])
})

test('C11: the days count from when the server stored the cut, by its own clock', async () => {
  const at = await ground({ lateMs: 5 * DAY_MS })
  const drafts = await sealDrafts(at.writer, [{}, {}, {}])
  const start = world.time.now()
  await cut(at)
  world.time.jump(5 * DAY_MS - 1)
  // A session does not last so long.
  at.grantee.session = await signIn(world.core, at.grantee.account)
  expect(await handIn(at, drafts.slice(0, 1))).toEqual([1, null])
  world.time.jump(1)
  expect(await handIn(at, drafts.slice(1))).toEqual([0, 'too-late'])
  expect(world.storage.read.grantEnd(at.vault.id, at.grant.id)).toBe(start)
})

test('C11: the end of a grant that ran out is its own end, without any cut', async () => {
  const at = await ground({ lateMs: 5 * DAY_MS })
  const drafts = await sealDrafts(at.writer, [{}, {}])
  const again = async () => {
    at.grantee.session = await signIn(world.core, at.grantee.account)
  }
  world.time.jump(30 * DAY_MS - 1)
  await again()
  expect(await handIn(at, drafts.slice(0, 1))).toEqual([0, 'not-found'])
  world.time.jump(1)
  expect(await handIn(at, drafts.slice(0, 1))).toEqual([1, null])
  world.time.jump(5 * DAY_MS)
  await again()
  expect(await handIn(at, drafts.slice(1))).toEqual([0, 'too-late'])
})

test('C11, S8: the box has a space of its own for each grant; what is settled frees it, and nobody else pays', async () => {
  const at = await ground({ lateEntries: 3 })
  const drafts = await sealDrafts(at.writer, [{}, {}, {}, {}])
  await cut(at)
  const before = [usage(at.grantee.account.id), usage(at.owner.account.id), usage(at.grant.id)]
  expect(await handIn(at, drafts)).toEqual([3, 'quota'])
  const size = (some: SealedDraft[]) => some.reduce((sum, { header, body }) => sum + header.length + body.length, 0)
  expect(usage(latePayer(at.grant.id))).toEqual([size(drafts.slice(0, 3)), 3])
  expect([usage(at.grantee.account.id), usage(at.owner.account.id), usage(at.grant.id)]).toEqual(before)
  const hashes = drafts.slice(0, 2).map(({ hash }) => hash)
  for (const settled of [hashes, hashes, [...hashes, hashes[0]!]])
    expect(await world.core.settleLate(at.owner.session, at.vault.id, { hashes: settled })).toBeNull()
  expect(usage(latePayer(at.grant.id))).toEqual([size(drafts.slice(2, 3)), 1])
  expect(await handIn(at, drafts.slice(3))).toEqual([1, null])
  expect((await page(at)).items).toHaveLength(2)
})

test('S7, C11: owners are told that something came, and the one whose access ended is not', async () => {
  const at = await ground()
  const drafts = await sealDrafts(at.writer, [{}])
  await cut(at)
  const owner = await listen(world.core, at.owner.session.token)
  const grantee = await listen(world.core, at.grantee.session.token)
  await handIn(at, drafts)
  expect(owner.messages.at(-1)).toEqual({ type: 'head', vault: at.vault.id, stream: null, n: at.vault.state.n })
  expect(grantee.messages.map(({ type }) => type)).toEqual(['ready'])
  const session: ServerSession = at.grantee.session
  expect(errorOf(await world.core.lateBox(session, at.vault.id, 0))).toBe('not-found')
})

test('C11, C12, S9: who left a practice submits also at a server that learns of it with the log of the practice, for as many days from then on', async () => {
  world = createServerWorld()
  const practice = await createPractice('left-before')
  const seat = await addMember(practice, 'nurse')
  await removeMember(practice, seat)
  const { account, n, h } = practice.state
  const head = await signHeadAs(generateSigningKeyPair(), { kind: 'account', id: account, n, h })
  const { entries } = practice
  expect(accepted(await world.core.refillAccount({ head, first: 1, entries }))).toEqual({ n })
  const signInLate = async () =>
    world.core.signIn(await answerChallenge(world.core.challenge(), account, seat.devices[0]!))
  expect(errorOf(await signInLate())).toBeNull()
  world.time.jump(91 * DAY_MS)
  expect(errorOf(await signInLate())).toBe('unauthenticated')
})
