/**
 * The whole session, as the app uses it, behind a proxy that lies: sign-in, the server's key, the account's own log, the list of vaults,
 * a home that was copied. What the person sees is a named problem; what they saved is still there.
 */
import { cpSync } from 'node:fs'
import { randomBytes } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { encodeMessage } from '@chartkeep/protocol'
import { Challenge } from '@chartkeep/protocol/account'
import { AccountLogPage, ServerInfo, VaultList } from '@chartkeep/protocol/messages'
import type { Chart, Session, SyncStatus } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bendMessage, type Bend, type HostileProxy } from '../support/hostile-proxy.ts'
import { confirmed, createBentWorld, type DeviceWorld, openFirst, PASSPHRASE, until } from '../support/device-world.ts'
import { startServer } from '../support/listening-server.ts'
import type { NodeDevice } from '../support/node-device.ts'

const CANARY = 'canary-Qm3vT8yLp1'

let world: DeviceWorld
let proxy: HostileProxy

beforeEach(async () => {
  const bent = await createBentWorld()
  world = bent
  proxy = bent.proxy
})
afterEach(() => world.close())

const allergy = (text: string) =>
  `{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"code":{"text":"${CANARY} ${text}"}}`

async function patient(): Promise<{ session: Session; chart: Chart; code: string; laptop: NodeDevice }> {
  const { session, code, device: laptop } = await world.account('Mei')
  const chart = await openFirst(session)
  await save(chart, 'first')
  await confirmed(session)
  return { session, chart, code, laptop }
}

async function save(chart: Chart, text: string): Promise<void> {
  expect((await chart.save({ collection: 'allergies', resource: allergy(text) })).type).toBe('saved')
}

const texts = async (chart: Chart) =>
  (await firstValueFrom(chart.list$('allergies'))).map(({ resource }) => resource).toSorted()

/** From the next pass on the session is lied to: one may be under way that has heard the truth so far. */
async function lie(session: Session, bend: Bend): Promise<void> {
  proxy.bend = bend
  await session.syncNow()
}

async function untilProblem(session: Session): Promise<SyncStatus> {
  const status = await until(session.sync$, ({ state }) => state === 'problem')
  proxy.detected(`${status.problem!.key}, ${status.problem!.code}`)
  return status
}

/** A sync under the lie: the problem has this key, the record saved before is there and waits, and leaves nothing readable. */
async function problemOf(session: Session, chart: Chart): Promise<SyncStatus> {
  await save(chart, 'second')
  await session.syncNow()
  const status = await untilProblem(session)
  expect(status.waiting).toBeGreaterThan(0)
  expect(await texts(chart)).toEqual([allergy('first'), allergy('second')])
  const needle = Buffer.from(utf8ToBytes(CANARY))
  expect(proxy.sent.some((bytes) => Buffer.from(bytes).includes(needle))).toBe(false)
  return status
}

async function recovers(session: Session): Promise<void> {
  proxy.bend = null
  await session.syncNow()
  await until(session.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0)
}

const pushes = () => proxy.requests.filter((request) => request.endsWith('/push')).length

test('S6: a server key that changed is a problem of its own, and nothing is sent to it', async () => {
  const { session, chart } = await patient()
  await lie(
    session,
    bendMessage('/v1/server', ServerInfo, (info) => ({ ...info, key: randomBytes(32) })),
  )
  const sent = pushes()
  expect((await problemOf(session, chart)).problem).toEqual({ key: 'server-key', code: 'server-key' })
  expect(pushes()).toBe(sent)
  await recovers(session)
})

test('S6: another server at the same address, with a key of its own, is not written to', async () => {
  const { session, chart } = await patient()
  const other = await startServer()
  proxy.target = other.address
  await session.syncNow()
  const sent = pushes()
  expect((await problemOf(session, chart)).problem?.key).toBe('server-key')
  expect(pushes()).toBe(sent)
  proxy.target = world.server.address
  await recovers(session)
  await other.close()
})

test('H1: a challenge relayed from another server is not answered', async () => {
  const { session, chart, laptop } = await patient()
  await session.lock()
  const other = await startServer()
  proxy.bend = async (path) => {
    if (path !== '/v1/challenge') return null
    const answer = await fetch(new URL(path, other.address), {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: encodeMessage({}) as BodyInit,
    })
    return new Uint8Array(await answer.arrayBuffer())
  }
  const signedIn = proxy.requests.filter((request) => request.endsWith('/v1/session')).length
  const again = world.unlocked(await laptop.accountManager.unlock(session.slot, PASSPHRASE))
  const opened = await openFirst(again)
  expect(chart.slot).toBe(opened.slot)
  expect((await problemOf(again, opened)).problem).toEqual({ key: 'server-key', code: 'server-key' })
  expect(proxy.requests.filter((request) => request.endsWith('/v1/session')).length).toBe(signedIn)
  await recovers(again)
  await other.close()
})

test("H1: a challenge relayed to another server that copied this one's key is not answered either: it names another address", async () => {
  const { session, laptop } = await patient()
  await session.lock()
  const signedIn = () => proxy.requests.filter((request) => request.endsWith('/v1/session')).length
  const before = signedIn()
  proxy.bend = bendMessage('/v1/challenge', Challenge, (challenge) => ({
    ...challenge,
    audience: 'https://elsewhere.example',
  }))
  const again = world.unlocked(await laptop.accountManager.unlock(session.slot, PASSPHRASE))
  const chart = await openFirst(again)
  expect((await problemOf(again, chart)).problem).toEqual({ key: 'server-address', code: 'audience' })
  expect(signedIn()).toBe(before)
  await recovers(again)
})

test('K4: a vault that the server hides from the list is withheld, and what is known of it still syncs', async () => {
  const { session, chart } = await patient()
  // The sealed list is written by the first sync after the vault was posted.
  await session.syncNow()
  proxy.bend = bendMessage('/v1/vaults', VaultList, () => ({ vaults: [] }))
  await save(chart, 'second')
  await session.syncNow()
  const status = await untilProblem(session)
  expect(status.problem).toEqual({ key: 'withheld', code: 'vault' })
  expect(await texts(chart)).toEqual([allergy('first'), allergy('second')])
  expect(status.waiting).toBe(0)
  await recovers(session)
})

test('K4: a device that enters by the kit finds the vault that the server hides from it missing', async () => {
  const { session, code } = await patient()
  await session.syncNow()
  proxy.bend = bendMessage('/v1/vaults', VaultList, () => ({ vaults: [] }))
  const restored = await world.restore(code)
  const status = await untilProblem(restored)
  expect(status.problem).toEqual({ key: 'withheld', code: 'vault' })
  proxy.bend = null
  await restored.syncNow()
  expect(await texts(await openFirst(restored))).toEqual([allergy('first')])
})

test('F1, K4: an account log under a head that the pinned key did not sign stops everything, with its name', async () => {
  const { session, chart } = await patient()
  await session.syncNow()
  const unsigned = bendMessage('/log', AccountLogPage, (page) => ({
    ...page,
    head: { ...page.head, signature: randomBytes(64) },
  }))
  await lie(session, (path, honest, method) =>
    path.startsWith('/v1/accounts/') ? unsigned(path, honest, method) : null,
  )
  const sent = pushes()
  expect((await problemOf(session, chart)).problem).toEqual({ key: 'fork', code: 'account' })
  expect(pushes()).toBe(sent)
  await recovers(session)
})

/** A device whose locked home is the copy of another's. */
function copyOf(device: NodeDevice): NodeDevice {
  const copy = world.device('Copy')
  cpSync(device.folder, copy.folder, { recursive: true })
  return copy
}

/** A phone that came in by the kit, was copied, and has written since: `first` is locked. */
async function copiedPhone(code: string): Promise<{ first: Session; copy: NodeDevice }> {
  const device = world.device('Phone')
  const phone = await world.restore(code, device)
  await confirmed(phone)
  await phone.lock()
  const copy = copyOf(device)
  const first = world.unlocked(await device.accountManager.unlock(phone.slot, PASSPHRASE))
  await save(await openFirst(first), 'of the first')
  await confirmed(first)
  await first.lock()
  return { first, copy }
}

test('F3: the same home restored twice: the one that comes second is told, signs nothing more under that id, and continues as a new device', async () => {
  const { session, laptop } = await patient()
  await session.lock()
  const copy = copyOf(laptop)

  const first = world.unlocked(await laptop.accountManager.unlock(session.slot, PASSPHRASE))
  const chart = await openFirst(first)
  await save(chart, 'of the first')
  await first.syncNow()
  await until(first.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0)
  await first.lock()

  const entered = proxy.requests.length
  const second = world.unlocked(await copy.accountManager.unlock(session.slot, PASSPHRASE))
  const theirs = await openFirst(second)
  await save(theirs, 'of the second')
  await second.syncNow()
  const status = await until(second.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0)
  expect(status.renewed).not.toBeNull()
  expect(second.device).not.toBe(first.device)
  // The entry of the log, and nothing else, leaves under the old id; what is pushed comes after it.
  const requests = proxy.requests.slice(entered)
  const added = requests.findIndex((request) => request.startsWith('POST /v1/accounts/'))
  expect(added).toBeGreaterThan(0)
  expect(requests.slice(0, added).filter((request) => request.endsWith('/push'))).toEqual([])
  expect(await texts(theirs)).toEqual([allergy('first'), allergy('of the first'), allergy('of the second')])
  const authors = (await firstValueFrom(theirs.list$('allergies'))).map(({ author }) => author.device)
  expect(new Set(authors)).toEqual(new Set([first.device, second.device]))
})

test('F3, K5: a copy of a device that was removed lets nobody in: it stands still like the removed one', async () => {
  const { session, code } = await patient()
  const { first, copy } = await copiedPhone(code)
  await session.syncNow()
  expect(await session.removeDevice(first.device)).toEqual({ type: 'done' })

  const second = world.unlocked(await copy.accountManager.unlock(first.slot, PASSPHRASE))
  await save(await openFirst(second), 'of the second')
  await second.syncNow()
  expect((await untilProblem(second)).problem?.key).toBe('sign-in')
  expect(second.device).toBe(first.device)
  await session.syncNow()
  expect((await firstValueFrom(session.devices$)).filter(({ kind }) => kind === 'device')).toHaveLength(2)
})

test('F3, K7: a copy of a device that came in by the kit continues as one that did: it removes no older one before its day has ended', async () => {
  const { session, code } = await patient()
  const { first, copy } = await copiedPhone(code)
  const second = world.unlocked(await copy.accountManager.unlock(first.slot, PASSPHRASE))
  await confirmed(second)
  expect(second.device).not.toBe(first.device)
  expect(await second.removeDevice(session.device)).toEqual({ type: 'refused', error: 'too-early' })
  expect(await second.removeDevice(first.device)).toEqual({ type: 'done' })
  // The kit was used once, and is told once.
  await session.syncNow()
  const shown = (await firstValueFrom(session.devices$)).filter(({ kind }) => kind === 'device')
  expect(shown.map(({ added, removed }) => [added.how, removed])).toEqual([
    ['first', false],
    ['kit', true],
    ['pairing', false],
  ])
})

test('C3, P2: a chart that a server only claims to be shared is shown without a name, and goes when it is no longer claimed', async () => {
  const { session } = await patient()
  const claims = (grant: Uint8Array | null) =>
    bendMessage('/v1/vaults', VaultList, ({ vaults }) => ({
      vaults: [...vaults, { vault: randomBytes(16), grant, moved: 1 }],
    }))
  for (const grant of [randomBytes(16), null]) {
    proxy.bend = claims(grant)
    await session.syncNow()
    const charts = await until(session.charts$, (all) => all.length === 2)
    expect(charts.at(-1)).toMatchObject({ name: '', collections: [], state: 'open' })
    await recovers(session)
    await until(session.charts$, (all) => all.length === 1)
  }
})

test('C3: a shared chart that the server lists as an own one is not taken for one: the verified log says whose it is', async () => {
  const { session, chart } = await patient()
  const { session: clinic } = await world.account('Dr Lin', world.device('Clinic'))
  await clinic.syncNow()
  const grantee = await session.readSharingCode((await clinic.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const shared = await chart.share({
    grantee,
    scopes: [{ collection: 'allergies', rights: ['read'] }],
    until: Date.now() + 3_600_000,
    purpose: 'visit',
    shown: { name: 'Mei', birthDate: '' },
  })
  expect(shared.type).toBe('in-force')
  proxy.bend = bendMessage('/v1/vaults', VaultList, ({ vaults }) => ({
    vaults: vaults.map(({ vault, moved }) => ({ vault, grant: null, moved })),
  }))
  await clinic.syncNow()
  const charts = await until(clinic.charts$, (all) => all.some(({ name }) => name === 'Mei'))
  expect(charts.find(({ name }) => name === 'Mei')).toMatchObject({
    relation: 'shared',
    confirmed: false,
    collections: [{ collection: 'allergies', rights: ['read'] }],
  })
})

test('K4, Y2: an account log that grows in the middle of a pass is known from then on, and is not posted as if it were written here', async () => {
  const { session, chart, code, laptop } = await patient()
  const tablet = world.device('Tablet')
  const first = await world.restore(code, tablet)
  await confirmed(first)
  const other = (await firstValueFrom(first.devices$)).find(({ kind, thisDevice }) => kind === 'device' && !thisDevice)!
  await first.lock()
  await save(chart, 'second')
  await confirmed(session)
  await session.lock()
  const unlocked = async ({ accountManager }: NodeDevice) => {
    const [account] = await accountManager.accounts()
    return world.unlocked(await accountManager.unlock(account!.slot, PASSPHRASE))
  }
  // Nobody else is unlocked, so that it is the tablet that asks for the log of the chart: it has read its account's in this pass.
  let isArmed = true
  proxy.bend = async (path) => {
    if (!isArmed || !path.split('?')[0]!.endsWith('/control')) return null
    isArmed = false
    const writing = await unlocked(laptop)
    expect(await writing.renameDevice(other.id, 'Kitchen laptop')).toEqual({ type: 'done' })
    await save(await openFirst(writing), 'third')
    await confirmed(writing)
    return null
  }
  const again = await unlocked(tablet)
  await until(again.devices$, (devices) => devices.some(({ name }) => name === 'Kitchen laptop'))
  await confirmed(again)
  await until((await openFirst(again)).list$('allergies'), (rows) => rows.length === 3)
  expect(isArmed).toBe(false)
})
