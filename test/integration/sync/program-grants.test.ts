/** Grants for programs: two to one gateway's account in one chart, each with its own audit log, and what each device knows of them. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Chart, GrantView, Session } from '@chartkeep/sync'
import type { ShareInput, VaultMachine } from '@chartkeep/sync/testing'
import { createDeviceWorld, openFirst, until, type DeviceWorld } from '../../support/device-world.ts'

type GrantProgram = NonNullable<GrantView['program']>

const DAY_MS = 24 * 60 * 60_000

let world: DeviceWorld

beforeEach(async () => {
  world = await createDeviceWorld()
})
afterEach(() => world.close())

const program = (letter: string, more: Partial<GrantProgram> = {}): GrantProgram => ({
  client: letter.repeat(21) + 'A',
  name: `Client ${letter}`,
  kind: 'integration',
  mode: 'read',
  silence: 7,
  request: letter.repeat(21) + 'Q',
  ...more,
})

async function twoDevices() {
  const { session: owner } = await world.account('Mei')
  const { session: gateway } = await world.account('Home computer', world.device('Gateway'))
  await owner.syncNow()
  await gateway.syncNow()
  const grantee = await owner.readSharingCode((await gateway.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const chart = await openFirst(owner)
  const input = (of: GrantProgram, scopes: ShareInput['scopes'], days = 90): ShareInput => ({
    grantee,
    scopes,
    until: Date.now() + days * DAY_MS,
    purpose: 'reading',
    shown: { name: 'Mei', birthDate: '1980-02-01' },
    program: of,
  })
  return { owner, gateway, chart, input }
}

async function sharedChart(gateway: Session): Promise<Chart> {
  await gateway.syncNow()
  const all = await until(gateway.charts$, (charts) => charts.some(({ relation }) => relation === 'shared'))
  const chart = await gateway.watchChart(all.find(({ relation }) => relation === 'shared')!.slot)
  return chart!
}

test('W1, W26: two grants to one gateway are each by themselves: program, lists and audit log; a cut ends one and leaves the other', async () => {
  const { owner, gateway, chart, input } = await twoDevices()
  const labs = await chart.share(input(program('a'), [{ collection: 'labs', rights: ['read'] }]))
  const vitals = await chart.share(
    input(program('b', { mode: 'write' }), [{ collection: 'vitals', rights: ['read', 'append', 'amend'] }]),
  )
  expect([labs.type, vitals.type]).toEqual(['in-force', 'in-force'])
  const shared = await sharedChart(gateway)

  const views = shared.ownGrantsNow()
  expect(views.map((grant) => [grant.state, grant.program, grant.scopes])).toEqual([
    ['open', program('b', { mode: 'write' }), [{ collection: 'vitals', rights: ['read', 'append', 'amend'] }]],
    ['open', program('a'), [{ collection: 'labs', rights: ['read'] }]],
  ])
  expect((await until(chart.grants$, (all) => all.length === 2)).map(({ program: of }) => of?.name)).toEqual([
    'Client b',
    'Client a',
  ])

  const [b, a] = views.map(({ id }) => id) as [string, string]
  const docs = ['AAAAAAAAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBBBBBBBA']
  for (const [grant, client] of [
    [a, 'a'],
    [b, 'b'],
  ] as const) {
    const lists = [{ collection: client === 'a' ? 'labs' : 'vitals', requests: 2, docs }]
    const said = { client: program(client).client, name: `Client ${client}`, complete: true, lists }
    expect(await shared.note('program-read', { grant, count: 2, program: said })).toBe(true)
  }
  // Where there is no such log nothing is written, and the caller is told.
  expect(await shared.note('program-read', { grant: 'AAAAAAAAAAAAAAAAAAAAAA' })).toBe(false)

  const { machine } = shared as unknown as { machine: VaultMachine }
  const streamsOf = (name: string) =>
    machine.rows.all().filter((row) => row.collectionName === 'audit' && row.resource.includes(name))
  const logs = [streamsOf('Client a'), streamsOf('Client b')].map((rows) => rows.map(({ stream }) => stream))
  expect(logs.map(({ length }) => length)).toEqual([1, 1])
  expect(machine.control!.streams.get(logs[0]![0]!)!.auditOf).toBe(a)
  expect(machine.control!.streams.get(logs[1]![0]!)!.auditOf).toBe(b)

  await gateway.syncNow()
  await owner.syncNow()
  const lines = await until(chart.audit$, (all) => all.filter(({ action }) => action === 'program-read').length === 2)
  const told = lines.find(({ program: of }) => of?.name === 'Client a')!
  expect(told.program).toEqual({
    client: program('a').client,
    name: 'Client a',
    complete: true,
    lists: [{ collection: 'labs', requests: 2, docs }],
  })
  expect(told.author.account).toBe(gateway.account)

  await chart.revoke(a)
  await gateway.syncNow()
  const after = await until(shared.ownGrants$, (all) => all.some(({ state }) => state === 'ended'))
  expect(after.map(({ id, state }) => [id, state])).toEqual([
    [b, 'open'],
    [a, 'ended'],
  ])
  expect(await shared.note('program-read', { grant: a })).toBe(false)
  expect(await shared.note('program-read', { grant: b })).toBe(true)
}, 120_000)

test('W3, W44: no grant for a program has more rights than its mode, a year more than 400 days, or an assistant that writes', async () => {
  const { chart, input } = await twoDevices()
  const read = [{ collection: 'labs', rights: ['read' as const] }]
  const append = [{ collection: 'labs', rights: ['read' as const, 'append' as const] }]
  const refused = [
    input(program('a'), append),
    input(program('a'), read, 401),
    input(program('a', { kind: 'assistant', mode: 'write' }), append),
    { ...input(program('a'), read), from: 'now' as const },
  ]
  for (const each of refused) expect(await chart.share(each)).toEqual({ type: 'refused', error: 'program' })
}, 60_000)

test('W10: the shelf of an account keeps rows by prefix across a lock, each commit whole, and gives none to another shelf', async () => {
  const { session, device } = await world.account('Gateway', undefined, null)
  const shelf = session.shelf('gateway')
  await shelf.commit([
    ['token/a', '1'],
    ['token/b', '2'],
    ['client/a', '3'],
  ])
  await shelf.commit([['token/b', null]])
  await session.lock()
  const again = world.unlocked(await device.accountManager.unlock(session.slot, 'correct horse battery staple'))
  expect(again.shelf('gateway').entries('token/')).toEqual([['token/a', '1']])
  expect(again.shelf('gateway').get('client/a')).toBe('3')
  expect(again.shelf('gateway').get('token/b')).toBeNull()
  expect(again.shelf('other').entries('')).toEqual([])
}, 60_000)
