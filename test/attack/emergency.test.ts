/**
 * Emergency access asked of the server with the keys of each role, by no code of packages/sync (C13): what is held back before somebody says why,
 * for whom it is open afterwards, and every request that opens nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSigningKeyPair, randomBytes, sign } from '@chartkeep/crypto'
import { encodeMessage, idText, MAX_EMERGENCY_REQUESTS, READ, type SyncError } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { controlHead } from '@chartkeep/protocol/control'
import type { EmergencyEnd, EmergencyReceipt, EmergencyRequest } from '@chartkeep/protocol/emergency'
import { departureMessage, type DepartureBody } from '@chartkeep/protocol/ended'
import {
  createServerCore,
  dataFolder,
  makeBackup,
  openSigningKey,
  openSqliteStorage,
  restoreBackup,
  type ServerCore,
  type ServerSession,
} from '@chartkeep/sync-server/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failingStorage } from '../support/failing-storage.ts'
import {
  allowEmergency,
  emergencyEnd,
  emergencyRequest,
  giveAccessLog,
  EMERGENCY,
  HOUR,
} from '../support/protocol-emergency.ts'
import { createPerson, type Device, type Person } from '../support/protocol-people.ts'
import {
  addMember,
  addSeatDevice,
  changeMember,
  createPractice,
  removeMember,
  type Practice,
  type Seat,
} from '../support/protocol-practice.ts'
import { createWriter, write, type Writer } from '../support/protocol-stream.ts'
import { createVault, cutGrant, makeGrant, type Vault } from '../support/protocol-vault.ts'
import {
  accepted,
  answerChallenge,
  AUDIENCE,
  createServerWorld,
  errorOf,
  listen,
  type ServerWorld,
} from '../support/server-world.ts'

let world: ServerWorld
let core: ServerCore
let practice: Practice
let patient: Person
let stranger: Person
let nurse: Seat
let second: Device
let colleague: Seat
let doctor: Seat
let others: Seat[]
let home: ServerSession
let boss: ServerSession

async function signIn(person: Person, device: Device, at = core): Promise<ServerSession & { token: string }> {
  const { token } = accepted(await at.signIn(await answerChallenge(at.challenge(), person.state.account, device)))
  return Object.assign((await at.session(token))!, { token })
}

async function postLog(from: number, by: ServerSession): Promise<void> {
  for (const entry of practice.entries.slice(from))
    accepted(await core.postAccount(by, practice.state.account, { entry }))
}

beforeAll(async () => {
  world = createServerWorld()
  core = world.core
  practice = await createPractice('emergency-attack')
  nurse = await addMember(practice, 'nurse')
  colleague = await addMember(practice, 'nurse')
  doctor = await addMember(practice, 'physician')
  others = [await addMember(practice, 'scribe'), await addMember(practice, 'auditor')]
  patient = await createPerson('emergency-attack-patient')
  stranger = await createPerson('emergency-attack-stranger')
  for (const person of [practice, patient, stranger]) accepted(await core.register({ entry: person.entries[0]! }))
  boss = await signIn(practice, practice.device)
  await postLog(1, boss)
  second = await addSeatDevice(practice, nurse)
  await postLog(practice.entries.length - 1, await signIn(practice, nurse.devices[0]!))
  home = await signIn(patient, patient.device)
})
afterAll(() => world.close())

interface Ground {
  vault: Vault
  /** The patient's device in the vault's first list. */
  writer: Writer
  grant: Uint8Array
  audit: Uint8Array
}

/** A chart with an access log and one record, that nurses may open in an emergency; the server has all of it. */
async function ground(notAfter = world.time.now() + 500 * HOUR): Promise<Ground> {
  // A session lasts an hour, and the clock continues by days.
  home = await signIn(patient, patient.device)
  const vault = await createVault(patient, 2)
  await giveAccessLog(vault)
  const window = { notBefore: world.time.now() - HOUR, notAfter }
  const { grant, audit } = await allowEmergency(vault, { grantee: practice, role: 'nurse', ...window })
  accepted(await core.postControl(home, vault.id, { entries: vault.entries }))
  const at = { vault, grant, audit, writer: createWriter(vault, vault.streams[0]!, patient) }
  await writeOne(at)
  return at
}

async function writeOne({ vault, writer }: Pick<Ground, 'vault' | 'writer'>): Promise<void> {
  const { headerBytes: header, body, proof } = await write(writer)
  const pushed = accepted(await core.push(home, vault.id, { envelopes: [{ header, body, proof }] }))
  expect(pushed.refused).toBeNull()
}

async function post(vault: Vault, from: number): Promise<void> {
  accepted(await core.postControl(home, vault.id, { entries: vault.entries.slice(from) }))
}

/** What a session gets of the chart: how many wraps that serve the grant, and what a pull answers. */
async function seen(session: ServerSession, { vault, audit }: Ground, at = core) {
  const log = await at.control(session, vault.id, 0)
  const parts = 'entries' in log ? log.entries.flatMap((entry) => entry.parts) : []
  const streams = [{ stream: vault.streams[0]!, after: 0 }]
  const pulled = await at.pull(session, vault.id, { streams, budget: 1 << 16 })
  const own = await at.pull(session, vault.id, { streams: [{ stream: audit, after: 0 }], budget: 1 << 16 })
  const fetched = await at.fetchBodies(session, vault.id, { stream: vault.streams[0]!, numbers: [1] })
  const blob = await at.findBlob(session, vault.id, vault.streams[0]!, new Uint8Array(16))
  const listed = (await at.vaults(session)).vaults.filter((each) => idText(each.vault) === idText(vault.id))
  return {
    log: errorOf(log),
    wraps: parts.filter(({ wrap }) => wrap !== null).length,
    opens: parts.filter(({ open }) => open !== null).length,
    pull: errorOf(pulled) ?? ('streams' in pulled ? pulled.streams[0]!.entries.length : 0),
    own: errorOf(own),
    fetch: errorOf(fetched),
    // A file that is not there and one that may not be read get the same answer.
    blob: errorOf(blob),
    owners: errorOf(await at.emergencies(session, vault.id, 0)),
    listed: listed.map(({ held = false }) => held),
  }
}

const NOTHING = {
  pull: 'not-found',
  own: 'not-found',
  fetch: 'not-found',
  blob: 'not-found',
  owners: 'not-found',
  wraps: 0,
}
const HELD = { ...NOTHING, log: null, opens: 1, listed: [true] }
const OPEN = {
  log: null,
  pull: 1,
  own: null,
  fetch: null,
  blob: 'not-found',
  owners: 'not-found',
  wraps: 1,
  opens: 1,
  listed: [false],
}
const STRANGE = { ...NOTHING, log: 'not-found', opens: 0, listed: [] }

async function ask(
  session: ServerSession,
  { vault }: Ground,
  request: EmergencyRequest,
): Promise<EmergencyReceipt | SyncError> {
  return core.openEmergency(session, vault.id, request)
}

test('C13: before a request every role gets the grant and no key, no entry, no file and no hint; after it the very device that asked does', async () => {
  const at = await ground()
  const [hers, hers2, theirs] = [nurse.devices[0]!, second, colleague.devices[0]!]
  const nurses = [await signIn(practice, hers), await signIn(practice, hers2), await signIn(practice, theirs)] as const
  const nobody = [boss, await signIn(stranger, stranger.device)]
  for (const seat of [doctor, ...others]) nobody.push(await signIn(practice, seat.devices[0]!))
  for (const session of nurses) expect(await seen(session, at)).toEqual(HELD)
  for (const session of nobody) expect(await seen(session, at)).toEqual(STRANGE)
  const owner = await listen(core, (await signIn(patient, patient.device)).token)
  const ward = await listen(core, nurses[0].token)
  await writeOne(at)
  expect(ward.seen()).not.toContain(`head ${idText(at.vault.streams[0]!)}`)

  // Signed by each device for itself, with its own keys: only nurses' open anything.
  for (const [session, device, person] of [
    [nobody[0]!, practice.device, practice],
    [nobody[1]!, stranger.device, stranger],
    [nobody[2]!, doctor.devices[0]!, practice],
    [nobody[3]!, others[0]!.devices[0]!, practice],
    [nobody[4]!, others[1]!.devices[0]!, practice],
  ] as const)
    expect(errorOf(await ask(session, at, await emergencyRequest(at.vault, at.grant, person, device)))).toBe(
      'not-found',
    )
  const request = await emergencyRequest(at.vault, at.grant, practice, hers)
  // What another device signed opens nothing to whoever brings it.
  for (const session of [nurses[1], nurses[2], nobody[2]!])
    expect(errorOf(await ask(session, at, request))).toBe('refused')
  owner.messages.length = 0
  const receipt = accepted(await ask(nurses[0], at, request))
  expect(receipt).toMatchObject({ from: world.time.now(), until: world.time.now() + EMERGENCY.duration })
  expect(owner.messages, 'owners are told at once').toMatchObject([{ type: 'head', stream: null }])
  expect(await seen(nurses[0], at)).toEqual({ ...OPEN, pull: 2 })
  for (const session of nurses.slice(1)) expect(await seen(session, at)).toEqual(HELD)
  for (const session of nobody) expect(await seen(session, at)).toEqual(STRANGE)
  expect(accepted(await core.emergencies(home, at.vault.id, 0))).toMatchObject({ items: [{ request, receipt }] })

  // By the server's own timer it has ended, with its connections; the same request again gives no further time.
  await world.time.advance(EMERGENCY.duration - 1)
  const late = await signIn(practice, hers)
  const line = await listen(core, late.token)
  const bystander = await listen(core, (await signIn(practice, hers2)).token)
  expect(await seen(late, at)).toEqual({ ...OPEN, pull: 2 })
  await world.time.advance(1)
  expect(line.closed).toEqual(['ended'])
  expect(line.seen().at(-1)).toBe('ended')
  expect(bystander.closed).toEqual([])
  expect(await seen(late, at)).toEqual(HELD)
  expect(accepted(await ask(late, at, request))).toEqual(receipt)
  expect(await seen(late, at)).toEqual(HELD)
  owner.close()
})

test('C13: a device ends what it opened before its time: from then on the server shows it nothing, after a restart too; nobody ends it for it', async () => {
  const at = await ground()
  const { vault, grant } = at
  const [hers, theirs] = [nurse.devices[0]!, colleague.devices[0]!]
  const session = await signIn(practice, hers)
  const other = await signIn(practice, theirs)
  const end = (by: ServerSession, given: EmergencyEnd, of = vault) => core.endEmergency(by, of.id, given)
  const first = accepted(await ask(session, at, await emergencyRequest(vault, grant, practice, hers)))
  accepted(await ask(other, at, await emergencyRequest(vault, grant, practice, theirs)))
  const { from } = first as EmergencyReceipt
  const own = (change = {}) => emergencyEnd(vault, grant, practice, hers, { from, ...change })

  const signed = await own()
  const flipped = (bytes: Uint8Array) => bytes.map((byte, index) => (index === 40 ? byte ^ 1 : byte))
  const other2 = await ground()
  const forged: [why: string, given: EmergencyEnd, by?: ServerSession][] = [
    ['refused', { ...signed, signature: flipped(signed.signature) }],
    ['refused', signed, other],
    ['refused', await own({ device: theirs.id }), other],
    ['refused', await emergencyEnd(vault, grant, practice, practice.recovery, { from })],
    ['refused', await emergencyEnd(vault, grant, practice, doctor.devices[0]!, { from })],
    ['not-found', await emergencyEnd(vault, grant, practice, second, { from }), await signIn(practice, second)],
    ['not-found', await own({ vault: other2.vault.id })],
    ['not-found', await own({ grant: other2.grant })],
    [
      'not-found',
      await emergencyEnd(vault, grant, stranger, stranger.device, { from }),
      await signIn(stranger, stranger.device),
    ],
    ['heads-unknown', await own({ control: { n: 1, h: new Uint8Array(32) } })],
    ['heads-unknown', await own({ accountLog: { n: 1, h: new Uint8Array(32) } })],
    ['bad-request', { ...signed, body: signed.body.slice(1) }],
  ]
  for (const [why, given, by = session] of forged) expect(errorOf(await end(by, given))).toBe(why)
  // One that names an earlier opening ends the current nothing.
  expect(await end(session, await own({ from: from - 1 }))).toBeNull()
  expect(await seen(session, at)).toEqual(OPEN)

  const line = await listen(core, (await signIn(practice, hers)).token)
  const bystander = await listen(core, (await signIn(practice, theirs)).token)
  await world.time.advance(60_000)
  expect(await end(session, signed)).toBeNull()
  await world.time.advance(0)
  expect([line.closed, line.seen().at(-1), bystander.closed]).toEqual([['ended'], 'ended', []])
  expect(await seen(session, at)).toEqual(HELD)
  expect(await seen(await signIn(practice, hers), at)).toEqual(HELD)
  expect(await seen(other, at), 'of her colleague nothing changes').toEqual(OPEN)
  // What owners read of it is what it was: the receipt is signed. The same request again opens nothing, and the same end ends nothing more.
  const { items } = accepted(await core.emergencies(home, vault.id, 0))
  expect(items.map(({ receipt }) => receipt)).toContainEqual(first)
  expect(accepted(await ask(session, at, items.find(({ receipt }) => receipt.from === from)!.request))).toMatchObject({
    from,
  })
  expect(await seen(session, at)).toEqual(HELD)
  expect(await end(session, signed)).toBeNull()

  const options = { clock: world.time, timers: world.time.timers, audience: AUDIENCE, randomBytes }
  const anew = createServerCore({ ...options, storage: world.storage, signingKey: generateSigningKeyPair() })
  expect(await seen(await signIn(practice, hers, anew), at, anew)).toEqual(HELD)
  // Opened again, with a reason of its own, it is open again; the earlier end has ended.
  accepted(await ask(session, at, await emergencyRequest(vault, grant, practice, hers, { time: 6 })))
  expect(await end(session, signed)).toBeNull()
  expect(await seen(session, at)).toEqual(OPEN)
  bystander.close()
})

test('C13, C6: an opening ends its connections at its moment also where the disk fails just then', async () => {
  const at = await ground()
  const device = nurse.devices[0]!
  const request = await emergencyRequest(at.vault, at.grant, practice, device)
  const { until } = accepted(await ask(await signIn(practice, device), at, request)) as EmergencyReceipt
  world.time.jump(until - 60_000 - world.time.now())
  const storage = failingStorage(world.storage)
  const { timers } = world.time
  const options = { clock: world.time, timers, audience: AUDIENCE, randomBytes, signingKey: generateSigningKeyPair() }
  const anew = createServerCore({ ...options, storage })
  const line = await listen(anew, (await signIn(practice, device, anew)).token)
  await world.time.advance(59_000)
  storage.failAt(0)
  await world.time.advance(1_000)
  expect([storage.hasFailed, line.closed]).toEqual([true, ['ended']])
})

test('C13: no altered request, no other grant, none before its time, after its end or its cut, of a lost role or a member who left, opens anything', async () => {
  const at = await ground()
  const { vault, grant } = at
  const device = nurse.devices[0]!
  const session = await signIn(practice, device)
  const tried = async (request: EmergencyRequest, by = session) => errorOf(await ask(by, at, request))
  const request = await emergencyRequest(vault, grant, practice, device)
  for (const part of ['body', 'signature'] as const) {
    for (let bit = 0; bit < request[part].length * 8; bit += 37) {
      const bytes = request[part].slice()
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      expect(await tried({ ...request, [part]: bytes }), `${part} ${bit}`).not.toBeNull()
    }
  }
  const ordinary = await createVault(patient, 1)
  await giveAccessLog(ordinary)
  ordinary.people.push(practice)
  const scopes = [{ stream: ordinary.streams[0]!, rights: READ }]
  const window = { notBefore: world.time.now() - HOUR, notAfter: world.time.now() + HOUR }
  const { grant: shared } = await makeGrant(ordinary, { grantee: practice, role: 'nurse', scopes, ...window })
  accepted(await core.postControl(home, ordinary.id, { entries: ordinary.entries }))
  const wrong = await emergencyRequest(ordinary, shared, practice, device)
  expect(errorOf(await core.openEmergency(session, ordinary.id, wrong))).toBe('not-found')
  expect(await tried(await emergencyRequest(vault, randomBytes(16), practice, device))).toBe('not-found')
  expect(errorOf(await core.openEmergency(session, randomBytes(16), request))).toBe('not-found')
  const ahead = { n: controlHead(vault.state).n + 1, h: randomBytes(32) }
  expect(await tried(await emergencyRequest(vault, grant, practice, device, { control: ahead }))).toBe('heads-unknown')

  const early = await createVault(patient, 1)
  await giveAccessLog(early)
  const later = { notBefore: world.time.now() + HOUR, notAfter: world.time.now() + 3 * HOUR }
  const { grant: due } = await allowEmergency(early, { grantee: practice, role: 'nurse', ...later })
  accepted(await core.postControl(home, early.id, { entries: early.entries }))
  const asked = await emergencyRequest(early, due, practice, device)
  expect(errorOf(await core.openEmergency(session, early.id, asked))).toBe('not-found')
  await world.time.advance(2 * HOUR)
  const again = await signIn(practice, device)
  home = await signIn(patient, patient.device)
  const { until } = accepted(await core.openEmergency(again, early.id, asked))
  expect(until, 'the window ends before the duration does').toBe(later.notAfter)
  await world.time.advance(HOUR)
  const last = await signIn(practice, device)
  home = await signIn(patient, patient.device)
  const more = await emergencyRequest(early, due, practice, device, { time: 6 })
  expect(errorOf(await core.openEmergency(last, early.id, more))).toBe('not-found')

  // What was signed while she was a nurse is nothing once she is none: the server asks for the roles of the moment.
  boss = await signIn(practice, practice.device)
  const leaver = await addMember(practice, 'nurse')
  const mover = await addMember(practice, 'nurse')
  await postLog(accountHead(practice.state).n - 2, boss)
  const before = accountHead(practice.state)
  const signed = (by: Device) => emergencyRequest(vault, grant, practice, by, { accountLog: before })
  const [hers, moved] = [await signed(leaver.devices[0]!), await signed(mover.devices[0]!)]
  const her = await signIn(practice, leaver.devices[0]!)
  const movers = await signIn(practice, mover.devices[0]!)
  await changeMember(practice, mover, 'scribe')
  await removeMember(practice, leaver)
  await postLog(before.n, boss)
  expect(await tried(moved, movers)).toBe('not-found')
  expect(await tried(hers, her)).toBe('unauthenticated')

  const opened = accepted(await ask(last, at, request))
  expect(opened.until).toBeGreaterThan(world.time.now())
  expect(await seen(last, at)).toMatchObject({ wraps: 1, pull: 1 })
  await cutGrant(vault, grant)
  await post(vault, vault.entries.length - 1)
  expect(await tried(await emergencyRequest(vault, grant, practice, device, { time: 7 }), last)).toBe('not-found')
  // She had the earlier keys: what is written from now on is under others, and none of it reaches her.
  await writeOne(at)
  expect(await seen(last, at)).toMatchObject({ pull: 'not-found', fetch: 'not-found', wraps: 0, listed: [false] })
  expect(await seen(await signIn(practice, colleague.devices[0]!), at)).toMatchObject({ listed: [] })
})

test('C13: who may open a chart is told so, and when it no longer may, and of nothing that happens there; what it did not open ends none of its connections', async () => {
  const at = await ground()
  const { vault, grant } = at
  const [first, other] = [nurse.devices[0]!, colleague.devices[0]!]
  const session = await signIn(practice, first)
  const line = await listen(core, session.token)
  const bystander = await listen(core, (await signIn(practice, other)).token)
  for (const { messages } of [line, bystander]) messages.length = 0
  const scopes = [{ stream: vault.streams[0]!, rights: READ }]
  const { grant: shared } = await makeGrant(vault, { grantee: stranger, scopes, notAfter: world.time.now() + HOUR })
  await post(vault, vault.entries.length - 1)
  await cutGrant(vault, shared, new Map(), [{ person: practice, role: 'nurse', grant }])
  await post(vault, vault.entries.length - 1)
  expect([line.messages, bystander.messages]).toEqual([[], []])
  const window = { notBefore: world.time.now() - HOUR, notAfter: world.time.now() + 500 * HOUR }
  const again = await allowEmergency(vault, { grantee: practice, role: 'nurse', ...window })
  await post(vault, vault.entries.length - 1)
  expect([line.messages, bystander.messages]).toMatchObject([[{ stream: null }], [{ stream: null }]])

  accepted(await ask(session, at, await emergencyRequest(vault, again.grant, practice, first)))
  await cutGrant(vault, again.grant, new Map(), [{ person: practice, role: 'nurse', grant }])
  await post(vault, vault.entries.length - 1)
  expect([line.closed, bystander.closed]).toEqual([['ended'], []])
  expect(bystander.seen().at(-1)).toContain('head')
})

test('C13: keys renewed while it was held are held back too; a restart and a restored backup know who may read, and who may not', async () => {
  const at = await ground()
  const { vault, grant } = at
  const other = await makeGrant(vault, {
    grantee: stranger,
    scopes: [{ stream: vault.streams[0]!, rights: READ }],
    notAfter: world.time.now() + HOUR,
  })
  await cutGrant(vault, other.grant, new Map(), [{ person: practice, role: 'nurse', grant }])
  await post(vault, vault.entries.length - 2)
  const session = await signIn(practice, nurse.devices[0]!)
  expect(await seen(session, at)).toEqual({ ...HELD, opens: 2 })
  accepted(await ask(session, at, await emergencyRequest(vault, grant, practice, nurse.devices[0]!)))
  expect(await seen(session, at)).toMatchObject({ wraps: 2, opens: 2, pull: 1 })

  const data = mkdtempSync(join(tmpdir(), 'chartkeep-emergency-'))
  const key = generateSigningKeyPair()
  const options = { clock: world.time, timers: world.time.timers, audience: AUDIENCE, randomBytes, signingKey: key }
  const asBefore = async (storage: Parameters<typeof createServerCore>[0]['storage']) => {
    const anew = createServerCore({ ...options, storage })
    expect(await seen(await signIn(practice, nurse.devices[0]!, anew), at, anew)).toMatchObject({ wraps: 2, pull: 1 })
    expect(await seen(await signIn(practice, second, anew), at, anew)).toEqual({ ...HELD, opens: 2 })
  }
  try {
    await asBefore(world.storage)
    const live = dataFolder(world.folder)
    openSigningKey(live.folder, true)
    const target = join(data, 'backup')
    await makeBackup(live, target)
    const into = dataFolder(join(data, 'restored'))
    await restoreBackup(target, into)
    const restored = openSqliteStorage(into.database)
    await asBefore(restored)
    await restored.close()
  } finally {
    rmSync(data, { recursive: true })
  }
})

test('C13: one device opens a grant twenty times within a day and no further; that takes nothing from another one, nor from the day after', async () => {
  const at = await ground()
  const { vault, grant } = at
  const hers = colleague.devices[0]!
  const requestOf = (by: Device, time: number) => emergencyRequest(vault, grant, practice, by, { time })
  const opensMore = async (time: number) =>
    errorOf(await ask(await signIn(practice, hers), at, await requestOf(hers, time)))
  accepted(await ask(await signIn(practice, hers), at, await requestOf(hers, 0)))
  await world.time.advance(HOUR)
  for (let time = 1; time < MAX_EMERGENCY_REQUESTS; time++) expect(await opensMore(time)).toBeNull()
  expect(await opensMore(98)).toBe('quota')
  accepted(await ask(await signIn(practice, second), at, await requestOf(second, 1)))
  await world.time.advance(23 * HOUR - 1)
  expect(await opensMore(98)).toBe('quota')
  await world.time.advance(1)
  expect(await opensMore(98), 'a day after the first one').toBeNull()
  expect(await opensMore(99), 'and no more than that').toBe('quota')
})

test('C13: she writes in her own audit log while it is open, and what she had not sent goes into the quarantine inbox', async () => {
  const at = await ground()
  const { vault, grant, audit } = at
  const device = colleague.devices[0]!
  const session = await signIn(practice, device)
  const writer = createWriter(vault, audit, practice, device)
  const event = async () => {
    const { headerBytes: header, body, proof } = await write(writer)
    return { header, body, proof }
  }
  const statement = encodeMessage({
    v: 1,
    vault: vault.id,
    grant,
    account: practice.state.account,
    device: device.id,
    accountLog: accountHead(practice.state),
    control: controlHead(vault.state),
    time: 5,
  } satisfies DepartureBody)
  const departure = { body: statement, signature: await sign(device.signing, departureMessage(statement)) }
  const departed = async (by: ServerSession) => errorOf(await core.depart(by, vault.id, departure))
  expect(await departed(session), 'who opened nothing has no copy').toBe('not-found')
  const unsent = { ...writer }
  expect(errorOf(await core.push(session, vault.id, { envelopes: [await event()] }))).toBe('not-found')
  Object.assign(writer, unsent)
  accepted(await ask(session, at, await emergencyRequest(vault, grant, practice, device)))
  expect(await departed(session), 'while it is open').toBe('not-found')
  const first = await event()
  expect(accepted(await core.push(session, vault.id, { envelopes: [first] })).refused).toBeNull()
  const late = await event()
  expect(errorOf(await core.handIn(session, vault.id, { envelopes: [late] }))).toBe('not-found')
  const labs = createWriter(vault, vault.streams[0]!, practice, device)
  const { headerBytes: header, body, proof } = await write(labs)
  expect(accepted(await core.push(session, vault.id, { envelopes: [{ header, body, proof }] })).refused).toBe(
    'no-right',
  )
  await world.time.advance(EMERGENCY.duration)
  const after = await signIn(practice, device)
  expect(await departed(after)).toBeNull()
  expect(errorOf(await core.push(after, vault.id, { envelopes: [late] }))).toBe('not-found')
  expect(accepted(await core.handIn(after, vault.id, { envelopes: [late] }))).toMatchObject({ refused: null })
  expect(accepted(await core.handIn(after, vault.id, { envelopes: [late] })).taken).toHaveLength(1)
})
