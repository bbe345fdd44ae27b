/**
 * A simulation of emergency access (C13) in a practice whose members come, change roles and leave: the patient allows it beforehand, stops it or
 * allows it again; members open the chart with a reason, look, write in its audit log, end it early, mostly apart, while answers get lost and
 * openings end.
 */
import { idText, textId } from '@chartkeep/protocol'
import { newestRoleKey, rolesAt } from '@chartkeep/protocol/account'
import { emergencyRequestHash } from '@chartkeep/protocol/emergency'
import { randomBytes } from '@chartkeep/crypto'
import {
  askToOpen,
  cutGrantNow,
  grantNow,
  headOf,
  lockEndOf,
  nameOfOpening,
  prepareNote,
  currentMember,
  signEmergencyEnd,
  signEmergencyRequest,
  waitingCount,
} from '@chartkeep/sync/testing'
import { type Device, resourceOf, streamOf } from './attack-world.ts'
import { answerChallenge, listen } from './server-world.ts'
import { type Apart, type ApartResult, count, runApart } from './sim-apart.ts'
import { checkCopy, checkEmergency, checkLines, checkOwner, noteReading } from './sim-emergency-checks.ts'
import {
  type Asked,
  type EmergencyMistakes,
  emergencyOf,
  type EmergencyRun,
  keepRow,
  membersWith,
  OPENED_LISTS,
  openTo,
  RARE,
  type Taken,
} from './sim-emergency-world.ts'
import { action as memberAction, openPractice, pass as memberPass, put } from './sim-members.ts'
import { told } from './sim-members-practice.ts'
import { NOTES } from './sim-members-world.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const ROLES = ['physician', 'nurse'] as const

/**
 * `isEarly`: members end what they opened before its time as well; without it a scenario is what it was before they could. `isTold`: mostly where there
 * is a network, so that the server hears of it while the opening runs; without it, as it was before servers did.
 */
export function runEmergency(
  seed: number,
  steps: number,
  mistakes: EmergencyMistakes = {},
  isEarly = true,
  isTold = isEarly,
): Promise<ApartResult> {
  const begin = (run: Apart) => open(run, mistakes, isEarly, isTold)
  const scenario = { name: 'emergency', lists: [NOTES], begin, action, pass, check: checkEmergency }
  return runApart(scenario, seed, steps)
}

async function open(
  apart: Apart,
  mistakes: EmergencyMistakes,
  isEarly: boolean,
  isTold: boolean,
): Promise<EmergencyRun> {
  const emergency = emergencyOf(apart, mistakes, isEarly, isTold)
  const isShared = apart.random.chance(0.6)
  const run = Object.assign(await openPractice(apart, mistakes, membersWith(emergency, isShared)), { emergency })
  await write(run, run.world.laptop)
  for (const role of ROLES) await allow(run, run.world.laptop, role)
  for (const device of run.devices) await pass(run, device)
  return run
}

async function action(run: EmergencyRun): Promise<void> {
  const { random, world } = run
  if (random.chance(0.55)) await memberAction(run)
  else await ownAction(run)
  await world.ring()
  checkLines(run)
  for (const seat of run.seats) noteReading(run, seat)
}

async function ownAction(run: EmergencyRun): Promise<void> {
  const { random, world } = run
  run.steps += 1
  world.time.now += MINUTE
  const draw = random.int(100)
  if (draw < 40) return ask(run, random.pick(run.seats))
  if (draw < 58) return look(run)
  if (draw < 74) return write(run, random.pick(run.patient))
  if (draw < 86) return decide(run, random.pick(run.patient), random.pick(ROLES))
  const { isEarly } = run.emergency
  if (draw < (isEarly ? 90 : 94)) return peek(run, random.pick(run.seats))
  if (isEarly && draw < 97) return finish(run)
  world.time.now += random.int(60) * MINUTE
}

/** A pass, after which the patient's devices know of every use, and a member's reads what is open to it and nothing else. */
async function pass(run: EmergencyRun, device: Device): Promise<void> {
  let { type } = await memberPass(run, device)
  if (run.patient.includes(device)) return checkOwner(run, device)
  if (type === 'synced' && (await tellEnds(run, device))) type = (await memberPass(run, device)).type
  if (type === 'ended') await tellServer(run, device)
  noteReading(run, device)
  if (type !== 'offline') checkCopy(run, device)
}

/** Somebody opens the chart with a reason: the same request again where its answer was lost; nothing opens without the server. */
async function ask(run: EmergencyRun, device: Device): Promise<void> {
  const { random, world, emergency } = run
  const { server, book, person, secrets } = device
  const charts = emergency.charts.get(device)!
  const { held } = charts
  const before = book.lookup(person.account)!
  const known = held.all(rolesAt(before, secrets.id, before.n))
  if (known.length === 0) return
  const { grant } = random.pick(known)
  if (random.chance(0.15)) server.lies = { everything: () => ({ type: 'offline' }) }
  const read = await held.read(world.vault, server)
  server.lies = {}
  count(run, `open ${read.type}`)
  if (read.type !== 'log') return
  // What the chart's log names of the own account was read with it.
  const log = book.lookup(person.account)!
  const asked = await requestOf(run, device, grant.id, read.state)
  emergency.losesAnswer = random.chance(0.15)
  const owners = await lineOf(run, world.laptop)
  const taken = emergency.taken.length
  const answer = await askToOpen(server, world.key.publicKey, asked.request, read.state, log)
  emergency.losesAnswer = false
  const isNew = emergency.taken.length > taken
  if (isNew && !owners.messages.some(({ type, stream }) => type === 'head' && stream === null))
    run.faults.push(`C13: the owners were not told at once of ${device.name}`)
  owners.close()
  told(run, 'open', device.name, answer.type === 'ok' ? { type: 'ok' } : answer)
  if (answer.type === 'offline') return
  emergency.unanswered.delete(device)
  if (answer.type !== 'ok') return
  const { from, until } = answer.value
  await tellEnds(run, device)
  await held.keepOpening(grant.id, { vault: idText(world.vault), from, until, reason: asked.reason })
  await keepRow(charts, world.vault, false)
  await run.sync(device)
  if (openTo(run, emergency, device).length > 0) await opened(run, device)
}

/** The chart is there; that it was opened is in its audit log. */
async function opened(run: EmergencyRun, device: Device): Promise<void> {
  if (!device.machine.keys.streams.has(idText(streamOf(run.world.laptop.machine, RARE))))
    run.faults.push(`1 C13: ${device.name} has opened the chart and reads nothing`)
  await note(run, device)
  const { closed } = await lineOf(run, device)
  run.emergency.lines.push({ device, closed })
}

async function requestOf(
  run: EmergencyRun,
  device: Device,
  grant: string,
  control: Parameters<typeof signEmergencyRequest>[0],
): Promise<Asked> {
  const { emergency, world } = run
  const { book, person, secrets } = device
  const before = emergency.unanswered.get(device)
  if (before?.grant === grant) return before
  const log = book.lookup(person.account)!
  const seat = currentMember(log, secrets.id, device.boxKeys())
  const reason = `Found unconscious by ${device.name} at ${run.steps}`
  const words = { grant: textId(grant)!, reason, time: world.time.now }
  const request = await signEmergencyRequest(control, words, { log, device: secrets, member: seat }, randomBytes)
  if (request === null || seat === null) throw new Error('no request could be made')
  const asked = { grant, request, reason, name: seat.name }
  emergency.asked.set(idText(emergencyRequestHash(request.body)), asked)
  emergency.unanswered.set(device, asked)
  return asked
}

/** A live connection of the device. */
async function lineOf({ world }: EmergencyRun, { person, secrets }: Device) {
  const signedIn = await world.core.signIn(await answerChallenge(world.core.challenge(), person.account, secrets))
  if (!('token' in signedIn)) throw new Error(signedIn.error)
  return listen(world.core, signedIn.token)
}

/** A member has what she needs: locked at once, with a network or without; told in the passes that follow, as a session does it (session-emergency.ts). */
async function finish(run: EmergencyRun): Promise<void> {
  const { world, emergency, random } = run
  const { now } = world.time
  const openBy = (device: Device) =>
    emergency.charts
      .get(device)!
      .held.openingsIn(idText(world.vault))
      .filter(([, each]) => lockEndOf(each) > now)
  const reading = run.seats.filter((device) => openBy(device).length > 0)
  if (reading.length === 0) return
  const device = random.pick(reading)
  const ends = openBy(device)
  const grants = ends.map(([grant]) => grant)
  await emergency.charts.get(device)!.held.end(grants, now, () => [])
  for (const [grant, { from }] of ends) takenOf(run, device, grant, from)!.left = now
  count(run, 'finish')
  await tellEnds(run, device)
  if (emergency.isTold && random.chance(0.7)) await pass(run, device)
}

function takenOf({ emergency }: EmergencyRun, device: Device, grant: string, from: number): Taken | undefined {
  return emergency.taken.find((each) => each.device === device && each.grant === grant && each.from === from)
}

/** Writes the ends that are not noted; of those that the server has, the device knows it. True where one is told now. */
async function tellEnds(run: EmergencyRun, device: Device): Promise<boolean> {
  const { world, emergency } = run
  const { held } = emergency.charts.get(device)!
  const { machine, person, secrets } = device
  let isTold = false
  for (const [grant, { from, ended }] of held.openingsIn(idText(world.vault))) {
    if (ended === undefined || ended.told === 'told') continue
    const record = nameOfOpening(grant, from + (emergency.mistakes.misnames === true ? 1 : 0))
    if (ended.told === 'not') {
      const by = { account: idText(person.account), device: idText(secrets.id), name: '' }
      const event = prepareNote(machine, by, 'emergency-ended', { record, at: ended.at })
      if (event.type !== 'row') continue
      if ((await put(run, device, 'audit', event.row.resource)) !== null) await held.endTold(grant, from, 'noted')
    } else if (waitingCount(machine) === 0) {
      const taken = takenOf(run, device, grant, from)
      // What was submitted late, since the member has lost the role, waits for a decision of the owner's.
      if (taken !== undefined && isInLog(device, record)) taken.told = world.time.now
      const log = device.book.lookup(person.account)!
      const words = { grant: textId(grant)!, from, time: world.time.now }
      const end = await signEmergencyEnd(machine.control!, words, { log, device: secrets })
      await held.endTold(grant, from, machine.clocks.server, end)
      isTold = true
    }
  }
  await tellServer(run, device)
  return isTold
}

/** What the server was told, it keeps to: who has the device then, and asks for everything, gets nothing. */
async function tellServer(run: EmergencyRun, device: Device): Promise<void> {
  const { taken, charts } = run.emergency
  const isClosed = () => taken.filter((each) => each.device === device && each.closed !== undefined).length
  const before = isClosed()
  await charts.get(device)!.held.tellServer(device.server)
  if (isClosed() > before) await peek(run, device)
}

function isInLog({ machine }: Device, name: string): boolean {
  return machine.rows.all().some(({ id, resource }) => resource.includes(`"${name}"`) && headOf(machine, id) !== null)
}

/** Who has opened the chart continues looking, where there is no network too. */
async function look(run: EmergencyRun): Promise<void> {
  const { now } = run.world.time
  const vault = idText(run.world.vault)
  const looking = run.seats.filter((device) =>
    [...run.emergency.charts.get(device)!.held.endsIn(vault).values()].some((until) => until > now),
  )
  if (looking.length > 0) await note(run, run.random.pick(looking))
}

async function note(run: EmergencyRun, device: Device): Promise<void> {
  if ((await put(run, device, 'audit', resourceOf('audit', `${device.name} ${run.steps}`))) !== null)
    count(run, 'audit')
}

async function write(run: EmergencyRun, device: Device): Promise<void> {
  await put(run, device, RARE, resourceOf(RARE, `${device.name} ${run.steps}`))
}

/** The patient stops the effective version, or allows what has ended. */
async function decide(run: EmergencyRun, device: Device, role: (typeof ROLES)[number]): Promise<void> {
  const standing = [...run.emergency.roles].find(
    ([id, each]) => each === role && device.machine.control!.grants.get(id)?.cut === null,
  )
  if (standing === undefined) return allow(run, device, role)
  if (run.random.chance(0.4))
    told(run, 'stop', role, await cutGrantNow(device.machine, device.server, textId(standing[0])!, 'revoked'))
}

async function allow(run: EmergencyRun, device: Device, role: (typeof ROLES)[number]): Promise<void> {
  const { world, random, emergency } = run
  const { account } = run.seats[0]!.person
  await device.book.refresh(account, device.server, world.key.publicKey)
  const id = randomBytes(16)
  emergency.roles.set(idText(id), role)
  const outcome = await grantNow(device.machine, device.server, {
    kind: 'share',
    id,
    grantee: account,
    role,
    scopes: OPENED_LISTS.map((collection) => ({ collection, rights: ['read' as const] })),
    notBefore: world.time.now - 1000,
    notAfter: world.time.now + (random.chance(0.2) ? 2 * HOUR : 4e9),
    label: { purpose: 'emergencies', name: 'Mei', birthDate: '', grantee: 'Clinic' },
    emergency: random.pick([HOUR, 2 * HOUR]),
    generation: newestRoleKey(device.book.lookup(account)!, role)!.generation,
  })
  told(run, 'allow', role, outcome)
}

/** A device that somebody has changed asks the server for everything, and says no reason. */
async function peek(run: EmergencyRun, { server, machine }: Device): Promise<void> {
  const { world } = run
  count(run, 'peek')
  await server.control(world.vault, 0)
  const stream = streamOf(world.laptop.machine, RARE)
  await server.pull(world.vault, { streams: [{ stream, after: 0 }], budget: 1 << 20 })
  if (machine.control !== null) await server.fetchBodies(world.vault, stream, [1])
}
