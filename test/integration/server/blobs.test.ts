/** Sealed chunks at the server (B1, B4, C6, S8). */
import { randomBytes } from '@chartkeep/crypto'
import { APPEND, BLOB_CHUNK_BYTES, idText, MAX_BLOB_CHUNKS, READ } from '@chartkeep/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addCut, addGrant, createVault, type TestVault } from '../../support/author.ts'
import { accepted, createServerWorld, errorOf, newMember, type ServerWorld } from '../../support/server-world.ts'

let world: ServerWorld
let owner: Awaited<ReturnType<typeof newMember>>
let grantee: Awaited<ReturnType<typeof newMember>>
let stranger: Awaited<ReturnType<typeof newMember>>
let vault: TestVault

beforeAll(async () => {
  world = createServerWorld()
  ;[owner, grantee, stranger] = [await newMember(world.core), await newMember(world.core), await newMember(world.core)]
  vault = await createVault(owner.account)
  accepted(await world.core.postControl(owner.session, vault.id, { entries: vault.entries }))
})
afterAll(() => world.close())

const place = (index = 0, blob = randomBytes(16), stream = vault.streams[0]!) => ({
  vault: vault.id,
  stream,
  blob,
  index,
})

test('B1: chunks come back as they were put, each with the number of all of them', async () => {
  const blob = randomBytes(16)
  const chunks = [randomBytes(BLOB_CHUNK_BYTES), randomBytes(500)]
  for (const [index, chunk] of chunks.entries())
    expect(await world.core.putChunk(owner.session, place(index, blob), 2, chunk)).toBeNull()
  for (const [index, chunk] of chunks.entries())
    expect(accepted(await world.core.getChunk(owner.session, place(index, blob)))).toEqual({ chunk, total: 2 })
  expect(errorOf(await world.core.getChunk(owner.session, place(2, blob)))).toBe('not-found')
})

test('B1: a chunk never changes once it is stored; the same bytes again are no error', async () => {
  const at = place()
  const chunk = randomBytes(64)
  expect(await world.core.putChunk(owner.session, at, 1, chunk)).toBeNull()
  expect(await world.core.putChunk(owner.session, at, 1, chunk)).toBeNull()
  expect(errorOf(await world.core.putChunk(owner.session, at, 1, randomBytes(64)))).toBe('refused')
  expect(accepted(await world.core.getChunk(owner.session, at)).chunk).toEqual(chunk)
})

test('B1: a blob keeps its number of chunks and its writer', async () => {
  const blob = randomBytes(16)
  const audience = await addGrant(vault, grantee.account, {
    streams: [{ stream: vault.streams[0]!, rights: READ | APPEND }],
    notAfter: world.time.now() + 60_000,
  })
  accepted(await world.core.postControl(owner.session, vault.id, { entries: vault.entries.slice(-1) }))
  expect(await world.core.putChunk(owner.session, place(0, blob), 2, randomBytes(64))).toBeNull()
  expect(errorOf(await world.core.putChunk(owner.session, place(1, blob), 3, randomBytes(64)))).toBe('refused')
  expect(errorOf(await world.core.putChunk(grantee.session, place(1, blob), 2, randomBytes(64)))).toBe('refused')
  expect(await world.core.putChunk(grantee.session, place(), 1, randomBytes(64))).toBeNull()
  await addCut(vault, audience)
  accepted(await world.core.postControl(owner.session, vault.id, { entries: vault.entries.slice(-1) }))
})

async function put(index: number, total: number, size: number): Promise<string | null> {
  return errorOf(await world.core.putChunk(owner.session, place(index), total, new Uint8Array(size)))
}

test('S8: a chunk that is too large, empty, or beyond the end of its blob is refused', async () => {
  expect(await put(0, 1, BLOB_CHUNK_BYTES + 1)).toBe('too-large')
  expect(await put(0, MAX_BLOB_CHUNKS + 1, 1)).toBe('too-large')
  expect(await put(1, 1, 1)).toBe('bad-request')
  expect(await put(0, 0, 1)).toBe('bad-request')
  expect(await put(0, 1, 0)).toBe('bad-request')
})

test('C6, B4: a chunk is bound to vault, stream and blob; who may not read the stream finds nothing, in the same words as where nothing is', async () => {
  const blob = randomBytes(16)
  accepted({ ok: await world.core.putChunk(owner.session, place(0, blob), 1, randomBytes(64)) })
  const none = await world.core.getChunk(stranger.session, { ...place(0), vault: randomBytes(16) })
  expect(errorOf(none)).toBe('not-found')
  expect(await world.core.getChunk(stranger.session, place(0, blob))).toEqual(none)
  expect(await world.core.putChunk(stranger.session, place(0, blob), 1, randomBytes(64))).toEqual(none)
  expect(await world.core.getChunk(owner.session, place(0, blob, vault.streams[1]!))).toEqual(none)
  expect(await world.core.putChunk(owner.session, place(0, blob, randomBytes(16)), 1, randomBytes(64))).toEqual(none)
})

test('C6: a right to read writes no chunk, a right to append reads none, and after a cut neither is there', async () => {
  const blob = randomBytes(16)
  await world.core.putChunk(owner.session, place(0, blob), 1, randomBytes(64))
  const post = async () =>
    accepted(await world.core.postControl(owner.session, vault.id, { entries: vault.entries.slice(-1) }))
  const notAfter = world.time.now() + 60_000
  const reading = await addGrant(vault, grantee.account, {
    streams: [{ stream: vault.streams[0]!, rights: READ }],
    notAfter,
  })
  await post()
  const appending = await addGrant(vault, stranger.account, {
    streams: [{ stream: vault.streams[0]!, rights: APPEND }],
    notAfter,
  })
  await post()
  accepted(await world.core.getChunk(grantee.session, place(0, blob)))
  expect(errorOf(await world.core.putChunk(grantee.session, place(), 1, randomBytes(64)))).toBe('no-right')
  expect(await world.core.putChunk(stranger.session, place(), 1, randomBytes(64))).toBeNull()
  expect(errorOf(await world.core.getChunk(stranger.session, place(0, blob)))).toBe('not-found')
  await addCut(vault, reading)
  await post()
  expect(errorOf(await world.core.getChunk(grantee.session, place(0, blob)))).toBe('not-found')
  await addCut(vault, appending)
  await post()
  expect(errorOf(await world.core.putChunk(stranger.session, place(), 1, randomBytes(64)))).toBe('not-found')
})

test('S5: an append-only stream holds no files', async () => {
  expect(
    errorOf(await world.core.putChunk(owner.session, place(0, randomBytes(16), vault.streams[2]!), 1, randomBytes(64))),
  ).toBe('append-only')
})

test('S8: chunks count against the space of the account', async () => {
  const small = createServerWorld({ limits: { accountBytes: 100_000 } })
  const member = await newMember(small.core)
  const own = await createVault(member.account)
  accepted(await small.core.postControl(member.session, own.id, { entries: own.entries }))
  const putIn = async (size: number) =>
    errorOf(
      await small.core.putChunk(
        member.session,
        { vault: own.id, stream: own.streams[0]!, blob: randomBytes(16), index: 0 },
        1,
        new Uint8Array(size),
      ),
    )
  expect([await putIn(80_000), await putIn(30_000), await putIn(5000)]).toEqual([null, 'quota', null])
  expect(idText(own.id)).toHaveLength(22)
  await small.close()
})
