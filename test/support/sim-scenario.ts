/**
 * One scenario: random deeds of people, random fates of calls and commits, then rest; the seed decides everything. What must hold
 * afterwards is in sim-properties.ts.
 */
import {
  appendControl,
  commitVersions,
  conflictsOf,
  cutGrantNow,
  deviceRemovedEntry,
  dropWish,
  exclusive,
  grantNow,
  handSource,
  importItems,
  keepWish,
  prepareResolution,
  prepareVersion,
  TABLE,
  vaultEntry,
  waitingCount,
  wishesOf,
  type DeedOutcome,
  type Draft,
  type ImportInput,
  type ShareWish,
  type VaultMachine,
} from '@chartkeep/sync'
import { idText, newestBoxKey, type ControlEntry, type RightWord } from '@chartkeep/protocol'
import { createPoisoner, type Poisoner } from './sim-poison.ts'
import { checkAll } from './sim-properties.ts'
import { SimDevice, syncTask, type CallFate, type SimPorts } from './sim-device.ts'
import { changed, COLLECTIONS, imported, newResource } from './sim-records.ts'
import { simRandom, type SimRandom } from './sim-random.ts'
import { mayRead, START } from './sim-server.ts'
import type { SimWorld } from './sim-world.ts'

export interface ScenarioOptions {
  ports?: SimPorts & { importItems?: typeof importItems }
  /** Milliseconds that a device's clock is wrong by at the start; drawn from the seed where it is not given. */
  clocks?: Record<string, number>
  /** The tablet is there, and removed from the account at some time. Changes the world: no other scenario can follow in it. */
  removesTablet?: boolean
  /** Keeps the trace; its last lines are the state at the end. */
  trace?: boolean
}

export interface ScenarioResult {
  seed: number
  /** What did not hold; empty when all is well. */
  faults: string[]
  trace: string[]
  counts: Record<string, number>
  /** The state at the end in words that no clock and no key is part of. */
  digest: string
}

const YEAR = 365.25 * 24 * 3600_000
const MINUTE = 60_000

export interface Scenario {
  world: SimWorld
  vault: Uint8Array
  random: SimRandom
  devices: SimDevice[]
  owners: SimDevice[]
  faults: string[]
  say(line: string): void
  count(name: string): void
  theme: Theme
  poisoner: Poisoner | null
  /** The device that is to leave the account; null once the server has heard of it. */
  leaving: SimDevice | null
  removed: SimDevice | null
  /** How many words were used. */
  words: number
}

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

async function makeVault(world: SimWorld, random: SimRandom): Promise<{ vault: Uint8Array; entry: ControlEntry }> {
  const { laptop } = world.people
  const machineLess = new SimDevice(laptop, world.server, new Uint8Array(16), 'maker', {})
  await machineLess.start()
  return vaultEntry(
    [...COLLECTIONS.map((name) => ({ name, appendOnly: false })), { name: 'audit', appendOnly: true }],
    {
      account: machineLess.book.lookup(laptop.person.account)!,
      device: laptop.secrets,
      time: START,
      randomBytes: random.bytes,
    },
  )
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

function drawOffset(random: SimRandom): number {
  const roll = random.int(10)
  const amount = random.int(10)
  if (roll < 5) return 0
  if (roll < 7) return (amount - 5) * MINUTE
  return (roll === 7 ? 1 : roll === 8 ? -1 : 0) * (amount + 1) * YEAR
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

function word(scenario: Scenario): string {
  return `w${++scenario.words}`
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

export async function save(scenario: Scenario, device: SimDevice, draft: Draft): Promise<void> {
  const outcome = await device.act(() =>
    exclusive(device.machine, async () => {
      const prepared = prepareVersion(device.machine, draft)
      if (prepared.type === 'row') await commitVersions(device.machine, [prepared])
    }),
  )
  scenario.count(`save ${outcome}`)
  scenario.say(`${device.name} saves ${draft.collection}: ${outcome}`)
}

type Deed = (scenario: Scenario, device: SimDevice) => Promise<void>

async function edit(scenario: Scenario, device: SimDevice): Promise<void> {
  const { random } = scenario
  const own = idText(device.person.account)
  const rows = device.machine.rows
    .all()
    .filter((row) => row.collectionName !== 'audit')
    .filter((row) => device.person.role === 'owner' || row.account === own)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  if (rows.length === 0) return
  const reach = { edits: 2, decisions: 1, imports: 6, consent: 4, mixed: 4 }[scenario.theme]
  const row = random.pick(rows.slice(0, reach))
  await save(scenario, device, {
    collection: row.collectionName,
    id: row.id,
    resource: changed(row.resource, word(scenario), random, scenario.theme === 'decisions' ? 0.7 : 0.35),
    importSource: handSource(row.importSource),
  })
}

async function create(scenario: Scenario, device: SimDevice): Promise<void> {
  const collection = scenario.random.pick(COLLECTIONS)
  await save(scenario, device, { collection, resource: newResource(collection, word(scenario)) })
}

async function note(scenario: Scenario, device: SimDevice): Promise<void> {
  const resource = JSON.stringify({ resourceType: 'AuditEvent', outcomeDesc: word(scenario) })
  await save(scenario, device, { collection: 'audit', resource })
}

function importing(items: typeof importItems): Deed {
  return async (scenario, device) => {
    const { random } = scenario
    if (device.machine.keys.docSecret === null) return
    const batch: ImportInput[] = []
    const first = random.int(3)
    const edition = random.chance(0.3) ? 2 : 1
    for (let i = 0; i < 1 + random.int(3); i++) batch.push(imported(first + i, edition))
    const outcome = await device.act(() => exclusive(device.machine, () => items(device.machine, batch, 'file')))
    scenario.count('import')
    scenario.say(`${device.name} imports ${first}+${batch.length} edition ${edition}: ${outcome}`)
  }
}

async function resolve(scenario: Scenario, device: SimDevice): Promise<void> {
  const { machine } = device
  const [conflict] = conflictsOf(machine).toSorted((a, b) => (a.hash < b.hash ? -1 : 1))
  const row = conflict === undefined ? null : machine.rows.read(conflict.id)
  if (conflict === undefined || row === null) return
  if (device.person.role !== 'owner') return
  const resource = scenario.random.pick([
    row.resource,
    conflict.row.resource,
    changed(row.resource, word(scenario), scenario.random),
  ])
  const outcome = await device.act(() =>
    exclusive(machine, async () => {
      const prepared = prepareResolution(machine, row.id, resource)
      if (prepared.type === 'row') await commitVersions(machine, [prepared])
    }),
  )
  scenario.count('decision')
  scenario.say(`${device.name} decides a conflict: ${outcome}`)
}

function wishFor(scenario: Scenario, machine: VaultMachine, grantee: Uint8Array): ShareWish | null {
  const { random, world } = scenario
  const state = machine.accounts.lookup(grantee)
  if (state === null) return null
  const collections = COLLECTIONS.filter(() => random.chance(0.5))
  const chosen = collections.length === 0 ? [random.pick(COLLECTIONS)] : collections
  const rights = random.pick<RightWord[]>([['read'], ['read', 'append'], ['read', 'append', 'amend']])
  return {
    kind: 'share',
    id: machine.randomBytes(16),
    grantee,
    scopes: chosen.map((collection) => ({ collection, rights })),
    notBefore: START - MINUTE,
    notAfter: world.server.now + (random.chance(0.5) ? 20 * MINUTE : 100 * 24 * 60 * MINUTE),
    label: { purpose: 'care', name: 'Ada', birthDate: '1980-01-01', grantee: 'clinic' },
    generation: newestBoxKey(state).generation,
  }
}

async function share(scenario: Scenario, device: SimDevice): Promise<void> {
  const providers = scenario.devices.filter(({ person }) => person.role === 'provider')
  if (providers.length === 0) return
  const grantee = scenario.random.pick(providers)
  const wish = wishFor(scenario, device.machine, grantee.person.account)
  if (wish === null) return
  await deed(scenario, device, 'share', wish, (api) => grantNow(device.machine, api, wish))
}

async function revoke(scenario: Scenario, device: SimDevice): Promise<void> {
  const standing = [...(device.machine.control?.grants.values() ?? [])].filter((grant) => grant.cut === null)
  if (standing.length === 0) return
  const { id } = scenario.random.pick(standing)
  await deed(scenario, device, 'revoke', { kind: 'stop', grant: id }, (api) =>
    cutGrantNow(device.machine, api, id, 'revoked'),
  )
}

/** Online the deed, offline the wish (C1), as chart.ts does it. */
async function deed(
  scenario: Scenario,
  device: SimDevice,
  name: string,
  wish: Parameters<typeof keepWish>[1],
  work: (api: Parameters<typeof grantNow>[1]) => Promise<DeedOutcome>,
): Promise<void> {
  scenario.count(name)
  if (device.offline || device.busy) {
    const outcome = await device.act(() => exclusive(device.machine, () => keepWish(device.machine, wish)))
    scenario.say(`${device.name} wishes to ${name}: ${outcome}`)
    return
  }
  scenario.say(`${device.name} begins to ${name}`)
  await device.begin(async (api) => {
    const outcome = await work(api)
    if (outcome.type === 'offline') await exclusive(device.machine, () => keepWish(device.machine, wish))
    return `${name} ${outcome.type}${'error' in outcome ? ` ${outcome.error}` : ''}${'why' in outcome ? ` ${outcome.why}` : ''}`
  })
}

async function dropStale(scenario: Scenario, device: SimDevice): Promise<void> {
  const [stale] = wishesOf(device.machine).filter((wish) => wish.stale !== null)
  if (stale !== undefined) await device.act(() => exclusive(device.machine, () => dropWish(device.machine, stale.key)))
  scenario.count('stale wish')
}

type DeedName = 'edit' | 'create' | 'note' | 'import' | 'resolve' | 'share' | 'revoke' | 'drop'

const DEEDS: Record<Exclude<DeedName, 'import'>, Deed> = {
  edit,
  create,
  note,
  resolve,
  share,
  revoke,
  drop: dropStale,
}

export type Theme = 'edits' | 'decisions' | 'imports' | 'consent' | 'mixed'

/** How often people do what. */
const THEMES: Record<Theme, Record<DeedName, number>> = {
  edits: { edit: 80, create: 2, note: 1, import: 2, resolve: 20, share: 1, revoke: 1, drop: 0 },
  decisions: { edit: 50, create: 1, note: 1, import: 2, resolve: 60, share: 0, revoke: 0, drop: 0 },
  imports: { edit: 35, create: 2, note: 2, import: 50, resolve: 10, share: 1, revoke: 0, drop: 0 },
  consent: { edit: 40, create: 10, note: 4, import: 2, resolve: 4, share: 22, revoke: 16, drop: 2 },
  mixed: { edit: 50, create: 8, note: 3, import: 10, resolve: 12, share: 10, revoke: 6, drop: 1 },
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

/** K5: another device takes the tablet out of the account; the next owner's device that syncs posts the cut. */
async function removeTablet(scenario: Scenario, device: SimDevice, tablet: SimDevice): Promise<void> {
  if (device === tablet || device.busy || device.offline || device.person.role !== 'owner') return
  scenario.say(`${device.name} begins to remove the tablet`)
  await device.begin(async (api) => {
    const { book, person, secrets, machine } = device
    const refreshed = await book.refresh(person.account, api, machine.serverKey()!)
    if (refreshed.type !== 'ok') return `removal ${refreshed.type}`
    const state = book.lookup(person.account)!
    const entry = await deviceRemovedEntry(state, secrets, tablet.secrets.id, device.boxKeys, machine.randomBytes)
    const answer = await api.postAccount(person.account, entry)
    if (answer.type === 'ok' && (await book.append(person.account, [entry]))) device.afterAccount()
    return `removal ${answer.type}`
  })
}

async function personActs(scenario: Scenario, device: SimDevice, items: typeof importItems): Promise<void> {
  if (device.machine.control === null) return
  const weights = THEMES[scenario.theme]
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
  let roll = scenario.random.int(total)
  const name = (Object.keys(weights) as DeedName[]).find((each) => (roll -= weights[each]) < 0)!
  if (name === 'import') return importing(items)(scenario, device)
  if (device.person.role === 'provider' && !['edit', 'create', 'note'].includes(name)) return create(scenario, device)
  return DEEDS[name](scenario, device)
}

function drawFate(random: SimRandom, probability: number): 'write' | 'refuse' | 'die-before' | 'die-after' {
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
  if (device.lastOutcome.startsWith('stopped'))
    scenario.faults.push(`F1: false alarm at ${device.name}: ${device.lastOutcome}`)
}

async function advance(scenario: Scenario, device: SimDevice): Promise<void> {
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

function stepClock(scenario: Scenario, device: SimDevice, keepsClocks: boolean): void {
  const offset = drawOffset(scenario.random)
  if (!keepsClocks) device.clockOffset = offset
  scenario.say(`the clock of ${device.name} steps`)
}

/** The network delivers an old request once more; nobody waits for the answer. */
async function again(scenario: Scenario, device: SimDevice): Promise<void> {
  if (device.delivered.length === 0) return
  await scenario.random.pick(device.delivered)()
  scenario.count('late duplicate')
  scenario.say(`an old request of ${device.name} arrives again`)
}

const MAX_CALLS = 200

/** A task without faults to its end. */
async function finish(scenario: Scenario, device: SimDevice, what: 'sync' | 'rest'): Promise<void> {
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
