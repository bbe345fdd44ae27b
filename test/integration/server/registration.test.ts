/** H2: who may come in: open, by invitation, closed, and by a grant of an owner, over the core and its real storage. */
import { randomBytes } from '@chartkeep/crypto'
import { idText, READ } from '@chartkeep/protocol'
import { inviteHash, writeInvite } from '@chartkeep/protocol/pairing'
import { createServerCore, DEFAULT_LIMITS, type Registration } from '@chartkeep/sync-server/testing'
import { generateSigningKeyPair } from '@chartkeep/crypto'
import { afterEach, describe, expect, test } from 'vitest'
import {
  addCut,
  addDevice,
  addGrant,
  createAccount,
  createDevice,
  createVault,
  createWriter,
  sealDrafts,
  type TestAccount,
} from '../../support/author.ts'
import {
  accepted,
  answerChallenge,
  AUDIENCE,
  createServerWorld,
  errorOf,
  newMember,
  newVault,
  postNewest,
  pull,
  push,
  signIn,
  type ServerWorld,
} from '../../support/server-world.ts'

const hour = 3_600_000
let world: ServerWorld
afterEach(() => world.close())

async function newInvite(expires = world.time.now() + hour): Promise<string> {
  const code = writeInvite(randomBytes(10))
  await world.storage.write((tx) => tx.addInvite(inviteHash(code), expires))
  return code
}

const register = ({ entries }: TestAccount, invite?: string) =>
  world.core.register({ entry: entries[0]!, ...(invite === undefined ? {} : { invite }) })

const enter = async (account: TestAccount) =>
  world.core.signIn(await answerChallenge(world.core.challenge(), account.id, account.device))

/** The same storage under another rule. */
function underRule(registration: Registration) {
  return createServerCore({
    storage: world.storage,
    signingKey: generateSigningKeyPair(),
    clock: world.time,
    timers: world.time.timers,
    audience: AUDIENCE,
    randomBytes,
    registration,
  })
}

/** A member with a vault of its own on a server by invitation. */
async function invitedOwner() {
  const account = await createAccount()
  accepted(await register(account, await newInvite()))
  const session = await signIn(world.core, account)
  const vault = await newVault(world.core, { account, session })
  return { account, session, vault }
}

describe('by invitation', () => {
  test('H2: the server says how one comes in, asks for an invitation, and lets nobody sign in without', async () => {
    world = createServerWorld({ registration: 'invite' })
    expect(world.core.info().registration).toBe('invite')
    const account = await createAccount()
    expect(errorOf(await register(account))).toBe('invite-required')
    expect(errorOf(await enter(account))).toBe('unauthenticated')
    expect(errorOf(await register(account))).toBe('invite-required')
  })

  test('H2: a code lets one account in, typed as people type; the same account may register again without it', async () => {
    world = createServerWorld({ registration: 'invite' })
    const code = await newInvite()
    const account = await createAccount()
    const typed = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `
    accepted(await register(account, typed))
    accepted(await register(account))
    accepted(await register(account, 'no code at all'))
    const session = await signIn(world.core, account)
    await newVault(world.core, { account, session })
    expect(errorOf(await register(await createAccount(), code))).toBe('invite-refused')
  })

  test.each(['', 'x', 'AAAA-AAAA-AAAA-AAAA', 'AAAA-AAAA-AAAA-AAAU'])(
    'H2: "%s" is no invitation, and uses none up',
    async (typed) => {
      world = createServerWorld({ registration: 'invite' })
      const code = await newInvite()
      const account = await createAccount()
      expect(errorOf(await register(account, typed))).toBe('invite-refused')
      accepted(await register(account, code))
    },
  )

  test('H2: a code that has run out lets nobody in', async () => {
    world = createServerWorld({ registration: 'invite' })
    const code = await newInvite(world.time.now() + 1000)
    world.time.jump(1000)
    expect(errorOf(await register(await createAccount(), code))).toBe('invite-refused')
    expect(world.storage.read.invite(inviteHash(code))).toBeNull()
  })

  test('H2: of many accounts that use one code at once, one comes in', async () => {
    world = createServerWorld({ registration: 'invite' })
    const code = await newInvite()
    const accounts = await Promise.all(Array.from({ length: 8 }, () => createAccount()))
    const answers = await Promise.all(accounts.map((account) => register(account, code)))
    expect(answers.filter((answer) => errorOf(answer) === null)).toHaveLength(1)
  })

  test('H2: the code itself is nowhere in the storage', async () => {
    world = createServerWorld({ registration: 'invite' })
    const code = await newInvite()
    const { readFileSync, readdirSync } = await import('node:fs')
    for (const name of readdirSync(world.folder))
      for (const form of [code, code.replaceAll('-', '')])
        expect(readFileSync(`${world.folder}/${name}`).includes(form)).toBe(false)
  })
})

describe('closed', () => {
  test('H2: nobody comes in, with a code neither; who was a member before stays one', async () => {
    world = createServerWorld()
    const { account } = await newMember(world.core)
    const closed = underRule('closed')
    const stranger = await createAccount()
    const code = await newInvite()
    for (const invite of [{}, { invite: code }])
      expect(errorOf(await closed.register({ entry: stranger.entries[0]!, ...invite }))).toBe('closed')
    const session = await signIn(closed, account)
    await newVault(closed, { account, session })
    expect(closed.info().registration).toBe('closed')
  })

  test('H2: who waited at a closed door comes in once the server is open again', async () => {
    world = createServerWorld({ registration: 'closed' })
    const account = await createAccount()
    expect(errorOf(await register(account))).toBe('closed')
    const open = underRule('open')
    accepted(await open.register({ entry: account.entries[0]! }))
    await signIn(open, account)
  })
})

describe('a grant', () => {
  test('H2: a grant of an owner admits the account to that vault without an invitation, and to nothing more', async () => {
    world = createServerWorld({ registration: 'invite' })
    const { account: owner, session, vault } = await invitedOwner()
    const grantee = await createAccount()
    expect(errorOf(await register(grantee))).toBe('invite-required')
    // What the owner needs to seal the grant is there, although the account is not in.
    expect(accepted(await world.core.accountLog(session, grantee.id, 0)).entries).toEqual(grantee.entries)
    const [stream] = vault.streams
    const grant = await addGrant(vault, grantee, {
      streams: [{ stream: stream!, rights: READ }],
      notAfter: world.time.now() + hour,
    })
    accepted(await world.core.postControl(session, vault.id, { entries: vault.entries.slice(1) }))
    await push(world.core, session, vault, await sealDrafts(createWriter(vault, owner, stream!), [{}]))

    accepted(await register(grantee))
    const guest = await signIn(world.core, grantee)
    expect((await pull(world.core, guest, vault, stream!)).entries).toHaveLength(1)
    const own = await createVault(grantee)
    expect(errorOf(await world.core.postControl(guest, own.id, { entries: own.entries }))).toBe('invite-required')

    // After its end the guest still finds the cut, and reads nothing more (C10).
    await addCut(vault, grant)
    await postNewest(world.core, session, vault)
    const later = await signIn(world.core, grantee)
    expect(accepted(await world.core.control(later, vault.id, 0)).entries).toHaveLength(3)
    expect(
      errorOf(await world.core.pull(later, vault.id, { streams: [{ stream: stream!, after: 0 }], budget: 1 << 20 })),
    ).toBe('not-found')

    accepted(await register(grantee, await newInvite()))
    accepted(await world.core.postControl(later, own.id, { entries: own.entries }))
  })

  test('H2: a grant comes before the account has ever asked: the first registration finds it', async () => {
    world = createServerWorld({ registration: 'closed' })
    await world.close()
    world = createServerWorld({ registration: 'invite' })
    const { session, vault } = await invitedOwner()
    const grantee = await createAccount()
    await addGrant(vault, grantee, {
      streams: [{ stream: vault.streams[0]!, rights: READ }],
      notAfter: world.time.now() + hour,
    })
    accepted(await world.core.postControl(session, vault.id, { entries: vault.entries.slice(1) }))
    const closed = underRule('closed')
    accepted(await closed.register({ entry: grantee.entries[0]! }))
    const guest = await signIn(closed, grantee)
    const own = await createVault(grantee)
    expect(errorOf(await closed.postControl(guest, own.id, { entries: own.entries }))).toBe('closed')
    expect((await closed.vaults(guest)).vaults.map((each) => idText(each.vault))).toEqual([idText(vault.id)])
  })

  test('H2: on an open server an earlier guest makes a vault as everybody does', async () => {
    world = createServerWorld({ registration: 'invite' })
    const { session, vault } = await invitedOwner()
    const grantee = await createAccount()
    await addGrant(vault, grantee, {
      streams: [{ stream: vault.streams[0]!, rights: READ }],
      notAfter: world.time.now() + hour,
    })
    accepted(await world.core.postControl(session, vault.id, { entries: vault.entries.slice(1) }))
    accepted(await register(grantee))
    const open = underRule('open')
    const own = await createVault(grantee)
    accepted(await open.postControl(await signIn(open, grantee), own.id, { entries: own.entries }))
  })
})

test('H2, S8: for its own log a guest has as much space as a grant gives, a member that of an account', async () => {
  world = createServerWorld({ registration: 'invite', limits: { grantEntries: 2 } })
  const { account: owner, session, vault } = await invitedOwner()
  const grantee = await createAccount()
  await addGrant(vault, grantee, {
    streams: [{ stream: vault.streams[0]!, rights: READ }],
    notAfter: world.time.now() + hour,
  })
  accepted(await world.core.postControl(session, vault.id, { entries: vault.entries.slice(1) }))
  accepted(await register(grantee))
  const guest = await signIn(world.core, grantee)
  const post = async (who: TestAccount, as: typeof guest) =>
    world.core.postAccount(as, who.id, { entry: await addDevice(who, createDevice()) })
  accepted(await post(grantee, guest))
  expect(errorOf(await post(grantee, guest))).toBe('quota')
  for (let i = 0; i < 4; i++) accepted(await post(owner, session))
})

describe('those who wait', () => {
  test('H2: only so many logs are kept; the one that waited longest goes when its time has ended, and may come again', async () => {
    world = createServerWorld({ registration: 'invite', limits: { waitingAccounts: 2, waitingMs: hour } })
    const { session } = await invitedOwner()
    const kept = async (account: TestAccount) => errorOf(await world.core.accountLog(session, account.id, 0)) === null
    const [first, second, third] = await Promise.all([createAccount(), createAccount(), createAccount()])
    for (const [at, account] of [first, second, third].entries()) {
      world.time.jump(1)
      // H9: the third comes from the network that has all places, and none of them has ended.
      expect(errorOf(await register(account!))).toBe(at === 2 ? 'waiting-full' : 'invite-required')
    }
    expect(await Promise.all([first, second, third].map((account) => kept(account!)))).toEqual([true, true, false])
    world.time.jump(hour)
    await world.core.signIn(await answerChallenge(world.core.challenge(), first!.id, first!.device))
    expect(errorOf(await register(third!))).toBe('invite-required')
    const again = await signIn(world.core, (await invitedOwner()).account)
    const keptNow = async (account: TestAccount) => errorOf(await world.core.accountLog(again, account.id, 0)) === null
    expect(await Promise.all([first, second, third].map((account) => keptNow(account!)))).toEqual([false, true, true])
    accepted(await register(first!, await newInvite()))
    await signIn(world.core, first!)
  })

  test('H2: a member and a guest are never dropped for those who wait', async () => {
    world = createServerWorld({ registration: 'invite', limits: { waitingAccounts: 1, waitingMs: 1 } })
    const { account: owner, session, vault } = await invitedOwner()
    const grantee = await createAccount()
    expect(errorOf(await register(grantee))).toBe('invite-required')
    await addGrant(vault, grantee, {
      streams: [{ stream: vault.streams[0]!, rights: READ }],
      notAfter: world.time.now() + hour,
    })
    accepted(await world.core.postControl(session, vault.id, { entries: vault.entries.slice(1) }))
    for (let i = 0; i < 5; i++) {
      world.time.jump(10)
      expect(errorOf(await register(await createAccount()))).toBe('invite-required')
    }
    await signIn(world.core, owner)
    await signIn(world.core, grantee)
    expect(DEFAULT_LIMITS.waitingAccounts).toBeGreaterThan(0)
  })
})
