/**
 * Write jobs run one after the other: what decides over one is asked when its turn has come, for the jobs before it may have changed the answer (S3).
 * Each test holds the queue, calls what belongs together in one order, and lets it continue.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSigningKeyPair, randomBytes, sign, type SigningKeyPair } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { APPEND, encodeMessage, READ } from '@chartkeep/protocol'
import { auditOrigin, checkpointText } from '@chartkeep/protocol/audit'
import { controlHead } from '@chartkeep/protocol/control'
import { chainLink } from '@chartkeep/protocol/messages'
import { noteSignature, writeNote } from '@chartkeep/protocol/signed'
import { nextStreamHash, streamStart, type SignedHead } from '@chartkeep/protocol/streams'
import { openSqliteStorage, type Storage } from '@chartkeep/sync-server/testing'
import { afterEach, expect, test } from 'vitest'
import {
  addCut,
  addDevice,
  addEpochs,
  addGrant,
  applyControl,
  createDevice,
  createVault,
  createWriter,
  envelopesOf,
  removeDevice,
  sealDrafts,
  signControlEntry,
  type TestVault,
} from '../../support/author.ts'
import { signHeadAs } from '../../support/hostile-server.ts'
import { createMemoryServerDisk, memoryServerStorage } from '../../support/memory-server-storage.ts'
import {
  accepted,
  createServerWorld,
  errorOf,
  heldStorage,
  newMember,
  signIn,
  type HeldStorage,
  type Member,
  type ServerWorld,
} from '../../support/server-world.ts'

let world: ServerWorld
let storage: HeldStorage
function open(inner?: Storage): void {
  folder = mkdtempSync(join(tmpdir(), 'chartkeep-turns-'))
  storage = heldStorage(inner ?? openSqliteStorage(join(folder, 'chartkeep.sqlite')))
  world = createServerWorld({ storage })
}
let folder = ''
afterEach(async () => {
  storage.goOn()
  await world.close()
  rmSync(folder, { recursive: true })
})

const elsewhere = generateSigningKeyPair()

/** S10: a holder's word that the chart moves to this server, and the head of its log that the other one had signed. */
async function moveHere(vault: TestVault): Promise<SignedHead> {
  const server = { address: 'https://here.example', key: world.serverKey, previous: elsewhere.publicKey }
  await applyControl(vault, await signControlEntry(vault, { type: 'server', server }, []))
  return signHeadAs(elsewhere, { kind: 'control', id: vault.id, ...controlHead(vault.state) })
}

/** What follows comes to its turn when the chart is here, and has been called before. */
async function behindTheMove<T>(owner: Member, vault: TestVault, head: SignedHead, call: () => Promise<T>): Promise<T> {
  storage.hold()
  const post = { head, first: 1, entries: vault.entries }
  const moved = await storage.queued(() => world.core.refillControl(owner.session, vault.id, post))
  const called = await storage.queued(call)
  storage.goOn()
  expect(accepted(await moved.answer)).toEqual({ n: head.n })
  return called.answer
}

/** The history of a stream as the other server had it. */
async function historyOf(by: SigningKeyPair, vault: TestVault, stream: Uint8Array) {
  const drafts = await sealDrafts(createWriter(vault, vault.owner, stream), [{}, {}])
  let [n, h] = [0, streamStart(vault.id, stream)]
  const entries = drafts.map(({ header, body, proof, hash }) => {
    h = nextStreamHash(h, (n += 1), 'current', hash)
    return { n, outcome: 'current' as const, header, bodyHash: sha256(body), body, proof }
  })
  const links = Buffer.concat(drafts.map(({ hash }) => chainLink('current', hash)))
  return { entries, links, head: await signHeadAs(by, { kind: 'stream', id: stream, n, h }) }
}

test('S9, S10: a push behind the move of its chart takes no number of a stream whose history is still to come', async () => {
  open()
  const owner = await newMember(world.core)
  const vault = await createVault(owner.account)
  const head = await moveHere(vault)
  const stream = vault.streams[0]!
  const history = await historyOf(elsewhere, vault, stream)
  const fresh = await sealDrafts(createWriter(vault, owner.account, stream), [{}])
  const pushed = await behindTheMove(owner, vault, head, () =>
    world.core.push(owner.session, vault.id, { envelopes: envelopesOf(fresh) }),
  )
  expect(errorOf(pushed)).toBe('refilling')
  const links = { stream, head: history.head, first: 1, links: history.links }
  expect(accepted(await world.core.refillChain(owner.session, vault.id, links))).toEqual({ n: 2 })
  const back = await world.core.refillEntries(owner.session, vault.id, { stream, entries: history.entries })
  expect(accepted(back)).toEqual({ n: 2 })
})

test('S9, S10, C11, C13: neither is anything submitted late, opened in an emergency or written into its log behind the move', async () => {
  open()
  const owner = await newMember(world.core)
  const grantee = await newMember(world.core)
  const body = encodeMessage({
    v: 1,
    vault: randomBytes(16),
    grant: randomBytes(16),
    account: grantee.account.id,
    device: grantee.account.device.id,
    accountLog: { n: 1, h: randomBytes(32) },
    control: { n: 1, h: randomBytes(32) },
    time: 0,
    epoch: 1,
    reason: randomBytes(300),
  })
  const calls: ((vault: TestVault, envelopes: ReturnType<typeof envelopesOf>) => Promise<object>)[] = [
    (vault, envelopes) => world.core.handIn(grantee.session, vault.id, { envelopes }),
    (vault) => world.core.openEmergency(grantee.session, vault.id, { body, signature: randomBytes(64) }),
    (vault) => world.core.postControl(owner.session, vault.id, { entries: vault.entries.slice(-1) }),
    (vault) => world.core.postControl(owner.session, vault.id, { entries: vault.entries.slice(0, -1) }),
  ]
  for (const [at, call] of calls.entries()) {
    const vault = await createVault(owner.account)
    const streams = [{ stream: vault.streams[0]!, rights: READ | APPEND }]
    const grant = await addGrant(vault, grantee.account, { streams, notAfter: world.time.now() + 3_600_000 })
    const late = await sealDrafts(createWriter(vault, grantee.account, vault.streams[0]!), [{}])
    await addCut(vault, grant)
    const head = await moveHere(vault)
    const entries = [...vault.entries]
    await addEpochs(vault, [vault.streams[0]!])
    const moved = { ...vault, entries }
    const answer = await behindTheMove(owner, moved, head, () => call(vault, envelopesOf(late)))
    expect(errorOf(answer), `call ${at}`).toBe('refilling')
    expect(world.storage.read.controlLength(vault.id)).toBe(entries.length)
    expect(world.storage.read.refillOf(vault.id)).toBe('moved')
  }
})

test('S9, S10: a chart that moves to a server which lost data waits for its devices, whoever brings its log once more', async () => {
  open()
  const owner = await newMember(world.core)
  await world.storage.write((tx) => {
    tx.setMark('restored', JSON.stringify({ at: new Date(0).toISOString(), backup: null }))
    tx.setRefill(owner.account.id, 'open')
  })
  const vault = await createVault(owner.account)
  const head = await moveHere(vault)
  const again = () => world.core.postControl(owner.session, vault.id, { entries: vault.entries })
  expect(errorOf(await behindTheMove(owner, vault, head, again))).toBe('refilling')
  expect(world.storage.read.refillOf(vault.id)).toBe('moved')
})

test('S9: a chart that is made at a server which lost data is open with its first entry, and not by a commit that may fail behind it', async () => {
  const disk = createMemoryServerDisk()
  open(memoryServerStorage(disk))
  const owner = await newMember(world.core)
  await world.storage.write((tx) => {
    tx.setMark('restored', JSON.stringify({ at: new Date(0).toISOString(), backup: null }))
    tx.setRefill(owner.account.id, 'open')
  })
  // The disk is full as soon as the entry is durable.
  const send = ({ type }: { type: string }) => {
    if (type === 'head') disk.refuseWith = new Error('no space left on device')
  }
  accepted(await world.core.connect(owner.session.token, { send, close: () => {} }))
  const vault = await createVault(owner.account)
  accepted(await world.core.postControl(owner.session, vault.id, { entries: vault.entries }))
  disk.refuseWith = null
  const drafts = await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}])
  const pushed = await world.core.push(owner.session, vault.id, { envelopes: envelopesOf(drafts) })
  expect(accepted(pushed).results).toHaveLength(1)
})

test('S8: of vaults that an account makes at once no more are taken than there is room for', async () => {
  open()
  const owner = await newMember(world.core)
  const first = await createVault(owner.account)
  accepted(await world.core.postControl(owner.session, first.id, { entries: first.entries }))
  // All but two of its 1,024.
  const made = await Promise.all(Array.from({ length: 1021 }, () => createVault(owner.account, 0)))
  await world.storage.write((tx) => {
    for (const { id, entries } of made) {
      tx.addControlEntry(id, 1, entries[0]!)
      tx.addMember(owner.account.id, id)
    }
  })
  expect((await world.core.vaults(owner.session)).vaults).toHaveLength(1022)
  storage.hold()
  const posts: Promise<object>[] = []
  for (let at = 0; at < 5; at++) {
    const { id, entries } = await createVault(owner.account)
    const { answer } = await storage.queued(() => world.core.postControl(owner.session, id, { entries }))
    posts.push(answer)
  }
  storage.goOn()
  expect((await Promise.all(posts)).map(errorOf)).toEqual([null, null, 'quota', 'quota', 'quota'])
  // What is there is taken as it is.
  accepted(await world.core.postControl(owner.session, first.id, { entries: first.entries }))
})

test('K5, S10: a session that has ended when its turn comes moves no chart here', async () => {
  open()
  const owner = await newMember(world.core)
  const phone = createDevice()
  const entry = await addDevice(owner.account, phone)
  accepted(await world.core.postAccount(owner.session, owner.account.id, { entry }))
  const session = await signIn(world.core, owner.account, phone)
  const vault = await createVault(owner.account)
  const head = await moveHere(vault)
  const removal = await removeDevice(owner.account, phone.id)
  storage.hold()
  const removed = await storage.queued(() =>
    world.core.postAccount(owner.session, owner.account.id, { entry: removal }),
  )
  const post = { head, first: 1, entries: vault.entries }
  const moved = await storage.queued(() => world.core.refillControl(session, vault.id, post))
  storage.goOn()
  accepted(await removed.answer)
  expect(errorOf(await moved.answer)).toBe('unauthenticated')
  expect(world.storage.read.controlLength(vault.id)).toBe(0)
})

test('C6, K5: who has no right any more when its turn comes settles nothing, and is told nothing about a stream', async () => {
  open()
  const owner = await newMember(world.core)
  const grantee = await newMember(world.core)
  const phone = createDevice()
  const entry = await addDevice(owner.account, phone)
  accepted(await world.core.postAccount(owner.session, owner.account.id, { entry }))
  const session = await signIn(world.core, owner.account, phone)
  const vault = await createVault(owner.account)
  const post = () => world.core.postControl(owner.session, vault.id, { entries: vault.entries.slice(-1) })
  accepted(await post())
  const stream = vault.streams[0]!
  const given = { streams: [{ stream, rights: READ | APPEND }], notAfter: world.time.now() + 3_600_000 }
  const ended = await addGrant(vault, grantee.account, given)
  accepted(await post())
  const late = await sealDrafts(createWriter(vault, grantee.account, stream), [{}])
  await addCut(vault, ended)
  accepted(await post())
  const { taken } = accepted(await world.core.handIn(grantee.session, vault.id, { envelopes: envelopesOf(late) }))
  expect(taken).toHaveLength(1)
  const standing = await addGrant(vault, grantee.account, given)
  accepted(await post())
  await addCut(vault, standing)
  const removal = await removeDevice(owner.account, phone.id)

  storage.hold()
  const ends = [
    await storage.queued(post),
    await storage.queued(() => world.core.postAccount(owner.session, owner.account.id, { entry: removal })),
  ]
  const called = [
    await storage.queued(() => world.core.refillEntries(grantee.session, vault.id, { stream, entries: [] })),
    await storage.queued(() => world.core.settleLate(session, vault.id, { hashes: taken })),
  ]
  storage.goOn()
  for (const { answer } of ends) accepted(await answer)
  expect(await Promise.all(called.map(async ({ answer }) => errorOf(await answer)))).toEqual([
    'not-found',
    'unauthenticated',
  ])
  expect(world.storage.read.hasLate(vault.id, taken[0]!)).toBe(true)
})

test('S9, A3: leaves of an audit tree come back only while the chart takes nothing new', async () => {
  open()
  const owner = await newMember(world.core)
  const vault = await createVault(owner.account)
  const head = await moveHere(vault)
  const post = { head, first: 1, entries: vault.entries }
  accepted(await world.core.refillControl(owner.session, vault.id, post))
  const leaf = { stream: null, n: 1, sealed: null, hash: randomBytes(32) }
  // For one leaf the root is its hash.
  const text = checkpointText({ vault: vault.id, size: 1, root: leaf.hash, time: 0 })
  const line = await noteSignature(text, auditOrigin(vault.id), elsewhere.publicKey, (message) =>
    sign(elsewhere, message),
  )
  const checkpoint = writeNote({ text, signatures: [line] })
  storage.hold()
  const opened = await storage.queued(() => world.core.refill(owner.session, vault.id, { done: true, beacons: [] }))
  const brought = await storage.queued(() =>
    world.core.refillAudit(owner.session, vault.id, { checkpoint, first: 0, leaves: [leaf] }),
  )
  storage.goOn()
  expect(accepted(await opened.answer).open).toBe(true)
  expect(accepted(await brought.answer)).toEqual({ n: 0 })
})
