/** What simulated people do: edit, import, decide, share, revoke; each through the functions that the app calls. */
import {
  commitVersions,
  conflictsOf,
  cutGrantNow,
  dropIntent,
  exclusive,
  grantNow,
  handSource,
  keepIntent,
  prepareVersion,
  intentsOf,
  type ControlActionOutcome,
  type Draft,
  type ImportInput,
  type ShareIntent,
  type VaultMachine,
} from '@chartkeep/sync/testing'
import { idText, type RightWord } from '@chartkeep/protocol'
import { newestBoxKey } from '@chartkeep/protocol/account'
import { decided } from './decisions.ts'
import type { SimDevice } from './sim-device.ts'
import { changed, COLLECTIONS, imported, newResource } from './sim-records.ts'
import { START } from './sim-server.ts'
import type { Action, Scenario } from './sim-types.ts'

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

export async function edit(scenario: Scenario, device: SimDevice): Promise<void> {
  const { random } = scenario
  const own = idText(device.person.account)
  const rows = device.machine.rows
    .all()
    .filter((row) => row.collectionName !== 'audit')
    .filter((row) => device.person.role === 'owner' || row.account === own)
    .toSorted((a, b) => (a.resource < b.resource ? -1 : a.resource > b.resource ? 1 : a.id < b.id ? -1 : 1))
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

export async function create(scenario: Scenario, device: SimDevice): Promise<void> {
  const collection = scenario.random.pick(COLLECTIONS)
  await save(scenario, device, { collection, resource: newResource(collection, word(scenario)) })
}

async function note(scenario: Scenario, device: SimDevice): Promise<void> {
  const resource = JSON.stringify({ resourceType: 'AuditEvent', outcomeDesc: word(scenario) })
  await save(scenario, device, { collection: 'audit', resource })
}

async function bringFile(scenario: Scenario, device: SimDevice): Promise<void> {
  const { random } = scenario
  if (device.machine.keys.docSecret === null) return
  const batch: ImportInput[] = []
  const first = random.int(3)
  const edition = random.chance(0.3) ? 2 : 1
  for (let i = 0; i < 1 + random.int(3); i++) batch.push(imported(first + i, edition))
  const { machine } = device
  const outcome = await device.act(() => exclusive(machine, () => scenario.importItems(machine, batch, 'file')))
  scenario.count('import')
  scenario.say(`${device.name} imports ${first}+${batch.length} edition ${edition}: ${outcome}`)
}

async function resolve(scenario: Scenario, device: SimDevice): Promise<void> {
  const { machine } = device
  const [conflict] = conflictsOf(machine).toSorted((a, b) => (a.row.revision < b.row.revision ? -1 : 1))
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
      const prepared = decided(machine, row.id, resource)
      if (prepared.type === 'row') await commitVersions(machine, [prepared])
    }),
  )
  scenario.count('decision')
  scenario.say(`${device.name} decides a conflict: ${outcome}`)
}

export function wishFor(scenario: Scenario, machine: VaultMachine, grantee: Uint8Array): ShareIntent | null {
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
  await action(scenario, device, 'share', wish, (api) => grantNow(device.machine, api, wish))
}

async function revoke(scenario: Scenario, device: SimDevice): Promise<void> {
  const standing = [...(device.machine.control?.grants.values() ?? [])].filter((grant) => grant.cut === null)
  if (standing.length === 0) return
  const { id } = scenario.random.pick(standing)
  await action(scenario, device, 'revoke', { kind: 'stop', grant: id }, (api) =>
    cutGrantNow(device.machine, api, id, 'revoked'),
  )
}

/** Online the action, offline the intent (C1), as chart.ts does it. */
async function action(
  scenario: Scenario,
  device: SimDevice,
  name: string,
  wish: Parameters<typeof keepIntent>[1],
  work: (api: Parameters<typeof grantNow>[1]) => Promise<ControlActionOutcome>,
): Promise<void> {
  scenario.count(name)
  if (device.offline || device.busy) {
    const outcome = await device.act(() => exclusive(device.machine, () => keepIntent(device.machine, wish)))
    scenario.say(`${device.name} wishes to ${name}: ${outcome}`)
    return
  }
  scenario.say(`${device.name} begins to ${name}`)
  await device.begin(async (api) => {
    const outcome = await work(api)
    if (outcome.type === 'offline') await exclusive(device.machine, () => keepIntent(device.machine, wish))
    return `${name} ${outcome.type}${'error' in outcome ? ` ${outcome.error}` : ''}${'why' in outcome ? ` ${outcome.why}` : ''}`
  })
}

async function dropStale(scenario: Scenario, device: SimDevice): Promise<void> {
  const [stale] = intentsOf(device.machine).filter((wish) => wish.stale !== null)
  if (stale !== undefined)
    await device.act(() => exclusive(device.machine, () => dropIntent(device.machine, stale.key)))
  scenario.count('stale wish')
}

/** How often people do what. */
export const usualActions: readonly Action[] = [
  {
    name: 'edit',
    byOwner: false,
    weights: { edits: 80, decisions: 50, imports: 35, consent: 40, mixed: 50 },
    act: edit,
  },
  {
    name: 'create',
    byOwner: false,
    weights: { edits: 2, decisions: 1, imports: 2, consent: 10, mixed: 8 },
    act: create,
  },
  { name: 'note', byOwner: false, weights: { edits: 1, decisions: 1, imports: 2, consent: 4, mixed: 3 }, act: note },
  {
    name: 'import',
    byOwner: false,
    weights: { edits: 2, decisions: 2, imports: 50, consent: 2, mixed: 10 },
    act: bringFile,
  },
  {
    name: 'resolve',
    byOwner: true,
    weights: { edits: 20, decisions: 60, imports: 10, consent: 4, mixed: 12 },
    act: resolve,
  },
  { name: 'share', byOwner: true, weights: { edits: 1, imports: 1, consent: 22, mixed: 10 }, act: share },
  { name: 'revoke', byOwner: true, weights: { edits: 1, consent: 16, mixed: 6 }, act: revoke },
  { name: 'drop', byOwner: true, weights: { consent: 2, mixed: 1 }, act: dropStale },
]
