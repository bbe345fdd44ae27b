/** The access log and the audit tree at the server (A2, A3): what is noted, when, for how long, and what an earlier file begins with. */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { boxKeyPairFromSecretKey, createChainOpener, generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import { APPEND, READ } from '@chartkeep/protocol'
import {
  readAccessLeaf,
  readCheckpoint,
  verifyCheckpoint,
  type AccessEntry,
  type AuditLeaf,
} from '@chartkeep/protocol/audit'
import {
  checkAuditTrees,
  checkStore,
  createReader,
  createServerCore,
  openSqliteStorage,
  type ServerCore,
} from '@chartkeep/sync-server/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  addAccessLog,
  addCut,
  addGrant,
  createVault,
  createWriter,
  envelopesOf,
  sealDrafts,
  type TestAccount,
  type TestVault,
} from '../../support/author.ts'
import { getBlob, putBlob, SEALED, testBlob } from '../../support/blob-author.ts'
import {
  accepted,
  AUDIENCE,
  createServerWorld,
  errorOf,
  newMember,
  pull,
  push,
  settle,
  signIn,
  type ServerWorld,
} from '../../support/server-world.ts'

let world: ServerWorld
let owner: TestAccount
let vault: TestVault
let session: Awaited<ReturnType<typeof signIn>>
const secret = randomBytes(32)

/** The owner gives the vault its access log, and an audit log of the owners. */
async function bringAccessLog(): Promise<void> {
  const entry = await addAccessLog(vault, secret)
  accepted(await world.core.postControl(session, vault.id, { entries: [entry] }))
  await world.time.advance(1000)
}

const read = async (after = 0): Promise<AuditLeaf[]> => {
  await settle()
  return accepted(await world.core.audit(session, vault.id, { known: 0, after, newest: 5000 })).leaves
}

async function notes(): Promise<AccessEntry[]> {
  const open = createChainOpener(boxKeyPairFromSecretKey(secret))
  return (await read()).flatMap(({ sealed }) => (sealed === null ? [] : [readAccessLeaf(open(sealed)!)!]))
}

beforeEach(async () => {
  world = createServerWorld()
  const member = await newMember(world.core)
  owner = member.account
  session = member.session
  vault = await createVault(owner)
  accepted(await world.core.postControl(session, vault.id, { entries: vault.entries }))
})
afterEach(() => world.close())

const stream = () => vault.streams[0]!
async function write(count = 1): Promise<void> {
  const drafts = Array.from({ length: count }, () => ({}))
  await push(world.core, session, vault, await sealDrafts(createWriter(vault, owner, stream()), drafts))
}

describe('A2: the notes of the server', () => {
  test('A2: nothing is kept of a vault whose log names no key', async () => {
    await write()
    await pull(world.core, session, vault, stream())
    expect(await read()).toEqual([])
    expect(world.storage.read.auditHead(vault.id)).toBeNull()
  })

  test('A2: say account, device, address, stream, numbers, bytes and time, and follow each other', async () => {
    await bringAccessLog()
    session = await signIn(world.core, owner, owner.device, '192.0.2.44')
    await write(3)
    await pull(world.core, session, vault, stream(), 1)
    const [brought, pushed, pulled] = await notes()
    expect(brought).toMatchObject({ kind: 'control-write', n: 1, outcome: 'ok' })
    expect(pushed).toMatchObject({
      kind: 'push',
      n: 2,
      time: world.time.now(),
      account: owner.id,
      device: owner.device.id,
      address: '192.0.2.44',
      streams: [{ stream: stream(), first: 1, last: 3, count: 3 }],
    })
    expect(pulled).toMatchObject({ kind: 'pull', n: 3, streams: [{ first: 2, last: 3, count: 2 }] })
    expect(pulled!.bytes).toBeGreaterThan(500)
  })

  test('A2, S7: what was brought to one who follows is noted as if it had been pulled, and a hint is no note', async () => {
    await bringAccessLog()
    const at = vault.streams[0]!
    const other = await signIn(world.core, owner)
    const [brought, hinted]: [Uint8Array[], string[]] = [[], []]
    const bring = (_vault: Uint8Array, answer: Uint8Array) => void brought.push(answer)
    accepted(await world.core.connect(other.token, { send: () => {}, bring, close: () => {} }, '192.0.2.9'))
    const third = await signIn(world.core, owner)
    const send = ({ type }: { type: string }) => void hinted.push(type)
    accepted(await world.core.connect(third.token, { send, close: () => {} }, '192.0.2.10'))
    await push(world.core, session, vault, await sealDrafts(createWriter(vault, owner, at), [{}]))
    await settle()
    expect(brought).toHaveLength(1)
    expect(hinted).toContain('head')
    const pulls = (await notes()).filter(({ kind }) => kind === 'pull')
    expect(pulls).toHaveLength(1)
    expect(pulls[0]).toMatchObject({ outcome: 'ok', address: '192.0.2.9', device: owner.device.id })
    expect(pulls[0]!.streams).toEqual([{ stream: at, first: 1, last: 1, count: 1 }])
    expect(pulls[0]!.bytes).toBeGreaterThan(0)
  })

  test('A2: each request is noted under the address that it came from, whatever its session asks from elsewhere before it is answered', async () => {
    await bringAccessLog()
    const { token } = session
    await write()
    const before = (await read()).length
    const brought: Uint8Array[] = []
    const other = await signIn(world.core, owner)
    const peer = { send: () => {}, bring: (_: Uint8Array, answer: Uint8Array) => void brought.push(answer) }
    accepted(await world.core.connect(other.token, { ...peer, close: () => {} }, '192.0.2.3'))
    await world.core.session(other.token, '192.0.2.8')
    const drafts = await sealDrafts(createWriter(vault, owner, vault.streams[1]!), [{}])
    const request = { streams: [{ stream: stream(), after: 0 }], budget: 1 << 20 }
    const [first, second] = [await world.core.session(token, '192.0.2.1'), await world.core.session(token, '192.0.2.2')]
    const pushed = world.core.push(first!, vault.id, {
      envelopes: envelopesOf(drafts),
    })
    const pulled = world.core.pull(second!, vault.id, request)
    await world.core.session(token, '192.0.2.9')
    accepted(await pushed)
    accepted(await pulled)
    await settle()
    expect(brought).toHaveLength(1)
    const found = (await notes()).slice(before).map(({ kind, address }) => `${kind} ${address}`)
    expect(found.toSorted()).toEqual(['pull 192.0.2.2', 'pull 192.0.2.3', 'push 192.0.2.1'])
  })

  test('A2: a note waits for others a moment, and is written when it has passed, when the log is read, and at the end', async () => {
    await bringAccessLog()
    await write()
    const size = () => world.storage.read.auditHead(vault.id)?.size ?? 0
    const before = (await read()).length
    await pull(world.core, session, vault, stream())
    await settle()
    expect(size()).toBe(before)
    await world.time.advance(1000)
    expect(size()).toBe(before + 1)
    await pull(world.core, session, vault, stream())
    expect(await read()).toHaveLength(before + 2)
    for (let i = 0; i < 256; i++) await pull(world.core, session, vault, stream())
    await settle()
    expect(size()).toBe(before + 258)
  })

  test('A2: what one device got within a moment, one number after the other, is one note; what leaves a number out, comes again or goes elsewhere is another', async () => {
    await bringAccessLog()
    await write(6)
    const before = (await read()).length
    const at = (first: number, count: number) => ({ stream: stream(), first, last: first + count - 1, count })
    const get = async (by: typeof session, after: number, count: number) => {
      const entry = world.storage.read.envelopeAt(vault.id, stream(), after + 1)!
      // For one weight each; the first goes in whatever it weighs.
      const weight = entry.header.length + entry.body!.length + 512
      const page = accepted(
        await world.core.pull(by, vault.id, { streams: [{ stream: stream(), after }], budget: weight * count }),
      )
      expect(page.streams[0]!.entries).toHaveLength(count)
    }
    await get(session, 0, 2)
    await get(session, 2, 1)
    const other = await signIn(world.core, owner, owner.device, '192.0.2.9')
    await get(other, 3, 1)
    await get(session, 3, 1)
    // Number 5 is left out, then comes, then comes again.
    await get(session, 5, 1)
    await get(session, 4, 1)
    await get(session, 4, 1)
    await settle()
    await world.time.advance(1000)
    await get(session, 5, 1)
    const pulls = (await notes()).slice(before)
    expect(pulls.map(({ streams, address }) => [address, ...streams])).toEqual([
      [pulls[0]!.address, at(1, 4)],
      ['192.0.2.9', at(4, 1)],
      [pulls[0]!.address, at(6, 1)],
      [pulls[0]!.address, at(5, 1)],
      [pulls[0]!.address, at(5, 1)],
      [pulls[0]!.address, at(6, 1)],
    ])
    const entries = [...world.storage.read.envelopesAfter(vault.id, stream(), 0)].slice(0, 4)
    expect(pulls[0]!.bytes).toBe(entries.reduce((sum, { header, body }) => sum + header.length + body!.length, 0))
  })

  test('A2: an answer that held nothing new is no note', async () => {
    await bringAccessLog()
    await write()
    await pull(world.core, session, vault, stream(), 1)
    await world.core.control(session, vault.id, 99)
    expect((await notes()).map(({ kind }) => kind)).toEqual(['control-write', 'push'])
  })

  test('A2: pieces of files, older bodies and the control log are noted as what they are', async () => {
    await bringAccessLog()
    await write()
    const blob = testBlob(vault.id, stream(), [SEALED, SEALED, 300])
    await putBlob(world.core, session, owner, blob)
    await getBlob(world.core, session, blob)
    await world.core.fetchBodies(session, vault.id, { stream: stream(), numbers: [1] })
    await world.core.control(session, vault.id, 0)
    const found = await notes()
    expect(found.map(({ kind }) => kind)).toEqual([
      'control-write',
      'push',
      'chunk-write',
      'chunk-read',
      'bodies',
      'control-read',
    ])
    // The pieces of one file that went over within a moment are one note.
    for (const note of found.slice(2, 4))
      expect(note).toMatchObject({
        blob: blob.blob,
        bytes: SEALED * 2 + 300,
        streams: [{ first: 0, last: 2, count: 3 }],
      })
    expect(found[5]!.streams[0]).toMatchObject({ stream: vault.id, first: 1, last: 2 })
  })

  test('A2, C10, C11: what came after the end, who read it and who left are noted too', async () => {
    await bringAccessLog()
    const grantee = await newMember(world.core)
    const streams = [{ stream: stream(), rights: READ | APPEND }]
    const grant = await addGrant(vault, grantee.account, { streams, notAfter: world.time.now() + 3_600_000 })
    const cut = await addCut(vault, grant)
    const drafts = await sealDrafts(createWriter(vault, grantee.account, stream()), [{}, {}])
    accepted(await world.core.postControl(session, vault.id, { entries: [grant.entry, cut] }))
    accepted(await world.core.handIn(grantee.session, vault.id, { envelopes: envelopesOf(drafts) }))
    accepted(await world.core.lateBox(session, vault.id, 0))
    const found = await notes()
    expect(found.map(({ kind }) => kind)).toEqual(['control-write', 'control-write', 'late-write', 'late-read'])
    expect(found[2]).toMatchObject({
      account: grantee.account.id,
      streams: [{ stream: stream(), first: 0, last: 0, count: 2 }],
    })
    const bytes = drafts.reduce((sum, { header, body }) => sum + header.length + body.length, 0)
    expect([found[2]!.bytes, found[3]!.bytes]).toEqual([bytes, bytes])
  })

  test('P1, A2: no byte of a note is in the file as it is, and the secret of the owners opens it', async () => {
    await bringAccessLog()
    session = await signIn(world.core, owner, owner.device, '198.51.100.77-canary')
    await write()
    await read()
    const db = new DatabaseSync(join(world.folder, 'chartkeep.sqlite'), { readOnly: true })
    const rows = db.prepare('SELECT sealed FROM audit_leaves WHERE sealed IS NOT NULL').all()
    db.close()
    expect(rows.length).toBe(2)
    for (const { sealed } of rows) expect(Buffer.from(sealed as Uint8Array).includes('198.51.100.77')).toBe(false)
    expect((await notes())[1]!.address).toBe('198.51.100.77-canary')
  })
})

describe('A2: what is kept', () => {
  const reopened = (options: { accessLogDays?: number; accessLogEntries?: number }) => {
    const signingKey = generateSigningKeyPair()
    return createServerCore({
      storage: world.storage,
      signingKey,
      clock: world.time,
      timers: world.time.timers,
      audience: AUDIENCE,
      randomBytes,
      ...options,
    })
  }

  const YEAR = 365 * 24 * 60 * 60_000
  /** Without asking for them, which would be fetching. */
  const sealed = () => world.storage.read.auditLeaves(vault.id, 0, 9999).map((leaf) => leaf.sealed !== null)
  const keptOf = (all: boolean[]) => all.filter(Boolean).length

  /** Reads `count` times, each noted in a job of its own. */
  async function readBy(core: ServerCore, count: number): Promise<void> {
    const own = await signIn(core, owner)
    for (let i = 0; i < count; i++) {
      accepted(await core.pull(own, vault.id, { streams: [{ stream: stream(), after: 0 }], budget: 1 << 20 }))
      await world.time.advance(1000)
    }
  }

  async function expectWholeTree(): Promise<void> {
    session = await signIn(world.core, owner)
    const { checkpoint } = accepted(await world.core.audit(session, vault.id, { known: 0, after: 0, newest: 0 }))
    expect(await verifyCheckpoint(readCheckpoint(checkpoint)!, world.serverKey)).toBe(true)
    const report = await checkStore(join(world.folder, 'chartkeep.sqlite'))
    expect(report.faults).toEqual([])
  }

  test('A2: of more notes than it keeps the server drops what was sealed in the oldest, and the tree stays whole', async () => {
    await bringAccessLog()
    await write()
    await readBy(reopened({ accessLogEntries: 30 }), 80)
    const all = sealed()
    expect(all.length).toBeGreaterThan(80)
    expect(keptOf(all)).toBeLessThanOrEqual(31)
    expect(all.slice(-30)).toEqual(Array.from({ length: 30 }, () => true))
    await expectWholeTree()
  })

  test('A2, H8: notes older than it keeps them are dropped once an owner has fetched them, a hundredth at a time', async () => {
    await bringAccessLog()
    await write()
    const core = reopened({ accessLogDays: 30 })
    await readBy(core, 20)
    const own = await signIn(core, owner)
    const ask = () => core.pull(own, vault.id, { streams: [{ stream: stream(), after: 0 }], budget: 1 << 20 })
    for (let i = 0; i < 300; i++) accepted(await ask())
    await world.time.advance(1000)
    const before = keptOf(sealed())
    expect(before).toBeGreaterThan(320)
    world.time.jump(31 * 24 * 60 * 60_000)
    await readBy(core, 5)
    // Nobody has fetched one of them.
    expect(keptOf(sealed())).toBe(before + 5)
    const reader = await signIn(core, owner)
    // A device that wants only the newest has not fetched the others.
    accepted(await core.audit(reader, vault.id, { known: 0, after: 0, newest: 10 }))
    await readBy(core, 1)
    expect(keptOf(sealed())).toBe(before + 6)
    for (let after = 0; ;) {
      const { leaves } = accepted(await core.audit(reader, vault.id, { known: 0, after, newest: 5000 }))
      if (leaves.length === 0) break
      after += leaves.length
    }
    await settle()
    await readBy(core, 1)
    expect(keptOf(sealed())).toBe(before + 7 - 3)
    await readBy(core, 4)
    expect(keptOf(sealed())).toBe(before + 11 - 15)
    expect(
      sealed()
        .slice(-before + 40)
        .every(Boolean),
    ).toBe(true)
    await expectWholeTree()
  })

  test.each([
    ['+3 years', 3 * YEAR],
    ['+10 years', 10 * YEAR],
    ['-5 years', -5 * YEAR],
  ])(
    'H8: a clock of %s prunes nothing, for a moment, for good, at a start, and once it is accepted',
    async (_, ahead) => {
      await bringAccessLog()
      await write()
      const first = reopened({ accessLogDays: 30 })
      await readBy(first, 20)
      await read()
      const total = () => sealed().length
      const dropped = () => total() - keptOf(sealed())
      const envelopes = dropped()
      for (const each of [ahead, 0, ahead]) {
        world.time.setAhead(each)
        await readBy(first, 5)
        expect(first.state().clock).toBe(each === 0 ? 'sure' : 'unsure')
      }
      const started = reopened({ accessLogDays: 30 })
      expect(started.state().clock).toBe('unsure')
      await readBy(started, 5)
      await world.storage.write((tx) => tx.setMark('clock-accepted', String(world.time.now())))
      expect((await started.keepTime()).clock).toBe('sure')
      await readBy(started, 5)
      expect(dropped()).toBe(envelopes)
      // What is 30 days old once the server has lived through them goes all the same.
      await read()
      for (let day = 0; day < 31; day++) await world.time.advance(24 * 60 * 60_000)
      await readBy(started, 5)
      expect(dropped()).toBeGreaterThan(envelopes)
    },
  )
})

describe('A3: proofs', () => {
  test('A3: are given for what is in the tree, and refused for what is not', async () => {
    await bringAccessLog()
    await write()
    const size = (await read()).length
    const ask = (kind: 'inclusion' | 'consistency', first: number, of: number) =>
      world.core.auditProof(session, vault.id, { kind, first, size: of })
    expect(errorOf(await ask('inclusion', 0, size))).toBeNull()
    expect(errorOf(await ask('consistency', 1, size))).toBeNull()
    for (const [kind, first, of] of [
      ['inclusion', size, size],
      ['inclusion', 0, size + 1],
      ['consistency', 0, size],
      ['consistency', size + 1, size],
    ] as const)
      expect(errorOf(await ask(kind, first, of))).toBe('heads-unknown')
  })

  test('A3, H4: a file that kept audit entries before there was a tree puts them into it, each once', async () => {
    const audit = vault.streams.at(-1)!
    const writer = createWriter(vault, owner, audit)
    await push(world.core, session, vault, await sealDrafts(writer, [{}, {}, {}]))
    expect((await read()).map(({ n }) => n)).toEqual([1, 2, 3])
    const db = new DatabaseSync(join(world.folder, 'chartkeep.sqlite'))
    db.exec('DELETE FROM audit_heads; DELETE FROM audit_leaves; DELETE FROM audit_nodes')
    db.close()
    expect((await read()).map(({ n }) => n)).toEqual([1, 2, 3])
    await push(world.core, session, vault, await sealDrafts(writer, [{}]))
    expect((await read()).map(({ n }) => n)).toEqual([1, 2, 3, 4])
  })
})

test('A3, H5: the check of a store reads every tree, and names a leaf, a note or a node that does not hold', async () => {
  await bringAccessLog()
  const writer = createWriter(vault, owner, vault.streams.at(-1)!)
  await push(world.core, session, vault, await sealDrafts(writer, [{}, {}, {}]))
  await write(2)
  await settle()
  const path = join(world.folder, 'chartkeep.sqlite')
  const faults = async () => (await checkStore(path)).faults.filter((fault) => fault.startsWith('audit tree'))
  expect(await faults()).toEqual([])
  const db = new DatabaseSync(path)
  for (const [sql, fault] of [
    ['UPDATE audit_nodes SET hash = zeroblob(32) WHERE level = 1 AND position = 0', 'the nodes over leaf 1 are not'],
    ['DELETE FROM audit_nodes WHERE level = 1 AND position = 0', 'the nodes over leaf 1 are not'],
    ['UPDATE audit_nodes SET hash = zeroblob(32) WHERE level = 0 AND position = 1', 'is not the audit entry'],
    ['UPDATE audit_leaves SET n = 9 WHERE stream IS NULL AND n = 2', 'note 9 does not follow note 1'],
    ['DELETE FROM audit_leaves WHERE position = 2', 'leaf 2 is missing'],
    ['UPDATE audit_heads SET access_n = 7', 'the newest note'],
  ] as const) {
    db.exec('SAVEPOINT damage')
    db.exec(sql)
    const found = [...checkAuditTrees(db, createReader(db))].join('; ')
    expect(found, sql).toContain(fault)
    db.exec('ROLLBACK TO damage; RELEASE damage')
  }
  db.close()
  expect(await faults()).toEqual([])
})

test('A2: a server that was closed continues with the same tree', async () => {
  await bringAccessLog()
  await write()
  const before = await read()
  await world.core.close()
  const storage = openSqliteStorage(join(world.folder, 'chartkeep.sqlite'))
  const core = createServerCore({
    storage,
    signingKey: generateSigningKeyPair(),
    clock: world.time,
    timers: world.time.timers,
    audience: AUDIENCE,
    randomBytes,
  })
  const own = await signIn(core, owner)
  accepted(await core.pull(own, vault.id, { streams: [{ stream: stream(), after: 0 }], budget: 1 << 20 }))
  await settle()
  const after = accepted(await core.audit(own, vault.id, { known: before.length, after: 0, newest: 5000 }))
  expect(after.leaves.slice(0, before.length)).toEqual(before)
  expect(after.leaves.length).toBe(before.length + 1)
  await core.close()
})

test('H7, A2: while the disk has no room, notes of reading wait a minute, join, and are written once; whoever reads the log finds them at once', async () => {
  let isTight = true
  const tight = createServerWorld({ isTight: () => isTight })
  const member = await newMember(tight.core)
  const chart = await createVault(member.account)
  accepted(await tight.core.postControl(member.session, chart.id, { entries: chart.entries }))
  const entry = await addAccessLog(chart, secret)
  accepted(await tight.core.postControl(member.session, chart.id, { entries: [entry] }))
  const drafts = await sealDrafts(createWriter(chart, member.account, chart.streams[0]!), [{}, {}, {}])
  await push(tight.core, member.session, chart, drafts)
  const size = () => tight.storage.read.auditHead(chart.id)?.size ?? 0
  await tight.time.advance(61_000)
  await settle()
  const before = size()
  for (let after = 0; after < 3; after++) {
    const ask = { streams: [{ stream: chart.streams[0]!, after }], budget: 1 }
    accepted(await tight.core.pull(member.session, chart.id, ask))
    await tight.time.advance(15_000)
    await settle()
    expect(size()).toBe(before)
  }
  await tight.time.advance(15_000)
  await settle()
  expect(size()).toBe(before + 1)
  // An owner who asks is not kept waiting.
  accepted(
    await tight.core.pull(member.session, chart.id, { streams: [{ stream: chart.streams[0]!, after: 0 }], budget: 1 }),
  )
  accepted(await tight.core.audit(member.session, chart.id, { known: 0, after: 0, newest: 5000 }))
  expect(size()).toBe(before + 2)
  isTight = false
  accepted(
    await tight.core.pull(member.session, chart.id, { streams: [{ stream: chart.streams[0]!, after: 0 }], budget: 1 }),
  )
  await tight.time.advance(1000)
  await settle()
  expect(size()).toBe(before + 3)
  await tight.close()
})
