/** S8: who pays for what is stored: accounts for what their owners write, grants for what their grantees write; in bytes and entries. */
import { generateSigningKeyPair, randomBytes, type SigningKeyPair } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { APPEND, idText, READ, type Head } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { controlHead } from '@chartkeep/protocol/control'
import { chainLink } from '@chartkeep/protocol/messages'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import { nextStreamHash, streamStart, type StreamEntry } from '@chartkeep/protocol/streams'
import type { ServerLimits, ServerSession } from '@chartkeep/sync-server/testing'
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
  sealDrafts,
  signControlEntry,
  type TestGrant,
  type TestVault,
} from '../../support/author.ts'
import { putBlob, testBlob } from '../../support/blob-author.ts'
import { signHeadAs } from '../../support/hostile-server.ts'
import {
  accepted,
  createServerWorld,
  errorOf,
  newMember,
  newVault,
  postNewest,
  push,
  signIn,
  type Member,
  type ServerWorld,
} from '../../support/server-world.ts'

let world: ServerWorld
afterEach(() => world.close())

interface Shared {
  owner: Member
  grantee: Member
  vault: TestVault
  grants: TestGrant[]
}

/** A vault whose first two streams are granted to one account, each by a grant of its own. */
async function share(limits: Partial<ServerLimits>): Promise<Shared> {
  world = createServerWorld({ limits })
  const owner = await newMember(world.core)
  const grantee = await newMember(world.core)
  const vault = await createVault(owner.account)
  const grants: TestGrant[] = []
  for (const stream of vault.streams.slice(0, 2))
    grants.push(
      await addGrant(vault, grantee.account, {
        streams: [{ stream, rights: READ | APPEND }],
        notAfter: world.time.now() + 3_600_000,
      }),
    )
  accepted(await world.core.postControl(owner.session, vault.id, { entries: vault.entries }))
  return { owner, grantee, vault, grants }
}

const usage = (payer: Uint8Array) => [world.storage.read.bytesOf(payer), world.storage.read.entriesOf(payer)]
const refusedAt = (session: ServerSession, vault: TestVault, drafts: Awaited<ReturnType<typeof sealDrafts>>) =>
  push(world.core, session, vault, drafts).then(({ results, refused }) => [results.length, refused])

test('S8: what a grantee writes counts against its grant, in bytes and entries, and against no account', async () => {
  const { owner, grantee, vault, grants } = await share({})
  const [before, ownerBefore] = [usage(grantee.account.id), usage(owner.account.id)]
  const drafts = await sealDrafts(createWriter(vault, grantee.account, vault.streams[0]!), [{}, {}, {}])
  await push(world.core, grantee.session, vault, drafts)
  const size = drafts.reduce((sum, { header, body }) => sum + header.length + body.length, 0)
  expect(usage(grants[0]!.id)).toEqual([size, 3])
  expect(usage(grants[1]!.id)).toEqual([0, 0])
  expect([usage(grantee.account.id), usage(owner.account.id)]).toEqual([before, ownerBefore])
  // The same again is stored and paid once.
  await push(world.core, grantee.session, vault, drafts)
  expect(usage(grants[0]!.id)).toEqual([size, 3])
  await push(
    world.core,
    owner.session,
    vault,
    await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}]),
  )
  expect(usage(owner.account.id)[1]).toBe(ownerBefore[1]! + 1)
})

test('S8: a grant that is full stops its own grantee there, and neither the other grant nor the owner', async () => {
  const { owner, grantee, vault } = await share({ grantEntries: 4 })
  const writer = createWriter(vault, grantee.account, vault.streams[0]!)
  const drafts = await sealDrafts(
    writer,
    Array.from({ length: 6 }, () => ({})),
  )
  expect(await refusedAt(grantee.session, vault, drafts)).toEqual([4, 'quota'])
  expect(await refusedAt(grantee.session, vault, drafts.slice(4))).toEqual([0, 'quota'])
  const other = await sealDrafts(createWriter(vault, grantee.account, vault.streams[1]!), [{}, {}])
  expect(await refusedAt(grantee.session, vault, other)).toEqual([2, null])
  const mine = await sealDrafts(
    createWriter(vault, owner.account, vault.streams[0]!),
    Array.from({ length: 6 }, () => ({})),
  )
  expect(await refusedAt(owner.session, vault, mine)).toEqual([6, null])
})

test('S8: two grants on one stream pay one after the other', async () => {
  const { owner, grantee, vault, grants } = await share({ grantEntries: 3 })
  const second = await addGrant(vault, grantee.account, {
    streams: [{ stream: vault.streams[0]!, rights: READ | APPEND }],
    notAfter: world.time.now() + 3_600_000,
  })
  accepted(await world.core.postControl(owner.session, vault.id, { entries: [second.entry] }))
  const drafts = await sealDrafts(
    createWriter(vault, grantee.account, vault.streams[0]!),
    Array.from({ length: 7 }, () => ({})),
  )
  expect(await refusedAt(grantee.session, vault, drafts)).toEqual([6, 'quota'])
  expect([usage(grants[0]!.id)[1], usage(second.id)[1]]).toEqual([3, 3])
})

test('S8: a file counts with its whole size against the grant', async () => {
  const { grantee, vault, grants } = await share({ grantBytes: 2500 })
  const put = (length: number) =>
    putBlob(world.core, grantee.session, grantee.account, testBlob(vault.id, vault.streams[0]!, [length]))
  for (const length of [1500, 500]) expect(await put(length)).toBeNull()
  expect(errorOf(await put(501))).toBe('quota')
  expect(usage(grants[0]!.id)).toEqual([2000, 0])
})

test('S8: an account is stopped at its entries as at its bytes; what takes access away is never stopped', async () => {
  world = createServerWorld({ limits: { accountEntries: 5 } })
  const { account, session } = await newMember(world.core)
  const vault = await newVault(world.core, { account, session })
  const drafts = await sealDrafts(
    createWriter(vault, account, vault.streams[0]!),
    Array.from({ length: 5 }, () => ({})),
  )
  // One entry of the account log, one of the control log, three envelopes.
  expect(await refusedAt(session, vault, drafts)).toEqual([3, 'quota'])
  await addEpochs(vault, [vault.streams[0]!])
  await postNewest(world.core, session, vault)
})

test('S8: no number of sessions and pushes at once passes the limit', async () => {
  const { grantee, vault, grants } = await share({ grantEntries: 10 })
  const sessions = await Promise.all(Array.from({ length: 6 }, () => signIn(world.core, grantee.account)))
  const drafts = await sealDrafts(
    createWriter(vault, grantee.account, vault.streams[0]!),
    Array.from({ length: 16 }, () => ({})),
  )
  await Promise.all(
    sessions.flatMap((session) =>
      Array.from({ length: 8 }, (_, index) =>
        world.core.push(session, vault.id, { envelopes: envelopesOf(drafts.slice(0, 2 + 2 * index)) }),
      ),
    ),
  )
  expect(usage(grants[0]!.id)[1]).toBe(10)
  expect(world.storage.read.streamHead(vault.id, vault.streams[0]!)!.n).toBe(10)
})

/** Entries of a stream, without their bodies first, and a head over them that another server signed. */
async function fromElsewhere(
  by: SigningKeyPair,
  vault: TestVault,
  stream: Uint8Array,
  count: number,
  known: Head,
  author = vault.owner,
) {
  const drafts = await sealDrafts(
    createWriter(vault, author, stream),
    Array.from({ length: count }, () => ({})),
  )
  let { n, h } = known
  const entries: StreamEntry[] = []
  for (const { header, body, proof, hash } of drafts) {
    h = nextStreamHash(h, (n += 1), 'current', hash)
    entries.push({ n, outcome: 'current', header, bodyHash: sha256(body), body, proof })
  }
  const links = Buffer.concat(drafts.map(({ hash }) => chainLink('current', hash)))
  return { entries, links, head: await signHeadAs(by, { kind: 'stream', id: stream, n, h }) }
}

test('S8, S10: what comes from another server has to find room: whoever made up a server would store what they like', async () => {
  world = createServerWorld({ limits: { accountEntries: 6 } })
  const { account, session } = await newMember(world.core)
  const elsewhere = generateSigningKeyPair()
  const vault = await createVault(account)
  const server = { address: 'https://here.example', key: world.serverKey, previous: elsewhere.publicKey }
  await applyControl(vault, await signControlEntry(vault, { type: 'server', server }, []))
  accepted(await world.core.postControl(session, vault.id, { entries: vault.entries }))
  const used = () => usage(account.id)
  expect(used()[1]).toBe(3)

  const [labs, meds] = vault.streams as [Uint8Array, Uint8Array]
  const give = async (stream: Uint8Array, count: number) => {
    const start = { n: 0, h: streamStart(vault.id, stream) }
    const { entries, links, head } = await fromElsewhere(elsewhere, vault, stream, count, start)
    accepted(await world.core.refillChain(session, vault.id, { stream, head, first: 1, links }))
    return {
      entries,
      post: (given: StreamEntry[]) => world.core.refillEntries(session, vault.id, { stream, entries: given }),
    }
  }
  const many = await give(labs, 4)
  expect(errorOf(await many.post(many.entries))).toBe('quota')
  expect([used()[1], world.storage.read.streamHead(vault.id, labs)]).toEqual([3, null])
  // A body that comes behind its entry is counted with it.
  const few = await give(meds, 2)
  const before = used()[0]!
  accepted(await few.post(few.entries.map((entry) => ({ ...entry, body: null, proof: null }))))
  accepted(await few.post(few.entries))
  const size = few.entries.reduce((sum, { header, body }) => sum + header.length + body!.length, 0)
  expect(used()).toEqual([before + size, 5])

  // Nor does an account log that is said to move here continue beyond its space.
  const added = [await addDevice(account, createDevice()), await addDevice(account, createDevice())]
  const { n, h } = accountHead(account.state)
  const head = await signHeadAs(elsewhere, { kind: 'account', id: account.id, n, h })
  expect(errorOf(await world.core.refillAccount({ head, first: 2, entries: added }))).toBe('quota')
  expect(used()[1]).toBe(5)
})

test('S8, S10: the consent log of a chart that comes from another server has to find room with whoever brings it, whole or not at all', async () => {
  // One is the account's own first entry.
  world = createServerWorld({ limits: { accountEntries: 5 } })
  const elsewhere = generateSigningKeyPair()
  const move = async (count: number) => {
    const { account, session } = await newMember(world.core)
    const vault = await createVault(account)
    while (vault.entries.length < count - 1) await addEpochs(vault, [vault.streams[0]!])
    const server = { address: 'https://here.example', key: world.serverKey, previous: elsewhere.publicKey }
    await applyControl(vault, await signControlEntry(vault, { type: 'server', server }, []))
    const head = await signHeadAs(elsewhere, { kind: 'control', id: vault.id, ...controlHead(vault.state) })
    const outcome = await world.core.refillControl(session, vault.id, { head, first: 1, entries: vault.entries })
    return { outcome, used: usage(account.id)[1], length: world.storage.read.controlLength(vault.id) }
  }
  const long = await move(5)
  expect([errorOf(long.outcome), long.used, long.length]).toEqual(['quota', 1, 0])
  expect(await move(4)).toEqual({ outcome: { n: 4 }, used: 5, length: 4 })
})

test('S8, S10: what comes from another server without its proof is paid by whoever moved the chart, whoever is said to have written it', async () => {
  world = createServerWorld()
  const { account, session } = await newMember(world.core)
  const { account: other } = await newMember(world.core)
  const elsewhere = generateSigningKeyPair()
  const vault = await createVault(account)
  const server = { address: 'https://here.example', key: world.serverKey, previous: elsewhere.publicKey }
  await applyControl(vault, await signControlEntry(vault, { type: 'server', server }, []))
  accepted(await world.core.postControl(session, vault.id, { entries: vault.entries }))
  const stream = vault.streams[0]!
  const start = { n: 0, h: streamStart(vault.id, stream) }
  const { entries, links, head } = await fromElsewhere(elsewhere, vault, stream, 3, start, other)
  accepted(await world.core.refillChain(session, vault.id, { stream, head, first: 1, links }))
  const before = [usage(account.id), usage(other.id)]
  const bare = entries.map((entry) => ({ ...entry, body: null, proof: null }))
  accepted(await world.core.refillEntries(session, vault.id, { stream, entries: bare }))
  const size = entries.reduce((sum, { header }) => sum + header.length, 0)
  const [[bytes = 0, count = 0], others] = before as [number[], number[]]
  expect([usage(account.id), usage(other.id)]).toEqual([[bytes + size, count + 3], others])
})

test('S8, S10: a log that is said to move here is checked as it comes, and none continues beyond its head', async () => {
  world = createServerWorld()
  const { account } = await newMember(world.core)
  const entries: SignedEntry[] = []
  for (let at = 0; at < 5; at++) entries.push(await addDevice(account, createDevice()))
  const { n, h } = accountHead(account.state)
  const head = await signHeadAs(generateSigningKeyPair(), { kind: 'account', id: account.id, n, h })
  const give = (first: number, given: typeof entries) => world.core.refillAccount({ head, first, entries: given })
  const [one, two, three, ...rest] = entries as [SignedEntry, SignedEntry, SignedEntry, ...SignedEntry[]]
  expect(accepted(await give(2, [one, two]))).toEqual({ n: 3 })
  // Not kept until the rest of it is there, for somebody to read it all at once.
  const forged = { ...three, signature: two.signature }
  expect(errorOf(await give(4, [forged]))).toBe('refused')
  expect(accepted(await give(5, rest)), 'nothing of what was refused is kept').toEqual({ n: 1 })
  expect(errorOf(await give(2, [...entries, one]))).toBe('refused')
  expect(accepted(await give(2, [one, two]))).toEqual({ n: 3 })
  expect(accepted(await give(4, [three, ...rest]))).toEqual({ n: 6 })
  expect(world.storage.read.accountLength(account.id)).toBe(6)
})

test('S8, C3: however often somebody is named in the grants of a chart, their list stays one that a device reads, with their own charts first', async () => {
  world = createServerWorld()
  const giver = await newMember(world.core)
  const named = await newMember(world.core)
  const vault = await createVault(giver.account)
  const streams = [{ stream: vault.streams[0]!, rights: READ }]
  accepted(await world.core.postControl(giver.session, vault.id, { entries: vault.entries }))
  const post = async () => await postNewest(world.core, giver.session, vault)
  const ended: TestGrant[] = []
  for (let at = 0; at < 9; at++) {
    ended.push(await addGrant(vault, named.account, { streams, notAfter: world.time.now() + 60_000 }))
    await post()
    await addCut(vault, ended.at(-1)!)
    await post()
  }
  const standing: TestGrant[] = []
  for (let at = 0; at < 20; at++) {
    standing.push(await addGrant(vault, named.account, { streams, notAfter: world.time.now() + 60_000 }))
    await post()
  }
  const mine = await createVault(named.account)
  accepted(await world.core.postControl(named.session, mine.id, { entries: mine.entries }))
  const { vaults } = await world.core.vaults(named.session)
  const names = [...standing.slice(-16), ...ended.slice(-4)].map(({ id }) => idText(id))
  expect(vaults.map(({ vault: id, grant }) => [idText(id), grant === null ? null : idText(grant)])).toEqual([
    [idText(mine.id), null],
    ...names.map((name) => [idText(vault.id), name]),
  ])
})

test('S8: nobody is kept from a chart of their own by the charts of others that they were put into', async () => {
  world = createServerWorld()
  const { account, session } = await newMember(world.core)
  await world.storage.write((tx) => {
    for (let at = 0; at < 1024; at++) tx.addMember(account.id, randomBytes(16))
  })
  const vault = await newVault(world.core, { account, session })
  expect((await world.core.vaults(session)).vaults.map(({ vault: id }) => idText(id))).toEqual([idText(vault.id)])
})
