/** One script of faults for two contestants: this project's sync machine, and RxDB's replicateRxCollection with sealing modifiers (control-faults.ts). */
import { randomBytes } from '@chartkeep/crypto'
import { conflictsOf, waitingCount } from '@chartkeep/sync/testing'
import {
  aside,
  createAttackWorld,
  forge,
  resourceOf,
  rowOf,
  save,
  shown,
  type AttackWorld,
  type Device,
} from './attack-world.ts'
import { onePage } from './hostile-server.ts'

/** What the control prints. */
export interface ControlResult {
  /** Records that were saved and that the other device has not got. */
  missing: number
  /** What RxDB said of itself. */
  ended: string
  /** Rejections that nobody caught. */
  fallen: number
  texts: string[]
  /** What the fault asks about besides. */
  seen?: string[]
}

export interface Fault {
  name: string
  /** Ours: what came of it, in the words of the table. */
  ours(world: AttackWorld): Promise<string>
  /** The control: the same, from what it printed. */
  control(result: ControlResult): string
  /** What the table says; the test holds both contestants to it. */
  expected: { ours: string; control: string }
}

const all = (world: AttackWorld, count: number) =>
  Array.from({ length: count }, (_, index) => `record ${index}`).reduce(
    (before, text) => before.then(async () => void (await save(world.phone, 'labs', text))),
    Promise.resolve(),
  )

const missingOf = (device: Device, texts: string[]) =>
  texts.filter((text) => !shown(device, 'labs').includes(resourceOf('labs', text))).length

const lost = (missing: number) => (missing === 0 ? 'all arrive' : `${missing} lost`)
const records = (count: number) => Array.from({ length: count }, (_, index) => `record ${index}`)

/** `x, said nothing`: the control calls itself in sync with something missing. */
const silently = ({ missing, ended }: ControlResult) =>
  missing === 0 ? 'all arrive' : `${missing} lost, and it says "in sync": ${ended === 'in-sync'}`

async function outcome(device: Device): Promise<string> {
  const ended = await device.sync()
  return ended.type === 'stopped' ? `${ended.fault} (${ended.what})` : ended.type
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'none',
    async ours(world) {
      await all(world, 5)
      await world.phone.sync()
      await world.laptop.sync()
      return lost(missingOf(world.laptop, records(5)))
    },
    control: silently,
    expected: { ours: 'all arrive', control: 'all arrive' },
  },
  {
    name: 'clock stepped back',
    async ours({ laptop, phone }) {
      await save(phone, 'labs', 'before')
      await phone.sync()
      await laptop.sync()
      phone.clock.offset = -60_000
      await save(phone, 'labs', 'after')
      await phone.sync()
      await laptop.sync()
      return lost(missingOf(laptop, ['before', 'after']))
    },
    control: silently,
    expected: { ours: 'all arrive', control: '1 lost, and it says "in sync": true' },
  },
  {
    name: 'a record that does not open',
    async ours(world) {
      const { laptop, phone } = world
      const broken = await world.addDevice('broken')
      await broken.sync()
      await save(phone, 'labs', 'record 0')
      await phone.sync()
      await broken.sync()
      const poison = await forge(broken, world.stream('labs'), {}, { key: randomBytes(32) })
      await broken.server.push(world.vault, [{ ...poison, body: poison.body!, proof: poison.proof! }])
      await save(phone, 'labs', 'record 1')
      await phone.sync()
      const ended = await outcome(laptop)
      return `${lost(missingOf(laptop, records(2)))}, ${aside(laptop).length} quarantined, ${ended}`
    },
    control: ({ missing, ended, fallen }) =>
      missing === 0
        ? 'all arrive'
        : `${missing} of 8 good ones lost, ${ended}, ${fallen > 0 ? 'an error that nobody catches' : 'no error'}`,
    expected: {
      ours: 'all arrive, 1 quarantined, synced',
      control: '8 of 8 good ones lost, not-in-sync, an error that nobody catches',
    },
  },
  {
    name: 'pages shorter than asked for',
    async ours(world) {
      const { laptop, phone } = world
      await all(world, 10)
      await phone.sync()
      const labs = world.stream('labs')
      laptop.server.lies.pull = (honest) =>
        onePage(honest, labs, (page) => ({ ...page, entries: page.entries.slice(0, 3) }))
      await laptop.sync()
      return lost(missingOf(laptop, records(10)))
    },
    control: silently,
    expected: { ours: 'all arrive', control: '7 lost, and it says "in sync": true' },
  },
  {
    name: 'two edits of one record',
    async ours({ laptop, phone }) {
      const { id } = await save(phone, 'medications', 'base')
      await phone.sync()
      await laptop.sync()
      await save(phone, 'medications', 'of the phone', id)
      await phone.sync()
      await save(laptop, 'medications', 'of the laptop', id)
      await laptop.sync()
      await phone.sync()
      const open = conflictsOf(phone.machine, id).length
      const kept = [laptop, phone].every((device) => rowOf(device, 'of the') !== undefined)
      return open === 1 && kept && waitingCount(laptop.machine) === 0 ? 'both kept, for a person to decide' : 'lost'
    },
    control: ({ seen = [] }) => `its conflict handler is shown ${seen.join(' and ')}`,
    expected: { ours: 'both kept, for a person to decide', control: 'its conflict handler is shown ciphertext' },
  },
  {
    name: 'the server restored to yesterday',
    async ours(world) {
      const { laptop, phone } = world
      const { id } = await save(phone, 'labs', 'yesterday')
      await phone.sync()
      const yesterday = world.forkCore()
      await save(phone, 'labs', 'today', id)
      await phone.sync()
      await laptop.sync()
      world.replaceCore(yesterday)
      const ended = await outcome(laptop)
      return `${lost(missingOf(laptop, ['today']))}; told: ${ended}`
    },
    control: ({ missing, ended }) =>
      missing === 0 ? 'kept' : `overwritten by the older version; told: nothing (${ended})`,
    expected: {
      ours: 'all arrive; told: behind (stream-head)',
      control: 'overwritten by the older version; told: nothing (in-sync)',
    },
  },
  {
    name: 'bodies of two records exchanged',
    async ours(world) {
      const { laptop, phone } = world
      await all(world, 2)
      await phone.sync()
      const labs = world.stream('labs')
      laptop.server.lies.pull = (honest) =>
        onePage(honest, labs, (page) => ({
          ...page,
          entries: page.entries.map((entry, at) => ({ ...entry, body: page.entries[1 - at]!.body })),
        }))
      const ended = await outcome(laptop)
      return `${shown(laptop, 'labs').length} taken; told: ${ended}`
    },
    control: ({ seen = [], ended }) =>
      seen[0] === 'record 1' ? `record 0 now says what record 1 said; told: nothing (${ended})` : `refused (${ended})`,
    expected: {
      ours: '0 taken; told: withheld (body)',
      control: 'record 0 now says what record 1 said; told: nothing (in-sync)',
    },
  },
  {
    name: 'one record left out',
    async ours(world) {
      const { laptop, phone } = world
      await all(world, 5)
      await phone.sync()
      const labs = world.stream('labs')
      laptop.server.lies.pull = (honest) =>
        onePage(honest, labs, (page) => ({ ...page, entries: page.entries.filter(({ n }) => n !== 3) }))
      return `told: ${await outcome(laptop)}`
    },
    control: silently,
    expected: { ours: 'told: withheld (number)', control: '1 lost, and it says "in sync": true' },
  },
  {
    name: 'an answer lost behind the write',
    async ours(world) {
      const { laptop, phone } = world
      await all(world, 3)
      let isLost = false
      phone.server.lies.push = async (honest) => {
        const answer = await honest()
        if (isLost) return answer
        isLost = true
        return { type: 'offline' }
      }
      await phone.sync()
      await phone.sync()
      await laptop.sync()
      const { length } = shown(laptop, 'labs')
      return `${lost(missingOf(laptop, records(3)))}, ${length} records`
    },
    control: (result) => `${silently(result)}, ${result.texts.length} records`,
    expected: { ours: 'all arrive, 3 records', control: 'all arrive, 3 records' },
  },
  {
    name: 'every second request answered with 500',
    async ours(world) {
      const { laptop, phone } = world
      await all(world, 5)
      let count = 0
      phone.server.lies.everything = () => (count++ % 2 === 0 ? { type: 'error', error: 'server-error' } : null)
      for (let pass = 0; pass < 20 && waitingCount(phone.machine) > 0; pass++) await phone.sync()
      phone.server.lies = {}
      await phone.sync()
      await laptop.sync()
      return lost(missingOf(laptop, records(5)))
    },
    control: silently,
    expected: { ours: 'all arrive', control: 'all arrive' },
  },
]

/** Runs ours in a world of its own. */
export async function runOurs({ ours }: Fault): Promise<string> {
  const world = await createAttackWorld()
  try {
    return await ours(world)
  } finally {
    await world.close()
  }
}

/** The table of the page, in Markdown. */
export function tableOf(rows: { name: string; ours: string; control: string }[]): string {
  const head = ['Fault', 'Chartkeep', 'replicateRxCollection with modifiers']
  const lines = [head, head.map(() => '-'), ...rows.map(({ name, ours, control }) => [name, ours, control])]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
