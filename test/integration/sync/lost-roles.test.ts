/** What the scenarios of publishing found of work in a practice's own vault whose member lost a role and got it back (C11, C12). */
import { jsonObject, stringifyJson } from '@chartkeep/domain'
import { lateItems, sealAhead, TABLE, waitingCount } from '@chartkeep/sync'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAttackWorld, type AttackWorld } from '../../support/attack-world.ts'
import { pass } from '../../support/sim-publish-passes.ts'
import {
  openPublishing,
  saveIn,
  setRoles,
  signIn,
  type PublishRun,
  type Seat,
} from '../../support/sim-publish-world.ts'
import { simRandom } from '../../support/sim-random.ts'

let world: AttackWorld
let run: PublishRun
let desk: Seat
let ward: Seat

beforeEach(async () => {
  world = await createAttackWorld(['notes'], { inMemory: true })
  const random = { ...simRandom('lost roles'), chance: () => false, pick: <T>([first]: readonly T[]) => first! }
  const devices = [world.laptop, world.phone]
  run = await openPublishing({ world, random, devices, faults: [], trace: [], counts: {} }, {})
  ;[desk, ward] = run.seats as [Seat, Seat]
  for (const device of run.devices) await pass(run, device)
})

afterEach(() => world.close())

const note = (text: string) =>
  stringifyJson(
    jsonObject({
      resourceType: 'Composition',
      status: 'final',
      title: text,
      type: { text: 'visit' },
      date: '2026-11-23',
      section: [{ title: 'plan', text: { status: 'generated', div: `<div>${text}</div>` } }],
    }),
  )

test('C11, C12: what is written over work that is late, and beside it, is handed in or goes out, though the role is there again', async () => {
  const { device } = ward
  device.server.lies = { push: () => Promise.resolve({ type: 'offline' }) }
  const first = await saveIn(run, ward, 'notes', note('by a role that was lost since'))
  // Unknown to the device, which works on.
  await setRoles(run, ['auditor'])
  const second = await saveIn(run, ward, 'notes', note('over it'), first!.id)
  const other = await saveIn(run, ward, 'notes', note('beside it'))
  await setRoles(run, ['physician'])
  await device.book.refresh(device.person.account, device.server, world.key.publicKey)
  expect(await sealAhead(ward.vault.machine, new Set())).toBe(0)
  device.server.lies = {}
  await signIn(run, ward, other!, { meaning: 'author' })
  for (let round = 0; round < 3; round += 1) for (const each of run.devices) await pass(run, each)

  const { machine } = ward.vault
  expect(machine.rows.table(TABLE.undelivered).size).toBe(0)
  expect(waitingCount(machine)).toBe(0)
  const late = lateItems(desk.vault.machine).map((item) => item.late.row.resource)
  const there = desk.vault.machine.rows.all().map(({ resource }) => resource)
  for (const row of [first!, second!]) expect(late).toContain(row.resource)
  expect([...late, ...there]).toContain(other!.resource)
})
