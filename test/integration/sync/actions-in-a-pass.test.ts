/** What a person decides while a long pass is under way: the pass gives way to it, and what takes away is durable before its turn comes. */
import { afterEach, expect, test } from 'vitest'
import { firstValueFrom } from 'rxjs'
import type { Chart, Grantee, Session } from '@chartkeep/sync'
import {
  fulfilIntents,
  outboxOf,
  syncBriefly,
  syncVault,
  waitingCount,
  intentsOf,
  type ServerApi,
  type VaultMachine,
} from '@chartkeep/sync/testing'
import { createAttackWorld, save, type AttackWorld } from '../../support/attack-world.ts'
import { createDeviceWorld, openFirst, type DeviceWorld } from '../../support/device-world.ts'

/** More than one push takes. */
const MANY = 300
const SHORT_PUSH = 64 * 1024

let world: AttackWorld | null = null
let people: DeviceWorld | null = null
/** Whatever still has the lane of a chart lets it go. */
let letGo = () => {}
afterEach(async () => {
  letGo()
  await world?.close()
  await people?.close()
  world = people = null
})

/** A person's action comes up while the first push is on its way. */
function interrupted(machine: VaultMachine, server: ServerApi, pushes: { count: number }): ServerApi {
  return {
    ...server,
    push: (vault, batches) => {
      if (++pushes.count === 1) machine.awaited++
      return server.push(vault, batches)
    },
  }
}

async function manyUnsent(): Promise<VaultMachine> {
  world = await createAttackWorld()
  const { laptop } = world
  for (let at = 0; at < MANY; at++) await save(laptop, 'medications', `${at} ${'of some length '.repeat(40)}`)
  await laptop.machine.pageSizes.up.carry(SHORT_PUSH * 2, () => {
    world!.time.now += 11_000
    return Promise.resolve({ type: 'ok', value: null })
  })
  expect(laptop.machine.pageSizes.up.bytes).toBeLessThanOrEqual(SHORT_PUSH)
  return laptop.machine
}

test.each(['a whole pass', 'a brief one'])(
  'C1, Y2: %s that has much to send gives way to an action of the person after the push that is under way, and the next continues',
  async (which) => {
    const machine = await manyUnsent()
    const { server } = world!.laptop
    if (which === 'a brief one') await syncVault(machine, { ...server, push: async () => ({ type: 'offline' }) })
    const pushes = { count: 0 }
    const bent = interrupted(machine, server, pushes)
    const outcome =
      which === 'a brief one' ? await syncBriefly(machine, bent, new Map()) : await syncVault(machine, bent)
    expect(outcome).toEqual({ type: 'waiting' })
    expect(pushes.count).toBe(1)
    expect(waitingCount(machine)).toBeGreaterThan(MANY / 2)
    // Each pass sends something, however many actions there are.
    const before = waitingCount(machine)
    expect(await syncVault(machine, server)).toEqual({ type: 'waiting' })
    expect(waitingCount(machine)).toBeLessThan(before)
    machine.awaited--
    expect(await syncVault(machine, server)).toEqual({ type: 'synced' })
    expect([waitingCount(machine), outboxOf(machine).length]).toEqual([0, 0])
  },
)

interface OpenedChart {
  machine: VaultMachine
  exclusively<T>(work: () => Promise<T>): Promise<T>
}

/** A chart whose lane is taken by something that ends when it is told to. */
async function busyChart(): Promise<{
  chart: Chart
  session: Session & { server: ServerApi }
  inside: OpenedChart
  grant: string
  grantee: Grantee
  goOn: (last?: () => Promise<unknown>) => void
}> {
  people = await createDeviceWorld()
  const mine = (await people.account('Mei')).session
  await mine.syncNow()
  const clinic = (await people.account('Dr Lin', people.device('Clinic'))).session
  await clinic.syncNow()
  const chart = await openFirst(mine)
  const grantee = await mine.readSharingCode((await clinic.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const scopes = [{ collection: 'labs', rights: ['read' as const] }]
  const shown = { name: 'Mei', birthDate: '' }
  const shared = await chart.share({ grantee, scopes, until: Date.now() + 3_600_000, purpose: 'visit', shown })
  if (shared.type !== 'in-force') throw new Error(shared.type)
  await mine.syncNow()
  const inside = chart as unknown as OpenedChart
  let goOn: (last?: () => Promise<unknown>) => void = () => {}
  const told = new Promise<(() => Promise<unknown>) | undefined>((resolve) => {
    goOn = resolve
  })
  letGo = () => goOn()
  void inside.exclusively(async () => (await told)?.())
  return { chart, session: mine as Session & { server: ServerApi }, inside, grant: shared.grant, grantee, goOn }
}

const stateOf = async (chart: Chart) => (await firstValueFrom(chart.grants$)).map(({ state }) => state)

test('C1, C4: the end of an access is kept before its turn comes, and is in force once when the pass before has brought it about', async () => {
  const { chart, session, inside, grant, goOn } = await busyChart()
  const revoked = chart.revoke(grant)
  await expect.poll(() => intentsOf(inside.machine).map(({ intent: wish }) => wish.kind)).toEqual(['stop'])
  expect(await stateOf(chart)).toEqual(['stopping'])
  goOn(() => fulfilIntents(inside.machine, session.server))
  expect(await revoked).toEqual({ type: 'in-force', grant })
  expect(intentsOf(inside.machine)).toEqual([])
  expect(await stateOf(chart)).toEqual(['revoked'])
  expect(await chart.revoke(grant)).toEqual({ type: 'refused', error: 'gone' })
}, 60_000)

test('C1, C3: a share that the person takes back while another one is on its way is not made, by the pass or by the action that waits', async () => {
  const { chart, session, inside, grantee, goOn } = await busyChart()
  const share = (collection: string) =>
    chart.share({
      grantee,
      scopes: [{ collection, rights: ['read'] }],
      until: Date.now() + 3_600_000,
      purpose: collection,
      shown: { name: 'Mei', birthDate: '' },
    })
  const shares = [share('medications'), share('conditions')]
  await expect.poll(() => intentsOf(inside.machine)).toHaveLength(2)
  const views = await firstValueFrom(chart.grants$)
  const second = views.find(({ purpose }) => purpose === 'conditions')!.id
  let dropped: Promise<void> | null = null
  const bent = new Proxy(session.server, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name === 'postControl') dropped ??= chart.dropIntent(second)
      return value.bind(target) as unknown
    },
  })
  goOn(() => fulfilIntents(inside.machine, bent))
  const [first, other] = await Promise.all(shares)
  expect([first!.type, other]).toEqual(['in-force', { type: 'refused', error: 'gone' }])
  expect(dropped).not.toBeNull()
  const after = await firstValueFrom(chart.grants$)
  expect(after.map(({ purpose, state }) => [purpose, state]).toSorted()).toEqual([
    ['medications', 'active'],
    ['visit', 'active'],
  ])
  expect(intentsOf(inside.machine)).toEqual([])
}, 60_000)

test('A3, F1: a person who has the log start again does not wait for what the chart is doing with its server', async () => {
  const { chart, inside, goOn } = await busyChart()
  const fault = { fault: 'behind', what: 'head', evidence: new Uint8Array(), at: 1, proven: false }
  await inside.machine.rows.commit({ sync: [{ table: 'audit', key: 'fault', value: fault }] })
  expect((await firstValueFrom(chart.auditCheck$))?.fault?.what).toBe('head')
  await chart.restartAudit()
  expect(await firstValueFrom(chart.auditCheck$)).toBeNull()
  goOn()
})
