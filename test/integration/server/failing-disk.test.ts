/** S3, P6: a disk that refuses a commit. Nothing is acknowledged, nothing half-done is seen, and afterwards everything continues. */
import { idText, READ } from '@chartkeep/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  addCut,
  addDevice,
  addEpochs,
  addGrant,
  createAccount,
  createDevice,
  createVault,
  createWriter,
  removeDevice,
  sealDrafts,
} from '../../support/author.ts'
import { putBlob, SEALED, testBlob } from '../../support/blob-author.ts'
import { failingStorage } from '../../support/failing-storage.ts'
import {
  copyMemoryServerDisk,
  createMemoryServerDisk,
  memoryServerStorage,
  type MemoryServerDisk,
} from '../../support/memory-server-storage.ts'
import {
  accepted,
  createServerWorld,
  listen,
  newMember,
  pull,
  push,
  signIn,
  type ServerWorld,
} from '../../support/server-world.ts'

let disk: MemoryServerDisk
let world: ServerWorld
beforeEach(() => {
  disk = createMemoryServerDisk()
  world = createServerWorld({ storage: memoryServerStorage(disk) })
})
afterEach(() => world.close())

const full = new Error('no space left on device')

async function sharedVault() {
  const owner = await newMember(world.core)
  const grantee = await newMember(world.core)
  const vault = await createVault(owner.account)
  const [labs] = vault.streams
  const grant = await addGrant(vault, grantee.account, {
    streams: [{ stream: labs!, rights: READ }],
    notAfter: world.time.now() + 60_000,
  })
  accepted(await world.core.postControl(owner.session, vault.id, { entries: vault.entries }))
  return { owner, grantee, vault, labs: labs!, grant }
}

test('S3: a push whose commit fails is not acknowledged, is in no answer and announced to nobody; the same bytes go through later', async () => {
  const { owner, vault, labs } = await sharedVault()
  const live = await listen(world.core, owner.session.token)
  const drafts = await sealDrafts(createWriter(vault, owner.account, labs), [{}, {}])
  disk.refuseWith = full
  await expect(push(world.core, owner.session, vault, drafts)).rejects.toBe(full)
  expect((await pull(world.core, owner.session, vault, labs)).head.n).toBe(0)
  expect(live.seen()).toEqual(['ready'])
  disk.refuseWith = null
  expect((await push(world.core, owner.session, vault, drafts)).results.map(({ n }) => n)).toEqual([1, 2])
  expect(live.seen()).toEqual(['ready', `head ${idText(labs)}`])
})

test('S3: pushes that share a commit which fails all fail', async () => {
  const { owner, vault } = await sharedVault()
  const batches = await Promise.all(
    vault.streams.slice(0, 2).map((stream) => sealDrafts(createWriter(vault, owner.account, stream), [{}])),
  )
  disk.refuseWith = full
  const settled = await Promise.allSettled(batches.map((drafts) => push(world.core, owner.session, vault, drafts)))
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

const FULL = { type: 'error', error: 'server-full' }

test('H7, C6: a cut whose commit fails is in no log and holds in memory: nobody but its owners gets a byte until it is stored', async () => {
  const { owner, grantee, vault, labs, grant } = await sharedVault()
  const [first, second] = await sealDrafts(createWriter(vault, owner.account, labs), [{}, {}])
  await push(world.core, owner.session, vault, [first!])
  const blob = testBlob(vault.id, labs, [SEALED, 40])
  await putBlob(world.core, owner.session, owner.account, blob)
  const link = accepted(await world.core.findBlob(grantee.session, vault.id, labs, blob.blob)).link
  const live = await listen(world.core, grantee.session.token)
  await addCut(vault, grant)
  const post = () => world.core.postControl(owner.session, vault.id, { entries: vault.entries.slice(-1) })
  disk.refuseWith = full
  await expect(post()).rejects.toBe(full)
  disk.refuseWith = null

  const { core } = world
  const { session } = grantee
  const ask = { streams: [{ stream: labs, after: 0 }], budget: 1 << 20 }
  expect([
    await core.pull(session, vault.id, ask),
    await core.pullEncoded(session, vault.id, ask),
    await core.fetchBodies(session, vault.id, { stream: labs, numbers: [1] }),
    await core.control(session, vault.id, 0),
    await core.findBlob(session, vault.id, labs, blob.blob),
    await core.getChunk(link, 0),
    await core.audit(session, vault.id, { known: 0, after: 0, newest: 1 }),
    await core.departures(session, vault.id),
    await core.emergencies(session, vault.id, 0),
    await core.lateBox(session, vault.id, 0),
  ]).toEqual(Array.from({ length: 10 }, () => FULL))
  expect((await core.vaults(session)).vaults.map(({ moved }) => moved)).toEqual([0])

  // Its owner reads and writes, and the grantee hears nothing about it.
  const entries = (await core.control(owner.session, vault.id, 0)) as { entries: unknown[] }
  expect(entries.entries).toHaveLength(vault.entries.length - 1)
  expect((await push(core, owner.session, vault, [second!])).results.map(({ n }) => n)).toEqual([2])
  expect([live.seen(), live.closed]).toEqual([['ready'], []])

  accepted(await post())
  expect(live.closed).toEqual(['ended'])
  await expect(pull(core, session, vault, labs)).rejects.toThrow('not-found')
})

test('H7: an answer that was begun before the cut was refused is not given either', async () => {
  const { owner, grantee, vault, labs, grant } = await sharedVault()
  await push(world.core, owner.session, vault, await sealDrafts(createWriter(vault, owner.account, labs), [{}]))
  await addCut(vault, grant)
  const post = () => world.core.postControl(owner.session, vault.id, { entries: vault.entries.slice(-1) })
  disk.refuseWith = full
  const ask = { streams: [{ stream: labs, after: 0 }], budget: 1 << 20 }
  let isRefused = false
  const refused = post().catch(() => (isRefused = true))
  const late: unknown[] = []
  while (late.length < 5) {
    const answer = await world.core.pull(grantee.session, vault.id, ask)
    if (isRefused) late.push(answer)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await refused
  expect(late).toEqual(Array.from({ length: 5 }, () => FULL))
})

test('H7: only a cut that would have held makes a hold: not a grantee’s, not one that does not verify; and only the deciding device or a cut ends it', async () => {
  const { owner, grantee, vault, labs, grant } = await sharedVault()
  const asks = () => world.core.pull(grantee.session, vault.id, { streams: [{ stream: labs, after: 0 }], budget: 1 })
  const before = { ...vault, entries: [...vault.entries], keys: new Map(vault.keys) }
  const cut = await addCut(vault, grant)
  const forged = { ...cut, body: cut.body.map((byte, at) => (at === cut.body.length - 1 ? byte ^ 1 : byte)) }
  disk.refuseWith = full
  await expect(world.core.postControl(grantee.session, vault.id, { entries: [cut] })).rejects.toBe(full)
  await world.core.postControl(owner.session, vault.id, { entries: [forged] }).catch(() => {})
  expect(await asks()).not.toEqual(FULL)
  await expect(world.core.postControl(owner.session, vault.id, { entries: [cut] })).rejects.toBe(full)
  disk.refuseWith = null
  expect(await asks()).toEqual(FULL)
  // The person thinks better of it: the device that decided stores something else in its place.
  await addEpochs(before, [labs])
  accepted(await world.core.postControl(owner.session, vault.id, { entries: before.entries.slice(-1) }))
  expect(await asks()).not.toEqual(FULL)
})

test('C6: a disk that fails at the moment at which a grant ends is asked again, and the connections end all the same', async () => {
  const failing = failingStorage(memoryServerStorage(createMemoryServerDisk()))
  const trouble = createServerWorld({ storage: failing })
  const owner = await newMember(trouble.core)
  const grantee = await newMember(trouble.core)
  const vault = await createVault(owner.account)
  const streams = [{ stream: vault.streams[0]!, rights: READ }]
  await addGrant(vault, grantee.account, { streams, notAfter: trouble.time.now() + 60_000 })
  accepted(await trouble.core.postControl(owner.session, vault.id, { entries: vault.entries }))
  const live = await listen(trouble.core, grantee.session.token)
  // What was noted of all this is written.
  await trouble.time.advance(59_000)
  failing.failAt(0)
  await trouble.time.advance(1_000)
  expect(failing.hasFailed).toBe(true)
  await trouble.time.advance(10_000)
  expect(live.closed).toEqual(['ended'])
  await trouble.close()
})

test('S7: a connection that the disk refuses at its opening is told of nothing and takes no place', async () => {
  const failing = failingStorage(memoryServerStorage(createMemoryServerDisk()))
  const trouble = createServerWorld({ storage: failing, limits: { socketsPerAccount: 1 } })
  const { account, session } = await newMember(trouble.core)
  const first = await listen(trouble.core, session.token)
  first.close()
  const heard: string[] = []
  const peer = {
    send: ({ type }: { type: string }) => void heard.push(type),
    close: (why: string) => void heard.push(why),
  }
  failing.failAt(0)
  await expect(trouble.core.connect(session.token, peer)).rejects.toThrow('disk I/O error')
  accepted(await trouble.core.postAccount(session, account.id, { entry: await addDevice(account, createDevice()) }))
  await listen(trouble.core, session.token)
  expect(heard).toEqual([])
  await trouble.close()
})

test('H7, K5: a removal whose commit fails keeps the device out all the same, until it is stored', async () => {
  const { account, session } = await newMember(world.core)
  const phone = createDevice()
  accepted(await world.core.postAccount(session, account.id, { entry: await addDevice(account, phone) }))
  const asPhone = await signIn(world.core, account, phone)
  const live = await listen(world.core, asPhone.token)
  const entry = await removeDevice(account, phone.id)
  disk.refuseWith = full
  await expect(world.core.postAccount(session, account.id, { entry })).rejects.toBe(full)
  expect([await world.core.session(asPhone.token), live.closed]).toEqual([null, ['unauthenticated']])
  await expect(signIn(world.core, account, phone)).rejects.toThrow('server-full')
  disk.refuseWith = null
  await expect(signIn(world.core, account, phone)).rejects.toThrow('server-full')
  accepted(await world.core.postAccount(session, account.id, { entry }))
  await expect(signIn(world.core, account, phone)).rejects.toThrow('unauthenticated')
})

test('H2: an account whose registration failed does not exist', async () => {
  const account = await createAccount()
  disk.refuseWith = full
  await expect(world.core.register({ entry: account.entries[0]! })).rejects.toBe(full)
  const { session } = await (async () => {
    disk.refuseWith = null
    return newMember(world.core)
  })()
  expect(await world.core.accountLog(session, account.id, 0)).toEqual({ type: 'error', error: 'not-found' })
  expect(await world.core.recover(account.recovery.lookup!)).toEqual({ type: 'error', error: 'not-found' })
})

test('S6, S9: an older copy of the disk gives an older head, which a device can tell from its own', async () => {
  const { owner, vault, labs } = await sharedVault()
  const writer = createWriter(vault, owner.account, labs)
  await push(world.core, owner.session, vault, await sealDrafts(writer, [{}]))
  const yesterday = copyMemoryServerDisk(disk)
  await push(world.core, owner.session, vault, await sealDrafts(writer, [{}]))
  const restored = createServerWorld({ storage: memoryServerStorage(yesterday) })
  const session = await signIn(restored.core, owner.account)
  const answer = accepted(
    await restored.core.pull(session, vault.id, { streams: [{ stream: labs, after: 2 }], budget: 1 }),
  )
  expect(answer.streams.map(({ entries, head }) => [entries.length, head.n])).toEqual([[0, 1]])
  await restored.close()
})

test('S8: a full account still cuts, renews epochs and removes devices', async () => {
  const small = createServerWorld({ limits: { accountBytes: 16_000 } })
  const owner = await newMember(small.core)
  const grantee = await newMember(small.core)
  const phone = createDevice()
  accepted(
    await small.core.postAccount(owner.session, owner.account.id, { entry: await addDevice(owner.account, phone) }),
  )
  const vault = await createVault(owner.account)
  const grant = await addGrant(vault, grantee.account, {
    streams: [{ stream: vault.streams[0]!, rights: READ }],
    notAfter: small.time.now() + 60_000,
  })
  accepted(await small.core.postControl(owner.session, vault.id, { entries: vault.entries }))
  const large = await sealDrafts(
    createWriter(vault, owner.account, vault.streams[0]!),
    Array.from({ length: 40 }, () => ({})),
  )
  expect((await push(small.core, owner.session, vault, large)).refused).toBe('quota')
  const post = () => small.core.postControl(owner.session, vault.id, { entries: vault.entries.slice(-1) })
  const before = { ...vault, entries: [...vault.entries], keys: new Map(vault.keys) }
  await addGrant(before, (await newMember(small.core)).account, {
    streams: [{ stream: vault.streams[0]!, rights: READ }],
    notAfter: small.time.now() + 60_000,
  })
  expect(await small.core.postControl(owner.session, vault.id, { entries: before.entries.slice(-1) })).toEqual({
    type: 'error',
    error: 'quota',
  })
  await addCut(vault, grant)
  accepted(await post())
  accepted(
    await small.core.postAccount(owner.session, owner.account.id, {
      entry: await removeDevice(owner.account, phone.id),
    }),
  )
  await small.close()
})
