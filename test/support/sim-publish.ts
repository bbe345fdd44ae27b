/**
 * A simulation of a practice that publishes from its own vault into a patient's chart (N5): two devices of it write, amend, sign and publish apart,
 * while the patient shares with other rights, renews and revokes, roles come and go, devices die and answers get lost. The shipping machine over rows
 * in memory, a real server core.
 */
import { jsonObject, parseJsonOrNull, stringifyJson } from '@chartkeep/domain'
import type { StoredRecord } from '@chartkeep/store'
import { CANARY, type Device, save } from './attack-world.ts'
import { type Apart, type ApartResult, count, loseOneAnswer, runApart } from './sim-apart.ts'
import { checkPublished } from './sim-publish-checks.ts'
import { pass } from './sim-publish-passes.ts'
import {
  allow,
  revoke,
  type List,
  LISTS,
  NARROWER,
  notedByDeath,
  openPublishing,
  publishOne,
  type PublishMistakes,
  type PublishRun,
  recordOf,
  ROLES_OF,
  rolesNow,
  saveIn,
  type Seat,
  setRoles,
  signIn,
  standing,
  WIDE,
} from './sim-publish-world.ts'

export function runPublish(seed: number, steps: number, mistakes: PublishMistakes = {}): Promise<ApartResult> {
  const begin = async (apart: Apart) => {
    const run = await openPublishing(apart, mistakes)
    for (const device of run.devices) await pass(run, device)
    return run
  }
  return runApart({ name: 'publish', lists: ['notes'], begin, action, pass, check: checkPublished }, seed, steps)
}

async function action(run: PublishRun): Promise<void> {
  const { random, world } = run
  run.steps += 1
  world.time.now += 60_000
  const draw = random.int(100)
  const seat = random.pick(run.seats)
  if (draw < 28) return sendAndRead(run, random.pick(run.devices))
  if (draw < 38) return mayDie(run, seat, () => write(run, seat))
  if (draw < 50) return mayDie(run, seat, () => amend(run, seat))
  if (draw < 56) return mayDie(run, seat, () => sign(run, seat))
  if (draw < 60) return mayDie(run, seat, () => append(run, seat))
  if (draw < 80) return mayDie(run, seat, () => publishSome(run, seat))
  if (draw < 86) return publishApart(run)
  if (draw < 89) return patientWrites(run, random.pick(run.patient))
  if (draw < 95) return shareOtherwise(run)
  return changeRoles(run)
}

async function sendAndRead(run: PublishRun, device: Device): Promise<void> {
  if (run.random.chance(0.2)) loseOneAnswer(device, run.random.pick(['push', 'postControl', 'handIn'] as const))
  const seat = run.seats.find((each) => each.device === device)
  if (seat === undefined) await pass(run, device)
  else await mayDie(run, seat, () => pass(run, device))
  device.server.lies = {}
}

/** Sometimes the device dies in one of the next commits, or its disk is full. */
async function mayDie(run: PublishRun, seat: Seat, work: () => Promise<unknown>): Promise<void> {
  const { device } = seat
  if (!run.random.chance(0.1)) return void (await work())
  const fate = run.random.pick(['die-before', 'die-after', 'refuse'] as const)
  let left = run.random.int(3)
  const before = new Set(seat.vault.machine.rows.all().map(({ revision }) => revision))
  device.fate = () => (left-- === 0 ? fate : 'write')
  const full = (error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'QuotaExceededError') throw error
  }
  let isDead = true
  const done = work().then(() => {
    isDead = false
  })
  await Promise.race([done.catch(full), device.died, seat.died])
  count(run, `${fate} ${left < 0 && isDead ? 'struck' : 'missed'}`)
  run.trace.push(`${run.steps} ${device.name}: ${fate}`)
  await seat.reopen()
  notedByDeath(run, seat, before)
}

// --- what members do in the practice's vault --------------------------------------------------------------------------------------

const textOf = (run: PublishRun, { device }: Seat) => `${CANARY} ${device.name} ${run.steps}`

async function write(run: PublishRun, seat: Seat): Promise<void> {
  const list = run.random.pick(LISTS)
  await saveIn(run, seat, list, newResource(list, textOf(run, seat)))
}

const LABORATORY = [
  { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
]

function newResource(list: List, text: string, more: object = {}): string {
  const note = { resourceType: 'Composition', status: 'final', title: 'Visit', section: [{ title: text }], ...more }
  const lab = {
    resourceType: 'Observation',
    status: 'final',
    category: LABORATORY,
    code: { text: 'Potassium' },
    valueString: text,
  }
  return stringifyJson(jsonObject(list === 'notes' ? note : lab))
}

/** Records that a member wrote, newest last: notes, addenda and results. */
function records({ vault }: Seat): StoredRecord[] {
  return vault.machine.rows.all().filter(({ type }) => type === 'Composition' || type === 'Observation')
}

function some(run: PublishRun, seat: Seat): StoredRecord | null {
  const all = records(seat)
  if (all.length === 0) return null
  // Mostly the same few: they are what the devices meet in.
  return run.random.chance(0.6) ? all[run.random.int(Math.min(2, all.length))]! : run.random.pick(all)
}

async function amend(run: PublishRun, seat: Seat): Promise<void> {
  const row = some(run, seat)
  if (row !== null) await amendRow(run, seat, row)
}

async function amendRow(run: PublishRun, seat: Seat, row: StoredRecord): Promise<void> {
  const before = parseJsonOrNull(row.resource) as Record<string, unknown>
  const text = textOf(run, seat)
  const isNote = row.type === 'Composition'
  const status = run.random.chance(0.15) ? 'entered-in-error' : isNote ? 'amended' : 'corrected'
  // Two changes of different parts become one by themselves (Y3).
  const part = run.random.chance(0.5)
    ? { [isNote ? 'title' : 'valueString']: text }
    : isNote
      ? { section: [{ title: text }] }
      : { note: [{ text }] }
  const after = { ...before, ...part, status }
  await saveIn(run, seat, row.collectionName as List, stringifyJson(jsonObject(after)), row.id)
}

async function sign(run: PublishRun, seat: Seat): Promise<void> {
  const row = some(run, seat)
  if (row !== null) await signIn(run, seat, row, { meaning: 'review' })
}

async function append(run: PublishRun, seat: Seat): Promise<void> {
  const row = some(run, seat)
  if (row === null || row.type !== 'Composition' || recordOf(row) !== '') return
  const target = { identifier: { system: 'urn:chartkeep:record', value: row.doc }, type: 'Composition' }
  const relatesTo = [{ code: 'appends', targetReference: target }]
  await saveIn(run, seat, 'notes', newResource('notes', textOf(run, seat), { relatesTo }))
}

async function publishSome(run: PublishRun, seat: Seat): Promise<void> {
  const row = some(run, seat)
  if (row !== null) await publishOne(run, seat, row)
}

/** One amends what both have, and each publishes the version that it has. */
async function publishApart(run: PublishRun): Promise<void> {
  const { random, seats } = run
  const [one, two] = random.chance(0.5) ? seats : seats.toReversed()
  // Mostly what the chart has no version of yet: then neither of these two comes after the other there.
  if (random.chance(0.8)) await saveIn(run, one!, 'notes', newResource('notes', textOf(run, one!)))
  for (const { device } of [one!, two!, one!]) await pass(run, device)
  const row = records(one!).at(-1)
  const theirs = row === undefined ? null : two!.vault.machine.rows.read(row.id)
  if (row === undefined || theirs === null) return
  await amendRow(run, one!, row)
  const publishing = [() => publishOne(run, two!, theirs), () => publishOne(run, one!, records(one!).at(-1)!)]
  for (const each of random.chance(0.5) ? publishing : publishing.toReversed()) await each()
  count(run, 'apart')
}

// --- what the patient and the administrator do ------------------------------------------------------------------------------------

async function patientWrites(run: PublishRun, device: Device): Promise<void> {
  const row = await save(device, 'labs', `${device.name} ${run.steps}`)
  run.own.push(row.resource)
}

async function shareOtherwise(run: PublishRun): Promise<void> {
  const { random } = run
  await pass(run, run.world.laptop)
  const before = standing(run)
  if (before.length === 0) return allow(run, 'shares again', random.chance(0.5) ? WIDE : random.pick(NARROWER), [])
  const draw = random.int(4)
  if (draw === 0) return allow(run, 'renews', run.given, before)
  if (draw === 1) return allow(run, 'shares narrower', random.pick(NARROWER), before)
  if (draw === 2) return allow(run, 'shares wider', WIDE, before)
  await revoke(run, before)
  run.given = {}
  count(run, 'revokes')
  run.trace.push(`${run.steps} the patient revokes`)
}

async function changeRoles(run: PublishRun): Promise<void> {
  const { random, seats } = run
  const ward = seats[1]!
  await pass(run, seats[0]!.device)
  const isOut = !rolesNow(run, ward).some((role) => ['physician', 'nurse', 'scribe'].includes(role))
  await setRoles(run, !isOut && random.chance(0.5) ? ['auditor'] : random.pick(ROLES_OF))
}
