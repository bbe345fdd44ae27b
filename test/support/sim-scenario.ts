/**
 * One scenario: random deeds of people, random fates of calls and commits, then rest; the seed decides everything. What must hold
 * afterwards is in sim-properties.ts.
 */
import { appendControl, conflictsOf, grantNow, importItems, TABLE, vaultEntry, waitingCount } from '@chartkeep/sync'
import { idText, type ControlEntry } from '@chartkeep/protocol'
import { edit, personActs, removeTablet, save, wishFor, word } from './sim-deeds.ts'
import { SimDevice } from './sim-device.ts'
import {
  advance,
  again,
  crash,
  drawFate,
  drawOffset,
  finish,
  restart,
  restartServer,
  startSync,
  stepClock,
  turn,
} from './sim-fates.ts'
import { createPoisoner } from './sim-poison.ts'
import { checkAll } from './sim-properties.ts'
import { COLLECTIONS, newResource } from './sim-records.ts'
import { simRandom, type SimRandom } from './sim-random.ts'
import { mayRead, START } from './sim-server.ts'
import type { Scenario, ScenarioOptions, ScenarioResult, Theme } from './sim-types.ts'
import type { SimWorld } from './sim-world.ts'

export type { ScenarioOptions, ScenarioResult } from './sim-types.ts'

const MINUTE = 60_000

export async function runScenario(
  world: SimWorld,
  seed: number,
  options: ScenarioOptions = {},
): Promise<ScenarioResult> {
  const random = simRandom(`scenario ${seed}`)
  const { server } = world
  server.now = START
  server.grants.clear()
  const trace: string[] = []
  const counts: Record<string, number> = {}
  const faults: string[] = []
  const laptopAccount = world.people.laptop.person.account

  const setupRandom = simRandom(`setup ${seed}`)
  const { vault, entry } = await makeVault(world, setupRandom)
  if (server.storage().read.controlLength(vault) > 0) throw new Error('a world takes each seed once')
  const names = options.removesTablet === true ? REMOVAL : pickPeople(random)
  const devices = names.map(
    (name) => new SimDevice(world.people[name], server, vault, String(seed), options.ports ?? {}),
  )
  const scenario: Scenario = {
    world,
    vault,
    random,
    devices,
    owners: devices.filter(({ person }) => person.account === laptopAccount),
    faults,
    say: (line) => void (options.trace && trace.push(line)),
    count: (name) => void (counts[name] = (counts[name] ?? 0) + 1),
    theme: random.pick<Theme>(['edits', 'edits', 'decisions', 'decisions', 'imports', 'consent', 'consent', 'mixed']),
    poisoner: random.chance(0.35) ? createPoisoner(world.people.kiosk, server, vault) : null,
    leaving: options.removesTablet === true ? devices[2]! : null,
    removed: null,
    words: 0,
  }
  for (const device of devices) {
    // Drawn also where a clock is given: the rest of the scenario stays the same.
    const drawn = drawOffset(random)
    device.clockOffset = options.clocks?.[device.name] ?? (options.clocks === undefined ? drawn : 0)
    watch(scenario, device)
    await device.start()
  }
  const keepsClocks = options.clocks !== undefined
  const items = options.ports?.importItems ?? importItems
  try {
    await begin(scenario, entry)
    const steps = 20 + random.int(50)
    for (let step = 0; step < steps && faults.length === 0; step++) await oneStep(scenario, items, keepsClocks)
    await rest(scenario)
    if (faults.length === 0) checkAll(scenario)
  } catch (error) {
    faults.push(`threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  const digest = faults.length === 0 ? digestOf(scenario) : ''
  return { seed, faults, trace, counts, digest }
}

export function makeVault(world: SimWorld, random: SimRandom): Promise<{ vault: Uint8Array; entry: ControlEntry }> {
  const streams = [...COLLECTIONS.map((name) => ({ name, appendOnly: false })), { name: 'audit', appendOnly: true }]
  const { owner: account, people } = world
  return vaultEntry(streams, { account, device: people.laptop.secrets, time: START, randomBytes: random.bytes })
}

type Name = keyof SimWorld['people']
const REMOVAL: Name[] = ['laptop', 'phone', 'tablet', 'clinic']

function pickPeople(random: SimRandom): Name[] {
  return random.pick<Name[]>([
    ['laptop', 'phone'],
    ['laptop', 'phone', 'clinic'],
    ['laptop', 'phone', 'clinic'],
    ['laptop', 'phone', 'tablet'],
    ['laptop', 'clinic'],
    ['laptop', 'phone', 'clinic', 'praxis'],
  ])
}

/** The laptop makes the vault; usually everybody has seen it before the faults begin. */
async function begin(scenario: Scenario, entry: ControlEntry): Promise<void> {
  const { theme, random } = scenario
  const laptop = scenario.devices[0]!
  await appendControl(laptop.machine, [entry])
  for (const collection of COLLECTIONS)
    await save(scenario, laptop, { collection, resource: newResource(collection, word(scenario)) })
  for (const device of scenario.owners) await finish(scenario, device, 'sync')
  for (const device of scenario.devices) {
    if (device.person.role === 'owner' || !scenario.random.chance(0.8)) continue
    const wish = wishFor(scenario, laptop.machine, device.person.account)!
    await laptop.begin(async (api) => (await grantNow(laptop.machine, api, wish)).type)
    await finish(scenario, laptop, 'rest')
    await finish(scenario, device, 'sync')
  }
  // Where it is about decisions, there is something to decide from the start.
  if (theme === 'decisions' && random.chance(0.8)) for (const device of scenario.owners) await edit(scenario, device)
}
/** Judges every answer by the model of who may read what (C6). */
function watch(scenario: Scenario, device: SimDevice): void {
  const { server } = scenario.world
  device.onAnswer = (call, args, answer) => {
    if (answer === null || typeof answer !== 'object' || 'type' in answer) return
    if (call === 'postControl') {
      const { vault, entries } = args as { vault: Uint8Array; entries: ControlEntry[] }
      server.noteControl(vault, entries)
    }
    if (call === 'postAccount' && scenario.leaving !== null) {
      scenario.removed = scenario.leaving
      scenario.count('removed')
      scenario.leaving = null
      scenario.owners = scenario.owners.filter((each) => each !== scenario.removed)
    }
    if ((call === 'pull' || call === 'control' || call === 'fetchBodies') && device === scenario.removed)
      scenario.faults.push(`7 K5: ${device.name} was answered a ${call} after its removal`)
    if (call === 'fetchBodies' && device.person.role === 'provider') {
      const { entries } = answer as { entries: unknown[] }
      const { stream } = args as { stream: Uint8Array }
      if (!mayRead(server, idText(device.person.account), idText(stream)) && entries.length > 0)
        scenario.faults.push(`7 C6: ${device.name} was given ${entries.length} bodies without a right`)
    }
    if (call === 'pull' && device.person.role === 'provider') {
      const { streams } = answer as { streams: { stream: Uint8Array; entries: unknown[] }[] }
      for (const { stream, entries } of streams) {
        if (!mayRead(server, idText(device.person.account), idText(stream)) && entries.length > 0)
          scenario.faults.push(`7 C6: ${device.name} was served ${entries.length} entries without a right`)
      }
    }
  }
}
async function oneStep(scenario: Scenario, items: typeof importItems, keepsClocks: boolean): Promise<void> {
  const { random, devices, world } = scenario
  const device = random.pick(devices)
  const roll = random.int(100)
  world.server.now += random.int(5000)
  if (!device.up) {
    if (roll < 60) await restart(scenario, device)
    return
  }
  if (roll < 42) {
    if (device.busy) return advance(scenario, device)
    if (device.offline && random.chance(0.6)) return
    if (device.person.role === 'owner' || device.machine.control !== null || random.chance(0.1))
      return startSync(scenario, device)
    return
  }
  if (roll < 46) return turn(scenario, device)
  if (roll < 48) return crash(scenario, device)
  if (roll === 48) return restartServer(scenario)
  if (roll < 51) return stepClock(scenario, device, keepsClocks)
  if (roll < 53) {
    const ms = random.pick([MINUTE, 21 * MINUTE, 61 * MINUTE])
    world.server.now += ms
    return scenario.say(`${ms / MINUTE} minutes pass`)
  }
  if (roll < 55) return again(scenario, device)
  if (scenario.poisoner !== null && roll < 60 && device.person.role === 'owner') {
    if (await scenario.poisoner.spoil(device, random)) scenario.count('poison')
    return
  }
  if (scenario.leaving !== null && roll < 75) return removeTablet(scenario, device, scenario.leaving)
  if (!(await device.isLaneFree())) return advance(scenario, device)
  device.withFate(() => drawFate(random, 0.015))
  await personActs(scenario, device, items)
  device.withFate(() => 'write')
}
/** Faults end, everybody syncs until nothing changes. */
async function rest(scenario: Scenario): Promise<void> {
  scenario.say('rest')
  const { devices, world } = scenario
  for (const device of devices) {
    device.withFate(() => 'write')
    device.offline = false
    if (!device.up) await restart(scenario, device)
    await finish(scenario, device, 'rest')
  }
  let before = ''
  for (let round = 0; round < 12; round++) {
    for (const device of devices) {
      if (scenario.faults.length > 0) return
      world.server.now += 1000
      await finish(scenario, device, 'sync')
    }
    const now = devices.map((device) => `${device.lastOutcome} ${placeOf(device)}`).join()
    if (now === before) return grabAll(scenario)
    before = now
  }
  scenario.faults.push('13: no rest after 12 rounds')
}

/** Every provider asks for everything, at rest and once more when all short grants are over. */
async function grabAll({ world, devices, owners, removed }: Scenario): Promise<void> {
  const streams = [...owners[0]!.machine.streams.values()].map(({ stream }) => stream)
  const { now } = world.server
  if (removed !== null) await removed.grab(streams)
  for (const device of devices) if (device.person.role === 'provider') await device.grab(streams)
  const ends = [...world.server.grants.values()].map(({ notAfter }) => notAfter).filter((end) => end > now)
  for (const end of ends) {
    for (world.server.now = end - 1; world.server.now <= end; world.server.now++)
      for (const device of devices) if (device.person.role === 'provider') await device.grab(streams)
  }
  world.server.now = now
}

function placeOf({ machine }: SimDevice): string {
  const streams = [...machine.streams].map(([id, { n }]) => `${id}:${n}`).join(' ')
  return `${machine.control?.n} ${streams} ${waitingCount(machine)} ${machine.rows.table(TABLE.waiting).size}`
}

/** Records, conflicts, heads in words that do not depend on clocks, keys or the order of ids. */
function digestOf(scenario: Scenario): string {
  return scenario.devices
    .map((device) => {
      const { machine } = device
      const rows = machine.rows
        .all()
        .map((row) => `${row.collectionName} ${row.revision} ${row.resource}`)
        .toSorted()
      const conflicts = conflictsOf(machine)
        .map(({ row }) => `conflict ${row.revision}`)
        .toSorted()
      const grants = [...(machine.control?.grants.values() ?? [])].map(
        (grant) => `grant ${grant.cut?.reason ?? 'stands'}`,
      )
      return [device.name, ...rows, ...conflicts, ...grants].join('\n')
    })
    .join('\n\n')
}
