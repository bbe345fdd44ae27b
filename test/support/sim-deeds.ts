/** What simulated people do: edit, import, decide, share, revoke; each through the functions that the app calls. */
import {
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
  wishesOf,
  type DeedOutcome,
  type Draft,
  type ImportInput,
  type ShareWish,
  type VaultMachine,
} from '@chartkeep/sync'
import { idText, newestBoxKey, type RightWord } from '@chartkeep/protocol'
import type { SimDevice } from './sim-device.ts'
import { changed, COLLECTIONS, imported, newResource } from './sim-records.ts'
import { START } from './sim-server.ts'
import type { Scenario, Theme } from './sim-types.ts'

const MINUTE = 60_000

export function word(scenario: Scenario): string {
  return `w${++scenario.words}`
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

export async function edit(scenario: Scenario, device: SimDevice): Promise<void> {
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

export function wishFor(scenario: Scenario, machine: VaultMachine, grantee: Uint8Array): ShareWish | null {
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

/** How often people do what. */
const THEMES: Record<Theme, Record<DeedName, number>> = {
  edits: { edit: 80, create: 2, note: 1, import: 2, resolve: 20, share: 1, revoke: 1, drop: 0 },
  decisions: { edit: 50, create: 1, note: 1, import: 2, resolve: 60, share: 0, revoke: 0, drop: 0 },
  imports: { edit: 35, create: 2, note: 2, import: 50, resolve: 10, share: 1, revoke: 0, drop: 0 },
  consent: { edit: 40, create: 10, note: 4, import: 2, resolve: 4, share: 22, revoke: 16, drop: 2 },
  mixed: { edit: 50, create: 8, note: 3, import: 10, resolve: 12, share: 10, revoke: 6, drop: 1 },
}
/** K5: another device takes the tablet out of the account; the next owner's device that syncs posts the cut. */
export async function removeTablet(scenario: Scenario, device: SimDevice, tablet: SimDevice): Promise<void> {
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

export async function personActs(scenario: Scenario, device: SimDevice, items: typeof importItems): Promise<void> {
  if (device.machine.control === null) return
  const weights = THEMES[scenario.theme]
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
  let roll = scenario.random.int(total)
  const name = (Object.keys(weights) as DeedName[]).find((each) => (roll -= weights[each]) < 0)!
  if (name === 'import') return importing(items)(scenario, device)
  if (device.person.role === 'provider' && !['edit', 'create', 'note'].includes(name)) return create(scenario, device)
  return DEEDS[name](scenario, device)
}
