/** Control logs at the server (C1-C4, C8): what it takes, in which order, and what each reader is shown. */
import { generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import { AMEND, APPEND, decodeAs, idText, READ, SIGN } from '@chartkeep/protocol'
import {
  applyControlEntry,
  controlHead,
  PartOpen,
  readControlLog,
  type ControlEntry,
  type ControlState,
} from '@chartkeep/protocol/control'
import { verifyHead } from '@chartkeep/protocol/streams'
import { createServerCore } from '@chartkeep/sync-server/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addCut,
  addDevice,
  addDeviceCut,
  addEpochs,
  addGrant,
  createDevice,
  createVault,
  makeGrant,
  makeTestPart,
  removeDevice,
  signControlEntry,
  type TestAccount,
  type TestDevice,
  type TestVault,
} from '../../support/author.ts'
import {
  accepted,
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
let second: Member
let stranger: Member

beforeAll(async () => {
  world = createServerWorld()
  owner = await newMember(world.core)
  grantee = await newMember(world.core)
  second = await newMember(world.core)
  stranger = await newMember(world.core)
})
afterAll(() => world.close())

const postedVault = () => newVault(world.core, owner)

const postEntry = (vault: TestVault, entry: ControlEntry, session = owner.session) =>
  world.core.postControl(session, vault.id, { entries: [entry] })

async function post(vault: TestVault): Promise<void> {
  accepted(await postEntry(vault, vault.entries.at(-1)!))
}

async function logAs(session: typeof owner.session, vault: TestVault, after = 0) {
  return accepted(await world.core.control(session, vault.id, after))
}

const hour = 3_600_000
const soon = () => world.time.now() + hour
const lookup = (account: Uint8Array) =>
  [owner, grantee, second].find((member) => idText(member.account.id) === idText(account))?.account.state ?? null

/** Which halves of each part of each entry are shown. */
function halves(entries: ControlEntry[]): string[] {
  return entries.map(({ parts }) =>
    parts.map(({ open, wrap }) => `${open === null ? '-' : 'o'}${wrap === null ? '-' : 'w'}`).join(' '),
  )
}

/** A sound entry over the vault's head, but for whoever signs it. */
function epochsBy(vault: TestVault, account: TestAccount, device: TestDevice): Promise<ControlEntry> {
  const signer = { ...account, device }
  const owners = [{ ...vault.state.owners[0]!, account: account.id }]
  return addEpochs({ ...vault, owner: signer, state: { ...vault.state, owners }, entries: [], keys: new Map() }, [
    vault.streams[0]!,
  ])
}

describe('C1: the log', () => {
  test('C1: the first entry makes the vault; several entries posted at once are taken in order, under a signed head', async () => {
    const vault = await createVault(owner.account)
    await addEpochs(vault, [vault.streams[0]!])
    await addGrant(vault, grantee.account, { streams: [{ stream: vault.streams[0]!, rights: READ }], notAfter: soon() })
    const { head } = accepted(await world.core.postControl(owner.session, vault.id, { entries: vault.entries }))
    expect(head).toMatchObject({ kind: 'control', id: vault.id, ...controlHead(vault.state) })
    expect(await verifyHead(head, world.serverKey)).toBe(true)
    const page = await logAs(owner.session, vault)
    expect(page.entries).toEqual(vault.entries)
    const read = (await readControlLog(page.entries, lookup)) as ControlState
    expect(read.n).toBe(3)
  })

  test('C1: entries are taken all or none', async () => {
    const vault = await createVault(owner.account)
    const [first] = vault.entries
    const wrong = await signControlEntry(vault, { type: 'epoch', n: 5 }, [])
    expect(errorOf(await world.core.postControl(owner.session, vault.id, { entries: [first!, wrong] }))).toBe(
      'head-moved',
    )
    expect(errorOf(await world.core.control(owner.session, vault.id, 0))).toBe('not-found')
  })

  test('C1: the same entries again get the same answer, also when the log has grown since', async () => {
    const vault = await postedVault()
    const first = accepted(await world.core.postControl(owner.session, vault.id, { entries: vault.entries })).head
    await addEpochs(vault, [vault.streams[0]!])
    await post(vault)
    const again = accepted(
      await world.core.postControl(owner.session, vault.id, { entries: vault.entries.slice(0, 1) }),
    ).head
    expect([again.n, again.h]).toEqual([first.n, first.h])
    expect((await logAs(owner.session, vault)).head.n).toBe(2)
  })

  test('C1: an entry over a head that has moved is refused, and of two at the same moment one is taken', async () => {
    const vault = await postedVault()
    const a = await makeGrant(vault, grantee.account, {
      streams: [{ stream: vault.streams[0]!, rights: READ }],
      notAfter: soon(),
    })
    const b = await makeGrant(vault, second.account, {
      streams: [{ stream: vault.streams[0]!, rights: READ }],
      notAfter: soon(),
    })
    const answers = await Promise.all([postEntry(vault, a.entry), postEntry(vault, b.entry)])
    expect(answers.map(errorOf)).toEqual([null, 'head-moved'])
    expect(errorOf(await postEntry(vault, b.entry))).toBe('head-moved')
  })

  test('C1: nobody but an owner writes in the log: a grantee has no right, a stranger finds nothing', async () => {
    const vault = await postedVault()
    await addGrant(vault, grantee.account, {
      streams: [{ stream: vault.streams[0]!, rights: READ | APPEND | AMEND }],
      notAfter: soon(),
    })
    await post(vault)
    const entry = await epochsBy(vault, grantee.account, grantee.account.device)
    expect(errorOf(await postEntry(vault, entry, grantee.session))).toBe('no-right')
    expect(errorOf(await postEntry(vault, entry, stranger.session))).toBe('not-found')
    expect(errorOf(await postEntry(vault, entry))).toBe('refused')
    expect((await logAs(owner.session, vault)).head.n).toBe(2)
  })

  test('C1: nobody takes over a vault id that exists, and an unknown vault has no second entry', async () => {
    const vault = await postedVault()
    const own = await createVault(stranger.account)
    const over = await signControlEntry({ id: vault.id, owner: stranger.account, state: null }, { type: 'vault' }, [])
    expect(errorOf(await postEntry(vault, over, stranger.session))).toBe('not-found')
    const late = await signControlEntry(own, { type: 'epoch' }, [])
    expect(errorOf(await world.core.postControl(stranger.session, own.id, { entries: [late] }))).toBe('not-found')
    const elsewhere = await world.core.postControl(stranger.session, randomBytes(16), { entries: own.entries })
    expect(errorOf(elsewhere)).toBe('refused')
  })

  test.each([
    ['a signature that does not hold', (entry: ControlEntry) => ({ ...entry, signature: new Uint8Array(64) })],
    ['a part that is missing', (entry: ControlEntry) => ({ ...entry, parts: entry.parts.slice(1) })],
    ['an open half that is withheld', (entry: ControlEntry) => withPart(entry, { open: null })],
    ['a wrap that is withheld', (entry: ControlEntry) => withPart(entry, { wrap: null })],
    ['an open half that was changed', (entry: ControlEntry) => withPart(entry, { open: new Uint8Array(8) })],
    ['a wrap that was changed', (entry: ControlEntry) => withPart(entry, { wrap: new Uint8Array(8) })],
    ['bytes that are no entry', (entry: ControlEntry) => ({ ...entry, body: new Uint8Array(8) })],
  ])('C1: an entry with %s is refused', async (_name, spoil) => {
    const vault = await postedVault()
    const { entry } = await makeGrant(vault, grantee.account, {
      streams: [{ stream: vault.streams[0]!, rights: READ }],
      notAfter: soon(),
    })
    expect(errorOf(await postEntry(vault, spoil(entry)))).toBe('refused')
    expect(errorOf(await postEntry(vault, entry))).toBeNull()
  })

  test.each(['manager', 'accept', 'server', 'restart'] as const)(
    'C2: an entry of the type %s that lacks what it says is refused',
    async (type) => {
      const vault = await postedVault()
      expect(errorOf(await postEntry(vault, await signControlEntry(vault, { type }, [])))).toBe('refused')
    },
  )

  test('C3: a grant that has ended already is refused, and so is one that begins at a later number', async () => {
    const vault = await postedVault()
    const [stream] = vault.streams
    const over = await makeGrant(vault, grantee.account, {
      streams: [{ stream: stream!, rights: READ }],
      notAfter: world.time.now(),
    })
    expect(errorOf(await postEntry(vault, over.entry))).toBe('refused')
    const fromNow = await makeGrant(vault, grantee.account, {
      streams: [{ stream: stream!, rights: READ, from: 1 }],
      notAfter: soon(),
    })
    expect(errorOf(await postEntry(vault, fromNow.entry))).toBe('refused')
  })

  test('C4: a cut must name positions that the streams have', async () => {
    const vault = await postedVault()
    const [stream] = vault.streams
    const grant = await addGrant(vault, grantee.account, {
      streams: [{ stream: stream!, rights: READ | APPEND }],
      notAfter: soon(),
    })
    await post(vault)
    const before = { ...vault, entries: [...vault.entries], keys: new Map(vault.keys) }
    await addCut(before, grant, [], [{ stream: stream!, n: 4, h: randomBytes(32) }])
    expect(errorOf(await postEntry(vault, before.entries.at(-1)!))).toBe('heads-unknown')
    const other = { ...vault, entries: [...vault.entries], keys: new Map(vault.keys) }
    await addCut(other, grant, [], [{ stream: stream!, n: 0, h: randomBytes(32) }])
    expect(errorOf(await postEntry(vault, other.entries.at(-1)!))).toBe('heads-unknown')
    await addCut(vault, grant)
    expect(errorOf(await postEntry(vault, vault.entries.at(-1)!))).toBeNull()
  })

  test('K5: an entry by a device that the account has removed is refused, though it names a head at which it was live', async () => {
    const { account, session } = await newMember(world.core)
    const phone = createDevice()
    accepted(await world.core.postAccount(session, account.id, { entry: await addDevice(account, phone) }))
    const vault = await newVault(world.core, { account, session })
    const asPhone = await signIn(world.core, account, phone)
    const entry = await epochsBy(vault, account, phone)
    accepted(await world.core.postAccount(session, account.id, { entry: await removeDevice(account, phone.id) }))
    expect(errorOf(await world.core.postControl(asPhone, vault.id, { entries: [entry] }))).toBe('unauthenticated')
    expect(errorOf(await world.core.postControl(session, vault.id, { entries: [entry] }))).toBe('refused')
  })

  test('K11, C1: a log that the server has not yet is taken from another live device of its account, and from nobody else; one that it has only from its signer', async () => {
    const { account, session } = await newMember(world.core)
    const phone = createDevice()
    const vault = await createVault(account)
    accepted(await world.core.postAccount(session, account.id, { entry: await addDevice(account, phone) }))
    const asPhone = await signIn(world.core, account, phone)
    const { entries } = vault
    expect(errorOf(await world.core.postControl(stranger.session, vault.id, { entries }))).toBe('refused')
    accepted(await world.core.postControl(asPhone, vault.id, { entries }))
    await addEpochs(vault, [vault.streams[0]!])
    const next = { entries: vault.entries.slice(-1) }
    expect(errorOf(await world.core.postControl(asPhone, vault.id, next))).toBe('refused')
    accepted(await world.core.postControl(session, vault.id, next))
  })

  test('C1: what is in a log is answered as standing to any device of an owner that brings it, and to nobody else', async () => {
    const { account, session } = await newMember(world.core)
    const phone = createDevice()
    accepted(await world.core.postAccount(session, account.id, { entry: await addDevice(account, phone) }))
    const vault = await createVault(account)
    await addGrant(vault, grantee.account, { streams: [{ stream: vault.streams[0]!, rights: READ }], notAfter: soon() })
    const { entries } = vault
    const { head } = accepted(await world.core.postControl(session, vault.id, { entries }))
    const asPhone = await signIn(world.core, account, phone)
    expect(accepted(await world.core.postControl(asPhone, vault.id, { entries })).head).toMatchObject({
      n: head.n,
      h: head.h,
    })
    expect(errorOf(await world.core.postControl(grantee.session, vault.id, { entries }))).toBe('no-right')
    expect(errorOf(await world.core.postControl(stranger.session, vault.id, { entries }))).toBe('not-found')
    const other = await postedVault()
    expect(errorOf(await world.core.postControl(owner.session, other.id, { entries }))).toBe('refused')
    expect((await logAs(session, vault)).entries).toEqual(entries)
  })

  test('K5: a device that the vault has cut reaches none of it any more', async () => {
    const { account, session } = await newMember(world.core)
    const phone = createDevice()
    accepted(await world.core.postAccount(session, account.id, { entry: await addDevice(account, phone) }))
    const vault = await newVault(world.core, { account, session })
    const asPhone = await signIn(world.core, account, phone)
    accepted(await world.core.control(asPhone, vault.id, 0))
    accepted(await world.core.postAccount(session, account.id, { entry: await removeDevice(account, phone.id) }))
    await addDeviceCut(vault, phone.id)
    await postNewest(world.core, session, vault)
    const stillOpen = { ...asPhone, ended: false }
    expect(errorOf(await world.core.control(stillOpen, vault.id, 0))).toBe('not-found')
    expect(errorOf(await world.core.pull(stillOpen, vault.id, { streams: [], budget: 0 }))).toBe('not-found')
    expect(accepted(await world.core.vaults(stillOpen)).vaults).toEqual([])
  })
})

function withPart(entry: ControlEntry, change: Partial<ControlEntry['parts'][number]>): ControlEntry {
  return { ...entry, parts: entry.parts.map((part, index) => (index === 0 ? { ...part, ...change } : part)) }
}

async function sharedVault() {
  const vault = await postedVault()
  const [labs, meds] = vault.streams
  const reader = await addGrant(vault, grantee.account, {
    streams: [{ stream: labs!, rights: READ }],
    notAfter: soon(),
  })
  await post(vault)
  const writer = await addGrant(vault, second.account, {
    streams: [{ stream: labs!, rights: READ | APPEND }],
    notAfter: soon(),
  })
  await post(vault)
  const elsewhere = await addGrant(vault, second.account, {
    streams: [{ stream: meds!, rights: READ | APPEND | SIGN }],
    notAfter: soon(),
  })
  await post(vault)
  return { vault, labs: labs!, meds: meds!, reader, writer, elsewhere }
}

describe('C8: what each reader sees', () => {
  test('C8: owners see every half; a grantee its own, the rights of co-authors of what it reads, and of the rest hashes only', async () => {
    const { vault } = await sharedVault()
    expect(halves((await logAs(owner.session, vault)).entries)).toEqual(['ow', 'ow ow', 'ow ow', 'ow ow'])
    const seen = (await logAs(grantee.session, vault)).entries
    expect(halves(seen)).toEqual(['--', 'ow --', 'o- --', '-- --'])
    expect(seen.map(({ body }) => idText(body))).toEqual(vault.entries.map(({ body }) => idText(body)))
    const author = decodeAs(PartOpen, seen[2]!.parts[0]!.open!)!
    expect(idText(author.recipient)).toBe(idText(second.account.id))
    expect(halves((await logAs(second.session, vault)).entries)).toEqual(['--', '-- --', 'ow --', 'ow --'])
  })

  test('C8: with halves withheld the hashes remain and the log verifies from its first entry', async () => {
    const { vault } = await sharedVault()
    const page = await logAs(grantee.session, vault)
    let state: ControlState | null = null
    for (const entry of page.entries) {
      const next = await applyControlEntry(state, entry, lookup)
      if ('type' in next) throw new Error(next.reason)
      state = next
    }
    expect([state!.n, idText(state!.h)]).toEqual([page.head.n, idText(page.head.h)])
    expect(state!.received).toHaveLength(1)
    expect([...state!.grants.values()].filter(({ account }) => account !== null)).toHaveLength(2)
  })

  test('C8: a re-key part goes to the grant and account that it names, both halves, and to nobody else', async () => {
    const { vault, reader, writer } = await sharedVault()
    await addCut(vault, writer, [reader])
    await post(vault)
    expect(halves((await logAs(grantee.session, vault)).entries).at(-1)).toBe('-- ow')
    expect(halves((await logAs(owner.session, vault)).entries).at(-1)).toBe('ow ow')
    expect(halves((await logAs(second.session, vault)).entries).at(-1)).toBe('-- --')
  })

  test('C8, C10: after its cut a grantee gets the log up to that cut under a signed head, nothing later, and none of others', async () => {
    const { vault, labs, reader, writer } = await sharedVault()
    await addCut(vault, reader, [writer])
    await post(vault)
    await addEpochs(vault, [labs])
    await post(vault)
    const page = await logAs(grantee.session, vault)
    expect(page.entries).toHaveLength(5)
    expect([page.head.n, page.head.h]).toEqual([5, vault.state.hashes[4]])
    expect(await verifyHead(page.head, world.serverKey)).toBe(true)
    expect(halves(page.entries)).toEqual(['--', 'ow --', '-- --', '-- --', '-- --'])
    expect((await logAs(grantee.session, vault, 5)).entries).toEqual([])
    expect((await logAs(owner.session, vault)).head.n).toBe(6)
    const { vaults } = accepted(await world.core.vaults(grantee.session))
    expect(vaults.filter((each) => idText(each.vault) === idText(vault.id))).toEqual([
      { vault: vault.id, grant: reader.id, moved: 5 },
    ])
  })

  test('C8: with one grant cut and another standing, a grantee continues to the head', async () => {
    const { vault, writer } = await sharedVault()
    await addCut(vault, writer)
    await post(vault)
    await addEpochs(vault, [vault.streams[1]!])
    await post(vault)
    expect((await logAs(second.session, vault)).head.n).toBe(6)
  })

  test('C3: the list of vaults names the grants of the account, and null where it is an owner', async () => {
    const { vault, writer, elsewhere } = await sharedVault()
    const of = async (session: typeof owner.session) =>
      accepted(await world.core.vaults(session))
        .vaults.filter((each) => idText(each.vault) === idText(vault.id))
        .map(({ grant }) => grant)
    expect(await of(owner.session)).toEqual([null])
    expect(await of(second.session)).toEqual([writer.id, elsewhere.id])
    expect(await of(stranger.session)).toEqual([])
  })

  test('C1: a page of the log starts where it is asked to and stays under its size', async () => {
    const vault = await postedVault()
    for (let i = 0; i < 3; i++) {
      const part = makeTestPart({ vault: vault.id, recipient: owner.account, keys: [] })
      const entry = await signControlEntry(vault, { type: 'epoch', epochs: [] }, [part])
      expect(errorOf(await postEntry(vault, entry))).toBe('refused')
      await addEpochs(vault, vault.streams)
      await post(vault)
    }
    expect((await logAs(owner.session, vault, 2)).entries).toEqual(vault.entries.slice(2))
    expect((await logAs(owner.session, vault, 99)).entries).toEqual([])
  })
})

test('C6: a state of the log in memory that is behind the log on the disk decides nothing', async () => {
  const vault = await postedVault()
  const grant = await addGrant(vault, grantee.account, {
    streams: [{ stream: vault.streams[0]!, rights: READ }],
    notAfter: soon(),
  })
  await post(vault)
  const beside = createServerCore({
    storage: world.storage,
    signingKey: generateSigningKeyPair(),
    clock: world.time,
    timers: world.time.timers,
    audience: 'x',
    randomBytes,
  })
  const session = await signIn(beside, grantee.account)
  const ask = () => beside.pull(session, vault.id, { streams: [{ stream: vault.streams[0]!, after: 0 }], budget: 1 })
  expect(errorOf(await ask())).toBeNull()
  await addCut(vault, grant)
  await post(vault)
  expect(errorOf(await ask())).toBe('not-found')
})

test('C1: what the server keeps of a log is enough to continue after a restart', async () => {
  const vault = await postedVault()
  await addGrant(vault, grantee.account, { streams: [{ stream: vault.streams[0]!, rights: READ }], notAfter: soon() })
  await post(vault)
  const again = createServerCore({
    storage: world.storage,
    signingKey: generateSigningKeyPair(),
    clock: world.time,
    timers: world.time.timers,
    audience: 'x',
    randomBytes,
  })
  const session = await signIn(again, grantee.account as TestAccount)
  const page = accepted(await again.control(session, vault.id, 0))
  expect(halves(page.entries)).toEqual(['--', 'ow --'])
})
