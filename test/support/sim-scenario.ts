/**
 * One scenario: random actions of people, random fates of calls and commits, then rest; the seed decides everything, its length too. What
 * people do and what befalls them is in sim-parts.ts, what must hold afterwards in sim-properties.ts.
 */
import {
  appendControl,
  conflictsOf,
  grantNow,
  importItems,
  TABLE,
  vaultEntry,
  waitingCount,
} from '@chartkeep/sync/testing'
import { idText } from '@chartkeep/protocol'
import type { ControlEntry } from '@chartkeep/protocol/control'
import { create, edit, save, wishFor, word } from './sim-actions.ts'
import { SimDevice, type DeviceImage } from './sim-device.ts'
import { advance, drawFate, drawOffset, finish, restart } from './sim-fates.ts'
import { ACTIONS, FATES, PARTS } from './sim-parts.ts'
import { createPoisoner } from './sim-poison.ts'
import { checkAll } from './sim-properties.ts'
import { COLLECTIONS, newResource } from './sim-records.ts'
import { simRandom, type SimRandom } from './sim-random.ts'
import { mayRead, START, type ServerImage } from './sim-server.ts'
import type { Scenario, ScenarioOptions, ScenarioResult, Theme } from './sim-types.ts'
import type { PersonName, SimWorld } from './sim-world.ts'

export type { ScenarioOptions, ScenarioResult } from './sim-types.ts'

/** Vaults with a past that scenarios begin with: made once in each process, and then only copied. */
const FAMILIES = 96
const THEMES: readonly Theme[] = ['edits', 'edits', 'decisions', 'decisions', 'imports', 'consent', 'consent', 'mixed']

/** A vault that people have used, with everything as it is on all disks. */
interface WorldImage {
  vault: Uint8Array
  names: PersonName[]
  server: ServerImage
  devices: DeviceImage[]
  words: number
}

export async function runScenario(
  world: SimWorld,
  seed: number,
  options: ScenarioOptions = {},
): Promise<ScenarioResult> {
  const random = simRandom(`scenario ${seed}`)
  const trace: string[] = []
  const counts: Record<string, number> = {}
  const result: ScenarioResult = { seed, faults: [], trace, counts, digest: '' }
  const theme = random.pick(THEMES)
  // Most begin where faults have not begun yet; the others have them from the first entry on.
  const usual = random.chance(0.88) && options.removesTablet !== true
  const image = world.base !== null && usual ? await imageOf(world, random.int(FAMILIES)) : null
  const begun = await (image === null
    ? fromNothing(world, seed, random, options)
    : fromImage(world, seed, image, options))
  const { vault, devices } = begun
  const laptop = devices[0]!
  const scenario: Scenario = {
    world,
    vault,
    random,
    devices,
    owners: devices.filter(({ person }) => person.account === laptop.person.account),
    faults: result.faults,
    say: (line) => void (options.trace && trace.push(line)),
    watch: (device) => watch(scenario, device),
    count: (name) => void (counts[name] = (counts[name] ?? 0) + 1),
    theme,
    importItems: options.ports?.importItems ?? importItems,
    keepsClocks: options.clocks !== undefined,
    fates: [...FATES, ...(options.fates ?? [])],
    poisoner: random.chance(0.35) ? createPoisoner(world.people.kiosk, world.server, vault) : null,
    leaving: drawLeaving(random, devices, options),
    removed: null,
    words: image?.words ?? 0,
  }
  for (const device of devices) {
    // Drawn also where a clock is given: the rest of the scenario stays the same.
    const drawn = drawOffset(random)
    device.clockOffset = options.clocks?.[device.name] ?? (options.clocks === undefined ? drawn : 0)
    scenario.watch(device)
    await device.start()
  }
  try {
    if (begun.entry !== null) await beginVault(scenario, begun.entry)
    // Where it is about decisions, there is something to decide from the start.
    if (theme === 'decisions' && random.chance(0.8)) for (const device of scenario.owners) await edit(scenario, device)
    const steps = Math.max(drawLength(random), options.steps ?? 0)
    for (let step = 0; step < steps && scenario.faults.length === 0; step++) await oneStep(scenario)
    await rest(scenario)
    if (scenario.faults.length === 0) checkAll(scenario)
  } catch (error) {
    scenario.faults.push(`threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  if (options.trace === true && scenario.faults.length === 0) result.digest = digestOf(scenario)
  for (const device of devices) await device.close()
  // Where the server's disk is not in memory, accounts are those of the scenario before.
  if (world.base === null && scenario.removed !== null) await world.server.renew()
  return result
}

/** Many short scenarios and a few long ones: most mistakes need few steps, and some need many. */
function drawLength(random: SimRandom): number {
  const roll = random.int(100)
  if (roll < 66) return 3 + random.int(7)
  if (roll < 92) return 8 + random.int(14)
  if (roll < 99) return 22 + random.int(26)
  return 48 + random.int(80)
}

function drawLeaving(random: SimRandom, devices: SimDevice[], options: ScenarioOptions): SimDevice | null {
  const leaves = random.chance(0.5)
  const tablet = devices.find(({ name }) => name === 'tablet') ?? null
  return leaves || options.removesTablet === true ? tablet : null
}

interface Begun {
  vault: Uint8Array
  devices: SimDevice[]
  /** The entry that makes the vault, which nobody has posted yet. */
  entry: ControlEntry | null
}

async function fromNothing(world: SimWorld, seed: number, random: SimRandom, options: ScenarioOptions): Promise<Begun> {
  const { vault, entry } = await makeVault(world, simRandom(`setup ${seed}`))
  await world.server.begin(String(seed), world.base)
  if (world.server.storage().read.controlLength(vault) > 0) throw new Error('this world has had this seed')
  const names: PersonName[] =
    options.removesTablet === true ? ['laptop', 'phone', 'tablet', 'clinic'] : pickPeople(random)
  return { vault, entry, devices: devicesOf(world, names, vault, String(seed), options) }
}

async function fromImage(world: SimWorld, seed: number, image: WorldImage, options: ScenarioOptions): Promise<Begun> {
  const { vault, names } = image
  // For one family the server draws the same nonces, so that the engine has answered most of the questions before.
  await world.server.begin(idText(vault), image.server)
  return { vault, entry: null, devices: devicesOf(world, names, vault, String(seed), options, image.devices) }
}

function devicesOf(
  world: SimWorld,
  names: PersonName[],
  vault: Uint8Array,
  seed: string,
  { ports = {} }: ScenarioOptions,
  images: DeviceImage[] = [],
): SimDevice[] {
  return names.map(
    (name, at) =>
      new SimDevice(world.people[name], world.server, vault, seed, ports, { image: images[at], store: world.store }),
  )
}

const images = new WeakMap<SimWorld, Map<number, Promise<WorldImage>>>()

export function imageOf(world: SimWorld, family: number): Promise<WorldImage> {
  const known = images.get(world) ?? new Map<number, Promise<WorldImage>>()
  images.set(world, known)
  let image = known.get(family)
  if (image === undefined) known.set(family, (image = makeImage(world, family)))
  return image
}

/** A vault with one record of each collection, seen by its owners, most providers with a grant; some with a little more of a past. */
async function makeImage(world: SimWorld, family: number): Promise<WorldImage> {
  const seed = `family ${family}`
  const random = simRandom(seed)
  const { vault, entry } = await makeVault(world, simRandom(`setup ${seed}`))
  await world.server.begin(seed, world.base)
  const names = pickPeople(random)
  const devices = devicesOf(world, names, vault, seed, {})
  const scenario: Scenario = {
    world,
    vault,
    random,
    devices,
    owners: devices.filter(({ person }) => person.role === 'owner'),
    faults: [],
    say: () => {},
    watch: (device) => watch(scenario, device),
    count: () => {},
    theme: 'mixed',
    importItems,
    keepsClocks: true,
    fates: FATES,
    poisoner: null,
    leaving: null,
    removed: null,
    words: 0,
  }
  for (const device of devices) {
    scenario.watch(device)
    await device.start()
  }
  await beginVault(scenario, entry)
  for (let more = random.int(4); more > 0; more--) {
    const device = random.pick(scenario.owners)
    await random.pick([edit, create])(scenario, device)
    for (const each of devices) if (each.machine.control !== null) await finish(scenario, each, 'sync')
  }
  if (scenario.faults.length > 0) throw new Error(`${seed}: ${scenario.faults.join('; ')}`)
  for (const device of devices) await device.close()
  return {
    vault,
    names,
    server: world.server.image()!,
    devices: devices.map(({ home, disk }) => ({ home, disk })),
    words: scenario.words,
  }
}

export function makeVault(world: SimWorld, random: SimRandom): Promise<{ vault: Uint8Array; entry: ControlEntry }> {
  const streams = [...COLLECTIONS.map((name) => ({ name, appendOnly: false })), { name: 'audit', appendOnly: true }]
  const { owner: account, people } = world
  return vaultEntry(streams, { account, device: people.laptop.secrets, time: START, randomBytes: random.bytes })
}

function pickPeople(random: SimRandom): PersonName[] {
  return random.pick<PersonName[]>([
    ['laptop', 'phone'],
    ['laptop', 'phone'],
    ['laptop', 'phone', 'clinic'],
    ['laptop', 'phone', 'clinic'],
    ['laptop', 'phone', 'tablet'],
    ['laptop', 'clinic'],
    ['laptop', 'clinic'],
    ['laptop', 'phone', 'clinic', 'praxis'],
    ['laptop', 'phone', 'tablet', 'clinic'],
  ])
}

/** The laptop makes the vault; usually everybody has seen it before the faults begin. */
async function beginVault(scenario: Scenario, entry: ControlEntry): Promise<void> {
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
}

/** Judges every answer by the model of whoever may read what (C6). */
function watch(scenario: Scenario, device: SimDevice): void {
  const { server } = scenario.world
  device.onAnswer = (call, args, answer) => {
    for (const { answered } of PARTS) answered?.(scenario, device, call, args, answer)
    if (answer === null || typeof answer !== 'object' || 'type' in answer) return
    if (call === 'postControl') server.noteControl(...(args as [Uint8Array, ControlEntry[]]))
    if (device.person.role !== 'provider') return
    if (call === 'fetchBodies') {
      const { entries } = answer as { entries: unknown[] }
      const [, stream] = args as [Uint8Array, Uint8Array]
      if (!mayRead(server, idText(device.person.account), idText(stream)) && entries.length > 0)
        scenario.faults.push(`7 C6: ${device.name} was given ${entries.length} bodies without a right`)
    }
    if (call === 'pull') {
      const { streams } = answer as { streams: { stream: Uint8Array; entries: unknown[] }[] }
      for (const { stream, entries } of streams) {
        if (!mayRead(server, idText(device.person.account), idText(stream)) && entries.length > 0)
          scenario.faults.push(`7 C6: ${device.name} was served ${entries.length} entries without a right`)
      }
    }
  }
}

/** Of 100 steps, those in which a person does something. */
const ACTION_WEIGHT = 45

async function oneStep(scenario: Scenario): Promise<void> {
  const { random, devices, world } = scenario
  const device = random.pick(devices)
  // Mostly within one moment: what a server signed a moment ago it need not sign again.
  if (random.chance(0.15)) world.server.now += random.int(random.pick([100, 5000]))
  const fates = scenario.fates.filter(({ may }) => may?.(scenario, device) ?? device.up)
  const total = fates.reduce((sum, { weight }) => sum + weight, device.up ? ACTION_WEIGHT : 0)
  let roll = random.int(total)
  const fate = fates.find(({ weight }) => (roll -= weight) < 0)
  if (fate !== undefined) return fate.befall(scenario, device)
  if (!(await device.isLaneFree())) return advance(scenario, device)
  device.withFate(() => drawFate(random, 0.015))
  await personActs(scenario, device)
  device.withFate(() => 'write')
}

async function personActs(scenario: Scenario, device: SimDevice): Promise<void> {
  if (device.machine.control === null) return
  const actions = ACTIONS[scenario.theme]
  let roll = scenario.random.int(actions.reduce((sum, { weight }) => sum + weight, 0))
  const { action } = actions.find(({ weight }) => (roll -= weight) < 0)!
  await (action.byOwner && device.person.role === 'provider' ? create(scenario, device) : action.act(scenario, device))
}

/** Faults end, everybody syncs until nothing changes. */
async function rest(scenario: Scenario): Promise<void> {
  scenario.say('rest')
  const { devices, world, random, faults } = scenario
  // H8: what waits for a clock that is behind ends once the clocks agree.
  world.server.signedAhead = 0
  for (const device of devices) {
    device.clockOffset = Math.max(0, device.clockOffset)
    device.withFate(() => 'write')
    device.offline = false
    if (!device.up) await restart(scenario, device)
    await finish(scenario, device, 'rest')
  }
  for (const { settle } of PARTS) await settle?.(scenario)
  // In some, everybody syncs until a whole round changes nothing; else only who is behind.
  const everybody = random.chance(0.1)
  let before = ''
  for (let round = 0; round < 12; round++) {
    // None of what is checked may need a clock that continues.
    if (random.chance(0.1)) world.server.now += 1000
    // Who has something to send goes first: the others then read it at once.
    const order = everybody ? devices : devices.toSorted((a, b) => waitingCount(b.machine) - waitingCount(a.machine))
    for (const device of order) {
      if (faults.length > 0) return
      if (everybody || !isInStep(scenario, device)) await finish(scenario, device, 'sync')
    }
    const now = devices.map((device) => `${device.lastOutcome} ${placeOf(device)}`).join()
    if (now === before || (!everybody && devices.every((device) => isInStep(scenario, device))))
      return grabAll(scenario)
    before = now
  }
  faults.push('13: no rest after 12 rounds')
}

/** The last sync of the device left nothing to do, and the server has gained nothing since. */
function isInStep({ world, vault }: Scenario, { machine, lastOutcome }: SimDevice): boolean {
  const { grants, now } = world.server
  const { read } = world.server.storage()
  return (
    [...grants.values()].every(({ cut, notAfter }) => cut || now < notAfter) &&
    lastOutcome === 'synced' &&
    waitingCount(machine) === 0 &&
    machine.control?.n === read.controlLength(vault) &&
    machine.rows.table(TABLE.intent).size === 0 &&
    [...machine.streams.values()].every(({ stream, n }) => n === (read.streamHead(vault, stream)?.n ?? 0))
  )
}

/** Every provider asks for everything, at rest and once more around the end of each grant; a device that was removed does too. */
async function grabAll({ world, devices, owners, removed, random }: Scenario): Promise<void> {
  const { server } = world
  const streams = [...owners[0]!.machine.streams.values()].map(({ stream }) => stream)
  const providers = devices.filter(({ person }) => person.role === 'provider')
  const { now } = server
  if (removed !== null) await removed.grab(streams, streams)
  for (const device of providers) await device.grab(streams, streams)
  const ends = new Set([...server.grants.values()].map(({ notAfter }) => notAfter).filter((end) => end > now))
  for (const end of ends) {
    for (server.now = end - 1; server.now <= end; server.now++)
      for (const device of providers) await device.grab(streams, [random.pick(streams)])
  }
  server.now = now
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
        // A late envelope goes by its hash, which its author's clock is part of.
        .map((row) => `${row.collectionName} ${row.revision} ${row.resource.replace(/late:[\w-]{43}/, 'late')}`)
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
