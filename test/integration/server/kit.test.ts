/** The kit at the server: its replacement, and the 24 hours by the server's time (K7). */
import { generateSigningKeyPair, randomBytes, sign } from '@chartkeep/crypto'
import { KIT_WAIT_MS } from '@chartkeep/protocol'
import { accountHead, liveDevices, newestBoxKey, readAccountLog, type Waited } from '@chartkeep/protocol/account'
import { controlHead } from '@chartkeep/protocol/control'
import { headMessage, type SignedHead } from '@chartkeep/protocol/streams'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addDevice,
  applyControl,
  boxKeyGrant,
  createDevice,
  createVault,
  keysOf,
  removeDevice,
  signAccountEntry,
  signControlEntry,
  type TestAccount,
  type TestDevice,
} from '../../support/author.ts'
import { signHeadAs } from '../../support/hostile-server.ts'
import {
  accepted,
  createServerWorld,
  errorOf,
  newMember,
  newVault,
  signIn,
  type ServerWorld,
} from '../../support/server-world.ts'

let world: ServerWorld
beforeAll(() => {
  world = createServerWorld()
})
afterAll(() => world.close())

function place(account: TestAccount, signer: TestDevice) {
  const { n, h } = accountHead(account.state)
  return { v: 1, n: n + 1, prev: h, signer: signer.id }
}

async function kitEntry(account: TestAccount, recovery: TestDevice, signer: TestDevice, waited: Waited | null = null) {
  const left = liveDevices(account.state).filter(({ kind }) => kind === 'device')
  const { generation } = newestBoxKey(account.state)
  return signAccountEntry(
    {
      ...place(account, signer),
      type: 'kit-replaced',
      device: account.recovery.id,
      recovery: keysOf(recovery),
      boxKey: boxKeyGrant(generation + 1, [...left, { id: recovery.id, box: recovery.box.publicKey }]),
      waited,
    },
    signer,
  )
}

test('K7: after its replacement the old kit finds no account, signs in nowhere, and its open session ends; the new one works', async () => {
  const { account, session } = await newMember(world.core)
  const onPaper = await signIn(world.core, account, account.recovery)
  const recovery = createDevice(randomBytes(16))
  const entry = await kitEntry(account, recovery, account.device)
  const posted = accepted(await world.core.postAccount(session, account.id, { entry }))
  expect(accepted(await world.core.postAccount(session, account.id, { entry })).head.n).toBe(posted.head.n)

  expect(errorOf(await world.core.recover(account.recovery.lookup!))).toBe('not-found')
  expect(await world.core.recover(recovery.lookup!)).toEqual({ account: account.id })
  expect(onPaper.ended).toBe(true)
  await expect(signIn(world.core, account, account.recovery)).rejects.toThrow('unauthenticated')
  expect((await signIn(world.core, account, recovery)).kind).toBe('recovery')
})

test('K7: no account takes the lookup id of a kit that is in use, nor one that was replaced', async () => {
  const { account, session } = await newMember(world.core)
  const other = await newMember(world.core)
  const stolen = createDevice(account.recovery.lookup)
  const entry = await kitEntry(other.account, stolen, other.account.device)
  expect(errorOf(await world.core.postAccount(other.session, other.account.id, { entry }))).toBe('refused')
  accepted(
    await world.core.postAccount(session, account.id, {
      entry: await kitEntry(account, createDevice(randomBytes(16)), account.device),
    }),
  )
  expect(errorOf(await world.core.postAccount(other.session, other.account.id, { entry }))).toBe('refused')
})

test('K7, H8: a device that came in by the kit is told to wait, and 24 hours of this server later it removes an older one', async () => {
  const { account } = await newMember(world.core)
  const late = createDevice()
  const onPaper = await signIn(world.core, account, account.recovery)
  const added = accepted(
    await world.core.postAccount(onPaper, account.id, { entry: await addDevice(account, late, account.recovery) }),
  )
  const asLate = await signIn(world.core, account, late)
  const removal = async (waited: Waited | null) => {
    const stay = liveDevices(account.state).filter(({ id }) => !Buffer.from(id).equals(account.device.id))
    const boxKey = boxKeyGrant(2, stay)
    const body = { ...place(account, late), type: 'device-removed', device: account.device.id, boxKey }
    return signAccountEntry(waited === null ? body : { ...body, waited }, late)
  }
  const post = async (waited: Waited | null, session = asLate) =>
    errorOf(await world.core.postAccount(session, account.id, { entry: await removal(waited) }))

  expect(await post(null)).toBe('too-early')
  const key = world.serverKey
  expect(await post({ key, first: added.head, last: added.head })).toBe('too-early')

  // Times that another key signed are well formed, and not this server's.
  const forger = generateSigningKeyPair()
  const forged = async (time: number): Promise<SignedHead> => {
    const { kind, id, n, h } = added.head
    return { kind, id, n, h, time, signature: await sign(forger, headMessage({ kind, id, n, h, time })) }
  }
  const [first, last] = [await forged(1000), await forged(1000 + KIT_WAIT_MS)]
  expect(await post({ key: forger.publicKey, first, last })).toBe('refused')

  world.time.jump(KIT_WAIT_MS)
  const again = await signIn(world.core, account, late)
  const now = accepted(await world.core.accountLog(again, account.id, 1)).head
  // H8: a server that does not know the time vouches for no 24 hours.
  world.time.setAhead(3 * 365 * KIT_WAIT_MS)
  expect(await post({ key, first: added.head, last: now }, again)).toBe('too-early')
  world.time.setAhead(0)
  expect(await post({ key, first: added.head, last: now }, again)).toBeNull()
})

/** A log in which who came in by the kit removes the first device, with times and a newest head that another server signed. */
async function timedElsewhere(account: TestAccount) {
  const elsewhere = generateSigningKeyPair()
  const headAt = async (time: number): Promise<SignedHead> => {
    const { n, h } = accountHead(account.state)
    const head = { kind: 'account' as const, id: account.id, n, h, time }
    return { ...head, signature: await sign(elsewhere, headMessage(head)) }
  }
  const late = createDevice()
  const added = await addDevice(account, late, account.recovery)
  const waited = { key: elsewhere.publicKey, first: await headAt(1000), last: await headAt(1000 + KIT_WAIT_MS) }
  const stay = liveDevices(account.state).filter(({ id }) => !Buffer.from(id).equals(account.device.id))
  const removed = await signAccountEntry(
    {
      ...place(account, late),
      type: 'device-removed',
      device: account.device.id,
      boxKey: boxKeyGrant(2, stay),
      waited,
    },
    late,
  )
  const state = await readAccountLog([removed], account.state)
  if (state === null || 'type' in state) throw new Error('the log does not hold')
  account.state = state
  return { head: await headAt(2000 + KIT_WAIT_MS), first: 2, entries: [added, removed] }
}

test('K7, S10: who has the kit cuts the 24 hours short by no times of another server, brought as those of a log that moves here', async () => {
  const { account, session } = await newMember(world.core)
  const { id, entries } = await createVault(account)
  accepted(await world.core.postControl(session, id, { entries }))
  const post = await timedElsewhere(account)
  expect(errorOf(await world.core.refillAccount(post))).toBe('refused')
  expect(accepted(await world.core.accountLog(session, account.id, 0)).head.n).toBe(1)
  expect(session.ended).toBe(false)
})

test('K7, S10: a log that moves here brings the hours that the server before has counted', async () => {
  const { account } = await newMember(world.core)
  expect(accepted(await world.core.refillAccount(await timedElsewhere(account)))).toEqual({ n: 3 })
})

test('K7: an older device removes at once what came in by the kit', async () => {
  const { account, session } = await newMember(world.core)
  const late = createDevice()
  const onPaper = await signIn(world.core, account, account.recovery)
  accepted(
    await world.core.postAccount(onPaper, account.id, { entry: await addDevice(account, late, account.recovery) }),
  )
  const entry = await removeDevice(account, late.id)
  accepted(await world.core.postAccount(session, account.id, { entry }))
})

test('K7, S10: what would lock the others out is told to wait as well, in a vault, by the time of this server and of no other', async () => {
  const { account, session } = await newMember(world.core)
  const vault = await newVault(world.core, { account, session })
  const late = createDevice()
  const onPaper = await signIn(world.core, account, account.recovery)
  const entry = await addDevice(account, late, account.recovery)
  const added = accepted(await world.core.postAccount(onPaper, account.id, { entry }))
  const elsewhere = generateSigningKeyPair()
  const post = async (previous: Uint8Array, waited: Waited | null, by = late) => {
    const server = { address: 'https://next.example', key: elsewhere.publicKey, previous }
    const fields = { type: 'server' as const, server, ...(waited === null ? {} : { waited }) }
    const moved = await signControlEntry(vault, fields, [], by)
    return errorOf(await world.core.postControl(await signIn(world.core, account, by), vault.id, { entries: [moved] }))
  }
  const key = world.serverKey
  expect(await post(key, null)).toBe('too-early')
  expect(await post(key, { key, first: added.head, last: added.head })).toBe('too-early')
  // For a server that it made up, which the entry says it leaves.
  const forger = generateSigningKeyPair()
  const { n, h } = added.head
  const forged = (time: number) => signHeadAs(forger, { kind: 'account', id: account.id, n, h, time })
  const made = { key: forger.publicKey, first: await forged(1000), last: await forged(1000 + KIT_WAIT_MS) }
  expect(await post(forger.publicKey, made)).toBe('refused')
  // Nor does it come in as that server's chart, whose log names this one.
  const back = { address: 'https://here.example', key, previous: forger.publicKey }
  const brought = await signControlEntry(vault, { type: 'server', server: back, waited: made }, [], late)
  const after = { ...vault, entries: [...vault.entries] }
  await applyControl(after, brought)
  const head = await signHeadAs(forger, { kind: 'control', id: vault.id, ...controlHead(after.state) })
  const asLate = await signIn(world.core, account, late)
  expect(errorOf(await world.core.refillControl(asLate, vault.id, { head, first: 2, entries: [brought] }))).toBe(
    'refused',
  )

  world.time.jump(KIT_WAIT_MS)
  const now = accepted(await world.core.accountLog(await signIn(world.core, account, late), account.id, 1)).head
  expect(await post(key, { key, first: added.head, last: now })).toBeNull()
})
