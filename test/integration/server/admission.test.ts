/** H9: one gate for every account that comes, places for those that wait, and tickets: floods and side doors, over the core and its real storage. */
import {
  createAdmissions,
  createGate,
  createServerCore,
  createWaitingRoom,
  DEFAULT_LIMITS,
} from '@chartkeep/sync-server/testing'
import { generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import { READ } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { inviteHash, writeInvite } from '@chartkeep/protocol/pairing'
import type { SignedHead } from '@chartkeep/protocol/streams'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  addDevice,
  addGrant,
  applyControl,
  createAccount,
  createDevice,
  signControlEntry,
  type TestAccount,
} from '../../support/author.ts'
import { signHeadAs } from '../../support/hostile-server.ts'
import {
  accepted,
  answerChallenge,
  AUDIENCE,
  createServerWorld,
  errorOf,
  newMember,
  newVault,
  postNewest,
  signIn,
  type ServerWorld,
} from '../../support/server-world.ts'

const hour = 3_600_000
const day = 24 * hour
/** More than the room has places. */
const CROWD = 1001
let world: ServerWorld
beforeEach(() => {
  world = createServerWorld({ registration: 'invite' })
})
afterEach(() => world.close())

function from(address: string, registrations = { left: Infinity }) {
  const network = world.core.networkOf(address)
  return { network, countRegistration: () => (registrations.left-- > 0 ? 0 : 60) }
}
/**
 * Lets made-up accounts ask at the world's gate, each from an address of its own: what they have signed is looked at before. Answers what each was told.
 */
async function flood(
  accounts: readonly Uint8Array[],
  addressOf: (at: number) => string,
  { limits = DEFAULT_LIMITS, factor = 1, sizeBytes = 900 } = {},
): Promise<string[]> {
  const retention = { before: (ms: number) => world.time.now() - ms }
  const room = createWaitingRoom(limits, world.time, retention, world.signingKey.seed)
  const gate = createGate(createAdmissions('invite', world.time), room, world.time)
  return world.storage.write((tx) =>
    accounts.map((account, at) => {
      world.time.jump(10)
      const { network, countRegistration } = from(addressOf(at))
      const { refused } = gate.enter(tx, {
        account,
        first: { body: new Uint8Array(sizeBytes - 64), signature: new Uint8Array(64) },
        lookup: account,
        from: { network: { ...network, factor }, countRegistration },
        invite: null,
        proof: null,
        isHolder: false,
      })
      return refused?.error ?? 'in'
    }),
  )
}
const madeUp = (count: number) => Array.from({ length: count }, () => randomBytes(16))

const register = ({ entries }: TestAccount, address: string, invite?: string) =>
  world.core.register({ entry: entries[0]!, ...(invite === undefined ? {} : { invite }) }, from(address))
const standing = ({ id }: TestAccount) => world.storage.read.admission(id)?.standing ?? null

async function newInvite(): Promise<string> {
  const code = writeInvite(randomBytes(10))
  await world.storage.write((tx) => tx.addInvite(inviteHash(code), world.time.now() + hour))
  return code
}

async function owner() {
  const account = await createAccount()
  accepted(await register(account, '192.0.2.1', await newInvite()))
  const session = await signIn(world.core, account)
  return { account, session, vault: await newVault(world.core, { account, session }) }
}
type Owner = Awaited<ReturnType<typeof owner>>

/** The owner has the newcomer's code and finds the account, so that it can share a chart. */
async function share({ session, vault }: Owner, newcomer: TestAccount): Promise<void> {
  expect(accepted(await world.core.accountLog(session, newcomer.id, 0)).entries).toEqual(newcomer.entries)
  const streams = [{ stream: vault.streams[0]!, rights: READ }]
  await addGrant(vault, newcomer, { streams, notAfter: world.time.now() + day })
  await postNewest(world.core, session, vault)
}

async function headOf(account: TestAccount, key = generateSigningKeyPair()): Promise<SignedHead> {
  return signHeadAs(key, { kind: 'account', id: account.id, ...accountHead(account.state) })
}

describe.each([
  ['one network', () => '203.0.113.7'],
  ['200 networks', (at: number) => `198.51.${at % 200}.9`],
  ['as many networks of IPv6 behind one provider line', (at: number) => `2001:db8:7:${at.toString(16)}::1`],
])('H9: a flood of 1,001 newcomers from %s', (_name, addressOf) => {
  test('H9: locks nobody out: an invited person, one with a ticket and one from elsewhere come in', async () => {
    const me = await owner()
    const before = await createAccount()
    expect(errorOf(await register(before, '192.0.2.50'))).toBe('invite-required')
    for (const told of await flood(madeUp(CROWD), addressOf))
      expect(['invite-required', 'waiting-full']).toContain(told)
    expect(world.storage.read.waitingAccounts().count).toBeLessThanOrEqual(1000)
    // Who waited before still has its place, and a newcomer from elsewhere finds one.
    expect(standing(before)).toBe('waiting')
    const elsewhere = await createAccount()
    expect(errorOf(await register(elsewhere, '192.0.2.51'))).toBe('invite-required')
    await share(me, elsewhere)
    expect(standing(elsewhere)).toBe('guest')

    // Behind the very address that the flood comes from.
    const patient = await createAccount()
    accepted(await register(patient, addressOf(0), await newInvite()))
    await signIn(world.core, patient)
    const scanned = await createAccount()
    expect(errorOf(await world.core.accountLog(me.session, scanned.id, 0))).toBe('not-found')
    expect(await world.core.expect(me.session, scanned.id)).toBeNull()
    expect(errorOf(await register(scanned, addressOf(0)))).toBe('invite-required')
    await share(me, scanned)
    accepted(await register(scanned, addressOf(0)))
    await signIn(world.core, scanned)
  })
})

describe('H9: the waiting room', () => {
  test('H9: one network has 2 % of the places, at least five, and is told when it has them all; a larger factor gives it more', async () => {
    const places = async (waitingAccounts: number, factor: number) => {
      await world.close()
      world = createServerWorld()
      const limits = { ...DEFAULT_LIMITS, waitingAccounts }
      const answers = await flood(madeUp(60), () => '203.0.113.7', { limits, factor })
      const full = answers.indexOf('waiting-full')
      expect(new Set(answers.slice(full))).toEqual(new Set(['waiting-full']))
      return full
    }
    expect([await places(1000, 1), await places(100, 1), await places(100, 2)]).toEqual([20, 5, 10])
  })

  test('H9: when it is full the network with the most places gives up its oldest; who shows itself again stays', async () => {
    const ids = madeUp(8)
    const [a, b, c, d, e, f, g, h] = ids
    const come = async (account: Uint8Array | undefined, address: string) => {
      world.time.jump(2 * 60_000)
      const limits = { ...DEFAULT_LIMITS, waitingAccounts: 6 }
      expect(await flood([account!], () => address, { limits })).toEqual(['invite-required'])
    }
    const isKept = (account: Uint8Array | undefined) => world.storage.read.admission(account!) !== null
    await come(a, '192.0.2.1')
    for (const each of [b, c, d]) await come(each, '203.0.113.7')
    for (const each of [e, f]) await come(each, '203.0.113.8')
    await come(b, '203.0.113.7')
    await come(g, '192.0.2.2')
    expect(ids.filter(isKept)).toEqual([a, b, d, e, f, g])
    // For the two that have two now, the one whose place is oldest.
    await come(h, '192.0.2.3')
    expect(ids.filter(isKept)).toEqual([a, b, e, f, g, h])
    expect([c, d].map((each) => world.storage.read.entriesOf(each!))).toEqual([0, 0])
  })

  test('H9: a place is 8 KiB at most', async () => {
    const [fits, large] = madeUp(2)
    expect(await flood([fits!], () => '203.0.113.9', { sizeBytes: 8 * 1024 })).toEqual(['invite-required'])
    expect(await flood([large!], () => '203.0.113.9', { sizeBytes: 8 * 1024 + 1 })).toEqual(['too-large'])
    expect(world.storage.read.accountLength(large!)).toBe(0)
  })

  test('H9: the file holds no address of those who wait', async () => {
    await register(await createAccount(), '203.0.113.77')
    await register(await createAccount(), '2001:db8:77:1::1')
    const { readFileSync, readdirSync } = await import('node:fs')
    for (const name of readdirSync(world.folder))
      for (const text of ['203.0.113.77', '2001:db8:77'])
        expect(readFileSync(`${world.folder}/${name}`).includes(text)).toBe(false)
  })
})

describe('H9: tickets', () => {
  test('H9: nobody but who may share posts one, for an account that is in already it is nothing, and it ends after 30 days', async () => {
    const me = await owner()
    const guest = await createAccount()
    await register(guest, '192.0.2.9')
    await share(me, guest)
    const as = await signIn(world.core, guest)
    expect(errorOf(await world.core.expect(as, randomBytes(16)))).toBe('no-right')
    const onPaper = await signIn(world.core, me.account, me.account.recovery)
    expect(errorOf(await world.core.expect(onPaper, randomBytes(16)))).toBe('no-right')
    expect(await world.core.expect(me.session, guest.id)).toBeNull()
    expect(world.storage.read.ticketsOf(me.account.id)).toEqual([])

    const scanned = await createAccount()
    expect(await world.core.expect(me.session, scanned.id)).toBeNull()
    expect(errorOf(await register(scanned, '192.0.2.9'))).toBe('invite-required')
    expect(world.storage.read.waitingAccounts().count).toBe(0)
    world.time.jump(31 * day)
    const later = await signIn(world.core, me.account)
    expect(await world.core.expect(later, randomBytes(16))).toBeNull()
    expect([standing(scanned), world.storage.read.accountLength(scanned.id)]).toEqual([null, 0])
  })

  test('H9: one who waits leaves the room by a ticket; a member has 50, and the oldest gives way', async () => {
    const me = await owner()
    const first = await createAccount()
    await register(first, '192.0.2.9')
    expect(world.storage.read.waitingAccounts().count).toBe(1)
    for (let at = 0; at < 50; at++) {
      expect(await world.core.expect(me.session, at === 0 ? first.id : randomBytes(16))).toBeNull()
      world.time.jump(1000)
    }
    expect([world.storage.read.waitingAccounts().count, standing(first)]).toEqual([0, 'waiting'])
    expect(world.storage.read.ticketsOf(me.account.id)).toHaveLength(50)
    expect(await world.core.expect(me.session, randomBytes(16))).toBeNull()
    expect(world.storage.read.ticketsOf(me.account.id)).toHaveLength(50)
    // It had a place before the ticket, and has it again.
    expect([world.storage.read.waitingAccounts().count, standing(first)]).toEqual([1, 'waiting'])
    expect(errorOf(await register(first, '192.0.2.9'))).toBe('invite-required')
  })

  test('H9: a member’s tickets take nobody’s place away: who waited before them waits after them', async () => {
    const me = await owner()
    const other = await createAccount()
    await register(other, '192.0.2.9')
    for (let at = 0; at < 51; at++) {
      expect(await world.core.expect(me.session, at === 0 ? other.id : randomBytes(16))).toBeNull()
      world.time.jump(1000)
    }
    expect(standing(other)).toBe('waiting')
    // One who came by a ticket alone goes with it.
    const scanned = await createAccount()
    await world.core.expect(me.session, scanned.id)
    expect(errorOf(await register(scanned, '192.0.2.9'))).toBe('invite-required')
    for (let at = 0; at < 50; at++) {
      world.time.jump(1000)
      await world.core.expect(me.session, randomBytes(16))
    }
    expect(standing(scanned)).toBeNull()
  })

  test('H9, S8: accounts with a ticket are counted apart, with the same limits: nobody makes accounts without end by tickets', async () => {
    const me = await owner()
    const counted: boolean[] = []
    const network = world.core.networkOf('192.0.2.9')
    const countRegistration = (isExpected = false) => (counted.push(isExpected) > 2 ? 60 : 0)
    const come = async () => {
      const account = await createAccount()
      await world.core.expect(me.session, account.id)
      return errorOf(await world.core.register({ entry: account.entries[0]! }, { network, countRegistration }))
    }
    expect([await come(), await come(), await come()]).toEqual(['invite-required', 'invite-required', 'rate-limited'])
    expect(counted).toEqual([true, true, true])
  })
})

describe('H9: no side door', () => {
  test('H9: a server that lost nothing takes no log of an account that only waits, or that it does not know, whoever has signed its head', async () => {
    const me = await owner()
    const stranger = await createAccount()
    await register(stranger, '203.0.113.7')
    // A friend who is in reads the log, and so has a head of this very server.
    const { head } = accepted(await world.core.accountLog(me.session, stranger.id, 0))
    await addDevice(stranger, createDevice())
    const unknown = await createAccount()
    for (const post of [
      { head, first: 1, entries: stranger.entries.slice(0, 1) },
      { head, first: 2, entries: [] },
      { head: await headOf(stranger), first: 1, entries: stranger.entries },
      { head: await headOf(unknown), first: 1, entries: unknown.entries },
    ])
      expect(errorOf(await world.core.refillAccount(post, from('203.0.113.7')))).toBe('refused')
    expect([standing(stranger), standing(unknown)]).toEqual(['waiting', null])
    expect(
      errorOf(await world.core.signIn(await answerChallenge(world.core.challenge(), stranger.id, stranger.device))),
    ).toBe('unauthenticated')
  })

  test('H9: on an open server a log that is said to move here counts as a registration', async () => {
    await world.close()
    world = createServerWorld()
    const registrations = { left: 2 }
    const give = async (account: TestAccount) =>
      world.core.refillAccount(
        { head: await headOf(account), first: 1, entries: account.entries },
        from('203.0.113.7', registrations),
      )
    const [one, two, three] = [await createAccount(), await createAccount(), await createAccount()]
    accepted(await give(one))
    accepted(await world.core.register({ entry: two.entries[0]! }, from('203.0.113.7', registrations)))
    expect(await give(three)).toMatchObject({ error: 'rate-limited', retryAfter: 60 })
    expect(standing(three)).toBeNull()
    // Who is in already is not counted again, and neither is who was invited.
    accepted(await world.core.register({ entry: two.entries[0]! }, from('203.0.113.7', registrations)))
    await world.close()
    world = createServerWorld({ registration: 'invite' })
    const invite = await newInvite()
    const none = from('203.0.113.7', { left: 0 })
    accepted(await world.core.register({ entry: three.entries[0]!, invite }, none))
    expect(await world.core.register({ entry: two.entries[0]! }, none)).toMatchObject({ error: 'rate-limited' })
  })

  test('H9, S10: an account that moves here comes in by the head of the server that a chart here has left, and by no other', async () => {
    const me = await owner()
    const elsewhere = generateSigningKeyPair()
    const server = { address: AUDIENCE, key: world.serverKey, previous: elsewhere.publicKey }
    await applyControl(me.vault, await signControlEntry(me.vault, { type: 'server', server }, []))
    await postNewest(world.core, me.session, me.vault)
    const moving = await createAccount()
    const streams = [{ stream: me.vault.streams[0]!, rights: READ }]
    await addGrant(me.vault, moving, { streams, notAfter: world.time.now() + day })
    await postNewest(world.core, me.session, me.vault)
    const give = async (key: typeof elsewhere) =>
      world.core.refillAccount({ head: await headOf(moving, key), first: 1, entries: moving.entries })
    expect(errorOf(await give(generateSigningKeyPair()))).toBe('refused')
    expect(accepted(await give(elsewhere))).toEqual({ n: 1 })
    expect(standing(moving)).toBe('guest')
    await signIn(world.core, moving)
  })

  test('H9, S9: a server that lost data takes back an account by its own head, as what it was, and no other', async () => {
    await world.close()
    world = createServerWorld()
    const { account, session } = await newMember(world.core)
    const { head } = accepted(await world.core.accountLog(session, account.id, 0))
    const lost = createServerWorld({ registration: 'invite' })
    await lost.storage.write((tx) => tx.setMark('restored', JSON.stringify({ at: new Date(0).toISOString() })))
    const key = generateSigningKeyPair()
    const core = createServerCore({
      storage: lost.storage,
      signingKey: key,
      clock: lost.time,
      timers: lost.time.timers,
      audience: AUDIENCE,
      randomBytes,
      registration: 'invite',
    })
    const give = (of: SignedHead) => core.refillAccount({ head: of, first: 1, entries: account.entries })
    expect(errorOf(await give(head))).toBe('refused')
    expect(accepted(await give(await headOf(account, key)))).toEqual({ n: 1 })
    expect(lost.storage.read.admission(account.id)?.standing).toBe('guest')
    await lost.close()
  })
})
