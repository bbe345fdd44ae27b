/**
 * What the simulations of people who work apart over one chart have in common: a world, actions in the order that a seed draws, answers that get
 * lost, and an end at which everybody is online. The shipping machine over rows in memory, a real server core; it computes with OpenSSL, and once
 * for each question (sim-engine.ts): devices that ask each other's ask the same.
 */
import { waitingCount } from '@chartkeep/sync/testing'
import { type AttackWorld, createAttackWorld, type Device, share } from './attack-world.ts'
import { seeded } from './seeded.ts'
import { installSimEngine } from './sim-engine.ts'
import { simRandom, type SimRandom } from './sim-random.ts'

installSimEngine()

export interface ApartResult {
  /** What did not hold, each with its rule; empty when all is well. */
  faults: string[]
  trace: string[]
  counts: Record<string, number>
}

export interface Apart extends ApartResult {
  world: AttackWorld
  random: SimRandom
  /** Everybody's, in the order in which they came. */
  devices: Device[]
}

export interface ApartScenario<R extends Apart> {
  /** What its draws are named by, before the seed. */
  name: string
  /** Lists of the chart besides those that every world has. */
  lists?: readonly string[]
  /** Adds the others to the owner's two devices. */
  begin: (run: Apart) => Promise<R>
  action: (run: R) => Promise<void>
  /** What a device does when it is online; else it syncs. */
  pass?: (run: R, device: Device) => Promise<unknown>
  /** After the actions, when nothing is lost any more and nothing moves. */
  check: (run: R) => Promise<void>
}

/** Passes of everybody until what one brings has reached all, and what they do about it too. */
const ROUNDS = 4

export async function runApart<R extends Apart>(
  { name, lists, begin, action, pass, check }: ApartScenario<R>,
  seed: number,
  steps: number,
): Promise<ApartResult> {
  const world = await createAttackWorld(lists, { inMemory: true })
  try {
    const devices = [world.laptop, world.phone]
    const run = await begin({ world, random: simRandom(`${name} ${seed}`), devices, faults: [], trace: [], counts: {} })
    for (let step = 0; step < steps; step++) await action(run)
    for (const device of run.devices) device.server.lies = {}
    for (let round = 0; round < ROUNDS; round++)
      for (const device of run.devices) await (pass?.(run, device) ?? device.sync())
    await check(run)
    const { faults, trace, counts } = run
    return { faults, trace, counts }
  } finally {
    await world.close()
  }
}

export function count(run: ApartResult, what: string, by = 1): void {
  run.counts[what] = (run.counts[what] ?? 0) + by
}

/** A patient with two devices, and a practice with two that may do everything in these lists. */
export interface BesideClinic extends Apart {
  patient: Device[]
  practice: Device[]
}

export async function besideClinic(run: Apart, lists: readonly string[]): Promise<BesideClinic> {
  const { world } = run
  const desk = await world.provider()
  const scopes = lists.map((list) => [list, ['read', 'append', 'amend', 'sign']] as const)
  await share(world, desk, Object.fromEntries(scopes.map(([list, rights]) => [list, [...rights]])), 4e9)
  const ward = await world.secondDevice(desk, 'ward')
  const patient = [...run.devices]
  const practice = [desk, ward]
  run.devices.push(...practice)
  for (const device of run.devices) await device.sync()
  return { ...run, patient, practice }
}

/** Syncs a device; sometimes the answer to what it sends is lost, and what it answered may have been done. */
export async function syncOnce(run: Apart, device: Device): Promise<void> {
  if (run.random.chance(0.2)) loseOneAnswer(device, 'push')
  const { type } = await device.sync()
  device.server.lies = {}
  run.trace.push(`${device.name} syncs: ${type}`)
}

/** At rest a pass of everybody ends in step: nothing is refused, and nothing waits. */
export async function expectInStep(run: Apart): Promise<void> {
  for (const device of run.devices) {
    const outcome = await device.sync()
    const waiting = waitingCount(device.machine)
    if (outcome.type !== 'synced' || waiting > 0)
      run.faults.push(`1 Y1: ${device.name} is ${JSON.stringify(outcome)}, ${waiting} wait`)
  }
}

/** The device hears nothing about the next call of this name, which the server carries out. */
export function loseOneAnswer(device: Device, call: 'push' | 'postControl' | 'handIn'): void {
  let calls = 0
  const losing = async <T>(send: () => Promise<T>): Promise<T | { type: 'offline' }> => {
    const answer = await send()
    return calls++ === 0 ? { type: 'offline' } : answer
  }
  device.server.lies = { [call]: losing }
}

/** Runs a simulation over the seeds that a test is given; `found`: every scenario with a fault, with what replays it. */
export async function overSeeds(
  amount: number,
  run: (seed: number) => Promise<ApartResult>,
): Promise<{ found: string[]; counts: Record<string, number> }> {
  const { seed: first, numRuns } = seeded(amount)
  const found: string[] = []
  const all: ApartResult = { faults: [], trace: [], counts: {} }
  for (let seed = first; seed < first + numRuns; seed++) {
    const { faults, trace, counts } = await run(seed)
    for (const [name, by] of Object.entries(counts)) count(all, name, by)
    if (faults.length > 0) found.push(`CHARTKEEP_SEED=${seed}: ${faults.join('; ')}\n${trace.join('\n')}`)
  }
  console.log(JSON.stringify(all.counts))
  return { found, counts: all.counts }
}

/**
 * For a property that is to fail: faults of twenty scenarios at most, up to the first that is `wanted`. `from`: one that is known to tell, so that it is
 * the first; another beginning that is asked for (seeded.ts) goes before it.
 */
export async function faultsUntil(
  wanted: RegExp,
  run: (seed: number) => Promise<ApartResult>,
  from?: number,
): Promise<string> {
  const { seed: usual } = seeded(1)
  const first = process.env['CHARTKEEP_SEED'] === undefined ? (from ?? usual) : usual
  const faults: string[] = []
  for (let seed = first; seed < first + 20 && !faults.some((fault) => wanted.test(fault)); seed++) {
    faults.push(...(await run(seed)).faults)
    console.log(`scenario ${seed}: ${faults.length} faults`)
  }
  return faults.join('\n')
}
