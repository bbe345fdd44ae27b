/**
 * Y5, property 11: whatever a pass brings, a device that is killed before or after any of its writes comes to the state of one that was not. The device
 * that is killed has nothing to send: each life of it begins with the same disks.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "simulation" }
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  acceptNow,
  appendControl,
  commitVersions,
  conflictsOf,
  cutGrantNow,
  deviceRemovedEntry,
  grantNow,
  lateItems,
  prepareVersion,
  readLateArrivals,
  restartVault,
  TABLE,
  withForerunners,
  type ServerApi,
  type ShareIntent,
} from '@chartkeep/sync/testing'
import { textId } from '@chartkeep/protocol'
import { newestBoxKey } from '@chartkeep/protocol/account'
import { streamStart } from '@chartkeep/protocol/streams'
import { decided } from '../support/decisions.ts'
import { SimDevice, syncTask } from '../support/sim-device.ts'
import { newResource } from '../support/sim-records.ts'
import { simRandom } from '../support/sim-random.ts'
import { makeVault } from '../support/sim-scenario.ts'
import { START } from '../support/sim-server.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'

const NAMES = ['laptop', 'phone', 'tablet', 'clinic'] as const
type Devices = Record<(typeof NAMES)[number], SimDevice>

let world: SimWorld
let devices: Devices

beforeEach(async () => {
  world = await createSimWorld()
  const { vault, entry } = await makeVault(world, simRandom('killed'))
  const made = NAMES.map(
    (name) => [name, new SimDevice(world.people[name], world.server, vault, 'killed', {})] as const,
  )
  devices = Object.fromEntries(made) as Devices
  for (const [, device] of made) await device.start()
  await appendControl(devices.laptop.machine, [entry])
  await run(devices.laptop)
})
afterEach(() => world.close())

async function run(
  device: SimDevice,
  task: (api: ServerApi) => Promise<string> = (api) => syncTask(device, api),
  stopBefore = '',
): Promise<string> {
  if (device.parked === null) await device.begin(task)
  while (device.parked !== null && device.parked.call !== stopBefore) await device.resume('deliver')
  return device.lastOutcome
}

async function save(device: SimDevice, text: string, id?: string): Promise<string> {
  const draft = { collection: 'labs', resource: newResource('labs', text), ...(id !== undefined && { id }) }
  const prepared = prepareVersion(device.machine, draft)
  if (prepared.type !== 'row') throw new Error(prepared.type)
  await commitVersions(device.machine, [prepared])
  return prepared.row.id
}

async function share(collections: string[], rights: ShareIntent['scopes'][number]['rights']): Promise<Uint8Array> {
  const { laptop, clinic } = devices
  const { account } = clinic.person
  const wish: ShareIntent = {
    kind: 'share',
    id: laptop.machine.randomBytes(16),
    grantee: account,
    scopes: collections.map((collection) => ({ collection, rights })),
    notBefore: START - 1000,
    notAfter: START + 3600_000,
    label: { purpose: 'care', name: 'Ada', birthDate: '', grantee: 'clinic' },
    generation: newestBoxKey(laptop.book.lookup(account)!).generation,
  }
  let grant = ''
  await run(laptop, async (api) => {
    const outcome = await grantNow(laptop.machine, api, wish)
    if (outcome.type === 'done') ({ grant } = outcome)
    return outcome.type
  })
  return textId(grant)!
}

const cut = (grant: Uint8Array) => async (api: ServerApi) =>
  (await cutGrantNow(devices.laptop.machine, api, grant, 'revoked')).type

/** A result of the clinic that was stored behind the position which a cut of its grant pins; the phone has read it. */
async function beyondCut(): Promise<void> {
  const { laptop, phone, clinic } = devices
  const grant = await share(['labs'], ['read', 'append', 'amend'])
  await run(clinic)
  await run(laptop, cut(grant), 'postControl')
  await save(clinic, 'beyond')
  for (const device of [clinic, phone]) await run(device)
  await run(laptop)
}

/** What a device shows and keeps, in words. */
function stateOf({ machine }: SimDevice): string[] {
  const keysOf = (table: string) => [...machine.rows.table(table).keys()].map((key) => `${table} ${key}`)
  return [
    ...machine.rows.all().map(({ id, revision, resource }) => `row ${id} ${revision} ${resource}`),
    ...conflictsOf(machine).map(({ hash, row }) => `conflict ${hash} ${row.revision}`),
    ...[TABLE.quarantine, TABLE.waiting, TABLE.stopped, TABLE.remoteCurrent, TABLE.head].flatMap(keysOf),
    ...[...machine.streams].map(([id, { n }]) => `stream ${id} ${n}`),
    ...[...machine.keys.streams].map(([id, { byEpoch }]) => `keys ${id} ${[...byEpoch.keys()].toSorted().join()}`),
    `control ${machine.control?.n}`,
  ].toSorted()
}

interface Story {
  /** Whose pass is killed. */
  who: 'phone' | 'clinic'
  /** What it has read before. */
  before: () => Promise<void>
  /** What the pass brings. */
  comes: () => Promise<void>
}

const stories: Record<string, Story> = {
  'C9: a cut, with what lies beyond it here already': {
    who: 'phone',
    before: beyondCut,
    comes: async () => {},
  },
  'C9: an accept of what was put aside': {
    who: 'phone',
    async before() {
      await beyondCut()
      for (const device of [devices.laptop, devices.phone]) await run(device)
    },
    async comes() {
      const { laptop } = devices
      await run(laptop, async (api) => {
        await readLateArrivals(laptop.machine, api)
        const [item] = lateItems(laptop.machine)
        return (await acceptNow(laptop.machine, api, withForerunners(laptop.machine, item!.hash))).type
      })
      await run(laptop)
    },
  },
  'C3, C8: a grant, with what is there': {
    who: 'clinic',
    async before() {
      await save(devices.laptop, 'one')
      await run(devices.laptop)
    },
    async comes() {
      await share(['labs'], ['read'])
    },
  },
  'C10: a narrower grant in the place of a wider one': {
    who: 'clinic',
    async before() {
      await save(devices.laptop, 'one')
      await run(devices.laptop)
      await share(['labs', 'medications'], ['read', 'append'])
      await run(devices.clinic)
    },
    async comes() {
      const { laptop } = devices
      const [wide] = [...laptop.machine.control!.grants.values()]
      await share(['medications'], ['read'])
      await run(laptop, cut(wide!.id))
    },
  },
  'K5, C4: the removal of a device, with other keys': {
    who: 'phone',
    async before() {
      for (const device of [devices.phone, devices.tablet]) await run(device)
    },
    async comes() {
      const { laptop, tablet } = devices
      const { account } = laptop.person
      const state = laptop.book.lookup(account)!
      const { secrets, boxKeys, machine } = laptop
      const entry = await deviceRemovedEntry(state, secrets, tablet.secrets.id, boxKeys, machine.randomBytes)
      await run(laptop, async (api) => (await api.postAccount(account, entry)).type)
      await save(laptop, 'under other keys')
      expect(await run(laptop)).toBe('synced')
    },
  },
  'S9: a restart, where this device has read more than the server has left': {
    who: 'phone',
    async before() {
      const { laptop, phone } = devices
      await save(laptop, 'one')
      for (const device of [laptop, phone]) await run(device)
      const image = world.server.image()!
      await save(laptop, 'two')
      for (const device of [laptop, phone]) await run(device)
      await world.server.begin('put back', image)
    },
    async comes() {
      const { laptop } = devices
      const { read } = world.server.storage()
      const { vault } = laptop.machine
      // What the server answers who asks what it has left.
      const left = [...laptop.machine.streams.values()].map(({ stream }) => ({
        stream,
        ...(read.streamHead(vault, stream) ?? { n: 0, h: streamStart(vault, stream) }),
      }))
      const asking = (api: ServerApi): Parameters<typeof restartVault>[1] =>
        ({ ...api, reseed: async () => ({ type: 'ok', value: { streams: left } }) }) as never
      expect(await run(laptop, async (api) => (await restartVault(laptop.machine, asking(api))).type)).toBe('done')
      await run(laptop)
    },
  },
  'Y3: two versions, and the decision between them': {
    who: 'phone',
    async before() {
      await save(devices.laptop, 'one')
      for (const device of [devices.laptop, devices.phone, devices.tablet]) await run(device)
    },
    async comes() {
      const { laptop, tablet } = devices
      const [row] = laptop.machine.rows.all()
      await save(laptop, 'two', row!.id)
      await save(tablet, 'three', row!.id)
      for (const device of [laptop, tablet, laptop]) await run(device)
      const decision = decided(laptop.machine, row!.id, newResource('labs', 'three'))
      if (decision.type === 'row') await commitVersions(laptop.machine, [decision])
      await run(laptop)
    },
  },
}

test.each(Object.entries(stories))(
  'Y5, property 11: killed at any write, a device comes to the same state. %s',
  async (_, story) => {
    await story.before()
    const killed = devices[story.who]
    await story.comes()
    const life = async (name: string) => {
      const device = killed.copy(name, killed.commits + 1)
      await device.start()
      return device
    }
    const whole = await life('whole')
    const outcome = await run(whole)
    expect(await run(whole)).toBe(outcome)
    expect(outcome).toBe('synced')
    const begun = stateOf(await life('not yet'))
    expect(stateOf(whole)).not.toEqual(begun)

    let kills = 0
    for (const fate of ['die-before', 'die-after'] as const) {
      for (let writes = 0, ended = ''; ended !== 'synced'; writes++) {
        const device = await life(`${fate} ${writes}`)
        let left = writes
        device.withFate(() => (left-- > 0 ? 'write' : fate))
        ended = await run(device)
        if (!device.up) {
          kills++
          await device.start()
        }
        device.withFate(() => 'write')
        expect(await run(device), `${fate}, ${writes} writes`).toBe('synced')
        expect(stateOf(device), `${fate}, ${writes} writes`).toEqual(stateOf(whole))
      }
    }
    expect(kills).toBeGreaterThan(1)
  },
)
