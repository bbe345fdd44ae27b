/**
 * Accounts that make the server work for them: named in thousands of vaults, with logs of thousands of entries, with devices that come and go. Nobody
 * else waits for it, and what others have stays.
 */
import { generateSigningKeyPair, randomBytes, sign } from '@chartkeep/crypto'
import { encodeMessage, READ } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { beaconMessage, beaconRoot, type Beacon } from '@chartkeep/protocol/audit'
import { controlHead } from '@chartkeep/protocol/control'
import type { SignedHead } from '@chartkeep/protocol/streams'
import {
  createLogStates,
  createLongReads,
  createServerCore,
  openSqliteStorage,
  type ServerCore,
  type Storage,
} from '@chartkeep/sync-server/testing'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import {
  addDevice,
  addGrant,
  createAccount,
  createDevice,
  removeDevice,
  type TestAccount,
  type TestDevice,
  type TestVault,
} from '../support/author.ts'
import { signHeadAs } from '../support/hostile-server.ts'
import {
  accepted,
  AUDIENCE,
  createServerWorld,
  errorOf,
  newMember,
  newVault,
  postNewest,
  signIn,
  type ServerWorld,
} from '../support/server-world.ts'
import { machineClock } from '../support/timers.ts'

const hour = 3_600_000
let close = async () => {}
afterEach(async () => {
  await close()
  close = async () => {}
})
function open(options: Parameters<typeof createServerWorld>[0] = {}): ServerWorld {
  const world = createServerWorld(options)
  close = () => world.close()
  return world
}

/** Logs of these lengths; a piece of one has ten entries. */
function logsOf(lengths: Record<string, number>) {
  const pieces: string[] = []
  const states = createLogStates<{ n: number }>({
    longReads: createLongReads(),
    lengthOf: (id) => lengths[String(id[0])] ?? 0,
    async extend(id, state) {
      pieces.push(String(id[0]))
      return { n: Math.min(lengths[String(id[0])]!, (state?.n ?? 0) + 10) }
    },
  })
  return { states, pieces, id: (name: number) => new Uint8Array(16).fill(name) }
}

test('S8: requests for one log at the same time share one reading of it', async () => {
  const { states, pieces, id } = logsOf({ 1: 100 })
  const all = await Promise.all(Array.from({ length: 50 }, () => states.load(id(1))))
  expect(all.map((state) => state!.n)).toEqual(Array(50).fill(100))
  expect(pieces).toHaveLength(10)
})

test('S8: between the pieces of a long log everything else has its turn, and so has a short log that is asked for later', async () => {
  const { states, pieces, id } = logsOf({ 1: 1000, 2: 10 })
  let rounds = 0
  let isOn = true
  const count = () => {
    rounds += 1
    if (isOn) setImmediate(count)
  }
  setImmediate(count)
  const long = states.load(id(1))
  await new Promise((resolve) => setImmediate(resolve))
  await states.load(id(2))
  expect(pieces.filter((name) => name === '1').length).toBeLessThan(10)
  await long
  isOn = false
  expect(rounds).toBeGreaterThanOrEqual(90)
})

test('S8: a survey of many logs takes no other log’s place in memory, and long logs take none of short ones', async () => {
  const many = Object.fromEntries(Array.from({ length: 250 }, (_, at) => [String(at + 1), 900]))
  const { states, pieces, id } = logsOf({ ...many, 0: 5 })
  await states.load(id(0))
  for (let name = 1; name <= 200; name++) await states.survey(id(name))
  expect(states.peek(id(0))).toEqual({ n: 5 })
  // What is asked for by itself is kept, up to 60,000 entries in all.
  for (let name = 1; name <= 200; name++) await states.load(id(name))
  expect(states.peek(id(200))).toEqual({ n: 900 })
  expect(Array.from({ length: 200 }, (_, at) => states.peek(id(at + 1))).filter(Boolean).length).toBeLessThan(70)
  const long = logsOf({ 0: 5, 1: 200_000, 2: 200_000 })
  for (const name of [0, 1, 2]) await long.states.load(long.id(name))
  expect([0, 1, 2].map((name) => long.states.peek(long.id(name))?.n)).toEqual([5, undefined, 200_000])
  expect(pieces.length).toBeGreaterThan(0)
}, 60_000)

/** A storage that says which logs are read while a write job runs. */
function watched(inner: Storage): { storage: Storage; readInJobs: string[] } {
  const readInJobs: string[] = []
  let jobs = 0
  const noting = (name: 'accountEntries' | 'controlEntries') => (id: Uint8Array, after: number, limit: number) => {
    // Whoever reads only the first entry for an answer verifies nothing.
    if (jobs > 0 && limit > 1) readInJobs.push(name)
    return inner.read[name](id, after, limit) as never
  }
  const storage: Storage = {
    read: { ...inner.read, accountEntries: noting('accountEntries'), controlEntries: noting('controlEntries') },
    close: () => inner.close(),
    write: (job, kind) =>
      inner.write(async (tx) => {
        jobs += 1
        try {
          return await job(tx)
        } finally {
          jobs -= 1
        }
      }, kind),
  }
  return { storage, readInJobs }
}

test('S8: no write job verifies a stored log, which would hold up every other write: after a restart each request reads it before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-costs-'))
  const inner = openSqliteStorage(join(folder, 'chartkeep.sqlite'))
  const { storage, readInJobs } = watched(inner)
  const signingKey = generateSigningKeyPair()
  const cores: ServerCore[] = []
  close = async () => {
    for (const each of cores) each.endConnections()
    await inner.close()
    rmSync(folder, { recursive: true })
  }
  const restarted = (registration: 'open' | 'invite' = 'open') => {
    const core = createServerCore({
      storage,
      signingKey,
      clock: machineClock(Date.now),
      audience: AUDIENCE,
      randomBytes,
      registration,
    })
    cores.push(core)
    return core
  }
  const core = restarted()
  const owner = await newMember(core)
  const vault = await newVault(core, owner)
  const guest = await newMember(core)
  await addGrant(vault, guest.account, {
    streams: [{ stream: vault.streams[0]!, rights: READ }],
    notAfter: Date.now() + hour,
  })
  await postNewest(core, owner.session, vault)
  readInJobs.length = 0

  const head: SignedHead = { ...(await headOf(guest.account)), signature: new Uint8Array(64) }
  const requests: [string, (core: ServerCore, as: typeof owner.session) => Promise<unknown>][] = [
    ['register', (to) => to.register({ entry: guest.account.entries[0]! })],
    ['refillAccount', (to) => to.refillAccount({ head, first: 2, entries: [] })],
    ['expect', (to, as) => to.expect(as, randomBytes(16))],
    ['push', (to, as) => to.push(as, vault.id, { envelopes: [] })],
    ['postControl', (to, as) => to.postControl(as, vault.id, { entries: vault.entries.slice(-1) })],
    ['beacons', async (to, as) => to.beacons(as, vault.id, await beaconOf(vault, owner.account, owner.account.device))],
    ['depart', (to, as) => to.depart(as, vault.id, { body: new Uint8Array(9), signature: new Uint8Array(64) })],
    ['handIn', (to, as) => to.handIn(as, vault.id, { envelopes: [] })],
    ['settleLate', (to, as) => to.settleLate(as, vault.id, { hashes: [] })],
  ]
  for (const [name, ask] of requests) {
    const fresh = restarted('invite')
    const session = await signIn(fresh, owner.account)
    await ask(fresh, session)
    expect([name, readInJobs]).toEqual([name, []])
  }
})

async function headOf({ id, state }: TestAccount, by = generateSigningKeyPair()): Promise<SignedHead> {
  return signHeadAs(by, { kind: 'account', id, ...accountHead(state), time: 0 })
}

async function beaconOf(vault: TestVault, account: TestAccount, device: TestDevice, counter = 1): Promise<Beacon> {
  const leaves = [{ stream: vault.streams[0]!, n: 0, h: new Uint8Array(32) }]
  const body = encodeMessage({
    v: 1,
    vault: vault.id,
    account: account.id,
    device: device.id,
    accountLog: accountHead(account.state),
    control: controlHead(vault.state),
    time: 0,
    counter,
    size: 1,
    root: beaconRoot(leaves),
  })
  return { body, signature: await sign(device.signing, beaconMessage(body)), leaves, places: null }
}

test('F2, S8: a grantee whose devices come and go leaves no beacons behind, and crowds out none of the owners', async () => {
  const world = open()
  const owner = await newMember(world.core)
  const vault = await newVault(world.core, owner)
  const grantee = await newMember(world.core)
  await addGrant(vault, grantee.account, {
    streams: [{ stream: vault.streams[0]!, rights: READ }],
    notAfter: world.time.now() + hour,
  })
  await postNewest(world.core, owner.session, vault)
  const said = await beaconOf(vault, owner.account, owner.account.device)
  accepted(await world.core.beacons(owner.session, vault.id, said))
  for (let at = 0; at < 12; at++) {
    const device = createDevice()
    const entry = await addDevice(grantee.account, device)
    accepted(await world.core.postAccount(grantee.session, grantee.account.id, { entry }))
    const as = await signIn(world.core, grantee.account, device)
    accepted(await world.core.beacons(as, vault.id, await beaconOf(vault, grantee.account, device)))
    const gone = await removeDevice(grantee.account, device.id)
    accepted(await world.core.postAccount(grantee.session, grantee.account.id, { entry: gone }))
  }
  const last = accepted(
    await world.core.beacons(
      grantee.session,
      vault.id,
      await beaconOf(vault, grantee.account, grantee.account.device, 2),
    ),
  )
  expect(last.beacons).toHaveLength(1)
  expect(world.storage.read.beacons(vault.id, 99)).toHaveLength(2)
})

/** An account log of so many entries. */
async function longAccount(entries: number): Promise<TestAccount> {
  const account = await createAccount()
  for (let at = 1; at < entries; at++) await addDevice(account, createDevice())
  return account
}

test('S9, S10, S8: who sends a part of another account’s log under another head, from elsewhere, is not in the way of the log that comes', async () => {
  const world = open()
  const account = await longAccount(4)
  const from = (address: string) => ({ network: world.core.networkOf(address), countRegistration: () => 0 })
  const head = await headOf(account)
  const other = { ...head, h: randomBytes(32) }
  const give = (first: number, to: number, of = head, address = '192.0.2.1') =>
    world.core.refillAccount({ head: of, first, entries: account.entries.slice(first - 1, to) }, from(address))
  expect(accepted(await give(1, 2))).toEqual({ n: 2 })
  // The same first entries, towards a head that is none.
  expect(accepted(await give(1, 1, other, '192.0.2.2'))).toEqual({ n: 1 })
  expect(accepted(await give(3, 4))).toEqual({ n: 4 })
  expect(errorOf(await signIn(world.core, account))).toBeNull()
})
