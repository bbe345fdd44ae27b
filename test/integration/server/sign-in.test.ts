/** Accounts and sign-in at the server (H1, H2, K4, K5, K7). */
import { generateSigningKeyPair, randomBytes, sign } from '@chartkeep/crypto'
import { CHALLENGE_MS, SESSION_MS } from '@chartkeep/protocol'
import { accountHead, readAccountLog, signInMessage, type AccountState } from '@chartkeep/protocol/account'
import { verifyHead } from '@chartkeep/protocol/streams'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addDevice,
  createAccount,
  createDevice,
  createVault,
  removeDevice,
  signAccountEntry,
} from '../../support/author.ts'
import { blobPost, testBlob } from '../../support/blob-author.ts'
import {
  accepted,
  answerChallenge,
  AUDIENCE,
  createServerWorld,
  errorOf,
  newMember,
  newVault,
  settle,
  signIn,
  type ServerWorld,
} from '../../support/server-world.ts'

let world: ServerWorld
beforeAll(() => {
  world = createServerWorld()
})
afterAll(() => world.close())

describe('H1: sign-in by challenge', () => {
  test('H1: a device that signs the challenge gets a token for an hour, random and different each time', async () => {
    const { account, session } = await newMember(world.core)
    const again = await signIn(world.core, account)
    expect(again.token).not.toBe(session.token)
    expect(again.expires - world.time.now()).toBe(SESSION_MS)
    expect(await world.core.session(session.token)).toMatchObject({ account: account.id, kind: 'device' })
    await world.time.advance(SESSION_MS - 1)
    expect(await world.core.session(session.token)).not.toBeNull()
    await world.time.advance(1)
    expect(await world.core.session(session.token)).toBeNull()
  })

  test('H1: the challenge names server key, audience and time, and its nonce is new each time', () => {
    const [a, b] = [world.core.challenge(), world.core.challenge()]
    expect(a).toMatchObject({ server: world.serverKey, audience: AUDIENCE, time: world.time.now() })
    expect(a.nonce).not.toEqual(b.nonce)
    expect(world.core.info()).toEqual({
      v: 1,
      key: world.serverKey,
      audience: AUDIENCE,
      time: world.time.now(),
      registration: 'open',
      refilling: null,
    })
  })

  test('H1: a challenge is answered once: the same answer again is refused; a signature that does not hold spends nothing', async () => {
    const { account } = await newMember(world.core)
    const answer = await answerChallenge(world.core.challenge(), account.id, account.device)
    accepted(await world.core.signIn(answer))
    expect(errorOf(await world.core.signIn(answer))).toBe('unauthenticated')
    const second = await answerChallenge(world.core.challenge(), account.id, account.device)
    expect(errorOf(await world.core.signIn({ ...second, signature: new Uint8Array(64) }))).toBe('unauthenticated')
    expect(errorOf(await world.core.signIn(second))).toBeNull()
  })

  test('H1: one answer sent twice at the same moment opens one session', async () => {
    const { account } = await newMember(world.core)
    const answer = await answerChallenge(world.core.challenge(), account.id, account.device)
    const results = await Promise.all([world.core.signIn(answer), world.core.signIn(answer)])
    expect(results.map(errorOf).filter((error) => error === null)).toHaveLength(1)
  })

  test('H1: a challenge may be answered for 60 seconds and no longer', async () => {
    const { account } = await newMember(world.core)
    const inTime = await answerChallenge(world.core.challenge(), account.id, account.device)
    await world.time.advance(CHALLENGE_MS)
    accepted(await world.core.signIn(inTime))
    const late = await answerChallenge(world.core.challenge(), account.id, account.device)
    await world.time.advance(CHALLENGE_MS + 1)
    expect(errorOf(await world.core.signIn(late))).toBe('unauthenticated')
  })

  test('H1: a challenge relayed to another server is worth nothing there or here: key and audience are under the signature', async () => {
    const { account } = await newMember(world.core)
    const challenge = world.core.challenge()
    for (const relayed of [
      { ...challenge, server: generateSigningKeyPair().publicKey },
      { ...challenge, audience: 'https://other.example' },
      { ...challenge, time: challenge.time + 1 },
      { ...challenge, nonce: randomBytes(32) },
    ]) {
      const signature = await sign(account.device.signing, signInMessage(relayed, account.id, account.device.id))
      const request = { account: account.id, device: account.device.id, nonce: world.core.challenge().nonce, signature }
      expect(errorOf(await world.core.signIn(request))).toBe('unauthenticated')
      expect(errorOf(await world.core.signIn({ ...request, nonce: challenge.nonce }))).toBe('unauthenticated')
    }
  })

  test('H1: unknown account, unknown device, the key of another device and another account are refused in the same words', async () => {
    const { account } = await newMember(world.core)
    const other = await newMember(world.core)
    const unknown = await createAccount()
    const requests = [
      await answerChallenge(world.core.challenge(), unknown.id, unknown.device),
      await answerChallenge(world.core.challenge(), account.id, createDevice()),
      await answerChallenge(world.core.challenge(), account.id, other.account.device),
      await answerChallenge(world.core.challenge(), account.id, { ...other.account.device, id: account.device.id }),
    ]
    for (const request of requests)
      expect(await world.core.signIn(request)).toEqual({ type: 'error', error: 'unauthenticated' })
  })

  test('H1: a guessed token opens nothing', async () => {
    for (const token of ['', 'a'.repeat(43), Buffer.from(randomBytes(32)).toString('base64url')])
      expect(await world.core.session(token)).toBeNull()
  })
})

describe('H2, K4: accounts', () => {
  test('H2: whoever brings a sound first entry has an account; the same again is no error', async () => {
    const account = await createAccount()
    const first = accepted(await world.core.register({ entry: account.entries[0]! }))
    expect(first.head).toMatchObject({ kind: 'account', id: account.id, ...accountHead(account.state) })
    expect(await verifyHead(first.head, world.serverKey)).toBe(true)
    const again = accepted(await world.core.register({ entry: account.entries[0]! }))
    expect(again.head.h).toEqual(first.head.h)
  })

  test('K4: a first entry that is changed, signed by another key, or no first entry is refused', async () => {
    const account = await createAccount()
    const [entry] = account.entries
    const added = await addDevice(account, createDevice())
    for (const wrong of [
      { ...entry!, signature: new Uint8Array(64) },
      { ...entry!, body: Uint8Array.from(entry!.body, (byte, i) => (i === 60 ? byte ^ 1 : byte)) },
      added,
      { body: new Uint8Array(3), signature: entry!.signature },
    ])
      expect(errorOf(await world.core.register({ entry: wrong }))).toBe('refused')
  })

  test('K4: every signed-in account reads the log of another, verifies it from its first entry, and finds no unknown one', async () => {
    const { account, session } = await newMember(world.core)
    accepted(await world.core.postAccount(session, account.id, { entry: await addDevice(account, createDevice()) }))
    const reader = await newMember(world.core)
    const page = accepted(await world.core.accountLog(reader.session, account.id, 0))
    const state = (await readAccountLog(page.entries)) as AccountState
    expect([state.n, state.h]).toEqual([page.head.n, page.head.h])
    expect(accepted(await world.core.accountLog(reader.session, account.id, 1)).entries).toHaveLength(1)
    expect(errorOf(await world.core.accountLog(reader.session, randomBytes(16), 0))).toBe('not-found')
  })

  test('K4: the server orders entries by compare-and-set; of two over one head one is taken', async () => {
    const { account, session } = await newMember(world.core)
    const fork = { ...account, entries: [...account.entries] }
    const a = await addDevice(account, createDevice())
    const b = await addDevice(fork, createDevice())
    const answers = await Promise.all([a, b].map((entry) => world.core.postAccount(session, account.id, { entry })))
    expect(answers.map(errorOf)).toEqual([null, 'head-moved'])
    expect(errorOf(await world.core.postAccount(session, account.id, { entry: a }))).toBeNull()
  })

  test('K4: nobody writes in the log of another account, nor a device under the name of another', async () => {
    const { account, session } = await newMember(world.core)
    const other = await newMember(world.core)
    const phone = createDevice()
    accepted(await world.core.postAccount(session, account.id, { entry: await addDevice(account, phone) }))
    const entry = await addDevice(account, createDevice())
    expect(errorOf(await world.core.postAccount(other.session, account.id, { entry }))).toBe('not-found')
    expect(errorOf(await world.core.postAccount(await signIn(world.core, account, phone), account.id, { entry }))).toBe(
      'refused',
    )
    const { n, h } = accountHead(account.state)
    const forged = await signAccountEntry(
      { v: 1, n: n + 1, prev: h, signer: account.device.id, type: 'vaults', sealed: new Uint8Array() },
      phone,
    )
    expect(errorOf(await world.core.postAccount(session, account.id, { entry: forged }))).not.toBeNull()
  })

  test('K5: a removed device is out at once: its session ends, it cannot sign in, and the others continue', async () => {
    const { account, session } = await newMember(world.core)
    const phone = createDevice()
    accepted(await world.core.postAccount(session, account.id, { entry: await addDevice(account, phone) }))
    const asPhone = await signIn(world.core, account, phone)
    accepted(await world.core.postAccount(session, account.id, { entry: await removeDevice(account, phone.id) }))
    expect(asPhone.ended).toBe(true)
    expect(await world.core.session(asPhone.token)).toBeNull()
    expect(
      errorOf(await world.core.postAccount(asPhone, account.id, { entry: await addDevice(account, createDevice()) })),
    ).toBe('unauthenticated')
    expect(errorOf(await world.core.signIn(await answerChallenge(world.core.challenge(), account.id, phone)))).toBe(
      'unauthenticated',
    )
    expect(await world.core.session(session.token)).toMatchObject({ account: account.id, kind: 'device' })
  })
})

describe('C6: an action that was under way', () => {
  /** A vault of a laptop and a phone, and what the phone asks of it once it is past the door. */
  async function underWay() {
    const { core } = world
    const { account, session } = await newMember(core)
    const phone = createDevice()
    accepted(await core.postAccount(session, account.id, { entry: await addDevice(account, phone) }))
    const vault = await newVault(core, { account, session })
    const asPhone = await signIn(core, account, phone)
    const file = testBlob(vault.id, vault.streams[0]!)
    const upload = await blobPost({ ...account, device: phone }, file)
    const beacon = { body: new Uint8Array(), signature: new Uint8Array(64), leaves: [], places: null }
    const actions = () =>
      Promise.all([
        core.postControl(asPhone, vault.id, { entries: vault.entries }),
        core.push(asPhone, vault.id, { envelopes: [] }),
        core.beginBlob(asPhone, vault.id, upload),
        core.beacons(asPhone, vault.id, beacon),
        core.refill(asPhone, vault.id, { done: false, beacons: [] }),
      ])
    const reads = () =>
      Promise.all([
        core.departures(asPhone, vault.id),
        core.emergencies(asPhone, vault.id, 0),
        core.lateBox(asPhone, vault.id, 0),
        core.audit(asPhone, vault.id, { known: 0, after: 0, newest: 0 }),
      ])
    return { account, session, phone, asPhone, actions, reads }
  }
  const none = (count: number) => Array<string>(count).fill('unauthenticated')

  test('C6, H1: whose session ended while the request was on its way does nothing and reads nothing', async () => {
    const { actions, reads, asPhone } = await underWay()
    expect((await actions()).map(errorOf)).toEqual([null, null, null, 'refused', null])
    expect((await reads()).map(errorOf)).toEqual([null, null, null, null])
    world.time.jump(asPhone.expires - world.time.now())
    expect((await actions()).map(errorOf)).toEqual(none(5))
    expect((await reads()).map(errorOf)).toEqual(none(4))
  })

  test('C6, K5: what shares a commit with the removal of its device is refused: the session ends only behind it', async () => {
    const { account, session, phone, asPhone, actions } = await underWay()
    const entry = await removeDevice(account, phone.id)
    const gate = Promise.withResolvers<void>()
    const held = world.storage.write(() => gate.promise)
    const removal = world.core.postAccount(session, account.id, { entry })
    await settle()
    const answers = actions()
    await settle()
    expect(asPhone.ended).toBe(false)
    gate.resolve()
    await held
    accepted(await removal)
    expect((await answers).map(errorOf)).toEqual(none(5))
  })
})

describe('K7: the recovery device', () => {
  test('K7: the lookup id finds the account, another one nothing', async () => {
    const { account } = await newMember(world.core)
    expect(await world.core.recover(account.recovery.lookup!)).toEqual({ account: account.id })
    expect(errorOf(await world.core.recover(randomBytes(16)))).toBe('not-found')
  })

  test('K7: nobody registers an account under the lookup id of another', async () => {
    const { account } = await newMember(world.core)
    const copy = await createAccount(account.recovery.lookup!)
    expect(errorOf(await world.core.register({ entry: copy.entries[0]! }))).toBe('refused')
    expect(await world.core.recover(account.recovery.lookup!)).toEqual({ account: account.id })
  })

  test('K7: it signs in, reads its own log, lets a device in, and reaches no vault', async () => {
    const { account, session } = await newMember(world.core)
    const vault = await newVault(world.core, { account, session })
    const onPaper = await signIn(world.core, account, account.recovery)
    expect(onPaper.kind).toBe('recovery')
    accepted(await world.core.accountLog(onPaper, account.id, 0))
    expect(accepted(await world.core.vaults(onPaper)).vaults).toEqual([])
    expect(errorOf(await world.core.control(onPaper, vault.id, 0))).toBe('not-found')
    expect(errorOf(await world.core.pull(onPaper, vault.id, { streams: [], budget: 0 }))).toBe('not-found')
    expect(errorOf(await world.core.push(onPaper, vault.id, { envelopes: [] }))).toBe('not-found')
    const phone = createDevice()
    accepted(
      await world.core.postAccount(onPaper, account.id, { entry: await addDevice(account, phone, account.recovery) }),
    )
    const asPhone = await signIn(world.core, account, phone)
    expect(accepted(await world.core.vaults(asPhone)).vaults).toHaveLength(1)
  })

  test('K7: it makes no vault', async () => {
    const { account } = await newMember(world.core)
    const onPaper = await signIn(world.core, account, account.recovery)
    const vault = await createVault({ ...account, device: account.recovery }).catch((error: unknown) => error)
    expect(String(vault)).toContain('signer-not-live')
    const own = await createVault(account)
    expect(errorOf(await world.core.postControl(onPaper, own.id, { entries: own.entries }))).toBe('not-found')
  })
})
