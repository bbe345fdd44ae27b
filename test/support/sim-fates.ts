/** What befalls devices and the network in a scenario: calls that are lost, crashes, restarts, clocks that step. */
import { syncTask, type CallFate, type SimDevice } from './sim-device.ts'
import type { CommitFate } from './sim-disk.ts'
import type { SimRandom } from './sim-random.ts'
import type { Fate, Scenario } from './sim-types.ts'

const YEAR = 365.25 * 24 * 3600_000
const MINUTE = 60_000

const isUp = (_: Scenario, device: SimDevice) => device.up

/** What happens when nobody does anything. */
export const usualFates: readonly Fate[] = [
  { name: 'sync', weight: 42, may: isUp, befall: goOn },
  { name: 'restart', weight: 60, may: (_, device) => !device.up, befall: restart },
  { name: 'turn', weight: 4, may: isUp, befall: turn },
  { name: 'crash', weight: 5, may: isUp, befall: crash },
  { name: 'server restart', weight: 1, befall: restartServer },
  { name: 'clock', weight: 2, may: isUp, befall: stepClock },
  { name: 'time', weight: 2, befall: pass },
  { name: 'late duplicate', weight: 2, may: (_, { delivered }) => delivered.length > 0, befall: again },
]

/** The device continues with what it had begun, or begins to sync. */
async function goOn(scenario: Scenario, device: SimDevice): Promise<void> {
  if (device.busy) return advance(scenario, device)
  if (device.offline && scenario.random.chance(0.6)) return
  if (device.person.role === 'owner' || device.machine.control !== null || scenario.random.chance(0.1))
    await startSync(scenario, device)
}

function pass(scenario: Scenario): void {
  const ms = scenario.random.pick([MINUTE, 21 * MINUTE, 61 * MINUTE])
  scenario.world.server.now += ms
  scenario.say(`${ms / MINUTE} minutes pass`)
}

export function drawOffset(random: SimRandom): number {
  const roll = random.int(10)
  const amount = random.int(10)
  if (roll < 5) return 0
  if (roll < 7) return (amount - 5) * MINUTE
  return (roll === 7 ? 1 : roll === 8 ? -1 : 0) * (amount + 1) * YEAR
}
export function drawFate(random: SimRandom, probability: number): CommitFate {
  return random.chance(probability) ? random.pick(['refuse', 'die-before', 'die-after'] as const) : 'write'
}

async function startSync(scenario: Scenario, device: SimDevice): Promise<void> {
  scenario.say(`${device.name} begins to sync`)
  scenario.count('sync')
  device.withFate(() => drawFate(scenario.random, 0.01))
  await device.begin((api) => syncTask(device, api))
  device.withFate(() => 'write')
  tell(scenario, device)
}

function tell(scenario: Scenario, device: SimDevice): void {
  if (device.busy) return
  scenario.say(`${device.name}: ${device.lastOutcome}`)
  if (device.lastOutcome.startsWith('threw'))
    scenario.faults.push(`13: the task of ${device.name} ${device.lastOutcome}`)
  // F3: a copy of it may have sent no more yet than what the server took as void, which nobody shows with a signature. At rest it has.
  if (device.isCopied && device.lastOutcome === 'stopped withheld own') scenario.count('void of a copy')
  else if (device.lastOutcome.startsWith('stopped'))
    scenario.faults.push(`F1: false alarm at ${device.name}: ${device.lastOutcome}`)
}

export async function advance(scenario: Scenario, device: SimDevice): Promise<void> {
  const { random } = scenario
  for (let calls = 2 + random.int(8); calls > 0 && device.parked !== null; calls--) {
    const fate = drawCallFate(random, device.offline)
    device.withFate(() => drawFate(random, 0.01))
    const { call } = device.parked
    await device.resume(fate)
    device.withFate(() => 'write')
    scenario.count(fate)
    scenario.say(`${device.name} ${call} ${fate}`)
    if (!device.busy) tell(scenario, device)
  }
}

function drawCallFate(random: SimRandom, offline: boolean): CallFate {
  const roll = random.int(100)
  if (offline) return 'drop-request'
  if (roll < 85) return 'deliver'
  return random.pick(['drop-request', 'drop-answer', 'drop-answer', 'duplicate'] as const)
}

function turn(scenario: Scenario, device: SimDevice): void {
  device.offline = !device.offline
  scenario.say(`${device.name} is ${device.offline ? 'offline' : 'online'}`)
}

function crash(scenario: Scenario, device: SimDevice): void {
  device.die()
  scenario.count('crash')
  scenario.say(`${device.name} dies`)
}

export async function restart(scenario: Scenario, device: SimDevice): Promise<void> {
  const lost = device.loseSuffix(scenario.random.int)
  await device.start()
  scenario.count('restart')
  scenario.say(`${device.name} starts again, ${lost} relaxed commits lost`)
}

async function restartServer(scenario: Scenario): Promise<void> {
  await scenario.world.server.restart()
  scenario.count('server restart')
  scenario.say('the server restarts')
}

function stepClock(scenario: Scenario, device: SimDevice): void {
  const offset = drawOffset(scenario.random)
  if (!scenario.keepsClocks) device.clockOffset = offset
  scenario.say(`the clock of ${device.name} steps`)
}

/** The network delivers an old request once more; nobody waits for the answer. */
async function again(scenario: Scenario, device: SimDevice): Promise<void> {
  await scenario.random.pick(device.delivered)()
  scenario.count('late duplicate')
  scenario.say(`an old request of ${device.name} arrives again`)
}

const MAX_CALLS = 200

/** A task without faults to its end. */
export async function finish(scenario: Scenario, device: SimDevice, what: 'sync' | 'rest'): Promise<void> {
  if (what === 'sync') await device.begin((api) => syncTask(device, api))
  let calls = 0
  while (device.parked !== null) {
    if (++calls > MAX_CALLS) {
      scenario.faults.push(`13: the task of ${device.name} does not end`)
      return
    }
    await device.resume('deliver')
  }
  tell(scenario, device)
}
