/**
 * A simulation of a practice whose members come, change roles and leave (C12) while a patient shares a chart with its roles, and everybody writes
 * and signs, mostly apart, while answers get lost. Some devices do not ask who they are any more before they send.
 */
import { idText } from '@chartkeep/protocol'
import { newestRoleKey, rolesAt } from '@chartkeep/protocol/account'
import { roleCutsOf } from '@chartkeep/protocol/control'
import { randomBytes } from '@chartkeep/crypto'
import {
  commitVersions,
  purgeRevokedVault,
  grantNow,
  submitLate,
  submitBeforePurge,
  lateItems,
  newestKey,
  prepareVersion,
  readEmergencies,
  readLateArrivals,
  sealBatch,
  startPush,
  type SyncOutcome,
  TABLE,
  takeFromBox,
  takePushAnswer,
  maintainMembership,
  writableStream,
} from '@chartkeep/sync/testing'
import { type Device, forge, resourceOf, streamOf } from './attack-world.ts'
import { type Apart, type ApartResult, count, loseOneAnswer, runApart } from './sim-apart.ts'
import { writeDown } from './sim-late.ts'
import { checkMembers } from './sim-members-checks.ts'
import { change, come, enter, leave } from './sim-members-practice.ts'
import {
  CARE,
  type CareRole,
  logOf,
  MEMBERS_ALONE,
  type MembersMistakes,
  type MembersRun,
  type MembersWith,
  NOTES,
  RIGHTS,
  rolesNow,
  signaturesAt,
} from './sim-members-world.ts'

/** Longer than a device waits before it reads the same account's log again. */
const PASS_MS = 6 * 60_000

export function runMembers(seed: number, steps: number, mistakes: MembersMistakes = {}): Promise<ApartResult> {
  const begin = (run: Apart) => openPractice(run, mistakes)
  return runApart({ name: 'members', lists: [NOTES], begin, action, pass, check: checkMembers }, seed, steps)
}

/** A practice with three members, and a patient who knows it. */
export async function openPractice(
  apart: Apart,
  mistakes: MembersMistakes,
  more: MembersWith = MEMBERS_ALONE,
): Promise<MembersRun> {
  const { world, devices } = apart
  const desk = await world.provider({ id: randomBytes(16), name: 'Member 1', roles: ['admin', 'physician'] })
  desk.name = 'Member 1'
  const run: MembersRun = {
    ...apart,
    ...more,
    mistakes,
    patient: [...devices],
    seats: [],
    written: new Map(),
    inTime: new Set(),
    signed: new Map(),
    steps: 0,
  }
  await world.laptop.book.refresh(desk.person.account, world.laptop.server, world.key.publicKey)
  if (more.shared) for (const role of CARE) await shareWith(run, desk, role)
  enter(run, desk)
  for (let added = 0; added < 2; added++) await come(run, desk)
  for (const device of run.devices) await run.sync(device)
  return run
}

async function shareWith({ world }: MembersRun, { person }: Device, role: CareRole): Promise<void> {
  const { laptop } = world
  const outcome = await grantNow(laptop.machine, laptop.server, {
    kind: 'share',
    id: randomBytes(16),
    grantee: person.account,
    role,
    scopes: Object.entries(RIGHTS[role]).map(([collection, rights]) => ({ collection, rights: [...rights] })),
    notBefore: world.time.now - 1000,
    notAfter: world.time.now + 4e9,
    label: { purpose: 'visit', name: 'Mei', birthDate: '', grantee: 'Clinic' },
    generation: newestRoleKey(laptop.book.lookup(person.account)!, role)!.generation,
  })
  if (outcome.type !== 'done') throw new Error(JSON.stringify(outcome))
}

export async function action(run: MembersRun): Promise<void> {
  const { random, world } = run
  run.steps += 1
  world.time.now += 60_000
  const draw = random.int(100)
  const device = random.pick(run.devices)
  if (draw < 30) return sendAndRead(run, device)
  if (draw < 52) return write(run, device)
  if (draw < 60) return edit(run, device)
  if (draw < 68) return sign(run, random.pick(run.seats))
  if (draw < 74) return sendUnasked(run)
  if (draw < 76) return backdate(run)
  if (draw < 80) return decide(run, random.pick(run.patient))
  const admins = run.seats.filter((each) => rolesNow(run, each).includes('admin'))
  const admin = random.pick(admins)
  if (draw < 86) return come(run, admin)
  if (draw < 95) return change(run, admin)
  return leave(run, admin)
}

async function sendAndRead(run: MembersRun, device: Device): Promise<void> {
  if (run.random.chance(0.2)) loseOneAnswer(device, run.random.pick(['push', 'postControl', 'handIn'] as const))
  await pass(run, device)
  device.server.lies = {}
}

/** One pass as the app makes it (sync-chart.ts); whose access has ended submits and removes its copy (chart.ts). */
export async function pass(run: MembersRun, device: Device): Promise<SyncOutcome> {
  const { machine, server } = device
  run.world.time.now += PASS_MS
  const outcome = await run.sync(device)
  count(run, `sync ${outcome.type}`)
  run.trace.push(`${run.steps} ${device.name} syncs: ${JSON.stringify(outcome)}`)
  const isHere = machine.rows.all().length > 0 || machine.keys.streams.size > 0
  if (outcome.type === 'ended' && isHere) {
    await submitBeforePurge(machine, server)
    await purgeRevokedVault(machine)
    count(run, 'end')
  } else if (outcome.type !== 'offline' && run.patient.includes(device)) {
    await readEmergencies(machine, server, outcome.type === 'synced' || outcome.type === 'waiting')
    const isTidy = run.mistakes.untidy !== true
    if (isTidy && (await maintainMembership(machine, server, run.world.time.now))) await device.sync()
    await readLateArrivals(machine, server)
  }
  if (machine.rows.table(TABLE.undelivered).size > 0) {
    const handed = await submitLate({ ...machine, device: machine.device.id }, server)
    run.trace.push(`${run.steps} ${device.name} hands in: ${JSON.stringify(handed)}`)
    count(run, 'hand in')
  }
  return outcome
}

/**
 * A device that somebody has changed writes and sends, without asking first what its practice says of it or what the chart's log says; one that has
 * missed something, where there is one.
 */
async function sendUnasked(run: MembersRun): Promise<void> {
  const { n } = logOf(run)
  const behind = run.seats.filter(({ book, person }) => book.lookup(person.account)!.n < n)
  const device = run.random.pick(behind.length > 0 ? behind : run.seats)
  const { machine, server, name } = device
  await write(run, device)
  if (machine.control === null) return
  await sealBatch(machine)
  const blocked = new Set<string>()
  const push = startPush(machine, server, blocked)
  if (push === null) return
  const outcome = await takePushAnswer(machine, push, blocked)
  count(run, `unasked ${outcome.type}`)
  run.trace.push(`${run.steps} ${name} sends unasked: ${JSON.stringify(outcome)}`)
}

/** A device that somebody has changed writes under a head at which its member had more roles, though a cut says that such heads have ended. */
async function backdate(run: MembersRun): Promise<void> {
  const { random, world } = run
  const { account } = run.seats[0]!.person
  const backdating = run.seats.flatMap((device) => {
    const cuts = roleCutsOf(world.laptop.machine.control!, { account, device: device.secrets.id })
    return cuts.map(({ accountN }) => ({ device, n: accountN - 1 }))
  })
  if (backdating.length === 0) return
  const { device, n } = random.pick(backdating)
  const stream = streamOf(world.laptop.machine, 'labs')
  const log = device.book.lookup(account)!
  if (device.machine.control === null || log.n < n || newestKey(device.machine, idText(stream)) === null) return
  const { header, body, proof } = await forge(device, stream, { accountLog: { n, h: log.hashes[n - 1]! } })
  const outcome = await device.server.push(world.vault, [{ header, body: body!, proof: proof! }])
  count(run, 'backdates')
  run.trace.push(
    `${run.steps} ${device.name} backdates to ${n}: ${JSON.stringify(outcome.type === 'ok' && outcome.value.refused)}`,
  )
}

/** A person saves a text, new or over one of theirs. */
export async function put(run: MembersRun, device: Device, list: string, resource: string, id?: string) {
  const draft = { collection: list, resource }
  const prepared = prepareVersion(device.machine, id === undefined ? draft : { ...draft, id })
  if (prepared.type !== 'row') return null
  await commitVersions(device.machine, [prepared])
  const { doc } = prepared.row
  const known = run.written.get(doc) ?? { by: device, texts: [], list }
  known.texts.push(resource)
  run.written.set(doc, known)
  run.trace.push(`${run.steps} ${device.name} writes ${list} ${doc}`)
  return prepared.row
}

async function write(run: MembersRun, device: Device): Promise<void> {
  const list = run.random.pick(['labs', 'medications'])
  if (device.machine.control === null || writableStream(device.machine, list) === null) return
  if ((await put(run, device, list, resourceOf(list, `${device.name} ${run.steps}`))) !== null) count(run, 'write')
}

async function edit(run: MembersRun, device: Device): Promise<void> {
  const own = device.machine.rows.all().filter((row) => {
    return row.collectionName === 'labs' && run.written.get(row.doc)?.by === device
  })
  if (own.length === 0) return
  const { id } = run.random.pick(own)
  if ((await put(run, device, 'labs', resourceOf('labs', `${device.name} ${run.steps}`), id)) !== null)
    count(run, 'edit')
}

/** By the roles that the device knows of: of those that it has lost meanwhile it may not have heard. */
async function sign(run: MembersRun, device: Device): Promise<void> {
  const { machine, secrets } = device
  const rows = machine.rows.all().filter(({ collectionName }) => collectionName === 'labs')
  const known = device.book.lookup(device.person.account)!
  const isPhysician = rolesAt(known, secrets.id, known.n)!.includes('physician')
  if (rows.length === 0 || !isPhysician || writableStream(machine, NOTES) === null) return
  const resource = await signaturesAt(device).make({ meaning: 'review' }, run.random.pick(rows))
  const row = await put(run, device, NOTES, resource)
  if (row === null) return
  run.signed.set(row.doc, device)
  count(run, 'sign')
}

async function decide(run: MembersRun, { machine, name }: Device): Promise<void> {
  const undecided = lateItems(machine).filter(({ decision, late }) => decision === 'open' && late.n === null)
  if (undecided.length === 0 || machine.keys.docSecret === null) return
  const { hash } = run.random.pick(undecided.toSorted((a, b) => (a.late.row.resource < b.late.row.resource ? -1 : 1)))
  const takes = run.random.chance(0.6)
  if (takes && !(await takeFromBox(machine, hash))) return
  await writeDown(machine, takes ? 'late-taken' : 'late-left', hash)
  count(run, takes ? 'take late' : 'leave late')
  run.trace.push(`${run.steps} ${name} ${takes ? 'takes' : 'leaves'} what came late`)
}
