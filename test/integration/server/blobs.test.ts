/** Sealed files at the server (B1, B3, B4, C6, S8): what is signed, what is stored, and the links that carry chunks. */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import { APPEND, idText, MAX_BLOB_CHUNKS, READ } from '@chartkeep/protocol'
import { hasBit, LINK_MS } from '@chartkeep/protocol/records'
import { checkStore, createServerCore, type Storage } from '@chartkeep/sync-server/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addCut,
  addDevice,
  addGrant,
  createDevice,
  createVault,
  removeDevice,
  type TestVault,
} from '../../support/author.ts'
import { blobPost, getBlob, hashesOf, putBlob, SEALED, testBlob, testChunk } from '../../support/blob-author.ts'
import {
  accepted,
  AUDIENCE,
  createServerWorld,
  errorOf,
  newMember,
  newVault,
  postNewest,
  signIn,
  type Member,
  type ServerWorld,
} from '../../support/server-world.ts'

let world: ServerWorld
let owner: Member
let grantee: Member
let stranger: Member
let vault: TestVault

beforeAll(async () => {
  world = createServerWorld()
  ;[owner, grantee, stranger] = [await newMember(world.core), await newMember(world.core), await newMember(world.core)]
  vault = await newVault(world.core, owner)
})
afterAll(() => world.close())

const blobOf = (lengths: number[] = [500], stream = vault.streams[0]!) => testBlob(vault.id, stream, lengths)
const put = (who: Member, blob: ReturnType<typeof blobOf>, only?: number[]) =>
  putBlob(world.core, who.session, who.account, blob, only)
const get = (who: Member, blob: ReturnType<typeof blobOf>) => getBlob(world.core, who.session, blob)
const find = (who: Member, { stream, blob }: ReturnType<typeof blobOf>) =>
  world.core.findBlob(who.session, vault.id, stream, blob)
const post = async () => await postNewest(world.core, owner.session, vault)

async function granted<T>(who: Member, rights: number, work: () => Promise<T>): Promise<T> {
  const notAfter = world.time.now() + 60 * 60_000
  const grant = await addGrant(vault, who.account, { streams: [{ stream: vault.streams[0]!, rights }], notAfter })
  await post()
  try {
    return await work()
  } finally {
    await addCut(vault, grant)
    await post()
  }
}

test('B1, B4: chunks come back as they were put, with their hashes, their size and what the uploader signed', async () => {
  const blob = blobOf([SEALED, SEALED, 500])
  expect(await put(owner, blob)).toBeNull()
  expect(await get(owner, blob)).toEqual(blob.chunks)
  const info = accepted(await find(owner, blob))
  expect([info.size, info.hashes, info.have]).toEqual([SEALED * 2 + 500, hashesOf(blob.chunks), Uint8Array.of(7)])
  expect(info.statement).toEqual((await blobPost(owner.account, blob)).statement)
})

test('B3: an upload continues at the chunks that are not there, in any order, also in another session', async () => {
  const blob = blobOf([SEALED, SEALED, 64])
  await put(owner, blob, [2])
  expect(errorOf(await get(owner, blob))).toBe('not-found')
  const begun = accepted(await world.core.beginBlob(owner.session, vault.id, await blobPost(owner.account, blob)))
  expect([0, 1, 2].map((index) => hasBit(begun.have, index))).toEqual([false, false, true])
  await put(owner, blob)
  expect(await get(owner, blob)).toEqual(blob.chunks)
})

test('B4: a small file is there after one request', async () => {
  const blob = blobOf()
  const begin = { ...(await blobPost(owner.account, blob)), first: blob.chunks[0]! }
  expect(hasBit(accepted(await world.core.beginBlob(owner.session, vault.id, begin)).have, 0)).toBe(true)
  expect(await get(owner, blob)).toEqual(blob.chunks)
})

test('B1: a chunk never changes once it is stored; the same bytes again are no error', async () => {
  const blob = blobOf()
  await put(owner, blob)
  const { link } = accepted(await world.core.beginBlob(owner.session, vault.id, await blobPost(owner.account, blob)))
  expect(await world.core.putChunk(link, 0, blob.chunks[0]!)).toBeNull()
  expect(errorOf(await world.core.putChunk(link, 0, testChunk(500)))).toBe('refused')
  expect(await get(owner, blob)).toEqual(blob.chunks)
})

test('B1: a blob keeps what was signed for it: another content under its name is refused, whoever signs it', async () => {
  const blob = blobOf([SEALED, 64])
  await put(owner, blob, [0])
  const other = { ...blob, chunks: [testChunk(SEALED), testChunk(64)] }
  const begin = await world.core.beginBlob(owner.session, vault.id, await blobPost(owner.account, other))
  expect(errorOf(begin)).toBe('refused')
  expect(errorOf(await put(owner, other))).toBe('refused')
  expect(errorOf(await put(owner, { ...blob, chunks: [...blob.chunks, testChunk(64)] }))).toBe('bad-request')
  await granted(grantee, READ | APPEND, async () => {
    expect(errorOf(await put(grantee, blob))).toBe('refused')
    expect(errorOf(await put(grantee, other))).toBe('refused')
    expect(await put(grantee, blobOf())).toBeNull()
  })
  expect(await put(owner, blob)).toBeNull()
})

test('S9: an owner brings back what a grantee had uploaded, under the signature of the grantee; nobody else brings it', async () => {
  await granted(grantee, READ | APPEND, async () => {
    const blob = blobOf()
    const theirs = await blobPost(grantee.account, blob)
    const brought = accepted(await world.core.beginBlob(owner.session, vault.id, { ...theirs, first: blob.chunks[0]! }))
    expect(hasBit(brought.have, 0)).toBe(true)
    expect(await get(grantee, blob)).toEqual(blob.chunks)
    const owners = await blobPost(owner.account, blobOf())
    expect(errorOf(await world.core.beginBlob(grantee.session, vault.id, owners))).toBe('refused')
  })
})

test('B4: a size, a root, a vault or a signature that is not the uploader’s own is refused, and nothing is paid', async () => {
  const { read } = world.storage
  const paid = read.bytesOf(owner.account.id)
  const blob = blobOf([SEALED, 64])
  const begin = async (over: Parameters<typeof blobPost>[2]) =>
    errorOf(await world.core.beginBlob(owner.session, vault.id, await blobPost(owner.account, blob, over)))
  expect(await begin({ size: 64 })).toBe('bad-request')
  expect(await begin({ size: SEALED * 3 })).toBe('bad-request')
  expect(await begin({ size: SEALED * (MAX_BLOB_CHUNKS + 1) })).toBe('too-large')
  expect(await begin({ size: 2 ** 50 })).toBe('too-large')
  expect(await begin({ root: randomBytes(32) })).toBe('bad-request')
  expect(await begin({ vault: randomBytes(16) })).toBe('bad-request')
  expect(await begin({ device: randomBytes(16) })).toBe('refused')
  expect(await begin({ device: owner.account.recovery.id })).toBe('refused')
  expect(await begin({ accountLog: { n: 1, h: randomBytes(32) } })).toBe('heads-unknown')
  expect(await begin({ account: stranger.account.id })).toBe('heads-unknown')
  const honest = await blobPost(owner.account, blob)
  const forged = { ...honest, statement: { ...honest.statement, signature: randomBytes(64) } }
  expect(errorOf(await world.core.beginBlob(owner.session, vault.id, forged))).toBe('refused')
  expect(read.blobOf(vault.id, blob.stream, blob.blob)).toBeNull()
  expect(read.bytesOf(owner.account.id)).toBe(paid)
})

test('B4: a chunk of another length than the signed size says is refused, though its hash was signed', async () => {
  const blob = { ...blobOf(), chunks: [testChunk(SEALED - 1), testChunk(65)] }
  const { link } = accepted(await world.core.beginBlob(owner.session, vault.id, await blobPost(owner.account, blob)))
  expect(errorOf(await world.core.putChunk(link, 0, blob.chunks[0]!))).toBe('refused')
  expect(errorOf(await world.core.putChunk(link, 2, blob.chunks[0]!))).toBe('bad-request')
  expect(errorOf(await world.core.putChunk(link, 0, new Uint8Array()))).toBe('bad-request')
  expect(errorOf(await world.core.putChunk(link, 0, new Uint8Array(SEALED + 100)))).toBe('too-large')
})

test('C6, B4: who may not read the stream finds nothing, in the same words as where nothing is', async () => {
  const blob = blobOf()
  await put(owner, blob)
  const none = await world.core.findBlob(stranger.session, randomBytes(16), blob.stream, blob.blob)
  expect(errorOf(none)).toBe('not-found')
  expect(await find(stranger, blob)).toEqual(none)
  expect(await find(owner, { ...blob, stream: vault.streams[1]! })).toEqual(none)
  expect(await find(owner, { ...blob, stream: randomBytes(16) })).toEqual(none)
  expect(await find(owner, { ...blob, blob: randomBytes(16) })).toEqual(none)
  expect(await put(stranger, blobOf())).toEqual(none)
  expect(await put(owner, blobOf([500], randomBytes(16)))).toEqual(none)
})

test('C6: a right to read writes no file, a right to append reads none', async () => {
  const blob = blobOf()
  await put(owner, blob)
  await granted(grantee, READ, async () => {
    expect(await get(grantee, blob)).toEqual(blob.chunks)
    expect(errorOf(await put(grantee, blobOf()))).toBe('no-right')
  })
  await granted(stranger, APPEND, async () => {
    expect(await put(stranger, blobOf())).toBeNull()
    expect(errorOf(await find(stranger, blob))).toBe('not-found')
  })
  expect(errorOf(await find(grantee, blob))).toBe('not-found')
  expect(errorOf(await put(stranger, blobOf()))).toBe('not-found')
})

test('C6, B4: links end with the access of the account that they were made for, and by the clock', async () => {
  const blob = blobOf([SEALED, 64])
  await put(owner, blob)
  const unfinished = blobOf([SEALED, 64])
  const links = await granted(grantee, READ | APPEND, async () => {
    const { link: reading } = accepted(await find(grantee, blob))
    const begun = await world.core.beginBlob(grantee.session, vault.id, await blobPost(grantee.account, unfinished))
    const { link: writing } = accepted(begun)
    accepted(await world.core.getChunk(reading, 0))
    expect(await world.core.putChunk(writing, 0, unfinished.chunks[0]!)).toBeNull()
    return { reading, writing }
  })
  const nothing = await world.core.getChunk(accepted(await find(owner, blob)).link, 7)
  expect(errorOf(nothing)).toBe('not-found')
  expect(await world.core.getChunk(links.reading, 1)).toEqual(nothing)
  expect(await world.core.putChunk(links.writing, 1, unfinished.chunks[1]!)).toEqual(nothing)

  const { link, until } = accepted(await find(owner, blob))
  expect(until).toBe(world.time.now() + LINK_MS)
  world.time.jump(LINK_MS - 1)
  accepted(await world.core.getChunk(link, 0))
  world.time.jump(1)
  expect(errorOf(await world.core.getChunk(link, 0))).toBe('link-ended')
})

test('S5: an append-only stream holds no files', async () => {
  expect(errorOf(await put(owner, blobOf([500], vault.streams[2]!)))).toBe('append-only')
})

test('S8: the whole signed size counts when an upload begins, once, and is given back where nobody continued for a month', async () => {
  const small = createServerWorld({ limits: { accountBytes: SEALED * 2 + 100_000 } })
  const member = await newMember(small.core)
  const own = await createVault(member.account)
  accepted(await small.core.postControl(member.session, own.id, { entries: own.entries }))
  const begin = async (blob: ReturnType<typeof testBlob>) =>
    errorOf(await putBlob(small.core, member.session, member.account, blob, []))
  const first = testBlob(own.id, own.streams[0]!, [SEALED, 5000])
  const before = small.storage.read.bytesOf(member.account.id)
  expect([await begin(first), await begin(first)]).toEqual([null, null])
  expect(small.storage.read.bytesOf(member.account.id) - before).toBe(SEALED + 5000)
  expect(await begin(testBlob(own.id, own.streams[0]!, [SEALED, 98_000]))).toBe('quota')
  await putBlob(small.core, member.session, member.account, first, [0])
  small.time.jump(31 * 86_400_000)
  const again = await signIn(small.core, member.account)
  const second = testBlob(own.id, own.streams[0]!, [90_000])
  expect(await putBlob(small.core, again, member.account, second)).toBeNull()
  expect(small.storage.read.blobOf(own.id, first.stream, first.blob)).toBeNull()
  expect(small.storage.read.chunk(own.id, first.stream, first.blob, 0)).toBeNull()
  expect(small.storage.read.bytesOf(member.account.id) - before).toBe(90_000)
  // The device that has the file continues, from the beginning.
  expect(await putBlob(small.core, again, member.account, first)).toBeNull()
  small.time.jump(31 * 86_400_000)
  const later = await signIn(small.core, member.account)
  await putBlob(small.core, later, member.account, testBlob(own.id, own.streams[0]!, [500]))
  expect(small.storage.read.blobOf(own.id, first.stream, first.blob)?.isComplete).toBe(true)
  await small.close()
})

test('H5, B4: what a check of the file finds: a changed chunk, hash, size or signature, and a chunk without its file', async () => {
  const blob = blobOf([SEALED, 64])
  await put(owner, blob)
  const file = join(world.folder, 'chartkeep.sqlite')
  for (const [sql, fault] of [
    ['SELECT ?', ''],
    [
      'UPDATE chunks SET bytes = zeroblob(64) WHERE position = 1 AND blob = ?',
      'chunk 1 is not the one that was signed',
    ],
    ['UPDATE blobs SET size = size + 1 WHERE blob = ?', 'do not belong together'],
    ['UPDATE blobs SET hashes = zeroblob(64) WHERE blob = ?', 'do not belong together'],
    ['UPDATE blobs SET signature = zeroblob(64) WHERE blob = ?', 'the signature does not hold'],
    ['UPDATE blobs SET complete = 0 WHERE blob = ?', 'whether it is whole is told wrongly'],
    ['DELETE FROM blobs WHERE blob = ?', '2 chunks belong to a file that is not there'],
  ] as const) {
    const copy = join(world.folder, `copy-${randomBytes(4).join('')}.sqlite`)
    const from = new DatabaseSync(file, { readOnly: true })
    from.exec(`VACUUM INTO '${copy}'`)
    from.close()
    const db = new DatabaseSync(copy)
    db.prepare(sql).run(blob.blob)
    db.close()
    const { faults } = await checkStore(copy)
    if (fault === '') expect(faults).toEqual([])
    else expect(faults.join(), sql).toContain(fault)
  }
})

test('C6, B4: a link whose grant is cut while the server still reads the logs that it goes by carries no chunk', async () => {
  const blob = blobOf()
  expect(await put(owner, blob)).toBeNull()
  const reader = await newMember(world.core)
  // So long a log that a cut is there before it is read.
  for (let at = 0; at < 80; at++) {
    const device = createDevice()
    for (const entry of [await addDevice(reader.account, device), await removeDevice(reader.account, device.id)])
      accepted(await world.core.postAccount(reader.session, reader.account.id, { entry }))
  }
  const notAfter = world.time.now() + 60 * 60_000
  const streams = [{ stream: vault.streams[0]!, rights: READ }]
  const grant = await addGrant(vault, reader.account, { streams, notAfter })
  await post()
  const { storage, time } = world
  const signingKey = generateSigningKeyPair()
  const open = (from: Storage) =>
    createServerCore({ storage: from, signingKey, clock: time, timers: time.timers, audience: AUDIENCE, randomBytes })
  const before = open(storage)
  const session = await signIn(before, reader.account)
  const { link } = accepted(await before.findBlob(session, vault.id, blob.stream, blob.blob))
  expect(accepted(await before.getChunk(link, 0)).chunk).toEqual(blob.chunks[0])

  // The same server after a restart: it has no log at hand.
  const order: string[] = []
  let cut: Promise<void> | null = null
  const accountEntries: typeof storage.read.accountEntries = (account, ...asked) => {
    if (idText(account) === idText(reader.account.id)) cut ??= end()
    return storage.read.accountEntries(account, ...asked)
  }
  const core = open({ ...storage, read: { ...storage.read, accountEntries } })
  const home = await signIn(core, owner.account)
  const entry = await addCut(vault, grant)
  const end = async () => {
    accepted(await core.postControl(home, vault.id, { entries: [entry] }))
    order.push('cut')
  }
  const answer = await core.getChunk(link, 0)
  order.push(errorOf(answer) ?? 'chunk')
  await cut
  expect(order).toEqual(['cut', 'not-found'])
})
